# The public names, and where they are: the one table that importing, typing and `dir` go by.
from .analysis.exercises import EXERCISES as EXERCISES
from .analysis.pipeline import AnalysisRun as AnalysisRun
from .api import (
    analyze as analyze,
    analyze_run as analyze_run,
    batch as batch,
    import_recording as import_recording,
    load_example as load_example,
    metrics as metrics,
    parameters as parameters,
    segment as segment,
)
from .core.errors import (
    HistoryError as HistoryError,
    ImportFormatError as ImportFormatError,
    ImuAnkleError as ImuAnkleError,
    NotAnalysableError as NotAnalysableError,
    RecordingError as RecordingError,
    SensorError as SensorError,
    UsageError as UsageError,
)
from .core.exercise import Exercise as Exercise, MetricSpec as MetricSpec
from .core.recording import Recording as Recording, Sidecar as Sidecar
from .core.result import Result as Result, SegmentedResult as SegmentedResult
from .history.store import History as History
from .io.csvfile import read_recording as read_recording, write_recording as write_recording
from .progress.summary import ProgressSummary as ProgressSummary
from .progress.trend import Trend as Trend
from .report.plots.pictures import draw as draw
from .session.connection import SensorConnection as SensorConnection, connect as connect
from .session.simulated import simulate as simulate, write_season as write_season

__version__: str
__all__: list[str]
