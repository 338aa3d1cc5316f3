"""What is measured of star taps."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from imu_ankle.analysis.exercises.star_taps.reaches import (
    Reach,
    bouts,
    find_homes,
    find_reaches,
    find_sectors,
    like_taps,
)
from imu_ankle.analysis.flight.foot_trajectory import track_trajectory
from imu_ankle.core.exercise import Chart, Curve, Measurement, TrialContext
from imu_ankle.core.result import Event, Interval, Metric, median

if TYPE_CHECKING:
    from collections.abc import Sequence

    from imu_ankle.analysis.exercises.star_taps.params import StarParams
    from imu_ankle.core.motion import Motion
    from imu_ankle.core.recording import FloatArray, IntArray


def measure(motion: Motion, context: TrialContext, params: StarParams) -> Measurement:  # noqa: ARG001
    """Count the taps and tell each one's direction.

    Directions come from the foot's heading at home; the star's own regular spacing corrects it by up
    to half a sector. If where the toes point is unknown, so are the directions.
    """
    trajectory = track_trajectory(motion, params.stops)
    homes = find_homes(trajectory, params, motion.rate_hz)
    reaches = find_reaches(motion, trajectory, homes, params)
    for bout in bouts([reach for reach in reaches if reach.touched], motion, params):
        if not like_taps(motion, bout, trajectory, homes, params):
            reaches = [r if r not in bout else replace(r, touched=None) for r in reaches]
    taps = [reach for reach in reaches if reach.touched]
    sectors = find_sectors(np.array([tap.from_home_m for tap in taps]).reshape(-1, 2))
    numbered = iter(sectors.tolist())
    known = motion.heading_known
    rows = []
    for reach in reaches:
        at_s = motion.at_s(reach.at)
        if not reach.touched:
            code = "hover" if reach.touched is False else "other"
            rows.append(Event(at_s, motion.at_s(reach.leave), code))
            continue
        direction = next(numbered)
        values = {
            "tap_s": at_s,
            "direction": direction if known else None,
            "reach_m": float(np.hypot(*reach.from_home_m)),
        }
        rows.append(Event(at_s, motion.at_s(reach.leave), None, values))
    return _findings(motion, rows, taps, sectors, params)


def _findings(
    motion: Motion,
    rows: Sequence[Event],
    taps: Sequence[Reach],
    sectors: IntArray,
    params: StarParams,
) -> Measurement:
    counted = [row for row in rows if row.rejected is None]
    reach = np.array([float(np.hypot(*tap.from_home_m)) for tap in taps])
    per = [int((sectors == k).sum()) for k in range(8)]
    done = float(sum(min(count, params.per_direction) for count in per))
    known = motion.heading_known and bool(taps)
    by_direction = tuple(
        float(np.median(reach[sectors == k])) if per[k] else None for k in range(8)
    )
    metrics = {
        "taps_per_direction": Metric(tuple(map(float, per)) if known else None, "", len(taps)),
        "reach_m": median(reach.tolist(), "m"),
        "reach_m_per_direction": Metric(by_direction if known else None, "m", len(taps)),
    }
    unknown = bool(taps) and not motion.heading_known
    reasons = (("heading_unknown",) if unknown else ()) + _missing(motion, taps, per, params)
    return Measurement(
        spans=(Interval(counted[0].start_s, counted[-1].end_s),) if counted else (),
        reps=len(counted),
        done=done,
        metrics=metrics,
        events=tuple(rows),
        reasons=reasons,
        charts=_charts(taps, reach),
    )


def _missing(
    motion: Motion, taps: Sequence[Reach], per: Sequence[int], params: StarParams
) -> tuple[str, ...]:
    """Return the reason code if a hole in the set may hide a tap of a direction that is short."""
    if not taps:
        return ()
    piece = slice(taps[0].at, taps[-1].leave + 1)
    holed = bool(motion.unseen[piece].any())
    short = any(0 < count < params.per_direction for count in per)
    return ("one_probably_missing",) if holed and short else ()


def _charts(taps: Sequence[Reach], reach: FloatArray) -> tuple[Chart, ...]:
    if not taps:
        return ()
    place = np.array([tap.from_home_m for tap in taps])
    number = np.arange(1.0, len(taps) + 1.0)
    return (
        Chart(
            title="Taps seen from above",
            x_label="to the right, m",
            y_label="ahead, m",
            curves=(
                Curve(-place[:, 1], place[:, 0], "taps", "points"),
                Curve(np.zeros(1), np.zeros(1), "home", "points"),
            ),
            equal_axes=True,
        ),
        Chart(
            title="Reach of each tap",
            x_label="tap",
            y_label="reach, m",
            curves=(Curve(number, reach, "reach", "bars"),),
        ),
    )
