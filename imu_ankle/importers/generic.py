"""Any table with a header, an axis and a unit in the name of each column, or names that are told."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from imu_ankle.errors import ImportFormatError, UsageError
from imu_ankle.importers.clocks import moments, seconds_of
from imu_ankle.importers.table import (
    ACC_ROLES,
    GYR_ROLES,
    NEEDED,
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
from imu_ankle.importers.units import acc_unit_of, gyr_unit_of, without_gravity

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import pandas as pd


_HEADER_WITHIN = 60  # lines
_WORD = r"^\W*[A-Za-z]|[A-Za-z]{2}"  # not 1e-3
_MOST_COLUMNS = 2000  # more are no header
_SHARED, _SHARED_BY_ONE = 0.3, 0.01  # of the rows: a stamp that was there before
_MOST_SENSORS = 32
_TOLD = 300  # characters of a header in an error
_NAMES = (
    ("gyr", r"gyr|angular|rotation|omega|^g[xyz]|^g_[xyz]|^w[xyz]\b"),
    ("acc", r"acc|^a[xyz]|^a_[xyz]|^gf[xyz]\b"),
)
_AXIS = (
    r"(?:^[agw]_?|^gf|[^a-z]|acc(?:el(?:eration)?)?|gyro?|meter|scope|rate|^as|^)([xyz])(?![a-z])"
)
# what ROS calls linear_acceleration.x holds gravity (sensor_msgs/Imu, REP 145); so its size is checked
_GRAVITY_FREE = r"free|linear(?!_acceleration\.)|user|without|no.?g\b|lin.?acc"
_OTHER = r"angle|euler|quat|mag|grav|rad\s*/\s*s\s*(\^?2|²|/\s*s)"
_TIME = (
    r"^(t|time|t_.*|timestamp.*|sampletime.*|elapsed.*|seconds.*|epoc.*)$|time\b|^time_|timestamp"
)
_COUNT = r"^(packet|sample)?_?(counter|count|index|seq|samples?|n_samples)$"
_STATED_RATE = r"(?:rate|frequency|odr)\D{0,20}?(\d+(?:\.\d+)?)\s*Hz"


@dataclass(frozen=True, slots=True)
class Columns:
    """Where what stands: the header's names, and the position of each role."""

    names: tuple[str, ...]
    at: Mapping[str, int]

    def name(self, role: str) -> str:
        """Return the name of the column of a role."""
        return self.names[self.at[role]]

    def has(self, roles: Sequence[str]) -> bool:
        """Whether all `roles` were found."""
        return all(role in self.at for role in roles)


def read(source: Source, overrides: Overrides) -> Imported:
    """Find header, columns and units; whatever the header doesn't say is inferred and listed."""
    lines = _with_tabs(source.lines)
    at, delimiter = find_header(lines, overrides)
    columns = find_columns(split_names(lines[at], delimiter), overrides)
    return read_table(lines[:at], lines[at + 1 :], delimiter, columns, overrides)


def _with_tabs(lines: Sequence[str]) -> Sequence[str]:
    """Put tabs where blanks separate the columns; only in rows as wide as the last one."""
    last = next((line for line in reversed(lines) if line.strip()), "")
    width = len(last.split())
    if width <= 3 or re.search(r"[\t;,]|[^-+.\deE\s]", last):
        return lines
    cells = [
        line.removeprefix("#").split() for line in lines
    ]  # numpy's savetxt puts a # before names
    return [
        "\t".join(row) if len(row) == width else line
        for row, line in zip(cells, lines, strict=True)
    ]


