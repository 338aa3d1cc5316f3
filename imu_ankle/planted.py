"""When the foot is planted, when it moves, and when weight shifts onto one leg."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from imu_ankle.model import BoolArray, FloatArray, IntArray
from imu_ankle.signal.filters import lowpass_segments, moving_mean
from imu_ankle.signal.rotation import tilt_deg
from imu_ankle.signal.runs import hysteresis, join, runs, to_mask


@dataclass(frozen=True, slots=True, kw_only=True)
class PlantedParams:
    """Knobs of standing; rates are those of a shoe and grow with the placement."""

    window_s: float = 0.5  # of the moving rate level: a sway period, less than a step
    active_dps: float = 40.0  # a planted foot's level stays below, a step's goes to 100-300
    min_planted_s: float = 1.0  # shorter stands between two bursts are steps
    recovery_s: float = 3.0  # a longer burst is not a loss of balance but something else
    same_pose_deg: float = 15.0  # beyond this the sensor isn't where it was
    shift_ratio: float = 1.8  # one leg turns the foot at least so much more than two
    shift_tilt_deg: float = 0.3  # the foot leans when it takes the whole weight
    shift_explains: float = 0.55  # share of the level's variance that the one change explains
    min_stance_s: float = 1.5  # a shorter stand on one leg is a step
    min_two_legs_s: float = 0.7  # of two-leg standing needed to see a change
    level_floor_dps: float = 0.1  # below this, levels are sensor noise
    burst_ratio: float = 2.5  # the shift itself turns the foot faster than the stance after it
    burst_reach_s: float = 1.5  # a shift of weight is over by then
    calm_dps: float = 1.0  # below this level nobody stands on one leg
    calm_margin_s: float = 2.0  # before steps weight moves about so long, after them the foot settles
    settle_s: float = 3.0  # ... or longer, while its level is raised
    margin_s: float = 0.5  # where standing may be on one leg, every second counts


@dataclass(frozen=True, slots=True, eq=False)
class Standing:
    """Signals from which standing is judged, all on the motion's grid.

    Attributes
    ----------
    rate_dps : (N, 3) rate below 10 Hz.
    level_dps : (N,) its moving RMS over half a second.
    lean_deg : (N, 2) tilt of the foot by gravity below 2 Hz.
    planted : (N,) where the level is that of a planted foot, for a second or more.
    """

    rate_hz: float
    rate_dps: FloatArray
    level_dps: FloatArray
    lean_deg: FloatArray
    planted: BoolArray
    segments: IntArray


@dataclass(frozen=True, slots=True)
class Stand:
    """A stretch of standing, half-open in samples, and whether weight was seen to shift into it.

    `return_end` is where the final return to two legs was over; `two_legs` is standing beside it.
    """

    start: int
    end: int
    shift_seen: bool
    return_end: int
    two_legs: tuple[tuple[int, int], ...] = ()


def judge_standing(
    acc: FloatArray, gyr: FloatArray, segments: IntArray, rate_hz: float, params: PlantedParams
) -> Standing:
    """Compute what standing is judged by; `acc` and `gyr` are (N, 3) in the upright frame."""
    rate = lowpass_segments(gyr, segments, 10.0, rate_hz)
    lean = tilt_deg(lowpass_segments(acc, segments, 2.0, rate_hz))
    power = np.einsum("ij,ij->i", rate, rate)
    level = np.zeros(len(rate))
    for start, end in segments:
        level[start:end] = moving_mean(power[start:end], params.window_s, rate_hz)
    level = np.sqrt(np.maximum(level, 0.0))
    quiet = runs((level < params.active_dps) & to_mask(segments, len(rate)))
    long_enough = quiet[:, 1] - quiet[:, 0] >= params.min_planted_s * rate_hz
    planted = to_mask(quiet[long_enough], len(rate))
    return Standing(rate_hz, rate, level, lean, planted, segments)


def find_stand(s: Standing, params: PlantedParams) -> Stand | None:
    """Find the stance on one leg, or failing that the longest quiet stretch, or None.

    Planted pieces are grouped across bursts short enough to be a recovered loss of balance. The
    largest group in which the level rises and the foot leans at the same moment holds the stance.
    """
    groups = _groups(s, params)
    if not groups:
        return None
    sizes = [sum(int(end - start) for start, end in group) for group in groups]
    by_size = [groups[i] for i in np.argsort(sizes, kind="stable")[::-1]]
    largest_is_long = max(sizes) >= 5.0 * s.rate_hz
    for rank, group in enumerate(by_size):
        stand = _stance_in(s, group, params)
        if stand is None:
            continue
        if rank == 0 or not largest_is_long or stand.end - stand.start >= 5.0 * s.rate_hz:
            return stand
    return _quiet_stretch(s, by_size[0], params)


def _groups(s: Standing, params: PlantedParams) -> list[IntArray]:
    """Planted pieces, (K, 2) per group, joined across short bursts in one pose."""
    pieces = runs(s.planted)
    if not len(pieces):
        return []
    poses = np.array([np.median(s.lean_deg[start:end], axis=0) for start, end in pieces])
    apart = (pieces[1:, 0] - pieces[:-1, 1] > params.recovery_s * s.rate_hz) | (
        np.linalg.norm(np.diff(poses, axis=0), axis=1) > params.same_pose_deg
    )
    return list(np.split(pieces, np.flatnonzero(apart) + 1))


def _stance_in(s: Standing, group: IntArray, params: PlantedParams) -> Stand | None:
    """The interval of raised level in `group`, if it is one: contrast, lean and length."""
    hop = max(1, round(0.1 * s.rate_hz))
    total = int(sum(end - start for start, end in group))
    hop *= max(1, total // (400 * hop))  # bounded work however long the standing
    margin = round(params.window_s * s.rate_hz / 2)
    centres = np.concatenate(
        [
            np.arange(
                start + (margin if i else 0), end - (margin if i < len(group) - 1 else 0), hop
            )
            for i, (start, end) in enumerate(group)
        ]
    )
    level = np.log(np.maximum(s.level_dps[centres], params.level_floor_dps))
    found = _raised_interval(level, round(params.min_stance_s * s.rate_hz / hop),
                             round(params.min_two_legs_s * s.rate_hz / hop))
    if found is None:
        return None
    first, last, contrast, explained = found
    if contrast < np.log(params.shift_ratio) or explained < params.shift_explains:
        return None
    inside = np.zeros(len(centres), dtype=bool)
    inside[first:last] = True
    lean = s.lean_deg[centres]
    near = max(1, round(2.0 * s.rate_hz / hop))
    shifts = [
        float(np.linalg.norm(np.median(lean[a], axis=0) - np.median(lean[b], axis=0)))
        for a, b in (
            (slice(max(first - near, 0), first), slice(first, first + near)),
            (slice(last, last + near), slice(max(last - near, first), last)),
        )
        if len(lean[a]) * hop >= params.min_two_legs_s * s.rate_hz
    ]
    if max(shifts, default=0.0) < params.shift_tilt_deg:
        return None
    start = int(centres[first]) if first else int(group[0, 0])
    end = int(centres[last]) if last < len(centres) else int(group[-1, 1])
    typical = float(np.exp(np.median(level[inside])))
    if first:
        start = _end_of_shift(s, start, typical, params)
    return_end = end
    if last < len(centres):
        end, return_end = _return(s, start, end, typical, params)
    if end - start < params.min_stance_s * s.rate_hz:
        return None
    before = [(int(group[0, 0]), int(centres[first]))] if first else []
    after = [(return_end, int(group[-1, 1]))] if last < len(centres) else []
    return Stand(start, end, True, return_end, (*before, *after))


def _raised_interval(
    level: FloatArray, min_inside: int, min_outside: int
) -> tuple[int, int, float, float] | None:
    """Return ``(first, last, contrast, explained)`` of the interval that stands out upward most.

    Least squares with two means, one inside ``[first, last)`` and one outside, over all intervals:
    the classical test for a change that later reverts.
    """
    n = len(level)
    if n < min_inside + min_outside:
        return None
    centred = level - level.mean()
    sums = np.concatenate([[0.0], np.cumsum(centred)])
    total = float(centred @ centred)
    length = np.arange(n + 1)[None, :] - np.arange(n + 1)[:, None]
    inside = sums[None, :] - sums[:, None]
    allowed = (length >= min_inside) & (n - length >= min_outside) & (inside > 0)
    if not allowed.any() or total == 0.0:
        return None
    gain = np.where(allowed, inside**2 * n / np.maximum(length * (n - length), 1), -1.0)
    first, last = np.unravel_index(int(np.argmax(gain)), gain.shape)
    k = int(last - first)
    inner = float(inside[first, last])
    contrast = inner / k + inner / (n - k)
    return int(first), int(last), contrast, float(gain[first, last]) / total


def _short_level(s: Standing, start: int, end: int) -> FloatArray:
    """Moving RMS of the rate over a fifth of a second, where edges need to be sharp."""
    power = np.einsum("ij,ij->i", s.rate_dps[start:end], s.rate_dps[start:end])
    return np.sqrt(np.maximum(moving_mean(power, 0.2, s.rate_hz), 0.0))


def _end_of_shift(s: Standing, start: int, typical: float, params: PlantedParams) -> int:
    """Move the start of the stance behind the burst of the weight shift."""
    reach = round(params.burst_reach_s * s.rate_hz)
    first, last = max(start - reach, 0), min(start + reach, len(s.level_dps))
    fast = runs(_short_level(s, first, last) > params.burst_ratio * typical) + first
    near = fast[fast[:, 0] <= start + round(params.window_s * s.rate_hz)]
    return int(max(start, near[-1, 1])) if len(near) else start


def _return(
    s: Standing, start: int, end: int, typical: float, params: PlantedParams
) -> tuple[int, int]:
    """Return where the final return to two legs begins and where it is over."""
    reach = round(params.burst_reach_s * s.rate_hz)
    first, last = max(end - reach, start), min(end + reach, len(s.level_dps))
    fast = runs(_short_level(s, first, last) > params.burst_ratio * typical) + first
    near = fast[fast[:, 1] >= end - round(params.window_s * s.rate_hz)]
    if not len(near):
        return end, end
    return int(min(end, near[0, 0])), int(max(end, near[-1, 1]))


def _quiet_stretch(s: Standing, group: IntArray, params: PlantedParams) -> Stand:
    """The group from its first to its last planted moment, away from the movement beside it.

    Standing as calm as on two legs isn't timed, only its level matters: it keeps well clear of the
    steps beside it and starts when the foot has settled.
    """
    start, end = int(group[0, 0]), int(group[-1, 1])
    after_steps, before_steps = start not in s.segments[:, 0], end not in s.segments[:, 1]
    level = np.concatenate([s.level_dps[a:b] for a, b in group])
    typical = max(float(np.median(level)), params.level_floor_dps)
    calm = typical < params.calm_dps
    margin = params.calm_margin_s if calm else params.margin_s
    margin_samples = min(round(margin * s.rate_hz), (end - start) // 4)
    if after_steps:
        start += margin_samples
        reach = min(round(params.settle_s * s.rate_hz), (end - start) // 4)
        unsettled = np.flatnonzero(s.level_dps[start : start + reach] > 3.0 * typical)
        if calm and len(unsettled):
            start += int(unsettled[-1]) + 1
    if before_steps:
        end -= margin_samples
    return Stand(start, end, False, end)


def bursts(x: FloatArray, *, on: float, off: float, hole_s: float, rate_hz: float) -> IntArray:
    """Return the runs above `off` that exceed `on`, joined across holes up to `hole_s`, (M, 2)."""
    return join(hysteresis(x, on=on, off=off), round(hole_s * rate_hz))
