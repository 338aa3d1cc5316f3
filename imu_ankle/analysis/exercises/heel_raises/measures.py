"""What is measured of heel raises."""

from __future__ import annotations

from typing import TYPE_CHECKING

from imu_ankle.analysis.cyclic.measures import (
    bars,
    holds_chart,
    measurement,
    nothing,
    on_target,
    seconds,
    tiring_pct,
    wobble_deg,
)
from imu_ankle.analysis.cyclic.repetitions import (
    CyclicSet,
    align,
    best_deg,
    find_repetitions,
    standing_deg,
)
from imu_ankle.analysis.exercises.heel_raises import SPECS, RaiseParams
from imu_ankle.core.exercise import Angle, Measurement, TrialContext
from imu_ankle.core.result import Event, median

if TYPE_CHECKING:
    from imu_ankle.analysis.cyclic.excursions import Excursion
    from imu_ankle.core.motion import Motion


def measure(motion: Motion, context: TrialContext, params: RaiseParams) -> Measurement:  # noqa: ARG001
    """Count the raises and measure each.

    Angles are those from flat standing. Where no stand is seen the lower end of each raise stands in
    for it, and how far the heel drops below level (`drop_deg`) is None.
    """
    aligned = align(motion, params.cyclic, rises=+1)  # the clip is behind the ball of the foot
    if aligned is None:
        return nothing(SPECS)
    tilt = aligned.tilt
    flat_deg = standing_deg(aligned, params.cyclic)

    def angle(excursion: Excursion) -> float:
        return excursion.level_deg - (max(excursion.base_deg) if flat_deg is None else flat_deg)

    found = find_repetitions(aligned, angle, params.cyclic)
    best = best_deg(found.sizes_deg, params.cyclic)
    rows = [
        _row(found, excursion, size, flat_deg, best, params)
        for excursion, size in zip(found.excursions, found.sizes_deg, strict=True)
    ]
    holds_s = [seconds(tilt, *excursion.hold) for excursion in found.excursions]
    wobbles = [wobble_deg(tilt, excursion) for excursion in found.excursions]
    metrics = {
        "angle_deg": median(found.sizes_deg, "deg"),
        "hold_s": median(holds_s, "s"),
        "holds_on_target": on_target(holds_s, params.cyclic),
        "rise_s": median([seconds(tilt, t.up.start, t.up.end) for t in found.excursions], "s"),
        "lower_s": median([seconds(tilt, t.down.start, t.down.end) for t in found.excursions], "s"),
        "wobble_deg": median([w for w in wobbles if w is not None], "deg"),
        "fatigue_pct": tiring_pct(found.sizes_deg, params.cyclic),
    }
    charts = (
        bars("Heel up", "angle, deg", found.sizes_deg),
        holds_chart("Time held on the toes", holds_s, params.cyclic),
    )
    low_deg = min((min(excursion.base_deg) for excursion in found.excursions), default=0.0)
    zero_deg = low_deg if flat_deg is None else flat_deg
    shown = Angle("heel up, deg", tilt.angle_deg - zero_deg)
    return measurement(rows, found.rejected, found.reasons, metrics, SPECS, charts, shown)


def _row(
    found: CyclicSet,
    excursion: Excursion,
    size: float,
    flat_deg: float | None,
    best: float,
    params: RaiseParams,
) -> Event:
    tilt, at = found.tilt, found.tilt.motion.at_s
    drop = None if flat_deg is None else max(0.0, flat_deg - min(excursion.base_deg))
    if drop is not None and drop < params.below_deg:
        drop = 0.0
    return Event(
        at(excursion.up.start),
        at(excursion.down.end),
        None,
        {
            "top_s": at(excursion.up.end),
            "angle_deg": size,
            "rise_s": seconds(tilt, excursion.up.start, excursion.up.end),
            "hold_s": seconds(tilt, *excursion.hold),
            "lower_s": seconds(tilt, excursion.down.start, excursion.down.end),
            "drop_deg": drop,
            "full": size >= params.cyclic.full_from * best,
        },
    )
