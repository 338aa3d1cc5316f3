"""Any table with a header, an axis and a unit in the name of each column, or names that are told."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from imu_ankle.core.errors import ImportFormatError
from imu_ankle.io.importers.clocks import seconds_of, stamps_of
from imu_ankle.io.importers.columns import Columns, find_columns, named_after, role_of
from imu_ankle.io.importers.joining import join_halves
from imu_ankle.io.importers.layout import HEADER_WITHIN, are_names, as_table, side_by_side
from imu_ankle.io.importers.table import (
    ACC_ROLES,
    GYR_ROLES,
    ROLES,
    Imported,
    Importer,
    Overrides,
    Source,
    parse_cells,
    scale_of,
    split_names,
    stated_unit,
    to_numbers,
)
from imu_ankle.io.importers.units import acc_unit_of, gyr_unit_of, known_gyr_unit

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd

    from imu_ankle.core.recording import FloatArray

_SHARED, _SHARED_BY_ONE = 0.3, 0.01  # of the rows: a stamp that was there before
_MOST_SENSORS = 32
_FEWEST_UNITS = 4  # in a line below the names
_QUANTITIES = ("time", "acc", "gyr")
_LOOKED_AT = 50  # rows
_SENSOR = (
    r"(device|sensor|node)([ _-]?(name|id|nr|number|address))?|imu[ _-]?(name|id|nr|number)"
    r"|address|serial|mac|id|i|(user|subject|participant|person|trial|session)([ _-]?(id|nr|number|name))?"
)
_COUNTING = 0.76  # of the steps are by one: more than of four sensors in turn
_AS_FINE = 0.5  # of the different stamps of the finest clock
_WHOLE = 0.5  # of the rows of a half: fewer hold the other half, too
_STATED_RATE = r"(?:rate|frequency|odr)\D{0,20}?(\d+(?:\.\d+)?)\s*Hz"


def read(source: Source, overrides: Overrides) -> Imported:
    """Find header, columns and units; whatever the header doesn't say is inferred and listed."""
    lines = as_table(source.lines)
    at, delimiter = find_header(lines, overrides)
    lines = [*lines[:at], *side_by_side(lines[at:], delimiter)]
    names = named_after(source.name, split_names(lines[at], delimiter))
    names, lines = _with_units(names, lines, at, delimiter)
    _require_one_header(lines, at, delimiter)
    _require_fit(names, lines[at + 1 :], delimiter)
    columns = find_columns(names, overrides)
    return read_table(lines[:at], lines[at + 1 :], delimiter, columns, overrides)


def _with_units(
    names: list[str], lines: list[str], at: int, delimiter: str
) -> tuple[list[str], list[str]]:
    """Return the names with the units that a line below them tells, and the lines without that one."""
    cells = split_names(lines[at + 1], delimiter) if at + 1 < len(lines) else []
    units = [cell.strip("()[]") for cell in cells]
    known = [unit for unit in units if any(stated_unit(of, f"({unit})") for of in _QUANTITIES)]
    numbers = sum(bool(re.match(r"[-+]?\.?\d", cell)) for cell in cells)
    if len(cells) != len(names) or numbers or len(known) < _FEWEST_UNITS:
        return names, lines
    named = [f"{name} ({unit})" if unit else name for name, unit in zip(names, units, strict=True)]
    return named, [*lines[: at + 1], *lines[at + 2 :]]


def _require_one_header(lines: Sequence[str], at: int, delimiter: str) -> None:
    """Refuse a table that begins anew with other columns."""
    first = split_names(lines[at], delimiter)
    for i, line in enumerate(lines[at + 1 :], start=at + 2):
        if not line[:1].strip('"').isalpha():
            continue
        cells = split_names(line, delimiter)
        again = sorted(cells) == sorted(first) or {role_of(cell) for cell in cells} >= {*ACC_ROLES}
        if cells != first and len(cells) > 3 and again:
            raise ImportFormatError(
                "several_recordings",
                f"line {i} names the columns anew, in another order or others "
                f"({', '.join(cells)[:100]}): split the file there",
            )


