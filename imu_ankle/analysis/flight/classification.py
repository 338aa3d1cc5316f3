"""What a movement of the ball was: a flight, a bounce, a step, or hidden by a hole."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from imu_ankle.core.signal.runs import hysteresis

if TYPE_CHECKING:
    from imu_ankle.analysis.flight.flights import Flight, Tracked
    from imu_ankle.analysis.flight.params import FlightParams
    from imu_ankle.core.motion import Motion
    from imu_ankle.core.recording import IntArray


def verdict(
    flight: Flight, motion: Motion, params: FlightParams, flight_s: tuple[float, float]
) -> str | None:
    """Return None for a flight, or the code that says why it is none: the first sign that holds.

    No single sign tells a jump from a step. Who is in the air for so long has pushed off with the
    speed of that fall, rises, and comes down with it: heel speed at take-off, height and landing
    speed are compared with those of a fall from the middle of the flight. A step has less of each.
    And: the heel is up at take-off, the floor is level and stops the foot abruptly, and it isn't far
    ahead.
    """
    ahead, up = abs(flight.travel_m[0]), abs(flight.travel_m[2])
    level_m = params.level_m + params.left_over_s * flight.left_over_mps
    stopped = flight.stop_mps2 + flight.missed_mps * flight.rate_hz
    # run backward a landing would look like a push-off, but for how abruptly it ends; a slow sensor
    # sees little of that
    abrupt = stopped >= max(params.stop_mps2, params.stops * flight.rising_mps2)
    soft = not abrupt and flight.rate_hz > params.abrupt_hz
    lands = -params.tiptoe_deg <= flight.toes_up_deg <= params.toes_up_deg
    signs = (
        (not lands, "walking"),
        (flight.flight_s < flight_s[0], "bounce"),
        (hidden(flight, motion, params), "gap"),
        (flight.askew_deg > params.flat_deg, "carried"),
        (ahead > params.stride_m or (ahead > params.forward_m and soft), "walking"),
        (up > level_m or soft, "other"),
        (flight.flight_s > flight_s[1], "too_long"),
        (not flies(flight, params), "walking"),
        (ahead > params.forward_m, "ahead"),
    )
    return next((code for holds, code in signs if holds), None)


def flies(flight: Flight, params: FlightParams) -> bool:
    """Whether push-off, height and landing fit the time in the air.

    An impulse that was missed may belong to either, so it counts for both. Whoever pushes off hard
    and comes down sideways didn't walk, so less of the three will do, and nothing is asked of the
    height of a hop that may be as low as heights are uncertain.
    """
    if flight.push_dps < params.push_off_dps or flight.push < params.pushes:
        return False
    if flight.push_deg < params.heel_up_deg:  # lifted whole; people push off at 16-48 deg
        return False
    missing = params.missing * flight.missed_mps / flight.fall_mps
    fall, rise = flight.fall + missing, flight.rise + missing
    ahead, left, _ = flight.travel_m
    sideways = abs(left) > max(params.sideways_m, abs(ahead))
    sure = sideways and flight.push_dps >= params.sideways_dps
    least, most = params.rises
    if fall < params.falls or (rise < least and not sure) or flight.rise > most:
        return False
    mean = (fall + rise + flight.push) / 3.0
    return mean >= (params.mean_share_sideways if sure else params.mean_share)


def hidden(flight: Flight, motion: Motion, params: FlightParams) -> bool:
    """Whether a hole lies where take-off or contact should be seen."""
    edge = params.edge_s * motion.rate_hz
    near = [
        motion.doubtful[max(0, int(at - edge)) : int(at + edge) + 2]
        for at in (flight.takeoff, flight.landing)
    ]
    return bool(np.concatenate(near).any())


def heel_rises(tracked: Tracked, params: FlightParams) -> IntArray:
    """Return sample ranges (K, 2) in which the heel went up, but the foot didn't leave the floor."""
    rises = hysteresis(
        tracked.forefoot.heel_up_deg, on=params.heel_up_deg, off=params.heel_up_deg / 2.0
    )
    apart = np.ones(len(rises), dtype=bool)
    for flight in tracked.flights:
        apart &= (rises[:, 1] <= flight.start) | (rises[:, 0] >= flight.end)
    return rises[apart]
