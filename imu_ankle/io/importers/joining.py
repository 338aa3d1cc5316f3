"""One recording of several files: the accelerometer in one, the gyroscope in another, two rates."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from imu_ankle.core.errors import ImportFormatError
from imu_ankle.core.recording import GRAVITY_MPS2
from imu_ankle.io.importers.units import GRAVITY_FREE, without_gravity

if TYPE_CHECKING:
    from collections.abc import Sequence

    from imu_ankle.core.recording import FloatArray
    from imu_ankle.io.importers.table import Imported

# of gravity, standard deviation of the size: an estimate beside what is free of it is as steady; so
# is an accelerometer that hardly moves, but for its noise
_ESTIMATE, _NOISE = 0.003, 0.0003
_BRIDGED = 2.5  # periods of the slower stream; a longer hole stays one
_AND = " and "
_OVERLAP = 0.5  # of the shorter file


def join(parts: Sequence[tuple[str, Imported]]) -> Imported:
    """Make one recording of the named `parts` of it.

    A part that holds both halves is taken as it is. Of halves, an accelerometer with gravity and a
    gyroscope are put on one clock: that of the quicker one, the other interpolated linearly and
    never across a hole. Acceleration without gravity counts only together with gravity itself.

    Raises
    ------
    ImportFormatError
        ``missing_half``, ``no_gravity``, ``several_recordings``: with what was found.
    """
    whole = [
        (name, part)
        for name, part in parts
        if part.acc_mps2 is not None and part.gyr_dps is not None
    ]
    if len(whole) > 1:
        names = ", ".join(name for name, _ in whole)
        raise ImportFormatError(
            "several_recordings", f"several recordings: {names}. Import one at a time"
        )
    if whole:
        halves = [name for name, part in parts if part is not whole[0][1]]
        return _noted(whole[0][1], halves)
    gyr = [(name, part) for name, part in parts if part.gyr_dps is not None]
    acc = [(name, part) for name, part in parts if part.acc_mps2 is not None]
    if (
        acc
        and not gyr
        and all(_kind(part.acc_mps2) == "free" for _, part in acc if part.acc_mps2 is not None)
    ):
        raise without_gravity(f"no gravity in {', '.join(name for name, _ in acc)}")
    if not gyr or not acc:
        _refuse_half(parts, missing="gyroscope" if acc else "accelerometer")
    separate = [name for name, _ in gyr if "uncalibrated" not in name.lower()]
    if len(separate) > 1:
        raise ImportFormatError(
            "several_recordings",
            f"{len(separate)} gyroscopes: {', '.join(separate)}; of two sensors or two recordings. "
            "Name the two files of one: its accelerometer and its gyroscope",
        )
    if len(gyr) > 1:
        gyr = [max(gyr, key=lambda each: len(each[1].time_s))]
    gyr_name, turning = gyr[0]
    acc_name, pushing = _with_gravity(acc)
    shift_s = 0.0
    if pushing.unix_s is not None and turning.unix_s is not None:
        shift_s = turning.unix_s - pushing.unix_s
    assert pushing.acc_mps2 is not None  # noqa: S101 - as chosen above
    assert turning.gyr_dps is not None  # noqa: S101
    time_s, acc_mps2, gyr_dps, note = join_halves(
        pushing.time_s, pushing.acc_mps2, turning.time_s + shift_s, turning.gyr_dps
    )
    joined = replace(
        pushing,
        time_s=time_s,
        acc_mps2=acc_mps2,
        gyr_dps=gyr_dps,
        dropped=pushing.dropped + turning.dropped,
        assumed=(
            f"accelerometer from {acc_name}",
            *pushing.assumed,
            f"gyroscope from {gyr_name}",
            *turning.assumed,
            note,
        ),
        model=pushing.model or turning.model,
        serial=pushing.serial or turning.serial,
        firmware=pushing.firmware or turning.firmware,
        gyr_column=turning.gyr_column,
    )
    used = {gyr_name, *acc_name.split(_AND)}
    return _noted(joined, [name for name, _ in parts if name not in used])


def _noted(found: Imported, unused: Sequence[str]) -> Imported:
    if not unused:
        return found
    return replace(found, assumed=(*found.assumed, f"not used: {', '.join(unused)}"))


def _refuse_half(parts: Sequence[tuple[str, Imported]], missing: str) -> None:
    names = ", ".join(name for name, _ in parts)
    raise ImportFormatError(
        "missing_half",
        f"{names}: there is no {missing} in it. Both are needed; if it is in a file of its own, name "
        "both files, or the folder or zip that holds them",
    )


def _with_gravity(acc: Sequence[tuple[str, Imported]]) -> tuple[str, Imported]:
    """Return the accelerometer that feels gravity; or the sum of gravity and the rest."""
    kinds = {name: _kind(part.acc_mps2) for name, part in acc if part.acc_mps2 is not None}
    if "free" not in kinds.values():
        kinds |= {name: "real" for name, kind in kinds.items() if kind == "quiet"}
    real = [(name, part) for name, part in acc if kinds[name] == "real"]
    if real:
        return max(real, key=lambda each: len(each[1].time_s))
    gravity = [(name, part) for name, part in acc if kinds[name] in {"gravity", "quiet"}]
    free = [(name, part) for name, part in acc if kinds[name] == "free"]
    if not free or not gravity:
        names = ", ".join(kinds)
        raise without_gravity(
            f"no more than a direction of gravity ({names})"
            if gravity
            else f"no gravity in {names}"
        )
    (free_name, moving), (gravity_name, still) = free[0], gravity[0]
    shift_s = (still.unix_s or 0.0) - (moving.unix_s or 0.0)
    assert moving.acc_mps2 is not None  # noqa: S101 - halves with acceleration only
    assert still.acc_mps2 is not None  # noqa: S101
    at, inside = _bridged(moving.time_s, still.time_s + shift_s)
    added = _interpolated(moving.time_s, still.time_s + shift_s, still.acc_mps2)
    total = replace(
        moving,
        time_s=moving.time_s[inside & at],
        acc_mps2=(moving.acc_mps2 + added)[inside & at],
        assumed=(*moving.assumed, f"acceleration is the sum of {free_name} and {gravity_name}"),
    )
    return _AND.join((free_name, gravity_name)), total


def _kind(acc: FloatArray) -> str:
    """Tell whether it is free of gravity, no more than gravity, real; or quiet: one of the latter two."""
    size = np.linalg.norm(acc, axis=1) / GRAVITY_MPS2
    if float(np.median(size)) < GRAVITY_FREE:
        return "free"
    steadiness = float(np.std(size)) if len(size) > 50 else 1.0
    return "gravity" if steadiness < _NOISE else "quiet" if steadiness < _ESTIMATE else "real"


def join_halves(
    acc_s: FloatArray, acc: FloatArray, gyr_s: FloatArray, gyr: FloatArray
) -> tuple[FloatArray, FloatArray, FloatArray, str]:
    """Put two streams on the clock of the quicker one; returns time, both, and what was done.

    Parameters
    ----------
    acc_s, gyr_s : (N,), (M,) s on one clock.
    acc, gyr : (N, 3), (M, 3).

    Raises
    ------
    ImportFormatError
        ``missing_half`` if the two don't overlap in time.
    """
    if len(acc_s) < 2 or len(gyr_s) < 2:
        raise ImportFormatError("no_samples", "a half of the recording holds no two samples")
    (acc_s, acc), (gyr_s, gyr) = _in_order(acc_s, acc), _in_order(gyr_s, gyr)
    acc_rate, gyr_rate = (1.0 / max(_period(each), 1e-9) for each in (acc_s, gyr_s))
    on_acc = acc_rate > 0.98 * gyr_rate
    time_s, other_s, other = (acc_s, gyr_s, gyr) if on_acc else (gyr_s, acc_s, acc)
    at, inside = _bridged(time_s, other_s)
    keep = at & inside
    if np.count_nonzero(keep) < 2:
        raise ImportFormatError(
            "missing_half",
            f"accelerometer ({acc_s[0]:.1f} to {acc_s[-1]:.1f} s) and gyroscope ({gyr_s[0]:.1f} to "
            f"{gyr_s[-1]:.1f} s) don't overlap in time; they are of different recordings",
        )
    mapped = _interpolated(time_s[keep], other_s, other)
    slower, quicker = ("gyroscope", "accelerometer") if on_acc else ("accelerometer", "gyroscope")
    note = (
        f"accelerometer at {acc_rate:.4g} Hz, gyroscope at {gyr_rate:.4g} Hz: the {slower} was put "
        f"on the stamps of the {quicker} by linear interpolation"
    )
    if on_acc:
        return time_s[keep], acc[keep], mapped, note
    return time_s[keep], mapped, gyr[keep], note


def overlap(a: Imported, b: Imported) -> bool:
    """Whether two files lie in the same time, for half of the shorter one at least."""
    if len(a.time_s) < 2 or len(b.time_s) < 2 or (a.unix_s is None) != (b.unix_s is None):
        return False
    a_s, b_s = a.time_s + (a.unix_s or 0.0), b.time_s + (b.unix_s or 0.0)
    common_s = min(a_s.max(), b_s.max()) - max(a_s.min(), b_s.min())
    return bool(common_s > _OVERLAP * min(np.ptp(a_s), np.ptp(b_s)))


def _in_order(time_s: FloatArray, values: FloatArray) -> tuple[FloatArray, FloatArray]:
    order = np.argsort(time_s, kind="stable")
    return time_s[order], values[order]


def _period(time_s: FloatArray) -> float:
    """Return the mean step without holes; stamps in bursts have no meaningful median."""
    steps = np.diff(time_s)
    ordinary = steps[steps < 5 * max(float(np.median(steps)), float(np.mean(steps)))]
    return float(np.mean(ordinary))


def _bridged(time_s: FloatArray, other_s: FloatArray) -> tuple[np.ndarray, np.ndarray]:
    """Return where `other_s` has neighbours near enough to interpolate, and where it has any."""
    after = np.searchsorted(other_s, time_s)
    inside = (time_s >= other_s[0]) & (time_s <= other_s[-1])
    after = np.clip(after, 1, len(other_s) - 1)
    near = other_s[after] - other_s[after - 1] <= _BRIDGED * _period(other_s)
    return near, inside


def _interpolated(time_s: FloatArray, other_s: FloatArray, other: FloatArray) -> FloatArray:
    return np.column_stack([np.interp(time_s, other_s, column) for column in other.T])
