"""Dips of a waist: down and up again by integrated acceleration, with little tilt.

Gravity is vertical and hardly changed by small errors of tilt, so only the vertical is integrated,
and only over one dip at a time, at rest at both ends.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np
from scipy.signal import find_peaks

from imu_ankle.core.recording import GRAVITY_MPS2
from imu_ankle.core.result import Event
from imu_ankle.core.signal.filters import lowpass
from imu_ankle.core.signal.rotation import rotate
from imu_ankle.core.signal.runs import runs

if TYPE_CHECKING:
    from collections.abc import Sequence

    from imu_ankle.analysis.cyclic.params import DescentParams
    from imu_ankle.core.motion import Motion
    from imu_ankle.core.recording import FloatArray, IntArray


@dataclass(frozen=True, slots=True, kw_only=True)
class Descent:
    """One way down and up; samples, depth, and how far up it came from before."""

    start: float
    bottom: float
    end: float
    depth_m: float
    fastest_mps: float  # down
    climbed_m: float  # the last way up shortly before; negative if it was down


@dataclass(frozen=True, slots=True)
class DescentSet:
    """Dips that count, and the rest with its reason."""

    descents: tuple[Descent, ...]
    rejected: tuple[Event, ...]
    reasons: tuple[str, ...]


def find_descents(motion: Motion, within: IntArray, params: DescentParams) -> DescentSet:
    """Return all dips of a set in sample ranges `within` (K, 2), none of which holds a hole."""
    acc = rotate(motion.quat, motion.acc_mps2) - [0.0, 0.0, GRAVITY_MPS2]
    candidates: list[tuple[Descent, str | None]] = []
    for start, end in within:
        if end - start >= 2.0 * params.shortest_s * motion.rate_hz:
            candidates += _within(motion, acc, int(start), int(end), params)
    sound = [descent for descent, fault in candidates if fault is None]
    usual_m = _usual([descent.depth_m for descent in sound], params)
    least_m = max(params.floor_m, params.counts_from * usual_m)
    least_mps = params.quick * _usual([descent.fastest_mps for descent in sound], params)
    accepted: list[Descent] = []
    rejected: list[Event] = []
    raised = 0
    for descent, fault in candidates:
        code = fault or (
            "partial" if descent.depth_m < least_m or descent.fastest_mps < least_mps else None
        )
        early = not accepted and raised < params.raises
        if code is None and early and descent.climbed_m > 0.0:
            code, raised = "other", raised + 1  # down from raised heels, not from standing
        if code is None:
            accepted.append(descent)
        else:
            rejected.append(Event(motion.at_s(descent.start), motion.at_s(descent.end), code))
    far = _far_from_others(accepted, params.alone_s * motion.rate_hz)
    rejected += [
        Event(motion.at_s(descent.start), motion.at_s(descent.end), "other") for descent in far
    ]
    accepted = [descent for descent in accepted if descent not in far]
    if len(accepted) < params.fewest:
        rejected += [Event(motion.at_s(d.start), motion.at_s(d.end), "other") for d in accepted]
        accepted = []
    return DescentSet(tuple(accepted), tuple(rejected), _missing(motion, accepted, params))


def _far_from_others(descents: Sequence[Descent], samples: float) -> list[Descent]:
    """Return the dips, which are in order of time, that have no other within so many samples."""
    gaps = [np.inf, *(following.start - one.end for one, following in pairwise(descents)), np.inf]
    return [
        descent
        for descent, around in zip(descents, pairwise(gaps), strict=False)
        if min(around) > samples
    ]


def _usual(sizes: Sequence[float], params: DescentParams) -> float:
    """Return the median of the best, or 0 without any."""
    best = sorted(sizes)[-params.best :]
    return float(np.median(best)) if best else 0.0


def _missing(motion: Motion, descents: Sequence[Descent], params: DescentParams) -> tuple[str, ...]:
    """Return the reason code if a hole in or right beside the set may hide a dip."""
    if not descents:
        return ()
    margin = round(params.longest_s / 2.0 * motion.rate_hz)
    piece = slice(max(0, int(descents[0].start) - margin), int(descents[-1].end) + margin)
    holed = bool(motion.unseen[piece].any())
    return ("one_probably_missing",) if holed else ()


def _within(
    motion: Motion, acc: FloatArray, start: int, end: int, params: DescentParams
) -> list[tuple[Descent, str | None]]:
    rate_hz = motion.rate_hz
    speed = _without_drift(np.cumsum(acc[start:end, 2]) / rate_hz, rate_hz, params)
    height = _without_drift(np.cumsum(speed) / rate_hz, rate_hz, params)
    bottoms, _ = find_peaks(-height, prominence=params.listed_m)
    edges = np.concatenate([[0], bottoms, [len(height) - 1]])
    recent, most = (round(s * rate_hz) for s in (params.recent_s, params.longest_s / 2.0))
    out, since = [], 0
    for k, bottom in enumerate(bottoms):
        left = int(edges[k] + np.argmax(height[edges[k] : bottom + 1]))
        right = int(bottom + np.argmax(height[bottom : edges[k + 2] + 1]))
        # the waist is at rest, or turns back, at the top; seen from there speed has no drift
        low, high = max(left, int(bottom) - most), min(right, int(bottom) + most)
        velocity = _from_rest(np.cumsum(acc[start + low : start + high + 1], axis=0) / rate_hz)
        first, last = _moving(velocity[:, 2], int(bottom) - low, params)
        moved = velocity[first : last + 1]
        moved[:, :2] = _from_rest(moved[:, :2])  # sideways, tilt drifts faster
        path = np.cumsum(moved, axis=0) / rate_hz
        first, last = first + low, last + low
        lowest = int(np.argmin(path[:, 2]))
        depth_m = -float(path[lowest, 2] - max(0.0, path[-1, 2]) / 2.0)
        if depth_m < params.listed_m:
            continue
        down_mps, up_mps = (
            -float(speed[first:bottom].min(initial=0.0)),
            float(speed[bottom:last].max(initial=0.0)),
        )
        if down_mps < params.lopsided * up_mps:
            continue
        descent = Descent(
            start=float(start + first),
            bottom=float(start + first + lowest),
            end=float(start + last),
            depth_m=depth_m,
            fastest_mps=down_mps,
            climbed_m=_climbed_m(
                speed[max(0, since, first - recent) : first],
                params.rising_mps,
                params.tiptoe * depth_m,
                rate_hz,
            ),
        )
        if descent.climbed_m <= 0.0:
            since = last  # its own way up is no rise
        out.append((descent, _fault(motion, descent, path, params)))
    return out


def _without_drift(x: FloatArray, rate_hz: float, params: DescentParams) -> FloatArray:
    centred = x - np.linspace(x[0], x[-1], len(x))
    return np.asarray(centred - lowpass(centred, params.drift_hz, rate_hz), dtype=np.float64)


def _climbed_m(speed: FloatArray, slow_mps: float, least_m: float, rate_hz: float) -> float:
    """Return the last way up or down (negative) of `least_m` in one go; slower, a filter moves it."""
    total = np.concatenate([[0.0], np.cumsum(speed)]) / rate_hz
    moves = np.vstack([runs(speed > slow_mps), runs(speed < -slow_mps)])
    sizes = (total[moves[:, 1]] - total[moves[:, 0]])[np.argsort(moves[:, 0])]
    far = sizes[np.abs(sizes) > least_m]
    return float(far[-1]) if len(far) else 0.0


def _moving(speed: FloatArray, bottom: int, params: DescentParams) -> tuple[int, int]:
    """Return the samples between which the waist moves down and up again."""
    down, up = -speed[: bottom + 1], speed[bottom:]
    fastest_down, fastest_up = int(np.argmax(down)), int(np.argmax(up))
    cyclic = np.flatnonzero(down[:fastest_down] < params.moving * down[fastest_down])
    first = int(cyclic[-1]) if len(cyclic) else 0
    cyclic = np.flatnonzero(up[fastest_up:] < params.moving * up[fastest_up])
    last = bottom + fastest_up + (int(cyclic[0]) if len(cyclic) else len(up) - 1 - fastest_up)
    return first, max(last, first + 2)


def _from_rest(velocity: FloatArray) -> FloatArray:
    """Return the velocity (n, k) that is zero at both ends."""
    return np.asarray(velocity - np.linspace(velocity[0], velocity[-1], len(velocity)))


def _fault(motion: Motion, descent: Descent, path: FloatArray, params: DescentParams) -> str | None:
    """Return why a way down and up is no squat, or None."""
    seconds = (descent.end - descent.start) / motion.rate_hz
    if seconds > params.longest_s:
        return "too_long"
    missed = abs(float(path[-1, 2])) > params.back * descent.depth_m + params.strays_m
    if seconds < params.shortest_s or descent.depth_m > params.most_m or missed:
        return "other"
    piece = slice(int(descent.start), int(descent.end) + 1)
    acc, up = motion.acc_mps2[piece], motion.up[piece]
    shaken = lowpass(acc, params.steps_hz[1], motion.rate_hz) - lowpass(
        acc, params.steps_hz[0], motion.rate_hz
    )
    if np.sqrt(np.mean(np.sum(shaken**2, axis=1))) > params.steps_mps2:
        return "walking"
    if np.sqrt(np.mean(np.sum(motion.gyr_dps[piece] ** 2, axis=1))) > params.turning_dps:
        return "other"
    turned = np.degrees(np.arccos(np.clip(up @ up[0], -1.0, 1.0))).max()
    aside_m = float(np.ptp(path[:, :2], axis=0).max())
    strays = aside_m > max(params.aside_m, descent.depth_m)
    return "other" if turned > params.tilt_deg or strays else None
