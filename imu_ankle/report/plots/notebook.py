"""Nouns as pictures and small HTML tables, for notebooks."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING, cast

import numpy as np
from matplotlib.ticker import MaxNLocator

from imu_ankle.analysis.exercises import EXERCISES
from imu_ankle.analysis.pipeline import AnalysisRun
from imu_ankle.core.errors import UsageError
from imu_ankle.core.recording import Recording
from imu_ankle.core.result import Result, SegmentedResult
from imu_ankle.progress.trend import Trend
from imu_ankle.report.plots.analysis_plot import plot_analysis
from imu_ankle.report.plots.progress_plot import plot_progress
from imu_ankle.report.plots.style import BLUE, GREY, INK, ORANGE, calm, figure
from imu_ankle.text import progress as progress_text
from imu_ankle.text.results import (
    event_name,
    fact_rows,
    headline,
    label,
    reason_lines,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from imu_ankle.core.result import Event


def draw(thing: object, ax: Axes | None) -> Figure:
    """Draw a noun on `ax`, or as a figure of its own; returns the figure."""
    if isinstance(thing, AnalysisRun):
        return plot_analysis(thing)
    if isinstance(thing, Trend):
        return plot_progress([thing], title=progress_text.about(thing))
    axes = ax if ax is not None else figure(9.0, 2.8).add_subplot()
    if isinstance(thing, Recording):
        _draw_recording(axes, thing)
    elif isinstance(thing, Result):
        _draw_result(axes, thing)
    else:
        raise UsageError("no_picture", f"a {type(thing).__name__} has no picture")
    calm(axes)
    return cast("Figure", axes.get_figure())


def html(thing: object) -> str:
    """Return a noun as a small table in HTML."""
    if isinstance(thing, AnalysisRun):
        return html(thing.result)
    if isinstance(thing, Result):
        return _table(
            headline(thing), [*fact_rows(thing), *(("", line) for line in reason_lines(thing))]
        )
    if isinstance(thing, SegmentedResult):
        return "".join(map(html, thing.sets)) or _table("no exercise was recognised", ())
    if isinstance(thing, Trend):
        return _table(progress_text.about(thing), _trend_rows(thing))
    if isinstance(thing, Recording):
        return _table(thing.file or "recording", _recording_rows(thing))
    raise UsageError("no_table", f"a {type(thing).__name__} has no table")


def _draw_recording(axes: Axes, recording: Recording) -> None:
    """Draw the sizes of force and rate, each on its own scale."""
    speed = np.linalg.norm(recording.gyr_dps, axis=1)
    force = np.linalg.norm(recording.acc_mps2, axis=1)
    axes.plot(recording.time_s, speed, color=INK, linewidth=0.7, label="rate")
    axes.set(xlabel="time, s", ylabel="rate, deg/s", title=recording.file)
    other = axes.twinx()
    other.plot(recording.time_s, force, color=ORANGE, linewidth=0.5, alpha=0.7)
    other.set_ylabel("acceleration, m/s2", color=ORANGE)


def _draw_result(axes: Axes, result: Result) -> None:
    """Draw each event: the number that the exercise follows, or else when it happened."""
    axes.set_title(headline(result), loc="left", fontsize=10)
    accepted = [event for event in result.events if event.rejected is None]
    key = _event_key(result.exercise, accepted)
    if key is None:
        _draw_times(axes, result.events)
        return
    spec = EXERCISES[result.exercise].spec(key)
    values = [event.values[key] for event in accepted]
    number = np.arange(1, len(values) + 1)
    axes.bar(
        number, [np.nan if value is None else float(str(value)) for value in values], color=BLUE
    )
    axes.set(xlabel="repetition", ylabel=label(spec))
    axes.xaxis.set_major_locator(MaxNLocator(integer=True))


def _draw_times(axes: Axes, events: Sequence[Event]) -> None:
    for event in events:
        colour = BLUE if event.rejected is None else GREY
        axes.axvspan(event.start_s, max(event.end_s, event.start_s + 0.05), color=colour, alpha=0.6)
    axes.set(xlabel="time, s", yticks=[])
    axes.set_ylabel(", ".join(dict.fromkeys(map(event_name, events))) or "no events")


def _event_key(exercise: str, events: Sequence[Event]) -> str | None:
    """Return the first number that is followed over time and that each event has."""
    followed = EXERCISES[exercise].headlines
    return next((key for key in followed if events and key in events[0].values), None)


def _trend_rows(trend: Trend) -> list[tuple[str, str]]:
    return [
        ("sessions", str(len(trend.sessions))),
        ("verdict", progress_text.verdict_with_change(trend)),
        ("slope", progress_text.slope(trend)),
        ("best", progress_text.best(trend)),
    ]


def _recording_rows(recording: Recording) -> list[tuple[str, str]]:
    sidecar = recording.sidecar
    rows = [
        ("samples", f"{len(recording)}, {recording.duration_s:.1f} s"),
        ("exercise", f"{sidecar.exercise or 'unknown'}, side {sidecar.side or 'unknown'}"),
        ("simulated", "yes" if sidecar.simulated else ""),
    ]
    rows += [("on reading", repair.message) for repair in recording.repairs]
    return [(name, value) for name, value in rows if value]


def _table(title: str, rows: Iterable[tuple[str, str]]) -> str:
    body = "".join(
        f"<tr><th>{escape(name)}</th><td>{escape(value)}</td></tr>" for name, value in rows
    )
    return f"<table><caption>{escape(title)}</caption>{body}</table>"
