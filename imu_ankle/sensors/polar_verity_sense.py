"""Polar Verity Sense (PMD service, SDK mode): firmware_notes/polar_verity_sense.md.

Accelerometer and gyroscope come as two streams with stamps of their own; a sample of one is paired
with the nearest in time of the other, so a row's two halves lie at most half a period apart.
"""

from __future__ import annotations

import itertools
import math
import struct
from typing import TYPE_CHECKING

import numpy as np

from imu_ankle.core.errors import PayloadError, RefusedError, SensorError
from imu_ankle.core.recording import GRAVITY_MPS2
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
    from imu_ankle.core.recording import FloatArray, IntArray

SERVICE = "fb005c80-02e7-f387-1cad-8acd2d8df0c8"
CONTROL = "fb005c81-02e7-f387-1cad-8acd2d8df0c8"
DATA = "fb005c82-02e7-f387-1cad-8acd2d8df0c8"
ACC, GYR, SDK_MODE = 2, 5, 9
_START, _STOP, _ANSWER = 2, 3, 0xF0
_ALREADY = 6  # status: it is in that state already
_COMPRESSED = 0x80
_HEADER = struct.Struct("<BQB")  # what is measured, ns of the last sample, frame type
_ODR_TOLERANCE = 0.07  # MEMS sample clocks are up to 5 % off nominal
_PARTNER = 0.55  # of a period; a partner is at most half a period away, and clocks jitter
_KEEP_NS = 10_000_000_000  # frames at the lowest rate hold some seconds
_MOST_STEPS = 10_000  # samples in a frame; more is no frame


