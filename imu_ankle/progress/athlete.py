"""An athlete: how often, which leg was injured, what happened when."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from enum import StrEnum

from imu_ankle.core.errors import UsageError
from imu_ankle.progress.plan import DEFAULT_PLAN, Plan
from imu_ankle.progress.table import monday

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
    def description(self) -> str:
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
