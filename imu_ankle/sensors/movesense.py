"""Movesense with the GATT SensorData firmware: firmware_notes/movesense.md."""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING

import numpy as np

from imu_ankle.core.errors import PayloadError, RefusedError, SensorError
from imu_ankle.sensors.protocol import (
    Await,
    Batch,
    Conversation,
    Counters,
    Format,
    Listen,
    Sensor,
    StreamConfig,
    Timing,
    Write,
    identify,
)

if TYPE_CHECKING:
    from imu_ankle.core.recording import FloatArray

_BASE = "3480{:04x}-7185-4d5d-b431-630e7050e8f0"
SERVICE, COMMAND, NOTIFY = (_BASE.format(short) for short in (0x2252, 1, 2))
HELLO, SUBSCRIBE, UNSUBSCRIBE = 0, 1, 2
ANSWER, FIRST_PART, SECOND_PART = 1, 2, 3
HELLO_REF, STREAM_REF = 98, 99
_OK = range(200, 300)
_STAMP = struct.Struct("<I")
_SAMPLE_BYTES = 24  # acc and gyr, three float32 each
_MOST = 1e5  # m/s2 or deg/s; no sensor reads more


class MovesenseDecoder:
    """Notifications of IMU6: a ms stamp, all accelerations, then all rates; in one or two parts.

    Whether a stream comes in two parts isn't said anywhere: the first packet is held until the
    second notification shows it.
    """

    def __init__(self, sent: Format) -> None:
        del sent  # floats need no scale
        self._held: bytes | None = None
        self._in_parts: bool | None = None

    def feed(self, uuid: str, payload: bytes) -> tuple[Batch, ...]:
        """Return the samples that this notification completes."""
        if uuid != NOTIFY or payload[:1] == bytes([ANSWER]):
            return ()
        if len(payload) < 2 or payload[0] not in {FIRST_PART, SECOND_PART}:
            raise PayloadError("bad_packet", f"{payload[:2].hex()} starts no data packet")
        if payload[1] != STREAM_REF:
            raise PayloadError("bad_packet", f"data of another subscription, {payload[1]}")
        held, self._held = self._held, None
        if payload[0] == SECOND_PART:
            if held is None:
                raise PayloadError("bad_packet", "the second part of a packet without the first")
            self._in_parts = True
            return (_samples(held + payload[2:]),)
        if self._in_parts is None:
            self._held = payload[2:]  # stays so if the first was no whole packet
            if held is None:
                return ()
            first = _samples(held)
            self._held, self._in_parts = None, False
            return (first, _samples(payload[2:]))
        if self._in_parts:
            self._held = payload[2:]
            if held is not None:
                self._in_parts = None
                raise PayloadError("bad_packet", "the second part of a packet is missing")
            return ()
        return (_samples(payload[2:]),)


def _samples(body: bytes) -> Batch:
    count, rest = divmod(len(body) - _STAMP.size, _SAMPLE_BYTES)
    if rest or count < 1:
        raise PayloadError("bad_packet", f"{len(body)} bytes are no whole samples")
    floats = np.frombuffer(body, "<f4", offset=_STAMP.size)
    if not (np.abs(floats) < _MOST).all():  # written so that NaN fails too
        raise PayloadError("bad_packet", "a sample is no number")
    values: FloatArray = floats.astype(np.float64).reshape(2, count, 3)
    (tick,) = _STAMP.unpack_from(body)
    return Batch(acc_mps2=values[0], gyr_dps=values[1], tick=tick)


def _start(config: StreamConfig) -> Conversation[Format]:
    who = yield from identify("Movesense")
    yield Listen(NOTIFY)
    yield Write(COMMAND, bytes([HELLO, HELLO_REF]))
    yield Await(NOTIFY, bytes([ANSWER, HELLO_REF]))
    path = f"/Meas/IMU6/{config.rate_hz}".encode()
    yield Write(COMMAND, bytes([SUBSCRIBE, STREAM_REF]) + path)
    answer = yield Await(NOTIFY, bytes([ANSWER, STREAM_REF]))
    if len(answer) < 4:
        raise SensorError("bad_sensor", f"the sensor's answer is cut off: {answer.hex()}")
    status = int.from_bytes(answer[2:4], "little")
    if status not in _OK:
        raise RefusedError(None, f"the sensor refuses {path.decode()} (status {status})")
    return Format(
        rate_hz=float(config.rate_hz),
        acc_range_g=None,  # set by its firmware; nothing in the stream tells
        gyr_range_dps=None,
        **who,
    )


def _stop() -> Conversation[None]:
    yield Write(COMMAND, bytes([UNSUBSCRIBE, STREAM_REF]))


SENSOR = Sensor(
    key="movesense",
    title="Movesense (GATT SensorData firmware)",
    service=SERVICE,
    names=("Movesense",),
    rates_hz=(13, 26, 52, 104, 208, 416),
    acc_ranges_g=(2, 4, 8, 16),
    gyr_ranges_dps=(245, 500, 1000, 2000),
    timing=Timing.STAMPED,
    counters=Counters(tick_hz=1e3, tick_bits=32),
    start=_start,
    stop=_stop,
    decoder=MovesenseDecoder,
)
