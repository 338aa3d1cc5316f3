"""A stand-in for bluetoothd: carries a virtual sensor over D-Bus, so that bleak's BlueZ backend runs.

It owns the name org.bluez on a bus of its own and shows one adapter and one sensor. There is no
radio in it: nothing is lost on the way, and a link drops when it is told to.
"""

import asyncio
import time
from collections.abc import AsyncIterator, Coroutine
from contextlib import asynccontextmanager
from typing import Any

from bleak.backends.bluezdbus import manager as bleak_manager
from dbus_fast import BusType, DBusError, Message, MessageType, Variant
from dbus_fast.aio import MessageBus

from imu_ankle.sensors.protocol import BATTERY, BATTERY_SERVICE, FIRMWARE, MODEL, SERIAL
from imu_ankle.virtual.device import AttError, Characteristic, Device

ADDRESS = "C4:00:00:00:00:01"
_ADAPTER = "/org/bluez/hci0"
_SENSOR = f"{_ADAPTER}/dev_{ADDRESS.replace(':', '_')}"
_INFORMATION = "0000180a-0000-1000-8000-00805f9b34fb"
_POLL_S, _ADVERTISING_S, _DISCOVERY_S = 0.004, 0.03, 0.02
_NO_READ, _NO_WRITE = 0x02, 0x03
_WORDS = {  # BlueZ has words for some ATT codes, and tells the others as numbers
    _NO_READ: ("NotPermitted", "Read not permitted"),
    _NO_WRITE: ("NotPermitted", "Write not permitted"),
    0x0D: ("InvalidArguments", "Invalid Length"),
}


@asynccontextmanager
async def open_bluez(device: Device, **adapter: bool) -> AsyncIterator["FakeBlueZ"]:
    """Serve a sensor on the system bus; leave nothing open, on bleak's side neither."""
    bluez = FakeBlueZ(device, **adapter)
    await bluez.start()
    try:
        yield bluez
    finally:
        await bluez.stop()
        await leave_the_bus()


async def leave_the_bus() -> None:
    """Close the connection to the bus that bleak keeps for as long as its event loop lives."""
    kept = bleak_manager._global_instances.pop(asyncio.get_running_loop(), None)
    if kept is not None and kept._bus is not None and kept._bus_watcher_task is not None:
        kept._bus.disconnect()
        await asyncio.wait({kept._bus_watcher_task})


