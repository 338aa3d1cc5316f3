"""x-io NGIMU: `sensors.csv` of its software, and files derived from it. Units stand in the header."""

from __future__ import annotations

from dataclasses import replace

from imu_ankle.importers import generic
from imu_ankle.importers.table import Imported, Importer, Overrides

_SIGNATURE = ("Time (s)", "Gyroscope X (deg/s)", "Accelerometer X (g)")


def recognises(head: str) -> bool:
    """Whether the header names the columns of the vendor's export."""
    first = head.lstrip("\ufeff").split("\n", 1)[0]
    return all(name in first for name in _SIGNATURE)


def read(text: str, overrides: Overrides) -> Imported:
    """Read it as the table that it is; several samples often share one stamp."""
    return replace(generic.read(text, overrides), model="NGIMU")


IMPORTER = Importer(name="ngimu", title="x-io NGIMU", recognises=recognises, read=read)
