"""Where recordings go: one folder a session in the data home, names that sort and tell."""

from __future__ import annotations

import contextlib
import errno
import json
import os
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from imu_ankle.core.assemble import ENDED
from imu_ankle.core.errors import SidecarError
from imu_ankle.core.recording import SAME_SESSION_S
from imu_ankle.core.version import VERSION
from imu_ankle.io.fields import FieldError, read_file
from imu_ankle.io.home import SESSION_FILE, DataHome, check_name, data_home
from imu_ankle.io.recorder import finish
from imu_ankle.io.sidecar import read_sidecar
from imu_ankle.io.text import write_whole

if TYPE_CHECKING:
    from pathlib import Path

SAME_SESSION = timedelta(seconds=SAME_SESSION_S)


@dataclass(frozen=True, slots=True)
class TrialPlace:
    """Where a trial goes."""

    folder: Path
    stem: str

    @property
    def csv(self) -> Path:
        """The trial's CSV."""
        return self.folder / f"{self.stem}.csv"


def place_trial(
    athlete: str, exercise: str, side: str, now: datetime, *, home: Path | None = None
) -> TrialPlace:
    """Name the next trial of an athlete, in the running session or a new one.

    `now` is local time. Folders are made readable by their owner alone.
    """
    check_name(athlete)
    places = DataHome(home or data_home())
    folder = _running(places.sessions, athlete, now)
    if folder is None:
        folder = places.session(f"{now:%Y-%m-%d_%H%M}_{athlete}")
        for each in (places.root, folder.parent, folder):
            each.mkdir(parents=True, exist_ok=True, mode=0o700)
        about = {
            "schema": 1,
            "athlete": athlete,
            "started_at": now.isoformat(timespec="seconds"),
            "software": f"imu_ankle {VERSION}",
        }
        write_whole(folder / "session.json", json.dumps(about, indent=1) + "\n", private=True)
    taken = len(list(folder.glob(f"*_{athlete}_{exercise}_{side}_t*.csv")))
    stem = f"{now:%Y-%m-%dT%H%M%S}_{athlete}_{exercise}_{side}_t{taken + 1:02d}"
    place = TrialPlace(folder, stem)
    while place.csv.exists():  # a listing misses files while others are renamed
        place = TrialPlace(folder, next_path(place.csv).stem)
    return place


def next_path(csv: Path) -> Path:
    """Return the trial's path with the next number, for one that somebody else has taken.

    Raises
    ------
    FileExistsError
        If its name has no number.
    """
    stem, mark, number = csv.stem.rpartition("_t")
    if not mark or not number.isdecimal():
        raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST), str(csv))
    return csv.with_stem(f"{stem}_t{int(number) + 1:02d}")


def _running(sessions: Path, athlete: str, now: datetime) -> Path | None:
    """Return the session that a trial begun now belongs to: one of its own began within two hours.

    Instants are compared, not what clocks showed: nights in which they are set make no difference.
    Trials may also be taken in out of order, so what began soon after counts too.
    """
    nearest: tuple[timedelta, Path] | None = None
    for days in (-1, 0, 1):
        for folder in sessions.glob(f"{now + timedelta(days=days):%Y-%m-%d}_????_{athlete}"):
            trials = folder.glob("????-??-??T??????_*_t??.json")
            starts = [_session_start(folder), *(_trial_start(path) for path in trials)]
            apart = min((abs(now - each) for each in starts if each), default=SAME_SESSION)
            if apart < SAME_SESSION and (nearest is None or (apart, folder) < nearest):
                nearest = apart, folder
    return nearest[1] if nearest else None


def _session_start(folder: Path) -> datetime | None:
    with contextlib.suppress(OSError, FieldError):
        return _instant(read_file(folder / "session.json", SESSION_FILE).started_at)
    return None


def _trial_start(path: Path) -> datetime | None:
    with contextlib.suppress(SidecarError):
        return _instant(read_sidecar(path).started_at)
    return None


def _instant(said: str | None) -> datetime | None:
    """Return a start with its zone; one that doesn't say its zone is this machine's."""
    if said is None:
        return None
    start = datetime.fromisoformat(said)
    try:
        return start if start.tzinfo else start.astimezone()
    except (OverflowError, ValueError, OSError):  # before the first year, or before 1970 on Windows
        return None


def find_open(folder: Path) -> tuple[list[Path], list[str]]:
    """Find the recordings below `folder` that nobody closed, and say which sidecars can't be read."""
    found, broken = [], []
    for path in sorted(folder.rglob("*.csv")):
        sidecar_path = path.with_suffix(".json")
        if not sidecar_path.exists():
            continue
        try:
            extra = read_sidecar(sidecar_path).extra
        except SidecarError as error:
            broken.append(f"{sidecar_path}: {error}")
            continue
        if ENDED in extra and extra[ENDED] is None:
            found.append(path)
    return found, broken


def complete(path: Path) -> None:
    """Complete a recording whose program ended before it closed it."""
    sidecar = read_sidecar(path.with_suffix(".json"))
    finish(path, sidecar, "the program ended before it closed the recording", in_order=False)
    path.with_suffix(".ballast").unlink(missing_ok=True)
