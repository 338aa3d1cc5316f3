"""Sway of a planted foot from its angular rate, the primary measure at the shoe.

All take the rate in deg/s, low-passed at 10 Hz and bias-free, of the samples that count.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from imu_ankle.signal.runs import runs

if TYPE_CHECKING:
    from imu_ankle.model import BoolArray, FloatArray


def rms(x: FloatArray) -> float:
    """Root mean square of an (N,) series, or of the length of (N, C) vectors."""
    return float(np.sqrt(np.sum(x * x) / len(x)))


def noise_free(sway_dps: float, noise_dps2: float) -> float:
    """Take the sensor's noise power (deg/s)^2 off an RMS; never below zero."""
    return float(np.sqrt(max(sway_dps * sway_dps - noise_dps2, 0.0)))


def tilt_speed(rate_dps: FloatArray) -> float:
    """Mean speed of the tilt, deg/s: the horizontal part of (N, 3) rates in an upright frame."""
    return float(np.hypot(rate_dps[:, 0], rate_dps[:, 1]).mean())


def yaw_within(rate_z_dps: FloatArray, valid: BoolArray, window: int, rate_hz: float) -> FloatArray:
    """Net turn about the vertical over the next `window` samples, deg; zero where that isn't valid.

    Parameters
    ----------
    rate_z_dps, valid : (N,)
    """
    out = np.zeros(len(rate_z_dps))
    for start, end in runs(valid):
        if end - start <= window:
            continue
        piece = rate_z_dps[start:end]
        turned = np.concatenate([[0.0], np.cumsum((piece[1:] + piece[:-1]) / (2.0 * rate_hz))])
        out[start : end - window] = turned[window:] - turned[:-window]
    return out


def rattle(gyr_dps: FloatArray, rate_dps: FloatArray) -> tuple[float, float]:
    """Return RMS of the rate above 10 Hz, deg/s, and its power relative to that below.

    Parameters
    ----------
    gyr_dps : (N, 3) unfiltered.
    rate_dps : (N, 3) the same below 10 Hz.
    """
    above, below = rms(gyr_dps - rate_dps), rms(rate_dps)
    return above, (above / below) ** 2 if below > 0.0 else 0.0
