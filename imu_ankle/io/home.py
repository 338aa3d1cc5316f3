"""The data home: every place in it, and what there belongs to one athlete."""

from __future__ import annotations

import contextlib
import os
import re
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from platformdirs import user_data_path

from imu_ankle.core.errors import SidecarError, UsageError
from imu_ankle.io.fields import MOMENT, Extra, FieldError, read_file, record, text, whole
from imu_ankle.io.sidecar import read_sidecar
from imu_ankle.io.text import DEVICES

if TYPE_CHECKING:
    from collections.abc import Iterator

ATHLETE = re.compile(r"[A-Za-z0-9-]{1,40}")


def data_home() -> Path:
    """Return the folder named by ``IMU_ANKLE_HOME``, else the platform's user data folder."""
    named = os.environ.get("IMU_ANKLE_HOME")
    return Path(named) if named else user_data_path("imu_ankle", appauthor=False)


def check_name(athlete: str) -> str:
    """Return an athlete's name that is safe in file names, or say what is allowed."""
    if not ATHLETE.fullmatch(athlete):
        raise UsageError(
            "bad_athlete",
            f"an athlete's name has up to 40 letters, digits and dashes; found {athlete[:50]!r}",
        )
    if athlete.upper() in DEVICES:
        raise UsageError("bad_athlete", f"{athlete!r} names a device on Windows; take another name")
    return athlete


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionFile:
    """What ``session.json`` says of the recordings beside it."""

    athlete: str | None = None
    started_at: str | None = None
    software: str | None = None
    schema: int = 1


SESSION_FILE = record(
    SessionFile,
    {"schema": whole(1, 1), "athlete": text(), "started_at": MOMENT, "software": text()},
    extra=Extra.IGNORED,
)


@dataclass(frozen=True, slots=True)
class DataHome:
    """Where everything in a data home is. Whoever needs a path asks it.

    Attributes
    ----------
    root : the folder.
    """

    root: Path

    @property
    def sessions(self) -> Path:
        """A folder for each session, its recordings inside."""
        return self.root / "sessions"

    @property
    def alignments(self) -> Path:
        """Recordings that are deleted once they have told how the clip sits."""
        return self.root / "alignments"

    @property
    def trash(self) -> Path:
        """What was deleted, for 30 days."""
        return self.root / "trash"

    @property
    def profiles(self) -> Path:
        """A profile for each athlete."""
        return self.root / "athletes"

    @property
    def calibrations(self) -> Path:
        """A calibration for each sensor."""
        return self.root / "calibrations"

    @property
    def plan(self) -> Path:
        """The training plan."""
        return self.root / "plan.toml"

    @property
    def index(self) -> Path:
        """The index of the history."""
        return self.root / "index.sqlite"

    @property
    def index_files(self) -> tuple[Path, ...]:
        """The index, and what SQLite keeps beside it."""
        return tuple(
            self.index.with_name(f"{self.index.name}{end}") for end in ("", "-wal", "-shm")
        )

    @property
    def lock(self) -> Path:
        """Held while sidecars, profiles and the trash are changed."""
        return self.root / ".lock"

    def session(self, name: str) -> Path:
        """Return the folder of a session."""
        return self.sessions / name

    def profile(self, athlete: str) -> Path:
        """Return where an athlete's profile is kept."""
        return self.profiles / f"{check_name(athlete)}.json"

    def unfinished(self, athlete: str) -> Path:
        """Return where it is kept how far an athlete's guided session has come."""
        return self.root / f"session_{check_name(athlete)}.json"

    def files_of(self, athlete: str) -> list[Path]:
        """Return every file that belongs to an athlete, wherever it lies, trash included."""
        own = [self.profile(athlete), self.unfinished(athlete)]
        found = [path for path in own if path.exists()]
        for folder in self.folders():
            found += _files_of(folder, athlete)
        return found

    def athletes(self) -> set[str]:
        """Return everybody of whom there is a file."""
        names = {path.stem for path in self.profiles.glob("*.json")}
        names |= {path.stem.removeprefix("session_") for path in self.root.glob("session_*.json")}
        for folder in self.folders():
            names |= {name for csv in folder.glob("*.csv") if (name := owner_of(csv))}
            names |= {name for name in [owner_of_folder(folder)] if name and any(folder.iterdir())}
        return {name for name in names if ATHLETE.fullmatch(name)}

    def folders(self) -> Iterator[Path]:
        """Yield every folder that holds recordings."""
        if self.alignments.is_dir():
            yield self.alignments
        for place in (self.sessions, *sorted(self.trash.glob("*/sessions"))):
            if place.is_dir():
                inside = sorted(place.iterdir())
                yield from (each for each in inside if each.is_dir() and not each.is_symlink())


def owner_of(csv: Path) -> str | None:
    """Return whose a recording is: by its sidecar, else by its folder."""
    with contextlib.suppress(SidecarError):
        named = read_sidecar(csv.with_suffix(".json")).extra.get("athlete")
        if isinstance(named, str) and ATHLETE.fullmatch(named):
            return named
    return owner_of_folder(csv.parent)


def owner_of_folder(folder: Path) -> str | None:
    """Return whose a session is: by ``session.json``, else by its name; None if neither tells."""
    with contextlib.suppress(OSError, FieldError):
        named = read_file(folder / "session.json", SESSION_FILE).athlete
        if named is not None and ATHLETE.fullmatch(named):
            return named
    _, mark, last = folder.name.rpartition("_")
    return last if mark and ATHLETE.fullmatch(last) else None


def _files_of(folder: Path, athlete: str) -> list[Path]:
    """Return an athlete's files in a folder; all of it where the recordings are all the athlete's."""
    files = [path for path in sorted(folder.rglob("*")) if path.is_file()]
    owners = {csv.stem: owner_of(csv) for csv in folder.glob("*.csv")}
    if set(owners.values()) <= {athlete} and athlete in {*owners.values(), owner_of_folder(folder)}:
        return files
    stems = [stem for stem, owner in owners.items() if owner == athlete]
    return [path for path in files if any(path.name.startswith(f"{stem}.") for stem in stems)]
