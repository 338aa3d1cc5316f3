"""The ball of the foot: where the toes point, how far it is from the sensor, how fast it moves.

A planted foot turns about its ball, so the sensor moves while the ball rests: only the ball's
velocity tells contact from flight.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from imu_ankle.core.recording import GRAVITY_MPS2
from imu_ankle.core.signal.rotation import cross, rotate, tilt_deg

if TYPE_CHECKING:
    from imu_ankle.analysis.flight.params import FlightParams
    from imu_ankle.core.motion import Motion
    from imu_ankle.core.recording import FloatArray


@dataclass(frozen=True, slots=True, eq=False)
class Forefoot:
    """The ball of the foot over time, on the motion's grid.

    Attributes
    ----------
    toes : (3,) direction to the toes in the body frame, horizontal on a flat foot.
    ahead : (N, 2) where the toes point, horizontal in the world; shorter with the heel up.
    arm_m : (3,) from the ball to the sensor, toes frame (x to the toes, y left, z up).
    velocity_mps : (N, 3) in the world, up to a constant and slow drift.
    heel_up_dps, heel_up_deg : (N,) rate and angle about the foot's left axis.
    """

    toes: FloatArray
    ahead: FloatArray
    arm_m: FloatArray
    velocity_mps: FloatArray
    heel_up_dps: FloatArray
    heel_up_deg: FloatArray

    @property
    def left(self) -> FloatArray:
        """The foot's left axis (2,) in the body frame's plane."""
        return np.array([-self.toes[1], self.toes[0]])


def track_forefoot(
    motion: Motion, params: FlightParams, left: FloatArray | None = None
) -> Forefoot:
    """Integrate the acceleration, and move it from the sensor to the ball.

    `left` (2,) is the foot's left axis in the body frame's plane, if it is known already.
    """
    rate_hz = motion.rate_hz
    tilt = tilt_deg(motion.up)
    if left is None:
        left = left_axis(tilt[motion.present], params.decisive_deg)
    rate = np.radians(motion.gyr_dps)
    acc = rotate(motion.quat, motion.acc_mps2)
    acc[:, 2] -= GRAVITY_MPS2
    acc[~motion.present] = 0.0
    velocity = np.zeros_like(acc)
    np.cumsum((acc[1:] + acc[:-1]) / (2.0 * rate_hz), axis=0, out=velocity[1:])
    toes_frame = np.array([[left[1], -left[0], 0.0], [left[0], left[1], 0.0], [0.0, 0.0, 1.0]])
    heel_up_dps, heel_up_deg = motion.gyr_dps[:, :2] @ left, tilt @ left
    pushes = _push_offs(heel_up_dps, heel_up_deg, motion, params)
    arm = _fit_arm(velocity, motion.quat, rate, pushes, toes_frame.T @ params.arm_m, params)
    velocity -= rotate(motion.quat, cross(rate, arm))
    return Forefoot(
        toes=toes_frame[0],
        ahead=rotate(motion.quat, np.broadcast_to(toes_frame[0], acc.shape))[:, :2],
        arm_m=toes_frame @ arm,
        velocity_mps=velocity,
        heel_up_dps=heel_up_dps,
        heel_up_deg=heel_up_deg,
    )


def left_axis(tilt: FloatArray, decisive_deg: float) -> FloatArray:
    """Return the foot's left axis (2,) from tilts (N, 2) in deg: the heel goes up most of all."""
    size = np.hypot(tilt[:, 0], tilt[:, 1])
    decisive = size > decisive_deg
    total = (tilt[decisive] * size[decisive, None]).sum(axis=0)
    length = float(np.hypot(total[0], total[1]))
    return total / length if length > 0.0 else np.array([0.0, 1.0])


def _push_offs(
    heel_up_dps: FloatArray, heel_up_deg: FloatArray, motion: Motion, params: FlightParams
) -> list[slice]:
    """Return stretches from a still foot to the peak of the heel-up rate, the ball at rest."""
    middle = heel_up_dps[1:-1]
    peaks = 1 + np.flatnonzero(
        (middle >= heel_up_dps[:-2])
        & (middle > heel_up_dps[2:])
        & (middle > params.push_dps)
        & (heel_up_deg[1:-1] > params.heel_up_deg)
    )
    peaks = peaks[:: max(1, -(-len(peaks) // params.arm_windows))]
    still = np.einsum("ij,ij->i", motion.gyr_dps, motion.gyr_dps) < params.still_dps**2
    last_still = np.maximum.accumulate(np.where(still, np.arange(len(still)), -1))
    starts = last_still[peaks]
    within = (starts >= 0) & (peaks - starts >= 3) & (peaks - starts <= 0.3 * motion.rate_hz)
    return [slice(a, b + 1) for a, b in zip(starts[within], peaks[within], strict=True)]


def _fit_arm(
    velocity: FloatArray,
    quat: FloatArray,
    rate: FloatArray,
    pushes: list[slice],
    start_m: FloatArray,
    params: FlightParams,
) -> FloatArray:
    """Return the arm (3,), body frame, with which the ball rests while the heel goes up.

    Least squares on velocities, since v of the sensor is w x r there; windows that don't fit (a toe
    that slips, a step) lose their weight.
    """
    if not pushes:
        return start_m
    unit = np.eye(3)
    at = np.concatenate([np.arange(push.start, push.stop) for push in pushes])
    moves = np.stack([rotate(quat[at], cross(rate[at], e)) for e in unit], axis=2)
    ends = np.cumsum([push.stop - push.start for push in pushes])
    normal, right, square = [], [], []
    for push, end in zip(pushes, ends, strict=True):
        move = moves[end - (push.stop - push.start) : end]
        matrix = (move - move[0]).reshape(-1, 3)
        target = (velocity[push] - velocity[push.start]).reshape(-1)
        normal.append(matrix.T @ matrix / len(target))
        right.append(matrix.T @ target / len(target))
        square.append(target @ target / len(target))
    normals, rights, squares = np.array(normal), np.array(right), np.array(square)
    weight = sizes = np.diff(ends, prepend=0) * 3.0
    arm = start_m
    for _ in range(4):
        matrix, target = np.tensordot(weight, normals, 1), weight @ rights
        prior = params.arm_prior * float(np.trace(matrix)) / 3.0 + 1e-9
        arm = np.linalg.solve(matrix + prior * unit, target + prior * start_m)
        left_over = np.maximum((normals @ arm - 2.0 * rights) @ arm + squares, 0.0)
        weight = sizes / (1.0 + left_over / params.steady_mps**2) ** 2
    return arm if np.linalg.norm(arm - start_m) < params.arm_reach_m else start_m
