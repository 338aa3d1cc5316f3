"""The plan: which doses, how often a week."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from imu_ankle.exercises import EXERCISES

if TYPE_CHECKING:
    from collections.abc import Sequence


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
class Plan:
    """Doses, each to be done so many times a week."""

    doses: tuple[PlannedDose, ...]
    times_per_week: int = 1


def make_plan(times_per_week: int = 1, exercises: Sequence[str] = ()) -> Plan:
    """Return the plan of these exercises; by default all that can be measured.

    The whole set once a week; several times for ankles that are weak already.
    """
    return Plan(
        doses=tuple(
            PlannedDose(
                exercise=exercise.slug,
                leg=leg,
                target=exercise.dose_target,
                unit=exercise.dose_unit,
                adds_up=exercise.counts,
            )
            for exercise in EXERCISES.values()
            if not exercises or exercise.slug in exercises
            for leg in exercise.legs
        ),
        times_per_week=times_per_week,
    )
