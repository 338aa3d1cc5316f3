"""Scanning, and one connection to one sensor, over bleak."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections import deque
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, TypeVar

from bleak import BleakClient, BleakScanner
from bleak.exc import (
    BleakBluetoothNotAvailableError,
    BleakCharacteristicNotFoundError,
    BleakDBusError,
    BleakError,
    BleakGATTProtocolError,
)

from imu_ankle.core.errors import RefusedError, SensorError, UsageError
from imu_ankle.sensors import recognise
from imu_ankle.sensors.protocol import (
    BATTERY,
    BATTERY_SERVICE,
    Await,
    Conversation,
    Pause,
    Read,
    Sensor,
    Step,
    Write,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bleak.backends.characteristic import BleakGATTCharacteristic
    from bleak.backends.device import BLEDevice
    from bleak.backends.scanner import AdvertisementData

T = TypeVar("T")
_ASK_AGAIN_S = 1.0  # an answer takes some ten connection events at most
_SLACK_S = 5.0  # a system that hangs is not waited for longer


@dataclass(frozen=True, slots=True, eq=False)
class Radio:
    """Which radio: the system's, or classes that bleak is told to use in its place.

    Adapters open one connection at a time; `busy` makes several sensors take turns.
    """

    client: type[Any] | None = None
    scanner: type[Any] | None = None
    name: str = "system"
    busy: asyncio.Lock = field(default_factory=asyncio.Lock, repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """A device that advertised; `sensor` is None where its kind isn't known."""

    address: str
    name: str | None
    sensor: Sensor | None
    rssi_dbm: int | None
    battery_pct: int | None
    device: BLEDevice = field(repr=False)


@dataclass(frozen=True, slots=True)
class Arrival:
    """A notification, stamped by the host's monotonic clock."""

    received_s: float
    uuid: str
    payload: bytes


async def scan(radio: Radio, seconds: float) -> list[Found]:
    """Listen for `seconds`; return what advertised, known sensors and strong signals first."""
    with _as_sensor_errors("scanning"):
        async with radio.busy, asyncio.timeout(seconds + _SLACK_S):
            heard = await BleakScanner.discover(seconds, return_adv=True, **_backend(radio.scanner))
    found = [_found(device, said) for device, said in heard.values()]
    return sorted(found, key=lambda each: (each.sensor is None, -(each.rssi_dbm or -999)))


async def find(radio: Radio, wanted: str | None, seconds: float) -> Found:
    """Return the sensor of that name or address, or the one known sensor in range.

    Raises
    ------
    SensorError
        ``not_found``: nothing of that name, or no known sensor, within `seconds`;
        ``unknown_sensor``: it speaks no known protocol.
    UsageError
        ``several``: more than one is known, and none was named.
    """
    found = (
        await _find_named(radio, wanted, seconds) if wanted else await _find_only(radio, seconds)
    )
    if found is None:
        raise SensorError(
            "not_found",
            f"no sensor {wanted or 'that is known'} within {seconds:g} s. Is it on, near, and not "
            "connected to another program? `imu-ankle scan` lists what is there",
        )
    if found.sensor is None:
        raise SensorError(
            "unknown_sensor",
            f"{wanted} is there, but speaks no protocol that this program knows; "
            "`imu-ankle scan` says which it does",
        )
    return found


async def _find_only(radio: Radio, seconds: float) -> Found | None:
    known = [each for each in await scan(radio, seconds) if each.sensor is not None]
    if len(known) > 1:
        names = ", ".join(each.name or each.address for each in known)
        raise UsageError("several", f"several sensors are in range; name one of {names}")
    return known[0] if known else None


async def _find_named(radio: Radio, wanted: str, seconds: float) -> Found | None:
    last: list[Found] = []

    def heard(device: BLEDevice, said: AdvertisementData) -> bool:
        each = _found(device, said)
        if wanted.lower() not in {(each.name or "").lower(), each.address.lower()}:
            return False
        last[:] = [each]
        return True

    with _as_sensor_errors("scanning"):
        async with radio.busy, asyncio.timeout(seconds + _SLACK_S):
            await BleakScanner.find_device_by_filter(heard, seconds, **_backend(radio.scanner))
    return last[0] if last else None


