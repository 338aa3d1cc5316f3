"""A stream of samples that outlives its links: watch, reconnect, resume, ask again, account."""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import TYPE_CHECKING

from imu_ankle.bluetooth.link import Arrival, Found, KeptLinks, Link, Radio, find
from imu_ankle.core.errors import PayloadError, RefusedError, SensorError
from imu_ankle.sensors.clock.untimed import clock_for

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, AsyncIterator, Callable, Coroutine

    from imu_ankle.sensors.clock.clock import SampleBlock
    from imu_ankle.sensors.protocol import Format, Sensor, StreamConfig


@dataclass(frozen=True, slots=True, kw_only=True)
class StreamParams:
    """Parameters of patience."""

    find_s: float = 8.0  # a sensor advertises at least once a second
    connect_s: float = 10.0
    answer_s: float = 5.0  # an ATT answer takes some connection events
    attempts: int = 3  # to start; each begins with a new scan
    tick_s: float = 0.1
    silent_s: float = 0.8  # a stream pauses at most 40 ms; the system notices a dead link after 4 s
    dead_s: float = 3.0  # a body between sensor and host shadows it for up to 2 s
    backoff_s: tuple[float, ...] = (0.5, 1.0, 2.0, 5.0)
    give_up_s: float = 60.0
    late_s: float = 0.3  # a packet that is only out of order comes within this
    ask_again_s: float = 1.0
    most_asks: int = 3
    chunk: int = 256  # samples; what a small sensor's queue holds
    drain_s: float = 1.0
    refill_s: float = 4.0  # after the end, for holes that can still be filled


class State(StrEnum):
    """What the user should know of the link."""

    STREAMING = "streaming"
    SILENT = "silent"
    LOST = "lost"
    RESUMED = "resumed"
    ENDED = "ended"


@dataclass(frozen=True, slots=True)
class Change:
    """The link's state changed."""

    state: State
    text: str


