"""Bytes of sensors: public vectors to exact values, hostile bytes, and conversations by hand.

A decoder raises `PayloadError` and nothing else; a conversation `SensorError` and nothing else.
"""

import math
import struct
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from imu_ankle.core.errors import PayloadError, RefusedError, SensorError
from imu_ankle.core.options import Side
from imu_ankle.core.recording import GRAVITY_MPS2
from imu_ankle.sensors import (
    SENSORS,
    ankle_imu,
    metamotion,
    movella_dot,
    movesense,
    polar_verity_sense,
    recognise,
    witmotion,
)
from imu_ankle.sensors.protocol import (
    BATTERY,
    FIRMWARE,
    MODEL,
    SERIAL,
    Await,
    Batch,
    Conversation,
    Format,
    Listen,
    Read,
    Step,
    StreamConfig,
    Write,
)

HEX = bytes.fromhex
SENT = Format(
    rate_hz=208.0,
    acc_range_g=16.0,
    gyr_range_dps=2000.0,
    acc_mps2_per_count=0.25,
    gyr_dps_per_count=0.0625,
)
ANKLE, POLAR, MOVESENSE = (SENSORS[key] for key in ("ankle-imu", "polar-verity-sense", "movesense"))

# AnkleIMU v1, the example of its specification: 2 samples, index 70000, 123456789 us
ANKLE_VECTOR = HEX("1100701115cd5b070100feff00102c01fbff0700ff7f00800000000000000000")
ANKLE_EVENT = HEX("3128701115cd5b07")
# polar-ble-sdk, AccDataTest
POLAR_ACC_RAW = HEX("02 0094357700000000 01 F7FFFFFFE703 F8FFFEFFE503")
POLAR_ACC_DELTA = HEX("02 0094357700000000 80 7107F06A9E8D 0A01 BE5CBE3A")
# polar-ble-sdk, GyrDataTest
POLAR_GYR_DELTA = HEX("05 FFFFFFFFFFFFFF7F 80 EAFF08000D00 0301 DF00")


def gsp(code, tick_ms, acc, gyr, ref=99):
    """Movesense GATT SensorData protocol, IMU6: stamp, all accelerations, then all rates."""
    values = np.concatenate([np.ravel(acc), np.ravel(gyr)]).astype("<f4")
    return bytes([code, ref]) + struct.pack("<I", tick_ms) + values.tobytes()


# sensein/movesense-py, test_protocol: two samples at 3000 ms
MOVESENSE_VECTOR = gsp(2, 3000, [[0.1, 0.2, 9.8]] * 2, [[1.0, -1.0, 0.5]] * 2)
# MetaWear-SDK-Cpp, tests of the BMI160: 8 g, 1000 deg/s, and a rate alone at 500 deg/s
META_ACC = HEX("031c 62b7530de9fd 16d04d0e5702 8affa1050a01")
META_GYR = HEX("1307 0915ad2608de 8a1a0d2665e4 8d20ac2773ec")
META_GYR_ALONE = HEX("1305 3e43ff7f0080")
# a public capture, its angles left out
WIT_FRAME = HEX("5561 35ff59ff0a08 000000000000 b9fc00000000")
WIT_REGISTERS = HEX("5571 0300") + bytes(16)
DOT_PACKET = struct.pack("<I6f", 2**32 - 1, 0.5, -0.25, 9.75, 1.0, -1.0, 0.5)
# the answer to a subscription, which is no data
MOVESENSE_ANSWER = HEX("0163c800")


def parts(packet, cut):
    """Split a Movesense packet as its firmware does when it exceeds the MTU."""
    return packet[:cut], bytes([3, packet[1]]) + packet[cut:]


def decoder(sensor, **changes):
    settings_ = {name: getattr(SENT, name) for name in Format.__slots__} | changes
    return sensor.decoder(Format(**settings_))


def feed_all(feed, key, payloads):
    return [batch for payload in payloads for batch in feed.feed(DATA[key], payload)]


def only(batches):
    (batch,) = batches
    return batch


# public vectors ---------------------------------------------------------------------------------


def test_own_profile_vector():
    batch = only(decoder(ANKLE).feed(ankle_imu.DATA, ANKLE_VECTOR))
    assert batch.acc_mps2.tolist() == [[0.25, -0.5, 1024.0], [8191.75, -8192.0, 0.0]]
    assert batch.gyr_dps.tolist() == [[18.75, -0.3125, 0.4375], [0.0, 0.0, 0.0]]
    assert (batch.tick, batch.index) == (123456789, 70000 % 65536)
    flags = (batch.acc_clipped, batch.gyr_clipped, batch.resent, batch.last, batch.marked)
    assert flags == (False,) * 5


@pytest.mark.parametrize(
    ("flag", "name"),
    [(0x02, "acc_clipped"), (0x04, "gyr_clipped"), (0x08, "last"), (0x20, "marked")],
)
def test_own_profile_flags(flag, name):
    packet = bytearray(ANKLE_VECTOR)
    packet[1] = flag
    batch = only(decoder(ANKLE).feed(ankle_imu.DATA, bytes(packet)))
    names = ("acc_clipped", "gyr_clipped", "resent", "last", "marked")
    assert [each for each in names if getattr(batch, each)] == [name]


def test_own_profile_resent_and_event():
    again = only(decoder(ANKLE).feed(ankle_imu.DATA, b"\x21" + ANKLE_VECTOR[1:]))
    assert again.resent
    assert len(again) == 2
    event = only(decoder(ANKLE).feed(ankle_imu.DATA, ANKLE_EVENT))
    assert len(event) == 0
    assert event.acc_mps2.shape == event.gyr_dps.shape == (0, 3)
    assert event.last
    assert event.marked
    assert event.index == 4464


