"""The knobs of flight: what a foot on the floor is, and what makes a movement a flight."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class FlightParams:
    """Knobs of the search for flights, those of both hops and jumps."""

    # where the ball of the foot rests
    window_s: float = 0.06  # the shortest contact leaves so much rest after its landing
    steady_mps: float = 0.06  # spread of the velocity in a contact: 0.01-0.05; in mid-air 0.05-0.2
    turning_dps: float = 120.0  # a loaded foot turns slower than a pushing or a flying one
    rest_cost: float = 5.0  # beyond this sum of squares of the two it is no rest
    apart_s: float = 0.10  # two rests in the same contact say the same
    reach_s: float = 1.6  # push-off, the longest flight and its landing take less
    slack_mps: float = 0.15  # by which the ball's velocity in a contact may miss zero
    drift_mps2: float = 0.5  # tilt error of 2 deg and an uncalibrated accelerometer
    missed_mps: float = 4.5  # ... or by this more: a hard landing that was clipped or
    hard_g: float = 4.0  # ... is above this force, of which filter and range may hide much,
    slow_hz: float = 80.0  # ... or fell between two samples: it takes 15-30 ms
    # which quiet instants are rests, in weights: a certain rest weighs 1
    drift_price: float = 0.3  # of a step in velocity that drift can just explain
    missed_price_spm: float = 0.2  # per m/s beyond it
    most_price: float = 0.95  # of any link that is possible at all: less than ...
    break_price: float = 1.0  # ... of a chain that starts anew
    # where the foot points
    decisive_deg: float = 15.0  # tilts beyond have the heel up; toes go up by less, for less long
    turned_deg: float = 10.0  # take-offs that say otherwise by so much are worth a second look
    # where the sensor sits, seen from the ball: start of the fit, in the foot frame
    arm_m: tuple[float, float, float] = (-0.10, 0.0, 0.06)
    arm_reach_m: float = 0.15  # no place on a shoe is further from the laces
    arm_prior: float = 0.02  # share of the evidence: sideways the push-off says little
    arm_windows: int = 40  # push-offs that are enough for the fit
    still_dps: float = 40.0  # a push-off starts where the foot turns slower than this
    # what is listed as a candidate
    moving_mps: float = 0.25  # slower movement of the ball is no step, no hop, no jump
    push_dps: float = 100.0  # heel-up rate at which a foot that leaves the floor is a candidate
    heel_up_deg: float = 12.0  # the heel of a planted foot stays below
    near_ground_m: float = 0.03  # contact is looked for from here on: heights are good to 1-2 cm
    touch_s: float = 0.10  # ... for so long: the slowest fall from there, and the impact's rise
    touch_share: float = 0.3  # contact is so far up the rise to the first peak of the ball's stop
    # what makes a candidate a flight
    falls: float = 0.35  # landing speed as a share of that of a fall from half the flight
    rises: float = 0.25  # height of the ball as a share of that of the same fall
    push_off_dps: float = 210.0  # heel-up rate: 250-900 in hops, 100-200 in side steps
    pushes: float = 0.25  # heel speed at take-off as a share of the speed of that fall
    together: float = 1.65  # ... and the sum of the three: a step placed softly has less
    sideways_m: float = 0.05  # this far to the side, and not ahead, nobody walks
    sideways_dps: float = 280.0  # ... and the heel of a side step rises slower than this
    together_sideways: float = 1.3  # ... so that this sum will do
    missing: float = 0.5  # share of a missed impulse that may belong to height and landing speed
    level_m: float = 0.12  # both contacts are on the floor; a stair is 0.15 or more
    left_over_s: float = 0.1  # ... give or take what velocity left over makes of it
    flat_deg: float = 25.0  # the foot stands before and after; a hand holds it at any angle
    toes_up_deg: float = 8.0  # a walker lands on the heel, toes up further than this
    tiptoe_deg: float = 4.0  # the heel isn't higher at contact than at take-off; give or take this
    leaving_mps: float = 0.5  # the ball still rests when the heel-up rate peaks
    edge_s: float = 0.04  # a hole so near to take-off or contact hides it
    forward_m: float = 0.6  # further ahead it is a step; a stride has 1.0-1.5
