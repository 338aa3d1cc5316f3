"""Xsens / Movella DOT: recorded in the sensor or streamed to the app. Acc in m/s2, Gyr in deg/s."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import datetime, timedelta, timezone

import numpy as np

from imu_ankle.core.errors import ImportFormatError
from imu_ankle.io.importers import generic
from imu_ankle.io.importers.clocks import unwrap
from imu_ankle.io.importers.columns import find_columns
from imu_ankle.io.importers.table import Imported, Importer, Overrides, Source

_HEADER = r"^(?:[\w: \"]*[,;\t])? *\"?PacketCounter\"?\s*[,;\t]\s*\"?SampleTimeFine\b"
_DELTAS = r"^d[vq]\[|^d[vq]_"


def recognises(head: str) -> bool:
    """Whether a header line starts with packet counter and fine time, and isn't one of an MT."""
    return re.search(_HEADER, head, re.MULTILINE) is not None and not head.startswith("//")


def read(source: Source, overrides: Overrides) -> Imported:
    """Skip the preamble, unwrap the clock, leave out the empty first row of recorded files."""
    lines = source.lines
    at, delimiter, names = generic.header_like(lines, _HEADER, "PacketCounter and SampleTimeFine")
    if any(re.search(_DELTAS, name) for name in names) and "Acc_X" not in names:
        raise ImportFormatError(
            "missing_column",
            "the file holds increments of velocity and turning (dv, dq), no accelerations and rates; "
            "record in a mode with Acc and Gyr",
        )
    told = replace(
        overrides,
        acc_unit=overrides.acc_unit or "m/s2",
        gyr_unit=overrides.gyr_unit or "deg/s",
        time_unit=overrides.time_unit or "us",
        columns={"time": "SampleTimeFine", **overrides.columns},
    )
    columns = find_columns(names, told)
    found = generic.read_table(lines[:at], lines[at + 1 :], delimiter, columns, told)
    preamble = dict(_pair(line) for line in lines[:at] if "," in line)
    started = _started(preamble.get("StartTime", ""))
    found = replace(
        found,
        time_s=unwrap(found.time_s * 1e6, 32) * 1e-6 if told.rate_hz is None else found.time_s,
        assumed=generic.by_vendor(found.assumed, overrides),
        model="Movella DOT",
        serial=preamble.get("DeviceTag"),
        firmware=preamble.get("FirmwareVersion"),
    )
    if started is not None:
        found = replace(found, unix_s=started - float(found.time_s[0]))
    return _without_empty_rows(found)


def _without_empty_rows(found: Imported) -> Imported:
    halves = [half for half in (found.acc_mps2, found.gyr_dps) if half is not None]
    empty = np.all(np.hstack(halves) == 0.0, axis=1)
    if not empty.any():
        return found
    if empty.all():
        raise ImportFormatError("no_samples", "all readings in the file are zero")
    keep = ~empty
    return replace(
        found,
        time_s=found.time_s[keep],
        acc_mps2=None if found.acc_mps2 is None else found.acc_mps2[keep],
        gyr_dps=None if found.gyr_dps is None else found.gyr_dps[keep],
        assumed=(*found.assumed, f"{int(empty.sum())} rows without any reading left out"),
    )


def _pair(line: str) -> tuple[str, str]:
    key, _, value = line.partition(",")
    return key.strip().rstrip(":"), value.strip()


def _started(text: str) -> float | None:
    """Return seconds since 1970 of `2021-08-30_17:05:05_000 GMT+8`; None where it says no zone."""
    match = re.match(r"(\d{4}-\d\d-\d\d)_(\d\d:\d\d:\d\d)(?:[_.](\d{3}))?\s*GMT([+-]\d+)", text)
    if match is None:
        return None
    day, clock, ms, zone = match.groups()
    try:
        when = datetime.fromisoformat(f"{day}T{clock}.{ms or '000'}")
        return when.replace(tzinfo=timezone(timedelta(hours=int(zone)))).timestamp()
    except ValueError:
        return None


IMPORTER = Importer(name="xsens-dot", title="Xsens / Movella DOT", recognises=recognises, read=read)
