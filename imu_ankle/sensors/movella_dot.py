"""Movella DOT, formerly Xsens DOT, in its mode "rate quantities": firmware_notes/movella_dot.md."""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING

import numpy as np

from imu_ankle.core.errors import PayloadError, SensorError
from imu_ankle.sensors.protocol import (
    Batch,
    Conversation,
    Counters,
    Format,
    Identity,
    Listen,
    Read,
    Sensor,
    StreamConfig,
    Timing,
    Write,
    identify,
    refuse_unless,
)

if TYPE_CHECKING:
    from imu_ankle.core.recording import FloatArray

_BASE = "1517{:04x}-4947-11e9-8646-d663bd873d93"
SERVICE, INFO, SETTINGS = (_BASE.format(short) for short in (0x1000, 0x1001, 0x1002))
MEASURE, DATA, LEVEL = (_BASE.format(short) for short in (0x2001, 0x2003, 0x3001))
START, STOP = bytes([1, 1, 21]), bytes([1, 0, 21])
SETTINGS_BYTES, RATE_AT = 32, 24
CHANGE_RATE = 0x10  # which of the settings a write changes
_INFO = struct.Struct("<6s3BH5BIQ6s")  # address, version, build, radio software, serial, product
_PACKET = struct.Struct("<I6f")
_ROOM_BYTES = 40  # of the characteristic; what a mode doesn't use is zero
_MOST = 1e5  # m/s2 or deg/s; no sensor reads more
_RATES_HZ, _ACC_G, _GYR_DPS = (20, 30, 60), 16, 2000


class DotDecoder:
    """Notifications of one sample each: microseconds, acceleration, rate."""

    def __init__(self, sent: Format) -> None:
        del sent  # floats need no scale

    def feed(self, uuid: str, payload: bytes) -> tuple[Batch, ...]:
        """Return the sample of one notification."""
        if uuid != DATA:
            return ()
        if not _PACKET.size <= len(payload) <= _ROOM_BYTES or any(payload[_PACKET.size :]):
            raise PayloadError(
                "bad_packet", f"{len(payload)} bytes are no rate quantities, {_PACKET.size} bytes"
            )
        floats = np.frombuffer(payload, "<f4", count=6, offset=4)
        if not (np.abs(floats) < _MOST).all():  # written so that NaN fails too
            raise PayloadError("bad_packet", "a sample is no number")
        values: FloatArray = floats.astype(np.float64).reshape(2, 1, 3)
        (tick, *_) = _PACKET.unpack_from(payload)
        return (Batch(acc_mps2=values[0], gyr_dps=values[1], tick=tick),)


def _start(config: StreamConfig) -> Conversation[Format]:
    refuse_unless(config, _RATES_HZ, (_ACC_G,), (_GYR_DPS,))
    who = yield from _identify()
    settings = yield Read(SETTINGS)
    if len(settings) != SETTINGS_BYTES:
        raise SensorError(
            "bad_sensor", f"the sensor's settings have {len(settings)} bytes, not {SETTINGS_BYTES}"
        )
    if (yield Read(MEASURE))[1:2] == b"\1":
        yield Write(MEASURE, STOP)  # a stream of a program that went away
    rate = struct.pack("<H", config.rate_hz)
    changed = bytes([CHANGE_RATE]) + settings[1:RATE_AT] + rate + settings[RATE_AT + 2 :]
    yield Write(SETTINGS, changed)
    yield Listen(DATA)
    yield Write(MEASURE, START)
    return Format(rate_hz=float(config.rate_hz), acc_range_g=_ACC_G, gyr_range_dps=_GYR_DPS, **who)


def _identify() -> Conversation[Identity]:
    """Ask who it is: it has characteristics of its own in place of the standard ones."""
    who = yield from identify("Movella DOT")
    info, level = (yield Read(INFO)), (yield Read(LEVEL))
    if len(info) == _INFO.size:
        _, *version, _, _, _, _, _, _, _, serial, _ = _INFO.unpack(info)
        who["firmware"] = who["firmware"] or ".".join(map(str, version))
        who["serial"] = who["serial"] or f"{serial:016X}"
    if level and level[0] <= 100:
        who["battery_pct"] = level[0]
    return who


def _stop() -> Conversation[None]:
    yield Write(MEASURE, STOP)


SENSOR = Sensor(
    key="movella-dot",
    title="Movella DOT",
    service=SERVICE,
    names=("Movella DOT", "Xsens DOT"),
    rates_hz=_RATES_HZ,
    acc_ranges_g=(_ACC_G,),
    gyr_ranges_dps=(_GYR_DPS,),
    timing=Timing.STAMPED,
    counters=Counters(tick_hz=1e6, tick_bits=32),
    start=_start,
    stop=_stop,
    decoder=DotDecoder,
)
