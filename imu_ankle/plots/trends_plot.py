"""Session medians over dates, one panel per number, legs and conditions apart."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from matplotlib.dates import AutoDateLocator, ConciseDateFormatter
from matplotlib.ticker import MaxNLocator

from imu_ankle.exercises import EXERCISES
from imu_ankle.plots.style import LINES, calm, figure
from imu_ankle.wording import headline_label

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from imu_ankle.trends import Point, Series, Trends

_FEW_DAYS = 8  # each has room for its own tick
_LEGS = {"left": 0, "right": 1, "both": 2}
_MARKERS = "osD^vPX*"  # told apart in grey too: three legs, then the next condition


def plot_trends(trends: Trends) -> Figure:
    """Draw every headline number of every exercise that was recorded."""
    done = [slug for slug in EXERCISES if any(s.exercise == slug for s in trends.series)]
    columns = max((len(EXERCISES[slug].headlines) for slug in done), default=1)
    made = figure(5.4 * columns, max(2.7 * len(done), 2.7))
    grid = made.add_gridspec(max(len(done), 1), columns)
    for row, slug in enumerate(done):
        for column, key in enumerate(EXERCISES[slug].headlines):
            lines = {
                series: points
                for series, points in trends.series.items()
                if (series.exercise, series.key) == (slug, key)
            }
            axes = made.add_subplot(grid[row, column])
            _draw(axes, lines)
            axes.set_title(f"{EXERCISES[slug].title}: {headline_label(slug, key)}", fontsize=10)
    title = "Session medians"
    made.suptitle(
        f"{title} · SIMULATED" if trends.simulated else title, fontsize=11, ha="left", x=0.01
    )
    return made


def _draw(axes: Axes, lines: dict[Series, tuple[Point, ...]]) -> None:
    conditions = list(dict.fromkeys(series.condition for series in lines))
    for series, points in lines.items():
        leg = _LEGS.get(series.leg, 2)
        colour, dash = LINES[leg]
        legs = "both legs" if series.leg == "both" else series.leg
        axes.plot(
            np.array([point.day for point in points], dtype="datetime64[D]"),
            [point.value for point in points],
            color=colour,
            linestyle=dash,
            marker=_MARKERS[(3 * conditions.index(series.condition) + leg) % len(_MARKERS)],
            label=legs if len(conditions) == 1 else f"{legs}, {series.condition}",
        )
    axes.set_ylim(bottom=0.0, top=axes.get_ylim()[1] * 1.05 or 1.0)
    days = sorted({point.day for points in lines.values() for point in points})
    locator = AutoDateLocator(minticks=2, maxticks=6)  # type: ignore[no-untyped-call]
    axes.xaxis.set_major_locator(locator)
    if len(days) <= _FEW_DAYS:
        axes.set_xticks(np.array(days, dtype="datetime64[D]"))
    axes.xaxis.set_major_formatter(ConciseDateFormatter(locator))  # type: ignore[no-untyped-call]
    axes.yaxis.set_major_locator(MaxNLocator(5))
    axes.legend(fontsize=8, loc="lower left")
    calm(axes)
