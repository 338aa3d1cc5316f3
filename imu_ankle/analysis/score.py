"""The stability score: 0-100 from how long and how steadily the stance foot was held."""

from __future__ import annotations

import math

from imu_ankle.core.options import Eyes, Placement

# W50: the sway at which steadiness counts half, in deg/s. Frozen in metric set 1; proposals without
# human norms behind them.
_W50_DPS = {
    (Placement.SHOE, Eyes.OPEN): 4.0,
    (Placement.SHOE, Eyes.CLOSED): 8.0,
    (Placement.SHANK, Eyes.OPEN): 8.0,
    (Placement.SHANK, Eyes.CLOSED): 16.0,
}
# A record of 20 s estimates the RMS of sway with this coefficient of variation from its finite
# length alone; it falls with the square root of the length.
_LENGTH_CV, _LENGTH_CV_AT_S = 0.08, 20.0


def half_sway_dps(placement: Placement, eyes: Eyes) -> float | None:
    """Return W50 in deg/s, or None where none is defined."""
    return _W50_DPS.get((placement, eyes))


def steadiness(sway_dps: float, half_dps: float) -> float:
    """Return Q in (0, 1]: 1 for no sway, a half at `half_dps`."""
    return 1.0 / (1.0 + (sway_dps / half_dps) ** 2)


def completeness(valid_s: float, target_s: float) -> float:
    """Return C in [0, 1]: the share of the target really spent in valid stance."""
    return min(1.0, valid_s / target_s)


def score(sway_dps: float, valid_s: float, *, half_dps: float, target_s: float) -> float:
    """Return S = 100 C Q."""
    return 100.0 * completeness(valid_s, target_s) * steadiness(sway_dps, half_dps)


def score_band(
    sway_dps: float,
    valid_s: float,
    *,
    half_dps: float,
    target_s: float,
    typical_error: float | None = None,
) -> tuple[float, float]:
    """Return the score one standard error of W worse and better.

    `typical_error` is the person's own, of ln W. Without it the error is that of finite length alone:
    8 % of W at 20 s, more for shorter trials; how much a person varies from trial to trial comes on
    top, and needs several sessions to be known.
    """
    if typical_error is None:
        error = _LENGTH_CV * math.sqrt(_LENGTH_CV_AT_S / valid_s)
        factors = (1.0 + error, max(0.0, 1.0 - error))
    else:
        factors = (math.exp(typical_error), math.exp(-typical_error))
    low, high = (
        score(sway_dps * factor, valid_s, half_dps=half_dps, target_s=target_s)
        for factor in factors
    )
    return low, high
