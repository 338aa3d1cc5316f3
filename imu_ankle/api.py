"""The public functions: a path or a recording goes in, a result comes out."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

from imu_ankle.analysis.exercises import get_exercise
from imu_ankle.analysis.pipeline import parameters_of, run_analysis, run_segments
from imu_ankle.batch.engines import Pool, SerialEngine
from imu_ankle.batch.run import run_batch
from imu_ankle.batch.work import BatchOptions
from imu_ankle.core.errors import UsageError
from imu_ankle.core.options import AUTO, AnalysisOptions, Placement, Side, parse_enum
from imu_ankle.core.recording import Recording
from imu_ankle.core.result import SegmentedResult
from imu_ankle.core.version import VERSION
from imu_ankle.io.calibrations import all_calibrations
from imu_ankle.io.csvfile import read_recording
from imu_ankle.io.importers.import_file import import_file, with_answers
from imu_ankle.io.tables import read_frame, require_writable
from imu_ankle.session.simulated import simulate

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import pandas as pd

    from imu_ankle.analysis.pipeline import AnalysisRun
    from imu_ankle.core.exercise import MetricSpec
    from imu_ankle.core.result import Result
    from imu_ankle.history.store import History
    from imu_ankle.io.importers.table import Overrides
    from imu_ankle.progress.summary import ProgressSummary

RecordingLike: TypeAlias = "Recording | str | os.PathLike[str]"


def analyze(
    recording: RecordingLike,
    *,
    exercise: str | None = None,
    side: str | None = None,
    placement: str | None = None,
    eyes: str | None = None,
    surface: str | None = None,
    params: Mapping[str, object] | None = None,
) -> Result:
    """Analyse one set or trial; an argument beats what the sidecar says.

    Parameters
    ----------
    recording : a recording, or the path of one.
    exercise : its slug; `segment` finds the sets in a recording that names none.
    side : "left" or "right", the foot or leg that wears the sensor.
    placement, eyes, surface : words as in the sidecar.
    params : values of detector parameters by name, see `parameters`; they stand in the result.

    Raises
    ------
    UsageError
        If exercise or side is known from neither, or a word isn't one of the known ones.
    RecordingError
        If the file can't be read, or its numbers can't be m/s2 and deg/s.

    Examples
    --------
    >>> import imu_ankle as ia
    >>> result = ia.analyze(ia.load_example("lateral-hops"))
    >>> result.reps
    20
    """
    return analyze_run(
        recording,
        exercise=exercise,
        side=side,
        placement=placement,
        eyes=eyes,
        surface=surface,
        params=params,
    ).result


def analyze_run(
    recording: RecordingLike,
    *,
    exercise: str | None = None,
    side: str | None = None,
    placement: str | None = None,
    eyes: str | None = None,
    surface: str | None = None,
    params: Mapping[str, object] | None = None,
    sure: bool = False,
) -> AnalysisRun:
    """Do what `analyze` does, and keep the motion and all that was measured on the way.

    Who is `sure` of the exercise isn't told that it looks like another one.

    Examples
    --------
    >>> import imu_ankle as ia
    >>> run = ia.analyze_run(ia.load_example("heel-raises"))
    >>> run.motion.to_frame().columns[:3].tolist()
    ['time_s', 'acc_x_mps2', 'acc_y_mps2']
    """
    if exercise == AUTO:
        raise UsageError(
            "unknown_exercise", "segment() finds the sets in a recording that names no exercise"
        )
    options = AnalysisOptions(
        exercise=exercise,
        side=side,
        placement=placement,
        eyes=eyes,
        surface=surface,
        params=params,
        sure=sure,
    )
    return run_analysis(as_recording(recording), options)


def segment(
    recording: RecordingLike,
    *,
    side: str | None = None,
    placement: str | None = None,
    eyes: str | None = None,
    surface: str | None = None,
    params: Mapping[str, object] | None = None,
) -> SegmentedResult:
    """Find the sets in a recording, name each, and analyse it.

    Returns
    -------
    SegmentedResult
        Its `sets` are results in order of time; there may be none.

    Examples
    --------
    >>> import imu_ankle as ia
    >>> [each.exercise for each in ia.segment(ia.load_example("jump-squats")).sets]
    ['jump-squats']
    """
    made = as_recording(recording)
    options = AnalysisOptions(
        exercise=AUTO, side=side, placement=placement, eyes=eyes, surface=surface, params=params
    )
    runs = run_segments(made, options)
    return SegmentedResult(version=VERSION, file=made.file, sets=tuple(run.result for run in runs))


def as_recording(recording: RecordingLike) -> Recording:
    """Return a recording; the path of one is read.

    Raises
    ------
    UsageError
        ``not_a_recording`` if it is neither.
    """
    if isinstance(recording, Recording):
        return recording
    if isinstance(recording, str | os.PathLike):
        return read_recording(Path(recording))
    raise UsageError(
        "not_a_recording",
        f"expected a Recording, or the path of one; found {type(recording).__name__}. "
        "Recording.from_samples makes one of arrays",
    )


def metrics(exercise: str) -> tuple[MetricSpec, ...]:
    """Return what the numbers of an exercise mean: key, label, unit, which way is better.

    Examples
    --------
    >>> import imu_ankle as ia
    >>> [(spec.key, spec.unit) for spec in ia.metrics("mini-squats")]
    [('tempo_s', 's'), ('wobble_dps', 'deg/s')]
    """
    return get_exercise(exercise).metrics


def parameters(exercise: str) -> dict[str, object]:
    """Return the detector parameters of an exercise with their defaults, by dotted name.

    Units stand at the ends of the names; the reason for each value stands beside it in the source and
    in ``docs/parameters.md``.

    Examples
    --------
    >>> import imu_ankle as ia
    >>> ia.parameters("lateral-hops")["target_m"]
    0.3048
    """
    return parameters_of(get_exercise(exercise))


def load_example(exercise: str, *, side: str = "right", seed: int = 1) -> Recording:
    """Return a simulated recording of an exercise to try things on; the same at every call.

    Examples
    --------
    >>> import imu_ankle as ia
    >>> ia.load_example("single-leg-balance")
    <Recording: 3662 samples, 35.2 s at 104.0 Hz, single-leg-balance, right, simulated>
    """
    recording, _ = simulate(get_exercise(exercise).slug, side=side, seed=seed)
    return recording


def import_recording(
    path: str | os.PathLike[str] | Sequence[str | os.PathLike[str]],
    *,
    exercise: str | None = None,
    side: str | None = None,
    placement: str | None = None,
    overrides: Overrides | None = None,
    format_name: str | None = None,
) -> Recording:
    """Convert what another program wrote: a file, a zip, a folder, or the files of one recording.

    What was assumed stands in `Recording.import_report`. Acceleration without gravity, and units that
    physics contradicts, are refused.

    Parameters
    ----------
    exercise, side, placement : what the caller knows of the recording.
    overrides : what the caller knows better than the file: columns, units, rate.
    format_name : of the importer; None tells it from the content.

    Raises
    ------
    ImportFormatError
        If no importer knows the format, or the file lacks what it needs.
    RecordingError
        If a file can't be read at all.
    """
    paths = [path] if isinstance(path, str | os.PathLike) else path
    recording, _ = import_file([Path(each) for each in paths], overrides, format_name=format_name)
    return with_answers(
        recording,
        exercise=None if exercise is None else get_exercise(exercise).slug,
        side=None if side is None else parse_enum(Side, side, "side"),
        placement=None if placement is None else parse_enum(Placement, placement, ""),
    )


def batch(
    folder: str | os.PathLike[str],
    out: str | os.PathLike[str] | None = None,
    *,
    exercise: str | None = None,
    side: str | None = None,
    jobs: int = 1,
) -> pd.DataFrame:
    """Analyse every recording in and below a folder; return a table with a row per recording.

    Parameters
    ----------
    out : a .csv or .parquet to write, too. A batch that was interrupted goes on from it.
    exercise, side : beat what the sidecars say; ``exercise="auto"`` finds the sets, a row each.
    jobs : processes.
    """
    options = BatchOptions(
        analysis=AnalysisOptions(exercise=exercise, side=side), calibrations=all_calibrations()
    )
    with tempfile.TemporaryDirectory() as scratch:
        table = Path(out) if out is not None else Path(scratch) / "table.csv"
        require_writable(table)
        engine = SerialEngine() if jobs == 1 else Pool(jobs)
        try:
            run_batch(Path(folder), table, options, engine)
        finally:
            engine.close()
        return read_frame(table)


def progress_of(history: History, athlete: str, **only: Any) -> ProgressSummary:  # noqa: ANN401
    """Return `History.progress`, under the name of the version before."""
    return history.progress(athlete, **only)