@pytest.mark.parametrize(
    ("uuid", "payload"),
    [(ankle_imu.STATUS, bytes(20)), (BATTERY, b"\x50"), (ankle_imu.STATUS, b"")],
)
def test_other_characteristics_hold_no_samples(uuid, payload):
    for sensor in SENSORS.values():
        assert decoder(sensor).feed(uuid, payload) == ()


def counts(payload):
    return polar_verity_sense.decode_frame(payload, {2: 1.0, 5: 1.0})


def test_polar_raw_acceleration_is_in_mg():
    kind, last_ns, values = counts(POLAR_ACC_RAW)
    assert (kind, last_ns) == (2, 2_000_000_000)
    expected = np.array([[-9, -1, 999], [-8, -2, 997]]) * (GRAVITY_MPS2 / 1000.0)
    np.testing.assert_array_equal(values, expected)


def test_polar_delta_frames():
    kind, last_ns, values = counts(POLAR_GYR_DELTA)
    assert (kind, last_ns) == (5, 2**63 - 1)
    assert values.tolist() == [[-22, 8, 13], [-23, 11, 16]]
    kind, last_ns, values = counts(POLAR_ACC_DELTA)
    assert (kind, last_ns) == (2, 2_000_000_000)
    assert values.tolist() == [
        [1905, 27376, -29282],
        [1905 + 190, 27376 - 105, -29282 - 85],
    ]


def test_polar_float_rates_are_deltas_of_bits():
    rates = np.array([[1.5, -2.25, 1000.0], [1.75, -2.5, 999.5]], dtype="<f4")
    bits = rates.view("<u4").astype(np.int64)
    deltas = [int(each) & 0xFFFFFFFF for each in bits[1] - bits[0]]
    body = rates[0].tobytes() + bytes([32, 1]) + struct.pack("<3I", *deltas)
    _, _, values = counts(struct.pack("<BQB", 5, 10**9, 0x81) + body)
    np.testing.assert_array_equal(values, rates)


@given(
    st.lists(
        st.tuples(st.integers(1, 16), st.lists(st.tuples(*[st.integers(-9, 9)] * 3), max_size=40)),
        max_size=4,
    )
)
def test_polar_deltas_undo_what_an_encoder_does(blocks):
    rows, body = [(5, -7, 900)], struct.pack("<3h", 5, -7, 900)
    for width, steps in blocks:
        bits = max(width, 5)
        packed = 0
        for k, step in enumerate(value for row in steps for value in row):
            packed |= (step % (1 << bits)) << (k * bits)
        body += bytes([bits, len(steps)]) + packed.to_bytes(
            math.ceil(bits * len(steps) * 3 / 8), "little"
        )
        for row in steps:
            rows.append(tuple(a + b for a, b in zip(rows[-1], row, strict=True)))
    _, _, values = counts(struct.pack("<BQB", 2, 10**9, 0x80) + body)
    np.testing.assert_array_equal(values, np.array(rows, dtype=float))


def test_movesense_vector_in_one_part():
    feed = decoder(MOVESENSE)
    later = gsp(2, 3010, [[4, 5, 6]], [[7, 8, 9]])
    batches = [*feed.feed(movesense.NOTIFY, MOVESENSE_VECTOR), *feed.feed(movesense.NOTIFY, later)]
    assert [(batch.tick, batch.index, len(batch)) for batch in batches] == [
        (3000, None, 2),
        (3010, None, 1),
    ]
    acc = np.array([[0.1, 0.2, 9.8]] * 2, dtype=np.float32)
    np.testing.assert_array_equal(batches[0].acc_mps2, acc)
    assert batches[0].gyr_dps.tolist() == [[1.0, -1.0, 0.5]] * 2
    assert batches[1].acc_mps2.tolist() == [[4, 5, 6]]
    assert batches[1].gyr_dps.tolist() == [[7, 8, 9]]
    assert feed.feed(movesense.NOTIFY, MOVESENSE_ANSWER) == ()


@pytest.mark.parametrize("cut", [3, 6, 20, 30, 53])
def test_movesense_in_two_parts(cut):
    feed = decoder(MOVESENSE)
    for _ in range(3):
        first, second = parts(MOVESENSE_VECTOR, cut)
        assert feed.feed(movesense.NOTIFY, first) == ()
        batch = only(feed.feed(movesense.NOTIFY, second))
        assert batch.tick == 3000
        assert batch.gyr_dps.tolist() == [[1.0, -1.0, 0.5]] * 2


def movesense_stream(lost, cut=20, packets=6):
    """Return the ticks of what comes out of packets in two parts, some of which are lost."""
    feed, ticks = decoder(MOVESENSE), []
    for k in range(packets):
        packet = gsp(2, 1000 + 10 * k, [[k, 2, 3]] * 2, [[4, 5, k]] * 2)
        for part, payload in enumerate(parts(packet, cut)):
            if (k, part) in lost:
                continue
            try:
                batches = feed.feed(movesense.NOTIFY, payload)
            except PayloadError:
                continue
            for batch in batches:
                number = (batch.tick - 1000) // 10
                assert batch.acc_mps2.tolist() == [[number, 2, 3]] * 2
                assert batch.gyr_dps.tolist() == [[4, 5, number]] * 2
                ticks.append(number)
    return ticks


@pytest.mark.parametrize("part", [0, 1])
@pytest.mark.parametrize("k", [1, 3, 5])
def test_movesense_lost_part_costs_its_packet_alone(k, part):
    assert movesense_stream({(k, part)}) == [each for each in range(6) if each != k]


@pytest.mark.parametrize("part", [0, 1])
def test_movesense_lost_part_of_the_first_packet_invents_nothing(part):
    came = movesense_stream({(0, part)})
    assert 0 not in came
    assert came[-4:] == [2, 3, 4, 5]


# bytes that are no packets ----------------------------------------------------------------------

