"""Trends that hang on a wall: legs side by side, conditions apart, the noise as a band."""

from __future__ import annotations

import itertools
import textwrap
from typing import TYPE_CHECKING

import numpy as np
from matplotlib.dates import AutoDateLocator, ConciseDateFormatter, DateFormatter
from matplotlib.ticker import MaxNLocator

from imu_ankle.analysis.exercises import EXERCISES
from imu_ankle.report.plots.style import (
    INK,
    LEG_COLOURS,
    LEG_MARKERS,
    SAND,
    calm,
    day_numbers,
    figure,
)
from imu_ankle.text import progress as progress_text
from imu_ankle.text.results import label

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from imu_ankle.progress.trend import Trend

_DASHES = {"left": "-", "right": "--", "both": "-"}
_MANY = 80  # sessions from which on single ones are drawn small and pale
_MOST_ROWS = 16
_MOST_WORDS = 90  # characters of an occasion, as wide as one panel


def plot_progress(
    trends: Sequence[Trend], occasions: Sequence[tuple[date, str]] = (), title: str = ""
) -> Figure:
    """Draw trends of one athlete: a row per number and condition, a column per leg.

    Where shoe, sensor or the version of the numbers changed, a new line begins. `occasions` are days
    with what happened on them; they are numbered in the panels and listed below.
    """
    rows: dict[tuple[str, str, str], list[Trend]] = {}
    for trend in trends:
        key = (trend.series.exercise, progress_text.condition(trend.series), trend.series.key)
        rows.setdefault(key, []).append(trend)
    shown = list(rows.values())[:_MOST_ROWS]
    ordered = sorted(occasions)
    notes = [
        f"{i}  {day}  {textwrap.shorten(text, _MOST_WORDS, placeholder=' ...')}"
        for i, (day, text) in enumerate(ordered, 1)
    ]
    if len(rows) > len(shown):
        notes.append(f"{len(rows) - len(shown)} more rows are not shown; ask for one exercise")
    columns = max((len({t.series.leg for t in row}) for row in shown), default=1)
    height = 2.9 * max(len(shown), 1) + 0.6 + 0.19 * len(notes)
    made = figure(5.6 * columns if columns > 1 else 8.0, height)
    grid = made.add_gridspec(max(len(shown), 1), columns)
    for i, row in enumerate(shown):
        legs = [leg for leg in ("left", "right", "both") if any(t.series.leg == leg for t in row)]
        wide = legs == ["both"] or len(legs) == 1
        panels: list[Axes] = []
        for j, leg in enumerate(legs):
            shared = panels[0] if panels else None
            cell = grid[i, :] if wide else grid[i, j]
            panels.append(made.add_subplot(cell, sharex=shared, sharey=shared))
            _panel(panels[-1], [trend for trend in row if trend.series.leg == leg])
        _limits(panels[0], row)
        for axes in panels:
            _mark(axes, ordered)
    _head_and_foot(made, trends, title, notes)
    return made


def _head_and_foot(made: Figure, trends: Sequence[Trend], title: str, notes: Sequence[str]) -> None:
    simulated = any(trend.series.simulated for trend in trends)
    head = " · ".join(word for word in (title, "SIMULATED" if simulated else "") if word)
    if head:
        made.suptitle(head, fontsize=12, ha="left", x=0.01, fontweight="bold")
    foot = [
        "marks: session medians; line: median of the last five; band: within noise of the baseline; "
        "thick bar: median of the last three",
        "hollow: the first session, which is learning, and earlier shoes or sensors",
        *notes,
    ]
    # words of people: a $ in them is no formula
    made.supxlabel("\n".join(foot), fontsize=8.5, ha="left", x=0.01, color=INK, parse_math=False)


def _panel(axes: Axes, trends: Sequence[Trend]) -> None:
    """Draw one leg; its trends differ in shoe, sensor or version only, the last one is judged."""
    ordered = sorted(trends, key=lambda trend: trend.sessions.day[-1])
    last = ordered[-1]
    many = sum(len(trend.sessions) for trend in ordered) > _MANY
    for k, trend in enumerate(reversed(ordered)):
        _band(axes, trend)
        _line(axes, trend, filled=k % 2 == 0, many=many)
    series, spec = last.series, last.spec
    exercise = EXERCISES[series.exercise]
    leg = "" if series.leg == "both" else f", {series.leg}"
    axes.set_title(
        f"{exercise.title}{leg} ({progress_text.condition(series)})",
        fontsize=10,
        loc="left",
        pad=22,
    )
    axes.text(
        0.0,
        1.03,
        progress_text.verdict_with_change(last),
        transform=axes.transAxes,
        fontsize=9,
        va="bottom",
        ha="left",
    )
    axes.set_ylabel(label(spec), fontsize=9)
    axes.tick_params(labelsize=9)
    calm(axes)


