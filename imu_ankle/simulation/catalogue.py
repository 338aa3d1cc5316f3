"""What can be simulated, by name. To add a movement: write it, and list it here."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from imu_ankle.core.options import Eyes, Placement, Surface
from imu_ankle.simulation.cyclic import bend_both_knees, heel_raises, mini_squats, toe_points
from imu_ankle.simulation.gait import climb, heel_walks, shuffle, walk
from imu_ankle.simulation.jumping import jump_squats, lateral_hops
from imu_ankle.simulation.mishaps import drop, handle, tap
from imu_ankle.simulation.sets import finish, simulate_set
from imu_ankle.simulation.taps import star_taps
from imu_ankle.simulation.timeline import Timeline
from imu_ankle.simulation.trials import BalancePlan, balance_trial

if TYPE_CHECKING:
    from collections.abc import Callable

    from imu_ankle.simulation.plan import Event, SetPlan, SimulatedTrial
    from imu_ankle.simulation.sensor import SensorModel


@dataclass(frozen=True, slots=True, kw_only=True)
class Simulation:
    """A movement that can be simulated.

    Attributes
    ----------
    exercise : its slug; None for what is no exercise.
    variations : the first is what is done unless told otherwise.
    placements : by variation, where it isn't the default.
    per_rep : how much of the plan's dose one of its repetitions is.
    timed : it is as long as asked for in seconds, and has no repetitions.
    rises_before : heel raises that a wearer does first, so that the heading is known.
    """

    name: str
    make: Callable[[SetPlan, SensorModel, str, int], SimulatedTrial]
    exercise: bool = True
    reps: int = 20
    placement: Placement = Placement.SHOE
    variations: tuple[str, ...] = ()
    placements: tuple[tuple[str, Placement], ...] = ()
    per_rep: int = 1
    timed: bool = False
    rises_before: int = 0

    def placement_of(self, variation: str | None) -> Placement:
        """Return where the sensor is worn in a variation."""
        return dict(self.placements).get(variation or "", self.placement)


def _set(
    perform: Callable[[Timeline, SetPlan, bool], list[Event]], *, seated: bool = False
) -> Callable[[SetPlan, SensorModel, str, int], SimulatedTrial]:
    def make(plan: SetPlan, model: SensorModel, side: str, seed: int) -> SimulatedTrial:
        return simulate_set(perform, plan, model, side=side, seed=seed, seated=seated)

    return make


# how much more a stance foot sways than on the floor with eyes open; of the simulator, not of people
_UNSTEADY = {"eyes-closed": 2.0, "towel": 1.5, "bosu-flat": 2.0, "bosu-round": 2.2}


def conditions_of(variation: str | None) -> tuple[Eyes, Surface]:
    """Return eyes and surface that the variation of an exercise stands for."""
    surfaces = {str(surface): surface for surface in Surface}
    eyes = Eyes.CLOSED if variation == "eyes-closed" else Eyes.OPEN
    return eyes, surfaces.get(variation or "", Surface.FLOOR)


def _balance(plan: SetPlan, model: SensorModel, side: str, seed: int) -> SimulatedTrial:
    """Make a balance trial, in which `partials` are losses of balance."""
    count = plan.partials
    balance = BalancePlan(
        sway_dps=plan.wearer.sway_dps * _UNSTEADY.get(plan.variation or "", 1.0),
        losses_at_s=tuple(20.0 * (k + 1) / (count + 1) for k in range(count)),
        strides_before=plan.strides_before,
        strides_after=plan.strides_after,
    )
    return balance_trial(balance, model, side=side, seed=seed)


def _nothing(
    move: Callable[[Timeline], None],
) -> Callable[[SetPlan, SensorModel, str, int], SimulatedTrial]:
    """Make a recording in which nothing counts: standing, `move`, standing."""

    def make(plan: SetPlan, model: SensorModel, side: str, seed: int) -> SimulatedTrial:
        line = Timeline(np.random.default_rng(seed))
        line.stand(plan.stand_s, 0.3)
        move(line)
        line.stand(plan.stand_s, 0.3)
        return finish(line, model, [], side=side, seed=seed)

    return make


def _walk_about(line: Timeline) -> None:
    walk(line, 12, float(line.rng.uniform(1.1, 1.5)), float(line.rng.uniform(0.95, 1.2)))


_SETS = (
    Simulation(name="heel-raises", make=_set(heel_raises), variations=("floor", "step", "quick")),
    Simulation(
        name="heel-walks", make=_set(heel_walks), variations=("forward", "sideways", "backward"),
        per_rep=2,
    ),
    Simulation(
        name="star-taps", make=_set(star_taps), reps=5, placement=Placement.FREE_FOOT,
        variations=("return-home", "no-return"), per_rep=8, rises_before=2,
    ),
    Simulation(
        name="single-leg-balance", make=_balance, reps=1, timed=True, variations=("floor", *_UNSTEADY)
    ),
    Simulation(
        name="mini-squats", make=_set(mini_squats), reps=10, placement=Placement.SHANK,
        variations=("shank", "waist", "free-foot"),
        placements=(("waist", Placement.WAIST), ("free-foot", Placement.FREE_FOOT)),
    ),
    Simulation(
        name="jump-squats", make=_set(jump_squats),
        variations=("pointed", "forefoot", "flat-landing", "stiff-sole"),
    ),
    Simulation(name="toe-points", make=_set(toe_points, seated=True), reps=30),
    Simulation(
        name="lateral-hops", make=_set(lateral_hops),
        variations=("forefoot", "pointed", "flat-landing", "stiff-sole"),
    ),
)  # fmt: skip

_NEGATIVES: tuple[tuple[str, Callable[[Timeline], None]], ...] = (
    ("two-legs", lambda line: line.stand(15.0, 0.3)),
    ("two-leg-squats", lambda line: bend_both_knees(line, 8, (0.0, 4.0))),
    ("sit-to-stands", lambda line: bend_both_knees(line, 6, (5.0, 8.0))),
    ("demi-plies", lambda line: bend_both_knees(line, 6, (0.0, 3.0))),
    ("walking", _walk_about),
    ("stepping", lambda line: walk(line, 12, 0.0)),
    ("stairs-up", lambda line: climb(line, 8, 0.17)),
    ("stairs-down", lambda line: climb(line, 8, -0.17)),
    ("shuffling", lambda line: shuffle(line, 14)),
    ("tapping", lambda line: tap(line, 10.0)),
    ("handling", lambda line: handle(line, 12.0)),
    ("dropped", drop),
)

SIMULATIONS = {
    simulation.name: simulation
    for simulation in (
        *_SETS,
        *(Simulation(name=name, make=_nothing(move), exercise=False) for name, move in _NEGATIVES),
    )
}


def simulate(
    name: str, plan: SetPlan, model: SensorModel, *, side: str = "right", seed: int = 1
) -> SimulatedTrial:
    """Simulate a movement of the catalogue."""
    simulation = SIMULATIONS[name]
    if plan.variation is None and simulation.variations:
        plan = replace(plan, variation=simulation.variations[0])
    return simulation.make(plan, model, side, seed)