MALFORMED = {
    "ankle-imu": [
        b"",
        ANKLE_VECTOR[:7],
        ANKLE_VECTOR[:8],  # live, without samples
        ANKLE_VECTOR[:-1],
        ANKLE_VECTOR + b"\0",
        b"\x12" + ANKLE_VECTOR[1:],  # major 2
        b"\x10" + ANKLE_VECTOR[1:],
        b"\x01" + ANKLE_VECTOR[1:],  # type 0
        b"\x41" + ANKLE_VECTOR[1:],
        b"\x31" + ANKLE_VECTOR[1:],  # an event with samples
        b"\x21" + ANKLE_VECTOR[1:8],  # resent, without samples
    ],
    "polar-verity-sense": [
        b"",
        POLAR_ACC_RAW[:9],
        POLAR_ACC_RAW[:10],  # no samples
        POLAR_ACC_RAW[:-1],
        b"\x01" + POLAR_ACC_RAW[1:],  # another measurement
        POLAR_ACC_RAW[:9] + b"\x02" + POLAR_ACC_RAW[10:],  # another frame type
        POLAR_ACC_RAW[:8] + b"\xff" + POLAR_ACC_RAW[9:],  # 584 years from its epoch
        POLAR_GYR_DELTA[:15],
        POLAR_GYR_DELTA[:17],  # a block without its count
        POLAR_GYR_DELTA[:-1],
        POLAR_GYR_DELTA[:16] + b"\x00" + POLAR_GYR_DELTA[17:],  # deltas of no bits
        POLAR_GYR_DELTA[:16] + b"\x11" + POLAR_GYR_DELTA[17:] + bytes(9),  # of 17 bits
        struct.pack("<BQB3f", 5, 10**9, 1, 1.0, math.nan, 1.0),
        struct.pack("<BQB3f", 5, 10**9, 1, 1.0, math.inf, 1.0),
        struct.pack("<BQB3f", 5, 10**9, 1, 1.0, 1e30, 1.0),
        struct.pack("<BQB", 5, 10**9, 1) + HEX("0100807f") * 3,  # a signalling NaN
    ],
    "movesense": [
        b"",
        b"\x02",
        b"\x07" + MOVESENSE_VECTOR[1:],  # another code
        b"\x02\x07" + MOVESENSE_VECTOR[2:],  # another subscription
        b"\x03\x63" + MOVESENSE_VECTOR[2:],  # a second part alone
        MOVESENSE_VECTOR[:2],
        MOVESENSE_VECTOR[:6],
        MOVESENSE_VECTOR[:-1],
        MOVESENSE_VECTOR + b"\0",
        gsp(2, 3000, [[0, 0, math.nan]], [[0, 0, 0]]),
        gsp(2, 3000, [[0, 0, 0]], [[0, math.inf, 0]]),
        gsp(2, 3000, [[0, 0, 0]], [[0, 1e30, 0]]),
        b"\x02\x63" + struct.pack("<I", 3000) + HEX("0100807f") * 6,
    ],
    "movella-dot": [
        b"",
        DOT_PACKET[:-1],
        DOT_PACKET + b"\1",  # another mode
        DOT_PACKET + bytes(13),  # more than the characteristic holds
        struct.pack("<I6f", 1, math.nan, 0, 0, 0, 0, 0),
        struct.pack("<I6f", 1, 0, 0, 0, 0, -math.inf, 0),
        struct.pack("<I6f", 1, 0, 0, 1e30, 0, 0, 0),
        struct.pack("<I", 1) + HEX("0100807f") * 6,
    ],
    "metamotion": [
        b"",
        b"\x03",
        META_ACC[:2],
        META_ACC[:-1],
        META_ACC + b"\0",
        META_ACC + bytes(6),  # four samples
        b"\x05" + META_ACC[1:],  # another module
        b"\x13" + META_ACC[1:],  # another register
        HEX("0305") + META_ACC[2:],  # what a BMI270 sends
    ],
    "witmotion": [
        b"",
        bytes(20),
        WIT_FRAME[1:],
        WIT_FRAME + b"\0",  # what follows begins no frame: bytes are missing
        b"\x55\x62" + WIT_FRAME[2:],
        b"\x50" + WIT_FRAME[1:],
    ],
}
DATA = {
    "ankle-imu": ankle_imu.DATA,
    "polar-verity-sense": polar_verity_sense.DATA,
    "movesense": movesense.NOTIFY,
    "movella-dot": movella_dot.DATA,
    "metamotion": metamotion.NOTIFY,
    "witmotion": witmotion.DATA,
}
UUIDS = {
    "ankle-imu": [ankle_imu.DATA] * 3 + [ankle_imu.STATUS, ankle_imu.CTRL, BATTERY],
    "polar-verity-sense": [polar_verity_sense.DATA] * 3 + [polar_verity_sense.CONTROL, BATTERY],
    "movesense": [movesense.NOTIFY] * 3 + [movesense.COMMAND, BATTERY, ""],
    "movella-dot": [movella_dot.DATA] * 3 + [movella_dot.MEASURE, BATTERY],
    "metamotion": [metamotion.NOTIFY] * 3 + [metamotion.COMMAND, BATTERY],
    "witmotion": [witmotion.DATA] * 3 + [witmotion.COMMAND, ""],
}
VALID = {
    "ankle-imu": [ANKLE_VECTOR, ANKLE_EVENT, b"\x21" + ANKLE_VECTOR[1:]],
    "polar-verity-sense": [
        POLAR_ACC_RAW,
        POLAR_ACC_DELTA,
        POLAR_GYR_DELTA,
        b"\x05" + POLAR_ACC_RAW[1:9] + b"\0" + POLAR_ACC_RAW[10:],
        struct.pack("<BQB6f", 5, 2 * 10**9, 1, *range(6)),
        struct.pack("<BQB3f", 5, 2 * 10**9, 0x81, 1, 2, 3) + bytes([32, 1]) + bytes(12),
    ],
    "movesense": [
        MOVESENSE_VECTOR,
        gsp(2, 3010, [[4, 5, 6]], [[7, 8, 9]]),
        *parts(MOVESENSE_VECTOR, 30),
        MOVESENSE_ANSWER,
    ],
    "movella-dot": [DOT_PACKET, DOT_PACKET + bytes(12)],
    "metamotion": [META_ACC, META_GYR, META_GYR_ALONE, HEX("03800101")],
    "witmotion": [WIT_FRAME, WIT_REGISTERS, WIT_FRAME * 3 + WIT_FRAME[:7], WIT_FRAME[7:]],
}


