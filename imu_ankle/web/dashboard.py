"""The dashboard: what is recorded, what changed, one session, one trial. Made from the history.

Handlers are plain functions: the server runs each in a thread, with a history of its own.
"""

from __future__ import annotations

from datetime import date, datetime
from typing import TYPE_CHECKING
from urllib.parse import parse_qs, urlencode

import numpy as np
from starlette.concurrency import run_in_threadpool
from starlette.requests import ClientDisconnect
from starlette.responses import HTMLResponse, JSONResponse, RedirectResponse, Response
from starlette.routing import Route

from imu_ankle.analysis.exercises import EXERCISES
from imu_ankle.analysis.pipeline import run_analysis
from imu_ankle.bluetooth.link import scan
from imu_ankle.core.errors import HistoryError, ImuAnkleError, UsageError
from imu_ankle.core.options import parse_enum
from imu_ankle.history.athletes import save_athlete
from imu_ankle.history.edits import find
from imu_ankle.history.store import History
from imu_ankle.io.csvfile import read_recording
from imu_ankle.progress.athlete import LifeEvent, Occasion, with_event
from imu_ankle.progress.records import trend_record
from imu_ankle.report.content import Audience
from imu_ankle.report.gather import report_of, session_of
from imu_ankle.report.html import to_html
from imu_ankle.report.plots.pictures import draw
from imu_ankle.report.plots.style import svg_text
from imu_ankle.session.loop import sensor_loop
from imu_ankle.text import progress as progress_text
from imu_ankle.text.results import fact_rows, headline, number, reason_lines
from imu_ankle.web.pages import page

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from starlette.requests import Request

    from imu_ankle.analysis.pipeline import AnalysisRun
    from imu_ankle.core.recording import Recording
    from imu_ankle.history.index import Entry

_SCAN_S = 4.0
_TEXT = 200  # letters of an event
# a picture or report is a document of its own, with styles inside
_INLINE = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; font-src data:; frame-ancestors 'self'"


