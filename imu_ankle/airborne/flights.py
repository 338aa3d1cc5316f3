"""Between two rests: take-off, contact, and what the ball of the foot did in between."""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from imu_ankle.airborne.ball import Ball, left_axis, track_ball
from imu_ankle.airborne.rests import find_rests
from imu_ankle.model import GRAVITY_MPS2
from imu_ankle.signal.rotation import rotate, tilt_deg

if TYPE_CHECKING:
    from imu_ankle.airborne.params import FlightParams
    from imu_ankle.model import FloatArray
    from imu_ankle.motion import Motion

_TURNED_DEG = 10.0  # a foot axis that is off by so much is worth a second look


@dataclass(frozen=True, slots=True, kw_only=True)
class Flight:
    """A movement of the ball between two rests; samples are fractional where events lie between.

    Attributes
    ----------
    start, end : samples of the rests before and after.
    takeoff, landing : samples of the peak of the heel-up rate, and of first contact.
    push_dps : that peak.
    leaving_mps : speed of the ball at take-off.
    landing_mps : its greatest downward speed, which is that at contact.
    rise_m : its height at the top, above the line between the two contacts.
    travel_m : (forward, left, up) from rest to rest, in the foot's mean heading of both.
    toes_up_deg : at contact; negative with the heel up.
    residual_mps2 : velocity that integration leaves over, per second.
    """

    start: int
    end: int
    takeoff: float
    landing: float
    push_dps: float
    leaving_mps: float
    landing_mps: float
    rise_m: float
    travel_m: tuple[float, float, float]
    toes_up_deg: float
    residual_mps2: float
    rate_hz: float

    @property
    def flight_s(self) -> float:
        """Time from take-off to contact."""
        return (self.landing - self.takeoff) / self.rate_hz

    @property
    def fall(self) -> float:
        """Landing speed as a share of that of a fall from the middle of the flight."""
        return self.landing_mps / (GRAVITY_MPS2 * max(self.flight_s, 1e-3) / 2.0)

    @property
    def rise(self) -> float:
        """Height as a share of that from which the same fall starts."""
        return self.rise_m / (GRAVITY_MPS2 * max(self.flight_s, 1e-3) ** 2 / 8.0)


@dataclass(frozen=True, slots=True, eq=False)
class Tracked:
    """All movements of the ball, and its track."""

    ball: Ball
    flights: tuple[Flight, ...]


def find_flights(motion: Motion, params: FlightParams) -> Tracked:
    """Return every movement of the ball between two rests that starts with a push-off.

    The foot's axes come from its tilt over the whole recording at first, and from the take-offs
    found, if those say otherwise.
    """
    tracked = _find(motion, track_ball(motion, params), params)
    if not tracked.flights:
        return tracked
    takeoffs = np.array([round(flight.takeoff) for flight in tracked.flights])
    left = left_axis(tilt_deg(motion.up[takeoffs]))
    if float(left @ tracked.ball.left) > np.cos(np.radians(_TURNED_DEG)):
        return tracked
    return _find(motion, track_ball(motion, params, left), params)


def _find(motion: Motion, ball: Ball, params: FlightParams) -> Tracked:
    flights = []
    for chain in find_rests(motion, ball, params):
        for start, end in itertools.pairwise(chain):
            found = _between(motion, ball, int(start), int(end), params)
            if found is not None:
                flights.append(found)
    return Tracked(ball, tuple(flights))