def test_every_sensor_of_the_registry_is_tested_here():
    assert set(SENSORS) == set(DATA) == set(UUIDS) == set(VALID) == set(MALFORMED)
    for key, sensor in SENSORS.items():
        assert sensor.key == key
        assert recognise(None, [sensor.service]) is sensor
        assert recognise(sensor.names[0] + " 12", []) is sensor
    assert recognise("A lamp", ["0000180f-0000-1000-8000-00805f9b34fb"]) is None
    assert recognise(None, []) is None


@pytest.mark.parametrize(
    ("key", "payload"), [(key, bad) for key, several in MALFORMED.items() for bad in several]
)
def test_malformed_packets_are_refused(key, payload):
    """As the first packet of a stream or later; a Movesense shows it when the next one comes."""
    fresh, running = decoder(SENSORS[key]), decoder(SENSORS[key])
    for good in VALID[key][:2]:
        running.feed(DATA[key], good)
    with pytest.raises(PayloadError, match=r"\w"):
        running.feed(DATA[key], payload)
    with pytest.raises(PayloadError, match=r"\w"):
        feed_all(fresh, key, (payload, VALID[key][0]))


def check(batches, counters):
    assert isinstance(batches, tuple)
    for batch in batches:
        assert isinstance(batch, Batch)
        assert batch.acc_mps2.shape == batch.gyr_dps.shape == (len(batch), 3)
        assert np.isfinite(batch.acc_mps2).all()
        assert np.isfinite(batch.gyr_dps).all()
        assert isinstance(batch.tick, int) == (counters is not None)
        assert batch.index is None or isinstance(batch.index, int)
        assert batch.skipped >= 0


@st.composite
def mutations(draw, key):
    payload = bytearray(draw(st.sampled_from(VALID[key])))
    for _ in range(draw(st.integers(0, 3))):
        at = draw(st.integers(0, max(len(payload) - 1, 0)))
        kind = draw(st.sampled_from(["set", "cut", "grow", "drop"]))
        if kind == "cut":
            del payload[at:]
        elif kind == "drop":
            del payload[at : at + draw(st.integers(1, 4))]
        elif kind == "grow":
            payload[at:at] = draw(st.binary(min_size=1, max_size=24))
        elif payload:
            payload[at : at + 4] = draw(st.binary(min_size=1, max_size=4))
    return bytes(payload)


def notifications(key):
    return st.tuples(st.sampled_from(UUIDS[key]), st.one_of(st.binary(max_size=64), mutations(key)))


@pytest.mark.parametrize("key", SENSORS)
@settings(max_examples=300)
@given(data=st.data())
def test_whatever_comes_a_decoder_raises_payload_errors_only(key, data):
    feed = decoder(SENSORS[key])
    for uuid, payload in data.draw(st.lists(notifications(key), min_size=1, max_size=8)):
        try:
            check(feed.feed(uuid, payload), SENSORS[key].counters)
        except PayloadError:
            continue


@pytest.mark.parametrize("key", SENSORS)
@settings(max_examples=100)
@given(data=st.data())
def test_a_decoder_recovers_from_whatever_came(key, data):
    """Once good packets come again, good samples come again, the same as from the start."""
    hostile = data.draw(st.lists(notifications(key), max_size=4))
    if key == "polar-verity-sense":
        good = [
            frame
            for k in range(1, 61)
            for frame in (polar_frame(2, k * 8, k * 8 + 8), polar_frame(5, k * 8, k * 8 + 8))
        ]
    elif key == "movesense":
        good = [gsp(2, 5000 + 40 * k, [[k, 0, 0]], [[0, 0, k]]) for k in range(4)]
    elif key == "metamotion":
        good = [META_ACC, META_GYR] * 3
    else:
        good = VALID[key][:1]
    feed, fresh = decoder(SENSORS[key]), decoder(SENSORS[key])
    for uuid, payload in hostile:
        try:
            feed.feed(uuid, payload)
        except PayloadError:
            continue
    last: tuple[Batch, ...] = ()
    expected: tuple[Batch, ...] = ()
    for payload in good:
        try:
            last = feed.feed(DATA[key], payload)
        except PayloadError:
            last = ()
        expected = fresh.feed(DATA[key], payload)
    assert len(last) == len(expected) == 1
    np.testing.assert_array_equal(last[0].acc_mps2, expected[0].acc_mps2)
    np.testing.assert_array_equal(last[0].gyr_dps, expected[0].gyr_dps)
    assert abs((last[0].tick or 0) - (expected[0].tick or 0)) <= 1


# Polar: two streams into one --------------------------------------------------------------------

EPOCH_NS = 10**18  # what a Polar's clock shows, somewhere in 2031


def polar_frame(kind, start, end, *, rate_hz=208.0, shift=0.0, at_ns=EPOCH_NS):
    """Raw frame of samples start..end; the first axis is the sample's number."""
    last_ns = at_ns + round((end - 1 + shift) * 1e9 / rate_hz)
    rows = np.zeros((end - start, 3), dtype="<i2")
    rows[:, 0] = np.arange(start, end)
    return struct.pack("<BQB", kind, last_ns, 0) + rows.tobytes()


