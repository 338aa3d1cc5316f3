"""Our own open profile, "AnkleIMU v1": firmware_notes/ankle_imu_v1.md."""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING

import numpy as np

from imu_ankle.core.errors import PayloadError, RefusedError, SensorError
from imu_ankle.core.options import Side
from imu_ankle.core.recording import GRAVITY_MPS2
from imu_ankle.sensors.protocol import (
    Batch,
    Conversation,
    Counters,
    Format,
    Listen,
    Read,
    Sensor,
    StreamConfig,
    Timing,
    Write,
    identify,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

_BASE = "a7ea{:04x}-5a1e-4c1b-9d2f-0c1d5a7e0001"
SERVICE, DATA, CTRL, CONFIG, STATUS, INFO = (_BASE.format(short) for short in range(1, 7))
MAJOR = 1
LIVE, RESENT, EVENT = 1, 2, 3
ACC_CLIPPED, GYR_CLIPPED, LAST, MARKED = 0x02, 0x04, 0x08, 0x20
BAD_ARG, BUSY = 0x81, 0x83
STREAMING, BUFFERING = 2, 3
START, STOP, RESEND = 1, 2, 3

HEADER = struct.Struct("<BBHI")  # type and major version, flags, index, microseconds
CONFIGURATION = struct.Struct("<BBHBHBIBBH")
STATE = struct.Struct("<BBHIIIHh")
_SAMPLE_BYTES = 12
_RATES_HZ = (52, 104, 208, 416)


class AnkleDecoder:
    """DATA packets: a header of 8 bytes, then samples of six int16."""

    def __init__(self, sent: Format) -> None:
        self._scale = np.repeat([sent.acc_mps2_per_count, sent.gyr_dps_per_count], 3)

    def feed(self, uuid: str, payload: bytes) -> tuple[Batch, ...]:
        """Return the samples of one packet; packets of other characteristics hold none."""
        if uuid != DATA:
            return ()
        if len(payload) < HEADER.size:
            raise PayloadError("short_packet", f"{len(payload)} bytes, fewer than a header of 8")
        kind, major = payload[0] >> 4, payload[0] & 0x0F
        _, flags, index, tick = HEADER.unpack_from(payload)
        count, rest = divmod(len(payload) - HEADER.size, _SAMPLE_BYTES)
        if major != MAJOR:
            raise PayloadError("bad_version", f"packet of profile {major}; this program reads 1")
        if kind not in {LIVE, RESENT, EVENT} or rest or (count == 0) != (kind == EVENT):
            raise PayloadError("bad_packet", f"type {kind} with {len(payload)} bytes is no packet")
        counts = np.frombuffer(payload, "<i2", offset=HEADER.size).reshape(-1, 6)
        values = counts * self._scale
        return (
            Batch(
                acc_mps2=values[:, :3],
                gyr_dps=values[:, 3:],
                tick=tick,
                index=index,
                acc_clipped=bool(flags & ACC_CLIPPED),
                gyr_clipped=bool(flags & GYR_CLIPPED),
                resent=kind == RESENT,
                last=bool(flags & LAST),
                marked=bool(flags & MARKED),
            ),
        )


def _start(config: StreamConfig) -> Conversation[Format]:
    who = yield from identify("AnkleIMU")
    found = yield Read(CONFIG)
    if len(found) != CONFIGURATION.size or found[0] != MAJOR:
        spoken = f"{found[0]} in {len(found)} bytes" if found else "none"
        raise SensorError(
            "wrong_version",
            f"the sensor speaks profile version {spoken} (firmware {who['firmware']}), this program "
            f"version {MAJOR}. Update the older of the two",
        )
    state, _, base, *_ = yield from _status()
    running = state in {STREAMING, BUFFERING}
    ended = config.resume and not running and base == config.base
    if running and not config.resume:
        yield Write(CTRL, bytes([STOP]))  # a stream of a program that went away
    if not ended and not (running and config.resume):
        yield from _configure(config)
    facts = dict(_facts((yield Read(INFO))))
    yield Listen(DATA)
    if not ended:
        base = (yield from _status())[2]
        yield Write(CTRL, struct.pack("<BI", START, config.epoch))
    present = (yield from _status())[2]
    if 7 in facts:
        who["serial"] = facts[7].hex()
    try:
        return Format(
            rate_hz=_float(facts, 4, 5.0, 5000.0, float(config.rate_hz)),
            acc_range_g=_short(facts, 5, config.acc_range_g),
            gyr_range_dps=_short(facts, 6, config.gyr_range_dps),
            acc_mps2_per_count=_float(facts, 2, 1e-7, 1.0) * GRAVITY_MPS2,
            gyr_dps_per_count=_float(facts, 3, 1e-6, 10.0),
            ring_samples=int.from_bytes(facts.get(8, b""), "little"),
            continues=present == base,
            base=present,
            ended=ended,
            **who,
        )
    except (KeyError, struct.error) as error:
        raise SensorError(
            "bad_sensor", f"the sensor's INFO lacks what it must hold ({error!r})"
        ) from error


def _configure(config: StreamConfig) -> Conversation[None]:
    side = {None: 0, Side.LEFT: 1, Side.RIGHT: 2}[config.side]
    ranges = (config.acc_range_g, config.gyr_range_dps)
    try:
        yield Write(CONFIG, CONFIGURATION.pack(MAJOR, 0, config.rate_hz, *ranges, 0, 0, 0, side, 0))
    except RefusedError as refusal:
        if refusal.att != BAD_ARG:
            raise
        raise SensorError(
            "wrong_setting",
            f"the sensor can't do {config.rate_hz} Hz, {config.acc_range_g} g and "
            f"{config.gyr_range_dps} deg/s; usual rates are {', '.join(map(str, _RATES_HZ))} Hz",
        ) from refusal


def _stop() -> Conversation[None]:
    yield Write(CTRL, bytes([STOP]))


def _resend(index: int, count: int) -> Conversation[None]:
    try:
        yield Write(CTRL, struct.pack("<BHH", RESEND, index & 0xFFFF, count))
    except RefusedError as refusal:
        if refusal.att != BUSY:  # it asks to be asked again
            raise


def _total() -> Conversation[int]:
    return int((yield from _status())[4])


def _status() -> Conversation[tuple[int, ...]]:
    status = yield Read(STATUS)
    if len(status) != STATE.size:
        raise SensorError("bad_sensor", f"STATUS has {len(status)} bytes, not {STATE.size}")
    return STATE.unpack(status)


def _facts(info: bytes) -> Iterator[tuple[int, bytes]]:
    """Yield tag and value of INFO's list; one that is cut off ends it."""
    at = 0
    while at + 2 <= len(info) and at + 2 + info[at + 1] <= len(info):
        yield info[at], info[at + 2 : at + 2 + info[at + 1]]
        at += 2 + info[at + 1]


def _float(
    facts: dict[int, bytes], tag: int, low: float, high: float, otherwise: float | None = None
) -> float:
    if tag not in facts and otherwise is not None:
        return otherwise
    value: float = struct.unpack("<f", facts[tag])[0]
    if not low <= value <= high:
        raise SensorError("bad_sensor", f"the sensor's INFO says {value:g} in field {tag}")
    return value


def _short(facts: dict[int, bytes], tag: int, otherwise: int) -> int | None:
    """Return a range; 0 is one that the sensor doesn't know."""
    return (struct.unpack("<H", facts[tag])[0] if tag in facts else otherwise) or None


SENSOR = Sensor(
    key="ankle-imu",
    title="AnkleIMU v1 (open profile)",
    service=SERVICE,
    names=("AnkleIMU",),
    rates_hz=_RATES_HZ,
    acc_ranges_g=(2, 4, 8, 16),
    gyr_ranges_dps=(250, 500, 1000, 2000),
    timing=Timing.COUNTED,
    counters=Counters(tick_hz=1e6, tick_bits=32, index_bits=16),
    start=_start,
    stop=_stop,
    decoder=AnkleDecoder,
    resend=_resend,
    total=_total,
)
