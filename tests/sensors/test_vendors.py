"""Movella DOT, MetaMotion and WitMotion: public vectors, pairing, cut frames, conversations."""

import itertools
import struct

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from imu_ankle.core.errors import PayloadError, RefusedError, SensorError
from imu_ankle.core.recording import GRAVITY_MPS2
from imu_ankle.sensors import SENSORS, metamotion, movella_dot, witmotion
from imu_ankle.sensors.protocol import Format, Listen, Pause, Read, StreamConfig, Write
from tests.sensors.test_decoders import (
    DOT_PACKET,
    HEX,
    META_ACC,
    META_GYR,
    META_GYR_ALONE,
    WIT_FRAME,
    WIT_REGISTERS,
    decoder,
    dot_script,
    meta_script,
    only,
    talk,
    writes,
)

DOT, META, WIT = (SENSORS[key] for key in ("movella-dot", "metamotion", "witmotion"))


def silent(step):
    del step
    return b""


# vectors ----------------------------------------------------------------------------------------


def test_dot_packet():
    batch = only(decoder(DOT).feed(movella_dot.DATA, DOT_PACKET + bytes(12)))
    assert batch.tick == 2**32 - 1
    assert batch.acc_mps2.tolist() == [[0.5, -0.25, 9.75]]
    assert batch.gyr_dps.tolist() == [[1.0, -1.0, 0.5]]


def test_metamotion_vectors():
    sent, _ = talk(
        META.start(StreamConfig(rate_hz=100, acc_range_g=8, gyr_range_dps=1000)), meta_script
    )
    feed = META.decoder(sent)
    assert feed.feed(metamotion.NOTIFY, META_ACC) == ()
    batch = only(feed.feed(metamotion.NOTIFY, META_GYR))
    acc_g = [(-4.539, 0.833, -0.131), (-2.995, 0.894, 0.146), (-0.029, 0.352, 0.065)]
    np.testing.assert_allclose(batch.acc_mps2 / GRAVITY_MPS2, acc_g, atol=6e-4)
    np.testing.assert_allclose(batch.gyr_dps[0], (164.177, 301.860, -265.122), atol=6e-4)
    assert (batch.tick, batch.index, batch.skipped) == (None, None, 0)
    sent, _ = talk(META.start(StreamConfig(rate_hz=100, gyr_range_dps=500)), meta_script)
    feed = META.decoder(sent)
    feed.feed(metamotion.NOTIFY, HEX("0304") + bytes(6))
    alone = only(feed.feed(metamotion.NOTIFY, META_GYR_ALONE))
    np.testing.assert_allclose(alone.gyr_dps, [(262.409, 499.497, -499.512)], atol=6e-4)


def test_witmotion_vector():
    sent, _ = talk(WIT.start(StreamConfig(rate_hz=200)), silent)
    batch = only(WIT.decoder(sent).feed(witmotion.DATA, WIT_FRAME))
    np.testing.assert_allclose(batch.acc_mps2 / GRAVITY_MPS2, [(-0.099, -0.082, 1.005)], atol=6e-4)
    assert batch.gyr_dps.tolist() == [[0.0, 0.0, 0.0]]
    turning = b"\x55\x61" + struct.pack("<9h", 0, 0, 2048, 16384, -32768, 1, 0, 0, 0)
    assert only(WIT.decoder(sent).feed(witmotion.DATA, turning)).gyr_dps.tolist() == [
        [1000.0, -2000.0, 2000 / 32768]
    ]


# MetaMotion: two streams into one ---------------------------------------------------------------


def packet(kind, number):
    head = {"A": b"\x03\x1c", "G": b"\x13\x07"}[kind]
    return head + struct.pack("<9h", *[number] * 9)


def paired(order):
    """Feed packets, "A0 G0 ..."; return (number of acc, number of gyr, skipped) of what comes."""
    feed, came = decoder(META, acc_mps2_per_count=1.0, gyr_dps_per_count=1.0), []
    for each in order if isinstance(order, list) else order.split():
        for batch in feed.feed(metamotion.NOTIFY, packet(each[0], int(each[1:]))):
            assert len(batch) == 3
            came.append((int(batch.acc_mps2[0, 0]), int(batch.gyr_dps[0, 0]), batch.skipped))
    return came