def polar_rows(frames, rate_hz=208.0):
    """Feed frames; return (number of acc, number of gyr, ns) of every row, in order."""
    feed = decoder(POLAR, rate_hz=rate_hz, acc_mps2_per_count=1.0, gyr_dps_per_count=1.0)
    rows: list[tuple[int, int, float]] = []
    for frame in frames:
        for batch in feed.feed(polar_verity_sense.DATA, frame):
            acc, gyr = batch.acc_mps2[:, 0].tolist(), batch.gyr_dps[:, 0].tolist()
            times = [batch.tick + k * 1e9 / rate_hz for k in range(len(batch))]
            rows += zip(map(int, acc), map(int, gyr), times, strict=True)
    return rows


def polar_stream(sizes=(36, 36), shift=0.0, total=720, *, lost=(), **more):
    """Frames of both streams in the order in which they fill up; gyr lags by `shift` periods."""
    frames = []
    for kind, size, late in ((2, sizes[0], 0.0), (5, sizes[1], shift)):
        for number, start in enumerate(range(0, total, size)):
            if (kind, number) not in lost:
                end = min(start + size, total)
                frames.append((end + late, kind, start, end, late))
    return [
        polar_frame(kind, start, end, shift=late, **more)
        for _, kind, start, end, late in sorted(frames)
    ]


SHIFTS = [0.0, 0.2, -0.2, 0.4, -0.4]


@pytest.mark.parametrize("sizes", [(36, 36), (36, 25), (8, 36), (1, 1)])
@pytest.mark.parametrize("shift", SHIFTS)
def test_polar_rows_pair_the_nearest(shift, sizes):
    rows = polar_rows(polar_stream(sizes, shift))
    numbers = [acc for acc, _, _ in rows]
    assert numbers == list(range(numbers[0], numbers[0] + len(numbers)))
    assert all(acc == gyr for acc, gyr, _ in rows)
    assert len(rows) >= 720 - max(sizes) - 1  # the last ones still wait for their partners
    assert numbers[0] <= 1
    for acc, _, at_ns in rows:
        assert at_ns == pytest.approx(EPOCH_NS + acc * 1e9 / 208.0, abs=1e4)


@pytest.mark.parametrize("kind", [2, 5])
@pytest.mark.parametrize("shift", SHIFTS)
def test_polar_lost_frame_leaves_out_its_rows_and_invents_none(shift, kind):
    whole = polar_rows(polar_stream(shift=shift))
    lossy = polar_rows(polar_stream(shift=shift, lost={(kind, 7)}))
    gone = range(7 * 36, 8 * 36)
    expected = [pair[:2] for pair in whole if pair[kind == 5] not in gone]
    assert [pair[:2] for pair in lossy] == expected
    times = np.array([at_ns for _, _, at_ns in lossy])
    np.testing.assert_allclose(
        times, [EPOCH_NS + acc * 1e9 / 208.0 for acc, _, _ in lossy], atol=1e4
    )


@pytest.mark.parametrize("off", [-0.05, -0.02, 0.02, 0.05])
@pytest.mark.parametrize("shift", [0.0, 0.4])
def test_polar_true_rate_off_nominal(shift, off):
    """MEMS sample clocks are up to 5 % off; rows are still pairs, in order, each at its time."""
    true_hz = 208.0 * (1.0 + off)
    rows = polar_rows(polar_stream(shift=shift, rate_hz=true_hz))
    rows = rows[72:]  # how fast the clock runs shows with the second frame
    numbers = [acc for acc, _, _ in rows]
    assert numbers == list(range(numbers[0], numbers[0] + len(numbers)))
    assert len(rows) >= 720 - 72 - 37
    assert all(acc == gyr for acc, gyr, _ in rows)


@pytest.mark.parametrize("rate_hz", [26.0, 52.0])
def test_polar_frames_longer_than_a_second_lose_nothing(rate_hz):
    """Deltas of 8 bits make 70 samples of a frame, 1.3 s at 52 Hz."""
    rows = polar_rows(polar_stream((70, 70), 0.2, 700, rate_hz=rate_hz), rate_hz)
    assert [acc for acc, _, _ in rows] == list(range(len(rows)))
    assert len(rows) >= 700 - 71


def test_polar_one_stream_may_lag():
    acc = [polar_frame(2, k, k + 36) for k in range(0, 720, 36)]
    gyr = [polar_frame(5, k, k + 36) for k in range(0, 720, 36)]
    for first, second in ((acc, gyr), (gyr, acc)):
        frames = first[:4] + [
            each for pair in zip(first[4:], second, strict=False) for each in pair
        ]
        rows = polar_rows(frames + second[-4:])
        assert [row[:2] for row in rows] == [(k, k) for k in range(720)]


@pytest.mark.parametrize("hours", [-1.0, 1.0])
def test_polar_clock_that_is_set_anew_does_not_end_the_pairing(hours):
    later_ns = EPOCH_NS + round(hours * 3.6e12)
    frames = polar_stream(shift=0.2) + polar_stream(shift=0.2, at_ns=later_ns)
    rows = [row for row in polar_rows(frames) if abs(row[2] - later_ns) < 10e9]
    assert len(rows) >= 720 - 37 - 36
    assert all(acc == gyr for acc, gyr, _ in rows)


def test_polar_frame_twice_gives_rows_of_the_same_times():
    frames = polar_stream()
    doubled = [each for frame in frames for each in (frame, frame)]
    assert {row[:2] for row in polar_rows(doubled)} == {row[:2] for row in polar_rows(frames)}


# conversations ----------------------------------------------------------------------------------


def talk(conversation, answer):
    """Carry a conversation through; return its result and the steps. `answer` may raise."""
    steps: list[Step] = []
    try:
        step = next(conversation)
        while len(steps) < 200:
            steps.append(step)
            try:
                value = answer(step)
            except RefusedError as refusal:
                step = conversation.throw(refusal)
            else:
                step = conversation.send(value)
    except StopIteration as done:
        return done.value, steps
    raise AssertionError("a conversation without an end")


def writes(steps):
    return [(step.uuid, step.data) for step in steps if isinstance(step, Write)]


