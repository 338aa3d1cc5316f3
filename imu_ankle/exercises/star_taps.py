"""Star taps: the free foot taps the floor in eight directions; how often, where, how far.

The sensor is on the foot that taps. What the stance leg does is not seen.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import numpy as np

from imu_ankle.airborne.stops import Stay, StopParams, Touch, Way, follow
from imu_ankle.exercise import Better, Curve, Exercise, Findings, Panel, Setting, spec
from imu_ankle.model import Placement
from imu_ankle.result import Event, Interval, Metric, median
from imu_ankle.signal.filters import lowpass_segments
from imu_ankle.signal.rotation import rotate

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from imu_ankle.model import FloatArray, IntArray
    from imu_ankle.motion import Motion


@dataclass(frozen=True, slots=True, kw_only=True)
class StarParams:
    """Knobs of star taps."""

    stops: StopParams = field(default_factory=StopParams)
    home_m: float = 0.15  # the free foot comes home to within this ...
    return_s: float = 30.0  # ... and one of its stays in so long is at home
    reach_m: tuple[float, float] = (0.17, 1.1)  # from home: nearer is a fidget, further a step
    around_s: float = 1.5  # whoever goes further within this time walks
    swing_dps: float = 220.0  # a reaching foot turns slower; walking it swings at 300 to 600 ...
    swing_s: float = 1.0  # ... so shortly before and after each contact, ...
    turning_hz: float = 6.0  # ... below this frequency: a touch rings above
    longest_s: float = 1.0  # on the floor; a foot that carries weight stays longer
    usual_s: float = 0.45  # ... and so do most steps of a set: then it isn't taps
    rest_mps2: float = 0.3  # a foot at home or on the floor feels no more than this, ...
    rest_dps: float = 20.0  # ... turns slower, ...
    rest_share: float = 0.05  # ... and is so for more than this share: a walking back never is
    one_way: int = 10  # ... fewer than these, if all go the same way: steps aside
    pause_s: float = 20.0  # after a longer pause another set begins
    level_m: float = 0.14  # one tap to the next on a floor; stairs have 0.15 and more ...
    level_share: float = 0.80  # ... for so many of them
    swing_mps: float = (
        0.24  # a tap comes with a swing or a lift this fast; what shakes a car doesn't
    )
    most_s: float = 0.65  # nine of ten contacts are shorter
    fewest: int = 4  # fewer contacts in a set are steps; so are ...
    without_home: int = 15  # ... fewer than these without a return home in between
    touch_share: float = 0.25  # of the usual shake of a tap, from which on it is one
    hover_s: float = 0.25  # nearer to a tap a pause belongs to it
    per_direction: int = 5  # the plan


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Reach:
    """A tap, or a pause above the floor: samples, and (forward, left) from home in m.

    `touched` is None for a contact that is none of a set of taps.
    """

    at: int
    leave: int
    from_home_m: FloatArray
    touched: bool | None


def analyse(motion: Motion, setting: Setting, params: StarParams) -> Findings:  # noqa: ARG001
    """Count the taps and tell each one's direction.

    Directions come from the foot's heading at home; the star's own regular spacing corrects it by up
    to half a sector. If where the toes point is unknown, so are the directions.
    """
    way = follow(motion, params.stops)
    homes = find_homes(way, params, motion.rate_hz)
    reaches = find_reaches(motion, way, homes, params)
    for bout in _bouts([reach for reach in reaches if reach.touched], motion, params):
        if not _like_taps(motion, bout, way, homes, params):
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


def _bouts(taps: Sequence[Reach], motion: Motion, params: StarParams) -> list[list[Reach]]:
    """Return contacts in groups without a long pause."""
    bouts: list[list[Reach]] = []
    for tap in taps:
        if bouts and tap.at - bouts[-1][-1].at < params.pause_s * motion.rate_hz:
            bouts[-1].append(tap)
        else:
            bouts.append([tap])
    return bouts


def _like_taps(
    motion: Motion, taps: Sequence[Reach], way: Way, homes: Sequence[Stay], params: StarParams
) -> bool:
    """Whether contacts are taps.

    They are short, on one level, each comes with a swing; the foot rests in between, and returns home.
    """
    if len(taps) < params.fewest:
        return False
    stays_s = [(tap.leave - tap.at) / motion.rate_hz for tap in taps]
    at = np.array([tap.at for tap in taps])
    level = float((np.abs(np.diff(way.path_m[at, 2])) < params.level_m).mean())
    swings = np.array([way.fastest_mps(a, motion.rate_hz) for a in at.tolist()])
    if level < params.level_share or float(np.percentile(swings, 10.0)) < params.swing_mps:
        return False
    if float(np.percentile(stays_s, 90.0)) > params.most_s:
        return False
    came_home = any(taps[0].at < home.last and home.first < taps[-1].at for home in homes)
    many = len(taps) >= params.without_home
    if float(np.median(stays_s)) > params.usual_s or not (came_home or many):
        return False
    sectors = find_sectors(np.array([tap.from_home_m for tap in taps]))
    if len(set(sectors.tolist())) == 1 and len(taps) < params.one_way:
        return False
    piece = slice(taps[0].at, taps[-1].leave + 1)
    force = np.linalg.norm(motion.acc_mps2[piece], axis=1)
    force = force - np.median(np.linalg.norm(motion.acc_mps2, axis=1)[motion.present])
    turn = np.linalg.norm(motion.gyr_dps[piece], axis=1)
    rests = (np.abs(force) < params.rest_mps2) & (turn < params.rest_dps)
    return float(rests.mean()) >= params.rest_share


def find_homes(way: Way, params: StarParams, rate_hz: float) -> list[Stay]:
    """Return the stays at home, in order of time; where orientation was lost, home is found anew.

    From home the foot reaches most places, and there it comes back to most often. It is followed
    from stay to stay, since places drift.
    """
    pieces: dict[int, list[Stay]] = {}
    for stay in way.stays:
        pieces.setdefault(stay.piece, []).append(stay)
    return [home for stays in pieces.values() for home in _homes_of(stays, params, rate_hz)]


def _homes_of(stays: Sequence[Stay], params: StarParams, rate_hz: float) -> list[Stay]:
    place = np.array([stay.place_m[:2] for stay in stays])
    first = np.array([stay.first for stay in stays])
    seconds = np.array([stay.last - stay.first for stay in stays]) / rate_hz
    apart = np.linalg.norm(place[:, None] - place[None], axis=2)
    later = first[None] - first[:, None]
    soon = (later > 0) & (later < params.return_s * rate_hz)
    out = (apart > params.reach_m[0]) & (apart < params.reach_m[1])
    seen = np.cumsum(out, axis=1)
    been_out = seen > np.diag(seen)[:, None]
    back = soon & (apart < params.home_m) & been_out
    still = np.array([stay.still for stay in stays])
    served = 2.0 * back.sum(axis=1) + (soon & out).sum(axis=1) + np.minimum(seconds, 1.0) / 2.0
    start = int(np.argmax(np.where(still, served, -1.0)))
    homes = [start]
    for order in (range(start + 1, len(stays)), range(start - 1, -1, -1)):
        here = place[start]
        for k in order:
            gone = float(np.linalg.norm(place[k] - here))
            if gone > 1.5 * params.reach_m[1]:
                break
            if gone < params.home_m and stays[k].still:
                here = place[k]
                homes.append(k)
    return [stays[k] for k in sorted(homes)] if still[start] else []


def find_reaches(
    motion: Motion, way: Way, homes: Sequence[Stay], params: StarParams
) -> list[Reach]:
    """Return taps and pauses out there, in order of time, seen from home."""
    if not homes:
        return []
    starts = np.array([home.first for home in homes])
    ahead = rotate(motion.quat, np.tile([1.0, 0.0, 0.0], (len(motion), 1)))[:, :2]

    around = round(params.around_s * motion.rate_hz)
    edges = np.array([home.piece for home in homes])

    def seen(at: int, place: FloatArray) -> FloatArray | None:
        """Return a place (forward, left) from home, or None if it isn't out there."""
        k = max(int(np.searchsorted(starts, at, side="right")) - 1, 0)
        if way.piece_of(at) != edges[k]:
            k = min(k + 1, len(homes) - 1)
        home = homes[k]
        x, y = (place - home.place_m)[:2]
        near = way.path_m[max(0, at - around) : at + around + 1, :2] - home.place_m[:2]
        farthest = float(np.nanmax(np.hypot(near[:, 0], near[:, 1]), initial=0.0))
        if (
            way.piece_of(at) != edges[k]
            or float(np.hypot(x, y)) < params.reach_m[0]
            or farthest > params.reach_m[1]
        ):
            return None
        c, s = ahead[home.first : home.last + 1].mean(axis=0)
        c, s = np.array([c, s]) / max(float(np.hypot(c, s)), 1e-9)
        return np.array([c * x + s * y, c * y - s * x])

    turning = lowpass_segments(motion.gyr_dps, motion.segments, params.turning_hz, motion.rate_hz)
    near = round(params.swing_s * motion.rate_hz)
    swings = np.sqrt(np.einsum("ij,ij->i", turning, turning)) > params.swing_dps
    before = np.concatenate([[0], np.cumsum(swings)])
    out: list[tuple[Touch, FloatArray]] = []
    for touch in way.touches:
        if before[min(touch.at + near, len(swings))] > before[max(0, touch.at - near)]:
            continue
        place = seen(touch.at, touch.place_m)
        if place is not None and touch.stay_s <= params.longest_s:
            out.append((touch, place))
    usual = float(np.median([touch.shake_g for touch, _ in out])) if out else 0.0
    taps = [(t, place) for t, place in out if t.shake_g >= params.touch_share * usual]
    pauses = _pauses(way, taps, seen, params, motion.rate_hz)
    reaches = [Reach(at=t.at, leave=t.leave, from_home_m=p, touched=True) for t, p in taps]
    return sorted([*reaches, *pauses], key=lambda reach: reach.at)


