"""Months of a simulated wearer: weekly sessions, a sprain, a week of rest, and what training does."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta, tzinfo
from typing import TYPE_CHECKING

import numpy as np

from imu_ankle.simulation.plan import SetPlan
from imu_ankle.simulation.wearer import Wearer

if TYPE_CHECKING:
    from collections.abc import Iterator

_DAY_SD, _TRIAL_SD = 0.06, 0.06  # of ln sway, on top of what 20 s leave open; the simulator's own
_SPRAIN_WEEK = 4  # counted from 0; the week after is rest


@dataclass(frozen=True, slots=True, kw_only=True)
class SeasonTrial:
    """One trial of the season."""

    start: datetime
    exercise: str
    side: str
    plan: SetPlan
    seed: int
    pain: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Season:
    """All trials, and the days of the sprain and of the rest."""

    trials: tuple[SeasonTrial, ...]
    sprained: date
    rested: date


def season(
    last_day: date, zone: tzinfo | None, *, weeks: int = 12, seed: int = 1, trials: int = 3
) -> Season:
    """Plan a season of weekly sessions that ends on `last_day`, in the morning.

    The left foot sways more after the sprain and then less than before; the right one doesn't change;
    hops of both get wider; jumps stay as they are.
    """
    rng = np.random.default_rng(seed)
    made: list[SeasonTrial] = []
    first = last_day - timedelta(days=7 * (weeks - 1))
    for week in range(weeks):
        if week == _SPRAIN_WEEK + 1:
            continue
        day = first + timedelta(days=7 * week)
        start = datetime(day.year, day.month, day.day, 7, 0, tzinfo=zone)
        days = np.exp(rng.normal(0.0, _DAY_SD, 2))
        pain = {_SPRAIN_WEEK: 4, _SPRAIN_WEEK + 2: 2, _SPRAIN_WEEK + 3: 1}.get(week, 0)
        for exercise, side, variation in _of_a_session(trials):
            foot = 0 if side == "left" else 1
            sway = _sway(week, side) * days[foot] * math.exp(rng.normal(0.0, _TRIAL_SD))
            wearer = replace(
                Wearer(),
                sway_dps=sway,
                width_m=_width(week, weeks),
                hop_s=0.25 * float(days[foot]) ** -0.3,
            )
            made.append(
                SeasonTrial(
                    start=start,
                    exercise=exercise,
                    side=side,
                    plan=SetPlan(wearer=wearer, variation=variation, raises_before=0),
                    seed=int(rng.integers(2**31)),
                    pain=pain,
                )
            )
            start += timedelta(minutes=2)
    sprained = first + timedelta(days=7 * _SPRAIN_WEEK - 3)
    return Season(
        trials=tuple(made), sprained=sprained, rested=first + timedelta(days=7 * (_SPRAIN_WEEK + 1))
    )


def _of_a_session(trials: int) -> Iterator[tuple[str, str, str | None]]:
    for _ in range(trials):
        for side in ("left", "right"):
            yield "single-leg-balance", side, "floor"
    for side in ("left", "right"):
        yield "single-leg-balance", side, "eyes-closed"
    for side in ("left", "right"):
        yield "lateral-hops", side, None
    yield "jump-squats", "left", None


def _sway(week: int, side: str) -> float:
    """Return the typical sway of a week, in deg/s."""
    if side == "right":
        return 4.3
    if week < _SPRAIN_WEEK:
        return 5.0
    since = week - _SPRAIN_WEEK
    return 2.9 + 2.9 * math.exp(-since / 2.0)


def _width(week: int, weeks: int) -> float:
    return 0.31 + 0.09 * week / max(weeks - 1, 1)