def tlv(**changes):
    fields = {
        2: struct.pack("<f", 0.000488),
        3: struct.pack("<f", 0.07),
        4: struct.pack("<f", 208.0),
        5: struct.pack("<H", 16),
        6: struct.pack("<H", 2000),
        7: HEX("a0a1a2a3a4a5a6a7"),
        8: struct.pack("<I", 5460),
        0x7E: b"unknown",
    }
    fields |= {int(name[1:]): value for name, value in changes.items()}
    return b"".join(bytes([tag, len(value)]) + value for tag, value in fields.items())


def ankle_status(state=1, base=5, total=0):
    return struct.pack("<BBHIIIHh", state, 0, base, 123, total, 0, 3900, 2300)


class AnkleScript:
    """What an AnkleIMU answers; `restarts`: whether START opens a new base."""

    def __init__(self, state=1, *, restarts=True, refuse=None, **values):
        self.state, self.base, self.restarts, self.refuse = state, 5, restarts, refuse
        self.values = {
            FIRMWARE: b"1.2.3",
            MODEL: b"Clip\0",
            BATTERY: b"\x57",
            ankle_imu.CONFIG: struct.pack(
                "<BBHBHBIBBH", 1, 0, 208, 16, 2000, 0, 1_000_000, 0, 0, 0
            ),
            ankle_imu.INFO: tlv(),
        } | {getattr(ankle_imu, name): value for name, value in values.items()}

    def __call__(self, step):
        if isinstance(step, Read) and step.uuid == ankle_imu.STATUS:
            return self.values.get(ankle_imu.STATUS, ankle_status(self.state, self.base))
        if isinstance(step, Read):
            return self.values.get(step.uuid, b"")
        if isinstance(step, Write) and self.refuse and step.uuid == self.refuse[0]:
            raise RefusedError(self.refuse[1], f"the sensor refuses ({self.refuse[1]})")
        if isinstance(step, Write) and step.uuid == ankle_imu.CTRL and step.data[0] == 1:
            self.base += self.restarts
        return b""


def test_own_profile_starts_in_order():
    config = StreamConfig(
        rate_hz=208, acc_range_g=16, gyr_range_dps=2000, side=Side.RIGHT, epoch=0xA1B2C3D4
    )
    sent, steps = talk(ANKLE.start(config), AnkleScript())
    assert writes(steps) == [
        (ankle_imu.CONFIG, HEX("01 00 d000 10 d007 00 00000000 00 02 0000")),
        (ankle_imu.CTRL, HEX("01 d4c3b2a1")),
    ]
    listening = steps.index(Listen(ankle_imu.DATA))
    assert listening < steps.index(Write(ankle_imu.CTRL, HEX("01 d4c3b2a1")))
    # INFO is what counts after CONFIG, not before
    assert steps.index(Read(ankle_imu.INFO)) > steps.index(
        Write(ankle_imu.CONFIG, writes(steps)[0][1])
    )
    assert sent.acc_mps2_per_count == pytest.approx(0.000488 * GRAVITY_MPS2)
    assert sent.gyr_dps_per_count == pytest.approx(0.07)
    assert (sent.rate_hz, sent.acc_range_g, sent.gyr_range_dps) == (208.0, 16, 2000)
    assert (sent.ring_samples, sent.battery_pct) == (5460, 87)
    assert (sent.model, sent.firmware, sent.serial) == ("Clip", "1.2.3", "a0a1a2a3a4a5a6a7")
    assert sent.continues is False


@pytest.mark.parametrize("state", [2, 3])
def test_own_profile_running_stream_is_stopped_first_or_gone_on_with(state):
    _, steps = talk(ANKLE.start(StreamConfig()), AnkleScript(state))
    uuids = [(uuid, data[:1]) for uuid, data in writes(steps)]
    assert uuids == [(ankle_imu.CTRL, b"\2"), (ankle_imu.CONFIG, b"\1"), (ankle_imu.CTRL, b"\1")]
    sent, steps = talk(
        ANKLE.start(StreamConfig(resume=True, epoch=7)), AnkleScript(state, restarts=False)
    )
    assert writes(steps) == [(ankle_imu.CTRL, HEX("01 07000000"))]
    assert sent.continues is True


def test_own_profile_resume_after_a_reboot_configures_again():
    sent, steps = talk(ANKLE.start(StreamConfig(resume=True)), AnkleScript(0))
    assert [uuid for uuid, _ in writes(steps)] == [ankle_imu.CONFIG, ankle_imu.CTRL]
    assert sent.continues is False


def test_own_profile_stop_resend_total():
    _, steps = talk(ANKLE.stop(), AnkleScript())
    assert writes(steps) == [(ankle_imu.CTRL, b"\2")]
    assert ANKLE.resend is not None
    assert ANKLE.total is not None
    _, steps = talk(ANKLE.resend(70000, 256), AnkleScript())
    assert writes(steps) == [(ankle_imu.CTRL, HEX("03 7011 0001"))]
    total, _ = talk(ANKLE.total(), AnkleScript(STATUS=ankle_status(total=70001)))
    assert total == 70001  # not wrapped at 16 bits


@pytest.mark.parametrize("key", SENSORS)
def test_a_sensor_that_counts_tells_its_total_and_one_that_does_not_cannot(key):
    sensor = SENSORS[key]
    counts = sensor.counters is not None and sensor.counters.index_bits is not None
    assert (sensor.total is not None) == counts
    assert (sensor.timing == "A") == counts
    assert (sensor.timing == "C") == (sensor.counters is None)
    assert sensor.timing.meaning in sensor.knows


