"""What is measured of jump squats."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from imu_ankle.analysis.exercises.jump_squats import SPECS, JumpParams
from imu_ankle.analysis.flight.free_fall import find_falls
from imu_ankle.analysis.flight.measures import common_metrics, events, height_m, measurement
from imu_ankle.analysis.flight.repetitions import F, FlightSet, find_set, refuse
from imu_ankle.core.exercise import Chart, Curve, Measurement, TrialContext
from imu_ankle.core.options import Placement
from imu_ankle.core.result import Metric

if TYPE_CHECKING:
    from imu_ankle.core.motion import Motion


def measure(motion: Motion, context: TrialContext, params: JumpParams) -> Measurement:
    """Count the jumps and measure each.

    Raises
    ------
    NotAnalysableError
        ``low_rate``.
    """
    refuse(motion, params.jumps)
    if context.placement is Placement.ANKLE:
        return _measurement(find_falls(motion, params.fall, params.jumps), params)
    found = find_set(
        motion,
        params.flight,
        params.jumps,
        no_flight="no_jump",
        most_travel_m=params.most_travel_m,
    )
    return _measurement(found, params)


def _measurement(found: FlightSet[F], params: JumpParams) -> Measurement:
    rows = events(found, [{} for _ in found.accepted])
    metrics = {
        **common_metrics(found, rows, params.jumps),
        "longest_pause_s": _longest_pause(found),
    }
    return measurement(found, rows, metrics, SPECS, _charts(found))


def _longest_pause(found: FlightSet[F]) -> Metric:
    """Return the longest time on the floor between two jumps, whatever was in it."""
    pauses = [
        (after.takeoff - before.landing) / found.motion.rate_hz
        for before, after in zip(found.accepted[:-1], found.accepted[1:], strict=True)
    ]
    return Metric(max(pauses, default=None), "s", len(pauses))


def _charts(found: FlightSet[F]) -> tuple[Chart, ...]:
    if not found.accepted:
        return ()
    number = np.arange(1.0, len(found.accepted) + 1.0)
    heights = np.array([height_m(t) for t in found.flight_s])
    contact = np.array([np.nan if c is None else c for c in found.contact_s])
    charts = (
        Chart(
            title="Flight-time height of each jump",
            x_label="jump",
            y_label="height, m",
            curves=(Curve(number, heights, "height", "bars"),),
        ),
        Chart(
            title="Time in the air",
            x_label="jump",
            y_label="flight, s",
            curves=(Curve(number, found.flight_s, "flight", "bars"),),
        ),
        Chart(
            title="Time on the floor until the next jump",
            x_label="jump",
            y_label="contact, s",
            curves=(Curve(number, contact, "contact", "bars"),),
        ),
    )
    return charts if np.isfinite(contact).any() else charts[:2]
