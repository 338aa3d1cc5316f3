"""WitMotion WT901BLE 5.0: firmware_notes/witmotion.md.

Frames of 20 bytes follow each other like in a serial cable: several in a notification, and one may
begin in a notification and end in the next. There is no time, no count and no checksum.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from imu_ankle.core.errors import PayloadError
from imu_ankle.core.recording import GRAVITY_MPS2
from imu_ankle.sensors.protocol import (
    Batch,
    Conversation,
    Format,
    Listen,
    Pause,
    Sensor,
    StreamConfig,
    Timing,
    Write,
    identify,
    refuse_unless,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

_BASE = "0000{:04x}-0000-1000-8000-00805f9a34fb"  # 9a: not the Bluetooth base, which has 9b
SERVICE, DATA, COMMAND = (_BASE.format(short) for short in (0xFFE5, 0xFFE4, 0xFFE9))
SAMPLE, REGISTERS = b"\x55\x61", b"\x55\x71"  # how frames begin
FRAME_BYTES = 20
UNLOCK, SET_RATE, SAVE = (bytes.fromhex(each) for each in ("ffaa6988b5", "ffaa03", "ffaa000000"))
RATE_CODES = {20: 0x07, 50: 0x08, 100: 0x09, 200: 0x0B}
_PAUSE_S = 0.1
_ACC_G, _GYR_DPS = 16, 2000


class WitMotionDecoder:
    """A stream of frames; what doesn't fit is skipped up to the next beginning of a frame."""

    def __init__(self, sent: Format) -> None:
        self._scale = np.repeat([sent.acc_mps2_per_count, sent.gyr_dps_per_count], 3)
        self._held = b""

    def feed(self, uuid: str, payload: bytes) -> tuple[Batch, ...]:
        """Return the samples that this notification completes."""
        if uuid != DATA:
            return ()
        if not payload:
            raise PayloadError("short_packet", "a notification without bytes")
        data, self._held = self._held + payload, b""
        frames = list(self._frames(data))
        if not frames and not self._held:
            raise PayloadError("bad_packet", f"{len(payload)} bytes hold no frame")
        samples = b"".join(frame[2:14] for frame in frames if frame[:2] == SAMPLE)
        if not samples:
            return ()
        values = np.frombuffer(samples, "<i2").reshape(-1, 6) * self._scale
        return (Batch(acc_mps2=values[:, :3], gyr_dps=values[:, 3:]),)

    def _frames(self, data: bytes) -> Iterator[bytes]:
        """Cut whole frames; hold what is the beginning of one."""
        at = 0
        while at < len(data):
            end = at + FRAME_BYTES
            if not (_may_begin(data[at:]) and _may_begin(data[end:])):
                at += 1  # no frame, or one that lacks bytes
            elif end > len(data):
                self._held = data[at:]
                return
            else:
                yield data[at:end]
                at = end


def _may_begin(data: bytes) -> bool:
    return SAMPLE.startswith(data[:2]) or REGISTERS.startswith(data[:2])


def _start(config: StreamConfig) -> Conversation[Format]:
    refuse_unless(config, SENSOR.rates_hz, SENSOR.acc_ranges_g, SENSOR.gyr_ranges_dps)
    who = yield from identify("WitMotion WT901BLE")
    for command in (UNLOCK, SET_RATE + bytes([RATE_CODES[config.rate_hz], 0]), SAVE):
        yield Write(COMMAND, command)
        yield Pause(_PAUSE_S)
    yield Listen(DATA)  # it sends to whoever listens
    return Format(
        rate_hz=float(config.rate_hz),
        acc_range_g=_ACC_G,
        gyr_range_dps=_GYR_DPS,
        acc_mps2_per_count=_ACC_G / 32768 * GRAVITY_MPS2,
        gyr_dps_per_count=_GYR_DPS / 32768,
        **who,
    )


def _stop() -> Conversation[None]:
    """Do nothing: it stops when nobody listens."""
    yield from ()


SENSOR = Sensor(
    key="witmotion",
    title="WitMotion WT901BLE",
    service=SERVICE,
    names=("WT901", "BWT901"),
    rates_hz=tuple(RATE_CODES),
    acc_ranges_g=(_ACC_G,),
    gyr_ranges_dps=(_GYR_DPS,),
    timing=Timing.UNTIMED,
    counters=None,
    start=_start,
    stop=_stop,
    decoder=WitMotionDecoder,
)
