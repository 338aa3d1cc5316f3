"""The firmware of an AnkleIMU v1 as software, written from its specification alone."""

from __future__ import annotations

import itertools
import struct
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from imu_ankle.virtual.device import AttError, Characteristic, Packet

if TYPE_CHECKING:
    from imu_ankle.virtual.feed import Feed

_UUID = "a7ea{:04x}-5a1e-4c1b-9d2f-0c1d5a7e0001"
SERVICE, DATA, CTRL, CONFIG, STATUS, INFO = (_UUID.format(n) for n in range(1, 7))
_IDLE, _READY, _STREAMING, _BUFFERING = range(4)
_BAD_LENGTH, _BAD_STATE, _BAD_ARG, _BAD_VERSION, _NOT_AVAILABLE = 0x0D, 0x80, 0x81, 0x82, 0x84


@dataclass(frozen=True, slots=True, kw_only=True)
class Quirks:
    """Ways in which a sensor can be odd."""

    protocol: int = 1
    speed: float = 1.0  # faster than real time, so that tests see counters wrap
    clock_ppm: float = 0.0
    clock_at_boot_us: int = 0
    ring_samples: int = 5460  # 64 kB
    deaf_to_stop: bool = False


class VirtualAnkleIMU:
    """A sensor that measures what its feed holds."""

    service = SERVICE
    characteristics: tuple[Characteristic, ...] = (
        Characteristic(DATA, notify=True),
        Characteristic(CTRL, write=True),
        Characteristic(CONFIG, read=True, write=True),
        Characteristic(STATUS, read=True, notify=True),
        Characteristic(INFO, read=True),
    )
    battery_pct = 87
    model = "AnkleIMU virtual"

    def __init__(self, feed: Feed, name: str, *, quirks: Quirks | None = None) -> None:
        self.feed, self.name = feed, name
        self.quirks = quirks or Quirks()
        self.firmware = "1.0.0-virtual"
        self.serial = name
        self.dropped = 0
        self.last_error = 0
        self._state = _IDLE
        self._boot_id = 1
        self._booted_s: float | None = None
        self._epoch: int | None = None
        self._started_s = 0.0  # device seconds
        self._measured = self._sent = 0  # samples of this base
        self._keep_from = 0  # the oldest sample that may not be overwritten
        self._flags = 0
        self._ends = False
        self._again: list[tuple[int, int]] = []

    # what a host sees -----------------------------------------------------------------------

    def read(self, uuid: str, now_s: float) -> bytes:
        """Return CONFIG, STATUS or INFO."""
        feed, config = self.feed, (self.quirks.protocol, 0, round(self.feed.rate_hz))
        if uuid == CONFIG:
            ranges = (int(feed.acc_range_g), int(feed.gyr_range_dps))
            return struct.pack("<BBHBHBIBBH", *config, *ranges, 0, 1_000_000, 0, 0, 0)
        if uuid == STATUS:
            self._measure(now_s)
            clock = self._clock_us(self._device_s(now_s))
            return struct.pack(
                "<BBHIIIHh", _READY if self._ends else self._state, self.last_error, self._boot_id & 0xFFFF, clock,
                self._measured, self.dropped, 3900, 2300,
            )  # fmt: skip
        if uuid == INFO:
            fields = (
                (1, b"virtual"),
                (2, struct.pack("<f", feed.acc_g_per_count)),
                (3, struct.pack("<f", feed.gyr_dps_per_count)),
                (4, struct.pack("<f", feed.rate_hz)),
                (5, struct.pack("<H", int(feed.acc_range_g))),
                (6, struct.pack("<H", int(feed.gyr_range_dps))),
                (7, self.name.encode()[-8:].rjust(8, b"\0")),
                (8, struct.pack("<I", self.quirks.ring_samples)),
            )
            return b"".join(bytes([tag, len(value)]) + value for tag, value in fields)
        return b""

    def write(self, uuid: str, data: bytes, now_s: float) -> None:
        """Take CONFIG or a command of CTRL."""
        self._measure(now_s)
        try:
            if uuid == CONFIG:
                self._configure(data)
            else:
                self._command(data, now_s)
        except AttError as error:
            self.last_error = error.code
            raise

    def link(self, *, up: bool, now_s: float) -> None:
        """Go on measuring into the ring while no host is there."""
        self._measure(now_s)
        if not up and self._state == _STREAMING:
            self._state, self._keep_from = _BUFFERING, self._sent

    def reboot(self) -> None:
        """Forget everything, as after an empty battery."""
        self.__init__(self.feed, self.name, quirks=self.quirks)  # type: ignore[misc]
        self._boot_id = 77

    # ----------------------------------------------------------------------------------------

    def due(self, now_s: float, mtu: int) -> list[Packet]:
        """Return live packets first, then what was asked for again."""
        self._measure(now_s)
        most = min((mtu - 11) // 12, max(1, int(self.feed.rate_hz / 26)))
        packets: list[Packet] = []
        ends = self._ends or self._measured == len(self.feed)
        while self._state == _STREAMING and (
            self._measured - self._sent >= most or (ends and self._measured > self._sent)
        ):
            absent = self._skip_absent()
            count = min(most, self._measured - self._sent)
            run = np.flatnonzero(~self.feed.present[self._sent : self._sent + count])
            count = int(run[0]) if len(run) else count
            if not count:
                continue
            last = ends and self._sent + count == self._measured
            flags = self._flags | (1 if absent else 0) | (8 if last else 0)
            packets.append(self._packet(1, flags, self._sent, count))
            self._sent += count
            self._flags = 0
            if last:
                self._finish()
        if self._state == _STREAMING and ends and self._sent == self._measured:
            packets.append(self._packet(3, self._flags | 8, self._sent, 0))
            self._finish()
        for start, end in self._again:
            packets += [
                self._packet(2, 0, at, min(most, end - at)) for at in range(start, end, most)
            ]
        self._again = []
        return packets

    def refused(self, packet: Packet) -> None:
        """Count what the full queue lost; it stays in the ring."""
        self.dropped += packet.samples
        self._flags |= 1

    @property
    def measured(self) -> int:
        """Samples of the present base so far."""
        return self._measured

    def _finish(self) -> None:
        self._state, self._ends = _READY, False

    def _skip_absent(self) -> bool:
        start = self._sent
        while self._sent < self._measured and not self.feed.present[self._sent]:
            self._sent += 1
        self.dropped += self._sent - start
        return self._sent > start

    def _packet(self, kind: int, flags: int, index: int, count: int) -> Packet:
        samples = self.feed.counts[index : index + count]
        if count:
            full = np.abs(samples.astype(np.int32)) >= 32760
            flags |= 2 * bool(full[:, :3].any()) | 4 * bool(full[:, 3:].any())
        at_s = self._started_s + index / self.feed.rate_hz
        head = struct.pack("<BBHI", kind << 4 | 1, flags, index & 0xFFFF, self._clock_us(at_s))
        live = count if kind == 1 else 0  # what is sent again was counted before
        return Packet(DATA, head + samples.astype("<i2").tobytes(), live)

    def _device_s(self, now_s: float) -> float:
        if self._booted_s is None:
            self._booted_s = now_s
        return (now_s - self._booted_s) * self.quirks.speed * (1.0 + self.quirks.clock_ppm * 1e-6)

    def _clock_us(self, device_s: float) -> int:
        return (self.quirks.clock_at_boot_us + int(device_s * 1e6)) & 0xFFFFFFFF

    def _measure(self, now_s: float) -> None:
        device_s = self._device_s(now_s)
        if self._state in {_STREAMING, _BUFFERING} and not self._ends:
            due = int((device_s - self._started_s) * self.feed.rate_hz)
            if self._state == _BUFFERING:
                full = self._keep_from + self.quirks.ring_samples
                if due > full:
                    due, self._state = full, _READY
            self._measured = max(self._measured, min(due, len(self.feed)))

    def _configure(self, data: bytes) -> None:
        if len(data) != 16:
            raise AttError(_BAD_LENGTH)
        if data[0] != self.quirks.protocol:
            raise AttError(_BAD_VERSION)
        if self._state in {_STREAMING, _BUFFERING} and not self._ends:
            raise AttError(_BAD_STATE)
        if struct.unpack_from("<H", data, 2)[0] not in {50, 52, 100, 104, 200, 208, 400, 416}:
            raise AttError(_BAD_ARG)
        if not self._ends:  # else the rest of a stopped stream is still to be sent
            self._state = _READY

    def _command(self, data: bytes, now_s: float) -> None:
        code, rest = data[:1], data[1:]
        lengths = {b"\1": 4, b"\2": 0, b"\3": 4, b"\5": 0, b"\6": 0}
        if lengths.get(code) != len(rest):
            raise AttError(_BAD_ARG)
        if code == b"\1":
            self._start(int.from_bytes(rest, "little"), now_s)
        elif code == b"\2" and self._state == _STREAMING and not self.quirks.deaf_to_stop:
            self._ends = True
        elif code == b"\2" and self._state == _BUFFERING:
            self._state = _READY
        elif code == b"\3":
            self._resend(*struct.unpack("<HH", rest))
        elif code == b"\5":
            self._flags |= 0x20

    def _start(self, epoch: int, now_s: float) -> None:
        if self._state == _IDLE:
            raise AttError(_BAD_STATE)
        if self._state in {_STREAMING, _BUFFERING} and epoch == self._epoch:
            self._sent = self._measured if self._state == _BUFFERING else self._sent
            self._state = _STREAMING
            return
        self._epoch, self._state = epoch, _STREAMING
        self._started_s = self._device_s(now_s)
        self._measured = self._sent = self.dropped = 0
        self._again, self._ends, self._flags = [], False, 0x10
        self._boot_id += 1

    def _resend(self, low: int, count: int) -> None:
        if self._state == _IDLE:
            raise AttError(_BAD_STATE)
        start = self._measured - 1 - ((self._measured - 1 - low) & 0xFFFF)
        end = min(start + count, self._measured)
        start = max(start, self._measured - self.quirks.ring_samples, 0)
        held = np.flatnonzero(self.feed.present[start:end]) + start
        if not len(held):
            raise AttError(_NOT_AVAILABLE)
        breaks = np.flatnonzero(np.diff(held) > 1)
        edges = [0, *(breaks + 1).tolist(), len(held)]
        self._again += [(int(held[a]), int(held[b - 1]) + 1) for a, b in itertools.pairwise(edges)]
