"""The timeline on which pieces of movement are put one after another: standing, leaning, sway."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
from scipy.signal import butter, sosfiltfilt

from imu_ankle.simulation.trajectory import KNOTS_HZ, FootPath

if TYPE_CHECKING:
    from imu_ankle.core.recording import FloatArray

X, Y, Z, ROLL, PITCH, YAW = range(6)  # columns of a piece: ball of the foot in m, angles in rad


@dataclass(frozen=True, slots=True)
class Span:
    """A piece of the timeline, by name."""

    name: str
    start_s: float
    end_s: float


@dataclass(slots=True)
class Timeline:
    """Builds a trajectory piece by piece; every piece starts where the last one ended, at rest.

    Attributes
    ----------
    rng : all randomness.
    spans : what was built, for the truth.
    here : (6,) where the foot is now.
    """

    rng: np.random.Generator
    spans: list[Span] = field(default_factory=list)
    _pieces: list[FloatArray] = field(default_factory=list)
    here: FloatArray = field(default_factory=lambda: np.zeros(6))

    @property
    def now_s(self) -> float:
        """End of what was built so far."""
        return sum(len(piece) for piece in self._pieces) / KNOTS_HZ

    def trajectory(self) -> FootPath:
        """Return the whole as a trajectory."""
        return FootPath.through(np.vstack([*self._pieces, self.here]))

    def stand(self, seconds: float, rate_dps: float, name: str = "two-legs") -> None:
        """Stand planted with sway whose three-axis rate has the RMS `rate_dps`."""
        n = round(seconds * KNOTS_HZ)
        piece = np.tile(self.here, (n, 1))
        piece[:, [ROLL, PITCH, YAW]] += self.sway(n, rate_dps)
        self.add(name, piece, self.here)

    def lean(self, seconds: float, roll_deg: float, pitch_deg: float, name: str) -> None:
        """Move smoothly to a lean of the planted foot, as when weight shifts onto it."""
        there = self.here.copy()
        there[ROLL], there[PITCH] = np.radians([roll_deg, pitch_deg])
        self.add(name, self.here + smooth(seconds) * (there - self.here), there)

    def sway(self, n: int, rate_dps: float) -> FloatArray:
        """Angles (n, 3) whose rates have the wanted RMS; more roll than pitch than yaw."""
        if n == 0 or rate_dps == 0.0:
            return np.zeros((n, 3))
        angles = self.noise(n, 3, 0.3, 3.0) * np.array([1.0, 0.7, 0.35])
        angles *= fade(n, 0.3)[:, None]
        rates = np.gradient(angles, 1.0 / KNOTS_HZ, axis=0)
        scaled: FloatArray = (
            np.radians(rate_dps) * angles / np.sqrt(np.mean(np.sum(rates**2, axis=1)))
        )
        return scaled

    def noise(self, n: int, columns: int, low_hz: float, high_hz: float) -> FloatArray:
        """Smooth noise with unit variance: sway has most of its power below 1 Hz."""
        margin = round(10.0 * KNOTS_HZ)
        white = self.rng.standard_normal((n + 2 * margin, columns))
        slow = sosfiltfilt(butter(1, low_hz, fs=KNOTS_HZ, output="sos"), white, axis=0)
        smooth = sosfiltfilt(butter(3, high_hz, fs=KNOTS_HZ, output="sos"), slow, axis=0)
        piece = smooth[margin : margin + n]
        return np.asarray(piece / smooth.std(axis=0), dtype=np.float64)

    def add(self, name: str, piece: FloatArray, there: FloatArray) -> None:
        """Append a piece (n, 6) of absolute coordinates that ends at rest at `there` (6,)."""
        start_s = self.now_s
        self._pieces.append(piece)
        self.here = there
        if self.spans and self.spans[-1].name == name:
            self.spans[-1] = Span(name, self.spans[-1].start_s, self.now_s)
        else:
            self.spans.append(Span(name, start_s, self.now_s))


def fade(n: int, seconds: float) -> FloatArray:
    """In and out within `seconds` or half of it all, (n,): 0 at both ends, 1 in between."""
    seconds = max(min(seconds, n / (2.0 * KNOTS_HZ)), 1.0 / KNOTS_HZ)
    return ease(np.minimum(np.arange(n), np.arange(n)[::-1]) / (seconds * KNOTS_HZ))


def ease(s: FloatArray) -> FloatArray:
    """From 0 at 0 to 1 at 1 with minimum jerk; constant outside."""
    s = np.clip(s, 0.0, 1.0)
    return np.asarray(s**3 * (10.0 - 15.0 * s + 6.0 * s**2), dtype=np.float64)


def smooth(seconds: float) -> FloatArray:
    """From 0 to 1 with minimum jerk, (n, 1), without the last point."""
    return ease(np.arange(round(seconds * KNOTS_HZ)) / (seconds * KNOTS_HZ))[:, None]