class Stream:
    """One sensor, one recording; iterate over `run` for blocks of samples and changes of state.

    Attributes
    ----------
    format : what the sensor sends, known from the first change on.
    clock : places samples and keeps the account.
    bad_packets : notifications that were no packets.
    longest_packet : bytes in the longest notification: what the systems on both ends agreed on.
    reconnects : how often the link was lost and found again.
    missing_s : for so long before its end nothing came, and nothing came after; 0 where it ended in order.
    on_packet : called with every notification as it came, before it is decoded.
    """

    def __init__(
        self,
        radio: Radio,
        found: Found,
        config: StreamConfig,
        params: StreamParams | None = None,
        kept: KeptLinks | None = None,
    ) -> None:
        if found.sensor is None:
            raise SensorError("unknown_sensor", f"{found.name}: no protocol for it is known")
        self.sensor: Sensor = found.sensor
        self.format: Format | None = None
        self.bad_packets = self.longest_packet = 0
        self.reconnects = 0
        self.missing_s = 0.0
        self.on_packet: Callable[[Arrival], None] | None = None
        self._radio, self._found, self._config = radio, found, config
        self._params = params or StreamParams()
        self._kept = kept  # links of earlier streams; without it each stream has its own
        self._in_order = False
        self._stopping = asyncio.Event()
        self._ended = False
        self._heard_s = self._looked_s = 0.0
        self._sample_s = time.perf_counter()  # when the newest sample came
        self._asked: dict[int, tuple[int, float]] = {}  # hole: times asked, when to ask next

    def stop(self) -> None:
        """Ask for an orderly end; `run` finishes after what is still under way."""
        self._stopping.set()

    async def run(self) -> AsyncGenerator[SampleBlock | Change, None]:
        """Stream until `stop`, until the sensor ends the stream, or until it stays lost.

        Raises
        ------
        SensorError
            If the sensor can't be started, or stays lost longer than the patience allows. What was
            yielded until then is good.
        """
        link = await self._unless_stopped(self._start())
        if link is None:
            return
        yield Change(State.STREAMING, f"{self._found.name} streams {self._described()}")
        try:
            silent = False
            while not (self._stopping.is_set() or self._ended):
                arrival = await link.next(self._params.tick_s)
                if arrival is not None:
                    if silent:
                        silent = False
                        yield Change(State.STREAMING, "data again")
                    for block in self._take(arrival):
                        yield block
                    if not self._is_asking(arrival.received_s):
                        continue
                quiet_s = time.perf_counter() - self._heard_s
                if link.dropped.is_set() or quiet_s > self._params.dead_s:
                    yield Change(State.LOST, "the link is lost; looking for the sensor")
                    await link.close()
                    again = await self._back()
                    if again is None:
                        return
                    link = again
                    silent = False
                    yield Change(State.RESUMED, "connected again")
                elif quiet_s > self._params.silent_s and not silent:
                    silent = True
                    yield Change(State.SILENT, "no data: is the sensor near, is a body in between?")
                else:
                    await self._ask(link)
            async for block in self._finish(link):
                yield block
            self._in_order = True
            yield Change(State.ENDED, "the stream has ended")
        finally:
            await self._release(link)

    async def _release(self, link: Link) -> None:
        """Keep the link for the sensor's next stream, if this one ended in order; else close it."""
        if self._in_order and self._kept is not None:
            await self._kept.keep(self._found.address, link)
        else:
            await link.close()

    def _described(self) -> str:
        sent = self.format
        if sent is None:
            return ""
        ranges = f", {sent.acc_range_g:g} g" if sent.acc_range_g else ""
        return f"{sent.rate_hz:g} Hz{ranges}; {self.sensor.knows}"

    async def _unless_stopped(self, work: Coroutine[None, None, Link]) -> Link | None:
        """Do `work`, or give it up with None when somebody stops the stream meanwhile."""
        task = asyncio.ensure_future(work)
        stop = asyncio.ensure_future(self._stopping.wait())
        try:
            await asyncio.wait({task, stop}, return_when=asyncio.FIRST_COMPLETED)
            return task.result() if task.done() else None
        finally:
            for each in (task, stop):
                each.cancel()
            await asyncio.gather(task, stop, return_exceptions=True)

    async def _start(self) -> Link:
        """Connect, configure and start; a start that got no answer is tried again."""
        for attempt in range(self._params.attempts):
            try:
                link = await self._open(self._config)
            except RefusedError:
                raise
            except SensorError as error:
                final = error.code in {"wrong_version", "wrong_setting", "bad_sensor"}
                if final or attempt + 1 == self._params.attempts:
                    raise
                await asyncio.sleep(self._params.backoff_s[0])
                await self._find_again()
            else:
                assert self.format is not None  # noqa: S101 - set by _open
                self.clock = clock_for(self.sensor.counters, self.format.rate_hz)
                self._decoder = self.sensor.decoder(self.format)
                return link
        raise SensorError("not_found", "the sensor could not be started")

    async def _open(self, config: StreamConfig) -> Link:
        kept = self._kept.take(self._found.address) if self._kept is not None else None
        link = kept or Link(self._radio, self._found)
        try:
            if kept is None:
                await link.open(self._params.connect_s)
            link.forget_arrivals()
            self.format = await link.talk(self.sensor.start(config), self._params.answer_s)
        except BaseException:
            await link.close()
            raise
        self._heard_s = time.perf_counter()
        return link

    async def _back(self) -> Link | None:
        """Return a new link; None if the stream is stopped before the sensor comes back."""
        link = None
        try:
            link = await self._unless_stopped(self._again())
        finally:
            if link is None:
                self.missing_s = time.perf_counter() - self._heard_s
        return link

    async def _again(self) -> Link:
        """Find the sensor again, with longer and longer pauses, and go on with the stream."""
        params, tries = self._params, 0
        until_s = self._sample_s + params.give_up_s
        last = SensorError("no_data", "it connects, but sends nothing")
        while time.perf_counter() <= until_s:
            await asyncio.sleep(params.backoff_s[min(tries, len(params.backoff_s) - 1)])
            tries += 1
            try:
                await self._find_again()
                link = await self._open(self._resumption())
            except SensorError as error:
                last = error
            else:
                self.reconnects += 1
                self._ended |= self.format is not None and self.format.ended
                self._decoder = self.sensor.decoder(self.format) if self.format else self._decoder
                self.clock.resume(continues=self.format.continues if self.format else None)
                return link
        raise SensorError(
            "lost",
            f"{self._found.name} was lost and did not come back within {params.give_up_s:g} s "
            f"({last}). What was recorded is kept",
        ) from last

    def _resumption(self) -> StreamConfig:
        """Return the wish to go on; a stream that ended meanwhile is left ended.

        After a pause longer than its ring a sensor has stopped too, but then the set may go on.
        """
        sent = self.format
        held_s = sent.ring_samples / sent.rate_hz if sent else 0.0
        paused_s = time.perf_counter() - self._sample_s
        base = sent.base if sent and paused_s < held_s else None
        return replace(self._config, resume=True, base=base)

    async def _find_again(self) -> None:
        self._found = await find(self._radio, self._found.address, self._params.find_s)

    def _take(self, arrival: Arrival) -> list[SampleBlock]:
        self._heard_s = arrival.received_s
        self.longest_packet = max(self.longest_packet, len(arrival.payload))
        if self.on_packet is not None:
            self.on_packet(arrival)
        try:
            batches = self._decoder.feed(arrival.uuid, arrival.payload)
        except PayloadError:
            self.bad_packets += 1
            return []
        blocks: list[SampleBlock] = []
        for batch in batches:
            blocks += self.clock.place(batch, arrival.received_s)
            self._ended |= batch.last
        if blocks:
            self._sample_s = arrival.received_s
        return blocks

    def _is_asking(self, now_s: float) -> bool:
        """Whether there is a hole that it is time to ask for; looked at some times a second."""
        if now_s - self._looked_s < self._params.tick_s:
            return False
        self._looked_s = now_s
        return self._next_hole(now_s) is not None

    def _next_hole(self, now_s: float) -> tuple[int, int] | None:
        """Return the first hole that may still be filled and is due, as a chunk to ask for."""
        if self.sensor.resend is None or self.format is None:
            return None
        # in whole chunks, so that a hole which is being overwritten keeps its name for a while
        chunk, overwritten = self._params.chunk, self.clock.ledger.end - self.format.ring_samples
        oldest = max(self.clock.base_seq, -(-overwritten // chunk) * chunk)
        for hole_start, end in self.clock.ledger.holes:
            start = max(hole_start, oldest)
            if start >= end:
                continue
            asks, due_s = self._asked.setdefault(
                start, (0, time.perf_counter() + self._params.late_s)
            )
            if asks < self._params.most_asks and now_s >= due_s:
                return start, min(end, start + chunk)
        return None

    async def _ask(self, link: Link) -> None:
        """Ask for the hole that is due, if there is one."""
        now_s = time.perf_counter()
        hole = self._next_hole(now_s)
        if hole is None or self.sensor.resend is None:
            return
        start, end = hole
        asks, _ = self._asked[start]
        self._asked[start] = (asks + 1, now_s + self._params.ask_again_s)
        try:
            index = start - self.clock.base_seq
            await link.talk(self.sensor.resend(index, end - start), self._params.answer_s)
        except RefusedError:  # overwritten
            self._asked[start] = (self._params.most_asks, now_s)
        except SensorError:  # the main loop sees the drop
            pass

    async def _finish(self, link: Link) -> AsyncIterator[SampleBlock]:
        """Stop, take what is under way, and settle the account with the sensor's own count."""
        params = self._params
        heard_s, quiet_s = self._heard_s, time.perf_counter() - self._heard_s
        try:
            if not self._ended:
                await link.talk(self.sensor.stop(), params.answer_s)
            until_s = time.perf_counter() + params.drain_s
            while not self._ended and time.perf_counter() < until_s:
                arrival = await link.next(params.tick_s)
                if arrival is not None:
                    for block in self._take(arrival):
                        yield block
            if self.sensor.total is not None:
                self.clock.expect(await link.talk(self.sensor.total(), params.answer_s))
            until_s = time.perf_counter() + params.refill_s
            while self._next_hole(float("inf")) and time.perf_counter() < until_s:
                await self._ask(link)
                arrival = await link.next(params.tick_s)
                if arrival is not None:
                    for block in self._take(arrival):
                        yield block
                elif link.dropped.is_set():
                    break
        except SensorError:
            pass  # the link went away on the last metres; the account stands as it is
        if self._heard_s == heard_s and quiet_s > params.silent_s and not self._ended:
            self.missing_s = quiet_s
        for block in self.clock.flush():
            yield block
