"""Slow movements of a foot or shank that stays where it is: raises, squats, toe points."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from imu_ankle.simulation.timeline import PITCH, ROLL, X, Z, ease, fade, smooth
from imu_ankle.simulation.trajectory import KNOTS_HZ

if TYPE_CHECKING:
    from imu_ankle.core.recording import FloatArray
    from imu_ankle.simulation.plan import Event, SetPlan
    from imu_ankle.simulation.timeline import Timeline

# where a movement with minimum jerk crosses a tenth of its peak speed, as a share of its time
_PHASE_EDGE = 0.0866
ANKLE_M = (-0.13, 0.08)  # ahead and up, seen from the ball of the foot
SEATED_DEG = -62.0  # a relaxed foot at the end of a straight leg points up and a little ahead


# rise, hold, lower, from and to; then the time until the next rise
_SLOW = ([0.6, 1.8, 0.8], [1.2, 3.2, 1.5]), (0.3, 0.8)
_QUICK = ([0.45, 0.0, 0.45], [0.9, 0.1, 0.9]), (0.0, 0.3)


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
    line.add("squat", _flat_foot(line, round(seconds * KNOTS_HZ), tip, roll), line.here)


def _flat_foot(line: Timeline, n: int, tip_deg: float, roll_deg: float) -> FloatArray:
    """Return the coordinates (n, 6) of a planted foot while the knees bend and straighten."""
    down = np.sin(np.pi * ease(np.arange(n) / n)) ** 2
    piece = np.tile(line.here, (n, 1))
    piece[:, PITCH] += np.radians(tip_deg) * down
    piece[:, ROLL] += np.radians(roll_deg) * down
    return piece


def bend_both_knees(line: Timeline, reps: int, tips_deg: tuple[float, float]) -> None:
    """Squat on two legs, sit down and rise, bend in a plie: the planted foot pitches and rolls by some."""
    rng = line.rng
    sign = rng.choice([-1.0, 1.0])
    for _ in range(reps):
        n = round(rng.uniform(2.0, 3.5) * KNOTS_HZ)
        tip, roll = sign * rng.uniform(*tips_deg), rng.normal(1.5, 1.0)
        piece = _flat_foot(line, n, tip, roll)
        piece[:, 3:] += line.sway(n, 1.5)
        line.add("both-knees", piece, line.here)
        line.stand(rng.uniform(0.5, 2.0), 0.8)


def heel_raises(line: Timeline, plan: SetPlan, mirrored: bool) -> list[Event]:  # noqa: ARG001
    """Rise, hold, lower; from a step the heel goes below level before and after.

    Quick ones hardly hold, as people do who count to thirty.
    """
    events: list[Event] = []
    rng, wearer = line.rng, plan.wearer
    drop = rng.uniform(8.0, 14.0) if plan.variation == "step" else 0.0
    phases_s, between_s = _QUICK if plan.variation == "quick" else _SLOW
    if drop:
        _turn(line, -drop, 1.0, "drop")
    for k in range(plan.reps + plan.partials):
        counts = not _every(plan, k)
        full = wearer.draw(line, wearer.raise_deg, tired=0.5 * wearer.tiring * k)
        angle = full if counts else full * rng.uniform(0.25, 0.4)
        rise_s, hold_s, lower_s = rng.uniform(*phases_s)
        rise = _turn(line, angle, rise_s, "rise")
        _hold(line, hold_s, 0.8)
        lower = _turn(line, -drop, lower_s, "lower")
        events.append(
            {
                "kind": "rep" if counts else "partial",
                "start_s": rise[0],
                "top_s": rise[1],
                "end_s": lower[1],
                "angle_deg": angle,
                "rise_s": rise[1] - rise[0],
                "hold_s": lower[0] - rise[1],
                "lower_s": lower[1] - lower[0],
                "drop_deg": drop,
            }
        )
        pause = plan.at(plan.pauses, min(k, plan.reps - 1))
        _hold(line, plan.pause_s if pause else rng.uniform(*between_s), 0.3)
    _turn(line, 0.0, 1.0, "level")
    return events


def toe_points(line: Timeline, plan: SetPlan, mirrored: bool) -> list[Event]:  # noqa: ARG001
    """Seated, legs straight: point, hold, flex, hold, return; the foot turns about the ankle."""
    events: list[Event] = []
    rng, wearer = line.rng, plan.wearer
    rest = float(np.degrees(line.here[PITCH]))
    for k in range(plan.reps + plan.partials):
        counts = not _every(plan, k)
        share = 1.0 if counts else rng.uniform(0.25, 0.4)
        point = wearer.draw(line, 35.0) * share
        flex = wearer.draw(line, 15.0) * share
        out = _turn(line, rest + point, rng.uniform(0.6, 1.0), "point", ANKLE_M)
        _hold(line, rng.uniform(1.8, 3.0), 0.4, ANKLE_M)
        over = _turn(line, rest - flex, rng.uniform(0.8, 1.3), "flex", ANKLE_M)
        _hold(line, rng.uniform(1.8, 3.0), 0.4, ANKLE_M)
        back = _turn(line, rest, rng.uniform(0.5, 0.9), "return", ANKLE_M)
        events.append(
            {
                "kind": "rep" if counts else "partial",
                "start_s": out[0],
                "end_s": back[1],
                "point_deg": point,
                "flex_deg": flex,
                "rom_deg": point + flex,
                "hold_point_s": over[0] - out[1],
                "hold_flex_s": back[0] - over[1],
            }
        )
        _hold(line, rng.uniform(0.3, 0.8), 0.3, ANKLE_M)
    return events


def mini_squats(line: Timeline, plan: SetPlan, mirrored: bool) -> list[Event]:  # noqa: ARG001
    """Bend one knee a little: a shank tips ahead over the ankle, a waist goes down and up.

    So does the free foot, held out in front; its leg sways, and is lifted against the squat by some.
    """
    if plan.variation == "free-foot":
        return _squats_in_front(line, plan)
    events: list[Event] = []
    rng, wearer = line.rng, plan.wearer
    at_waist = plan.variation == "waist"
    for k in range(plan.reps):
        path, bottom_s = _down_and_up(rng)
        tilt = wearer.draw(line, 8.0 if at_waist else 25.0)
        depth = wearer.draw(line, 0.10) if at_waist else 0.0
        start_s = line.now_s
        piece = np.tile(line.here, (len(path), 1))
        piece[:, [PITCH]] += np.radians(tilt) * path
        piece[:, [Z]] -= depth * path
        piece[:, 3:] += line.sway(len(path), wearer.sway_dps)
        line.add("squat", piece, line.here)
        event: Event = {
            "kind": "rep",
            "start_s": start_s,
            "bottom_s": start_s + bottom_s,
            "end_s": line.now_s,
        }
        events.append(event | ({"depth_m": depth} if at_waist else {"tilt_deg": tilt}))
        pause = plan.at(plan.pauses, k)
        line.stand(plan.pause_s if pause else rng.uniform(0.5, 1.2), wearer.sway_dps, "up")
    return events


def _down_and_up(rng: np.random.Generator) -> tuple[FloatArray, float]:
    """Return how far down a squat is, (n, 1) from 0 to 1 and back, and when it is in the middle."""
    down_s, stay_s, up_s = rng.uniform([0.8, 0.1, 0.8], [1.4, 0.5, 1.4])
    stay = np.ones((round(stay_s * KNOTS_HZ), 1))
    return np.vstack([smooth(down_s), stay, 1.0 - smooth(up_s)]), down_s + stay_s / 2.0


def _squats_in_front(line: Timeline, plan: SetPlan) -> list[Event]:
    """Hold the leg out in front and squat on the other: the foot sinks with the hip."""
    events: list[Event] = []
    rng, wearer = line.rng, plan.wearer
    on_floor = line.here.copy()
    held = on_floor.copy()
    held[[X, Z]] += rng.uniform([0.25, 0.15], [0.40, 0.30])
    held[PITCH] -= np.radians(rng.uniform(15.0, 30.0))
    line.add("lift", on_floor + smooth(rng.uniform(0.6, 1.0)) * (held - on_floor), held)
    follows, ahead, lifts_deg = rng.uniform([0.5, -0.3, -6.0], [1.0, 0.3, 2.0])
    for k in range(plan.reps):
        line.add("held", held + _limb_sway(line, rng.uniform(0.4, 1.2), wearer.sway_dps), held)
        path, bottom_s = _down_and_up(rng)
        depth = wearer.draw(line, 0.10) * follows
        there = np.zeros(6)
        there[[X, Z, PITCH]] = ahead * depth, -depth, np.radians(lifts_deg)
        start_s = line.now_s
        sway = _limb_sway(line, len(path) / KNOTS_HZ, wearer.sway_dps)
        line.add("squat", held + path * there + sway[: len(path)], held)
        events.append(
            {
                "kind": "rep",
                "start_s": start_s,
                "bottom_s": start_s + bottom_s,
                "end_s": line.now_s,
                "depth_m": depth,
            }
        )
        if plan.at(plan.pauses, k):
            line.add("held", held + _limb_sway(line, plan.pause_s, wearer.sway_dps), held)
    line.add("lower", held + smooth(rng.uniform(0.6, 1.0)) * (on_floor - held), on_floor)
    return events


def _limb_sway(line: Timeline, seconds: float, sway_dps: float) -> FloatArray:
    """Return how a leg held in the air moves about its place, (n, 6): about a centimetre, and turns."""
    n = round(seconds * KNOTS_HZ)
    out = np.zeros((n, 6))
    out[:, 3:] = line.sway(n, 2.0 * sway_dps)
    out[:, :3] = 0.006 * line.noise(n, 3, 0.3, 1.5) * fade(n, 0.5)[:, None]
    return out


def _turn(
    line: Timeline,
    to_deg: float,
    seconds: float,
    name: str,
    pivot_m: tuple[float, float] = (0.0, 0.0),
) -> tuple[float, float]:
    """Turn in pitch about a pivot seen from the ball; return the phase by a tenth of peak speed."""
    start_s = line.now_s
    pitch = line.here[PITCH] + smooth(seconds)[:, 0] * (np.radians(to_deg) - line.here[PITCH])
    there = _about(line.here, np.array([np.radians(to_deg)]), pivot_m)[0]
    line.add(name, _about(line.here, pitch, pivot_m), there)
    return start_s + _PHASE_EDGE * seconds, start_s + (1.0 - _PHASE_EDGE) * seconds


def _hold(
    line: Timeline,
    seconds: float,
    wobble_deg: float,
    pivot_m: tuple[float, float] = (0.0, 0.0),
) -> None:
    """Hold the angle with a wobble."""
    n = round(seconds * KNOTS_HZ)
    wobble = line.noise(n, 2, 0.3, 2.0) * np.radians(wobble_deg) * fade(n, 0.3)[:, None]
    piece = _about(line.here, line.here[PITCH] + 0.5 * wobble[:, 0], pivot_m)
    piece[:, ROLL] += 0.5 * wobble[:, 1]
    line.add("hold", piece, line.here)


def _about(here: FloatArray, pitch: FloatArray, pivot_m: tuple[float, float]) -> FloatArray:
    """Coordinates (n, 6) of a foot that turns in pitch (n,) about a pivot that stays."""
    piece = np.tile(here, (len(pitch), 1))
    x, z = pivot_m
    piece[:, X] -= (np.cos(pitch) - np.cos(here[PITCH])) * x
    piece[:, X] -= (np.sin(pitch) - np.sin(here[PITCH])) * z
    piece[:, Z] += (np.sin(pitch) - np.sin(here[PITCH])) * x
    piece[:, Z] -= (np.cos(pitch) - np.cos(here[PITCH])) * z
    piece[:, PITCH] = pitch
    return piece


def _every(plan: SetPlan, k: int) -> bool:
    """Whether attempt `k` is one of the partial ones, spread over the set."""
    total = plan.reps + plan.partials
    return (k * plan.partials) // total != ((k + 1) * plan.partials) // total
