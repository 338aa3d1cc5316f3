"""The history in open formats: everything as a zip, or all numbers as one table."""

from __future__ import annotations

import zipfile
from typing import TYPE_CHECKING

from imu_ankle.files.text import whole_file, write_whole
from imu_ankle.history.athletes import athlete_path
from imu_ankle.progress import Progress, silent
from imu_ankle.trends.table import unit_of

if TYPE_CHECKING:
    from pathlib import Path

    from imu_ankle.history.store import History


def write_csv(history: History, out: Path, athlete: str | None = None) -> int:
    """Write the tidy table, a row per trial and number, with units; return the number of rows."""
    table = history.table(athlete=athlete).sort_values(["utc_s", "trial", "key"])
    table["unit"] = [unit_of(*each) for each in zip(table["exercise"], table["key"], strict=True)]
    write_whole(out, table.to_csv(index=False, lineterminator="\n"), private=True)
    return len(table)


def write_zip(
    history: History, out: Path, athlete: str | None = None, progress: Progress = silent
) -> int:
    """Write recordings, sidecars, scores and profiles into a zip; return the number of files."""
    entries = history.entries(athlete=athlete)
    folders = dict.fromkeys(history.path(entry).parent for entry in entries)
    stems = {(history.path(entry).parent, entry.stem) for entry in entries}
    files = [
        path
        for folder in folders
        for path in sorted(folder.iterdir())
        if path.name == "session.json" or (folder, path.name.split(".")[0]) in stems
    ]
    names = dict.fromkeys(entry.facts.athlete for entry in entries)
    files += [path for name in names if (path := athlete_path(history.home, name)).exists()]
    with (
        whole_file(out, private=True) as raw,
        zipfile.ZipFile(raw, "w", zipfile.ZIP_DEFLATED, strict_timestamps=False) as packed,
    ):
        for done, path in enumerate(files, 1):
            packed.write(path, path.relative_to(history.home))
            progress(done, len(files))
    return len(files)
