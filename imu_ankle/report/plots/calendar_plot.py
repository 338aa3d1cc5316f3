"""The plan week by week: what of each dose was done, and the load below."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np
from matplotlib.patches import Patch, Rectangle
from matplotlib.ticker import MaxNLocator

from imu_ankle.analysis.exercises import EXERCISES
from imu_ankle.report.plots.style import BLUE, GREY, INK, ORANGE, SAND, calm, figure

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

    import pandas as pd
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from imu_ankle.progress.weeks import Adherence

_MOST_WEEKS = 53
_LABEL_IN = 0.65  # width of a week's label


def plot_calendar(done: Adherence, load: pd.DataFrame, title: str = "") -> Figure:
    """Draw the last year of the plan: a column per week, filled as far as the dose was done."""
    shown = slice(max(0, len(done.weeks) - _MOST_WEEKS), len(done.weeks))
    weeks = done.weeks[shown]
    made = figure(max(7.0, 2.6 + 0.2 * len(weeks)), 1.7 + 0.34 * (len(done.doses) + 1) + 1.9)
    ratios = (len(done.doses) + 1, 4.2)
    top, below = made.subplots(2, 1, sharex=True, height_ratios=ratios)
    rows = [*done.share[:, shown], np.array(done.full[shown], dtype=np.float64)]
    names = [_row_name(slug, leg) for slug, leg in done.doses]
    _cells(top, rows, [*names, "all, once or more"], done.resting[shown])
    _load(below, load, weeks)
    room_in = made.get_size_inches()[0] - 3.2  # without the names of the rows
    step = max(1, math.ceil(len(weeks) * _LABEL_IN / room_in))
    ticks = np.arange(len(weeks))[::-1][::step][::-1]
    below.set_xticks(ticks, _dates([weeks[k] for k in ticks]), fontsize=8)
    below.set_xlabel("week beginning on", fontsize=9)
    top.tick_params(labelbottom=False)
    made.suptitle(
        " · ".join(word for word in (title, f"{done.streak} {'week' if done.streak == 1 else 'weeks'} kept up") if word),
        fontsize=12, ha="left", x=0.01, fontweight="bold",
    )  # fmt: skip
    return made


def _dates(days: Sequence[date]) -> list[str]:
    """Return dates as labels, the year only where it is new."""
    years = [None, *(day.year for day in days[:-1])]
    return [
        f"{day:%d %b}" + (f"\n{day.year}" if day.year != before else "")
        for day, before in zip(days, years, strict=True)
    ]


def _row_name(slug: str, leg: str) -> str:
    return EXERCISES[slug].title + ("" if leg == "both" else f", {leg}")


def _cells(axes: Axes, rows: list[np.ndarray], names: list[str], resting: tuple[bool, ...]) -> None:
    for y, row in enumerate(rows):
        for x, share in enumerate(row.tolist()):
            met = share >= 1.0
            hatch = "////" if resting[x] and not met else None
            box = Rectangle(
                (x - 0.4, y - 0.4),
                0.8,
                0.8,
                facecolor="white",
                edgecolor=GREY,
                hatch=hatch,
                linewidth=0.6,
            )
            axes.add_patch(box)
            if share > 0.0:
                axes.add_patch(
                    Rectangle(
                        (x - 0.4, y + 0.4 - 0.8 * share), 0.8, 0.8 * share,
                        facecolor=BLUE if met else SAND,
                        edgecolor=INK, linewidth=0.6,
                    )
                )  # fmt: skip
    axes.set_xlim(-0.7, len(rows[0]) - 0.3)
    axes.set_ylim(len(rows) - 0.4, -0.6)
    axes.set_yticks(range(len(rows)), names, fontsize=9)
    axes.tick_params(length=0)
    axes.spines[:].set_visible(False)
    handles = [
        Patch(facecolor=BLUE, edgecolor=INK, label="dose met"),
        Patch(facecolor=SAND, edgecolor=INK, label="part of it"),
        Patch(facecolor="white", edgecolor=GREY, label="not done"),
    ]
    if any(resting):
        rest = Patch(facecolor="white", edgecolor=GREY, hatch="////", label="rest")
        handles.append(rest)
    axes.legend(
        handles=handles, loc="lower left", bbox_to_anchor=(0.0, 1.0), ncols=4, fontsize=8,
        frameon=False, borderaxespad=0.2,
    )  # fmt: skip


def _load(axes: Axes, load: pd.DataFrame, weeks: tuple[object, ...]) -> None:
    """Draw landings and minutes of every week; no zones, which have no evidence."""
    by_week = load.set_index("week").reindex(list(weeks)).fillna(0.0)
    x = np.arange(len(weeks))
    axes.bar(x, by_week["landings"], width=0.7, color=BLUE, edgecolor=INK, linewidth=0.5)
    axes.set_ylabel("landings", fontsize=9)
    axes.yaxis.set_major_locator(MaxNLocator(4, integer=True))
    minutes = axes.twinx()
    minutes.plot(
        x,
        by_week["seconds"] / 60.0,
        color=ORANGE,
        marker="s",
        markersize=5,
        markeredgecolor="white",
        linestyle="--",
    )
    minutes.set_ylabel("in exercise, min (squares)", fontsize=9)
    minutes.set_ylim(0.0, 1.15 * max(float(by_week["seconds"].max()) / 60.0, 0.1))
    minutes.spines["top"].set_visible(False)
    for each in (axes, minutes):
        each.tick_params(labelsize=8)
    calm(axes)
