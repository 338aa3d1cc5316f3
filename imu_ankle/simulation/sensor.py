"""What a real sensor makes of the truth: attitude, errors, filter, range, steps, a clock, a radio."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy.signal import butter, sosfilt
from scipy.spatial.transform import Rotation

from imu_ankle.core.options import Placement
from imu_ankle.simulation.trajectory import GRAVITY_MPS2, FootPath

if TYPE_CHECKING:
    from imu_ankle.core.recording import FloatArray, IntArray

# the sensor seen from the ball of the foot, where it is clipped on
MOUNTS_M: dict[str, tuple[float, float, float]] = {
    "laces": (-0.10, 0.0, 0.06),
    "heel": (-0.27, 0.0, 0.05),  # people roll over the toes, not the ball: 0.25-0.29 m
    "lateral": (-0.09, -0.045, 0.04),
    "medial": (-0.09, 0.045, 0.04),
    "toe": (-0.02, 0.0, 0.05),
}
# ... and elsewhere: from the ankle up the shank, and at the back of the waist
BODY_ARMS_M = {
    Placement.SHANK: (0.03, 0.0, 0.15),
    Placement.WAIST: (-0.10, 0.0, 0.0),
}


def arm_at(
    placement: Placement, on_shoe: tuple[float, float, float] = MOUNTS_M["laces"]
) -> tuple[float, float, float]:
    """Return where the sensor sits, in m; on a shoe that is `on_shoe`."""
    return BODY_ARMS_M.get(placement, on_shoe)


_INSIDE_HZ = 1600.0  # a sensor with an on-chip filter samples at least so fast inside


@dataclass(frozen=True, slots=True, kw_only=True)
class SensorModel:
    """A sensor on a shoe; the defaults are those of a good one, `ideal` has no error at all."""

    rate_hz: float = 104.0
    arm_m: tuple[float, float, float] = MOUNTS_M["laces"]  # from the ball of the foot
    attitude: tuple[float, float, float, float] | None = None  # xyzw; None: drawn at random
    acc_noise_mps2_rthz: float = 0.0012  # 120 ug/rtHz
    gyr_noise_dps_rthz: float = 0.006
    acc_bias_mps2: float = 0.15  # standard deviation over sensors, per axis
    gyr_bias_dps: float = 0.8
    acc_scale_sd: float = 0.004
    misalignment_deg: float = 0.0  # standard deviation of each axis off square
    lowpass_share: float = 0.0  # on-chip filter, 2 poles, at this share of the rate; 0: none
    clips_inside: bool = False  # the range ends before the filter, which hides flat tops
    acc_range_g: float = 16.0
    gyr_range_dps: float = 2000.0
    bits: int = 16  # 0: no steps
    rate_error: float = 0.0  # the sensor's clock runs fast by this share
    jitter_s: float = 0.0
    loss: float = 0.0  # share of samples lost, in bursts of `loss_burst`
    loss_burst: int = 1
    duplicates: float = 0.0  # share of samples that arrive twice
    late: float = 0.0  # share of samples that arrive after their successors

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
    """What came out: (N,) times and counters, (N, 3) readings in the sensor frame.

    In order of time; `arrival` tells in which order they came, repeats included.
    """

    time_s: FloatArray
    seq: IntArray
    acc_mps2: FloatArray
    gyr_dps: FloatArray
    lost: int
    attitude: Rotation  # sensor frame to foot frame
    arrival: IntArray


def read(
    trajectory: FootPath, model: SensorModel, rng: np.random.Generator, *, mirrored: bool = False
) -> Readings:
    """Sample `trajectory` with `model`; `mirrored` makes a right foot's motion a left one's."""
    n = int(trajectory.duration_s * model.rate_hz)
    stamps = np.arange(n) / model.rate_hz
    true_s = np.clip(stamps / (1.0 + model.rate_error), 0.0, trajectory.duration_s)
    if model.jitter_s:
        true_s = np.clip(true_s + rng.normal(0.0, model.jitter_s, n), 0.0, trajectory.duration_s)
        true_s = np.sort(true_s)
        stamps = true_s * (1.0 + model.rate_error)
    arm = np.asarray(model.arm_m)
    force, rate = _felt(trajectory, true_s, arm, model)
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
    if model.misalignment_deg:
        acc = acc @ _skew(rng, model.misalignment_deg)
        gyr = gyr @ _skew(rng, model.misalignment_deg)
    acc = _digitise(acc, model.acc_range_g * GRAVITY_MPS2, model.bits)
    gyr = _digitise(gyr, model.gyr_range_dps, model.bits)
    kept = _received(n, model, rng)
    seq = np.flatnonzero(kept)
    arrival = _arrival(len(seq), model, rng)
    return Readings(stamps[kept], seq, acc[kept], gyr[kept], n - len(seq), attitude, arrival)


def _felt(
    trajectory: FootPath, time_s: FloatArray, arm_m: FloatArray, model: SensorModel
) -> tuple[FloatArray, FloatArray]:
    """Return force and rate (N, 3) in the foot frame, through the on-chip filter if there is one."""
    if not model.lowpass_share:
        felt = trajectory.feel(time_s, arm_m)
        return felt.force_mps2, felt.rate_dps
    finer = int(np.ceil(_INSIDE_HZ / model.rate_hz))
    inside_hz = finer * model.rate_hz
    fine_s = np.arange(int(trajectory.duration_s * inside_hz)) / inside_hz
    felt = trajectory.feel(fine_s, arm_m)
    force, rate = felt.force_mps2, felt.rate_dps
    if model.clips_inside:
        most = model.acc_range_g * GRAVITY_MPS2
        force, rate = np.clip(force, -most, most), np.clip(rate, *_both(model.gyr_range_dps))
    sos = butter(2, model.lowpass_share * model.rate_hz, fs=inside_hz, output="sos")
    start = np.hstack([force[0], rate[0]])
    passed = sosfilt(sos, np.hstack([force, rate]) - start, axis=0) + start
    at = np.clip(np.rint(time_s * inside_hz).astype(np.int64), 0, len(passed) - 1)
    return passed[at, :3], passed[at, 3:]


def _both(limit: float) -> tuple[float, float]:
    return -limit, limit


def _skew(rng: np.random.Generator, degrees: float) -> FloatArray:
    off = np.radians(rng.normal(0.0, degrees, (3, 3)))
    np.fill_diagonal(off, 0.0)
    return np.asarray(np.eye(3) + off, dtype=np.float64)


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


def _arrival(n: int, model: SensorModel, rng: np.random.Generator) -> IntArray:
    """Return which sample comes when: some twice, some after their successors."""
    place = np.arange(n, dtype=np.float64)
    late = rng.random(n) < model.late
    place[late] += rng.integers(1, 4, int(late.sum())) + 0.5
    twice = np.flatnonzero(rng.random(n) < model.duplicates)
    which = np.concatenate([np.arange(n), twice])
    order = np.argsort(np.concatenate([place, place[twice] + 0.25]), kind="stable")
    return which[order].astype(np.int64)
