"""A set of slow repetitions: which turns count, and why the others don't."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np
from scipy.signal import find_peaks

from imu_ankle.analysis.cyclic.excursions import Excursion, find_excursions
from imu_ankle.analysis.cyclic.moment_arm import find_moment_arm
from imu_ankle.analysis.cyclic.tilt import Tilt, stays, track_tilt
from imu_ankle.core.result import Event
from imu_ankle.core.signal.runs import join, runs

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from imu_ankle.analysis.cyclic.params import CyclicParams
    from imu_ankle.core.motion import Motion


@dataclass(frozen=True, slots=True, eq=False)
class CyclicSet:
    """Repetitions of a slow exercise, what doesn't count with its reason, and the tilt behind them.

    Attributes
    ----------
    sizes_deg : of each repetition, by which it counts.
    """

    tilt: Tilt
    excursions: tuple[Excursion, ...]
    sizes_deg: tuple[float, ...]
    rejected: tuple[Event, ...]
    reasons: tuple[str, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Aligned:
    """A tilt, its main turns, and the poses (deg) before and after them.

    `sure` says that something told which way is up.
    """

    tilt: Tilt
    excursions: tuple[Excursion, ...]
    before_deg: float | None
    after_deg: float | None
    sure: bool = True

    @property
    def level_deg(self) -> float | None:
        """The pose before the set, or the one after it."""
        return self.after_deg if self.before_deg is None else self.before_deg


def align(
    motion: Motion, params: CyclicParams, *, rises: int = 0, within_m: float = np.inf
) -> Aligned | None:
    """Return the tilt, positive where it goes furthest from the pose at the start.

    If there is walking, its push-offs tell the sign: the heel goes up further than the toes. Where
    the turns clearly move the sensor up or down, that tells it: `rises` is +1 where a positive turn
    lifts the sensor, -1 where it lowers it, 0 where it may do either; a sensor further than `within_m`
    from the axis may sit on its other side. None where nothing turns slowly.
    """
    tilt = track_tilt(motion, params)
    if tilt is None:
        return None
    excursions = valid_excursions(tilt, params)
    if not excursions:
        return Aligned(tilt, (), None, None)
    span = tilt.angle_deg[excursions[0].before : excursions[-1].after + 1]
    before, after = _poses_deg(tilt, excursions, params)
    poses = [pose for pose in (before, after) if pose is not None]
    zero = poses[0] if poses else float(span[0])
    low, high = np.percentile(span - zero, [2.0, 98.0])
    up = high >= -low
    sure = not params.even < high / max(-low, 1e-9) < 1.0 / params.even
    if not sure:
        # about as far both ways: the first turn decides
        far = np.flatnonzero(np.abs(span - zero) > 0.5 * min(high, -low))
        up = bool(span[far[0]] > zero) if len(far) else up
    steps = tilt.angle_deg[tilt.travels] - zero
    if len(steps) > motion.rate_hz:
        toes, heel = np.percentile(steps, [3.0, 97.0])
        if max(heel, -toes) > 1.5 * min(abs(heel), abs(toes)) and 25.0 < max(heel, -toes) < 90.0:
            up, sure = heel > -toes, True
    moment_arm = find_moment_arm(tilt, excursions) if rises else None
    near = moment_arm is not None and moment_arm.size_m < within_m
    if moment_arm is not None and near and abs(moment_arm.up_m) > params.decisive_m:
        up, sure = moment_arm.up_m * rises > 0.0, True
    if not up:
        tilt = tilt.flipped()
        excursions = valid_excursions(tilt, params)
        before, after = (None if pose is None else -pose for pose in (before, after))
    return Aligned(tilt, tuple(_in_posture(excursions, tilt, params)), before, after, sure)


def valid_excursions(tilt: Tilt, params: CyclicParams) -> list[Excursion]:
    """Return the main turns that may be repetitions, of the posture in which most of them are."""
    excursions = [t for t in main_excursions(tilt, params) if _fault(t, tilt, params) is None]
    usual = (
        float(np.median([max(excursion.base_deg) for excursion in excursions]))
        if excursions
        else 0.0
    )
    return [
        excursion
        for excursion in excursions
        if abs(max(excursion.base_deg) - usual) <= params.posture_deg
    ]


def _in_posture(
    excursions: Sequence[Excursion], tilt: Tilt, params: CyclicParams
) -> list[Excursion]:
    """Return all main turns, found again without the tilts of other postures."""
    if not excursions:
        return []
    low = float(np.median([min(excursion.base_deg) for excursion in excursions]))
    high = float(np.median([excursion.level_deg for excursion in excursions]))
    reach = high - low
    height = best_deg([excursion.height_deg for excursion in excursions], params)
    within = low - params.beyond * reach, high + reach
    return find_excursions(tilt, max(params.listed_deg, params.returns * height), params, within)


def _poses_deg(
    tilt: Tilt, excursions: Sequence[Excursion], params: CyclicParams
) -> tuple[float | None, float | None]:
    """Return the poses in which the body part rests before the first and after the last turn.

    Pose and turns follow each other without travel, in one posture.
    """
    first, last = excursions[0].up.start, excursions[-1].down.end
    low = float(np.median([min(excursion.base_deg) for excursion in excursions]))
    high = float(np.median([excursion.level_deg for excursion in excursions]))
    near = max(params.same_deg, params.near * (high - low))
    return (
        _pose_deg(tilt, (low - near, high + near), int(first), params, early=True),
        _pose_deg(tilt, (low - near, high + near), int(last), params, early=False),
    )


def _pose_deg(
    tilt: Tilt, within_deg: tuple[float, float], edge: int, params: CyclicParams, *, early: bool
) -> float | None:
    """Return the pose held before (or after) the sample `edge`; None if there is no such rest.

    Where nothing but a turn lies between the rest and the end of the recording, or of travel, the
    rest is the top of that turn, and no pose.
    """
    calm = stays(tilt, params)
    calm = calm[(calm[:, 0] <= edge) & (calm[:, 1] >= edge)]
    inside = stays(tilt, params, within_deg)
    inside = inside[(inside[:, 0] <= edge) & (inside[:, 1] >= edge)]
    if not len(inside) or not len(calm):
        return None
    outer = int(inside[0, 0] if early else inside[0, 1])
    bounds = (outer, edge) if early else (edge, outer)
    pieces = np.clip(tilt.calm, *bounds)
    least = params.stand_s * tilt.motion.rate_hz
    rests = pieces[pieces[:, 1] - pieces[:, 0] >= least]
    if not len(rests):
        return None
    start, end = rests[0 if early else -1]
    if outer == calm[0, 0 if early else 1]:
        before = tilt.angle_deg[outer:start] if early else tilt.angle_deg[end:outer]
        if len(before) and np.ptp(before) > params.floor_deg:
            return None
    return float(np.median(tilt.angle_deg[start:end]))


def standing_deg(aligned: Aligned, params: CyclicParams) -> float | None:
    """Return the tilt of standing flat, from the stands before and after; None without one.

    Of two that differ the higher one is level: from a step's edge the heel may rest below it. A pose
    nearer to the tops is no stand, but a hold that the recording cuts off.
    """
    if not aligned.excursions:
        return None
    middle = np.median([t.level_deg - t.height_deg / 2.0 for t in aligned.excursions])
    poses = [p for p in (aligned.before_deg, aligned.after_deg) if p is not None and p < middle]
    if len(poses) == 2 and abs(poses[1] - poses[0]) > params.same_deg:
        return max(poses)
    return poses[0] if poses else None


def find_repetitions(
    aligned: Aligned,
    size: Callable[[Excursion], float],
    params: CyclicParams,
) -> CyclicSet:
    """Return which of the turns count: large enough against the set's best, and with a way back.

    `size` gives the angle in deg by which a turn is compared.
    """
    tilt, excursions = aligned.tilt, aligned.excursions
    motion = tilt.motion
    sound = [excursion for excursion in excursions if _fault(excursion, tilt, params) is None]
    typical = best_deg([size(excursion) for excursion in sound], params)
    least = max(params.floor_deg, params.counts_from * typical)
    accepted, rejected = [], []
    for excursion in excursions:
        if size(excursion) < params.listed_deg:
            continue
        fault = _fault(excursion, tilt, params) or ("partial" if size(excursion) < least else None)
        if fault is None:
            accepted.append(excursion)
        else:
            rejected.append(_event(tilt, excursion, fault))
    taken = [(excursion.up.goes_on, excursion.down.pauses) for excursion in excursions]
    for excursion in find_excursions(tilt, params.listed_deg, params):
        if not any(start <= excursion.top <= end for start, end in taken):
            code = _fault(excursion, tilt, params) or "partial"
            rejected += [_event(tilt, excursion, code)]
    rejected += _cut_off(tilt, accepted, typical, params) + _walking(tilt, params)
    carried = _carried(tilt, accepted, params)
    if len(accepted) < params.fewest or carried:
        code = "carried" if carried else "other"
        rejected += [_event(tilt, excursion, code) for excursion in accepted]
        accepted = []
    holed = any(event.rejected == "gap" for event in rejected)
    missing = holed or _hole_in_rhythm(accepted, params, motion)
    return CyclicSet(
        tilt=tilt,
        excursions=tuple(accepted),
        sizes_deg=tuple(size(excursion) for excursion in accepted),
        rejected=tuple(rejected),
        reasons=("one_probably_missing",) if missing else (),
    )


def main_excursions(tilt: Tilt, params: CyclicParams) -> list[Excursion]:
    """Return the turns whose way back is large enough against the best: what wobbles on top is none."""
    every = find_excursions(tilt, params.listed_deg, params)
    heights = [
        excursion.height_deg for excursion in every if _fault(excursion, tilt, params) is None
    ]
    return find_excursions(
        tilt, max(params.listed_deg, params.returns * best_deg(heights, params)), params
    )


def _carried(tilt: Tilt, excursions: Sequence[Excursion], params: CyclicParams) -> bool:
    """Whether the sensor was carried about: too far off the axis, or it moves beside its turns.

    A hand that does so also turns it about ever other axes; a limb, which hangs on a joint, doesn't.
    """
    moment_arm = find_moment_arm(tilt, excursions)
    if moment_arm is None:
        return False
    most_mps = params.strays_mps * min(1.0, len(excursions) / params.few)
    strays = moment_arm.beside_mps > most_mps and _steadiness(tilt, excursions) < params.steady
    return strays or moment_arm.size_m > params.moment_arm_m


def _steadiness(tilt: Tilt, excursions: Sequence[Excursion]) -> float:
    """Return the median share of a turn's squared rate that is about the axis."""
    shares = []
    for excursion in excursions:
        turning = tilt.motion.gyr_dps[
            int(excursion.up.start) : int(np.ceil(excursion.down.end)) + 1
        ]
        about = turning @ tilt.axis
        shares.append(float(about @ about) / max(float(np.sum(turning * turning)), 1e-9))
    return float(np.median(shares)) if shares else 1.0


