"""Any table with a header and accelerometer and gyroscope columns."""

from __future__ import annotations

import re

import numpy as np

from imu_ankle.errors import ImportFormatError, UsageError
from imu_ankle.importers.table import (
    NEEDED,
    ROLES,
    Imported,
    Importer,
    Overrides,
    parse_rows,
    scale_of,
    stated_unit,
)
from imu_ankle.model import GRAVITY_MPS2, FloatArray

_QUANTITIES = (
    ("gyr", r"gyr|angular|rotation|omega|^g[xyz]|^w[xyz]\b"),
    ("acc", r"acc|^a[xyz]"),
)
_AXIS = r"(?:^[agw]|[^a-z]|acc(?:el(?:eration)?)?|gyro?|meter|scope|rate)([xyz])(?![a-z])"
_GRAVITY_FREE = r"free|linear|user|without|no.?g\b|lin.?acc"


def read(text: str, overrides: Overrides) -> Imported:
    """Find header, columns and units; whatever the header doesn't say is inferred and listed."""
    lines = [line for line in text.splitlines() if line.strip()]
    header_at, delimiter = _header(lines)
    header = [name.strip().strip('"') for name in lines[header_at].split(delimiter)]
    columns = find_columns(header, overrides)
    wanted = {role: columns[role] for role in ROLES if role in columns}
    table = parse_rows(lines[header_at + 1 :], header, delimiter, wanted)
    whole = np.isfinite(table).all(axis=1)
    table = table[whole]
    first = 1 if "time" in wanted else 0
    assumed = [f"{role} from column {column!r}" for role, column in wanted.items()]
    acc, gyr = table[:, first : first + 3], table[:, first + 3 : first + 6]
    acc_unit = _acc_unit(acc, columns["acc_x"], overrides, assumed)
    gyr_unit = _gyr_unit(columns["gyr_x"], overrides, assumed)
    return Imported(
        time_s=_time(
            table[:, 0] if first else None,
            table[:, -1] if "count" in wanted else None,
            columns,
            overrides,
            assumed,
            len(table),
        ),
        acc_mps2=acc * scale_of("acc", acc_unit),
        gyr_dps=gyr * scale_of("gyr", gyr_unit),
        assumed=tuple(assumed),
        dropped=int(np.count_nonzero(~whole)),
    )


def _header(lines: list[str]) -> tuple[int, str]:
    """Return which line is the header, and the delimiter."""
    for i, line in enumerate(lines[:60]):
        for delimiter in ("\t", ";", ","):
            names = line.split(delimiter)
            if len(names) >= 6 and sum(bool(re.search("[A-Za-z]", name)) for name in names) >= 6:
                return i, delimiter
    raise ImportFormatError(
        "unknown_format",
        "no header line with six or more named columns was found; imu_ankle needs a table with "
        "accelerometer and gyroscope columns",
    )


def find_columns(header: list[str], overrides: Overrides) -> dict[str, str]:
    """Return role -> column name.

    Raises
    ------
    ImportFormatError
        ``missing_column`` lists what was not found and how to name it.
    """
    found: dict[str, str] = {}
    for name in header:
        role = _role(name)
        if role and role not in found:
            found[role] = name
    for role, name in overrides.columns.items():
        if role not in ROLES or name not in header:
            raise UsageError(
                "missing_column",
                f"--column {role}={name}: roles are {', '.join(ROLES)}, columns {', '.join(header)}",
            )
        found[role] = name
    missing = [role for role in NEEDED if role not in found]
    if missing:
        free = [name for name in header if re.search(_GRAVITY_FREE, name, re.IGNORECASE)]
        hint = (
            f" {free[0]!r} has gravity removed, and without gravity tilt can't be measured."
            if free and any(role.startswith("acc") for role in missing)
            else ""
        )
        raise ImportFormatError(
            "missing_column",
            f"no column for {', '.join(missing)}; found {', '.join(header)}.{hint} Name a column "
            f"with --column {missing[0]}=NAME",
        )
    return found


