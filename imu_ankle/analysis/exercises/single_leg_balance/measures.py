"""What is measured of single-leg balance."""

from __future__ import annotations

from typing import TYPE_CHECKING

from imu_ankle.analysis.exercises.single_leg_balance.events import list_events
from imu_ankle.analysis.exercises.single_leg_balance.losses import find_losses, valid_samples
from imu_ankle.analysis.exercises.single_leg_balance.params import (
    BalanceParams,
    for_placement,
)
from imu_ankle.analysis.exercises.single_leg_balance.sway import (
    Trial,
    measure_waist,
    score,
    tilt_chart,
)
from imu_ankle.analysis.exercises.single_leg_balance.sway import (
    measure as measure_sway,
)
from imu_ankle.analysis.standing.single_leg_stance import SingleLegStance, find_single_leg_stance
from imu_ankle.analysis.standing.stationary import StationaryFoot, find_stationary
from imu_ankle.core.errors import NotAnalysableError
from imu_ankle.core.exercise import Measurement, TrialContext
from imu_ankle.core.options import Placement
from imu_ankle.core.result import Interval
from imu_ankle.core.signal import sway
from imu_ankle.core.signal.rotation import tilt_deg

if TYPE_CHECKING:
    from imu_ankle.core.motion import Motion


def measure(motion: Motion, context: TrialContext, params: BalanceParams) -> Measurement:
    """Find the stance, list what happened in it, measure its sway and score it.

    Raises
    ------
    NotAnalysableError
        ``low_rate``, ``loss`` or ``no_stance``.
    """
    _refuse(motion, params)
    params = for_placement(params, context.placement)
    stationary = find_stationary(motion, params.stationary)
    stance = _find_stance(motion, stationary, params)
    doubtful = float(motion.doubtful[stance.start : stance.end].mean())
    if doubtful > params.max_doubtful:
        raise NotAnalysableError(
            "loss", f"{doubtful:.0%} of the stance lies in holes; a trial needs 80 % of it recorded"
        )
    losses, stance = find_losses(motion, stationary, stance, params)
    valid = valid_samples(motion, stance, losses, params)
    trim = round(params.end_trim_s * motion.rate_hz)
    scored = valid.copy()
    scored[: stance.start + trim] = False
    scored[max(stance.end - trim, 0) :] = False

    in_foot_frame = motion.heading_known and context.placement is not Placement.WAIST
    theta = tilt_deg(motion.up)
    events = list_events(motion, stationary, theta, losses, valid, params, named=in_foot_frame)
    trial = Trial(motion, stationary, stance, losses, valid, scored, theta)
    metrics = measure_sway(trial, events, in_foot_frame=in_foot_frame)
    if context.placement is Placement.WAIST:
        metrics |= measure_waist(trial)
    points, band = score(metrics, context, params)
    span = Interval(motion.at_s(stance.start), motion.at_s(stance.end))
    return Measurement(
        spans=(span,),
        done=trial.valid_s,
        score=points,
        score_band=band,
        metrics=metrics,
        events=events,
        reasons=_reasons(trial, context, params),
        charts=tilt_chart(trial, named=in_foot_frame),
    )


def _refuse(motion: Motion, params: BalanceParams) -> None:
    if motion.rate_hz < params.min_rate_hz:
        raise NotAnalysableError(
            "low_rate",
            f"{motion.rate_hz:.1f} samples per second are too few for sway up to 10 Hz; record at "
            "50 Hz or more",
        )


def _find_stance(
    motion: Motion, stationary: StationaryFoot, params: BalanceParams
) -> SingleLegStance:
    if motion.cued is not None:
        start, end = motion.sample(motion.cued.start_s), motion.sample(motion.cued.end_s)
        if end > start:
            return SingleLegStance(start, end, True, end)
    stance = find_single_leg_stance(stationary, params.stance)
    if stance is None or stance.end <= stance.start:
        raise NotAnalysableError(
            "no_stance",
            "the foot was never planted for a second; was the sensor on the shoe of the stance leg?",
        )
    return stance


def _reasons(trial: Trial, context: TrialContext, params: BalanceParams) -> tuple[str, ...]:
    motion, scored = trial.motion, trial.scored
    above, share = sway.rattle(motion.gyr_dps, scored, motion.rate_hz)
    at_waist = context.placement is Placement.WAIST
    found = {
        "no_weight_shift": not trial.stance.shift_seen,
        "heading_unknown": not motion.heading_known or at_waist,
        "short_trial": trial.valid_s < params.short_s,
        "clipped": bool(motion.clipped[trial.stance.start : trial.stance.end].any()),
        "loose_clip": above > params.rattle_dps and share > params.rattle_share,
        "no_norm": at_waist,
    }
    return tuple(code for code, holds in found.items() if holds)
