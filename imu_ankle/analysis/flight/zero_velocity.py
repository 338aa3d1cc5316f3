"""Where the ball of the foot rests: instants among which the integrated acceleration vanishes.

A foot may seem still in mid-air, and ring in a contact. So no threshold decides: of all quiet
instants, those are rests that agree with each other. An instant that doesn't is left out, and its
neighbours are compared across it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from scipy.ndimage import minimum_filter1d, uniform_filter1d

from imu_ankle.core.recording import GRAVITY_MPS2
from imu_ankle.core.signal.runs import runs, to_mask

if TYPE_CHECKING:
    from imu_ankle.analysis.flight.forefoot import Forefoot
    from imu_ankle.analysis.flight.params import FlightParams
    from imu_ankle.core.motion import Motion
    from imu_ankle.core.recording import FloatArray, IntArray


_NEW_CHAIN = 2.0  # what it costs, in certain rests: the unit of all prices


def find_zero_velocity(motion: Motion, forefoot: Forefoot, params: FlightParams) -> list[IntArray]:
    """Return chains of rests, sample indices in order; between chains nothing links them."""
    quiet = _candidates(motion, forefoot, params)
    if not len(quiet):
        return []
    at, weight = quiet[:, 0].astype(np.int64), quiet[:, 1]
    lags = _links(at, motion, forefoot, params)
    best, came_from = _best_chain(weight, lags)
    path, links = [int(np.argmax(best))], []
    while came_from[path[-1]] is not None:
        earlier, linked = came_from[path[-1]] or (0, False)
        path.append(earlier)
        links.append(linked)
    starts = 1 + np.flatnonzero(~np.array(links[::-1], dtype=bool))
    return [chain for chain in np.split(at[path[::-1]], starts) if len(chain)]


def _candidates(motion: Motion, forefoot: Forefoot, params: FlightParams) -> FloatArray:
    """Return quiet instants (K, 2): sample, and weight between 0 and 1.

    The weight falls off as a Cauchy distribution does: contacts ring, so restless rests are more common
    than in a normal one.
    """
    rate_hz = motion.rate_hz
    size = max(3, round(params.window_s * rate_hz) | 1)
    cost = np.full(len(motion), np.inf)
    for start, end in motion.unbroken:
        piece = slice(start, end)
        turn2 = np.einsum("ij,ij->i", motion.gyr_dps[piece], motion.gyr_dps[piece])
        turning = uniform_filter1d(turn2, size, mode="nearest") / params.turning_dps**2
        velocity = forefoot.velocity_mps[piece]
        cost[piece] = _variance(velocity, size) / params.steady_mps**2 + turning
    cost[motion.doubtful] = np.inf
    apart = max(3, round(params.apart_s * rate_hz) | 1)
    least = minimum_filter1d(cost, apart, mode="nearest")
    at = np.flatnonzero((cost == least) & (cost < params.rest_cost))
    # a sensor on a table may read the same for minutes: of equals, one in each half window
    at = at[np.unique(at // (apart // 2), return_index=True)[1]]
    return np.column_stack([at, 1.0 / (1.0 + cost[at] ** 2)])


def _variance(x: FloatArray, size: int) -> FloatArray:
    """Return the moving variance of (N, 3) vectors, summed over axes, (N,)."""
    # around a slow mean, so that drift over minutes costs no digits
    slow = uniform_filter1d(x, 15 * size, axis=0, mode="nearest")
    centred = x - slow
    mean = uniform_filter1d(centred, size, axis=0, mode="nearest")
    power = uniform_filter1d(np.einsum("ij,ij->i", centred, centred), size, mode="nearest")
    variance: FloatArray = np.maximum(power - np.einsum("ij,ij->i", mean, mean), 0.0)
    return variance


def _links(
    at: IntArray, motion: Motion, forefoot: Forefoot, params: FlightParams
) -> list[FloatArray]:
    """Return for lag 1, 2, ... what the link from each candidate to the lagging one costs, (K,).

    Infinite where the ball's velocity differs by more than drift and a missed landing explain.
    """
    force2 = np.einsum("ij,ij->i", motion.acc_mps2, motion.acc_mps2)
    holes = runs(motion.bridged)
    wide = holes[holes[:, 1] - holes[:, 0] >= motion.rate_hz / params.slow_hz]
    hard = motion.clipped | (force2 > (params.hard_g * GRAVITY_MPS2) ** 2)
    hidden, impacts = (np.cumsum(each)[at] for each in (to_mask(wide, len(motion)), hard))
    between = strongest = np.sqrt(np.maximum.reduceat(force2, at)[:-1])
    upward = forefoot.velocity_mps[:, 2]
    lows = lowest = np.minimum.reduceat(upward, at)[:-1]
    piece = np.searchsorted(motion.unbroken[:, 0], at, side="right")
    reach = params.reach_s * motion.rate_hz
    out = []
    for lag in range(1, len(at)):
        apart = at[lag:] - at[:-lag]
        if not (apart <= reach).any():
            break
        step = forefoot.velocity_mps[at[lag:]] - forefoot.velocity_mps[at[:-lag]]
        size = np.sqrt(np.einsum("ij,ij->i", step, step))
        drift = params.slack_mps + params.drift_mps2 * apart / motion.rate_hz
        missed = np.maximum(size - drift, 0.0)
        price = params.drift_price * np.minimum(size / drift, 1.0) ** 2
        price = np.minimum(price + params.missed_price_spm * missed, params.most_price)
        strongest = np.maximum(strongest[: len(apart)], between[lag - 1 :])
        lowest = np.minimum(lowest[: len(apart)], lows[lag - 1 :])
        # who misses a part of a stop seems to go on falling; who samples its very peak, to rise:
        # by no more than that force for the time between two samples
        sampled = step[:, 2] - drift < strongest / motion.rate_hz
        may_miss = (impacts[lag:] > impacts[:-lag]) | (motion.rate_hz < params.slow_hz)
        may_miss &= sampled & (lowest < upward[at[:-lag]] - params.moving_mps)
        may_miss |= hidden[lag:] > hidden[:-lag]
        fine = (missed <= np.where(may_miss, params.missed_mps, params.slack_mps)) & (
            apart <= reach
        )
        fine &= piece[lag:] == piece[:-lag]
        cost = np.full(len(at), np.inf)
        cost[lag:] = np.where(fine, price, np.inf)
        out.append(cost)
    return out


def _best_chain(
    weight: FloatArray, lags: list[FloatArray]
) -> tuple[list[float], list[tuple[int, bool] | None]]:
    """Return for each candidate the weight of the best chain up to it, and where that came from."""
    costs = np.array(lags).reshape(len(lags), len(weight)).T.tolist()
    best: list[float] = []
    came_from: list[tuple[int, bool] | None] = []
    top, top_at = 0.0, -1
    for k, (own, row) in enumerate(zip(weight.tolist(), costs, strict=True)):
        so_far, source = 0.0, None
        if top_at >= 0 and top - _NEW_CHAIN > so_far:
            so_far, source = top - _NEW_CHAIN, (top_at, False)
        for lag, cost in enumerate(row, start=1):
            if lag > k:
                break
            if best[k - lag] - cost > so_far:
                so_far, source = best[k - lag] - cost, (k - lag, True)
        best.append(so_far + own)
        came_from.append(source)
        if best[-1] > top:
            top, top_at = best[-1], k
    return best, came_from
