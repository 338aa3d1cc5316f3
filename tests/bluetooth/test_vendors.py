"""Movella DOT, MetaMotion and WitMotion over the software radio: sets, times, losses, lost links.

They play in real time, so the three play at once.
"""

import asyncio
import json
from typing import Any

import numpy as np
import pytest

pytest.importorskip("bumble", reason="needs the extra: pip install -e '.[virtual]'")

from imu_ankle import analyze
from imu_ankle.bluetooth.link import find
from imu_ankle.cli import run
from imu_ankle.core.errors import SensorError
from imu_ankle.core.options import Side
from imu_ankle.core.recording import SampleFlag, Sidecar
from imu_ankle.io.csvfile import read_recording
from imu_ankle.sensors import SENSORS
from imu_ankle.sensors.protocol import StreamConfig
from imu_ankle.session.capture import Capture, CaptureOptions
from imu_ankle.virtual.air import open_air
from imu_ankle.virtual.feed import simulated_feed
from imu_ankle.virtual.metamotion import BMI270, VirtualMetaMotion
from imu_ankle.virtual.movella_dot import VirtualMovellaDot
from imu_ankle.virtual.radio import Faults, RadioLink
from imu_ankle.virtual.spec import parse_spec
from imu_ankle.virtual.witmotion import VirtualWitMotion
from tests.bluetooth.rig import collect, connect, counting_feed, in_real_time, numbers, play, rig

DOT, META, WIT = "movella-dot", "metamotion", "witmotion"
UNTIMED = (META, WIT)


def usual(key):
    return StreamConfig(rate_hz=SENSORS[key].usual_rate_hz)


def devices(make_feed):
    """Return the three, each with a feed of its true rate, a bit off nominal."""
    return {
        DOT: VirtualMovellaDot(make_feed(60.6), "Movella DOT"),
        META: VirtualMetaMotion(make_feed(98.0), "MetaWear"),
        WIT: VirtualWitMotion(make_feed(204.0), "WT901BLE67", cut=50),
    }


async def taken(key, device, path, *, faults=None, drop_at_s=None):
    """Record what a device plays, to its end; perhaps lose the link once."""
    link = RadioLink(interval_s=0.0075)
    if faults is not None:
        link.on_notification = Faults(**faults).hook()
    async with open_air([device], link=link) as air:
        found = await find(air.radio, device.name, 3.0)
        sidecar = Sidecar(exercise="lateral-hops", side=Side.LEFT)
        take = Capture(
            air.radio, found, CaptureOptions(path=path, sidecar=sidecar, config=usual(key))
        )

        async def play_on():
            await asyncio.sleep(drop_at_s or 0.0)
            if drop_at_s is not None:
                await air.peripherals[0].drop()
            while device.measured < len(device.feed) - 0.3 * device.feed.rate_hz:  # noqa: ASYNC110
                await asyncio.sleep(0.05)
            take.stream.stop()

        playing: list[asyncio.Task[None]] = []
        async for _ in take.run():
            if not playing:
                playing.append(asyncio.create_task(play_on()))
        await playing[0]
        assert take.live is not None
        take.close("stopped")
        return take


def all_taken(three, folder, **more):
    async def scenario():
        every = await asyncio.gather(
            *(taken(key, each, folder / f"{key}.csv", **more) for key, each in three.items())
        )
        return dict(zip(three, every, strict=True))

    return play(scenario())


def hops(rate_hz, reps, still_s):
    return simulated_feed(
        "lateral-hops", side=Side.LEFT, seed=31, reps=reps, still_s=still_s, rate_hz=rate_hz
    )


@in_real_time
def test_hops_are_counted_their_times_are_sane_and_live_equals_the_file(tmp_path):
    three = devices(lambda rate_hz: hops(rate_hz, reps=5, still_s=4.0))
    takes = all_taken(three, tmp_path)
    for key, take in takes.items():
        recording = read_recording(tmp_path / f"{key}.csv")
        result = analyze(recording)
        assert result.reps == 5, key
        true_hz = three[key].feed.rate_hz
        assert result.quality.rate_hz == pytest.approx(true_hz, rel=0.01), key
        assert take.stream.clock.rate_hz == pytest.approx(true_hz, rel=0.005), key
        assert take.stream.clock.ledger.lost == 0, key
        live, filed = take.live.analyze().result.to_dict(), result.to_dict()
        said_live: Any = live.pop("inputs")
        said: Any = filed.pop("inputs")
        assert live == filed, key
        untold = {"repairs": [*said["repairs"], said_live["repairs"][-1]]}  # that it isn't closed
        assert said_live == said | untold
        assert any("estimates" in each for each in said["repairs"]) == (key in UNTIMED)
        assert ("clock" in result.quality.reasons) == (key in UNTIMED)
        assert result.quality.grade == ("degraded" if key in UNTIMED else "ok")
        sidecar = json.loads((tmp_path / f"{key}.json").read_text())
        assert sidecar["clock"]["grade"] == SENSORS[key].timing
        assert sidecar["sensor"].get("timing") == ("untimed" if key in UNTIMED else None)


