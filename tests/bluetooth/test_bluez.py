"""The system's radio on Linux: bleak's own BlueZ backend against a stand-in for bluetoothd."""

import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

if sys.platform != "linux":
    pytest.skip("BlueZ is Linux's", allow_module_level=True)
if shutil.which("dbus-daemon") is None:
    pytest.skip("needs the program dbus-daemon", allow_module_level=True)
pytest.importorskip("dbus_fast", reason="needs dbus-fast, which bleak brings on Linux")
pytest.importorskip("bumble", reason="needs the extra: pip install -e '.[virtual]'")

from bleak.backends.bluezdbus.version import BlueZFeatures

from imu_ankle.bluetooth.link import Link, Radio, find, read_battery, scan
from imu_ankle.bluetooth.stream import Stream, StreamParams
from imu_ankle.core.errors import RefusedError, SensorError
from imu_ankle.sensors import ankle_imu
from imu_ankle.sensors.protocol import Read, StreamConfig, Write
from imu_ankle.virtual.ankle_imu import VirtualAnkleIMU
from tests.bluetooth.fake_bluez import ADDRESS, leave_the_bus, open_bluez
from tests.bluetooth.rig import Got, State, collect, counting_feed, play

PATIENT = StreamParams(backoff_s=(0.1, 0.2))
CONFIG = """<!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN"
 "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
<busconfig><listen>unix:path={folder}/socket</listen><policy context="default">
<allow own="*"/><allow send_destination="*"/><allow receive_sender="*"/></policy></busconfig>"""


@pytest.fixture(autouse=True)
def bus(monkeypatch):
    """Give every test a system bus of its own; the machine's is never touched."""
    with tempfile.TemporaryDirectory(prefix="bus") as folder:  # a socket's path must be short
        config = Path(folder, "bus.conf")
        config.write_text(CONFIG.format(folder=folder), encoding="utf-8")
        program = shutil.which("dbus-daemon") or ""
        command = [program, f"--config-file={config}", "--nofork", "--nopidfile", "--print-address"]
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as daemon:
            address = daemon.stdout.readline().strip() if daemon.stdout else ""
            assert address, "dbus-daemon doesn't start"  # it says where it listens once it does
            monkeypatch.setenv("DBUS_SYSTEM_BUS_ADDRESS", address)
            monkeypatch.setattr(BlueZFeatures, "checked_bluez_version", True)  # no bluetoothctl
            yield
            daemon.terminate()


def sensor() -> VirtualAnkleIMU:
    return VirtualAnkleIMU(counting_feed(), "AnkleIMU-0007")


async def listen(config=None) -> Got:
    """Find the one sensor there is, over the system's radio."""
    radio = Radio()
    return Got(Stream(radio, await find(radio, None, 3.0), config or StreamConfig(), PATIENT))


def test_scanning_tells_name_kind_signal_and_battery():
    async def scenario():
        async with open_bluez(sensor()):
            (found,) = await scan(Radio(), 0.3)
            assert (found.name, found.address) == ("AnkleIMU-0007", ADDRESS)
            assert found.sensor is ankle_imu.SENSOR
            assert found.rssi_dbm in {-50, -51}
            assert found.battery_pct == 87

    play(scenario())


def test_a_sensor_is_found_again_by_its_address_and_its_battery_is_read():
    async def scenario():
        radio = Radio()
        async with open_bluez(sensor()) as bluez:
            await scan(radio, 0.2)
            found = await find(radio, ADDRESS.lower(), 3.0)
            assert found.battery_pct == 87
            bluez.device.battery_pct = 12  # what it advertised is old
            assert (await read_battery(radio, found)).battery_pct == 12
            assert bluez.connections == 1

    play(scenario())


def test_five_seconds_at_208_hz_lose_nothing():
    async def scenario():
        device = sensor()
        async with open_bluez(device) as bluez:
            got = await collect(await listen(), samples=5 * 208)
            assert got.error is None
            got.check(device.measured)
            assert got.stream.clock.ledger.lost == 0
            assert got.stream.reconnects == 0
            assert got.stream.format is not None
            assert got.stream.format.firmware == "1.0.0-virtual"
            assert got.stream.format.battery_pct == 87
            assert bluez.connections == 1

    play(scenario())


def test_a_dropped_link_is_found_again_and_the_hole_is_filled():
    async def scenario():
        device = sensor()
        async with open_bluez(device) as bluez:
            got = await collect(await listen(), samples=4 * 208, at={300: bluez.drop})
            assert got.error is None
            got.check(device.measured)
            assert got.stream.clock.ledger.lost == 0
            assert {State.LOST, State.RESUMED} <= set(got.states)
            assert got.stream.reconnects == 1
            assert bluez.connections == 2

    play(scenario())


def test_a_connection_that_fails_is_tried_again():
    async def scenario():
        device = sensor()
        async with open_bluez(device) as bluez:
            bluez.failures = ["le-connection-abort-by-peer", "br-connection-canceled"]
            got = await collect(await listen(), samples=100)
            assert got.error is None
            got.check(device.measured)
            assert bluez.connections == 1

    play(scenario())


def test_a_rate_that_the_sensor_has_not_got_is_named():
    async def scenario():
        async with open_bluez(sensor()):
            got = await collect(await listen(StreamConfig(rate_hz=123)), samples=10)
            assert isinstance(got.error, SensorError)
            assert got.error.code == "wrong_setting"
            assert "123 Hz" in str(got.error)

    play(scenario())


@pytest.mark.parametrize(
    ("step", "att"),
    [
        (Write(ankle_imu.CTRL, b"\x77"), 0x81),
        (Write(ankle_imu.CTRL, bytes([ankle_imu.RESEND, 0, 0, 1, 0])), 0x80),
        (Write(ankle_imu.CONFIG, b"\x01"), 0x0D),
        (Write(ankle_imu.INFO, b"\x01"), 0x03),
        (Read(ankle_imu.CTRL), 0x02),
    ],
)
def test_what_the_sensor_refuses_keeps_its_code(step, att):
    def ask():
        yield step

    async def scenario():
        async with open_bluez(sensor()):
            link = Link(Radio(), await find(Radio(), None, 3.0))
            await link.open()
            with pytest.raises(RefusedError) as caught:
                await link.talk(ask())
            await link.close()
            assert caught.value.att == att

    play(scenario())


@pytest.mark.parametrize(
    ("state", "said"),
    [({"present": False}, "no Bluetooth adapter"), ({"powered": False}, "Bluetooth is off")],
)
def test_without_a_working_adapter_nothing_is_looked_for(state, said):
    async def scenario():
        async with open_bluez(sensor(), **state):
            for looking in (scan(Radio(), 0.1), find(Radio(), None, 0.1)):
                with pytest.raises(SensorError, match=said) as caught:
                    await looking
                assert caught.value.code == "no_bluetooth"
                assert caught.value.exit_code == 4

    play(scenario())


def test_without_a_bus_there_is_no_bluetooth(monkeypatch, tmp_path):
    monkeypatch.setenv("DBUS_SYSTEM_BUS_ADDRESS", f"unix:path={tmp_path / 'nowhere'}")
    with pytest.raises(SensorError) as caught:
        play(scan(Radio(), 0.1))
    assert caught.value.code == "no_bluetooth"
    assert caught.value.exit_code == 4


def test_without_bluetoothd_there_is_an_error_of_ours():
    async def scenario():
        try:
            with pytest.raises(SensorError) as caught:
                await scan(Radio(), 0.1)
        finally:
            await leave_the_bus()
        assert caught.value.code == "no_bluetooth"

    play(scenario())
