"""Which recordings a command line means."""

from __future__ import annotations

from typing import TYPE_CHECKING

from imu_ankle.errors import RecordingError

if TYPE_CHECKING:
    from pathlib import Path


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
