"""Mini squats on one leg: down and up, seen from the shank that tips or the waist that sinks.

A shoe on a flat foot sees next to nothing of a squat, so there none is counted.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from imu_ankle.analysis.cyclic.measures import bars, measurement, nothing
from imu_ankle.analysis.cyclic.params import CyclicParams
from imu_ankle.analysis.cyclic.repetitions import align, find_repetitions
from imu_ankle.analysis.cyclic.vertical_displacement import DescentParams, find_descents
from imu_ankle.core.exercise import Angle, Better, Exercise, Measurement, TrialContext, spec
from imu_ankle.core.recording import Placement
from imu_ankle.core.result import Event, Metric, median

if TYPE_CHECKING:
    from collections.abc import Sequence

    from imu_ankle.core.motion import Motion


@dataclass(frozen=True, slots=True, kw_only=True)
class SquatParams:
    """Knobs of mini squats."""

    # a shank on one leg sways by 2 deg, and bends less than an ankle
    cyclic: CyclicParams = field(
        default_factory=lambda: CyclicParams(
            floor_deg=6.0, listed_deg=3.0, most_deg=55.0, moment_arm_m=0.45, axis_share=0.7
        )
    )
    descents: DescentParams = field(default_factory=DescentParams)


def analyse(motion: Motion, context: TrialContext, params: SquatParams) -> Measurement:
    """Count the squats and measure each: by tilt on the shank, by depth at the waist."""
    if context.placement is Placement.WAIST:
        return _at_the_waist(motion, params.descents)
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


def _at_the_waist(motion: Motion, params: DescentParams) -> Measurement:
    found = find_descents(motion, params)
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


SPECS = (
    spec("tempo_s", "time of one squat, down and up", "s", 1, Better.NEITHER),
    spec("wobble_dps", "turning other than the squat's own, RMS", "deg/s", 1, Better.LOWER),
)

EXERCISE = Exercise(
    slug="mini-squats",
    title="Mini squats",
    dose_target=10.0,
    dose_unit="reps",
    placement=Placement.SHANK,
    placements=(Placement.SHANK, Placement.WAIST),
    both_legs=False,
    metrics=SPECS,
    headlines=("reps", "wobble_dps"),
    params=SquatParams(),
    analyse=analyse,
)
