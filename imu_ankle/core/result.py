"""The nouns of an answer: what was measured, how well, and how it is said in JSON."""

from __future__ import annotations

import math
import statistics
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from imu_ankle.core import rendering

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    import pandas as pd

SCHEMA = 1
METRIC_SET = 2


class Grade(StrEnum):
    """How far a result may be trusted."""

    OK = "ok"
    DEGRADED = "degraded"
    INVALID = "invalid"


@dataclass(frozen=True, slots=True)
class Reason:
    """A quality code: whether it lowers the grade, what people are told, and what follows.

    `sets_aside` keeps the trial out of trends and of what was done of a plan.
    """

    lowers_grade: bool
    text: str
    sets_aside: bool = False


REASONS: Mapping[str, Reason] = {
    "loss": Reason(
        True, "samples got lost on the way from the sensor; keep it close while recording"
    ),
    "gap": Reason(True, "there are holes in the stream; what they touch is left out or bridged"),
    "clipped": Reason(True, "the sensor hit the end of its range; choose a wider range"),
    "low_rate": Reason(True, "the sampling rate is low; 100 Hz or more is advised"),
    "no_rest": Reason(True, "no still moment was found; stand still for 2 s before you start"),
    "no_stance": Reason(True, "no stretch of planted foot was found"),
    "no_weight_shift": Reason(
        True,
        "no shift onto one leg was seen: this may be standing on two legs, or a trial cut short",
    ),
    "heading_unknown": Reason(
        False, "where the toes point is unknown; rise on the toes twice before the trial"
    ),
    "wrong_placement": Reason(True, "the sensor is not where this exercise can be measured"),
    "units_rescaled": Reason(True, "a still sensor did not read 9.8 m/s2; the scale was set by it"),
    "clip_moved": Reason(True, "the clip turned on the shoe during the recording"),
    "loose_clip": Reason(True, "the clip rattles on the shoe; fasten it lower and tighter"),
    "short_trial": Reason(True, "less than 5 s could be scored (below 2 s there is no score)"),
    "one_probably_missing": Reason(True, "one repetition probably fell into a hole"),
    "clock": Reason(
        True,
        "time stamps were out of order or shared by several samples, rows came twice, or the sensor "
        "sends no stamps",
    ),
    "frozen": Reason(
        True, "rows were repeated or filled in where the sensor measured nothing; they are left out"
    ),
    "dead_axis": Reason(True, "one axis of the sensor reads one value; check the sensor"),
    "spikes": Reason(True, "lone samples jump away and back; they are left out"),
    "smoothed": Reason(
        True, "the data were smoothed or filled in; record what the sensor itself measures"
    ),
    "link_lost": Reason(
        True, "the sensor was lost before the end and never came back", sets_aside=True
    ),
    "inconsistent": Reason(
        True, "most of what looked like a repetition fell to one rule; is this the right exercise?"
    ),
    "several_sets": Reason(
        True, "a long pause parts this into several sets, which are counted as one; split the file"
    ),
    "axes": Reason(
        True,
        "the axes of accelerometer and gyroscope don't belong together; set them right on import",
        sets_aside=True,
    ),
    "gyr_scale": Reason(
        True,
        "the gyroscope's scale doesn't fit how gravity turns; check its range and unit",
        sets_aside=True,
    ),
    "out_of_step": Reason(
        True, "gyroscope and accelerometer weren't measured at the same time; record both together"
    ),
    "other_exercise": Reason(
        True,
        "this looks like another exercise than the one that is named; correct it, or say that you "
        "are sure (edit --exercise, --sure)",
        sets_aside=True,
    ),
    "no_norm": Reason(False, "no score is defined for this placement; the metrics stand"),
}


@dataclass(frozen=True, slots=True)
class Interval:
    """Half-open ``[start_s, end_s)`` on the recording's clock."""

    start_s: float
    end_s: float

    @property
    def duration_s(self) -> float:
        """Length of the interval."""
        return self.end_s - self.start_s


@dataclass(frozen=True, slots=True)
class Metric:
    """A value with its unit and the number of events or seconds that it rests on."""

    value: float | tuple[float | None, ...] | None
    unit: str
    n: int

    def __post_init__(self) -> None:
        values = self.value if isinstance(self.value, tuple) else (self.value,)
        if any(v is not None and not math.isfinite(v) for v in values):
            raise ValueError(f"a metric must be finite or None, not {self.value}")


def median(values: Iterable[float], unit: str) -> Metric:
    """Return the median as a metric; of nothing it is None."""
    listed = [float(value) for value in values]
    return Metric(statistics.median(listed) if listed else None, unit, len(listed))


@dataclass(frozen=True, slots=True)
class Event:
    """A row of the event table; `rejected` is None or the code that says why not."""

    start_s: float
    end_s: float
    rejected: str | None = None
    values: Mapping[str, object] = field(default_factory=dict)

    def to_dict(self) -> dict[str, object]:
        """Return the row as the spec's JSON object."""
        row: dict[str, object] = {"start_s": self.start_s, "end_s": self.end_s}
        return {**row, "rejected": self.rejected, **self.values}


@dataclass(frozen=True, slots=True, kw_only=True)
class Quality:
    """What the recording was worth."""

    reasons: tuple[str, ...] = ()
    invalid: bool = False
    rate_hz: float | None = None
    lost_fraction: float | None = None
    longest_gap_s: float | None = None
    clipped_fraction: float | None = None

    @property
    def grade(self) -> Grade:
        """Invalid, degraded by one of the reasons, or ok."""
        if self.invalid:
            return Grade.INVALID
        lowered = any(REASONS[reason].lowers_grade for reason in self.reasons)
        return Grade.DEGRADED if lowered else Grade.OK


