"""What is known of an athlete besides recordings: one JSON each, everything but the id optional."""

from __future__ import annotations

import dataclasses
import json
from typing import TYPE_CHECKING, Any

from imu_ankle.analysis.exercises import EXERCISES
from imu_ankle.core.errors import HistoryError
from imu_ankle.core.options import Side
from imu_ankle.history.plans import MOST_TIMES, read_plan
from imu_ankle.io.fields import (
    DAY,
    Extra,
    Field,
    FieldError,
    enum,
    listing,
    one_of,
    read_file,
    record,
    text,
    whole,
)
from imu_ankle.io.home import DataHome
from imu_ankle.io.text import write_whole
from imu_ankle.progress.athlete import Athlete, LifeEvent, Occasion

if TYPE_CHECKING:
    from datetime import date
    from pathlib import Path


def athlete_path(home: Path, name: str) -> Path:
    """Return where an athlete's profile is kept."""
    return DataHome(home).profile(name)


def _event(
    day: date, kind: Occasion = Occasion.OTHER, text: str = "", until: date | None = None
) -> LifeEvent:
    return LifeEvent(day=day, kind=kind, text=text, until=until)


_EVENT = record(
    _event,
    {"day": DAY, "kind": enum(Occasion), "text": text(), "until": DAY},
    needed=("day", "kind"),
    extra=Extra.IGNORED,
)
PROFILE: Field[dict[str, Any]] = record(
    dict,
    {
        "schema": whole(1, 1),
        "name": text(),
        "times_per_week": whole(1, MOST_TIMES),
        "exercises": listing(one_of(lambda: EXERCISES)),
        "injured": enum(Side),
        "events": listing(_EVENT),
    },
    extra=Extra.IGNORED,
)


def read_athlete(home: Path, name: str) -> Athlete:
    """Return the profile of an athlete; the defaults where none was saved.

    Raises
    ------
    HistoryError
        If the file can't be used; the message says why.
    """
    path = athlete_path(home, name)
    plan = read_plan(home)
    if not path.exists():
        return Athlete(name=name, everyones=plan)
    try:
        said = read_file(path, PROFILE)
    except (OSError, FieldError) as error:
        raise HistoryError(
            "bad_athlete", f"{path} is no profile ({error}); mend it or move it away"
        ) from error
    injured = said.get("injured")
    return Athlete(
        name=name,
        times_per_week=said.get("times_per_week"),
        exercises=said.get("exercises", ()),
        injured=None if injured is None else str(injured),
        events=said.get("events", ()),
        everyones=plan,
    )


def save_athlete(home: Path, athlete: Athlete) -> Path:
    """Save a profile; return where."""
    path = athlete_path(home, athlete.name)
    write_whole(path, athlete_text(athlete), private=True)
    return path


def athlete_text(athlete: Athlete) -> str:
    """Return the text of a profile's file."""
    content = {"schema": 1, **athlete_record(athlete)}
    return json.dumps(content, indent=1, ensure_ascii=False) + "\n"


def athlete_record(athlete: Athlete) -> dict[str, Any]:
    """Return a profile as a JSON object, events in order of their days."""
    events = [
        {**dataclasses.asdict(event), "day": str(event.day), "until": _day_text(event.until)}
        for event in sorted(athlete.events, key=lambda event: event.day)
    ]
    record = {**dataclasses.asdict(athlete), "events": events}
    del record["everyones"]
    return record


def _day_text(day: date | None) -> str | None:
    return str(day) if day else None
