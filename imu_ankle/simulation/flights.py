"""A foot that takes off and lands: it rolls over its toes, leaves, and is stopped in finite time.

What the numbers are taken from: force plates and marker data of people who jump (docs/people.md).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy.interpolate import BPoly

from imu_ankle.simulation.timeline import PITCH, ROLL, YAW, X, Y, Z, ease
from imu_ankle.simulation.trajectory import GRAVITY_MPS2, KNOTS_HZ

if TYPE_CHECKING:
    from imu_ankle.core.recording import FloatArray
    from imu_ankle.simulation.timeline import Timeline

_RING_RISE_S = 0.006
_ROLL_S = 0.013  # the ball starts to rise so long before the heel-up rate's peak, and is fastest so
# long after toe-off
LANDING_S = 0.12  # a landing takes so long until the foot is flat and the shoe has rung out


@dataclass(frozen=True, slots=True, kw_only=True)
class SimulatedFlight:
    """One take-off, flight and landing.

    Attributes
    ----------
    flight_s : from toe-off to first contact.
    travel_m : (x, y) of the ball from contact to contact.
    clearance_m : height at the top of the ball of a stiff sole.
    landing_mps : downward speed of the ball at first contact.
    push_s, push_deg : heel-off to the peak of the heel-up rate, and how far the heel is up then.
    lead_s : from that peak to toe-off.
    leaving_mps : upward speed with which the ball of a foot that bends leaves; 0: a stiff sole, whose
        ball rests until toe-off.
    touch_deg : heel up at first contact; 0 is a flat landing.
    stop_s : the ball's stop, with a few mm of shoe.
    heel_down_s : from first contact until the heel is down.
    roll_deg, turn_deg : lean while pushing off, and yaw from contact to contact.
    ring_g, ring_hz, ring_s : what the shoe does afterwards.
    """

    flight_s: float
    travel_m: tuple[float, float] = (0.0, 0.0)
    clearance_m: float = 0.07
    landing_mps: float = 1.1
    push_s: float = 0.14
    push_deg: float = 32.0
    lead_s: float = 0.0
    leaving_mps: float = 0.0
    touch_deg: float = 16.0
    stop_s: float = 0.022
    heel_down_s: float = 0.08
    roll_deg: float = 0.0
    turn_deg: float = 0.0
    ring_g: float = 5.0
    ring_hz: float = 50.0
    ring_s: float = 0.025


def fly(line: Timeline, flight: SimulatedFlight, name: str = "flight") -> tuple[float, float]:
    """Append push-off, flight and landing; return the times of toe-off and first contact."""
    flight_n = round(flight.flight_s * KNOTS_HZ)
    push_n = round((flight.push_s + flight.lead_s) * KNOTS_HZ)
    n = push_n + flight_n + round(LANDING_S * KNOTS_HZ)
    t = (np.arange(n) - push_n) / KNOTS_HZ  # 0 at toe-off
    landing_s = flight_n / KNOTS_HZ
    along, height = _path(t, landing_s, flight)
    piece = np.tile(line.here, (n, 1))
    yaw = line.here[YAW]
    turned = np.array([[np.cos(yaw), -np.sin(yaw)], [np.sin(yaw), np.cos(yaw)]])
    travel = turned @ np.asarray(flight.travel_m)
    piece[:, [X, Y]] += along[:, None] * travel
    piece[:, Z] += height
    piece[:, PITCH] += np.radians(_pitch(t, landing_s, flight))
    piece[:, ROLL] += np.radians(flight.roll_deg) * _bump(
        t, -flight.push_s - flight.lead_s, landing_s + LANDING_S
    )
    piece[:, YAW] += np.radians(flight.turn_deg) * ease(t / landing_s)
    ring = _ring(t - landing_s, flight)
    piece[:, Z] += ring
    piece[:, X] += 0.4 * ring
    there = line.here.copy()
    there[[X, Y]] += travel
    there[YAW] += np.radians(flight.turn_deg)
    takeoff_s = line.now_s + push_n / KNOTS_HZ
    line.add(name, piece, there)
    return takeoff_s, takeoff_s + landing_s


def _path(
    t: FloatArray, landing_s: float, flight: SimulatedFlight
) -> tuple[FloatArray, FloatArray]:
    """Return the share of the travel covered and the height of the ball, both (n,)."""
    speed, stop = flight.landing_mps, flight.stop_s
    give = 0.4 * speed * stop
    falling = -min(GRAVITY_MPS2, speed / landing_s)
    if flight.leaving_mps:  # the ball speeds up while the foot rolls over its toes
        starts = -flight.lead_s - _ROLL_S
        lift_m = flight.leaving_mps * (_ROLL_S - starts) / 2.0
        rise = {starts: [0.0, 0.0, 0.0], _ROLL_S: [lift_m, flight.leaving_mps, 0.0]}
    else:
        starts = 0.0
        rise = {0.0: [0.0, 0.0, 0.0], 0.48 * landing_s: [flight.clearance_m, 0.0, -GRAVITY_MPS2]}
    knots = {
        -1.0: [0.0, 0.0, 0.0],
        **rise,
        landing_s: [0.0, -speed, falling],
        landing_s + stop: [-give, 0.0, 0.0],
        landing_s + LANDING_S: [0.0, 0.0, 0.0],
        landing_s + 9.0: [0.0, 0.0, 0.0],
    }
    height = BPoly.from_derivatives(list(knots), list(knots.values()))
    left = 0.25 / landing_s  # of the sideways speed is left at contact, and stopped with the rest
    slide = 0.4 * left * stop
    along = BPoly.from_derivatives(
        [-1.0, starts, landing_s, landing_s + stop, landing_s + 9.0],
        [
            [0.0, 0.0, 0.0],
            [0.0, 0.0, 0.0],
            [1.0 - slide, left, 0.0],
            [1.0, 0.0, 0.0],
            [1.0, 0.0, 0.0],
        ],
    )
    return np.asarray(along(t)), np.asarray(height(t))


def _pitch(t: FloatArray, landing_s: float, flight: SimulatedFlight) -> FloatArray:
    """Return the heel-up angle (n,); its rate peaks `lead_s` before toe-off.

    A raised cosine up to the peak and a shorter one down from it, then back to the angle of contact,
    then flat.
    """
    push, since = flight.push_s, t + flight.lead_s
    slows = flight.lead_s + _ROLL_S if flight.lead_s else min(0.3 * landing_s, 0.06)
    peak = 2.0 * flight.push_deg / push
    top = flight.push_deg + peak * slows / 2.0
    up = np.where(since < 0.0, _half_bump(1.0 + since / push) * push, push / 2.0)
    beyond = slows * (0.5 - _half_bump(1.0 - np.clip(since / slows, 0.0, 1.0)))
    rising = np.where(since > 0.0, up + beyond, up)
    turns = slows - flight.lead_s
    back = ease((t - turns) / (landing_s - turns)) * (top - flight.touch_deg)
    down = ease((t - landing_s) / flight.heel_down_s) * flight.touch_deg
    return np.asarray(peak * rising - back - down)


def _half_bump(s: FloatArray) -> FloatArray:
    """Integral from 0 to `s` of a raised cosine that rises from 0 at 0 to 1 at 1; a half at 1."""
    s = np.clip(s, 0.0, 1.0)
    return np.asarray(s / 2.0 - np.sin(np.pi * s) / (2.0 * np.pi))


def _ring(since_s: FloatArray, flight: SimulatedFlight) -> FloatArray:
    """Displacement of the ringing shoe, which comes to nothing."""
    size = flight.ring_g * GRAVITY_MPS2 / (2.0 * np.pi * flight.ring_hz) ** 2
    s = np.maximum(since_s, 0.0)
    fade = 1.0 - ease(s / LANDING_S)
    onset = 1.0 - np.exp(-((s / _RING_RISE_S) ** 2))
    decay = np.exp(-s / flight.ring_s)
    return np.asarray(size * fade * onset * decay * np.sin(2.0 * np.pi * flight.ring_hz * s))


def _bump(t: FloatArray, start: float, end: float) -> FloatArray:
    middle = (start + end) / 2.0
    rising, falling = ease((t - start) / (middle - start)), ease((t - middle) / (end - middle))
    return rising - falling
