"""Heel raises: up on the toes, hold, down; how many, how high, how long each phase.

A shoe doesn't see whether the knee bends, the body leans, or a hand helps.
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
class RaiseParams:
    """Parameters of heel raises."""

    cyclic: CyclicParams = field(default_factory=CyclicParams)
    below_deg: float = 3.0  # a heel lower than this is below level: stands repeat within 2 deg


SPECS = (
    spec("angle_deg", "heel up, from flat standing", "deg", 1, Better.HIGHER),
    spec("hold_s", "time held on the toes", "s", 1, Better.NEITHER),
    spec("holds_on_target", "holds of 2 to 3 s", "", 0, Better.HIGHER),
    spec("rise_s", "time of the rise", "s", 2, Better.NEITHER),
    spec("lower_s", "time of the lowering", "s", 2, Better.NEITHER),
    spec("wobble_deg", "tilt to the side while holding, RMS", "deg", 2, Better.LOWER),
    spec("fatigue_pct", "last five angles against the first five", "%", 0, Better.HIGHER),
)


def _measure(motion: Motion, context: TrialContext, params: RaiseParams) -> Measurement:
    from imu_ankle.analysis.exercises.heel_raises.measures import measure

    return measure(motion, context, params)


def _fits(evidence: TurnEvidence) -> Match | None:
    """Take turns that lift the clip as a heel does."""
    if not evidence.of_raises:
        return None
    if evidence.over_ball:
        return Match(f"turns from one end of the way, the clip {evidence.words}", "toe-points")
    rival = "mini-squats" if evidence.of_either else None
    return Match(f"turns that lift the clip, {evidence.words}", rival)


EXERCISE = Exercise(
    slug="heel-raises",
    title="Heel raises",
    guide=Guide(
        how_to="Rise onto your toes, hold for two to three seconds, lower slowly.",
        cues=("Go as high as you can.", "Weight over the big toe's side, heels straight up."),
        unseen=(
            "whether the knees bend",
            "whether a hand carries weight",
            "how the load is shared",
        ),
        harder={"step": "On the edge of a step let the heels sink below level before each rise."},
    ),
    dose=20.0,
    dose_unit="reps",
    placement=Placement.SHOE,
    placements=(Placement.SHOE, Placement.ANKLE),
    both_legs=True,
    metrics=SPECS,
    headlines=("reps", "angle_deg", "hold_s"),
    params=RaiseParams(),
    measure=_measure,
    recognisers=(Recogniser(search=Search.TURNS, placement=Placement.SHOE, fits=_fits),),
)
