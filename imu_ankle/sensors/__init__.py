"""The sensors this program can talk to. To add one: write its file, and list it here."""

from __future__ import annotations

from typing import TYPE_CHECKING

from imu_ankle.sensors import ankle_imu, movesense, polar_verity_sense

if TYPE_CHECKING:
    from collections.abc import Collection

    from imu_ankle.sensor import Sensor

SENSORS: dict[str, Sensor] = {
    sensor.key: sensor for sensor in (ankle_imu.SENSOR, polar_verity_sense.SENSOR, movesense.SENSOR)
}


def recognise(name: str | None, services: Collection[str]) -> Sensor | None:
    """Return the sensor that advertises itself so, or None."""
    for sensor in SENSORS.values():
        if sensor.service in services:
            return sensor
    for sensor in SENSORS.values():
        if name and name.startswith(sensor.names):
            return sensor
    return None
