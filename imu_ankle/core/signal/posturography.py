"""Sway measures of the balance literature on a pair of horizontal series (AP, ML).

They serve horizontal acceleration at the waist (m/s2) and the centre of pressure (mm) alike: a
length below is in the unit of the input. Every function subtracts the mean over the valid samples
and never forms an increment across a hole. Definitions after Mancini et al. 2012
(doi:10.1186/1743-0003-9-59) and Prieto et al. 1996 (doi:10.1109/10.532130); where the two differ or
later work corrected them, the docstring says so.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy.signal import welch
from scipy.stats import f

from imu_ankle.core.signal.runs import runs

if TYPE_CHECKING:
    from imu_ankle.core.recording import BoolArray, FloatArray


@dataclass(frozen=True, slots=True)
class Plane:
    """Mean-free AP and ML series, (N,) each, with the samples that count and the rate."""

    ap: FloatArray
    ml: FloatArray
    rate_hz: float
    valid: BoolArray

    @property
    def points(self) -> FloatArray:
        """Valid points, (M, 2)."""
        return np.column_stack([self.ap, self.ml])[self.valid]

    @property
    def radius(self) -> FloatArray:
        """Distance of each valid point from the mean, (M,)."""
        return np.hypot(self.ap, self.ml)[self.valid]

    @property
    def steps(self) -> FloatArray:
        """Increments between neighbours that are both valid, (K, 2)."""
        both = self.valid[1:] & self.valid[:-1]
        return np.diff(np.column_stack([self.ap, self.ml]), axis=0)[both]

    @property
    def duration_s(self) -> float:
        """Time spanned by the increments: (n - 1) / rate for a series without holes."""
        return float(np.count_nonzero(self.valid[1:] & self.valid[:-1])) / self.rate_hz


def plane(ap: FloatArray, ml: FloatArray, rate_hz: float, valid: BoolArray | None = None) -> Plane:
    """Make a `Plane` of two (N,) series; `valid` (N,) marks the samples that count."""
    keep = np.ones(len(ap), dtype=bool) if valid is None else valid
    if not keep.any():
        raise ValueError("no valid sample")
    return Plane(ap - ap[keep].mean(), ml - ml[keep].mean(), rate_hz, keep)


def mean_distance(p: Plane) -> float:
    """DIST: mean distance from the mean point."""
    return float(p.radius.mean())


def rms_distance(p: Plane) -> float:
    """RMS: root mean square distance from the mean point."""
    return float(np.sqrt(np.mean(p.radius**2)))


def path(p: Plane) -> float:
    """PATH: length of the trace. Grows with noise and rate, so low-pass first and say how."""
    return float(np.hypot(*p.steps.T).sum())


def path_rate(p: Plane) -> float:
    """PATH per second."""
    return path(p) / p.duration_s


def mean_velocity(p: Plane) -> float:
    """MV of an acceleration plane: mean length of its time integral, each run detrended.

    Deviates from Mancini 2012, who gives no detrending: without it the integral drifts with any
    offset of the sensor.
    """
    total, count = 0.0, 0
    for start, end in runs(p.valid):
        series = np.column_stack([p.ap, p.ml])[start:end]
        steps = (series[1:] + series[:-1]) / (2.0 * p.rate_hz)
        velocity = np.vstack([np.zeros(2), np.cumsum(steps, axis=0)])
        t = np.arange(end - start) - (end - start - 1) / 2.0
        slope = (t @ velocity) / max(float(t @ t), 1.0)
        velocity = velocity - velocity.mean(axis=0) - np.outer(t, slope)
        total += float(np.hypot(*velocity.T).sum())
        count += int(end - start)
    return total / count


def sway_area_rate(p: Plane) -> float:
    """AREA: area swept from the mean point per second."""
    both = p.valid[1:] & p.valid[:-1]
    cross = p.ap[1:] * p.ml[:-1] - p.ap[:-1] * p.ml[1:]
    return float(np.abs(cross[both]).sum() / (2.0 * p.duration_s))


def jerk(p: Plane) -> float:
    """JERK: half the time integral of the squared derivative; divide by time to compare trials."""
    return float(p.rate_hz / 2.0 * np.sum(p.steps**2))


def mean_frequency(p: Plane) -> float:
    """MF: the rate at which a circle of radius DIST would be run through, in Hz."""
    return path_rate(p) / (2.0 * np.pi * mean_distance(p))


_CHI2_95 = -2.0 * math.log(0.05)  # 95 % quantile of the chi-square distribution of 2 degrees


def _covariance_root(points: FloatArray) -> float:
    return float(np.sqrt(max(np.linalg.det(np.cov(points, rowvar=False)), 0.0)))


def ellipse95(points: FloatArray) -> float:
    """Area of the 95 % prediction ellipse of (M, 2) points, chi-square form: 5.991 pi sqrt(det S).

    Schubert and Kirchner 2014 (doi:10.1016/j.gaitpost.2013.09.001). Not the confidence ellipse of
    the mean, which shrinks with the number of samples.
    """
    return float(np.pi * _CHI2_95 * _covariance_root(points))


def ellipse95_exact(points: FloatArray) -> float:
    """Area of the 95 % prediction ellipse of (M, 2) normal points, exact F form."""
    n = len(points)
    factor = 2.0 * (n - 1) * (n + 1) / (n * (n - 2)) * f.ppf(0.95, 2, n - 2)
    return float(np.pi * factor * _covariance_root(points))


def ellipse95_outline(points: FloatArray, n: int = 73) -> FloatArray:
    """Outline (n, 2) of the ellipse whose area `ellipse95` gives, for drawing."""
    variances, axes = np.linalg.eigh(np.cov(points, rowvar=False))
    radii = np.sqrt(_CHI2_95 * np.maximum(variances, 0.0))
    angle = np.linspace(0.0, 2.0 * np.pi, n)
    circle = np.column_stack([np.cos(angle), np.sin(angle)])
    outline: FloatArray = points.mean(axis=0) + (circle * radii) @ axes.T
    return outline


@dataclass(frozen=True, slots=True)
class SpectralMeasures:
    """Power (unit squared), F50, F95 and centroid in Hz, dispersion in [0, 1]."""

    power: float
    f50_hz: float
    f95_hz: float
    centroid_hz: float
    dispersion: float


def spectral_measures(
    series: FloatArray, rate_hz: float, *, low_hz: float = 0.15, high_hz: float = 5.0
) -> SpectralMeasures:
    """Return the measures of the power spectrum of `series` between `low_hz` and `high_hz`.

    Welch: Hann windows of 10 s, half overlapping, linear detrend, zero padded fourfold. F50 and F95
    are interpolated between bins. For an (N, 2) series the two spectra are added, which makes the
    answer independent of where the toes point.

    Parameters
    ----------
    series : (N,) or (N, 2) array without gaps.
    """
    nperseg = min(len(series), round(10.0 * rate_hz))
    freq, density = welch(
        series,
        fs=rate_hz,
        nperseg=nperseg,
        noverlap=nperseg // 2,
        nfft=4 * nperseg,
        detrend="linear",  # type: ignore[arg-type,call-overload,unused-ignore]
        axis=0,
    )
    density = density if density.ndim == 1 else density.sum(axis=1)
    band = (freq >= low_hz) & (freq <= high_hz)
    freq, density = freq[band], density[band]
    bin_hz = float(freq[1] - freq[0])
    m0, m1, m2 = (float(bin_hz * np.sum(freq**k * density)) for k in range(3))
    steps = bin_hz * (density[1:] + density[:-1]) / 2.0
    cumulative = np.concatenate([[0.0], np.cumsum(steps)])
    f50, f95 = np.interp(np.array([0.50, 0.95]) * cumulative[-1], cumulative, freq)
    return SpectralMeasures(
        power=m0,
        f50_hz=float(f50),
        f95_hz=float(f95),
        centroid_hz=float(np.sqrt(m2 / m0)),
        dispersion=float(np.sqrt(max(1.0 - m1 * m1 / (m0 * m2), 0.0))),
    )
