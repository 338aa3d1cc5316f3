"""Mini squats on one leg: down and up, seen from the shank that tips, or the waist that sinks.

The free foot, held out in front, sinks with the waist. The shoe of the stance foot sees next to nothing
of a squat, so there none is counted.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from imu_ankle.analysis.cyclic.params import CyclicParams, DescentParams
from imu_ankle.core.exercise import (
    KNEE_OUT,
    NEAR_WALL,
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
    from imu_ankle.analysis.evidence import RepetitionEvidence, TurnEvidence
    from imu_ankle.core.exercise import Measurement, TrialContext
    from imu_ankle.core.motion import Motion


@dataclass(frozen=True, slots=True, kw_only=True)
class HeldParams:
    """Parameters of a free foot that is held out in front."""

    # shoes on the floor turn by 0.05-0.5 deg/s; no leg in the air is so quiet for so long
    planted_dps: float = 1.5
    planted_s: float = 0.5
    lift_m: float = 0.08  # it is lifted further than this, ...
    lift_s: float = 3.0  # ... within so long
    moving: float = 0.1  # share of its fastest speed at which the lift is over
    shortest_s: float = 3.0  # a shorter time in the air has no two squats


@dataclass(frozen=True, slots=True, kw_only=True)
class SquatParams:
    """Parameters of mini squats."""

    # a shank on one leg sways by 2 deg, and bends less than an ankle
    cyclic: CyclicParams = field(
        default_factory=lambda: CyclicParams(
            floor_deg=6.0, listed_deg=3.0, most_deg=55.0, moment_arm_m=0.45, axis_share=0.7
        )
    )
    descents: DescentParams = field(default_factory=DescentParams)
    held: HeldParams = field(default_factory=HeldParams)
    # a leg held out in front swings more than a trunk
    in_front: DescentParams = field(
        default_factory=lambda: DescentParams(turning_dps=25.0, aside_m=0.20, fewest=3, raises=0)
    )


SPECS = (
    spec("tempo_s", "time of one squat, down and up", "s", 1, Better.NEITHER),
    spec("wobble_dps", "turning other than the squat's own, RMS", "deg/s", 1, Better.LOWER),
)


def _measure(motion: Motion, context: TrialContext, params: SquatParams) -> Measurement:
    from imu_ankle.analysis.exercises.mini_squats.measures import measure

    return measure(motion, context, params)


def _fits_shank(evidence: TurnEvidence) -> Match | None:
    """Take turns that carry the sensor ahead as a shank does."""
    if not evidence.of_shank:
        return None
    why = f"turns to one side, the clip {evidence.words}"
    return Match(why, "heel-raises" if evidence.of_either else None)


def _fits_waist(evidence: RepetitionEvidence) -> Match | None:
    """Take bouts of a waist that sinks."""
    if evidence.reps < evidence.params.fewest:
        return None
    return Match("the waist sinks and rises, with little tilt")


EXERCISE = Exercise(
    slug="mini-squats",
    title="Mini squats",
    guide=Guide(
        how_to="On one leg, the free leg straight out in front, bend the knee a little and come up.",
        cues=(KNEE_OUT, "Hips back, as if to sit.", "Heel down."),
        safety=(NEAR_WALL,),
        unseen=(
            "how deep, if the sensor is on the shank",
            "the knee, if it is at the waist or on the free foot",
        ),
    ),
    dose=10.0,
    dose_unit="reps",
    placement=Placement.SHANK,
    placements=(Placement.SHANK, Placement.WAIST, Placement.FREE_FOOT),
    both_legs=False,
    metrics=SPECS,
    headlines=("reps", "wobble_dps"),
    params=SquatParams(),
    measure=_measure,
    recognisers=(
        Recogniser(search=Search.TURNS, placement=Placement.SHANK, fits=_fits_shank),
        Recogniser(search=Search.DIPS, placement=Placement.WAIST, fits=_fits_waist),
    ),
)
