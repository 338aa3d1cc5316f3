"""What goes wrong between sensor and host: every sample is accounted for, and nothing hangs."""

import asyncio
import dataclasses
from typing import Any

import pytest

pytest.importorskip("bumble", reason="needs the extra: pip install -e '.[virtual]'")

from imu_ankle.bluetooth.link import Link, find, read_battery, scan
from imu_ankle.bluetooth.stream import StreamParams
from imu_ankle.core.errors import RefusedError, SensorError, UsageError
from imu_ankle.sensors import ankle_imu
from imu_ankle.sensors.clock.untimed import clock_for
from imu_ankle.sensors.protocol import Format, Read, StreamConfig, Write
from imu_ankle.virtual.air import open_air
from imu_ankle.virtual.ankle_imu import Quirks, VirtualAnkleIMU
from imu_ankle.virtual.movesense import VirtualMovesense
from imu_ankle.virtual.radio import RadioLink
from tests.bluetooth.rig import (
    QUICK,
    State,
    collect,
    connect,
    counting_feed,
    play,
    rig,
)


def test_twenty_seconds_at_208_hz_lose_nothing():
    async def scenario():
        async with rig() as (air, device):
            got = await collect(await connect(air, params=StreamParams()), samples=20 * 208)
            got.check(device.measured)
            assert got.stream.clock.ledger.lost == 0
            assert (got.states[0], got.states[-1]) == (State.STREAMING, State.ENDED)
            assert got.stream.clock.rate_hz == pytest.approx(208.0, rel=1e-3)

    play(scenario())


@pytest.mark.parametrize("fault", ["drop", "repeat", "swap", "garble"])
def test_notifications_that_are_lost_repeated_late_or_garbled(fault):
    async def scenario():
        async with rig(faults={fault: 0.08}) as (air, device):
            got = await collect(await connect(air), samples=4 * 208)
            assert got.error is None
            got.check(device.measured)
            assert got.stream.clock.ledger.lost == 0  # what was dropped came again on request
            if fault == "repeat":
                assert got.stream.clock.duplicates > 0
            if fault == "garble":
                assert got.stream.bad_packets > 0

    play(scenario())


def test_loss_without_a_ring_is_counted_exactly():
    async def scenario():
        quirks = Quirks(ring_samples=0)
        async with rig(faults={"drop": 0.1}, quirks=quirks) as (air, device):
            got = await collect(await connect(air), samples=4 * 208)
            got.check(device.measured)
            assert got.stream.clock.ledger.lost > 0

    play(scenario())


def test_a_dropped_link_is_found_again_and_the_hole_is_filled():
    async def scenario():
        async with rig() as (air, device):
            got = await connect(air)
            await collect(got, samples=5 * 208, at={300: air.peripherals[0].drop})
            assert got.error is None
            got.check(device.measured)
            assert got.stream.clock.ledger.lost == 0
            assert got.stream.reconnects == 1
            assert State.LOST in got.states
            assert State.RESUMED in got.states

    play(scenario())


def test_a_dropped_link_without_a_ring_leaves_a_hole_of_known_size():
    async def scenario():
        async with rig(quirks=Quirks(ring_samples=1000)) as (air, device):
            got = await connect(air)
            air.link.on_notification = lambda pdu: [] if pdu[7] >> 4 == 2 else [pdu]  # no resends
            await collect(got, samples=4 * 208, at={300: air.peripherals[0].drop})
            got.check(device.measured)
            assert got.stream.clock.ledger.lost > 0
            assert not got.stream.clock.restarts

    play(scenario())


def test_a_sensor_that_restarted_opens_a_new_base_and_says_so():
    async def scenario():
        async with rig() as (air, device):
            got = await connect(air)

            async def reboot():
                device.reboot()
                await air.peripherals[0].drop()

            await collect(got, samples=4 * 208, at={300: reboot})
            clock = got.stream.clock
            assert len(clock.restarts) == 1
            assert clock.ledger.lost > 0
            second = sum(len(block) for block in got.blocks if block.seq[0] >= clock.base_seq)
            assert (
                second
                + sum(end - start for start, end in clock.ledger.holes if start >= clock.base_seq)
                == device.measured
            )

    play(scenario())


