"""How results are put into words, the same in tables, plots and reports."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from imu_ankle.analysis.exercises import EXERCISES
from imu_ankle.core.result import REASONS

if TYPE_CHECKING:
    from imu_ankle.core.exercise import MetricSpec
    from imu_ankle.core.result import Event, Metric, Result

_AID = "A training aid, not a medical device."
_OF_THE_SCORE = "The score is steadiness of the stance foot, no more."
_OF_THE_HEIGHT = "Height is that of a free fall of the same time; bent legs at landing add to it."


# reasons for which there is no score, the most telling first
_NO_SCORE = ("wrong_placement", "no_stance", "no_norm", "low_rate", "loss", "short_trial")


def number(value: float | tuple[float | None, ...] | None, decimals: int) -> str:
    """Return a value for people; what could not be computed is a dash."""
    if value is None:
        return "–"
    if isinstance(value, tuple):
        return " ".join(number(each, decimals) for each in value)
    return f"{value:.{decimals}f}"


def metric_text(spec: MetricSpec, metric: Metric) -> str:
    """Return value and unit of a metric."""
    text = number(metric.value, spec.decimals)
    return f"{text} {spec.unit}" if spec.unit and metric.value is not None else text


def score_text(result: Result) -> str | None:
    """Return the score with its band, or why there is none; None where no score is foreseen."""
    if EXERCISES[result.exercise].counts:
        return None
    if result.score is None:
        why = [REASONS[code].text for code in result.quality.reasons if code in _NO_SCORE]
        return f"none: {why[0]}" if why else None
    text = f"{result.score:.0f} of 100"
    if result.score_band is None:
        return text
    low, high = result.score_band
    return f"{text} ({low:.0f} to {high:.0f} by the length of this one trial alone)"


def headline(result: Result) -> str:
    """Return what the picture or table is about, in one line."""
    exercise = EXERCISES[result.exercise]
    parts = [exercise.title]
    if not exercise.both_legs:
        parts[0] += f", {result.leg} leg"
    if not exercise.counts:
        parts += [f"eyes {result.inputs['eyes']}", str(result.inputs["surface"])]
    elif result.reps is not None:
        parts.append(f"{result.reps} of {result.dose.target:g} {result.dose.unit}")
    if result.inputs.get("simulated"):
        parts.append("SIMULATED")
    score = score_text(result)
    parts.append(f"score {score}" if score else f"quality: {result.quality.grade}")
    if "no_weight_shift" in result.quality.reasons:
        parts.append("NO SHIFT ONTO ONE LEG WAS SEEN")
    return " · ".join(parts)


def often(times_per_week: int) -> str:
    """Return how often a plan is done."""
    return "once a week" if times_per_week == 1 else f"{times_per_week} times a week"


def counted(many: int, what: str) -> str:
    """Return how many there are of something whose plural has an s."""
    return f"{many} {what}" if many == 1 else f"{many} {what}s"


def label(spec: MetricSpec) -> str:
    """Return what a number is called, with its unit."""
    return f"{spec.label}, {spec.unit}" if spec.unit else spec.label


def reason_lines(result: Result) -> list[str]:
    """Return one sentence per quality reason, and which other exercise it looks like."""
    lines = [f"{code}: {REASONS[code].text}" for code in result.quality.reasons]
    other = result.inputs.get("looks_like")
    if isinstance(other, dict):
        title = EXERCISES[other["exercise"]].title.lower()
        lines.append(f"looks like {title}: {other['why']}")
    rule = result.inputs.get("inconsistent")
    if isinstance(rule, dict):
        lines.append(f"{rule['events']} of {rule['of']} candidates don't count: {rule['rule']}")
    several = result.inputs.get("several_sets")
    if isinstance(several, dict):
        lines.append(f"{several['sets']} sets; a pause of {several['longest_pause_s']:.0f} s")
    return lines


def origin_lines(result: Result) -> list[str]:
    """Return what was repaired on reading, and the calibration that was applied."""
    repairs, calibration = result.inputs.get("repairs"), result.inputs.get("calibration")
    lines = [f"on reading: {repair}" for repair in repairs] if isinstance(repairs, list) else []
    if isinstance(calibration, dict):
        lines.append(f"calibration of {calibration['serial']}, made {calibration['made_at']}")
    return lines


def dose_text(result: Result) -> str:
    """Return what was done of the dose."""
    dose = result.dose
    done = number(dose.done, 1 if dose.unit == "s" else 0)
    return f"{done} of {dose.target:g} {dose.unit}"


def event_name(event: Event) -> str:
    """Return what an event is called: its kind, why it doesn't count, or a repetition."""
    if event.rejected is not None:
        return f"not counted: {event.rejected}"
    return str(event.values.get("kind", "repetition"))


def event_counts(result: Result) -> str:
    """Return how often each kind of event occurred."""
    counts = Counter(event_name(event) for event in result.events)
    return ", ".join(f"{name} {n}" for name, n in counts.most_common()) or "none"


def aid(result: Result) -> str:
    """Return what the result is not."""
    exercise = EXERCISES[result.exercise]
    keys = {spec.key for spec in exercise.metrics}
    more = _OF_THE_HEIGHT if "height_m" in keys else "" if exercise.counts else _OF_THE_SCORE
    return f"{_AID} {more}".rstrip()


def fact_rows(result: Result) -> list[tuple[str, str]]:
    """Return what a result says, name by name, in the words of every table."""
    rows = []
    if score := score_text(result):
        rows.append(("score", score))
    if result.reps is not None:
        rows.append(("repetitions", str(result.reps)))
    for spec in EXERCISES[result.exercise].metrics:
        metric = result.metrics.get(spec.key)
        if metric is not None and metric.value is not None:
            rows.append((spec.label, metric_text(spec, metric)))
    rows.append(("dose", dose_text(result)))
    rows += [("scored", f"{span.start_s:.1f} to {span.end_s:.1f} s") for span in result.spans]
    return [*rows, ("events", event_counts(result)), ("quality", str(result.quality.grade))]
