"""One number, one leg, one way to do it, over sessions: what it was, what it is, what of it is real."""

from __future__ import annotations

import math
from dataclasses import dataclass, fields, replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from imu_ankle.analysis.exercises import EXERCISES
from imu_ankle.core import rendering
from imu_ankle.progress.table import usable_rows
from imu_ankle.progress.verdict import USUAL, Comparison, VerdictParams, compare

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import date, datetime

    from imu_ankle.core.exercise import MetricSpec
    from imu_ankle.core.recording import BoolArray, FloatArray, IntArray

_WINDOW = 5  # sessions of the rolling median
_LONG_GAP_DAYS = 21  # no line is drawn across a longer one
_SLOPE_DAYS, _SLOPE_FROM = 84, 6  # twelve weeks before the last session, at least six sessions
_MONTH_DAYS = 28.0
_LUCK = 1.645  # session errors; an old best was lucky itself, so luck beats it in less than 1 of 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Series:
    """What may be compared with itself over time. Whatever differs here is never joined by a line."""

    exercise: str
    key: str
    leg: str
    placement: str
    eyes: str
    surface: str
    shoe: str | None
    sensor: str | None
    simulated: bool
    metric_set: int


SERIES = tuple(field.name for field in fields(Series))
NEEDED = (
    *SERIES,
    "session",
    "day",
    "utc_s",
    "grade",
    "aside",
    "value",
)  # columns of the tidy table


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Sessions:
    """Session values in order of time.

    Attributes
    ----------
    session, day : (N,) names, and dates where the wearer was.
    value : (N,) median of the session's valid trials, in the number's own unit.
    trials : (N,) how many these were.
    rolling, rolling_low, rolling_high : (N,) median and quartiles of the last five sessions.
    after_gap : (N,) whether more than 21 days passed since the session before.
    """

    session: Sequence[str]
    day: Sequence[date]
    value: FloatArray
    trials: IntArray
    rolling: FloatArray
    rolling_low: FloatArray
    rolling_high: FloatArray
    after_gap: BoolArray

    def __len__(self) -> int:
        return len(self.value)


@dataclass(frozen=True, slots=True, kw_only=True)
class Slope:
    """Theil-Sen slope per four weeks with its 95 % interval, on the working scale."""

    per_month: float
    low: float
    high: float
    sessions: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Best:
    """The best session that beat the one before it by more than luck; `tries` sessions so far."""

    value: float
    day: date
    tries: int
    is_last: bool


@dataclass(frozen=True, slots=True, kw_only=True, eq=False, repr=False)
class Trend:
    """A series with what can be said of it."""

    series: Series
    spec: MetricSpec
    sessions: Sessions
    comparison: Comparison
    slope: Slope | None
    best: Best | None

    def __repr__(self) -> str:  # type: ignore[explicit-override]
        series = self.series
        found = self.comparison.verdict or "no direction is better"
        count = f"{len(self.sessions)} sessions"
        return f"<Trend: {series.exercise} {series.key}, {series.leg}, {count}, {found}>"

    def _repr_html_(self) -> str:
        return rendering.html(self)

    def plot(self, ax: Any = None) -> Any:  # noqa: ANN401 - matplotlib's axes and figure
        """Draw the sessions with baseline and noise; return the figure."""
        return rendering.draw(self, ax)

    def unscaled(self, x: float) -> float:
        """Return a value of the working scale in the number's own unit."""
        return math.exp(x) if self.spec.ratio else x

    @property
    def band(self) -> tuple[float, float] | None:
        """Between what the recent median must lie to be within noise, in the number's own unit."""
        seen = self.comparison
        if seen.baseline is None or seen.band is None:
            return None
        return self.unscaled(seen.baseline - seen.band), self.unscaled(seen.baseline + seen.band)


def followed(
    table: pd.DataFrame,
    *,
    now: datetime,
    keys: Sequence[str] | None = None,
    new_baseline: date | None = None,
    params: VerdictParams = USUAL,
) -> tuple[Trend, ...]:
    """Return the trend of every series in the tidy table, in order of exercise, number and leg.

    Parameters
    ----------
    table : tidy table of one athlete.
    now : rows dated later can't be; invalid and undated trials are left out too.
    keys : the numbers to follow; by default the headlines of each exercise.
    new_baseline : sessions before this date are kept out of the verdict.
    """
    wanted = table[usable_rows(table, now)]
    if keys is not None:
        wanted = wanted[wanted["key"].isin(list(keys))]
    made = []
    rank = {slug: i for i, slug in enumerate(EXERCISES)}
    groups = _alike(wanted[wanted["exercise"].isin(list(EXERCISES))])
    for series, group in sorted(groups, key=lambda each: _order(each[0], rank)):
        exercise = EXERCISES[series.exercise]
        if series.key in (keys if keys is not None else exercise.headlines):
            made.append(_trend(series, exercise.spec(series.key), group, new_baseline, params))
    return tuple(made)


def _alike(table: pd.DataFrame) -> list[tuple[Series, pd.DataFrame]]:
    """Split the tidy table into its series."""
    code = np.zeros(len(table), dtype=np.int64)
    for name in SERIES:
        each, words = pd.factorize(table[name], use_na_sentinel=False)
        code = code * len(words) + each
        code = np.unique(code, return_inverse=True)[1]  # stay small
    found = []
    for number in range(int(code.max(initial=-1)) + 1):
        group = table[code == number]
        first = group.iloc[0]
        found.append((Series(**{name: _plain(first[name]) for name in SERIES}), group))
    return found


