"""The sensors this program can talk to. To add one: write its file, and list it here."""

from __future__ import annotations

from typing import TYPE_CHECKING

from imu_ankle.sensors import (
    ankle_imu,
    metamotion,
    movella_dot,
    movesense,
    polar_verity_sense,
    witmotion,
)

if TYPE_CHECKING:
    from collections.abc import Collection

    from imu_ankle.sensors.protocol import Sensor

SENSORS: dict[str, Sensor] = {
    module.SENSOR.key: module.SENSOR
    for module in (ankle_imu, polar_verity_sense, movesense, movella_dot, metamotion, witmotion)
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
