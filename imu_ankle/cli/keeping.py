"""`imu-ankle list, show, edit, fix-side, note, delete, export, rescore, index`."""

from __future__ import annotations

import sys
from dataclasses import asdict
from typing import TYPE_CHECKING

import typer
from rich.console import Console
from rich.table import Table

from imu_ankle.analysis import known_exercise
from imu_ankle.cli.show import print_json, shown
from imu_ankle.cli.working import bar, opened, whose
from imu_ankle.errors import HistoryError, UsageError
from imu_ankle.exercises import EXERCISES
from imu_ankle.files.csvfile import sidecar_of
from imu_ankle.files.sidecar import dump_sidecar
from imu_ankle.history import edits
from imu_ankle.history.athletes import check_name
from imu_ankle.history.export import write_csv, write_zip
from imu_ankle.history.rescore import Moved, rescore
from imu_ankle.history.store import History
from imu_ankle.result import SCHEMA
from imu_ankle.wording import number

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from imu_ankle.history.index import Entry


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
        known_exercise(exercise)
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
        notes = " / ".join(entry.notes for entry in entries if entry.notes)
        simulated = "SIMULATED: " if any(entry.facts.simulated for entry in entries) else ""
        what = simulated + _summary(entries)
        told = "" if trials else notes
        table.add_row(name, what, number(pain, 0) if pain is not None else "", told)
        for entry in entries if trials else ():
            exercise = EXERCISES.get(entry.facts.exercise)
            words = [exercise.title if exercise else "unknown", entry.facts.side, _how(entry)]
            what = f"{', '.join(word for word in words if word)}: {_outcome(entry)}"
            table.add_row(f"  {_stem(entry)[:17]}", what, number(entry.pain, 0), entry.notes or "")
    Console(highlight=False).print(table)


def _summary(entries: Sequence[Entry]) -> str:
    counts: dict[str, int] = {}
    for entry in entries:
        exercise = EXERCISES.get(entry.facts.exercise)
        title = exercise.title if exercise else "unknown"
        counts[title] = counts.get(title, 0) + 1
    return ", ".join(f"{title} {n}" for title, n in counts.items())


def _how(entry: Entry) -> str:
    facts = entry.facts
    words = [f"eyes {facts.eyes}" if facts.eyes == "closed" else "", facts.surface]
    return ", ".join(word for word in words if word not in {"", "floor"})


def _stem(entry: Entry) -> str:
    return entry.facts.trial.rsplit("/", 1)[-1].removesuffix(".csv")


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


def run_show(which: str, *, as_json: bool) -> int:
    """Show one session, or one trial in full."""
    with opened() as history:
        entries = edits.find(history, which)
        objects = []
        for entry in entries:
            try:
                result = history.result(entry)
            except HistoryError:
                result = None
            sidecar = dump_sidecar(sidecar_of(history.path(entry)))
            objects.append({"trial": entry.facts.trial, "sidecar": sidecar, "result": result})
        if as_json:
            print_json({"schema": SCHEMA, "trials": objects})
            return 0
        _print_sessions({entries[0].facts.session: entries}, trials=True)
        if len(entries) == 1:
            from imu_ankle.analysis import examine
            from imu_ankle.cli.analyze import print_analysis
            from imu_ankle.files.csvfile import read_recording

            print_analysis(examine(read_recording(history.path(entries[0]))))
    return 0


def run_edit(which: str, changes: Mapping[str, object]) -> int:
    """Change what sidecars say."""
    if not changes:
        raise UsageError("nothing_to_do", "what is to change? See imu-ankle edit --help")
    if "exercise" in changes:
        known_exercise(str(changes["exercise"]))
    if "athlete" in changes:
        check_name(str(changes["athlete"]))
    with opened() as history:
        entries = edits.find(history, which)
        edits.edit(history, entries, changes)
        _print_changed(history, entries)
    return 0


def run_fix_side(which: str, side: str | None) -> int:
    """Swap the side, or set it."""
    with opened() as history:
        entries = edits.find(history, which)
        edits.fix_side(history, entries, side)
        _print_changed(history, entries)
        print("File names keep the side that was said first; the sidecar is what counts.")
    return 0


def run_note(which: str, text: str) -> int:
    """Add a note."""
    with opened() as history:
        entries = edits.find(history, which)
        edits.note(history, entries, text)
        _print_changed(history, entries[:1])
    return 0


