"""How far a guided session has come: one small file in the data home, gone when it is finished."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from imu_ankle.io.fields import MOMENT, Extra, FieldError, listing, mapping, read_file, record, text
from imu_ankle.io.home import DataHome
from imu_ankle.io.text import write_whole

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


UNFINISHED = record(
    UnfinishedSession,
    {
        "athlete": text(),
        "began": MOMENT,
        "done": mapping(text()),
        "skipped": listing(text()),
    },
    needed=("athlete", "began"),
    extra=Extra.IGNORED,
)


def read_unfinished(home: Path, athlete: str) -> UnfinishedSession | None:
    """Return the session that was broken off within the last half day; None if there is none.

    A file that can't be read is as good as none: it holds nothing that the recordings don't.
    """
    try:
        known = read_file(DataHome(home).unfinished(athlete), UNFINISHED)
    except (OSError, FieldError):
        return None
    began = datetime.fromisoformat(known.began)
    if began.tzinfo is None:
        return None
    return known if datetime.now().astimezone() - began < _OLD else None


def save_unfinished(home: Path, session: UnfinishedSession) -> None:
    """Keep how far it has come."""
    content = {"schema": 1, **asdict(session)}
    write_whole(
        DataHome(home).unfinished(session.athlete),
        json.dumps(content, indent=1) + "\n",
        private=True,
    )


def forget_unfinished(home: Path, athlete: str) -> None:
    """Forget it: the session is finished, or begun anew."""
    DataHome(home).unfinished(athlete).unlink(missing_ok=True)
