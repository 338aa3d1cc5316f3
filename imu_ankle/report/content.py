"""What a report tells: done, changed, not measurable. For an athlete in short, for a physio in full."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from imu_ankle.analysis.exercises import EXERCISES
from imu_ankle.core.result import METRIC_SET, REASONS
from imu_ankle.core.version import VERSION
from imu_ankle.progress.summary import ProgressSummary, personal_band
from imu_ankle.progress.verdict import USUAL, Verdict
from imu_ankle.progress.weeks import doses_of_session
from imu_ankle.report.document import Block, Document, Drawing, Heading, Points, TableBlock, Text
from imu_ankle.report.plots import pictures
from imu_ankle.text import progress as progress_text
from imu_ankle.text.results import number, often

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from imu_ankle.history.index import Entry
    from imu_ankle.progress.trend import Trend

AID = (
    "A training aid, not a medical device. The score is steadiness of the stance foot, no more. "
    "Stop if it hurts, and talk to a clinician about pain."
)


class Audience(StrEnum):
    """Who reads it."""

    ATHLETE = "athlete"
    PHYSIO = "physio"


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class SessionFacts:
    """One session: its trials as the index has them, and their results where there are any."""

    name: str
    entries: Sequence[Entry]
    results: Sequence[Mapping[str, Any] | None]

    def pairs(self) -> list[tuple[Entry, Mapping[str, Any]]]:
        """Return trials with their results."""
        both = zip(self.entries, self.results, strict=True)
        return [(entry, result) for entry, result in both if result is not None]


def compose(session: SessionFacts, progress: ProgressSummary, audience: Audience) -> Document:
    """Compose the report of a session, with the progress up to it."""
    started = next((e.facts.started_at for e in session.entries if e.facts.started_at), None)
    day = datetime.fromisoformat(started).strftime("%d %B %Y, %H:%M") if started else session.name
    simulated = progress.simulated or any(entry.facts.simulated for entry in session.entries)
    physio = audience is Audience.PHYSIO
    blocks: list[Block] = [
        *_done(session, progress),
        *_changed(progress, session, physio=physio),
        *_legs(progress, physio=physio),
        *_drawings(session, progress),
        *_not_measurable(session, progress),
        *(_numbers(session, progress) if physio else ()),
        *_method(session, physio=physio),
    ]
    return Document(
        title=f"Session of {day}",
        subtitle=f"{progress.athlete.name}, for the {audience}",
        simulated=simulated,
        blocks=tuple(blocks),
        foot=AID,
    )


def _done(session: SessionFacts, progress: ProgressSummary) -> list[Block]:
    week = progress.adherence.this_week()
    rows = []
    facts = [entry.facts for entry in session.entries]
    for dose, done in doses_of_session(facts, progress.athlete.plan):
        exercise = EXERCISES[dose.exercise]
        if done is None:
            amount = "not done"
        else:
            amount = f"{number(done, 0 if exercise.counts else 1)} of {dose.target:g} {dose.unit}"
        share = week.get((dose.exercise, dose.leg), 0.0)
        rows.append(
            (exercise.title, progress_text.LEGS[dose.leg], amount, f"{100.0 * share:.0f} %")
        )
    head = ("exercise", "leg", "done in this session", "of the plan for the week")
    blocks: list[Block] = [
        Heading("What was done"),
        TableBlock(head, tuple(rows), frozenset({2, 3})),
    ]
    times = progress.athlete.plan.times_per_week
    streak = progress.adherence.streak
    kept = f"It has been kept up for {streak} {'week' if streak == 1 else 'weeks'}."
    blocks.append(Text(f"The plan asks for each dose {often(times)}. {kept}"))
    pain = max((entry.pain for entry in session.entries if entry.pain is not None), default=None)
    said = [
        *([] if pain is None else [f"Pain, at most: {pain:g} of 10."]),
        *(f"Note: {_printable(entry.notes)}" for entry in session.entries if entry.notes),
        *_lately(session, progress),
    ]
    if said:
        blocks.append(Points(tuple(said)))
    blocks += _scores(session, progress)
    return blocks


def _printable(text: str) -> str:
    return "".join(letter if letter.isprintable() else " " for letter in text)


def _lately(session: SessionFacts, progress: ProgressSummary) -> list[str]:
    """Return what happened in the four weeks before, and which leg was injured."""
    days = [entry.facts.day for entry in session.entries if entry.facts.day]
    if not days:
        return []
    day = date.fromisoformat(max(days))
    told = [
        f"{when}: {text}."
        for when, text in progress.occasions
        if day - timedelta(days=28) <= when <= day
    ]
    injured = progress.athlete.injured
    return [*told, *([f"Injured: {progress_text.LEGS[injured]}."] if injured else [])]


def _scores(session: SessionFacts, progress: ProgressSummary) -> list[Block]:
    """Tell the scores of balance, trial by trial, with the band of one."""
    lines: dict[str, list[str]] = {}
    sources = []
    for _, result in session.pairs():
        if result["score"] is not None and not EXERCISES[result["exercise"]].counts:
            (low, high), source = personal_band(result, progress.trends)
            inputs = result["inputs"]
            about = (
                f"{progress_text.LEGS[result['leg']]}, eyes {inputs['eyes']}, {inputs['surface']}"
            )
            lines.setdefault(about, []).append(f"{result['score']:.0f} ({low:.0f} to {high:.0f})")
            sources.append(source)
    if not lines:
        return []
    items = [f"{about}: {', '.join(scores)}" for about, scores in lines.items()]
    how = f"Of 100, trial by trial; in brackets one standard error {' or '.join(dict.fromkeys(sources))}."
    return [Heading("Steadiness"), Points(tuple(items)), Text(how, small=True)]


def _changed(progress: ProgressSummary, session: SessionFacts, *, physio: bool) -> list[Block]:
    """Sort the verdicts; only series that this session belongs to are told."""
    mine = [t for t in progress.trends if session.name in t.sessions.session]
    real = [t for t in mine if t.comparison.verdict in {Verdict.BETTER, Verdict.WORSE}]
    blocks: list[Block] = [Heading("What changed")]
    told = {t.comparison.verdict for t in mine}
    if real:
        blocks += [Text("Changed beyond noise:"), Points(tuple(map(_sentence, real)))]
    elif Verdict.SAME in told:
        blocks.append(Text("Nothing changed beyond noise."))
    else:
        blocks.append(Text(f"Too early to tell: a verdict needs {USUAL.few} sessions."))
    for title, verdict in (
        ("Within noise", Verdict.SAME),
        ("Not enough sessions yet", Verdict.FEW),
    ):
        same = [t for t in mine if t.comparison.verdict is verdict]
        if same and physio:
            blocks += [Text(f"{title}:"), Points(tuple(map(_sentence, same)))]
        elif same:
            blocks.append(Text(f"{title}: {'; '.join(map(progress_text.about, same))}."))
    hurts = any(entry.pain for entry in session.entries)  # no time for records
    fresh = [] if hurts else [t for t in mine if t.best and t.best.is_last and len(t.sessions) > 1]
    if fresh:
        items = [f"{progress_text.name(t.series, t.spec)}: {progress_text.best(t)}" for t in fresh]
        blocks += [Text("Personal bests, beyond noise:"), Points(tuple(items))]
    blocks.append(Text(progress_text.SHORT, small=True))
    return blocks


def _sentence(trend: Trend) -> str:
    return f"{progress_text.about(trend)}: {_told(trend)}"


def _told(trend: Trend) -> str:
    seen = trend.comparison
    if seen.baseline is None or seen.recent is None:
        last = progress_text.amount(trend.spec, float(trend.sessions.value[-1]))
        return f"{last}; {progress_text.verdict(trend)}"
    was, is_ = (
        progress_text.amount(trend.spec, trend.unscaled(x)) for x in (seen.baseline, seen.recent)
    )
    return f"{was} before, {is_} now, {progress_text.change(trend)}: {progress_text.verdict(trend)}"


def _legs(progress: ProgressSummary, *, physio: bool) -> list[Block]:
    """Set legs and eyes against each other; an athlete is told what is beyond noise."""
    if not progress.pairs:
        return []
    real = {Verdict.BETTER, Verdict.WORSE}
    shown = [pair for pair in progress.pairs if physio or pair.verdict in real]
    items = [
        f"{EXERCISES[pair.first.exercise].title}, {progress_text.pair_name(pair)}: {progress_text.pair(pair)}"
        for pair in shown
    ]
    few = all(pair.verdict in {None, Verdict.FEW} for pair in progress.pairs)
    none = f"Too early to tell: {USUAL.few} sessions of both legs are needed."
    told: Block = (
        Points(tuple(items)) if items else Text(none if few else "No difference beyond noise.")
    )
    return [Heading("Left and right, eyes closed and open" if physio else "Left and right"), told]


def _drawings(session: SessionFacts, progress: ProgressSummary) -> list[Block]:
    blocks: list[Block] = [
        Heading("Pictures"),
        Drawing(
            pictures.session([entry.facts for entry in session.entries], progress),
            "The session against the plan and against the baseline.",
        ),
    ]
    results = [result for _, result in session.pairs() if EXERCISES[result["exercise"]].lands]
    if results:
        drawn = pictures.fatigue(results)
        blocks.append(Drawing(drawn, "Each repetition; bars: medians of the first and last five."))
    slugs = {trend.series.exercise for trend in progress.trends}
    if any(not EXERCISES[slug].counts for slug in slugs):
        blocks.append(Drawing(pictures.stability(progress), "Balance over sessions."))
    if any(EXERCISES[slug].lands for slug in slugs):
        blocks.append(Drawing(pictures.hops(progress), "Hops and jumps over sessions."))
    blocks.append(Drawing(pictures.calendar(progress), "The plan week by week, and the load."))
    return blocks


def _not_measurable(session: SessionFacts, progress: ProgressSummary) -> list[Block]:
    items = []
    for entry, result in zip(session.entries, session.results, strict=True):
        about = _trial_name(entry)
        if result is None:
            items.append(f"{about}: not analysed. {entry.error or ''}".strip())
            continue
        quality = result["quality"]
        told = [REASONS[code].text for code in quality["reasons"] if code in REASONS]
        if told:
            items.append(f"{about}: quality {quality['grade']}; {'; '.join(told)}.")
        rejected = Counter(event["rejected"] for event in result["events"] if event["rejected"])
        if rejected:
            words = ", ".join(f"{count} {code}" for code, count in rejected.most_common())
            items.append(f"{about}: found but not counted: {words}.")
    items += [f"Left out of the trends: {trial}: {why}." for trial, why in progress.left_out[-10:]]
    cannot = (
        "A sensor on a shoe doesn't see the depth of a squat, the pelvis, or a soft touch of the other "
        "foot."
    )
    head = Heading("What was not measurable, and why")
    all_well = Text("Everything recorded in this session could be measured.")
    return [head, Points(tuple(items)) if items else all_well, Text(cannot)]


def _trial_name(entry: Entry) -> str:
    exercise = EXERCISES.get(entry.facts.exercise)
    stem = entry.stem
    return f"{exercise.title}, {entry.facts.leg}, {stem[-3:]}" if exercise else stem


def _numbers(session: SessionFacts, progress: ProgressSummary) -> list[Block]:
    """Return what only a physio wants: every trend with its noise, every trial with its metrics."""
    head = (
        "number",
        "n",
        "baseline",
        "recent",
        "change (noise)",
        "two single sessions (MDC95)",
        "slope",
        "record beyond noise",
        "verdict",
    )
    rows = tuple(
        (
            progress_text.about(t),
            str(len(t.sessions)),
            progress_text.amount(t.spec, _plain(t, t.comparison.baseline)),
            progress_text.amount(t.spec, _plain(t, t.comparison.recent)),
            progress_text.change(t),
            progress_text.smallest_change(t),
            progress_text.slope(t),
            progress_text.best(t),
            progress_text.verdict(t),
        )
        for t in progress.trends
    )
    blocks: list[Block] = [Heading("All trends"), TableBlock(head, rows, frozenset({1}))]
    for entry, result in session.pairs():
        exercise = EXERCISES[result["exercise"]]
        found = [
            (spec.label, progress_text.amount(spec, metric["value"]), str(metric["n"]))
            for spec in exercise.metrics
            if (metric := result["metrics"].get(spec.key)) and metric["value"] is not None
        ]
        if found:
            blocks.append(Text(f"{_trial_name(entry)} ({entry.facts.trial.rsplit('/', 1)[-1]}):"))
            blocks.append(TableBlock(("metric", "value", "n"), tuple(found), frozenset({1, 2})))
    return blocks


def _plain(trend: Trend, scaled: float | None) -> float | None:
    return None if scaled is None else trend.unscaled(scaled)


def _method(session: SessionFacts, *, physio: bool) -> list[Block]:
    versions = sorted({str(entry.facts.metric_set) for entry in session.entries})
    stamp = (
        f"imu_ankle {VERSION}, metric set {', '.join(versions)} (current: {METRIC_SET}). "
        f"Files: {session.name}."
    )
    if not physio:
        return [Text(stamp, small=True)]
    how = (
        "A session value is the median of the session's valid trials. The baseline is the median of up "
        "to five sessions after the first, recent is the median of the last three. Noise is the "
        "person's own: typical error from successive differences of session values (ratios on the "
        "logarithm), with its degrees of freedom; the band is the 97 % t interval of the difference of "
        "both medians. MDC95 = 1.96 times root 2 times the typical error of one session "
        "(doi:10.2165/00007256-200030010-00001). The slope is Theil-Sen over twelve weeks with its 95 % "
        "interval. Metrics are checked against formulas and simulated trials only (README). No norm for a "
        "sensor on the shoe was found, so nobody is compared with others."
    )
    used = sorted({_sensor(entry, result) for entry, result in session.pairs()})
    return [Heading("How it was made"), Text(how), Points(tuple(used)), Text(stamp, small=True)]


def _sensor(entry: Entry, result: Mapping[str, Any]) -> str:
    quality = result["quality"]
    rate, lost = quality["rate_hz"], quality["lost_fraction"]
    return (
        f"{entry.facts.sensor or 'unknown sensor'} on the {entry.facts.placement}, {entry.facts.side}: "
        f"{number(rate, 1)} Hz, {number(None if lost is None else 100.0 * lost, 1)} % lost"
    )
