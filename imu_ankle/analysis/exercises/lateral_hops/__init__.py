"""Lateral hops: to and fro on one leg; how many, how far, how long in the air and on the floor."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from imu_ankle.analysis.flight.params import FallParams, FlightParams, SetParams
from imu_ankle.analysis.flight.specs import COMMON
from imu_ankle.core.exercise import (
    KNEE_OUT,
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
class HopParams:
    """Parameters of lateral hops."""

    # one leg can't land as softly as two, so a step that looks like a soft hop is a step
    flight: FlightParams = field(default_factory=lambda: FlightParams(mean_share=0.617))
    fall: FallParams = field(default_factory=FallParams)  # at the ankle
    hops: SetParams = field(default_factory=lambda: SetParams(flight_s=(0.10, 0.60)))
    target_m: float = 0.3048  # the plan: 12 inches
    too_close_m: float = 0.03  # the spec: nearer to the target no verdict is given
    most_travel_m: float = 1.0  # single-leg side hops of trained people stay below
    axis_share: float = 0.6  # of squared travel along the hop axis, or the foot's side is taken


SPECS = (
    *COMMON[:3],
    spec("lateral_m", "width", "m", 2, Better.HIGHER),
    spec("lateral_cv_pct", "variation of the width", "%", 0, Better.LOWER),
    spec("reached_count", "hops of at least 12 inches", "", 0, Better.HIGHER),
    *COMMON[3:],
)


def _measure(motion: Motion, context: TrialContext, params: HopParams) -> Measurement:
    from imu_ankle.analysis.exercises.lateral_hops.measures import measure

    return measure(motion, context, params)


def _fits(evidence: FlightEvidence) -> Match | None:
    """Take flights that go sideways."""
    if not evidence.sideways or evidence.reps < evidence.params.fewest:
        return None
    return Match(evidence.words, "jump-squats" if evidence.doubtful else None)


EXERCISE = Exercise(
    slug="lateral-hops",
    title="Lateral hops",
    guide=Guide(
        how_to="Hop from side to side on one leg, at least 12 inches (30 cm) apart.",
        cues=("Bend the knee of the lifted leg.", KNEE_OUT, "Land softly."),
        safety=("Begin on a soft floor, with shoes that hold the ankle.",),
        unseen=("the knee", "the height of the body"),
    ),
    dose=20.0,
    dose_unit="reps",
    placement=Placement.SHOE,
    placements=(Placement.SHOE, Placement.ANKLE),
    both_legs=False,
    lands=True,
    metrics=SPECS,
    headlines=("reps", "lateral_m", "flight_s"),
    params=HopParams(),
    measure=_measure,
    recognisers=(Recogniser(search=Search.FLIGHTS, placement=Placement.SHOE, fits=_fits),),
)
