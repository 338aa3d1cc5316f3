"""MbientLab MetaMotion with a BMI160 (R, RL, C): firmware_notes/metamotion.md.

Accelerometer and gyroscope come as two streams of packets, three samples each, without time or
count. Both run on one clock and their packets alternate, so a packet of rates belongs to the packet
of accelerations right before it: a row's two halves lie at most two periods apart.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from imu_ankle.core.errors import PayloadError, SensorError
from imu_ankle.core.recording import GRAVITY_MPS2
from imu_ankle.sensors.protocol import (
    Await,
    Batch,
    Conversation,
    Format,
    Listen,
    Sensor,
    StreamConfig,
    Timing,
    Write,
    identify,
    refuse_unless,
)

if TYPE_CHECKING:
    from imu_ankle.core.recording import FloatArray

_BASE = "326a{:04x}-85cb-9195-d9dd-464cfbbae75a"
SERVICE, COMMAND, NOTIFY = (_BASE.format(short) for short in (0x9000, 0x9001, 0x9006))
ACC, GYR = 0x03, 0x13  # modules
ANSWER = 0x80  # bit of a register: its value is asked for, or answered
POWER, ENABLE, CONFIG = 1, 2, 3  # registers of both modules
PACKED = {ACC: 0x1C, GYR: 0x07}
SINGLE = {ACC: 0x04, GYR: 0x05}
_DATA = {bytes([module, each[module]]): module for each in (PACKED, SINGLE) for module in each}
_CHIPS = {ACC: 1, GYR: 0}  # how a BMI160 calls itself
RATE_CODES = {25: 0x26, 50: 0x27, 100: 0x28}  # the upper bits: its usual filter
ACC_CODES = {2: 0x03, 4: 0x05, 8: 0x08, 16: 0x0C}
GYR_CODES = {2000: 0, 1000: 1, 500: 2, 250: 3, 125: 4}
_MODELS = {"5": "MetaMotion R", "6": "MetaMotion C", "8": "MetaMotion S"}
_MOST_SAMPLES, _SAMPLE_BYTES = 3, 6


class MetaMotionDecoder:
    """Packets of both streams, put together by their order.

    A packet whose partner was lost is left out; the next batch says how many samples that were. Two
    packets that changed places once are put right.
    """

    def __init__(self, sent: Format) -> None:
        self._scale = {ACC: sent.acc_mps2_per_count, GYR: sent.gyr_dps_per_count}
        self._waiting: list[tuple[int, FloatArray]] = []
        self._skipped: int | None = None  # None: nothing was put together yet

    def feed(self, uuid: str, payload: bytes) -> tuple[Batch, ...]:
        """Return the samples that this packet completes."""
        if uuid != NOTIFY or (len(payload) > 2 and payload[1] & ANSWER):
            return ()
        module = _DATA.get(payload[:2])
        count, rest = divmod(len(payload) - 2, _SAMPLE_BYTES)
        if module is None or rest or not 1 <= count <= _MOST_SAMPLES:
            raise PayloadError(
                "bad_packet", f"{len(payload)} bytes that begin {payload[:2].hex()} hold no samples"
            )
        counts = np.frombuffer(payload, "<i2", offset=2).reshape(-1, 3)
        self._waiting.append((module, counts * self._scale[module]))
        return self._together()

    def _together(self) -> tuple[Batch, ...]:
        kinds = [module for module, _ in self._waiting]
        if kinds[-2:] == [ACC, GYR]:
            *alone, (_, acc), (_, gyr) = self._waiting
            self._waiting = []
        elif kinds == [GYR, ACC, ACC]:  # nothing is lost: two have changed places
            (_, gyr), (_, acc), last = self._waiting
            alone, self._waiting = [], [last]
        elif len(set(kinds)) < len(kinds):  # the partner of the older one was lost
            self._leave_out(self._waiting[:-1])
            self._waiting = self._waiting[-1:]
            return ()
        else:
            return ()
        self._leave_out(alone)
        if len(acc) != len(gyr):
            raise PayloadError("bad_packet", f"{len(acc)} accelerations with {len(gyr)} rates")
        batch = Batch(acc_mps2=acc, gyr_dps=gyr, skipped=self._skipped or 0)
        self._skipped = 0
        return (batch,)

    def _leave_out(self, alone: list[tuple[int, FloatArray]]) -> None:
        """Count what has no partner; before the first pair that is only how the streams began."""
        if self._skipped is not None:
            self._skipped += sum(len(values) for _, values in alone)


def _start(config: StreamConfig) -> Conversation[Format]:
    refuse_unless(config, SENSOR.rates_hz, SENSOR.acc_ranges_g, SENSOR.gyr_ranges_dps)
    who = yield from identify("MetaMotion")
    who["model"] = _MODELS.get(who["model"] or "", who["model"])
    yield from _stop()  # a board goes on measuring when its host goes away
    yield Listen(NOTIFY)
    for module, name in ((ACC, "accelerometer"), (GYR, "gyroscope")):
        question = Write(COMMAND, bytes([module, ANSWER]))
        yield question
        answer = yield Await(NOTIFY, bytes([module, ANSWER]), again=question)
        if answer[2:3] != bytes([_CHIPS[module]]):
            found = f"chip type {answer[2]}" if len(answer) > 2 else "none"
            raise SensorError(
                "wrong_version",
                f"the board's {name}: {found} (model {who['model']}); expected a BMI160, type "
                f"{_CHIPS[module]}. MetaMotion R, RL and C have one; the S has a BMI270, whose "
                "registers are others and which this program doesn't speak",
            )
    rate = RATE_CODES[config.rate_hz]
    yield Write(COMMAND, bytes([ACC, CONFIG, rate, ACC_CODES[config.acc_range_g]]))
    yield Write(COMMAND, bytes([GYR, CONFIG, rate, GYR_CODES[config.gyr_range_dps]]))
    for module in (GYR, ACC):  # the gyroscope takes longer to wake
        yield Write(COMMAND, bytes([module, PACKED[module], 1]))
        yield Write(COMMAND, bytes([module, ENABLE, 1, 0]))
        yield Write(COMMAND, bytes([module, POWER, 1]))
    return Format(
        rate_hz=float(config.rate_hz),
        acc_range_g=config.acc_range_g,
        gyr_range_dps=config.gyr_range_dps,
        acc_mps2_per_count=config.acc_range_g / 32768 * GRAVITY_MPS2,
        gyr_dps_per_count=config.gyr_range_dps / 32800,  # 16.4 counts per deg/s at 2000
        **who,
    )


def _stop() -> Conversation[None]:
    for module in (ACC, GYR):
        yield Write(COMMAND, bytes([module, POWER, 0]))
        yield Write(COMMAND, bytes([module, ENABLE, 0, 1]))
        yield Write(COMMAND, bytes([module, PACKED[module], 0]))


SENSOR = Sensor(
    key="metamotion",
    title="MetaMotion (MbientLab, boards with a BMI160)",
    service=SERVICE,
    names=("MetaWear", "MetaMotion"),
    rates_hz=tuple(RATE_CODES),
    acc_ranges_g=tuple(ACC_CODES),
    gyr_ranges_dps=tuple(GYR_CODES),
    timing=Timing.UNTIMED,
    counters=None,
    start=_start,
    stop=_stop,
    decoder=MetaMotionDecoder,
)
