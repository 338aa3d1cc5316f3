"""Samples in place: counters unwrapped, repeats dropped, holes known, every time from the device.

No arrival time becomes a sample time. Arrival only helps to unwrap counters, and to say how long a
stream stood still when the sensor began to count anew.
"""

from __future__ import annotations

from bisect import bisect
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from imu_ankle.core.recording import FloatArray, IntArray, SampleFlag
from imu_ankle.sensors.clock.hosttime import HostTime
from imu_ankle.sensors.clock.ledger import Ledger

if TYPE_CHECKING:
    from imu_ankle.sensors.protocol import Batch, Counters

_ODR_TOLERANCE = 0.07  # MEMS sample clocks are up to 5 % off nominal
_LEARN_S = 2.0  # of a stream show its true rate
_LEAST_STEP_S = 1e-6  # between samples whose stamps leave no room
_WRONG_TICK_S = 900.0  # no burst is so late: a stamp so far off is wrong, or the clock was set
_SAME_CLOCK_S = 5.0  # a clock that goes on agrees with the host's within the longest burst


@dataclass(frozen=True, slots=True, eq=False)
class SampleBlock:
    """Samples with their place: what the recorder writes.

    Attributes
    ----------
    seq : (n,) index since the start, consecutive.
    time_s : (n,) on the sensor's clock, 0 at index 0.
    acc_mps2, gyr_dps : (n, 3), sensor frame.
    flags : (n,) bits of `SampleFlag`.
    """

    seq: IntArray
    time_s: FloatArray
    acc_mps2: FloatArray
    gyr_dps: FloatArray
    flags: IntArray

    def __len__(self) -> int:
        return len(self.seq)


class _Placed(NamedTuple):
    start: int  # seq, half-open
    end: int
    first_s: float
    last_s: float


