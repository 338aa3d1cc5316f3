"""Samples without time and count: at k / rate, with a rate from arrivals, and silences as holes."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from imu_ankle.core.recording import SampleFlag
from imu_ankle.sensors.clock.clock import SampleBlock, SampleClock
from imu_ankle.sensors.clock.untimed import UntimedClock, clock_for
from imu_ankle.sensors.protocol import Batch, Counters
from tests.sensors.test_clock import check, joined

NOMINAL_HZ = 200.0


def batch_of(start, size, **more):
    acc = np.zeros((size, 3))
    acc[:, 0] = np.arange(start, start + size)
    return Batch(acc_mps2=acc, gyr_dps=-acc, **more)


def arrivals(seconds, *, rate_hz=NOMINAL_HZ, size=3, seed=1, shadows=(), begin_s=50.0):
    """(true number, arrival): connection events, lost events, and shadows that end in a burst."""
    rng = np.random.default_rng(seed)
    ends = np.arange(size, int(seconds * rate_hz) + 1, size)
    ready_s = ends / rate_hz
    event_s = np.ceil(ready_s / 0.015) * 0.015
    event_s += 0.015 * rng.geometric(0.9, len(ends)) + rng.exponential(0.003, len(ends))
    for a, b in shadows:
        event_s[(event_s >= a) & (event_s < b)] = b
    at_s = np.maximum.accumulate(event_s) + begin_s
    return list(zip((ends - size).tolist(), at_s.tolist(), strict=True))


def place(clock, sent, size=3, **more):
    return [
        block for start, at_s in sent for block in clock.place(batch_of(start, size, **more), at_s)
    ]


def test_who_counts_gets_the_clock_that_counts():
    assert isinstance(clock_for(None, 100.0), UntimedClock)
    assert isinstance(clock_for(Counters(tick_hz=1e6, tick_bits=32), 100.0), SampleClock)


@pytest.mark.parametrize("off", [-0.05, -0.01, 0.0, 0.01, 0.05])
@pytest.mark.parametrize("seed", [1, 2, 3])
def test_the_true_rate_is_learnt_from_twenty_seconds_of_arrivals(off, seed):
    clock = UntimedClock(NOMINAL_HZ)
    true_hz = NOMINAL_HZ * (1.0 + off)
    seq, time_s, acc = check(clock, place(clock, arrivals(20.0, rate_hz=true_hz, seed=seed)))
    np.testing.assert_array_equal(seq, acc)
    assert clock.rate_hz == pytest.approx(true_hz, rel=2e-3)
    assert clock.ledger.lost == 0
    assert not clock.restarts
    later = time_s > 6.0
    np.testing.assert_allclose(np.diff(time_s[later]) * true_hz, 1.0, atol=0.01)
    assert clock.end_s == time_s[-1]


def test_before_the_rate_is_known_it_is_the_nominal_one():
    clock = UntimedClock(NOMINAL_HZ)
    seq, time_s, _ = check(clock, place(clock, arrivals(3.9, rate_hz=190.0)))
    np.testing.assert_allclose(time_s, seq / NOMINAL_HZ, atol=1e-6)


def test_no_arrival_time_becomes_a_sample_time():
    """Other delays, the same times: to what a rate from them can differ."""
    times = []
    for seed in (1, 2):
        clock = UntimedClock(NOMINAL_HZ)
        times.append(joined(place(clock, arrivals(20.0, seed=seed)))[1])
    np.testing.assert_allclose(times[0], times[1], atol=0.01)
    assert np.abs(np.diff(times[0]) - 1 / NOMINAL_HZ).max() < 5e-5


@pytest.mark.parametrize("start_s", [0.0, 1.0, 9.0])
@pytest.mark.parametrize("length_s", [0.3, 0.9, 1.9])
def test_a_burst_after_a_shadow_is_no_hole(start_s, length_s):
    sent = arrivals(20.0, shadows=[(start_s, start_s + length_s)])
    clock = UntimedClock(NOMINAL_HZ)
    blocks = [*place(clock, sent), *clock.flush()]
    seq, _, acc = check(clock, blocks)
    np.testing.assert_array_equal(seq, acc)
    assert clock.ledger.lost == 0
    assert clock.rate_hz == pytest.approx(NOMINAL_HZ, rel=5e-3)


@pytest.mark.parametrize("length_s", [1.2, 3.0, 40.0])
@pytest.mark.parametrize("off", [-0.03, 0.0, 0.03])
def test_a_silence_that_nothing_makes_up_for_is_a_hole_of_about_its_length(length_s, off):
    true_hz = NOMINAL_HZ * (1.0 + off)
    sent = arrivals(30.0 + length_s, rate_hz=true_hz)
    kept = [pair for pair in sent if not 8.0 < pair[0] / true_hz < 8.0 + length_s]
    gone = (len(sent) - len(kept)) * 3
    clock = UntimedClock(NOMINAL_HZ)
    blocks = [*place(clock, kept), *clock.flush()]
    seq, time_s, _ = check(clock, blocks)
    assert clock.ledger.lost == pytest.approx(gone, abs=0.03 * true_hz + 0.004 * gone)
    (hole,) = clock.ledger.holes
    after = np.searchsorted(seq, hole[1])
    flagged = np.concatenate([block.flags for block in blocks]) & SampleFlag.LOST
    assert np.flatnonzero(flagged).tolist() == [after]
    assert clock.restarts == [pytest.approx(time_s[after], abs=1e-6)]
    assert clock.rate_hz == pytest.approx(true_hz, rel=3e-3)


@pytest.mark.parametrize("length_s", [0.4, 2.0])
def test_a_lost_link_leaves_a_hole_however_short(length_s):
    sent = arrivals(20.0)
    before = [pair for pair in sent if pair[0] < 8.0 * NOMINAL_HZ]
    after = [pair for pair in sent if pair[0] >= (8.0 + length_s) * NOMINAL_HZ]
    clock = UntimedClock(NOMINAL_HZ)
    clock.resume(continues=None)  # before the first sample: nothing to go on from
    blocks = place(clock, before)
    clock.resume(continues=None)
    blocks += place(clock, after)
    check(clock, blocks)
    assert clock.ledger.lost == pytest.approx(length_s * NOMINAL_HZ, abs=8)
    assert len(clock.restarts) == 1


def test_a_link_that_is_lost_again_at_once_loses_nothing_that_is_held():
    sent = arrivals(12.0)
    clock = UntimedClock(NOMINAL_HZ)
    blocks = place(clock, sent[:400])
    clock.resume(continues=None)
    blocks += place(clock, sent[500:505])  # shorter than it takes to understand
    clock.resume(continues=None)
    blocks += place(clock, sent[600:])
    blocks += clock.flush()
    check(clock, blocks)
    assert clock.ledger.received == 3 * (400 + 5 + len(sent) - 600)
    assert len(clock.restarts) == 2
    assert clock.ledger.lost == pytest.approx(3 * (100 + 95), abs=12)


def test_what_a_decoder_knows_to_be_lost_is_a_hole_at_once():
    clock = UntimedClock(100.0)
    blocks = [*clock.place(batch_of(0, 3), 10.03), *clock.place(batch_of(6, 3, skipped=3), 10.09)]
    seq, time_s, acc = check(clock, blocks)
    np.testing.assert_array_equal(seq, acc)
    np.testing.assert_allclose(time_s, acc / 100.0)
    assert blocks[1].flags.tolist() == [SampleFlag.LOST, 0, 0]


def test_lost_packets_that_nobody_sees_let_time_keep_up_with_the_wearer():
    rng = np.random.default_rng(5)
    sent = [pair for pair in arrivals(60.0) if rng.random() > 0.04]
    clock = UntimedClock(NOMINAL_HZ)
    _, time_s, _ = check(clock, place(clock, sent))
    assert clock.ledger.lost == 0
    assert clock.rate_hz == pytest.approx(0.96 * NOMINAL_HZ, rel=0.02)
    assert time_s[-1] == pytest.approx(60.0, abs=0.5)


def test_a_sensor_that_did_not_take_the_rate_shows_as_loss():
    """20 Hz in place of 200: time keeps up, and nine in ten samples are missing."""
    clock = UntimedClock(NOMINAL_HZ)
    sent = [(k, 10.0 + k / 20.0) for k in range(20 * 30)]
    blocks = [*place(clock, sent, size=1), *clock.flush()]
    check(clock, blocks)
    assert clock.end_s == pytest.approx(30.0, abs=1.7)
    assert clock.ledger.lost / clock.ledger.end == pytest.approx(0.9, abs=0.01)
    assert clock.rate_hz == NOMINAL_HZ


def test_half_an_hour_of_a_rate_that_drifts_by_one_per_cent_is_no_silence():
    k = np.arange(0, 30 * 60 * 100, 10)
    true_s = k / 100.0 + 0.01 * np.square(k / 100.0) / (2 * 1800.0)
    late_s = np.random.default_rng(3).exponential(0.01, len(k))
    clock = UntimedClock(100.0)
    sent = list(zip(k.tolist(), np.maximum.accumulate(true_s + late_s).tolist(), strict=True))
    _, time_s, _ = check(clock, place(clock, sent, size=10))
    assert clock.ledger.lost == 0
    assert clock.rate_hz == pytest.approx(99.0, rel=1e-3)
    assert time_s[-1] == pytest.approx(true_s[-1], abs=0.6)
    assert len(clock._line._count) < 1000


@settings(max_examples=200)
@given(
    st.lists(
        st.tuples(
            st.integers(1, 8),
            st.one_of(st.floats(0.0, 0.1), st.floats(0.0, 30.0)),
            st.sampled_from([0, 0, 0, 3]),
            st.sampled_from([False] * 6 + [True]),
        ),
        max_size=60,
    )
)
def test_whatever_arrives_when_the_account_adds_up(steps):
    clock, at_s, sent = UntimedClock(100.0), 5.0, 0
    blocks: list[SampleBlock] = []
    for size, later_s, skipped, lost_link in steps:
        at_s += later_s
        if lost_link:
            clock.resume(continues=None)
        blocks += clock.place(batch_of(sent, size, skipped=skipped), at_s)
        sent += size
    blocks += clock.flush()
    seq, _, acc = check(clock, blocks)
    assert acc.tolist() == list(range(sent))  # all of it, in the order in which it came
    assert clock.duplicates == 0
    if len(seq):
        assert abs(100.0 / clock.rate_hz - 1.0) < 0.07
