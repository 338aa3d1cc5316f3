"""What is known of an athlete besides recordings: one JSON each, everything but the id optional."""

from __future__ import annotations

import dataclasses
import json
from datetime import date
from typing import TYPE_CHECKING, Any

from imu_ankle.analysis.exercises import EXERCISES
from imu_ankle.core.errors import HistoryError
from imu_ankle.core.options import Side
from imu_ankle.history.plans import MOST_TIMES, read_plan
from imu_ankle.history.sessions import check_name
from imu_ankle.io.text import read_json, write_whole
from imu_ankle.progress.athlete import Athlete, LifeEvent, Occasion

if TYPE_CHECKING:
    from pathlib import Path


def athlete_path(home: Path, name: str) -> Path:
    """Return where an athlete's profile is kept."""
    return home / "athletes" / f"{check_name(name)}.json"


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
        content = read_json(path)
        return dataclasses.replace(_athlete(name, content), everyones=plan)
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise HistoryError(
            "bad_athlete", f"{path} is no profile ({error}); mend it or move it away"
        ) from error


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
        {**dataclasses.asdict(event), "day": str(event.day), "until": _text(event.until)}
        for event in sorted(athlete.events, key=lambda event: event.day)
    ]
    record = {**dataclasses.asdict(athlete), "events": events}
    del record["everyones"]
    return record


def _athlete(name: str, content: dict[str, Any]) -> Athlete:
    times, exercises = content["times_per_week"], tuple(content["exercises"])
    if times is not None and (not isinstance(times, int) or not 1 <= times <= MOST_TIMES):
        raise ValueError(f"times_per_week is {times!r}, expected 1 to {MOST_TIMES}")
    unknown = [slug for slug in exercises if slug not in EXERCISES]
    if unknown:
        raise ValueError(f"exercises: {unknown[0]!r} is not one of {', '.join(EXERCISES)}")
    events = tuple(
        LifeEvent(
            day=date.fromisoformat(event["day"]),
            kind=Occasion(event["kind"]),
            text=str(event["text"]),
            until=date.fromisoformat(event["until"]) if event.get("until") else None,
        )
        for event in content["events"]
    )
    injured = content["injured"]
    return Athlete(
        name=name,
        times_per_week=times,
        exercises=exercises,
        injured=str(Side(injured)) if injured is not None else None,
        events=events,
    )


def _text(day: date | None) -> str | None:
    return str(day) if day else None
