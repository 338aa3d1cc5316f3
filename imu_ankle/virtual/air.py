"""A software radio with virtual sensors in range, opened for as long as somebody needs it."""

from __future__ import annotations

from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from bumble.controller import Controller
from bumble.device import Device
from bumble.hci import Address
from bumble.host import Host
from bumble.transport.common import AsyncPipeSink

from imu_ankle.bluetooth.link import Radio
from imu_ankle.virtual.backend import make_backend
from imu_ankle.virtual.peripheral import Peripheral
from imu_ankle.virtual.radio import RadioLink

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Sequence

    from imu_ankle.virtual.device import Device as Sensor

_CENTRAL = "F0:00:00:00:00:01"


class Air:
    """What is in range, for tests and scripts that make things go wrong."""

    def __init__(self, radio: Radio, link: RadioLink, peripherals: list[Peripheral]) -> None:
        self.radio, self.link, self.peripherals = radio, link, peripherals


@asynccontextmanager
async def open_air(
    sensors: Sequence[Sensor],
    *,
    link: RadioLink | None = None,
    mtu: int = 247,
    request_mtu: int = 247,
    queue: int = 64,
) -> AsyncIterator[Air]:
    """Put virtual sensors on a software radio; `Air.radio` is what clients are given."""
    link = link or RadioLink()
    controller = Controller("host", link=link, public_address=_CENTRAL)
    central = Device(
        name="host",
        address=Address(_CENTRAL),
        host=Host(controller, AsyncPipeSink(controller)),
    )
    await central.power_on()
    peripherals = [
        Peripheral(sensor, link, f"C4:00:00:00:00:{k:02X}", mtu=mtu, queue=queue)
        for k, sensor in enumerate(sensors, 1)
    ]
    for peripheral in peripherals:
        await peripheral.start()
    client, scanner = make_backend(central, mtu=request_mtu)
    try:
        yield Air(Radio(client=client, scanner=scanner, name="virtual"), link, peripherals)
    finally:
        for peripheral in peripherals:
            await peripheral.stop()
        await central.power_off()
