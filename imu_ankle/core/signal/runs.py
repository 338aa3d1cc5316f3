"""Runs of samples: find them, join them, widen them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from imu_ankle.core.recording import BoolArray, FloatArray, IntArray


def runs(mask: BoolArray) -> IntArray:
    """Return the half-open ``[start, end)`` pairs where `mask` holds, shape (M, 2)."""
    framed = np.zeros(len(mask) + 2, dtype=bool)
    framed[1:-1] = mask
    return np.flatnonzero(framed[1:] != framed[:-1]).reshape(-1, 2).astype(np.int64, copy=False)


def to_mask(pairs: IntArray, size: int) -> BoolArray:
    """Return a mask of `size` samples that holds inside the `pairs`; the inverse of `runs`."""
    steps = np.zeros(size + 1, dtype=np.int64)
    clipped = np.clip(pairs, 0, size)
    np.add.at(steps, clipped[:, 0], 1)
    np.add.at(steps, clipped[:, 1], -1)
    return np.cumsum(steps[:-1]) > 0


def join(pairs: IntArray, max_hole: int) -> IntArray:
    """Join neighbouring pairs whose hole is at most `max_hole` samples."""
    if len(pairs) < 2:
        return pairs
    apart = pairs[1:, 0] - pairs[:-1, 1] > max_hole
    starts = pairs[np.concatenate([[True], apart]), 0]
    ends = pairs[np.concatenate([apart, [True]]), 1]
    return np.column_stack([starts, ends])


def hysteresis(x: FloatArray, *, on: float, off: float) -> IntArray:
    """Return the runs above `off` that reach above `on` somewhere, shape (M, 2)."""
    candidates = runs(x > off)
    reached = np.concatenate([[0], np.cumsum(x > on)])
    return candidates[reached[candidates[:, 1]] > reached[candidates[:, 0]]]
