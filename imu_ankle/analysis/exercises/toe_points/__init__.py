"""Toe points, seated: point, hold, flex, hold; how far, how long at each end.

Seated there is no flat pose; the angle is that about the movement's own axis. If the shank moves
too, its share of the angle can't be told from the ankle's.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from imu_ankle.analysis.cyclic.params import CyclicParams
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
    from imu_ankle.analysis.evidence import TurnEvidence
    from imu_ankle.core.exercise import Measurement, TrialContext
    from imu_ankle.core.motion import Motion


@dataclass(frozen=True, slots=True, kw_only=True)
class PointParams:
    """Parameters of toe points."""

    # a turn from the relaxed pose, which lies in the middle, ends at the other end
    cyclic: CyclicParams = field(
        default_factory=lambda: CyclicParams(most_deg=110.0, uneven=1.3, near=0.15)
    )
    ahead_m: float = 0.08  # a clip on the laces is nearer to the ankle; behind the heel it is 0.14


SPECS = (
    spec("rom_deg", "range of motion", "deg", 1, Better.HIGHER),
    spec("hold_point_s", "time held pointing", "s", 1, Better.NEITHER),
    spec("hold_flex_s", "time held flexed", "s", 1, Better.NEITHER),
    spec("holds_on_target", "holds of 2 to 3 s", "", 0, Better.HIGHER),
)


def _measure(motion: Motion, context: TrialContext, params: PointParams) -> Measurement:
    from imu_ankle.analysis.exercises.toe_points.measures import measure

    return measure(motion, context, params)


def _fits(evidence: TurnEvidence) -> Match | None:
    """Take turns to both sides of the pose before, or that lower the clip."""
    if evidence.of_shank or evidence.of_raises:
        return None
    if evidence.between:
        rival = "heel-raises" if evidence.over_ball else None  # ... on a step
        return Match(f"turns to both sides of the rest, the clip {evidence.words}", rival)
    if evidence.believed:
        return Match(f"turns that lower the clip, {evidence.words}")
    return None


EXERCISE = Exercise(
    slug="toe-points",
    title="Toe points",
    guide=Guide(
        how_to=(
            "Sit with your legs straight: point the toes, hold for two to three seconds, flex, hold."
        ),
        cues=("Move as far as the ankle goes both ways.", "Keep the leg still."),
        unseen=(
            "the ankle alone, if the shank moves too",
            "less than the ankle moves in a stiff shoe",
        ),
    ),
    dose=30.0,
    dose_unit="reps",
    rest_s=30.0,
    placement=Placement.SHOE,
    placements=(Placement.SHOE,),
    both_legs=True,
    metrics=SPECS,
    headlines=("reps", "rom_deg"),
    params=PointParams(),
    measure=_measure,
    recognisers=(Recogniser(search=Search.TURNS, placement=Placement.SHOE, fits=_fits),),
)
