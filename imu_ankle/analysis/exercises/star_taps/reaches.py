"""From stays and touches to reaches: where home is, which touches are taps, and which way they went."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy.signal import find_peaks

from imu_ankle.core.signal.filters import lowpass_segments
from imu_ankle.core.signal.rotation import rotate, seen_along

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from imu_ankle.analysis.exercises.star_taps.params import StarParams
    from imu_ankle.analysis.flight.foot_trajectory import Dwell, FloorContact, Trajectory
    from imu_ankle.core.motion import Motion
    from imu_ankle.core.recording import FloatArray, IntArray


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Reach:
    """A tap, or a pause above the floor: samples, and (forward, left) from home in m.

    `touched` is None for a contact that is none of a set of taps.
    """

    at: int
    leave: int
    from_home_m: FloatArray
    touched: bool | None


def bouts(taps: Sequence[Reach], motion: Motion, params: StarParams) -> list[list[Reach]]:
    """Return contacts in groups without a long pause."""
    bouts: list[list[Reach]] = []
    for tap in taps:
        if bouts and tap.at - bouts[-1][-1].at < params.pause_s * motion.rate_hz:
            bouts[-1].append(tap)
        else:
            bouts.append([tap])
    return bouts


def like_taps(
    motion: Motion,
    taps: Sequence[Reach],
    trajectory: Trajectory,
    homes: Sequence[Dwell],
    params: StarParams,
) -> bool:
    """Whether contacts are taps.

    They are short, on one level, each comes with a swing; the foot rests in between, and returns home.
    Whoever goes to most of the star from one home walks nowhere, and may linger or hurry.
    """
    if len(taps) < params.fewest:
        return False
    stays_s = [(tap.leave - tap.at) / motion.rate_hz for tap in taps]
    at = np.array([tap.at for tap in taps])
    swings = np.array([trajectory.fastest_mps(a, motion.rate_hz) for a in at.tolist()])
    if float(np.percentile(swings, 10.0)) < params.swing_mps:
        return False
    came_home = any(taps[0].at < home.last and home.first < taps[-1].at for home in homes)
    many = len(taps) >= params.without_home
    if float(np.median(stays_s)) > params.usual_s or not (came_home or many):
        return False
    sectors = find_sectors(np.array([tap.from_home_m for tap in taps]))
    directions = len(set(sectors.tolist()))
    if came_home and directions >= params.most_of_star and len(taps) >= params.without_home:
        return True
    level = float((np.abs(np.diff(trajectory.path_m[at, 2])) < params.level_m).mean())
    aside = directions == 1 and len(taps) < params.one_way
    uneven = level < params.level_share
    if aside or uneven or float(np.percentile(stays_s, 90.0)) > params.most_s:
        return False
    piece = slice(taps[0].at, taps[-1].leave + 1)
    force = np.linalg.norm(motion.acc_mps2[piece], axis=1)
    force = force - np.median(np.linalg.norm(motion.acc_mps2, axis=1)[motion.present])
    turn = np.linalg.norm(motion.gyr_dps[piece], axis=1)
    rests = (np.abs(force) < params.rest_mps2) & (turn < params.rest_dps)
    return float(rests.mean()) >= params.rest_share


def find_homes(trajectory: Trajectory, params: StarParams, rate_hz: float) -> list[Dwell]:
    """Return the stays at home, in order of time; where orientation was lost, home is found anew.

    From home the foot reaches most places, and there it comes back to most often. It is followed
    from stay to stay, since places drift.
    """
    pieces: dict[int, list[Dwell]] = {}
    for dwell in trajectory.dwells:
        pieces.setdefault(dwell.piece, []).append(dwell)
    return [home for dwells in pieces.values() for home in _homes_of(dwells, params, rate_hz)]


def _homes_of(dwells: Sequence[Dwell], params: StarParams, rate_hz: float) -> list[Dwell]:
    place = np.array([dwell.place_m[:2] for dwell in dwells])
    first = np.array([dwell.first for dwell in dwells])
    seconds = np.array([dwell.last - dwell.first for dwell in dwells]) / rate_hz
    apart = np.linalg.norm(place[:, None] - place[None], axis=2)
    later = first[None] - first[:, None]
    soon = (later > 0) & (later < params.return_s * rate_hz)
    out = (apart > params.reach_m[0]) & (apart < params.reach_m[1])
    seen = np.cumsum(out, axis=1)
    been_out = seen > np.diag(seen)[:, None]
    back = soon & (apart < params.home_m) & been_out
    still = np.array([dwell.still for dwell in dwells])
    served = 2.0 * back.sum(axis=1) + (soon & out).sum(axis=1) + np.minimum(seconds, 1.0) / 2.0
    start = int(np.argmax(np.where(still, served, -1.0)))
    homes = [start]
    for order in (range(start + 1, len(dwells)), range(start - 1, -1, -1)):
        here = place[start]
        for k in order:
            gone = float(np.linalg.norm(place[k] - here))
            if gone > 1.5 * params.reach_m[1]:
                break
            if gone < params.home_m and dwells[k].still:
                here = place[k]
                homes.append(k)
    return [dwells[k] for k in sorted(homes)] if still[start] else []


def find_reaches(
    motion: Motion, trajectory: Trajectory, homes: Sequence[Dwell], params: StarParams
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
        if trajectory.piece_of(at) != edges[k]:
            k = min(k + 1, len(homes) - 1)
        home = homes[k]
        way_m = (place - home.place_m)[:2]
        near = trajectory.path_m[max(0, at - around) : at + around + 1, :2] - home.place_m[:2]
        farthest = float(np.nanmax(np.hypot(near[:, 0], near[:, 1]), initial=0.0))
        if (
            trajectory.piece_of(at) != edges[k]
            or float(np.hypot(*way_m)) < params.reach_m[0]
            or farthest > params.reach_m[1]
        ):
            return None
        return seen_along(ahead[home.first : home.last + 1].mean(axis=0), way_m)

    turning = lowpass_segments(motion.gyr_dps, motion.segments, params.turning_hz, motion.rate_hz)
    near = round(params.swing_s * motion.rate_hz)
    swings = np.sqrt(np.einsum("ij,ij->i", turning, turning)) > params.swing_dps
    before = np.concatenate([[0], np.cumsum(swings)])
    out: list[tuple[FloorContact, FloatArray]] = []
    for contact in trajectory.contacts:
        if before[min(contact.at + near, len(swings))] > before[max(0, contact.at - near)]:
            continue
        place = seen(contact.at, contact.place_m)
        home = homes[int(np.argmin(np.abs(starts - contact.at)))]
        if place is None or _on_the_way(trajectory, home, contact, params, motion.rate_hz):
            continue
        if contact.dwell_s <= params.longest_s:
            out.append((contact, place))
    hard = [contact.shake_g for contact, _ in out if contact.shake_g >= params.tap_g]
    least_g = max(params.tap_g, params.touch_share * float(np.median(hard))) if hard else np.inf
    low, high = params.sharp
    reaches = [
        Reach(
            at=t.at,
            leave=t.leave,
            from_home_m=place,
            touched=t.shake_g >= (params.sharp_g if low <= t.stops <= high else least_g),
        )
        for t, place in out
    ]
    pauses = _pauses(trajectory, homes, reaches, seen, params, motion.rate_hz)
    return sorted([*reaches, *pauses], key=lambda reach: reach.at)


def _on_the_way(
    trajectory: Trajectory, home: Dwell, contact: FloorContact, params: StarParams, rate_hz: float
) -> bool:
    """Whether the foot was further from home before and will be after, with no way back in between."""
    size = round(params.around_s * rate_hz)

    def further(path: FloatArray) -> bool:
        """Whether the path leaves the touch's distance outward first."""
        away = np.hypot(*(path - home.place_m)[:, :2].T) / far
        left = np.flatnonzero(np.abs(away - 1.0) > params.turn_share)
        return bool(len(left) and away[left[0]] > 1.0)

    far = float(np.hypot(*(contact.place_m - home.place_m)[:2]))
    before = trajectory.path_m[max(0, contact.at - size) : contact.at + 1][::-1]
    return further(before) and further(trajectory.path_m[contact.at : contact.at + size])


