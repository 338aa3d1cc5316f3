"""What an importer is, and the words that all of them share: units, overrides, tables of text."""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from imu_ankle.core.errors import ImportFormatError, UsageError
from imu_ankle.core.recording import GRAVITY_MPS2, FloatArray

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    import pandas as pd

ACC_UNITS: Mapping[str, float] = {
    "m/s2": 1.0,
    "g": GRAVITY_MPS2,
    "mg": GRAVITY_MPS2 / 1000.0,
    "cm/s2": 0.01,
}
GYR_UNITS: Mapping[str, float] = {
    "deg/s": 1.0,
    "rad/s": float(np.degrees(1.0)),
    "mdeg/s": 0.001,
}
TIME_UNITS: Mapping[str, float] = {"s": 1.0, "ms": 1e-3, "us": 1e-6, "ns": 1e-9, "d": 86400.0}

ROLES = ("time", "acc_x", "acc_y", "acc_z", "gyr_x", "gyr_y", "gyr_z", "count")
ACC_ROLES, GYR_ROLES = ROLES[1:4], ROLES[4:7]
NEEDED = ROLES[1:7]


@dataclass(frozen=True, slots=True, kw_only=True)
class Overrides:
    """What the caller knows better than the file."""

    acc_unit: str | None = None
    gyr_unit: str | None = None
    time_unit: str | None = None
    rate_hz: float | None = None
    columns: Mapping[str, str] = field(default_factory=dict)

    @property
    def signs(self) -> FloatArray:
        """-1 for each of the six axes, (6,), whose column was told with a minus before its name."""
        return np.array([-1.0 if self.columns.get(role, "")[:1] == "-" else 1.0 for role in NEEDED])

    def unsigned(self) -> Overrides:
        """Return the same without those signs."""
        return replace(
            self, columns={k: name.removeprefix("-") for k, name in self.columns.items()}
        )


@dataclass(frozen=True)
class Source:
    """The text of one file; `name` is what the file is called where it lies."""

    name: str
    text: str

    @property
    def head(self) -> str:
        """The beginning, by which a format is told."""
        return self.text[:20_000]

    @cached_property
    def lines(self) -> list[str]:
        """The lines that hold something."""
        return [line for line in self.text.splitlines() if line.strip()]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Imported:
    """Samples of one file in our units, and everything that was taken from it or assumed.

    Attributes
    ----------
    time_s : (N,) on the clock of the file, which files of one recording share.
    acc_mps2, gyr_dps : (N, 3); None where the file holds the other half only.
    unix_s : what to add to `time_s` to get seconds since 1970; None where the file doesn't tell.
    dropped : rows without a number in every needed column.
    gyr_column : of angular rate whose unit the file alone can't tell; then it is as in the file.
    """

    time_s: FloatArray
    acc_mps2: FloatArray | None
    gyr_dps: FloatArray | None
    assumed: tuple[str, ...]
    dropped: int = 0
    unix_s: float | None = None
    model: str | None = None
    serial: str | None = None
    firmware: str | None = None
    gyr_column: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Importer:
    """One foreign format: `recognises` looks at the beginning, `read` takes the whole text.

    `read` returns None for a file of the format that holds neither half (its battery, say).
    """

    name: str
    title: str
    recognises: Callable[[str], bool]
    read: Callable[[Source, Overrides], Imported | None]


_STATED_UNITS = (
    ("acc", r"\bmg\b|milli-?g", "mg"),
    ("acc", r"\bcm\s*/\s*\(?s\s*(/\s*s|\^?2|²)", "cm/s2"),
    ("acc", r"\bm\s*/\s*\(?s\s*(/\s*s|\^?2|²)|mps2|m_s2|m?/?s-2|\bm\s*s\s*\^?-2", "m/s2"),
    ("acc", r"(?-i:\(g\)|\[g\]|_g\b|\bg's\b|\sg$)|^gf_?[xyz]\b", "g"),  # G is gauss
    ("gyr", r"mdeg|mdps", "mdeg/s"),
    (
        "gyr",
        r"deg\w*\s*/\s*s|deg_?(per_?|p)?s(ec)?(?![a-z])|\bdps\b|_dps|°\s*/\s*s|deg\s*s\s*\^?-1",
        "deg/s",
    ),
    (
        "gyr",
        r"rad\s*/\s*s(?![\^2²/])|rad_?(per_?|p)?s(ec)?(?![a-z])|gyro_rad\b|rad\s*s\s*\^?-1",
        "rad/s",
    ),
    ("time", r"\(ns\)|\[ns\]|_ns\b|nano", "ns"),
    ("time", r"\(us\)|\[us\]|_us\b|\([µμ]s\)|micro", "us"),
    ("time", r"\(ms\)|\[ms\]|_ms\b|milli|\bmsecs?\b", "ms"),
    ("time", r"\(s\)|\[s\]|_s\b|\bsec|seconds", "s"),
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


def split_names(line: str, delimiter: str) -> list[str]:
    """Return the names in a header line, without their quotes."""
    return [name.strip().strip('"').strip() for name in line.split(delimiter)]


def parse_cells(lines: Sequence[str], delimiter: str, positions: Sequence[int]) -> pd.DataFrame:
    """Return the columns at `positions` of data lines as text, a column each.

    Raises
    ------
    ImportFormatError
        ``no_samples`` if there is no row.
    """
    import io  # noqa: PLC0415
    from csv import QUOTE_MINIMAL, QUOTE_NONE  # noqa: PLC0415

    import pandas as pd  # noqa: PLC0415 - importers are an edge; the core must not load pandas

    if not lines:
        raise ImportFormatError("no_samples", "there is a header, but no row below it")
    width = max(max(positions) + 1, *(line.count(delimiter) + 1 for line in lines[:50])) + 1
    frame = pd.read_csv(
        io.StringIO("\n".join(lines)),
        sep=delimiter,
        header=None,
        names=range(width),
        dtype=str,
        # a stray quote must not swallow lines, so quotes count only where cells begin with them
        quoting=QUOTE_MINIMAL if lines[0].startswith('"') else QUOTE_NONE,
        on_bad_lines="skip",
    )
    return frame[list(positions)]


def to_numbers(cells: pd.DataFrame, *, decimal_comma: bool) -> FloatArray:
    """Return text cells as (N, C) numbers; NaN where there is none."""
    import pandas as pd  # noqa: PLC0415

    if decimal_comma:
        cells = cells.apply(lambda column: column.str.replace(",", ".", regex=False))
    numbers: FloatArray = cells.apply(pd.to_numeric, errors="coerce").to_numpy(dtype=np.float64)
    return np.where(np.isfinite(numbers), numbers, np.nan)
