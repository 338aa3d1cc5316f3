"""What isn't exercise: balance lost, the sensor handled, dropped, the foot tapping."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from imu_ankle.simulation.gait import over_heel
from imu_ankle.simulation.timeline import PITCH, ROLL, X, Y, Z, fade, smooth
from imu_ankle.simulation.trajectory import GRAVITY_MPS2, KNOTS_HZ

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


def tap(line: Timeline, seconds: float, per_s: float = 2.5) -> None:
    """Tap with the toes, the heel on the floor."""
    n = round(seconds * KNOTS_HZ)
    up = np.sin(np.pi * per_s * np.arange(n) / KNOTS_HZ) ** 2 * fade(n, 0.3)
    pitch = line.here[PITCH] - np.radians(line.rng.uniform(8.0, 15.0)) * up
    piece = over_heel(line.here, pitch)
    line.add("tapping", piece, line.here)


def drop(line: Timeline, height_m: float = 0.7) -> None:
    """Take the sensor off, hold it, let it fall, bounce and lie."""
    rng = line.rng
    held = line.here + np.array([0.1, 0.0, height_m, *rng.uniform(-0.9, 0.9, 3)])
    line.add("lifting", line.here + smooth(1.2) * (held - line.here), held)
    line.stand(1.0, 6.0, "held")
    fall_s = np.sqrt(2.0 * height_m / GRAVITY_MPS2)
    t = np.arange(round(fall_s * KNOTS_HZ)) / KNOTS_HZ
    lying = held.copy()
    lying[Z] -= height_m
    spin = rng.uniform(-0.7, 0.7, 3)
    piece = np.tile(held, (len(t), 1))
    piece[:, Z] -= 0.5 * GRAVITY_MPS2 * t**2
    piece[:, 3:] += spin * (t / fall_s)[:, None] ** 2
    lying[3:] += spin
    line.add("falling", piece, lying)
    bounce = np.arange(round(0.15 * KNOTS_HZ)) / (0.15 * KNOTS_HZ)
    piece = np.tile(lying, (len(bounce), 1))
    piece[:, Z] += 0.027 * 4.0 * bounce * (1.0 - bounce)
    line.add("bounce", piece, lying)
