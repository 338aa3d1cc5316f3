"""A Bluetooth link in software with the timing of a real one, and faults on request.

Packets move only at connection events; a lost event delays and loses nothing, as in the air; a link
that is silent longer than the supervision timeout ends on both sides. Faults above the link (a host
that drops, repeats or reorders notifications, software that garbles them) are a function of the
notification.
"""

from __future__ import annotations

import asyncio
import time
from collections import defaultdict, deque
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from bumble import core, hci, link

if TYPE_CHECKING:
    from collections.abc import Callable

    from bumble.controller import Controller

_NOTIFICATION = 0x1B
_ATT_HEAD = 7  # L2CAP length and channel, opcode, handle


@dataclass(frozen=True, slots=True, kw_only=True)
class Faults:
    """What goes wrong on the way of notifications: shares of packets."""

    drop: float = 0.0
    repeat: float = 0.0
    swap: float = 0.0
    garble: float = 0.0
    seed: int = 3

    def hook(self) -> Callable[[bytes], list[bytes]]:
        """Return the function from a notification to what arrives of it."""
        rng = np.random.default_rng(self.seed)
        held: list[bytes] = []
        edges = np.cumsum([self.drop, self.repeat, self.swap, self.garble])

        def through(pdu: bytes) -> list[bytes]:
            kind = int(np.searchsorted(edges, rng.random(), side="right"))
            if kind == 0:
                return []
            if kind == 2 and not held:
                held.append(pdu)
                return []
            if kind == 3:
                pdu = pdu[:_ATT_HEAD] + rng.bytes(int(rng.integers(0, len(pdu) - _ATT_HEAD + 1)))
                pdu = (len(pdu) - 4).to_bytes(2, "little") + pdu[2:]
            out = [pdu, pdu] if kind == 1 else [pdu]
            out += held
            held.clear()
            return out

        return through


class RadioLink(link.LocalLink):
    """A link between controllers in this process."""

    def __init__(
        self,
        *,
        interval_s: float = 0.015,
        packets_per_event: int = 6,
        event_loss: float = 0.0,
        supervision_timeout_s: float = 4.0,
        seed: int = 1,
    ) -> None:
        super().__init__()
        self.interval_s = interval_s
        self.packets_per_event = packets_per_event
        self.event_loss = event_loss
        self.supervision_timeout_s = supervision_timeout_s
        self.on_notification: Callable[[bytes], list[bytes]] | None = None
        self._rng = np.random.default_rng(seed)
        self._queues: dict[tuple[Any, Any], deque[bytes]] = defaultdict(deque)
        self._events: asyncio.Task[None] | None = None
        self._blocked_until: dict[Any, float] = {}
        self._heard: dict[Any, float] = {}
        self.scan_responses: dict[Any, bytes] = {}

    def block(self, controller: Controller, seconds: float) -> None:
        """Let nothing through to or from a controller, as a body between sensor and host does."""
        self._blocked_until[controller] = time.monotonic() + seconds

    def pending(self, controller: Controller) -> int:
        """Return how many packets of a controller wait to be sent."""
        return sum(
            len(queue) for (sender, _), queue in self._queues.items() if sender is controller
        )

    def send_acl_data(
        self, sender_controller: Any, destination_address: Any, transport: Any, data: bytes
    ) -> None:
        """Queue a packet until the next connection event."""
        del transport
        pdus = [data]
        is_notification = data[2:4] == b"\x04\x00" and data[4:5] == bytes([_NOTIFICATION])
        if self.on_notification is not None and is_notification:
            pdus = self.on_notification(data)
        self._queues[sender_controller, destination_address].extend(pdus)
        if self._events is None or self._events.done():
            self._events = asyncio.get_running_loop().create_task(self._run())

    def send_advertising_pdu(self, sender: Any, packet: Any) -> None:
        """Advertise, with the scan response in the same breath: bumble sends none of its own."""
        if time.monotonic() < self._blocked_until.get(sender, 0.0):
            return
        if sender in self.scan_responses and hasattr(packet, "data"):
            packet.data = bytes(packet.data) + self.scan_responses[sender]
        super().send_advertising_pdu(sender, packet)

    def _deliver(self, sender: Any, destination: Any, pdu: bytes) -> None:
        connection = sender.le_connections.get(destination)
        source = connection.self_address if connection else sender.random_address
        receiver = self.find_le_controller(destination)
        if receiver is not None:
            asyncio.get_running_loop().call_soon(
                receiver.on_link_acl_data, source, core.PhysicalTransport.LE, pdu
            )

    async def _run(self) -> None:
        due = time.monotonic()
        self._heard = {}
        while any(controller.le_connections for controller in self.controllers):
            due = max(due + self.interval_s, time.monotonic() - 1.0)
            await asyncio.sleep(max(0.0, due - time.monotonic()))
            now = time.monotonic()
            missed = self._rng.random() < self.event_loss
            silent = {c for c in self.controllers if missed or now < self._blocked_until.get(c, 0)}
            for controller in self.controllers:
                self._heard.setdefault(controller, now)
                if controller not in silent:
                    self._heard[controller] = now
                elif now - self._heard[controller] > self.supervision_timeout_s:
                    self._lose(controller)
            for (sender, destination), queue in list(self._queues.items()):
                if sender in silent or self.find_le_controller(destination) in silent:
                    continue
                for _ in range(min(self.packets_per_event, len(queue))):
                    self._deliver(sender, destination, queue.popleft())
        self._queues.clear()

    def _lose(self, controller: Any) -> None:
        """End the connections of a controller on both sides, as the supervision timeout does."""
        for connection in list(controller.le_connections.values()):
            peer = self.find_le_controller(connection.peer_address)
            for other in list(peer.le_connections.values()) if peer else []:
                if peer is not None and other.peer_address == connection.self_address:
                    peer.on_le_disconnected(other, hci.HCI_CONNECTION_TIMEOUT_ERROR)
            controller.on_le_disconnected(connection, hci.HCI_CONNECTION_TIMEOUT_ERROR)
        for key in [
            key for key in self._queues if controller in (key[0], self.find_le_controller(key[1]))
        ]:
            self._queues[key].clear()
        self._heard.pop(controller, None)
