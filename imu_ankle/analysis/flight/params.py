"""The parameters of flight: what a foot on the floor is, and what makes a movement a flight."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class FlightParams:
    """Parameters of the search for flights, those of both hops and jumps."""

    # where the ball of the foot rests
    window_s: float = 0.06  # the shortest contact leaves so much rest after its landing
    steady_mps: float = 0.06  # spread of the velocity in a contact: 0.01-0.05; in mid-air 0.05-0.2
    turning_dps: float = 120.0  # a loaded foot turns slower than a pushing or a flying one
    rest_cost: float = 5.0  # sum of squares of the two: of normal rests 8 % are beyond it
    apart_s: float = 0.10  # two rests in the same contact say the same
    reach_s: float = 1.6  # push-off, the longest flight and its landing take less
    slack_mps: float = 0.15  # by which the ball's velocity in a contact may miss zero
    drift_mps2: float = 0.5  # tilt error of 2 deg and an uncalibrated accelerometer
    missed_mps: float = 4.5  # ... or by this more: a hard landing that was clipped or
    hard_g: float = 4.0  # ... is above this force, of which filter and range may hide much,
    slow_hz: float = 80.0  # ... or fell between two samples: it takes 15-30 ms
    # which quiet instants are rests: what a link costs, in certain rests; a new chain costs one
    drift_price: float = 0.3  # of a step in velocity that drift can just explain
    missed_price_spm: float = 0.2  # per m/s beyond it
    most_price: float = 0.95  # of any link that is possible at all: less than a new chain
    # where the foot points
    decisive_deg: float = 15.0  # tilts beyond have the heel up; toes go up by less, for less long
    turned_deg: float = 10.0  # take-offs that say otherwise by so much are worth a second look
    # where the sensor sits, seen from the ball: start of the fit, in the foot frame
    arm_m: tuple[float, float, float] = (-0.10, 0.0, 0.06)
    arm_reach_m: float = 0.25  # behind the heel it is 0.25-0.29 m from the toes it rolls over
    arm_prior: float = 0.02  # share of the evidence: sideways the push-off says little
    arm_windows: int = 40  # push-offs that are enough for the fit
    still_dps: float = 40.0  # a push-off starts where the foot turns slower than this
    # what is listed as a candidate
    moving_mps: float = 0.25  # slower movement of the ball is no step, no hop, no jump
    push_dps: float = 100.0  # heel-up rate at which a foot that leaves the floor is a candidate
    heel_up_deg: float = 12.0  # the heel of a planted foot stays below
    near_ground_m: float = 0.03  # contact is looked for from here on: heights are good to 1-2 cm
    # where the foot leaves the floor
    lead_s: float = 0.04  # the heel-up rate peaks no earlier than this before toe-off
    rolls_s: float = 0.012  # so long after the heel-up rate's peak ...
    rolls_share: float = 0.18  # ... the ball of a foot that bends has a third of its top speed
    rolls_before_s: float = 0.08  # it speeds up most no earlier than this before the rate's peak
    touch_s: float = 0.10  # ... for so long: the slowest fall from there, and the impact's rise
    touch_most_s: float = 0.010  # from contact to the sharpest stop; simulated feet 6-17 ms
    touch_share: float = 0.3  # contact is so far up the rise to the first peak of the ball's stop
    # what makes a candidate a flight
    falls: float = 0.35  # landing speed as a share of that of a fall from half the flight
    rises: tuple[float, float] = (0.25, 3.0)  # height of the ball as a share of that of the fall
    push_off_dps: float = 210.0  # heel-up rate: 250-900 in hops, 100-200 in side steps
    pushes: float = 0.25  # heel speed at take-off as a share of the speed of that fall
    mean_share: float = 0.55  # ... and the mean of the three: a step placed softly has less
    sideways_m: float = 0.05  # this far to the side, and not ahead, nobody walks
    sideways_dps: float = 280.0  # ... and the heel of a side step rises slower than this
    mean_share_sideways: float = 0.43  # ... so that this mean will do
    missing: float = 0.5  # share of a missed impulse that may belong to height and landing speed
    level_m: float = 0.12  # both contacts are on the floor; a stair is 0.15 or more
    left_over_s: float = 0.1  # ... give or take what velocity left over makes of it
    tiptoe_deg: float = 52.0  # people land and rest with the heel up to 48 deg up, and ...
    flat_deg: float = 25.0  # ... so far off in any other way; a hand holds it at any angle
    toes_up_deg: float = 8.0  # a walker lands on the heel, toes up further than this
    stop_mps2: float = 10.0  # a foot that lands is stopped harder than this: 12 and more
    abrupt_hz: float = 150.0  # ... but a slower sensor has but one or two samples of a stop
    stops: float = 0.7  # the floor stops a foot at least so sharply as a push-off speeds it up
    edge_s: float = 0.04  # a hole so near to take-off or contact hides it
    forward_m: float = 0.6  # further ahead it is no hop on the spot, ...
    stride_m: float = 1.3  # ... and further still a stride


@dataclass(frozen=True, slots=True, kw_only=True)
class FallParams:
    """Parameters of free fall at an ankle."""

    weightless_g: float = 0.6  # a leg in the air feels 0.1-0.5 g; less long is a swing's turn
    least_s: float = 0.06
    bridged_s: float = 0.05  # knees that bend in the air are felt for so long
    edge_s: float = 0.15  # take-off and contact are no further from weightlessness
    touch_share: float = 0.3  # contact is so far up the rise of the force
    swings_dps: float = 150.0  # RMS: bands in jumps 71-85, shoes to 200; in steps 170-430
    landing_g: float = 3.0  # ... within 60 ms: jumps 9.5 and 11.5, walking to 2.6
    landing_s: float = 0.06
    push_s: float = 0.4  # the push-off lasts no longer, ...
    pushes: float = 0.8  # ... and gives this share of the speed of that fall: 1.15 and more


@dataclass(frozen=True, slots=True, kw_only=True)
class SetParams:
    """Parameters of a set of flights."""

    flight_s: tuple[float, float]  # shorter is a bounce, longer is no flight
    pause_s: float = 2.0  # the spec: a longer stay on the floor is a pause, not a contact
    fatigue_reps: int = 5  # the spec: the last against the first so many ...
    fatigue_from: int = 10  # ... and none under this
    left_mps: float = 1.0  # if the ball got so fast while the heel was up, the foot left the floor
    near_hole_s: float = 0.3  # ... and a hole so near may hide the rest of a flight
    # a period so many times the usual, with a hole in it, hides one; a longer one is a pause
    missing_period: tuple[float, float] = (1.6, 3.2)
    settle_window_s: float = 0.25  # moving RMS of the rate
    settle_hold_s: float = 0.5  # settled is what stays settled for so long ...
    settle_within_s: float = 3.0  # ... and is looked for in this time: the answer depends on it
    settle_factor: float = 3.0  # times the level of the quiet second that follows
    settle_floor_dps: float = 5.0  # a planted foot sways that much
    min_rate_hz: float = 25.0  # a contact must show at least five samples


@dataclass(frozen=True, slots=True, kw_only=True)
class TrajectoryParams:
    """Parameters of the search for stays and touches."""

    still_s: float = 0.16  # a foot that is held still for so long ...
    still_mps: float = 0.025  # ... changes its velocity by less than this, RMS
    slack_mps: float = (
        0.08  # two rests differ in integrated velocity by less than this and drift ...
    )
    drift_mps2: float = 0.20  # ... of a tilt error of 1 deg; in mid-reach a foot is steady too
    jump_mps: float = 0.15  # more than this at a touch is a missed impulse, not drift
    same_m: float = 0.06  # rests in a row nearer to each other are one stay
    # a touch: the foot comes, is stopped with a shake, and stays
    shake_hz: float = 30.0  # a reach has nothing above, nor has a quick lift ...
    shake_share: float = 0.2  # ... of slow sensors this share of the rate
    touch_g: float = 0.06  # less is no touch, however soft
    apart_s: float = 0.12  # a shoe rings for less
    before_s: tuple[float, float] = (0.08, 0.015)  # in which the foot still comes
    after_s: tuple[float, float] = (0.015, 0.06)  # ... and in which it stays
    coming_mps: float = 0.025  # it comes faster than this, ...
    stops: float = 3.0  # ... so many times faster than it stays (a turn in mid-air: 1 to 2.5), ...
    sure_mps: float = 0.05  # ... or at least as fast if it comes as fast as this ...
    sure_g: float = 0.22  # ... and shakes so much
    up_mps: float = 0.04  # ... and not upward
    still_m: float = (
        0.03  # a foot that stays moves less, and goes so far within a tenth of a second
    )
    again_s: float = 0.6  # a second touch so soon after the first needs a lift in between ...
    lift_m: float = 0.008  # ... of so much: else the foot leaves there
