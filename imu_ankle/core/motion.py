"""The noun between preparation and exercises: motion on a uniform grid, in the foot frame."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import numpy as np

from imu_ankle.core.recording import GRAVITY_MPS2
from imu_ankle.core.result import Interval, Quality
from imu_ankle.core.signal.runs import to_mask

if TYPE_CHECKING:
    import pandas as pd

    from imu_ankle.core.recording import BoolArray, FloatArray, IntArray, Repair


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Motion:
    """A recording made fit to analyse; exercises accept nothing else.

    The foot frame has x to the toes, y to the wearer's left, z up on a flat standing foot. Where
    `heading_known` is False, x and y are horizontal but point anywhere.

    Attributes
    ----------
    rate_hz, start_s : the grid: sample k is at ``start_s + k / rate_hz``.
    acc_mps2 : (N, 3) specific force, calibrated. Like all vectors here it lies column by column in memory,
        since nearly all work is along time.
    gyr_dps : (N, 3) angular rate, bias removed.
    quat : (N, 4) orientation, foot to world, wxyz; the world's heading is arbitrary.
    up : (N, 3) the world's up direction in the foot frame, unit length.
    segments : (M, 2) half-open sample ranges without a hole over 200 ms; the rest is zero.
    unbroken : (K, 2) half-open sample ranges over which orientation was followed without a break.
    clipped : (N,) samples at the end of the sensor's range.
    doubtful : (N,) grid points in holes over 50 ms, bridged or not.
    bridged : (N,) grid points without a sample of their own, however short the hole.
    rests : (K, 2) sample ranges in which the sensor was still.
    present, unseen : (N,) samples inside the segments, and those outside or doubtful; derived.
    first_s : time of the first sample; the fitted grid may start a little before.
    gyr_noise_dps2 : noise power of the three-axis rate below 10 Hz, measured at rest, else 0.
    quality : figures and reasons found so far.
    repairs : what reading and preparation had to set right, in words.
    """

    rate_hz: float
    start_s: float
    acc_mps2: FloatArray
    gyr_dps: FloatArray
    quat: FloatArray
    up: FloatArray
    segments: IntArray
    unbroken: IntArray
    clipped: BoolArray
    doubtful: BoolArray
    bridged: BoolArray
    rests: IntArray
    heading_known: bool
    gyr_noise_dps2: float = 0.0
    first_s: float = -np.inf
    cued: Interval | None = None
    quality: Quality = field(default_factory=Quality)
    repairs: tuple[Repair, ...] = ()
    present: BoolArray = field(init=False, repr=False)
    unseen: BoolArray = field(init=False, repr=False)

    def __post_init__(self) -> None:
        # once: they are asked for at every repetition, and take the whole length
        present = to_mask(self.segments, len(self))
        object.__setattr__(self, "present", present)
        object.__setattr__(self, "unseen", self.doubtful | ~present)

    def __len__(self) -> int:
        return len(self.gyr_dps)

    def at_s(self, index: float) -> float:
        """Return the time of a (fractional) sample index, to the microsecond."""
        time_s = self.start_s + float(index) / self.rate_hz
        return round(max(time_s, self.first_s), 6) + 0.0  # no -0.0

    def sample(self, time_s: float) -> int:
        """Return the first sample at or after `time_s`, within the recording."""
        index = np.ceil((time_s - self.start_s) * self.rate_hz - 1e-6)
        return int(np.clip(index, 0, len(self)))

    def to_frame(self) -> pd.DataFrame:
        """Return the signals as a table, one row a grid point, in the foot frame.

        Columns: ``time_s``; ``acc_x_mps2`` ... specific force; ``gyr_x_dps`` ... rate; ``up_x`` ...
        the world's up direction; ``present``, ``clipped``, ``doubtful``.
        """
        import pandas as pd  # noqa: PLC0415 - a table is an edge; the core must not load pandas

        columns: dict[str, FloatArray | BoolArray] = {
            "time_s": self.start_s + np.arange(len(self)) / self.rate_hz
        }
        vectors = (
            ("acc", "_mps2", self.acc_mps2),
            ("gyr", "_dps", self.gyr_dps),
            ("up", "", self.up),
        )
        for name, unit, values in vectors:
            for i, axis in enumerate("xyz"):
                columns[f"{name}_{axis}{unit}"] = values[:, i]
        marks = {"present": self.present, "clipped": self.clipped, "doubtful": self.doubtful}
        return pd.DataFrame(columns | marks)

    @property
    def gravity_mps2(self) -> float:
        """What this sensor reads at rest, bias included; standard gravity if it never was still."""
        at_rest = [self.acc_mps2[start:end] for start, end in self.rests]
        if not at_rest:
            return GRAVITY_MPS2
        return float(np.median(np.linalg.norm(np.vstack(at_rest), axis=1)))

    def cut(self, start: int, end: int) -> Motion:
        """Return samples ``[start, end)`` as a motion of its own, on the same clock."""
        piece = slice(start, end)

        def inside(pairs: IntArray) -> IntArray:
            clipped = np.clip(pairs, start, end) - start
            return np.asarray(clipped[clipped[:, 1] > clipped[:, 0]])

        return replace(
            self,
            start_s=self.start_s + start / self.rate_hz,
            acc_mps2=self.acc_mps2[piece],
            gyr_dps=self.gyr_dps[piece],
            quat=self.quat[piece],
            up=self.up[piece],
            clipped=self.clipped[piece],
            doubtful=self.doubtful[piece],
            bridged=self.bridged[piece],
            segments=inside(self.segments),
            unbroken=inside(self.unbroken),
            rests=inside(self.rests),
            cued=None,
        )