def best_deg(sizes: Sequence[float], params: CyclicParams) -> float:
    """Return the median of the best sizes, or 0 without any."""
    best = sorted(sizes)[-params.best :]
    return float(np.median(best)) if best else 0.0


def _fault(excursion: Excursion, tilt: Tilt, params: CyclicParams) -> str | None:
    """Return why a turn can be no repetition whatever its size against the others, or None."""
    motion = tilt.motion
    first, last = int(excursion.up.start), int(np.ceil(excursion.down.end)) + 1
    seconds = (excursion.down.end - excursion.up.start) / motion.rate_hz
    holes = runs(motion.unseen[first:last])
    if len(holes) and (holes[:, 1] - holes[:, 0]).max() > params.hole_s * motion.rate_hz:
        return "gap"
    if not params.shortest_s <= seconds <= params.longest_s:
        return "too_long" if seconds > params.longest_s else "too_quick"
    if excursion.height_deg > params.most_deg:
        return "other"
    # what comes straight out of a step, or goes into one, is part of it
    margin = round(params.margin_s * motion.rate_hz)
    if tilt.travels[max(0, first - margin) : last + margin].any():
        return "walking"
    if abs(excursion.base_deg[0] - excursion.base_deg[1]) > params.uneven * excursion.height_deg:
        return "other"
    turned = np.array(
        [
            motion.gyr_dps[int(phase.start) : int(np.ceil(phase.end)) + 1].sum(axis=0)
            for phase in (excursion.up, excursion.down)
        ]
    )
    about = turned @ tilt.axis
    share = float(about @ about) / max(float(np.sum(turned * turned)), 1e-9)
    return None if share >= params.axis_share else "other"


