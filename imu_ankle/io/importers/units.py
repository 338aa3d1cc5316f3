"""Units by physics, where a header is silent or wrong: gravity has one size, and turns as measured."""

from __future__ import annotations

from dataclasses import replace
from itertools import permutations, product
from typing import TYPE_CHECKING, TypeAlias

import numpy as np

from imu_ankle.core.errors import ImportFormatError
from imu_ankle.core.recording import GRAVITY_MPS2
from imu_ankle.io.importers.table import GYR_UNITS, NEEDED, scale_of, stated_unit

if TYPE_CHECKING:
    from imu_ankle.core.recording import FloatArray, IntArray
    from imu_ankle.io.importers.table import Imported, Overrides

    _Turnings: TypeAlias = tuple[FloatArray, FloatArray, FloatArray, FloatArray]

_LIKE_GRAVITY = (0.75, 1.35)  # median size of acceleration over gravity, in any movement of a foot
GRAVITY_FREE = 0.35  # of gravity: the median size of acceleration without gravity stays below
_POSSIBLE = (0.5, 3.0)  # as above, of a unit that a header states: jumping all the time, say
_WINDOW_S = 0.3  # gravity's turning is looked at over as much
_MOST_S = 1e6  # no recording is longer; such a clock is broken
_LEAST_TURN = 0.1  # of a unit vector in all windows (RMS): less says nothing about a scale
_EXPLAINED = 0.5  # of the turning of gravity by the gyroscope in the right unit
_SAME_SCALE = (0.5, 2.0)
_POSSIBLE_SCALE = (0.25, 4.0)  # as above, where a header states the unit
_LASTING_S = 2.0
_LASTING = 0.3  # of the size of acceleration: with gravity, a foot or hand leaves more
_CLEAR_TURN = 0.5  # as the least turn, to contradict a header
# rad/s, of a swing: quicker, what a leg adds as it swings (1 m long) isn't small beside gravity, and
# may even turn what is felt the other way
_SLOW = 2.0
_FIT, _MISFIT = 0.9, 0.7  # correlation of the turning of gravity with that by the gyroscope


def acc_unit_of(acc: FloatArray, column: str, overrides: Overrides, assumed: list[str]) -> str:
    """Return the unit of acceleration: as told, as the header says, or that in which |a| is gravity."""
    unit = overrides.acc_unit or stated_unit("acc", column)
    if unit:
        origin = "as told" if overrides.acc_unit else "from the header"
        assumed.append(f"acceleration in {unit}, {origin}")
        return unit
    typical = float(np.median(np.linalg.norm(acc, axis=1)))
    for unit, gravity in (("m/s2", GRAVITY_MPS2), ("g", 1.0), ("mg", 1000.0)):
        if _LIKE_GRAVITY[0] < typical / gravity < _LIKE_GRAVITY[1]:
            assumed.append(f"acceleration in {unit}, since its median size is {typical:.3g}")
            return unit
    raise ImportFormatError(
        "unknown_unit",
        f"the acceleration has a median size of {typical:.3g}, which is gravity in no usual unit; "
        "name it with --acc-unit (m/s2, g, mg or cm/s2). Raw counts have to be converted first; if gravity "
        "was removed, tilt can't be measured",
    )


def gyr_unit_of(
    time_s: FloatArray,
    acc: FloatArray | None,
    gyr: FloatArray,
    column: str,
    overrides: Overrides,
    assumed: list[str],
) -> str:
    """Return the unit of angular rate: as told, as the header says, or the one that turns gravity."""
    unit = known_gyr_unit(column, overrides)
    if unit:
        origin = "as told" if overrides.gyr_unit else "from the header"
        assumed.append(f"angular rate in {unit}, {origin}")
        return unit
    unit = turning_unit(time_s, acc, gyr) if acc is not None else None
    if unit:
        assumed.append(f"angular rate in {unit}, since so it turns as gravity does")
        return unit
    raise ImportFormatError(
        "unknown_unit",
        f"column {column!r} states no unit that is known, and how gravity turns in the recording "
        "doesn't tell one; name it with --gyr-unit deg/s or --gyr-unit rad/s, or convert it",
    )


def known_gyr_unit(column: str, overrides: Overrides) -> str | None:
    """Return the unit of angular rate that is told or in the header, if any."""
    return overrides.gyr_unit or stated_unit("gyr", column)


