"""Second half of preparation: orientation by vqf, and where the toes point."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from vqf import offlineVQF

from imu_ankle.core.signal.rotation import tilt_deg, up_from_quaternion
from imu_ankle.core.signal.runs import join, runs, to_mask

if TYPE_CHECKING:
    from imu_ankle.core.recording import BoolArray, FloatArray, IntArray


@dataclass(frozen=True, slots=True, kw_only=True)
class HeadingParams:
    """Parameters of the search for the toes."""

    moving_dps: float = 30.0  # a foot that turns faster is stepping or rising, not standing
    hidden_deg: float = 15.0  # turned in a hole; of that a straight line misses a tenth
    min_moving_s: float = 0.4  # of a step or a heel raise; a hop to keep balance is shorter
    max_tilt_deg: float = 95.0  # gait has up to 85; a sensor in the hand turns over
    tilt_share: float = 0.9  # of squared tilt about one axis; real gait 0.93-0.98, handling 0.75
    flat_deg: float = 10.0  # a planted foot stays within; a raised heel or a swing does not
    min_tilt_deg: float = 15.0  # a heel raise or a step tilts the foot more than this
    lopsided: float = 1.3  # heel-up excursions are larger than toe-up ones by this factor


def unbroken(
    gyr_dps: FloatArray,
    segments: IntArray,
    doubtful: BoolArray,
    rate_hz: float,
    params: HeadingParams,
) -> IntArray:
    """Return sample ranges (K, 2) over which orientation can be followed.

    A bridged hole in which the foot turns far hides some of it; there orientation starts anew.
    """
    speed = np.sqrt(np.einsum("ij,ij->i", gyr_dps, gyr_dps))
    breaks = [
        (start, end)
        for start, end in runs(doubtful)
        if speed[max(0, start - 1) : end + 1].max() * (end - start) / rate_hz > params.hidden_deg
    ]
    hidden = to_mask(np.array(breaks, dtype=np.int64).reshape(-1, 2), len(gyr_dps))
    return runs(to_mask(segments, len(gyr_dps)) & ~hidden)


def orient(
    acc_mps2: FloatArray, gyr_dps: FloatArray, pieces: IntArray, rate_hz: float
) -> tuple[FloatArray, FloatArray]:
    """Return orientation (N, 4) wxyz and the up direction in the body frame (N, 3).

    Offline VQF (Laidig and Seel 2023, doi:10.1016/j.inffus.2022.10.014) on each unbroken piece, fed
    bias-free data already upright, so that the clip's attitude can't enter. In between the last
    orientation stands.
    """
    quat = np.zeros((len(gyr_dps), 4), order="F")
    quat[:, 0] = 1.0
    rate_rad = np.radians(gyr_dps)
    for start, end in pieces:
        if end - start < 3:
            continue
        piece = slice(start, end)
        out = offlineVQF(
            np.ascontiguousarray(rate_rad[piece]),
            np.ascontiguousarray(acc_mps2[piece]),
            None,
            1.0 / rate_hz,
            {"motionBiasEstEnabled": False},  # the bias is gone; what drift remains shows at rest
        )
        quat[piece] = out["quat6D"]
        quat[end:] = quat[end - 1]
    return quat, up_from_quaternion(quat)


def heading_rad(
    gyr_dps: FloatArray, up: FloatArray, segments: IntArray, rate_hz: float, params: HeadingParams
) -> float | None:
    """Return the angle about z that turns the frame's x to the toes, or None where nothing tells.

    The foot tilts mostly about its own left-right axis when it steps or rises on the toes; the sign
    follows from the heel going up further than the toes. Tilt and rate have equal say: the axis of
    the rate alone is drawn aside by the roll of a walking foot, that of tilt by clipped steps.
    Movement between two flat poses is preferred; what touches an end of the recording (a clip being
    handled) counts only without it, and what has no clear axis of its own not at all.

    Parameters
    ----------
    gyr_dps, up : (N, 3) in the upright frame.
    """
    tilt = tilt_deg(up)
    planar = gyr_dps[:, :2]
    moving = np.hypot(planar[:, 0], planar[:, 1]) > params.moving_dps
    off_flat = np.hypot(tilt[:, 0], tilt[:, 1]) > params.flat_deg
    spells = join(runs(moving | off_flat), round(0.5 * rate_hz))
    at_edge = np.isin(spells[:, 0], segments[:, 0]) | np.isin(spells[:, 1], segments[:, 1])
    usable = [_Spell.of(planar, tilt, moving, spell) for spell in spells]
    steps = [
        (spell, edge)
        for spell, edge in zip(usable, at_edge, strict=True)
        if np.count_nonzero(spell.moving) >= params.min_moving_s * rate_hz
        and params.min_tilt_deg <= spell.reach_deg <= params.max_tilt_deg
        and spell.tilt_share >= params.tilt_share
    ]
    complete = [spell for spell, edge in steps if not edge] or [spell for spell, _ in steps]
    if not complete:
        return None
    # the clearest and longest spell leads; others follow if they turn about the same axis
    weights = [spell.axis_share**4 * np.count_nonzero(spell.moving) for spell in complete]
    leader = complete[int(np.argmax(weights))]
    agreeing = [spell for spell in complete if abs(float(spell.axis @ leader.axis)) > 0.9]
    if sum(np.count_nonzero(s.moving) for s in agreeing) < 2.0 * params.min_moving_s * rate_hz:
        return None
    axis = np.linalg.eigh(
        sum(spell.moments * np.count_nonzero(spell.moving) for spell in agreeing)
    )[1][:, 1]
    excursion = np.concatenate([spell.tilt for spell in agreeing]) @ axis
    low, high = np.percentile(excursion, [2.0, 98.0])
    if max(high, -low) < params.lopsided * min(abs(high), abs(low)):
        return None
    if -low > high:
        axis = -axis
    # the axis is the foot's +y: turn it onto y
    return float(np.arctan2(axis[0], axis[1]))


@dataclass(frozen=True, slots=True, eq=False)
class _Spell:
    """One stretch of movement between flat poses: tilt (M, 2), and second moments of its axis."""

    moving: BoolArray
    tilt: FloatArray
    moments: FloatArray
    axis: FloatArray
    axis_share: float
    tilt_share: float
    reach_deg: float

    @staticmethod
    def of(planar: FloatArray, tilt: FloatArray, moving: BoolArray, spell: IntArray) -> _Spell:
        """Take the spell out of rate and tilt (N, 2).

        On the axis of the rate every moving moment has one vote: a fast twist can't outvote.
        """
        piece = slice(int(spell[0]), int(spell[1]))
        use = moving[piece]
        rate, lean = planar[piece][use], tilt[piece]
        turning = rate / np.maximum(np.linalg.norm(rate, axis=1, keepdims=True), 1e-9)
        moments = (_per_unit(lean) + _per_unit(turning)) / 2.0
        reach = float(np.percentile(np.hypot(lean[:, 0], lean[:, 1]), 98.0))
        share, axes = np.linalg.eigh(moments)
        tilt_share = float(np.linalg.eigvalsh(_per_unit(lean))[1])
        return _Spell(use, lean, moments, axes[:, 1], float(share[1]), tilt_share, reach)


def _per_unit(x: FloatArray) -> FloatArray:
    """Second moments of (M, 2) vectors, normalised to trace one."""
    moments = x.T @ x
    return np.asarray(moments / max(float(np.trace(moments)), 1e-12), dtype=np.float64)


def turn(angle_rad: float, quat: FloatArray) -> FloatArray:
    """Re-express body-to-world quaternions (N, 4) for a body frame turned by `angle_rad` about z."""
    c, s = np.cos(angle_rad / 2.0), -np.sin(angle_rad / 2.0)
    w, x, y, z = quat.T
    return np.array([w * c - z * s, x * c + y * s, y * c - x * s, z * c + w * s]).T
