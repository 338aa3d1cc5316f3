"""A Movesense as software: subscriptions, float samples, a ms stamp, packets in two parts."""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING

import numpy as np

from imu_ankle.model import GRAVITY_MPS2
from imu_ankle.virtual.device import Characteristic, Packet

if TYPE_CHECKING:
    from imu_ankle.virtual.feed import Feed

_UUID = "3480{:04x}-7185-4d5d-b431-630e7050e8f0"
SERVICE, COMMAND, NOTIFY = (_UUID.format(short) for short in (0x2252, 1, 2))
_PACKET = 8  # samples


class VirtualMovesense:
    """A sensor that counts nothing and knows its packets' times to the millisecond."""

    service = SERVICE
    characteristics: tuple[Characteristic, ...] = (
        Characteristic(COMMAND, write=True),
        Characteristic(NOTIFY, notify=True),
    )
    battery_pct = 64
    model = "Movesense virtual"
    firmware = "2.3.1-virtual"

    def __init__(self, feed: Feed, name: str) -> None:
        self.feed, self.name, self.serial = feed, name, name[-12:]
        scale = np.repeat([feed.acc_g_per_count * GRAVITY_MPS2, feed.gyr_dps_per_count], 3)
        self._values = (feed.counts * scale).astype("<f4")
        self._answers: list[bytes] = []
        self._ref: int | None = None
        self._booted_s: float | None = None
        self._started_s = 0.0
        self._sent = 0

    def read(self, uuid: str, now_s: float) -> bytes:
        """Return nothing: all goes by notifications."""
        del uuid, now_s
        return b""

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
                self._ref, self._started_s, self._sent = ref, self._device_s(now_s), 0
        elif code == 2:
            self._ref = None

    def due(self, now_s: float, mtu: int) -> list[Packet]:
        """Return answers, then whole packets of eight samples, split where the MTU is small."""
        packets = [Packet(NOTIFY, answer) for answer in self._answers]
        self._answers = []
        passed = int((self._device_s(now_s) - self._started_s) * self.feed.rate_hz)
        while self._ref is not None and self._sent + _PACKET <= min(passed, len(self.feed)):
            values = self._values[self._sent : self._sent + _PACKET]
            at_ms = int((self._started_s + self._sent / self.feed.rate_hz) * 1000)
            body = struct.pack("<I", at_ms & 0xFFFFFFFF)
            body += values[:, :3].tobytes() + values[:, 3:].tobytes()
            room = mtu - 5
            parts = [body[:room], body[room:]] if len(body) > room else [body]
            for code, part in zip((2, 3), parts, strict=False):
                packets.append(
                    Packet(NOTIFY, bytes([code, self._ref]) + part, _PACKET if code == 2 else 0)
                )
            self._sent += _PACKET
        return packets

    def refused(self, packet: Packet) -> None:
        """Lose the packet; nobody counts."""

    def link(self, *, up: bool, now_s: float) -> None:
        """End the subscription with the link, as the real one does."""
        del now_s
        if not up:
            self._ref = None

    @property
    def measured(self) -> int:
        """Samples of the present subscription so far, those in the air included."""
        return self._sent

    def _device_s(self, now_s: float) -> float:
        if self._booted_s is None:
            self._booted_s = now_s
        return now_s - self._booted_s
