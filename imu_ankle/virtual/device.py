"""What every virtual sensor offers to whatever carries it: values, commands, packets that are due.

No clock and no radio here: time is handed in, packets are handed out.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol


class AttError(Exception):
    """A command that the virtual sensor refuses, with its ATT code."""

    def __init__(self, code: int) -> None:
        super().__init__(f"ATT error 0x{code:02x}")
        self.code = code


@dataclass(frozen=True, slots=True)
class Characteristic:
    """One characteristic: what can be done with it; `command` is written without an answer."""

    uuid: str
    read: bool = False
    write: bool = False
    command: bool = False
    notify: bool = False


@dataclass(frozen=True, slots=True)
class Packet:
    """A notification that is due; `samples` of the stream travel in it."""

    uuid: str
    payload: bytes
    samples: int = 0


class Device(Protocol):
    """A sensor's firmware, as far as the air can see it."""

    name: str
    service: str
    characteristics: tuple[Characteristic, ...]
    battery_pct: int
    model: str
    firmware: str
    serial: str

    @property
    def measured(self) -> int:
        """Samples since the stream began."""

    def read(self, uuid: str, now_s: float) -> bytes:
        """Return the value of a characteristic."""

    def write(self, uuid: str, data: bytes, now_s: float) -> None:
        """Take a command, or raise `AttError`."""

    def due(self, now_s: float, mtu: int) -> list[Packet]:
        """Return what is to be sent by `now_s`."""

    def refused(self, packet: Packet) -> None:
        """Note that the queue to the radio was full and the packet is gone."""

    def link(self, *, up: bool, now_s: float) -> None:
        """Note that a host connected or went away."""
