"""Shimmer Consensys: names, formats and units in rows of their own, or `Shimmer_8665_Accel_LN_X_CAL`."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from imu_ankle.core.errors import ImportFormatError
from imu_ankle.io.importers import generic
from imu_ankle.io.importers.columns import Columns
from imu_ankle.io.importers.table import (
    Imported,
    Importer,
    Overrides,
    Source,
    split_names,
    stated_unit,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

_SIGNATURE = (
    r"(Low Noise|Wide Range) Accelerometer X|_Accel_(LN|WR)_X_|(^|[\t,;])Accel_(LN|WR)_X_CAL"
)
_AXES = {
    "Low Noise": r"(Low Noise Accelerometer |Accel_LN_)([XYZ])\b|Accel_LN_([XYZ])_",
    "Wide Range": r"(Wide Range Accelerometer |Accel_WR_)([XYZ])\b|Accel_WR_([XYZ])_",
}
_GYRO = r"(Gyroscope |Gyro_)([XYZ])\b|Gyro_([XYZ])_"
_WORSE_CLOCKS = ("System", "SyncTimestamp", "Formatted")  # of the host, on its clock, as text
_LOW_NOISE_MPS2 = 18.6  # its range is 2 g; a reading beyond 1.9 g can't be believed


def recognises(head: str) -> bool:
    """Whether a header names the accelerometers as Consensys does."""
    return re.search(_SIGNATURE, head, re.MULTILINE) is not None


def read(source: Source, overrides: Overrides) -> Imported:
    """Take the calibrated columns; of two accelerometers the fine one, unless it ends at its range."""
    lines = source.lines
    at, delimiter, names, rows = _header(lines)
    time = [i for i, name in enumerate(names) if "Timestamp" in name and "RAW" not in name]
    time.sort(key=lambda i: [word in names[i] for word in _WORSE_CLOCKS])
    gyr = _axes(names, _GYRO)
    found: dict[str, Imported] = {}
    for which, pattern in _AXES.items():
        acc = _axes(names, pattern)
        if len(acc) < 3 or len(gyr) < 3 or not time:
            continue
        placed = {"time": time[0], **{f"acc_{axis}": i for axis, i in acc.items()}}
        placed.update({f"gyr_{axis}": i for axis, i in gyr.items()})
        told = replace(
            overrides, time_unit=overrides.time_unit or stated_unit("time", names[time[0]])
        )
        columns = Columns(tuple(names), placed)
        found[which] = generic.read_table(lines[:at], lines[rows:], delimiter, columns, told)
    if not found:
        raise ImportFormatError(
            "missing_column",
            "no calibrated (CAL) columns of time, accelerometer and gyroscope; found "
            f"{', '.join(names)}. Export calibrated data from Consensys",
        )
    which = "Low Noise" if "Low Noise" in found else "Wide Range"
    note = f"the {which.lower()} accelerometer"
    if len(found) == 2 and _at_its_end(found[which]):
        which, note = (
            "Wide Range",
            "the wide range accelerometer: the low noise one leaves its range",
        )
    return replace(found[which], assumed=(note, *found[which].assumed), model="Shimmer3")


def _at_its_end(found: Imported) -> bool:
    return found.acc_mps2 is not None and bool(np.abs(found.acc_mps2).max() > _LOW_NOISE_MPS2)


def _axes(names: Sequence[str], pattern: str) -> dict[str, int]:
    """Return the position of each axis among calibrated columns."""
    found: dict[str, int] = {}
    for i, name in enumerate(names):
        match = re.search(pattern, name)
        if match and re.search(r"(^|[ _])CAL($|[ _])", name):
            found.setdefault((match.group(2) or match.group(3)).lower(), i)
    return found


def _header(lines: Sequence[str]) -> tuple[int, str, list[str], int]:
    """Return the header's line, the delimiter, names with format and unit, and the first row.

    Formats and units may stand in the rows below the names, one or both.
    """
    at = next((i for i, line in enumerate(lines[:10]) if recognises(line)), None)
    if at is None:
        raise ImportFormatError("unknown_format", "no header line of Consensys was found")
    delimiter = max("\t;,", key=lines[at].count)
    names = split_names(lines[at], delimiter)
    rows = at + 1
    while rows < min(at + 3, len(lines)) and not _is_data(lines[rows], delimiter):
        below = split_names(lines[rows], delimiter)
        names = [
            f"{name} {more}" for name, more in zip(names, below + [""] * len(names), strict=False)
        ]
        rows += 1
    return at, delimiter, names, rows


def _is_data(line: str, delimiter: str) -> bool:
    return sum(bool(re.match(r"\s*-?\d", cell)) for cell in line.split(delimiter)) > 2


IMPORTER = Importer(name="shimmer", title="Shimmer Consensys", recognises=recognises, read=read)
