"""What an exercise is: a name, a dose, its numbers, its knobs and one pure function."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Generic, TypeVar

from imu_ankle.core.recording import Eyes, FloatArray, Placement, Side, Surface

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from imu_ankle.core.motion import Motion
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
class Exercise(Generic[P]):
    """One entry of the registry.

    `analyse` raises `NotAnalysableError` with a reason code where nothing can be measured.
    `headlines` are followed over time: "score", "reps", or keys of metrics.
    """

    slug: str
    title: str
    dose_target: float
    dose_unit: str
    placement: Placement  # the default
    placements: tuple[Placement, ...]  # where it can be measured at all
    both_legs: bool
    metrics: tuple[MetricSpec, ...]
    headlines: tuple[str, ...]
    params: P
    analyse: Callable[[Motion, TrialContext, P], Measurement]

    @property
    def counts(self) -> bool:
        """Whether it counts repetitions; else it scores seconds."""
        return self.dose_unit != "s"

    @property
    def lands(self) -> bool:
        """Whether each repetition is a landing."""
        return any(spec.key == "flight_s" for spec in self.metrics)

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
