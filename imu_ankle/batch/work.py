"""The one function that engines run: recordings in, rows of a table out."""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

from imu_ankle.analysis.pipeline import run_all
from imu_ankle.core.errors import ImuAnkleError
from imu_ankle.core.options import AUTO, AnalysisOptions
from imu_ankle.core.result import METRIC_SET
from imu_ankle.core.version import VERSION
from imu_ankle.io.csvfile import load_recording

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from imu_ankle.core.recording import Calibration, Recording
    from imu_ankle.core.result import Result

Row: TypeAlias = dict[str, Any]  # what a column doesn't have is left out
PASSING = frozenset({"not_found", "not_readable", "unexpected", "worker_died"})
"""Codes of errors that another run may not have; they are tried again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BatchOptions:
    """What is asked of every recording: options beat sidecars, as in `analyze`.

    `calibrations` by serial number travel along, so that every worker has the same ones.
    """

    analysis: AnalysisOptions = field(default_factory=AnalysisOptions)
    calibrations: Mapping[str, Calibration] = field(default_factory=dict)

    def digest(self) -> bytes:
        """Return what of this, and of the version, decides a result."""
        known = {serial: asdict(each) for serial, each in sorted(self.calibrations.items())}
        parts = [VERSION, METRIC_SET, self.analysis.words, known]
        return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).digest()


def content_key(path: Path, digest: bytes) -> str:
    """Return the address of a recording by content: CSV, sidecar, and what is asked of it."""
    key = hashlib.sha256(digest)
    for part in (path, path.with_suffix(".json")):
        try:
            with part.open("rb") as file:
                key.update(hashlib.file_digest(file, "sha256").digest())
        except OSError:
            key.update(b"none")
    return key.hexdigest()


def score_files(paths: Sequence[str], options: BatchOptions) -> list[list[Row]]:
    """Return the rows of each recording: one per set, or one with an error; nothing is raised."""
    return [score_file(path, options) for path in paths]


def score_file(path: str, options: BatchOptions) -> list[Row]:
    """Read and analyse one recording."""
    try:
        recording = load_recording(Path(path), find=options.calibrations.get)
        results = [each.result for each in run_all(recording, options.analysis)]
    except ImuAnkleError as error:
        return [{"error_code": error.code, "error_message": _nameless(str(error), Path(path))}]
    except Exception as error:  # noqa: BLE001 - a bug on one file must not end the other 99,999
        return [{"error_code": "unexpected", "error_message": repr(error)}]
    about = _about(recording)
    if options.analysis.exercise != AUTO:
        return [{**about, **_row(result)} for result in results]
    rows = [{**about, **_row(result), "set": i} for i, result in enumerate(results, 1)]
    return rows or [{**about, "exercise": "unknown", "grade": "ok", "reps": 0}]


def _nameless(message: str, path: Path) -> str:
    """Leave out of an error where a recording lay and how it was called: rows go by content."""
    for file, word in ((path, "FILE"), (path.with_suffix(".json"), "its sidecar")):
        message = message.replace(str(file), word).replace(file.name, word)
    return message


def _about(recording: Recording) -> Row:
    sidecar = recording.sidecar
    told = {
        "id": sidecar.id,
        "started_at": sidecar.started_at,
        "sensor_model": sidecar.sensor.model,
        "sensor_serial": sidecar.sensor.serial,
        "simulated": sidecar.simulated,
        "duration_s": float(recording.time_s[-1] - recording.time_s[0]),
    }
    return {key: value for key, value in told.items() if value is not None}


def _row(result: Result) -> Row:
    low, high = result.score_band or (None, None)
    quality = result.quality
    row: Row = {
        "exercise": result.exercise,
        "side": str(result.side),
        "leg": str(result.leg),
        "placement": str(result.placement),
        "eyes": result.inputs.get("eyes"),
        "surface": result.inputs.get("surface"),
        "grade": str(quality.grade),
        "reasons": " ".join(quality.reasons) or None,
        "reps": result.reps,
        "score": result.score,
        "score_low": low,
        "score_high": high,
        "done": result.dose.done,
        "target": result.dose.target,
        "start_s": result.spans[0].start_s if result.spans else None,
        "end_s": result.spans[-1].end_s if result.spans else None,
        "rate_hz": quality.rate_hz,
        "lost_fraction": quality.lost_fraction,
        "longest_gap_s": quality.longest_gap_s,
        "clipped_fraction": quality.clipped_fraction,
        "version": VERSION,
        "metric_set": METRIC_SET,
    }
    for key, metric in result.metrics.items():
        value = metric.value
        row[key] = json.dumps(list(value)) if isinstance(value, tuple) else value
    return {key: str(v) if isinstance(v, str) else v for key, v in row.items() if v is not None}
