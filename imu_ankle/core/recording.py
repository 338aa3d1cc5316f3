"""The nouns of a recording: frozen data that checks itself once."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import IntFlag
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from imu_ankle.core import rendering
from imu_ankle.core.errors import RecordingError
from imu_ankle.core.options import Placement, Side, parse_enum

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pandas as pd
    from numpy.typing import ArrayLike

    from imu_ankle.core.options import Eyes, Mount, Surface

FloatArray: TypeAlias = NDArray[np.float64]
IntArray: TypeAlias = NDArray[np.int64]
BoolArray: TypeAlias = NDArray[np.bool_]

GRAVITY_MPS2 = 9.80665  # standard gravity; local gravity differs by at most 0.3 %

SAME_SESSION_S = 7200.0  # a set begun later than this after the last one is a new session
MOST_NOISE_DPS2 = 1.0  # below 10 Hz; worse is no sensor at rest
_MAX_ACC_MPS2 = 1e4  # 1000 g; no wearable sensor reads more
_MAX_GYR_DPS = 1e5
MAX_TIME_S = 1e11  # 3000 years; a clock that shows more is broken


class SampleFlag(IntFlag):
    """Bits of the `flags` column."""

    LOST = 1
    ACC_CLIPPED = 2
    GYR_CLIPPED = 4
    MARK = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class Condition:
    """What makes trials comparable; unknown is None."""

    eyes: Eyes | None = None
    surface: Surface | None = None
    shoe: str | None = None
    extra: Mapping[str, object] = field(default_factory=dict)


# key below `sensor` in a sidecar, and its value, for one that sent neither time nor count
TIMING, UNTIMED = "timing", "untimed"
# ... and of a link that was lost and never came back
LINK, LOST_AT, MISSING = "link", "lost_at_s", "missing_s"


def link_lost_words(lost_s: float, missing_s: float) -> str:
    """Say that a link was lost and never came back."""
    return f"the link was lost at {lost_s:.1f} s and never came back: the last {missing_s:.0f} s are missing"


@dataclass(frozen=True, slots=True, kw_only=True)
class SensorInfo:
    """Which device spoke."""

    model: str | None = None
    serial: str | None = None
    firmware: str | None = None
    extra: Mapping[str, object] = field(default_factory=dict)

    @property
    def untimed(self) -> bool:
        """Whether it sent neither time nor count, so that all times are estimates."""
        return self.extra.get(TIMING) == UNTIMED


@dataclass(frozen=True, slots=True)
class Cue:
    """What the wearer was told, and when."""

    time_s: float | None
    text: str | None
    extra: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Mark:
    """A moment that somebody labelled."""

    time_s: float | None
    label: str | None
    extra: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Sidecar:
    """What is known of a recording besides its samples; unknown values are None.

    Field names are the keys of the JSON file. `extra` keeps keys that this version doesn't know.
    """

    schema: int = 1
    id: str | None = None
    exercise: str | None = None
    side: Side | None = None
    placement: Placement | None = None
    mount: Mount | None = None
    condition: Condition = field(default_factory=Condition)
    started_at: str | None = None
    timezone: str | None = None
    rate_nominal_hz: float | None = None
    rate_hz: float | None = None
    acc_range_g: float | None = None
    gyr_range_dps: float | None = None
    samples: int | None = None
    lost: int | None = None
    longest_gap_s: float | None = None
    sensor: SensorInfo = field(default_factory=SensorInfo)
    software: str | None = None
    simulated: bool | None = None
    seed: int | None = None
    cues: tuple[Cue, ...] = ()
    marks: tuple[Mark, ...] = ()
    pain: float | None = None
    notes: str | None = None
    sure: bool | None = None
    extra: Mapping[str, object] = field(default_factory=dict)

    @property
    def link_lost(self) -> tuple[float, float] | None:
        """When the link was lost for good, and how long nothing came then, in s; else None."""
        link = self.extra.get(LINK)
        if not isinstance(link, dict):
            return None
        lost_s, missing_s = link.get(LOST_AT), link.get(MISSING)
        if not isinstance(lost_s, int | float) or not isinstance(missing_s, int | float):
            return None
        return float(lost_s), float(missing_s)


@dataclass(frozen=True, slots=True, kw_only=True)
class Calibration:
    """What turns a sensor's raw numbers into true ones: ``acc = matrix (raw - bias)``.

    Attributes
    ----------
    serial : the sensor that it belongs to.
    made_at : ISO 8601 time.
    acc_matrix : scale and misalignment, 3 by 3.
    acc_bias_mps2, gyr_bias_dps : zero offsets.
    gyr_noise_dps2 : noise power of the three-axis rate below 10 Hz.
    residual_mps2 : RMS distance of the calibrated poses from gravity.
    """

    serial: str
    made_at: str
    acc_matrix: tuple[tuple[float, float, float], ...]
    acc_bias_mps2: tuple[float, float, float]
    gyr_bias_dps: tuple[float, float, float]
    gyr_noise_dps2: float
    residual_mps2: float
    format_version: int = 1

    def apply(self, acc_mps2: FloatArray, gyr_dps: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Return calibrated (N, 3) copies of acceleration and rate."""
        matrix = np.asarray(self.acc_matrix)
        return (acc_mps2 - self.acc_bias_mps2) @ matrix.T, gyr_dps - self.gyr_bias_dps

    def describe(self) -> dict[str, object]:
        """Return what a result says of the calibration that went into it."""
        return {"serial": self.serial, "made_at": self.made_at}


