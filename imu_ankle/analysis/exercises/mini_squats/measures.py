"""What is measured of mini squats."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from imu_ankle.analysis.cyclic.measures import bars, measurement, nothing
from imu_ankle.analysis.cyclic.repetitions import align, find_repetitions
from imu_ankle.analysis.cyclic.vertical_displacement import DescentSet, find_descents
from imu_ankle.analysis.exercises.mini_squats import SPECS, SquatParams
from imu_ankle.analysis.exercises.mini_squats.free_foot import held_stretches
from imu_ankle.core.exercise import Angle, Measurement, TrialContext
from imu_ankle.core.options import Placement
from imu_ankle.core.result import Event, Metric, median

if TYPE_CHECKING:
    from collections.abc import Sequence

    from imu_ankle.analysis.cyclic.params import CyclicParams
    from imu_ankle.core.motion import Motion


def measure(motion: Motion, context: TrialContext, params: SquatParams) -> Measurement:
    """Count the squats and measure each: by tilt on the shank, elsewhere by depth."""
    if context.placement is Placement.WAIST:
        return _by_depth(find_descents(motion, motion.unbroken, params.descents), motion)
    if context.placement is Placement.FREE_FOOT:
        held = held_stretches(motion, params.held)
        return _by_depth(find_descents(motion, held, params.in_front), motion)
    return _on_the_shank(motion, params.cyclic)


def _on_the_shank(motion: Motion, params: CyclicParams) -> Measurement:
    aligned = align(motion, params)
    if aligned is None:
        return nothing(SPECS)
    tilt = aligned.tilt
    found = find_repetitions(aligned, lambda excursion: excursion.height_deg, params)
    at = motion.at_s
    rows = [
        Event(
            at(excursion.up.start),
            at(excursion.down.end),
            None,
            {
                "bottom_s": at(sum(excursion.hold) / 2.0),
                "tilt_deg": excursion.height_deg,
                "depth_m": None,
            },
        )
        for excursion in found.excursions
    ]
    across = motion.gyr_dps - (motion.gyr_dps @ tilt.axis)[:, None] * tilt.axis
    metrics = _metrics(motion, rows, across)
    level = aligned.level_deg or 0.0
    shown = Angle("tipped ahead, deg", tilt.angle_deg - level)
    charts = (bars("Tilt", "tilt, deg", found.sizes_deg),)
    return measurement(rows, found.rejected, found.reasons, metrics, SPECS, charts, shown)


def _by_depth(found: DescentSet, motion: Motion) -> Measurement:
    at = motion.at_s
    rows = [
        Event(
            at(descent.start),
            at(descent.end),
            None,
            {"bottom_s": at(descent.bottom), "tilt_deg": None, "depth_m": descent.depth_m},
        )
        for descent in found.descents
    ]
    depths = [descent.depth_m for descent in found.descents]
    metrics = _metrics(motion, rows, motion.gyr_dps)
    return measurement(
        rows, found.rejected, found.reasons, metrics, SPECS, (bars("Depth", "depth, m", depths),)
    )


def _metrics(motion: Motion, rows: Sequence[Event], rate_dps: np.ndarray) -> dict[str, Metric]:
    pieces = [rate_dps[motion.sample(row.start_s) : motion.sample(row.end_s)] for row in rows]
    wobbles = [float(np.sqrt(np.mean(np.sum(p * p, axis=1)))) for p in pieces if len(p)]
    return {
        "tempo_s": median([row.end_s - row.start_s for row in rows], "s"),
        "wobble_dps": median(wobbles, "deg/s"),
    }
