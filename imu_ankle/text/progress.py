"""Progress in words, the same in tables, plots, reports and alt texts."""

from __future__ import annotations

import math
import re
from typing import TYPE_CHECKING

from imu_ankle.analysis.exercises import EXERCISES
from imu_ankle.core.exercise import SAFETY
from imu_ankle.core.options import Eyes, Surface
from imu_ankle.progress.pairs import Kind
from imu_ankle.progress.verdict import USUAL, Verdict
from imu_ankle.text.results import number

if TYPE_CHECKING:
    from collections.abc import Sequence

    from imu_ankle.core.exercise import MetricSpec
    from imu_ankle.progress.pairs import Pair
    from imu_ankle.progress.plan import PlannedExercise
    from imu_ankle.progress.trend import Series, Trend
    from imu_ankle.progress.weeks import Adherence

LEGS = {"left": "left leg", "right": "right leg", "both": "both legs"}
SHORT = (
    "Verdicts compare the last three sessions with the first ones after a first session of learning; "
    "what lies inside the person's own noise is called within noise."
)


def condition(series: Series) -> str:
    """Return how it was done, as far as numbers are only compared within it."""
    exercise = EXERCISES[series.exercise]
    words = [] if exercise.counts else [f"eyes {series.eyes}"]
    words.append(series.surface)
    if series.placement != exercise.placement:
        words.append(f"on the {series.placement}")
    return ", ".join(words)


def kit(series: Series) -> str:
    """Return what else must be the same: shoe, sensor, and the version of the numbers."""
    words = [series.shoe or "", series.sensor or "", f"metric set {series.metric_set}"]
    return ", ".join(word for word in words if word)


def about(trend: Trend) -> str:
    """Return what a trend is of: number, leg and condition."""
    return f"{name(trend.series, trend.spec)} ({condition(trend.series)})"


def short(spec: MetricSpec) -> str:
    """Return the label of a number without its explanation."""
    return re.split(r"[,(]", spec.label)[0].strip()


def amount(spec: MetricSpec, value: float | None) -> str:
    """Return a value with its unit."""
    text = number(value, spec.decimals)
    return f"{text} {spec.unit}" if spec.unit and value is not None else text


def difference(spec: MetricSpec, scaled: float) -> str:
    """Return a difference on the working scale with its sign: per cent of ratios, else itself."""
    if spec.ratio:
        return f"{100.0 * math.expm1(scaled):+.0f} %"
    decimals = max(spec.decimals, 1)
    text = f"{scaled:+.{decimals}f}"
    return f"{text} {spec.unit}".rstrip()


def verdict(trend: Trend) -> str:
    """Return the verdict, or how many sessions there are where there is none."""
    seen = trend.comparison.verdict
    if seen is None:
        return "no direction is better"
    if seen is Verdict.FEW:
        return f"{seen} ({len(trend.sessions)} of {USUAL.few})"
    return str(seen)


def change(trend: Trend) -> str:
    """Return what changed against the baseline, and within what it would be noise."""
    seen = trend.comparison
    if seen.change is None or seen.band is None:
        return "–"
    return f"{changed(trend)} (noise {noise(trend)})"


def changed(trend: Trend) -> str:
    """Return the recent median against the baseline."""
    seen = trend.comparison.change
    return "–" if seen is None else difference(trend.spec, seen)


def verdict_with_change(trend: Trend) -> str:
    """Return the verdict with the change that it is of."""
    known = trend.comparison.change is not None
    return f"{verdict(trend)}: {change(trend)}" if known else verdict(trend)


def noise(trend: Trend) -> str:
    """Return the band within which a change is noise."""
    band = trend.comparison.band
    if band is None:
        return "–"
    if not trend.spec.ratio:
        return f"±{band:.{max(trend.spec.decimals, 1)}f} {trend.spec.unit}".rstrip()
    if 100.0 * math.expm1(band) > 999.0:
        return "still unknown"
    return f"{difference(trend.spec, -band)} to {difference(trend.spec, band)}"


def smallest_change(trend: Trend) -> str:
    """Return MDC95 of one session against another, of as many trials as the last one had."""
    known = trend.comparison.noise
    if known is None:
        return "–"
    return difference(trend.spec, known.smallest_real_change(int(trend.sessions.trials[-1])))


def slope(trend: Trend) -> str:
    """Return the slope of the last twelve weeks with its interval."""
    found = trend.slope
    if found is None:
        return "–"
    low, high = (difference(trend.spec, x) for x in (found.low, found.high))
    return f"{difference(trend.spec, found.per_month)} in 4 weeks ({low} to {high})"


def best(trend: Trend) -> str:
    """Return the personal best."""
    found = trend.best
    if found is None:
        return "–"
    new = ", new" if found.is_last else ""
    return f"{amount(trend.spec, found.value)} on {found.day} (of {found.tries} sessions{new})"


def name(series: Series, spec: MetricSpec) -> str:
    """Return what a series is of, in one line."""
    title = EXERCISES[series.exercise].title
    leg = "" if series.leg == "both" else f", {LEGS[series.leg]}"
    return f"{title}{leg}: {short(spec)}"


