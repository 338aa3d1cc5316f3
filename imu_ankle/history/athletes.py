"""What is known of an athlete besides recordings: one JSON each, everything but the id optional."""

from __future__ import annotations

import dataclasses
import json
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from imu_ankle.analysis.exercises import EXERCISES
from imu_ankle.core.errors import HistoryError, UsageError
from imu_ankle.core.recording import Side
from imu_ankle.history.plans import MOST_TIMES, read_plan
from imu_ankle.history.sessions import check_name
from imu_ankle.io.text import read_json, write_whole
from imu_ankle.plan import DEFAULT_PLAN, Plan
from imu_ankle.trends.table import monday

if TYPE_CHECKING:
    from pathlib import Path


_LONG = timedelta(days=3660)  # longer is no rest


class Occasion(StrEnum):
    """Kinds of events that explain a trend."""

    SPRAIN = "sprain"
    SHOES = "shoes"
    SENSOR = "sensor"
    REST = "rest"  # until a day; its weeks don't end a streak
    BASELINE = "baseline"  # from here on, changes are told against what follows
    OTHER = "other"


@dataclass(frozen=True, slots=True, kw_only=True)
class LifeEvent:
    """Something that happened to the athlete on a day, or until one."""

    day: date
    kind: Occasion
    text: str
    until: date | None = None

    @property
    def told(self) -> str:
        """What is written beside the event's line."""
        words = [str(self.kind)] if self.kind is not Occasion.OTHER or not self.text else []
        words += [self.text] if self.text else []
        return ": ".join(words) + (f", until {self.until}" if self.until else "")


@dataclass(frozen=True, slots=True, kw_only=True)
class Athlete:
    """One athlete.

    Attributes
    ----------
    times_per_week : how often this athlete does the plan; None is as often as it says.
    exercises : those of the plan that this athlete does; all where empty.
    injured : the leg that the limb symmetry index is of.
    everyones : the plan of the data home; it has a file of its own.
    """

    name: str
    times_per_week: int | None = None
    exercises: tuple[str, ...] = ()
    injured: str | None = None
    events: tuple[LifeEvent, ...] = ()
    everyones: Plan = DEFAULT_PLAN

    @property
    def plan(self) -> Plan:
        """The plan as this athlete does it."""
        return self.everyones.of(self.exercises, self.times_per_week)

    @property
    def new_baseline(self) -> date | None:
        """The last day on which a new baseline was asked for."""
        days = [event.day for event in self.events if event.kind is Occasion.BASELINE]
        return max(days, default=None)

    @property
    def resting(self) -> frozenset[date]:
        """Mondays of the weeks of rest."""
        weeks: set[date] = set()
        for event in self.events:
            if event.kind is Occasion.REST:
                week = monday(event.day)
                rested = min((event.until or event.day) - week, _LONG)
                weeks |= {week + timedelta(days=k) for k in range(0, rested.days + 1, 7)}
        return frozenset(weeks)


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


def with_event(athlete: Athlete, event: LifeEvent) -> Athlete:
    """Return the athlete with one more event.

    Raises
    ------
    UsageError
        ``bad_day`` if it is still to come, or ends before it begins.
    """
    today = datetime.now().astimezone().date()
    if event.kind is not Occasion.REST and event.day > today:
        raise UsageError("bad_day", f"{event.day} is still to come (today is {today})")
    if event.until is not None and event.until < event.day:
        raise UsageError("bad_day", f"it ends on {event.until}, before {event.day}")
    return replace(athlete, events=tuple(sorted({*athlete.events, event}, key=lambda e: e.day)))


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
