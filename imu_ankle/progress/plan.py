"""The plan: which exercises, how much of each, how often, and in which order of clippings."""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import pairwise
from typing import TYPE_CHECKING

from imu_ankle.analysis.exercises import EXERCISES
from imu_ankle.core.options import Eyes, Placement, Side, Surface

if TYPE_CHECKING:
    from collections.abc import Sequence

WEAK_ANKLES_TIMES = 3  # a week, for ankles that are weak already


@dataclass(frozen=True, slots=True, kw_only=True)
class PlannedDose:
    """One exercise for one leg, or both at once."""

    exercise: str
    leg: str
    target: float
    unit: str
    adds_up: bool  # repetitions of a session do, seconds of balance don't

    @property
    def enough(self) -> float:
        """What meets the dose: of seconds 95 %, since both ends of a stance are found to 0.5 s."""
        return self.target if self.adds_up else 0.95 * self.target


@dataclass(frozen=True, slots=True, kw_only=True)
class PlannedExercise:
    """What the plan asks of one exercise, per leg where it is done on one leg.

    Attributes
    ----------
    dose : repetitions, steps or seconds, in the unit of the exercise.
    trials : how often it is offered in a session; one meets the dose.
    rest_s : between trials.
    """

    exercise: str
    dose: float
    trials: int = 1
    rest_s: float = 60.0
    eyes: Eyes = Eyes.OPEN
    surface: Surface = Surface.FLOOR
    placement: Placement | None = None  # None: the exercise's own

    @property
    def worn(self) -> Placement:
        """Where the sensor is worn."""
        return self.placement or EXERCISES[self.exercise].placement


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """Exercises, each to be done so many times a week."""

    exercises: tuple[PlannedExercise, ...]
    times_per_week: int = 1

    @property
    def doses(self) -> tuple[PlannedDose, ...]:
        """One for each leg of each exercise."""
        return tuple(
            PlannedDose(
                exercise=planned.exercise,
                leg=leg,
                target=planned.dose,
                unit=EXERCISES[planned.exercise].dose_unit,
                adds_up=EXERCISES[planned.exercise].counts,
            )
            for planned in self.exercises
            for leg in EXERCISES[planned.exercise].legs
        )

    def of(self, exercises: Sequence[str], times_per_week: int | None = None) -> Plan:
        """Return the plan of these exercises only (all where empty), as often as told."""
        kept = tuple(p for p in self.exercises if not exercises or p.exercise in exercises)
        return replace(self, exercises=kept, times_per_week=times_per_week or self.times_per_week)


DEFAULT_PLAN = Plan(
    exercises=tuple(
        PlannedExercise(
            exercise=exercise.slug,
            dose=exercise.dose,
            trials=exercise.trials,
            rest_s=exercise.rest_s,
        )
        for exercise in EXERCISES.values()
    )
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One set of a session: what, with which leg, and where the sensor is for it."""

    planned: PlannedExercise
    leg: str
    side: Side
    trial: int = 1

    @property
    def key(self) -> str:
        """What names this set within a session."""
        return f"{self.planned.exercise}/{self.leg}/{self.trial}"

    @property
    def place(self) -> tuple[str, Side]:
        """Where the sensor sits: shoe, shank or waist, and on which side; the free foot has a shoe."""
        worn = self.planned.worn
        return ("shoe" if worn is Placement.FREE_FOOT else str(worn)), self.side


_ELSEWHERE = {
    "ankle": 1,
    "shank": 2,
    "waist": 3,
}  # between the shoe at which it begins and the other


def steps_of(plan: Plan, sensors: Sequence[Side] = (Side.LEFT,)) -> list[Step]:
    """Return the sets of a session, grouped so that the sensor is moved as rarely as can be.

    All that need it on the left shoe come first (and what either shoe may see), then the shanks and
    the waist, then the right shoe. With a sensor on each shoe nothing moves between the shoes, and
    the sets come in the plan's own order.
    """
    first = sensors[0]
    steps = []
    for planned in plan.exercises:
        exercise = EXERCISES[planned.exercise]
        for leg in exercise.legs:
            side = first if leg == "both" else Side(leg)
            if leg != "both" and planned.worn is Placement.FREE_FOOT:
                side = side.other
            steps += [
                Step(planned=planned, leg=leg, side=side, trial=trial)
                for trial in range(1, planned.trials + 1)
            ]
    both = len(set(sensors)) > 1

    def place(step: Step) -> tuple[int, int]:
        body, side = step.place
        near = side is first
        if body == "shoe":
            return (0, 0) if both or near else (3, 0)
        return (_ELSEWHERE[body], 0 if near else 1)

    return sorted(steps, key=place)


def moves(steps: Sequence[Step], sensors: Sequence[Side] = (Side.LEFT,)) -> int:
    """Return how often a sensor is clipped on elsewhere in the course of a session."""
    both = len(set(sensors)) > 1
    places = [("shoe", None) if both and s.place[0] == "shoe" else s.place for s in steps]
    return sum(one != other for one, other in pairwise(places))
