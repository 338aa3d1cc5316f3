"""A backend for bleak on a bumble host: bleak's public API, with a radio made of software."""

from __future__ import annotations

import asyncio
import contextlib
from typing import TYPE_CHECKING, Any

from bleak import BleakScanner
from bleak.assigned_numbers import gatt_char_props_to_strs
from bleak.backends.characteristic import BleakGATTCharacteristic
from bleak.backends.client import BaseBleakClient
from bleak.backends.descriptor import BleakGATTDescriptor
from bleak.backends.device import BLEDevice
from bleak.backends.scanner import AdvertisementData, BaseBleakScanner
from bleak.backends.service import BleakGATTService, BleakGATTServiceCollection
from bleak.exc import BleakDeviceNotFoundError, BleakError, BleakGATTProtocolError
from bleak.uuids import normalize_uuid_str
from bumble import att, core
from bumble.core import UUID, AdvertisingData
from bumble.device import Device, Peer

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterator

_KINDS = AdvertisingData.Type
_SHORT_LISTS = {
    _KINDS.COMPLETE_LIST_OF_16_BIT_SERVICE_CLASS_UUIDS,
    _KINDS.INCOMPLETE_LIST_OF_16_BIT_SERVICE_CLASS_UUIDS,
}
_LONG_LISTS = {
    _KINDS.COMPLETE_LIST_OF_128_BIT_SERVICE_CLASS_UUIDS,
    _KINDS.INCOMPLETE_LIST_OF_128_BIT_SERVICE_CLASS_UUIDS,
}


def make_backend(
    central: Device, *, mtu: int = 247
) -> tuple[type[BaseBleakClient], type[BaseBleakScanner]]:
    """Return client and scanner classes that use `central`, to be given to bleak."""
    scanner = type("VirtualScanner", (_Scanner,), {"central": central})
    client = type(
        "VirtualClient", (_Client,), {"central": central, "scanner": scanner, "request_mtu": mtu}
    )
    return client, scanner


def _name(uuid: UUID) -> str:
    if len(uuid.uuid_bytes) == 16:
        return normalize_uuid_str(uuid.to_hex_str("-").lower())
    return normalize_uuid_str(uuid.uuid_bytes[::-1].hex())


@contextlib.contextmanager
def _as_bleak_errors() -> Iterator[None]:
    try:
        yield
    except att.ATT_Error as error:
        raise BleakGATTProtocolError(int(error.error_code)) from error
    except core.TimeoutError as error:
        raise TimeoutError(str(error)) from error
    except core.ProtocolError as error:
        raise BleakError(str(error)) from error


class _Scanner(BaseBleakScanner):
    central: Device

    def __init__(self, callback: Any, uuids: Any, mode: str, **_: Any) -> None:
        super().__init__(callback, uuids)
        self._active = mode == "active"

    async def start(self) -> None:
        self.seen_devices = {}
        self.central.on(Device.EVENT_ADVERTISEMENT, self._on_advertisement)
        await self.central.start_scanning(legacy=True, active=self._active, filter_duplicates=False)

    async def stop(self) -> None:
        self.central.remove_listener(Device.EVENT_ADVERTISEMENT, self._on_advertisement)
        if self.central.is_scanning:
            await self.central.stop_scanning()

    def _on_advertisement(self, heard: Any) -> None:
        name, uuids, makers, data = None, [], {}, {}
        for kind, value in heard.data.ad_structures:
            if kind in {_KINDS.COMPLETE_LOCAL_NAME, _KINDS.SHORTENED_LOCAL_NAME}:
                name = value.decode("utf-8", "replace")
            elif kind in _SHORT_LISTS or kind in _LONG_LISTS:
                size = 2 if kind in _SHORT_LISTS else 16
                uuids += [
                    _name(UUID.from_bytes(value[i : i + size])) for i in range(0, len(value), size)
                ]
            elif kind == _KINDS.MANUFACTURER_SPECIFIC_DATA:
                makers[int.from_bytes(value[:2], "little")] = bytes(value[2:])
            elif kind == _KINDS.SERVICE_DATA_16_BIT_UUID:
                data[_name(UUID.from_bytes(value[:2]))] = bytes(value[2:])
        if not self.is_allowed_uuid(uuids):
            return
        said = AdvertisementData(name, makers, data, uuids, None, heard.rssi, (heard,))
        address = heard.address.to_string(False)
        found = self.create_or_update_device(address, address, name, heard.address, said)
        self.call_detection_callbacks(found, said)


