"""What loggers, sensors and importers do to recordings, and whether it was noticed.

A fault turns (rng, time_s, acc_mps2, gyr_dps) into the same three, spoiled by a size of its own.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import numpy as np
from scipy.signal import butter, sosfiltfilt

from imu_ankle import ImuAnkleError, Recording, analyze
from imu_ankle.simulation.catalogue import SIMULATIONS, simulate
from imu_ankle.simulation.plan import SetPlan
from imu_ankle.simulation.sensor import MOUNTS_M, arm_at
from imu_ankle.simulation.wearer import WEARERS
from tests.helpers import CHIP, recording_of

FULL_SCALE_DPS, FULL_SCALE_MPS2 = 1999.9, 156.9
REPS = {"single-leg-balance": 1, "star-taps": 3, "heel-walks": 12}  # else 10
ALIKE = 0.05  # numbers that differ by less are the same


def step_s(time_s):
    return float(np.median(np.diff(time_s)))


def piece(time_s, share, seconds):
    start = int(share * len(time_s))
    return slice(start, start + max(2, round(seconds / step_s(time_s))))


def late(seconds, _rng, time_s, acc, gyr):
    return time_s, acc, np.column_stack([np.interp(time_s - seconds, time_s, g) for g in gyr.T])


def scaled(factor, _rng, time_s, acc, gyr):
    return time_s, acc, factor * gyr


def dead(axis, from_share, _rng, time_s, acc, gyr):
    gyr = gyr.copy()
    gyr[int(from_share * len(gyr)) :, axis] = 0.0
    return time_s, acc, gyr


def frozen(seconds, _rng, time_s, acc, gyr):
    both = np.hstack([acc, gyr])
    at = piece(time_s, 0.45, seconds)
    both[at] = both[at.start]
    return time_s, both[:, :3], both[:, 3:]


def filled(seconds, _rng, time_s, acc, gyr):
    both = np.hstack([acc, gyr])
    at = piece(time_s, 0.45, seconds)
    last = min(at.stop, len(both) - 1)
    both[at.start : last] = np.linspace(both[at.start], both[last], last - at.start, endpoint=False)
    return time_s, both[:, :3], both[:, 3:]


def spiked(half, size, count, rng, time_s, acc, gyr):
    halves = [acc.copy(), gyr.copy()]
    rows = rng.integers(int(0.3 * len(gyr)), int(0.8 * len(gyr)), count)
    halves[half][rows] = size
    return time_s, *halves


def upsampled(slow_hz, quick_hz, _rng, time_s, acc, gyr):
    both = np.hstack([acc, gyr]).T
    knots = np.arange(time_s[0], time_s[-1], 1.0 / slow_hz)
    quick = np.arange(knots[0], knots[-1], 1.0 / quick_hz)
    rows = [np.interp(quick, knots, np.interp(knots, time_s, axis)) for axis in both]
    return quick, np.column_stack(rows[:3]), np.column_stack(rows[3:])


def polled(times, _rng, time_s, acc, gyr):
    quick = np.arange(time_s[0], time_s[-1], step_s(time_s) / times)
    at = np.searchsorted(time_s, quick, side="right") - 1
    return quick, acc[at], gyr[at]


def smoothed(cutoff_hz, _rng, time_s, acc, gyr):
    filters = butter(2, cutoff_hz, fs=1.0 / step_s(time_s), output="sos")
    return time_s, sosfiltfilt(filters, acc, axis=0), sosfiltfilt(filters, gyr, axis=0)


def doubled(rows, _rng, time_s, acc, gyr):
    packets = np.array_split(np.arange(len(gyr)), np.arange(rows, len(gyr), rows))
    at = np.concatenate([np.tile(packet, 2) for packet in packets])
    return time_s[0] + np.arange(len(at)) * step_s(time_s) / 2.0, acc[at], gyr[at]


def mirrored(axis, _rng, time_s, acc, gyr):
    signs = np.where(np.arange(3) == axis, -1.0, 1.0)
    return time_s, acc * signs, gyr * signs


def turned(axis, _rng, time_s, acc, gyr):
    return time_s, acc, gyr * np.where(np.arange(3) == axis, -1.0, 1.0)


def swapped(one, other, _rng, time_s, acc, gyr):
    order = np.arange(3)
    order[[one, other]] = other, one
    return time_s, acc, gyr[:, order]


@dataclass(frozen=True)
class Fault:
    """A kind of fault: how it is told, its usual size, and smaller ones to find what is noticed."""

    words: str
    told: str
    spoil: Callable[..., Any]
    size: float | int
    smaller: tuple[float | int, ...] = ()
    unit: str = ""

    def __call__(self, recording, size=None, seed=0):
        """Return the recording spoiled by a size, without anything else that is known of it."""
        made = self.spoil(
            self.size if size is None else size,
            np.random.default_rng(seed),
            recording.time_s,
            recording.acc_mps2,
            recording.gyr_dps,
        )
        return Recording.from_samples(*made, file=recording.file)


def _spikes(half, size):
    return lambda count, *rest: spiked(half, size, count, *rest)


FAULTS = {
    "late": Fault("gyroscope late", "out_of_step", late, 0.030, (0.045, 0.020, 0.012), "s"),
    "early": Fault(
        "gyroscope early", "out_of_step", lambda s, *rest: late(-s, *rest), 0.038, (0.02, 0.012), "s"
    ),
    "scale-up": Fault("gyroscope's scale", "gyr_scale", scaled, 2.0, (4.0, 1.5, 1.2, 1.14), "times"),
    "scale-down": Fault("gyroscope's scale", "gyr_scale", scaled, 0.5, (0.125, 0.75, 0.87), "times"),
    "dead-axis": Fault("an axis is dead", "dead_axis", lambda k, *r: dead(k, 0.0, *r), 2, (0, 1), "axis"),
    "dying-axis": Fault(
        "an axis dies", "dead_axis", lambda k, *r: dead(k, 0.5, *r), 0, (1, 2), "axis"
    ),
    "frozen": Fault("rows repeat", "frozen", frozen, 2.0, (0.5, 0.2, 0.1), "s"),
    "filled": Fault("a filled hole", "frozen", filled, 2.0, (0.5, 0.2, 0.1), "s"),
    "gyr-spikes": Fault(
        "lone spikes of the gyroscope, full scale", "spikes", _spikes(1, FULL_SCALE_DPS), 11, (1,), "rows"
    ),
    "small-gyr-spikes": Fault(
        "eleven lone spikes of the gyroscope", "spikes",
        lambda size, *rest: spiked(1, size, 11, *rest), 800.0, (500.0, 300.0, 150.0), "deg/s",
    ),
    "acc-spikes": Fault(
        "lone spikes of the accelerometer, full scale", "spikes", _spikes(0, FULL_SCALE_MPS2), 6, (1,), "rows"
    ),
    "upsampled": Fault(
        "recorded slowly, filled with lines to 200 Hz", "smoothed",
        lambda hz, *rest: upsampled(hz, 200.0, *rest), 25.0, (50.0, 80.0), "Hz",
    ),
    "polled": Fault("asked too often", "clock", polled, 2.0, (4.0, 1.5, 1.15), "times"),
    "smoothed": Fault("smoothed", "smoothed", smoothed, 5.0, (3.0, 8.0, 12.0, 20.0), "Hz"),
    "doubled": Fault("packets come twice", "clock", doubled, 4, (2, 8, 16), "rows"),
    "mirrored": Fault("a mirrored axis", "axes", mirrored, 1, (0, 2), "axis"),
    "turned": Fault("a sign of the gyroscope", "axes", turned, 1, (0, 2), "axis"),
    "swapped": Fault(
        "two axes of the gyroscope swapped", "axes",
        lambda k, *rest: swapped(k, (k + 1) % 3, *rest), 0, (1, 2), "axis",
    ),
}  # fmt: skip


def sound(exercise, rate_hz, seed):
    """Return a simulated set, its side and where the sensor sits; no two seeds have the same wearer and clip."""
    side = "left" if seed % 2 else "right"
    simulation = SIMULATIONS[exercise]
    placement = simulation.placement_of(None)
    mounts, wearers = list(MOUNTS_M.values()), list(WEARERS.values())
    model = replace(CHIP, rate_hz=rate_hz, arm_m=arm_at(placement, mounts[seed % len(mounts)]))
    plan = SetPlan(reps=REPS.get(exercise, 10), wearer=wearers[seed % len(wearers)])
    recording = recording_of(simulate(exercise, plan, model, side=side, seed=seed))
    told = Recording.from_samples(recording.time_s, recording.acc_mps2, recording.gyr_dps)
    return told, partial(analyze, exercise=exercise, side=side, placement=placement)


def numbers(result):
    """Return all numbers of a result by name."""
    metrics = {key: metric.value for key, metric in result.metrics.items()}
    return {"reps": result.reps, "score": result.score, **metrics}


def differ(one, other):
    """Return which numbers of two results aren't the same."""
    return [key for key, value in one.items() if not _alike(value, other[key], key)]


def _alike(one, other, key):
    if one is None or other is None or key == "reps":
        return one == other
    pairs = zip(np.atleast_1d(one).tolist(), np.atleast_1d(other).tolist(), strict=True)
    return all(
        a == b or (a is not None and b is not None and abs(a - b) <= ALIKE * max(abs(a), abs(b)))
        for a, b in pairs
    )


def outcome(recording, measure, expected):
    """Return what became of a spoiled recording: refused, told, same, or silent with what differs."""
    try:
        result = measure(recording)
    except ImuAnkleError as refusal:
        return "refused", refusal.code
    off = differ(expected, numbers(result))
    if result.quality.grade != "ok":
        return "told", " ".join(result.quality.reasons)
    return ("silent", " ".join(off)) if off else ("same", "")
