"""The tidy table: one row per trial and number. Everything that shows progress starts from it."""

from __future__ import annotations

from dataclasses import astuple, dataclass, fields
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from imu_ankle.analysis.exercises import EXERCISES
from imu_ankle.core.recording import SAME_SESSION_S
from imu_ankle.core.result import REASONS, set_aside

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from imu_ankle.core.recording import BoolArray, IntArray, Sidecar

_FIRST_DATE = datetime(2010, 1, 1, tzinfo=UTC)  # before, there was no such sensor: a reset clock
_ANY_ZONE = timedelta(days=1)  # a start this far ahead is the clock of another zone, no error
# where an export without names moves dates to, since BIDS has moved dates end in 1925
_MOVED = datetime(1700, 1, 1, tzinfo=UTC), datetime(1926, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """What is known of a trial and must be the same for its numbers to be compared, or orders it.

    Attributes
    ----------
    trial, session : what names them; those of one session have the same.
    started_at : ISO 8601 as the sidecar has it; `day` is the wearer's date then, `utc_s` the instant.
    aside : the quality reason that keeps it out of trends and plans.
    done : of the dose, in its unit; None where nothing could be measured.
    seconds : length of what was scored.
    """

    trial: str
    session: str
    athlete: str
    started_at: str | None
    day: str | None
    utc_s: float | None
    exercise: str
    leg: str
    side: str
    placement: str
    eyes: str
    surface: str
    shoe: str | None
    sensor: str | None
    simulated: bool
    metric_set: int
    grade: str
    aside: str | None
    done: float | None
    seconds: float


FACTS = tuple(field.name for field in fields(Facts))
COLUMNS = (*FACTS, "key", "value", "n")


def facts_of(
    sidecar: Sidecar, result: Mapping[str, Any], *, trial: str, session: str, athlete: str
) -> Facts:
    """Gather the facts of a trial from its sidecar and its result, the JSON object of the spec."""
    inputs = result["inputs"]
    return Facts(
        **origin_of(sidecar),
        trial=trial,
        session=session,
        athlete=athlete,
        exercise=result["exercise"],
        leg=result["leg"],
        side=result["side"],
        placement=result["placement"],
        eyes=inputs["eyes"],
        surface=inputs["surface"],
        simulated=bool(inputs.get("simulated")),
        metric_set=int(result["metric_set"]),
        grade=result["quality"]["grade"],
        aside=set_aside(result["quality"]["reasons"]),
        done=result["dose"]["done"],
        seconds=sum(span["end_s"] - span["start_s"] for span in result["spans"]),
    )


def unscored_facts(
    sidecar: Sidecar, *, trial: str, session: str, athlete: str, metric_set: int
) -> Facts:
    """Gather what is known of a trial that could not be analysed."""
    return Facts(
        **origin_of(sidecar),
        trial=trial,
        session=session,
        athlete=athlete,
        exercise=sidecar.exercise or "",
        leg="",
        side=str(sidecar.side or ""),
        placement=str(sidecar.placement or ""),
        eyes=str(sidecar.condition.eyes or ""),
        surface=str(sidecar.condition.surface or ""),
        simulated=bool(sidecar.simulated),
        metric_set=metric_set,
        grade="invalid",
        aside=None,
        done=None,
        seconds=0.0,
    )


def origin_of(sidecar: Sidecar) -> dict[str, Any]:
    """Return the facts of when a trial was recorded, and with what."""
    started = datetime.fromisoformat(sidecar.started_at) if sidecar.started_at else None
    return {
        "started_at": sidecar.started_at,
        "day": started.date().isoformat() if started else None,
        "utc_s": _instant_s(started) if started else None,
        "shoe": sidecar.condition.shoe,
        "sensor": sidecar.sensor.model,
    }


def numbers_of(result: Mapping[str, Any]) -> Iterator[tuple[str, float, int]]:
    """Yield key, value and n of every single number of a result; lists and None are none."""
    for key in ("score", "reps"):
        if result[key] is not None:
            yield key, float(result[key]), 1
    for key, metric in result["metrics"].items():
        if isinstance(metric["value"], int | float):
            yield key, float(metric["value"]), int(metric["n"])


def tidy(trials: Iterable[tuple[Facts, Iterable[tuple[str, float, int]]]]) -> pd.DataFrame:
    """Return the tidy table of trials with their numbers."""
    return table_of([(*astuple(facts), *number) for facts, numbers in trials for number in numbers])


def table_of(rows: Sequence[tuple[Any, ...]], names: Sequence[str] = COLUMNS) -> pd.DataFrame:
    """Return rows of `names` as a table."""
    columns = list(zip(*rows, strict=True)) if rows else [()] * len(names)
    made = {name: column_of(name, column) for name, column in zip(names, columns, strict=True)}
    return pd.DataFrame(made, copy=False)


def trials_of(facts: Iterable[Facts]) -> pd.DataFrame:
    """Return a row per trial, without its numbers."""
    return table_of([astuple(each) for each in facts], FACTS)


_KINDS: Mapping[str, type] = {
    "utc_s": np.float64, "done": np.float64, "seconds": np.float64, "value": np.float64,
    "metric_set": np.int64, "n": np.int64, "simulated": np.bool_,
}  # fmt: skip


def column_of(name: str, values: Sequence[Any], which: IntArray | None = None) -> Any:  # noqa: ANN401
    """Return a column of the tidy table; texts become categories, which compare fast.

    With `which`, row i holds the value number ``which[i]``.
    """
    if name in _KINDS:
        numbers: Any = np.array(values, dtype=_KINDS[name])
        return numbers if which is None else numbers[which]
    words = sorted({word for word in values if word is not None})
    code = {word: i for i, word in enumerate(words)}
    codes = np.array([-1 if word is None else code[word] for word in values], dtype=np.int64)
    categories = pd.Index(words, dtype=object)
    return pd.Categorical.from_codes(codes if which is None else codes[which], categories)


def _instant_s(started: datetime) -> float:
    """Return seconds since 1970; a start that doesn't say its zone is taken as UTC."""
    return (started if started.tzinfo else started.replace(tzinfo=UTC)).timestamp()


def usable_rows(table: pd.DataFrame, now: datetime) -> BoolArray:
    """Return which rows are dated, dated possibly, and of a recording that was what it is said to be."""
    utc_s = table["utc_s"].to_numpy()
    dated = np.zeros(len(utc_s), dtype=np.bool_)
    for first, last in _possible(now):
        dated |= (utc_s >= first.timestamp()) & (utc_s <= last.timestamp())
    sound = (table["grade"] != "invalid") & table["aside"].isna()
    usable: BoolArray = dated & sound.to_numpy()
    return usable


def can_be(start: datetime, now: datetime) -> bool:
    """Whether a recording can have begun then, which says its zone: no wrong clock."""
    return any(first <= start <= last for first, last in _possible(now))


def told_until(trials: pd.DataFrame, now: datetime) -> datetime:
    """Return when the last week is: now, or that of the last trial where dates were moved."""
    last_s = trials.loc[usable_rows(trials, now), "utc_s"].max()
    if not last_s < _MOVED[1].timestamp():
        return now
    return datetime(1970, 1, 1, tzinfo=UTC) + timedelta(seconds=float(last_s))


def left_out(trials: pd.DataFrame, now: datetime) -> list[tuple[str, str]]:
    """Return the trials that no trend may use, each with the reason; a row is a trial."""
    bad = trials[~usable_rows(trials, now)]
    columns = (bad[name].astype(object) for name in ("trial", "grade", "aside", "day"))
    return [
        (trial, _why(grade, aside, day, now))
        for trial, grade, aside, day in zip(*columns, strict=True)
    ]


def _why(grade: str, aside: object, day: object, now: datetime) -> str:
    if grade == "invalid":
        return "not analysable"
    if isinstance(aside, str):
        return REASONS[aside].text
    if not isinstance(day, str):
        return "no date (started_at) in its sidecar"
    return (
        f"dated {day}, which can't be (today is {now.date()}): a clock was wrong; mend it with "
        "imu-ankle edit --started-at"
    )


def _possible(now: datetime) -> tuple[tuple[datetime, datetime], ...]:
    return _MOVED, (_FIRST_DATE, now + _ANY_ZONE)


def sessions_by_time(starts: Sequence[tuple[str, str | None]]) -> list[str]:
    """Name the session of each loose recording, given athlete and start.

    Recordings of one athlete that begin within two hours of the one before are one session. Instants
    are compared, so a night in which clocks are set changes nothing.
    """
    names = [""] * len(starts)
    last: dict[str, tuple[float, str]] = {}
    dated = [
        (_instant_s(datetime.fromisoformat(start)), i)
        for i, (_, start) in enumerate(starts)
        if start
    ]
    for instant_s, i in sorted(dated):
        athlete, start = starts[i]
        before_s, name = last.get(athlete, (-np.inf, ""))
        if instant_s - before_s > SAME_SESSION_S:
            name = f"{str(start)[:16].replace('T', '_').replace(':', '')}_{athlete}"
            if name in names:  # an hour that a clock showed twice
                name += "_b"
        last[athlete] = (instant_s, name)
        names[i] = name
    return names


def monday(day: date) -> date:
    """Return the Monday of the ISO week of a date."""
    return day - timedelta(days=day.weekday())


def unit_of(exercise: str, key: str) -> str:
    """Return the unit of a number; empty for counts and for what this version doesn't know."""
    try:
        return EXERCISES[exercise].spec(key).unit
    except KeyError:
        return ""