class FakeBlueZ:
    """One adapter, and one sensor that it finds when it looks; the next connections can fail."""

    def __init__(self, device: Device, *, present: bool = True, powered: bool = True) -> None:
        self.device, self.mtu = device, 247
        self.connections = 0
        self.failures: list[str] = []
        self._objects: dict[str, dict[str, dict[str, Variant]]] = {}
        self._served: dict[str, Characteristic] = {}  # by path
        self._tasks: dict[str, asyncio.Task[None]] = {}
        self._bus: MessageBus | None = None
        if present:
            self._add(_ADAPTER, "Adapter1", Powered=powered, Discovering=False, Roles=["central"])

    async def start(self) -> None:
        """Take the name org.bluez."""
        self._bus = await MessageBus(bus_type=BusType.SYSTEM).connect()
        self._bus.add_message_handler(self._answer)
        await self._bus.request_name("org.bluez")

    async def stop(self) -> None:
        """Leave nothing running."""
        self._end(*self._tasks)
        if self._bus is not None:
            self._bus.disconnect()
            await self._bus.wait_for_disconnect()

    def drop(self) -> None:
        """End the link, as when the sensor went too far away."""
        if self._connected:
            self._end("resolving", "sending")
            self.device.link(up=False, now_s=time.monotonic())
            for path in [path for path in self._objects if path.startswith(f"{_SENSOR}/")]:
                gone = [path, list(self._objects.pop(path))]
                self._signal("/", "ObjectManager.InterfacesRemoved", "oas", gone)
            self._change(_SENSOR, "Device1", Connected=False, ServicesResolved=False)

    # what the host asks for -----------------------------------------------------------------

    def _answer(self, message: Message) -> Message | None:
        if message.message_type is not MessageType.METHOD_CALL:
            return None
        try:
            kinds, body = self._do(message.path or "/", message.member or "", message.body)
        except AttError as error:
            number = f"Operation failed with ATT error: 0x{error.code:02x}"
            name, text = _WORDS.get(error.code, ("Failed", number))
            raise DBusError(f"org.bluez.Error.{name}", text) from error
        return Message.new_method_return(message, kinds, body)

    def _do(self, path: str, member: str, body: list[Any]) -> tuple[str, list[Any]]:
        if path not in {"/", *self._objects}:
            raise DBusError("org.freedesktop.DBus.Error.UnknownObject", path)
        match member:
            case "GetManagedObjects":
                return "a{oa{sa{sv}}}", [self._objects]
            case "ReadValue":
                return "ay", [self._read(self._served[path])]
            case "WriteValue":
                self._write(self._served[path], bytes(body[0]))
            case "StartNotify" | "StopNotify":
                self._change(path, "GattCharacteristic1", Notifying=member == "StartNotify")
            case "Connect":
                self._connect()
            case "Disconnect":
                self.drop()
            case "StartDiscovery":
                self._begin("advertising", self._advertise())
            case "StopDiscovery":
                self._end("advertising")
            case "SetDiscoveryFilter":
                pass
            case _:
                raise DBusError("org.freedesktop.DBus.Error.UnknownMethod", member)
        return "", []

    def _read(self, wanted: Characteristic) -> bytes:
        if not wanted.read:
            raise AttError(_NO_READ)
        device, uuid = self.device, wanted.uuid
        if uuid == BATTERY:
            return bytes([device.battery_pct])
        texts = {MODEL: device.model, SERIAL: device.serial, FIRMWARE: device.firmware}
        return texts[uuid].encode() if uuid in texts else device.read(uuid, time.monotonic())

    def _write(self, wanted: Characteristic, data: bytes) -> None:
        if not wanted.write:
            raise AttError(_NO_WRITE)
        self.device.write(wanted.uuid, data, time.monotonic())

    def _connect(self) -> None:
        if self.failures:
            raise DBusError("org.bluez.Error.Failed", self.failures.pop(0))
        self.connections += 1
        self.device.link(up=True, now_s=time.monotonic())
        self._change(_SENSOR, "Device1", Connected=True)
        self._begin("resolving", self._resolve())

    @property
    def _connected(self) -> bool:
        return any(held["Connected"].value for held in self._objects.get(_SENSOR, {}).values())

    # what happens by itself -----------------------------------------------------------------

    async def _advertise(self) -> None:
        device, rssi = self.device, -50
        if _SENSOR not in self._objects:
            self._add(
                _SENSOR, "Device1", Adapter=_ADAPTER, Address=ADDRESS, AddressType="random",
                Alias=device.name, Name=device.name, UUIDs=[device.service], Connected=False,
                ServiceData={BATTERY_SERVICE: bytes([device.battery_pct])}, ServicesResolved=False,
            )  # fmt: skip
        while True:
            if not self._connected:
                rssi = -101 - rssi  # only what changes is told
                self._change(_SENSOR, "Device1", RSSI=rssi)
            await asyncio.sleep(_ADVERTISING_S)

    async def _resolve(self) -> None:
        await asyncio.sleep(_DISCOVERY_S)
        services = {
            self.device.service: self.device.characteristics,
            _INFORMATION: [Characteristic(uuid, read=True) for uuid in (MODEL, SERIAL, FIRMWARE)],
            BATTERY_SERVICE: [Characteristic(BATTERY, read=True)],
        }
        self._served.clear()
        for number, (uuid, offered) in enumerate(services.items(), 1):
            service = f"{_SENSOR}/service{number:02x}00"
            self._add(service, "GattService1", UUID=uuid, Device=_SENSOR)
            for handle, wanted in enumerate(offered, 1):
                path = f"{service}/char{number:02x}{handle:02x}"
                self._served[path] = wanted
                flags = [flag for flag in ("read", "write", "notify") if getattr(wanted, flag)]
                said = {"UUID": wanted.uuid, "Flags": flags, "MTU": self.mtu, "Notifying": False}
                self._add(path, "GattCharacteristic1", Service=service, **said)
        self._change(_SENSOR, "Device1", ServicesResolved=True)
        self._begin("sending", self._send())

    async def _send(self) -> None:
        paths = {wanted.uuid: path for path, wanted in self._served.items()}
        while True:
            for packet in self.device.due(time.monotonic(), self.mtu):
                path = paths[packet.uuid]
                if self._objects[path]["org.bluez.GattCharacteristic1"]["Notifying"].value:
                    self._change(path, "GattCharacteristic1", Value=packet.payload)
            await asyncio.sleep(_POLL_S)

    # ----------------------------------------------------------------------------------------

    def _begin(self, name: str, work: Coroutine[Any, Any, None]) -> None:
        self._end(name)
        self._tasks[name] = asyncio.get_running_loop().create_task(work)

    def _end(self, *names: str) -> None:
        for name in names:
            if name in self._tasks:
                self._tasks[name].cancel()

    def _add(self, path: str, name: str, **properties: Any) -> None:
        added = {name: _variant(value) for name, value in properties.items()}
        self._objects[path] = {f"org.bluez.{name}": added}
        said = [path, self._objects[path]]
        self._signal("/", "ObjectManager.InterfacesAdded", "oa{sa{sv}}", said)

    def _change(self, path: str, name: str, **properties: Any) -> None:
        changed = {name: _variant(value) for name, value in properties.items()}
        self._objects[path][f"org.bluez.{name}"].update(changed)
        said = [f"org.bluez.{name}", changed, []]
        self._signal(path, "Properties.PropertiesChanged", "sa{sv}as", said)

    def _signal(self, path: str, name: str, kinds: str, body: list[Any]) -> None:
        interface, _, member = f"org.freedesktop.DBus.{name}".rpartition(".")
        if self._bus is not None:
            self._bus.send(Message.new_signal(path, interface, member, kinds, body))


def _variant(value: Any) -> Variant:
    if isinstance(value, dict):
        return Variant("a{sv}", {key: _variant(held) for key, held in value.items()})
    if isinstance(value, str):
        return Variant("o" if value.startswith("/") else "s", value)
    return Variant({bool: "b", int: "n", list: "as", bytes: "ay"}[type(value)], value)
