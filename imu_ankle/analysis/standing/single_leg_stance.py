"""Where weight shifts onto one leg and back: the stance on one leg among other standing."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from imu_ankle.analysis.standing.params import SingleLegStanceParams
    from imu_ankle.analysis.standing.stationary import StationaryFoot
    from imu_ankle.core.recording import BoolArray, FloatArray, IntArray


@dataclass(frozen=True, slots=True)
class SingleLegStance:
    """A stretch of standing, half-open in samples, and whether weight was seen to shift into it.

    `return_end` is where the final return to two legs was over; `two_legs` is standing beside it.
    """

    start: int
    end: int
    shift_seen: bool
    return_end: int
    two_legs: tuple[tuple[int, int], ...] = ()


def find_single_leg_stance(
    s: StationaryFoot, params: SingleLegStanceParams
) -> SingleLegStance | None:
    """Find the stance on one leg, or failing that the longest quiet stretch, or None.

    The largest group of standing in which the rate rises and the foot leans at the same moment
    holds the stance. Where a long group shows no such change, smaller groups count only with a long
    stance: a short unrest between steps doesn't beat a long quiet stand.
    """
    groups = sorted(s.groups, key=_static_samples, reverse=True)
    if not groups:
        return None
    long = params.long_s * s.rate_hz
    for rank, group in enumerate(groups):
        stance = _stance_in(s, group, params)
        if stance is None:
            continue
        if rank == 0 or _static_samples(groups[0]) < long or stance.end - stance.start >= long:
            return stance
    return _quiet_stretch(s, groups[0], params)


def _static_samples(group: IntArray) -> int:
    return int(np.sum(group[:, 1] - group[:, 0]))


@dataclass(frozen=True, slots=True, eq=False)
class _Samples:
    """A group of standing, thinned out to moments 0.2 s apart (more where it is very long)."""

    at: IntArray
    level: FloatArray  # log of the rate level
    lean: FloatArray  # (n, 2) degrees
    per_s: float


_LEAN_SAY = 0.6  # lean drifts slowly: its moments tell less than those of the level
_AT_END_S = 0.5  # unrest so near an end of the group belongs to it
_MOST_LOOKS = 6  # pieces of unrest that may be set aside
_STEP_S = 0.2
_FINE_S = 0.02  # where ends are looked for
_MOST_MOMENTS = 500  # bounds the work: every pair of them is looked at


def _thin_out(s: StationaryFoot, group: IntArray, params: SingleLegStanceParams) -> _Samples:
    step_s = max(_STEP_S, _static_samples(group) / s.rate_hz / _MOST_MOMENTS)
    margin_s = 0.25  # the level at an inner edge is that of the burst beside it
    last = len(group) - 1
    pieces = [
        _moments(
            start + (margin_s * s.rate_hz if i else 0.0),
            end - (margin_s * s.rate_hz if i < last else 0.0),
            step_s,
            s.rate_hz,
        )
        for i, (start, end) in enumerate(group)
    ]
    at = np.concatenate(pieces)
    level = np.log(np.maximum(s.level_dps[at], params.level_floor_dps))
    return _Samples(at, level, s.lean_deg[at], 1.0 / step_s)


def _moments(start: float, end: float, step_s: float, rate_hz: float) -> IntArray:
    """Return the samples nearest to whole multiples of `step_s`, the same at every sampling rate."""
    first, last = np.ceil(start / rate_hz / step_s - 1e-6), np.floor((end - 1) / rate_hz / step_s)
    at = np.rint(np.arange(first, last + 1) * step_s * rate_hz).astype(np.int64)
    return np.unique(np.clip(at, round(start), max(round(end) - 1, round(start))))


def _stance_in(
    s: StationaryFoot, group: IntArray, params: SingleLegStanceParams
) -> SingleLegStance | None:
    """Find the stretch of `group` in which the level is raised and the foot leans, if there is one.

    Unrest at an end of the group that stands out, but is no stance, is set aside; then the rest is
    looked at again.
    """
    moments = _thin_out(s, group, params)
    steps_before = int(group[0, 0]) not in s.segments[:, 0]
    steps_after = int(group[-1, 1]) not in s.segments[:, 1]
    low, high = 0, len(moments.at)
    for _ in range(_MOST_LOOKS):
        part = _Samples(
            moments.at[low:high], moments.level[low:high], moments.lean[low:high], moments.per_s
        )
        found = _raised_interval(
            part.level,
            part.lean,
            max(1, round(params.min_s * part.per_s)),
            max(1, round(params.min_two_legs_s * part.per_s)),
        )
        if found is None:
            return None
        first, last = found
        length_s = (last - first) / part.per_s
        at_start = first <= round(_AT_END_S * part.per_s)
        at_end = last >= high - low - round(_AT_END_S * part.per_s)
        if steps_before and at_start and length_s < params.min_after_steps_s:
            low += last
        elif steps_after and at_end and length_s < params.min_before_steps_s:
            high = low + first
        elif _is_stance(part, first, last, params):
            return _with_edges(s, group, part, first, last, params)
        elif at_start:
            low += last
        elif at_end:
            high = low + first
        else:
            return None
    return None


def _raised_interval(
    level: FloatArray, lean: FloatArray, min_inside: int, min_outside: int
) -> tuple[int, int] | None:
    """Return the interval ``[first, last)`` that stands out most, with a level raised inside.

    Two means per signal, one inside and one outside; of all intervals the one that leaves the
    smallest product of the unexplained shares of level and lean: the likelihood ratio test for a
    change that later reverts.

    Parameters
    ----------
    level, lean : (n,) log rate level and (n, 2) lean at evenly spaced moments.
    """
    n = len(level)
    if n < min_inside + min_outside:
        return None
    length = np.arange(n + 1)[None, :] - np.arange(n + 1)[:, None]
    weight = n / np.maximum(length * (n - length), 1)
    sums = _sums_between(level)
    allowed = (length >= min_inside) & (n - length >= min_outside) & (sums > 0)
    if not allowed.any():
        return None
    gain_lean = _sums_between(lean[:, 0]) ** 2 + _sums_between(lean[:, 1]) ** 2
    floor = 1e-12
    left = np.maximum(1.0 - sums**2 * weight / max(n * float(level.var()), floor), floor)
    unleaned = 1.0 - gain_lean * weight / max(n * float(lean.var(axis=0).sum()), floor)
    left *= np.maximum(unleaned, floor) ** _LEAN_SAY
    best = int(np.argmin(np.where(allowed, left, np.inf)))
    return best // (n + 1), best % (n + 1)


def _sums_between(x: FloatArray) -> FloatArray:
    """Return sums of the centred `x` over every ``[i, j)``, (n + 1, n + 1)."""
    sums = np.concatenate([[0.0], np.cumsum(x - x.mean())])
    return np.asarray(sums[None, :] - sums[:, None], dtype=np.float64)


def _is_stance(part: _Samples, first: int, last: int, params: SingleLegStanceParams) -> bool:
    """Whether level and lean inside ``[first, last)`` differ from those outside as on one leg."""
    inside = np.zeros(len(part.at), dtype=bool)
    inside[first:last] = True
    long = (last - first) / part.per_s >= params.long_s
    most_dps = params.most_two_legs_dps if long else params.two_legs_dps
    if float(np.exp(np.median(part.level[~inside]))) > most_dps:
        return False
    rise = float(part.level[inside].mean() - part.level[~inside].mean())
    leans = [
        float(np.linalg.norm(_mean_lean(part, a) - _mean_lean(part, b)))
        for a, b in _neighbours(part, first, last)
        if a.stop - a.start >= params.min_two_legs_s * part.per_s
    ]
    lean = max(leans, default=0.0)
    by_level = (
        rise >= np.log(params.ratio)
        and rise >= params.distinct * _spread(part.level[:, None], inside)
        and lean >= params.lean_deg
    )
    by_lean = (
        rise >= np.log(params.weak_ratio)
        and len(leans) == 2
        and min(leans) >= params.clear_lean_deg
        and lean >= params.clear_distinct * _spread(part.lean, inside)
    )
    return by_level or by_lean


def _neighbours(part: _Samples, first: int, last: int) -> tuple[tuple[slice, slice], ...]:
    """Return the two seconds outside and inside each end, as (outside, inside)."""
    near = max(1, round(2.0 * part.per_s))
    return (
        (slice(max(first - near, 0), first), slice(first, min(first + near, last))),
        (slice(last, min(last + near, len(part.at))), slice(max(last - near, first), last)),
    )


def _mean_lean(part: _Samples, piece: slice) -> FloatArray:
    # not the median: that of a direction depends on how the sensor is turned
    return np.asarray(part.lean[piece].mean(axis=0), dtype=np.float64)


def _spread(x: FloatArray, inside: BoolArray) -> float:
    """Return the standard deviation about the two means, over all columns."""
    total = sum(float(np.sum((x[m] - x[m].mean(axis=0)) ** 2)) for m in (inside, ~inside))
    return float(np.sqrt(total / len(x)))


def _with_edges(
    s: StationaryFoot,
    group: IntArray,
    part: _Samples,
    first: int,
    last: int,
    params: SingleLegStanceParams,
) -> SingleLegStance:
    """Move the ends to where the shift of weight is over and where the return begins."""
    outer_start, outer_end = int(group[0, 0]), int(group[-1, 1])
    start, end, return_end = outer_start, outer_end, outer_end
    two_legs: list[tuple[int, int]] = []
    (before, early), (after, late) = _neighbours(part, first, last)
    reach_s = max(1.2, 1.5 / part.per_s)
    if first > 0:
        near = (int(part.at[first]), reach_s)
        lean = _mean_lean(part, early) - _mean_lean(part, before)
        onset, start = _edge(s, near, lean, (outer_start, outer_end), 1, params)
        two_legs.append((outer_start, onset))
    if last < len(part.at):
        near = (int(part.at[last - 1]), reach_s)
        lean = _mean_lean(part, late) - _mean_lean(part, after)
        return_end, end = _edge(s, near, lean, (outer_start, outer_end), -1, params)
        two_legs.append((return_end, outer_end))
    return SingleLegStance(start, max(end, start + 1), True, max(return_end, end), tuple(two_legs))


def _edge(
    s: StationaryFoot,
    near: tuple[int, float],
    lean: FloatArray,
    limits: tuple[int, int],
    direction: int,
    params: SingleLegStanceParams,
) -> tuple[int, int]:
    """Return the outer and the inner end of the shift of weight within `near` = (sample, seconds).

    Seen from two legs towards one, so backward in time for the return. The outer end is where the
    level changes; from there on the foot leans, by the integrated rate, until it has arrived.
    """
    rate_hz, (coarse, reach_s) = s.rate_hz, near
    low = max(coarse - reach_s * rate_hz, limits[0])
    high = min(coarse + reach_s * rate_hz, limits[1])
    window = _moments(low, high, max(_FINE_S, reach_s / 500.0), rate_hz)[::direction]
    k = _level_change(np.log(np.maximum(s.sharp_level_dps[window], params.level_floor_dps)))
    onset = int(window[k])
    inward = np.arange(round(params.shift_s * rate_hz)) * direction + onset
    inward = inward[(inward >= limits[0]) & (inward < limits[1])]
    size = float(np.linalg.norm(lean))
    if size == 0.0 or not len(inward):
        return onset, onset
    travelled = np.cumsum(s.rate_dps[inward, :2] @ (lean / size)) * direction / rate_hz
    arrived = np.flatnonzero(travelled >= params.arrived * size)
    if size >= params.traceable_deg and len(arrived):
        steps = arrived[0] / params.arrived_after
    else:
        steps = params.usual_shift_s * rate_hz
    inner = int(inward[min(round(steps), len(inward) - 1)])
    # sample positions of half-open ends: backward in time the edge lies behind the sample
    return (onset, inner) if direction == 1 else (onset + 1, inner + 1)


def _level_change(x: FloatArray) -> int:
    """Return where two means, lower before and higher after, fit `x` best."""
    n = len(x)
    sums = np.cumsum(x - x.mean())[:-1]
    k = np.arange(1, n)
    gain = np.where(sums < 0.0, sums**2 / (k * (n - k)), -1.0)
    return int(np.argmax(gain)) + 1 if n > 1 else 0


def _quiet_stretch(
    s: StationaryFoot, group: IntArray, params: SingleLegStanceParams
) -> SingleLegStance:
    """Return the group from its first to its last moment, away from the movement beside it.

    Standing as calm as on two legs isn't timed, only its level matters: it keeps well clear of the
    steps beside it and starts when the foot has settled.
    """
    start, end = int(group[0, 0]), int(group[-1, 1])
    after_steps, before_steps = start not in s.segments[:, 0], end not in s.segments[:, 1]
    level = np.concatenate([s.level_dps[a:b] for a, b in group])
    typical = max(float(np.median(level)), params.level_floor_dps)
    calm = typical < params.calm_dps
    margin_s = params.calm_margin_s if calm else params.margin_s
    margin = min(round(margin_s * s.rate_hz), (end - start) // 4)
    if after_steps:
        start += margin
        reach = min(round(params.settle_s * s.rate_hz), (end - start) // 4)
        unsettled = np.flatnonzero(s.level_dps[start : start + reach] > params.unsettled * typical)
        if calm and len(unsettled):
            start += int(unsettled[-1]) + 1
    if before_steps:
        end -= margin
    return SingleLegStance(start, end, False, end)
