"""What an exercise is: facts, words, numbers, parameters and one pure function.

Nothing here loads numpy: who only wants a name or a dose shouldn't wait for it.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from imu_ankle.core.options import Eyes, Placement, Side, Surface

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from imu_ankle.core.motion import Motion
    from imu_ankle.core.recording import FloatArray
    from imu_ankle.core.result import Event, Interval, Metric

P = TypeVar("P")


class Better(StrEnum):
    """Which direction of change is an improvement."""

    HIGHER = "higher"
    LOWER = "lower"
    NEITHER = "neither"


class Evidence(StrEnum):
    """How far a metric has been checked; shown next to its meaning."""

    FORMULA = "formula checked against reference values"
    SIMULATED = "checked on simulated trials only"


@dataclass(frozen=True, slots=True, kw_only=True)
class MetricSpec:
    """What a number means, said once, used by tables, plots, trends and pages."""

    key: str
    label: str
    unit: str
    decimals: int
    better: Better
    evidence: Evidence
    accuracy: float = 0.0  # what one value can be off by, where that is more than its decimals

    @property
    def ratio(self) -> bool:
        """Whether it varies in proportion to its size, so that changes are factors."""
        return self.unit not in {"", "%"}

    @property
    def resolution(self) -> float:
        """The smallest difference that means anything."""
        return max(float(10.0**-self.decimals), self.accuracy)


def spec(key: str, label: str, unit: str, decimals: int, better: Better) -> MetricSpec:
    """Return what a number means whose evidence is simulated sets."""
    return MetricSpec(
        key=key,
        label=label,
        unit=unit,
        decimals=decimals,
        better=better,
        evidence=Evidence.SIMULATED,
    )


# what every exercise may have besides its metrics
SCORE = MetricSpec(
    key="score",
    label="score, 0 to 100",
    unit="",
    decimals=0,
    better=Better.HIGHER,
    evidence=Evidence.SIMULATED,
)
REPS = MetricSpec(
    key="reps",
    label="repetitions",
    unit="",
    decimals=0,
    better=Better.HIGHER,
    evidence=Evidence.SIMULATED,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class TrialContext:
    """What is known of a trial besides its motion."""

    side: Side
    placement: Placement
    eyes: Eyes = Eyes.OPEN
    surface: Surface = Surface.FLOOR


@dataclass(frozen=True, slots=True, eq=False)
class Curve:
    """A line or a cloud of points on a panel."""

    x: FloatArray
    y: FloatArray
    label: str
    style: str  # "line", "dashed", "dots", "points", "bars" or "level": a line across at y[0]


@dataclass(frozen=True, slots=True, kw_only=True)
class Chart:
    """A picture that an exercise offers besides the traces, as data; plots draw it."""

    title: str
    x_label: str
    y_label: str
    curves: tuple[Curve, ...]
    equal_axes: bool = False


@dataclass(frozen=True, slots=True, eq=False)
class Angle:
    """The angle that an exercise is about, over the whole motion: what it is, and (N,) deg."""

    label: str
    values_deg: FloatArray


@dataclass(frozen=True, slots=True, kw_only=True)
class Measurement:
    """What an exercise's function returns; metrics that can't be computed hold None.

    `angle` is drawn in place of the tilt of the foot against the preparation's flat pose.
    """

    spans: tuple[Interval, ...] = ()
    reps: int | None = None
    done: float | None = None
    score: float | None = None
    score_band: tuple[float, float] | None = None
    metrics: Mapping[str, Metric] = field(default_factory=dict)
    events: tuple[Event, ...] = ()
    reasons: tuple[str, ...] = ()
    charts: tuple[Chart, ...] = ()
    angle: Angle | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Guide:
    """What a wearer is told of an exercise.

    Attributes
    ----------
    how_to : one sentence to act on.
    cues : what good form is.
    safety : beyond what holds for all exercises, `SAFETY`.
    unseen : what a sensor there can't tell.
    harder : ways to make it harder, as surface or eyes of the plan, with a sentence each.
    warm_up : what comes right before the set, so that the sensor knows where the toes point.
    """

    how_to: str
    cues: tuple[str, ...]
    safety: tuple[str, ...] = ()
    unseen: tuple[str, ...] = ()
    harder: Mapping[str, str] = field(default_factory=dict)
    warm_up: str = ""


SAFETY = ("Stop when it hurts.",)
NEAR_WALL = "Stand next to a wall or a chair that you can grab."
KNEE_OUT = "Keep the knee over the little toe, don't let it fall inward."
TWO_RISES = "rise on the toes twice, stand 2 s, then: "


class Search(StrEnum):
    """How candidates for a set are found in a recording that names no exercise."""

    EVENTS = "events"  # what the exercise itself accepts in the whole recording
    FLIGHTS = "flights"  # bouts of flights, shared by all exercises that leave the floor
    TURNS = "turns"  # turns of a foot or shank that stays in place
    DIPS = "dips"  # the exercise's own events at the waist, in what is left
    STANCE = "stance"  # standing on one leg, in what is left then


@dataclass(frozen=True, slots=True)
class Match:
    """That a candidate is a set of an exercise: why, in words, and which other exercise it may be."""

    why: str
    rival: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Recogniser:
    """How an exercise tells its sets from those of others.

    Attributes
    ----------
    search : how candidates are found.
    placement : where the sensor is then taken to be.
    fits : judges the evidence of a candidate; what evidence there is depends on `search`, see
        `analysis.segmentation`. None is: not this exercise.
    weight : what one repetition counts where two exercises claim the same stretch.
    """

    search: Search
    placement: Placement
    fits: Callable[[Any], Match | None]
    weight: float = 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Exercise(Generic[P]):
    """One entry of the registry: all that the program knows of an exercise.

    Attributes
    ----------
    dose, dose_unit : what the plan asks, per leg where it is done on one leg.
    trials, rest_s : how often it is offered in a session (one meets the dose), and the rest between.
    placement, placements : the default, and where it can be measured at all.
    counts : it counts repetitions; else it scores seconds.
    lands : each repetition is a landing.
    headlines : what is followed over time: "score", "reps", or keys of metrics.
    params : the parameters of its detectors.
    measure : from motion to measurement; raises `NotAnalysableError` with a reason code where
        nothing can be measured.
    recognisers : how its sets are found in a recording that names no exercise.
    """

    slug: str
    title: str
    guide: Guide
    dose: float
    dose_unit: str
    trials: int = 1
    rest_s: float = 60.0
    placement: Placement
    placements: tuple[Placement, ...]
    both_legs: bool
    counts: bool = True
    lands: bool = False
    metrics: tuple[MetricSpec, ...]
    headlines: tuple[str, ...]
    params: P
    measure: Callable[[Motion, TrialContext, P], Measurement]
    recognisers: tuple[Recogniser, ...] = ()

    @property
    def legs(self) -> tuple[str, ...]:
        """The legs that have a dose of their own."""
        return ("both",) if self.both_legs else ("left", "right")

    def spec(self, key: str) -> MetricSpec:
        """Return what the number `key` means: "score", "reps", or a metric.

        Raises
        ------
        KeyError
            If it has no such number.
        """
        return {each.key: each for each in (SCORE, REPS, *self.metrics)}[key]
