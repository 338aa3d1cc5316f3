"""Second half of preparation: orientation by vqf, and where the toes point."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from vqf import offlineVQF

from imu_ankle.model import FloatArray, IntArray
from imu_ankle.signal.rotation import about_z, tilt_deg, up_from_quaternion
from imu_ankle.signal.runs import join, runs


@dataclass(frozen=True, slots=True, kw_only=True)
class HeadingParams:
    """Knobs of the search for the toes."""

    moving_dps: float = 30.0  # a foot that turns faster is stepping or rising, not standing
    min_moving_s: float = 0.6  # two heel raises, or one and a half steps
    axis_share: float = 0.85  # of the turning power about one axis; gait and raises have 0.88-0.99
    min_tilt_deg: float = 8.0  # a heel raise or a step tilts the foot more than this
    lopsided: float = 1.3  # heel-up excursions are larger than toe-up ones by this factor


def orient(
    acc_mps2: FloatArray, gyr_dps: FloatArray, segments: IntArray, rate_hz: float
) -> tuple[FloatArray, FloatArray]:
    """Return orientation (N, 4) wxyz and the up direction in the body frame (N, 3).

    Offline VQF (Laidig and Seel 2023, doi:10.1016/j.inffus.2022.10.014) on each gap-free segment,
    fed bias-free data already upright, so that the clip's attitude can't enter.
    """
    quat = np.zeros((len(gyr_dps), 4))
    quat[:, 0] = 1.0
    rate_rad = np.radians(gyr_dps)
    for start, end in segments:
        if end - start < 3:
            continue
        piece = slice(start, end)
        out = offlineVQF(
            np.ascontiguousarray(rate_rad[piece]),
            np.ascontiguousarray(acc_mps2[piece]),
            None,
            1.0 / rate_hz,
        )
        quat[piece] = out["quat6D"]
    return quat, up_from_quaternion(quat)


def heading_rad(
    gyr_dps: FloatArray, up: FloatArray, segments: IntArray, rate_hz: float, params: HeadingParams
) -> float | None:
    """Return the angle about z that turns the frame's x to the toes, or None where nothing tells.

    The foot turns mostly about its own left-right axis when it steps or rises on the toes; the sign
    follows from the heel going up further than the toes. Movement counts only between poses in
    which the sole is flat (a clip being handled is not).

    Parameters
    ----------
    gyr_dps, up : (N, 3) in the upright frame.
    """
    tilt = tilt_deg(up)
    planar = gyr_dps[:, :2]
    moving = np.hypot(planar[:, 0], planar[:, 1]) > params.moving_dps
    flat = np.hypot(tilt[:, 0], tilt[:, 1]) < 10.0
    use = np.zeros(len(gyr_dps), dtype=bool)
    for start, end in join(runs(moving), round(0.5 * rate_hz)):
        segment = segments[np.searchsorted(segments[:, 0], start, side="right") - 1]
        starts_flat = flat[start] or start - segment[0] < 0.1 * rate_hz
        ends_flat = flat[end - 1] or segment[1] - end < 0.1 * rate_hz
        if starts_flat and ends_flat:
            use[start:end] = moving[start:end]
    if np.count_nonzero(use) < params.min_moving_s * rate_hz:
        return None
    power, axes = np.linalg.eigh(planar[use].T @ planar[use])
    if power[1] < params.axis_share * power.sum():
        return None
    axis = axes[:, 1]
    excursion = tilt[use] @ axis
    low, high = np.percentile(excursion, [2.0, 98.0])
    if max(high, -low) < params.min_tilt_deg:
        return None
    if max(high, -low) < params.lopsided * min(abs(high), abs(low)):
        return None
    if -low > high:
        axis = -axis
    # the axis is the foot's +y: turn it onto y
    return float(np.arctan2(axis[0], axis[1]))


def turn(angle_rad: float, quat: FloatArray) -> FloatArray:
    """Re-express body-to-world quaternions (N, 4) for a body frame turned by `angle_rad` about z."""
    c, s = np.cos(angle_rad / 2.0), -np.sin(angle_rad / 2.0)
    w, x, y, z = quat.T
    return np.column_stack([w * c - z * s, x * c + y * s, y * c - x * s, z * c + w * s])


__all__ = ["HeadingParams", "about_z", "heading_rad", "orient", "turn"]
