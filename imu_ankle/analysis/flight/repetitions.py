"""A set of flights: which count, and why the others don't."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Generic, TypeVar

import numpy as np

from imu_ankle.analysis.flight.classification import heel_rises, verdict
from imu_ankle.analysis.flight.flights import Flight, InAir, Tracked, find_flights
from imu_ankle.core.errors import NotAnalysableError
from imu_ankle.core.result import Event, Interval
from imu_ankle.core.signal.runs import runs

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from imu_ankle.analysis.flight.params import FlightParams, SetParams
    from imu_ankle.core.motion import Motion
    from imu_ankle.core.recording import BoolArray, FloatArray


F = TypeVar("F", bound=InAir)


@dataclass(frozen=True, slots=True, eq=False)
class FlightSet(Generic[F]):
    """Accepted flights, everything else with its reason, and what was measured of both."""

    motion: Motion
    accepted: tuple[F, ...]
    rejected: tuple[Event, ...]
    contact_s: tuple[float | None, ...]
    reasons: tuple[str, ...]

    @property
    def flight_s(self) -> FloatArray:
        """Flight times of the accepted repetitions, (n,)."""
        return np.array([flight.flight_s for flight in self.accepted])

    @property
    def spans(self) -> tuple[Interval, ...]:
        """From the first take-off to the last landing."""
        if not self.accepted:
            return ()
        first, last = self.accepted[0], self.accepted[-1]
        return (Interval(self.motion.at_s(first.takeoff), self.motion.at_s(last.landing)),)


def refuse(motion: Motion, params: SetParams) -> None:
    """Raise where landings can't be seen.

    Raises
    ------
    NotAnalysableError
        ``low_rate``.
    """
    if motion.rate_hz < params.min_rate_hz:
        raise NotAnalysableError(
            "low_rate",
            f"{motion.rate_hz:.1f} samples per second don't show a landing; record at 50 Hz or "
            "more, better at 200",
        )


def find_set(
    motion: Motion,
    flight_params: FlightParams,
    params: SetParams,
    *,
    no_flight: str,
    most_travel_m: float,
) -> FlightSet[Flight]:
    """Find and judge all flights; `no_flight` names a heel that rises without leaving the floor."""

    def judge(flight: Flight) -> str | None:
        code = verdict(flight, motion, flight_params, params.flight_s)
        ahead, left, _ = flight.travel_m
        if code is None and float(np.hypot(ahead, left)) > most_travel_m:
            return "ahead" if abs(ahead) > abs(left) else "other"
        return code

    tracked = find_flights(motion, flight_params, judge)
    accepted, rejected = sift(tracked.flights, motion, judge)
    for start, end in heel_rises(tracked, flight_params):
        moved = np.ptp(tracked.forefoot.velocity_mps[start:end], axis=0).max()
        left = moved > params.left_mps
        reach = round(params.near_hole_s * motion.rate_hz) if left else 1
        in_hole = motion.unseen[max(0, start - reach) : end + reach].any()
        code = "gap" if in_hole else "walking" if left else no_flight
        rejected.append(_rejected(motion, start, end, code))
    rejected += _cut_off(motion, tracked, flight_params)
    return as_set(motion, accepted, rejected, params)


def sift(
    candidates: Iterable[F], motion: Motion, judge: Callable[[F], str | None]
) -> tuple[list[F], list[Event]]:
    """Return the candidates that `judge` has nothing against, and the others as events."""
    accepted, rejected = [], []
    for flight in candidates:
        code = judge(flight)
        if code is None:
            accepted.append(flight)
        else:
            rejected.append(_rejected(motion, flight.takeoff, flight.landing, code))
    return accepted, rejected


def as_set(
    motion: Motion, accepted: Sequence[F], rejected: Sequence[Event], params: SetParams
) -> FlightSet[F]:
    """Return the set of these flights, with the times on the floor and whether one may be missing."""
    lost = any(event.rejected == "gap" for event in rejected)
    missing = lost or _hole_in_rhythm(accepted, motion.unseen, params)
    return FlightSet(
        motion,
        tuple(accepted),
        tuple(rejected),
        _contacts_s(accepted, motion, params),
        ("one_probably_missing",) if missing else (),
    )


def _rejected(motion: Motion, start: float, end: float, code: str) -> Event:
    return Event(motion.at_s(start), motion.at_s(max(start, end)), code)


def _contacts_s(
    accepted: Sequence[InAir], motion: Motion, params: SetParams
) -> tuple[float | None, ...]:
    """Return the time on the floor after each until the next take-off; None where there is none."""
    out: list[float | None] = []
    for flight, following in pairwise(accepted):
        seconds = (following.takeoff - flight.landing) / flight.rate_hz
        seen = not motion.unseen[int(flight.landing) : int(following.takeoff) + 1].any()
        out.append(seconds if seconds <= params.pause_s and seen else None)
    return (*out, None) if accepted else ()


def _hole_in_rhythm(accepted: Sequence[InAir], unseen: BoolArray, params: SetParams) -> bool:
    """Whether between two flights there is a hole, and time for one more."""
    takeoffs = np.array([flight.takeoff for flight in accepted])
    if len(takeoffs) < 3:
        return False
    periods = np.diff(takeoffs) / np.median(np.diff(takeoffs))
    shortest, longest = params.missing_period
    long = np.flatnonzero((periods > shortest) & (periods < longest))
    return any(unseen[int(takeoffs[k]) : int(takeoffs[k + 1])].any() for k in long)


def _cut_off(motion: Motion, tracked: Tracked, params: FlightParams) -> list[Event]:
    """Return push-offs that end with the recording (or a hole) before a rest follows."""
    forefoot = tracked.forefoot
    out = []
    for _, end in motion.segments:
        first = max(0, int(end - params.reach_s * motion.rate_hz))
        settled = [flight.end for flight in tracked.flights if first <= flight.end <= end]
        first = max([first, *settled])
        pushing = (forefoot.heel_up_dps[first:end] > params.push_dps) & (
            forefoot.heel_up_deg[first:end] > params.heel_up_deg
        )
        leaving = runs(pushing)
        if len(leaving) and _still_moves(motion, int(end), params):
            code = "cut_off" if end == len(motion) else "gap"
            out.append(_rejected(motion, first + leaving[-1, 0], float(end), code))
    return out


def _still_moves(motion: Motion, end: int, params: FlightParams) -> bool:
    last = motion.gyr_dps[max(0, end - 3) : end]
    return bool(np.linalg.norm(last, axis=1).mean() > params.still_dps)
