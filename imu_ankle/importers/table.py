"""What an importer is, and the words that all of them share: units, columns, overrides."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from imu_ankle.errors import ImportFormatError, UsageError
from imu_ankle.model import GRAVITY_MPS2, FloatArray

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

ACC_UNITS: Mapping[str, float] = {"m/s2": 1.0, "g": GRAVITY_MPS2, "mg": GRAVITY_MPS2 / 1000.0}
GYR_UNITS: Mapping[str, float] = {
    "deg/s": 1.0,
    "rad/s": float(np.degrees(1.0)),
    "mdeg/s": 0.001,
}
TIME_UNITS: Mapping[str, float] = {"s": 1.0, "ms": 1e-3, "us": 1e-6, "ns": 1e-9}

ROLES = ("time", "acc_x", "acc_y", "acc_z", "gyr_x", "gyr_y", "gyr_z", "count")
NEEDED = ROLES[1:7]


@dataclass(frozen=True, slots=True, kw_only=True)
class Overrides:
    """What the caller knows better than the file."""

    acc_unit: str | None = None
    gyr_unit: str | None = None
    time_unit: str | None = None
    rate_hz: float | None = None
    columns: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Imported:
    """Samples in our units, and everything that was taken from the file or assumed."""

    time_s: FloatArray
    acc_mps2: FloatArray
    gyr_dps: FloatArray
    assumed: tuple[str, ...]
    dropped: int = 0  # rows without a number in every needed column
    model: str | None = None
    serial: str | None = None
    firmware: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Importer:
    """One foreign format: `recognises` looks at the first lines, `read` takes the whole text."""

    name: str
    title: str
    recognises: Callable[[str], bool]
    read: Callable[[str, Overrides], Imported]


_STATED_UNITS = (
    ("acc", r"\bmg\b|milli-?g", "mg"),
    ("acc", r"m\s*/\s*s\s*(/\s*s|\^?2|²)|mps2|ms-2", "m/s2"),
    ("acc", r"\(g\)|\[g\]|_g\b|\bg's\b|\sg$", "g"),
    ("gyr", r"mdeg|mdps", "mdeg/s"),
    ("gyr", r"deg|dps|°", "deg/s"),
    ("gyr", r"rad", "rad/s"),
    ("time", r"\(ns\)|\[ns\]|_ns\b|nano", "ns"),
    ("time", r"\(us\)|\[us\]|_us\b|\(µs\)|micro", "us"),
    ("time", r"\(ms\)|\[ms\]|_ms\b|milli", "ms"),
    ("time", r"\(s\)|\[s\]|_s\b|\bsec", "s"),
)


def stated_unit(quantity: str, column: str) -> str | None:
    """Return the unit that a column name states for ``acc``, ``gyr`` or ``time``, or None."""
    for of, pattern, unit in _STATED_UNITS:
        if of == quantity and re.search(pattern, column, re.IGNORECASE):
            return unit
    return None


def scale_of(quantity: str, unit: str) -> float:
    """Return the factor to our unit; an unknown unit is an error that lists the known ones."""
    units = {"acc": ACC_UNITS, "gyr": GYR_UNITS, "time": TIME_UNITS}[quantity]
    if unit not in units:
        raise UsageError(
            "unknown_unit", f"{unit!r} is not a unit of {quantity}; known are {', '.join(units)}"
        )
    return units[unit]


def parse_rows(
    lines: list[str], header: list[str], delimiter: str, wanted: Mapping[str, str]
) -> FloatArray:
    """Return the `wanted` columns of data lines as (N, len(wanted)); cells without number: NaN."""
    import io  # noqa: PLC0415
    from csv import QUOTE_NONE  # noqa: PLC0415

    import pandas as pd  # noqa: PLC0415 - importers are an edge; the core must not load pandas

    positions = [header.index(column) for column in wanted.values()]
    frame = pd.read_csv(
        io.StringIO("\n".join(lines)),
        sep=delimiter,
        header=None,
        names=range(len(header) + 1),
        dtype=str,
        quoting=QUOTE_NONE,
        on_bad_lines="skip",
    )
    cells = frame[positions]
    if delimiter != ",":
        cells = cells.apply(lambda column: column.str.replace(",", ".", regex=False))
    numbers: FloatArray = cells.apply(pd.to_numeric, errors="coerce").to_numpy(dtype=np.float64)
    if not np.isfinite(numbers).all(axis=1).any():
        raise ImportFormatError("no_samples", "no row holds a number in every needed column")
    return numbers
