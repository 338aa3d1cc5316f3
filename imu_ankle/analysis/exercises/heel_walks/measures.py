"""What is measured of heel walks."""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

from imu_ankle.analysis.cyclic.tilt import quiet_stretches
from imu_ankle.analysis.flight.strides import Stride, find_strides
from imu_ankle.core.exercise import (
    Angle,
    Chart,
    Curve,
    Measurement,
    TrialContext,
)
from imu_ankle.core.recording import GRAVITY_MPS2
from imu_ankle.core.result import Event, Interval, Metric, median
from imu_ankle.core.signal.rotation import rotate, seen_along, tilt_deg
from imu_ankle.core.signal.runs import runs, to_mask

if TYPE_CHECKING:
    from collections.abc import Sequence

    from imu_ankle.analysis.exercises.heel_walks import HeelWalkParams
    from imu_ankle.core.motion import Motion
    from imu_ankle.core.recording import BoolArray, FloatArray


@dataclass(frozen=True, slots=True, kw_only=True)
class Stance:
    """The time on the floor after one stride: samples, angle, and how it ends."""

    stride: Stride
    start: int
    end: int
    ended: bool  # by another stride
    toe_up_deg: float
    push_dps: float
    turning_dps: float
    landing_mps2: float  # the largest force off gravity, from mid-swing to just after the contact
    seen: bool


def measure(motion: Motion, context: TrialContext, params: HeelWalkParams) -> Measurement:  # noqa: ARG001
    """Count the strides with the toes up, and measure each.

    Where no push-off and no heel raise tells which way the toes point, the tilt of the bouts does:
    on heels they are up.
    """
    _, moves = find_strides(motion, params.least_mps, params.flight)
    strides = [move for move in moves if float(np.hypot(*move.travel_m)) >= params.step_m]
    if not strides:
        return _findings(motion, [], [], params)
    flat = _flat(motion, strides, params)
    left = _left_axis(motion, strides, flat, params)
    stances = _stances(motion, strides, flat, left, params)
    up = np.array([_toes_up(stance, params, motion.rate_hz) for stance in stances])
    inside, bouts = _bouts(motion, stances, up, params)
    ahead = rotate(motion.quat, np.tile([left[1], -left[0], 0.0], (len(motion), 1)))[:, :2]
    rows = []
    for stance, within, toes_up in zip(stances, inside, up, strict=True):
        counts = bool(within and stance.seen)
        values = _values(motion, stance, ahead, dropped=not toes_up) if counts else {}
        code = None if counts else "walking" if stance.seen else "gap"
        start_s = motion.at_s(stance.start)
        rows.append(Event(start_s, max(start_s, motion.at_s(stance.end)), code, values))
    shown = Angle("toes up, deg", -(tilt_deg(motion.up) - flat) @ left)
    return replace(_findings(motion, rows, bouts, params), angle=shown)


def _left_axis(
    motion: Motion, strides: Sequence[Stride], flat: FloatArray, params: HeelWalkParams
) -> FloatArray:
    """Return the foot's left axis (2,) in the body frame's plane.

    The direction is that of most tilt; the sign follows from push-offs, else from heel raises on the
    spot, else from the stances: then the toes are taken to be up.
    """
    tilt = tilt_deg(motion.up) - flat
    size = np.hypot(tilt[:, 0], tilt[:, 1])
    decisive = motion.present & (size > params.tilting_deg)
    if not decisive.any():
        return np.array([0.0, 1.0])
    axis = np.linalg.eigh(tilt[decisive].T @ tilt[decisive])[1][:, 1]
    angle, rate = tilt @ axis, motion.gyr_dps[:, :2] @ axis
    pushing = (np.abs(rate) > params.sure_push_dps) & (np.abs(angle) > params.sure_push_deg)
    pushing &= np.sign(rate) == np.sign(angle)
    if np.count_nonzero(pushing) >= 5:
        return np.asarray(axis * np.sign(angle[pushing].sum()))
    raised = _on_the_spot(angle, strides, params, len(motion))
    if raised != 0.0:
        return np.asarray(axis * np.sign(raised))
    stances = np.concatenate([angle[a.contact : b.lift] for a, b in pairwise(strides)] or [angle])
    return -axis * (np.sign(np.median(stances)) or 1.0)


