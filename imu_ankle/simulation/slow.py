"""Slow movements of a foot that stays where it is: heel raises, squats, toe points, taps."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from imu_ankle.simulation.timeline import PITCH, ROLL, ease, smooth
from imu_ankle.simulation.trajectory import KNOTS_HZ

if TYPE_CHECKING:
    from imu_ankle.simulation.timeline import Timeline


def heel_raise(
    line: Timeline, angle_deg: float = 30.0, seconds: float = 0.8, hold_s: float = 1.0
) -> None:
    """Rise on the toes about the ball, hold, lower."""
    up = np.vstack([smooth(seconds), np.ones((round(hold_s * KNOTS_HZ), 1)), 1.0 - smooth(seconds)])
    piece = np.tile(line.here, (len(up), 1))
    piece[:, [PITCH]] += np.radians(angle_deg) * up
    line.add("heel-raise", piece, line.here)


def squat(line: Timeline, seconds: float) -> None:
    """Squat down and up with the foot flat: on the shoe hardly anything shows."""
    tip, roll = line.rng.normal([0.5, 1.5], [0.4, 1.0])
    n = round(seconds * KNOTS_HZ)
    down = np.sin(np.pi * ease(np.arange(n) / n)) ** 2
    piece = np.tile(line.here, (n, 1))
    piece[:, PITCH] += np.radians(tip) * down
    piece[:, ROLL] += np.radians(roll) * down
    line.add("squat", piece, line.here)
