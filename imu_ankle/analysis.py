"""The one path from a recording to a result; live and offline both end here."""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum
from typing import TYPE_CHECKING, Any, TypeVar

from imu_ankle.errors import NotAnalysableError, UsageError
from imu_ankle.exercise import Findings, Setting
from imu_ankle.exercises import EXERCISES
from imu_ankle.model import Eyes, Placement, Recording, Side, Surface
from imu_ankle.preparation import prepare
from imu_ankle.result import Dose, Metric, Quality, Result
from imu_ankle.version import VERSION

if TYPE_CHECKING:
    from imu_ankle.exercise import Exercise
    from imu_ankle.motion import Motion

Word = TypeVar("Word", bound=StrEnum)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Analysis:
    """A result with what it was made of, for plots; `motion` is None where there was none."""

    exercise: Exercise[Any]
    motion: Motion | None
    findings: Findings
    result: Result
    message: str | None = None

    def without_arrays(self) -> Analysis:
        """Return only what a table needs, so that a large folder fits in memory."""
        return replace(self, motion=None, findings=Findings())


def analyze(
    recording: Recording,
    *,
    exercise: str | None = None,
    side: str | None = None,
    placement: str | None = None,
    eyes: str | None = None,
    surface: str | None = None,
) -> Result:
    """Analyse one set or trial; an argument beats what the sidecar says.

    Raises
    ------
    UsageError
        If exercise or side is known from neither, or a word isn't one of the known ones.
    RecordingError
        ``wrong_units`` if the numbers can't be m/s2 and deg/s.
    """
    return examine(
        recording, exercise=exercise, side=side, placement=placement, eyes=eyes, surface=surface
    ).result


def examine(
    recording: Recording,
    *,
    exercise: str | None = None,
    side: str | None = None,
    placement: str | None = None,
    eyes: str | None = None,
    surface: str | None = None,
) -> Analysis:
    """Do what `analyze` does, and keep motion and findings too."""
    if not isinstance(recording, Recording):
        raise UsageError(
            "not_a_recording", "analyze takes a Recording; read the file with read_recording first"
        )
    sidecar = recording.sidecar
    chosen = known_exercise(exercise or sidecar.exercise)
    setting = Setting(
        side=known_word(Side, side or sidecar.side, "side"),
        placement=known_word(Placement, placement or sidecar.placement or chosen.placement, ""),
        eyes=known_word(Eyes, eyes or sidecar.condition.eyes or Eyes.OPEN, ""),
        surface=known_word(Surface, surface or sidecar.condition.surface or Surface.FLOOR, ""),
    )
    given = {
        "exercise": exercise,
        "side": side,
        "placement": placement,
        "eyes": eyes,
        "surface": surface,
    }
    motion: Motion | None = None
    message = None
    try:
        motion = prepare(recording)
        findings = chosen.analyse(motion, setting, chosen.params)
        quality = _with_reasons(motion.quality, findings.reasons)
    except NotAnalysableError as refusal:
        message = str(refusal)
        findings = _nothing(chosen, refusal.code)
        known = motion.quality if motion else Quality()
        quality = replace(_with_reasons(known, findings.reasons), invalid=True)
    result = Result(
        version=VERSION,
        file=recording.file,
        exercise=chosen.slug,
        side=str(setting.side),
        leg=_leg(chosen, setting),
        placement=str(setting.placement),
        inputs=_inputs(recording, setting, given),
        spans=findings.spans,
        reps=findings.reps,
        score=findings.score,
        score_band=findings.score_band,
        metrics=findings.metrics,
        events=findings.events,
        quality=quality,
        dose=Dose(chosen.dose_target, findings.done, chosen.dose_unit),
    )
    return Analysis(
        exercise=chosen,
        motion=motion,
        findings=findings,
        result=result,
        message=message,
    )


def known_exercise(slug: str | None) -> Exercise[Any]:
    """Return the exercise that `slug` names, or say what is known."""
    if slug is None:
        raise UsageError(
            "missing_exercise",
            "which exercise is it? The recording doesn't say; name it with --exercise "
            f"({', '.join(EXERCISES)})",
        )
    if slug not in EXERCISES:
        raise UsageError(
            "unknown_exercise",
            f"{slug!r} is not an exercise that can be analysed; known are {', '.join(EXERCISES)}",
        )
    return EXERCISES[slug]


def known_word(words: type[Word], word: str | None, asked: str) -> Word:
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


def _leg(exercise: Exercise[Any], setting: Setting) -> str:
    if exercise.both_legs:
        return "both"
    return str(setting.side.other if setting.placement is Placement.FREE_FOOT else setting.side)


def _inputs(
    recording: Recording, setting: Setting, given: dict[str, str | None]
) -> dict[str, object]:
    calibration = recording.calibration
    return {
        "eyes": str(setting.eyes),
        "surface": str(setting.surface),
        "flags": [name for name, value in given.items() if value is not None],
        "calibration": calibration.describe() if calibration else None,
        "repairs": [repair.message for repair in recording.repairs],
        "simulated": recording.sidecar.simulated,
    }


def _with_reasons(quality: Quality, reasons: tuple[str, ...]) -> Quality:
    return replace(quality, reasons=tuple(dict.fromkeys((*quality.reasons, *reasons))))


def _nothing(exercise: Exercise[Any], code: str) -> Findings:
    metrics = {spec.key: Metric(None, spec.unit, 0) for spec in exercise.metrics}
    return Findings(metrics=metrics, reasons=(code,))
