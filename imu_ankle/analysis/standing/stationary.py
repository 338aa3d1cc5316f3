"""When the foot is planted and when it moves: the groundwork of every standing exercise."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from imu_ankle.core.signal.filters import lowpass_segments, moving_mean
from imu_ankle.core.signal.rotation import tilt_deg
from imu_ankle.core.signal.runs import hysteresis, join, runs

if TYPE_CHECKING:
    from imu_ankle.analysis.standing.params import StationaryParams
    from imu_ankle.core.motion import Motion
    from imu_ankle.core.recording import FloatArray, IntArray


@dataclass(frozen=True, slots=True, eq=False)
class StationaryFoot:
    """Signals from which standing is judged, all on the motion's grid.

    Attributes
    ----------
    rate_dps : (N, 3) rate below 10 Hz.
    level_dps : (N,) its moving RMS over half a second.
    sharp_level_dps : (N,) its moving RMS over a fifth of a second.
    lean_deg : (N, 2) tilt of the foot by gravity below 2 Hz.
    groups : planted pieces, (K, 2) each, joined across bursts that balance may have caused.
    """

    rate_hz: float
    rate_dps: FloatArray
    level_dps: FloatArray
    sharp_level_dps: FloatArray
    lean_deg: FloatArray
    segments: IntArray
    groups: tuple[IntArray, ...]


def find_stationary(motion: Motion, params: StationaryParams) -> StationaryFoot:
    """Compute what standing is judged by."""
    rate_hz, segments = motion.rate_hz, motion.segments
    rate = lowpass_segments(motion.gyr_dps, segments, 10.0, rate_hz)
    lean = tilt_deg(lowpass_segments(motion.acc_mps2, segments, 2.0, rate_hz))
    power = np.einsum("ij,ij->i", rate, rate)
    level, sharp = np.zeros(len(rate)), np.zeros(len(rate))
    for start, end in segments:
        level[start:end] = moving_mean(power[start:end], params.window_s, rate_hz)
        sharp[start:end] = moving_mean(power[start:end], params.short_window_s, rate_hz)
    level, sharp = np.sqrt(np.maximum(level, 0.0)), np.sqrt(np.maximum(sharp, 0.0))
    quiet = runs((level < params.active_dps) & motion.present)
    pieces = quiet[quiet[:, 1] - quiet[:, 0] >= params.min_planted_s * rate_hz]
    groups = _groups(pieces, lean, params.recovery_s * rate_hz, params.same_pose_deg)
    return StationaryFoot(rate_hz, rate, level, sharp, lean, segments, groups)


def _groups(
    pieces: IntArray, lean_deg: FloatArray, recovery: float, same_pose_deg: float
) -> tuple[IntArray, ...]:
    if not len(pieces):
        return ()
    poses = np.array([lean_deg[start:end].mean(axis=0) for start, end in pieces])
    apart = (pieces[1:, 0] - pieces[:-1, 1] > recovery) | (
        np.linalg.norm(np.diff(poses, axis=0), axis=1) > same_pose_deg
    )
    return tuple(np.split(pieces, np.flatnonzero(apart) + 1))


def bursts(x: FloatArray, *, on: float, off: float, hole_s: float, rate_hz: float) -> IntArray:
    """Return the runs above `off` that exceed `on`, joined across holes up to `hole_s`, (M, 2)."""
    return join(hysteresis(x, on=on, off=off), round(hole_s * rate_hz))
