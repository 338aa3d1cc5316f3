"""Sway of a planted foot from its angular rate, the primary measure at the shoe.

All take the rate in deg/s, low-passed at 10 Hz and bias-free, of the samples that count.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from imu_ankle.core.signal.runs import runs

if TYPE_CHECKING:
    from imu_ankle.core.recording import BoolArray, FloatArray


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


def rattle(gyr_dps: FloatArray, valid: BoolArray, rate_hz: float) -> tuple[float, float]:
    """Return RMS of the rate at 10-25 Hz, deg/s, and its power relative to that at 0.2-10 Hz.

    A clip on a lace rings there, a foot hardly does. From the longest valid stretch.

    Parameters
    ----------
    gyr_dps : (N, 3) unfiltered.
    valid : (N,) samples that count.
    """
    pieces = runs(valid)
    if not len(pieces):
        return 0.0, 0.0
    start, end = pieces[np.argmax(pieces[:, 1] - pieces[:, 0])]
    piece = gyr_dps[start:end]
    power = np.sum(np.abs(np.fft.rfft(piece - piece.mean(axis=0), axis=0)) ** 2, axis=1)
    freq = np.fft.rfftfreq(len(piece), 1.0 / rate_hz)
    ringing = float(power[(freq >= 10.0) & (freq < 25.0)].sum())
    swaying = float(power[(freq >= 0.2) & (freq < 10.0)].sum())
    return np.sqrt(2.0 * ringing) / len(piece), ringing / swaying if swaying > 0.0 else 0.0
