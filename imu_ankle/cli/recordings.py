"""Which recordings a command line means."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

from imu_ankle.errors import ImuAnkleError, RecordingError, UsageError
from imu_ankle.files.csvfile import sidecar_of

if TYPE_CHECKING:
    from pathlib import Path

    from imu_ankle.model import Side


def expand(files: list[Path]) -> list[Path]:
    """Return the recordings named; a folder stands for every CSV in it and below."""
    paths: list[Path] = []
    for file in files:
        if file.is_dir():
            inside = sorted(file.rglob("*.csv"))
            if not inside:
                raise RecordingError("not_found", f"there is no CSV in the folder {file}")
            paths += inside
        else:
            paths.append(file)
    return paths


def recording_of(source: Path, exercise: str, side: Side) -> Path:
    """Return the recording in a folder (or the one file) of an exercise on a side.

    Raises
    ------
    UsageError
        ``no_recording`` if there is none.
    """
    if source.is_file():
        return source
    if not source.exists():
        raise UsageError("no_recording", f"there is no file {source}")
    for path in sorted(source.rglob("*.csv")):
        with contextlib.suppress(ImuAnkleError, OSError):
            sidecar = sidecar_of(path)
            if sidecar.exercise == exercise and sidecar.side in {None, side}:
                return path
    raise UsageError(
        "no_recording",
        f"{source} holds no recording of {exercise} on the {side}; skip the set, or leave it "
        "out with --exercises",
    )