def _pauses(
    way: Way,
    taps: Sequence[tuple[Touch, FloatArray]],
    seen: Callable[[int, FloatArray], FloatArray | None],
    params: StarParams,
    rate_hz: float,
) -> list[Reach]:
    """Return where the foot was held out there without touching: hovers."""
    touched = np.array([touch.at for touch, _ in taps])
    near = params.hover_s * rate_hz
    out = []
    for stay in way.stays:
        place = seen(stay.first, stay.place_m)
        if place is None or not stay.still:
            continue
        if not ((touched > stay.first - near) & (touched < stay.last + near)).any():
            out.append(Reach(at=stay.first, leave=stay.last, from_home_m=place, touched=False))
    return out


def find_sectors(from_home_m: FloatArray) -> IntArray:
    """Return the direction (n,) of each tap (forward, left), 0 ahead, 2 left, 4 behind, 6 right.

    All directions are an eighth of a turn apart, so their common offset shows: the heading's error,
    as long as it is less than half of that. Where the whole goes round the star once, direction by
    direction, that order settles what drift makes doubtful.
    """
    if not len(from_home_m):
        return np.zeros(0, dtype=np.int64)
    eighths = np.arctan2(from_home_m[:, 1], from_home_m[:, 0]) / (np.pi / 4.0)
    turned = np.exp(2j * np.pi * eighths).mean()
    exact = eighths - float(np.angle(turned)) / (2.0 * np.pi)
    alone = np.rint(exact)
    step = np.concatenate([[True], np.abs(_wrapped(np.diff(exact))) > 0.5])
    number = np.cumsum(step) - 1
    if 3 <= number[-1] + 1 <= 8:
        for way in (1, -1):
            start = np.rint(
                np.angle(np.exp(1j * (exact - way * number) * np.pi / 4.0).mean()) / (np.pi / 4.0)
            )
            round_star = start + way * number
            if np.abs(_wrapped(exact - round_star)).max() < 1.5:
                alone = round_star
    return np.asarray(alone, dtype=np.int64) % 8