async def read_battery(radio: Radio, found: Found, timeout_s: float = 6.0) -> Found:
    """Connect for a moment to read the battery; what fails leaves it unknown."""
    link = Link(radio, found)
    with contextlib.suppress(SensorError):
        try:
            await link.open(timeout_s)
            value = await link.talk(_battery())
            return replace(found, battery_pct=value[0] if value else None)
        finally:
            await link.close()
    return found


def _battery() -> Conversation[bytes]:
    return (yield Read(BATTERY))


class KeptLinks:
    """Links that stay open from one stream of a sensor to the next."""

    def __init__(self) -> None:
        self._links: dict[str, Link] = {}

    def take(self, address: str) -> Link | None:
        """Return the open link to a sensor, if there is one; it is the caller's then."""
        link = self._links.pop(address, None)
        return None if link is None or link.dropped.is_set() else link

    async def keep(self, address: str, link: Link) -> None:
        """Keep an open link for the next stream; one that dropped is closed."""
        if link.dropped.is_set():
            await link.close()
        else:
            self._links[address] = link

    async def give_back(self) -> None:
        """Close all of them."""
        links, self._links = self._links, {}
        for link in links.values():
            await link.close()


class Link:
    """One connection: a new one is made after every drop.

    Attributes
    ----------
    dropped : set when the other side is gone, as far as the system knows.
    """

    def __init__(self, radio: Radio, found: Found) -> None:
        self.dropped = asyncio.Event()
        self._radio, self._found = radio, found
        self._arrivals: asyncio.Queue[Arrival] = asyncio.Queue()
        self._stash: deque[Arrival] = deque()
        self._listening: set[str] = set()
        self._client = BleakClient(
            found.device,
            disconnected_callback=lambda _: self.dropped.set(),
            **_backend(radio.client),
        )

    async def open(self, timeout_s: float = 10.0) -> None:
        """Connect and discover what the sensor offers."""
        with _as_sensor_errors(f"connecting to {self._found.name}"):
            async with self._radio.busy, asyncio.timeout(timeout_s + 1.0):
                await self._client.connect(timeout=timeout_s)

    def forget_arrivals(self) -> None:
        """Drop what came for an earlier stream."""
        self._stash.clear()
        while not self._arrivals.empty():
            self._arrivals.get_nowait()

    async def close(self) -> None:
        """Disconnect, also after a drop: without it systems repeat notifications later."""
        with contextlib.suppress(BleakError, TimeoutError, OSError):
            async with asyncio.timeout(5.0):
                await self._client.disconnect()

    async def talk(self, conversation: Conversation[T], answer_s: float = 5.0) -> T:
        """Carry a conversation through; return what it returns.

        Raises
        ------
        RefusedError
            If the sensor answered with an error that the conversation doesn't handle.
        SensorError
            If the link drops, or no answer comes.
        """
        try:
            step = next(conversation)
            while True:
                try:
                    answer = await self._do(step, answer_s)
                except RefusedError as refusal:
                    step = conversation.throw(refusal)
                else:
                    step = conversation.send(answer)
        except StopIteration as done:
            value: T = done.value
            return value
        finally:
            conversation.close()

    async def next(self, timeout_s: float) -> Arrival | None:
        """Return the next notification, or None if none comes in time."""
        if self._stash:
            return self._stash.popleft()
        if not self._arrivals.empty():
            return self._arrivals.get_nowait()
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(timeout_s):
                return await self._arrivals.get()
        return None

    async def _do(self, step: Step, answer_s: float) -> bytes:
        client = self._client
        with _as_sensor_errors(f"talking to {self._found.name}"):
            if isinstance(step, Await):
                return await self._await(step)
            if isinstance(step, Pause):
                await asyncio.sleep(step.seconds)
                return b""
            async with asyncio.timeout(answer_s):
                if isinstance(step, Read):
                    try:
                        return bytes(await client.read_gatt_char(step.uuid))
                    except BleakCharacteristicNotFoundError:
                        return b""
                if isinstance(step, Write):
                    await self._write(step)
                elif step.uuid not in self._listening:  # on a kept link it still does
                    await client.start_notify(
                        step.uuid, self._receive, bluez={"use_start_notify": True}
                    )
                    self._listening.add(step.uuid)
        return b""

    async def _write(self, step: Write) -> None:
        taken = self._client.services.get_characteristic(step.uuid)
        answers = taken is None or "write" in taken.properties
        await self._client.write_gatt_char(step.uuid, step.data, response=answers)

    async def _await(self, step: Await) -> bytes:
        async with asyncio.timeout(step.timeout_s):
            while step.again is not None:
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(_ASK_AGAIN_S):
                        return await self._answer(step)
                await self._write(step.again)
            return await self._answer(step)

    async def _answer(self, step: Await) -> bytes:
        while True:
            arrival = await self._arrivals.get()
            if arrival.uuid == step.uuid and arrival.payload.startswith(step.prefix):
                return arrival.payload
            self._stash.append(arrival)

    def _receive(self, characteristic: BleakGATTCharacteristic, payload: bytearray) -> None:
        now_s = time.perf_counter()
        self._arrivals.put_nowait(Arrival(now_s, characteristic.uuid, bytes(payload)))


