"""The parameters of slow repetitions: what a turn of a foot or shank that stays in place is."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class CyclicParams:
    """Parameters of the search for slow repetitions, those of raises, points and squats."""

    # what is no slow turn: the body part travels, or turns faster than muscles do on purpose here
    travel_mps: float = 0.8  # a clip 0.27 m off the pivot moves at 0.7 m/s; a step at 1-4
    travel_window_s: float = (
        1.5  # speed is taken against its mean over so long: drift doesn't count
    )
    fast_dps: float = 330.0  # the quickest raise peaks at 250; hops and push-offs go to 600
    # where the axis comes from
    turning_dps: float = 6.0  # slower is sway; the slowest rise (15 deg in 4 s) peaks at 7
    axis_share: float = 0.8  # of a squared turn about the set's axis: else it is another movement
    upright: float = 0.9  # cosine to the vertical beyond which gravity can't show the angle
    drift_s: float = 4.0  # over so long gravity tells the angle, over less the gyroscope ...
    trust_mps2: float = 0.5  # ... gravity where the force isn't further off it: else it accelerates
    smooth_hz: float = 5.0  # of the rate: phases last a fifth of a second and more
    moment_arm_m: float = (
        0.32  # from the axis: a clip on a foot is nearer to ankle and ball than this
    )
    strays_mps: float = 0.09  # a sensor that moves so fast beside what its turns explain ...
    few: int = 4  # ... (less in proportion where fewer turns vouch for it) and ...
    steady: float = 0.97  # ... of whose squared rate less than this is about one axis, is in a hand
    # what is a repetition
    floor_deg: float = 8.0  # the spec: less is none
    listed_deg: float = 4.0  # less is not even listed; sway and lean stay below
    best: int = 5  # the spec: repetitions are compared with the median of so many best ones
    counts_from: float = 0.5  # ... and count from this share of it
    full_from: float = 0.7  # ... and are full from this share
    returns: float = 0.45  # share of it that the way back must have: else it goes on
    fewest: int = 2  # one turn alone is no set: daily life has them
    shortest_s: float = 0.5  # the quickest raise takes 0.57 s; tapping toes 0.3-0.5
    longest_s: float = 30.0  # nobody holds for so long; it is another posture
    most_deg: float = 75.0  # beyond the reach of an ankle: the whole limb is elsewhere
    margin_s: float = 0.25  # a step so near has the turn for a part
    posture_deg: float = 40.0  # repetitions of a set start from poses closer to each other
    decisive_m: float = 0.025  # per rad: a sensor that turns move so far up or down tells the sign
    beyond: float = 0.35  # share of the set's reach below its lower end: another posture
    near: float = 0.5  # share of the reach by which a rest pose may lie outside of it
    even: float = (
        0.8  # of the reaches to both sides of it, from which on the larger one tells nothing
    )
    uneven: float = 0.8  # share of a repetition by which the ends of it may differ
    # phases, by the spec
    phase_share: float = 0.1  # of a phase's own peak rate: there it starts and ends
    inner: tuple[float, float] = (0.15, 0.85)  # of the way: in between a pause belongs to the phase
    plateau: float = 0.25  # share of the way below its top that a hold may wobble
    hold_s: tuple[float, float] = (2.0, 3.0)  # what the plan asks for ...
    hold_slack_s: float = 0.15  # ... and how well a hold is known
    pair_s: float = 6.0  # a point and its flex are no further apart
    # references and holes
    stand_s: float = 0.6  # of quiet gives a pose
    settles_s: float = 1.0  # after a step a foot stands still so soon, if it stands
    same_deg: float = 3.0  # two stands of a foot agree within 2 deg
    stand_dps: float = 8.0  # a standing or relaxed foot turns slower
    hole_s: float = 0.5  # a longer one hides a repetition that it touches


@dataclass(frozen=True, slots=True, kw_only=True)
class DescentParams:
    """Parameters of dips."""

    drift_hz: float = 0.08  # slower is drift of the integration; the slowest squat takes 5 to 8 s
    listed_m: float = 0.012  # less is breathing and sway
    floor_m: float = 0.025  # a squat that sinks less isn't told from a shift of weight
    most_m: float = 0.25  # deeper is sitting down
    shortest_s: float = 1.0  # a walking waist bobs in half a second
    longest_s: float = 10.0
    counts_from: float = 0.4  # share (a lean takes some of a half) of the median of the best ...
    best: int = 5  # ... so many
    quick: float = 0.3  # the same of the speed down: standing drifts deep, but slowly
    strays_m: float = 0.02  # ... of it, and this: a trunk that leans lifts the clip
    back: float = 0.5  # share of the depth by which the end may miss the start
    tilt_deg: float = 30.0  # further the trunk bends over
    turning_dps: float = 20.0  # a trunk on one leg wobbles by 10 to 17, RMS; a hand turns faster
    aside_m: float = 0.15  # a squat strays less, or less than it sinks
    moving: float = 0.1  # share of the peak speed at which a dip starts and ends
    lopsided: float = (
        0.25  # nobody sinks so much slower than they rise; before a rise a filter does
    )
    fewest: int = 2  # one alone is a bow or a shift of weight, ...
    alone_s: float = 18.0  # ... and so is one so far from all others; a rest in a set takes 15
    tiptoe: float = 0.5  # share of its depth by which the waist rose in the ...
    rising_mps: float = 0.05  # slower up is no rise: on the toes it peaks at 0.1 ...
    raises: int = 2  # so many dips between heel raises may come before a set
    recent_s: float = 5.0  # ... time before the first dip, if it starts on tiptoe
    steps_hz: tuple[float, float] = (2.5, 8.0)  # a squat has next to nothing there, nor has
    # tremor; the impacts of steps have ...
    steps_mps2: float = 0.5  # ... more than this, RMS
