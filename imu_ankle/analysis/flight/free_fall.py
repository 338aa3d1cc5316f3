"""Jumps and hops at an ankle band: the foot turns under it, so only its weightlessness tells.

Who is in the air falls: band and leg feel next to no force. A leg that swings in walking or running
passes through that too, but it turns, and no floor stops it at once.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from imu_ankle.analysis.flight.flights import InAir
from imu_ankle.analysis.flight.repetitions import FlightSet, as_set, sift
from imu_ankle.core.recording import GRAVITY_MPS2
from imu_ankle.core.signal.peaks import first_rise
from imu_ankle.core.signal.rotation import rotate
from imu_ankle.core.signal.runs import join, runs

if TYPE_CHECKING:
    from imu_ankle.analysis.flight.params import FallParams, SetParams
    from imu_ankle.core.motion import Motion
    from imu_ankle.core.recording import FloatArray


def find_falls(motion: Motion, params: FallParams, of_set: SetParams) -> FlightSet[InAir]:
    """Return the times in the air that a band at the ankle shows."""
    rate_hz = motion.rate_hz
    force_g = np.sqrt(np.einsum("ij,ij->i", motion.acc_mps2, motion.acc_mps2)) / GRAVITY_MPS2
    upward = rotate(motion.quat, motion.acc_mps2)[:, 2] - GRAVITY_MPS2

    def judge(fall: InAir) -> str | None:
        return _verdict(fall, motion, force_g, upward, params, of_set)

    low = join(runs(force_g < params.weightless_g), round(params.bridged_s * rate_hz))
    low = low[low[:, 1] - low[:, 0] >= params.least_s * rate_hz]
    falls = [_edges(force_g, start, end, params, rate_hz) for start, end in low.tolist()]
    return as_set(motion, *sift(falls, motion, judge), of_set)


def _edges(force_g: FloatArray, start: int, end: int, params: FallParams, rate_hz: float) -> InAir:
    """Return take-off, where the push ends, and contact, where the force rises at once."""
    reach = round(params.edge_s * rate_hz)
    first = max(0, start - reach)
    pushing = np.flatnonzero(force_g[first:start] >= 1.0)
    takeoff = first + int(pushing[-1]) + 1 if len(pushing) else start
    landing = first_rise(force_g, max(end - 1, 0), reach, params.touch_share)
    return InAir(takeoff=float(takeoff), landing=max(landing, float(takeoff)), rate_hz=rate_hz)


def _verdict(
    fall: InAir,
    motion: Motion,
    force_g: FloatArray,
    upward_mps2: FloatArray,
    params: FallParams,
    of_set: SetParams,
) -> str | None:
    """Return None for a jump or hop, or the code that says why it is none."""
    rate_hz = fall.rate_hz
    first, last = int(fall.takeoff), int(fall.landing) + 1
    rate = motion.gyr_dps[first : last + 1]
    swings = float(np.sqrt(np.mean(np.einsum("ij,ij->i", rate, rate))))
    landing_g = force_g[last - 1 : last + round(params.landing_s * rate_hz)].max(initial=0.0)
    before = upward_mps2[max(0, first - round(params.push_s * rate_hz)) : first]
    pushed_mps = float(np.maximum(before, 0.0).sum()) / rate_hz
    signs = (
        (bool(motion.doubtful[first : last + 1].any()), "gap"),
        (swings > params.swings_dps or landing_g < params.landing_g, "walking"),
        (fall.flight_s < of_set.flight_s[0], "bounce"),
        (fall.flight_s > of_set.flight_s[1], "too_long"),
        (pushed_mps < params.pushes * fall.fall_mps, "other"),
    )
    return next((code for holds, code in signs if holds), None)