def _pauses(
    trajectory: Trajectory,
    homes: Sequence[Dwell],
    reaches: Sequence[Reach],
    seen: Callable[[int, FloatArray], FloatArray | None],
    params: StarParams,
    rate_hz: float,
) -> list[Reach]:
    """Return where the foot went out and turned back without touching: hovers."""
    grid = np.arange(len(trajectory.path_m))
    latest = np.searchsorted([home.first for home in homes], grid, side="right") - 1
    places = np.array([home.place_m for home in homes])[np.maximum(latest, 0)]
    away = np.nan_to_num(np.hypot(*(trajectory.path_m - places)[:, :2].T))
    tops, _ = find_peaks(away, height=params.reach_m, prominence=params.home_m)
    touched = np.array([reach.at for reach in reaches])
    out = []
    size = round(params.around_s * rate_hz)
    for top in tops.tolist():
        place = seen(top, trajectory.path_m[top])
        if place is None:
            continue
        begin = max(0, top - size)
        near = away[begin : top + size + 1]
        back = begin + np.flatnonzero(near < (1.0 - params.turn_share) * away[top])
        first = int(back[back < top].max(initial=begin))
        last = int(back[back > top].min(initial=begin + len(near) - 1))
        if not ((touched >= first) & (touched <= last)).any():
            held = first + np.flatnonzero(away[first : last + 1] > away[top] - params.held_m)
            leave = int(held[-1])
            out.append(Reach(at=int(held[0]), leave=leave, from_home_m=place, touched=False))
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
        for trajectory in (1, -1):
            start = np.rint(
                np.angle(np.exp(1j * (exact - trajectory * number) * np.pi / 4.0).mean())
                / (np.pi / 4.0)
            )
            round_star = start + trajectory * number
            if np.abs(_wrapped(exact - round_star)).max() < 1.5:
                alone = round_star
    return np.asarray(alone, dtype=np.int64) % 8


def _wrapped(eighths: FloatArray) -> FloatArray:
    """Return differences of directions within half a turn."""
    return np.asarray((eighths + 4.0) % 8.0 - 4.0)
