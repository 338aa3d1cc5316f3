"""Where a series rises and where it peaks, between samples."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from imu_ankle.core.recording import FloatArray


def first_rise(x: FloatArray, start: int, within: int, share: float) -> float:
    """Return where `x` (N,) rises towards its first peak after `start`, a fractional sample.

    Peaks are local maxima of at least half the largest rise in the `within` samples after `start`; the
    answer is where the rise to the first of them has gone `share` of its way. Linear between
    samples; no filter, since a zero-phase filter would ring ahead of an impact.
    """
    piece = x[start : start + max(within, 3) + 1]
    if len(piece) < 2:
        return float(start)
    base = np.minimum.accumulate(piece)
    rise = piece - base
    upward = piece[1:] > piece[:-1]
    peaks = rise >= 0.5 * rise.max()
    peaks[1:] &= upward
    peaks[:-1] &= ~upward
    peak = int(np.argmax(peaks))
    level = base[peak] + share * rise[peak]
    below = np.flatnonzero(piece[:peak] <= level)
    if not len(below):
        return float(start)
    k = int(below[-1])
    return start + k + float((level - piece[k]) / (piece[k + 1] - piece[k]))


def peak_offset(x: FloatArray, k: int) -> float:
    """Return how far the parabola through `x` around its maximum `k` peaks off it, in samples."""
    if k == 0 or k == len(x) - 1:
        return 0.0
    bend = float(x[k - 1] - 2.0 * x[k] + x[k + 1])
    return min(max(float(x[k - 1] - x[k + 1]) / (2.0 * bend), -0.5), 0.5) if bend < 0.0 else 0.0