class PolarDecoder:
    """PMD frames of both streams, paired sample by sample."""

    def __init__(self, sent: Format) -> None:
        self._period_ns = round(1e9 / sent.rate_hz)
        self._scale = {ACC: sent.acc_mps2_per_count, GYR: sent.gyr_dps_per_count}
        self._last_ns: dict[int, int] = {}
        self._time_ns: dict[int, IntArray] = {kind: np.empty(0, np.int64) for kind in (ACC, GYR)}
        self._values: dict[int, FloatArray] = {kind: np.empty((0, 3)) for kind in (ACC, GYR)}

    def feed(self, uuid: str, payload: bytes) -> tuple[Batch, ...]:
        """Return the samples that this frame completes: those of which both halves are known."""
        if uuid != DATA:
            return ()
        kind, last_ns, values = decode_frame(payload, self._scale)
        before_ns = self._last_ns.get(kind)
        spread_ns = self._period_ns * len(values)
        off_ns = max(0.5, _ODR_TOLERANCE * len(values)) * self._period_ns
        if before_ns is not None and abs(last_ns - before_ns - spread_ns) < off_ns:
            spread_ns = last_ns - before_ns  # the true rate, not the nominal one
        self._last_ns[kind] = last_ns
        ago = np.arange(len(values) - 1, -1, -1) * spread_ns // len(values)
        self._time_ns[kind] = np.concatenate([self._time_ns[kind], last_ns - ago])
        self._values[kind] = np.vstack([self._values[kind], values])
        return self._paired()

    def _paired(self) -> tuple[Batch, ...]:
        acc_ns, gyr_ns = self._time_ns[ACC], self._time_ns[GYR]
        if not len(acc_ns) or not len(gyr_ns):
            self._forget(acc_ns[-1] if len(acc_ns) else gyr_ns[-1])
            return ()
        ready = int(np.searchsorted(acc_ns, gyr_ns[-1], side="right"))
        acc_ns, acc = acc_ns[:ready], self._values[ACC][:ready]
        after = np.clip(np.searchsorted(gyr_ns, acc_ns), 0, len(gyr_ns) - 1)
        before = np.clip(after - 1, 0, None)
        nearer = np.abs(gyr_ns[before] - acc_ns) < np.abs(gyr_ns[after] - acc_ns)
        nearest = np.where(nearer, before, after)
        has_partner = np.abs(gyr_ns[nearest] - acc_ns) <= _PARTNER * self._period_ns
        gyr = self._values[GYR][nearest]
        self._time_ns[ACC] = self._time_ns[ACC][ready:]
        self._values[ACC] = self._values[ACC][ready:]
        self._forget(gyr_ns[-1])
        acc_ns, acc, gyr = acc_ns[has_partner], acc[has_partner], gyr[has_partner]
        if not len(acc_ns):
            return ()
        breaks = (
            np.flatnonzero(np.abs(np.diff(acc_ns) - self._period_ns) > self._period_ns // 2) + 1
        )
        edges = [0, *breaks.tolist(), len(acc_ns)]
        return tuple(
            Batch(acc_mps2=acc[a:b], gyr_dps=gyr[a:b], tick=int(acc_ns[a]))
            for a, b in itertools.pairwise(edges)
        )

    def _forget(self, now_ns: int) -> None:
        """Keep what may still find a partner; a clock that was set anew leaves none."""
        for kind in (ACC, GYR):
            recent = np.abs(self._time_ns[kind] - now_ns) < _KEEP_NS
            self._time_ns[kind] = self._time_ns[kind][recent]
            self._values[kind] = self._values[kind][recent]


def decode_frame(payload: bytes, scale: dict[int, float]) -> tuple[int, int, FloatArray]:
    """Return what a frame measures, the ns of its last sample, and its samples (n, 3).

    Raises
    ------
    PayloadError
        If it isn't a frame of accelerometer or gyroscope.
    """
    if len(payload) <= _HEADER.size:
        raise PayloadError("short_packet", f"{len(payload)} bytes are no PMD frame with samples")
    kind, last_ns, frame = _HEADER.unpack_from(payload)
    body, compressed, frame = payload[_HEADER.size :], frame & _COMPRESSED, frame & 0x7F
    if kind not in {ACC, GYR} or frame > 1 or last_ns > 2**63 - 1:
        raise PayloadError("bad_packet", f"measurement {kind}, frame type {frame}: not known")
    as_float = kind == GYR and frame == 1
    width = 4 if as_float else 2
    if compressed:
        counts = _undo_deltas(body, width)
    else:
        if len(body) % (3 * width):
            raise PayloadError("bad_packet", f"{len(body)} bytes are no whole samples")
        counts = np.frombuffer(body, f"<i{width}").reshape(-1, 3).astype(np.int64)
    if as_float:
        values = counts.astype(np.uint32).view(np.float32)
        if not (np.abs(values) < 1e6).all():
            raise PayloadError("bad_packet", "a rate is no number")
        return kind, last_ns, values.astype(np.float64)
    in_mg = kind == ACC and frame == 1
    return kind, last_ns, counts * np.float64(GRAVITY_MPS2 / 1000.0 if in_mg else scale[kind])


def _undo_deltas(body: bytes, width: int) -> IntArray:
    """Sum up a reference sample and blocks of differences: bits each, count, bits from the lowest."""
    if len(body) < 3 * width:
        raise PayloadError("short_packet", "a compressed frame without its first sample")
    rows = [np.frombuffer(body[: 3 * width], f"<i{width}").astype(np.int64)[None, :]]
    at = 3 * width
    while at < len(body):
        if at + 2 > len(body):
            raise PayloadError("bad_packet", "a block without its head")
        bits, count = body[at], body[at + 1]
        size = math.ceil(bits * count * 3 / 8)
        block = body[at + 2 : at + 2 + size]
        if not 1 <= bits <= 8 * width or len(block) < size:
            raise PayloadError("bad_packet", f"a block of {count} x 3 x {bits} bits is cut off")
        weights = np.int64(1) << np.arange(bits, dtype=np.int64)
        weights[-1] = -weights[-1]
        unpacked = np.unpackbits(np.frombuffer(block, np.uint8), bitorder="little")
        rows.append((unpacked[: bits * count * 3].reshape(-1, bits) @ weights).reshape(-1, 3))
        at += 2 + size
    total = np.cumsum(np.vstack(rows), axis=0)
    if len(total) > _MOST_STEPS:
        raise PayloadError("bad_packet", f"{len(total)} samples in one frame")
    # floats are sent as their bits, whose sums wrap
    wrapped: IntArray = (total + 2 ** (8 * width - 1)) % 2 ** (8 * width) - 2 ** (8 * width - 1)
    return wrapped


def _start(config: StreamConfig) -> Conversation[Format]:
    who = yield from identify("Polar Verity Sense")
    yield Listen(CONTROL)
    yield from _ask(bytes([_START, SDK_MODE]), "SDK mode")
    yield Listen(DATA)
    factor = {}
    for kind, most, unit in ((ACC, config.acc_range_g, "g"), (GYR, config.gyr_range_dps, "deg/s")):
        wanted = struct.pack("<BBHBBHBBHBBB", 0, 1, config.rate_hz, 1, 1, 16, 2, 1, most, 4, 1, 3)
        answer = yield from _ask(
            bytes([_START, kind]) + wanted, f"{config.rate_hz} Hz, {most} {unit}"
        )
        factor[kind] = _factor(answer) or most / 32768
    return Format(
        rate_hz=float(config.rate_hz),
        acc_range_g=config.acc_range_g,
        gyr_range_dps=config.gyr_range_dps,
        acc_mps2_per_count=factor[ACC] * GRAVITY_MPS2,
        gyr_dps_per_count=factor[GYR],
        **who,
    )


def _ask(command: bytes, what: str) -> Conversation[bytes]:
    """Send a command to the control point; return the parameters of its answer."""
    yield Write(CONTROL, command)
    answer = yield Await(CONTROL, bytes([_ANSWER, *command[:2]]))
    if len(answer) < 4:
        raise SensorError("bad_sensor", f"the sensor's answer is cut off: {answer.hex()}")
    if answer[3] not in {0, _ALREADY}:
        raise RefusedError(None, f"the sensor refuses {what} (status {answer[3]})")
    return answer[5:]


def _factor(settings: bytes) -> float | None:
    """Find setting 5, the scale of a count, among id, count, values."""
    sizes = {0: 2, 1: 2, 2: 2, 3: 4, 4: 1, 5: 4}
    at = 0
    while at + 2 <= len(settings) and settings[at] in sizes:
        start, size = at + 2, sizes[settings[at]] * settings[at + 1]
        if settings[at] == 5 and size >= 4 and start + 4 <= len(settings):
            value: float = struct.unpack_from("<f", settings, start)[0]
            return value if 0.0 < value < 100.0 else None
        at = start + size
    return None


def _stop() -> Conversation[None]:
    for kind in (ACC, GYR, SDK_MODE):
        yield Write(CONTROL, bytes([_STOP, kind]))


SENSOR = Sensor(
    key="polar-verity-sense",
    title="Polar Verity Sense",
    service=SERVICE,
    names=("Polar Sense", "Polar Verity Sense"),
    rates_hz=(26, 52, 104, 208, 416),
    acc_ranges_g=(2, 4, 8, 16),
    gyr_ranges_dps=(250, 500, 1000, 2000),
    timing=Timing.STAMPED,
    counters=Counters(tick_hz=1e9, tick_bits=64),
    start=_start,
    stop=_stop,
    decoder=PolarDecoder,
)
