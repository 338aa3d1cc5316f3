"""What is known of a stretch of movement before it has a name; exercises judge it.

Each kind of search gathers evidence of its own (`core.exercise.Search`), and every exercise that is
found so says by its recogniser whether the evidence fits. All of it is plain data without numpy.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from imu_ankle.analysis.cyclic.params import CyclicParams


@dataclass(frozen=True, slots=True, kw_only=True)
class SegmentationParams:
    """Parameters of the search for sets in a recording that names no exercise."""

    pause_s: float = 25.0  # people rest up to 15 s within a set; a longer pause ends it
    rest_s: float = 8.0  # of keeping still parts what may be two exercises
    fewest: int = 3  # two heel raises align the clip; a set has more repetitions
    flight_pause_s: float = 6.0  # after so long, hops may have become jumps
    lead_s: float = 3.0  # standing before and after go with a set, as far as nothing else is there
    sideways_m: float = 0.10  # of travel, in the median: hops; jumps land where they took off
    # the moment arm, in m per rad of turning
    foot_m: float = 0.32  # a clip on a foot that turns about its ankle or ball is nearer than this
    rises_m: float = 0.010  # on tiptoe it rises at least so much
    shank_m: float = 0.094  # on a shank it goes ahead by more than this ...
    shank_steep: float = 1.9  # ... and surely so if by so many times what it rises or sinks
    fits: float = 0.60  # share of the squared speed that the arm must explain to be believed
    # the relaxed pose of points lies between both ends, that of raises and squats at one
    between: tuple[float, float] = (0.13, 0.87)
    cyclic: CyclicParams = field(
        default_factory=lambda: CyclicParams(
            floor_deg=6.0, listed_deg=3.0, most_deg=110.0, uneven=1.3, near=0.15, moment_arm_m=0.45
        )
    )
    hold_s: float = 5.0  # what is shorter is no set
    stance_s: float = 8.0  # a shorter stance on one leg is no trial
    # a stance leg; two legs that stand sway less, two that squat turn a foot faster: 10-17
    sways_dps: tuple[float, float] = (0.8, 9.5)


@dataclass(frozen=True, slots=True)
class RepetitionEvidence:
    """Events that the exercise itself accepted, in one bout."""

    reps: int
    params: SegmentationParams


@dataclass(frozen=True, slots=True)
class FlightEvidence:
    """A bout of flights: how many of them the exercise accepts, and how far they go sideways."""

    reps: int
    sideways_m: float
    params: SegmentationParams


@dataclass(frozen=True, slots=True)
class TurnEvidence:
    """Turns of something that stays in place, seen by the sensor's path about their axis.

    Attributes
    ----------
    up_m, ahead_m : how far the sensor goes up (or down, negative) and ahead per rad.
    fits : share of the squared speed that this explains.
    rests : where the pose before the set lies between the low end of the turns (0) and the high one
        (1); None if there is no such pose.
    """

    up_m: float
    ahead_m: float
    fits: float
    rests: float | None
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
    def on_tiptoe(self) -> bool:
        """Whether the sensor turns as seen from the ball of the foot: behind it and above it.

        It then rises and goes ahead at once.
        """
        same_way = self.up_m * self.ahead_m > 0.0
        return same_way and abs(self.up_m) > self.params.rises_m and self.believed

    @property
    def of_shank(self) -> bool:
        """Whether the sensor goes ahead as on a shank over its ankle."""
        steep = self.params.shank_steep if self.on_tiptoe else 1.0
        return not self.between and abs(self.ahead_m) > max(
            self.params.shank_m, steep * abs(self.up_m)
        )

    @property
    def of_raises(self) -> bool:
        """Whether a heel lifts the sensor from the pose before the set."""
        rising = self.on_tiptoe and (not self.between or self.up_m > 0.0)
        return rising and not self.of_shank

    @property
    def words(self) -> str:
        """The path in words."""
        up, ahead = 100.0 * abs(self.up_m), 100.0 * abs(self.ahead_m)
        return f"{up:.0f} cm up or down and {ahead:.0f} cm ahead per rad"


@dataclass(frozen=True, slots=True)
class StanceEvidence:
    """A stance on one leg: its length, its sway, whether a shift onto it was seen, what lies beside it."""

    hold_s: float
    sway_dps: float | None
    shift_seen: bool
    beside: frozenset[str]
    params: SegmentationParams
