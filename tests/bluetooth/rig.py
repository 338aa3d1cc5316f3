"""Streams over bleak's public API and a software radio, for tests."""

import asyncio
import functools
import threading
import time
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import numpy as np

from imu_ankle.bluetooth.link import find
from imu_ankle.bluetooth.stream import Change, State, Stream, StreamParams
from imu_ankle.core.options import Side
from imu_ankle.sensors.clock.clock import SampleBlock
from imu_ankle.sensors.protocol import StreamConfig
from imu_ankle.virtual.air import open_air
from imu_ankle.virtual.ankle_imu import VirtualAnkleIMU
from imu_ankle.virtual.feed import Feed
from imu_ankle.virtual.radio import Faults, RadioLink

STALL_S = 0.2  # an untimed sensor's rate is off by 1 % of a set of 20 s
QUICK = StreamParams(dead_s=2.0, silent_s=0.4, backoff_s=(0.1, 0.2), give_up_s=6.0, find_s=2.0)


def counting_feed(seconds=120.0, rate_hz=208.0) -> Feed:
    """Return a feed whose samples carry their own number in two columns."""
    n = int(seconds * rate_hz)
    index = np.arange(n)
    counts = np.zeros((n, 6), dtype=np.int16)
    counts[:, 0], counts[:, 1], counts[:, 2] = index % 32000, index // 32000, 2048
    return Feed(
        title="counting", rate_hz=rate_hz, acc_range_g=16.0, gyr_range_dps=2000.0, counts=counts,
        present=np.ones(n, dtype=bool), side=Side.RIGHT,
    )  # fmt: skip


def numbers(acc_mps2):
    """Return which samples of a counting feed these are."""
    counts = np.rint(np.asarray(acc_mps2) / 9.80665 / 16.0 * 32768).astype(int)
    return counts[:, 0] + 32000 * counts[:, 1]


@dataclass
class Got:
    """What a stream yielded, and the stream."""

    stream: Stream
    blocks: list[SampleBlock] = field(default_factory=list)
    changes: list[Change] = field(default_factory=list)
    error: Exception | None = None

    @property
    def samples(self):
        return sum(len(block) for block in self.blocks)

    @property
    def states(self):
        return [change.state for change in self.changes]

    def check(self, sent: int) -> None:
        """Every sample is accounted for, is the one it says it is, and comes once."""
        ledger = self.stream.clock.ledger
        assert ledger.received == self.samples
        assert ledger.received + ledger.lost == sent
        seq = np.concatenate([block.seq for block in self.blocks])
        acc = np.vstack([block.acc_mps2 for block in self.blocks])
        time_s = np.concatenate([block.time_s for block in self.blocks])
        assert len(np.unique(seq)) == len(seq)
        assert (numbers(acc) == seq).all()
        assert (np.diff(time_s[np.argsort(seq)]) > 0).all()


@asynccontextmanager
async def rig(feed=None, *, faults=None, quirks=None, device=None, **air):
    """Open an air with one sensor in it."""
    device = device or VirtualAnkleIMU(feed or counting_feed(), "AnkleIMU-TEST", quirks=quirks)
    link = air.pop("link", None) or RadioLink(interval_s=0.0075, supervision_timeout_s=2.0)
    async with open_air([device], link=link, **air) as opened:
        if faults is not None:
            link.on_notification = Faults(**faults).hook()
        yield opened, device


async def connect(opened, config=None, params=QUICK, wanted=None) -> Got:
    found = await find(opened.radio, wanted or opened.peripherals[0].device.name, 3.0)
    return Got(Stream(opened.radio, found, config or StreamConfig(), params))


async def collect(got: Got, *, samples=None, at=None) -> Got:
    """Run a stream until it has so many samples; `at` maps counts of samples to what happens then."""
    todo = sorted((at or {}).items(), key=lambda pair: pair[0])
    try:
        async for item in got.stream.run():
            if isinstance(item, Change):
                got.changes.append(item)
                continue
            got.blocks.append(item)
            while todo and got.samples >= todo[0][0]:
                outcome = todo.pop(0)[1]()
                if asyncio.iscoroutine(outcome):
                    await outcome
            if samples is not None and got.samples >= samples and not todo:
                got.stream.stop()
    except Exception as error:  # noqa: BLE001 - the test looks at it
        got.error = error
    return got


def play(scenario):
    """Run a coroutine with a limit: a hang is a failure."""
    return asyncio.run(asyncio.wait_for(scenario, 600.0))


class Stalls(threading.Thread):
    """Watches for how long at most this machine stands still."""

    def __init__(self) -> None:
        super().__init__(daemon=True)
        self.longest_s = 0.0
        self._ended = threading.Event()

    def run(self) -> None:
        before_s = time.monotonic()
        while not self._ended.wait(0.02):
            now_s = time.monotonic()
            self.longest_s, before_s = max(self.longest_s, now_s - before_s), now_s

    def end(self) -> None:
        self._ended.set()
        self.join()


def in_real_time(test):
    """Play a test again, twice at most, that failed while this machine stood still.

    A sensor doesn't wait: what is told of its times holds for a machine that listens.
    """

    @functools.wraps(test)
    def played(tmp_path):
        for attempt in ("first", "second", "last"):
            folder, stalls = tmp_path / attempt, Stalls()
            folder.mkdir()
            stalls.start()
            try:
                test(folder)
                break
            except (AssertionError, TimeoutError):
                if stalls.longest_s < STALL_S or attempt == "last":
                    raise
            finally:
                stalls.end()

    return played


__all__ = [
    "QUICK", "Got", "State", "collect", "connect", "counting_feed", "in_real_time", "numbers",
    "play", "rig",
]  # fmt: skip
