"""Weeks: what was done of the plan, how much load there was, and how long it has been kept up.

A week is the ISO week of the date where the wearer was, so neither travel nor a night in which clocks
are set moves a session into another week.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from imu_ankle.analysis.exercises import EXERCISES
from imu_ankle.progress.table import monday, usable_rows

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping
    from datetime import datetime

    from imu_ankle.progress.plan import Plan, PlannedDose
    from imu_ankle.progress.table import Facts

WEEK = timedelta(days=7)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Adherence:
    """What was done of the plan, week by week.

    Attributes
    ----------
    weeks : Mondays, without a hole, the last one that of today.
    doses : exercise and leg of each row of `share`.
    share : (doses, weeks) 0 to 1: doses done over doses planned; more is not more than 1.
    full : (weeks,) whether every dose was met at least once.
    resting : (weeks,) whether the wearer had said that it was a week of rest.
    streak : weeks with the whole plan, up to now; see `streak`.
    """

    weeks: tuple[date, ...]
    doses: tuple[tuple[str, str], ...]
    share: np.ndarray[tuple[int, int], np.dtype[np.float64]]
    full: tuple[bool, ...]
    resting: tuple[bool, ...]
    streak: int

    def this_week(self) -> Mapping[tuple[str, str], float]:
        """Return the share done this week, by exercise and leg."""
        return dict(zip(self.doses, self.share[:, -1].tolist(), strict=True))


def doses_done(table: pd.DataFrame, plan: Plan) -> pd.DataFrame:
    """Return one row per session, exercise and leg: what was done of one dose, at most the dose.

    Repetitions of one session add up; seconds don't, the longest trial counts. Of two shoes that
    recorded the same set, the one that counted more is believed.
    """
    trials = table.drop_duplicates("trial")
    columns = ["session", "exercise", "leg", "side", "utc_s", "day"]
    names = pd.DataFrame({name: trials[name].astype(object) for name in columns})
    names["done"] = trials["done"].fillna(0.0)
    began = _first_days(names)
    rows = []
    for dose in plan.doses:
        mine = names[(names["exercise"] == dose.exercise) & (names["leg"] == dose.leg)]
        by_shoe = mine.groupby(["session", "side"])["done"]
        done = by_shoe.sum() if dose.adds_up else by_shoe.max()
        best = done.groupby(level="session").max().clip(upper=dose.enough)
        rows.append(
            pd.DataFrame(
                {
                    "session": best.index,
                    "day": began.reindex(best.index).to_numpy(),
                    "exercise": dose.exercise,
                    "leg": dose.leg,
                    "share": best.to_numpy() / dose.enough,
                }
            )
        )
    return pd.concat(rows, ignore_index=True)


def doses_of_session(facts: Iterable[Facts], plan: Plan) -> list[tuple[PlannedDose, float | None]]:
    """Return what one session did of each planned dose, not capped; None where it did nothing.

    The rule is that of `doses_done`.
    """
    made = []
    trials = list(facts)
    for dose in plan.doses:
        by_shoe: dict[str, list[float]] = {}
        for each in trials:
            if (each.exercise, each.leg) == (dose.exercise, dose.leg) and each.done is not None:
                by_shoe.setdefault(each.side, []).append(each.done)
        done = [sum(shoe) if dose.adds_up else max(shoe) for shoe in by_shoe.values()]
        made.append((dose, max(done, default=None)))
    return made


def adherence(
    table: pd.DataFrame, plan: Plan, *, now: datetime, resting: Collection[date] = ()
) -> Adherence:
    """Return the adherence of one athlete to the plan, from the first week on to today's.

    Parameters
    ----------
    table : tidy table of one athlete.
    now : the wearer's local time; its date ends the weeks.
    resting : Mondays of weeks of rest.
    """
    done = doses_done(table[usable_rows(table, now)], plan)
    done["week"] = _mondays(done["day"])
    last = monday(now.date())
    first = min(done["week"], default=last)
    weeks = tuple(first + k * WEEK for k in range((last - first) // WEEK + 1))
    doses = tuple((dose.exercise, dose.leg) for dose in plan.doses)
    share = np.zeros((len(doses), len(weeks)))
    met = np.zeros((len(doses), len(weeks)), dtype=np.bool_)
    place = {dose: i for i, dose in enumerate(doses)}
    done["number"] = [(week - first) // WEEK for week in done["week"]]
    done = done[done["number"] < len(weeks)]  # without tomorrow's zone, on a Sunday night
    row = [place[dose] for dose in zip(done["exercise"], done["leg"], strict=True)]
    at = (np.array(row, dtype=np.int64), done["number"].to_numpy(dtype=np.int64))
    np.add.at(share, at, done["share"].to_numpy() / plan.times_per_week)
    np.minimum(share, 1.0, out=share)
    np.logical_or.at(met, at, done["share"].to_numpy() >= 1.0)
    full = tuple(np.all(met, axis=0).tolist())
    rests = tuple(week in resting for week in weeks)
    return Adherence(
        weeks=weeks, doses=doses, share=share, full=full, resting=rests, streak=streak(full, rests)
    )


def streak(full: tuple[bool, ...], resting: tuple[bool, ...]) -> int:
    """Return how many weeks with the whole plan the wearer has kept up to now.

    The week that isn't over yet, weeks of rest, and one missed week at a time don't end it; they
    don't add to it either. Two missed weeks in a row do.
    """
    kept, missed = 0, 0
    for i in range(len(full) - 1, -1, -1):
        if full[i]:
            kept, missed = kept + 1, 0
        elif not resting[i] and i < len(full) - 1:
            missed += 1
            if missed > 1:
                break
    return kept


def _first_days(trials: pd.DataFrame) -> pd.Series:
    """Return the day on which each session began; what goes on after midnight is of that day."""
    ordered = trials.sort_values("utc_s").drop_duplicates("session")
    return ordered.set_index(ordered["session"].astype(object))["day"].astype(object)


def _mondays(days: pd.Series) -> list[date]:
    """Return the Monday of each day."""
    known = {day: monday(date.fromisoformat(str(day))) for day in days.unique()}
    return [known[day] for day in days.astype(object)]


def load(table: pd.DataFrame, now: datetime) -> pd.DataFrame:
    """Return the load of every week that had a session: sessions, repetitions, landings, seconds.

    Landings are the counted hops and jumps. Of two shoes that recorded the same set, one counts.
    """
    trials = table[usable_rows(table, now)].drop_duplicates("trial")
    slugs = trials["exercise"].astype(object)
    counts = {slug: exercise.counts for slug, exercise in EXERCISES.items()}
    lands = {slug: exercise.lands for slug, exercise in EXERCISES.items()}
    done = trials["done"].fillna(0.0)
    frame = pd.DataFrame(
        {
            "week": _mondays(_first_days(trials).reindex(trials["session"].astype(object))),
            "session": trials["session"].astype(object),
            "exercise": slugs,
            "leg": trials["leg"].astype(object),
            "side": trials["side"].astype(object),
            "repetitions": done.where(slugs.map(counts).astype(bool), 0.0),
            "landings": done.where(slugs.map(lands).astype(bool), 0.0),
            "seconds": trials["seconds"],
        }
    )
    sums = ["repetitions", "landings", "seconds"]
    shoes = frame.groupby(["week", "session", "exercise", "leg", "side"])[sums].sum()
    sets = shoes.groupby(["week", "session", "exercise", "leg"])[sums].max().reset_index()
    weekly = sets.groupby("week")
    found = weekly[sums].sum()
    found.insert(0, "sessions", weekly["session"].nunique())
    return found.reset_index()
