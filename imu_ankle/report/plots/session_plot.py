"""One session: what was done of the plan, and where its numbers lie in the wearer's own noise."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from matplotlib.ticker import MaxNLocator

from imu_ankle.analysis.exercises import EXERCISES
from imu_ankle.report.plots.style import GREY, INK, LEG_COLOURS, LEG_MARKERS, PALE, calm, figure
from imu_ankle.text import progress as progress_text

if TYPE_CHECKING:
    from collections.abc import Sequence

    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from imu_ankle.progress.plan import PlannedDose
    from imu_ankle.progress.trend import Trend


def plot_session(
    doses: Sequence[tuple[PlannedDose, float]],
    trends: Sequence[Trend],
    session: str,
    title: str = "",
) -> Figure:
    """Draw one session.

    Parameters
    ----------
    doses : those of the plan with what was done of each.
    trends : those of the athlete; of each the session's value is drawn against baseline and noise.
    session : its name in the trends.
    """
    mine = [t for t in trends if session in t.sessions.session and t.spec.ratio]
    rows = max(len(doses), len(mine), 2)
    made = figure(10.5, 1.5 + 0.42 * rows)
    left, right = made.subplots(1, 2, width_ratios=(1, 1.35))
    _doses(left, doses)
    _places(right, mine, session)
    simulated = any(trend.series.simulated for trend in mine)
    made.suptitle(
        f"{title} · SIMULATED" if simulated else title,
        fontsize=12, ha="left", x=0.01, fontweight="bold",
    )  # fmt: skip
    return made


def _doses(axes: Axes, doses: Sequence[tuple[PlannedDose, float]]) -> None:
    for y, (dose, done) in enumerate(doses):
        share = min(done / dose.target, 1.0)
        axes.barh(y, 1.0, height=0.6, facecolor="white", edgecolor=GREY, linewidth=0.8)
        hatch = "" if done >= dose.enough else "////"
        axes.barh(
            y,
            share,
            height=0.6,
            facecolor=LEG_COLOURS[dose.leg],
            edgecolor="white",
            hatch=hatch,
            linewidth=0,
        )
        axes.text(1.03, y, f"{done:.0f} of {dose.target:g} {dose.unit}", va="center", fontsize=9)
    names = [
        EXERCISES[dose.exercise].title + ("" if dose.leg == "both" else f", {dose.leg}")
        for dose, _ in doses
    ]
    axes.set_yticks(range(len(names)), names, fontsize=9)
    axes.set_ylim(len(names) - 0.4, -0.6)
    axes.set_xlim(0.0, 1.5)
    axes.set_xticks([])
    axes.spines[:].set_visible(False)
    axes.tick_params(length=0)
    axes.set_title("done of the plan", fontsize=10, loc="left")


def _places(axes: Axes, trends: Sequence[Trend], session: str) -> None:
    """Draw this session's values in per cent of the baseline, over the band of one session."""
    axes.set_title("this session (grey: noise of one)", fontsize=10, loc="left")
    known = [trend for trend in trends if trend.comparison.noise is not None]
    if not known:
        axes.set_axis_off()
        axes.text(0.0, 0.6, "No baseline yet: it needs five sessions.", fontsize=10)
        return
    names = []
    widest = 10.0
    for y, trend in enumerate(known):
        seen, sessions = trend.comparison, trend.sessions
        at = sessions.session.index(session)
        if seen.noise is None or seen.baseline is None:
            continue
        base = trend.unscaled(seen.baseline)
        band = 1.96 * math.hypot(
            seen.noise.session_error(int(sessions.trials[at])),
            seen.noise.session_error(3) / math.sqrt(max(len(seen.of_baseline), 1)),
        )
        value = 100.0 * (float(sessions.value[at]) / base - 1.0)
        low, high = (100.0 * math.expm1(x) for x in (-band, band))
        widest = max(widest, abs(value), abs(low), min(high, 150.0))
        axes.barh(y, high - low, left=low, height=0.55, color=PALE, linewidth=0)
        axes.plot(
            value,
            y,
            marker=LEG_MARKERS[trend.series.leg],
            color=LEG_COLOURS[trend.series.leg],
            markersize=8,
        )
        leg = "" if trend.series.leg == "both" else f", {trend.series.leg}"
        if not EXERCISES[trend.series.exercise].counts:
            leg += f", {progress_text.condition(trend.series)}"
        arrow = {"higher": "→", "lower": "←"}[trend.spec.better]
        names.append(f"{progress_text.short(trend.spec)}{leg} ({arrow} better)")
    axes.axvline(0.0, color=INK, linewidth=1.0)
    axes.set_xlim(-1.15 * widest, 1.15 * widest)
    axes.set_yticks(range(len(names)), names, fontsize=9)
    axes.set_ylim(len(names) - 0.4, -0.6)
    axes.xaxis.set_major_locator(MaxNLocator(7))
    axes.set_xlabel("difference from the baseline, %", fontsize=9)
    axes.tick_params(labelsize=9)
    calm(axes)