def settled(found: Imported, overrides: Overrides) -> Imported:
    """Return a whole recording with angular rate in deg/s, where its file alone couldn't tell the unit."""
    acc, gyr, column = found.acc_mps2, found.gyr_dps, found.gyr_column
    if column is None or gyr is None:
        return found
    assumed = list(found.assumed)
    scale = scale_of("gyr", gyr_unit_of(found.time_s, acc, gyr, column, overrides, assumed))
    return replace(found, gyr_dps=gyr * scale, assumed=tuple(assumed), gyr_column=None)


def turning_unit(time_s: FloatArray, acc: FloatArray, gyr: FloatArray) -> str | None:
    """Return the unit in which `gyr` explains how the direction of `acc` turns; None if unclear."""
    scale = _turning_scale(_turnings(time_s, acc, gyr), _EXPLAINED)
    if scale is None:
        return None
    for unit in ("deg/s", "rad/s"):
        if _SAME_SCALE[0] < scale / GYR_UNITS[unit] < _SAME_SCALE[1]:
            return unit
    return None


def _turning_scale(seen: _Turnings | None, explained: float) -> float | None:
    """Return the factor that makes deg/s of the gyroscope: the slope of gravity's turning on it.

    None if unclear, or where the gyroscope explains less than `explained` of the turning.
    """
    if seen is None:
        return None
    rate, _, direction, turned = seen
    expected = -np.cross(rate, direction)
    power, shared = float(np.sum(expected**2)), float(np.sum(expected * turned))
    if power <= 0.0 or shared <= 0.0 or shared**2 < explained * power * np.sum(turned**2):
        return None
    return float(np.degrees(shared / power))


def _axes_that_fit(seen: _Turnings | None) -> str | None:
    """Return which axes of the gyroscope gravity turns about where they are clearly not x, y, z.

    Upside down, gravity turns the same way: the sign of the accelerometer can't be told so.
    """
    if seen is None:
        return None
    rate, _, direction, turned = seen
    fits: dict[str, float] = {}
    for order in permutations(range(3)):
        for signs in product((1.0, -1.0), repeat=3):
            expected = -np.cross(rate[:, order] * signs, direction)
            size = float(np.sqrt(np.sum(expected**2) * np.sum(turned**2)))
            name = ", ".join(
                ("" if s > 0 else "-") + "xyz"[i] for i, s in zip(order, signs, strict=True)
            )
            fits[name] = float(np.sum(expected * turned)) / size if size > 0.0 else 0.0
    best = max(fits, key=lambda name: fits[name])
    return best if fits[best] > _FIT and fits["x, y, z"] < _MISFIT else None


def _turnings(time_s: FloatArray, acc: FloatArray, gyr: FloatArray) -> _Turnings | None:
    """Return how gravity turns: `gyr` over a window and its change, gravity's direction, its change.

    Means of acceleration over windows follow gravity where a movement is slow. From one window to
    the next it turns by -w x g, whatever the frame. None where too little turns.

    Parameters
    ----------
    time_s : (N,) in s.
    acc, gyr : (N, 3), any unit, the same axes.
    """
    span_s = float(time_s[-1] - time_s[0]) if len(time_s) > 1 else 0.0
    if not 10 * _WINDOW_S < span_s < _MOST_S:
        return None
    window, starts, count = _windows(time_s, _WINDOW_S)
    gravity = np.add.reduceat(acc, starts) / count
    rate = np.add.reduceat(gyr, starts) / count
    size = np.linalg.norm(gravity, axis=1, keepdims=True)
    typical = float(np.median(size))
    # of two windows in a row, quiet ones: neither pushed nor in the air
    quiet = (np.abs(size[:, 0] / typical - 1.0) < 0.1) & (count[:, 0] > 2)
    pairs = np.flatnonzero(quiet[1:] & quiet[:-1] & (np.diff(window) == 1))
    if len(pairs) < 10:
        return None
    direction = gravity / np.maximum(size, 1e-9 * max(typical, 1e-9))
    turned = direction[pairs + 1] - direction[pairs]
    if float(np.sum(turned**2)) < _LEAST_TURN**2:
        return None
    middle = (direction[pairs + 1] + direction[pairs]) / 2
    mean, change = (rate[pairs + 1] + rate[pairs]) / 2, rate[pairs + 1] - rate[pairs]
    return mean * _WINDOW_S, change, middle, turned


def _windows(time_s: FloatArray, width_s: float) -> tuple[IntArray, IntArray, IntArray]:
    """Return the windows that hold samples: their numbers, where each starts, and how many it holds."""
    window = np.floor((time_s - time_s[0]) / width_s).astype(np.int64)
    starts = np.flatnonzero(np.diff(window, prepend=-1))
    return window[starts], starts, np.diff(np.append(starts, len(window)))[:, None]


