"""Session medians over dates: the plain trend, without a verdict."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING

import numpy as np

from imu_ankle.result import Grade

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    import pandas as pd

    from imu_ankle.analysis import Analysis


@dataclass(frozen=True, slots=True, kw_only=True)
class Series:
    """What may be compared with itself over time: one number, one leg, one way to do it."""

    exercise: str
    key: str
    leg: str
    condition: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Point:
    """The median of one session (a calendar day), over `n` trials."""

    day: date
    value: float
    n: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Trends:
    """All series, in order of exercise, number, leg and condition; and what was left out and why."""

    series: Mapping[Series, tuple[Point, ...]]
    left_out: tuple[tuple[str, str], ...]
    simulated: bool

    def table(self) -> pd.DataFrame:
        """Return one row per series and session."""
        import pandas as pd  # noqa: PLC0415 - a table is an edge

        columns = ["exercise", "leg", "condition", "day", "key", "median", "n"]
        rows = [
            (s.exercise, s.leg, s.condition, p.day.isoformat(), s.key, p.value, p.n)
            for s, points in self.series.items()
            for p in points
        ]
        return pd.DataFrame(rows, columns=columns)


def collect(analyses: Iterable[tuple[Analysis, str | None]]) -> Trends:
    """Gather the headline numbers of analysed trials, each with its ISO 8601 start if known.

    A session is a calendar day as the recording's clock tells it. Trials without a date and invalid
    ones are left out, by name.
    """
    values: dict[Series, dict[date, list[float]]] = {}
    left_out: list[tuple[str, str]] = []
    simulated = False
    for analysis, started_at in analyses:
        result = analysis.result
        if result.quality.grade is Grade.INVALID:
            left_out.append((result.file, analysis.message or "not analysable"))
            continue
        if started_at is None:
            left_out.append((result.file, "no date (started_at) in its sidecar"))
            continue
        simulated |= bool(result.inputs.get("simulated"))
        day = datetime.fromisoformat(started_at).date()
        for key, value in headline_values(analysis).items():
            series = Series(
                exercise=result.exercise, key=key, leg=result.leg, condition=condition_of(analysis)
            )
            values.setdefault(series, {}).setdefault(day, []).append(value)
    ordered = sorted(values, key=lambda s: (s.exercise, s.leg, s.condition))
    series_points = {
        series: tuple(
            Point(day=day, value=float(np.median(found)), n=len(found))
            for day, found in sorted(values[series].items())
        )
        for series in ordered
    }
    return Trends(series=series_points, left_out=tuple(left_out), simulated=simulated)


def headline_values(analysis: Analysis) -> dict[str, float]:
    """Return the numbers of a trial that are followed over time; what is None is not among them."""
    result = analysis.result
    own = {"score": result.score, "reps": result.reps}
    found = {}
    for key in analysis.exercise.headlines:
        value = own[key] if key in own else result.metrics[key].value
        if isinstance(value, int | float):
            found[key] = float(value)
    return found


def condition_of(analysis: Analysis) -> str:
    """Return what must be the same for numbers to be compared, in words."""
    result = analysis.result
    if analysis.exercise.counts:
        words = [str(result.inputs["surface"])]
    else:
        words = [f"eyes {result.inputs['eyes']}", str(result.inputs["surface"])]
    if result.placement != analysis.exercise.placement:
        words.append(result.placement)
    return ", ".join(words)