@pytest.mark.parametrize(
    ("order", "expected"),
    [
        ("A0 G0 A1 G1", [(0, 0, 0), (1, 1, 0)]),
        ("A0 A1 A2 G2 A3 G3", [(2, 2, 0), (3, 3, 0)]),  # the gyroscope wakes later
        ("G0 G1 A1 G2 A2 G3", [(1, 2, 0), (2, 3, 0)]),  # or earlier
        ("A0 G0 A1 A2 G2 A3 G3", [(0, 0, 0), (2, 2, 3), (3, 3, 0)]),  # G1 was lost
        ("A0 G0 G1 A2 G2 A3 G3", [(0, 0, 0), (2, 2, 3), (3, 3, 0)]),  # A1 was lost
        ("A0 G0 A2 G2", [(0, 0, 0), (2, 2, 0)]),  # both were: nobody can see it
        ("A0 G0 G1 A1 A2 G2", [(0, 0, 0), (1, 1, 0), (2, 2, 0)]),  # changed places
        ("A0 G0 A1 A2 A3 G3", [(0, 0, 0), (3, 3, 6)]),
    ],
)
def test_metamotion_packets_find_their_partners(order, expected):
    assert paired(order) == expected


@given(st.lists(st.integers(0, 6), max_size=12), st.data())
def test_metamotion_single_losses_are_counted_and_shift_nothing(gaps, data):
    """Whatever single packets are lost, as long as some get through in between."""
    lost, at = set(), 1
    for gap in gaps:
        at += 2 + gap
        lost.add((data.draw(st.sampled_from("AG")), at))
        at += 1
    total = at + 3
    sent = [f"{kind}{k}" for k in range(total) for kind in "AG" if (kind, k) not in lost]
    came = paired(sent)
    assert [acc for acc, _, _ in came] == [gyr for _, gyr, _ in came]
    assert len(came) == total - len(lost)
    assert sum(skipped for _, _, skipped in came) == 3 * len(lost)


@settings(max_examples=200)
@given(st.lists(st.sampled_from("AG"), max_size=40))
def test_metamotion_holds_no_more_than_it_needs_and_finds_back(noise):
    sent = [f"{kind}0" for kind in noise] + [f"{kind}{k}" for k in range(1, 5) for kind in "AG"]
    feed = metamotion.MetaMotionDecoder(Format(rate_hz=100.0, acc_range_g=16, gyr_range_dps=2000))
    for each in sent:
        feed.feed(metamotion.NOTIFY, packet(each[0], int(each[1:])))
        assert len(feed._waiting) <= 2
    assert [each[:2] for each in paired(sent)[-3:]] == [(2, 2), (3, 3), (4, 4)]


def test_metamotion_halves_of_different_length_are_no_pair():
    feed = decoder(META)
    feed.feed(metamotion.NOTIFY, META_ACC)
    with pytest.raises(PayloadError, match="3 accelerations with 1 rates"):
        feed.feed(metamotion.NOTIFY, META_GYR_ALONE)


# WitMotion: a serial stream in pieces -----------------------------------------------------------


def serial(count):
    """Frames that carry their number, and a register's answer among them."""
    frames = [b"\x55\x61" + struct.pack("<9h", *[k] * 9) for k in range(1, count + 1)]
    return b"".join([*frames[:2], WIT_REGISTERS, *frames[2:]])


def numbers(payloads):
    feed = decoder(WIT, acc_mps2_per_count=1.0, gyr_dps_per_count=1.0)
    came: list[int] = []
    for payload in payloads:
        try:
            batches = feed.feed(witmotion.DATA, payload)
        except PayloadError:
            continue
        finally:
            assert len(feed._held) < witmotion.FRAME_BYTES
        for batch in batches:
            assert (batch.acc_mps2 == batch.gyr_dps).all(axis=1).all()
            came += batch.acc_mps2[:, 0].astype(int).tolist()
    return came


def pieces(data, stream):
    cuts = sorted(data.draw(st.sets(st.integers(1, len(stream) - 1), max_size=12)))
    return [stream[a:b] for a, b in itertools.pairwise([0, *cuts, len(stream)])]


@settings(max_examples=200)
@given(st.data())
def test_witmotion_frames_may_be_cut_anywhere(data):
    assert numbers(pieces(data, serial(12))) == list(range(1, 13))