def find_header(lines: Sequence[str], overrides: Overrides | None = None) -> tuple[int, str]:
    """Return which line names the columns of a half at least, and the delimiter."""
    told = set(overrides.columns.values()) if overrides else set()
    best: tuple[int, str] | None = None
    for i, line in enumerate(lines[:_HEADER_WITHIN]):
        for delimiter in ("\t", ";", ","):
            names = split_names(line, delimiter)
            if (
                3 < len(names) <= _MOST_COLUMNS
                and sum(bool(re.search(_WORD, name)) for name in names) > 3
            ):
                roles = {_role(name) for name in names}
                fits = roles.issuperset(ACC_ROLES) or roles.issuperset(GYR_ROLES)
                if fits or (told and told <= set(names)):
                    return i, delimiter
                best = best or (i, delimiter)
    if best is None:
        raise ImportFormatError(
            "unknown_format",
            "no header line with named columns was found; imu_ankle needs a table with "
            "accelerometer and gyroscope columns",
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


def find_columns(header: Sequence[str], overrides: Overrides) -> Columns:
    """Return which column plays which role.

    Raises
    ------
    ImportFormatError
        ``missing_column`` lists what was not found and how to name it, ``several_columns`` what
        could be meant.
    """
    found: dict[str, int] = {}
    others: list[tuple[str, str]] = []
    for i, name in enumerate(header):
        role = _role(name)
        if role and role not in found:
            found[role] = i
        elif role:
            others.append((role, name))
    if "time" not in found:  # in any language, a column in seconds that is nothing else
        spare = (i for i, name in enumerate(header) if _role(name) is None)
        clock = next((i for i in spare if stated_unit("time", header[i])), None)
        if clock is not None:
            found["time"] = clock
    for role, name in overrides.columns.items():
        if role not in ROLES or name not in header:
            raise UsageError(
                "missing_column",
                f"--column {role}={name}: roles are {', '.join(ROLES)}, columns {', '.join(header)}",
            )
        found[role] = header.index(name)
    columns = Columns(tuple(header), found)
    halves = [half for half in (ACC_ROLES, GYR_ROLES) if columns.has(half)]
    free = any(re.search(_GRAVITY_FREE, name, re.IGNORECASE) for name in header)
    if not halves or (free and not columns.has(ACC_ROLES)):
        raise _missing(columns)
    partly = [role for role in found if role in NEEDED and all(role not in half for half in halves)]
    if partly:
        raise _missing(columns)
    twice = [(role, name) for role, name in others if role in NEEDED]
    if twice and not all(role in overrides.columns for role, _ in twice):
        role, name = twice[0]
        if name == columns.name(role):
            raise ImportFormatError(
                "several_columns",
                f"several columns are called {name!r}; keep those of one sensor",
            )
        raise ImportFormatError(
            "several_columns",
            f"{columns.name(role)!r} and {name!r} could both be {role}; say which one with "
            f"--column {role}=NAME, and so for the other axes",
        )
    return columns


def _missing(columns: Columns) -> ImportFormatError:
    missing = [role for role in NEEDED if role not in columns.at]
    free = [name for name in columns.names if re.search(_GRAVITY_FREE, name, re.IGNORECASE)]
    if free and not columns.has(ACC_ROLES):
        return without_gravity(f"no column with gravity, only {free[0]!r}")
    found = ", ".join(columns.names)
    return ImportFormatError(
        "missing_column",
        f"no column for {', '.join(missing)}; found {found[:_TOLD]}{'...' * (len(found) > _TOLD)}. "
        f"Name a column with --column {missing[0]}=NAME",
    )


def _role(name: str) -> str | None:
    """Return what a column holds, by what it is called and the unit it states."""
    word = name.lower()
    bare = re.sub(
        r"[\(\[].*?[\)\]]|[:_ ]*(m/s.*|deg.*|rad.*|mps2|dps|(?<=[xyz])_g)$", " ", word
    ).strip()
    for role, pattern in (("count", _COUNT), ("time", _TIME)):
        if re.search(pattern, bare):
            return role
    axis = re.search(_AXIS, bare)
    if axis is None or re.search(_GRAVITY_FREE, word) or re.search(_OTHER, word):
        return None
    stated = [quantity for quantity in ("acc", "gyr") if stated_unit(quantity, name)]
    named = [quantity for quantity, pattern in _NAMES if re.search(pattern, word)]
    quantity = next(iter(stated + named), None)
    return quantity and f"{quantity}_{axis.group(1)}"


def read_table(
    preamble: Sequence[str],
    lines: Sequence[str],
    delimiter: str,
    columns: Columns,
    overrides: Overrides,
) -> Imported:
    """Turn the rows below a header into samples of what the columns hold."""
    wanted = {role: columns.at[role] for role in ROLES if role in columns.at}
    cells = parse_cells(lines, delimiter, list(dict.fromkeys(wanted.values())))
    if "time" in wanted:
        _require_one_sensor(cells[wanted["time"]], lines, delimiter, columns)
    assumed = _told_columns(columns)
    table, epoch = _numbers(cells, wanted, delimiter)
    whole = np.isfinite(table).all(axis=1)
    if not whole.any():
        raise ImportFormatError("no_samples", "no row holds a number in every needed column")
    table = table[whole]
    by_role = dict(zip(wanted, table.T, strict=True))
    acc = np.column_stack([by_role[r] for r in ACC_ROLES]) if columns.has(ACC_ROLES) else None
    gyr = np.column_stack([by_role[r] for r in GYR_ROLES]) if columns.has(GYR_ROLES) else None
    unix_s: float | None = None
    if epoch is not None:
        time_s, unix_s = by_role["time"], None if np.isnan(epoch) else epoch
        assumed.append("time from date and time of day")
    else:
        time_s, unix_s = seconds_of(
            by_role.get("time"),
            by_role.get("count"),
            {role: columns.name(role) for role in wanted},
            overrides,
            assumed,
            len(table),
            stated_rate(preamble),
        )
    if acc is not None:
        acc = acc * scale_of("acc", acc_unit_of(acc, columns.name("acc_x"), overrides, assumed))
    if gyr is not None:
        gyr = gyr * scale_of(
            "gyr", gyr_unit_of(time_s, acc, gyr, columns.name("gyr_x"), overrides, assumed)
        )
    return Imported(
        time_s=time_s,
        acc_mps2=acc,
        gyr_dps=gyr,
        assumed=tuple(assumed),
        dropped=int(np.count_nonzero(~whole)),
        unix_s=unix_s,
    )


def _require_one_sensor(
    time: pd.Series[str], lines: Sequence[str], delimiter: str, columns: Columns
) -> None:
    """Refuse rows of several sensors in turn: stamps that come again, told apart by one column.

    Raises
    ------
    ImportFormatError
        ``several_recordings``, with the column and what stands in it.
    """
    others = [i for i in range(len(columns.names)) if i not in columns.at.values()]
    if not others or time.duplicated().mean() < _SHARED:
        return
    cells = parse_cells(lines, delimiter, others).assign(time=time)
    for i in others:
        found = [str(each).strip() for each in cells[i].dropna().unique()]
        if 1 < len(found) <= _MOST_SENSORS and (
            cells[["time", i]].duplicated().mean() < _SHARED_BY_ONE
        ):
            raise ImportFormatError(
                "several_recordings",
                f"every time stamp comes again for each {columns.names[i]!r}: "
                f"{', '.join(found[:8])}. These are rows of several sensors or recordings; keep those of one",
            )


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
    cells: pd.DataFrame, wanted: Mapping[str, int], delimiter: str
) -> tuple[np.ndarray[tuple[int, int], np.dtype[np.float64]], float | None]:
    """Return (N, len(wanted)) numbers, and the epoch of a time column that holds dates."""
    table = to_numbers(cells[list(wanted.values())], decimal_comma=delimiter != ",")
    if "time" not in wanted or np.isfinite(table[:, 0]).mean() > 0.5:
        return table, None
    seconds, epoch = moments(cells[wanted["time"]].str.strip().str.replace(",", ".", regex=False))
    if seconds is not None:
        table[:, 0] = seconds
    return table, epoch


def stated_rate(preamble: Sequence[str]) -> float | None:
    """Return the rate that a line above the header states."""
    for line in preamble:
        found = re.search(_STATED_RATE, line, re.IGNORECASE)
        if found:
            return float(found.group(1))
    return None


IMPORTER = Importer(name="generic", title="any CSV", recognises=lambda _: True, read=read)
