"""The one path from a recording to a result; live and offline both end here."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field, replace
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from imu_ankle.analysis.evidence import SegmentationParams
from imu_ankle.analysis.exercises import EXERCISES, get_exercise
from imu_ankle.analysis.preprocessing import PreprocessingParams, preprocess
from imu_ankle.analysis.segmentation import margins, other_exercise, recognise
from imu_ankle.core import rendering
from imu_ankle.core.errors import NotAnalysableError
from imu_ankle.core.exercise import Measurement, TrialContext
from imu_ankle.core.options import (
    AUTO,
    AnalysisOptions,
    Eyes,
    Placement,
    Side,
    Surface,
    parse_enum,
)
from imu_ankle.core.params import differences, values_of, with_values
from imu_ankle.core.result import Dose, Metric, Quality, Result, SegmentedResult
from imu_ankle.core.version import VERSION

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from imu_ankle.core.exercise import Exercise
    from imu_ankle.core.motion import Motion
    from imu_ankle.core.recording import Recording


@dataclass(frozen=True, slots=True, kw_only=True, eq=False, repr=False)
class AnalysisRun:
    """A result with what it was made of.

    Attributes
    ----------
    exercise : the entry of the registry.
    motion : the recording on a uniform grid in the foot frame; None where there was none.
    measurement : what the exercise found, with its charts.
    result : the result.
    message : why nothing could be measured, in words.
    """

    exercise: Exercise[Any]
    motion: Motion | None
    measurement: Measurement
    result: Result
    message: str | None = None

    def __repr__(self) -> str:  # type: ignore[explicit-override]
        return f"<AnalysisRun: {self.result!r}>"

    def _repr_html_(self) -> str:
        return rendering.html(self)

    def plot(self) -> Any:  # noqa: ANN401 - matplotlib's figure
        """Draw traces, events and the exercise's charts on one page; return the figure."""
        return rendering.draw(self)

    def without_arrays(self) -> AnalysisRun:
        """Return only what a table needs, so that a large folder fits in memory."""
        return replace(self, motion=None, measurement=Measurement())


@dataclass(frozen=True, slots=True, kw_only=True)
class DetectorParams:
    """Every parameter that a result hangs on."""

    exercise: Any
    preprocessing: PreprocessingParams = field(default_factory=PreprocessingParams)
    segmentation: SegmentationParams = field(default_factory=SegmentationParams)


def run_analysis(recording: Recording, options: AnalysisOptions | None = None) -> AnalysisRun:
    """Analyse one set or trial of a named exercise; an option beats what the sidecar says.

    Raises
    ------
    UsageError
        If exercise or side is known from neither, or a word isn't one of the known ones.
    RecordingError
        ``wrong_units`` if the numbers can't be m/s2 and deg/s.
    """
    options = options or AnalysisOptions()
    exercise = get_exercise(options.exercise or recording.sidecar.exercise)
    context = _context(recording, options, exercise.placement)
    params, changed = _params(exercise.params, options)
    try:
        motion = preprocess(recording, params.preprocessing)
    except NotAnalysableError as refusal:
        inputs = {**_inputs(recording, None, context, options), **changed}
        return _refused(exercise, recording, context, inputs, None, refusal)
    inputs = {**_inputs(recording, motion, context, options), **changed}
    run = _measured(exercise, recording, context, inputs, motion, params.exercise)
    run = _of_several_sets(_contradicted(run, params.segmentation), params.segmentation)
    if options.sure or recording.sidecar.sure or run.result.quality.invalid:
        return run
    return _doubted(run, motion, context, params.segmentation)


def _contradicted(run: AnalysisRun, params: SegmentationParams) -> AnalysisRun:
    """Return the analysis, which says so if most candidates fall to one and the same rule.

    Steps to and from the place of a set are none.
    """
    candidates = Counter(each.rejected for each in run.result.events if each.rejected != "walking")
    of_rules = [(many, rule) for rule, many in candidates.items() if rule is not None]
    if not of_rules or run.result.reps is None:
        return run
    many, rule = max(of_rules)
    total = candidates.total()
    if many < params.rule_fewest or many <= params.rule_share * total:
        return run
    return _told(run, "inconsistent", "inconsistent", {"rule": rule, "events": many, "of": total})


