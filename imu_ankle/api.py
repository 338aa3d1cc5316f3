"""The public functions: a path or a recording goes in, a result comes out."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

from imu_ankle.analysis.exercises import get_exercise
from imu_ankle.analysis.pipeline import parameters_of, run_analysis, run_segments
from imu_ankle.core.errors import UsageError
from imu_ankle.core.options import AUTO, AnalysisOptions
from imu_ankle.core.recording import Recording
from imu_ankle.core.result import SegmentedResult
from imu_ankle.core.version import VERSION
from imu_ankle.io.csvfile import read_recording

if TYPE_CHECKING:
    from collections.abc import Mapping

    from imu_ankle.analysis.pipeline import AnalysisRun
    from imu_ankle.core.exercise import MetricSpec
    from imu_ankle.core.result import Result

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
) -> AnalysisRun:
    """Do what `analyze` does, and keep the motion and all that was measured on the way.

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