def test_own_profile_refusals():
    with pytest.raises(SensorError, match=r"100 Hz.*8 g.*500 deg/s") as caught:
        talk(
            ANKLE.start(StreamConfig(rate_hz=100, acc_range_g=8, gyr_range_dps=500)),
            AnkleScript(refuse=(ankle_imu.CONFIG, 0x81)),
        )
    assert caught.value.code == "wrong_setting"
    with pytest.raises(RefusedError) as refused:
        talk(ANKLE.start(StreamConfig()), AnkleScript(refuse=(ankle_imu.CTRL, 0x85)))
    assert refused.value.att == 0x85
    assert ANKLE.resend is not None
    with pytest.raises(RefusedError):
        talk(ANKLE.resend(0, 8), AnkleScript(refuse=(ankle_imu.CTRL, 0x84)))


def test_own_profile_other_version_is_named():
    config = struct.pack("<BBHBHBIBBH", 2, 0, 208, 16, 2000, 0, 1_000_000, 0, 0, 0)
    with pytest.raises(SensorError, match=r"version 2 .*1\.2\.3.*version 1") as caught:
        talk(ANKLE.start(StreamConfig()), AnkleScript(CONFIG=config))
    assert caught.value.code == "wrong_version"


@pytest.mark.parametrize(
    "values",
    [
        {"CONFIG": b""},
        {"CONFIG": b"\1"},
        {"STATUS": b""},
        {"STATUS": bytes(8)},
        {"INFO": b""},
        {"INFO": tlv()[:5]},
        {"INFO": tlv(_2=b"")},
        {"INFO": tlv(_3=b"\0\0\0")},
        {"INFO": tlv(_2=struct.pack("<f", 0.0))},
        {"INFO": tlv(_2=struct.pack("<f", -1.0))},
        {"INFO": tlv(_3=struct.pack("<f", math.nan))},
        {"INFO": tlv(_4=struct.pack("<f", math.inf))},
        {"INFO": tlv(_5=b"\1")},
    ],
)
def test_own_profile_answers_that_make_no_sense(values):
    with pytest.raises(SensorError, match=r"\w"):
        talk(ANKLE.start(StreamConfig()), AnkleScript(**values))


class PolarScript:
    """What a Verity Sense answers at its control point."""

    def __init__(self, status=None, settings=b""):
        self.status, self.settings, self.command = status or {}, settings, b""

    def __call__(self, step):
        if isinstance(step, Write):
            self.command = step.data
        if isinstance(step, Await):
            assert step.uuid == polar_verity_sense.CONTROL
            assert step.prefix == b"\xf0" + self.command[:2]
            status = self.status.get(self.command[1], 0)
            return step.prefix + bytes([status, 0]) + (self.settings if status == 0 else b"")
        if isinstance(step, Read):
            return {BATTERY: b"\x50", MODEL: b"Polar Sense", SERIAL: b"A1"}.get(step.uuid, b"")
        return b""


def test_polar_starts_in_order():
    config = StreamConfig(rate_hz=52, acc_range_g=8, gyr_range_dps=2000)
    factor = bytes([5, 1]) + struct.pack("<f", 0.5)
    sent, steps = talk(POLAR.start(config), PolarScript(settings=factor))
    control = polar_verity_sense.CONTROL
    assert writes(steps) == [
        (control, HEX("02 09")),
        (control, HEX("02 02 00 01 34 00 01 01 10 00 02 01 08 00 04 01 03")),
        (control, HEX("02 05 00 01 34 00 01 01 10 00 02 01 d0 07 04 01 03")),
    ]
    # one command at a time, each answered; nobody misses an answer or a frame
    kinds = [type(step) for step in steps if not isinstance(step, Read)]
    assert kinds == [Listen, Write, Await, Listen, Write, Await, Write, Await]
    assert steps.index(Listen(control)) < steps.index(Listen(polar_verity_sense.DATA))
    assert sent.gyr_dps_per_count == 0.5
    assert sent.acc_mps2_per_count == pytest.approx(0.5 * GRAVITY_MPS2)
    assert (sent.rate_hz, sent.model, sent.serial, sent.battery_pct) == (
        52.0,
        "Polar Sense",
        "A1",
        80,
    )
    assert sent.continues is None


def test_polar_factor_comes_after_other_settings_or_from_the_range():
    # polar-ble-sdk, PmdSettingTest: id, count, values of 2, 2, 2, 4, 1 and 4 bytes
    several = HEX("00013400 01011000 02010800 040103") + b"\5\1" + struct.pack("<f", 0.25)
    sent, _ = talk(POLAR.start(StreamConfig()), PolarScript(settings=several))
    assert sent.gyr_dps_per_count == 0.25
    sent, _ = talk(POLAR.start(StreamConfig(acc_range_g=8, gyr_range_dps=2000)), PolarScript())
    assert sent.gyr_dps_per_count == 2000 / 32768
    assert sent.acc_mps2_per_count == pytest.approx(8 / 32768 * GRAVITY_MPS2)


def test_polar_already_in_sdk_mode_is_no_refusal():
    sent, _ = talk(POLAR.start(StreamConfig()), PolarScript({9: 6}))
    assert sent.rate_hz == 208.0


@pytest.mark.parametrize(
    ("kind", "status", "named"), [(9, 3, "SDK mode"), (2, 5, "208 Hz"), (5, 8, "208 Hz")]
)
def test_polar_refusals_name_what_was_refused(kind, status, named):
    with pytest.raises(RefusedError, match=named) as caught:
        talk(POLAR.start(StreamConfig()), PolarScript({kind: status}))
    assert str(status) in str(caught.value)


@pytest.mark.parametrize(("kind", "named"), [(2, "16 g"), (5, "2000 deg/s")])
def test_polar_refused_settings_tell_which_stream(kind, named):
    """A range that isn't offered is refused as a rate is: both are to be named."""
    with pytest.raises(RefusedError, match=named):
        talk(POLAR.start(StreamConfig()), PolarScript({kind: 5}))


def test_polar_stops_both_streams_and_sdk_mode():
    _, steps = talk(POLAR.stop(), PolarScript())
    assert [data for _, data in writes(steps)] == [HEX("0302"), HEX("0305"), HEX("0309")]


