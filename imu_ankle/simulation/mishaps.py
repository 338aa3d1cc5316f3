"""What isn't exercise: balance lost, the sensor handled, dropped, the foot tapping."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from imu_ankle.simulation.timeline import PITCH, ROLL, X, Y, Z, fade, smooth
from imu_ankle.simulation.trajectory import KNOTS_HZ

if TYPE_CHECKING:
    from imu_ankle.simulation.timeline import Timeline


def lose_balance(line: Timeline, travel_m: float = 0.08) -> None:
    """Lose balance: the foot unloads, hops aside with a twist, and lands."""
    rise, fall, twist = line.rng.uniform([0.2, 0.25, 12.0], [0.3, 0.35, 20.0])
    away = line.rng.uniform(-1.0, 1.0, 2) * travel_m
    up = np.vstack([smooth(rise), 1.0 - smooth(fall)])
    across = smooth(len(up) / KNOTS_HZ)
    piece = np.tile(line.here, (len(up), 1))
    piece[:, [X, Y]] += across * away
    piece[:, [Z]] += 0.05 * up
    piece[:, [PITCH]] += np.radians(twist) * 2.0 * up
    piece[:, [ROLL]] += np.radians(twist) * up * line.rng.choice([-1.0, 1.0])
    there = line.here.copy()
    there[[X, Y]] += away
    line.add("loss", piece, there)


def handle(line: Timeline, seconds: float) -> None:
    """Be handled: turned and carried about at will, then put back as it was."""
    n = round(seconds * KNOTS_HZ)
    wild = line.noise(n, 6, 0.3, 1.5) * np.array([0.15, 0.15, 0.1, 0.9, 0.9, 0.9])
    line.add("handling", line.here + fade(n, 0.6)[:, None] * wild, line.here)
