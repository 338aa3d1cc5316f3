"""`imu-ankle report`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from imu_ankle.cli.show import open_file, print_json, shown
from imu_ankle.cli.working import opened, whose
from imu_ankle.core.options import parse_enum
from imu_ankle.core.result import SCHEMA
from imu_ankle.io.text import write_whole
from imu_ankle.report.content import Audience
from imu_ankle.report.gather import report_of, session_of

if TYPE_CHECKING:
    from pathlib import Path


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


def run_report(options: ReportWishes) -> int:
    """Compose the report and write it."""
    audience = parse_enum(Audience, options.audience, "for")
    with opened() as history:
        name = whose(history, options.athlete) if options.session == "last" else options.athlete
        session = session_of(history, options.session, name)
        document = report_of(history, session, audience)
    paths = []
    stem = f"report_{session.name}_{audience}"
    if options.html:
        from imu_ankle.report.html import to_html

        paths.append(options.out / f"{stem}.html")
        write_whole(paths[-1], to_html(document), private=True)
    if options.pdf:
        from imu_ankle.report.pdf import to_pdf

        paths.append(options.out / f"{stem}.pdf")
        write_whole(paths[-1], to_pdf(document), private=True)
    if options.as_json:
        print_json(
            {"schema": SCHEMA, "session": session.name, "files": [str(path) for path in paths]}
        )
    else:
        for path in paths:
            print(f"report: {shown(path.resolve())}")
    if options.show:
        open_file(paths[0])
    return 0
