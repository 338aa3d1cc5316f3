"""The parameters of single-leg balance."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from imu_ankle.analysis.standing.params import SingleLegStanceParams, StationaryParams
from imu_ankle.core.options import Placement


@dataclass(frozen=True, slots=True, kw_only=True)
class BalanceParams:
    """Parameters of single-leg balance on a shoe; rates grow by `placement_gain` elsewhere."""

    stationary: StationaryParams = field(default_factory=StationaryParams)
    stance: SingleLegStanceParams = field(default_factory=SingleLegStanceParams)
    target_s: float = 20.0  # the plan's dose per leg
    end_trim_s: float = 0.5  # the spec: left out of W at each end
    loss_before_s: float = 0.5  # the spec: a loss is widened by this before ...
    loss_after_s: float = 1.0  # ... and this after
    loss_dps: float = 100.0  # a planted foot that balances stays below
    loss_edge_dps: float = 40.0  # ... and a loss lasts while the rate is above this
    loss_near_s: float = 5.0  # what happens further from the stance can't be its loss
    loss_join_s: float = 0.3  # a hop, its landing and the first moment after are one loss
    hop_low_g: float = 0.5  # a hopping foot is unloaded ...
    hop_low_s: float = 0.06  # ... for so long ...
    hop_high_g: float = 1.8  # ... and lands within
    hop_within_s: float = 0.5
    settled_s: float = 1.0  # a stretch without a shift begins and ends with so much quiet
    recovered_s: float = 0.5  # of stance after a loss, or the loss ended it
    unrest_ratio: float = (
        2.5  # ... and the unrest beside it, so much above the usual, belongs to it
    )
    touch_still_s: float = 0.5  # of stir between two still moments: still the same touch-down
    touch_stir: float = 3.0  # still is a level up to so many times that beside the stance
    touch_calm_s: float = 0.8  # still as on two legs for so long: the other foot is down
    touch_ratio: float = 4.0  # ... if that is so much less than on one leg
    touch_down_s: float = 0.25  # quiet for so long will do,
    touch_share: float = 0.5  # where the foot also leans less than half as far as on one leg;
    touch_unrest_s: float = 0.5  # and unrest, as of a shift of weight, so shortly before
    touch_lean_deg: float = 1.0  # leans that differ less can't be told apart
    correction_dps: float = 10.0  # the spec
    correction_off_dps: float = 5.0
    correction_join_s: float = 0.15
    pivot_deg: float = 5.0  # turned on the spot within pivot_s
    pivot_s: float = 1.0
    pivot_edge: float = 0.2  # a turn lasts while the rate is above this share of its peak
    lift_deg: float = 5.0  # heel or toes leave the floor
    roll_deg: float = 8.0  # onto the edge of the shoe
    tilt_s: float = 0.2  # shorter tilts are sway
    rattle_dps: float = 1.0  # sensors have up to 0.3 deg/s of noise above 10 Hz
    rattle_share: float = 0.3  # of the power below: a foot has hardly any above 10 Hz
    min_score_s: float = 2.0  # the spec: no score below
    short_s: float = 5.0  # the spec: short_trial below
    max_doubtful: float = 0.2  # with less than 80 % recorded (holes to 50 ms aside) it is no trial
    min_rate_hz: float = 25.0  # the 10 Hz low-pass needs it


_PLACEMENT_GAIN = {Placement.SHOE: 1.0, Placement.SHANK: 2.0, Placement.WAIST: 1.0}
PLACEMENTS = tuple(_PLACEMENT_GAIN)


def for_placement(params: BalanceParams, placement: Placement) -> BalanceParams:
    """Return the parameters with rates as they are at `placement`."""
    gain = _PLACEMENT_GAIN[placement]
    if gain == 1.0:
        return params
    stationary = replace(params.stationary, active_dps=params.stationary.active_dps * gain)
    stance = replace(
        params.stance,
        two_legs_dps=params.stance.two_legs_dps * gain,
        most_two_legs_dps=params.stance.most_two_legs_dps * gain,
        calm_dps=params.stance.calm_dps * gain,
    )
    return replace(
        params,
        stationary=stationary,
        stance=stance,
        loss_dps=params.loss_dps * gain,
        loss_edge_dps=params.loss_edge_dps * gain,
    )
