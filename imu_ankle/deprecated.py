"""Public names of the version before, for one version more."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from imu_ankle.analysis.pipeline import AnalysisRun as Analysis
from imu_ankle.api import analyze_run as examine
from imu_ankle.io.importers.import_file import import_file
from imu_ankle.progress.summary import ProgressSummary as Progress
from imu_ankle.report.plots.analysis_plot import plot_analysis

if TYPE_CHECKING:
    from imu_ankle.history.store import History

__all__ = ["Analysis", "Progress", "examine", "import_file", "plot_analysis", "progress_of"]


def progress_of(history: History, athlete: str, **only: Any) -> Progress:  # noqa: ANN401
    """Return the progress of an athlete; `History.progress` does."""
    return history.progress(athlete, **only)
