"""A Bluetooth peripheral that carries a virtual sensor."""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING, Any

from bumble import att
from bumble.controller import Controller
from bumble.core import UUID, AdvertisingData
from bumble.device import Device as BumbleDevice
from bumble.gatt import Characteristic, CharacteristicValue, Service
from bumble.hci import Address
from bumble.host import Host
from bumble.profiles.battery_service import BatteryService
from bumble.profiles.device_information_service import DeviceInformationService
from bumble.transport.common import AsyncPipeSink

from imu_ankle.virtual.device import AttError, Device

if TYPE_CHECKING:
    from imu_ankle.virtual.device import Characteristic as Wanted
    from imu_ankle.virtual.radio import RadioLink

_POLL_S = 0.004
_QUEUE = 64  # packets; more than 2 s at 208 Hz
_BATTERY = bytes([0x0F, 0x18])


class Peripheral:
    """Advertises a device, serves its characteristics and notifies what is due."""

    def __init__(
        self, device: Device, link: RadioLink, address: str, *, mtu: int = 247, queue: int = _QUEUE
    ) -> None:
        self.device, self.link, self.queue = device, link, queue
        self.answer_delay_s = 0.0
        self.controller = Controller(device.name, link=link, public_address=address)
        self.host = BumbleDevice(
            name=device.name,
            address=Address(address),
            host=Host(self.controller, AsyncPipeSink(self.controller)),
        )
        self.host.gatt_server.max_mtu = mtu
        self._served = {wanted.uuid: self._serve(wanted) for wanted in device.characteristics}
        self.host.add_services(
            [
                Service(UUID(device.service), list(self._served.values())),
                BatteryService(lambda _: device.battery_pct),
                DeviceInformationService(
                    manufacturer_name="imu_ankle",
                    model_number=device.model,
                    serial_number=device.serial,
                    firmware_revision=device.firmware,
                ),
            ]
        )
        self.host.on("connection", self._connected)
        self._connection: Any = None
        self._sending: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Power on and advertise."""
        await self.host.power_on()
        kinds = AdvertisingData
        battery = _BATTERY + bytes([self.device.battery_pct])
        self.host.advertising_data = bytes(
            kinds(
                [
                    (kinds.FLAGS, bytes([0x06])),
                    (
                        kinds.COMPLETE_LIST_OF_128_BIT_SERVICE_CLASS_UUIDS,
                        bytes(UUID(self.device.service)),
                    ),
                    (kinds.SERVICE_DATA_16_BIT_UUID, battery),
                ]
            )
        )
        self.link.scan_responses[self.controller] = bytes(
            kinds([(kinds.COMPLETE_LOCAL_NAME, self.device.name.encode())])
        )
        await self.advertise()

    async def advertise(self) -> None:
        """Show up in scans until somebody connects, and again afterwards."""
        await self.host.start_advertising(
            auto_restart=True, advertising_interval_min=30, advertising_interval_max=30
        )

    async def drop(self) -> None:
        """End the connection from this side."""
        if self._connection is not None:
            await self._connection.disconnect()

    def vanish(self) -> None:
        """Lose power: gone from the air without a word."""
        self.link.block(self.controller, 1e9)

    async def stop(self) -> None:
        """Leave nothing running."""
        if self._sending is not None:
            self._sending.cancel()
            await asyncio.gather(self._sending, return_exceptions=True)

    def _serve(self, wanted: Wanted) -> Characteristic[Any]:
        properties, permissions = Characteristic.Properties(0), Characteristic.Permissions(0)
        if wanted.read:
            properties |= Characteristic.Properties.READ
            permissions |= Characteristic.Permissions.READABLE
        if wanted.write:
            properties |= Characteristic.Properties.WRITE
            permissions |= Characteristic.Permissions.WRITEABLE
        if wanted.command:
            properties |= Characteristic.Properties.WRITE_WITHOUT_RESPONSE
            permissions |= Characteristic.Permissions.WRITEABLE
        if wanted.notify:
            properties |= Characteristic.Properties.NOTIFY

        def read(_: Any) -> bytes:
            return self.device.read(wanted.uuid, time.monotonic())

        async def write(_: Any, data: bytes) -> None:
            try:
                self.device.write(wanted.uuid, bytes(data), time.monotonic())
            except AttError as error:
                raise att.ATT_Error(att.ErrorCode(error.code)) from error
            if self.answer_delay_s:
                await asyncio.sleep(self.answer_delay_s)

        value = CharacteristicValue(read=read, write=write)
        return Characteristic(UUID(wanted.uuid), properties, permissions, value)

    def _connected(self, connection: Any) -> None:
        self._connection = connection
        connection.on(connection.EVENT_DISCONNECTION, self._disconnected)
        self.device.link(up=True, now_s=time.monotonic())
        self._sending = asyncio.get_running_loop().create_task(self._send(connection))

    def _disconnected(self, reason: int) -> None:
        del reason
        self._connection = None
        if self._sending is not None:
            self._sending.cancel()
        self.device.link(up=False, now_s=time.monotonic())

    async def _send(self, connection: Any) -> None:
        while True:
            for packet in self.device.due(time.monotonic(), connection.att_mtu):
                if self.link.pending(self.controller) >= self.queue:
                    self.device.refused(packet)
                    continue
                await self.host.gatt_server.notify_subscriber(
                    connection, self._served[packet.uuid], packet.payload
                )
            await asyncio.sleep(_POLL_S)
