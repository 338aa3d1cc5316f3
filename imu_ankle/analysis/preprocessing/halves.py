"""Whether gyroscope and accelerometer tell of the same movement: axes, scale and time.

Between two moments at which a sensor is still, its velocity changes by nothing. With the orientation
that the gyroscope gives, the acceleration less gravity must therefore sum to nothing. A gyroscope with
a turned axis, another scale or another clock puts gravity where it isn't, and the sum shows it. Nothing
is assumed of how the sensor is worn, or of what was done.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import pairwise, permutations, product
from typing import TYPE_CHECKING

import numpy as np

from imu_ankle.core.recording import GRAVITY_MPS2, Repair
from imu_ankle.core.signal.filters import moving_mean, moving_std
from imu_ankle.core.signal.runs import runs

if TYPE_CHECKING:
    from imu_ankle.core.recording import FloatArray, IntArray


@dataclass(frozen=True, slots=True, kw_only=True)
class HalvesParams:
    """When both halves of a sensor contradict each other."""

    still_s: float = 0.1
    still_mps2: tuple[float, float] = (0.6, 0.8)  # spread, and off gravity
    still_share: tuple[float, float] = (0.06, 0.10)  # of the fastest turning: spread, and rate
    settled_s: float = 0.25  # of it, in which the quietest moment is taken
    moved_s: tuple[float, float] = (0.15, 2.0)  # between two still moments
    whole_s: tuple[float, float] = (0.15, 30.0)
    usual: float = 1.6  # times the length of the others, of quick movements
    fewest: int = 4  # movements
    most: int = 12  # ... the largest ones
    block_hz: tuple[float, float] = (26.0, 104.0)  # steps of orientation; in quick movements
    agree_share: float = 0.1  # of what gravity seems to do without any turn: no more is looked for
    # what must be left of the error, at most, where axes, scale or clock are set right
    axes_share: tuple[float, float] = (0.55, 0.65)  # ... in quick movements
    # ... and no more than this, or a clear share: slow sensors sample impacts badly
    axes_left_mps2: float = 0.35
    axes_clear_share: float = 0.3
    scale_share: float = 0.5
    lag_share: float = 0.6
    scale_least_mps2: float = 0.15  # of error that it explains: an accelerometer's bias makes less
    scale_least: float = 1.12  # calibrated gyroscopes are within 3 %
    lag_least_s: float = 0.012
    # slow turns tell little of time: those of sound raises and points are up to 28 ms and 0.28 off
    quick_dps: float = 200.0
    lag_error_mps2: float = 0.2
    lag_left_mps2: float = 0.45  # impacts that a slow sensor samples badly leave more
    # fewer movements convince only so; the second where they are long
    gross_mps2: tuple[float, float] = (1.0, 0.5)
    long_s: float = 5.0
    gross_share: float = 0.25


@dataclass(frozen=True, slots=True)
class Agreement:
    """How well both halves agree as they are, and what would make them agree.

    Attributes
    ----------
    movements : between two still moments that were looked at.
    quick_dps : their top rates, in the median.
    error_mps2 : mean acceleration that is left over, in the median.
    axes : (3, 3) signed permutation that the gyroscope needs; None if it needs none.
    scale : factor that the gyroscope needs, and the range in which it lies; None if it needs none.
    lag_s : by which the gyroscope comes late; None if both are in step.
    """

    movements: int
    quick_dps: float
    error_mps2: float
    axes: FloatArray | None = None
    scale: tuple[float, float, float] | None = None
    lag_s: float | None = None

    def repairs(self) -> tuple[Repair, ...]:
        """Return what the halves contradict each other in, in words, with the remedy."""
        told = []
        if self.axes is not None:
            told.append(Repair("axes", _axes_words(self.axes)))
        if self.scale is not None:
            best, low, high = self.scale
            told.append(
                Repair(
                    "gyr_scale",
                    f"the gyroscope's values have to be multiplied by {best:.2f} ({low:.2f} to {high:.2f}) "
                    "to fit how gravity turns: check its range and unit",
                )
            )
        if self.lag_s is not None:
            late = "late" if self.lag_s > 0.0 else "early"
            told.append(
                Repair(
                    "out_of_step",
                    f"the gyroscope comes {1000.0 * abs(self.lag_s):.0f} ms {late} after the "
                    "accelerometer; it was moved by that",
                )
            )
        return tuple(told)


def _axes_words(axes: FloatArray) -> str:
    """Say what the gyroscope's columns must be."""
    if (axes == -np.eye(3)).all():
        return (
            "accelerometer and gyroscope turn in opposite senses: one axis of the sensor is mirrored, or "
            "both have different signs; turn the signs of all three axes of the gyroscope "
            "(import FILE --column gyr_x=-NAME ...)"
        )
    names = "xyz"
    parts = []
    for name, row in zip(names, axes, strict=True):
        source = int(np.flatnonzero(row)[0])
        if names[source] != name or row[source] < 0.0:
            parts.append(f"gyr_{name} is {'-' if row[source] < 0.0 else ''}gyr_{names[source]}")
    return (
        f"the gyroscope's axes don't fit those of the accelerometer; they do if {', '.join(parts)} "
        "(import FILE --column gyr_x=NAME, with a minus before NAME to turn a sign)"
    )


