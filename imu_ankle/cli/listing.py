"""`imu-ankle list` and `show`."""

from __future__ import annotations

import sys
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from imu_ankle.analysis.exercises import EXERCISES, get_exercise
from imu_ankle.cli.show import print_json, require_picture, shown
from imu_ankle.cli.working import opened, whose
from imu_ankle.core.errors import HistoryError, UsageError
from imu_ankle.core.result import SCHEMA
from imu_ankle.history import edits
from imu_ankle.io.csvfile import sidecar_of
from imu_ankle.io.sidecar import dump_sidecar
from imu_ankle.text.results import number

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from imu_ankle.history.index import Entry
    from imu_ankle.history.store import History

_DRAWN = ("session", "fatigue")
_MOST_NOTES = 120  # characters


def run_list(
    athlete: str | None,
    exercise: str | None,
    most: int,
    *,
    trials: bool,
    trash: bool,
    as_json: bool,
) -> int:
    """List the last sessions."""
    if exercise is not None:
        get_exercise(exercise)
    with opened() as history:
        if trash:
            return _list_trash(history)
        entries = history.entries(athlete=athlete, exercise=exercise)
        if not entries:
            whose(history, athlete)
    sessions: dict[str, list[Entry]] = {}
    for entry in entries:
        sessions.setdefault(entry.facts.session, []).append(entry)
    last = dict(list(sessions.items())[-most:])
    if as_json:
        print_json({"schema": SCHEMA, "sessions": [_session(k, v) for k, v in last.items()]})
        return 0
    _print_sessions(last, trials=trials)
    if len(sessions) > most:
        print(f"{len(sessions) - most} earlier sessions; --most {len(sessions)} lists all")
    return 0


def _list_trash(history: History) -> int:
    thrown = edits.deleted(history)
    for place in thrown:
        print(shown(place))
    if not thrown:
        print("the trash is empty", file=sys.stderr)
    return 0


def _session(name: str, entries: Sequence[Entry]) -> dict[str, object]:
    return {"session": name, "trials": [_trial(entry) for entry in entries]}


def _trial(entry: Entry) -> dict[str, object]:
    content = asdict(entry)
    facts = content.pop("facts")
    for key in ("stamps", "numbers", "sidecar"):
        del content[key]
    return {**facts, **content}


def _print_sessions(sessions: Mapping[str, Sequence[Entry]], *, trials: bool) -> None:
    table = Table(box=None, pad_edge=False)
    for name in ("session", "what", "pain", "notes"):
        table.add_column(name, overflow="fold")
    for name, entries in sessions.items():
        pain = max((entry.pain for entry in entries if entry.pain is not None), default=None)
        notes = _short(" / ".join(entry.notes for entry in entries if entry.notes))
        simulated = "SIMULATED: " if any(entry.facts.simulated for entry in entries) else ""
        what = simulated + _summary(entries)
        told = "" if trials else notes
        table.add_row(name, what, number(pain, 0) if pain is not None else "", escape(told))
        for entry in entries if trials else ():
            exercise = EXERCISES.get(entry.facts.exercise)
            words = [exercise.title if exercise else "unknown", entry.facts.side, _how(entry)]
            what = f"{', '.join(word for word in words if word)}: {_outcome(entry)}"
            table.add_row(
                f"  {entry.stem[:17]}",
                escape(what),
                number(entry.pain, 0),
                escape(_short(entry.notes or "")),
            )
    Console(highlight=False).print(table)


def _summary(entries: Sequence[Entry]) -> str:
    counts: dict[str, int] = {}
    for entry in entries:
        exercise = EXERCISES.get(entry.facts.exercise)
        title = exercise.title if exercise else "unknown"
        counts[title] = counts.get(title, 0) + 1
    return ", ".join(f"{title} {n}" for title, n in counts.items())


def _short(notes: str) -> str:
    """Return the beginning of notes; `show --json` has all."""
    return notes if len(notes) <= _MOST_NOTES else f"{notes[:_MOST_NOTES]} ..."


def _how(entry: Entry) -> str:
    facts = entry.facts
    words = [f"eyes {facts.eyes}" if facts.eyes == "closed" else "", facts.surface]
    return ", ".join(word for word in words if word not in {"", "floor"})


def _outcome(entry: Entry) -> str:
    if entry.error is not None:
        return f"not analysed: {entry.error}"
    words = []
    if entry.reps is not None:
        words.append(f"{entry.reps} reps")
    if entry.score is not None:
        words.append(f"score {entry.score:.0f}")
    if entry.facts.grade != "ok":
        words.append(f"{entry.facts.grade} ({entry.reasons.replace(' ', ', ')})")
    return ", ".join(words)


def run_show(which: str, *, png: str | None, picture: str, as_json: bool) -> int:
    """Show one session, or one trial in full."""
    if picture not in _DRAWN:
        raise UsageError(
            "bad_picture", f"--picture is one of {', '.join(_DRAWN)}; found {picture!r}"
        )
    if png not in {None, "auto"}:
        require_picture(Path(str(png)))
    with opened() as history:
        entries = edits.find(history, which)
        if as_json:
            print_json({"schema": SCHEMA, "trials": [_whole(history, each) for each in entries]})
        else:
            _print_sessions({entries[0].facts.session: entries}, trials=True)
            if len(entries) == 1:
                from imu_ankle.analysis.pipeline import run_analysis
                from imu_ankle.cli.analyze import print_analysis
                from imu_ankle.io.csvfile import read_recording

                print_analysis(run_analysis(read_recording(history.path(entries[0]))))
        if png is not None:
            session = entries[0].facts.session
            path = Path(f"{picture}_{session}.png" if png == "auto" else png)
            _draw(history, session, picture, path)
            print(f"picture: {path}", file=sys.stderr)
    return 0


def _whole(history: History, entry: Entry) -> dict[str, object]:
    try:
        result = history.result(entry)
    except HistoryError:
        result = None
    sidecar = dump_sidecar(sidecar_of(history.path(entry)))
    return {"trial": entry.facts.trial, "error": entry.error, "sidecar": sidecar, "result": result}


def _draw(history: History, session: str, picture: str, path: Path) -> None:
    from imu_ankle.report.gather import session_of
    from imu_ankle.report.plots import pictures
    from imu_ankle.report.plots.style import save

    found = session_of(history, session)
    if picture == "fatigue":
        drawn = pictures.fatigue([result for _, result in found.pairs()])
    else:
        facts = [entry.facts for entry in found.entries]
        drawn = pictures.session(facts, history.progress(facts[0].athlete))
    save(drawn.figure, path, alt=drawn.alt)
