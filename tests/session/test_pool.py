"""A sensor is found once, and its link is kept from set to set until it is given back."""

import asyncio
from contextlib import asynccontextmanager

import pytest

from imu_ankle.core.options import Side
from imu_ankle.core.recording import Sidecar

pytest.importorskip("bumble", reason="virtual sensors need the extra `virtual`")

from imu_ankle import read_recording
from imu_ankle.bluetooth.link import Radio
from imu_ankle.sensors.protocol import StreamConfig
from imu_ankle.session.capture import Capture, CaptureOptions
from imu_ankle.session.sources import SensorPool
from tests.bluetooth.rig import counting_feed, numbers, play, rig


@asynccontextmanager
async def counted_rig():
    """Give an air, a pool on its radio, and how often somebody scanned and connected."""
    count = {"scans": 0, "connections": 0, "disconnections": 0}
    async with rig(counting_feed()) as (opened, _):
        scanner, client = opened.radio.scanner, opened.radio.client

        class Scanner(scanner):  # type: ignore[misc, valid-type]
            async def start(self):
                count["scans"] += 1
                await super().start()

        class Client(client):  # type: ignore[misc, valid-type]
            async def connect(self, *args, **kwargs):
                count["connections"] += 1
                return await super().connect(*args, **kwargs)

            async def disconnect(self):
                count["disconnections"] += 1
                return await super().disconnect()

        radio = Radio(client=Client, scanner=Scanner, name="virtual")
        async with SensorPool(radio) as pool:
            yield opened, pool, count


async def a_set(pool, path, name="AnkleIMU-TEST", samples=200):
    (source,) = await pool.sources([name])
    options = CaptureOptions(path=path, sidecar=Sidecar(side=Side.LEFT), config=StreamConfig())
    capture = Capture(source.radio, source.found, options, pool.kept)

    def seen(_):
        if capture.live is not None and len(capture.live) >= samples:
            capture.stream.stop()

    capture.on_samples = seen
    async for _ in capture.run():
        pass
    return capture.close("stopped")


def test_the_second_set_scans_and_connects_no_more(tmp_path):
    async def scenario():
        async with counted_rig() as (_, pool, count):
            for number in range(3):
                await a_set(pool, tmp_path / f"{number}.csv")
            return dict(count)

    count = play(scenario())
    assert (count["scans"], count["connections"], count["disconnections"]) == (1, 1, 0)
    for number in range(3):
        recording = read_recording(tmp_path / f"{number}.csv")
        assert len(recording) >= 200
        assert recording.sidecar.lost == 0
        # each set has its own samples, none of an earlier one
        assert (numbers(recording.acc_mps2) == recording.seq).all()


def test_a_sensor_that_is_given_back_is_connected_anew_without_a_scan(tmp_path):
    async def scenario():
        async with counted_rig() as (_, pool, count):
            await a_set(pool, tmp_path / "0.csv")
            await pool.give_back()
            assert count["disconnections"] == 1
            await a_set(pool, tmp_path / "1.csv")
            return dict(count)

    assert play(scenario())["connections"] == 2


def test_a_link_that_dropped_between_two_sets_is_made_anew(tmp_path):
    async def scenario():
        async with counted_rig() as (opened, pool, count):
            await a_set(pool, tmp_path / "0.csv")
            await opened.peripherals[0].drop()
            await asyncio.sleep(0.3)
            await a_set(pool, tmp_path / "1.csv")
            return dict(count)

    assert play(scenario())["connections"] == 2
    assert len(read_recording(tmp_path / "1.csv")) >= 200


def test_leaving_gives_everything_back(tmp_path):
    async def scenario():
        async with counted_rig() as (_, pool, count):
            await a_set(pool, tmp_path / "0.csv")
            assert count["disconnections"] == 0
            await pool.close()
            return dict(count)

    assert play(scenario())["disconnections"] == 1