def _event(tilt: Tilt, excursion: Excursion, code: str) -> Event:
    at = tilt.motion.at_s
    return Event(at(excursion.up.start), at(max(excursion.up.start, excursion.down.end)), code)


def _cut_off(
    tilt: Tilt, accepted: Sequence[Excursion], typical: float, params: CyclicParams
) -> list[Event]:
    """Return turns that the end of the recording, or a hole, cuts off on the way or at the top."""
    if not accepted or typical < params.floor_deg:
        return []
    motion, angle = tilt.motion, tilt.angle_deg
    base = float(np.median([max(excursion.base_deg) for excursion in accepted]))
    out = []
    for _, end in stays(tilt, params):
        if end != len(angle) or angle[end - 1] - base < params.counts_from * typical:
            continue
        last = max([excursion.after for excursion in accepted if excursion.after < end], default=0)
        rising = last + np.flatnonzero(angle[last:end] - base < 0.1 * typical)
        start = float(rising[-1]) if len(rising) else float(last)
        out.append(Event(motion.at_s(start), motion.at_s(float(end)), "cut_off"))
    return out


def _walking(tilt: Tilt, params: CyclicParams) -> list[Event]:
    """Return steps: tilts while the body part is under way."""
    motion = tilt.motion
    under_way = join(runs(tilt.travels & motion.present), round(0.3 * motion.rate_hz))
    out = []
    for start, end in under_way:
        tops, _ = find_peaks(tilt.angle_deg[start:end], prominence=params.floor_deg)
        edges = [0, *((tops[1:] + tops[:-1]) // 2).tolist(), int(end - start)] if len(tops) else []
        for a, b in pairwise(edges):
            out.append(Event(motion.at_s(start + a), motion.at_s(start + b), "walking"))
    return out


def _hole_in_rhythm(accepted: Sequence[Excursion], params: CyclicParams, motion: Motion) -> bool:
    """Whether between two repetitions lies a hole in which one more has room."""
    if len(accepted) < 3:
        return False
    lengths = np.array([excursion.down.end - excursion.up.start for excursion in accepted])
    room = float(np.median(lengths))
    for one, following in pairwise(accepted):
        start, end = int(one.down.end), int(following.up.start)
        if end - start < 0.8 * room:
            continue
        holes = runs(motion.unseen[start:end])
        longest = (holes[:, 1] - holes[:, 0]).max() if len(holes) else 0
        if longest > params.hole_s * motion.rate_hz:
            return True
    return False
