"""How far a guided session has come: one small file in the data home, gone when it is finished."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from imu_ankle.history.sessions import check_name
from imu_ankle.io.text import read_json, write_whole

if TYPE_CHECKING:
    from pathlib import Path

_OLD = timedelta(hours=12)  # after so long nobody goes on


@dataclass(frozen=True, slots=True, kw_only=True)
class UnfinishedSession:
    """Sets of a session by the keys of the plan's steps: done (with their files), and skipped."""

    athlete: str
    began: str
    done: dict[str, str] = field(default_factory=dict)
    skipped: tuple[str, ...] = ()

    @property
    def settled(self) -> frozenset[str]:
        """Steps that need nothing more."""
        return frozenset({*self.done, *self.skipped})


def unfinished_path(home: Path, athlete: str) -> Path:
    """Return where it is kept."""
    return home / f"session_{check_name(athlete)}.json"


def read_unfinished(home: Path, athlete: str) -> UnfinishedSession | None:
    """Return the session that was broken off within the last half day; None if there is none.

    A file that can't be read is as good as none: it holds nothing that the recordings don't.
    """
    path = unfinished_path(home, athlete)
    try:
        content = read_json(path)
        began = datetime.fromisoformat(content["began"])
        known = UnfinishedSession(
            athlete=athlete,
            began=content["began"],
            done={str(key): str(file) for key, file in content["done"].items()},
            skipped=tuple(str(key) for key in content["skipped"]),
        )
        recent = datetime.now().astimezone() - began < _OLD
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return None
    return known if recent else None


def save_unfinished(home: Path, session: UnfinishedSession) -> None:
    """Keep how far it has come."""
    content = {"schema": 1, **asdict(session)}
    write_whole(
        unfinished_path(home, session.athlete), json.dumps(content, indent=1) + "\n", private=True
    )


def forget_unfinished(home: Path, athlete: str) -> None:
    """Forget it: the session is finished, or begun anew."""
    unfinished_path(home, athlete).unlink(missing_ok=True)