def _require_fit(names: Sequence[str], lines: Sequence[str], delimiter: str) -> None:
    """Refuse rows that hold more cells than there are names: which is which can't be told."""
    rows = [line.rstrip(f" {delimiter}") for line in lines[:_LOOKED_AT] if '"' not in line]
    cells = [row.count(delimiter) + 1 for row in rows]
    if cells and np.median(cells) > len(names):
        raise ImportFormatError(
            "unknown_format",
            f"rows of {np.median(cells):.0f} cells below {len(names)} names ({', '.join(names)[:100]}): "
            "which is which can't be told. Mend the line of names, and with decimal commas the delimiter",
        )


def find_header(lines: Sequence[str], overrides: Overrides | None = None) -> tuple[int, str]:
    """Return which line names the columns of a half at least, and the delimiter."""
    told = set(overrides.columns.values()) if overrides else set()
    best: tuple[int, str] | None = None
    for i, line in enumerate(lines[:HEADER_WITHIN]):
        for delimiter in ("\t", ";", ","):
            names = split_names(line, delimiter)
            if are_names(names):
                roles = {role_of(name) for name in names}
                fits = roles.issuperset(ACC_ROLES) or roles.issuperset(GYR_ROLES)
                if fits or (told and told <= set(names)):
                    return i, delimiter
                best = best or (i, delimiter)
    if best is None:
        raise ImportFormatError(
            "unknown_format",
            "no header line with named columns was found, nor rows of more than three numbers; "
            "imu_ankle needs a table (or a list of JSON objects) with accelerometer and gyroscope",
        )
    return best


def header_like(lines: Sequence[str], pattern: str, named: str) -> tuple[int, str, list[str]]:
    """Return which line matches, its delimiter, and the names in it; `named` is what they hold."""
    at = next((i for i, line in enumerate(lines) if re.match(pattern, line)), None)
    if at is None:
        raise ImportFormatError("unknown_format", f"no header line with {named} was found")
    delimiter = next(mark for mark in "\t,;" if mark in lines[at])
    return at, delimiter, split_names(lines[at], delimiter)


def by_vendor(assumed: Sequence[str], told: Overrides) -> tuple[str, ...]:
    """Return `assumed` where units are the vendor's word, but for those that the caller told."""
    units = {"time": told.time_unit, "acceleration": told.acc_unit, "angular rate": told.gyr_unit}
    vendors = tuple(f"{what} in " for what, unit in units.items() if unit is None)
    return tuple(
        line.replace("as told", "as the vendor says") if line.startswith(vendors) else line
        for line in assumed
    )


def read_table(
    preamble: Sequence[str],
    lines: Sequence[str],
    delimiter: str,
    columns: Columns,
    overrides: Overrides,
) -> Imported:
    """Turn the rows below a header into samples of what the columns hold."""
    if overrides.rate_hz is not None:
        columns = _with_count(columns.without("time"), lines, delimiter)
    columns, values, epoch = _numbers(lines, delimiter, columns)
    _require_one_sensor(lines, delimiter, columns, values)
    if "time" in values or not np.isfinite(values.get("count", np.nan)).any():
        values.pop("count", None)
        columns = columns.without("count")
    assumed = _told_columns(columns)
    raw = values
    values, dropped = _whole(values, assumed if overrides.rate_hz is None else None)
    left = len(values["acc_x" if columns.has(ACC_ROLES) else "gyr_x"])
    if not left:
        empty = [columns.name(role) for role in columns.at if not np.isfinite(raw[role]).any()]
        none = f"; none at all is in {', '.join(empty)} (without time, say --rate HZ)"
        raise ImportFormatError(
            "no_samples",
            f"no row holds a number in every needed column{none if empty else ''}",
        )
    acc = np.column_stack([values[r] for r in ACC_ROLES]) if columns.has(ACC_ROLES) else None
    gyr = np.column_stack([values[r] for r in GYR_ROLES]) if columns.has(GYR_ROLES) else None
    unix_s: float | None = None
    if epoch is not None:
        time_s, unix_s = values["time"], None if np.isnan(epoch) else epoch
        assumed.append("time from date and time of day")
    else:
        time_s, unix_s = seconds_of(
            values.get("time"),
            values.get("count"),
            {role: columns.name(role) for role in columns.at},
            overrides,
            assumed,
            left,
            stated_rate(preamble),
        )
    if acc is not None:
        acc = acc * scale_of("acc", acc_unit_of(acc, columns.name("acc_x"), overrides, assumed))
    column = columns.name("gyr_x") if gyr is not None else None
    if gyr is not None and column and (acc is not None or known_gyr_unit(column, overrides)):
        gyr = gyr * scale_of("gyr", gyr_unit_of(time_s, acc, gyr, column, overrides, assumed))
        column = None
    return Imported(
        time_s=time_s,
        acc_mps2=acc,
        gyr_dps=gyr,
        assumed=tuple(assumed),
        dropped=dropped,
        unix_s=unix_s,
        gyr_column=column,
    )


