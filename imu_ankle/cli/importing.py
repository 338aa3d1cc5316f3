"""`imu-ankle import`."""

from __future__ import annotations

import sys
from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING

from imu_ankle.analysis.exercises import get_exercise
from imu_ankle.cli.show import print_json
from imu_ankle.core.errors import UsageError
from imu_ankle.core.options import Placement, Side, parse_enum
from imu_ankle.history.sessions import place_trial
from imu_ankle.io.csvfile import is_trial, read_recording, write_recording
from imu_ankle.io.importers.import_file import import_file, with_answers
from imu_ankle.io.tables import require_free

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from imu_ankle.core.recording import Recording
    from imu_ankle.io.importers.table import Overrides


def run_import(
    files: Sequence[Path],
    out: Path | None,
    overrides: Overrides,
    answers: Mapping[str, str | None],
    *,
    format_name: str | None,
    dry_run: bool,
    as_json: bool,
) -> int:
    """Convert `files`, say what was assumed, write unless `dry_run`; return the exit status."""
    file = files[0]
    if answers["athlete"] is not None:
        if out is not None:
            raise UsageError("bad_out", "--out and --athlete exclude each other: where to?")
        return _take_in(
            files, overrides, answers, format_name=format_name, dry_run=dry_run, as_json=as_json
        )
    name = file.name if file.is_dir() else file.stem
    target = out or file.resolve().with_name(f"{name}_imu_ankle.csv")
    if target.resolve() == file.resolve():
        raise UsageError("same_file", "--out names the original; choose another file")
    if target.suffix != ".csv":
        raise UsageError("bad_out", f"--out must end in .csv; found {target.name!r}")
    if _is_own(files) and file.with_suffix(".json").exists():
        raise UsageError(
            "already_a_trial",
            f"{file} is a trial already; just analyze it, or take it into the history with --athlete",
        )
    require_free(target, lambda there: "import" in there.extra)  # an earlier conversion
    recording, importer = import_file(files, overrides, format_name=format_name)
    recording = _answered(recording, answers)
    if not dry_run:
        write_recording(recording, target)
    assumed = recording.sidecar.extra["import"]["assumed"]  # type: ignore[index]
    duration_s = float(recording.time_s[-1])
    if as_json:
        print_json(
            {
                "schema": 1,
                "file": str(file),
                "format": importer.name,
                "out": None if dry_run else str(target),
                "samples": len(recording),
                "rate_hz": recording.sidecar.rate_hz,
                "duration_s": duration_s,
                "assumed": assumed,
            }
        )
        return 0
    print(f"{file}: {importer.title}", file=sys.stderr)
    for line in assumed:
        print(f"  {line}", file=sys.stderr)
    what = f"{len(recording)} samples, {duration_s:.1f} s at {recording.sidecar.rate_hz:.1f} Hz"
    print(f"{what}; nothing written (dry run)" if dry_run else f"{what}: {target}")
    return 0


def _answered(recording: Recording, answers: Mapping[str, str | None]) -> Recording:
    side, placement, started_at = answers["side"], answers["placement"], answers["started_at"]
    if started_at is not None:
        try:
            datetime.fromisoformat(started_at)
        except ValueError as error:
            raise UsageError("bad_time", f"--started-at: {error}") from error
        sidecar = replace(recording.sidecar, started_at=started_at)
        recording = replace(recording, sidecar=sidecar)
    return with_answers(
        recording,
        exercise=answers["exercise"],
        side=parse_enum(Side, side, "side") if side else None,
        placement=parse_enum(Placement, placement, "placement") if placement else None,
    )


def _is_own(files: Sequence[Path]) -> bool:
    """Whether it is one recording of this program."""
    return (
        len(files) == 1 and files[0].suffix == ".csv" and files[0].is_file() and is_trial(files[0])
    )


def _take_in(
    files: Sequence[Path],
    overrides: Overrides,
    answers: Mapping[str, str | None],
    *,
    format_name: str | None,
    dry_run: bool,
    as_json: bool,
) -> int:
    """Copy a recording into the history of an athlete, converted if it is of another program."""
    if _is_own(files):
        recording = read_recording(files[0])
    else:
        recording, _ = import_file(files, overrides, format_name=format_name)
    recording = _answered(recording, answers)
    sidecar = recording.sidecar
    exercise = get_exercise(sidecar.exercise)
    side = parse_enum(Side, sidecar.side, "side")
    if sidecar.started_at is None:
        raise UsageError(
            "missing_time", "when was it? A history needs a date: --started-at 2026-11-22T18:07:00"
        )
    athlete = str(answers["athlete"])
    started = datetime.fromisoformat(sidecar.started_at)
    place = place_trial(
        athlete, exercise.slug, side, started if started.tzinfo else started.astimezone()
    )
    there = sorted(place.folder.glob(f"{place.stem.rsplit('_t', 1)[0]}_t*.csv"))
    if there:
        raise UsageError("there_already", f"a recording of that very start is there: {there[0]}")
    if not dry_run:
        extra = {**sidecar.extra, "athlete": athlete, "original": str(files[0])}
        kept = replace(recording, sidecar=replace(sidecar, extra=extra))
        write_recording(kept, place.csv, private=True)
    if as_json:
        out = None if dry_run else str(place.csv)
        print_json({"schema": 1, "file": str(files[0]), "athlete": athlete, "out": out})
    elif dry_run:
        print(f"would become {place.csv}; nothing written (dry run)")
    else:
        print(f"taken into the history of {athlete}: {place.csv}")
    return 0