def _wrapped(eighths: FloatArray) -> FloatArray:
    """Return differences of directions within half a turn."""
    return np.asarray((eighths + 4.0) % 8.0 - 4.0)


def _findings(
    motion: Motion,
    rows: Sequence[Event],
    taps: Sequence[Reach],
    sectors: IntArray,
    params: StarParams,
) -> Findings:
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
    return Findings(
        spans=(Interval(counted[0].start_s, counted[-1].end_s),) if counted else (),
        reps=len(counted),
        done=done,
        metrics=metrics,
        events=tuple(rows),
        reasons=reasons,
        panels=_panels(taps, reach),
    )


def _missing(
    motion: Motion, taps: Sequence[Reach], per: Sequence[int], params: StarParams
) -> tuple[str, ...]:
    """Return the reason code if a hole in the set may hide a tap of a direction that is short."""
    if not taps:
        return ()
    piece = slice(taps[0].at, taps[-1].leave + 1)
    holed = bool((motion.doubtful[piece] | ~motion.present[piece]).any())
    short = any(0 < count < params.per_direction for count in per)
    return ("one_probably_missing",) if holed and short else ()


def _panels(taps: Sequence[Reach], reach: FloatArray) -> tuple[Panel, ...]:
    if not taps:
        return ()
    place = np.array([tap.from_home_m for tap in taps])
    number = np.arange(1.0, len(taps) + 1.0)
    return (
        Panel(
            title="Taps seen from above",
            x_label="to the right, m",
            y_label="ahead, m",
            curves=(
                Curve(-place[:, 1], place[:, 0], "taps", "points"),
                Curve(np.zeros(1), np.zeros(1), "home", "points"),
            ),
            equal_axes=True,
        ),
        Panel(
            title="Reach of each tap",
            x_label="tap",
            y_label="reach, m",
            curves=(Curve(number, reach, "reach", "bars"),),
        ),
    )


SPECS = (
    spec("taps_per_direction", "taps ahead, then round to the left", "", 0, Better.NEITHER),
    spec("reach_m", "how far the sensor goes from home", "m", 2, Better.HIGHER),
    spec("reach_m_per_direction", "reach ahead, then round to the left", "m", 2, Better.HIGHER),
)

EXERCISE = Exercise(
    slug="star-taps",
    title="Star taps",
    dose_target=40.0,
    dose_unit="reps",
    placement=Placement.FREE_FOOT,
    placements=(Placement.FREE_FOOT,),
    both_legs=False,
    metrics=SPECS,
    headlines=("reps", "reach_m"),
    params=StarParams(),
    analyse=analyse,
)
