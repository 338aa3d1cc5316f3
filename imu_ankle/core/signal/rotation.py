"""Rotations: turn gravity upright, turn the toes forward, read tilt from the up vector."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from imu_ankle.core.recording import FloatArray


def upright(gravity: FloatArray) -> FloatArray:
    """Return the (3, 3) rotation that takes the direction of `gravity` (3,) to +z by the shortest arc."""
    x, y, z = gravity / np.linalg.norm(gravity)
    if x * x + y * y == 0.0 and z < 0.0:
        return np.diag([1.0, -1.0, -1.0])
    # near upside down 1 + z cancels; the second form is the same number
    k = 1.0 / (1.0 + z) if z > 0.0 else (1.0 - z) / (x * x + y * y)
    return np.array(
        [
            [1.0 - k * x * x, -k * x * y, -x],
            [-k * x * y, 1.0 - k * y * y, -y],
            [x, y, z],
        ]
    )


def about_z(angle_rad: float) -> FloatArray:
    """Return the (3, 3) rotation by `angle_rad` about +z."""
    c, s = np.cos(angle_rad), np.sin(angle_rad)
    return np.array([[c, -s, 0.0], [s, c, 0.0], [0.0, 0.0, 1.0]])


def angle_between_deg(a: FloatArray, b: FloatArray) -> float:
    """Return the angle between two vectors in degrees, accurate near zero too."""
    return float(np.degrees(np.arctan2(np.linalg.norm(cross(a, b)), np.dot(a, b))))


def up_from_quaternion(quat: FloatArray) -> FloatArray:
    """Return the world's up direction in the body frame, (N, 3), from body-to-world wxyz."""
    w, x, y, z = quat.T
    return np.array([2.0 * (x * z - w * y), 2.0 * (y * z + w * x), w * w - x * x - y * y + z * z]).T


def tilt_deg(up: FloatArray) -> FloatArray:
    """Return tilt as a rotation vector about the horizontal axes, (N, 2) degrees.

    Column 0 turns about +x (left edge up), column 1 about +y (heel up). `up` is the world's up
    direction in the body frame, (N, 3), of any length.
    """
    horizontal = np.hypot(up[:, 0], up[:, 1])
    angle = np.degrees(np.arctan2(horizontal, up[:, 2]))
    scale = np.divide(angle, horizontal, out=np.zeros_like(angle), where=horizontal > 0)
    return np.array([up[:, 1] * scale, -up[:, 0] * scale]).T


def cross(a: FloatArray, b: FloatArray) -> FloatArray:
    """Return the cross product of vectors (N, 3) or (3,), each with each; numpy's costs ten times."""
    x, y, z = a.T
    u, v, w = b.T
    return np.array([y * w - z * v, z * u - x * w, x * v - y * u]).T


def turned(vectors: FloatArray, rotation: FloatArray) -> FloatArray:
    """Turn vectors (N, 3) by a rotation (3, 3); the result lies column by column in memory."""
    return (rotation @ vectors.T).T


def rotate(quat: FloatArray, vectors: FloatArray) -> FloatArray:
    """Turn body vectors (N, 3) into the world by body-to-world quaternions (N, 4) wxyz."""
    w, x, y, z = quat.T
    a, b, c = vectors.T
    # twice the cross product of the quaternion's vector with the vectors
    p, q, r = 2.0 * (y * c - z * b), 2.0 * (z * a - x * c), 2.0 * (x * b - y * a)
    return np.array(
        [a + w * p + y * r - z * q, b + w * q + z * p - x * r, c + w * r + x * q - y * p]
    ).T


def seen_along(heading: FloatArray, way: FloatArray) -> FloatArray:
    """Return a level way (2,) as (forward, left) of a heading (2,) of any length."""
    c, s = heading / max(float(np.hypot(*heading)), 1e-9)
    x, y = way
    return np.array([c * x + s * y, c * y - s * x])