class _Client(BaseBleakClient):
    central: Device
    scanner: type[BaseBleakScanner]
    request_mtu: int

    def __init__(self, target: Any, services: Any = None, **options: Any) -> None:
        super().__init__(
            target,
            disconnected_callback=options["disconnected_callback"],
            timeout=options["timeout"],
        )
        self._target, self._wanted = target, services
        self._connection: Any = None
        self._peer: Any = None
        self._subscribers: dict[int, Callable[[bytes], None]] = {}

    @property
    def name(self) -> str:
        known = self._target.name if isinstance(self._target, BLEDevice) else None
        return known or self.address.replace(":", "-")

    @property
    def mtu_size(self) -> int:
        return self._connection.att_mtu if self._connection else 23

    @property
    def is_connected(self) -> bool:
        return self._connection is not None

    async def connect(self, pair: bool, **options: Any) -> None:
        if self._connection:
            raise BleakError("Client is already connected")
        timeout_s = options.get("timeout", self._timeout)
        target = self._target
        if not isinstance(target, BLEDevice):
            target = await BleakScanner.find_device_by_address(
                target, timeout=timeout_s, backend=self.scanner
            )
            if target is None:
                raise BleakDeviceNotFoundError(self.address, f"{self.address} was not found")
        async with asyncio.timeout(timeout_s):
            await self._open(target, pair=pair)

    async def _open(self, target: BLEDevice, *, pair: bool) -> None:
        try:
            self._connection = await self.central.connect(target.details, timeout=None)
        except asyncio.CancelledError:
            if self.central.is_le_connecting:
                with contextlib.suppress(Exception):
                    await self.central.cancel_connection()
            raise
        except core.ConnectionError as error:
            raise BleakError(f"connecting failed: {error}") from error
        connection = self._connection
        connection.on(connection.EVENT_DISCONNECTION, self._on_disconnected)
        try:
            with _as_bleak_errors():
                if pair:
                    await connection.pair()
                self._peer = Peer(connection)
                await self._peer.request_mtu(self.request_mtu)
                self.services = await self._discover()
        except BaseException:
            if self._connection:
                with contextlib.suppress(Exception):
                    await connection.disconnect()
            raise

    async def _discover(self) -> BleakGATTServiceCollection:
        found = BleakGATTServiceCollection()
        for service in await self._peer.discover_services():
            if self._wanted and _name(service.uuid) not in self._wanted:
                continue
            ours = BleakGATTService(service, service.handle, _name(service.uuid))
            found.add_service(ours)
            for each in await service.discover_characteristics():
                characteristic = BleakGATTCharacteristic(
                    each,
                    each.handle,
                    _name(each.uuid),
                    list(gatt_char_props_to_strs(int(each.properties))),
                    lambda: self.mtu_size - 3,
                    ours,
                )
                found.add_characteristic(characteristic)
                for descriptor in await each.discover_descriptors():
                    found.add_descriptor(
                        BleakGATTDescriptor(
                            descriptor, descriptor.handle, _name(descriptor.type), characteristic
                        )
                    )
        return found

    def _on_disconnected(self, reason: int) -> None:
        del reason
        self._connection = self._peer = self.services = None
        self._subscribers.clear()
        if self._disconnected_callback:
            self._disconnected_callback()

    async def disconnect(self) -> None:
        if self._connection:
            with contextlib.suppress(core.ProtocolError):
                await self._connection.disconnect()

    async def pair(self, *_: Any, **__: Any) -> None:
        self._require()
        await self._connection.pair()

    async def unpair(self) -> None:
        raise NotImplementedError

    def _require(self) -> None:
        if not self._connection:
            raise BleakError("Not connected")

    async def _ask(self, request: Awaitable[Any]) -> Any:
        """Await an ATT request; a link that drops underneath is an error of bleak's."""
        with _as_bleak_errors():
            try:
                return await request
            except asyncio.CancelledError:
                task = asyncio.current_task()
                if self._connection is None and task is not None and not task.cancelling():
                    raise BleakError("disconnected") from None
                raise

    async def read_gatt_char(self, characteristic: Any, **_: Any) -> bytearray:
        self._require()
        return bytearray(await self._ask(self._peer.gatt_client.read_value(characteristic.obj)))

    async def read_gatt_descriptor(self, descriptor: Any, **_: Any) -> bytearray:
        self._require()
        return bytearray(await self._ask(self._peer.gatt_client.read_value(descriptor.obj)))

    async def write_gatt_char(self, characteristic: Any, data: Any, response: bool) -> None:
        if response and "write" not in characteristic.properties:
            raise BleakError("this characteristic answers no write")
        self._require()
        client = self._peer.gatt_client
        await self._ask(client.write_value(characteristic.obj, bytes(data), with_response=response))

    async def write_gatt_descriptor(self, descriptor: Any, data: Any) -> None:
        self._require()
        client = self._peer.gatt_client
        await self._ask(client.write_value(descriptor.obj, bytes(data), with_response=True))

    async def start_notify(self, characteristic: Any, callback: Any, **_: Any) -> None:
        self._require()

        def receive(value: bytes) -> None:
            callback(bytearray(value))

        self._subscribers[characteristic.handle] = receive
        await self._ask(self._peer.gatt_client.subscribe(characteristic.obj, receive))

    async def stop_notify(self, characteristic: Any) -> None:
        self._require()
        receive = self._subscribers.pop(characteristic.handle, None)
        await self._ask(self._peer.gatt_client.unsubscribe(characteristic.obj, receive))
