"""From the files of a trial to its entry in the index."""

from __future__ import annotations

import contextlib
import os
import time
from typing import TYPE_CHECKING

from imu_ankle.history.index import Entry, Stamps
from imu_ankle.history.scores import score_path, stamp, stamp_of
from imu_ankle.io.home import ATHLETE, DataHome, owner_of_folder
from imu_ankle.io.sidecar import write_sidecar
from imu_ankle.progress.table import facts_of, numbers_of, unscored_facts

if TYPE_CHECKING:
    from pathlib import Path

    from imu_ankle.core.recording import Sidecar
    from imu_ankle.history.scores import CachedResult

_ABANDONED_S = 3600.0  # writing a file takes less
_NOBODY = "me"  # whose recordings those are that name nobody


def find_trials(home: Path) -> dict[str, Stamps]:
    """Return every trial below the data home, by its path there, with the stamps of its files.

    Links are not followed: they may lead out of the data home.
    """
    found: dict[str, Stamps] = {}
    with contextlib.suppress(FileNotFoundError):
        for folder in sorted(os.scandir(DataHome(home).sessions), key=lambda entry: entry.name):
            if not _is_text(folder.name) or not folder.is_dir(follow_symlinks=False):
                continue
            with contextlib.suppress(FileNotFoundError):  # deleted meanwhile
                inside = {
                    file.name: stamped
                    for file in os.scandir(folder.path)
                    if (stamped := _stamp(file))
                }
                for name in sorted(inside):
                    if name.endswith(".csv"):
                        stem = name.removesuffix(".csv")
                        found[f"sessions/{folder.name}/{name}"] = Stamps(
                            csv=inside[name],
                            sidecar=inside.get(f"{stem}.json", ""),
                            score=inside.get(f"{stem}.score.json", ""),
                        )
    return found


def sweep(home: Path) -> int:
    """Delete what programs left half written when they were killed; return how much that was."""
    swept = 0
    places = DataHome(home)
    for folder in (home, places.profiles, places.alignments, *places.sessions.glob("*")):
        for path in folder.glob(".*.*"):
            with contextlib.suppress(OSError):
                if time.time() - path.stat().st_mtime > _ABANDONED_S and path.is_file():
                    path.unlink()
                    swept += 1
    return swept


def _stamp(file: os.DirEntry[str]) -> str:
    """Return the stamp of a file; "" for what is none, or has a name that is no text."""
    try:
        if not _is_text(file.name) or not file.is_file(follow_symlinks=False):
            return ""
        return stamp_of(file.stat())
    except OSError:
        return ""


def _is_text(name: str) -> bool:
    """Whether a name can be written down: any bytes name a file where systems are old."""
    try:
        name.encode()
    except UnicodeEncodeError:
        return False
    return True


def entry_of(
    home: Path, name: str, sidecar: Sidecar, score: CachedResult, stamps: tuple[str, str]
) -> Entry:
    """Return the index entry of the trial at `name` below the data home.

    `stamps` are those of CSV and sidecar from before they were read.
    """
    csv = home / name
    athlete = _named(sidecar.extra.get("athlete")) or owner_of_folder(csv.parent) or _NOBODY
    session = csv.parent.name
    result = score.result
    if result is None:
        facts = unscored_facts(
            sidecar, trial=name, session=session, athlete=str(athlete), metric_set=score.metric_set
        )
    else:
        facts = facts_of(sidecar, result, trial=name, session=session, athlete=str(athlete))
    return Entry(
        facts=facts,
        reps=result["reps"] if result else None,
        score=result["score"] if result else None,
        reasons=" ".join(result["quality"]["reasons"]) if result else "",
        pain=sidecar.pain,
        notes=sidecar.notes or None,
        error=score.error,
        sidecar=write_sidecar(sidecar),
        stamps=Stamps(csv=stamps[0], sidecar=stamps[1], score=stamp(score_path(csv))),
        numbers=tuple(numbers_of(result)) if result else (),
    )


def _named(name: object) -> str | None:
    """Return a name of an athlete if it is one."""
    return name if isinstance(name, str) and ATHLETE.fullmatch(name) else None