def _of_several_sets(run: AnalysisRun, params: SegmentationParams) -> AnalysisRun:
    """Return the analysis, which says so if a pause parts its repetitions into several sets."""
    counted = sorted(
        (each.start_s, each.end_s) for each in run.result.events if each.rejected is None
    )
    pauses = [start_s - end_s for (_, end_s), (start_s, _) in pairwise(counted)]
    longest_s = max(pauses, default=0.0)
    if run.result.reps is None or longest_s <= params.pause_s:
        return run
    sets = 1 + sum(pause_s > params.pause_s for pause_s in pauses)
    told = {"sets": sets, "longest_pause_s": longest_s}
    return _told(run, "several_sets", "several_sets", told)


def _doubted(
    run: AnalysisRun, motion: Motion, context: TrialContext, params: SegmentationParams
) -> AnalysisRun:
    """Return the analysis, which says so if the recording holds another exercise than the named one."""
    # movement alone doesn't tell a band at the ankle from a shank
    known = context.placement if context.placement is Placement.ANKLE else None
    result = run.result
    sets = recognise(motion, context.side, known, params)
    other = other_exercise(result.exercise, result.spans, sets, motion.rate_hz, params)
    if other is None:
        return run
    told = {"exercise": other.exercise, "why": other.why}
    return _told(run, "other_exercise", "looks_like", told)


def _told(run: AnalysisRun, reason: str, key: str, told: Mapping[str, object]) -> AnalysisRun:
    """Return the analysis with one more reason, and what is known of it under a key of `inputs`."""
    inputs = {**run.result.inputs, key: dict(told)}
    quality = _with_reasons(run.result.quality, (reason,))
    return replace(run, result=replace(run.result, inputs=inputs, quality=quality))


def run_segments(recording: Recording, options: AnalysisOptions | None = None) -> list[AnalysisRun]:
    """Find the sets in a recording, name each, and analyse it with the standing around it.

    Each result's `inputs` say under ``recognised`` where it lies, why it has that name, and
    which other one fits as well.
    """
    options = replace(options or AnalysisOptions(), exercise=AUTO)
    where = options.placement or recording.sidecar.placement
    known = parse_enum(Placement, where, "") if where is not None else None
    general = _context(recording, options, known or Placement.SHOE)
    params, changed = _params(_NoParams(), options)
    try:
        motion = preprocess(recording, params.preprocessing)
    except NotAnalysableError:
        return []
    found = recognise(motion, general.side, known, params.segmentation)
    runs = []
    for each, (start, end) in zip(found, margins(found, motion, params.segmentation), strict=True):
        context = replace(general, placement=each.placement)
        recognised = {
            "start_s": motion.at_s(each.start),
            "end_s": motion.at_s(each.end),
            "rival": each.rival,
            "why": each.why,
        }
        inputs = {
            **_inputs(recording, motion, context, options),
            "recognised": recognised,
            **changed,
        }
        exercise = EXERCISES[each.exercise]
        piece = motion.cut(start, end)
        runs.append(_measured(exercise, recording, context, inputs, piece, exercise.params))
    return runs


@dataclass(frozen=True, slots=True)
class _NoParams:
    """Where no one exercise is named, none has parameters to change."""


def parameters_of(exercise: Exercise[Any]) -> dict[str, Any]:
    """Return the parameters that a result of an exercise hangs on, by dotted name."""
    shared = {"preprocessing": PreprocessingParams(), "segmentation": SegmentationParams()}
    found = values_of(exercise.params)
    for name, params in shared.items():
        found |= values_of(params, f"{name}.")
    return found


def _params(
    own: object, options: AnalysisOptions
) -> tuple[DetectorParams, dict[str, dict[str, object]]]:
    """Return all parameters with the caller's values, and what `inputs` say of those."""
    default = DetectorParams(exercise=own)
    shared = {"preprocessing", "segmentation"}
    changes = {
        name if name.partition(".")[0] in shared else f"exercise.{name}": value
        for name, value in (options.params or {}).items()
    }
    params = with_values(default, changes)
    changed = differences(params, default)
    if not changed:
        return params, {}
    return params, {
        "params": {name.removeprefix("exercise."): value for name, value in changed.items()}
    }


def run_all(recording: Recording, options: AnalysisOptions) -> list[AnalysisRun]:
    """Analyse the named exercise, or with "auto" all sets that are found."""
    if options.exercise == AUTO:
        return run_segments(recording, options)
    return [run_analysis(recording, options)]


def as_segments(file: str, sets: Sequence[Result]) -> Result | SegmentedResult:
    """Return the one result, or all of several, or of none, together: what JSON shows of "auto"."""
    if len(sets) == 1:
        return sets[0]
    return SegmentedResult(version=VERSION, file=file, sets=tuple(sets))


