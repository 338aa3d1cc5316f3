"""The moment arm: where the sensor sits, seen from the point about which a body part turns.

It tells movements apart that turn alike. On tiptoe the clip rises, being behind the ball of the foot;
at the end of a straight leg, and on a shank over its ankle, it moves ahead, being above the joint.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from imu_ankle.core.signal.rotation import rotate

if TYPE_CHECKING:
    from collections.abc import Sequence

    from imu_ankle.analysis.cyclic.excursions import Excursion
    from imu_ankle.analysis.cyclic.tilt import Tilt
    from imu_ankle.core.recording import FloatArray

_MOST_S = 2.5  # over a longer phase drift outweighs the movement


@dataclass(frozen=True, slots=True, kw_only=True)
class MomentArm:
    """How far the sensor moves per turn: up, and level, in m per rad; positive `up_m` rises."""

    up_m: float
    level_m: float
    fits: float  # share of the squared speed that the turn explains
    speed_mps: float  # RMS

    @property
    def size_m(self) -> float:
        """The distance from the axis."""
        return float(np.hypot(self.up_m, self.level_m))

    @property
    def beside_mps(self) -> float:
        """The RMS speed that the turn doesn't explain."""
        return float(self.speed_mps * np.sqrt(max(0.0, 1.0 - self.fits)))


def find_moment_arm(tilt: Tilt, excursions: Sequence[Excursion]) -> MomentArm | None:
    """Return the moment arm with which the turns move the sensor; None without a turn fast enough.

    Least squares over the velocity of each phase, at rest at both ends: the sensor goes where the
    turn carries it.
    """
    motion = tilt.motion
    gravity = motion.gravity_mps2
    most = _MOST_S * motion.rate_hz
    rows: list[FloatArray] = []
    moves: list[FloatArray] = []
    for excursion in excursions:
        for phase in (excursion.up, excursion.down):
            piece = slice(int(phase.start), int(np.ceil(phase.end)) + 1)
            if not 4 <= piece.stop - piece.start <= most or motion.unseen[piece].any():
                continue
            acc = rotate(motion.quat[piece], motion.acc_mps2[piece]) - [0.0, 0.0, gravity]
            velocity = np.cumsum(acc, axis=0) / motion.rate_hz
            velocity -= np.linspace(velocity[0], velocity[-1], len(velocity))
            axis = rotate(motion.quat[piece], np.tile(tilt.axis, (len(acc), 1)))
            level = np.cross(axis, [0.0, 0.0, 1.0])
            level /= np.maximum(np.linalg.norm(level, axis=1, keepdims=True), 1e-6)
            rows.append(np.radians(tilt.rate_dps[piece]))
            aside = np.sum(velocity * axis, axis=1)
            moves.append(np.column_stack([velocity[:, 2], np.sum(velocity * level, axis=1), aside]))
    if not rows:
        return None
    rate, moved = np.concatenate(rows), np.vstack(moves)
    up, level_m, _ = moved.T @ rate / max(float(rate @ rate), 1e-9)
    power = float(np.sum(moved * moved))
    told = float(np.sum(np.outer(rate, [up, level_m]) ** 2))
    return MomentArm(
        up_m=float(up),
        level_m=float(level_m),
        fits=told / max(power, 1e-12),
        speed_mps=float(np.sqrt(power / len(moved))),
    )
