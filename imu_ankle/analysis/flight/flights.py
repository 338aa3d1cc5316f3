"""Between two rests: take-off, contact, and what the ball of the foot did in between."""

from __future__ import annotations

import math
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

from imu_ankle.analysis.flight.forefoot import Forefoot, left_axis, track_forefoot
from imu_ankle.analysis.flight.zero_velocity import find_zero_velocity
from imu_ankle.core.recording import GRAVITY_MPS2
from imu_ankle.core.signal.peaks import first_rise, peak_offset
from imu_ankle.core.signal.rotation import tilt_deg

if TYPE_CHECKING:
    from collections.abc import Callable

    from imu_ankle.analysis.flight.params import FlightParams
    from imu_ankle.core.motion import Motion
    from imu_ankle.core.recording import FloatArray

HEEL_ARM_M = 0.15  # from the ball to the ankle


@dataclass(frozen=True, slots=True, kw_only=True)
class InAir:
    """A time in the air.

    Attributes
    ----------
    takeoff, landing : samples of toe-off and of first contact, fractional.
    """

    takeoff: float
    landing: float
    rate_hz: float

    @property
    def flight_s(self) -> float:
        """Time from take-off to contact."""
        return (self.landing - self.takeoff) / self.rate_hz

    @property
    def fall_mps(self) -> float:
        """Speed after a fall from the middle of the flight."""
        return GRAVITY_MPS2 * max(self.flight_s, 1e-3) / 2.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Flight(InAir):
    """A movement of the ball between two rests; samples are fractional where events lie between.

    Attributes
    ----------
    start, end : samples of the rests before and after.
    push_at : sample of the peak of the heel-up rate; people leave the floor 12-40 ms after it.
    push_dps, push_deg : that peak, and how far the heel is up then.
    landing_mps : its greatest downward speed, which is that at contact.
    rise_m : its height at the top, above the line between the two contacts.
    travel_m : (forward, left, up) from rest to rest, in the foot's mean heading of both.
    rising_mps2, stop_mps2 : the ball's greatest upward acceleration at take-off, and at contact.
    toes_up_deg : at contact; negative with the heel up.
    askew_deg : tilt of the foot at the two rests, beyond that of a heel that is up; the larger.
    left_over_mps, missed_mps : velocity that integration left over, and what drift can't explain.
    """

    start: int
    end: int
    push_at: int
    push_dps: float
    push_deg: float
    landing_mps: float
    rise_m: float
    travel_m: tuple[float, float, float]
    rising_mps2: float
    stop_mps2: float
    toes_up_deg: float
    askew_deg: float
    left_over_mps: float
    missed_mps: float

    @property
    def push(self) -> float:
        """Speed of the heel at take-off, as a share of `fall_mps`."""
        return float(np.radians(self.push_dps)) * HEEL_ARM_M / self.fall_mps

    @property
    def fall(self) -> float:
        """Landing speed, as a share of `fall_mps`."""
        return self.landing_mps / self.fall_mps

    @property
    def rise(self) -> float:
        """Height, as a share of that from which the same fall starts."""
        return self.rise_m / (self.fall_mps**2 / (2.0 * GRAVITY_MPS2))


@dataclass(frozen=True, slots=True, eq=False)
class Tracked:
    """All movements of the ball, and its track."""

    forefoot: Forefoot
    flights: tuple[Flight, ...]


def find_flights(
    motion: Motion, params: FlightParams, judge: Callable[[Flight], str | None]
) -> Tracked:
    """Return every movement of the ball between two rests that starts with a push-off.

    The foot's axes come from its tilt over the whole recording at first, and from the take-offs
    found, if those say otherwise. `judge` returns None for what is a flight; what isn't may become
    one together with what follows it.
    """
    tracked = _find(motion, track_forefoot(motion, params), params, judge)
    if not tracked.flights:
        return tracked
    pushes = np.array([flight.push_at for flight in tracked.flights])
    left = left_axis(tilt_deg(motion.up[pushes]), params.decisive_deg)
    if float(left @ tracked.forefoot.left) > np.cos(np.radians(params.turned_deg)):
        return tracked
    return _find(motion, track_forefoot(motion, params, left), params, judge)


def _find(
    motion: Motion, forefoot: Forefoot, params: FlightParams, judge: Callable[[Flight], str | None]
) -> Tracked:
    flights = []
    for chain in find_zero_velocity(motion, forefoot, params):
        steps = [_between(motion, forefoot, *pair, params) for pair in pairwise(chain.tolist())]
        k = 0
        while k < len(steps):
            flight = steps[k]
            # a rest from which nothing pushed off may have been none: in mid-air, or in a bounce
            doubted = k + 1 < len(steps) and steps[k + 1] is None
            if doubted and flight is not None and judge(flight) is not None:
                wider = _between(motion, forefoot, int(chain[k]), int(chain[k + 2]), params)
                if wider is not None and judge(wider) is None:
                    flight, k = wider, k + 1
            if flight is not None:
                flights.append(flight)
            k += 1
    return Tracked(forefoot, tuple(flights))