_TURNS = np.array(
    [
        np.eye(3)[list(order)] * np.array(signs)[:, None]
        for order in permutations(range(3))
        for signs in product((1.0, -1.0), repeat=3)
    ]
)


def compare(
    acc_mps2: FloatArray,
    gyr_dps: FloatArray,
    segments: IntArray,
    rate_hz: float,
    params: HalvesParams,
) -> Agreement | None:
    """Compare both halves (N, 3), gyroscope without bias; None where too little moves to tell.

    What leaves least of the error explains it: other axes, another scale, or another clock.
    """
    level = np.linalg.norm(gyr_dps, axis=1)
    moved = _movements(acc_mps2, gyr_dps, segments, rate_hz, params.moved_s, params)
    if len(moved) < params.fewest:  # who hops without a pause stands still before and after
        moved = _movements(acc_mps2, gyr_dps, segments, rate_hz, params.whole_s, params)
    if not moved:
        return None
    quick_dps = float(np.median([level[start:end].max() for start, end in moved]))
    if quick_dps > params.quick_dps:  # one long movement would make all others as long to look at
        usual = float(np.median([end - start for start, end in moved]))
        moved = [(start, end) for start, end in moved if end - start <= params.usual * usual]
    block_hz = params.block_hz[int(quick_dps > params.quick_dps)]
    force = _Force.of(acc_mps2, moved, rate_hz, max(1, int(rate_hz / block_hz)))
    turns = force.turns(gyr_dps)
    error, unturned = force.left_over(np.stack([turns, np.zeros_like(turns)])).tolist()
    found = Agreement(len(moved), quick_dps, error)
    few = len(moved) < params.fewest
    gross_mps2 = params.gross_mps2[int(force.lasts_s.sum() > params.long_s)]
    if error < params.agree_share * unturned or (few and error < gross_mps2):
        return found
    by_axes = force.left_over(_made(turns, _TURNS))
    share = params.gross_share if few else 1.0
    (lag_s, *lag_range), by_lag = _lag(force, gyr_dps)
    scale, by_scale = _scale(force, turns)
    axes_share = params.axes_share[int(quick_dps > params.quick_dps)]
    left_mps2 = max(params.axes_left_mps2, params.axes_clear_share * error)
    most = min(axes_share * error, share * error, left_mps2)
    if by_axes.min() < min(most, by_scale, by_lag):
        axes = _TURNS[int(np.argmin(by_axes))]
        error = float(by_axes.min())
        scale, by_scale = _scale(force, _made(turns, axes[None])[0])
        found = replace(found, axes=axes)
    elif by_lag < by_scale:
        told = quick_dps > params.quick_dps and error > params.lag_error_mps2
        told &= max(lag_range[0], -lag_range[1]) >= params.lag_least_s
        told &= by_lag < min(params.lag_share * error, share * error, params.lag_left_mps2)
        if told:
            return replace(found, lag_s=lag_s)
    best, low, high = scale
    off = max(low, 1.0 / high) > params.scale_least
    off &= abs(np.log(best)) * unturned > params.scale_least_mps2
    if off and by_scale < min(params.scale_share, share) * error:
        return replace(found, scale=scale)
    return found