class MovesenseScript:
    def __init__(self, status=200):
        self.status = status

    def __call__(self, step):
        if isinstance(step, Await):
            assert step.uuid == movesense.NOTIFY
            return step.prefix + struct.pack("<H", self.status)
        return b"\x40" if isinstance(step, Read) and step.uuid == BATTERY else b""


def test_movesense_starts_in_order_and_stops():
    sent, steps = talk(MOVESENSE.start(StreamConfig(rate_hz=104)), MovesenseScript())
    assert writes(steps) == [
        (movesense.COMMAND, HEX("00 62")),
        (movesense.COMMAND, HEX("01 63") + b"/Meas/IMU6/104"),
    ]
    kinds = [type(step) for step in steps if not isinstance(step, Read)]
    assert kinds == [Listen, Write, Await, Write, Await]
    assert [step.prefix for step in steps if isinstance(step, Await)] == [HEX("0162"), HEX("0163")]
    assert (sent.rate_hz, sent.battery_pct, sent.model, sent.serial) == (104, 64, "Movesense", None)
    _, steps = talk(MOVESENSE.stop(), MovesenseScript())
    assert writes(steps) == [(movesense.COMMAND, HEX("02 63"))]


@pytest.mark.parametrize("status", [404, 503, 0, 300])
def test_movesense_refusal_names_the_path(status):
    def answer(step):
        hello = getattr(step, "prefix", b"") == HEX("0162")
        return MovesenseScript(200 if hello else status)(step)

    with pytest.raises(RefusedError, match=f"/Meas/IMU6/208.*{status}"):
        talk(MOVESENSE.start(StreamConfig()), answer)


def dot_script(step):
    """What a Movella DOT answers."""
    if isinstance(step, Read):
        info = bytes(6) + bytes([2, 4, 1]) + bytes(11) + struct.pack("<Q", 0xAB) + b"XS-T01"
        settings_ = bytes(7) + b"\4" + b"DOT1".ljust(16, b"\0") + HEX("3c00 01 0000000000")
        own = {movella_dot.INFO: info, movella_dot.SETTINGS: settings_}
        own |= {movella_dot.MEASURE: HEX("010015"), movella_dot.LEVEL: HEX("5a01")}
        return own.get(step.uuid, b"")
    return b""


def meta_script(step):
    """What a MetaMotion R answers."""
    if isinstance(step, Await):
        assert step.uuid == metamotion.NOTIFY
        return step.prefix + {0x03: b"\1\1", 0x13: b"\0\1"}[step.prefix[0]]
    return b"5" if isinstance(step, Read) and step.uuid == MODEL else b""


SCRIPTS: dict[str, Callable[[], Any]] = {
    "ankle-imu": AnkleScript,
    "polar-verity-sense": PolarScript,
    "movesense": MovesenseScript,
    "movella-dot": lambda: dot_script,
    "metamotion": lambda: meta_script,
    "witmotion": lambda: lambda _: b"",
}


def usual(sensor, **wishes):
    return StreamConfig(rate_hz=sensor.usual_rate_hz, **wishes)


def hostile_answer(data, key):
    good = SCRIPTS[key]()

    def answer(step):
        if isinstance(step, Listen):
            return b""
        honest = good(step)
        prefix = step.prefix if isinstance(step, Await) else b""
        kind = data.draw(st.sampled_from(["honest", "honest", "cut", "garbage", "spoilt", "no"]))
        if kind == "no" and isinstance(step, Write):
            raise RefusedError(data.draw(st.sampled_from([None, 1, 0x80, 0x81, 0x0E])), "refused")
        if isinstance(step, Write) or kind in {"honest", "no"}:
            return honest
        rest = bytearray(honest[len(prefix) :])
        if kind == "cut":
            return prefix + bytes(rest[: data.draw(st.integers(0, len(rest)))])
        if kind == "garbage":
            return prefix + data.draw(st.binary(max_size=40))
        for _ in range(data.draw(st.integers(1, 4))):
            at = data.draw(st.integers(0, len(rest)))
            rest[at : at + 1] = data.draw(st.binary(min_size=1, max_size=4))
        return prefix + bytes(rest)

    return answer


@pytest.mark.parametrize("key", SENSORS)
@settings(max_examples=300)
@given(data=st.data())
def test_hostile_answers_raise_sensor_errors_only(key, data):
    sensor, resume = SENSORS[key], data.draw(st.booleans())
    try:
        sent, _ = talk(sensor.start(usual(sensor, resume=resume)), hostile_answer(data, key))
    except SensorError:
        return
    assert 0.0 < sent.rate_hz < 1e6
    assert 0.0 < sent.acc_mps2_per_count < 1e7
    assert 0.0 < sent.gyr_dps_per_count < 1e6
    assert sent.ring_samples >= 0
    for payload in VALID[key][:2]:
        check(sensor.decoder(sent).feed(DATA[key], payload), sensor.counters)


@pytest.mark.parametrize("key", SENSORS)
@settings(max_examples=100)
@given(data=st.data())
def test_hostile_answers_to_stop_and_total(key, data):
    sensor = SENSORS[key]
    conversations: list[Conversation[None] | Conversation[int]] = [sensor.stop()]
    if sensor.total:
        conversations.append(sensor.total())
    if sensor.resend:
        conversations.append(sensor.resend(70000, 8))
    for conversation in conversations:
        try:
            talk(conversation, hostile_answer(data, key))
        except SensorError:
            continue


@pytest.mark.parametrize("key", SENSORS)
def test_a_charge_above_full_is_not_known(key):
    good = SCRIPTS[key]()

    def answer(step):
        return b"\xff" if isinstance(step, Read) and step.uuid in levels else good(step)

    levels = {BATTERY, movella_dot.LEVEL}
    sent, _ = talk(SENSORS[key].start(usual(SENSORS[key])), answer)
    assert sent.battery_pct is None
