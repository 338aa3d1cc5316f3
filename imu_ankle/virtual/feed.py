"""What a virtual sensor measures: a simulated movement, or a recorded CSV."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from imu_ankle.core.options import Side
from imu_ankle.core.recording import GRAVITY_MPS2
from imu_ankle.core.signal.timing import lay_grid
from imu_ankle.io.csvfile import read_recording
from imu_ankle.simulation.catalogue import SIMULATIONS, simulate
from imu_ankle.simulation.plan import SetPlan
from imu_ankle.simulation.sensor import SensorModel, arm_at
from imu_ankle.simulation.trials import BalancePlan, balance_trial

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

    from imu_ankle.core.recording import BoolArray, FloatArray

_FULL = 32768


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Feed:
    """Samples as a sensor's registers would hold them.

    Attributes
    ----------
    counts : (N, 6) int16, acceleration and rate.
    present : (N,) samples that the sensor has; the others it drops.
    """

    title: str
    rate_hz: float
    acc_range_g: float
    gyr_range_dps: float
    counts: NDArray[np.int16]
    present: BoolArray
    side: Side
    seed: int | None = None

    def __len__(self) -> int:
        return len(self.counts)

    @property
    def acc_g_per_count(self) -> float:
        """Scale of the first three columns."""
        return self.acc_range_g / _FULL

    @property
    def gyr_dps_per_count(self) -> float:
        """Scale of the last three columns."""
        return self.gyr_range_dps / _FULL


def simulated_feed(
    name: str,
    *,
    side: Side = Side.RIGHT,
    seed: int = 1,
    rate_hz: float = 208.0,
    reps: int | None = None,
    stance_s: float = 20.0,
    still_s: float = 4.0,
) -> Feed:
    """Simulate a movement of the catalogue, worn by somebody who stands still first."""
    model = SensorModel(
        rate_hz=rate_hz,
        lowpass_share=0.4,
        misalignment_deg=0.5,
        arm_m=arm_at(SIMULATIONS[name].placement_of(None)),
    )
    movement = SIMULATIONS[name]
    if movement.timed:
        plan = BalancePlan(before_s=still_s, stance_s=stance_s, after_s=4.0)
        trial = balance_trial(plan, model, side=str(side), seed=seed)
    else:
        reps = reps or movement.reps
        trial = simulate(
            name,
            SetPlan(reps=reps, stand_s=still_s, raises_before=movement.rises_before),
            model,
            side=str(side),
            seed=seed,
        )
    readings = trial.readings
    feed = _feed(
        readings.acc_mps2, readings.gyr_dps, readings.seq, model.acc_range_g, model.gyr_range_dps
    )
    return replace(feed, title=name, rate_hz=rate_hz, side=side, seed=seed)


def recorded_feed(path: Path) -> Feed:
    """Play a recording; samples that it lost are lost by the virtual sensor too."""
    recording = read_recording(path)
    sidecar = recording.sidecar
    grid = lay_grid(recording.time_s, recording.seq)
    peak_g = float(np.abs(recording.acc_mps2).max()) / GRAVITY_MPS2
    peak_dps = float(np.abs(recording.gyr_dps).max())
    feed = _feed(
        recording.acc_mps2,
        recording.gyr_dps,
        grid.index,
        sidecar.acc_range_g or max(16.0, np.ceil(peak_g)),
        sidecar.gyr_range_dps or max(2000.0, np.ceil(peak_dps)),
    )
    return replace(
        feed, title=path.name, rate_hz=round(grid.rate_hz, 3), side=sidecar.side or Side.RIGHT
    )


def _feed(
    acc_mps2: FloatArray, gyr_dps: FloatArray, index: NDArray[np.int64], acc_g: float, gyr: float
) -> Feed:
    scaled = np.hstack([acc_mps2 / (acc_g * GRAVITY_MPS2), gyr_dps / gyr]) * _FULL
    counts = np.zeros((int(index[-1]) + 1, 6), dtype=np.int16)
    counts[index] = np.clip(np.rint(scaled), -_FULL, _FULL - 1).astype(np.int16)
    present = np.zeros(len(counts), dtype=bool)
    present[index] = True
    return Feed(
        title="", rate_hz=0.0, acc_range_g=acc_g, gyr_range_dps=gyr, counts=counts,
        present=present, side=Side.RIGHT,
    )  # fmt: skip