def _between(
    motion: Motion, forefoot: Forefoot, start: int, end: int, params: FlightParams
) -> Flight | None:
    """Return what happened between two rests, or None if the ball stayed or nothing pushed it off."""
    rate_hz = motion.rate_hz
    if np.ptp(forefoot.velocity_mps[start : end + 1], axis=0).max() < params.moving_mps / 2.0:
        return None
    velocity, left_over_mps, missed_mps = _velocity(forefoot, start, end, params, rate_hz)
    speed = np.sqrt(np.einsum("ij,ij->i", velocity, velocity))
    if speed.max() < params.moving_mps:
        return None
    path = np.zeros_like(velocity)
    np.cumsum((velocity[1:] + velocity[:-1]) / (2.0 * rate_hz), axis=0, out=path[1:])
    height = path[:, 2] - _ramp(len(path)) * path[-1, 2]
    top = int(np.argmax(height))
    heel_up = forefoot.heel_up_dps[start : end + 1]
    push = int(np.argmax(heel_up[: max(top, 2)]))
    # a ball may still rest when the heel-up rate has peaked
    lately = forefoot.heel_up_dps[max(0, start - round(params.lead_s * rate_hz)) : start + push + 1]
    push_dps = float(lately.max())
    if push_dps < params.push_dps:
        return None
    falling = push + int(np.argmin(velocity[push:, 2]))
    down = _near_ground(height, top, params.near_ground_m)
    stopped = velocity[falling:, 2] >= 0.0
    if stopped.any() and falling + int(np.argmax(stopped)) < down:
        down = falling  # with the heel high up the height is less well known than the stop
    # of the track as it is: a missed impulse put back would look like a contact
    stopping = np.maximum(np.diff(forefoot.velocity_mps[start : end + 1, 2]) * rate_hz, 0.0)
    within = round(params.touch_s * rate_hz)
    first = max(falling, down, 1) - 1
    landing = 0.5 + _contact(stopping, first, within, params, rate_hz)
    around = slice(max(0, push - round(params.rolls_before_s * rate_hz)), max(top, push + 2))
    takeoff = _toe_off(velocity[:, 2], heel_up, push, top, params, rate_hz)
    return Flight(
        start=start,
        end=end,
        takeoff=start + takeoff,
        landing=start + landing,
        push_at=start + push,
        push_dps=push_dps,
        push_deg=float(forefoot.heel_up_deg[start + push]),
        landing_mps=max(0.0, -float(velocity[falling, 2])),
        rise_m=float(height[top]),
        travel_m=_in_foot_heading(path[-1], forefoot.ahead[start] + forefoot.ahead[end]),
        toes_up_deg=-float(forefoot.heel_up_deg[min(start + round(landing), end)]),
        rising_mps2=float(stopping[around].max()),
        stop_mps2=float(stopping[first : first + within + 1].max()),
        askew_deg=max(_askew_deg(motion.up[at], forefoot, params) for at in (start, end)),
        left_over_mps=left_over_mps,
        missed_mps=missed_mps,
        rate_hz=rate_hz,
    )


def _contact(
    stopping: FloatArray, first: int, within: int, params: FlightParams, rate_hz: float
) -> float:
    """Return where the ball's stop (n,) starts: early in its rise, but soon before its peak.

    A rise that takes longer than a floor does was blurred by a filter.
    """
    rising = first_rise(stopping, first, within, params.touch_share)
    peak = math.ceil(rising)
    while peak + 1 < len(stopping) and stopping[peak + 1] > stopping[peak]:
        peak += 1
    peak = min(peak, len(stopping) - 1)
    return max(rising, peak + peak_offset(stopping, peak) - params.touch_most_s * rate_hz)


def _askew_deg(up: FloatArray, forefoot: Forefoot, params: FlightParams) -> float:
    """Return how far a foot with the direction `up` (3,) is from any pose in which feet stand."""
    tilt = tilt_deg(up[None])[0]
    heel_up, to_side = float(tilt @ forefoot.left), float(tilt @ forefoot.toes[:2])
    return math.hypot(heel_up - min(max(heel_up, 0.0), params.tiptoe_deg), to_side)


