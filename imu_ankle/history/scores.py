"""A score beside each recording: derived, stamped with what it was derived from, deletable."""

from __future__ import annotations

import contextlib
import hashlib
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from imu_ankle.analysis.pipeline import run_analysis
from imu_ankle.core.errors import ImuAnkleError, ScoreError
from imu_ankle.core.result import METRIC_SET
from imu_ankle.core.version import VERSION
from imu_ankle.history.results import RESULT
from imu_ankle.io.csvfile import read_recording
from imu_ankle.io.fields import (
    ANYTHING,
    Extra,
    Field,
    FieldError,
    mapping,
    optional,
    read_file,
    record,
    text,
    whole,
)
from imu_ankle.io.sidecar import dump_sidecar
from imu_ankle.io.text import write_whole

if TYPE_CHECKING:
    import os
    from collections.abc import Mapping
    from pathlib import Path

    from imu_ankle.core.recording import Sidecar

# what a score depends on besides the samples; notes, pain, names don't change it
_INPUTS = (
    "exercise", "side", "placement", "condition", "rate_nominal_hz", "acc_range_g",
    "gyr_range_dps", "cues", "marks", "simulated",
)  # fmt: skip
_SCHEMA = 1
_MOST_BYTES = 50_000_000  # of a score; an hour of hops has 2 MB


@dataclass(frozen=True, slots=True, kw_only=True)
class CachedResult:
    """What was made of a trial: the result as the spec's JSON object, or why there is none."""

    csv_stamp: str
    csv_sha256: str
    inputs: Mapping[str, object]
    metric_set: int
    version: str
    result: Mapping[str, Any] | None
    error: str | None


def _cached(schema: int, **told: Any) -> CachedResult:  # noqa: ANN401, ARG001 - by the table below
    if (told["result"] is None) == (told["error"] is None):
        raise FieldError("it holds neither result nor error, or both")
    return CachedResult(**told)


_FIELDS: dict[str, Field[Any]] = {
    "schema": whole(_SCHEMA, _SCHEMA),
    "csv_stamp": text(),
    "csv_sha256": text(),
    "inputs": mapping(ANYTHING),
    "metric_set": whole(0),
    "version": text(),
    "result": optional(RESULT),
    "error": optional(text()),
}
CACHED = record(_cached, _FIELDS, needed=tuple(_FIELDS), extra=Extra.REFUSED)


def score_path(csv: Path) -> Path:
    """Return where the score of the trial at `csv` is kept."""
    return csv.with_suffix(".score.json")


def stamp(path: Path) -> str:
    """Return size and time of a file, by which it's told from a changed one; "" if there is none."""
    try:
        return stamp_of(path.stat())
    except OSError:
        return ""


def stamp_of(status: os.stat_result) -> str:
    """Return size and time of a file of this status."""
    return f"{status.st_size}-{status.st_mtime_ns}"


def inputs_of(sidecar: Sidecar) -> dict[str, object]:
    """Return what of a sidecar goes into a score."""
    said = dump_sidecar(sidecar)
    made: dict[str, object] = {key: said[key] for key in _INPUTS}
    made["condition"] = {key: getattr(sidecar.condition, key) for key in ("eyes", "surface")}
    if sidecar.sure:
        made["sure"] = True
    return made


def read_cached_result(csv: Path) -> CachedResult | None:
    """Return the score kept beside the trial at `csv`; None where none is kept.

    Raises
    ------
    ScoreError
        If the file isn't what it should be.
    """
    path = score_path(csv)
    try:
        return read_file(path, CACHED, _MOST_BYTES)
    except FileNotFoundError:
        return None
    except (OSError, FieldError) as error:
        raise ScoreError("bad_score", f"{path.name} is no score file ({error})") from error


def is_current(score: CachedResult, csv: Path, sidecar: Sidecar) -> bool:
    """Whether the score was made of this recording with these inputs, whatever its metric set.

    What an older version could not analyse is tried again.
    """
    if score.inputs != inputs_of(sidecar) or (score.error and score.version != VERSION):
        return False
    return score.csv_stamp == stamp(csv) or score.csv_sha256 == _sha256(csv)


def make_cached_result(csv: Path, sidecar: Sidecar, *, keep: bool = True) -> CachedResult:
    """Analyse the trial at `csv` and keep its score; what can't be analysed is kept as an error."""
    now = stamp(csv)
    result: Mapping[str, Any] | None = None
    error = None
    try:
        result = {**run_analysis(read_recording(csv)).result.to_dict(), "file": csv.name}
    except ImuAnkleError as refusal:
        error = str(refusal)
    score = CachedResult(
        csv_stamp=now,
        csv_sha256=_sha256(csv),
        inputs=inputs_of(sidecar),
        metric_set=METRIC_SET,
        version=VERSION,
        result=result,
        error=error,
    )
    if not keep:
        return score
    write_whole(score_path(csv), cached_result_text(score), private=True)
    if not csv.exists():  # thrown away meanwhile: nothing of it stays
        score_path(csv).unlink(missing_ok=True)
        with contextlib.suppress(OSError):
            csv.parent.rmdir()
        raise FileNotFoundError(csv)
    return score


def cached_result_text(score: CachedResult) -> str:
    """Return the text of a score's file."""
    content = {"schema": _SCHEMA, **{name: getattr(score, name) for name in CachedResult.__slots__}}
    return json.dumps(content, ensure_ascii=False, allow_nan=False) + "\n"


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
