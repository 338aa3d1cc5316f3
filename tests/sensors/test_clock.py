"""Samples in place: exact account, device times, whatever order packets come in.

Every sample carries its true number as its acceleration, so that a place can be checked.
"""

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from imu_ankle.core.recording import SampleFlag
from imu_ankle.sensors.clock.clock import SampleBlock, SampleClock
from imu_ankle.sensors.protocol import Batch, Counters

OWN = Counters(tick_hz=1e6, tick_bits=32, index_bits=16)
NARROW = Counters(tick_hz=1e6, tick_bits=24, index_bits=8)  # wraps every 16.8 s and 256 samples
MILLISECONDS = Counters(tick_hz=1e3, tick_bits=32)
NANOSECONDS = Counters(tick_hz=1e9, tick_bits=64)
DELAY_S = 0.02


def batch_of(start, size, counters, *, rate_hz=208.0, boot=0, **more):
    """Samples start.. of a stream that began at tick `boot`."""
    acc = np.zeros((size, 3))
    acc[:, 0] = np.arange(start, start + size)
    tick = boot + int(start / rate_hz * counters.tick_hz)
    bits = counters.index_bits
    return Batch(
        acc_mps2=acc,
        gyr_dps=-acc,
        tick=tick % (1 << counters.tick_bits),
        index=None if bits is None else start % (1 << bits),
        **more,
    )


def stream_of(total, size, counters, **more):
    """(sample number, batch) of a whole stream."""
    return [
        (start, batch_of(start, min(size, total - start), counters, **more))
        for start in range(0, total, size)
    ]


def feed(clock, packets, *, rate_hz=208.0, begin_s=100.0, delay_s=DELAY_S):
    """Place packets as they arrive; return all blocks."""
    blocks = []
    for start, batch in packets:
        at_s = begin_s + (start + len(batch) - 1) / rate_hz + delay_s
        blocks += clock.place(batch, at_s)
    return blocks


def joined(blocks):
    """All blocks in order of seq: seq, time, true number."""
    if not blocks:
        return np.empty(0, int), np.empty(0), np.empty(0)
    seq = np.concatenate([block.seq for block in blocks])
    order = np.argsort(seq, kind="stable")
    time_s = np.concatenate([block.time_s for block in blocks])[order]
    acc = np.concatenate([block.acc_mps2[:, 0] for block in blocks])[order]
    return seq[order], time_s, acc


def check(clock, blocks):
    """What holds for every stream: each seq once, time with seq, an account that adds up."""
    seq, time_s, acc = joined(blocks)
    for block in blocks:
        n = len(block)
        assert n > 0
        assert block.acc_mps2.shape == block.gyr_dps.shape == (n, 3)
        assert block.time_s.shape == block.flags.shape == (n,)
        assert np.isfinite(block.time_s).all()
        assert (np.diff(block.seq) == 1).all()
    assert (np.diff(seq) > 0).all()
    assert (np.diff(time_s) > 0).all()
    ledger = clock.ledger
    assert ledger.received == len(seq)
    assert ledger.received + ledger.lost == ledger.end
    assert sum(b - a for a, b in ledger.holes) == ledger.lost
    missing = np.setdiff1d(np.arange(ledger.end), seq)
    assert missing.tolist() == [k for a, b in ledger.holes for k in range(a, b)]
    if len(seq):
        assert seq[0] >= 0
        assert seq[-1] < ledger.end
    return seq, time_s, acc


# counters that wrap -----------------------------------------------------------------------------


@pytest.mark.parametrize("off", [-0.05, 0.0, 0.05])
def test_hours_with_losses_around_every_wrap(off):
    """The index wraps every 5 min, the clock every 72; outages may be longer than either."""
    rate_hz, size, boot = 208.0 * (1.0 + off), 416, 2**32 - 60_000_000
    packets = stream_of(3 * 3600 * 208, size, OWN, rate_hz=rate_hz, boot=boot)
    outages_s = [(2000.0, 2400.0), (4000.0, 4000.0 + 80 * 60)]
    rng = np.random.default_rng(1)
    kept = []
    for start, batch in packets:
        at_s = start / rate_hz
        near = min(start % 65536, -start % 65536) < 5 * size
        near |= min(batch.tick, 2**32 - batch.tick) < 5e6
        out = any(a <= at_s < b for a, b in outages_s)
        if start == 0 or not (out or (near and rng.random() < 0.5)):
            kept.append((start, batch))
    clock = SampleClock(OWN, 208.0)
    seq, time_s, acc = check(clock, feed(clock, kept, rate_hz=rate_hz))
    np.testing.assert_array_equal(seq, acc)
    assert clock.ledger.received == sum(len(batch) for _, batch in kept)
    assert clock.ledger.end == kept[-1][0] + len(kept[-1][1])
    assert clock.rate_hz == pytest.approx(rate_hz, rel=1e-6)
    later = seq > 10 * size
    np.testing.assert_allclose(time_s[later], seq[later] / rate_hz, atol=1e-4)
    assert clock.restarts == []
    assert clock.duplicates == 0