def set_aside(reasons: Iterable[str]) -> str | None:
    """Return the reason that keeps a trial out of trends and plans, if there is one."""
    return next((code for code in reasons if code in REASONS and REASONS[code].sets_aside), None)


@dataclass(frozen=True, slots=True)
class Dose:
    """What the plan asks for and what was done, in `unit`."""

    target: float
    done: float | None
    unit: str


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Result:
    """One analysed set or trial; `to_dict` gives the JSON object of the spec.

    Examples
    --------
    >>> import imu_ankle as ia
    >>> ia.analyze(ia.load_example("jump-squats"))
    <Result: jump-squats, both, 20 of 20 reps, quality degraded>
    """

    version: str
    file: str
    exercise: str
    side: str
    leg: str
    placement: str
    inputs: Mapping[str, object]
    spans: tuple[Interval, ...] = ()
    reps: int | None = None
    score: float | None = None
    score_band: tuple[float, float] | None = None
    metrics: Mapping[str, Metric] = field(default_factory=dict)
    events: tuple[Event, ...] = ()
    quality: Quality = field(default_factory=Quality)
    dose: Dose

    def to_dict(self) -> dict[str, object]:
        """Return the JSON object of the spec, section 4."""
        quality = self.quality
        return {
            "schema": SCHEMA,
            "version": self.version,
            "metric_set": METRIC_SET,
            "file": self.file,
            "exercise": self.exercise,
            "side": self.side,
            "leg": self.leg,
            "placement": self.placement,
            "inputs": dict(self.inputs),
            "spans": [{"start_s": s.start_s, "end_s": s.end_s} for s in self.spans],
            "reps": self.reps,
            "score": self.score,
            "score_band": list(self.score_band) if self.score_band else None,
            "metrics": {
                key: {
                    "value": list(m.value) if isinstance(m.value, tuple) else m.value,
                    "unit": m.unit,
                    "n": m.n,
                }
                for key, m in self.metrics.items()
            },
            "events": [event.to_dict() for event in self.events],
            "quality": {
                "grade": str(quality.grade),
                "reasons": list(quality.reasons),
                "rate_hz": quality.rate_hz,
                "lost_fraction": quality.lost_fraction,
                "longest_gap_s": quality.longest_gap_s,
                "clipped_fraction": quality.clipped_fraction,
            },
            "dose": {
                "target": self.dose.target,
                "done": self.dose.done,
                "unit": self.dose.unit,
            },
        }

    def __repr__(self) -> str:  # type: ignore[explicit-override]
        done = "–" if self.dose.done is None else f"{self.dose.done:.4g}"
        words = [self.exercise, self.leg, f"{done} of {self.dose.target:g} {self.dose.unit}"]
        words += [] if self.score is None else [f"score {self.score:.0f}"]
        return f"<Result: {', '.join(words)}, quality {self.quality.grade}>"

    def _repr_html_(self) -> str:
        return rendering.html(self)

    def plot(self, ax: Any = None) -> Any:  # noqa: ANN401 - matplotlib's axes and figure
        """Draw the number that the exercise follows, event by event; return the figure."""
        return rendering.draw(self, ax)

    def metrics_frame(self) -> pd.DataFrame:
        """Return the metrics as a table: key, value, unit, n; a list has a row for each place."""
        import pandas as pd  # noqa: PLC0415 - a table is an edge; the core must not load pandas

        rows = []
        for key, metric in self.metrics.items():
            values = metric.value if isinstance(metric.value, tuple) else (metric.value,)
            for place, value in enumerate(values):
                name = f"{key}[{place}]" if isinstance(metric.value, tuple) else key
                rows.append({"key": name, "value": value, "unit": metric.unit, "n": metric.n})
        return pd.DataFrame(rows, columns=["key", "value", "unit", "n"]).astype({"value": float})

    def events_frame(self) -> pd.DataFrame:
        """Return the events as a table, one row each, in the order of the JSON list."""
        import pandas as pd  # noqa: PLC0415 - a table is an edge; the core must not load pandas

        if not self.events:
            return pd.DataFrame(columns=["start_s", "end_s", "rejected"])
        return pd.DataFrame([event.to_dict() for event in self.events])


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class SegmentedResult:
    """The sets found in one recording, in order of time; there may be none."""

    version: str
    file: str
    sets: tuple[Result, ...]

    def to_dict(self) -> dict[str, object]:
        """Return the JSON object of the spec, section 4."""
        return {
            "schema": SCHEMA,
            "version": self.version,
            "metric_set": METRIC_SET,
            "file": self.file,
            "exercise": "session" if self.sets else "unknown",
            "sets": [each.to_dict() for each in self.sets],
        }

    def __repr__(self) -> str:  # type: ignore[explicit-override]
        names = ", ".join(each.exercise for each in self.sets) or "nothing recognised"
        return f"<SegmentedResult: {names}>"

    def _repr_html_(self) -> str:
        return rendering.html(self)

    def __len__(self) -> int:
        return len(self.sets)

    def __iter__(self) -> Iterator[Result]:
        return iter(self.sets)

    def events_frame(self) -> pd.DataFrame:
        """Return the events of all sets as one table, with the exercise and number of each set."""
        import pandas as pd  # noqa: PLC0415 - a table is an edge; the core must not load pandas

        tables = [
            each.events_frame().assign(set=number, exercise=each.exercise)
            for number, each in enumerate(self.sets, 1)
        ]
        return pd.concat(tables, ignore_index=True) if tables else pd.DataFrame()