class SampleClock:
    """Puts the batches of one sensor in place, in whatever order they come.

    Attributes
    ----------
    ledger : which samples came.
    host : the mapping from the sensor's clock to the host's.
    duplicates : samples that came again.
    restarts : times at which the sensor began to count anew; the holes before them are estimates.
    """

    def __init__(self, counters: Counters, rate_hz: float) -> None:
        self.ledger = Ledger()
        self.host = HostTime()
        self.duplicates = 0
        self.restarts: list[float] = []
        self._counters = counters
        self._nominal_s = 1.0 / rate_hz
        self._period_s = self._nominal_s
        self._base_seq, self._base_s = 0, 0.0  # where the present base begins
        self._first: tuple[int, int] | None = None  # index and tick that opened the base
        self._latest = (0, 0, 0.0)  # index, tick, arrival of the newest batch
        self._length = 0  # samples of the newest batch
        self._asks_whether_same = False
        self._wrong_s: float | None = None  # how far the last stamp was off, if it was wrong
        self._placed: list[_Placed] = []  # in order of seq

    @property
    def base_seq(self) -> int:
        """The seq that the sensor's index 0 has at present."""
        return self._base_seq

    @property
    def rate_hz(self) -> float:
        """True rate on the sensor's own clock."""
        return 1.0 / self._period_s

    @property
    def end_s(self) -> float:
        """Time of the newest sample."""
        return self._placed[-1].last_s if self._placed else 0.0

    def resume(self, *, continues: bool | None) -> None:
        """Note that the link was lost: the sensor's count goes on, begins anew, or doesn't tell."""
        if self._first is None:
            return
        self._asks_whether_same = continues is None
        if continues is False:
            self._first = None

    def expect(self, total: int) -> None:
        """Note how many samples the present base had in all, as the sensor says."""
        self.ledger.expect(self._base_seq + total)

    def flush(self) -> tuple[SampleBlock, ...]:
        """Return what is held back: nothing, here."""
        return ()

    def place(self, batch: Batch, received_s: float) -> tuple[SampleBlock, ...]:
        """Return what of `batch` is new; nothing where all of it came before."""
        off_s = self._off_s(batch, received_s) if self._first is not None else 0.0
        if abs(off_s) > _WRONG_TICK_S and not self._asks_whether_same:
            before_s, self._wrong_s = self._wrong_s, off_s
            if before_s is None or abs(off_s - before_s) > _SAME_CLOCK_S:
                return ()  # one wrong stamp; two that agree are a clock that was set
            self._first = None
        self._wrong_s = None
        if self._first is None or (self._asks_whether_same and abs(off_s) > _SAME_CLOCK_S):
            self._open_base(batch, received_s)
        self._asks_whether_same = False
        index, tick = self._unwrap(batch, received_s)
        if len(batch) == 0:
            self.ledger.expect(self._base_seq + index)  # a moment: the next sample has this index
            return ()
        if index < 0:
            return ()
        assert self._first is not None  # noqa: S101 - opened above
        if index > self._latest[0]:
            steps = index - self._first[0]
            period_s = (tick - self._first[1]) / self._counters.tick_hz / steps
            if abs(period_s / self._nominal_s - 1.0) < _ODR_TOLERANCE:
                self._period_s = period_s
        if index >= self._latest[0]:
            self._latest, self._length = (index, tick, received_s), len(batch)
        start = self._base_seq + index
        before = self.ledger.end
        new = self.ledger.take(start, start + len(batch))
        self.duplicates += len(batch) - sum(b - a for a, b in new)
        ticks_s = (tick - self._first[1]) / self._counters.tick_hz
        time_s: FloatArray = (
            self._base_s + ticks_s + np.arange(len(batch)) * np.float64(self._period_s)
        )
        if not batch.resent:
            self.host.add(float(time_s[-1]), received_s)
        return tuple(self._block(batch, a, b, start, time_s, before) for a, b in new)

    def _open_base(self, batch: Batch, received_s: float) -> None:
        """Begin to count: from 0, or after a restart from where the host's clock says it is."""
        index = batch.index or 0
        if self._placed:
            first_s = self.host.device_s(received_s) - (len(batch) - 1) * self._period_s
            known = self.ledger.end - self._placed[-1].end  # lost at the end, as the sensor said
            self._base_s = max(first_s, self.end_s + (known + 1) * self._period_s)
            missing = round((self._base_s - self.end_s) / self._period_s) - 1 - known
            self._base_seq = self.ledger.end + missing - index
            self.restarts.append(self._base_s)
            self.host = HostTime()
        else:
            self._base_s = index * self._nominal_s
        self._first = (index, _tick(batch))
        self._latest, self._length = (index, _tick(batch), received_s), 0

    def _off_s(self, batch: Batch, received_s: float) -> float:
        """Return how far the sensor's clock is from where the host's expects it."""
        _, tick, before_s = self._latest
        expected = round(tick + (received_s - before_s) * self._counters.tick_hz)
        there = _nearest(_tick(batch), expected, self._counters.tick_bits)
        return (there - expected) / self._counters.tick_hz

    def _unwrap(self, batch: Batch, received_s: float) -> tuple[int, int]:
        """Return index and tick of the first sample, counted on."""
        counters, (index, tick, before_s) = self._counters, self._latest
        expected = tick + (received_s - before_s) * counters.tick_hz
        new_tick = _nearest(_tick(batch), round(expected), counters.tick_bits)
        steps = (new_tick - tick) / counters.tick_hz / self._period_s
        if counters.index_bits is not None and batch.index is not None:
            return _nearest(batch.index, round(index + steps), counters.index_bits), new_tick
        is_new = self._first is None or tick - self._first[1] < _LEARN_S * counters.tick_hz
        if is_new and abs(steps - self._length) <= max(0.5, _ODR_TOLERANCE * self._length):
            steps = self._length  # the next packet, whatever the true rate
        return index + round(steps), new_tick

    def _block(
        self, batch: Batch, a: int, b: int, start: int, time_s: FloatArray, end_before: int
    ) -> SampleBlock:
        part = slice(a - start, b - start)
        return SampleBlock(
            np.arange(a, b, dtype=np.int64),
            self._fit(a, time_s[part]),
            batch.acc_mps2[part],
            batch.gyr_dps[part],
            flags_of(batch, b - a, after_loss=a > end_before),
        )

    def _fit(self, seq: int, time_s: FloatArray) -> FloatArray:
        """Keep time increasing with seq, whatever a sensor's stamps do."""
        n = len(time_s)
        k = bisect(self._placed, seq, key=lambda block: block.start)
        low, high = -np.inf, np.inf
        if k:  # what is still missing in between will need room, too
            before = self._placed[k - 1]
            low = before.last_s + (seq - before.end) * _LEAST_STEP_S
        if k < len(self._placed):
            after = self._placed[k]
            high = after.first_s - (after.start - seq - n) * _LEAST_STEP_S
        if time_s[0] < low + _LEAST_STEP_S or time_s[-1] > high - _LEAST_STEP_S:
            if low == -np.inf:
                low = min(time_s[0], high - n * self._period_s) - self._period_s
            room_s = min(high - low, (n + 1) * self._period_s) * n / (n + 1)
            if time_s[-1] - low > n * self._period_s / 2:
                room_s = min(room_s, time_s[-1] - low)
            time_s = low + room_s * np.arange(1, n + 1) / n
        time_s = np.round(time_s, 7)
        self._placed.insert(k, _Placed(seq, seq + n, float(time_s[0]), float(time_s[-1])))
        return time_s


def flags_of(batch: Batch, n: int, *, after_loss: bool) -> IntArray:
    """Return the flags of `n` samples of `batch`, (n,)."""
    flags = np.zeros(n, dtype=np.int64)
    flags |= batch.acc_clipped * SampleFlag.ACC_CLIPPED | batch.gyr_clipped * SampleFlag.GYR_CLIPPED
    flags[0] |= after_loss * SampleFlag.LOST | batch.marked * SampleFlag.MARK
    return flags


def _tick(batch: Batch) -> int:
    assert batch.tick is not None  # noqa: S101 - whoever has counters stamps
    return batch.tick


def _nearest(value: int, expected: int, bits: int) -> int:
    """Return the number nearest to `expected` whose low bits are `value`."""
    span = 1 << bits
    return value + span * round((expected - value) / span)