class Dashboard:
    """Routes of everything but the live part."""

    def __init__(self, home: Path) -> None:
        self._home = home

    def routes(self) -> list[Route]:
        """Return the routes."""
        return [
            Route("/", self.live),
            Route("/history", _told(self.history)),
            Route("/trends", _told(self.trends)),
            Route("/session/{name}", _told(self.session)),
            Route("/session/{name}/report", _told(self.report)),
            Route("/trial/{stem}", _told(self.trial)),
            Route("/trial/{stem}/rows", _told(self.rows)),
            Route("/picture/{athlete}/{name}.svg", _told(self.picture)),
            Route("/trends.json", _told(self.trends_json)),
            Route("/sensors.json", self.sensors),
            Route("/events", self.events, methods=["POST"]),
        ]

    def live(self, request: Request) -> HTMLResponse:  # noqa: ARG002
        """Show the live page."""
        with History(self._home) as history:
            athletes = history.athletes()
            trials = [entry.facts.trial for entry in history.entries()][::-1]
        return page(
            "live", exercises=list(EXERCISES.values()), athletes=athletes, trials=trials[:200]
        )

    def history(self, request: Request) -> HTMLResponse:
        """List sessions, the weeks, and what happened."""
        with History(self._home) as history:
            athletes = history.athletes()
            name = _whose(request, athletes)
            athlete = history.athlete(name)
            sessions: dict[str, list[Entry]] = {}
            for entry in reversed(history.entries(athlete=name)):
                sessions.setdefault(entry.facts.session, []).append(entry)
            weeks = progress_text.week_lines(history.progress(name).adherence) if athletes else []
        return page(
            "history",
            athlete=name,
            athletes=athletes,
            sessions=[_session_row(n, entries) for n, entries in sessions.items()],
            weeks=weeks,
            events=athlete.events[::-1],
            occasions=list(Occasion),
            today=datetime.now().astimezone().date().isoformat(),
            refused=request.query_params.get("refused", ""),
        )

    def trends(self, request: Request) -> HTMLResponse:
        """Show what changed; the numbers come as JSON and can be zoomed."""
        with History(self._home) as history:
            athletes = history.athletes()
            name = _whose(request, athletes)
            progress = history.progress(name)
        rows = [
            (
                progress_text.name(t.series, t.spec),
                progress_text.condition(t.series),
                progress_text.verdict_with_change(t),
            )
            for t in progress.trends
        ]
        both = [
            (EXERCISES[p.first.exercise].title, progress_text.pair_name(p), progress_text.pair(p))
            for p in progress.pairs
        ]
        return page(
            "trends",
            athlete=name,
            athletes=athletes,
            rows=rows,
            pairs=both,
            simulated=progress.simulated,
            note=progress_text.SHORT,
        )

    def trends_json(self, request: Request) -> JSONResponse:
        """Return trends as `trends --json` has them, with the words beside the charts, and events."""
        with History(self._home) as history:
            progress = history.progress(_whose(request, history.athletes()))
        return JSONResponse(
            {
                "schema": 1,
                "athlete": progress.athlete.name,
                "trends": [
                    {
                        **trend_record(t),
                        "label": progress_text.name(t.series, t.spec),
                        "short": progress_text.short(t.spec),
                        "how": progress_text.condition(t.series),
                        "title": EXERCISES[t.series.exercise].title,
                        "said": progress_text.verdict_with_change(t),
                        "decimals": t.spec.decimals,
                    }
                    for t in progress.trends
                ],
                "events": [{"day": str(day), "text": text} for day, text in progress.occasions],
            }
        )

    def session(self, request: Request) -> HTMLResponse:
        """Show one session: its trials, and its report."""
        with History(self._home) as history:
            session = session_of(history, request.path_params["name"])
        return page(
            "session",
            name=session.name,
            athlete=session.entries[0].facts.athlete,
            trials=[_trial_row(entry) for entry in session.entries],
        )

    def report(self, request: Request) -> HTMLResponse:
        """Return the report of `imu-ankle report`."""
        audience = parse_enum(Audience, request.query_params.get("for", "athlete"), "for")
        with History(self._home) as history:
            session = session_of(history, request.path_params["name"])
            text = to_html(report_of(history, session, audience))
        return HTMLResponse(text, headers={"content-security-policy": _INLINE})

    def picture(self, request: Request) -> Response:
        """Return a picture of `imu-ankle trends`."""
        with History(self._home) as history:
            name = request.path_params["athlete"]
            if name not in history.athletes():
                raise HistoryError("no_athlete", f"no recording of {name!r}")
            progress = history.progress(name)
        text = svg_text(draw(progress, request.path_params["name"]).figure)
        headers = {"content-security-policy": _INLINE}
        return Response(text, media_type="image/svg+xml", headers=headers)

    def trial(self, request: Request) -> HTMLResponse:
        """Show one trial: traces with events on a cursor, numbers, replay."""
        entry, _, analysis = self._trial(request)
        result = analysis.result
        return page(
            "trial",
            entry=entry,
            title=analysis.exercise.title,
            headline=headline(analysis.result),
            message=analysis.message,
            facts=fact_rows(analysis.result),
            reasons=reason_lines(result),
            marks={
                "spans": [[span.start_s, span.end_s] for span in result.spans],
                "events": [[e.start_s, e.end_s, e.rejected or ""] for e in result.events],
                "counts": analysis.exercise.counts,
            },
            events=[
                (f"{e.start_s:.2f}", f"{e.end_s:.2f}", e.rejected or "counted", _values(e.values))
                for e in result.events
            ],
        )

    def rows(self, request: Request) -> Response:
        """Return float32 (rows, 7): time, acceleration and rate in the foot frame."""
        _, recording, analysis = self._trial(request)
        motion = analysis.motion
        if motion is None:
            table = np.column_stack([recording.time_s, recording.acc_mps2, recording.gyr_dps])
        else:
            time_s = motion.start_s + np.arange(len(motion)) / motion.rate_hz
            table = np.column_stack([time_s, motion.acc_mps2, motion.gyr_dps])
        return Response(table.astype("<f4").tobytes(), media_type="application/octet-stream")

    async def sensors(self, request: Request) -> JSONResponse:  # noqa: ARG002
        """List sensors in range."""
        try:
            found = await scan(sensor_loop().radio, _SCAN_S)
        except (ImuAnkleError, OSError) as error:
            return JSONResponse({"sensors": [], "problem": str(error)})
        sensors = [
            {"name": each.name, "address": each.address, "rssi_dbm": each.rssi_dbm}
            for each in found
            if each.sensor is not None
        ]
        return JSONResponse({"sensors": sensors, "problem": None})

    async def events(self, request: Request) -> RedirectResponse:
        """Add an event, and go back to the history."""
        try:
            body = await request.body()
        except ClientDisconnect:  # longer than the guard lets through
            return RedirectResponse("/history", status_code=303)
        fields = {k: v[0] for k, v in parse_qs(body.decode("utf-8", "replace")).items()}
        athlete = fields.get("athlete", "")

        def add() -> None:
            if missing := [name for name in ("day", "kind") if name not in fields]:
                raise UsageError("bad_event", f"{' and '.join(missing)} must be given")
            event = LifeEvent(
                day=date.fromisoformat(fields["day"]),
                kind=parse_enum(Occasion, fields["kind"], "event"),
                text="".join(c for c in fields.get("text", "") if c.isprintable())[:_TEXT],
                until=date.fromisoformat(fields["until"]) if fields.get("until") else None,
            )
            with History(self._home, refresh=False) as history, history.lock():
                if athlete not in history.athletes():
                    raise UsageError("no_athlete", f"no recording of {athlete!r}")
                save_athlete(history.home, with_event(history.athlete(athlete), event))

        try:
            await run_in_threadpool(add)
        except (ImuAnkleError, ValueError, KeyError) as error:
            query = {"athlete": athlete[:_TEXT], "refused": str(error)[:300]}
        else:
            query = {"athlete": athlete}
        return RedirectResponse(f"/history?{urlencode(query)}", status_code=303)

    def _trial(self, request: Request) -> tuple[Entry, Recording, AnalysisRun]:
        with History(self._home, refresh=False) as history:
            stem = request.path_params["stem"]
            entry = next((e for e in find(history, stem) if e.stem == stem), None)
            if entry is None:
                raise HistoryError("which", f"there is no trial {stem!r}")
            path = history.path(entry)
        recording = read_recording(path)
        return entry, recording, run_analysis(recording)