def _on_the_spot(
    angle: FloatArray, strides: Sequence[Stride], params: HeelWalkParams, size: int
) -> float:
    """Return the sum of tilts (deg) that come from flat and go back to flat without a stride."""
    walked = to_mask(np.array([[s.start, s.end] for s in strides], dtype=np.int64), size)
    off = runs(np.abs(angle) > params.tilting_deg)
    total = 0.0
    for start, end in off:
        if start > 0 and end < size and not walked[start:end].any():
            total += float(angle[start:end].sum())
    return total


def _flat(motion: Motion, strides: Sequence[Stride], params: HeelWalkParams) -> FloatArray:
    """Return the tilt (2,) of standing flat, by gravity.

    That of the first quiet stand; without one, that of ordinary stances, which end in a push-off.
    """
    quiet = quiet_stretches(motion, params.stand_dps, params.stand_s, motion.present)
    stands = [(int(start), int(end)) for start, end in quiet[:1]]
    if not stands:
        fast = np.cumsum(np.hypot(motion.gyr_dps[:, 0], motion.gyr_dps[:, 1]) > params.push_off_dps)
        quarters = [
            (one.contact, following.lift, (following.lift - one.contact) // 4)
            for one, following in pairwise(strides)
        ]
        stands = [
            (contact + quarter, lift - 2 * quarter)
            for contact, lift, quarter in quarters
            if quarter > 0 and fast[lift] > fast[lift - quarter]
        ]
    if not stands:
        return np.zeros(2)
    poses = [motion.acc_mps2[start:end].mean(axis=0) for start, end in stands]
    return np.asarray(np.median(tilt_deg(np.array(poses)), axis=0))


def _stances(
    motion: Motion,
    strides: Sequence[Stride],
    flat: FloatArray,
    left: FloatArray,
    params: HeelWalkParams,
) -> list[Stance]:
    heel_up = (tilt_deg(motion.acc_mps2) - flat) @ left
    rate = motion.gyr_dps[:, :2] @ left
    speed = np.sqrt(np.einsum("ij,ij->i", motion.gyr_dps, motion.gyr_dps))
    jolt = np.abs(np.sqrt(np.einsum("ij,ij->i", motion.acc_mps2, motion.acc_mps2)) - GRAVITY_MPS2)
    usual = params.stance_s * motion.rate_hz
    out = []
    for stride, following in zip(strides, [*strides[1:], None], strict=True):
        start = stride.contact
        ended = following is not None and following.lift - start < params.pause_s * motion.rate_hz
        end = following.lift if following is not None and ended else int(start + usual)
        end = min(max(end, start + 2), len(motion))
        low, high = (start + round(share * (end - start)) for share in params.middle)
        middle = slice(low, max(high, low + 1))
        leaving = slice(low, end + round(0.1 * motion.rate_hz))
        landing = slice(stride.peak, start + round(0.15 * motion.rate_hz))
        seen = ~motion.unseen[middle]
        out.append(
            Stance(
                stride=stride,
                start=start,
                end=end,
                ended=ended,
                toe_up_deg=-float(np.median(heel_up[middle][seen])) if seen.any() else np.nan,
                push_dps=float(rate[leaving].max(initial=0.0)) if ended else 0.0,
                turning_dps=float(np.median(speed[middle])),
                landing_mps2=float(jolt[landing].max(initial=0.0)),
                seen=bool(seen.any()),
            )
        )
    return out


def _toes_up(stance: Stance, params: HeelWalkParams, rate_hz: float) -> bool:
    """Whether the foot stood on its heel: long enough, toes up as ankles allow, without push-off."""
    low, high = params.toes_up_deg, params.most_deg
    stood = stance.end - stance.start >= params.stood_s * rate_hz
    stood = stood and stance.turning_dps < params.rocks_dps
    return stood and low <= stance.toe_up_deg <= high and stance.push_dps < params.push_off_dps


def _bouts(
    motion: Motion, stances: Sequence[Stance], up: BoolArray, params: HeelWalkParams
) -> tuple[BoolArray, list[tuple[int, int]]]:
    """Return which stances lie in a bout, and the bouts as (first, last) stance."""
    inside = np.zeros(len(stances), dtype=bool)
    bouts: list[tuple[int, int]] = []
    at = np.flatnonzero(up)
    if not len(at):
        return inside, bouts
    pauses = [
        max(following.stride.lift - one.end for one, following in pairwise(stances[a : b + 1]))
        for a, b in pairwise(at.tolist())
    ]
    apart = (np.array(pauses) > params.gap_s * motion.rate_hz) | (np.diff(at) > params.drops + 1)
    for group in np.split(at, 1 + np.flatnonzero(apart)):
        landings = [stances[k].landing_mps2 for k in group.tolist()]
        if len(group) >= params.bout and np.median(landings) >= params.lands_mps2:
            first, last = int(group[0]), int(group[-1])
            inside[first : last + 1] = True
            bouts.append((stances[first].start, stances[last].end))
    return inside, bouts


def _values(
    motion: Motion, stance: Stance, ahead: FloatArray, *, dropped: bool
) -> dict[str, object]:
    stride = stance.stride
    heading = ahead[stride.start] + ahead[stride.end]
    forward, left = seen_along(heading, stride.travel_m)
    sideways = abs(left) > abs(forward)
    direction = "sideways" if sideways else "forward" if forward > 0.0 else "backward"
    contact_s = (stance.end - stance.start) / motion.rate_hz if stance.ended else None
    return {
        "contact_s": contact_s,
        "toe_up_deg": stance.toe_up_deg,
        "dropped": dropped,
        "direction": direction,
    }


def _hole_in_rhythm(motion: Motion, starts_s: FloatArray, params: HeelWalkParams) -> bool:
    """Whether between two counted strides there is a hole, and time for one more."""
    if len(starts_s) < 3:
        return False
    periods = np.diff(starts_s)
    long = np.flatnonzero(periods > params.missing * np.median(periods))
    return any(
        motion.unseen[motion.sample(starts_s[k]) : motion.sample(starts_s[k + 1])].any()
        for k in long
    )


DIRECTIONS = ("forward", "sideways", "backward")


def _findings(
    motion: Motion, rows: list[Event], bouts: list[tuple[int, int]], params: HeelWalkParams
) -> Measurement:
    counted = [row for row in rows if row.rejected is None]
    toes = [deg for row in counted if isinstance(deg := row.values["toe_up_deg"], float)]
    starts = np.array([row.start_s for row in counted])
    periods = np.diff(starts)
    periods = periods[periods < params.gap_s]
    drops = sum(row.values["dropped"] is True for row in counted)
    steps = [2.0 * sum(row.values["direction"] == d for row in counted) for d in DIRECTIONS]
    reps = 2 * len(counted)
    metrics = {
        "strides": Metric(len(counted) if counted else None, "", len(counted)),
        "cadence_per_min": median([120.0 / period for period in periods], "1/min"),
        "toe_up_deg": median(toes, "deg"),
        "toe_drops": Metric(drops if counted else None, "", len(counted)),
        "steps_per_direction": Metric(tuple(steps) if counted else None, "", len(counted)),
    }
    lost = any(row.rejected == "gap" for row in rows) or _hole_in_rhythm(motion, starts, params)
    number = np.arange(1.0, len(counted) + 1.0)
    chart = Chart(
        title="Toes up in mid-stance",
        x_label="stride",
        y_label="toes up, deg",
        curves=(
            Curve(number, np.array(toes), "toes up", "bars"),
            Curve(np.zeros(1), np.array([params.toes_up_deg]), "dropped below", "level"),
        ),
    )
    return Measurement(
        spans=tuple(Interval(motion.at_s(a), motion.at_s(b)) for a, b in bouts),
        reps=reps,
        done=float(reps),
        metrics=metrics,
        events=tuple(rows),
        reasons=("one_probably_missing",) if lost and counted else (),
        charts=(chart,) if counted else (),
    )
