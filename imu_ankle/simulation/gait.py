"""Steps of all kinds: walking ahead, in place, on the heels, upstairs and down, sideways."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from imu_ankle.simulation.timeline import PITCH, ROLL, YAW, X, Z, smooth
from imu_ankle.simulation.trajectory import KNOTS_HZ

if TYPE_CHECKING:
    from imu_ankle.simulation.timeline import Timeline

HEEL_M = 0.18  # from the ball back to the heel


def walk(line: Timeline, strides: int, length_m: float = 1.3, stride_s: float = 1.1) -> None:
    """Walk straight ahead; `length_m` near 0 is walking in place."""
    for _ in range(strides):
        stretch, pace = line.rng.normal([1.0, 1.0], [0.05, 0.04])
        _stride(line, length_m * stretch, stride_s * pace)


def _stride(line: Timeline, length_m: float, seconds: float) -> None:
    """Push off about the ball, swing, land on the heel, roll flat."""
    in_place = length_m < 0.2
    off, strike = (20.0, 2.0) if in_place else (55.0, -18.0)
    flat, push, swing, roll = np.array([0.30, 0.25, 0.35, 0.10]) * seconds
    toe_off, contact = np.radians(off), np.radians(strike)
    pieces = [np.zeros((round(flat * KNOTS_HZ), 6))]
    lift = np.zeros((round(push * KNOTS_HZ), 6))
    lift[:, [PITCH]] = toe_off * smooth(push)[: len(lift)]
    pieces.append(lift)
    s = smooth(swing)
    air = np.zeros((len(s), 6))
    air[:, [PITCH]] = toe_off + (contact - toe_off) * s
    landing = np.array([HEEL_M * (np.cos(contact) - 1.0), -HEEL_M * np.sin(contact)])
    air[:, [X]] = (length_m + landing[0]) * s
    air[:, [Z]] = landing[1] * s + (0.05 if not in_place else 0.10) * np.sin(np.pi * s) ** 2
    air[:, [ROLL]] = np.radians(line.rng.normal(6.0, 2.0)) * np.sin(np.pi * s) ** 2
    air[:, [YAW]] = np.radians(line.rng.normal(0.0, 3.0)) * np.sin(np.pi * s) ** 2
    pieces.append(air)
    down = np.zeros((round(roll * KNOTS_HZ), 6))
    pitch = contact * (1.0 - smooth(roll)[: len(down)])
    down[:, [PITCH]] = pitch
    down[:, [X]] = length_m + HEEL_M * (np.cos(pitch) - 1.0)
    down[:, [Z]] = -HEEL_M * np.sin(pitch)
    pieces.append(down)
    there = line.here.copy()
    there[X] += length_m
    line.add("walking", line.here + np.vstack(pieces), there)