def _require_one_sensor(
    lines: Sequence[str], delimiter: str, columns: Columns, values: dict[str, FloatArray]
) -> None:
    """Refuse rows of several sensors: one column tells them apart, by its name or by the stamps.

    Stamps of sensors that are sampled together come again for each.

    Raises
    ------
    ImportFormatError
        ``several_recordings``, with the column and what stands in it.
    """
    others = [i for i in range(len(columns.names)) if i not in columns.at.values()]
    named = {i for i in others if re.fullmatch(_SENSOR, columns.names[i], re.IGNORECASE)}
    # of one half: its sensor may be told beside it
    half = np.isfinite(values["acc_x" if columns.has(ACC_ROLES) else "gyr_x"])
    stamps = values["time"][half] if "time" in values else None
    shared = stamps is not None and len(np.unique(stamps)) <= (1.0 - _SHARED) * len(stamps)
    suspects = others if shared else sorted(named)
    if not suspects or not half.any():
        return
    cells = parse_cells(lines, delimiter, suspects)[half].assign(stamps=stamps)
    for i in suspects:
        if i not in named and _counts(cells[i]):
            continue
        rows = cells[i].dropna().str.strip().value_counts(sort=False)
        found = [str(each) for each in rows[rows > _SHARED_BY_ONE * len(cells)].index]
        if 1 < len(found) <= min(_MOST_SENSORS, len(cells) // 3) and (
            i in named or cells[["stamps", i]].duplicated().mean() < _SHARED_BY_ONE
        ):
            raise ImportFormatError(
                "several_recordings",
                f"rows of several sensors or recordings, told apart by {columns.names[i]!r}: "
                f"{', '.join(found[:8])}; keep those of one",
            )


def _with_count(columns: Columns, lines: Sequence[str], delimiter: str) -> Columns:
    """Return the columns with one that counts rows, whatever it is called, if no name says so."""
    others = [i for i in range(len(columns.names)) if i not in columns.at.values()]
    if "count" in columns.at or not others:
        return columns
    cells = to_numbers(parse_cells(lines, delimiter, others), decimal_comma=delimiter != ",")
    for i, column in zip(others, cells.T, strict=True):
        known = column[np.isfinite(column)]
        steps = np.diff(known)
        if len(steps) < _LOOKED_AT or (known != np.round(known)).any():
            continue
        rises = np.mean((steps >= 1.0) & (steps <= _SMALL_STEP)) > _RISING
        if rises and np.mean(steps == 1.0) > _COUNTING / 2.0:
            return replace(columns, at={**columns.at, "count": i})
    return columns


_SMALL_STEP, _RISING = (
    50.0,
    0.98,
)  # rows that may be lost at once; share of steps, where it wraps now and then


def _counts(cells: pd.Series[str]) -> bool:
    """Whether a column counts: the places of samples in a packet, say."""
    steps = np.diff(to_numbers(cells.to_frame(), decimal_comma=False)[:, 0])
    return bool(np.mean(steps == 1.0) > _COUNTING)


def _told_columns(columns: Columns) -> list[str]:
    """Say which columns are used, a line each for time, accelerometer and gyroscope."""
    told = [
        f"{role} from {columns.name(role)!r}" for role in ("time", "count") if role in columns.at
    ]
    for half in (ACC_ROLES, GYR_ROLES):
        if columns.has(half):
            names = ", ".join(repr(columns.name(role)) for role in half)
            told.append(f"{half[0][:3]} from {names}")
    return told