@st.composite
def traffic(draw, counters=NARROW):
    """Packets of a stream that are lost, come late, come twice, or are sent again."""
    off = draw(st.sampled_from([-0.05, 0.0, 0.05]))
    rate_hz = 208.0 * (1.0 + off)
    size = draw(st.integers(1, 14))
    total = draw(st.integers(1, 60)) * size
    boot = draw(st.integers(0, (1 << counters.tick_bits) - 1))
    packets = stream_of(total, size, counters, rate_hz=rate_hz, boot=boot)
    window = draw(st.integers(0, 8))
    sent = []
    for place, (start, batch) in enumerate(packets):
        fate = draw(st.sampled_from(["once", "once", "once", "twice", "lost", "again"]))
        late = draw(st.integers(0, window))
        if fate != "lost":
            sent.append((place + late, start, batch))
        if fate == "twice":
            sent.append((place + draw(st.integers(0, window)), start, batch))
        if fate == "again":
            resent = batch_of(start, len(batch), counters, rate_hz=rate_hz, boot=boot, resent=True)
            sent.append((place + draw(st.integers(0, 60)), start, resent))
    sent.sort(key=lambda each: each[0])
    return rate_hz, [(batch, 100.0 + place * size / rate_hz, start) for place, start, batch in sent]


@settings(max_examples=300)
@given(traffic())
def test_any_order_loss_and_repetition_gives_an_exact_account(case):
    rate_hz, arrivals = case
    clock = SampleClock(NARROW, 208.0)
    blocks = [block for batch, at_s, _ in arrivals for block in clock.place(batch, at_s)]
    seq, time_s, acc = check(clock, blocks)
    np.testing.assert_array_equal(seq, acc)
    came = {start + k for batch, _, start in arrivals for k in range(len(batch))}
    assert set(seq.tolist()) == came
    assert clock.ledger.end == max(came, default=-1) + 1
    assert clock.duplicates == sum(len(batch) for batch, _, _ in arrivals) - len(came)
    assert clock.restarts == []
    if len(seq):
        first = arrivals[0][2]
        expected = first / 208.0 + (seq - first) / rate_hz
        # inside the first packet the true rate isn't known yet
        np.testing.assert_allclose(time_s, expected, atol=14 * 0.06 / 208.0)


@settings(max_examples=100)
@given(traffic(), st.data())
def test_arrival_times_leak_into_no_block(case, data):
    """Delays of minutes change nothing, as long as they are shorter than half a wrap."""
    _, arrivals = case
    plain, delayed = SampleClock(NARROW, 208.0), SampleClock(NARROW, 208.0)
    for batch, at_s, _ in arrivals:
        late_s = data.draw(st.floats(0.0, 3.0))
        one, other = plain.place(batch, at_s), delayed.place(batch, at_s + late_s)
        assert len(one) == len(other)
        for a, b in zip(one, other, strict=True):
            for name in ("seq", "time_s", "acc_mps2", "gyr_dps", "flags"):
                np.testing.assert_array_equal(getattr(a, name), getattr(b, name))


@pytest.mark.parametrize("counters", [OWN, MILLISECONDS, NANOSECONDS])
def test_delays_of_minutes_leak_into_no_block(counters):
    packets = stream_of(208 * 60, 8, counters, boot=2**32 - 10_000)
    packets = [each for k, each in enumerate(packets) if k % 7]
    rng = np.random.default_rng(2)
    results = []
    for most_s in (0.0, 0.3, 600.0):
        clock = SampleClock(counters, 208.0)
        at_s = np.maximum.accumulate(
            [100.0 + start / 208.0 + rng.uniform(0.0, most_s) for start, _ in packets]
        )
        blocks = [
            block
            for (_, batch), received_s in zip(packets, at_s.tolist(), strict=True)
            for block in clock.place(batch, received_s)
        ]
        results.append(check(clock, blocks)[:2])
    for seq, time_s in results[1:]:
        np.testing.assert_array_equal(seq, results[0][0])
        np.testing.assert_array_equal(time_s, results[0][1])


