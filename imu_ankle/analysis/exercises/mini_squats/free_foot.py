"""When the free foot is held out in front: between the lift off the floor and the way back."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

from imu_ankle.analysis.cyclic.tilt import quiet_stretches
from imu_ankle.core.signal.rotation import rotate

if TYPE_CHECKING:
    from imu_ankle.analysis.exercises.mini_squats import HeldParams
    from imu_ankle.core.motion import Motion
    from imu_ankle.core.recording import FloatArray, IntArray


def held_stretches(motion: Motion, params: HeldParams) -> IntArray:
    """Return sample ranges (K, 2) in which the foot is held in the air, its lift and way back left out.

    A foot on the floor hardly turns, one in the air always does. A recording that starts or ends in
    mid-air has nothing to leave out there.
    """
    on_floor = quiet_stretches(motion, params.planted_dps, params.planted_s, motion.present)
    upward = rotate(motion.quat, motion.acc_mps2)[:, 2] - motion.gravity_mps2
    out = []
    for start, end in motion.unbroken.tolist():
        rests = [(a, b) for a, b in on_floor.tolist() if a < end and b > start]
        edges = [(start, start), *rests, (end, end)]
        for (_, first), (last, _) in pairwise(edges):
            piece = upward[first:last]
            lifted = _lift(piece, motion.rate_hz, params) if first > start else 0
            # a way down is a lift when seen backward
            lowered = _lift(piece[::-1], motion.rate_hz, params) if last < end else 0
            out.append((first + lifted, last - lowered))
    stretches = np.array(out, dtype=np.int64).reshape(-1, 2)
    return stretches[stretches[:, 1] - stretches[:, 0] >= params.shortest_s * motion.rate_hz]


def _lift(upward: FloatArray, rate_hz: float, params: HeldParams) -> int:
    """Return how many samples the lift takes, by upward acceleration (n,) from rest; 0 without one."""
    speed = np.cumsum(upward[: round(params.lift_s * rate_hz)]) / rate_hz
    high = np.flatnonzero(np.cumsum(speed) / rate_hz > params.lift_m)
    if not len(high):
        return 0
    fastest = int(np.argmax(speed[: high[0] + 1]))
    slowed = speed[fastest:] / speed[fastest]
    # drift may keep the speed from zero: there it turns
    turns = (np.diff(slowed, append=slowed[-1]) > 0.0) & (slowed < 0.5)
    over = np.flatnonzero((slowed < params.moving) | turns)
    return int(fastest + over[0]) if len(over) else len(speed)
