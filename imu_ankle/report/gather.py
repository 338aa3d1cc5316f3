"""From the history to the report of one of its sessions."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from imu_ankle.core.errors import HistoryError
from imu_ankle.history.edits import can_have_been, find, last_session
from imu_ankle.report.content import Audience, SessionFacts, compose

if TYPE_CHECKING:
    from imu_ankle.history.index import Entry
    from imu_ankle.history.store import History
    from imu_ankle.report.document import Document


def session_of(history: History, which: str, athlete: str | None = None) -> SessionFacts:
    """Return one session: "last" (of the athlete), or what the beginning of its name says.

    Raises
    ------
    HistoryError
        If there is no such session, or not of this athlete.
    """
    entries = history.entries(athlete=athlete)
    if not entries:
        raise history.nothing()
    last = which == "last"
    name = last_session(entries) if last else find(history, which)[0].facts.session
    mine = [entry for entry in entries if entry.facts.session == name]
    if not mine:
        raise HistoryError("which", f"{name} is not a session of {athlete}")
    return SessionFacts(name=name, entries=mine, results=[_result(history, each) for each in mine])


def _result(history: History, entry: Entry) -> dict[str, Any] | None:
    try:
        return history.result(entry)
    except HistoryError:
        return None


def report_of(history: History, session: SessionFacts, audience: Audience) -> Document:
    """Return the report of a session, with everything as it was at its end."""
    ends = [entry.facts.utc_s for entry in session.entries if can_have_been(entry)]
    end_s = max((end for end in ends if end is not None), default=None)
    progress = history.progress(
        session.entries[0].facts.athlete,
        until_s=end_s,
        now=None if end_s is None else _local(session, end_s),
    )
    return compose(session, progress, audience)


def _local(session: SessionFacts, end_s: float) -> datetime:
    """Return the end of the session as the wearer's clock had it."""
    starts = [entry.facts.started_at for entry in session.entries if can_have_been(entry)]
    zone = datetime.fromisoformat(str(starts[-1])).tzinfo
    end = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(seconds=end_s)  # before 1970 on Windows too
    return end.astimezone(zone or UTC)
