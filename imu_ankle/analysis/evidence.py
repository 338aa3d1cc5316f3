"""What is known of a stretch of movement before it has a name; exercises judge it.

Each kind of search gathers evidence of its own (`core.exercise.Search`), and every exercise that is
found so says by its recogniser whether the evidence fits. All of it is plain data without numpy.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from imu_ankle.analysis.cyclic.params import CyclicParams
from imu_ankle.analysis.standing.params import SingleLegStanceParams

_STANCE = SingleLegStanceParams()


@dataclass(frozen=True, slots=True, kw_only=True)
class SegmentationParams:
    """Parameters of the search for sets in a recording that names no exercise."""

    pause_s: float = 25.0  # people rest up to 15 s within a set; a longer pause ends it
    rest_s: float = 8.0  # of keeping still parts what may be two exercises
    fewest: int = 3  # two heel raises align the clip; a set has more repetitions
    flight_pause_s: float = 6.0  # after so long, hops may have become jumps
    lead_s: float = 3.0  # standing before and after go with a set, as far as nothing else is there
    sideways_m: float = 0.10  # of travel, in the median: hops; jumps land where they took off
    sideways_doubt_m: float = 0.03  # ... give or take what travel is good to
    # the moment arm, in m per rad of turning
    foot_m: float = 0.32  # a clip on a foot that turns about its ankle or ball is nearer than this
    rises_m: float = 0.010  # on tiptoe it rises at least so much
    raises_deg: float = 10.0  # a raise of 8 deg counts, but feet also pitch by 6-8 in sitting down
    shank_m: float = 0.094  # on a shank it goes ahead by more than this, and ...
    # ... by so many times what it rises or sinks; bands at ankles on tiptoe 1.0-1.2, with a gyroscope
    # that reads 13 % low 1.1-2.0; shanks 1.7-3.5
    shank_steep: float = 2.2
    doubtful_steep: tuple[float, float] = (1.4, 2.8)  # in between both names are told
    fits: float = 0.60  # share of the squared speed that the arm must explain to be believed
    tips_deg: float = 12.0  # a waist that squats tips less
    # the relaxed pose of points lies between both ends, that of raises and squats at one
    between: tuple[float, float] = (0.13, 0.87)
    cyclic: CyclicParams = field(
        default_factory=lambda: CyclicParams(
            floor_deg=6.0, listed_deg=3.0, most_deg=110.0, uneven=1.3, near=0.15, moment_arm_m=0.45
        )
    )
    other_share: float = 0.6  # of what was measured under a name: then another name fits better
    rule_fewest: int = 5  # candidates that fall to one rule ...
    rule_share: float = 0.5  # ... and so many of all contradict a set
    other_fewest: int = 5  # fewer repetitions may be losses of balance
    hold_s: float = 5.0  # what is shorter is no set
    stance_s: float = 8.0  # a shorter stance on one leg is no trial
    two_legs_s: float = _STANCE.min_two_legs_s  # of standing before the shift onto one leg
    # nobody stands on one leg as calmly as this, but for so much; who squats on two rests in between
    calm_dps: float = _STANCE.calm_dps
    calm_share: float = 0.1
    # a stance leg; two legs that stand sway less, two that squat turn a foot faster: 10-17
    sways_dps: tuple[float, float] = (0.8, 9.5)


@dataclass(frozen=True, slots=True)
class RepetitionEvidence:
    """Events that the exercise itself accepted, in one bout."""

    reps: int
    params: SegmentationParams


@dataclass(frozen=True, slots=True)
class FlightEvidence:
    """A bout of flights: how many of them the exercise accepts, and how far they go sideways.

    A band at the ankle, or holes, leave unknown how far that is.
    """

    reps: int
    sideways_m: float | None
    params: SegmentationParams

    @property
    def sideways(self) -> bool:
        """Whether they go further than jumps stray."""
        return self.sideways_m is not None and self.sideways_m >= self.params.sideways_m

    @property
    def words(self) -> str:
        """How far they go, in words."""
        if self.sideways_m is None:
            return "flights; how far they go sideways can't be seen"
        return f"flights that go {100.0 * self.sideways_m:.0f} cm sideways"

    @property
    def doubtful(self) -> bool:
        """Whether narrow hops and jumps that stray go so far."""
        if self.sideways_m is None:
            return True
        off_m = abs(self.sideways_m - self.params.sideways_m)
        return off_m < self.params.sideways_doubt_m


@dataclass(frozen=True, slots=True, kw_only=True)
class TurnEvidence:
    """Turns of something that stays in place, seen by the sensor's path about their axis.

    Attributes
    ----------
    height_deg : how far they go in the median.
    up_m, ahead_m : how far the sensor goes up (or down, negative) and ahead per rad.
    fits : share of the squared speed that this explains.
    rests : where the pose before the set lies between the low end of the turns (0) and the high one
        (1); None if there is no such pose.
    at_ankle : the sensor is known to be in a band at the ankle.
    """

    height_deg: float
    up_m: float
    ahead_m: float
    fits: float
    rests: float | None
    at_ankle: bool
    params: SegmentationParams

    @property
    def believed(self) -> bool:
        """Whether the path explains the movement."""
        return self.fits > self.params.fits

    @property
    def between(self) -> bool:
        """Whether the pose before the set lies between both ends."""
        low, high = self.params.between
        return self.rests is not None and low < self.rests < high

    @property
    def steep(self) -> float:
        """How many times what the sensor rises or sinks it goes ahead."""
        return abs(self.ahead_m) / max(abs(self.up_m), 1e-6)

    @property
    def on_tiptoe(self) -> bool:
        """Whether the sensor turns as seen from the ball of the foot: behind it and above it.

        It then rises and goes ahead at once. Without a pose before the set nothing tells a rise from
        a descent.
        """
        same_way = self.up_m * self.ahead_m > 0.0
        unknown = self.rests is None and self.high_above
        moves = abs(self.up_m) > self.params.rises_m
        return (same_way or unknown) and moves and self.believed

    @property
    def high_above(self) -> bool:
        """Whether the sensor sits as high above its axis as on a shank, or at an ankle on tiptoe."""
        return abs(self.ahead_m) > self.params.shank_m

    @property
    def over_ball(self) -> bool:
        """Whether the sensor neither rises nor sinks: on tiptoe a clip over the toes goes but ahead."""
        still = abs(self.up_m) <= self.params.rises_m and self.ahead_m > 0.0
        return still and self.believed and not self.high_above

    @property
    def of_shank(self) -> bool:
        """Whether the sensor goes ahead as on a shank over its ankle."""
        steep = self.params.shank_steep if self.on_tiptoe else 1.0
        return not self.between and self.high_above and self.steep > steep

    @property
    def of_raises(self) -> bool:
        """Whether a heel lifts the sensor from the pose before the set."""
        if self.height_deg < self.params.raises_deg or self.of_shank:
            return False
        tiptoe = self.on_tiptoe or self.over_ball
        rising = tiptoe and (not self.between or (self.on_tiptoe and self.up_m > 0.0))
        # nothing else but a squat turns a band at the ankle, whether or not slow turns show their arm
        return rising or (self.at_ankle and not self.believed)

    @property
    def of_either(self) -> bool:
        """Whether a shank that tips and an ankle on tiptoe would look alike."""
        low, high = self.params.doubtful_steep
        return not self.at_ankle and self.on_tiptoe and self.high_above and low < self.steep < high

    @property
    def of_no_waist(self) -> bool:
        """Whether it turns further than a waist, or what it sinks comes from turning."""
        return self.believed or self.height_deg > self.params.tips_deg

    @property
    def words(self) -> str:
        """The path in words."""
        up, ahead = 100.0 * abs(self.up_m), 100.0 * abs(self.ahead_m)
        return f"{up:.0f} cm up or down and {ahead:.0f} cm ahead per rad"


@dataclass(frozen=True, slots=True)
class StanceEvidence:
    """A stance on one leg: its length and sway, whether a shift onto it was seen, what lies beside it.

    `calm_share` is the share of it in which the foot was as calm as on two legs.
    """

    hold_s: float
    calm_share: float
    sway_dps: float | None
    shift_seen: bool
    beside: frozenset[str]
    params: SegmentationParams
