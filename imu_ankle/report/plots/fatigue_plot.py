"""Repetition by repetition: whether the feet get tired within a set."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from matplotlib.ticker import MaxNLocator

from imu_ankle.analysis.exercises import EXERCISES
from imu_ankle.report.plots.style import INK, LEG_COLOURS, LEG_MARKERS, calm, figure
from imu_ankle.text.results import label

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_SHARE = 5  # first and last repetitions that fatigue compares
_MOST = 6


def plot_fatigue(results: Sequence[Mapping[str, Any]], title: str = "") -> Figure:
    """Draw time in the air of each repetition, a panel per set; `results` are the spec's objects."""
    sets = [result for result in results if flights(result).size][:_MOST]
    columns = min(max(len(sets), 1), 3)
    rows = max(1, -(-len(sets) // columns))
    made = figure(max(3.9 * columns, 5.0), 2.9 * rows + 0.5)
    panels = np.atleast_1d(
        np.array(made.subplots(rows, columns, sharey=True, squeeze=False))
    ).ravel()
    for axes in panels[len(sets) :]:
        axes.set_axis_off()
    for axes, result in zip(panels, sets, strict=False):
        _panel(axes, result)
    panels[0].set_ylim(0.0, 1.12 * max((flights(result).max() for result in sets), default=1.0))
    if not sets:
        panels[0].text(0.0, 0.5, "No hops or jumps in this session.")
    simulated = any(result["inputs"].get("simulated") for result in sets)
    made.suptitle(
        " · ".join(word for word in (title, "SIMULATED" if simulated else "") if word),
        fontsize=12, ha="left", x=0.01, fontweight="bold",
    )  # fmt: skip
    return made


def flights(result: Mapping[str, Any]) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    """Return the time in the air of every counted repetition, in s."""
    return np.array(
        [
            event["flight_s"]
            for event in result["events"]
            if event["rejected"] is None and event.get("flight_s") is not None
        ],
        dtype=np.float64,
    )


def _panel(axes: Axes, result: Mapping[str, Any]) -> None:
    exercise, leg = EXERCISES[result["exercise"]], result["leg"]
    air = flights(result)
    count = np.arange(1, len(air) + 1)
    axes.plot(
        count,
        air,
        linestyle=":",
        linewidth=0.8,
        marker=LEG_MARKERS[leg],
        color=LEG_COLOURS[leg],
        markersize=4.5,
    )
    change = result["metrics"]["fatigue_pct"]["value"]
    if change is not None:
        for part in (slice(0, _SHARE), slice(len(air) - _SHARE, len(air))):
            axes.plot(count[part][[0, -1]], [np.median(air[part])] * 2, color=INK, linewidth=3.0)
    told = f"last five {change:+.0f} %" if change is not None else "fewer than ten"
    name = exercise.title + ("" if leg == "both" else f", {leg}")
    axes.set_title(f"{name}: {told}", fontsize=10, loc="left")
    axes.set_xlabel("repetition", fontsize=9)
    axes.set_ylabel(label(exercise.spec("flight_s")), fontsize=9)
    axes.xaxis.set_major_locator(MaxNLocator(6, integer=True))
    axes.tick_params(labelsize=9, labelleft=True)
    calm(axes)
