"""Sets of lateral hops and of jump squats."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from imu_ankle.simulation.cyclic import heel_raise, squat
from imu_ankle.simulation.flights import LANDING_S, SimulatedFlight, fly
from imu_ankle.simulation.trajectory import GRAVITY_MPS2

if TYPE_CHECKING:
    from imu_ankle.simulation.plan import Event, SetPlan
    from imu_ankle.simulation.timeline import Timeline

_SHORTEST_DWELL_S = 0.02
# heel up at first contact: people who jump on the spot land on pointed toes
_TOUCH_DEG = {
    "forefoot": (10.0, 25.0),
    "pointed": (19.0, 46.0),
    "stiff-sole": (10.0, 40.0),
    "flat-landing": (1.0, 4.0),
}
_TIRED_FROM = 12  # repetitions; from then on hops get narrower too


def lateral_hops(line: Timeline, plan: SetPlan, mirrored: bool) -> list[Event]:
    """Hop to and fro on one leg; each hop is as wide as the wearer makes it."""
    events: list[Event] = []
    wearer, rng = plan.wearer, line.rng
    outward = float(rng.choice([-1.0, 1.0]))
    forward = float(rng.normal(0.0, 0.06))  # the line of hops is never quite square to the foot
    for k in range(plan.reps):
        if plan.at(plan.partials, k):
            start_s = line.now_s
            heel_raise(line, rng.uniform(14.0, 25.0), seconds=0.25, hold_s=0.05)
            line.stand(0.4, wearer.sway_dps, "contact")
            events.append({"kind": "partial", "start_s": start_s, "end_s": line.now_s})
        tired = wearer.tiring * k
        width = wearer.draw(line, wearer.width_m, tired=0.01 * max(0, k - _TIRED_FROM))
        across = outward * width
        # off the line by a centimetre, but back with the next hop
        drift = forward * across + float(rng.normal(0.0, 0.008))
        flight_s = wearer.draw(line, wearer.hop_s, tired=tired)
        contact_s = wearer.draw(line, wearer.contact_s)
        flight = _flight(line, plan, flight_s, contact_s, (drift, across))
        takeoff_s, landing_s = fly(line, flight, "hop")
        events.append(
            {
                "kind": "rep",
                "takeoff_s": takeoff_s,
                "landing_s": landing_s,
                "lateral_m": float(np.hypot(drift, across)),
                "toward": "left" if (across > 0.0) != mirrored else "right",
            }
        )
        outward = -outward
        _between(line, plan, k, contact_s - LANDING_S - flight.push_s - flight.lead_s, events)
    return events


def jump_squats(line: Timeline, plan: SetPlan, mirrored: bool) -> list[Event]:  # noqa: ARG001
    """Squat, jump, land, squat again: the squat itself hardly moves the foot."""
    events: list[Event] = []
    wearer, rng = plan.wearer, line.rng
    for k in range(plan.reps):
        if plan.at(plan.partials, k):
            start_s = line.now_s
            squat(line, rng.uniform(1.2, 1.8))
            heel_raise(line, rng.uniform(14.0, 25.0), seconds=0.3, hold_s=0.1)
            events.append({"kind": "no_jump", "start_s": start_s, "end_s": line.now_s})
        squat(line, rng.uniform(0.7, 1.4))
        flight_s = wearer.draw(line, wearer.jump_s, tired=wearer.tiring * k)
        step = (float(rng.normal(0.0, 0.015)), float(rng.normal(0.0, 0.012)))
        flight = _flight(line, plan, flight_s, 0.5, step)
        takeoff_s, landing_s = fly(line, flight, "jump")
        events.append({"kind": "rep", "takeoff_s": takeoff_s, "landing_s": landing_s})
        _between(line, plan, k, rng.uniform(0.1, 0.3), events)
    return events


def _flight(
    line: Timeline, plan: SetPlan, flight_s: float, contact_s: float, travel: tuple[float, float]
) -> SimulatedFlight:
    """Draw the rest of a flight: what follows from its time, and habits."""
    wearer, rng = plan.wearer, line.rng
    ballistic_mps = GRAVITY_MPS2 * flight_s / 2.0
    height_m = GRAVITY_MPS2 * flight_s**2 / 8.0
    landing_mps = ballistic_mps * min(1.1, wearer.draw(line, wearer.hardness))
    # who lands softly has still left the floor as fast as the flight takes
    leaving_mps = (0.45 * ballistic_mps + 0.5 * landing_mps) * rng.uniform(0.88, 1.0)
    stiff = plan.variation == "stiff-sole"
    lead_s = rng.uniform(0.012, 0.040)
    return SimulatedFlight(
        flight_s=flight_s,
        travel_m=travel,
        clearance_m=height_m * rng.uniform(0.75, 1.0),
        landing_mps=landing_mps,
        push_s=min(rng.uniform(0.11, 0.18), contact_s - LANDING_S - _SHORTEST_DWELL_S - lead_s),
        push_deg=wearer.draw(line, wearer.push_deg),
        lead_s=lead_s,
        leaving_mps=0.0 if stiff else leaving_mps,
        touch_deg=rng.uniform(*_TOUCH_DEG[plan.variation or "forefoot"]),
        stop_s=rng.uniform(0.015, 0.030),
        heel_down_s=rng.uniform(0.055, 0.10),
        roll_deg=8.0 * np.sign(travel[1]) * rng.uniform(0.4, 1.0) * min(1.0, abs(travel[1]) / 0.2),
        turn_deg=float(rng.normal(0.0, 2.0)),
        ring_g=rng.uniform(2.0, 9.0),
        ring_hz=rng.uniform(30.0, 80.0),
        ring_s=rng.uniform(0.02, 0.035),
    )


def _between(line: Timeline, plan: SetPlan, k: int, dwell_s: float, events: list[Event]) -> None:
    """Stand between two flights: as long as told, longer in a pause, after a second bounce."""
    if plan.at(plan.doubles, k):
        bounce_s = line.rng.uniform(0.06, 0.09)
        small = SimulatedFlight(
            flight_s=bounce_s,
            clearance_m=GRAVITY_MPS2 * bounce_s**2 / 8.0,
            landing_mps=0.7 * GRAVITY_MPS2 * bounce_s / 2.0,
            push_s=0.05,
            push_deg=4.0,
            touch_deg=2.0,
            ring_g=1.0,
        )
        takeoff_s, landing_s = fly(line, small, "bounce")
        events.append({"kind": "bounce", "takeoff_s": takeoff_s, "landing_s": landing_s})
    if plan.at(plan.pauses, k) and k < plan.reps - 1:
        line.stand(plan.pause_s, plan.wearer.sway_dps, "pause")
    else:
        line.stand(max(dwell_s, _SHORTEST_DWELL_S), plan.wearer.sway_dps, "contact")
