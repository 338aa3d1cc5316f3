"""What else happens in a stance: corrections, pivots, lifts and rolls."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from imu_ankle.analysis.standing.stationary import StationaryFoot, bursts
from imu_ankle.core.result import Event
from imu_ankle.core.signal import sway
from imu_ankle.core.signal.runs import join, runs

if TYPE_CHECKING:
    from imu_ankle.analysis.exercises.single_leg_balance.params import BalanceParams
    from imu_ankle.core.motion import Motion
    from imu_ankle.core.recording import BoolArray, FloatArray, IntArray


def list_events(
    motion: Motion,
    stationary: StationaryFoot,
    theta_deg: FloatArray,
    losses: IntArray,
    valid: BoolArray,
    params: BalanceParams,
    *,
    named: bool,
) -> tuple[Event, ...]:
    """Return the event table; `named` tells whether the toes are known, so that tilts have names."""
    rate_hz = motion.rate_hz
    tilting = np.where(valid, np.hypot(stationary.rate_dps[:, 0], stationary.rate_dps[:, 1]), 0.0)
    found = {"loss-of-balance": losses}
    found["correction"] = bursts(
        tilting,
        on=params.correction_dps,
        off=params.correction_off_dps,
        hole_s=params.correction_join_s,
        rate_hz=rate_hz,
    )
    window = round(params.pivot_s * rate_hz)
    turned = sway.yaw_within(stationary.rate_dps[:, 2], valid, window, rate_hz)
    turns = join(runs(np.abs(turned) > params.pivot_deg) + np.array([0, window]), 0)
    found["pivot"] = _trimmed(turns, np.abs(stationary.rate_dps[:, 2]), params.pivot_edge)

    around = theta_deg - theta_deg[valid].mean(axis=0) if valid.any() else theta_deg
    lean_x, lean_y = np.where(valid[:, None], around, 0.0).T
    if named:
        tilts = {
            "heel-lift": lean_y > params.lift_deg,
            "toe-lift": lean_y < -params.lift_deg,
            "edge-roll": np.abs(lean_x) > params.roll_deg,
        }
    else:
        tilts = {"tilt": np.hypot(lean_x, lean_y) > params.lift_deg}
    for kind, mask in tilts.items():
        pieces = runs(mask)
        found[kind] = pieces[pieces[:, 1] - pieces[:, 0] > params.tilt_s * rate_hz]
    events = [
        Event(motion.at_s(start), motion.at_s(end), None, {"kind": kind})
        for kind, pieces in found.items()
        for start, end in pieces
    ]
    return tuple(sorted(events, key=lambda event: (event.start_s, event.end_s)))


def _trimmed(pairs: IntArray, speed: FloatArray, share: float) -> IntArray:
    """Cut the pairs down to where `speed` exceeds `share` of its peak inside each."""
    out = np.array(pairs)
    for i, (start, end) in enumerate(pairs):
        fast = np.flatnonzero(speed[start:end] > share * speed[start:end].max())
        out[i] = start + fast[0], start + fast[-1] + 1
    return out
