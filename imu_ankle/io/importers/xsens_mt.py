"""Xsens MT Manager text of an MTw, MTx or MTi: Acc in m/s2, Gyr in rad/s, time by a 16 bit counter."""

from __future__ import annotations

import re
from dataclasses import replace

import numpy as np

from imu_ankle.io.importers import generic
from imu_ankle.io.importers.clocks import unwrap
from imu_ankle.io.importers.columns import find_columns
from imu_ankle.io.importers.table import Imported, Importer, Overrides, Source, split_names

_HEADER = r"^ *(?:[\w: \"]*[\t;,])? *\"?(PacketCounter|Counter)\"?\s*[\t;,].*\bAcc_X\b.*\bGyr_X\b"
_FINEST_US = 2000  # a DOT counts us and has 120 Hz at most; an MT counts in 0.1 ms, from 5 Hz on
_COUNTERS = ("PacketCounter", "Counter")


def recognises(head: str) -> bool:
    """Whether there is a table of counter, Acc and Gyr that isn't one of a DOT."""
    found = re.search(_HEADER, head, re.MULTILINE)
    if found is None:
        return False
    fine = "SampleTimeFine" in found.group()
    return (
        re.search("^//", head, re.MULTILINE) is not None
        or not fine
        or _in_ticks(head[found.start() :])
    )


def _in_ticks(table: str) -> bool:
    """Whether the fine time below a header steps by less than any DOT's, whose unit is us."""
    header, *rows = table.splitlines()
    delimiter = next(mark for mark in "\t,;" if mark in header)
    at = split_names(header, delimiter).index("SampleTimeFine")
    cells = [row.split(delimiter)[at].strip(' "') for row in rows if row.count(delimiter) >= at]
    fine = np.array([float(cell) for cell in cells if cell.isdigit()])
    return len(fine) > 2 and 0.0 < float(np.median(np.diff(fine))) < _FINEST_US


def read(source: Source, overrides: Overrides) -> Imported:
    """Count time by the packet counter, at the rate above the header or the one that is told."""
    lines = source.lines
    at, delimiter, names = generic.header_like(lines, _HEADER, "PacketCounter, Acc_X and Gyr_X")
    counter = next(name for name in names if name in _COUNTERS)
    told = replace(
        overrides,
        acc_unit=overrides.acc_unit or "m/s2",
        gyr_unit=overrides.gyr_unit or "rad/s",
        columns={"count": counter, **overrides.columns},
    )
    columns = find_columns(names, told)
    cells = dict(zip(names, lines[min(at + 1, len(lines) - 1)].split(delimiter), strict=False))
    fine = bool(cells.get("SampleTimeFine", "").strip()) and not generic.stated_rate(lines[:at])
    if fine and told.rate_hz is None:
        told = replace(told, time_unit="us", columns={"time": "SampleTimeFine", **told.columns})
        columns = find_columns(names, told)
    elif told.rate_hz is None and "time" not in told.columns:
        columns = columns.without("time")
    found = generic.read_table(lines[:at], lines[at + 1 :], delimiter, columns, told)
    if fine and told.rate_hz is None:  # it counts in 0.1 ms
        found = replace(found, time_s=unwrap(found.time_s * 1e6, 32) * 1e-4)
    firmware = re.search(r"Firmware Version:\s*(\S+)", source.head)
    serial = re.search(r"Device\s?Id:\s*(\S+)", source.head, re.IGNORECASE)
    return replace(
        found,
        assumed=generic.by_vendor(found.assumed, overrides),
        model="Xsens MT",
        serial=serial.group(1) if serial else None,
        firmware=firmware.group(1) if firmware else None,
    )


IMPORTER = Importer(
    name="xsens-mt", title="Xsens MT Manager (MTw, MTi)", recognises=recognises, read=read
)
