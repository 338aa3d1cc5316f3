"""Two trends set against each other: left and right, eyes closed and open; each with its noise."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import TYPE_CHECKING

import numpy as np

from imu_ankle.analysis.exercises import EXERCISES
from imu_ankle.core.exercise import Better
from imu_ankle.progress.noise import estimate_noise, median_variance
from imu_ankle.progress.verdict import USUAL, Verdict, VerdictParams, judge

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import date

    from imu_ankle.core.exercise import MetricSpec
    from imu_ankle.core.recording import FloatArray
    from imu_ankle.progress.trend import Series, Trend

_SWAY = "sway_rms_dps"
_OF_A_HOP = ("reps", "lateral_m", "flight_s")  # those that a limb symmetry index is used for


class Kind(StrEnum):
    """What is set against what."""

    ASYMMETRY = "asymmetry"  # 100 ln(left / right), or left less right where that is the scale
    SYMMETRY_INDEX = "limb symmetry index"  # 100 left / right; of the injured leg where it's known
    EYES = "eyes closed to open"


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Pair:
    """One ratio (or difference) over sessions in which both sides were measured.

    Attributes
    ----------
    first, second : what is divided by what.
    values : (N,) per session; per cent of `Kind.ASYMMETRY` on ratios, per cent of the index, plain
        for eyes.
    recent, low, high : median of the last sessions; the band of its noise, None with too few.
    verdict : of the first leg against the second; None for eyes, where neither is expected.
    """

    kind: Kind
    spec: MetricSpec
    first: Series
    second: Series
    day: Sequence[date]
    values: FloatArray
    recent: float
    low: float | None
    high: float | None
    verdict: Verdict | None


def pairs(
    trends: Sequence[Trend],
    *,
    injured: str | None = None,
    params: VerdictParams = USUAL,
) -> tuple[Pair, ...]:
    """Return all pairs that the trends allow."""
    by_series = {trend.series: trend for trend in trends}
    return tuple(
        made
        for kind, first, second in _matches(by_series, injured)
        if (made := _pair(kind, first, second, params)) is not None
    )


def _matches(
    by_series: dict[Series, Trend], injured: str | None
) -> Iterator[tuple[Kind, Trend, Trend]]:
    for series, trend in by_series.items():
        if series.leg == "left" and trend.spec.better is not Better.NEITHER:
            other = by_series.get(replace(series, leg="right"))
            if other is not None:
                yield Kind.ASYMMETRY, trend, other
                if EXERCISES[series.exercise].lands and series.key in _OF_A_HOP:
                    both = (other, trend) if injured == "right" else (trend, other)
                    yield Kind.SYMMETRY_INDEX, *both
        if series.key == _SWAY and series.eyes == "closed":
            opened = by_series.get(replace(series, eyes="open"))
            if opened is not None:
                yield Kind.EYES, trend, opened


def _pair(kind: Kind, first: Trend, second: Trend, params: VerdictParams) -> Pair | None:
    where = {name: i for i, name in enumerate(second.sessions.session)}
    both = [(i, where[name]) for i, name in enumerate(first.sessions.session) if name in where]
    if not both:
        return None
    i, j = np.array(both).T
    # an index is a ratio by definition, even of counts
    spec = first.spec
    log = spec.ratio or kind is not Kind.ASYMMETRY
    a, b = (trend.sessions.value[k] for trend, k in ((first, i), (second, j)))
    if log and not ((a > 0) & (b > 0)).all():
        return None
    apart = np.log(a / b) if log else a - b
    size = float(np.median(np.concatenate([a, b])))
    recent, band = _recent(apart, spec.resolution / size if log else spec.resolution, params)

    def shown(x: FloatArray | float) -> FloatArray:
        if kind is Kind.ASYMMETRY:
            return np.asarray(100.0 * x if log else x)
        return np.exp(x) * (1.0 if kind is Kind.EYES else 100.0)

    low = high = None
    verdict: Verdict | None = Verdict.FEW
    if band is not None:
        low, high = float(shown(recent - band)), float(shown(recent + band))
        verdict = judge(recent, band, spec.better)
    return Pair(
        kind=kind,
        spec=spec,
        first=first.series,
        second=second.series,
        day=[first.sessions.day[k] for k in i],
        values=shown(apart),
        recent=float(shown(recent)),
        low=low,
        high=high,
        verdict=None if kind is Kind.EYES else verdict,
    )


def _recent(
    apart: FloatArray, resolution: float, params: VerdictParams
) -> tuple[float, float | None]:
    """Return the median of the last sessions, and the half width of its band."""
    last = apart[-params.most_recent :]
    recent = float(np.median(last))
    if len(apart) < params.few:
        return recent, None
    # each value already holds both legs' trials, so only whole sessions tell their noise
    ones = np.ones(len(apart), dtype=np.int64)
    noise = estimate_noise(apart, ones, np.zeros(len(apart)), resolution=resolution)
    if noise is None:
        return recent, None
    error = noise.session_error(1) * math.sqrt(float(median_variance(len(last))))
    return recent, max(noise.quantile(params.confidence) * error, resolution)
