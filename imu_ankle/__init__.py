"""Score ankle-strengthening exercises from one small motion sensor on a shoe.

A training aid, not a medical device.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from imu_ankle.core import version

__version__ = version.VERSION

if TYPE_CHECKING:
    from imu_ankle.analysis.pipeline import AnalysisRun
    from imu_ankle.api import analyze, analyze_run, segment
    from imu_ankle.core.errors import ImuAnkleError
    from imu_ankle.core.recording import Recording, Sidecar
    from imu_ankle.core.result import Result
    from imu_ankle.history.store import History
    from imu_ankle.io.csvfile import read_recording, write_recording
    from imu_ankle.io.importers.import_file import import_file
    from imu_ankle.progress.summary import ProgressSummary
    from imu_ankle.report.plots.analysis_plot import plot_analysis
    from imu_ankle.report.plots.pictures import draw
    from imu_ankle.session.simulated import simulate, write_season

__all__ = [
    "AnalysisRun",
    "History",
    "ImuAnkleError",
    "ProgressSummary",
    "Recording",
    "Result",
    "Sidecar",
    "__version__",
    "analyze",
    "analyze_run",
    "draw",
    "import_file",
    "plot_analysis",
    "read_recording",
    "segment",
    "simulate",
    "write_recording",
    "write_season",
]

_HOMES = {
    "AnalysisRun": "imu_ankle.analysis.pipeline",
    "History": "imu_ankle.history.store",
    "ImuAnkleError": "imu_ankle.core.errors",
    "ProgressSummary": "imu_ankle.progress.summary",
    "Recording": "imu_ankle.core.recording",
    "Result": "imu_ankle.core.result",
    "Sidecar": "imu_ankle.core.recording",
    "analyze": "imu_ankle.api",
    "draw": "imu_ankle.report.plots.pictures",
    "analyze_run": "imu_ankle.api",
    "segment": "imu_ankle.api",
    "import_file": "imu_ankle.io.importers.import_file",
    "plot_analysis": "imu_ankle.report.plots.analysis_plot",
    "read_recording": "imu_ankle.io.csvfile",
    "simulate": "imu_ankle.session.simulated",
    "write_recording": "imu_ankle.io.csvfile",
    "write_season": "imu_ankle.session.simulated",
}


def __getattr__(name: str) -> object:
    """Load a public name when it is first used, so that importing the package costs nothing."""
    if name not in _HOMES:
        raise AttributeError(f"module 'imu_ankle' has no attribute {name!r}")
    from importlib import import_module

    return getattr(import_module(_HOMES[name]), name)
