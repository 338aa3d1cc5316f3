"""What surrounds every counted set, and the truth that goes with it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from imu_ankle.simulation.gait import walk
from imu_ankle.simulation.sensor import Readings, SensorModel, read
from imu_ankle.simulation.slow import SEATED_DEG, heel_raise
from imu_ankle.simulation.timeline import PITCH, Timeline
from imu_ankle.simulation.wearer import Wearer

if TYPE_CHECKING:
    from collections.abc import Callable

    from imu_ankle.simulation.trajectory import Trajectory


@dataclass(frozen=True, slots=True, kw_only=True)
class SetPlan:
    """A counted set and what happens around it.

    Attributes
    ----------
    reps : good repetitions.
    partials : attempts that don't count (a squat without a jump, half a heel raise), spread evenly.
    doubles : repetitions with a second bounce.
    pauses : pauses of `pause_s` in the middle of the set, spread evenly.
    variation : a way to do the exercise; what there is depends on it.
    """

    reps: int = 20
    wearer: Wearer = field(default_factory=Wearer)
    stand_s: float = 2.5
    raises_before: int = 0
    strides_before: int = 0
    strides_after: int = 0
    partials: int = 0
    doubles: int = 0
    pauses: int = 0
    pause_s: float = 4.0
    variation: str | None = None

    def at(self, count: int, k: int) -> bool:
        """Whether one of `count` things spread over the set comes with repetition `k`."""
        done, then = ((2 * each * count + self.reps) // (2 * self.reps) for each in (k, k + 1))
        return done != then


@dataclass(frozen=True, slots=True, eq=False)
class SimulatedTrial:
    """Readings, and the truth as a JSON object."""

    readings: Readings
    truth: dict[str, Any]
    trajectory: Trajectory


Event = dict[str, Any]


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


def _with_reach(event: Event, trajectory: Trajectory, model: SensorModel) -> Event:
    """Say of a tap how far the sensor went from home: with the heel up, not as far as the toes."""
    if "home_s" not in event:
        return event
    moments = np.array([event["home_s"], event["tap_s"]])
    home, there = trajectory.feel(moments, np.asarray(model.arm_m)).position_m[:, :2]
    rest = {key: value for key, value in event.items() if key != "home_s"}
    return {**rest, "reach_m": float(np.hypot(*(there - home)))}
