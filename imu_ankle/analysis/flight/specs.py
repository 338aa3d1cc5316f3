"""What the numbers that hops and jumps share mean."""

from __future__ import annotations

from imu_ankle.core.exercise import Better, spec

COMMON = (
    spec("flight_s", "time in the air", "s", 3, Better.HIGHER),
    spec("contact_s", "time on the floor", "s", 3, Better.NEITHER),
    spec("cadence_per_min", "cadence", "1/min", 0, Better.NEITHER),
    spec("height_m", "flight-time height", "m", 3, Better.HIGHER),
    spec("rsi_mps", "height per time on the floor", "m/s", 2, Better.HIGHER),
    spec("impact_g", "impact (this sensor and rate only)", "g", 1, Better.NEITHER),
    spec("settle_s", "foot settled after the last landing", "s", 2, Better.LOWER),
    spec("set_s", "first take-off to last landing", "s", 1, Better.NEITHER),
    spec("fatigue_pct", "last five flights against the first five", "%", 0, Better.HIGHER),
)
