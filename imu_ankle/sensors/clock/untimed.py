"""Samples of a sensor that sends neither time nor count: sample k is at k / rate.

The rate is the nominal one at first, then that of a line through the arrivals. No arrival time
becomes a sample time. A single lost packet can't be seen, only a silence that nothing makes up for.
"""

from __future__ import annotations

from bisect import bisect_left
from typing import TYPE_CHECKING, TypeAlias

import numpy as np

from imu_ankle.sensors.clock.clock import SampleBlock, SampleClock, flags_of
from imu_ankle.sensors.clock.hosttime import HostTime
from imu_ankle.sensors.clock.ledger import Ledger

if TYPE_CHECKING:
    from imu_ankle.core.recording import FloatArray
    from imu_ankle.sensors.protocol import Batch, Counters

_LEARN_S = 4.0  # of arrivals; before, the radio's delays say more than the rate
_REMEMBER_S = 60.0  # a rate changes as the sensor warms up
_ODR_TOLERANCE = 0.07  # MEMS sample clocks are up to 5 % off nominal
_SILENCE_S = 1.0  # beyond what is expected: no sensor holds back so much
_SETTLE_S = 0.5  # so soon a burst makes up for a silence, or none comes


class ArrivalLine:
    """The lower envelope of arrival over count: arrival is late by a delay, never early."""

    def __init__(self) -> None:
        self._count: list[int] = []
        self._at_s: list[float] = []

    def __bool__(self) -> bool:
        return bool(self._count)

    def add(self, count: int, at_s: float) -> None:
        """Enter when the sample `count`, higher than all before, arrived."""
        counts, ats_s = self._count, self._at_s
        while len(counts) > 1 and (ats_s[-1] - ats_s[-2]) * (count - counts[-2]) >= (
            at_s - ats_s[-2]
        ) * (counts[-1] - counts[-2]):
            counts.pop()
            ats_s.pop()
        counts.append(count)
        ats_s.append(at_s)
        forgotten = bisect_left(ats_s, at_s - _REMEMBER_S)
        del counts[:forgotten], ats_s[:forgotten]

    @property
    def period_s(self) -> float | None:
        """Time from sample to sample: the slope in the middle; None until it can be told."""
        counts, ats_s = self._count, self._at_s
        if not counts or ats_s[-1] - ats_s[0] < _LEARN_S:
            return None
        k = max(1, bisect_left(counts, (counts[0] + counts[-1]) / 2))
        return (ats_s[k] - ats_s[k - 1]) / (counts[k] - counts[k - 1])

    def late_s(self, count: int, at_s: float, period_s: float) -> float:
        """Return how much later than the quickest a sample came."""
        past = zip(self._count, self._at_s, strict=True)
        return max(at_s - before_s - (count - k) * period_s for k, before_s in past)


class UntimedClock:
    """Puts the batches of one sensor in place, in the order in which they come.

    Attributes
    ----------
    ledger : which samples came, as far as that can be known.
    host : the mapping from these times to the host's clock.
    duplicates : always 0: a packet that comes twice can't be told from two.
    restarts : times after a silence; the holes before them are estimates.
    base_seq : always 0: the sensor has no index.
    """

    def __init__(self, rate_hz: float) -> None:
        self.ledger = Ledger()
        self.host = HostTime()
        self.duplicates = self.base_seq = 0
        self.restarts: list[float] = []
        self.end_s = 0.0  # time of the newest sample
        self._nominal_s = self._period_s = 1.0 / rate_hz
        self._line = ArrivalLine()  # of what came since the last silence
        self._next_s = 0.0  # time of the next sample
        self._link_was_lost = False
        self._held: list[tuple[Batch, float]] = []  # after a silence, until it is understood
        self._late_s = np.inf  # the least of what is held
        self._placed: list[SampleBlock] = []  # to be handed out

    @property
    def rate_hz(self) -> float:
        """Rate as estimated from the arrivals."""
        return 1.0 / self._period_s

    def expect(self, total: int) -> None:
        """Note how many samples there were in all."""
        self.ledger.expect(total)

    def resume(self, *, continues: bool | None) -> None:
        """Note that the link was lost; what the sensor says of its count is nothing here."""
        del continues
        self._release()
        self._link_was_lost = bool(self._line)

    def place(self, batch: Batch, received_s: float) -> tuple[SampleBlock, ...]:
        """Return samples with their places; after a silence, they are held back for a moment."""
        self._held.append((batch, received_s))
        if self._line:
            held = sum(len(each) + each.skipped for each, _ in self._held)
            late_s = self._line.late_s(self.ledger.end + held, received_s, self._period_s)
            self._late_s = min(self._late_s, late_s)
            waited_s = received_s - self._held[0][1]
            is_odd = self._link_was_lost or self._late_s > _SILENCE_S
            if is_odd and waited_s < _SETTLE_S:
                return self._hand_out()
        self._release()
        return self._hand_out()

    def flush(self) -> tuple[SampleBlock, ...]:
        """Return what is held back, at the end of the stream."""
        self._release()
        return self._hand_out()

    def _hand_out(self) -> tuple[SampleBlock, ...]:
        placed, self._placed = tuple(self._placed), []
        return placed

    def _release(self) -> None:
        """Place what is held: after a hole, if the silence was one."""
        missing = 0
        if self._held and self._line and (self._link_was_lost or self._late_s > _SILENCE_S):
            missing = max(0, round(self._late_s / self._period_s))
            self._line = ArrivalLine()
            self.restarts.append(self._next_s + missing * self._period_s)
        for batch, received_s in self._held:
            self._put(batch, received_s, missing + batch.skipped)
            missing = 0
        if self._held:
            self._held, self._late_s, self._link_was_lost = [], np.inf, False

    def _put(self, batch: Batch, received_s: float, missing: int) -> None:
        n, start = len(batch), self.ledger.end + missing
        if not n:
            return
        first_s = self._next_s + missing * self._period_s
        time_s: FloatArray = np.round(first_s + np.arange(n) * np.float64(self._period_s), 7)
        self._next_s, self.end_s = first_s + n * self._period_s, float(time_s[-1])
        self.ledger.take(start, start + n)
        self.host.add(self.end_s, received_s)
        self._line.add(start + n, received_s)
        period_s = self._line.period_s
        if period_s is not None and abs(period_s / self._nominal_s - 1.0) < _ODR_TOLERANCE:
            self._period_s = period_s
        seq = np.arange(start, start + n, dtype=np.int64)
        flags = flags_of(batch, n, after_loss=missing > 0)
        self._placed.append(SampleBlock(seq, time_s, batch.acc_mps2, batch.gyr_dps, flags))


Clock: TypeAlias = SampleClock | UntimedClock


def clock_for(counters: Counters | None, rate_hz: float) -> Clock:
    """Return the clock that puts a sensor's samples in place."""
    return UntimedClock(rate_hz) if counters is None else SampleClock(counters, rate_hz)