def _print_changed(history: History, entries: Sequence[Entry]) -> None:
    names = {entry.facts.trial for entry in entries}
    for entry in history.entries():
        if entry.facts.trial in names:
            facts = entry.facts
            print(f"{_stem(entry)}: {facts.exercise}, {facts.side}, {facts.started_at}")


def run_delete(which: str | None, *, undo: bool, athlete: str | None, yes: bool) -> int:
    """Throw away, put back, or forget an athlete."""
    if sum((which is not None, undo, athlete is not None)) != 1:
        raise UsageError("which", "name what to delete, or --undo, or --athlete: one of them")
    with opened() as history:
        if undo:
            back = edits.undo_delete(history)
            print(f"{len(back)} files are back in {shown(back[0].parent)}")
            return 0
        if athlete is not None:
            return _forget(history, athlete, yes=yes)
        entries = edits.find(history, str(which))
        what = f"{len(entries)} trials of {entries[0].facts.session}"
        if not yes and sys.stdin.isatty():
            typer.confirm(f"delete {what}?", abort=True)
        place = edits.delete(history, entries)
        print(f"{what} are in {shown(place)} for 30 days; imu-ankle delete --undo puts them back")
    return 0


def _forget(history: History, athlete: str, *, yes: bool) -> int:
    whose(history, check_name(athlete))
    if not yes:
        if not sys.stdin.isatty():
            raise UsageError("sure", f"this deletes everything of {athlete} for good; add --yes")
        typer.confirm(f"delete everything of {athlete} for good?", abort=True)
    for gone in edits.forget_athlete(history, athlete):
        print(f"gone: {gone}")
    return 0


def run_export(out: Path, athlete: str | None) -> int:
    """Write everything as a zip, or all numbers as a table."""
    if out.suffix.lower() not in {".zip", ".csv"}:
        raise UsageError("bad_out", f"--out must end in .zip or .csv; found {out.name!r}")
    with opened() as history:
        if athlete is not None or not history.athletes():
            whose(history, athlete)
        if out.suffix.lower() == ".csv":
            rows = write_csv(history, out, athlete)
            print(f"{rows} rows: {shown(out.resolve())}")
            return 0
        with bar("packing") as tell:
            files = write_zip(history, out, athlete, tell)
        print(f"{files} files: {shown(out.resolve())}")
    return 0


def run_rescore(which: str | None, *, dry_run: bool, as_json: bool) -> int:
    """Score anew, and say what moved."""
    with opened() as history:
        entries = history.entries() if which is None else edits.find(history, which)
        with bar("scoring anew") as tell:
            compared = rescore(history, entries, keep=not dry_run, progress=tell)
    if as_json:
        numbers = [asdict(each) for each in compared]
        print_json({"schema": SCHEMA, "kept": not dry_run, "numbers": numbers})
        return 0
    print(
        f"{len(entries)} trials were scored anew" + (" (dry run, nothing kept)" if dry_run else "")
    )
    _print_moved([each for each in compared if each.moved or each.appeared or each.vanished])
    return 0


def _print_moved(moved: Sequence[Moved]) -> None:
    if not moved:
        print("No number moved.")
        return
    table = Table(box=None, pad_edge=False)
    head = ("exercise", "number", "trials", "moved", "new", "gone", "median change", "largest")
    for name in head:
        table.add_column(name, justify="left" if name in {"exercise", "number"} else "right")
    for each in moved:
        spec = EXERCISES[each.exercise].spec(each.key)
        changes = (f"{x:+.{spec.decimals}g}" for x in (each.median_change, each.largest_change))
        counts = (each.trials, each.moved, each.appeared, each.vanished)
        table.add_row(each.exercise, each.key, *map(str, counts), *changes)
    Console(highlight=False).print(table)


def run_index(action: str) -> int:
    """Rebuild the index."""
    if action != "rebuild":
        raise UsageError("unknown_action", f"{action!r} is unknown; there is: index rebuild")
    with bar("reading") as tell:
        history = History(progress=tell, refresh=False)
        done = history.rebuild()
    for report in done.reports:
        print(f"imu-ankle: {report}", file=sys.stderr)
    scored = f", {done.scored} of them scored anew" if done.scored else ""
    print(f"{done.trials} trials{scored}: {shown(history.index_path)}")
    history.close()
    return 0
