"""`imu-ankle report`."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from imu_ankle.analysis import known_word
from imu_ankle.cli.show import open_file, print_json, shown
from imu_ankle.cli.working import opened, whose
from imu_ankle.errors import HistoryError
from imu_ankle.files.text import write_whole
from imu_ankle.history.edits import find
from imu_ankle.progressing import progress_of
from imu_ankle.report.content import Audience, SessionFacts, compose
from imu_ankle.result import SCHEMA

if TYPE_CHECKING:
    from pathlib import Path

    from imu_ankle.history.index import Entry
    from imu_ankle.history.store import History
    from imu_ankle.report.document import Document


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportWishes:
    """What `report` is asked for."""

    session: str
    html: bool
    pdf: bool
    audience: str
    athlete: str | None
    out: Path
    show: bool
    as_json: bool


def run_report(wishes: ReportWishes) -> int:
    """Compose the report and write it."""
    audience = known_word(Audience, wishes.audience, "for")
    with opened() as history:
        name = whose(history, wishes.athlete)
        session, document = report_of(history, name, wishes.session, audience)
    paths = []
    stem = f"report_{session}_{audience}"
    if wishes.html:
        from imu_ankle.report.html import to_html

        paths.append(wishes.out / f"{stem}.html")
        write_whole(paths[-1], to_html(document), private=True)
    if wishes.pdf:
        from imu_ankle.report.pdf import to_pdf

        paths.append(wishes.out / f"{stem}.pdf")
        write_whole(paths[-1], to_pdf(document), private=True)
    if wishes.as_json:
        print_json({"schema": SCHEMA, "session": session, "files": [str(path) for path in paths]})
    else:
        for path in paths:
            print(f"report: {shown(path.resolve())}")
    if wishes.show:
        open_file(paths[0])
    return 0


def report_of(
    history: History, athlete: str, which: str, audience: Audience
) -> tuple[str, Document]:
    """Return the session's name and its report, as things were at the end of that session."""
    entries = history.entries(athlete=athlete)
    session = (
        entries[-1].facts.session if which == "last" else find(history, which)[0].facts.session
    )
    mine = [entry for entry in entries if entry.facts.session == session]
    if not mine:
        raise HistoryError("which", f"{session} is not a session of {athlete}")
    end_s = max((e.facts.utc_s for e in mine if e.facts.utc_s is not None), default=None)
    now = datetime.now().astimezone() if end_s is None else _local(mine, end_s)
    table = history.table(athlete=athlete)
    if end_s is not None:
        table = table[table["utc_s"] <= end_s]
    before = [e.facts for e in entries if end_s is None or (e.facts.utc_s or 0.0) <= end_s]
    progress = progress_of(table, before, history.athlete(athlete), now=now)
    results: list[dict[str, Any] | None] = []
    for entry in mine:
        try:
            results.append(history.result(entry))
        except HistoryError:
            results.append(None)
    facts = SessionFacts(name=session, entries=mine, results=results)
    return session, compose(facts, progress, audience)


def _local(entries: list[Entry], end_s: float) -> datetime:
    """Return the end of the session as the wearer's clock had it."""
    zones = [
        datetime.fromisoformat(e.facts.started_at).tzinfo for e in entries if e.facts.started_at
    ]
    return datetime.fromtimestamp(end_s, zones[-1] if zones else UTC)
