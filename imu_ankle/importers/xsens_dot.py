"""Xsens / Movella DOT: recorded in the sensor or streamed to the app. Acc in m/s2, Gyr in deg/s."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import numpy as np

from imu_ankle.errors import ImportFormatError
from imu_ankle.importers.generic import find_columns
from imu_ankle.importers.table import ROLES, Imported, Importer, Overrides, parse_rows, scale_of

if TYPE_CHECKING:
    from imu_ankle.model import FloatArray

_HEADER = r"^PacketCounter\s*[,;\t]\s*SampleTimeFine\b"
_WRAP_US = 2**32  # SampleTimeFine is an unsigned 32 bit count of microseconds


def recognises(head: str) -> bool:
    """Whether a header line starts with the packet counter and a fine time."""
    return re.search(_HEADER, head, re.MULTILINE) is not None


def read(text: str, overrides: Overrides) -> Imported:
    """Skip the preamble, unwrap the clock, leave out the empty first row of recorded files."""
    lines = [line for line in text.splitlines() if line.strip()]
    headers = [i for i, line in enumerate(lines) if re.match(_HEADER, line)]
    if not headers:
        raise ImportFormatError(
            "unknown_format", "no header line with PacketCounter and SampleTimeFine was found"
        )
    at = headers[0]
    delimiter = next(mark for mark in ",;\t" if mark in lines[at])
    header = [name.strip() for name in lines[at].split(delimiter) if name.strip()]
    columns = find_columns(header, overrides) | {"time": "SampleTimeFine"}
    table = parse_rows(
        lines[at + 1 :], header, delimiter, {role: columns[role] for role in ROLES[:7]}
    )
    whole = np.isfinite(table).all(axis=1)
    table = table[whole]
    acc_unit, gyr_unit = overrides.acc_unit or "m/s2", overrides.gyr_unit or "deg/s"
    told = overrides.acc_unit or overrides.gyr_unit
    assumed = [
        "time from SampleTimeFine in us",
        f"Acc in {acc_unit} and Gyr in {gyr_unit}, as {'told' if told else 'the vendor says'}",
    ]
    empty = (table[:, 1:] == 0.0).all(axis=1)
    if empty.any():
        assumed.append(f"{int(empty.sum())} rows without any reading left out")
        table = table[~empty]
    if not len(table):
        raise ImportFormatError("no_samples", "all readings in the file are zero")
    preamble = dict(_pair(line) for line in lines[:at] if "," in line)
    return Imported(
        time_s=_time_s(table[:, 0], overrides, assumed),
        acc_mps2=table[:, 1:4] * scale_of("acc", acc_unit),
        gyr_dps=table[:, 4:7] * scale_of("gyr", gyr_unit),
        assumed=tuple(assumed),
        dropped=int(np.count_nonzero(~whole)),
        model="Movella DOT",
        serial=preamble.get("DeviceTag"),
        firmware=preamble.get("FirmwareVersion"),
    )


def _pair(line: str) -> tuple[str, str]:
    key, _, value = line.partition(",")
    return key.strip().rstrip(":"), value.strip()


def _time_s(fine_us: FloatArray, overrides: Overrides, assumed: list[str]) -> FloatArray:
    if overrides.rate_hz is not None:
        assumed.append(f"time counted at {overrides.rate_hz:g} Hz, as told")
        return np.arange(len(fine_us)) / overrides.rate_hz
    wraps = np.cumsum(np.diff(fine_us, prepend=fine_us[0]) < -_WRAP_US / 2)
    unwrapped = fine_us + wraps * float(_WRAP_US)
    time_s: FloatArray = (unwrapped - unwrapped[0]) * 1e-6
    return time_s


IMPORTER = Importer(name="xsens-dot", title="Xsens / Movella DOT", recognises=recognises, read=read)
