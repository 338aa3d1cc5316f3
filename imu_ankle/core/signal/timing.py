"""From time stamps to a uniform grid: the rate, the holes, and the samples in between."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy.interpolate import Akima1DInterpolator

from imu_ankle.core.errors import RecordingError

if TYPE_CHECKING:
    from imu_ankle.core.recording import BoolArray, FloatArray, IntArray

# A stamp may sit this share of a sample off the grid (rms) before samples are moved to the grid by
# interpolation: at 5 Hz sway and 100 Hz it costs less than 0.1 % of the amplitude.
_SNAP_SAMPLES = 0.1
# Beyond this share of a period (rms of a stamp) a single step can't tell one sample from two.
_COUNTABLE_JITTER = 0.1
_HOLE = 1.5  # of the usual time between batches: beyond it some are missing
_MOST_POINTS = 2.0**53  # beyond it a float can't count


@dataclass(frozen=True, slots=True)
class Grid:
    """A uniform grid laid over time stamps.

    Attributes
    ----------
    rate_hz : samples per second of the sensor's clock.
    start_s : time of grid point 0.
    index : (N,) grid point of each sample, strictly increasing.
    residual_samples : (N,) how far each stamp is off its grid point.
    """

    rate_hz: float
    start_s: float
    index: IntArray
    residual_samples: FloatArray

    @property
    def size(self) -> int:
        """Number of grid points from the first to the last sample."""
        return int(self.index[-1]) + 1

    @property
    def is_regular(self) -> bool:
        """Whether the samples may be taken as they are."""
        return float(np.sqrt(np.mean(self.residual_samples**2))) <= _SNAP_SAMPLES

    @property
    def holes(self) -> IntArray:
        """Runs of grid points without a sample, half-open, shape (M, 2)."""
        after = np.flatnonzero(np.diff(self.index) > 1)
        return np.column_stack([self.index[after] + 1, self.index[after + 1]])

    def time_s(self, index: FloatArray | IntArray) -> FloatArray:
        """Return the time of (fractional) grid points."""
        return np.asarray(self.start_s + index / self.rate_hz, dtype=np.float64)


def lay_grid(time_s: FloatArray, seq: IntArray | None = None) -> Grid:
    """Estimate rate and grid of time stamps that increase; nothing is assumed of the rate.

    The period is the mean of the ordinary steps (0.4 to 1.6 times the median, so that jitter cancels
    and lost samples stay out), refined by least squares of time on the counted samples. With `seq`
    the sensor's own count replaces the counting.

    Parameters
    ----------
    time_s : (N,) strictly increasing, N >= 2.
    seq : (N,) strictly increasing sample counter, where there is one.

    Raises
    ------
    RecordingError
        ``bad_clock`` if the steps differ so much that no grid can hold them.
    """
    steps = np.diff(time_s)
    too_far = RecordingError(
        "bad_clock",
        f"time steps by {steps.min():.3g} to {steps.max():.3g} s: a stamp or counter jumps. Split the "
        "recording there",
    )
    if time_s[-1] - time_s[0] > _MOST_POINTS * np.median(steps):
        raise too_far
    index = _count(time_s) if seq is None else (seq - seq[0]).astype(np.float64)
    period, start = _line(index, time_s)
    at = (time_s - start) / period
    residual = at - index
    # two samples on one grid point (strong jitter): the later one yields to the next free point
    ranks = np.arange(len(index))
    index = np.maximum.accumulate(index - ranks) + ranks
    start += float(index[0]) * period
    if not (index[-1] - index[0] < _MOST_POINTS and (np.diff(at) > 0.0).all()):
        raise too_far
    return Grid(_rate_hz(period), start, (index - index[0]).astype(np.int64), residual)


def count_grid(time_s: FloatArray, seq: IntArray) -> Grid:
    """Lay a grid for times that are counts at a rate which was learnt on the way.

    The count places the samples; the period is that of the second half, the best known.

    Parameters
    ----------
    time_s, seq : (N,) strictly increasing, N >= 2.
    """
    index = (seq - seq[0]).astype(np.int64)
    steps = np.diff(time_s) / np.diff(index)
    period = float(np.median(steps[len(steps) // 2 :]))
    start = float(np.mean(time_s - index * period))
    return Grid(_rate_hz(period), start, index, np.zeros(len(index)))


def _rate_hz(period: float) -> float:
    # how many samples a window of half a sample more holds must not hang on the last bit
    return round(1.0 / period, 9)


def _count(time_s: FloatArray) -> FloatArray:
    """Return sample numbers, leaving some out where steps show that samples are missing."""
    ordinal = np.arange(len(time_s), dtype=np.float64)
    steps = np.diff(time_s)
    median = float(np.median(steps))
    jitter = (
        float(np.median(np.abs(np.diff(steps)))) * 1.4826 / np.sqrt(6.0) if len(steps) > 1 else 0.0
    )
    if jitter > _COUNTABLE_JITTER * median:
        # steps say nothing any more; if no stamp strays beyond the jitter, nothing is missing
        slope, intercept = _line(ordinal, time_s)
        if np.abs(time_s - intercept - slope * ordinal).max() <= 0.25 * median + 10.0 * jitter:
            return ordinal
    ordinary = steps[(steps > 0.4 * median) & (steps < 1.6 * median)]
    index = np.concatenate([[0.0], np.cumsum(np.rint(steps / ordinary.mean()))])
    period, start = _line(index, time_s)
    return np.asarray(np.rint((time_s - start) / period), dtype=np.float64)


def _line(x: FloatArray, y: FloatArray) -> tuple[float, float]:
    """Least squares slope and intercept of y on x."""
    dx, dy = x - x.mean(), y - y.mean()
    slope = float(np.sum(dx * dy) / np.sum(dx * dx))  # a product of BLAS would wait for its threads
    return slope, float(y.mean() - slope * x.mean())


def fill(values: FloatArray, grid: Grid, time_s: FloatArray, segments: IntArray) -> FloatArray:
    """Put samples on the grid: as they are where regular, else by local cubic interpolation.

    Samples that are there stay bit for bit where the grid is regular; only holes inside `segments`
    are bridged. Points outside the segments are zero.

    Parameters
    ----------
    values : (N, C) samples.
    grid : from `lay_grid` of the same samples.
    time_s : (N,) their stamps.
    segments : (M, 2) half-open grid ranges whose ends hold samples.
    """
    if grid.is_regular and grid.size == len(values):
        return np.array(values)
    out = np.zeros((grid.size, values.shape[1]))
    wanted = np.ones(grid.size, dtype=bool)
    if grid.is_regular:
        out[grid.index] = values
        wanted[grid.index] = False
        at = grid.index.astype(np.float64)
    else:
        at = (time_s - grid.start_s) * grid.rate_hz
    holes = np.flatnonzero(wanted)
    for start, end in segments:
        first, last = np.searchsorted(grid.index, (start, end))
        points = holes[slice(*np.searchsorted(holes, (start, end)))]
        if not len(points):
            continue
        if last - first < 3:
            out[points] = values[first]
            continue
        bridge = Akima1DInterpolator(at[first:last], values[first:last], method="makima")
        out[points] = bridge(np.clip(points, at[first], at[last - 1]))
    return out


def order(time_s: FloatArray) -> tuple[IntArray, float]:
    """Return the stable order by time and the largest step backward (0 where there is none)."""
    ahead = np.maximum.accumulate(time_s)
    worst = float(np.max(ahead - time_s)) if len(time_s) else 0.0
    identity = np.arange(len(time_s))
    return (np.argsort(time_s, kind="stable") if worst > 0 else identity), worst


def repeats(rows: FloatArray) -> BoolArray:
    """Return which rows of (N, C) are the same as the one before, (N,)."""
    return np.concatenate([[False], (rows[1:] == rows[:-1]).all(axis=1)])


def spread_shared_stamps(time_s: FloatArray) -> tuple[FloatArray, int]:
    """Give samples that share a stamp times of their own: a batch is stamped when it arrives.

    m samples stamped t, after an earlier stamp s, become s + (t - s) k/m for k = 1..m. Where a coarse
    clock cut the first or the last batch short, its samples lie as close as those of the others.
    Returns the times and how many samples moved.
    """
    stamps, inverse, counts = np.unique(time_s, return_inverse=True, return_counts=True)
    moved = int(np.sum(counts[counts > 1] - 1))
    if not moved or len(stamps) < 2:
        return time_s, moved
    between = np.diff(stamps)
    # each sample has a vote, so that a batch cut short has few
    usual_s = np.median(np.repeat(between / counts[1:], counts[1:]))
    if counts[-1] < np.median(counts) and between[-1] < _HOLE * np.median(between):
        stamps[-1] = min(stamps[-1], stamps[-2] + usual_s * counts[-1])
    steps = np.diff(stamps, prepend=stamps[0] - usual_s * counts[0])
    first_of_batch = np.concatenate([[0], np.cumsum(counts)[:-1]])
    rank = np.arange(len(time_s)) - first_of_batch[inverse] + 1
    return stamps[inverse] - steps[inverse] * (1.0 - rank / counts[inverse]), moved


def long_holes(grid: Grid, longer_than_s: float) -> BoolArray:
    """Return which of `grid.holes` miss more than `longer_than_s`."""
    holes = grid.holes
    return (holes[:, 1] - holes[:, 0]) > longer_than_s * grid.rate_hz + 1e-6