@pytest.mark.parametrize("counters", [OWN, MILLISECONDS, NANOSECONDS])
@pytest.mark.parametrize("size", [8, 36])
@pytest.mark.parametrize("off", [-0.05, 0.05])
def test_times_are_the_stamps_from_the_second_packet_on(off, size, counters):
    """What the first packet's nominal period got wrong doesn't push all others aside."""
    rate_hz = 208.0 * (1.0 + off)
    clock = SampleClock(counters, 208.0)
    blocks = feed(clock, stream_of(208 * 10, size, counters, rate_hz=rate_hz), rate_hz=rate_hz)
    seq, time_s, _ = check(clock, blocks)
    resolution_s = 1.0 / counters.tick_hz
    later = seq >= 5 * size
    np.testing.assert_allclose(time_s[later], seq[later] / rate_hz, atol=2.0 * resolution_s + 2e-5)


def test_first_packets_lost_are_a_hole_from_zero():
    clock = SampleClock(OWN, 208.0)
    seq, time_s, acc = check(clock, feed(clock, stream_of(800, 8, OWN)[5:]))
    np.testing.assert_array_equal(seq, acc)
    assert clock.ledger.holes == [(0, 40)]
    assert time_s[0] == pytest.approx(40 / 208.0)


# sensors that count nothing ---------------------------------------------------------------------


