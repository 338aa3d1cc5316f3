"""A Movesense as software: subscriptions, float samples, a ms stamp, packets in two parts."""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING

from imu_ankle.virtual.device import Characteristic, Packet
from imu_ankle.virtual.plain import PlainDevice

if TYPE_CHECKING:
    from imu_ankle.virtual.feed import Feed

_UUID = "3480{:04x}-7185-4d5d-b431-630e7050e8f0"
SERVICE, COMMAND, NOTIFY = (_UUID.format(short) for short in (0x2252, 1, 2))
_PACKET = 8  # samples


class VirtualMovesense(PlainDevice):
    """A sensor that counts nothing and knows its packets' times to the millisecond."""

    service = SERVICE
    characteristics: tuple[Characteristic, ...] = (
        Characteristic(COMMAND, write=True),
        Characteristic(NOTIFY, notify=True),
    )
    model = "Movesense virtual"
    firmware = "2.3.1-virtual"

    def __init__(self, feed: Feed, name: str) -> None:
        super().__init__(feed, name)
        self._floats = self.values.astype("<f4")
        self._answers: list[bytes] = []
        self._ref = 0

    def write(self, uuid: str, data: bytes, now_s: float) -> None:
        """Take HELLO, SUBSCRIBE and UNSUBSCRIBE."""
        del uuid
        code, ref, path = data[0], data[1], data[2:].decode("ascii", "replace")
        if code == 0:
            self._answers.append(bytes([1, ref]) + b"virtual")
        elif code == 1:
            known = path == f"/Meas/IMU6/{self.feed.rate_hz:.0f}"
            self._answers.append(struct.pack("<BBH", 1, ref, 200 if known else 404))
            if known:
                self._ref = ref
                self.start(now_s)
        elif code == 2:
            self.streams = False

    def due(self, now_s: float, mtu: int) -> list[Packet]:
        """Return answers, then whole packets of eight samples, split where the MTU is small."""
        packets = [Packet(NOTIFY, answer) for answer in self._answers]
        self._answers = []
        for at in self.ready(now_s, _PACKET):
            floats = self._floats[at : at + _PACKET]
            at_ms = int(at / self.feed.rate_hz * 1000)
            body = struct.pack("<I", at_ms & 0xFFFFFFFF)
            body += floats[:, :3].tobytes() + floats[:, 3:].tobytes()
            room = mtu - 5
            parts = [body[:room], body[room:]] if len(body) > room else [body]
            for code, part in zip((2, 3), parts, strict=False):
                packets.append(
                    Packet(NOTIFY, bytes([code, self._ref]) + part, _PACKET if code == 2 else 0)
                )
        return packets