def in_step(gyr_dps: FloatArray, lag_s: float, rate_hz: float) -> FloatArray:
    """Return the gyroscope's samples (N, 3) as of so much later."""
    clock = np.arange(len(gyr_dps)) / rate_hz
    return np.column_stack([np.interp(clock + lag_s, clock, axis) for axis in gyr_dps.T])


def _scale(force: _Force, turns: FloatArray) -> tuple[tuple[float, float, float], float]:
    """Return the scale that leaves least, where it lies if other movements are drawn, and what it leaves."""
    coarse = np.exp(np.linspace(-np.log(_MOST_SCALE), np.log(_MOST_SCALE), _SCALES))
    rough = force.left_over(_made(turns, coarse[:, None, None] * np.eye(3)))
    near = coarse[int(np.argmin(rough))] * np.exp(np.arange(-0.12, 0.121, 0.01))
    fine = force.each_left_over(_made(turns, near[:, None, None] * np.eye(3)))
    return _likeliest(near, fine)


def _lag(force: _Force, gyr_dps: FloatArray) -> tuple[tuple[float, float, float], float]:
    """Return the same of the time by which the gyroscope comes late, in s."""
    lags_s = np.arange(-_LAGS, _LAGS + 1, dtype=np.float64) * _LAG_S
    turns = np.stack([force.turns(gyr_dps, lag_s) for lag_s in lags_s])
    return _likeliest(lags_s, force.each_left_over(turns))


def _likeliest(values: FloatArray, errors: FloatArray) -> tuple[tuple[float, float, float], float]:
    """Return the value (C,) of the least error (C, K), its range if other movements are drawn, and the error."""
    draws = np.random.default_rng(0).integers(0, errors.shape[1], (64, errors.shape[1]))
    likely = values[np.median(errors[:, draws], axis=2).argmin(axis=0)]
    median = np.median(errors, axis=1)
    low, high = np.percentile(likely, [5.0, 95.0])
    return (float(values[int(np.argmin(median))]), float(low), float(high)), float(median.min())


_MOST_SCALE, _SCALES = 12.0, 25
_LAG_S, _LAGS = 0.006, 10


def _made(turns: FloatArray, matrices: FloatArray) -> FloatArray:
    """Return rotation vectors (C, K, L, 3) as gyroscopes made by `matrices` (C, 3, 3) would tell them."""
    return np.asarray(np.einsum("klj,cij->ckli", turns, matrices))


def _movements(
    acc: FloatArray,
    gyr: FloatArray,
    segments: IntArray,
    rate_hz: float,
    lasts_s: tuple[float, float],
    params: HalvesParams,
) -> list[tuple[int, int]]:
    """Return (first, last) samples of movements between still moments: the largest of them."""
    size = max(3, round(params.still_s * rate_hz) | 1)
    level = np.linalg.norm(gyr, axis=1)
    top = float(np.percentile(level, 98.0))
    shake, off = params.still_mps2
    spread, rate = params.still_share
    of_axis = np.sqrt(3.0)  # the moving deviation is that of one axis
    still = moving_std(acc, size / rate_hz, rate_hz) * of_axis < shake
    still &= moving_std(gyr, size / rate_hz, rate_hz) * of_axis < spread * top
    still &= (np.abs(np.linalg.norm(acc, axis=1) - GRAVITY_MPS2) < off) & (level < rate * top)
    shortest, longest = (s * rate_hz for s in lasts_s)
    reach = round(params.settled_s * rate_hz)
    calm = moving_mean(level, size / rate_hz, rate_hz)
    found = []
    for first, last in segments.tolist():
        stays = (runs(still[first:last]) + first).tolist()
        for (begin, leave), (come, finish) in pairwise(stays):
            late, soon = max(begin, leave - reach), min(finish, come + reach)
            start = late + int(np.argmin(calm[late:leave]))
            end = come + int(np.argmin(calm[come:soon]))
            if shortest < end - start < longest:
                far = float(np.linalg.norm(acc[start:end] - acc[start], axis=1).max())
                found.append((far, start, end))
    found.sort(reverse=True)
    return sorted((start, end) for _, start, end in found[: params.most])


