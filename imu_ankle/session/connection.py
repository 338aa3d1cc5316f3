"""A sensor to stream from, for programs of others: connected, kept alive, accounted for."""

from __future__ import annotations

from contextlib import aclosing, asynccontextmanager
from typing import TYPE_CHECKING

import numpy as np

from imu_ankle.analysis.live import NAMES, stack_samples
from imu_ankle.bluetooth.stream import Change, Stream
from imu_ankle.core.assemble import assemble
from imu_ankle.core.errors import RecordingError
from imu_ankle.core.options import Side, parse_enum
from imu_ankle.core.recording import Sidecar
from imu_ankle.sensors.protocol import StreamConfig
from imu_ankle.session.sources import SensorPool

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from imu_ankle.core.recording import FloatArray, Recording
    from imu_ankle.sensors.clock.clock import SampleBlock


class SensorConnection:
    """A stream of samples that outlives its links: it reconnects, and accounts for every sample.

    Attributes
    ----------
    name : under which the sensor advertised.
    state : the last change of the link, in words.
    """

    def __init__(self, stream: Stream, name: str, sidecar: Sidecar) -> None:
        self.name = name
        self.state = "connecting"
        self._stream, self._sidecar = stream, sidecar
        self._pieces: list[FloatArray] = []

    async def samples(self) -> AsyncIterator[SampleBlock]:
        """Yield blocks of samples as they come, until `stop` or until the sensor stays lost.

        Raises
        ------
        SensorError
            If the sensor can't be started, or stays lost. What was yielded until then is good.
        """
        async with aclosing(self._stream.run()) as items:
            async for item in items:
                if isinstance(item, Change):
                    self.state = item.text
                    continue
                self._pieces.append(
                    stack_samples(item.time_s, item.acc_mps2, item.gyr_dps, item.seq, item.flags)
                )
                yield item

    def stop(self) -> None:
        """Ask for an orderly end; `samples` finishes with what is still under way."""
        self._stream.stop()

    @property
    def lost(self) -> int:
        """Samples that are known to be missing so far."""
        return self._stream.clock.ledger.lost

    def recording(self) -> Recording:
        """Return all samples so far as a recording.

        Raises
        ------
        RecordingError
            ``empty_file`` before the first sample.
        """
        if not self._pieces:
            raise RecordingError("empty_file", f"no sample came from {self.name} yet")
        return assemble(np.vstack(self._pieces), NAMES, sidecar=self._sidecar, file=self.name)


@asynccontextmanager
async def connect(
    name: str | None = None,
    *,
    side: str = "left",
    exercise: str | None = None,
    rate_hz: int | None = None,
    acc_range_g: int = 16,
) -> AsyncIterator[SensorConnection]:
    """Find a sensor and give its stream; leaving the block ends it.

    Parameters
    ----------
    name : name or address; None is the one known sensor in range. ``"virtual:lateral-hops"`` plays a
        simulated sensor on a software radio (needs the extra ``virtual``).
    side, exercise : what the recording will say.
    rate_hz, acc_range_g : what the sensor is asked for; by default its usual rate.

    Raises
    ------
    SensorError
        If the sensor isn't found.

    Examples
    --------
    >>> import asyncio
    >>> import imu_ankle as ia
    >>> async def first_second(name):
    ...     async with ia.connect(name) as sensor:
    ...         async for block in sensor.samples():
    ...             if block.time_s[-1] > 1.0:
    ...                 sensor.stop()
    ...         return sensor.recording()
    >>> recording = asyncio.run(first_second("virtual:lateral-hops,side=left"))
    >>> recording.duration_s > 1.0
    True
    """
    worn = parse_enum(Side, side, "side")
    async with SensorPool() as pool:
        (source,) = await pool.sources([name])
        sensor = source.found.sensor
        usual_hz = sensor.usual_rate_hz if sensor else StreamConfig().rate_hz
        config = StreamConfig(rate_hz=rate_hz or usual_hz, acc_range_g=acc_range_g, side=worn)
        stream = Stream(source.radio, source.found, config)
        sidecar = Sidecar(exercise=exercise, side=worn, simulated=source.simulated)
        connection = SensorConnection(stream, source.found.name or source.found.address, sidecar)
        try:
            yield connection
        finally:
            stream.stop()
