"""The angle about the movement's own axis, and whether the body part stays where it is."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
from scipy.ndimage import uniform_filter1d

from imu_ankle.core.recording import GRAVITY_MPS2
from imu_ankle.core.signal.filters import lowpass_segments, moving_mean, moving_rms
from imu_ankle.core.signal.rotation import rotate
from imu_ankle.core.signal.runs import join, runs, to_mask

if TYPE_CHECKING:
    from imu_ankle.analysis.cyclic.params import CyclicParams
    from imu_ankle.core.motion import Motion
    from imu_ankle.core.recording import BoolArray, FloatArray, IntArray

_QUIET_WINDOW_S = 0.3


@dataclass(frozen=True, slots=True, eq=False)
class Tilt:
    """One body part's turning about one axis, on the motion's grid.

    Attributes
    ----------
    axis : (3,) unit vector in the body frame.
    angle_deg : (N,) by gravity in the plane across the axis; zero is arbitrary, holes are bridged.
    rate_dps : (N,) about the axis, low-passed.
    aside_deg : (N,) tilt of the axis itself out of the horizontal.
    travels : (N,) moments at which the body part is under way, or turns too fast.
    calm : (K, 2) sample ranges in which it rests.
    """

    motion: Motion
    axis: FloatArray
    angle_deg: FloatArray
    rate_dps: FloatArray
    aside_deg: FloatArray
    travels: BoolArray
    calm: IntArray

    def flipped(self) -> Tilt:
        """Return the same seen from the other end of the axis."""
        return replace(
            self,
            axis=-self.axis,
            angle_deg=-self.angle_deg,
            rate_dps=-self.rate_dps,
            aside_deg=-self.aside_deg,
        )


def track_tilt(motion: Motion, params: CyclicParams) -> Tilt | None:
    """Return the tilt about the main axis of all slow turning, or None where nothing turns slowly.

    The axis is the first principal one of the angular rate; its sign is arbitrary. Where the body
    part stays, the angle is the integrated rate, held to that of gravity in the plane across the axis:
    it neither drifts nor remembers the accelerations of steps before. None too if the axis is vertical:
    gravity doesn't show a turn about it.
    """
    travels = travelling(motion, params)
    rate = lowpass_segments(motion.gyr_dps, motion.segments, params.smooth_hz, motion.rate_hz)
    seen = to_mask(motion.unbroken, len(motion))
    turning = seen & ~travels & (np.einsum("ij,ij->i", rate, rate) > params.turning_dps**2)
    if np.count_nonzero(turning) < params.shortest_s * motion.rate_hz:
        return None
    axis = np.linalg.eigh(rate[turning].T @ rate[turning])[1][:, 2]
    middle = motion.up[turning].mean(axis=0)
    ahead = np.cross(axis, middle)
    length = float(np.linalg.norm(ahead))
    if length < np.sqrt(1.0 - params.upright**2) * float(np.linalg.norm(middle)):
        return None
    ahead /= length
    level = np.cross(ahead, axis)
    angle = _bridged(_angle_deg(motion.up, ahead, level), seen)
    aside = np.degrees(np.arcsin(np.clip(motion.up @ axis, -1.0, 1.0)))
    about = _bridged(rate @ axis, motion.present)
    felt = _angle_deg(motion.acc_mps2, ahead, level)
    force = np.sqrt(np.einsum("ij,ij->i", motion.acc_mps2, motion.acc_mps2))
    trust = 1e-6 + np.exp(-(((force - GRAVITY_MPS2) / params.trust_mps2) ** 2))
    trust[~motion.present] = 0.0
    calm = quiet_stretches(motion, params.stand_dps, params.stand_s, ~travels)
    tilt = Tilt(motion, axis, angle, about, aside, travels, calm)
    for start, end in stays(tilt, params):
        turned = np.cumsum(about[start:end]) / motion.rate_hz
        off = np.degrees(np.unwrap(np.radians(felt[start:end] - turned)))
        weight = trust[start:end]
        angle[start:end] = turned + _slow(weight * off, motion, params) / _slow(
            weight, motion, params
        )
    return tilt


def stays(
    tilt: Tilt, params: CyclicParams, within_deg: tuple[float, float] = (-np.inf, np.inf)
) -> IntArray:
    """Return stretches (K, 2) in which the body part stays where it is, short holes included."""
    motion = tilt.motion
    present = to_mask(join(motion.segments, round(params.hole_s * motion.rate_hz)), len(motion))
    low, high = within_deg
    calm = runs(~tilt.travels & present & (tilt.angle_deg >= low) & (tilt.angle_deg <= high))
    return calm[calm[:, 1] - calm[:, 0] >= params.shortest_s * motion.rate_hz]


def _bridged(x: FloatArray, present: BoolArray) -> FloatArray:
    """Return `x` (N,) with straight lines across holes."""
    if present.all():
        return x
    grid = np.arange(len(x))
    return np.interp(grid, grid[present], x[present])


def _angle_deg(upward: FloatArray, ahead: FloatArray, level: FloatArray) -> FloatArray:
    """Return the angle (N,) of `upward` (N, 3) in the plane of two directions across the axis."""
    return np.asarray(np.degrees(np.arctan2(-(upward @ ahead), upward @ level)))


def _slow(x: FloatArray, motion: Motion, params: CyclicParams) -> FloatArray:
    """Return `x` (N,) averaged over the drift window, twice: a triangle as weights."""
    size = max(1, round(params.drift_s * motion.rate_hz))
    once = uniform_filter1d(x, size, mode="reflect")
    return np.asarray(uniform_filter1d(once, size, mode="reflect"), dtype=np.float64)


def travelling(motion: Motion, params: CyclicParams) -> BoolArray:
    """Return where (N,) the sensor moves about or turns faster than a slow exercise does.

    The speed is that of the integrated acceleration against its own moving mean: a foot that turns
    about a point on the floor stays slow, a step doesn't.
    """
    out = np.einsum("ij,ij->i", motion.gyr_dps, motion.gyr_dps) > params.fast_dps**2
    speed = speed_mps(motion, params.travel_window_s)
    both: BoolArray = out | (speed > params.travel_mps)
    return both


def speed_mps(motion: Motion, window_s: float) -> FloatArray:
    """Return the speed (N,) of the sensor against its moving mean over `window_s`."""
    acc = rotate(motion.quat, motion.acc_mps2)
    acc[:, 2] -= GRAVITY_MPS2
    speed = np.zeros(len(acc))
    for start, end in motion.unbroken:
        velocity = np.cumsum(acc[start:end], axis=0) / motion.rate_hz
        velocity -= moving_mean(velocity, window_s, motion.rate_hz)
        speed[start:end] = np.sqrt(np.einsum("ij,ij->i", velocity, velocity))
    return speed


def quiet_stretches(motion: Motion, below_dps: float, least_s: float, among: BoolArray) -> IntArray:
    """Return stretches (K, 2) within `among` (N,) in which the body part hardly turns."""
    level = moving_rms(motion.gyr_dps, _QUIET_WINDOW_S, motion.rate_hz)
    quiet = runs((level < below_dps) & motion.present & among)
    return quiet[quiet[:, 1] - quiet[:, 0] >= least_s * motion.rate_hz]