@dataclass(frozen=True, slots=True, eq=False)
class _Force:
    """What the accelerometer felt in K movements, block by block.

    Attributes
    ----------
    edges : first sample of each block, a row for each movement.
    felt : (K, L, 3) acceleration, summed over the block, in m/s.
    at_start : (K, 3) what gravity adds up to, seen from the start.
    lasts_s : (K,)
    """

    edges: list[tuple[IntArray, int]]
    rate_hz: float
    felt: FloatArray
    at_start: FloatArray
    lasts_s: FloatArray

    @staticmethod
    def of(acc: FloatArray, moved: list[tuple[int, int]], rate_hz: float, step: int) -> _Force:
        edges = [(np.arange(start, end, step), end) for start, end in moved]
        lasts_s = np.array([(end - start) / rate_hz for start, end in moved])
        gravity = np.array([acc[max(0, start - 2) : start + 3].mean(axis=0) for start, _ in moved])
        felt = _summed(acc, edges) / rate_hz
        return _Force(edges, rate_hz, felt, gravity * lasts_s[:, None], lasts_s)

    def turns(self, gyr_dps: FloatArray, lag_s: float = 0.0) -> FloatArray:
        """Return by how much the gyroscope turned in each block, rotation vectors (K, L, 3) in rad."""
        if lag_s:
            gyr_dps = in_step(gyr_dps, lag_s, self.rate_hz)
        return np.radians(_summed(gyr_dps, self.edges)) / self.rate_hz

    def each_left_over(self, turns: FloatArray) -> FloatArray:
        """Return the mean acceleration (C, K) that is left over, for rotation vectors (C, K, L, 3)."""
        half = _matrices(turns / 2.0)
        attitude = np.broadcast_to(np.eye(3), half[:, :, 0].shape)
        total = np.broadcast_to(-self.at_start, (*half.shape[:2], 3))
        for at in range(half.shape[2]):
            middle = attitude @ half[:, :, at]
            total = total + (middle @ self.felt[:, at, :, None])[..., 0]
            attitude = middle @ half[:, :, at]
        return np.asarray(np.linalg.norm(total, axis=2) / self.lasts_s)

    def left_over(self, turns: FloatArray) -> FloatArray:
        """Return the same in the median over movements, (C,)."""
        return np.asarray(np.median(self.each_left_over(turns), axis=1))


def _summed(x: FloatArray, edges: list[tuple[IntArray, int]]) -> FloatArray:
    """Return sums of (N, 3) over blocks, (K, L, 3), zero after the last block of each row."""
    out = np.zeros((len(edges), max(len(starts) for starts, _ in edges), 3))
    for row, (starts, end) in zip(out, edges, strict=True):
        row[: len(starts)] = np.add.reduceat(x[:end], starts, axis=0)
    return out


def _matrices(vectors: FloatArray) -> FloatArray:
    """Return rotation matrices (..., 3, 3) of rotation vectors (..., 3)."""
    angle = np.linalg.norm(vectors, axis=-1)[..., None, None]
    x, y, z = np.moveaxis(vectors, -1, 0)
    zero = np.zeros_like(x)
    skew = np.stack([zero, -z, y, z, zero, -x, -y, x, zero], axis=-1).reshape(*x.shape, 3, 3)
    first, second = np.sinc(angle / np.pi), np.sinc(angle / (2.0 * np.pi)) ** 2 / 2.0
    return np.asarray(np.eye(3) + first * skew + second * (skew @ skew))
