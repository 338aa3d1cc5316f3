"""One set: which sensor, which file, and who conducts it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from imu_ankle.analysis.exercises import get_exercise
from imu_ankle.core.errors import UsageError
from imu_ankle.core.options import Eyes, Mount, Placement, Side, Surface, parse_enum
from imu_ankle.core.recording import Condition, Sidecar
from imu_ankle.history.sessions import place_trial
from imu_ankle.io.recorder import packets_path
from imu_ankle.sensors.protocol import StreamConfig
from imu_ankle.session.capture import Capture, CaptureOptions
from imu_ankle.session.conductor import Conductor, Recorded
from imu_ankle.session.loop import Interruption, sensor_loop
from imu_ankle.session.sources import SensorPool

if TYPE_CHECKING:
    from pathlib import Path

    from imu_ankle.core.exercise import Exercise
    from imu_ankle.session.display import LiveDisplay
    from imu_ankle.session.sources import SensorSource


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordOptions:
    """What `record` is asked for; words as they were typed."""

    exercise: str
    sides: list[str]
    sensors: list[str | None]
    placement: str | None = None
    mount: str | None = None
    eyes: str | None = None
    surface: str | None = None
    shoe: str | None = None
    athlete: str = "me"
    rate_hz: int | None = None  # None: the sensor's usual one
    acc_range_g: int = 16
    countdown_s: int = 3
    most_s: float = 180.0
    out: Path | None = None
    raw: bool = False
    dose: float | None = None


async def record(
    options: RecordOptions,
    display: LiveDisplay,
    pool: SensorPool,
    interruption: Interruption | None = None,
) -> Recorded:
    """Record one set with one sensor or several; nothing that came is lost, however it ends."""
    exercise = get_exercise(options.exercise)
    if not options.sides:
        raise UsageError("missing_side", "which foot wears the sensor? --side left or --side right")
    sides = [parse_enum(Side, side, "side") for side in options.sides]
    if len(options.sensors) != len(sides) or len(set(sides)) < len(sides):
        raise UsageError(
            "sensors", "two shoes need each side once and a --sensor for each, in the same order"
        )
    placement = parse_enum(Placement, options.placement or exercise.placement, "")
    display.say("looking for the sensor ...")
    sources = await pool.sources(options.sensors)
    if len({source.found.address for source in sources}) < len(sources):
        raise UsageError("sensors", "two shoes need two sensors")
    captures = [
        Capture(
            source.radio,
            source.found,
            _plan(options, exercise, placement, side, source),
            pool.kept,
        )
        for side, source in zip(sides, sources, strict=True)
    ]
    conductor = Conductor(
        exercise,
        captures,
        display,
        countdown_s=options.countdown_s,
        most_s=options.most_s,
        dose=options.dose,
    )
    try:
        await conductor.run(interruption or Interruption())
    finally:
        if conductor.recorded.failure is not None:
            pool.lose()
    return conductor.recorded


def record_set(options: RecordOptions, display: LiveDisplay) -> Recorded:
    """Record one set on this process's loop, and give the sensor back."""
    loop, interruption = sensor_loop(), Interruption()

    async def work() -> Recorded:
        async with SensorPool(loop.radio) as pool:
            return await record(options, display, pool, interruption)

    return loop.run(work(), interruption)


def _plan(
    options: RecordOptions,
    exercise: Exercise[object],
    placement: Placement,
    side: Side,
    source: SensorSource,
) -> CaptureOptions:
    now = datetime.now().astimezone()
    if options.out is not None:
        path = (
            options.out
            if len(options.sides) == 1
            else options.out.with_stem(f"{options.out.stem}-{side}")
        )
        if path.suffix != ".csv":
            raise UsageError("bad_out", f"--out must end in .csv; found {path.name!r}")
        for each in (path, path.with_suffix(".json"), packets_path(path)):
            if each.exists():
                raise UsageError("bad_out", f"{each} exists; recordings are never overwritten")
    else:
        path = place_trial(options.athlete, exercise.slug, str(side), now).csv
    condition = Condition(
        eyes=parse_enum(Eyes, options.eyes or Eyes.OPEN, ""),
        surface=parse_enum(Surface, options.surface or Surface.FLOOR, ""),
        shoe=options.shoe,
    )
    sidecar = Sidecar(
        exercise=exercise.slug,
        side=side,
        placement=placement,
        mount=parse_enum(Mount, options.mount or Mount.UNKNOWN, ""),
        condition=condition,
        simulated=source.simulated,
        seed=source.seed,
    )
    sensor = source.found.sensor
    rate_hz = options.rate_hz or (sensor.usual_rate_hz if sensor else StreamConfig().rate_hz)
    config = StreamConfig(rate_hz=rate_hz, acc_range_g=options.acc_range_g, side=side)
    return CaptureOptions(
        path=path, sidecar=sidecar, config=config, raw=options.raw, athlete=options.athlete
    )
