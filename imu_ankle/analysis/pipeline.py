"""The one path from a recording to a result; live and offline both end here."""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Literal, TypeVar, overload

from imu_ankle.analysis.exercises import EXERCISES
from imu_ankle.analysis.preprocessing import preprocess
from imu_ankle.analysis.segmentation import margins, recognise
from imu_ankle.core.errors import NotAnalysableError, UsageError
from imu_ankle.core.exercise import Measurement, TrialContext
from imu_ankle.core.recording import Eyes, Placement, Recording, Side, Surface
from imu_ankle.core.result import Dose, Metric, Quality, Result, SegmentedResult
from imu_ankle.core.version import VERSION

if TYPE_CHECKING:
    from collections.abc import Sequence

    from imu_ankle.core.exercise import Exercise
    from imu_ankle.core.motion import Motion

Word = TypeVar("Word", bound=StrEnum)
AUTO = "auto"  # in place of an exercise: find out which


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class AnalysisRun:
    """A result with what it was made of, for plots; `motion` is None where there was none."""

    exercise: Exercise[Any]
    motion: Motion | None
    measurement: Measurement
    result: Result
    message: str | None = None

    def without_arrays(self) -> AnalysisRun:
        """Return only what a table needs, so that a large folder fits in memory."""
        return replace(self, motion=None, measurement=Measurement())


@overload
def analyze(  # type: ignore[overload-overlap]
    recording: Recording,
    *,
    exercise: Literal["auto"],
    side: str | None = None,
    placement: str | None = None,
    eyes: str | None = None,
    surface: str | None = None,
) -> Result | SegmentedResult: ...
@overload
def analyze(
    recording: Recording,
    *,
    exercise: str | None = None,
    side: str | None = None,
    placement: str | None = None,
    eyes: str | None = None,
    surface: str | None = None,
) -> Result: ...
def analyze(
    recording: Recording,
    *,
    exercise: str | None = None,
    side: str | None = None,
    placement: str | None = None,
    eyes: str | None = None,
    surface: str | None = None,
) -> Result | SegmentedResult:
    """Analyse one set or trial; an argument beats what the sidecar says.

    With ``exercise="auto"`` the sets in the recording are found and named; of one set the result is
    returned, of several, or of none, a `SegmentedResult`.

    Raises
    ------
    UsageError
        If exercise or side is known from neither, or a word isn't one of the known ones.
    RecordingError
        ``wrong_units`` if the numbers can't be m/s2 and deg/s.
    """
    told = _given(exercise, side, placement, eyes, surface)
    return as_session(recording.file, [each.result for each in analyze_runs(recording, **told)])


def analyze_runs(
    recording: Recording, exercise: str | None, **rest: str | None
) -> list[AnalysisRun]:
    """Do what `analyze` does, and keep motion and findings: of the named exercise, or of all sets."""
    if exercise == AUTO:
        return segment_runs(recording, **rest)
    return [analyze_run(recording, exercise=exercise, **rest)]


def as_session(file: str, sets: Sequence[Result]) -> Result | SegmentedResult:
    """Return the one result, or all of several as a session."""
    if len(sets) == 1:
        return sets[0]
    return SegmentedResult(version=VERSION, file=file, sets=tuple(sets))


def analyze_run(
    recording: Recording,
    *,
    exercise: str | None = None,
    side: str | None = None,
    placement: str | None = None,
    eyes: str | None = None,
    surface: str | None = None,
) -> AnalysisRun:
    """Do what `analyze` does for one named exercise, and keep motion and findings too."""
    _check(recording)
    chosen = get_exercise(exercise or recording.sidecar.exercise)
    given = _given(exercise, side, placement, eyes, surface)
    context = _context(recording, given, chosen.placement)
    inputs = _inputs(recording, context, given)
    try:
        motion = preprocess(recording)
    except NotAnalysableError as refusal:
        return _refused(chosen, recording, context, inputs, None, refusal)
    return _examined(chosen, recording, context, inputs, motion)


def segment_runs(
    recording: Recording,
    *,
    side: str | None = None,
    placement: str | None = None,
    eyes: str | None = None,
    surface: str | None = None,
) -> list[AnalysisRun]:
    """Find the sets in a recording, name each, and analyse it with the standing around it.

    Each result's `inputs` say under ``recognised`` where it lies, how sure the name is, and why.
    """
    _check(recording)
    given = _given(AUTO, side, placement, eyes, surface)
    where = placement or recording.sidecar.placement
    known = parse_enum(Placement, where, "") if where is not None else None
    general = _context(recording, given, known or Placement.SHOE)
    try:
        motion = preprocess(recording)
    except NotAnalysableError:
        return []
    found = recognise(motion, general.side, known)
    out = []
    for each, (start, end) in zip(found, margins(found, motion), strict=True):
        context = replace(general, placement=each.placement)
        told = {
            "start_s": motion.at_s(each.start),
            "end_s": motion.at_s(each.end),
            "confidence": each.confidence,
            "why": each.why,
        }
        inputs = {**_inputs(recording, context, given), "recognised": told}
        chosen = EXERCISES[each.exercise]
        out.append(_examined(chosen, recording, context, inputs, motion.cut(start, end)))
    return out


def _check(recording: Recording) -> None:
    if not isinstance(recording, Recording):
        raise UsageError(
            "not_a_recording", "analyze takes a Recording; read the file with read_recording first"
        )


def _given(
    exercise: str | None,
    side: str | None,
    placement: str | None,
    eyes: str | None,
    surface: str | None,
) -> dict[str, str | None]:
    return {
        "exercise": exercise,
        "side": side,
        "placement": placement,
        "eyes": eyes,
        "surface": surface,
    }


