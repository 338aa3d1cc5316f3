"""One sensor's part in a set: stream, recorder and live analysis, wired together.

Bytes become blocks in the stream; each block goes to the disk and to the live set, as the same rows.
"""

from __future__ import annotations

import contextlib
import random
import uuid
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from imu_ankle.analysis.live import LiveSet, stack_samples
from imu_ankle.bluetooth.stream import Change, Stream
from imu_ankle.core.assemble import ENDED
from imu_ankle.core.recording import (
    LINK,
    LOST_AT,
    MISSING,
    TIMING,
    UNTIMED,
    Cue,
    SensorInfo,
    Sidecar,
    link_lost_words,
)
from imu_ankle.core.version import VERSION
from imu_ankle.history.sessions import next_path
from imu_ankle.io.calibrations import find_calibration
from imu_ankle.io.recorder import DiskFile, Recorder
from imu_ankle.sensors.protocol import Timing

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

    from imu_ankle.bluetooth.link import Found, KeptLinks, Radio
    from imu_ankle.core.recording import FloatArray, Recording
    from imu_ankle.io.recorder import AppendFile
    from imu_ankle.sensors.protocol import StreamConfig


@dataclass(frozen=True, slots=True, kw_only=True)
class CaptureOptions:
    """What is to be recorded, where, and how."""

    path: Path
    sidecar: Sidecar  # exercise, side, placement, condition
    config: StreamConfig
    raw: bool = False
    athlete: str = "me"
    open_file: Callable[[Path], AppendFile] = DiskFile


class Capture:
    """Records one sensor; iterate over `run`, then `close`.

    Attributes
    ----------
    stream : the sensor's stream with its account.
    live : the rows so far, for analysis; None before the first sample.
    cues : what the wearer was told.
    """

    def __init__(
        self, radio: Radio, found: Found, plan: CaptureOptions, kept: KeptLinks | None = None
    ) -> None:
        config = replace(plan.config, epoch=random.SystemRandom().getrandbits(32))
        self.stream = Stream(radio, found, config, kept=kept)
        self.live: LiveSet | None = None
        self.cues: list[Cue] = []
        self.on_samples: Callable[[FloatArray], None] | None = None  # looks at rows as they come
        self.plan, self._found = plan, found
        self._recorder: Recorder | None = None
        self._sidecar = plan.sidecar

    @property
    def lost(self) -> str | None:
        """Say that the link was lost and never came back; None where it wasn't."""
        if not self.stream.missing_s:
            return None
        return link_lost_words(self.now_s, self.stream.missing_s)

    @property
    def now_s(self) -> float:
        """Time of the newest sample on the sensor's clock."""
        return self.stream.clock.end_s if self.live is not None else 0.0

    def cue(self, text: str) -> None:
        """Note what the wearer is told now."""
        self.cues.append(Cue(round(self.now_s, 3), text))

    async def run(self) -> AsyncIterator[Change]:
        """Stream and record until the stream ends; yields changes of state.

        Raises
        ------
        SensorError
            If the sensor can't be started or stays lost.
        OSError
            If nothing more can be written.
        """
        async with contextlib.aclosing(self.stream.run()) as items:
            async for item in items:
                if isinstance(item, Change):
                    if self._recorder is None:
                        self._open()
                    yield item
                    continue
                assert self._recorder is not None and self.live is not None  # noqa: S101, PT018
                block = (item.time_s, item.acc_mps2, item.gyr_dps, item.seq, item.flags)
                self._recorder.put(*block)
                samples = stack_samples(*block)
                self.live.add(samples)
                if self.on_samples is not None:
                    self.on_samples(samples)

    def close(self, why: str) -> Recording | None:
        """Finish the file; return the recording, or None where no sample came."""
        if self._recorder is None:
            return None
        recorder, self._recorder = self._recorder, None
        return recorder.close(self._finished(), why)

    def _open(self) -> None:
        sent = self.stream.format
        assert sent is not None  # noqa: S101 - the first change comes with the format
        untimed = self.stream.sensor.timing is Timing.UNTIMED
        sensor = SensorInfo(
            model=sent.model,
            serial=sent.serial,
            firmware=sent.firmware,
            extra={TIMING: UNTIMED} if untimed else {},
        )
        self._sidecar = replace(
            self._sidecar,
            id=str(uuid.uuid4()),
            started_at=datetime.now().astimezone().isoformat(timespec="milliseconds"),
            timezone=_zone(),
            rate_nominal_hz=sent.rate_hz,
            acc_range_g=sent.acc_range_g,
            gyr_range_dps=sent.gyr_range_dps,
            sensor=sensor,
            software=f"imu_ankle {VERSION}",
            extra={**self._sidecar.extra, "athlete": self.plan.athlete, ENDED: None},
        )
        calibration = find_calibration(sent.serial) if sent.serial else None
        recorder = self._recorder = self._begun()
        self.stream.on_packet = lambda arrival: recorder.put_packet(
            arrival.received_s, arrival.uuid, arrival.payload
        )
        self.live = LiveSet(
            self._sidecar,
            calibration=calibration,
            file=str(self.plan.path),
        )

    def _begun(self) -> Recorder:
        """Begin the file; where another program was quicker, under the next number."""
        while True:
            plan = self.plan
            try:
                return Recorder(plan.path, self._sidecar, raw=plan.raw, open_file=plan.open_file)
            except FileExistsError:
                self.plan = replace(plan, path=next_path(plan.path))

    def _finished(self) -> Sidecar:
        stream, line = self.stream, self.stream.clock.host.line()
        clock = None
        if line is not None:
            clock = {
                "grade": str(stream.sensor.timing),
                "host_offset_s": round(line.offset_s, 6),
                "drift_ppm": round(line.drift_ppm, 2) if line.is_sure else None,
                "residual_s": round(line.residual_s, 6),
                "restarts_s": [round(t, 3) for t in stream.clock.restarts],
            }
        link: dict[str, object] = {
            "address": self._found.address,
            "name": self._found.name,
            "rssi_dbm": self._found.rssi_dbm,
            "battery_pct": stream.format.battery_pct if stream.format else None,
            "reconnects": stream.reconnects,
            "duplicates": stream.clock.duplicates,
            "bad_packets": stream.bad_packets,
        }
        if stream.missing_s:
            link |= {LOST_AT: round(self.now_s, 3), MISSING: round(stream.missing_s, 1)}
        return replace(
            self._sidecar,
            lost=stream.clock.ledger.lost,
            cues=tuple(self.cues),
            extra={**self._sidecar.extra, "clock": clock, LINK: link},
        )


def _zone() -> str | None:
    """Return the IANA name of the local time zone, where the system tells."""
    try:
        target = str(Path("/etc/localtime").readlink())
    except OSError:
        return None
    return target.partition("zoneinfo/")[2] or None
