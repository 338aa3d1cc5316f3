"""How six poses and a still gyroscope give the calibration of a sensor."""

from __future__ import annotations

import numpy as np

from imu_ankle.core.errors import CalibrationError
from imu_ankle.core.recording import GRAVITY_MPS2, MOST_NOISE_DPS2, Calibration, FloatArray
from imu_ankle.core.signal.filters import lowpass, moving_std
from imu_ankle.core.signal.rotation import angle_between_deg
from imu_ankle.core.signal.runs import runs

_POSE_GYR_STD_DPS = 1.0  # a sensor lying on a table has less than 0.3 deg/s of noise
_POSE_ACC_STD_MPS2 = 0.3
_MAX_SCALE_ERROR = 0.2  # sensors are within a few percent; more is another unit
_MIN_POSE_S = 1.0
_MAX_POSE_ERROR_DEG = 35.0  # a face that is further off its axis belongs to no face


def calibrate(
    acc_mps2: FloatArray, gyr_dps: FloatArray, rate_hz: float, *, serial: str, made_at: str
) -> Calibration:
    """Compute the calibration from a recording that rests on each of the six faces in turn.

    The faces may come in any order, at any attitude within 35 deg of an axis; handling in between
    is ignored. Least squares for the nine entries of a symmetric matrix and the bias such that
    every pose reads gravity.

    Parameters
    ----------
    acc_mps2, gyr_dps : (N, 3) raw samples on a uniform grid.

    Raises
    ------
    CalibrationError
        ``missing_pose`` names the faces on which no second of rest was found.
    """
    still = (moving_std(gyr_dps, 0.5, rate_hz) < _POSE_GYR_STD_DPS) & (
        moving_std(acc_mps2, 0.5, rate_hz) < _POSE_ACC_STD_MPS2
    )
    rests = runs(still)
    rests = rests[rests[:, 1] - rests[:, 0] >= _MIN_POSE_S * rate_hz]
    poses = np.array([acc_mps2[start:end].mean(axis=0) for start, end in rests]).reshape(-1, 3)
    _require_six_faces(poses)
    matrix, bias = _fit(poses)
    if np.abs(matrix - np.eye(3)).max() > _MAX_SCALE_ERROR:
        raise CalibrationError(
            "wrong_units",
            f"the six faces read {np.linalg.norm(poses, axis=1).mean():.3g} in place of "
            f"{GRAVITY_MPS2:.2f} m/s2; is the recording in m/s2? Nothing was saved",
        )
    calibrated = (poses - bias) @ matrix.T
    residual = np.linalg.norm(calibrated, axis=1) - GRAVITY_MPS2
    lengths = rests[:, 1] - rests[:, 0]
    gyr_means = np.array([gyr_dps[start:end].mean(axis=0) for start, end in rests])
    longest = rests[np.argmax(lengths)]
    noise = np.var(lowpass(gyr_dps[longest[0] : longest[1]], 10.0, rate_hz), axis=0).sum()
    return Calibration(
        serial=serial,
        made_at=made_at,
        acc_matrix=tuple((float(a), float(b), float(c)) for a, b, c in matrix),
        acc_bias_mps2=_triple(bias),
        gyr_bias_dps=_triple(np.average(gyr_means, axis=0, weights=lengths)),
        gyr_noise_dps2=min(float(noise), MOST_NOISE_DPS2),
        residual_mps2=float(np.sqrt(np.mean(residual**2))),
    )


def _triple(x: FloatArray) -> tuple[float, float, float]:
    return float(x[0]), float(x[1]), float(x[2])


def _require_six_faces(poses: FloatArray) -> None:
    missing = []
    for axis, name in enumerate("xyz"):
        for sign, word in ((1.0, "up"), (-1.0, "down")):
            face = np.zeros(3)
            face[axis] = sign
            if not any(angle_between_deg(pose, face) < _MAX_POSE_ERROR_DEG for pose in poses):
                missing.append(f"{name} {word}")
    if missing:
        raise CalibrationError(
            "missing_pose",
            f"found {len(poses)} still poses, but none with {', '.join(missing)}. Lay the sensor on "
            "each of its six faces for 3 s and record all of it in one go",
        )


def _fit(poses: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Gauss-Newton for matrix (symmetric if few poses) and bias with |matrix (pose - bias)| = g.

    Six poses determine scale and bias per axis; misalignment needs nine different ones or more, and
    stays out until then.
    """
    scale, bias = np.ones(3), np.zeros(3)
    shear = np.zeros(3)
    with_shear = _different(poses) >= 9
    for _ in range(50):
        matrix = _symmetric(scale, shear)
        out = (poses - bias) @ matrix.T
        size = np.linalg.norm(out, axis=1)
        direction = out / size[:, None]
        centred = poses - bias
        columns = [direction * centred, -direction @ matrix]
        if with_shear:
            x, y, z = centred.T
            dx, dy, dz = direction.T
            columns.append(np.column_stack([dx * y + dy * x, dx * z + dz * x, dy * z + dz * y]))
        step, *_ = np.linalg.lstsq(np.hstack(columns), GRAVITY_MPS2 - size, rcond=None)
        scale, bias = scale + step[:3], bias + step[3:6]
        if with_shear:
            shear = shear + step[6:]
        if np.abs(step).max() < 1e-12:
            break
    return _symmetric(scale, shear), bias


def _different(poses: FloatArray) -> int:
    """Count the poses that are at least 20 deg from all earlier ones."""
    kept: list[FloatArray] = []
    for pose in poses:
        if all(angle_between_deg(pose, other) >= 20.0 for other in kept):
            kept.append(pose)
    return len(kept)


def _symmetric(scale: FloatArray, shear: FloatArray) -> FloatArray:
    xy, xz, yz = shear
    return np.array([[scale[0], xy, xz], [xy, scale[1], yz], [xz, yz, scale[2]]])