def _between(
    motion: Motion, ball: Ball, start: int, end: int, params: FlightParams
) -> Flight | None:
    """Return what happened between two rests, or None if the ball stayed or nothing pushed it off."""
    rate_hz = motion.rate_hz
    velocity, residual_mps2 = _velocity(ball, start, end, params, rate_hz)
    speed = np.sqrt(np.einsum("ij,ij->i", velocity, velocity))
    if speed.max() < params.moving_mps:
        return None
    path = np.zeros_like(velocity)
    np.cumsum((velocity[1:] + velocity[:-1]) / (2.0 * rate_hz), axis=0, out=path[1:])
    height = path[:, 2] - np.linspace(0.0, path[-1, 2], len(path))
    top = int(np.argmax(height))
    heel_up = ball.heel_up_dps[start : end + 1]
    push = int(np.argmax(heel_up[: max(top, 2)]))
    if heel_up[push] < params.push_dps:
        return None
    falling = push + int(np.argmin(velocity[push:, 2]))
    force = np.sqrt(np.einsum("ij,ij->i", *(2 * [motion.acc_mps2[start : end + 1]])))
    landing = first_rise(force, falling, round(params.touch_s * rate_hz), params.touch_share)
    takeoff = push + _peak_offset(heel_up, push)
    return Flight(
        start=start,
        end=end,
        takeoff=start + takeoff,
        landing=start + landing,
        push_dps=float(heel_up[push]),
        leaving_mps=float(speed[push]),
        landing_mps=max(0.0, -float(velocity[falling, 2])),
        rise_m=float(height[top]),
        travel_m=_in_foot_heading(path[-1], motion.quat[[start, end]], ball.toes),
        toes_up_deg=-float(ball.heel_up_deg[min(start + round(landing), end)]),
        residual_mps2=residual_mps2,
        rate_hz=rate_hz,
    )


def _velocity(
    ball: Ball, start: int, end: int, params: FlightParams, rate_hz: float
) -> tuple[FloatArray, float]:
    """Return the ball's velocity between two rests, zero at both, and the residual per second.

    What is left over is taken off where it arose: evenly as drift, and where the integration is in
    doubt (a clipped or bridged landing is an unknown impulse, not a ramp).
    """
    velocity = ball.velocity_mps[start : end + 1] - ball.velocity_mps[start]
    left_over = velocity[-1].copy()
    seconds = np.arange(len(velocity)) / rate_hz
    doubt = ball.doubt_m2ps2[start : end + 1] - ball.doubt_m2ps2[start]
    arisen = params.slack_mps**2 * seconds + doubt
    velocity -= (arisen / arisen[-1])[:, None] * left_over
    return velocity, float(np.linalg.norm(left_over)) / float(seconds[-1])


def first_rise(force: FloatArray, start: int, within: int, share: float) -> float:
    """Return where `force` (N,) first rises by `share` of the way to its peak, a fractional sample.

    The peak is the largest value in the `within` samples after `start`. Linear between samples; no
    filter, since a zero-phase filter would ring ahead of an impact.
    """
    piece = force[start : start + max(within, 3) + 1]
    peak = int(np.argmax(piece))
    level = piece[0] + share * (piece[peak] - piece[0])
    above = np.flatnonzero(piece[: peak + 1] > level)
    if not len(above) or above[0] == 0:
        return float(start)
    k = int(above[0])
    return start + k - 1 + float((level - piece[k - 1]) / (piece[k] - piece[k - 1]))


def _peak_offset(x: FloatArray, k: int) -> float:
    """Return how far the parabola through `x` around its maximum `k` peaks off it, in samples."""
    if k == 0 or k == len(x) - 1:
        return 0.0
    bend = float(x[k - 1] - 2.0 * x[k] + x[k + 1])
    return float(np.clip((x[k - 1] - x[k + 1]) / (2.0 * bend), -0.5, 0.5)) if bend < 0.0 else 0.0


def _in_foot_heading(
    travel: FloatArray, quats: FloatArray, toes: FloatArray
) -> tuple[float, float, float]:
    """Return a world vector (3,) as (forward, left, up) of the foot's mean heading at both rests."""
    x, y, _ = rotate(quats, np.tile(toes, (len(quats), 1))).sum(axis=0)
    c, s = np.array([x, y]) / max(float(np.hypot(x, y)), 1e-9)
    ahead, left, up = c * travel[0] + s * travel[1], c * travel[1] - s * travel[0], travel[2]
    return float(ahead), float(left), float(up)