def test_a_sensor_that_vanishes_ends_in_a_clear_error_and_keeps_what_came():
    async def scenario():
        async with rig() as (air, _):
            got = await connect(air)
            await collect(got, samples=10_000, at={300: air.peripherals[0].vanish})
            assert isinstance(got.error, SensorError)
            assert got.error.exit_code == 4
            assert "kept" in str(got.error)
            assert got.stream.missing_s > 1.0
            assert got.samples >= 300
            assert got.states[0] is State.STREAMING
            assert State.LOST in got.states

    play(scenario())


def test_a_shadow_shorter_than_the_queue_only_delays_and_a_longer_one_is_refilled():
    async def scenario():
        async with rig(queue=20, link=RadioLink(interval_s=0.0075)) as (air, device):
            controller = air.peripherals[0].controller
            got = await connect(air, params=dataclasses.replace(QUICK, dead_s=10.0))
            shadows = {
                208: lambda: air.link.block(controller, 0.5),
                620: lambda: air.link.block(controller, 1.1),
            }
            await collect(got, samples=5 * 208, at=shadows)
            got.check(device.measured)
            assert device.dropped > 0  # the queue of 20 packets did overflow
            assert got.stream.clock.ledger.lost == 0
            assert got.stream.reconnects == 0

    play(scenario())


@pytest.mark.parametrize(("mtu", "interval_s"), [(23, 0.0075), (185, 0.015), (247, 0.03)])
def test_every_mtu_carries_the_stream(mtu, interval_s):
    async def scenario():
        link = RadioLink(interval_s=interval_s)
        async with rig(mtu=mtu, link=link) as (air, device):
            got = await collect(await connect(air), samples=3 * 208)
            got.check(device.measured)
            assert got.stream.clock.ledger.lost == 0

    play(scenario())


def test_a_slow_start_is_not_started_twice():
    async def scenario():
        async with rig() as (air, device):
            got = await connect(air, params=None)
            got.stream._params = dataclasses.replace(
                got.stream._params, answer_s=0.7, backoff_s=(0.1,)
            )
            air.peripherals[0].answer_delay_s = 1.2

            async def soon():
                await asyncio.sleep(2.0)
                air.peripherals[0].answer_delay_s = 0.0

            helper = asyncio.create_task(soon())
            await collect(got, samples=300)
            await helper
            assert got.error is None
            got.check(device.measured)

    play(scenario())


def test_a_wrong_version_is_named():
    async def scenario():
        async with rig(quirks=Quirks(protocol=2)) as (air, _):
            got = await collect(await connect(air), samples=10)
            assert isinstance(got.error, SensorError)
            assert got.error.code == "wrong_version"
            assert "version 2" in str(got.error)

    play(scenario())


def test_a_rate_that_the_sensor_has_not_got_is_named():
    async def scenario():
        async with rig() as (air, _):
            got = await collect(await connect(air, StreamConfig(rate_hz=123)), samples=10)
            assert isinstance(got.error, SensorError)
            assert got.error.code == "wrong_setting"
            assert "123 Hz" in str(got.error)

    play(scenario())


def test_a_stream_left_over_from_another_program_is_taken_over():
    async def scenario():
        async with rig() as (air, device):
            first = await connect(air)
            async for item in first.stream.run():
                if not hasattr(item, "state") and item.seq[-1] > 100:
                    break  # the program dies without a word
            second = await collect(await connect(air, StreamConfig(epoch=99)), samples=300)
            assert second.error is None
            second.check(device.measured)

    play(scenario())


