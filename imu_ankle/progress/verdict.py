"""The one rule that says better, worse or neither; tables, plots and reports all use it."""

from __future__ import annotations

import math
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

import numpy as np

from imu_ankle.core.exercise import Better
from imu_ankle.progress.noise import Noise, estimate_noise, median_variance

if TYPE_CHECKING:
    from imu_ankle.core.recording import FloatArray, IntArray


class Verdict(StrEnum):
    """All that is ever said about a change."""

    BETTER = "better (real)"
    SAME = "within noise"
    WORSE = "worse (real)"
    FEW = "not enough sessions"


@dataclass(frozen=True, slots=True, kw_only=True)
class VerdictParams:
    """Parameters of the rule.

    Attributes
    ----------
    few : sessions from which on there is a verdict: one to learn, three to know the noise, one new.
    most_baseline, most_recent : sessions on each side. Three recent ones: their median ignores one
        odd day, and a change shows after three weeks. Five of the baseline: more would creep along.
    confidence : that a difference within the band is noise; 0.97 leaves room below 5 % of false
        verdicts for noise that isn't quite normal.
    """

    few: int = 5
    most_baseline: int = 5
    most_recent: int = 3
    confidence: float = 0.97


USUAL = VerdictParams()


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """The recent sessions against the baseline, on the working scale.

    Attributes
    ----------
    baseline, recent : medians of session values; `of_baseline`, `of_recent` are index ranges.
    band : half width around the baseline that the recent median must leave.
    """

    verdict: Verdict | None  # None where neither direction is better
    baseline: float | None = None
    recent: float | None = None
    band: float | None = None
    noise: Noise | None = None
    of_baseline: range = range(0)
    of_recent: range = range(0)

    @property
    def change(self) -> float | None:
        """Recent less baseline."""
        if self.recent is None or self.baseline is None:
            return None
        return self.recent - self.baseline


def compare(
    values: FloatArray,
    trials: IntArray,
    squares: FloatArray,
    *,
    better: Better,
    resolution: float,
    learnt: bool = False,
    params: VerdictParams = USUAL,
) -> Comparison:
    """Compare the last sessions with the first ones.

    The first session is learning and belongs to neither side, unless `learnt`. The recent median is
    real where it leaves ``baseline +- t * standard error``; the error is that of both medians, from the
    person's own noise. The step from the sessions before to the recent ones, which is what is asked
    about, doesn't enter the noise. Arguments are those of `estimate_noise`.
    """
    first = 0 if learnt else 1
    count = len(values) - first
    if count < params.few - 1:
        return Comparison(verdict=Verdict.FEW)
    recent = range(len(values) - min(params.most_recent, max(1, count - 3)), len(values))
    baseline = range(first, min(first + params.most_baseline, recent.start))
    noise = estimate_noise(
        values[first:], trials[first:], squares[first:], resolution=resolution,
        skip=recent.start - first,
    )  # fmt: skip
    if noise is None:
        return Comparison(verdict=Verdict.FEW)
    before, after = (
        float(np.median(values[part.start : part.stop])) for part in (baseline, recent)
    )
    error = math.hypot(*(_median_error(noise, trials, part) for part in (baseline, recent)))
    # less than what can be told apart is no change, however even the counts are
    band = max(noise.quantile(params.confidence) * error, resolution)
    return Comparison(
        verdict=judge(after - before, band, better),
        baseline=before,
        recent=after,
        band=band,
        noise=noise,
        of_baseline=baseline,
        of_recent=recent,
    )


def judge(change: float, band: float, better: Better) -> Verdict | None:
    """Return what a change is called, given the band of the noise around none."""
    if better is Better.NEITHER:
        return None
    if abs(change) <= band:
        return Verdict.SAME
    return Verdict.BETTER if (change > 0) == (better is Better.HIGHER) else Verdict.WORSE


def _median_error(noise: Noise, trials: IntArray, part: range) -> float:
    """Return the standard error of the median of session values."""
    errors = [noise.session_error(int(k)) for k in trials[part.start : part.stop]]
    return math.sqrt(float(median_variance(len(errors))) * float(np.mean(np.square(errors))))
