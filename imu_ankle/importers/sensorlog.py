"""SensorLog of iPhones (Bernd Thomas): one table of all sensors, in g and rad/s, in signs of iOS."""

from __future__ import annotations

import re
from dataclasses import replace

from imu_ankle.importers import generic
from imu_ankle.importers.table import Imported, Importer, Overrides, Source, split_names

_SIGNATURE = r"\baccelerometerAccelerationX\(G\)"
_ACC = "accelerometerAcceleration{}(G)"
_GYR = ("motionRotationRate{}(rad/s)", "gyroRotation{}(rad/s)")  # free of bias, and raw
_TIME = ("accelerometerTimestamp_sinceReboot(s)", "motionTimestamp_sinceReboot(s)")


def recognises(head: str) -> bool:
    """Whether a header names the accelerometer as the app does."""
    return re.search(_SIGNATURE, head) is not None


def read(source: Source, overrides: Overrides) -> Imported:
    """Read the accelerometer with gravity; iOS reports it with the opposite sign."""
    at, delimiter = generic.find_header(source.lines, overrides)
    names = split_names(source.lines[at], delimiter)
    columns = {f"acc_{axis}": _ACC.format(axis.upper()) for axis in "xyz"}
    for pattern in reversed(_GYR):
        named = {f"gyr_{axis}": pattern.format(axis.upper()) for axis in "xyz"}
        columns.update(named if set(named.values()) <= set(names) else {})
    clock = [name for name in _TIME if name in names]
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