def test_both_counters_wrap():
    async def scenario():
        # keeps what a busy machine takes late
        quirks = Quirks(speed=20.0, clock_at_boot_us=2**32 - 60_000_000, ring_samples=40_000)
        feed = counting_feed(330.0)
        async with rig(feed, quirks=quirks, link=RadioLink(packets_per_event=60)) as (air, device):
            got = await collect(await connect(air), samples=67_000)
            assert got.error is None
            got.check(device.measured)
            assert got.samples >= 67_000

    play(scenario())


def test_the_sensor_ends_the_stream():
    async def scenario():
        async with rig(counting_feed(2.0)) as (air, device):
            got = await collect(await connect(air))
            assert got.states[-1] is State.ENDED
            got.check(device.measured)
            assert got.samples == 416

    play(scenario())


def test_two_sensors_at_once_on_one_time_base():
    async def scenario():
        devices = [
            VirtualAnkleIMU(counting_feed(), f"AnkleIMU-{k}", quirks=Quirks(clock_ppm=ppm))
            for k, ppm in enumerate((40.0, -25.0))
        ]
        async with open_air(devices) as air:
            both = [await connect(air, wanted=device.name) for device in devices]
            await asyncio.gather(*(collect(got, samples=3 * 208) for got in both))
            for got, device in zip(both, devices, strict=True):
                got.check(device.measured)
                assert got.stream.clock.ledger.lost == 0
                line = got.stream.clock.host.line()
                assert line is not None
                assert line.residual_s >= 0.0

    play(scenario())


@pytest.mark.parametrize("mtu", [247, 158])
def test_a_vendor_sensor_without_a_counter(mtu):
    async def scenario():
        device = VirtualMovesense(counting_feed(), "Movesense 0001")
        async with rig(device=device, mtu=mtu) as (air, _):
            got = await collect(await connect(air), samples=3 * 208)
            assert got.error is None
            got.check(device.measured)
            assert got.stream.clock.ledger.lost == 0

    play(scenario())


def test_a_vendor_sensor_that_is_lost_and_found_leaves_a_hole_by_its_clock():
    async def scenario():
        device = VirtualMovesense(counting_feed(), "Movesense 0001")
        async with rig(device=device) as (air, _):
            got = await connect(air)
            await collect(got, samples=700, at={300: air.peripherals[0].drop})
            assert got.error is None
            clock = got.stream.clock
            assert got.stream.reconnects == 1
            assert not clock.restarts  # its clock went on
            assert clock.ledger.received == got.samples
            assert clock.ledger.lost > 0

    play(scenario())


def test_scanning_tells_name_kind_signal_and_battery():
    async def scenario():
        devices: list[Any] = [
            VirtualAnkleIMU(counting_feed(1.0), "AnkleIMU-0007"),
            VirtualMovesense(counting_feed(1.0), "Movesense 0008"),
        ]
        async with open_air(devices) as air:
            found = await scan(air.radio, 1.0)
            said = {each.name: (each.sensor.key, each.battery_pct) for each in found if each.sensor}
            assert said["AnkleIMU-0007"] == ("ankle-imu", 87)
            assert said["Movesense 0008"][0] == "movesense"
            assert all(each.rssi_dbm is not None for each in found)
            named = await find(air.radio, "movesense 0008", 2.0)
            assert (await read_battery(air.radio, named)).battery_pct is not None
            with pytest.raises(SensorError) as caught:
                await find(air.radio, "nobody", 0.3)
            assert caught.value.code == "not_found"
            with pytest.raises(UsageError) as several:
                await find(air.radio, None, 0.5)
            assert several.value.code == "several"
            assert "AnkleIMU-0007" in str(several.value)

    play(scenario())


def test_the_only_sensor_in_range_needs_no_name():
    async def scenario():
        async with rig() as (air, device):
            assert (await find(air.radio, None, 0.5)).name == device.name

    play(scenario())