def _clear(seen: _Turnings | None) -> _Turnings | None:
    """Return a turning that is large and slow enough to contradict a header, else None."""
    if seen is None:
        return None
    rate, change, _, turned = seen
    slow = np.sum(change**2) <= _SLOW**2 * np.sum(rate**2)
    return seen if slow and np.sum(turned**2) >= _CLEAR_TURN**2 else None


def check(found: Imported, overrides: Overrides) -> tuple[str, str]:
    """Refuse what physics contradicts: acceleration not of gravity's size, rates that turn wrongly.

    What the caller told stays as told. Returns what was found of accelerometer and gyroscope.

    Raises
    ------
    ImportFormatError
        ``no_gravity``, ``unknown_unit`` or ``wrong_axes``, with what was found and what to do.
    """
    acc, gyr = found.acc_mps2, found.gyr_dps
    assert acc is not None  # noqa: S101 - a whole recording
    assert gyr is not None  # noqa: S101
    typical = float(np.median(np.linalg.norm(acc, axis=1)))
    if typical < GRAVITY_FREE * GRAVITY_MPS2:
        in_g = 0.7 < typical < 1.4 and overrides.acc_unit is None
        if not in_g:
            raise without_gravity(f"a median size of {typical:.3g} m/s2")
    if (share := _lasting(found.time_s, acc) / max(typical, 1e-12)) < _LASTING:
        raise without_gravity(f"no part that lasts ({share:.0%} of it over some seconds)")
    if overrides.acc_unit is None and not _POSSIBLE[0] < typical / GRAVITY_MPS2 < _POSSIBLE[1]:
        raise ImportFormatError(
            "unknown_unit",
            f"the acceleration comes out with a median size of {typical:.3g} m/s2, where gravity "
            "alone makes 9.81; name its unit with --acc-unit (m/s2, g, mg or cm/s2)",
        )
    seen = _turnings(found.time_s, acc, gyr)
    clear = _clear(seen)
    rough, close = _turning_scale(seen, _EXPLAINED), _turning_scale(clear, _FIT**2)
    if overrides.gyr_unit is None:
        scale = rough or 1.0
        for factor, size, real, said in (
            (GYR_UNITS["rad/s"], "small", "rad/s", "deg/s"),
            (1.0 / GYR_UNITS["rad/s"], "large", "deg/s", "rad/s"),
        ):
            if _SAME_SCALE[0] < scale / factor < _SAME_SCALE[1]:
                raise ImportFormatError(
                    "unknown_unit",
                    f"the angular rates are 57 times too {size} for how gravity turns: they look "
                    f"like {real} where the file says {said}; name the unit with --gyr-unit",
                )
        scale = close or 1.0
        if not _POSSIBLE_SCALE[0] < scale < _POSSIBLE_SCALE[1]:
            raise ImportFormatError(
                "unknown_unit",
                f"the angular rates would have to be {scale:.2g} times as large for how gravity turns: "
                "their unit is none of those known. Convert them, or name the unit with --gyr-unit",
            )
    if not set(NEEDED) & set(overrides.columns) and (fit := _axes_that_fit(clear)):
        raise ImportFormatError(
            "wrong_axes",
            f"gravity turns as if the gyroscope's axes were {fit} where the file says x, y, z: the "
            "axes of accelerometer and gyroscope don't belong together. Name the columns with "
            "--column gyr_x=NAME and so on, or turn the signs in the file",
        )
    if close:
        turning = "the gyroscope's unit and axes fit how gravity turns"
    elif rough:
        turning = "the gyroscope's unit fits how gravity turns, its axes can't be told from it"
    else:
        turning = "the gyroscope's unit and axes can't be told from how gravity turns"
    return f"checked: median size of acceleration {typical:.2f} m/s2", f"checked: {turning}"


def _lasting(time_s: FloatArray, acc: FloatArray) -> float:
    """Return the size of acceleration that lasts over some seconds (no bound if that is too short).

    What moves a foot comes back, within such a time; gravity stays, unless the foot turns over.
    """
    if not _LASTING_S < float(time_s[-1] - time_s[0]) < _MOST_S:
        return float("inf")
    _, starts, count = _windows(time_s, _LASTING_S)
    return float(np.median(np.linalg.norm(np.add.reduceat(acc, starts) / count, axis=1)))


def without_gravity(what: str) -> ImportFormatError:
    """Return the refusal of acceleration that holds no gravity, which has `what`."""
    return ImportFormatError(
        "no_gravity",
        f"the acceleration has {what}: gravity was removed, and without it tilt can't be measured. "
        "Export the accelerometer with gravity (total acceleration), and name that file",
    )
