"""`imu-ankle athlete`: the plan's frequency, the injured leg, and what happened when."""

from __future__ import annotations

import sys
from dataclasses import dataclass, replace
from datetime import date, datetime

from imu_ankle.analysis.pipeline import known_word
from imu_ankle.cli.show import print_json, shown
from imu_ankle.cli.working import opened, whose
from imu_ankle.core.errors import UsageError
from imu_ankle.core.recording import Side
from imu_ankle.core.result import SCHEMA
from imu_ankle.history.athletes import athlete_record, read_athlete, save_athlete
from imu_ankle.history.sessions import check_name
from imu_ankle.progress.athlete import Athlete, LifeEvent, Occasion, with_event
from imu_ankle.progress.plan import known_exercises
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


def run_athlete(name: str | None, wishes: ProfileWishes, *, as_json: bool) -> int:
    """Show or change a profile."""
    with opened() as history:
        name = check_name(name) if name is not None else whose(history, None)
        with history.lock():
            before = read_athlete(history.home, name)
            after = _changed(before, wishes)
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


def _changed(athlete: Athlete, wishes: ProfileWishes) -> Athlete:
    if wishes.times_per_week is not None:
        athlete = replace(athlete, times_per_week=wishes.times_per_week)
    if wishes.exercises is not None:
        slugs = () if wishes.exercises == "all" else known_exercises(wishes.exercises)
        athlete = replace(athlete, exercises=slugs)
    if wishes.injured is not None:
        if wishes.injured not in {"none", *Side}:
            raise UsageError(
                "bad_side", f"--injured is left, right or none; found {wishes.injured!r}"
            )
        side = None if wishes.injured == "none" else wishes.injured
        athlete = replace(athlete, injured=side)
    if wishes.remove is not None:
        gone = _day(wishes.remove)
        left = tuple(event for event in athlete.events if event.day != gone)
        if left == athlete.events:
            raise UsageError("no_event", f"there is no event on {wishes.remove}")
        athlete = replace(athlete, events=left)
    if wishes.event is None:
        if wishes.text or wishes.day or wishes.until:
            kinds = ", ".join(Occasion)
            raise UsageError(
                "missing_event", f"--text, --day and --until are of an --event: {kinds}"
            )
        return athlete
    event = LifeEvent(
        day=_day(wishes.day) or datetime.now().astimezone().date(),
        kind=known_word(Occasion, wishes.event, "event"),
        text=wishes.text,
        until=_day(wishes.until),
    )
    return with_event(athlete, event)


def _day(text: str | None) -> date | None:
    if text is None:
        return None
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise UsageError("bad_day", f"{text!r} is no date like 2026-11-22 ({error})") from error
