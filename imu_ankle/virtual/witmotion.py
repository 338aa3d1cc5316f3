"""A WitMotion WT901BLE as software: frames as in a serial cable, cut where a packet is full."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from imu_ankle.virtual.device import AttError, Characteristic, Packet
from imu_ankle.virtual.plain import PlainDevice

if TYPE_CHECKING:
    from imu_ankle.virtual.feed import Feed

_UUID = "0000{:04x}-0000-1000-8000-00805f9a34fb"
SERVICE, DATA, COMMAND = (_UUID.format(n) for n in (0xFFE5, 0xFFE4, 0xFFE9))
_RATES_HZ = {0x07: 20, 0x08: 50, 0x09: 100, 0x0B: 200}
_FRAMES, _LOCKED = 3, 0x03


class VirtualWitMotion(PlainDevice):
    """A sensor without time and count, that answers no command; `cut` bytes are a packet."""

    service = SERVICE
    characteristics: tuple[Characteristic, ...] = (
        Characteristic(COMMAND, command=True),
        Characteristic(DATA, notify=True),
    )
    model = "WT901BLE virtual"

    def __init__(self, feed: Feed, name: str, *, cut: int = 60) -> None:
        super().__init__(feed, name)
        self._cut = cut
        self._unlocked = False
        self._rest = b""  # of the serial stream, until a packet is full
        frames = np.zeros((len(feed), 10), dtype="<i2")
        frames[:, 0], frames[:, 1:7] = 0x6155, feed.counts
        self._frames = frames

    def write(self, uuid: str, data: bytes, now_s: float) -> None:
        """Take the key, a rate, and that it is to be kept."""
        del uuid
        if data == b"\xff\xaa\x69\x88\xb5":
            self._unlocked = True
        elif not self._unlocked:
            raise AttError(_LOCKED)
        elif data[2] == 3:
            self.require_rate(_RATES_HZ[data[3]])
        elif data[2] == 0:
            self._unlocked = False
            self.start(now_s)  # listening isn't told to a device here; it follows

    def link(self, *, up: bool, now_s: float) -> None:
        """Forget what is half sent."""
        self._rest = b""
        super().link(up=up, now_s=now_s)

    def due(self, now_s: float, mtu: int) -> list[Packet]:
        """Return full packets of frames."""
        cut = min(self._cut, mtu - 3)
        for at in self.ready(now_s, _FRAMES):
            self._rest += self._frames[at : at + _FRAMES].tobytes()
        whole = len(self._rest) // cut * cut
        pieces = [self._rest[at : at + cut] for at in range(0, whole, cut)]
        self._rest = self._rest[whole:]
        return [Packet(DATA, piece, cut // 20) for piece in pieces]
