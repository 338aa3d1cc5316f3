"""What virtual sensors share that keep nothing: what isn't sent at once is gone.

A stream ends with its link. The movement goes on meanwhile, as a wearer's does.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import TYPE_CHECKING

import numpy as np

from imu_ankle.core.recording import GRAVITY_MPS2
from imu_ankle.virtual.device import AttError

if TYPE_CHECKING:
    from imu_ankle.core.recording import FloatArray
    from imu_ankle.virtual.device import Characteristic, Packet
    from imu_ankle.virtual.feed import Feed

_NOT_ALLOWED = 0x13  # ATT: value not allowed
_OFF = 0.05


class PlainDevice(ABC):
    """A sensor without a memory; subclasses say what it is told and what it sends."""

    service = ""
    characteristics: tuple[Characteristic, ...] = ()
    battery_pct = 64
    model = ""
    firmware = "virtual"

    def __init__(self, feed: Feed, name: str) -> None:
        self.feed, self.name, self.serial = feed, name, name[-12:]
        self.streams = False
        self._begun_s: float | None = None  # when the movement began: with the first stream
        self._sent = 0  # samples of the movement, those in the air or lost included

    @property
    def values(self) -> FloatArray:
        """What is measured, in m/s2 and deg/s, (N, 6)."""
        scale = [self.feed.acc_g_per_count * GRAVITY_MPS2, self.feed.gyr_dps_per_count]
        values: FloatArray = self.feed.counts * np.repeat(scale, 3)
        return values

    @property
    def measured(self) -> int:
        """Samples of the movement so far."""
        return self._sent

    def read(self, uuid: str, now_s: float) -> bytes:
        """Return nothing, unless a subclass does."""
        del uuid, now_s
        return b""

    @abstractmethod
    def write(self, uuid: str, data: bytes, now_s: float) -> None:
        """Take a command, or raise `AttError`."""

    @abstractmethod
    def due(self, now_s: float, mtu: int) -> list[Packet]:
        """Return what is to be sent by `now_s`."""

    def refused(self, packet: Packet) -> None:
        """Lose the packet; nobody counts."""
        del packet

    def link(self, *, up: bool, now_s: float) -> None:
        """End the stream with the link."""
        del now_s
        self.streams &= up

    def start(self, now_s: float) -> None:
        """Send from now on."""
        if not self.streams:
            self._sent = self.passed(now_s)
        self.streams = True

    def passed(self, now_s: float) -> int:
        """Return how many samples of the movement have passed."""
        if self._begun_s is None:
            self._begun_s = now_s
        return min(int((now_s - self._begun_s) * self.feed.rate_hz), len(self.feed))

    def ready(self, now_s: float, count: int) -> list[int]:
        """Return where the next packets of `count` samples begin."""
        if not self.streams:
            return []
        starts = list(range(self._sent, self.passed(now_s) - count + 1, count))
        self._sent += count * len(starts)
        return starts

    def require_rate(self, rate_hz: float) -> None:
        """Refuse a rate that isn't about the one of what is played: true rates are a bit off."""
        if abs(rate_hz / self.feed.rate_hz - 1.0) > _OFF:
            raise AttError(_NOT_ALLOWED)