@settings(max_examples=200)
@given(st.data(), st.integers(20, 61))
def test_witmotion_a_lost_notification_costs_its_frames_and_those_that_it_cut(data, size):
    """A frame whose end is lost is made up of nothing else, as long as what follows shows it."""
    stream = serial(40)
    whole = [stream[at : at + size] for at in range(0, len(stream), size)]
    gone = data.draw(st.integers(0, len(whole) - 3))
    came = numbers(whole[:gone] + whole[gone + 1 :])
    assert came == sorted(set(came))
    assert set(came) <= set(range(1, 41))
    assert len(came) >= 40 - (size // 20 + 3)


def test_witmotion_garbage_is_skipped_up_to_the_next_frame():
    assert numbers([b"\x00\x55\x55" + serial(2), b"\x61\x61", serial(3)[:40]]) == [1, 2, 1, 2]


# conversations ----------------------------------------------------------------------------------


def test_dot_starts_in_order():
    sent, steps = talk(DOT.start(StreamConfig(rate_hz=30)), dot_script)
    settings_ = HEX("10") + bytes(6) + b"\4" + b"DOT1".ljust(16, b"\0") + HEX("1e00 01 0000000000")
    assert writes(steps) == [
        (movella_dot.SETTINGS, settings_),
        (movella_dot.MEASURE, HEX("010115")),
    ]
    assert steps.index(Listen(movella_dot.DATA)) < len(steps) - 1
    assert (sent.rate_hz, sent.battery_pct, sent.firmware) == (30.0, 90, "2.4.1")
    assert (sent.model, sent.serial) == ("Movella DOT", "00000000000000AB")
    assert writes(talk(DOT.stop(), silent)[1]) == [(movella_dot.MEASURE, HEX("010015"))]


def test_dot_that_measures_is_stopped_before_its_rate_is_set():
    def answer(step):
        measuring = getattr(step, "uuid", "") == movella_dot.MEASURE
        return HEX("010115") if measuring else dot_script(step)

    _, steps = talk(DOT.start(StreamConfig(rate_hz=60)), answer)
    assert [data[:2] for _, data in writes(steps)] == [HEX("0100"), HEX("1000"), HEX("0101")]


def test_metamotion_starts_in_order_and_stops():
    sent, steps = talk(META.start(StreamConfig(rate_hz=100)), meta_script)
    told = [data.hex() for _, data in writes(steps)]
    stopped = ["030100", "03020001", "031c00", "130100", "13020001", "130700"]
    started = ["130701", "13020100", "130101", "031c01", "03020100", "030101"]
    assert told == [*stopped, "0380", "1380", "0303280c", "13032800", *started]
    assert steps.index(Listen(metamotion.NOTIFY)) > steps.index(
        Write(metamotion.COMMAND, HEX("130700"))
    )
    assert (sent.model, sent.rate_hz) == ("MetaMotion R", 100.0)
    assert [data.hex() for _, data in writes(talk(META.stop(), silent)[1])] == stopped


@pytest.mark.parametrize("chips", [(4, 1), (1, 1), (0, 0), (None, None)])
def test_metamotion_with_another_chip_is_refused_by_name(chips):
    def answer(step):
        honest = meta_script(step)
        if getattr(step, "prefix", b"")[1:] != b"\x80":
            return honest
        chip = chips[step.prefix[0] == 0x13]
        return step.prefix + (b"" if chip is None else bytes([chip, 0]))

    with pytest.raises(SensorError, match=r"(accelerometer|gyroscope): .*expected a BMI160") as no:
        talk(META.start(StreamConfig(rate_hz=100)), answer)
    assert no.value.code == "wrong_version"


def test_witmotion_starts_in_order_and_stops_by_itself():
    sent, steps = talk(WIT.start(StreamConfig(rate_hz=100)), silent)
    assert [data.hex() for _, data in writes(steps)] == ["ffaa6988b5", "ffaa030900", "ffaa000000"]
    kinds = [type(step) for step in steps if not isinstance(step, Read)]
    assert kinds == [Write, Pause] * 3 + [Listen]
    assert (sent.rate_hz, sent.acc_range_g, sent.gyr_range_dps) == (100.0, 16, 2000)
    assert talk(WIT.stop(), silent) == (None, [])


@pytest.mark.parametrize("sensor", [DOT, META, WIT])
@pytest.mark.parametrize(
    ("config", "named"),
    [({"rate_hz": 208}, "208 Hz"), ({"acc_range_g": 3}, "3 g"), ({"gyr_range_dps": 7}, "7 deg/s")],
)
def test_what_a_sensor_does_not_offer_is_refused_with_what_it_does(sensor, config, named):
    wishes = {"rate_hz": sensor.usual_rate_hz} | config
    with pytest.raises(SensorError, match=named) as caught:
        talk(sensor.start(StreamConfig(**wishes)), silent)
    assert caught.value.code == "wrong_setting"


def test_the_usual_rate_is_the_nearest_to_208_hz():
    usual = {sensor.key: sensor.usual_rate_hz for sensor in SENSORS.values()}
    assert usual == {
        "ankle-imu": 208,
        "polar-verity-sense": 208,
        "movesense": 208,
        "movella-dot": 60,
        "metamotion": 100,
        "witmotion": 200,
    }


@pytest.mark.parametrize("size", [0, 5, 31, 33])
def test_dot_settings_of_another_size_are_left_alone(size):
    def answer(step):
        own = getattr(step, "uuid", "") == movella_dot.SETTINGS
        if own and isinstance(step, Write):
            raise RefusedError(1, "not written")
        return bytes(size) if own else dot_script(step)

    with pytest.raises(SensorError, match=f"{size} bytes") as caught:
        talk(DOT.start(StreamConfig(rate_hz=60)), answer)
    assert caught.value.code == "bad_sensor"
