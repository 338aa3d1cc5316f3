"""`imu-ankle list, show, edit, fix-side, note, delete, rescore, index`."""

from __future__ import annotations

import sys
from dataclasses import asdict
from typing import TYPE_CHECKING

import typer
from rich.console import Console
from rich.table import Table

from imu_ankle.analysis.exercises import get_exercise
from imu_ankle.cli.show import print_json, shown
from imu_ankle.cli.working import bar, opened
from imu_ankle.core.errors import UsageError
from imu_ankle.core.result import SCHEMA
from imu_ankle.history import edits
from imu_ankle.history.rescore import Moved, rescore
from imu_ankle.history.store import History
from imu_ankle.io.home import check_name

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from imu_ankle.history.index import Entry


def run_edit(which: str, changes: Mapping[str, object]) -> int:
    """Change what sidecars say."""
    if not changes:
        raise UsageError("nothing_to_do", "what is to change? See imu-ankle edit --help")
    if "exercise" in changes:
        get_exercise(str(changes["exercise"]))
    if "athlete" in changes:
        check_name(str(changes["athlete"]))
    with opened() as history:
        entries = edits.find(history, which)
        edits.edit(history, entries, changes)
        _print_changed(history, entries)
        now = [key if value is True else f"{key} {value}" for key, value in changes.items()]
        print(f"now: {', '.join(now)}")
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
            print(f"{entry.stem}: {facts.exercise}, {facts.side}, {facts.started_at}")


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
        if not yes and sys.stdin.isatty():  # a script isn't asked: nothing is lost yet
            typer.confirm(f"delete {what}?", abort=True)
        place = edits.delete(history, entries)
        print(f"{what} are in {shown(place)} for 30 days; imu-ankle delete --undo puts them back")
    return 0


def _forget(history: History, athlete: str, *, yes: bool) -> int:
    edits.require_athlete(history, athlete)
    if not yes:
        if not sys.stdin.isatty():
            raise UsageError("sure", f"this deletes everything of {athlete} for good; add --yes")
        typer.confirm(f"delete everything of {athlete} for good?", abort=True)
    for gone in edits.forget_athlete(history, athlete):
        print(f"gone: {gone}")
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
        changes = (f"{x:+.3g}" for x in (each.median_change, each.largest_change))
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
