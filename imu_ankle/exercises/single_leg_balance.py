"""Single-leg balance: how long the stance foot was held, and how steadily."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import numpy as np

from imu_ankle import scoring
from imu_ankle.errors import NotAnalysableError
from imu_ankle.exercise import (
    Better,
    Curve,
    Evidence,
    Exercise,
    Findings,
    MetricSpec,
    Panel,
    Setting,
)
from imu_ankle.model import GRAVITY_MPS2, BoolArray, FloatArray, IntArray, Placement
from imu_ankle.motion import Motion
from imu_ankle.planted import PlantedParams, Standing, bursts, judge_standing
from imu_ankle.result import Event, Interval, Metric
from imu_ankle.signal import posturography, sway
from imu_ankle.signal.filters import lowpass_segments
from imu_ankle.signal.rotation import tilt_deg, upright
from imu_ankle.signal.runs import hysteresis, join, runs, to_mask
from imu_ankle.stance import Stand, StanceParams, find_stand


@dataclass(frozen=True, slots=True, kw_only=True)
class BalanceParams:
    """Knobs of single-leg balance on a shoe; rates grow by `placement_gain` elsewhere."""

    planted: PlantedParams = field(default_factory=PlantedParams)
    stance: StanceParams = field(default_factory=StanceParams)
    target_s: float = 20.0  # the plan's dose per leg
    end_trim_s: float = 0.5  # the spec: left out of W at each end
    loss_before_s: float = 0.5  # the spec: a loss is widened by this before ...
    loss_after_s: float = 1.0  # ... and this after
    loss_dps: float = 100.0  # a planted foot that balances stays below
    loss_edge_dps: float = 40.0  # ... and a loss lasts while the rate is above this
    loss_join_s: float = 0.3  # a hop, its landing and the first moment after are one loss
    hop_low_g: float = 0.5  # a hopping foot is unloaded ...
    hop_low_s: float = 0.06  # ... for so long ...
    hop_high_g: float = 1.8  # ... and lands within
    hop_within_s: float = 0.5
    recovered_s: float = 0.5  # of stance after a loss, or the loss ended it
    unrest_ratio: float = 2.5  # ... and the unrest beside it, so much above the usual, belongs to it
    touch_still_s: float = 0.5  # still as on two legs for so long: the other foot is down
    touch_ratio: float = 4.0  # ... if that is so much less than on one leg
    touch_down_s: float = 0.25  # quiet for so long will do,
    touch_share: float = 0.5  # where the foot also leans less than half as far as on one leg;
    touch_unrest_s: float = 0.5  # and unrest, as of a shift of weight, so shortly before
    touch_lean_deg: float = 1.0  # leans that differ less can't be told apart
    correction_dps: float = 10.0  # the spec
    correction_off_dps: float = 5.0
    correction_join_s: float = 0.15
    pivot_deg: float = 5.0  # turned on the spot within pivot_s
    pivot_s: float = 1.0
    lift_deg: float = 5.0  # heel or toes leave the floor
    roll_deg: float = 8.0  # onto the edge of the shoe
    tilt_s: float = 0.2  # shorter tilts are sway
    rattle_dps: float = 1.0  # sensors have up to 0.3 deg/s of noise above 10 Hz
    rattle_share: float = 0.3  # of the power below: a foot has hardly any above 10 Hz
    min_score_s: float = 2.0  # the spec: no score below
    short_s: float = 5.0  # the spec: short_trial below
    max_lost_fraction: float = 0.2  # fewer than 80 % of the samples describe no trial
    min_rate_hz: float = 25.0  # the 10 Hz low-pass needs it


_PLACEMENT_GAIN = {Placement.SHOE: 1.0, Placement.SHANK: 2.0, Placement.WAIST: 1.0}
_PLACEMENTS = tuple(_PLACEMENT_GAIN)


def analyse(motion: Motion, setting: Setting, params: BalanceParams) -> Findings:
    """Find the stance, list what happened in it, measure its sway and score it.

    Raises
    ------
    NotAnalysableError
        ``wrong_placement``, ``low_rate``, ``loss`` or ``no_stance``.
    """
    _refuse(motion, setting, params)
    params = _for_placement(params, setting.placement)
    standing = judge_standing(motion, params.planted)
    stand = _find_stance(motion, standing, params)
    losses, stand = _losses(motion, standing, stand, params)
    valid = _valid(motion, stand, losses, params)
    trim = round(params.end_trim_s * motion.rate_hz)
    scored = valid.copy()
    scored[: stand.start + trim] = False
    scored[max(stand.end - trim, 0) :] = False

    in_foot_frame = motion.heading_known and setting.placement is not Placement.WAIST
    theta = tilt_deg(motion.up)
    events = _events(motion, standing, theta, losses, valid, params, named=in_foot_frame)
    trial = _Trial(motion, standing, stand, losses, valid, scored, theta)
    metrics = _metrics(trial, events, in_foot_frame=in_foot_frame)
    if setting.placement is Placement.WAIST:
        metrics |= _waist_metrics(trial)
    score, band = _score(metrics, setting, params)
    span = Interval(motion.at_s(stand.start), motion.at_s(stand.end))
    return Findings(
        spans=(span,),
        done=trial.valid_s,
        score=score,
        score_band=band,
        metrics=metrics,
        events=events,
        reasons=_reasons(trial, setting, params),
        panels=_panels(trial, named=in_foot_frame),
    )


@dataclass(frozen=True, slots=True, eq=False)
class _Trial:
    """What the metrics are computed from."""

    motion: Motion
    standing: Standing
    stand: Stand
    losses: IntArray
    valid: BoolArray  # stance without losses
    scored: BoolArray  # ... and without its ends
    theta_deg: FloatArray

    @property
    def valid_s(self) -> float:
        return float(np.count_nonzero(self.valid)) / self.motion.rate_hz


def _refuse(motion: Motion, setting: Setting, params: BalanceParams) -> None:
    if setting.placement not in _PLACEMENTS:
        raise NotAnalysableError(
            "wrong_placement",
            f"a sensor on the {setting.placement} does not see the stance leg; wear it on the shoe "
            "of the stance leg, on its shank, or at the waist",
        )
    if motion.rate_hz < params.min_rate_hz:
        raise NotAnalysableError(
            "low_rate",
            f"{motion.rate_hz:.1f} samples per second are too few for sway up to 10 Hz; record at "
            "50 Hz or more",
        )
    lost = motion.quality.lost_fraction or 0.0
    if lost > params.max_lost_fraction:
        raise NotAnalysableError(
            "loss", f"{lost:.0%} of the samples are missing; a trial needs 80 % of them"
        )


def _for_placement(params: BalanceParams, placement: Placement) -> BalanceParams:
    gain = _PLACEMENT_GAIN[placement]
    if gain == 1.0:
        return params
    planted = replace(params.planted, active_dps=params.planted.active_dps * gain)
    return replace(
        params,
        planted=planted,
        loss_dps=params.loss_dps * gain,
        loss_edge_dps=params.loss_edge_dps * gain,
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


def _losses(
    motion: Motion, standing: Standing, stand: Stand, params: BalanceParams
) -> tuple[IntArray, Stand]:
    """Return the losses of balance, (M, 2), and the stance, ended by one that was not recovered."""
    rate_hz = motion.rate_hz
    speed = np.sqrt(np.einsum("ij,ij->i", standing.rate_dps, standing.rate_dps))
    torn = hysteresis(speed, on=params.loss_dps, off=params.loss_edge_dps)
    lifted = runs(standing.level_dps >= params.planted.active_dps)
    torn = np.vstack([torn, lifted])
    core = np.vstack([torn, _hops(motion, params), _touch_downs(motion, standing, stand, params)])
    typical = float(np.median(standing.level_dps[stand.start : stand.end]))
    unrest = runs(standing.sharp_level_dps > params.unrest_ratio * typical)
    losses = _joined(core, unrest, round(params.loss_join_s * rate_hz))

    short = stand.end - stand.start < params.target_s * rate_hz
    if stand.shift_seen and short and motion.cued is None:
        # torn away before the dose was met: a loss that ended the stance
        near = round(params.loss_join_s * rate_hz)
        last = losses[:, 1] >= stand.end - params.recovered_s * rate_hz
        last &= losses[:, 0] <= stand.return_end + near
        last &= _contain(losses, torn)
        if last.any():
            ending = losses[last][0]
            stand = replace(stand, end=max(min(int(ending[0]), stand.end), stand.start + 1))
            inside = losses[losses[:, 1] > stand.start]
            return inside[inside[:, 0] <= ending[0]], stand
    inside = losses[(losses[:, 0] < stand.end) & (losses[:, 1] > stand.start)]
    return np.clip(inside, stand.start, stand.end), stand


def _joined(core: IntArray, around: IntArray, hole: int) -> IntArray:
    """Join `core` with the pairs `around` it; what holds no core is left out."""
    pairs = np.vstack([core, around])
    pairs = join(_merged(pairs[np.argsort(pairs[:, 0], kind="stable")]), hole)
    return pairs[_contain(pairs, core)]


def _merged(pairs: IntArray) -> IntArray:
    """Make ends increase along pairs sorted by start, so that nested pairs vanish in a join."""
    return np.column_stack([pairs[:, 0], np.maximum.accumulate(pairs[:, 1])])


def _contain(pairs: IntArray, inner: IntArray) -> BoolArray:
    """Return which pairs overlap one of `inner`, (M,)."""
    if not len(inner):
        return np.zeros(len(pairs), dtype=bool)
    return (
        (pairs[:, :1] < inner[None, :, 1]) & (pairs[:, 1:] > inner[None, :, 0])
    ).any(axis=1)


def _hops(motion: Motion, params: BalanceParams) -> IntArray:
    """Unloadings of the foot that end in an impact, (M, 2)."""
    rate_hz = motion.rate_hz
    load_g = np.sqrt(np.einsum("ij,ij->i", motion.acc_mps2, motion.acc_mps2)) / GRAVITY_MPS2
    low = runs((load_g < params.hop_low_g) & motion.present)
    low = low[low[:, 1] - low[:, 0] >= params.hop_low_s * rate_hz]
    hard = np.concatenate([[0], np.cumsum(load_g > params.hop_high_g)])
    until = np.minimum(low[:, 1] + round(params.hop_within_s * rate_hz), len(load_g))
    landed = hard[until] > hard[low[:, 1]]
    return np.column_stack([low[:, 0], until])[landed]


def _touch_downs(
    motion: Motion, standing: Standing, stand: Stand, params: BalanceParams
) -> IntArray:
    """Stretches inside the stance that look like the standing on two legs beside it, (M, 2)."""
    two_legs = [slice(start, end) for start, end in stand.two_legs if end > start]
    if not two_legs:
        return np.zeros((0, 2), dtype=np.int64)
    inside = slice(stand.start, stand.end)
    level_two = np.median(np.concatenate([standing.level_dps[piece] for piece in two_legs]))
    level_one = np.median(standing.level_dps[inside])
    lean_two = np.median(np.vstack([standing.lean_deg[piece] for piece in two_legs]), axis=0)
    shift = np.median(standing.lean_deg[inside], axis=0) - lean_two
    size2 = float(shift @ shift)
    level = np.where(motion.present[inside], standing.sharp_level_dps[inside], np.inf)
    still = level < min(3.0 * level_two, level_one / params.touch_ratio)
    still_runs = join(runs(still), round(params.touch_still_s * standing.rate_hz))
    found = _at_least(still_runs, params.touch_still_s * standing.rate_hz)
    if size2 >= params.touch_lean_deg**2:
        share = (standing.lean_deg[inside] - lean_two) @ shift / size2
        back = (share < params.touch_share) & (level < np.sqrt(level_one * level_two))
        found = np.vstack([found, _at_least(runs(back), params.touch_down_s * standing.rate_hz)])
    # calm alone is no touch-down: the foot comes down with unrest, inside the stance
    unrest = standing.sharp_level_dps[inside] > params.unrest_ratio * level_one
    unrest[: round(standing.rate_hz)] = False
    so_far = np.concatenate([[0], np.cumsum(unrest)])
    before = np.maximum(found[:, 0] - round(params.touch_unrest_s * standing.rate_hz), 0)
    return found[so_far[found[:, 0]] > so_far[before]] + stand.start


def _at_least(pairs: IntArray, length: float) -> IntArray:
    return pairs[pairs[:, 1] - pairs[:, 0] >= length]


def _valid(motion: Motion, stand: Stand, losses: IntArray, params: BalanceParams) -> BoolArray:
    """Samples of the stance outside the widened losses and the long holes, (N,)."""
    widen = np.array([-params.loss_before_s, params.loss_after_s]) * motion.rate_hz
    lost = to_mask(losses + np.rint(widen).astype(np.int64), len(motion))
    stance = to_mask(np.array([[stand.start, stand.end]]), len(motion))
    return stance & ~lost & motion.present


def _events(
    motion: Motion,
    standing: Standing,
    theta_deg: FloatArray,
    losses: IntArray,
    valid: BoolArray,
    params: BalanceParams,
    *,
    named: bool,
) -> tuple[Event, ...]:
    rate_hz = motion.rate_hz
    tilting = np.where(valid, np.hypot(standing.rate_dps[:, 0], standing.rate_dps[:, 1]), 0.0)
    found = {"loss-of-balance": losses}
    found["correction"] = bursts(
        tilting,
        on=params.correction_dps,
        off=params.correction_off_dps,
        hole_s=params.correction_join_s,
        rate_hz=rate_hz,
    )
    window = round(params.pivot_s * rate_hz)
    turned = sway.yaw_within(standing.rate_dps[:, 2], valid, window, rate_hz)
    found["pivot"] = join(runs(np.abs(turned) > params.pivot_deg) + np.array([0, window]), 0)

    around = theta_deg - np.median(theta_deg[valid], axis=0) if valid.any() else theta_deg
    lean_x, lean_y = np.where(valid[:, None], around, 0.0).T
    if named:
        tilts = {
            "heel-lift": lean_y > params.lift_deg,
            "toe-lift": lean_y < -params.lift_deg,
            "edge-roll": np.abs(lean_x) > params.roll_deg,
        }
    else:
        tilts = {"tilt": np.hypot(lean_x, lean_y) > params.lift_deg}
    for kind, mask in tilts.items():
        pieces = runs(mask)
        found[kind] = pieces[pieces[:, 1] - pieces[:, 0] > params.tilt_s * rate_hz]
    events = [
        Event(motion.at_s(start), motion.at_s(end), None, {"kind": kind})
        for kind, pieces in found.items()
        for start, end in pieces
    ]
    return tuple(sorted(events, key=lambda event: (event.start_s, event.end_s)))


def _metrics(
    trial: _Trial, events: tuple[Event, ...], *, in_foot_frame: bool
) -> dict[str, Metric]:
    motion, valid_s = trial.motion, trial.valid_s
    rate = trial.standing.rate_dps[trial.scored]
    theta = trial.theta_deg[trial.scored]
    n = len(rate)
    values: dict[str, float | None] = dict.fromkeys(
        (spec.key for spec in EXERCISE.metrics if not spec.key.startswith("acc_"))
    )
    if n > 2:
        centred = theta - theta.mean(axis=0)
        values |= {
            "sway_rms_dps": sway.noise_free(sway.rms(rate), motion.gyr_noise_dps2),
            "tilt_speed_dps": sway.tilt_speed(rate),
            "tilt_rms_deg": sway.rms(centred),
            "tilt_ellipse95_deg2": posturography.ellipse95(theta),
        }
        if in_foot_frame:
            values["inversion_rms_dps"] = sway.rms(rate[:, 0])
            values["dorsiflexion_rms_dps"] = sway.rms(rate[:, 1])
    corrections = sum(event.values["kind"] == "correction" for event in events)
    first_end = int(trial.losses[0, 0]) if len(trial.losses) else trial.stand.end
    values |= {
        "corrections_per_10s": 10.0 * corrections / valid_s if valid_s > 0.0 else None,
        "hold_s": (first_end - trial.stand.start) / motion.rate_hz,
        "valid_s": valid_s,
        "losses": float(len(trial.losses)),
    }
    counts = {"corrections_per_10s": corrections, "hold_s": 1, "valid_s": 1}
    counts["losses"] = len(trial.losses)
    specs = {spec.key: spec for spec in EXERCISE.metrics}
    return {
        key: Metric(
            int(value) if key == "losses" and value is not None else value,
            specs[key].unit,
            counts.get(key, n) if value is not None else 0,
        )
        for key, value in values.items()
    }


def _waist_metrics(trial: _Trial) -> dict[str, Metric]:
    """Accelerometer measures below 3.5 Hz in the plane that is level on average over the stance.

    The spectrum is the sum of both axes, since nothing tells AP from ML at the waist.
    """
    motion, scored = trial.motion, trial.scored
    keys = [spec for spec in EXERCISE.metrics if spec.key.startswith("acc_")]
    pieces = runs(scored)
    longest = pieces[np.argmax(pieces[:, 1] - pieces[:, 0])] if len(pieces) else None
    if longest is None or longest[1] - longest[0] < 2.0 * motion.rate_hz:
        return {spec.key: Metric(None, spec.unit, 0) for spec in keys}
    slow = lowpass_segments(motion.acc_mps2, motion.segments, 3.5, motion.rate_hz)
    level = slow @ upright(slow[scored].mean(axis=0)).T
    p = posturography.plane(level[:, 0], level[:, 1], motion.rate_hz, scored)
    spectrum = posturography.spectral_measures(
        level[longest[0] : longest[1], :2], motion.rate_hz
    )
    values = {
        "acc_rms_mps2": posturography.rms_distance(p),
        "acc_path_mps2": posturography.path(p),
        "acc_path_rate_mps3": posturography.path_rate(p),
        "acc_mean_velocity_mps": posturography.mean_velocity(p),
        "acc_area_rate_m2ps5": posturography.sway_area_rate(p),
        "acc_jerk_m2ps5": posturography.jerk(p),
        "acc_ellipse95_m2ps4": posturography.ellipse95(p.points),
        "acc_f50_hz": spectrum.f50_hz,
        "acc_f95_hz": spectrum.f95_hz,
        "acc_centroid_hz": spectrum.centroid_hz,
        "acc_dispersion": spectrum.dispersion,
    }
    n = int(np.count_nonzero(scored))
    return {spec.key: Metric(values[spec.key], spec.unit, n) for spec in keys}


def _score(
    metrics: dict[str, Metric], setting: Setting, params: BalanceParams
) -> tuple[float | None, tuple[float, float] | None]:
    half_dps = scoring.half_sway_dps(setting.placement, setting.eyes)
    sway_dps, valid_s = metrics["sway_rms_dps"].value, metrics["valid_s"].value
    if half_dps is None or not isinstance(sway_dps, float) or not isinstance(valid_s, float):
        return None, None
    if valid_s < params.min_score_s:
        return None, None
    target_s = params.target_s
    return (
        scoring.score(sway_dps, valid_s, half_dps=half_dps, target_s=target_s),
        scoring.score_band(sway_dps, valid_s, half_dps=half_dps, target_s=target_s),
    )


def _reasons(trial: _Trial, setting: Setting, params: BalanceParams) -> tuple[str, ...]:
    motion, scored = trial.motion, trial.scored
    above, share = (
        sway.rattle(motion.gyr_dps[scored], trial.standing.rate_dps[scored])
        if scored.any()
        else (0.0, 0.0)
    )
    at_waist = setting.placement is Placement.WAIST
    found = {
        "no_weight_shift": not trial.stand.shift_seen,
        "heading_unknown": not motion.heading_known and not at_waist,
        "short_trial": trial.valid_s < params.short_s,
        "clipped": bool(motion.clipped[trial.stand.start : trial.stand.end].any()),
        "loose_clip": above > params.rattle_dps and share > params.rattle_share,
        "no_norm": at_waist,
    }
    return tuple(code for code, holds in found.items() if holds)


def _panels(trial: _Trial, *, named: bool) -> tuple[Panel, ...]:
    theta = trial.theta_deg[trial.scored]
    if len(theta) < 3:
        return ()
    theta = theta - theta.mean(axis=0)
    outline = posturography.ellipse95_outline(theta)
    labels = ("roll (left edge up), deg", "pitch (heel up), deg") if named else ("tilt, deg",) * 2
    return (
        Panel(
            title="Tilt of the foot, with 95 % prediction ellipse",
            x_label=labels[0],
            y_label=labels[1],
            curves=(
                Curve(theta[:, 0], theta[:, 1], "tilt", "dots"),
                Curve(outline[:, 0], outline[:, 1], "95 % ellipse", "line"),
            ),
            equal_axes=True,
        ),
    )


def _spec(
    key: str,
    label: str,
    unit: str,
    decimals: int,
    better: Better = Better.LOWER,
    evidence: Evidence = Evidence.SIMULATED,
) -> MetricSpec:
    return MetricSpec(
        key=key, label=label, unit=unit, decimals=decimals, better=better, evidence=evidence
    )


_FORMULA = Evidence.FORMULA

EXERCISE = Exercise(
    slug="single-leg-balance",
    title="Single-leg balance",
    dose_target=20.0,
    dose_unit="s",
    placement=Placement.SHOE,
    placements=_PLACEMENTS,
    both_legs=False,
    metrics=(
        _spec("sway_rms_dps", "sway W (RMS of the rate)", "deg/s", 2, evidence=_FORMULA),
        _spec("tilt_speed_dps", "mean tilt speed", "deg/s", 2, evidence=_FORMULA),
        _spec("inversion_rms_dps", "rate about the toes axis (RMS)", "deg/s", 2),
        _spec("dorsiflexion_rms_dps", "rate of heel up and down (RMS)", "deg/s", 2),
        _spec("tilt_rms_deg", "tilt around its mean (RMS)", "deg", 2),
        _spec("tilt_ellipse95_deg2", "95 % ellipse of the tilt", "deg2", 2),
        _spec("corrections_per_10s", "quick corrections per 10 s", "", 1),
        _spec("hold_s", "held until the first loss or the end", "s", 1, Better.HIGHER),
        _spec("valid_s", "valid time in stance", "s", 1, Better.HIGHER),
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
    ),
    params=BalanceParams(),
    analyse=analyse,
)
