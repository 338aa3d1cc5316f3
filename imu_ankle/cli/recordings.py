"""Which recordings a command line means."""

from __future__ import annotations

from typing import TYPE_CHECKING

from imu_ankle.io.csvfile import csvs_in

if TYPE_CHECKING:
    from pathlib import Path


def expand(files: list[Path]) -> list[Path]:
    """Return the recordings named; a folder stands for every CSV in it and below."""
    paths: list[Path] = []
    for file in files:
        if file.is_dir():
            paths += csvs_in(file)
        else:
            paths.append(file)
    return paths