def _numbers(
    lines: Sequence[str], delimiter: str, columns: Columns
) -> tuple[Columns, dict[str, FloatArray], float | None]:
    """Return the numbers of each role, and the epoch of a clock that holds dates.

    Of columns that may be the clock, it is the first of the fine ones. The gyroscope's own is
    among the numbers as ``gyr_time``.
    """
    at = {role: columns.at[role] for role in ROLES if role in columns.at}
    places = {*at.values(), *columns.clocks, *columns.own.values()}
    places |= {rest for i in columns.clocks if (rest := columns.rest_of_second(i)) is not None}
    cells = parse_cells(lines, delimiter, sorted(places))
    comma = delimiter != ","
    table = dict(zip(at, to_numbers(cells[list(at.values())], decimal_comma=comma).T, strict=True))
    if "time" not in at:
        return columns, table, None
    read = {
        i: stamps_of(cells, i, columns.rest_of_second(i), comma=comma)
        for i in columns.clocks or (at["time"],)
    }
    own = {half: read[i] for half, i in columns.own.items()}
    if own and all(np.isfinite(stamps).any() for stamps, _ in own.values()):
        (acc_s, epoch), (gyr_s, gyr_epoch) = own["acc"], own["gyr"]
        if epoch is not None and gyr_epoch is not None and np.isfinite(epoch - gyr_epoch):
            gyr_s = gyr_s + (gyr_epoch - epoch)
        units = [stated_unit("time", columns.names[columns.own[half]]) for half in ("gyr", "acc")]
        if units[0] and units[1]:
            gyr_s = gyr_s * (scale_of("time", units[0]) / scale_of("time", units[1]))
        table |= {"time": acc_s, "gyr_time": gyr_s}
        return replace(columns, at={**columns.at, "time": columns.own["acc"]}), table, epoch
    apart = {i: len(np.unique(stamps[np.isfinite(stamps)])) for i, (stamps, _) in read.items()}
    most = max(apart.values())
    if columns.clocks and most < min(2, len(cells)):  # none can be read, or none goes on
        del table["time"]
        return columns.without("time"), table, None
    clock = next(i for i, n in apart.items() if n >= _AS_FINE * most)
    table["time"], epoch = read[clock]
    return replace(columns, at={**columns.at, "time": clock}), table, epoch


def _whole(
    values: dict[str, FloatArray], assumed: list[str] | None
) -> tuple[dict[str, FloatArray], int]:
    """Return the rows that hold everything; of halves in rows or at times of their own, one on the other's.

    Rows are only counted where `assumed` is None.
    """
    own = "gyr_time" in values
    gyr_s = values.pop("gyr_time", values.get("time"))
    whole = np.isfinite(np.column_stack(list(values.values()))).all(axis=1)
    acc, gyr = (
        [values[role] for role in half if role in values] for half in (ACC_ROLES, GYR_ROLES)
    )
    if assumed is not None and gyr_s is not None and acc and gyr:
        acc_rows = np.isfinite(np.column_stack([values["time"], *acc])).all(axis=1)
        gyr_rows = np.isfinite(np.column_stack([gyr_s, *gyr])).all(axis=1)
        onward = all((np.diff(t) >= 0).all() for t in (values["time"][acc_rows], gyr_s[gyr_rows]))
        few = whole.sum() < _WHOLE * max(acc_rows.sum(), gyr_rows.sum())
        if own and not onward:
            raise ImportFormatError(
                "bad_clock",
                "a clock of one half goes back; split the file there, or say --rate HZ",
            )
        both = acc_rows.any() and gyr_rows.any()
        if onward and both and (few or (values["time"] != gyr_s)[whole].any()):
            time, acc_there, gyr_there, _ = join_halves(
                values["time"][acc_rows],
                np.column_stack(acc)[acc_rows],
                gyr_s[gyr_rows],
                np.column_stack(gyr)[gyr_rows],
            )
            assumed.append("accelerometer and gyroscope put on one clock by linear interpolation")
            return dict(zip(ROLES, (time, *acc_there.T, *gyr_there.T), strict=False)), 0
    return {role: each[whole] for role, each in values.items()}, int(np.count_nonzero(~whole))


def stated_rate(preamble: Sequence[str]) -> float | None:
    """Return the rate that a line above the header states."""
    for line in preamble:
        found = re.search(_STATED_RATE, line, re.IGNORECASE)
        if found:
            return float(found.group(1))
    return None


IMPORTER = Importer(name="generic", title="any CSV", recognises=lambda _: True, read=read)
