"""Where a foot that reaches about stays, and when it touches the floor."""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np
from scipy.ndimage import minimum_filter1d, uniform_filter1d
from scipy.signal import find_peaks

from imu_ankle.core.recording import GRAVITY_MPS2
from imu_ankle.core.signal.filters import lowpass_segments
from imu_ankle.core.signal.rotation import rotate

if TYPE_CHECKING:
    from collections.abc import Sequence

    from imu_ankle.analysis.flight.params import TrajectoryParams
    from imu_ankle.core.motion import Motion
    from imu_ankle.core.recording import BoolArray, FloatArray, IntArray


@dataclass(frozen=True, slots=True, kw_only=True)
class FloorContact:
    """A moment at which the foot is stopped by the floor."""

    at: int
    leave: int
    dwell_s: float
    shake_g: float
    stops: float  # so many times faster it comes than it stays
    place_m: FloatArray


@dataclass(frozen=True, slots=True, kw_only=True)
class Dwell:
    """One or more rests at one place; (3,) of the sensor in the world, with drift.

    `still` says that it was held still there for a while, not only touched.
    """

    first: int
    last: int
    place_m: FloatArray
    piece: int
    still: bool


@dataclass(frozen=True, slots=True, eq=False)
class Trajectory:
    """The way of the sensor: stays and touches in order of time."""

    path_m: FloatArray
    dwells: tuple[Dwell, ...]
    contacts: tuple[FloorContact, ...]
    pieces: IntArray

    def piece_of(self, at: int) -> int:
        """Return the number of the piece in which a sample lies; -1 outside of all."""
        inside = np.flatnonzero((self.pieces[:, 0] <= at) & (at < self.pieces[:, 1]))
        return int(inside[0]) if len(inside) else -1

    def fastest_mps(self, at: int, rate_hz: float, within_s: float = 1.0) -> float:
        """Return the top speed in the time before a sample."""
        path = self.path_m[max(0, at - round(within_s * rate_hz)) : at + 1]
        speed = np.linalg.norm(np.diff(path, axis=0), axis=1) * rate_hz
        return float(np.nanmax(speed, initial=0.0))


def track_trajectory(motion: Motion, params: TrajectoryParams) -> Trajectory:
    """Integrate the way of the sensor between the moments at which it rests; find stays and touches.

    It rests right after each touch, and where it is still for a while and its integrated velocity is
    that of the rest before. A bias would lift the foot by metres a minute: gravity is as measured.
    """
    acc = rotate(motion.quat, motion.acc_mps2) - [0.0, 0.0, motion.gravity_mps2]
    acc[~motion.present] = 0.0
    velocity = np.zeros_like(acc)
    velocity[1:] = np.cumsum((acc[1:] + acc[:-1]) / (2.0 * motion.rate_hz), axis=0)
    shake = _shake(motion, params)
    path = np.full_like(velocity, np.nan)
    contacts = _contacts(motion, velocity, shake, params)
    pieces, dwells = [], []
    for start, end in motion.unbroken.tolist():
        rests, still = _rests(velocity, contacts, start, end, params, motion.rate_hz)
        if len(rests) < 2:
            continue
        piece = slice(int(rests[0]), int(rests[-1]) + 1)
        zero = _zero_velocity(rests, velocity, shake, params, motion.rate_hz)
        path[piece] = np.cumsum(velocity[piece] - zero, axis=0) / motion.rate_hz
        pieces.append((piece.start, piece.stop))
        dwells += _dwells(rests, still, path, len(pieces) - 1, params)
    return Trajectory(
        path,
        tuple(dwells),
        tuple(
            _placed(contact, following.at, path, params, motion.rate_hz)
            for contact, following in pairwise([*contacts, _END])
        ),
        np.array(pieces, dtype=np.int64).reshape(-1, 2),
    )


_STILL_MPS = 0.001  # slower is still

_END = FloorContact(at=2**62, leave=2**62, dwell_s=0.0, shake_g=0.0, stops=0.0, place_m=np.zeros(3))


def _rests(
    velocity: FloatArray,
    contacts: Sequence[FloorContact],
    start: int,
    end: int,
    params: TrajectoryParams,
    rate_hz: float,
) -> tuple[IntArray, BoolArray]:
    """Return the rests (K,) of a piece, sample indices in order, and which are still for a while."""
    size = max(3, round(params.still_s * rate_hz))
    piece = velocity[start:end]
    mean = uniform_filter1d(piece, size, axis=0, mode="nearest")
    power = uniform_filter1d(np.einsum("ij,ij->i", piece, piece), size, mode="nearest")
    spread2 = np.maximum(power - np.einsum("ij,ij->i", mean, mean), 0.0)
    still = spread2 < params.still_mps**2
    least = spread2 == minimum_filter1d(spread2, size)
    soon = max(1, round(params.after_s[0] * rate_hz))
    certain = {
        contact.at + soon + 1 for contact in contacts if start <= contact.at + soon + 1 < end
    }
    quiet = {start + int(k) for k in np.flatnonzero(still & least)}
    rests: list[int] = []
    for at in sorted(certain | quiet):
        if rests and at not in certain:
            step = float(np.linalg.norm(velocity[at] - velocity[rests[-1]]))
            allowed = params.slack_mps + params.drift_mps2 * (at - rests[-1]) / rate_hz
            if step > allowed:
                continue
        rests.append(at)
    found = np.array(rests, dtype=np.int64)
    return found, np.isin(found, np.array(sorted(quiet), dtype=np.int64))


