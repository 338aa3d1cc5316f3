"""Pieces of movement of one foot, put one after another into a trajectory."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
from scipy.signal import butter, sosfiltfilt

from imu_ankle.simulation.trajectory import KNOTS_HZ, Trajectory

if TYPE_CHECKING:
    from imu_ankle.model import FloatArray

_X, _Y, _Z, _ROLL, _PITCH, _YAW = range(6)
_HEEL_M = 0.18  # from the ball back to the heel


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
    """

    rng: np.random.Generator
    spans: list[Span] = field(default_factory=list)
    _pieces: list[FloatArray] = field(default_factory=list)
    _here: FloatArray = field(default_factory=lambda: np.zeros(6))

    @property
    def now_s(self) -> float:
        """End of what was built so far."""
        return sum(len(piece) for piece in self._pieces) / KNOTS_HZ

    def trajectory(self) -> Trajectory:
        """Return the whole as a trajectory."""
        return Trajectory.through(np.vstack([*self._pieces, self._here]))

    def stand(self, seconds: float, rate_dps: float, name: str = "two-legs") -> None:
        """Stand planted with sway whose three-axis rate has the RMS `rate_dps`."""
        n = round(seconds * KNOTS_HZ)
        piece = np.tile(self._here, (n, 1))
        piece[:, [_ROLL, _PITCH, _YAW]] += self._sway(n, rate_dps)
        self._add(name, piece, self._here)

    def lean(self, seconds: float, roll_deg: float, pitch_deg: float, name: str) -> None:
        """Move smoothly to a lean of the planted foot, as when weight shifts onto it."""
        there = self._here.copy()
        there[_ROLL], there[_PITCH] = np.radians([roll_deg, pitch_deg])
        self._add(name, self._here + _smooth(seconds) * (there - self._here), there)

    def hop(self, travel_m: float = 0.08) -> None:
        """Lose balance: the foot unloads, hops aside with a twist, and lands."""
        rise, fall, twist = self.rng.uniform([0.2, 0.25, 12.0], [0.3, 0.35, 20.0])
        away = self.rng.uniform(-1.0, 1.0, 2) * travel_m
        up = np.vstack([_smooth(rise), 1.0 - _smooth(fall)])
        across = _smooth(len(up) / KNOTS_HZ)
        piece = np.tile(self._here, (len(up), 1))
        piece[:, [_X, _Y]] += across * away
        piece[:, [_Z]] += 0.05 * up
        piece[:, [_PITCH]] += np.radians(twist) * 2.0 * up
        piece[:, [_ROLL]] += np.radians(twist) * up * self.rng.choice([-1.0, 1.0])
        there = self._here.copy()
        there[[_X, _Y]] += away
        self._add("loss", piece, there)

    def heel_raise(
        self, angle_deg: float = 30.0, seconds: float = 0.8, hold_s: float = 1.0
    ) -> None:
        """Rise on the toes about the ball, hold, lower."""
        up = np.vstack(
            [_smooth(seconds), np.ones((round(hold_s * KNOTS_HZ), 1)), 1.0 - _smooth(seconds)]
        )
        piece = np.tile(self._here, (len(up), 1))
        piece[:, [_PITCH]] += np.radians(angle_deg) * up
        self._add("heel-raise", piece, self._here)

    def walk(self, strides: int, length_m: float = 1.3, stride_s: float = 1.1) -> None:
        """Walk straight ahead; `length_m` near 0 is walking in place."""
        for _ in range(strides):
            stretch, pace = self.rng.normal([1.0, 1.0], [0.05, 0.04])
            self._stride(length_m * stretch, stride_s * pace)

    def handle(self, seconds: float) -> None:
        """Be handled: turned and carried about at will, then put back as it was."""
        n = round(seconds * KNOTS_HZ)
        window = np.minimum(1.0, np.minimum(np.arange(n), np.arange(n)[::-1]) / (0.6 * KNOTS_HZ))
        fade = (window**3 * (10.0 - 15.0 * window + 6.0 * window**2))[:, None]
        wild = self._noise(n, 6, 0.3, 1.5) * np.array([0.15, 0.15, 0.1, 0.9, 0.9, 0.9])
        self._add("handling", self._here + fade * wild, self._here)

    def _stride(self, length_m: float, seconds: float) -> None:
        """Push off about the ball, swing, land on the heel, roll flat."""
        in_place = length_m < 0.2
        off, strike = (20.0, 2.0) if in_place else (55.0, -18.0)
        flat, push, swing, roll = np.array([0.30, 0.25, 0.35, 0.10]) * seconds
        toe_off, contact = np.radians(off), np.radians(strike)
        pieces = [np.zeros((round(flat * KNOTS_HZ), 6))]
        lift = np.zeros((round(push * KNOTS_HZ), 6))
        lift[:, [_PITCH]] = toe_off * _smooth(push)[: len(lift)]
        pieces.append(lift)
        s = _smooth(swing)
        air = np.zeros((len(s), 6))
        air[:, [_PITCH]] = toe_off + (contact - toe_off) * s
        landing = np.array([_HEEL_M * (np.cos(contact) - 1.0), -_HEEL_M * np.sin(contact)])
        air[:, [_X]] = (length_m + landing[0]) * s
        air[:, [_Z]] = landing[1] * s + (0.05 if not in_place else 0.10) * np.sin(np.pi * s) ** 2
        air[:, [_ROLL]] = np.radians(self.rng.normal(6.0, 2.0)) * np.sin(np.pi * s) ** 2
        air[:, [_YAW]] = np.radians(self.rng.normal(0.0, 3.0)) * np.sin(np.pi * s) ** 2
        pieces.append(air)
        down = np.zeros((round(roll * KNOTS_HZ), 6))
        pitch = contact * (1.0 - _smooth(roll)[: len(down)])
        down[:, [_PITCH]] = pitch
        down[:, [_X]] = length_m + _HEEL_M * (np.cos(pitch) - 1.0)
        down[:, [_Z]] = -_HEEL_M * np.sin(pitch)
        pieces.append(down)
        there = self._here.copy()
        there[_X] += length_m
        self._add("walking", self._here + np.vstack(pieces), there)

    def _sway(self, n: int, rate_dps: float) -> FloatArray:
        """Angles (n, 3) whose rates have the wanted RMS; more roll than pitch than yaw."""
        if n == 0 or rate_dps == 0.0:
            return np.zeros((n, 3))
        angles = self._noise(n, 3, 0.3, 3.0) * np.array([1.0, 0.7, 0.35])
        ramp = np.minimum(1.0, np.minimum(np.arange(n), np.arange(n)[::-1]) / (0.3 * KNOTS_HZ))
        angles *= (ramp**3 * (10.0 - 15.0 * ramp + 6.0 * ramp**2))[:, None]
        rates = np.gradient(angles, 1.0 / KNOTS_HZ, axis=0)
        scaled: FloatArray = (
            np.radians(rate_dps) * angles / np.sqrt(np.mean(np.sum(rates**2, axis=1)))
        )
        return scaled

    def _noise(self, n: int, columns: int, low_hz: float, high_hz: float) -> FloatArray:
        """Smooth noise with unit variance: sway has most of its power below 1 Hz."""
        margin = round(10.0 * KNOTS_HZ)
        white = self.rng.standard_normal((n + 2 * margin, columns))
        slow = sosfiltfilt(butter(1, low_hz, fs=KNOTS_HZ, output="sos"), white, axis=0)
        smooth = sosfiltfilt(butter(3, high_hz, fs=KNOTS_HZ, output="sos"), slow, axis=0)
        piece = smooth[margin : margin + n]
        return np.asarray(piece / smooth.std(axis=0), dtype=np.float64)

    def _add(self, name: str, piece: FloatArray, there: FloatArray) -> None:
        start_s = self.now_s
        self._pieces.append(piece)
        self._here = there
        if self.spans and self.spans[-1].name == name:
            self.spans[-1] = Span(name, self.spans[-1].start_s, self.now_s)
        else:
            self.spans.append(Span(name, start_s, self.now_s))


def _smooth(seconds: float) -> FloatArray:
    """From 0 to 1 with minimum jerk, (n, 1), without the last point."""
    s = np.arange(round(seconds * KNOTS_HZ)) / (seconds * KNOTS_HZ)
    return np.asarray((s**3 * (10.0 - 15.0 * s + 6.0 * s**2))[:, None], dtype=np.float64)
