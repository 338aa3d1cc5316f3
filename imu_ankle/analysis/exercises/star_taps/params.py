"""The parameters of star taps."""

from __future__ import annotations

from dataclasses import dataclass, field

from imu_ankle.analysis.flight.params import TrajectoryParams


@dataclass(frozen=True, slots=True, kw_only=True)
class StarParams:
    """Parameters of star taps."""

    stops: TrajectoryParams = field(default_factory=TrajectoryParams)
    home_m: float = 0.15  # the free foot comes home to within this ...
    return_s: float = 30.0  # ... and one of its stays in so long is at home
    reach_m: tuple[float, float] = (0.17, 1.1)  # from home: nearer is a fidget, further a step
    around_s: float = 1.5  # whoever goes further within this time walks
    swing_dps: float = 220.0  # a reaching foot turns slower; walking it swings at 300 to 600 ...
    swing_s: float = 1.0  # ... so shortly before and after each contact, ...
    turning_hz: float = 6.0  # ... below this frequency: a touch rings above
    longest_s: float = 1.0  # on the floor; a foot that carries weight stays longer
    usual_s: float = 0.45  # ... and so do most steps of a set: then it isn't taps
    rest_mps2: float = 0.3  # a foot at home or on the floor feels no more than this, ...
    rest_dps: float = 20.0  # ... turns slower, ...
    rest_share: float = 0.05  # ... and is so for more than this share: a walking back never is
    one_way: int = 10  # ... fewer than these, if all go the same way: steps aside
    pause_s: float = 20.0  # after a longer pause another set begins
    level_m: float = 0.14  # one tap to the next on a floor; stairs have 0.15 and more ...
    level_share: float = 0.80  # ... for so many of them
    swing_mps: float = (
        0.24  # a tap comes with a swing or a lift this fast; what shakes a car doesn't
    )
    most_s: float = 0.65  # nine of ten contacts are shorter
    fewest: int = 4  # fewer contacts in a set are steps; so are ...
    without_home: int = 15  # ... fewer than these without a return home in between
    tap_g: float = (
        0.12  # soft taps shake so much at 50 Hz, at 200 Hz by 0.5; a turn in mid-air less
    )
    sharp_g: float = 0.09  # ... a touch as soft as this counts where the foot is stopped ...
    sharp: tuple[float, float] = (3.0, 60.0)  # ... not as in a turn, nor as smoothly as in mid-air
    turn_share: float = 0.2  # of the distance from home: further out before and after, it turns
    touch_share: float = 0.25  # of the usual shake of a tap, from which on it is one
    held_m: float = 0.02  # nearer to the farthest place it pauses
    most_of_star: int = 6  # directions of eight from one home: no walk goes so
    per_direction: int = 5  # the plan
