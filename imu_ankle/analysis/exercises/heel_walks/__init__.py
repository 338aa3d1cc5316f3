"""Heel walks: strides on the heel, the toes lifted; forward, sideways or backward.

One shoe sees its own strides only; steps are twice as many. Ordinary walking lands on the heel too,
but puts the foot down and pushes off from the toes.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from imu_ankle.analysis.flight.params import FlightParams
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
    from imu_ankle.analysis.evidence import RepetitionEvidence
    from imu_ankle.core.exercise import Measurement, TrialContext
    from imu_ankle.core.motion import Motion


@dataclass(frozen=True, slots=True, kw_only=True)
class HeelWalkParams:
    """Parameters of heel walks."""

    # steps land softly enough to be seen: no impulse is missed between samples
    flight: FlightParams = field(default_factory=lambda: FlightParams(slow_hz=30.0, missed_mps=1.0))
    least_mps: float = 0.4  # a swing is faster; a shift of the planted foot isn't
    toes_up_deg: float = 5.0  # in mid-stance, from flat standing; real ordinary stances reach 6 ...
    most_deg: float = 40.0  # no ankle lifts the toes further
    stood_s: float = 0.25  # a foot on the floor; turning pedals never rests so long
    lands_mps2: float = 4.0  # a heel meets the floor with a jolt of 8 and more; a hand stops softly
    rocks_dps: float = 80.0  # a foot that rolls over its heel turns slower, one in a hand doesn't
    push_off_dps: float = 150.0  # ... but push off faster than this, heel walkers don't
    sure_push_dps: float = 200.0  # a heel that goes up so fast, and ...
    sure_push_deg: float = 25.0  # ... so far tells where the toes are
    bout: int = 3  # the spec: so many strides with the toes up ...
    gap_s: float = 3.0  # ... less than this apart make a bout
    drops: int = 2  # strides in a row with the toes down belong to it; more are a walk
    middle: tuple[float, float] = (0.3, 0.7)  # of the stance, in which the angle is taken
    missing: float = 1.6  # times the usual period, with a hole in it, hides a stride
    stance_s: float = 0.7  # taken for a stance that no stride ends
    pause_s: float = 2.0  # the spec's limit of a contact in hops; a longer one is a pause
    stand_s: float = 0.6  # of quiet gives the flat pose
    stand_dps: float = 8.0
    tilting_deg: float = 6.0  # tilts beyond have a direction
    step_m: float = 0.08  # toes that drop and rise again on the spot carry the foot less far


SPECS = (
    spec("strides", "strides of this shoe; steps are twice as many", "", 0, Better.HIGHER),
    spec("cadence_per_min", "steps a minute", "1/min", 0, Better.NEITHER),
    spec("toe_up_deg", "toes up in mid-stance", "deg", 1, Better.HIGHER),
    spec("toe_drops", "strides with the toes down", "", 0, Better.LOWER),
    spec("steps_per_direction", "steps forward, sideways, backward", "", 0, Better.NEITHER),
)


def _measure(motion: Motion, context: TrialContext, params: HeelWalkParams) -> Measurement:
    from imu_ankle.analysis.exercises.heel_walks.measures import measure

    return measure(motion, context, params)


def _fits(evidence: RepetitionEvidence) -> Match | None:
    """Take bouts of strides on the heel."""
    if evidence.reps < evidence.params.fewest:
        return None
    return Match("strides with the toes up and no push-off")


EXERCISE = Exercise(
    slug="heel-walks",
    title="Heel walks",
    guide=Guide(
        how_to="Walk on your heels, toes lifted: forward, sideways, backward.",
        cues=("Keep the toes up all the way.", "Small steps, upright body."),
        safety=("On a dry floor, with shoes that grip.",),
        unseen=("the other foot's steps; they are taken to be as many",),
    ),
    dose=40.0,
    dose_unit="steps",
    placement=Placement.SHOE,
    placements=(Placement.SHOE,),
    both_legs=True,
    metrics=SPECS,
    headlines=("reps", "toe_up_deg"),
    params=HeelWalkParams(),
    measure=_measure,
    recognisers=(Recogniser(search=Search.EVENTS, placement=Placement.SHOE, fits=_fits),),
)
