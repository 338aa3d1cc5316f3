"""A Movella DOT as software: settings that are read and written as a whole, a sample a packet."""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING

from imu_ankle.virtual.device import AttError, Characteristic, Packet
from imu_ankle.virtual.plain import PlainDevice

if TYPE_CHECKING:
    from imu_ankle.virtual.feed import Feed

_UUID = "1517{:04x}-4947-11e9-8646-d663bd873d93"
SERVICE, SETTINGS, MEASURE, DATA = (_UUID.format(n) for n in (0x1000, 0x1002, 0x2001, 0x2003))
_RATE_QUANTITIES, _RATE, _BUSY = 21, 0x10, 0x80
_AT_BOOT_US = 2**32 - 5_000_000  # its clock wraps in the first seconds


class VirtualMovellaDot(PlainDevice):
    """A sensor that stamps every sample with its microseconds."""

    service = SERVICE
    characteristics: tuple[Characteristic, ...] = (
        Characteristic(SETTINGS, read=True, write=True),
        Characteristic(MEASURE, read=True, write=True),
        Characteristic(DATA, notify=True),
    )
    model = "Movella DOT virtual"

    def __init__(self, feed: Feed, name: str) -> None:
        super().__init__(feed, name)
        self._floats = self.values.astype("<f4")
        self._settings = bytes(7) + b"\x04" + b"DOT1".ljust(16, b"\0") + struct.pack("<H6x", 60)

    def read(self, uuid: str, now_s: float) -> bytes:
        """Return the settings, or whether it measures."""
        del now_s
        if uuid == SETTINGS:
            return self._settings
        return bytes([1, self.streams, _RATE_QUANTITIES]) if uuid == MEASURE else b""

    def write(self, uuid: str, data: bytes, now_s: float) -> None:
        """Take the settings that the first byte names; start or stop."""
        if uuid == SETTINGS:
            if self.streams:
                raise AttError(_BUSY)
            if data[0] & _RATE:
                self.require_rate(struct.unpack_from("<H", data, 24)[0])
                self._settings = self._settings[:24] + data[24:26] + self._settings[26:]
        elif data == bytes([1, 1, _RATE_QUANTITIES]):
            self.start(now_s)
        else:
            self.streams = False

    def due(self, now_s: float, mtu: int) -> list[Packet]:
        """Return a packet for every sample."""
        del mtu
        packets = []
        for at in self.ready(now_s, 1):
            tick = (_AT_BOOT_US + int(at / self.feed.rate_hz * 1e6)) & 0xFFFFFFFF
            payload = struct.pack("<I", tick) + self._floats[at].tobytes()
            packets.append(Packet(DATA, payload, 1))
        return packets
