"""What surrounds every counted set, and the truth that goes with it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from imu_ankle.simulation.cyclic import SEATED_DEG, heel_raise
from imu_ankle.simulation.gait import walk
from imu_ankle.simulation.plan import Event, SetPlan, SimulatedTrial
from imu_ankle.simulation.sensor import SensorModel, read
from imu_ankle.simulation.timeline import PITCH, Timeline

if TYPE_CHECKING:
    from collections.abc import Callable

    from imu_ankle.simulation.trajectory import FootPath


def simulate_set(
    perform: Callable[[Timeline, SetPlan, bool], list[Event]],
    plan: SetPlan,
    model: SensorModel,
    *,
    side: str,
    seed: int,
    seated: bool = False,
) -> SimulatedTrial:
    """Stand, walk up, perform the set, stand, walk off; or sit all the time.

    `perform` moves a right foot and returns its events, whose kind is "rep" where they count; told
    that it will be mirrored, it names sides as the left foot's wearer would.
    """
    line = Timeline(np.random.default_rng(seed))
    if seated:
        line.here[PITCH] = np.radians(SEATED_DEG)
    else:
        line.stand(0.8, 0.3)
        walk(line, plan.strides_before)
        line.stand(1.2, 0.3)
        for _ in range(plan.raises_before):
            heel_raise(line, line.rng.uniform(25.0, 35.0))
            line.stand(0.6, 0.3)
    line.stand(plan.stand_s, 0.4)
    events = perform(line, plan, side == "left")
    line.stand(plan.stand_s, 0.4)
    if not seated:
        walk(line, plan.strides_after)
        line.stand(0.8, 0.3)
    return finish(line, model, events, side=side, seed=seed)


def finish(
    line: Timeline, model: SensorModel, events: list[Event], *, side: str, seed: int
) -> SimulatedTrial:
    """Read the sensor, and put the truth on its clock."""
    trajectory = line.trajectory()
    readings = read(trajectory, model, line.rng, mirrored=side == "left")
    ticks = 1.0 + model.rate_error
    truth = {
        "simulated": True,
        "seed": seed,
        "side": side,
        "reps": sum(event["kind"] == "rep" for event in events),
        "events": [
            {
                key: value * ticks if key.endswith("_s") else value
                for key, value in _with_reach(event, trajectory, model).items()
            }
            for event in events
        ],
        "spans": [
            {"name": s.name, "start_s": s.start_s * ticks, "end_s": s.end_s * ticks}
            for s in line.spans
        ],
    }
    return SimulatedTrial(readings, truth, trajectory)


def _with_reach(event: Event, trajectory: FootPath, model: SensorModel) -> Event:
    """Say of a tap how far the sensor went from home: with the heel up, not as far as the toes."""
    if "home_s" not in event:
        return event
    moments = np.array([event["home_s"], event["tap_s"]])
    home, there = trajectory.feel(moments, np.asarray(model.arm_m)).position_m[:, :2]
    rest = {key: value for key, value in event.items() if key != "home_s"}
    return {**rest, "reach_m": float(np.hypot(*(there - home)))}
