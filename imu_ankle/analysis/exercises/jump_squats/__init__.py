"""Jump squats: squat, jump, land, squat again; how many, how long in the air and on the floor.

A shoe doesn't see the squat: its depth and where the movement starts are not measured.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from imu_ankle.analysis.flight.params import FallParams, FlightParams, SetParams
from imu_ankle.analysis.flight.specs import COMMON
from imu_ankle.core.exercise import (
    Better,
    Exercise,
    Guide,
    Match,
    Recogniser,
    Search,
    spec,
)
from imu_ankle.core.options import Placement

if TYPE_CHECKING:
    from imu_ankle.analysis.evidence import FlightEvidence
    from imu_ankle.core.exercise import Measurement, TrialContext
    from imu_ankle.core.motion import Motion


@dataclass(frozen=True, slots=True, kw_only=True)
class JumpParams:
    """Parameters of jump squats."""

    flight: FlightParams = field(default_factory=FlightParams)
    fall: FallParams = field(default_factory=FallParams)  # at the ankle
    jumps: SetParams = field(default_factory=lambda: SetParams(flight_s=(0.15, 0.75)))
    most_travel_m: float = 0.30  # further it is a hop or a step


SPECS = (*COMMON, spec("longest_pause_s", "longest pause", "s", 1, Better.LOWER))


def _measure(motion: Motion, context: TrialContext, params: JumpParams) -> Measurement:
    from imu_ankle.analysis.exercises.jump_squats.measures import measure

    return measure(motion, context, params)


def _fits(evidence: FlightEvidence) -> Match | None:
    """Take flights that land where they began."""
    if evidence.sideways or evidence.reps < evidence.params.fewest:
        return None
    return Match(evidence.words, "lateral-hops" if evidence.doubtful else None)


EXERCISE = Exercise(
    slug="jump-squats",
    title="Jump squats",
    guide=Guide(
        how_to="Squat, jump, land softly, and squat again without a break.",
        cues=("Land on the forefoot, then the heel.", "Knees over the little toes.", "Hips back."),
        safety=("Warm up before; on a surface that doesn't slip.",),
        unseen=("how deep you squat", "the other foot"),
    ),
    dose=20.0,
    dose_unit="reps",
    placement=Placement.SHOE,
    placements=(Placement.SHOE, Placement.ANKLE),
    both_legs=True,
    lands=True,
    metrics=SPECS,
    headlines=("reps", "flight_s"),
    params=JumpParams(),
    measure=_measure,
    recognisers=(Recogniser(search=Search.FLIGHTS, placement=Placement.SHOE, fits=_fits),),
)