def _context(recording: Recording, options: AnalysisOptions, placement: Placement) -> TrialContext:
    """Return what is known of the trial: an option, else the sidecar's word, else a default."""
    sidecar = recording.sidecar
    eyes, surface = sidecar.condition.eyes, sidecar.condition.surface
    return TrialContext(
        side=parse_enum(Side, options.side or sidecar.side, "side"),
        placement=parse_enum(Placement, options.placement or sidecar.placement or placement, ""),
        eyes=parse_enum(Eyes, options.eyes or eyes or Eyes.OPEN, ""),
        surface=parse_enum(Surface, options.surface or surface or Surface.FLOOR, ""),
    )


def _measured(
    exercise: Exercise[Any],
    recording: Recording,
    context: TrialContext,
    inputs: dict[str, object],
    motion: Motion,
    params: object,
) -> AnalysisRun:
    try:
        if context.placement not in exercise.placements:
            raise NotAnalysableError("wrong_placement", _misplaced(exercise, context))
        measurement = exercise.measure(motion, context, params)
    except NotAnalysableError as refusal:
        return _refused(exercise, recording, context, inputs, motion, refusal)
    quality = _with_reasons(motion.quality, measurement.reasons)
    result = _result(exercise, recording, context, inputs, measurement, quality)
    return AnalysisRun(exercise=exercise, motion=motion, measurement=measurement, result=result)


def _refused(
    exercise: Exercise[Any],
    recording: Recording,
    context: TrialContext,
    inputs: dict[str, object],
    motion: Motion | None,
    refusal: NotAnalysableError,
) -> AnalysisRun:
    metrics = {spec.key: Metric(None, spec.unit, 0) for spec in exercise.metrics}
    measurement = Measurement(metrics=metrics, reasons=(refusal.code,))
    known = motion.quality if motion else Quality()
    quality = replace(_with_reasons(known, measurement.reasons), invalid=True)
    return AnalysisRun(
        exercise=exercise,
        motion=motion,
        measurement=measurement,
        result=_result(exercise, recording, context, inputs, measurement, quality),
        message=str(refusal),
    )


def _result(
    exercise: Exercise[Any],
    recording: Recording,
    context: TrialContext,
    inputs: dict[str, object],
    measurement: Measurement,
    quality: Quality,
) -> Result:
    return Result(
        version=VERSION,
        file=recording.file,
        exercise=exercise.slug,
        side=str(context.side),
        leg=_leg(exercise, context),
        placement=str(context.placement),
        inputs=inputs,
        spans=measurement.spans,
        reps=measurement.reps,
        score=measurement.score,
        score_band=measurement.score_band,
        metrics=measurement.metrics,
        events=measurement.events,
        quality=quality,
        dose=Dose(exercise.dose, measurement.done, exercise.dose_unit),
    )


def _misplaced(exercise: Exercise[Any], context: TrialContext) -> str:
    """Say where the sensor would have to be."""
    can = " or ".join(WORN[placement] for placement in exercise.placements)
    return (
        f"{exercise.title.lower()} can't be measured by a sensor on the {context.placement}; "
        f"wear it on {can}"
    )


WORN = {
    Placement.SHOE: "the shoe of the working foot (shoe)",
    Placement.FREE_FOOT: "the shoe of the free foot, which moves (free-foot)",
    Placement.ANKLE: "a band at the ankle of the working leg (ankle)",
    Placement.SHANK: "the shank of the working leg (shank)",
    Placement.WAIST: "the waist (waist)",
}


def _leg(exercise: Exercise[Any], context: TrialContext) -> str:
    if exercise.both_legs:
        return "both"
    return str(context.side.other if context.placement is Placement.FREE_FOOT else context.side)


def _inputs(
    recording: Recording, motion: Motion | None, context: TrialContext, options: AnalysisOptions
) -> dict[str, object]:
    calibration = recording.calibration
    return {
        "eyes": str(context.eyes),
        "surface": str(context.surface),
        "flags": options.given,
        "calibration": calibration.describe() if calibration else None,
        "repairs": [repair.message for repair in (motion or recording).repairs],
        "simulated": recording.sidecar.simulated,
    }


def _with_reasons(quality: Quality, reasons: tuple[str, ...]) -> Quality:
    return replace(quality, reasons=tuple(dict.fromkeys((*quality.reasons, *reasons))))
