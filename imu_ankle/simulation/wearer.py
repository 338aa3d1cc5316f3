"""Who wears the sensor: how strong, how steady, how regular."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from imu_ankle.simulation.timeline import Timeline


@dataclass(frozen=True, slots=True, kw_only=True)
class Wearer:
    """Typical values of a person; single repetitions scatter by `spread` around them."""

    hop_s: float = 0.26  # flight of a hop
    jump_s: float = 0.42  # flight of a jump squat
    width_m: float = 0.36  # between the two sides of lateral hops
    contact_s: float = 0.40  # between two hops
    hardness: float = 0.92  # landing speed as a share of what the flight time allows
    push_deg: float = 32.0  # heel up when it turns fastest, shortly before toe-off
    raise_deg: float = 32.0
    sway_dps: float = 3.5  # on one leg
    spread: float = 0.07
    tiring: float = 0.005  # share of flight lost with every repetition

    def draw(self, line: Timeline, typical: float, *, tired: float = 0.0) -> float:
        """Return one repetition's value around `typical`, never beyond two and a half spreads."""
        scatter = float(line.rng.normal(0.0, 1.0))
        return (
            typical * (1.0 + self.spread * max(-2.5, min(2.5, scatter))) * (1.0 - min(tired, 0.4))
        )


WEARERS = {
    "novice": Wearer(spread=0.12, width_m=0.30, sway_dps=5.0, hop_s=0.24, contact_s=0.5),
    "recovering": Wearer(
        hop_s=0.19, jump_s=0.32, width_m=0.24, contact_s=0.6, hardness=0.85, push_deg=27.0,
        raise_deg=24.0, sway_dps=6.0, spread=0.10, tiring=0.008,
    ),
    "expert": Wearer(
        hop_s=0.31, jump_s=0.50, width_m=0.42, contact_s=0.30, hardness=0.97, push_deg=36.0,
        raise_deg=40.0, sway_dps=2.0, spread=0.04, tiring=0.002,
    ),
}  # fmt: skip
