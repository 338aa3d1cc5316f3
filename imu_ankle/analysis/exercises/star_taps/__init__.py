"""Star taps: the free foot taps the floor in eight directions; how often, where, how far.

The sensor is on the foot that taps. What the stance leg does is not seen.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from imu_ankle.analysis.exercises.star_taps.params import StarParams
from imu_ankle.core.exercise import (
    KNEE_OUT,
    NEAR_WALL,
    TWO_RISES,
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


SPECS = (
    spec("taps_per_direction", "taps ahead, then round to the left", "", 0, Better.NEITHER),
    spec("reach_m", "how far the sensor goes from home", "m", 2, Better.HIGHER),
    spec("reach_m_per_direction", "reach ahead, then round to the left", "m", 2, Better.HIGHER),
)


def _measure(motion: Motion, context: TrialContext, params: StarParams) -> Measurement:
    from imu_ankle.analysis.exercises.star_taps.measures import measure

    return measure(motion, context, params)


def _fits(evidence: RepetitionEvidence) -> Match | None:  # noqa: ARG001
    """Take any bout of taps: the detector itself asks for a set of them."""
    return Match("short touches out there, and a way home")


EXERCISE = Exercise(
    slug="star-taps",
    title="Star taps",
    guide=Guide(
        how_to=(
            "Stand on one leg in a small squat; tap the floor with the free foot five times in each "
            "of the eight directions of a star."
        ),
        cues=(KNEE_OUT, "Hips back, chest up.", "Tap lightly, carry no weight out there."),
        safety=(NEAR_WALL,),
        unseen=("the stance leg: its squat, its knee, its wobble",),
        warm_up=TWO_RISES,
    ),
    dose=40.0,
    dose_unit="reps",
    placement=Placement.FREE_FOOT,
    placements=(Placement.FREE_FOOT,),
    both_legs=False,
    metrics=SPECS,
    headlines=("reps", "reach_m"),
    params=StarParams(),
    measure=_measure,
    recognisers=(
        Recogniser(search=Search.EVENTS, placement=Placement.FREE_FOOT, fits=_fits, weight=3.0),
    ),
)
