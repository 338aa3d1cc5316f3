"""`imu-ankle athlete`: the plan's frequency, the injured leg, and what happened when."""

from __future__ import annotations

import sys
from dataclasses import dataclass, replace
from datetime import date, datetime

from imu_ankle.analysis.exercises import get_exercises
from imu_ankle.cli.show import print_json, shown
from imu_ankle.cli.working import opened, whose
from imu_ankle.core.errors import UsageError
from imu_ankle.core.options import Side, parse_enum
from imu_ankle.core.result import SCHEMA
from imu_ankle.history.athletes import athlete_record, read_athlete, save_athlete
from imu_ankle.io.home import check_name
from imu_ankle.progress.athlete import Athlete, LifeEvent, Occasion, with_event
from imu_ankle.text.results import often


@dataclass(frozen=True, slots=True, kw_only=True)
class ProfileWishes:
    """What is to change; None stays."""

    times_per_week: int | None
    exercises: str | None
    injured: str | None
    event: str | None
    text: str
    day: str | None
    until: str | None
    remove: str | None


def run_athlete(name: str | None, options: ProfileWishes, *, as_json: bool) -> int:
    """Show or change a profile."""
    with opened() as history:
        name = check_name(name) if name is not None else whose(history, None)
        with history.lock():
            before = read_athlete(history.home, name)
            after = _changed(before, options)
            if name not in history.athletes():
                print(f"nobody has recorded under the name {name} yet", file=sys.stderr)
            if after != before:
                saved = save_athlete(history.home, after)
                print(f"saved: {shown(saved)}", file=sys.stderr)
    if as_json:
        print_json({"schema": SCHEMA, **athlete_record(after)})
        return 0
    times = often(after.plan.times_per_week)
    print(f"{after.name}: the plan {times}, of {', '.join(after.exercises) or 'all exercises'}")
    print(f"injured: {after.injured or 'none'}")
    for event in after.events:
        until = f" until {event.until}" if event.until else ""
        print(f"{event.day}{until} {event.kind}: {event.text}")
    return 0


def _changed(athlete: Athlete, options: ProfileWishes) -> Athlete:
    if options.times_per_week is not None:
        athlete = replace(athlete, times_per_week=options.times_per_week)
    if options.exercises is not None:
        slugs = () if options.exercises == "all" else get_exercises(options.exercises)
        athlete = replace(athlete, exercises=slugs)
    if options.injured is not None:
        if options.injured not in {"none", *Side}:
            raise UsageError(
                "bad_side", f"--injured is left, right or none; found {options.injured!r}"
            )
        side = None if options.injured == "none" else options.injured
        athlete = replace(athlete, injured=side)
    if options.remove is not None:
        gone = _day(options.remove)
        left = tuple(event for event in athlete.events if event.day != gone)
        if left == athlete.events:
            raise UsageError("no_event", f"there is no event on {options.remove}")
        athlete = replace(athlete, events=left)
    if options.event is None:
        if options.text or options.day or options.until:
            kinds = ", ".join(Occasion)
            raise UsageError(
                "missing_event", f"--text, --day and --until are of an --event: {kinds}"
            )
        return athlete
    event = LifeEvent(
        day=_day(options.day) or datetime.now().astimezone().date(),
        kind=parse_enum(Occasion, options.event, "event"),
        text=options.text,
        until=_day(options.until),
    )
    return with_event(athlete, event)


def _day(text: str | None) -> date | None:
    if text is None:
        return None
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise UsageError("bad_day", f"{text!r} is no date like 2026-11-22 ({error})") from error
