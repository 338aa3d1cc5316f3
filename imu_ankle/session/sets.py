"""One set: which sensor, which file, and who conducts it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from imu_ankle.analysis.pipeline import known_exercise, known_word
from imu_ankle.core.errors import UsageError
from imu_ankle.core.recording import Condition, Eyes, Mount, Placement, Side, Sidecar, Surface
from imu_ankle.history.sessions import place_trial
from imu_ankle.io.recorder import packets_path
from imu_ankle.sensors.protocol import Wish
from imu_ankle.session.capture import Take, TakePlan
from imu_ankle.session.conductor import Conductor, Recorded
from imu_ankle.session.sources import Source, open_sources

if TYPE_CHECKING:
    from pathlib import Path

    from imu_ankle.core.exercise import Exercise
    from imu_ankle.session.display import Screen


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordWishes:
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


async def record(wishes: RecordWishes, screen: Screen) -> Recorded:
    """Record one set with one sensor or several; nothing that came is lost, however it ends."""
    exercise = known_exercise(wishes.exercise)
    if not wishes.sides:
        raise UsageError("missing_side", "which foot wears the sensor? --side left or --side right")
    sides = [known_word(Side, side, "side") for side in wishes.sides]
    if len(wishes.sensors) != len(sides) or len(set(sides)) < len(sides):
        raise UsageError(
            "sensors", "two shoes need each side once and a --sensor for each, in the same order"
        )
    placement = known_word(Placement, wishes.placement or exercise.placement, "")
    screen.say("looking for the sensor ...")
    async with open_sources(wishes.sensors) as sources:
        if len({source.found.address for source in sources}) < len(sources):
            raise UsageError("sensors", "two shoes need two sensors")
        plans = [
            _plan(wishes, exercise, placement, side, source)
            for side, source in zip(sides, sources, strict=True)
        ]
        takes = [
            Take(source.radio, source.found, plan)
            for source, plan in zip(sources, plans, strict=True)
        ]
        conductor = Conductor(
            exercise,
            takes,
            screen,
            countdown_s=wishes.countdown_s,
            most_s=wishes.most_s,
            dose=wishes.dose,
        )
        await conductor.run()
        return conductor.recorded


def _plan(
    wishes: RecordWishes,
    exercise: Exercise[object],
    placement: Placement,
    side: Side,
    source: Source,
) -> TakePlan:
    now = datetime.now().astimezone()
    if wishes.out is not None:
        path = (
            wishes.out
            if len(wishes.sides) == 1
            else wishes.out.with_stem(f"{wishes.out.stem}-{side}")
        )
        if path.suffix != ".csv":
            raise UsageError("bad_out", f"--out must end in .csv; found {path.name!r}")
        for each in (path, path.with_suffix(".json"), packets_path(path)):
            if each.exists():
                raise UsageError("bad_out", f"{each} exists; recordings are never overwritten")
    else:
        path = place_trial(wishes.athlete, exercise.slug, str(side), now).csv
    condition = Condition(
        eyes=known_word(Eyes, wishes.eyes or Eyes.OPEN, ""),
        surface=known_word(Surface, wishes.surface or Surface.FLOOR, ""),
        shoe=wishes.shoe,
    )
    sidecar = Sidecar(
        exercise=exercise.slug,
        side=side,
        placement=placement,
        mount=known_word(Mount, wishes.mount or Mount.UNKNOWN, ""),
        condition=condition,
        simulated=source.simulated,
        seed=source.seed,
    )
    sensor = source.found.sensor
    rate_hz = wishes.rate_hz or (sensor.usual_rate_hz if sensor else Wish().rate_hz)
    wish = Wish(rate_hz=rate_hz, acc_range_g=wishes.acc_range_g, side=side)
    return TakePlan(path=path, sidecar=sidecar, wish=wish, raw=wishes.raw, athlete=wishes.athlete)