def pair(each: Pair) -> str:
    """Return what two sides set against each other say."""
    value, band = _sides(each)
    if each.low is None:
        return f"{value}; {Verdict.FEW} ({len(each.values)} of {USUAL.few})"
    said = "" if each.verdict is None else f": {each.verdict}"
    if each.verdict in {Verdict.BETTER, Verdict.WORSE}:
        said = f": {each.first.leg} {each.verdict}"
    return f"{value} (likely {band}){said}"


def pair_name(each: Pair) -> str:
    """Return what is set against what."""
    leg = f", {LEGS[each.first.leg]}" if each.kind is Kind.EYES else ""
    where = each.first.surface if each.kind is Kind.EYES else condition(each.first)
    return f"{short(each.spec)}, {where}{leg}, {each.kind}"


def _sides(each: Pair) -> tuple[str, str]:
    """Return the recent value and its band."""
    if each.kind is Kind.ASYMMETRY:
        unit = " %" if each.spec.ratio else " points" if each.spec.key == "score" else ""

        def plain(x: float | None) -> str:
            """Per cent of the right leg, from a hundred times the logarithm."""
            ratio = x is not None and each.spec.ratio
            return _signed(100.0 * math.expm1(x / 100.0) if ratio and x is not None else x)

        against = f"left {plain(each.recent)}{unit} against right"
        return against, f"{plain(each.low)} to {plain(each.high)}{unit}"
    if each.kind is Kind.SYMMETRY_INDEX:
        index = f"{each.recent:.0f} %, {each.first.leg} of {each.second.leg}"
        return index, f"{_plain(each.low, 0)} to {_plain(each.high, 0)} %"
    return f"{each.recent:.2f} times", f"{_plain(each.low, 2)} to {_plain(each.high, 2)}"


def _signed(x: float | None) -> str:
    return "–" if x is None else f"{x:+.0f}"


def _plain(x: float | None, decimals: int) -> str:
    return "–" if x is None else f"{x:.{decimals}f}"


def week_lines(done: Adherence) -> list[str]:
    """Return what was done of the plan this week, and how long it has been kept up."""
    lines = []
    for (slug, leg), share in done.this_week().items():
        title = EXERCISES[slug].title + ("" if leg == "both" else f", {leg}")
        lines.append(f"{title}: {100.0 * share:.0f} % of this week's plan")
    weeks = "1 week" if done.streak == 1 else f"{done.streak} weeks"
    return [*lines, f"Every dose of the plan at least once: kept up for {weeks}."]


def alt_trends(trends: Sequence[Trend]) -> str:
    """Return what a picture of trends shows, for those who don't see it."""
    said = []
    for trend in trends:
        sessions = trend.sessions
        first, last = sessions.day[0], sessions.day[-1]
        span = f"on {first}" if len(sessions) == 1 else f"from {first} to {last}"
        values = amount(trend.spec, float(sessions.value[-1]))
        if len(sessions) > 1:
            values = f"from {amount(trend.spec, float(sessions.value[0]))} to {values}"
        count = "1 session" if len(sessions) == 1 else f"{len(sessions)} sessions"
        told = name(trend.series, trend.spec)
        said.append(
            f"{told} ({condition(trend.series)}): {count} {span}, {values}; {verdict(trend)}"
        )
    return ". ".join(said) + "." if said else "No sessions."


def alt_calendar(done: Adherence) -> str:
    """Return what the adherence calendar shows."""
    weeks = len(done.weeks)
    said = [
        f"{EXERCISES[slug].title}, {LEGS[leg]}: the dose was met in "
        f"{int((row >= 1.0).sum())} of {weeks} weeks"
        for (slug, leg), row in zip(done.doses, done.share, strict=True)
    ]
    whole = f"every dose at least once in {sum(done.full)}; {done.streak} weeks kept up now"
    return "; ".join((*said, whole)) + "."


def target_text(planned: PlannedExercise) -> str:
    """Return the dose in words."""
    exercise = EXERCISES[planned.exercise]
    leg = "" if exercise.both_legs else " per leg"
    return f"{planned.dose:g} {exercise.dose_unit}{leg}"


def how_text(planned: PlannedExercise) -> str:
    """Return the harder variant that the plan asks for, if it does."""
    words = [str(planned.surface)] if planned.surface is not Surface.FLOOR else []
    words += ["eyes closed"] if planned.eyes is Eyes.CLOSED else []
    return ", ".join(words) or "–"


def guide_lines(slug: str) -> list[str]:
    """Return how an exercise is done, line by line."""
    exercise = EXERCISES[slug]
    guide = exercise.guide
    lines = [f"{exercise.title}: {guide.how_to}"]
    lines += [f"  - {cue}" for cue in guide.cues]
    lines += [f"  harder ({key}): {text}" for key, text in guide.harder.items()]
    lines += [f"  safety: {text}" for text in (*guide.safety, *SAFETY)]
    lines += [f"  not seen by the sensor: {'; '.join(guide.unseen)}"]
    return lines