def _context(
    recording: Recording, given: dict[str, str | None], placement: Placement
) -> TrialContext:
    """Return what is known of the trial: what was given, else the sidecar's, else a default."""
    told = recording.sidecar
    eyes, surface = told.condition.eyes, told.condition.surface
    return TrialContext(
        side=parse_enum(Side, given["side"] or told.side, "side"),
        placement=parse_enum(Placement, given["placement"] or told.placement or placement, ""),
        eyes=parse_enum(Eyes, given["eyes"] or eyes or Eyes.OPEN, ""),
        surface=parse_enum(Surface, given["surface"] or surface or Surface.FLOOR, ""),
    )


def _examined(
    chosen: Exercise[Any],
    recording: Recording,
    context: TrialContext,
    inputs: dict[str, object],
    motion: Motion,
) -> AnalysisRun:
    try:
        if context.placement not in chosen.placements:
            raise NotAnalysableError("wrong_placement", _misplaced(chosen, context))
        measurement = chosen.analyse(motion, context, chosen.params)
    except NotAnalysableError as refusal:
        return _refused(chosen, recording, context, inputs, motion, refusal)
    quality = _with_reasons(motion.quality, measurement.reasons)
    result = _result(chosen, recording, context, inputs, measurement, quality)
    return AnalysisRun(exercise=chosen, motion=motion, measurement=measurement, result=result)


def _refused(
    chosen: Exercise[Any],
    recording: Recording,
    context: TrialContext,
    inputs: dict[str, object],
    motion: Motion | None,
    refusal: NotAnalysableError,
) -> AnalysisRun:
    measurement = _nothing(chosen, refusal.code)
    known = motion.quality if motion else Quality()
    quality = replace(_with_reasons(known, measurement.reasons), invalid=True)
    return AnalysisRun(
        exercise=chosen,
        motion=motion,
        measurement=measurement,
        result=_result(chosen, recording, context, inputs, measurement, quality),
        message=str(refusal),
    )


def _result(
    chosen: Exercise[Any],
    recording: Recording,
    context: TrialContext,
    inputs: dict[str, object],
    measurement: Measurement,
    quality: Quality,
) -> Result:
    return Result(
        version=VERSION,
        file=recording.file,
        exercise=chosen.slug,
        side=str(context.side),
        leg=_leg(chosen, context),
        placement=str(context.placement),
        inputs=inputs,
        spans=measurement.spans,
        reps=measurement.reps,
        score=measurement.score,
        score_band=measurement.score_band,
        metrics=measurement.metrics,
        events=measurement.events,
        quality=quality,
        dose=Dose(chosen.dose_target, measurement.done, chosen.dose_unit),
    )


def _misplaced(chosen: Exercise[Any], context: TrialContext) -> str:
    """Say where the sensor would have to be."""
    can = " or ".join(WORN[placement] for placement in chosen.placements)
    return (
        f"{chosen.title.lower()} can't be measured by a sensor on the {context.placement}; "
        f"wear it on {can}"
    )


WORN = {
    Placement.SHOE: "the shoe of the working foot (shoe)",
    Placement.FREE_FOOT: "the shoe of the free foot, which moves (free-foot)",
    Placement.SHANK: "the shank of the working leg (shank)",
    Placement.WAIST: "the waist (waist)",
}


def get_exercise(slug: str | None) -> Exercise[Any]:
    """Return the exercise that `slug` names, or say what is known."""
    if slug is None:
        raise UsageError(
            "missing_exercise",
            "which exercise is it? The recording doesn't say; name it with --exercise "
            f"({', '.join(EXERCISES)})",
        )
    if slug == AUTO:
        raise UsageError("unknown_exercise", "here the exercise must be named; auto is of analyze")
    if slug not in EXERCISES:
        raise UsageError(
            "unknown_exercise",
            f"{slug!r} is not an exercise that can be analysed; known are {', '.join(EXERCISES)}",
        )
    return EXERCISES[slug]


def parse_enum(words: type[Word], word: str | None, asked: str) -> Word:
    """Return the word of `words` that `word` is, or say what is known."""
    if word is None:
        raise UsageError(
            f"missing_{asked}",
            f"which {asked} was it? The recording doesn't say; name it with --{asked} "
            f"({'|'.join(words)})",
        )
    try:
        return words(word)
    except ValueError:
        kind = words.__name__.lower()
        raise UsageError(
            f"unknown_{kind}", f"{word!r} is no known {kind}; known are {', '.join(words)}"
        ) from None


def _leg(exercise: Exercise[Any], context: TrialContext) -> str:
    if exercise.both_legs:
        return "both"
    return str(context.side.other if context.placement is Placement.FREE_FOOT else context.side)


def _inputs(
    recording: Recording, context: TrialContext, given: dict[str, str | None]
) -> dict[str, object]:
    calibration = recording.calibration
    return {
        "eyes": str(context.eyes),
        "surface": str(context.surface),
        "flags": [name for name, value in given.items() if value is not None],
        "calibration": calibration.describe() if calibration else None,
        "repairs": [repair.message for repair in recording.repairs],
        "simulated": recording.sidecar.simulated,
    }


def _with_reasons(quality: Quality, reasons: tuple[str, ...]) -> Quality:
    return replace(quality, reasons=tuple(dict.fromkeys((*quality.reasons, *reasons))))


def _nothing(exercise: Exercise[Any], code: str) -> Measurement:
    metrics = {spec.key: Metric(None, spec.unit, 0) for spec in exercise.metrics}
    return Measurement(metrics=metrics, reasons=(code,))
