"""What is measured of toe points."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

from imu_ankle.analysis.cyclic.excursions import Excursion, find_excursions
from imu_ankle.analysis.cyclic.measures import (
    bars,
    holds_chart,
    measurement,
    nothing,
    on_target,
    seconds,
)
from imu_ankle.analysis.cyclic.repetitions import align, find_repetitions
from imu_ankle.analysis.exercises.toe_points import SPECS, PointParams
from imu_ankle.core.exercise import Angle, Measurement, TrialContext
from imu_ankle.core.result import Event, median

if TYPE_CHECKING:
    from imu_ankle.analysis.cyclic.params import CyclicParams
    from imu_ankle.analysis.cyclic.tilt import Tilt
    from imu_ankle.core.motion import Motion


def measure(motion: Motion, context: TrialContext, params: PointParams) -> Measurement:  # noqa: ARG001
    """Count pairs of one point and one flex, and measure each.

    A clip near the ankle goes down when the foot points. A clip behind the heel goes up: there further
    from the relaxed pose is the point, since ankles point further than they flex, and where both ways
    are alike the reason is ``heading_unknown``.
    """
    cyclic = params.cyclic
    aligned = align(motion, cyclic, rises=-1, within_m=params.ahead_m)
    if aligned is None:
        return nothing(SPECS)
    tilt, relaxed_deg = aligned.tilt, aligned.level_deg
    found = find_repetitions(
        aligned, lambda excursion: excursion.level_deg - min(excursion.base_deg), cyclic
    )
    both = pairs(tilt, found.excursions, cyclic)
    rows = [_row(tilt, pair, relaxed_deg) for pair in both]
    points_s = [seconds(tilt, *point.hold) for point, _ in both]
    flexes_s = [seconds(tilt, *flex.hold) for _, flex in both]
    roms = [_range_deg(*pair) for pair in both]
    metrics = {
        "rom_deg": median(roms, "deg"),
        "hold_point_s": median(points_s, "s"),
        "hold_flex_s": median(flexes_s, "s"),
        "holds_on_target": on_target([*points_s, *flexes_s], cyclic),
    }
    charts = (
        bars("Range of motion", "range, deg", roms),
        holds_chart("Time held pointing", points_s, cyclic),
        holds_chart("Time held flexed", flexes_s, cyclic),
    )
    zero_deg = 0.0 if relaxed_deg is None else relaxed_deg
    shown = Angle("pointed, deg", tilt.angle_deg - zero_deg)
    reasons = found.reasons if aligned.sure or not rows else (*found.reasons, "heading_unknown")
    return measurement(rows, found.rejected, reasons, metrics, SPECS, charts, shown)


def pairs(
    tilt: Tilt, points: tuple[Excursion, ...], params: CyclicParams
) -> list[tuple[Excursion, Excursion]]:
    """Return each point with its flex: the one that follows, or the one before if that came first.

    Flexes are turns the other way, of whatever size; between two points the furthest one.
    """
    flexes = find_excursions(tilt.flipped(), params.listed_deg, params)
    between: list[Excursion | None] = []
    edges = [-1, *(point.top for point in points), len(tilt.angle_deg)]
    for start, end in pairwise(edges):
        inside = [flex for flex in flexes if start < flex.top < end]
        between.append(max(inside, key=lambda flex: flex.level_deg, default=None))
    near = params.pair_s * tilt.motion.rate_hz
    first, last = between[0], between[-1]
    if last is not None and points and last.top - points[-1].down.end > near:
        last = between[-1] = None
    if first is not None and points and points[0].up.start - first.down.start > near:
        first = None
    leads = last is None and first is not None
    chosen = [first, *between[1:-1]] if leads else between[1:]
    return [(point, flex) for point, flex in zip(points, chosen, strict=True) if flex is not None]


def _range_deg(point: Excursion, flex: Excursion) -> float:
    """Return the range from flexed to pointed; a flex is seen on the flipped tilt."""
    return point.level_deg + flex.level_deg


def _row(tilt: Tilt, pair: tuple[Excursion, Excursion], relaxed_deg: float | None) -> Event:
    point, flex = pair
    at = tilt.motion.at_s
    leads = flex.top < point.top
    start = flex.up.goes_on if leads else point.up.goes_on
    end = point.down.pauses if leads else flex.down.pauses
    return Event(
        at(start),
        at(max(start, end)),
        None,
        {
            "rom_deg": _range_deg(point, flex),
            "point_deg": None if relaxed_deg is None else max(0.0, point.level_deg - relaxed_deg),
            "flex_deg": None if relaxed_deg is None else max(0.0, relaxed_deg + flex.level_deg),
            "hold_point_s": seconds(tilt, *point.hold),
            "hold_flex_s": seconds(tilt, *flex.hold),
        },
    )