def _order(series: Series, rank: Mapping[str, int]) -> tuple[object, ...]:
    """Sort by exercise, then by its headlines; eyes open first, then by surface and leg."""
    headlines = EXERCISES[series.exercise].headlines
    place = headlines.index(series.key) if series.key in headlines else len(headlines)
    kit = tuple(str(getattr(series, name)) for name in ("shoe", "sensor", "metric_set"))
    return rank[series.exercise], place, series.eyes != "open", series.surface, series.leg, kit


def _plain(word: Any) -> Any:  # noqa: ANN401 - whatever a column holds
    """Return a group's key as Python has it: no numpy scalars, None for what is missing."""
    if isinstance(word, np.generic):
        word = word.item()
    return None if isinstance(word, float) and math.isnan(word) else word


def working_scale(values: FloatArray, spec: MetricSpec) -> FloatArray:
    """Return values on the scale on which noise is even: logarithms of ratios, else themselves."""
    return np.log(np.maximum(values, 0.5 * 10.0**-spec.decimals)) if spec.ratio else values


def resolution_at(spec: MetricSpec, values: FloatArray) -> float:
    """Return the smallest visible difference on the working scale, at the size of the values."""
    if not spec.ratio:
        return spec.resolution
    return spec.resolution / max(float(np.median(values)), spec.resolution)


def _trend(
    series: Series,
    spec: MetricSpec,
    rows: pd.DataFrame,
    new_baseline: date | None,
    params: VerdictParams,
) -> Trend:
    sessions, squares = _sessions(rows, spec)
    scaled = working_scale(sessions.value, spec)
    start = 0
    if new_baseline is not None:
        start = sum(day < new_baseline for day in sessions.day)
    seen = compare(
        scaled[start:],
        sessions.trials[start:],
        squares[start:],
        better=spec.better,
        resolution=resolution_at(spec, sessions.value),
        learnt=start > 0,
        params=params,
    )
    return Trend(
        series=series,
        spec=spec,
        sessions=sessions,
        comparison=_shifted(seen, start),
        slope=_slope(sessions, scaled),
        best=_best(sessions, scaled, seen, higher=spec.better == "higher"),
    )


def _shifted(seen: Comparison, start: int) -> Comparison:
    return replace(
        seen,
        of_baseline=range(seen.of_baseline.start + start, seen.of_baseline.stop + start),
        of_recent=range(seen.of_recent.start + start, seen.of_recent.stop + start),
    )


def _sessions(rows: pd.DataFrame, spec: MetricSpec) -> tuple[Sessions, FloatArray]:
    """Return session medians in order of time, and the squared deviations within each session."""
    scaled = working_scale(rows["value"].to_numpy(), spec)
    frame = pd.DataFrame(
        {
            "session": rows["session"].cat.codes.to_numpy(),
            "day": rows["day"].cat.codes.to_numpy(),
            "utc_s": rows["utc_s"].to_numpy(),
            "value": rows["value"].to_numpy(),
            "scaled": scaled,
        }
    )
    groups = frame.groupby("session", sort=False)
    found = pd.DataFrame(
        {
            "value": groups["value"].median(),
            "trials": groups["value"].size(),
            "square": groups["scaled"].var(ddof=0) * groups["value"].size(),
            "utc_s": groups["utc_s"].min(),
            "day": groups["day"].min(),
        }
    ).sort_values("utc_s", kind="stable")
    last_five = found["value"].rolling(_WINDOW, min_periods=3)
    days = pd.to_datetime(rows["day"].cat.categories).to_numpy()[found["day"].to_numpy()]
    apart = np.diff(days, prepend=days[:1]) / np.timedelta64(1, "D")
    sessions = Sessions(
        session=rows["session"].cat.categories.to_numpy()[found.index.to_numpy()].tolist(),
        day=days.astype("datetime64[D]").tolist(),
        value=found["value"].to_numpy(),
        trials=found["trials"].to_numpy(),
        rolling=last_five.median().to_numpy(),
        rolling_low=last_five.quantile(0.25).to_numpy(),
        rolling_high=last_five.quantile(0.75).to_numpy(),
        after_gap=apart > _LONG_GAP_DAYS,
    )
    return sessions, found["square"].to_numpy()


def _slope(sessions: Sessions, scaled: FloatArray) -> Slope | None:
    days = np.array([day.toordinal() for day in sessions.day])
    recent = days >= days[-1] - _SLOPE_DAYS
    months = (days - days[-1]) / _MONTH_DAYS  # so that no rounding depends on the date
    if recent.sum() < _SLOPE_FROM or np.ptp(months[recent]) == 0.0:
        return None
    from scipy.stats import theilslopes  # noqa: PLC0415 - slow to load, and not always needed

    with np.errstate(invalid="ignore"):  # too many equal values for an interval
        fit = theilslopes(scaled[recent], months[recent], alpha=0.95)
    if not np.isfinite([fit[0], fit[2], fit[3]]).all():
        return None
    return Slope(
        per_month=float(fit[0]), low=float(fit[2]), high=float(fit[3]), sessions=int(recent.sum())
    )


def _best(sessions: Sessions, scaled: FloatArray, seen: Comparison, *, higher: bool) -> Best | None:
    """Return the personal best; each must beat the one before by what two sessions differ by luck."""
    if seen.noise is None:
        return None
    signed = (scaled if higher else -scaled).tolist()
    counts, which = np.unique(sessions.trials, return_inverse=True)
    margins = np.array([_LUCK * seen.noise.session_error(int(k)) for k in counts])[which].tolist()
    at = 1  # the first session is learning
    for i, value in enumerate(signed[1:], 1):
        if value > signed[at] + margins[i]:
            at = i
    return Best(
        value=float(sessions.value[at]),
        day=sessions.day[at],
        tries=len(sessions),
        is_last=at == len(sessions) - 1,
    )