def _backend(chosen: type[Any] | None) -> dict[str, Any]:
    return {"backend": chosen} if chosen is not None else {}


def _found(device: BLEDevice, said: AdvertisementData) -> Found:
    name = said.local_name or device.name
    battery = said.service_data.get(BATTERY_SERVICE)
    return Found(
        address=device.address,
        name=name,
        sensor=recognise(name, said.service_uuids),
        rssi_dbm=said.rssi,
        battery_pct=battery[0] if battery and battery[0] <= 100 else None,
        device=device,
    )


_REMEDIES = {
    "NO_BLUETOOTH": "this machine has no Bluetooth adapter, or none that the system shows",
    "POWERED_OFF": "Bluetooth is off; turn it on",
    "DENIED_BY_USER": "this program may not use Bluetooth; allow it in the system's settings",
    "DENIED_BY_SYSTEM": "the system's policy denies Bluetooth to this program",
}

_NO_SERVICE = "no Bluetooth service runs on this machine; `imu-ankle doctor` says what to do"
_NO_BLUETOOTHD = {
    f"org.freedesktop.DBus.Error.{name}" for name in ("ServiceUnknown", "NameHasNoOwner")
}


@contextlib.contextmanager
def _as_sensor_errors(doing: str) -> Iterator[None]:
    """Turn every way in which bleak and the system say no into ours."""
    try:
        yield
    except BleakGATTProtocolError as error:
        raise RefusedError(int(error.code), f"{doing}: the sensor refuses ({error})") from error
    except BleakBluetoothNotAvailableError as error:
        known = _REMEDIES.get(getattr(error.reason, "name", ""), str(error))
        raise SensorError("no_bluetooth", f"{known}. `imu-ankle doctor` looks closer") from error
    except TimeoutError as error:
        raise SensorError("no_answer", f"{doing}: no answer in time") from error
    except (FileNotFoundError, ConnectionRefusedError) as error:  # no D-Bus, so no BlueZ
        raise SensorError("no_bluetooth", _NO_SERVICE) from error
    except BleakDBusError as error:
        if error.dbus_error in _NO_BLUETOOTHD:
            raise SensorError("no_bluetooth", _NO_SERVICE) from error
        raise SensorError("link", f"{doing}: {error}") from error
    except (BleakError, OSError, EOFError) as error:
        raise SensorError("link", f"{doing}: {str(error) or type(error).__name__}") from error
