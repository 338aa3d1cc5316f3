"""Recordings without what tells whose they are: other names, other dates, no words of people.

Everything is made anew from what is known here; what this version doesn't know is left out, since it
may say anything. What a trend needs stays: which trials are of one person, one sensor, one shoe, the
times between them to the microsecond, the day of the week and the time of day. Pain, sides and the
injured leg stay too: they are what is shared. Profiles know no age, height or mass.

The samples stay as well. Who has the original recording can tell that it is the same.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta, timezone
from typing import TYPE_CHECKING

from imu_ankle.analysis.exercises import EXERCISES
from imu_ankle.core.recording import Condition, Cue, Mark, SensorInfo, Sidecar
from imu_ankle.history.scores import inputs_of
from imu_ankle.progress.table import can_be, origin_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from imu_ankle.core.recording import Calibration
    from imu_ankle.history.scores import CachedResult
    from imu_ankle.progress.athlete import Athlete, LifeEvent
    from imu_ankle.progress.table import Facts

LAST_DAY = date(1925, 12, 30)  # of what was moved; BIDS wants 1925 or before, in any zone
LATEST_S = 1e8  # three years: a recording's clock that says more counts from a date, and tells it
NO_DATE = "unknown"  # of a calibration: it's of a sensor, and no person's dates fit it
_DAY = timedelta(hours=23, minutes=59)  # the most that a zone can differ from UTC
# what the program says itself, and what analysis heeds; anything else may be a person's words
_WORDS = {"go", "stop", "stand still", "begin", "enough", "start", "end", "rest"}
_OTHER = "other"
_NUMBER = re.compile(r"\S*\d{5}\S*")
_VERSION = re.compile(r"v?\d{1,4}(\.\d{1,4}){1,3}")
_OURS = re.compile(r"imu_ankle \d{1,4}(\.\w{1,8}){1,4}")
_OF_A_RESULT = (
    "schema", "version", "metric_set", "exercise", "side", "leg", "placement", "spans", "reps",
    "score", "score_band", "metrics", "events", "quality", "dose",
)  # fmt: skip
_OF_INPUTS = ("eyes", "surface", "flags", "repairs", "simulated")


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """One athlete's other name, and how far all their dates move.

    Attributes
    ----------
    back : whole weeks, so that days of the week stay.
    zone : what the clock of their first dated trial was ahead of UTC; other zones are told against it.
    shoes : other names of the shoes, in the order of the true ones.
    now : by which what can't have been is told.
    """

    name: str
    back: timedelta
    zone: timedelta
    shoes: Mapping[str, str]
    now: datetime

    def moment(self, started_at: str | None) -> str | None:
        """Return a start on the wearer's clock, moved; None for one that can't have been."""
        if started_at is None:
            return None
        start = with_zone(datetime.fromisoformat(started_at))
        if not can_be(start, self.now):
            return None
        apart = (start.utcoffset() or timedelta()) - self.zone
        clock = timezone(max(-_DAY, min(_DAY, apart)))
        return (start + self.zone - self.back).astimezone(clock).isoformat()

    def day(self, day: date) -> date:
        """Return a date, moved."""
        return day - self.back


class IdentityPseudonymizer:
    """In place of pseudonyms: all is told as it is."""

    def sidecar(self, sidecar: Sidecar, athlete: str) -> Sidecar:  # noqa: ARG002
        """Return the sidecar."""
        return sidecar

    def facts(self, facts: Facts, sidecar: Sidecar) -> Facts:  # noqa: ARG002
        """Return the facts."""
        return facts

    def score(self, score: CachedResult, facts: Facts, sidecar: Sidecar) -> CachedResult:  # noqa: ARG002
        """Return the score."""
        return score

    def profile(self, athlete: Athlete) -> Athlete:
        """Return the profile."""
        return athlete

    def calibration(self, calibration: Calibration) -> Calibration:
        """Return the calibration."""
        return calibration


@dataclass(frozen=True, slots=True, kw_only=True)
class Pseudonyms:
    """What things are called in place of what they are.

    Attributes
    ----------
    people, sensors : by athlete's name, and by serial number.
    trials : by a CSV's path below the data home, what it becomes.
    """

    people: Mapping[str, Person]
    sensors: Mapping[str, str]
    trials: Mapping[str, str] = field(default_factory=dict)

    def sidecar(self, sidecar: Sidecar, athlete: str) -> Sidecar:
        """Return what of a sidecar may be told."""
        person = self.people[athlete]
        condition = sidecar.condition
        return Sidecar(
            exercise=sidecar.exercise if sidecar.exercise in EXERCISES else None,
            side=sidecar.side,
            placement=sidecar.placement,
            mount=sidecar.mount,
            condition=Condition(
                eyes=condition.eyes,
                surface=condition.surface,
                shoe=None if condition.shoe is None else person.shoes[condition.shoe],
            ),
            started_at=person.moment(sidecar.started_at),
            rate_nominal_hz=sidecar.rate_nominal_hz,
            rate_hz=sidecar.rate_hz,
            acc_range_g=sidecar.acc_range_g,
            gyr_range_dps=sidecar.gyr_range_dps,
            samples=sidecar.samples,
            lost=sidecar.lost,
            longest_gap_s=sidecar.longest_gap_s,
            sensor=self._sensor(sidecar.sensor),
            software=_if_like(_OURS, sidecar.software),
            simulated=sidecar.simulated,
            seed=sidecar.seed,
            cues=tuple(Cue(_time(cue.time_s), _word(cue.text)) for cue in sidecar.cues),
            marks=tuple(Mark(_time(mark.time_s), _word(mark.label)) for mark in sidecar.marks),
            pain=sidecar.pain,
            extra={"athlete": person.name},
        )

    def facts(self, facts: Facts, sidecar: Sidecar) -> Facts:
        """Return a trial's facts; `sidecar` is its sidecar without names."""
        trial = self.trials[facts.trial]
        return replace(
            facts,
            trial=trial,
            session=trial.split("/")[-2],
            athlete=self.people[facts.athlete].name,
            exercise=facts.exercise if facts.exercise in EXERCISES else "",
            **origin_of(sidecar),
        )

    def score(self, score: CachedResult, facts: Facts, sidecar: Sidecar) -> CachedResult:
        """Return a score; `facts` and `sidecar` are those without names. Of which file is open."""
        result = score.result
        if result is not None:
            inputs = {key: result["inputs"].get(key) for key in _OF_INPUTS}
            by = result["inputs"].get("calibration")
            serial = self.sensors.get(by["serial"], _OTHER) if by else None
            calibration = {"serial": serial, "made_at": NO_DATE} if by else None
            result = {
                **{key: result[key] for key in _OF_A_RESULT},
                "file": facts.trial.rsplit("/", 1)[-1],
                "inputs": {**inputs, "calibration": calibration},
            }
        return replace(
            score,
            csv_stamp="",  # it holds a time
            csv_sha256="",
            inputs=inputs_of(sidecar),
            result=result,
            error=None if score.error is None else "it could not be analysed",
        )

    def profile(self, athlete: Athlete) -> Athlete:
        """Return a profile: the plan, the injured leg, and what happened when, without words."""
        person = self.people[athlete.name]
        events = tuple(
            replace(
                event,
                day=person.day(event.day),
                until=person.day(event.until) if event.until else None,
                text="",
            )
            for event in events_that_can_be(athlete, person.now)
        )
        return replace(athlete, name=person.name, events=events)

    def calibration(self, calibration: Calibration) -> Calibration:
        """Return the calibration of a sensor under its other name."""
        return replace(calibration, serial=self.sensors[calibration.serial], made_at=NO_DATE)

    def _sensor(self, sensor: SensorInfo) -> SensorInfo:
        serial = self.sensors[sensor.serial] if sensor.serial else None
        model = sensor.model
        if model:  # some have a number in their name
            model = model.replace(sensor.serial or model, serial or model)
            model = _NUMBER.sub(serial or _OTHER, model)
        return SensorInfo(
            model=model,
            serial=serial,
            firmware=_if_like(_VERSION, sensor.firmware),
        )


def events_that_can_be(athlete: Athlete, now: datetime) -> list[LifeEvent]:
    """Return the events of a life; what is dated beyond any is left out."""
    first, last = date(1700, 1, 1), now.date() + timedelta(days=3660)
    kept = [event for event in athlete.events if first <= event.day <= last]
    return [replace(event, until=event.until and min(event.until, last)) for event in kept]


def with_zone(start: datetime) -> datetime:
    """Return a start with its zone; one that doesn't say it is taken as UTC, as in the tidy table."""
    return start if start.tzinfo else start.replace(tzinfo=UTC)


def _time(time_s: float | None) -> float | None:
    return time_s if time_s is not None and abs(time_s) <= LATEST_S else None


def _word(text: str | None) -> str | None:
    return text if text is None or text.strip().lower() in _WORDS else _OTHER


def _if_like(pattern: re.Pattern[str], text: str | None) -> str | None:
    return text if text is not None and pattern.fullmatch(text) else None
