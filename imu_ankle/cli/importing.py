"""`imu-ankle import`."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from imu_ankle.analysis import known_word
from imu_ankle.cli.show import print_json
from imu_ankle.errors import UsageError
from imu_ankle.files.csvfile import is_trial, write_recording
from imu_ankle.files.foreign import import_file, with_answers
from imu_ankle.model import Placement, Side

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from imu_ankle.importers.table import Overrides


def run_import(
    file: Path,
    out: Path | None,
    overrides: Overrides,
    answers: Mapping[str, str | None],
    *,
    format_name: str | None,
    dry_run: bool,
    as_json: bool,
) -> int:
    """Convert `file`, say what was assumed, write unless `dry_run`; return the exit status."""
    target = out or file.with_name(f"{file.stem}_imu_ankle.csv")
    if target.resolve() == file.resolve():
        raise UsageError("same_file", "--out names the original; choose another file")
    if target.suffix != ".csv":
        raise UsageError("bad_out", f"--out must end in .csv; found {target.name!r}")
    if file.suffix == ".csv" and file.with_suffix(".json").exists() and is_trial(file):
        raise UsageError("already_a_trial", f"{file} is a trial already; just analyze it")
    side, placement = answers["side"], answers["placement"]
    recording, importer = import_file(file, overrides, format_name=format_name)
    recording = with_answers(
        recording,
        exercise=answers["exercise"],
        side=known_word(Side, side, "side") if side else None,
        placement=known_word(Placement, placement, "placement") if placement else None,
    )
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
