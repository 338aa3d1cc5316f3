"""A set of flights: which count, and what hops and jumps have in common."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from imu_ankle.airborne.flights import Flight, Tracked, find_flights
from imu_ankle.airborne.judging import heel_rises, verdict
from imu_ankle.errors import NotAnalysableError
from imu_ankle.model import GRAVITY_MPS2, Placement
from imu_ankle.result import Event, Interval, Metric
from imu_ankle.signal.filters import moving_mean
from imu_ankle.signal.runs import runs

if TYPE_CHECKING:
    from collections.abc import Sequence

    from imu_ankle.airborne.params import FlightParams
    from imu_ankle.exercise import Setting
    from imu_ankle.model import FloatArray
    from imu_ankle.motion import Motion


@dataclass(frozen=True, slots=True, kw_only=True)
class SetParams:
    """Knobs of a set of flights."""

    flight_s: tuple[float, float]  # shorter is a bounce, longer is no flight
    pause_s: float = 2.0  # the spec: a longer stay on the floor is a pause, not a contact
    fatigue_reps: int = 5  # the spec: the last against the first so many ...
    fatigue_from: int = 10  # ... and none under this
    missing_period: float = 1.6  # a period so many times the usual, with a hole in it, hides one
    settle_window_s: float = 0.25  # moving RMS of the rate
    settle_hold_s: float = 0.5  # settled is what stays settled for so long ...
    settle_within_s: float = (
        3.0  # ... and is looked for in this time, since the answer depends on it
    )
    settle_factor: float = 3.0  # times the level of the quiet second that follows
    settle_floor_dps: float = 5.0  # a planted foot sways that much
    min_rate_hz: float = 25.0  # a contact must show at least five samples


@dataclass(frozen=True, slots=True, eq=False)
class FlightSet:
    """Accepted flights, everything else with its reason, and what was measured of both."""

    motion: Motion
    tracked: Tracked
    accepted: tuple[Flight, ...]
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


def refuse(motion: Motion, setting: Setting, what: str, params: SetParams) -> None:
    """Raise where flights can't be seen.

    Raises
    ------
    NotAnalysableError
        ``wrong_placement`` or ``low_rate``.
    """
    if setting.placement is not Placement.SHOE:
        raise NotAnalysableError(
            "wrong_placement",
            f"{what} are seen from the shoe of the foot that lands, not from the "
            f"{setting.placement}; clip the sensor on the shoe",
        )
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
) -> FlightSet:
    """Find and judge all flights; `no_flight` names a heel that rises without leaving the floor."""

    def judge(flight: Flight) -> str | None:
        code = verdict(flight, motion, flight_params, params.flight_s)
        far = float(np.hypot(*flight.travel_m[:2])) > most_travel_m
        return "other" if code is None and far else code

    tracked = find_flights(motion, flight_params, judge)
    accepted, rejected = [], []
    for flight in tracked.flights:
        code = judge(flight)
        if code is None:
            accepted.append(flight)
        else:
            rejected.append(_rejected(motion, flight.takeoff, flight.landing, code))
    unseen = motion.doubtful | ~motion.present
    for start, end in heel_rises(tracked, flight_params):
        in_hole = unseen[max(0, start - 1) : end + 1].any()
        rejected.append(_rejected(motion, start, end, "gap" if in_hole else no_flight))
    rejected += _cut_off(motion, tracked, flight_params)
    contacts = tuple(
        _contact_s(motion, one, following, params.pause_s)
        for one, following in zip(accepted, [*accepted[1:], None], strict=False)
    )
    lost = any(event.rejected == "gap" for event in rejected)
    missing = lost or _hole_in_rhythm(motion, accepted, params)
    return FlightSet(
        motion,
        tracked,
        tuple(accepted),
        tuple(rejected),
        contacts,
        ("one_probably_missing",) if missing else (),
    )


def _rejected(motion: Motion, start: float, end: float, code: str) -> Event:
    return Event(motion.at_s(start), motion.at_s(max(start, end)), code)


def _contact_s(
    motion: Motion, flight: Flight, following: Flight | None, pause_s: float
) -> float | None:
    """Return the time on the floor until the next take-off, or None where there is no such time."""
    if following is None:
        return None
    seconds = (following.takeoff - flight.landing) / motion.rate_hz
    between = slice(int(flight.landing), int(following.takeoff) + 1)
    unseen = motion.doubtful[between] | ~motion.present[between]
    return seconds if seconds <= pause_s and not unseen.any() else None


def _hole_in_rhythm(motion: Motion, accepted: Sequence[Flight], params: SetParams) -> bool:
    """Whether between two flights there is a hole, and time for one more."""
    takeoffs = np.array([flight.takeoff for flight in accepted])
    if len(takeoffs) < 3:
        return False
    periods = np.diff(takeoffs)
    long = np.flatnonzero(periods > params.missing_period * np.median(periods))
    unseen = motion.doubtful | ~motion.present
    return any(unseen[int(takeoffs[k]) : int(takeoffs[k + 1])].any() for k in long)


def _cut_off(motion: Motion, tracked: Tracked, params: FlightParams) -> list[Event]:
    """Return push-offs that end with the recording (or a hole) before a rest follows."""
    ball = tracked.ball
    out = []
    for _, end in motion.segments:
        first = max(0, int(end - params.reach_s * motion.rate_hz))
        settled = [flight.end for flight in tracked.flights if first <= flight.end <= end]
        first = max([first, *settled])
        pushing = (ball.heel_up_dps[first:end] > params.push_dps) & (
            ball.heel_up_deg[first:end] > params.heel_up_deg
        )
        leaving = runs(pushing)
        if len(leaving) and _still_moves(motion, int(end), params):
            out.append(_rejected(motion, first + leaving[-1, 0], float(end), "cut_off"))
    return out


def _still_moves(motion: Motion, end: int, params: FlightParams) -> bool:
    last = motion.gyr_dps[max(0, end - 3) : end]
    return bool(np.linalg.norm(last, axis=1).mean() > params.still_dps)


def events(found: FlightSet, values: Sequence[dict[str, object]]) -> tuple[Event, ...]:
    """Return all events in order of time; `values` are the extra values of the accepted ones."""
    motion = found.motion
    rows = []
    for flight, contact_s, extra in zip(found.accepted, found.contact_s, values, strict=True):
        start_s, end_s = motion.at_s(flight.takeoff), motion.at_s(flight.landing)
        impact_g, clipped = impact(motion, flight)
        row: dict[str, object] = {
            "takeoff_s": start_s,
            "landing_s": end_s,
            "flight_s": flight.flight_s,
            "contact_s": contact_s,
            "height_m": height_m(flight.flight_s),
            "impact_g": impact_g,
            "impact_clipped": clipped,
        }
        rows.append(Event(start_s, end_s, None, {**row, **extra}))
    return tuple(sorted([*rows, *found.rejected], key=lambda event: (event.start_s, event.end_s)))


def height_m(flight_s: float) -> float:
    """Return the height of a free fall that takes half of `flight_s`: g t^2 / 8.

    This is the rise of the centre of mass only if the body lands as it took off; legs bent at
    landing add some centimetres to it.
    """
    return GRAVITY_MPS2 * flight_s**2 / 8.0


def impact(motion: Motion, flight: Flight, within_s: float = 0.060) -> tuple[float, bool]:
    """Return the largest force in g within 60 ms after contact, and whether the range cut it off."""
    first = int(np.ceil(flight.landing))
    piece = slice(first, first + round(within_s * motion.rate_hz) + 1)
    force = np.linalg.norm(motion.acc_mps2[piece], axis=1)
    peak = float(force.max()) / GRAVITY_MPS2 if len(force) else 0.0
    return peak, bool(motion.clipped[piece].any())


def common_metrics(found: FlightSet, rows: Sequence[Event], params: SetParams) -> dict[str, Metric]:
    """Return the metrics that hops and jumps share."""
    accepted = [event for event in rows if event.rejected is None]
    contacts = [c for c in found.contact_s if c is not None]
    takeoffs = [flight.takeoff / found.motion.rate_hz for flight in found.accepted]
    periods = [
        b - a
        for a, b, contact in zip(takeoffs[:-1], takeoffs[1:], found.contact_s[:-1], strict=True)
        if contact is not None
    ]
    rsi = [
        height_m(flight.flight_s) / contact
        for flight, contact in zip(found.accepted, found.contact_s, strict=True)
        if contact
    ]
    settle_s = settling_s(found, params)
    span = found.spans[0] if found.spans else None
    tired = fatigue_pct(found.flight_s, params)
    return {
        "flight_s": median(found.flight_s, "s"),
        "contact_s": median(contacts, "s"),
        "cadence_per_min": median([60.0 / period for period in periods], "1/min"),
        "height_m": median([height_m(t) for t in found.flight_s], "m"),
        "rsi_mps": median(rsi, "m/s"),
        "impact_g": median([float(str(e.values["impact_g"])) for e in accepted], "g"),
        "settle_s": Metric(settle_s, "s", int(settle_s is not None)),
        "set_s": Metric(span.duration_s if span else None, "s", len(found.accepted)),
        "fatigue_pct": Metric(tired, "%", len(found.accepted) if tired is not None else 0),
    }


def median(values: Sequence[float] | FloatArray, unit: str) -> Metric:
    """Return the median as a metric; of nothing it is None."""
    return Metric(float(np.median(values)) if len(values) else None, unit, len(values))


def fatigue_pct(flight_s: FloatArray, params: SetParams) -> float | None:
    """Return by how much the last flights are longer (negative: shorter) than the first, in %."""
    if len(flight_s) < params.fatigue_from:
        return None
    k = params.fatigue_reps
    return 100.0 * (float(np.median(flight_s[-k:])) / float(np.median(flight_s[:k])) - 1.0)


def settling_s(found: FlightSet, params: SetParams) -> float | None:
    """Return the time from the final landing until the foot stays quiet, or None.

    Quiet is a moving RMS of the rate below `settle_factor` times that of the quietest second within
    the window, or the sway of a planted foot if that is more; it must last. This is about foot and
    shoe, not about the centre of mass.
    """
    if not found.accepted:
        return None
    motion = found.motion
    first = int(np.ceil(found.accepted[-1].landing))
    last = first + round(params.settle_within_s * motion.rate_hz)
    piece = slice(first, min(last, len(motion)))
    hold = round(params.settle_hold_s * motion.rate_hz)
    if not motion.present[piece].all() or piece.stop - piece.start < 2 * hold:
        return None
    rate2 = np.einsum("ij,ij->i", motion.gyr_dps[piece], motion.gyr_dps[piece])
    level = np.sqrt(moving_mean(rate2, params.settle_window_s, motion.rate_hz))
    quietest = float(np.sqrt(moving_mean(rate2, 1.0, motion.rate_hz).min()))
    limit = max(params.settle_floor_dps, params.settle_factor * quietest)
    quiet = runs(level < limit)
    lasting = quiet[quiet[:, 1] - quiet[:, 0] >= hold]
    return float(lasting[0, 0]) / motion.rate_hz if len(lasting) else None
