"""Formats that are plain tables with units in their header: known by it, and read as any table.

A format is its signature (what its header looks like), its name, and the column that is its clock.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from imu_ankle.core.errors import ImportFormatError
from imu_ankle.io.importers import generic
from imu_ankle.io.importers.table import (
    Imported,
    Importer,
    Overrides,
    Source,
    parse_cells,
    split_names,
)

if TYPE_CHECKING:
    from collections.abc import Sequence


@dataclass(frozen=True, slots=True, kw_only=True)
class Described:
    """One such format.

    Attributes
    ----------
    signature : of a line of the head; only this format has it.
    time : of the column that is the best clock, where the file has several.
    device : of the column that names the sensor of each row.
    """

    name: str
    title: str
    signature: str
    time: str | None = None
    device: str | None = None
    model: str | None = None

    def importer(self) -> Importer:
        """Return the importer that this describes."""
        return Importer(
            name=self.name, title=self.title, recognises=self._recognises, read=self._read
        )

    def _recognises(self, head: str) -> bool:
        return re.search(self.signature, head, re.MULTILINE | re.IGNORECASE) is not None

    def _read(self, source: Source, overrides: Overrides) -> Imported:
        at, delimiter = generic.find_header(source.lines, overrides)
        names = split_names(source.lines[at], delimiter)
        if self.device:
            _require_one(source.lines[at + 1 :], names, delimiter, self.device)
        clock = [name for name in names if self.time and re.search(self.time, name, re.IGNORECASE)]
        if clock and "time" not in overrides.columns:
            overrides = replace(overrides, columns={**overrides.columns, "time": clock[0]})
        return replace(generic.read(source, overrides), model=self.model)


def _require_one(rows: Sequence[str], names: Sequence[str], delimiter: str, device: str) -> None:
    """Refuse rows of several sensors.

    Raises
    ------
    ImportFormatError
        ``several_recordings``, with their names.
    """
    at = [i for i, name in enumerate(names) if re.search(device, name, re.IGNORECASE)]
    if not at:
        return
    cells = parse_cells(rows, delimiter, at[:1])[at[0]].dropna().str.strip()
    found = [each for each in cells.unique() if each and each not in names]
    if len(found) > 1:
        raise ImportFormatError(
            "several_recordings",
            f"the file holds {len(found)} sensors: {', '.join(found[:8])}. Keep the rows of one",
        )


FORMATS = (
    Described(
        name="ngimu",
        title="x-io NGIMU",
        signature=r'^"?Time \(s\)"?,"?Gyroscope X \(deg/s\)"?.*Accelerometer X \(g\)',
        model="NGIMU",
    ),
    Described(
        name="x-imu3",
        title="x-io x-IMU3",
        signature=r"^Timestamp \([uµμ]s\),(Gyroscope X \(deg/s\)|X Axis \(g\))",
        model="x-IMU3",
    ),
    Described(
        name="metabase",
        title="MbientLab MetaBase",
        signature=r"^epoch? \(ms\),.*x-axis \((g|deg/s)\)",
        time=r"^epoch? \(ms\)$",
        model="MetaMotion",
    ),
    Described(
        name="polar-sensor-logger",
        title="Polar Sensor Logger",
        signature=r"timestamp\s*;\s*sensor timestamp \[ns\]\s*;.*X \[(mg|dps)\]",
        time=r"^sensor timestamp",
        model="Polar Verity Sense",
    ),
    Described(
        name="vicon-blue-trident",
        title="Vicon Blue Trident",
        signature=r"(^|,)ax_m/s/s,",
        time=r"^time_s$",
        model="Blue Trident",
    ),
    Described(
        name="phyphox",
        title="phyphox",
        signature=(
            r'^"?Time \(s\)"?[,;\t]"?((Linear |Gyroscope |Acceleration )[^,;\t]*\((m/s.*|rad/s)\)'
            r"|X \((m/s\^2|rad/s)\))"
        ),
    ),
    Described(
        name="witmotion",
        title="WitMotion",
        signature=(
            r"(^|[\t,;])(\s*ax ?\(g\).*wx ?\((deg|°)/s\)|.*AccX ?\(g\).*AsX ?\((deg|°)/s\)"
            r"|.*加速度X ?\(g\).*角速度X ?\(°/s\))"
        ),
        time=r"^(time|时间|chip ?time)",
        device=r"^(device ?name|设备名称|address)",
        model="WT901BLE",
    ),
    Described(
        name="movesense-csv",
        title="Movesense CSV",
        signature=r"^Timestamp \(ms\),X: ?\(",
        model="Movesense",
    ),
)
IMPORTERS = tuple(each.importer() for each in FORMATS)
