"""How much a person varies without having changed: typical error and smallest real change.

From successive differences of session values, as Hopkins (doi:10.2165/00007256-200030010-00001) has it
for two trials, extended to a series; slow change hardly enters. Sessions may have different numbers
of trials: what trials of one session differ by is told from what days differ by.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy.special import stdtrit

if TYPE_CHECKING:
    from imu_ankle.core.recording import FloatArray, IntArray

# variance of the median of k values, in that of one; of normal values, from 7 on approximately
_MEDIAN_VARIANCE = (1.0, 0.5, 0.449, 0.298, 0.287, 0.215)


def median_variance(k: IntArray | int) -> FloatArray:
    """Return the variance of the median of `k` normal values, as a share of that of one."""
    few = np.array((np.nan, *_MEDIAN_VARIANCE))
    k = np.asarray(k)
    half_pi = math.pi / 2.0
    many = half_pi / (k + half_pi - 1.0)
    return np.where(k < len(few), few[np.minimum(k, len(few) - 1)], many)


@dataclass(frozen=True, slots=True, kw_only=True)
class Noise:
    """Variances on the working scale (natural logarithm of ratios, else the unit itself).

    Attributes
    ----------
    day_variance, trial_variance : between sessions, and between trials of one session.
    floor : standard error that the resolution of the number leaves in any session value.
    freedom : effective degrees of freedom of the estimate.
    """

    day_variance: float
    trial_variance: float
    floor: float
    freedom: float

    def session_error(self, trials: int) -> float:
        """Return the standard error of a session value, the median of so many trials."""
        variance = self.day_variance + self.trial_variance * float(median_variance(trials))
        return max(math.sqrt(variance), self.floor)

    def smallest_real_change(self, trials: int) -> float:
        """Return MDC95 between two sessions: 1.96 times root two times the standard error."""
        return 1.96 * math.sqrt(2.0) * self.session_error(trials)

    def quantile(self, confidence: float) -> float:
        """Return the two-sided t quantile at which a difference, in standard errors, is real."""
        return float(stdtrit(self.freedom, 0.5 + confidence / 2.0))


def estimate_noise(
    values: FloatArray,
    trials: IntArray,
    squares: FloatArray,
    *,
    resolution: float,
    skip: int | None = None,
) -> Noise | None:
    """Estimate a person's noise from session values in order of time.

    Parameters
    ----------
    values : (N,) session values on the working scale.
    trials : (N,) how many trials each is the median of.
    squares : (N,) squared deviations of a session's trials from their mean, summed.
    resolution : the smallest difference that can be seen at all, on the same scale.
    skip : leave out the difference from session `skip` - 1 to it, the one that is asked about.

    Returns
    -------
    Noise or None
        None below two differences.
    """
    differences = np.diff(values)
    if skip is not None:
        differences = np.delete(differences, skip - 1)
    m = len(differences)
    if m < 2:
        return None
    several = trials > 1
    free = float((trials[several] - 1).sum())
    trial_variance = float(squares[several].sum()) / free if free else 0.0
    whole = float(np.mean(differences**2)) / 2.0
    from_trials = trial_variance * float(np.mean(median_variance(trials)))
    return Noise(
        day_variance=max(whole - from_trials, 0.0),
        trial_variance=trial_variance,
        floor=resolution / math.sqrt(12.0),
        # of the mean square successive difference (von Neumann 1941): 2 m^2 / (3 m - 1)
        freedom=2.0 * m * m / (3.0 * m - 1.0),
    )
