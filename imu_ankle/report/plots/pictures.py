"""The pictures of progress by name, each with its words for those who don't see it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from imu_ankle.analysis.exercises import EXERCISES
from imu_ankle.core.errors import UsageError
from imu_ankle.progress.weeks import doses_of_session
from imu_ankle.report.plots.calendar_plot import plot_calendar
from imu_ankle.report.plots.fatigue_plot import plot_fatigue
from imu_ankle.report.plots.progress_plot import plot_progress
from imu_ankle.report.plots.session_plot import plot_session
from imu_ankle.text import progress as progress_text

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from matplotlib.figure import Figure

    from imu_ankle.progress.summary import ProgressSummary
    from imu_ankle.progress.table import Facts


@dataclass(frozen=True, slots=True)
class Picture:
    """A figure and what it shows in words."""

    figure: Figure
    alt: str


def stability(progress: ProgressSummary) -> Picture:
    """Draw balance: score and sway of both legs, conditions apart."""
    return _trends(progress, "Balance", lambda slug: not EXERCISES[slug].counts)


def hops(progress: ProgressSummary) -> Picture:
    """Draw hops and jumps."""
    return _trends(progress, "Hops and jumps", lambda slug: EXERCISES[slug].lands)


def everything(progress: ProgressSummary) -> Picture:
    """Draw all trends there are."""
    return _trends(progress, "Progress", lambda slug: True)  # noqa: ARG005


def calendar(progress: ProgressSummary) -> Picture:
    """Draw the plan week by week, and the load."""
    simulated = " · SIMULATED" if progress.simulated else ""
    title = f"The plan, {progress.athlete.name}{simulated}"
    drawn = plot_calendar(progress.adherence, progress.load, title)
    return Picture(drawn, progress_text.alt_calendar(progress.adherence))


PICTURES: dict[str, Callable[[ProgressSummary], Picture]] = {
    "all": everything,
    "stability": stability,
    "hops": hops,
    "calendar": calendar,
}


def session(facts: Sequence[Facts], progress: ProgressSummary) -> Picture:
    """Draw one session against the plan and the baseline."""
    doses = [(dose, done or 0.0) for dose, done in doses_of_session(facts, progress.athlete.plan)]
    alt = "; ".join(
        f"{EXERCISES[dose.exercise].title}, {progress_text.LEGS[dose.leg]}: {done:.0f} of "
        f"{dose.target:g} {dose.unit}"
        for dose, done in doses
    )
    name = facts[0].session
    return Picture(plot_session(doses, progress.trends, name, f"Session {name}"), f"{alt}.")


def fatigue(results: Sequence[Mapping[str, Any]]) -> Picture:
    """Draw each repetition of the hops and jumps of a session."""
    said = []
    for result in results:
        change = result["metrics"].get("fatigue_pct", {}).get("value")
        if change is not None:
            about = f"{EXERCISES[result['exercise']].title}, {progress_text.LEGS[result['leg']]}"
            said.append(f"{about}: last five {change:+.0f} % against the first five in the air")
    drawn = plot_fatigue(results, "Repetition by repetition")
    return Picture(drawn, "; ".join(said) + "." if said else "No set of ten repetitions or more.")


def draw(progress: ProgressSummary, name: str = "all") -> Picture:
    """Draw the picture of that name: all, stability, hops or calendar.

    Raises
    ------
    UsageError
        If there is no such picture.
    """
    return known_picture(name)(progress)


def known_picture(name: str) -> Callable[[ProgressSummary], Picture]:
    """Return what draws the picture of that name, or say what there is."""
    if name not in PICTURES:
        raise UsageError("bad_picture", f"{name!r} is no picture; there are {', '.join(PICTURES)}")
    return PICTURES[name]


def _trends(progress: ProgressSummary, what: str, wanted: Callable[[str], bool]) -> Picture:
    mine = [trend for trend in progress.trends if wanted(trend.series.exercise)]
    name = progress.athlete.name
    title = f"{what}, {name}" if name else what
    return Picture(plot_progress(mine, progress.occasions, title), progress_text.alt_trends(mine))
