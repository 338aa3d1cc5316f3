"""Zero-phase filters and moving statistics, applied inside gap-free segments only."""

from __future__ import annotations

import math
from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np
from scipy.ndimage import uniform_filter1d
from scipy.signal import resample_poly, sosfiltfilt

if TYPE_CHECKING:
    from imu_ankle.core.recording import FloatArray, IntArray

_FEWEST_PER_CUTOFF = 9.0  # samples per period of the cut-off: the response is right within 0.1 %
_PAD_S = 3.0  # odd padding, three time constants of the slowest filter used here


@lru_cache(maxsize=64)
def _lowpass_sos(cutoff_hz: float, rate_hz: float) -> FloatArray:
    """Return a Butterworth low-pass of 2nd order, (1, 6), by the bilinear transform.

    In closed form: every recording has a rate of its own, and scipy's general design takes longer
    than the filtering.
    """
    k = math.tan(math.pi * cutoff_hz / rate_hz)
    scale = 1.0 / (1.0 + math.sqrt(2.0) * k + k * k)
    gain = k * k * scale
    back = 2.0 * (k * k - 1.0) * scale, (1.0 - math.sqrt(2.0) * k + k * k) * scale
    return np.array([[gain, 2.0 * gain, gain, 1.0, *back]])


def lowpass(x: FloatArray, cutoff_hz: float, rate_hz: float) -> FloatArray:
    """Low-pass `x` along its first axis without phase shift.

    Butterworth of 2nd order run forward and backward (-6 dB at `cutoff_hz`), odd padding of 3 s.
    A digital filter bends its response where there are few samples per period of the cut-off; below
    nine, it runs on an interpolated signal, so that one motion gives one answer at every rate.

    Parameters
    ----------
    x : (N,) or (N, 3) array without gaps.
    cutoff_hz : below half the rate.
    rate_hz : sampling rate of `x`.
    """
    n = len(x)
    if n < 2:
        return x.copy()
    if rate_hz < _FEWEST_PER_CUTOFF * cutoff_hz:
        finer = int(np.ceil(_FEWEST_PER_CUTOFF * cutoff_hz / rate_hz))
        return lowpass(_interpolate(x, finer), cutoff_hz, finer * rate_hz)[::finer]
    padlen = min(n - 1, round(_PAD_S * rate_hz))
    filtered = sosfiltfilt(
        _lowpass_sos(cutoff_hz, rate_hz), x, axis=0, padtype="odd", padlen=padlen
    )
    return np.asarray(filtered, dtype=np.float64)


def _interpolate(x: FloatArray, finer: int) -> FloatArray:
    """Put `finer` - 1 samples between neighbours, band-limited; the samples themselves stay."""
    pad = min(len(x) - 1, 50)
    # odd reflection keeps value and slope at the ends, where the kernel would look at nothing
    before, after = 2.0 * x[0] - x[pad:0:-1], 2.0 * x[-1] - x[-2 : -pad - 2 : -1]
    longer = np.concatenate([before, x, after])
    fine = resample_poly(longer, finer, 1, axis=0, window=("kaiser", 8.0))
    start = len(before) * finer
    return np.asarray(fine[start : start + (len(x) - 1) * finer + 1], dtype=np.float64)


def lowpass_segments(
    x: FloatArray, segments: IntArray, cutoff_hz: float, rate_hz: float
) -> FloatArray:
    """Low-pass each ``[start, end)`` of `segments` on its own; samples outside become zero."""
    if len(segments) == 1 and segments[0, 0] == 0 and segments[0, 1] == len(x):
        return lowpass(x, cutoff_hz, rate_hz)
    out = np.zeros_like(x)
    for start, end in segments:
        out[start:end] = lowpass(x[start:end], cutoff_hz, rate_hz)
    return out


def moving_mean(x: FloatArray, window_s: float, rate_hz: float) -> FloatArray:
    """Centred moving mean along the first axis; the ends repeat the outermost value."""
    size = max(1, round(window_s * rate_hz))
    return np.asarray(uniform_filter1d(x, size, axis=0, mode="nearest", output=np.empty_like(x)))


def moving_rms(x: FloatArray, window_s: float, rate_hz: float) -> FloatArray:
    """Centred moving root mean square of the length of a vector signal (N, 3), shape (N,)."""
    power = moving_mean(np.einsum("ij,ij->i", x, x), window_s, rate_hz)
    return np.asarray(np.sqrt(np.maximum(power, 0.0)))


def moving_std(x: FloatArray, window_s: float, rate_hz: float) -> FloatArray:
    """Centred moving standard deviation of a vector signal, root mean over its axes, shape (N,).

    The mean over axes makes it independent of how the sensor is turned.
    """
    centred = x - x.mean(axis=0)
    mean = moving_mean(centred, window_s, rate_hz)
    power = moving_mean(np.einsum("ij,ij->i", centred, centred), window_s, rate_hz)
    variance = power - np.einsum("ij,ij->i", mean, mean)
    spread: FloatArray = np.sqrt(np.maximum(variance, 0.0) / x.shape[1])
    return spread