def _told(handler: Callable[[Request], Response]) -> Callable[[Request], Response]:
    """Return the handler whose typed errors become a page that tells them."""

    def told(request: Request) -> Response:
        try:
            return handler(request)
        except ImuAnkleError as error:
            status = 404 if isinstance(error, HistoryError) else 400
            return page("problem", status, problem=str(error))

    return told


def _whose(request: Request, athletes: list[str]) -> str:
    """Return the athlete that is asked for, or who recorded last."""
    wanted = request.query_params.get("athlete")
    if wanted and wanted in athletes:
        return wanted
    return athletes[-1] if athletes else "me"


def _session_row(name: str, entries: list[Entry]) -> dict[str, object]:
    first = entries[-1].facts
    titles = [EXERCISES[e.facts.exercise].title for e in entries if e.facts.exercise in EXERCISES]
    pain = max((e.pain for e in entries if e.pain is not None), default=None)
    return {
        "name": name,
        "day": (first.started_at or name)[:16].replace("T", " "),
        "trials": len(entries),
        "what": ", ".join(dict.fromkeys(reversed(titles))),
        "pain": "–" if pain is None else f"{pain:g}",
        "simulated": any(entry.facts.simulated for entry in entries),
    }


def _trial_row(entry: Entry) -> dict[str, object]:
    facts = entry.facts
    exercise = EXERCISES.get(facts.exercise)
    done = number(facts.done, 0 if exercise is None or exercise.counts else 1)
    return {
        "stem": entry.stem,
        "title": exercise.title if exercise else facts.exercise,
        "leg": facts.leg,
        "done": f"{done} {exercise.dose_unit if exercise else ''}",
        "score": "–" if entry.score is None else f"{entry.score:.0f}",
        "quality": facts.grade,
        "pain": "–" if entry.pain is None else f"{entry.pain:g}",
        "notes": entry.notes or "",
    }


def _values(values: object) -> str:
    told = []
    for key, value in dict(values).items():  # type: ignore[call-overload]
        if value is not None:
            text = f"{value:.3g}" if isinstance(value, float) else str(value)
            told.append(f"{key} {text}")
    return ", ".join(told)
