"""Parameters of feet that stand: what is static, and what is standing on one leg."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class StationaryParams:
    """Parameters of standing; rates are those of a shoe and grow with the placement."""

    window_s: float = 0.5  # of the moving rate level: a sway period, less than a step
    short_window_s: float = 0.2  # of the level where edges need to be sharp
    active_dps: float = 40.0  # a planted foot's level stays below, a step's goes to 100-300
    min_planted_s: float = 1.0  # shorter stands between two bursts are steps
    recovery_s: float = 3.0  # a longer burst is not a loss of balance but something else
    same_pose_deg: float = 15.0  # beyond this the sensor isn't where it was


@dataclass(frozen=True, slots=True, kw_only=True)
class SingleLegStanceParams:
    """Parameters of the search for the stance, on a shoe."""

    ratio: float = 2.0  # one leg turns the foot at least twice as fast as two
    distinct: float = 1.3  # ... by so many standard deviations of the (log) level
    lean_deg: float = 0.3  # and the foot leans when it takes the whole weight
    weak_ratio: float = 1.1  # a smaller rise will do ...
    clear_lean_deg: float = 1.5  # ... where the foot clearly leans over and comes back
    clear_distinct: float = 3.0  # ... by so many standard deviations of the lean
    two_legs_dps: float = 2.0  # two legs keep the foot's level below this,
    most_two_legs_dps: float = 5.0  # and below this beside a long stance
    long_s: float = 5.0  # a stance of so long is told from two legs by contrast, and from unrest
    level_floor_dps: float = 0.1  # below this, levels are sensor noise
    min_s: float = 1.4  # a shorter stand on one leg is a step
    min_after_steps_s: float = 5.0  # what directly follows steps for less is a foot settling
    min_before_steps_s: float = 2.5  # what directly precedes steps for less is their start
    min_two_legs_s: float = 0.7  # of standing on two legs, to see a change
    shift_s: float = 1.3  # a shift of weight takes no longer
    traceable_deg: float = 2.0  # a smaller lean drowns in sway; its shift then takes
    usual_shift_s: float = 0.5  # ... the usual time
    arrived: float = 0.85  # share of the lean that is waited for; the rest drowns in sway
    arrived_after: float = 0.68  # ... reached by a smooth shift after this share of its time
    calm_dps: float = 1.0  # below this level nobody stands on one leg
    calm_margin_s: float = 2.0  # weight moves about so long before steps, and settles after them
    settle_s: float = 3.0  # ... or up to so long, while the level is
    unsettled: float = 3.0  # ... so many times the usual
    margin_s: float = 0.5  # where standing may be on one leg, every second counts
