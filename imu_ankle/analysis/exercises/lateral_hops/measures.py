"""What is measured of lateral hops."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from imu_ankle.analysis.exercises.lateral_hops import SPECS, HopParams
from imu_ankle.analysis.flight.free_fall import find_falls
from imu_ankle.analysis.flight.measures import common_metrics, events, measurement
from imu_ankle.analysis.flight.repetitions import F, FlightSet, find_set, refuse
from imu_ankle.core.exercise import Chart, Curve, Measurement, TrialContext
from imu_ankle.core.options import Placement
from imu_ankle.core.result import Metric, median

if TYPE_CHECKING:
    from collections.abc import Sequence

    from imu_ankle.analysis.flight.flights import Flight, InAir
    from imu_ankle.core.motion import Motion
    from imu_ankle.core.recording import FloatArray


def measure(motion: Motion, context: TrialContext, params: HopParams) -> Measurement:
    """Count the hops and measure each; a band at the ankle doesn't see how wide they are.

    Raises
    ------
    NotAnalysableError
        ``low_rate``.
    """
    refuse(motion, params.hops)
    if context.placement is Placement.ANKLE:
        return _at_the_ankle(find_falls(motion, params.fall, params.hops), params)
    found = find_set(
        motion,
        params.flight,
        params.hops,
        no_flight="partial",
        most_travel_m=params.most_travel_m,
    )
    axis = hop_axis(found.accepted, params.axis_share)
    measured = [_measure(motion, flight, axis, params) for flight in found.accepted]
    rows = events(found, measured)
    accepted = [row.values for row in rows if row.rejected is None]
    lateral = np.array([row["lateral_m"] for row in accepted if row["lateral_m"] is not None])
    wide = sum(row["reached"] == "yes" for row in accepted)
    metrics = {
        **common_metrics(found, rows, params.hops),
        "lateral_m": median(lateral, "m"),
        "lateral_cv_pct": _variation(lateral),
        "reached_count": Metric(wide if accepted else None, "", len(accepted)),
    }
    return measurement(found, rows, metrics, SPECS, _charts(found, lateral, params))


def _at_the_ankle(found: FlightSet[InAir], params: HopParams) -> Measurement:
    unknown: dict[str, object] = {"lateral_m": None, "toward": None, "reached": None}
    rows = events(found, [unknown for _ in found.accepted])
    metrics = {
        **common_metrics(found, rows, params.hops),
        "lateral_m": Metric(None, "m", 0),
        "lateral_cv_pct": Metric(None, "%", 0),
        "reached_count": Metric(None, "", 0),
    }
    return measurement(found, rows, metrics, SPECS, _times(found))


def hop_axis(flights: Sequence[Flight], share: float) -> FloatArray:
    """Return the direction (forward, left) along which the set hops; it points to the left.

    The first principal axis of all hops, or straight left if they have none in common.
    """
    travel = np.array([flight.travel_m[:2] for flight in flights]).reshape(-1, 2)
    moments = travel.T @ travel
    size, axes = np.linalg.eigh(moments)
    if size.sum() == 0.0 or size[1] < share * size.sum():
        return np.array([0.0, 1.0])
    axis: FloatArray = axes[:, 1]
    return axis if axis[1] > 0.0 else -axis


def reached(lateral_m: float, params: HopParams) -> str:
    """Return whether a hop is as wide as the plan asks, or too close to tell."""
    if abs(lateral_m - params.target_m) < params.too_close_m:
        return "borderline"
    return "yes" if lateral_m > params.target_m else "no"


def _measure(
    motion: Motion, flight: Flight, axis: FloatArray, params: HopParams
) -> dict[str, object]:
    """Return width, direction and verdict; a hole in the air leaves only the direction."""
    along = float(axis @ flight.travel_m[:2])
    seen = not motion.doubtful[int(flight.takeoff) : int(flight.landing) + 1].any()
    return {
        "lateral_m": abs(along) if seen else None,
        "toward": "left" if along > 0.0 else "right",
        "reached": reached(abs(along), params) if seen else None,
    }


def _variation(lateral: FloatArray) -> Metric:
    if len(lateral) < 2 or lateral.mean() == 0.0:
        return Metric(None, "%", 0)
    return Metric(float(100.0 * lateral.std(ddof=1) / lateral.mean()), "%", len(lateral))


def _charts(found: FlightSet[Flight], lateral: FloatArray, params: HopParams) -> tuple[Chart, ...]:
    if not found.accepted:
        return ()
    travel = np.array([flight.travel_m[:2] for flight in found.accepted])
    places = np.vstack([[0.0, 0.0], np.cumsum(travel, axis=0)])
    return (
        Chart(
            title="Contacts seen from above",
            x_label="to the right, m",
            y_label="ahead, m",
            curves=(
                Curve(-places[:, 1], places[:, 0], "hops", "line"),
                Curve(-places[:, 1], places[:, 0], "contacts", "points"),
            ),
            equal_axes=True,
        ),
        Chart(
            title="Width of each hop",
            x_label="hop",
            y_label="width, m",
            curves=(
                Curve(np.arange(1.0, len(lateral) + 1.0), lateral, "width", "bars"),
                Curve(np.zeros(1), np.array([params.target_m]), "12 inches", "level"),
            ),
        ),
        *_times(found),
    )


def _times(found: FlightSet[F]) -> tuple[Chart, ...]:
    if not found.accepted:
        return ()
    flight_s = found.flight_s
    return (
        Chart(
            title="Time in the air",
            x_label="hop",
            y_label="flight, s",
            curves=(Curve(np.arange(1.0, len(flight_s) + 1.0), flight_s, "flight", "bars"),),
        ),
    )
