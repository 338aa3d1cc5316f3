"""Score ankle-strengthening exercises from one small motion sensor on a shoe.

A training aid, not a medical device.

Examples
--------
>>> import imu_ankle as ia
>>> recording = ia.load_example("lateral-hops")  # or ia.read_recording("trial.csv")
>>> result = ia.analyze(recording)
>>> result
<Result: lateral-hops, right, 20 of 20 reps, quality ok>
>>> result.metrics["flight_s"].unit
's'
>>> len(result.events_frame())
20
"""

import warnings
from importlib import import_module

import lazy_loader

from imu_ankle.core import rendering, version

__version__ = version.VERSION

# the public names stand in __init__.pyi; each is loaded when it is first used
_load, _, __all__ = lazy_loader.attach_stub(__name__, __file__)
__all__ += ["__version__"]

# names of the version before: where they are, and what they are called now
_DEPRECATED = {
    "Analysis": ("analysis.pipeline", "AnalysisRun", "AnalysisRun"),
    "Progress": ("progress.summary", "ProgressSummary", "ProgressSummary"),
    "examine": ("api", "analyze_run", "analyze_run"),
    "import_file": ("io.importers.import_file", "import_file", "import_recording"),
    "plot_analysis": ("report.plots.analysis_plot", "plot_analysis", "AnalysisRun.plot"),
    "progress_of": ("api", "progress_of", "History.progress"),
}


def __getattr__(name: str) -> object:
    if name not in _DEPRECATED:
        return _load(name)
    module, attribute, now = _DEPRECATED[name]
    told = f"imu_ankle.{name} is now imu_ankle.{now}; the old name will go"
    warnings.warn(told, DeprecationWarning, stacklevel=2)
    return getattr(import_module(f"imu_ankle.{module}"), attribute)


def __dir__() -> list[str]:
    return sorted(__all__)


def _renderer() -> rendering.Renderer:
    return import_module("imu_ankle.report.plots.notebook")


rendering.render_with(_renderer)
