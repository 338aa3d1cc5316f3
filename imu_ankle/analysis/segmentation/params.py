"""The knobs of recognition, and what comes out of it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from imu_ankle.analysis.cyclic.params import CyclicParams

if TYPE_CHECKING:
    from imu_ankle.core.recording import Placement


@dataclass(frozen=True, slots=True, kw_only=True)
class RecognitionParams:
    """Knobs of recognition."""

    pause_s: float = 25.0  # people rest up to 15 s within a set; a longer pause ends it
    rest_s: float = 8.0  # of keeping still parts what may be two exercises
    fewest: int = 3  # two heel raises align the clip; a set has more repetitions
    flight_pause_s: float = 6.0  # after so long, hops may have become jumps
    lead_s: float = 3.0  # standing before and after go with a set, as far as nothing else is there
    sideways_m: float = 0.10  # of travel, in the median: hops; jumps land where they took off
    # the lever, in m per rad of turning
    foot_m: float = 0.32  # a clip on a foot that turns about its ankle or ball is nearer than this
    rises_m: float = 0.010  # on tiptoe it rises at least so much
    shank_m: float = 0.094  # on a shank it goes ahead by more than this ...
    shank_steep: float = 1.9  # ... and surely so if by so many times what it rises or sinks
    fits: float = 0.60  # share of the squared speed that the lever must explain to be believed
    # the relaxed pose of points lies between both ends, that of raises and squats at one
    between: tuple[float, float] = (0.13, 0.87)
    cyclic: CyclicParams = field(
        default_factory=lambda: CyclicParams(
            floor_deg=6.0, listed_deg=3.0, most_deg=110.0, uneven=1.3, near=0.15, moment_arm_m=0.45
        )
    )
    hold_s: float = 5.0  # a shorter stance on one leg is no trial
    sways_dps: tuple[float, float] = (0.8, 15.0)  # a stance leg; two legs sway less, steps more


@dataclass(frozen=True, slots=True, kw_only=True)
class Recognised:
    """One set: exercise, where the sensor was, samples, repetitions, and how sure that is.

    `confidence` is between 0 and 1: it grows with the repetitions, and with how clearly what tells
    them from their rivals does. `why` says that in words.
    """

    exercise: str
    placement: Placement
    start: int
    end: int
    reps: int
    confidence: float
    why: str