def _toe_off(
    upward: FloatArray,
    heel_up_dps: FloatArray,
    push: int,
    top: int,
    params: FlightParams,
    rate_hz: float,
) -> float:
    """Return the sample at which the foot leaves the floor, from the ball's speed `upward` (n,).

    A foot that bends rolls over its toes: the ball is fast when the heel-up rate peaks, and toe-off
    lies midway between the ball's peak acceleration and its peak speed (within 4 ms of force plates).
    A stiff one turns about a ball that rests until it leaves: there the ball's movement starts.
    """
    peak = push + peak_offset(heel_up_dps, push)
    last = max(top, push + 2)
    rolls = float(np.interp(peak + params.rolls_s * rate_hz, np.arange(len(upward)), upward))
    if rolls < params.rolls_share * float(upward[push : last + 1].max()):
        return max(peak, _starts(upward, push, last))
    gain = np.gradient(upward)
    before = max(0, push - round(params.rolls_before_s * rate_hz))
    fastest = before + int(np.argmax(upward[before : last + 1]))
    quickest = before + int(np.argmax(gain[before : fastest + 1]))
    return (quickest + peak_offset(gain, quickest) + fastest + peak_offset(upward, fastest)) / 2.0


def _starts(upward: FloatArray, first: int, last: int) -> float:
    """Return where a speed that grows with the square of time, from `first` on, was zero.

    It goes through two shares of its top; what is slower than that may be error of the arm.
    """
    low, high = 0.07, 0.18
    top = float(upward[first : last + 1].max())
    at = []
    for level in (low * top, high * top):
        k = first + int(np.argmax(upward[first : last + 1] > level))
        if k == first:
            return float(first)
        at.append(k - 1.0 + (level - upward[k - 1]) / max(upward[k] - upward[k - 1], 1e-9))
    return float(at[0] - (at[1] - at[0]) / (math.sqrt(high / low) - 1.0))


def _velocity(
    forefoot: Forefoot, start: int, end: int, params: FlightParams, rate_hz: float
) -> tuple[FloatArray, float, float]:
    """Return the ball's velocity between two rests, zero at both, what is left over, and missed.

    What integration leaves over is drift, a ramp, or a landing that clipped or fell between samples:
    an unknown impulse at the moment at which the ball is back on the floor. Drift is bounded; within
    that, the two share it such that both rests come to lie on one level, if they can.
    """
    velocity = forefoot.velocity_mps[start : end + 1] - forefoot.velocity_mps[start]
    left_over = velocity[-1].copy()
    size = math.hypot(*left_over)
    ramp = _ramp(len(velocity))
    step = np.zeros(len(velocity))
    step[_back_on_floor(velocity[:, 2], params.moving_mps) :] = 1.0
    drift_mps = params.slack_mps + params.drift_mps2 * len(velocity) / rate_hz
    rise = velocity[:, 2].sum() - left_over[2] * np.array([ramp.sum(), step.sum()])
    share = float(rise[0] / (rise[0] - rise[1])) if rise[0] != rise[1] else 0.0
    share = min(1.0, max(share, 1.0 - drift_mps / max(size, 1e-9), 0.0))
    velocity -= ((1.0 - share) * ramp + share * step)[:, None] * left_over
    return velocity, size, max(0.0, size - drift_mps)


def _ramp(size: int) -> FloatArray:
    """Return (size,) from 0 to 1; numpy's linspace takes longer than all else between two rests."""
    return np.arange(size) / (size - 1.0)


def _back_on_floor(upward: FloatArray, moving_mps: float) -> int:
    """Return where what went up with the speed `upward` (N,) is stopped, or the last.

    That is where it is back at its height, or before that where it moves up again.
    """
    rising = int(np.argmax(upward > moving_mps))
    falling = rising + int(np.argmax(upward[rising:] < -moving_mps))
    over = (np.cumsum(upward)[falling:] <= 0.0) | (upward[falling:] > 0.0)
    return falling + int(np.argmax(over)) if over.any() else len(upward) - 1


def _near_ground(height: FloatArray, top: int, near_m: float) -> int:
    """Return the first sample after the `top` from which on the ball stays near the floor."""
    above = np.flatnonzero(height[top:] > near_m)
    return top + int(above[-1]) + 1 if len(above) else top


def _in_foot_heading(travel: FloatArray, ahead: FloatArray) -> tuple[float, float, float]:
    """Return a world vector (3,) as (forward, left, up) of a foot whose toes point to `ahead` (2,)."""
    c, s = ahead / max(float(np.hypot(*ahead)), 1e-9)
    forward, left = c * travel[0] + s * travel[1], c * travel[1] - s * travel[0]
    return float(forward), float(left), float(travel[2])
