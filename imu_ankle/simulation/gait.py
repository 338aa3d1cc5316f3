"""Steps of all kinds: walking ahead, in place, on the heels, upstairs and down, sideways."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from imu_ankle.simulation.timeline import PITCH, ROLL, YAW, X, Y, Z, smooth
from imu_ankle.simulation.trajectory import KNOTS_HZ

if TYPE_CHECKING:
    from imu_ankle.core.recording import FloatArray
    from imu_ankle.simulation.plan import Event, SetPlan
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


def heel_walks(line: Timeline, plan: SetPlan, mirrored: bool) -> list[Event]:
    """Walk on the heels: strides of one foot that rolls over its heel with the toes up.

    `reps` are strides; `partials` of them drop the toes.
    """
    events: list[Event] = []
    rng = line.rng
    direction = plan.variation or "forward"
    way = {"forward": (1.0, 0.0), "backward": (-1.0, 0.0), "sideways": (0.0, 1.0)}[direction]
    toward = np.array(way) * [1.0, -1.0 if mirrored else 1.0]
    toes_up = plan.wearer.draw(line, 16.0)
    _lift_toes(line, -toes_up)
    for k in range(plan.reps):
        dropped = plan.at(plan.partials, k)
        length = plan.wearer.draw(line, 0.35 if direction == "sideways" else 0.5)
        _heel_swing(line, toward * length, -toes_up - rng.uniform(0.0, 6.0))
        contact_s = line.now_s
        stance_s = plan.wearer.draw(line, 0.65)
        if dropped:
            _lift_toes(line, 0.0, 0.2)
            line.stand(stance_s - 0.2, 8.0, "toes-down")
            _lift_toes(line, -toes_up, 0.15)
        else:
            _lift_toes(line, -toes_up + rng.uniform(0.0, 4.0), stance_s)
        events.append(
            {
                "kind": "rep",
                "contact_s": contact_s,
                "toe_up_deg": 0.0 if dropped else toes_up,
                "dropped": dropped,
                "direction": direction,
            }
        )
        if plan.at(plan.pauses, k):
            line.stand(min(plan.pause_s, 2.5), 6.0, "pause")
    _lift_toes(line, 0.0, 0.5)
    return events


def over_heel(here: FloatArray, pitch: FloatArray) -> FloatArray:
    """Coordinates (n, 6) of a foot that turns in pitch (n,) about its heel, which stays."""
    piece = np.tile(here, (len(pitch), 1))
    piece[:, X] += HEEL_M * (np.cos(pitch) - np.cos(here[PITCH]))
    piece[:, Z] -= HEEL_M * (np.sin(pitch) - np.sin(here[PITCH]))
    piece[:, PITCH] = pitch
    return piece


def _lift_toes(line: Timeline, to_deg: float, seconds: float = 0.5) -> None:
    pitch = line.here[PITCH] + smooth(seconds)[:, 0] * (np.radians(to_deg) - line.here[PITCH])
    there = over_heel(line.here, np.radians([to_deg]))[0]
    line.add("rocker", over_heel(line.here, pitch), there)


def _heel_swing(line: Timeline, by_m: FloatArray, pitch_deg: float) -> None:
    """Lift the foot, toes up all the way, and put the heel down `by_m` (2,) further."""
    s = smooth(0.4 * float(line.rng.normal(1.0, 0.05)))
    there = over_heel(line.here, np.radians([pitch_deg]))[0]
    there[[X, Y]] += by_m
    piece = line.here + s * (there - line.here)
    piece[:, [Z]] += 0.09 * np.sin(np.pi * s) ** 2
    line.add("swing", piece, there)


def climb(line: Timeline, strides: int, stair_m: float) -> None:
    """Walk stairs, two at a time for one foot: up, or down with a negative `stair_m`."""
    for _ in range(strides):
        there = line.here.copy()
        there[[X, Z]] += [0.56, 2.0 * stair_m]
        push, s = smooth(0.2), smooth(0.5 * float(line.rng.normal(1.0, 0.05)))
        lift = np.tile(line.here, (len(push), 1))
        lift[:, [PITCH]] += np.radians(30.0) * push
        piece = line.here + s * (there - line.here)
        piece[:, [PITCH]] += np.radians(30.0) * (1.0 - s)
        piece[:, [Z]] += 0.10 * np.sin(np.pi * s) ** 2
        line.add("stairs", np.vstack([lift, piece]), there)
        line.stand(0.5, 8.0, "stairs")


def shuffle(line: Timeline, steps: int, width_m: float = 0.25) -> None:
    """Step sideways to and fro, the foot lifted a little and put down softly."""
    for k in range(steps):
        there = line.here.copy()
        there[Y] += width_m * (1.0 if k % 2 else -1.0)
        s = smooth(0.35 * float(line.rng.normal(1.0, 0.08)))
        piece = line.here + s * (there - line.here)
        piece[:, [PITCH]] += np.radians(14.0) * np.sin(np.pi * np.sqrt(s)) ** 2
        piece[:, [Z]] += 0.04 * np.sin(np.pi * s) ** 2
        line.add("shuffle", piece, there)
        line.stand(0.4, 6.0, "shuffle")