def _dwells(
    rests: IntArray, still: BoolArray, path: FloatArray, number: int, params: TrajectoryParams
) -> list[Dwell]:
    """Return the rests of a piece as stays: those next to each other at one place are one."""
    dwells: list[Dwell] = []
    for rest, held in zip(rests.tolist(), still.tolist(), strict=True):
        place = path[rest]
        if dwells and np.hypot(*(place - dwells[-1].place_m)[:2]) < params.same_m:
            dwells[-1] = replace(dwells[-1], last=rest, still=dwells[-1].still or held)
        else:
            dwells.append(Dwell(first=rest, last=rest, place_m=place, piece=number, still=held))
    return dwells


def _placed(
    contact: FloorContact, until: int, path: FloatArray, params: TrajectoryParams, rate_hz: float
) -> FloorContact:
    """Return the touch with its place, and with how long the foot stays there before the next."""
    soon = contact.at + max(1, round(params.after_s[0] * rate_hz))
    place = path[min(soon, len(path) - 1)]
    off = np.linalg.norm(path[soon:][: round(2.0 * rate_hz)] - place, axis=1)
    gone = ~(off < params.still_m)
    leave = min(until, soon + (int(np.argmax(gone)) if gone.any() else len(off)))
    return replace(contact, place_m=place, leave=leave, dwell_s=(leave - contact.at) / rate_hz)


def _zero_velocity(
    rests: IntArray,
    velocity: FloatArray,
    shake: FloatArray,
    params: TrajectoryParams,
    rate_hz: float,
) -> FloatArray:
    """Return what the velocity (n, 3) would be at rest: a ramp, or a step where an impulse was missed."""
    grid = np.arange(rests[0], rests[-1] + 1)
    zero = np.column_stack([np.interp(grid, rests, v) for v in velocity[rests].T])
    jumps = np.linalg.norm(np.diff(velocity[rests], axis=0), axis=1)
    drift = params.jump_mps + params.drift_mps2 * np.diff(rests) / rate_hz
    for k in np.flatnonzero(jumps > drift).tolist():
        start, end = int(rests[k]), int(rests[k + 1])
        hit = start + int(np.argmax(shake[start : end + 1])) - int(rests[0])
        zero[start - rests[0] : hit] = velocity[start]
        zero[hit : end - rests[0]] = velocity[end]
    return zero


def _shake(motion: Motion, params: TrajectoryParams) -> FloatArray:
    """Return how much the sensor shakes, in g (N,): acceleration faster than a reach's."""
    above_hz = min(params.shake_hz, params.shake_share * motion.rate_hz)
    slow = lowpass_segments(motion.acc_mps2, motion.segments, above_hz, motion.rate_hz)
    fast = motion.acc_mps2 - slow
    shake: FloatArray = np.sqrt(np.einsum("ij,ij->i", fast, fast)) / GRAVITY_MPS2
    shake[~motion.present] = 0.0
    return shake


def _contacts(
    motion: Motion,
    velocity: FloatArray,
    shake: FloatArray,
    params: TrajectoryParams,
) -> list[FloorContact]:
    """Return the moments at which a foot that comes down is stopped.

    Velocities are compared within a tenth of a second, so that drift doesn't count.
    """
    rate_hz = motion.rate_hz
    peaks, _ = find_peaks(
        shake, height=params.touch_g, distance=max(1, round(params.apart_s * rate_hz))
    )
    (far, near), (soon, late) = (
        [max(1, round(s * rate_hz)) for s in pair] for pair in (params.before_s, params.after_s)
    )
    out: list[FloorContact] = []
    stayed = np.zeros(3)
    for at in peaks.tolist():
        before, after = (
            velocity[max(0, at - far) : at - near + 1],
            velocity[at + soon : at + late + 1],
        )
        if len(before) < 2 or len(after) < 2:
            continue
        rest = np.median(after, axis=0)
        coming = float(np.linalg.norm(before - rest, axis=1).mean())
        staying = float(np.linalg.norm(after - rest, axis=1).mean())
        stops = coming / max(staying, _STILL_MPS)
        sure = coming >= params.sure_mps and shake[at] >= params.sure_g
        if coming < params.coming_mps or stops < (1.0 if sure else params.stops):
            continue
        if float((before - rest)[:, 2].mean()) > params.up_mps:
            continue
        if out and at - out[-1].at < params.again_s * rate_hz:
            lifted = np.cumsum(velocity[out[-1].at + soon : at, 2] - stayed[2]) / rate_hz
            if lifted.max(initial=0.0) < params.lift_m:
                continue
        stayed = rest
        out.append(
            FloorContact(
                at=at,
                leave=at,
                dwell_s=0.0,
                shake_g=float(shake[at]),
                stops=stops,
                place_m=np.zeros(3),
            )
        )
    return out
