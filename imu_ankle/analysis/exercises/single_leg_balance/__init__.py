"""Single-leg balance: how long the stance foot was held, and how steadily."""

from __future__ import annotations

from typing import TYPE_CHECKING

from imu_ankle.analysis.exercises.single_leg_balance.params import PLACEMENTS, BalanceParams
from imu_ankle.core.exercise import (
    KNEE_OUT,
    TWO_RISES,
    Better,
    Evidence,
    Exercise,
    Guide,
    Match,
    MetricSpec,
    Recogniser,
    Search,
)
from imu_ankle.core.options import Placement

if TYPE_CHECKING:
    from imu_ankle.analysis.evidence import StanceEvidence
    from imu_ankle.core.exercise import Measurement, TrialContext
    from imu_ankle.core.motion import Motion


def _spec(
    key: str,
    label: str,
    unit: str,
    decimals: int,
    better: Better = Better.LOWER,
    evidence: Evidence = Evidence.SIMULATED,
    accuracy: float = 0.0,
) -> MetricSpec:
    return MetricSpec(
        key=key,
        label=label,
        unit=unit,
        decimals=decimals,
        better=better,
        evidence=evidence,
        accuracy=accuracy,
    )


_FORMULA = Evidence.FORMULA
_ENDS_S = 1.0  # each end of a stance is found to about half a second

SPECS = (
    _spec("sway_rms_dps", "sway W (RMS of the rate)", "deg/s", 2, evidence=_FORMULA),
    _spec("tilt_speed_dps", "mean tilt speed", "deg/s", 2, evidence=_FORMULA),
    _spec("inversion_rms_dps", "rate about the toes axis (RMS)", "deg/s", 2),
    _spec("dorsiflexion_rms_dps", "rate of heel up and down (RMS)", "deg/s", 2),
    _spec("tilt_rms_deg", "tilt around its mean (RMS)", "deg", 2),
    _spec("tilt_ellipse95_deg2", "95 % ellipse of the tilt", "deg2", 2),
    _spec("corrections_per_10s", "quick corrections per 10 s", "", 1),
    _spec(
        "hold_s", "held until the first loss or the end", "s", 1, Better.HIGHER, accuracy=_ENDS_S
    ),
    _spec("valid_s", "valid time in stance", "s", 1, Better.HIGHER, accuracy=_ENDS_S),
    _spec("losses", "losses of balance", "", 0),
    _spec("acc_rms_mps2", "horizontal acceleration (RMS)", "m/s2", 3, evidence=_FORMULA),
    _spec("acc_path_mps2", "path of the acceleration", "m/s2", 2, evidence=_FORMULA),
    _spec("acc_path_rate_mps3", "path per second", "m/s3", 3, evidence=_FORMULA),
    _spec("acc_mean_velocity_mps", "mean velocity (integrated)", "m/s", 4),
    _spec("acc_area_rate_m2ps5", "area swept per second", "m2/s5", 4, evidence=_FORMULA),
    _spec("acc_jerk_m2ps5", "jerk", "m2/s5", 3, evidence=_FORMULA),
    _spec("acc_ellipse95_m2ps4", "95 % ellipse", "m2/s4", 4, evidence=_FORMULA),
    _spec("acc_f50_hz", "median frequency", "Hz", 2, Better.NEITHER, _FORMULA),
    _spec("acc_f95_hz", "95 % frequency", "Hz", 2, Better.NEITHER, _FORMULA),
    _spec("acc_centroid_hz", "centroidal frequency", "Hz", 2, Better.NEITHER, _FORMULA),
    _spec("acc_dispersion", "frequency dispersion", "", 2, Better.NEITHER, _FORMULA),
)


def _measure(motion: Motion, context: TrialContext, params: BalanceParams) -> Measurement:
    from imu_ankle.analysis.exercises.single_leg_balance.measures import measure

    return measure(motion, context, params)


def _fits(evidence: StanceEvidence) -> Match | None:
    """Take a stance into which a shift of weight was seen, with the sway of one leg."""
    low, high = evidence.params.sways_dps
    if not evidence.shift_seen or evidence.sway_dps is None:
        return None
    if "mini-squats" in evidence.beside:  # who squats on one leg stands on one before
        return None
    if evidence.calm_share > evidence.params.calm_share:  # two legs carry in between
        return None
    if evidence.hold_s < evidence.params.stance_s or not low <= evidence.sway_dps <= high:
        return None
    why = f"a shift onto one leg, {evidence.hold_s:.0f} s of sway, and back"
    return Match(why)


EXERCISE = Exercise(
    slug="single-leg-balance",
    title="Single-leg balance",
    guide=Guide(
        how_to="Stand on one leg for twenty seconds.",
        cues=("Bend the knee of the lifted leg.", "Stand tall, look at one point.", KNEE_OUT),
        safety=("With eyes closed or on a Bosu: next to a wall or a chair.",),
        unseen=("sway of the body that the foot doesn't follow", "knee and hip"),
        harder={
            "towel": "On a rolled towel.",
            "bosu-round": "On the round side of a Bosu ball.",
            "bosu-flat": "On the flat side of a Bosu ball.",
            "closed": "With eyes closed.",
        },
        warm_up=TWO_RISES,
    ),
    dose=20.0,
    dose_unit="s",
    trials=3,  # a new user's first is practice
    rest_s=30.0,
    placement=Placement.SHOE,
    placements=PLACEMENTS,
    both_legs=False,
    counts=False,
    metrics=SPECS,
    headlines=("score", "sway_rms_dps"),
    params=BalanceParams(),
    measure=_measure,
    recognisers=(Recogniser(search=Search.STANCE, placement=Placement.SHOE, fits=_fits),),
)