def _role(name: str) -> str | None:
    word = name.lower()
    bare = re.sub(r"[\(\[].*?[\)\]]|[_ ]?(m/s.*|deg.*|rad.*|mps2|dps)$", " ", word).strip()
    if re.search(r"^(t|time|t_.*|timestamp.*|sampletime.*|elapsed.*|seconds)$|time\b|^time_", bare):
        return "time"
    if re.search(r"^(packet|sample)?_?(counter|count|index|seq|n_samples)$", bare):
        return "count"
    if re.search(_GRAVITY_FREE, word):
        return None
    for quantity, pattern in _QUANTITIES:
        if re.search(pattern, word):
            axis = re.search(_AXIS, bare)
            return f"{quantity}_{axis.group(1)}" if axis else None
    return None


def _acc_unit(acc: FloatArray, column: str, overrides: Overrides, assumed: list[str]) -> str:
    unit = overrides.acc_unit or stated_unit("acc", column)
    if unit:
        origin = "as told" if overrides.acc_unit else "from the header"
        assumed.append(f"acceleration in {unit}, {origin}")
        return unit
    typical = float(np.median(np.linalg.norm(acc, axis=1)))
    for unit, gravity in (("m/s2", GRAVITY_MPS2), ("g", 1.0), ("mg", 1000.0)):
        if 0.75 < typical / gravity < 1.35:
            assumed.append(f"acceleration in {unit}, since its median size is {typical:.3g}")
            return unit
    raise ImportFormatError(
        "unknown_unit",
        f"the acceleration has a median size of {typical:.3g}, which is gravity in no usual unit; "
        "name it with --acc-unit (m/s2, g or mg). If gravity was removed, tilt can't be measured",
    )


def _gyr_unit(column: str, overrides: Overrides, assumed: list[str]) -> str:
    unit = overrides.gyr_unit or stated_unit("gyr", column)
    if unit:
        origin = "as told" if overrides.gyr_unit else "from the header"
        assumed.append(f"angular rate in {unit}, {origin}")
        return unit
    raise ImportFormatError(
        "unknown_unit",
        f"column {column!r} doesn't say its unit; name it with --gyr-unit deg/s or --gyr-unit rad/s",
    )


def _time(
    stamps: FloatArray | None,
    count: FloatArray | None,
    columns: dict[str, str],
    overrides: Overrides,
    assumed: list[str],
    n: int,
) -> FloatArray:
    if overrides.rate_hz is not None:
        counted = f"by column {columns['count']!r}" if count is not None else "row by row"
        assumed.append(f"time counted {counted} at {overrides.rate_hz:g} Hz, as told")
        return ((count - count[0]) if count is not None else np.arange(n)) / overrides.rate_hz
    if stamps is None:
        raise ImportFormatError(
            "missing_column",
            "no time column was found; name it with --column time=NAME, or say --rate HZ if the "
            "rows are evenly spaced",
        )
    unit = overrides.time_unit or stated_unit("time", columns["time"])
    if unit is None:
        unit = _time_unit(stamps)
        assumed.append(f"time in {unit}, from the size of its steps")
    else:
        assumed.append(f"time in {unit}, {'as told' if overrides.time_unit else 'from the header'}")
    time_s: FloatArray = (stamps - stamps[0]) * scale_of("time", unit)
    return time_s


def _time_unit(stamps: FloatArray) -> str:
    steps = np.diff(stamps)
    step = float(np.median(steps[steps > 0])) if (steps > 0).any() else 0.0
    for unit, factor in (("s", 1.0), ("ms", 1e-3), ("us", 1e-6), ("ns", 1e-9)):
        if 1 / 2000 <= step * factor <= 1 / 12 and step != 1.0:
            return unit
    raise ImportFormatError(
        "unknown_unit",
        f"time steps by {step:g}, which is no usual sampling interval; name the unit with "
        "--time-unit (s, ms, us or ns), or the rate with --rate HZ if the column counts samples",
    )


IMPORTER = Importer(name="generic", title="any CSV", recognises=lambda _: True, read=read)
