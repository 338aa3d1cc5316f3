"""What a real sensor makes of the truth: attitude, errors, range, steps, a clock, a radio."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy.spatial.transform import Rotation

from imu_ankle.simulation.trajectory import GRAVITY_MPS2, Trajectory

if TYPE_CHECKING:
    from imu_ankle.model import FloatArray, IntArray


@dataclass(frozen=True, slots=True, kw_only=True)
class SensorModel:
    """A sensor on a shoe; the defaults are those of a good one, `ideal` has no error at all."""

    rate_hz: float = 104.0
    arm_m: tuple[float, float, float] = (-0.10, 0.0, 0.06)  # from the ball: on the laces
    attitude: tuple[float, float, float, float] | None = None  # xyzw; None: drawn at random
    acc_noise_mps2_rthz: float = 0.0012  # 120 ug/rtHz
    gyr_noise_dps_rthz: float = 0.006
    acc_bias_mps2: float = 0.15  # standard deviation over sensors, per axis
    gyr_bias_dps: float = 0.8
    acc_scale_sd: float = 0.004
    acc_range_g: float = 16.0
    gyr_range_dps: float = 2000.0
    bits: int = 16  # 0: no steps
    rate_error: float = 0.0  # the sensor's clock runs fast by this share
    jitter_s: float = 0.0
    loss: float = 0.0  # share of samples lost, in bursts of `loss_burst`
    loss_burst: int = 1

    @staticmethod
    def ideal(rate_hz: float) -> SensorModel:
        """Return a sensor that adds nothing."""
        return SensorModel(
            rate_hz=rate_hz,
            acc_noise_mps2_rthz=0.0,
            gyr_noise_dps_rthz=0.0,
            acc_bias_mps2=0.0,
            gyr_bias_dps=0.0,
            acc_scale_sd=0.0,
            bits=0,
        )


@dataclass(frozen=True, slots=True, eq=False)
class Readings:
    """What came out: (N,) times and counters, (N, 3) readings in the sensor frame."""

    time_s: FloatArray
    seq: IntArray
    acc_mps2: FloatArray
    gyr_dps: FloatArray
    lost: int
    attitude: Rotation  # sensor frame to foot frame


def read(
    trajectory: Trajectory, model: SensorModel, rng: np.random.Generator, *, mirrored: bool = False
) -> Readings:
    """Sample `trajectory` with `model`; `mirrored` makes a right foot's motion a left one's."""
    n = int(trajectory.duration_s * model.rate_hz)
    stamps = np.arange(n) / model.rate_hz
    true_s = np.clip(stamps / (1.0 + model.rate_error), 0.0, trajectory.duration_s)
    if model.jitter_s:
        true_s = np.clip(true_s + rng.normal(0.0, model.jitter_s, n), 0.0, trajectory.duration_s)
        true_s = np.sort(true_s)
        stamps = true_s * (1.0 + model.rate_error)
    felt = trajectory.feel(true_s, np.asarray(model.arm_m))
    force, rate = felt.force_mps2, felt.rate_dps
    if mirrored:
        force, rate = force * [1.0, -1.0, 1.0], rate * [-1.0, 1.0, -1.0]
    attitude = Rotation.from_quat(rng.normal(size=4) if model.attitude is None else model.attitude)
    acc, gyr = attitude.inv().apply(force), attitude.inv().apply(rate)
    band = np.sqrt(model.rate_hz / 2.0)
    acc *= 1.0 + rng.normal(0.0, 1.0, 3) * model.acc_scale_sd
    acc += rng.normal(0.0, 1.0, 3) * model.acc_bias_mps2
    gyr += rng.normal(0.0, 1.0, 3) * model.gyr_bias_dps
    acc += rng.normal(0.0, 1.0, (n, 3)) * model.acc_noise_mps2_rthz * band
    gyr += rng.normal(0.0, 1.0, (n, 3)) * model.gyr_noise_dps_rthz * band
    acc = _digitise(acc, model.acc_range_g * GRAVITY_MPS2, model.bits)
    gyr = _digitise(gyr, model.gyr_range_dps, model.bits)
    kept = _received(n, model, rng)
    seq = np.flatnonzero(kept)
    return Readings(stamps[kept], seq, acc[kept], gyr[kept], n - len(seq), attitude)


def _digitise(x: FloatArray, full_scale: float, bits: int) -> FloatArray:
    if not bits:
        return x
    step = full_scale / 2 ** (bits - 1)
    counts = np.clip(np.rint(x / step), -(2 ** (bits - 1)), 2 ** (bits - 1) - 1)
    rounded: FloatArray = np.round(counts * step, 6)
    return rounded


def _received(n: int, model: SensorModel, rng: np.random.Generator) -> np.ndarray:
    kept = np.ones(n, dtype=bool)
    wanted = round(model.loss * n / model.loss_burst)
    for start in rng.integers(1, max(2, n - model.loss_burst - 1), wanted):
        kept[start : start + model.loss_burst] = False
    return kept