@in_real_time
def test_hops_are_counted_though_packets_and_the_link_are_lost(tmp_path):
    three = devices(lambda rate_hz: hops(rate_hz, reps=4, still_s=6.0))
    takes = all_taken(three, tmp_path, faults={"drop": 0.02}, drop_at_s=1.0)
    for key, take in takes.items():
        recording = read_recording(tmp_path / f"{key}.csv")
        assert recording.seq is not None
        assert analyze(recording).reps == 4, key
        assert take.stream.reconnects == 1
        assert recording.sidecar.lost is not None
        assert recording.sidecar.lost > 0.1 * three[key].feed.rate_hz, key
        assert recording.flags is not None
        assert recording.flags[np.flatnonzero(np.diff(recording.seq) > 1) + 1].all()
        missed = len(three[key].feed) - len(recording) - recording.sidecar.lost
        # the untimed: drops that nobody saw, and a hole of estimated length; all: the end
        assert abs(missed) < (0.12 if key in UNTIMED else 0.05) * len(three[key].feed) + 60, key


def test_a_lost_link_and_lost_packets_leave_holes_of_the_right_length():
    async def lose(device, key):
        faults = {} if key == WIT else {"drop": 0.05}
        async with rig(device=device, faults=faults) as (air, _):
            got = await connect(air, config=usual(key))
            rate = SENSORS[key].usual_rate_hz
            return await collect(got, samples=4 * rate, at={2 * rate: air.peripherals[0].drop})

    async def scenario():
        three = {
            DOT: VirtualMovellaDot(counting_feed(rate_hz=60.0), "Movella DOT"),
            META: VirtualMetaMotion(counting_feed(rate_hz=100.0), "MetaWear"),
            WIT: VirtualWitMotion(counting_feed(rate_hz=200.0), "WT901BLE67"),
        }
        return dict(
            zip(three, await asyncio.gather(*map(lose, three.values(), three)), strict=True)
        )

    for key, got in play(scenario()).items():
        assert got.error is None, key
        assert got.stream.reconnects == 1
        clock, rate = got.stream.clock, SENSORS[key].usual_rate_hz
        assert clock.ledger.received == got.samples
        assert clock.ledger.lost > 0, key
        assert bool(clock.restarts) == (key in UNTIMED)
        seq = np.concatenate([block.seq for block in got.blocks])
        assert (np.diff(seq) > 0).all()
        assert (np.diff(np.concatenate([block.time_s for block in got.blocks])) > 0).all()
        flags = np.concatenate([block.flags for block in got.blocks])
        assert (flags[np.flatnonzero(np.diff(seq) > 1) + 1] & SampleFlag.LOST).all()
        off = numbers(np.vstack([block.acc_mps2 for block in got.blocks])) - seq
        off -= off[0]
        # a gyroscope wakes, so the first samples of a link have no partner
        assert np.abs(off).max() <= (0.15 * rate if key in UNTIMED else 0), key


def test_packets_that_come_twice_late_or_garbled_leave_every_stream_in_order():
    async def scenario():
        three = devices(lambda rate_hz: counting_feed(rate_hz=rate_hz))

        async def faulty(key, device):
            faults = {"repeat": 0.04, "swap": 0.04, "garble": 0.04}
            async with rig(device=device, faults=faults) as (air, _):
                got = await connect(air, config=usual(key))
                return await collect(got, samples=3 * SENSORS[key].usual_rate_hz)

        return await asyncio.gather(*(faulty(key, each) for key, each in three.items()))

    for got in play(scenario()):
        assert got.error is None
        time_s = np.concatenate([block.time_s for block in got.blocks])
        seq = np.concatenate([block.seq for block in got.blocks])
        assert (np.diff(time_s[np.argsort(seq)]) > 0).all()
        assert got.stream.clock.ledger.received == got.samples == len(set(seq.tolist()))
        assert got.stream.bad_packets > 0


def test_a_question_whose_answer_is_lost_is_asked_again():
    async def scenario():
        device = VirtualMetaMotion(counting_feed(rate_hz=100.0), "MetaWear")
        answers = []

        def lose_first(pdu):
            if pdu[8] & 0x80:  # after seven bytes of head and the module
                answers.append(pdu)
            return [pdu] if len(answers) != 1 else []

        async with rig(device=device) as (air, _):
            air.link.on_notification = lose_first
            got = await collect(await connect(air, config=usual(META)), samples=100)
        assert got.error is None
        assert got.stream.reconnects == 0
        assert len(answers) == 3  # two for the accelerometer, one for the gyroscope

    play(scenario())


def test_a_board_with_another_chip_is_refused_at_once():
    async def scenario():
        device = VirtualMetaMotion(counting_feed(rate_hz=100.0), "MetaWear", chips=BMI270)
        async with rig(device=device) as (air, _):
            got = await collect(await connect(air, config=usual(META)))
            assert isinstance(got.error, SensorError)
            assert got.error.code == "wrong_version"
            assert "BMI270" in str(got.error)
            assert not got.blocks

    play(scenario())


@pytest.mark.parametrize(("kind", "rate_hz"), [(DOT, 60.0), (META, 100.0), (WIT, 200.0)])
def test_a_virtual_sensor_has_the_usual_rate_of_its_kind(kind, rate_hz):
    assert parse_spec(f"virtual:lateral-hops,kind={kind}").rate == rate_hz
    assert parse_spec(f"virtual:lateral-hops,kind={kind},rate=50").rate == 50.0


def test_doctor_says_what_an_untimed_sensor_can_not_know(capsys, tmp_path, monkeypatch):
    monkeypatch.setenv("IMU_ANKLE_HOME", str(tmp_path / "home"))
    sensor = f"virtual:two-legs,kind={WIT}"
    assert run(["doctor", "--sensor", sensor, "--seconds", "2", "--json"]) == 0
    checks = {check["name"]: check["found"] for check in json.loads(capsys.readouterr().out)}
    assert "grade C" in checks["time"]
    assert "only silences show" in checks["loss"]
    assert "as it arrives" in checks["rate"]
    assert "ppm" not in checks["rate"]
