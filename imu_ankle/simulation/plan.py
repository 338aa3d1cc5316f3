"""What a simulated wearer is to do, and what comes out of it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypeAlias

from imu_ankle.simulation.wearer import Wearer

if TYPE_CHECKING:
    from imu_ankle.simulation.sensor import Readings
    from imu_ankle.simulation.trajectory import FootPath

Event: TypeAlias = dict[str, Any]


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
    trajectory: FootPath
