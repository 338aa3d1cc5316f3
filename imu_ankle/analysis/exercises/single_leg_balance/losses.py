"""Losses of balance: the foot torn away, a hop, the other foot down."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from imu_ankle.core.recording import GRAVITY_MPS2, BoolArray, IntArray
from imu_ankle.core.signal.runs import hysteresis, join, runs, to_mask

if TYPE_CHECKING:
    from imu_ankle.analysis.exercises.single_leg_balance.params import BalanceParams
    from imu_ankle.analysis.standing.single_leg_stance import SingleLegStance
    from imu_ankle.analysis.standing.stationary import StationaryFoot
    from imu_ankle.core.motion import Motion


def find_losses(
    motion: Motion, stationary: StationaryFoot, stance: SingleLegStance, params: BalanceParams
) -> tuple[IntArray, SingleLegStance]:
    """Return the losses of balance, (M, 2), and the stance, ended by one that was not recovered."""
    rate_hz = motion.rate_hz
    speed = np.sqrt(np.einsum("ij,ij->i", stationary.rate_dps, stationary.rate_dps))
    torn = hysteresis(speed, on=params.loss_dps, off=params.loss_edge_dps)
    lifted = runs(stationary.level_dps >= params.stationary.active_dps)
    torn = np.vstack([torn, lifted])
    core = np.vstack(
        [torn, _hops(motion, params), _touch_downs(motion, stationary, stance, params)]
    )
    typical = float(np.median(stationary.level_dps[stance.start : stance.end]))
    unrest = runs(stationary.sharp_level_dps > params.unrest_ratio * typical)
    reach = params.loss_near_s * rate_hz
    torn, core, unrest = (_near(pairs, stance, reach) for pairs in (torn, core, unrest))
    losses = _joined(core, unrest, round(params.loss_join_s * rate_hz))

    if stance.shift_seen and motion.cued is None:
        last = _contain(losses, torn) & (
            losses[:, 0] <= stance.end + round(rate_hz * params.loss_join_s)
        )
        last &= losses[:, 1] >= stance.end - params.recovered_s * rate_hz
        if last.any():
            # torn away before the dose was met, that is a loss; after it, just the end
            first = int(losses[last][0, 0])
            dose_met = stance.end - stance.start >= params.target_s * rate_hz
            kept = losses[losses[:, 0] < first + (0 if dose_met else 1)]
            stance = replace(stance, end=max(min(first, stance.end), stance.start + 1))
            return kept[kept[:, 1] > stance.start], stance
    inside = losses[(losses[:, 0] < stance.end) & (losses[:, 1] > stance.start)]
    if not stance.shift_seen:
        inside, stance = _without_ends(inside, stance, round(params.settled_s * rate_hz))
    return np.clip(inside, stance.start, stance.end), stance


def _without_ends(
    losses: IntArray, stance: SingleLegStance, least: int
) -> tuple[IntArray, SingleLegStance]:
    """Cut unrest off the ends of a quiet stretch: there it is a step, not a loss of balance."""
    start, end = stance.start, stance.end
    while len(losses) and losses[0, 0] - start < least:
        start, losses = max(start, int(losses[0, 1])), losses[1:]
    while len(losses) and end - losses[-1, 1] < least:
        end, losses = min(end, int(losses[-1, 0])), losses[:-1]
    if end - start < least:
        return losses[:0], stance
    return losses, replace(stance, start=start, end=end, return_end=end)


def _near(pairs: IntArray, stance: SingleLegStance, reach: float) -> IntArray:
    """Keep the pairs around the stance: what a long recording holds elsewhere costs nothing."""
    return pairs[(pairs[:, 1] > stance.start - reach) & (pairs[:, 0] < stance.return_end + reach)]


def _joined(core: IntArray, around: IntArray, hole: int) -> IntArray:
    """Join `core` with the pairs `around` it; what holds no core is left out."""
    pairs = np.vstack([core, around])
    pairs = join(_merged(pairs[np.argsort(pairs[:, 0], kind="stable")]), hole)
    return pairs[_contain(pairs, core)]


def _merged(pairs: IntArray) -> IntArray:
    """Make ends increase along pairs sorted by start, so that nested pairs vanish in a join."""
    return np.column_stack([pairs[:, 0], np.maximum.accumulate(pairs[:, 1])])


def _contain(pairs: IntArray, inner: IntArray) -> BoolArray:
    """Return which pairs overlap one of `inner`, (M,)."""
    if not len(inner):
        return np.zeros(len(pairs), dtype=bool)
    overlap = (pairs[:, :1] < inner[None, :, 1]) & (pairs[:, 1:] > inner[None, :, 0])
    found: BoolArray = np.any(overlap, axis=1)
    return found


def _hops(motion: Motion, params: BalanceParams) -> IntArray:
    """Unloadings of the foot that end in an impact, (M, 2)."""
    rate_hz = motion.rate_hz
    load_g = np.sqrt(np.einsum("ij,ij->i", motion.acc_mps2, motion.acc_mps2)) / GRAVITY_MPS2
    low = runs((load_g < params.hop_low_g) & motion.present)
    low = low[low[:, 1] - low[:, 0] >= params.hop_low_s * rate_hz]
    hard = np.concatenate([[0], np.cumsum(load_g > params.hop_high_g)])
    until = np.minimum(low[:, 1] + round(params.hop_within_s * rate_hz), len(load_g))
    landed = hard[until] > hard[low[:, 1]]
    return np.column_stack([low[:, 0], until])[landed]


def _touch_downs(
    motion: Motion, stationary: StationaryFoot, stance: SingleLegStance, params: BalanceParams
) -> IntArray:
    """Stretches inside the stance that look like the standing on two legs beside it, (M, 2)."""
    two_legs = [slice(start, end) for start, end in stance.two_legs if end > start]
    if not two_legs:
        return np.zeros((0, 2), dtype=np.int64)
    inside = slice(stance.start, stance.end)
    level_two = np.median(np.concatenate([stationary.level_dps[piece] for piece in two_legs]))
    level_one = np.median(stationary.level_dps[inside])
    # means, since the median of a direction depends on how the sensor is turned
    lean_two = np.vstack([stationary.lean_deg[piece] for piece in two_legs]).mean(axis=0)
    shift = stationary.lean_deg[inside].mean(axis=0) - lean_two
    size2 = float(shift @ shift)
    level = np.where(motion.present[inside], stationary.sharp_level_dps[inside], np.inf)
    still = level < min(params.touch_stir * level_two, level_one / params.touch_ratio)
    hole = round(params.touch_still_s * stationary.rate_hz)
    down = join(runs(still), hole)
    if size2 >= params.touch_lean_deg**2:
        share = (stationary.lean_deg[inside] - lean_two) @ shift / size2
        back = (share < params.touch_share) & (level < np.sqrt(level_one * level_two))
        down = np.vstack([down, runs(back)])
    # a short calm alone is no touch-down: then the foot comes down with unrest, inside the stance
    unrest = stationary.sharp_level_dps[inside] > params.unrest_ratio * level_one
    unrest[: round(stationary.rate_hz)] = False
    so_far = np.concatenate([[0], np.cumsum(unrest)])
    before = np.maximum(down[:, 0] - round(params.touch_unrest_s * stationary.rate_hz), 0)
    with_unrest = so_far[down[:, 0]] > so_far[before]
    least_s = np.where(with_unrest, params.touch_down_s, params.touch_calm_s)
    found = down[down[:, 1] - down[:, 0] >= least_s * stationary.rate_hz]
    return found + stance.start


def valid_samples(
    motion: Motion, stance: SingleLegStance, losses: IntArray, params: BalanceParams
) -> BoolArray:
    """Mark samples of the stance outside the widened losses and the long holes, (N,)."""
    widen = np.array([-params.loss_before_s, params.loss_after_s]) * motion.rate_hz
    lost = to_mask(losses + np.rint(widen).astype(np.int64), len(motion))
    in_stance = to_mask(np.array([[stance.start, stance.end]]), len(motion))
    return in_stance & ~lost & motion.present
