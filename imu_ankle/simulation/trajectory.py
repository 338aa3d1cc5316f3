"""A rigid foot in motion: six smooth coordinates, and what an ideal sensor on it would feel."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy.interpolate import BSpline, make_interp_spline

if TYPE_CHECKING:
    from imu_ankle.core.recording import FloatArray

GRAVITY_MPS2 = 9.80665
KNOTS_HZ = 500.0  # 2 ms between knots: far above any movement of a foot on the floor


@dataclass(frozen=True, slots=True, eq=False)
class Felt:
    """What the foot does at some moments, all (N, 3) in the foot frame unless said.

    `force_mps2` is specific force at the sensor, `position_m` the sensor's place in the world.
    """

    force_mps2: FloatArray
    rate_dps: FloatArray
    position_m: FloatArray


@dataclass(frozen=True, slots=True, eq=False)
class FootPath:
    """Position of the ball of the foot (m, world, z up) and roll, pitch, yaw (rad) over time.

    The foot frame has x to the toes, y to the left, z up; rotation is yaw, then pitch (heel up is
    positive), then roll. Coordinates are quintic splines, so that acceleration is smooth.
    """

    spline: BSpline
    duration_s: float

    @staticmethod
    def through(coordinates: FloatArray) -> FootPath:
        """Lay splines through (n, 6) coordinates at the knot rate."""
        t = np.arange(len(coordinates)) / KNOTS_HZ
        return FootPath(make_interp_spline(t, coordinates, k=5), float(t[-1]))

    def feel(self, time_s: FloatArray, arm_m: FloatArray) -> Felt:
        """Return force, rate and place of a sensor `arm_m` (3,) from the ball, foot frame."""
        here, velocity, acceleration = (
            np.asarray(self.spline(time_s, order), dtype=np.float64) for order in (0, 1, 2)
        )
        (roll, pitch, _), (dr, dp, dy), (ddr, ddp, ddy) = (
            x[:, 3:].T for x in (here, velocity, acceleration)
        )
        sr, cr, sp, cp = np.sin(roll), np.cos(roll), np.sin(pitch), np.cos(pitch)
        rate = np.column_stack([dr - dy * sp, dp * cr + dy * cp * sr, -dp * sr + dy * cp * cr])
        turn = np.column_stack(
            [
                ddr - ddy * sp - dy * cp * dp,
                ddp * cr - dp * sr * dr + ddy * cp * sr + dy * (cp * cr * dr - sp * dp * sr),
                -ddp * sr - dp * cr * dr + ddy * cp * cr - dy * (sp * dp * cr + cp * sr * dr),
            ]
        )
        rotation = _matrices(here[:, 3:])
        pull = acceleration[:, :3] + np.array([0.0, 0.0, GRAVITY_MPS2])
        force = np.einsum("nji,nj->ni", rotation, pull)
        force += np.cross(turn, arm_m) + np.cross(rate, np.cross(rate, arm_m))
        return Felt(force, np.degrees(rate), here[:, :3] + rotation @ arm_m)


def _matrices(angles: FloatArray) -> FloatArray:
    """Foot-to-world rotations (N, 3, 3) of roll, pitch, yaw (N, 3)."""
    (sr, sp, sy), (cr, cp, cy) = np.sin(angles).T, np.cos(angles).T
    rows = [
        [cy * cp, cy * sp * sr - sy * cr, cy * sp * cr + sy * sr],
        [sy * cp, sy * sp * sr + cy * cr, sy * sp * cr - cy * sr],
        [-sp, cp * sr, cp * cr],
    ]
    return np.moveaxis(np.array(rows), 2, 0)
