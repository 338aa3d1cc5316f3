"""Where the sensor is still, and what stillness tells: units, gyroscope bias, the flat pose."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from imu_ankle.core.errors import RecordingError
from imu_ankle.core.recording import GRAVITY_MPS2, BoolArray, FloatArray, IntArray
from imu_ankle.core.signal.filters import moving_std
from imu_ankle.core.signal.rotation import angle_between_deg, cross
from imu_ankle.core.signal.runs import join, runs, to_mask


@dataclass(frozen=True, slots=True, kw_only=True)
class StaticDetectionParams:
    """Parameters of rest and attitude."""

    window_s: float = 1.0  # a second of sway averages to less than 0.2 deg/s
    gyr_std_dps: float = 1.0  # a planted shoe has 0.05-0.5 deg/s per axis, a worn one at rest < 1
    acc_std_mps2: float = 0.3  # 1.7 deg of tilt, or a tenth of the shake of a step
    accepted_mps2: tuple[float, float] = (9.3, 10.3)  # what a still sensor may read
    rescaled_mps2: tuple[float, float] = (7.5, 12.5)  # scale errors that cheap sensors have
    moving_mps2: tuple[float, float] = (4.9, 40.0)  # median of a foot that never rests: 0.5 to 4 g
    worn_rate_dps: tuple[float, float] = (0.3, 40.0)  # a worn foot stirs; a table does not
    worn_sway_deg: float = 0.025  # the quietest real stand had 0.07, averaged noise has 0.01
    same_pose_deg: float = 12.0  # the planted foot tilts less than this between stances
    # a clip turns on the shoe by this much; real feet come back to within 4 deg after steps, and a
    # sensor that lay elsewhere before it was clipped on is further off
    moved_deg: tuple[float, float] = (8.0, 45.0)
    moved_stand_s: float = 3.0  # of standing in either pose; a heel is held up for less


@dataclass(frozen=True, slots=True, eq=False)
class StaticPeriods:
    """Rests and what follows from them."""

    rests: IntArray
    bias_dps: FloatArray
    gravity_mps2: FloatArray
    acc_scale: float
    reasons: tuple[str, ...]


@dataclass(frozen=True, slots=True, eq=False)
class _Blocks:
    """Means over quarter seconds: enough to see postures, cheap to compare."""

    acc: FloatArray
    gyr: FloatArray
    steady: BoolArray  # the acceleration is gravity, the rate that of a planted foot
    stirring: BoolArray  # ... and the foot is worn
    at: IntArray  # first sample of each block
    size: int  # samples per block

    @property
    def steady_runs(self) -> IntArray:
        """Sample ranges of steady blocks in a row, (K, 2)."""
        pieces = runs(self.steady)
        if not len(pieces):
            return pieces
        ranges = np.column_stack([self.at[pieces[:, 0]], self.at[pieces[:, 1] - 1] + self.size])
        # a hole between blocks belongs to no run
        whole: IntArray = ranges[
            ranges[:, 1] - ranges[:, 0] == (pieces[:, 1] - pieces[:, 0]) * self.size
        ]
        return whole


_BLOCK_S = 0.25
# gravity and gyroscope tell of the same movement if they correlate so well; then gravity may turn
# faster by sway's own acceleration (up to twice), but not so much faster or slower
_ALIKE, _TOO_FAST, _TOO_SLOW = 0.7, 20.0, 12.0


def detect_static(
    acc_mps2: FloatArray,
    gyr_dps: FloatArray,
    segments: IntArray,
    rate_hz: float,
    params: StaticDetectionParams,
) -> StaticPeriods:
    """Find rests, check the units by them, and take bias and flat pose from them.

    Raises
    ------
    RecordingError
        ``wrong_units`` if a still sensor doesn't read about 9.8 m/s2, or if the rate of the
        gyroscope can't be in deg/s because gravity turns much faster or slower;
        ``dead_gyroscope`` if gravity turns and it reads nothing.
    """
    if not np.ptp(gyr_dps, axis=0).any() and np.ptp(acc_mps2, axis=0).max() > params.acc_std_mps2:
        raise RecordingError(
            "dead_gyroscope",
            "the accelerometer moves, but the gyroscope reads nothing: one value throughout; is it on?",
        )
    rests = _rests(acc_mps2, gyr_dps, segments, rate_hz, params)
    reasons: list[str] = []
    if len(rests):
        poses = [acc_mps2[start:end].mean(axis=0) for start, end in rests]
        still_mps2 = float(np.median(np.linalg.norm(poses, axis=1)))
    else:
        reasons.append("no_rest")
        present = to_mask(segments, len(acc_mps2))
        still_mps2 = float(np.median(np.linalg.norm(acc_mps2[present], axis=1)))
    scale = _acc_scale(still_mps2, params, at_rest=bool(len(rests)))
    if scale != 1.0:
        reasons.append("units_rescaled")
        acc_mps2 = acc_mps2 * scale

    rough = (np.vstack([gyr_dps[a:b] for a, b in rests]) if len(rests) else gyr_dps).mean(axis=0)
    blocks = _blocks(acc_mps2, gyr_dps - rough, segments, rate_hz, params)
    bias = _bias(gyr_dps, np.vstack([rests, blocks.steady_runs]), rough)
    _check_gyr_unit(blocks)
    gravity, moved = _flat_pose(acc_mps2, rests, blocks, params)
    if moved:
        reasons.append("clip_moved")
    return StaticPeriods(rests, bias, gravity, scale, tuple(reasons))


def _rests(
    acc: FloatArray,
    gyr: FloatArray,
    segments: IntArray,
    rate_hz: float,
    params: StaticDetectionParams,
) -> IntArray:
    """Return the stretches, (K, 2), whose every moment lies in a still window."""
    still = np.zeros(len(gyr), dtype=bool)
    for start, end in segments:
        if end - start >= params.window_s * rate_hz:
            piece = slice(start, end)
            still[piece] = moving_std(gyr[piece], params.window_s, rate_hz) < params.gyr_std_dps
            still[piece] &= moving_std(acc[piece], params.window_s, rate_hz) < params.acc_std_mps2
    half = round(params.window_s * rate_hz / 2)
    widened = [
        np.clip(runs(still[start:end]) + np.array([-half, half]), 0, end - start) + start
        for start, end in segments
    ]
    rests = join(np.vstack(widened), 0)
    return rests[rests[:, 1] - rests[:, 0] >= 2 * half]


def _bias(gyr: FloatArray, stands: IntArray, otherwise: FloatArray) -> FloatArray:
    """Mean rate over stretches in which the foot stayed put, (3,).

    A foot that stays put turns by no more than its sway: the mean rate over T seconds is off by
    about half the standard deviation of the rate over T, which gives the weights.
    """
    if not len(stands):
        return otherwise
    means = np.array([gyr[start:end].mean(axis=0) for start, end in stands])
    spreads = np.array([np.sqrt(gyr[start:end].var(axis=0).sum()) for start, end in stands])
    weights = ((stands[:, 1] - stands[:, 0]) / np.maximum(spreads, 1e-3)) ** 2
    return np.asarray(np.average(means, axis=0, weights=weights), dtype=np.float64)


def _acc_scale(still_mps2: float, params: StaticDetectionParams, *, at_rest: bool) -> float:
    low, high = params.accepted_mps2
    if low <= still_mps2 <= high:
        return 1.0
    wide_low, wide_high = params.rescaled_mps2
    if wide_low <= still_mps2 <= wide_high:
        return GRAVITY_MPS2 / still_mps2 if at_rest else 1.0
    if not at_rest and params.moving_mps2[0] <= still_mps2 <= params.moving_mps2[1]:
        return 1.0
    found = f"a still sensor must read {low:g} to {high:g} m/s2, this one reads {still_mps2:.3g}"
    units = {"g": 1.0, "mg": 1000.0}
    for unit, gravity in units.items():
        if 0.75 <= still_mps2 / gravity <= 1.3:
            raise RecordingError(
                "wrong_units",
                f"{found}: that is gravity in {unit}. Convert the file with "
                f"`imu-ankle import FILE --acc-unit {unit}`",
            )
    raise RecordingError(
        "wrong_units",
        f"{found}. Convert the file with `imu-ankle import FILE --acc-unit UNIT`, or check whether "
        "gravity was removed from it (then tilt can't be measured)",
    )


def _blocks(
    acc: FloatArray,
    gyr: FloatArray,
    segments: IntArray,
    rate_hz: float,
    params: StaticDetectionParams,
) -> _Blocks:
    size = max(1, round(_BLOCK_S * rate_hz))
    starts = np.concatenate(
        [np.arange(start, end - size + 1, size) for start, end in segments]
    ).astype(np.int64)
    if not len(starts):
        empty = np.zeros((0, 3))
        return _Blocks(empty, empty, np.zeros(0, bool), np.zeros(0, bool), starts, size)
    take = starts[:, None] + np.arange(size)
    block_acc, block_gyr = acc[take], gyr[take]
    norm = np.sqrt(np.einsum("bij,bij->bi", block_acc, block_acc))
    rate = np.sqrt(np.einsum("bij,bij->b", block_gyr, block_gyr) / size)
    low, high = params.worn_rate_dps
    steady = (
        (rate < high)
        & (np.abs(norm.mean(axis=1) - GRAVITY_MPS2) < 0.1 * GRAVITY_MPS2)
        & (norm.std(axis=1) < params.acc_std_mps2)
    )
    return _Blocks(
        block_acc.mean(axis=1), block_gyr.mean(axis=1), steady, steady & (rate > low), starts, size
    )


def _check_gyr_unit(blocks: _Blocks) -> None:
    """Compare how far gravity turns with how far the gyroscope says that it turned."""
    both = blocks.steady[1:] & blocks.steady[:-1]
    both &= np.diff(blocks.at) == blocks.size
    if np.count_nonzero(both) < 8:
        return
    up = blocks.acc / np.maximum(np.linalg.norm(blocks.acc, axis=1, keepdims=True), 1e-9)
    seen = np.diff(up, axis=0)[both]
    rate = np.radians(blocks.gyr[1:] + blocks.gyr[:-1])[both] / 2.0
    middle = (up[1:] + up[:-1])[both] / 2.0
    told = -cross(rate, middle) * _BLOCK_S
    seen_power, told_power = float(np.sum(seen**2)), float(np.sum(told**2))
    if np.sqrt(seen_power / len(seen)) < np.radians(0.1):
        return  # too little movement to tell
    if told_power < 1e-8 * seen_power:
        raise RecordingError(
            "dead_gyroscope",
            "gravity turns, but the gyroscope reads nothing at all; is it switched on?",
        )
    product = float(np.sum(seen * told))
    ratio = product / told_power
    if product / np.sqrt(seen_power * told_power) <= _ALIKE:
        return
    if ratio > _TOO_FAST:
        raise RecordingError(
            "wrong_units",
            f"gravity turns {ratio:.0f} times as fast as the gyroscope says: its values look like "
            "rad/s, not deg/s. Convert the file with `imu-ankle import FILE --gyr-unit rad/s`",
        )
    if ratio < 1.0 / _TOO_SLOW:
        raise RecordingError(
            "wrong_units",
            f"gravity turns {1.0 / ratio:.0f} times slower than the gyroscope says: its values are not "
            "deg/s. Convert the file with `imu-ankle import FILE --gyr-unit UNIT`",
        )


def _flat_pose(
    acc: FloatArray, rests: IntArray, blocks: _Blocks, params: StaticDetectionParams
) -> tuple[FloatArray, bool]:
    """Return gravity of the worn, flat foot (3,) and whether the clip turned between two stands.

    Of the poses in which the sensor rested, the one around which it stirred longest is the foot's;
    a table doesn't stir.
    """
    if not len(rests):
        use = blocks.steady if blocks.steady.any() else np.ones(len(blocks.acc), dtype=bool)
        return (blocks.acc[use] if len(blocks.acc) else acc).mean(axis=0), False
    poses = np.array([acc[start:end].mean(axis=0) for start, end in rests])
    lengths = rests[:, 1] - rests[:, 0]
    worn = np.array([_is_worn(blocks, start, end, params) for start, end in rests])
    stirring = blocks.acc[blocks.stirring]
    alive = [
        _count_near(pose, stirring, params.same_pose_deg) * blocks.size + int(length) * is_worn
        for pose, length, is_worn in zip(poses, lengths, worn, strict=True)
    ]
    chosen = int(np.argmax(np.array(alive, dtype=float) + 1e-3 * lengths))
    near = [angle_between_deg(pose, poses[chosen]) for pose in poses]
    flat = [i for i, angle in enumerate(near) if angle <= params.same_pose_deg]
    weights = lengths[flat] / lengths[flat].sum()
    gravity = weights @ poses[flat]
    enough = params.moved_stand_s * blocks.size / _BLOCK_S
    return gravity, _turned(poses[worn], lengths[worn], enough, params.moved_deg)


def _is_worn(blocks: _Blocks, start: int, end: int, params: StaticDetectionParams) -> bool:
    """Whether the sensor, at rest from `start` to `end`, sways a little, as on a standing foot."""
    inside = (blocks.at >= start) & (blocks.at + blocks.size <= end)
    if np.count_nonzero(inside) < 4:
        return False
    up = blocks.acc[inside] / np.linalg.norm(blocks.acc[inside], axis=1, keepdims=True)
    return float(np.degrees(np.sqrt(up.var(axis=0).sum()))) > params.worn_sway_deg


def _turned(
    poses: FloatArray, lengths: IntArray, enough: float, moved_deg: tuple[float, float]
) -> bool:
    """Whether at some moment one pose of standing gave way to another for good.

    A heel held up is a pose of its own too, but the foot comes back from it.
    """
    if len(poses) < 2:
        return False
    unit = poses / np.linalg.norm(poses, axis=1, keepdims=True)
    angle = np.degrees(np.arccos(np.clip(unit @ unit.T, -1.0, 1.0)))
    same = angle <= moved_deg[0]
    for k in range(1, len(poses)):
        before, after = same[:, :k] @ lengths[:k], same[:, k:] @ lengths[k:]
        first, second = int(np.argmax(before)), int(np.argmax(after))
        for_good = after[first] == 0 and before[second] == 0
        near = angle[first, second] <= moved_deg[1]
        if for_good and near and min(before[first], after[second]) >= enough:
            return True
    return False


def _count_near(pose: FloatArray, directions: FloatArray, within_deg: float) -> int:
    if not len(directions):
        return 0
    cosine = directions @ pose / np.linalg.norm(directions, axis=1) / np.linalg.norm(pose)
    return int(np.count_nonzero(cosine > np.cos(np.radians(within_deg))))
