"""SensorLog of iPhones (Bernd Thomas): one table of all sensors, in g and rad/s, in signs of iOS."""

from __future__ import annotations

import re
from dataclasses import replace

from imu_ankle.io.importers import generic
from imu_ankle.io.importers.layout import tabled
from imu_ankle.io.importers.table import Imported, Importer, Overrides, Source, split_names

_ACC = "accelerometerAcceleration"
_GYR = ("motionRotationRate", "gyroRotation")  # free of bias, and raw
_TIME = ("accelerometerTimestamp_sinceReboot", "motionTimestamp_sinceReboot")


def recognises(head: str) -> bool:
    """Whether a header names the accelerometer as the app does."""
    return re.search(rf"\b{_ACC}X\b", head) is not None


def read(source: Source, overrides: Overrides) -> Imported:
    """Read the accelerometer with gravity; iOS reports it with the opposite sign."""
    source = tabled(source)
    at, delimiter = generic.find_header(source.lines, overrides)
    # units follow in brackets, or don't
    called = {name.split("(")[0]: name for name in split_names(source.lines[at], delimiter)}
    columns = {f"acc_{axis}": called.get(f"{_ACC}{axis.upper()}", "") for axis in "xyz"}
    for name in reversed(_GYR):
        named = {f"gyr_{axis}": called.get(f"{name}{axis.upper()}", "") for axis in "xyz"}
        columns.update(named if all(named.values()) else {})
    clock = [called[name] for name in _TIME if name in called]
    if clock:
        columns["time"] = clock[0]
    told = replace(
        overrides,
        acc_unit=overrides.acc_unit or "g",
        gyr_unit=overrides.gyr_unit or "rad/s",
        columns={**columns, **overrides.columns},
    )
    found = generic.read(source, told)
    note = "sign of acceleration turned: iOS reports it opposite to what an accelerometer feels"
    return replace(
        found,
        acc_mps2=None if found.acc_mps2 is None else -found.acc_mps2,
        assumed=(*generic.by_vendor(found.assumed, overrides), note),
        model="iPhone (SensorLog)",
    )


IMPORTER = Importer(name="sensorlog", title="SensorLog (iOS)", recognises=recognises, read=read)
