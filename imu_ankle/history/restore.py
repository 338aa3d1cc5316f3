"""What is done about files that can't be read: set aside under another name, and made anew."""

from __future__ import annotations

import re
from datetime import datetime
from typing import TYPE_CHECKING

from imu_ankle.analysis.exercises import EXERCISES
from imu_ankle.core.errors import SidecarError
from imu_ankle.core.options import Side
from imu_ankle.core.recording import Sidecar
from imu_ankle.io.fields import FieldError, read_file
from imu_ankle.io.home import SESSION_FILE
from imu_ankle.io.sidecar import parse_sidecar, write_sidecar
from imu_ankle.io.text import parse_json, write_whole

if TYPE_CHECKING:
    from datetime import tzinfo
    from pathlib import Path

# as sessions.place_trial names them
_NAME = re.compile(
    r"(?P<start>\d{4}-\d\d-\d\dT\d{6})_(?P<athlete>[A-Za-z0-9-]+)_(?P<exercise>[a-z-]+)"
    r"_(?P<side>left|right)_t\d+"
)


def set_aside(path: Path) -> Path:
    """Move a broken file out of the way, next to where it was; return its new name."""
    for number in range(1, 10_000):
        aside = path.with_name(f"{path.name}.broken{number}")
        if not aside.exists():
            path.replace(aside)
            return aside
    raise FileExistsError(path)


def restore_sidecar(csv: Path, last_sound: str | None) -> tuple[Sidecar, str] | None:
    """Write the sidecar of the trial at `csv` anew; return it and what it was made of.

    `last_sound` is the text that the index has; else the file's name says the most necessary. None if
    neither says anything.
    """
    made = _from_text(last_sound) or _from_name(csv)
    if made is None:
        return None
    write_whole(csv.with_suffix(".json"), write_sidecar(made[0]), private=True)
    return made


def _from_text(text: str | None) -> tuple[Sidecar, str] | None:
    if not text:
        return None
    try:
        return parse_sidecar(parse_json(text)), "its last sound version"
    except (SidecarError, ValueError):
        return None


def _from_name(csv: Path) -> tuple[Sidecar, str] | None:
    said = _NAME.fullmatch(csv.stem)
    if said is None or said["exercise"] not in EXERCISES:
        return None
    exercise = EXERCISES[said["exercise"]]
    try:
        started = datetime.strptime(said["start"], "%Y-%m-%dT%H%M%S")  # noqa: DTZ007 - zone follows
    except ValueError:
        return None
    zone = _zone_of(csv.parent)
    if zone is not None:
        started = started.replace(tzinfo=zone)
    made = Sidecar(
        exercise=exercise.slug,
        side=Side(said["side"]),
        placement=exercise.placement,
        started_at=started.isoformat(),
        extra={"athlete": said["athlete"], "restored_from": "the file's name"},
    )
    return made, "its file name: eyes, surface, shoe, pain and notes are lost"


def _zone_of(folder: Path) -> tzinfo | None:
    try:
        started_at = read_file(folder / "session.json", SESSION_FILE).started_at
    except (OSError, FieldError):
        return None
    return None if started_at is None else datetime.fromisoformat(started_at).tzinfo
