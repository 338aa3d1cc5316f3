"""Taps with the free foot in eight directions."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from scipy.interpolate import BPoly

from imu_ankle.simulation.timeline import PITCH, X, Y, Z, smooth
from imu_ankle.simulation.trajectory import KNOTS_HZ

if TYPE_CHECKING:
    from imu_ankle.core.recording import FloatArray
    from imu_ankle.simulation.plan import Event, SetPlan
    from imu_ankle.simulation.timeline import Timeline


def star_taps(line: Timeline, plan: SetPlan, mirrored: bool) -> list[Event]:
    """Tap the floor in eight directions with the free foot, `reps` times in each.

    Starts anywhere, runs either way round. With the variation "no-return" the foot comes only part
    of the way back between taps of one direction. `doubles` are pauses just above the floor.
    """
    events: list[Event] = []
    rng = line.rng
    first, way = int(rng.integers(8)), int(rng.choice([-1, 1]))
    home, home_s = line.here.copy(), line.now_s
    for step in range(8):
        sector = (first + way * step) % 8
        angle = np.radians(45.0 * sector + rng.normal(0.0, 4.0))
        ahead = np.array([np.cos(angle), np.sin(angle)])
        for k in range(plan.reps):
            reach = ahead * plan.wearer.draw(line, 0.5)
            if k == 0 and step < plan.doubles:
                start_s = line.now_s
                _swing(line, home, reach, heel_up_deg=10.0, height_m=0.03)
                line.stand(rng.uniform(0.1, 0.3), 5.0, "hover")
                events.append({"kind": "hover", "start_s": start_s, "end_s": line.now_s})
                _swing(line, home, 0.0 * reach)
            touch_mps = rng.uniform(0.12, 0.4)
            contact_s = _swing(
                line, home, reach, heel_up_deg=rng.uniform(5.0, 20.0), touch_mps=touch_mps
            )
            told = (8 - sector) % 8 if mirrored else sector
            tap = {"tap_s": contact_s, "home_s": home_s, "direction": told}
            events.append({"kind": "rep", **tap})
            line.stand(rng.uniform(0.04, 0.2), 5.0, "tap")
            if plan.variation == "no-return" and k < plan.reps - 1:
                _swing(line, home, 0.55 * reach, height_m=0.03)
                continue
            _swing(line, home, 0.0 * reach)
            line.stand(rng.uniform(0.2, 0.6), 4.0, "home")
            home_s = line.now_s
        if step < plan.pauses:
            line.stand(plan.pause_s, 4.0, "home")
    return events


def _swing(
    line: Timeline,
    home: FloatArray,
    to_m: FloatArray,
    *,
    heel_up_deg: float = 0.0,
    height_m: float = 0.0,
    touch_mps: float = 0.0,
) -> float:
    """Swing the foot in an arc to `to_m` (2,) from home, and stop there; return when it gets there.

    With `touch_mps` it comes down at that speed, and the floor stops it within some 25 ms: what
    follows is shoe that gives and comes back.
    """
    there = home.copy()
    there[[X, Y]] += to_m
    there[Z] += height_m
    there[PITCH] = np.radians(heel_up_deg)
    far = float(np.hypot(*(there - line.here)[[X, Y]]))
    s = smooth(line.rng.uniform(0.45, 0.8))
    piece = line.here + s * (there - line.here)
    top = 0.03 + 0.08 * far
    if not touch_mps:
        piece[:, [Z]] += top * np.sin(np.pi * s) ** 2
        line.add("reach", piece, there)
        return line.now_s
    contact_s = len(s) / KNOTS_HZ
    start_s = line.now_s
    stop_s = float(line.rng.uniform(0.02, 0.03))
    knots = [0.0, 0.45 * contact_s, contact_s, contact_s + stop_s, contact_s + 3.0 * stop_s]
    height = BPoly.from_derivatives(
        knots,
        [
            [line.here[Z], 0.0, 0.0],
            [max(line.here[Z], there[Z]) + top, 0.0, -2.0],
            [there[Z], -touch_mps, 0.0],
            [there[Z] - 0.4 * touch_mps * stop_s, 0.0, 0.0],
            [there[Z], 0.0, 0.0],
        ],
    )
    after = np.tile(there, (round(3.0 * stop_s * KNOTS_HZ), 1))
    piece = np.vstack([piece, after])
    piece[:, Z] = height(np.arange(len(piece)) / KNOTS_HZ)
    line.add("reach", piece, there)
    return start_s + contact_s
