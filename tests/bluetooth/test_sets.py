"""The same sets over the software radio and from the simulator's own file: the same repetitions."""

import asyncio
from typing import Any

import numpy as np
import pytest

pytest.importorskip("bumble", reason="needs the extra: pip install -e '.[virtual]'")

from imu_ankle import analyze
from imu_ankle.bluetooth.link import find
from imu_ankle.core.options import Side
from imu_ankle.core.recording import GRAVITY_MPS2, Recording, Sidecar
from imu_ankle.io.packets import read_packets
from imu_ankle.io.recorder import packets_path
from imu_ankle.sensors.ankle_imu import SENSOR
from imu_ankle.sensors.clock.untimed import clock_for
from imu_ankle.sensors.protocol import StreamConfig
from imu_ankle.session.capture import Capture, CaptureOptions
from imu_ankle.virtual.air import open_air
from imu_ankle.virtual.ankle_imu import Quirks, VirtualAnkleIMU
from imu_ankle.virtual.feed import simulated_feed
from imu_ankle.virtual.movesense import VirtualMovesense
from imu_ankle.virtual.radio import Faults, RadioLink
from tests.bluetooth.rig import play
from tests.helpers import accepted, column


def own_file(feed) -> Recording:
    """Return the feed as a recording that never saw a radio."""
    return Recording(
        time_s=np.arange(len(feed)) / feed.rate_hz,
        acc_mps2=feed.counts[:, :3] * feed.acc_g_per_count * GRAVITY_MPS2,
        gyr_dps=feed.counts[:, 3:] * feed.gyr_dps_per_count,
        seq=np.arange(len(feed)),
        sidecar=Sidecar(acc_range_g=feed.acc_range_g, gyr_range_dps=feed.gyr_range_dps),
    )


async def capture_of(air, path, exercise="lateral-hops", raw=False):
    """Return a capture of the one sensor on the air."""
    plan = CaptureOptions(
        path=path,
        sidecar=Sidecar(exercise=exercise, side=Side.LEFT),
        config=StreamConfig(),
        raw=raw,
    )
    return Capture(air.radio, await find(air.radio, air.peripherals[0].device.name, 3.0), plan)


async def over_the_radio(device, exercise, path, faults=None, raw=False):
    link = RadioLink(interval_s=0.0075, packets_per_event=20)
    if faults:
        link.on_notification = Faults(**faults).hook()
    async with open_air([device], link=link, queue=400) as air:
        take = await capture_of(air, path, exercise, raw)
        async for _ in take.run():
            pass
        return take, take.close("the sensor ended the stream")


@pytest.mark.parametrize("exercise", ["lateral-hops", "jump-squats", "single-leg-balance"])
@pytest.mark.parametrize("faults", [{}, {"drop": 0.05, "swap": 0.05, "repeat": 0.05}])
def test_a_set_over_the_radio_gives_what_the_simulators_own_file_gives(tmp_path, exercise, faults):
    feed = simulated_feed(exercise, side=Side.LEFT, seed=21, reps=8, stance_s=12.0)
    device = VirtualAnkleIMU(feed, "AnkleIMU-0021", quirks=Quirks(speed=5.0))
    take, recording = play(over_the_radio(device, exercise, tmp_path / "set.csv", faults))
    assert recording is not None
    assert take.stream.clock.ledger.lost == 0
    assert len(recording) == len(feed)
    assert (recording.acc_mps2 == own_file(feed).acc_mps2).mean() > 0.99  # f32 scale factors
    radio = analyze(recording)
    ours = analyze(own_file(feed), exercise=exercise, side="left")
    assert radio.reps == ours.reps
    assert len(accepted(radio)) == len(accepted(ours))
    for key, metric in ours.metrics.items():
        if isinstance(metric.value, float):
            assert radio.metrics[key].value == pytest.approx(metric.value, rel=0.01, abs=0.005), key
    if exercise != "single-leg-balance":
        assert np.abs(column(radio, "takeoff_s") - column(ours, "takeoff_s")).max() < 0.003
    said: dict[str, Any] = dict(recording.sidecar.extra)
    assert recording.sidecar.lost == 0
    assert said["link"]["duplicates"] == take.stream.clock.duplicates
    assert said["clock"]["residual_s"] >= 0.0


def test_a_vendor_sensor_without_a_counter_gives_the_same_hops(tmp_path):
    feed = simulated_feed("lateral-hops", side=Side.LEFT, seed=22, reps=5)
    device = VirtualMovesense(feed, "Movesense 0022")

    async def scenario():
        async with open_air([device]) as air:
            take = await capture_of(air, tmp_path / "m.csv")
            async for _ in take.run():
                asyncio.get_running_loop().call_later(len(feed) / 208 - 0.5, take.stream.stop)
            return take.close("stopped")

    recording = play(scenario())
    assert recording is not None
    assert analyze(recording).reps == 5
    assert analyze(own_file(feed), exercise="lateral-hops", side="left").reps == 5


def test_the_raw_packets_make_the_same_samples_again(tmp_path):
    feed = simulated_feed("lateral-hops", side=Side.LEFT, seed=23, reps=3)
    device = VirtualAnkleIMU(feed, "AnkleIMU-0023", quirks=Quirks(speed=5.0))
    path = tmp_path / "raw.csv"
    take, recording = play(over_the_radio(device, "lateral-hops", path, raw=True))
    assert recording is not None
    assert take.stream.format is not None
    decoder = SENSOR.decoder(take.stream.format)
    clock = clock_for(SENSOR.counters, take.stream.format.rate_hz)
    blocks = [
        block
        for received_s, uuid, payload in read_packets(packets_path(path))
        for batch in decoder.feed(uuid, payload)
        for block in clock.place(batch, received_s)
    ]
    assert (np.concatenate([block.seq for block in blocks]) == recording.seq).all()
    assert (np.vstack([block.acc_mps2 for block in blocks]) == recording.acc_mps2).all()
    assert (np.concatenate([block.time_s for block in blocks]) == recording.time_s).all()


def test_a_sensor_that_is_lost_when_the_set_ends_is_told(tmp_path):
    feed = simulated_feed("lateral-hops", side=Side.LEFT, seed=24, reps=8)
    device = VirtualAnkleIMU(feed, "AnkleIMU-0024", quirks=Quirks(speed=5.0))

    async def scenario():
        async with open_air(
            [device], link=RadioLink(interval_s=0.0075, packets_per_event=20)
        ) as air:
            take = await capture_of(air, tmp_path / "lost.csv")
            loop, vanished = asyncio.get_running_loop(), False

            def vanish(_samples):
                nonlocal vanished
                if not vanished and take.now_s > 6.0:
                    vanished = True
                    air.peripherals[0].vanish()
                    loop.call_later(1.5, take.stream.stop)

            take.on_samples = vanish
            async for _ in take.run():
                pass
            return take, take.close("stopped")

    take, recording = play(scenario())
    assert recording is not None
    assert "never came back" in (take.lost or "")
    at_s, missing_s = recording.sidecar.link_lost or (0.0, 0.0)
    assert at_s == pytest.approx(float(recording.time_s[-1]), abs=0.1)
    assert missing_s >= 1.0
    result = analyze(recording)
    assert "link_lost" in result.quality.reasons
    assert result.quality.grade != "ok"
