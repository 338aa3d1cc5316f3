"""What is measured of a stance: metrics, score, and the picture of the tilt."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from imu_ankle.analysis import score as scoring
from imu_ankle.analysis.exercises.single_leg_balance import SPECS
from imu_ankle.core.exercise import Chart, Curve, TrialContext
from imu_ankle.core.result import Event, Metric
from imu_ankle.core.signal import posturography, sway
from imu_ankle.core.signal.filters import lowpass_segments
from imu_ankle.core.signal.rotation import upright
from imu_ankle.core.signal.runs import runs

if TYPE_CHECKING:
    from imu_ankle.analysis.exercises.single_leg_balance.params import BalanceParams
    from imu_ankle.analysis.standing.single_leg_stance import SingleLegStance
    from imu_ankle.analysis.standing.stationary import StationaryFoot
    from imu_ankle.core.motion import Motion
    from imu_ankle.core.recording import BoolArray, FloatArray, IntArray


@dataclass(frozen=True, slots=True, eq=False)
class Trial:
    """What the metrics are computed from."""

    motion: Motion
    stationary: StationaryFoot
    stance: SingleLegStance
    losses: IntArray
    valid: BoolArray  # stance without losses
    scored: BoolArray  # ... and without its ends
    theta_deg: FloatArray

    @property
    def valid_s(self) -> float:
        """Time in stance outside losses."""
        return float(np.count_nonzero(self.valid)) / self.motion.rate_hz


def measure(trial: Trial, events: tuple[Event, ...], *, in_foot_frame: bool) -> dict[str, Metric]:
    """Return the metrics of sway and of the hold; without a heading the two axes are None."""
    motion, valid_s = trial.motion, trial.valid_s
    rate = trial.stationary.rate_dps[trial.scored]
    theta = trial.theta_deg[trial.scored]
    n = len(rate)
    values: dict[str, float | None] = dict.fromkeys(
        spec.key for spec in SPECS if not spec.key.startswith("acc_")
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
    first_end = int(trial.losses[0, 0]) if len(trial.losses) else trial.stance.end
    values |= {
        "corrections_per_10s": 10.0 * corrections / valid_s if valid_s > 0.0 else None,
        "hold_s": (first_end - trial.stance.start) / motion.rate_hz,
        "valid_s": valid_s,
        "losses": float(len(trial.losses)),
    }
    counts = {"corrections_per_10s": corrections, "hold_s": 1, "valid_s": 1}
    counts["losses"] = len(trial.losses)
    specs = {spec.key: spec for spec in SPECS}
    return {
        key: Metric(
            int(value) if key == "losses" and value is not None else value,
            specs[key].unit,
            counts.get(key, n) if value is not None else 0,
        )
        for key, value in values.items()
    }


def measure_waist(trial: Trial) -> dict[str, Metric]:
    """Accelerometer measures below 3.5 Hz in the plane that is level on average over the stance.

    The spectrum is the sum of both axes, since nothing tells AP from ML at the waist.
    """
    motion, scored = trial.motion, trial.scored
    keys = [spec for spec in SPECS if spec.key.startswith("acc_")]
    pieces = runs(scored)
    longest = pieces[np.argmax(pieces[:, 1] - pieces[:, 0])] if len(pieces) else None
    moves = bool(np.ptp(motion.acc_mps2[scored], axis=0).any()) if scored.any() else False
    if longest is None or not moves or longest[1] - longest[0] < 2.0 * motion.rate_hz:
        return {spec.key: Metric(None, spec.unit, 0) for spec in keys}
    slow = lowpass_segments(motion.acc_mps2, motion.segments, 3.5, motion.rate_hz)
    level = slow @ upright(slow[scored].mean(axis=0)).T
    p = posturography.plane(level[:, 0], level[:, 1], motion.rate_hz, scored)
    spectrum = posturography.spectral_measures(level[longest[0] : longest[1], :2], motion.rate_hz)
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


def score(
    metrics: dict[str, Metric], context: TrialContext, params: BalanceParams
) -> tuple[float | None, tuple[float, float] | None]:
    """Return score and band, or None where no norm or too little time stands behind it."""
    half_dps = scoring.half_sway_dps(context.placement, context.eyes)
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


def tilt_chart(trial: Trial, *, named: bool) -> tuple[Chart, ...]:
    """Return the picture of the tilt with its ellipse."""
    theta = trial.theta_deg[trial.scored]
    if len(theta) < 3:
        return ()
    theta = theta - theta.mean(axis=0)
    outline = posturography.ellipse95_outline(theta)
    labels = ("roll (left edge up), deg", "pitch (heel up), deg") if named else ("tilt, deg",) * 2
    return (
        Chart(
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
