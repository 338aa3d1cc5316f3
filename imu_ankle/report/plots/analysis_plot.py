"""One analysed recording on one page: traces, what was found in them, and the exercise's panels."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from matplotlib.lines import Line2D
from matplotlib.patches import Patch
from matplotlib.ticker import MaxNLocator

from imu_ankle.core.signal.filters import lowpass_segments
from imu_ankle.core.signal.rotation import tilt_deg
from imu_ankle.report.plots.style import BLUE, INK, LINES, ORANGE, SAND, calm, figure
from imu_ankle.text.results import event_name, headline

if TYPE_CHECKING:
    from collections.abc import Callable

    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from imu_ankle.analysis.pipeline import AnalysisRun
    from imu_ankle.core.exercise import Angle, Chart
    from imu_ankle.core.motion import Motion
    from imu_ankle.core.recording import FloatArray

_MARKERS = "v^sDoPX*"
_MOST_POINTS = 6000  # more than a page can show


def plot_analysis(analysis: AnalysisRun) -> Figure:
    """Draw rate, tilt and acceleration with span and events, and beside them the panels."""
    made = figure(12.0, 7.0)
    charts = analysis.measurement.charts
    grid = made.add_gridspec(3, 2 if charts else 1, width_ratios=(2.2, 1) if charts else (1,))
    traces = [made.add_subplot(grid[0, 0])]
    traces += [made.add_subplot(grid[row, 0], sharex=traces[0]) for row in (1, 2)]
    if analysis.motion is None:
        for axes in traces:
            axes.set_axis_off()
        traces[0].text(0.0, 0.5, analysis.message or "not analysable", wrap=True)
    else:
        _draw_traces(traces, analysis.motion, analysis.measurement.angle)
        for axes in traces:
            _shade(axes, analysis)
        _mark_events(traces[0], analysis)
    for i, chart in enumerate(charts[:3]):
        rows = slice(0, 3) if len(charts) == 1 else slice(i, i + 1)
        _draw_panel(made.add_subplot(grid[rows, 1]), chart)
    made.suptitle(headline(analysis.result), fontsize=11, ha="left", x=0.01)
    return made


def _draw_traces(traces: list[Axes], motion: Motion, angle: Angle | None) -> None:
    step = max(1, len(motion) // _MOST_POINTS)
    t = motion.start_s + np.arange(0, len(motion), step) / motion.rate_hz
    gone = ~motion.present[::step]

    def shown(x: FloatArray) -> FloatArray:
        return np.where(gone, np.nan, x[::step])

    rate = lowpass_segments(motion.gyr_dps, motion.segments, 10.0, motion.rate_hz)
    speed = np.sqrt(np.einsum("ij,ij->i", rate, rate))
    traces[0].plot(t, shown(np.maximum(speed, 0.01)), color=INK, linewidth=0.7)
    traces[0].set_yscale("log")
    traces[0].set_ylabel("rate, deg/s")
    if angle is not None:
        traces[1].plot(t, shown(angle.values_deg), color=INK, linewidth=0.9)
        traces[1].set_ylabel(angle.label)
    else:
        _draw_tilt(traces[1], t, motion, shown)
    force = np.sqrt(np.einsum("ij,ij->i", motion.acc_mps2, motion.acc_mps2))
    traces[2].plot(t, shown(force), color=INK, linewidth=0.7)
    traces[2].set_ylabel("acceleration, m/s2")
    traces[2].set_xlabel("time, s")
    for axes in traces:
        calm(axes)
        axes.margins(x=0)


def _draw_tilt(
    axes: Axes, t: FloatArray, motion: Motion, shown: Callable[[FloatArray], FloatArray]
) -> None:
    tilt = tilt_deg(motion.up)
    known = motion.heading_known
    names = ("roll (left edge up)", "pitch (heel up)") if known else ("tilt 1", "tilt 2")
    for column, (colour, line) in zip(tilt.T, LINES, strict=False):
        axes.plot(t, shown(column), color=colour, linestyle=line, linewidth=0.9)
    axes.set_ylabel("tilt, deg")
    handles = [Line2D([], [], color=c, linestyle=s) for c, s in LINES[:2]]
    axes.legend(handles, names, loc="upper right", fontsize=8, ncols=2, framealpha=0.9)


def _shade(axes: Axes, analysis: AnalysisRun) -> None:
    for span in analysis.result.spans:
        axes.axvspan(span.start_s, span.end_s, color=SAND, alpha=0.6, linewidth=0, zorder=0)
    for event in analysis.result.events:
        if analysis.exercise.counts and event.rejected is None:
            axes.axvspan(event.start_s, event.end_s, color=BLUE, alpha=0.25, linewidth=0, zorder=1)
        elif event.values.get("kind") == "loss-of-balance":
            axes.axvspan(
                event.start_s, event.end_s, facecolor="none", edgecolor=ORANGE, hatch="////",
                linewidth=0,
            )  # fmt: skip


def _mark_events(axes: Axes, analysis: AnalysisRun) -> None:
    """Put one marker shape per kind of event above the trace."""
    events = analysis.result.events
    kinds = list(dict.fromkeys(event_name(event) for event in events))
    top = axes.get_ylim()[1]
    handles: list[Line2D | Patch] = []
    if analysis.result.spans:
        handles.append(Patch(color=SAND, label="scored"))
    if analysis.exercise.counts and analysis.result.reps:
        handles.append(
            Patch(
                color=BLUE, alpha=0.25, label="in the air" if analysis.exercise.lands else "counted"
            )
        )
    for i, kind in enumerate(kinds):
        at = [(e.start_s + e.end_s) / 2 for e in events if event_name(e) == kind]
        marker, colour = _MARKERS[i % len(_MARKERS)], LINES[i % 3][0]
        if analysis.exercise.counts:
            colour = BLUE if kind == "repetition" else ORANGE
        marks = Line2D(at, [top] * len(at), linestyle="none", marker=marker, color=colour)
        marks.set(markersize=6, clip_on=False, label=f"{kind} ({len(at)})")
        axes.add_line(marks)
        handles.append(marks)
    axes.legend(
        handles=handles,
        loc="lower left",
        bbox_to_anchor=(0.0, 1.04),
        fontsize=8,
        ncols=6,
        frameon=False,
    )


def _draw_panel(axes: Axes, chart: Chart) -> None:
    for i, curve in enumerate(chart.curves):
        colour = (ORANGE, INK)[i % 2]
        if curve.style == "dots":
            axes.plot(curve.x, curve.y, ".", markersize=2, color=BLUE, alpha=0.5, label=curve.label)
        elif curve.style == "points":
            axes.plot(curve.x, curve.y, "o", markersize=4, color=BLUE, label=curve.label)
        elif curve.style == "bars":
            axes.bar(curve.x, curve.y, color=BLUE, width=0.7)
            axes.xaxis.set_major_locator(MaxNLocator(integer=True))
        elif curve.style == "level":
            axes.axhline(float(curve.y[0]), color=INK, linestyle="--", label=curve.label)
        else:
            line = "--" if curve.style == "dashed" else "-"
            axes.plot(curve.x, curve.y, line, color=colour, linewidth=1.0, label=curve.label)
    axes.set_title(chart.title, fontsize=10)
    axes.set_xlabel(chart.x_label)
    axes.set_ylabel(chart.y_label)
    if chart.equal_axes:
        axes.set_aspect("equal", adjustable="datalim")
    styles = {curve.style for curve in chart.curves}
    if "level" in styles:
        axes.legend(fontsize=8, loc="lower right", framealpha=0.95)
    elif "dots" in styles:
        axes.legend(fontsize=8, loc="upper right")
    calm(axes)