@dataclass(frozen=True, slots=True)
class Repair:
    """Something that reading had to set right; `reason` is a quality code or None."""

    reason: str | None
    message: str


@dataclass(frozen=True, slots=True, kw_only=True, eq=False, repr=False)
class Recording:
    """What the sensor said, uncorrected, in the sensor's own frame.

    Examples
    --------
    >>> import numpy as np
    >>> import imu_ankle as ia
    >>> time_s = np.arange(500) / 100.0
    >>> still = np.tile([0.0, 0.0, 9.81], (500, 1))
    >>> ia.Recording.from_samples(time_s, still, np.zeros((500, 3)), side="left")
    <Recording: 500 samples, 5.0 s at 100.0 Hz, left>

    Attributes
    ----------
    time_s : (N,) float, strictly increasing, on the sensor's clock.
    acc_mps2 : (N, 3) float, specific force.
    gyr_dps : (N, 3) float, angular rate.
    seq : (N,) int or None, sample index since the start.
    flags : (N,) int or None, bits of `SampleFlag`.
    sidecar : what else is known.
    calibration : applied by preparation, never to the arrays here.
    repairs : what reading had to set right.
    file : where it came from, for messages and results.

    Raises
    ------
    RecordingError
        If shapes differ, a value is not finite or beyond any sensor, or time doesn't increase.
    """

    time_s: FloatArray
    acc_mps2: FloatArray
    gyr_dps: FloatArray
    seq: IntArray | None = None
    flags: IntArray | None = None
    sidecar: Sidecar = field(default_factory=Sidecar)
    calibration: Calibration | None = None
    repairs: tuple[Repair, ...] = ()
    file: str = ""

    def __post_init__(self) -> None:
        n = len(self.time_s)
        shapes = {
            "time_s": (self.time_s, (n,)),
            "acc_mps2": (self.acc_mps2, (n, 3)),
            "gyr_dps": (self.gyr_dps, (n, 3)),
            "seq": (self.seq, (n,)),
            "flags": (self.flags, (n,)),
        }
        for name, (array, shape) in shapes.items():
            if array is None:
                continue
            if array.shape != shape:
                raise RecordingError("bad_shape", f"{name} has shape {array.shape}, not {shape}")
            read_only = array.view()
            read_only.setflags(write=False)
            object.__setattr__(self, name, read_only)
        _check_values(self.time_s, self.acc_mps2, self.gyr_dps)
        if self.seq is not None and n > 1 and not (np.diff(self.seq) > 0).all():
            raise RecordingError("bad_clock", "seq must increase from sample to sample")

    @classmethod
    def from_samples(
        cls,
        time_s: ArrayLike,
        acc_mps2: ArrayLike,
        gyr_dps: ArrayLike,
        *,
        seq: ArrayLike | None = None,
        exercise: str | None = None,
        side: str | None = None,
        placement: str | None = None,
        file: str = "",
    ) -> Recording:
        """Return a recording of samples from anywhere.

        Parameters
        ----------
        time_s : (N,) seconds on the sensor's clock, increasing; `Recording.time_s` starts at 0.
        acc_mps2, gyr_dps : (N, 3) specific force in m/s2 and angular rate in deg/s, sensor frame.
        seq : (N,) whole numbers that count samples, lost ones included.
        exercise, side, placement : what else is known.

        Raises
        ------
        RecordingError
            If shapes differ, a value is not finite, or time doesn't increase.
        UsageError
            If side or placement is none of the known words.
        """
        clock = np.asarray(time_s, dtype=np.float64)
        return cls(
            time_s=clock - clock[:1] if clock.ndim == 1 else clock,
            acc_mps2=np.asarray(acc_mps2, dtype=np.float64),
            gyr_dps=np.asarray(gyr_dps, dtype=np.float64),
            seq=None if seq is None else np.asarray(seq, dtype=np.int64),
            sidecar=Sidecar(
                exercise=exercise,
                side=None if side is None else parse_enum(Side, side, "side"),
                placement=None if placement is None else parse_enum(Placement, placement, ""),
            ),
            file=file,
        )

    def __len__(self) -> int:
        return len(self.time_s)

    def __repr__(self) -> str:  # type: ignore[explicit-override]
        words = [f"{len(self)} samples, {self.duration_s:.1f} s"]
        if self.duration_s > 0.0:
            words[0] += f" at {(len(self) - 1) / self.duration_s:.1f} Hz"
        sidecar = self.sidecar
        known = (sidecar.exercise, sidecar.side, "simulated" if sidecar.simulated else None)
        words += [str(word) for word in known if word]
        return f"<Recording: {', '.join(words)}>"

    def _repr_html_(self) -> str:
        return rendering.html(self)

    @property
    def duration_s(self) -> float:
        """Time from the first sample to the last."""
        return float(self.time_s[-1] - self.time_s[0]) if len(self) else 0.0

    @property
    def import_report(self) -> Mapping[str, object]:
        """What an import assumed and where the samples came from; empty for own recordings."""
        report = self.sidecar.extra.get("import", {})
        return report if isinstance(report, dict) else {}

    def to_frame(self) -> pd.DataFrame:
        """Return the samples as a table with the columns of the CSV file."""
        import pandas as pd  # noqa: PLC0415 - a table is an edge; the core must not load pandas

        columns: dict[str, FloatArray | IntArray] = {"time_s": self.time_s}
        for i, axis in enumerate("xyz"):
            columns[f"acc_{axis}_mps2"] = self.acc_mps2[:, i]
        for i, axis in enumerate("xyz"):
            columns[f"gyr_{axis}_dps"] = self.gyr_dps[:, i]
        optional = {"seq": self.seq, "flags": self.flags}
        return pd.DataFrame(columns | {k: v for k, v in optional.items() if v is not None})

    def plot(self, ax: Any = None) -> Any:  # noqa: ANN401 - matplotlib's axes and figure
        """Draw the sizes of rate and force over time; return the figure."""
        return rendering.draw(self, ax)


def _check_values(time_s: FloatArray, acc_mps2: FloatArray, gyr_dps: FloatArray) -> None:
    if len(time_s) and not np.isfinite(time_s).all():
        raise RecordingError("bad_value", "time_s holds a value that is not a finite number")
    if len(time_s) and np.abs(time_s).max() > MAX_TIME_S:
        raise RecordingError("bad_clock", f"time_s goes to {np.abs(time_s).max():.3g} s")
    if len(time_s) > 1 and not (np.diff(time_s) > 0).all():
        raise RecordingError("bad_clock", "time_s must increase from sample to sample")
    limits = {"acc_mps2": (acc_mps2, _MAX_ACC_MPS2), "gyr_dps": (gyr_dps, _MAX_GYR_DPS)}
    for name, (array, limit) in limits.items():
        # written so that NaN fails too
        if not (np.abs(array) <= limit).all():
            worst = array[~(np.abs(array) <= limit)][0]
            raise RecordingError(
                "bad_value", f"{name} holds {worst:g}; no sensor reads beyond {limit:g}"
            )