def test_a_link_that_drops_during_a_command_says_so():
    async def scenario():
        async with rig() as (air, _):
            found = await find(air.radio, air.peripherals[0].device.name, 2.0)
            link = Link(air.radio, found)
            await link.open()
            air.peripherals[0].answer_delay_s = 5.0

            def slow():
                yield Write(ankle_imu.CTRL, bytes([6]))

            asking = asyncio.create_task(link.talk(slow()))
            await asyncio.sleep(0.3)
            await air.peripherals[0].drop()
            with pytest.raises(SensorError):
                await asking
            await link.close()
            await link.close()

    play(scenario())


def test_misuse_is_an_error_of_ours():
    async def scenario():
        async with rig() as (air, _):
            link = Link(air.radio, await find(air.radio, air.peripherals[0].device.name, 2.0))

            def ask():
                return (yield Read(ankle_imu.STATUS))

            with pytest.raises(SensorError):
                await link.talk(ask())
            await link.open()

            def nonsense():
                yield Write(ankle_imu.CTRL, b"\x77")

            with pytest.raises(RefusedError) as caught:
                await link.talk(nonsense())
            assert caught.value.att == 0x81
            await link.close()

    play(scenario())


def test_a_stream_that_is_stopped_while_its_sensor_is_lost_ends_at_once():
    async def scenario():
        async with rig() as (air, _):
            got = await connect(air, params=StreamParams(dead_s=1.0, give_up_s=600.0))

            async def stop_when_lost():
                air.peripherals[0].vanish()
                await asyncio.sleep(2.5)
                got.stream.stop()

            helper: list[asyncio.Task[None]] = []
            later = {300: lambda: helper.append(asyncio.create_task(stop_when_lost()))}
            await collect(got, at=later)
            await helper[0]
            assert got.error is None
            assert State.LOST in got.states
            assert got.samples >= 300
            assert 2.0 < got.stream.missing_s < 4.0

    play(scenario())


def test_a_stream_that_ends_in_order_misses_nothing():
    async def scenario():
        async with rig() as (air, _):
            got = await connect(air)
            await collect(got, samples=300)
            assert got.stream.missing_s == 0.0

    play(scenario())


def test_losing_the_link_again_and_again_loses_no_sample():
    async def scenario():
        async with rig() as (air, device):
            got = await connect(air)
            drops = dict.fromkeys((200, 500, 900), air.peripherals[0].drop)
            await collect(got, samples=6 * 208, at=drops)
            assert got.error is None
            got.check(device.measured)
            assert got.stream.clock.ledger.lost == 0
            assert got.stream.reconnects == 3

    play(scenario())


def test_a_hole_that_is_being_overwritten_is_asked_for_in_whole_chunks():
    async def scenario():
        async with rig() as (air, _):
            stream = (await connect(air)).stream
        stream.format = Format(
            rate_hz=208.0, acc_range_g=16.0, gyr_range_dps=2000.0, ring_samples=640
        )
        stream.clock = clock_for(ankle_imu.SENSOR.counters, 208.0)
        stream.clock.ledger.take(0, 100)
        for end in (1000, 1008, 1100):  # while the ring moves on, the question stays the same
            stream.clock.ledger.take(700, end)
            assert stream._next_hole(float("inf")) == (512, 700)

    play(scenario())


def test_a_stream_whose_last_packet_was_lost_stays_ended_and_gets_it_again():
    async def scenario():
        async with rig(counting_feed(3.0)) as (air, device):
            # opcode and handle come first; the flags follow the type of a DATA packet
            air.link.on_notification = lambda pdu: [] if pdu[7] == 0x11 and pdu[8] & 8 else [pdu]
            got = await collect(await connect(air))
            assert got.error is None
            assert got.states[-1] is State.ENDED
            assert not got.stream.clock.restarts
            got.check(device.measured)
            assert got.stream.clock.ledger.lost == 0

    play(scenario())


def test_a_sensor_that_connects_and_sends_nothing_is_given_up():
    async def scenario():
        async with rig() as (air, _):
            air.link.on_notification = lambda _: []
            got = await collect(await connect(air))
            assert isinstance(got.error, SensorError)
            assert got.error.code == "lost"
            assert got.samples == 0

    play(scenario())
