"""Single-leg balance: how long the stance foot was held, and how steadily."""

from __future__ import annotations

from typing import TYPE_CHECKING

from imu_ankle.analysis.exercises.single_leg_balance.events import list_events
from imu_ankle.analysis.exercises.single_leg_balance.losses import find_losses, valid_samples
from imu_ankle.analysis.exercises.single_leg_balance.measures import (
    SPECS,
    Trial,
    measure,
    measure_waist,
    score,
    tilt_panel,
)
from imu_ankle.analysis.exercises.single_leg_balance.params import (
    PLACEMENTS,
    BalanceParams,
    for_placement,
)
from imu_ankle.analysis.standing.single_leg_stance import Stand, find_stand
from imu_ankle.analysis.standing.stationary import Standing, judge_standing
from imu_ankle.core.errors import NotAnalysableError
from imu_ankle.core.exercise import Exercise, Findings, Setting
from imu_ankle.core.recording import Placement
from imu_ankle.core.result import Interval
from imu_ankle.core.signal import sway
from imu_ankle.core.signal.rotation import tilt_deg

if TYPE_CHECKING:
    from imu_ankle.core.motion import Motion


def analyse(motion: Motion, setting: Setting, params: BalanceParams) -> Findings:
    """Find the stance, list what happened in it, measure its sway and score it.

    Raises
    ------
    NotAnalysableError
        ``low_rate``, ``loss`` or ``no_stance``.
    """
    _refuse(motion, params)
    params = for_placement(params, setting.placement)
    standing = judge_standing(motion, params.planted)
    stand = _find_stance(motion, standing, params)
    doubtful = float(motion.doubtful[stand.start : stand.end].mean())
    if doubtful > params.max_doubtful:
        raise NotAnalysableError(
            "loss", f"{doubtful:.0%} of the stance lies in holes; a trial needs 80 % of it recorded"
        )
    losses, stand = find_losses(motion, standing, stand, params)
    valid = valid_samples(motion, stand, losses, params)
    trim = round(params.end_trim_s * motion.rate_hz)
    scored = valid.copy()
    scored[: stand.start + trim] = False
    scored[max(stand.end - trim, 0) :] = False

    in_foot_frame = motion.heading_known and setting.placement is not Placement.WAIST
    theta = tilt_deg(motion.up)
    events = list_events(motion, standing, theta, losses, valid, params, named=in_foot_frame)
    trial = Trial(motion, standing, stand, losses, valid, scored, theta)
    metrics = measure(trial, events, in_foot_frame=in_foot_frame)
    if setting.placement is Placement.WAIST:
        metrics |= measure_waist(trial)
    points, band = score(metrics, setting, params)
    span = Interval(motion.at_s(stand.start), motion.at_s(stand.end))
    return Findings(
        spans=(span,),
        done=trial.valid_s,
        score=points,
        score_band=band,
        metrics=metrics,
        events=events,
        reasons=_reasons(trial, setting, params),
        panels=tilt_panel(trial, named=in_foot_frame),
    )


def _refuse(motion: Motion, params: BalanceParams) -> None:
    if motion.rate_hz < params.min_rate_hz:
        raise NotAnalysableError(
            "low_rate",
            f"{motion.rate_hz:.1f} samples per second are too few for sway up to 10 Hz; record at "
            "50 Hz or more",
        )


def _find_stance(motion: Motion, standing: Standing, params: BalanceParams) -> Stand:
    if motion.cued is not None:
        start, end = motion.sample(motion.cued.start_s), motion.sample(motion.cued.end_s)
        if end > start:
            return Stand(start, end, True, end)
    stand = find_stand(standing, params.stance)
    if stand is None or stand.end <= stand.start:
        raise NotAnalysableError(
            "no_stance",
            "the foot was never planted for a second; was the sensor on the shoe of the stance leg?",
        )
    return stand


def _reasons(trial: Trial, setting: Setting, params: BalanceParams) -> tuple[str, ...]:
    motion, scored = trial.motion, trial.scored
    above, share = sway.rattle(motion.gyr_dps, scored, motion.rate_hz)
    at_waist = setting.placement is Placement.WAIST
    found = {
        "no_weight_shift": not trial.stand.shift_seen,
        "heading_unknown": not motion.heading_known or at_waist,
        "short_trial": trial.valid_s < params.short_s,
        "clipped": bool(motion.clipped[trial.stand.start : trial.stand.end].any()),
        "loose_clip": above > params.rattle_dps and share > params.rattle_share,
        "no_norm": at_waist,
    }
    return tuple(code for code, holds in found.items() if holds)


EXERCISE = Exercise(
    slug="single-leg-balance",
    title="Single-leg balance",
    dose_target=20.0,
    dose_unit="s",
    placement=Placement.SHOE,
    placements=PLACEMENTS,
    both_legs=False,
    metrics=SPECS,
    headlines=("score", "sway_rms_dps"),
    params=BalanceParams(),
    analyse=analyse,
)
