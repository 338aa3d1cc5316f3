"""`imu-ankle record`: find the sensor, check that it's well worn, record, count, stop, tell."""

from __future__ import annotations

import asyncio
import contextlib
import sys
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from imu_ankle.analysis import known_exercise, known_word
from imu_ankle.cli.analyze import EXIT_NOT_ANALYSABLE, print_analysis
from imu_ankle.cli.conductor import Conductor, Recorded
from imu_ankle.cli.screen import Screen
from imu_ankle.cli.show import print_json, shown
from imu_ankle.cli.sources import Source, open_sources
from imu_ankle.errors import ImuAnkleError, UsageError
from imu_ankle.files.recorder import packets_path
from imu_ankle.files.sessions import place_trial
from imu_ankle.model import Condition, Eyes, Mount, Placement, Side, Sidecar, Surface
from imu_ankle.result import Grade
from imu_ankle.sensor import Wish
from imu_ankle.take import Take, TakePlan

if TYPE_CHECKING:
    from pathlib import Path

    from imu_ankle.exercise import Exercise


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
    rate_hz: int = 208
    acc_range_g: int = 16
    countdown_s: int = 3
    most_s: float = 180.0
    out: Path | None = None
    raw: bool = False
    dose: float | None = None


def run_record(wishes: RecordWishes, *, as_json: bool) -> int:
    """Record, print the verdict, return the exit status."""
    with Screen() as screen:
        recorded = asyncio.run(record(wishes, screen))
    if as_json:
        objects = [analysis.result.to_dict() for analysis in recorded.analyses]
        print_json(objects[0] if len(objects) == 1 else objects)
    else:
        for analysis in recorded.analyses:
            print_analysis(analysis)
        if wishes.out is None and recorded.analyses:
            _tell_change(wishes)
    for path in recorded.paths:
        print(f"recorded: {shown(path)}", file=sys.stderr)
        print(f"next: imu-ankle analyze {shown(path)} --plot", file=sys.stderr)
    if recorded.problem:
        print(f"imu-ankle: {recorded.problem}", file=sys.stderr)
    if recorded.failure is not None:
        raise recorded.failure
    if recorded.interrupted:
        return 130
    if recorded.stopped_writing:
        return 1
    invalid = any(each.result.quality.grade is Grade.INVALID for each in recorded.analyses)
    return EXIT_NOT_ANALYSABLE if invalid or not recorded.analyses else 0


def _tell_change(wishes: RecordWishes) -> None:
    """Say what of this exercise changed over the sessions; a history in trouble costs no recording."""
    from imu_ankle import telling
    from imu_ankle.cli.working import opened

    with contextlib.suppress(ImuAnkleError, OSError), opened() as history:
        trends = history.trends(wishes.athlete, exercise=wishes.exercise)
        last = max((trend.sessions.session[-1] for trend in trends), default="")
        for trend in trends:
            if trend.sessions.session[-1] == last and trend.series.leg in {*wishes.sides, "both"}:
                about = (
                    f"{telling.name(trend.series, trend.spec)} ({telling.condition(trend.series)})"
                )
                print(f"over sessions: {about}: {telling.said(trend)}")


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
    wish = Wish(rate_hz=wishes.rate_hz, acc_range_g=wishes.acc_range_g, side=side)
    return TakePlan(path=path, sidecar=sidecar, wish=wish, raw=wishes.raw, athlete=wishes.athlete)