def _band(axes: Axes, trend: Trend) -> None:
    band, seen, days = trend.band, trend.comparison, trend.sessions.day
    if band is None or seen.baseline is None:
        return
    across = day_numbers([days[seen.of_baseline.start], days[-1]])
    low, high = band
    axes.fill_between(across, low, high, color=SAND, alpha=0.7, linewidth=0, zorder=0.5)
    axes.plot(across, [trend.unscaled(seen.baseline)] * 2, color=INK, linewidth=0.8, zorder=0.6)


def _line(axes: Axes, trend: Trend, *, filled: bool, many: bool) -> None:
    sessions, leg = trend.sessions, trend.series.leg
    colour = LEG_COLOURS[leg]
    days = day_numbers(sessions.day)
    for part, full in ((slice(0, 1), False), (slice(1, None), filled)):
        axes.plot(
            days[part],
            sessions.value[part],
            linestyle="none",
            marker=LEG_MARKERS[leg],
            markersize=2.5 if many else 5,
            color=colour,
            markerfacecolor=colour if full else "white",
            alpha=0.55 if many else 1.0,
            rasterized=many,
            zorder=2,
        )
    starts = [0, *np.flatnonzero(sessions.after_gap).tolist(), len(sessions)]
    for begin, end in itertools.pairwise(starts):
        axes.plot(
            days[begin:end],
            sessions.rolling[begin:end],
            color=colour,
            linestyle=_DASHES[leg],
            linewidth=1.0 if many else 1.6,
            zorder=3,
        )
    recent = trend.comparison.of_recent
    if trend.comparison.recent is not None and recent:
        level = trend.unscaled(trend.comparison.recent)
        ends = [days[recent.start], days[recent.stop - 1]]
        axes.plot(ends, [level] * 2, color=INK, linewidth=3.5, solid_capstyle="butt", zorder=4)


def _mark(axes: Axes, occasions: Sequence[tuple[date, str]]) -> None:
    """Draw occasions as numbered lines; numbers that would touch share one label."""
    low, high = axes.get_xlim()
    close = 0.03 * (high - low)
    groups: list[list[tuple[int, float]]] = []
    for i, (day, _) in enumerate(occasions, 1):
        x = float(day_numbers([day])[0])
        if not low <= x <= high:
            continue
        axes.axvline(x, color=INK, linewidth=0.9, linestyle=(0, (1, 2)), zorder=1)
        if groups and x - groups[-1][-1][1] < close:
            groups[-1].append((i, x))
        else:
            groups.append([(i, x)])
    for group in groups:
        numbers = [i for i, _ in group]
        text = str(numbers[0]) if len(numbers) == 1 else f"{numbers[0]}–{numbers[-1]}"
        axes.annotate(
            text,
            (group[0][1], 0.985),
            xycoords=("data", "axes fraction"),
            fontsize=8,
            ha="left",
            va="top",
            xytext=(2, 0),
            textcoords="offset points",
            bbox={"facecolor": "white", "edgecolor": "none", "pad": 0.8, "alpha": 0.85},
        )


def _limits(axes: Axes, trends: Sequence[Trend]) -> None:
    """Set both axes so that values and bands fit with room above for the numbers of occasions."""
    values = np.concatenate([trend.sessions.value for trend in trends])
    lows, highs = [values.min()], [values.max()]
    for trend in trends:
        band = trend.band
        if band is not None and band[1] - band[0] < 3.0 * max(np.ptp(values), band[1] * 0.1):
            lows.append(band[0])
            highs.append(band[1])
    low, high = min(lows), max(highs)
    spec = trends[0].spec
    # a picture doesn't magnify what is smaller than a tenth or than what can be shown
    room = max(0.15 * (high - low), 0.5 * (0.2 * abs(high) - (high - low)), 2.0 * spec.resolution)
    axes.set_ylim(max(0.0, low - room), high + 1.4 * room)
    axes.yaxis.set_major_locator(MaxNLocator(5, integer=spec.resolution >= 1.0))
    days = day_numbers(sorted({d for t in trends for d in t.sessions.day}))
    span = max(days[-1] - days[0], 14.0)
    axes.set_xlim(days[0] - 0.04 * span, days[-1] + 0.04 * span)
    if len(days) == 1:
        axes.set_xticks(days)
        axes.xaxis.set_major_formatter(DateFormatter("%d %b %Y"))  # type: ignore[no-untyped-call]
        return
    locator = AutoDateLocator(minticks=2, maxticks=6)  # type: ignore[no-untyped-call]
    axes.xaxis.set_major_locator(locator)
    axes.xaxis.set_major_formatter(ConciseDateFormatter(locator))  # type: ignore[no-untyped-call]