@pytest.mark.parametrize("counters", [MILLISECONDS, NANOSECONDS])
@pytest.mark.parametrize("off", [-0.05, -0.02, 0.0, 0.02, 0.05])
@pytest.mark.parametrize("size", [1, 4, 8, 36])
def test_loss_is_worked_out_from_stamps(size, off, counters):
    """After 10 s the true rate is known to 1 ms / 10 s; gaps up to 5 s are counted exactly."""
    rate_hz, rng = 208.0 * (1.0 + off), np.random.default_rng(size)
    packets = stream_of(60 * 208, size, counters, rate_hz=rate_hz, boot=2**32 - 30_000)
    kept, at = [], 0
    while at < len(packets):
        kept.append(packets[at])
        quiet = packets[at][0] > 10 * 208 and rng.random() < 0.1
        at += 1 + (int(rng.integers(1, max(2, 5 * 208 // size))) if quiet else 0)
    clock = SampleClock(counters, 208.0)
    seq, time_s, acc = check(clock, feed(clock, kept, rate_hz=rate_hz))
    np.testing.assert_array_equal(seq, acc)
    assert clock.ledger.received == sum(len(batch) for _, batch in kept)
    assert clock.rate_hz == pytest.approx(rate_hz, rel=1e-3)
    later = seq > 10 * 208
    np.testing.assert_allclose(time_s[later], seq[later] / rate_hz, atol=2.5e-3)


@pytest.mark.parametrize("counters", [MILLISECONDS, NANOSECONDS])
@pytest.mark.parametrize("gap", [1, 2, 3])
@pytest.mark.parametrize("size", [1, 8, 36])
def test_a_gap_of_few_samples_is_seen(size, gap, counters):
    """A stamp that is one period late, 4.8 times its resolution, is a lost sample."""
    before = stream_of(208 * 10 // size * size, size, counters)
    start = before[-1][0] + size + gap
    after = [(k, batch_of(k, size, counters)) for k in range(start, start + 20 * size, size)]
    clock = SampleClock(counters, 208.0)
    seq, _, acc = check(clock, feed(clock, before + after))
    np.testing.assert_array_equal(seq, acc)
    assert clock.ledger.lost == gap


def test_packets_of_changing_size_without_a_counter():
    """Two streams that are paired come in pieces of any length."""
    rng, packets, start = np.random.default_rng(3), [], 0
    while start < 208 * 30:
        size = int(rng.integers(1, 72))
        if start < 208 * 5 or rng.random() > 0.1:
            packets.append((start, batch_of(start, size, NANOSECONDS, rate_hz=210.0)))
        start += size
    clock = SampleClock(NANOSECONDS, 208.0)
    seq, _, acc = check(clock, feed(clock, packets, rate_hz=210.0))
    np.testing.assert_array_equal(seq, acc)


@pytest.mark.parametrize("off", [-0.05, 0.0, 0.05])
def test_repeated_and_reordered_packets_without_a_counter(off):
    rate_hz = 208.0 * (1.0 + off)
    packets = stream_of(208 * 20, 8, MILLISECONDS, rate_hz=rate_hz)
    for k in range(100, 500, 10):
        packets[k], packets[k + 1] = packets[k + 1], packets[k]
    twice = [each for k, packet in enumerate(packets) for each in [packet] * (1 + (k % 5 == 4))]
    clock = SampleClock(MILLISECONDS, 208.0)
    seq, _, acc = check(clock, feed(clock, twice, rate_hz=rate_hz))
    np.testing.assert_array_equal(seq, acc)
    assert clock.ledger.lost == 0
    assert clock.duplicates == 8 * (len(twice) - len(packets))


# links that were lost ---------------------------------------------------------------------------


def test_resume_of_a_count_that_goes_on():
    packets = stream_of(208 * 60, 8, OWN, boot=2**32 - 20_000_000)
    clock = SampleClock(OWN, 208.0)
    blocks = feed(clock, packets[:400])
    clock.resume(continues=True)
    blocks += feed(clock, packets[1200:])
    seq, time_s, acc = check(clock, blocks)
    np.testing.assert_array_equal(seq, acc)
    assert clock.ledger.holes == [(3200, 9600)]
    assert clock.restarts == []
    np.testing.assert_allclose(time_s, seq / 208.0, atol=1e-5)
    # and the ring fills the hole
    blocks += feed(clock, packets[380:1210], begin_s=140.0)
    seq, time_s, acc = check(clock, blocks)
    np.testing.assert_array_equal(seq, acc)
    assert clock.ledger.lost == 0


@pytest.mark.parametrize("counters", [OWN, MILLISECONDS, NANOSECONDS])
@pytest.mark.parametrize("gap_s", [0.0, 2.0, 30.0])
def test_resume_of_a_count_that_begins_anew(gap_s, counters):
    """The gap is an estimate from the host's clock: good to the change of delays."""
    clock = SampleClock(counters, 208.0)
    blocks = feed(clock, stream_of(208 * 20, 8, counters, boot=123_456))
    clock.resume(continues=False)
    again = stream_of(208 * 20, 8, counters, boot=17)
    blocks += feed(clock, again, begin_s=120.0 + gap_s)
    seq, time_s, acc = check(clock, blocks)
    assert len(clock.restarts) == 1
    assert clock.ledger.received == 2 * 208 * 20
    assert clock.ledger.lost == pytest.approx(gap_s * 208, abs=6)
    np.testing.assert_array_equal(acc[208 * 20 :], np.arange(208 * 20))
    np.testing.assert_allclose(time_s, seq / 208.0, atol=0.01)
    assert clock.restarts[0] == pytest.approx(20.0 + gap_s, abs=0.02)
    assert clock.base_seq == seq[208 * 20]
    clock.expect(208 * 20 + 5)  # the new base's own count
    assert clock.ledger.end == seq[-1] + 1 + 5


def test_restart_counts_a_known_lost_end_once():
    """The sensor said that 4 s came after what was received; the gap of 10 s holds them."""
    clock = SampleClock(OWN, 208.0)
    blocks = feed(clock, stream_of(208 * 20, 8, OWN))
    clock.expect(208 * 24)
    clock.resume(continues=False)
    blocks += feed(clock, stream_of(208 * 20, 8, OWN), begin_s=130.0)
    seq, time_s, _ = check(clock, blocks)
    assert clock.ledger.lost == pytest.approx(208 * 10, abs=6)
    np.testing.assert_allclose(time_s, seq / 208.0, atol=0.01)


def test_restart_while_a_known_lost_end_is_longer_than_the_gap():
    clock = SampleClock(OWN, 208.0)
    blocks = feed(clock, stream_of(208 * 20, 8, OWN))
    clock.expect(208 * 24)
    clock.resume(continues=False)
    blocks += feed(clock, stream_of(208 * 20, 8, OWN), begin_s=121.0)
    seq, _, _ = check(clock, blocks)
    assert clock.ledger.received == 2 * 208 * 20
    assert seq[208 * 20] >= 208 * 24


@pytest.mark.parametrize("counters", [MILLISECONDS, NANOSECONDS])
@pytest.mark.parametrize("gap_s", [0.5, 20.0, 120.0])
def test_resume_untold_of_a_clock_that_goes_on(gap_s, counters):
    """20 s of stamps of 1 ms tell the rate to 5e-5: 120 s later that is 1.2 samples."""
    packets = stream_of(208 * 240, 8, counters, boot=2**31)
    first = [each for each in packets if each[0] < 208 * 20]
    second = [each for each in packets if each[0] >= 208 * (20 + gap_s)]
    clock = SampleClock(counters, 208.0)
    blocks = feed(clock, first)
    clock.resume(continues=None)
    blocks += feed(clock, second)
    seq, _, acc = check(clock, blocks)
    coarse = counters is MILLISECONDS and gap_s > 20.0
    np.testing.assert_allclose(seq, acc, rtol=0.0, atol=2.0 if coarse else 0.0)
    assert clock.restarts == []


@pytest.mark.parametrize("counters", [MILLISECONDS, NANOSECONDS])
@pytest.mark.parametrize("boot_s", [5, 3600])
def test_resume_untold_of_a_clock_that_begins_anew(boot_s, counters):
    clock = SampleClock(counters, 208.0)
    hour = round(3600 * counters.tick_hz)
    blocks = feed(clock, stream_of(208 * 20, 8, counters, boot=20 * hour))
    clock.resume(continues=None)
    boot = round(boot_s * counters.tick_hz)
    blocks += feed(clock, stream_of(208 * 20, 8, counters, boot=boot), begin_s=150.0)
    seq, time_s, _ = check(clock, blocks)
    assert len(clock.restarts) == 1
    assert clock.ledger.received == 2 * 208 * 20
    assert clock.ledger.lost == pytest.approx(30 * 208, abs=6)
    np.testing.assert_allclose(time_s, seq / 208.0, atol=0.02)


def test_a_sensor_may_begin_anew_many_times():
    clock, blocks = SampleClock(MILLISECONDS, 208.0), []
    for k in range(20):
        blocks += feed(
            clock, stream_of(208 * 2, 8, MILLISECONDS, boot=1000 * k), begin_s=100.0 + 5 * k
        )
        clock.resume(continues=False)
    seq, time_s, _ = check(clock, blocks)
    assert len(clock.restarts) == 19
    np.testing.assert_allclose(time_s, seq / 208.0, atol=0.1)


def test_resume_before_anything_came():
    clock = SampleClock(OWN, 208.0)
    for continues in (True, False, None):
        clock.resume(continues=continues)
    seq, _, acc = check(clock, feed(clock, stream_of(80, 8, OWN)))
    np.testing.assert_array_equal(seq, acc)
    assert clock.restarts == []


# odd stamps -------------------------------------------------------------------------------------


@settings(max_examples=200)
@given(traffic(), st.data())
def test_odd_stamps_never_break_the_order_of_time(case, data):
    """A stamp may be wrong by what a late interrupt costs; the index still tells the place."""
    _, arrivals = case
    clock = SampleClock(NARROW, 208.0)
    blocks: list[SampleBlock] = []
    for batch, at_s, _ in arrivals:
        wrong = data.draw(st.sampled_from([0, 0, 1, -1, 10_000, -10_000, 200_000, -200_000]))
        odd = Batch(
            acc_mps2=batch.acc_mps2,
            gyr_dps=batch.gyr_dps,
            tick=(batch.tick + wrong) % (1 << 24),
            index=batch.index,
            resent=batch.resent,
        )
        blocks += clock.place(odd, at_s)
    seq, _, acc = check(clock, blocks)
    np.testing.assert_array_equal(seq, acc)


def test_late_packet_into_no_room_keeps_the_order_of_time():
    """The packet after the hole was stamped too early, so the hole is 1 us wide."""
    packets = stream_of(24, 8, OWN)
    early = batch_of(16, 8, OWN)
    early = Batch(
        acc_mps2=early.acc_mps2,
        gyr_dps=early.gyr_dps,
        tick=int(7 / 208.0 * 1e6) + 1,
        index=16,
    )
    clock = SampleClock(OWN, 208.0)
    blocks = [
        *clock.place(packets[0][1], 100.1),
        *clock.place(early, 100.2),
        *clock.place(packets[1][1], 100.3),
    ]
    seq, _, _ = check(clock, blocks)
    assert seq.tolist() == list(range(24))


@settings(max_examples=200)
@given(st.lists(st.tuples(st.integers(0, 2**32 - 1), st.integers(1, 9)), max_size=20))
@example([(0, 3), (0, 3), (0, 3)])
@example([(100, 3), (50, 3), (60, 3), (100, 3)])
@example([(0, 1), (24, 4), (5, 4)])
def test_any_stamps_without_a_counter_keep_the_account(stamps):
    clock = SampleClock(MILLISECONDS, 208.0)
    blocks: list[SampleBlock] = []
    for k, (tick, size) in enumerate(stamps):
        rows = np.zeros((size, 3))
        batch = Batch(acc_mps2=rows, gyr_dps=rows, tick=tick)
        blocks += clock.place(batch, 100.0 + k * 0.04)
    seq = np.concatenate([[-1], *[block.seq for block in blocks]])
    assert len(np.unique(seq)) == len(seq)
    _, time_s, _ = joined(blocks)
    assert (np.diff(time_s) > 0).all()
    assert clock.ledger.received + clock.ledger.lost == clock.ledger.end


# flags and moments ------------------------------------------------------------------------------


def test_flags_go_where_they_belong():
    clock = SampleClock(OWN, 208.0)
    blocks = [
        *clock.place(batch_of(0, 4, OWN, marked=True), 100.1),
        *clock.place(batch_of(8, 4, OWN, acc_clipped=True), 100.2),
        *clock.place(batch_of(12, 4, OWN, gyr_clipped=True), 100.3),
        *clock.place(batch_of(4, 4, OWN, resent=True), 100.4),
    ]
    assert [block.flags.tolist() for block in blocks] == [
        [SampleFlag.MARK, 0, 0, 0],
        [SampleFlag.LOST | SampleFlag.ACC_CLIPPED] + [SampleFlag.ACC_CLIPPED] * 3,
        [SampleFlag.GYR_CLIPPED] * 4,
        [0] * 4,
    ]


@pytest.mark.parametrize("first", [True, False])
def test_a_moment_without_samples_tells_the_next_index(first):
    empty = batch_of(16, 0, OWN, marked=True, boot=500)
    before = [] if first else stream_of(8, 8, OWN, boot=500)
    after = [(k, batch_of(k, 8, OWN, boot=500)) for k in (16, 24)]
    clock = SampleClock(OWN, 208.0)
    blocks = feed(clock, before)
    assert clock.place(empty, 100.2) == ()
    assert clock.ledger.end == 16
    seq, time_s, acc = check(clock, blocks + feed(clock, after))
    np.testing.assert_array_equal(seq, acc)
    assert clock.ledger.lost == (16 if first else 8)
    np.testing.assert_allclose(time_s, seq / 208.0, atol=1e-5)


def test_a_moment_without_samples_comes_late_or_twice():
    clock = SampleClock(OWN, 208.0)
    blocks = feed(clock, stream_of(80, 8, OWN))
    for at in (40, 80, 80):
        assert clock.place(batch_of(at, 0, OWN, last=True), 101.0) == ()
    check(clock, blocks)
    assert clock.ledger.end == clock.ledger.received == 80
    assert clock.end_s == pytest.approx(79 / 208.0, abs=1e-5)


@pytest.mark.parametrize("counters", [OWN, MILLISECONDS])
def test_nothing_came(counters):
    clock = SampleClock(counters, 208.0)
    assert clock.end_s == 0.0
    assert clock.rate_hz == pytest.approx(208.0)
    assert (clock.ledger.received, clock.ledger.lost, clock.ledger.holes) == (0, 0, [])
    assert clock.host.line() is None


def test_one_wrong_stamp_is_left_out_and_a_clock_that_was_set_begins_anew():
    counters = Counters(tick_hz=1e6, tick_bits=32, index_bits=16)

    def batch_of(index, tick):
        values = np.zeros((8, 3))
        return Batch(acc_mps2=values, gyr_dps=values, tick=tick & 0xFFFFFFFF, index=index & 0xFFFF)

    clock = SampleClock(counters, 208.0)
    for k in range(40):
        wrong = 2**30 if k == 20 else 0
        clock.place(batch_of(8 * k, round(8e6 * k / 208) + wrong), 8 * k / 208)
    assert (clock.ledger.received, clock.ledger.lost) == (39 * 8, 8)
    for k in range(40, 60):
        clock.place(batch_of(8 * k, round(8e6 * k / 208) + 2**30), 8 * k / 208)
    assert len(clock.restarts) == 1
    assert clock.ledger.lost <= 24
