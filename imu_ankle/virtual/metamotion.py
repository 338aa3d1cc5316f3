"""A MetaMotion as software: two streams of three samples a packet, begun at different moments."""

from __future__ import annotations

from typing import TYPE_CHECKING

from imu_ankle.virtual.device import Characteristic, Packet
from imu_ankle.virtual.plain import PlainDevice

if TYPE_CHECKING:
    from collections.abc import Mapping

    from imu_ankle.virtual.feed import Feed

_UUID = "326a{:04x}-85cb-9195-d9dd-464cfbbae75a"
SERVICE, COMMAND, NOTIFY = (_UUID.format(n) for n in (0x9000, 0x9001, 0x9006))
_ACC, _GYR, _PACKED = 0x03, 0x13, {0x03: b"\x03\x1c", 0x13: b"\x13\x07"}
_RATES_HZ = {0x26: 25, 0x27: 50, 0x28: 100}
_PACKET = 3  # samples; a packet has 20 bytes, whatever the MTU
BMI160, BMI270 = {_ACC: 1, _GYR: 0}, {_ACC: 4, _GYR: 1}


class VirtualMetaMotion(PlainDevice):
    """A sensor without time and count; `lag` samples pass until its gyroscope has woken."""

    service = SERVICE
    characteristics: tuple[Characteristic, ...] = (
        Characteristic(COMMAND, write=True),
        Characteristic(NOTIFY, notify=True),
    )
    model = "5"  # a MetaMotion R

    def __init__(
        self, feed: Feed, name: str, *, chips: Mapping[int, int] = BMI160, lag: int = 7
    ) -> None:
        super().__init__(feed, name)
        self._chips, self._lag = chips, lag
        self._answers: list[bytes] = []
        self._on: set[int] = set()
        self._next = {_ACC: 0, _GYR: 0}  # the sample that begins a stream's next packet

    def write(self, uuid: str, data: bytes, now_s: float) -> None:
        """Take what concerns the two modules: module, register, values."""
        del uuid
        module, register, values = data[0], data[1], data[2:]
        if register == 0x80:
            self._answers.append(bytes([module, register, self._chips[module], 1]))
        elif register == 3:
            self.require_rate(_RATES_HZ[values[0] & 0x2F])
        elif register == 1 and values == b"\1":
            self.start(now_s)
            self._next[module] = self.passed(now_s) + self._lag * (module == _GYR)
            self._on.add(module)
        elif register == 1:
            self._on.discard(module)

    def link(self, *, up: bool, now_s: float) -> None:
        """Go on measuring without a host; what isn't heard is gone."""
        del now_s
        self.streams = up and bool(self._on)

    def due(self, now_s: float, mtu: int) -> list[Packet]:
        """Return answers, then whole packets in the order in which their last samples came."""
        del mtu
        packets = [Packet(NOTIFY, answer) for answer in self._answers]
        self._answers = []
        if not self.streams:
            return packets
        self._sent = self.passed(now_s)
        ready = []
        for module in sorted(self._on):
            while self._next[module] + _PACKET <= self._sent:
                ready.append((self._next[module] + _PACKET, module))
                self._next[module] += _PACKET
        for end, module in sorted(ready):
            columns = slice(0, 3) if module == _ACC else slice(3, 6)
            body = self.feed.counts[end - _PACKET : end, columns].astype("<i2").tobytes()
            packets.append(Packet(NOTIFY, _PACKED[module] + body, _PACKET))
        return packets
