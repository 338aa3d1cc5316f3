"""What people change about their history: words, sides, dates; and what they throw away."""

from __future__ import annotations

import contextlib
import json
import shutil
from dataclasses import asdict, replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from imu_ankle.core.errors import HistoryError, SidecarError, UsageError
from imu_ankle.core.options import Side, nearest
from imu_ankle.history.scores import score_path
from imu_ankle.history.sessions import next_path
from imu_ankle.io.csvfile import sidecar_of
from imu_ankle.io.fields import FieldError, read_file
from imu_ankle.io.home import SESSION_FILE, DataHome, owner_of
from imu_ankle.io.sidecar import dump_sidecar, parse_sidecar, write_sidecar
from imu_ankle.io.text import write_whole

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

    from imu_ankle.history.index import Entry
    from imu_ankle.history.store import History

_KEPT = timedelta(days=30)  # what was thrown away; then it's really gone
_OF_CONDITION = {"eyes", "surface", "shoe"}


def find(history: History, target: str) -> list[Entry]:
    """Return the trials that `target` means.

    "last" is the last session; else the beginning of a session's or a trial's name, or a path.

    Raises
    ------
    HistoryError
        If nothing or more than one thing is meant.
    """
    entries = history.entries()
    if not entries:
        raise history.nothing()
    if target == "last":
        names = {last_session(entries)}
    else:
        word = target.rstrip("/").removesuffix(".csv").rsplit("/", 1)[-1]
        if not word:
            raise HistoryError("which", f"{target!r} names nothing; `imu-ankle list` shows names")
        trials = [e for e in entries if e.stem.startswith(word)]
        exact = [entry for entry in trials if entry.stem == word]
        names = {e.facts.session for e in entries if e.facts.session.startswith(word)}
        if exact or (len(trials) == 1 and not names):
            return exact or trials
        names = {word} & names or names or {entry.stem for entry in trials}
    if len(names) != 1:
        found = f"means {', '.join(sorted(names)[:5])}" if names else "is not in the history"
        raise HistoryError("which", f"{target!r} {found}; `imu-ankle list` shows what there is")
    return [entry for entry in entries if entry.facts.session in names]


def can_have_been(entry: Entry) -> bool:
    """Whether a trial is dated, and not in the future as a wrong clock has it."""
    tomorrow_s = (datetime.now(UTC) + timedelta(days=1)).timestamp()
    return entry.facts.utc_s is not None and entry.facts.utc_s <= tomorrow_s


def last_session(entries: Sequence[Entry]) -> str:
    """Return the name of the last session that can have been."""
    dated = [entry for entry in entries if can_have_been(entry)]
    return (dated or entries)[-1].facts.session


def edit(history: History, entries: Sequence[Entry], changes: Mapping[str, object]) -> None:
    """Change what sidecars say; what they said before stays in them, under "edits".

    Keys are those of the sidecar, of its condition, and "athlete". Samples are never touched; scores
    follow. "started_at" moves all trials by what the first one is moved. Who names the exercise is sure
    of it.

    Raises
    ------
    UsageError
        If a value can't be; nothing is changed then.
    """
    changes = {**changes, "sure": True} if "exercise" in changes else changes
    moved = _shift(entries, changes.get("started_at"))

    def new(said: Mapping[str, object]) -> Mapping[str, object]:
        if moved is None or said["started_at"] is None:
            return changes
        start = datetime.fromisoformat(str(said["started_at"])) + moved
        zone = datetime.fromisoformat(str(changes["started_at"])).tzinfo
        local = start.astimezone(zone) if zone and start.tzinfo else start
        return {**changes, "started_at": local.isoformat()}

    _rewrite(history, entries, new)


def fix_side(history: History, entries: Sequence[Entry], side: str | None) -> None:
    """Say that the sensor was on the other foot, or on `side`."""

    def new(said: Mapping[str, object]) -> Mapping[str, object]:
        if side is None and said["side"] is None:
            raise UsageError("missing_side", "no side was known yet; name it: left or right")
        return {"side": side or str(Side(str(said["side"])).other)}

    _rewrite(history, entries, new)


def note(history: History, entries: Sequence[Entry], text: str) -> None:
    """Add a line to the notes of the first of the trials."""

    def new(said: Mapping[str, object]) -> Mapping[str, object]:
        return {"notes": f"{said['notes']}\n{text}" if said["notes"] else text}

    _rewrite(history, entries[:1], new)


def _rewrite(
    history: History,
    entries: Sequence[Entry],
    new: Callable[[Mapping[str, object]], Mapping[str, object]],
) -> None:
    """Change sidecars by what each says now: read and written under one lock."""
    with history.lock():
        made = []
        for entry in entries:
            path = history.path(entry).with_suffix(".json")
            said = dump_sidecar(sidecar_of(history.path(entry)))
            try:
                sidecar = parse_sidecar(_changed(said, new(said)), path.name)
            except (SidecarError, OverflowError) as error:
                raise UsageError("bad_value", str(error)) from error
            made.append((path, write_sidecar(sidecar)))
        for path, text in made:
            write_whole(path, text, private=True)
    history.refresh()


def _changed(said: dict[str, object], new: Mapping[str, object]) -> dict[str, object]:
    condition: Any = said["condition"]
    was = {key: (condition if key in _OF_CONDITION else said).get(key) for key in new}
    edits: Any = said.get("edits", [])
    record = {"at": datetime.now(UTC).isoformat(timespec="seconds"), "was": was}
    inside = {key: value for key, value in new.items() if key in _OF_CONDITION}
    outside = {key: value for key, value in new.items() if key not in _OF_CONDITION}
    return {**said, **outside, "condition": {**condition, **inside}, "edits": [*edits, record]}


def _shift(entries: Sequence[Entry], started_at: object) -> timedelta | None:
    """Return by how much all trials move so that the first one begins at `started_at`."""
    if started_at is None:
        return None
    try:
        wanted = datetime.fromisoformat(str(started_at))
    except ValueError as error:
        raise UsageError(
            "bad_time",
            f"--started-at is a time like 2026-11-22T18:07:00+01:00; found {started_at!r}",
        ) from error
    before = entries[0].facts.started_at
    if before is None:
        return None
    old = datetime.fromisoformat(before)
    if (old.tzinfo is None) != (wanted.tzinfo is None):
        old, wanted = old.replace(tzinfo=None), wanted.replace(tzinfo=None)
    return wanted - old


def delete(history: History, entries: Sequence[Entry]) -> Path:
    """Move trials to the trash, whole sessions with their folder; return where they are."""
    with history.lock():
        empty_trash(history, older_than=_KEPT)
        sessions = {entry.facts.session for entry in entries}
        now = datetime.now(UTC)
        name = next(iter(sorted(sessions)))
        place = history.places.trash / f"{now:%Y%m%dT%H%M%S%f}_{name}"
        place.mkdir(parents=True, mode=0o700)
        moves = [path for session in sessions for path in _files(history, session, entries)]
        for path in moves:  # as they lay, so that the trash tells itself where they belong
            _move(path, place / path.relative_to(history.home))
        for session in sessions:
            if not any(history.folder(session).iterdir()):
                history.folder(session).rmdir()
    history.refresh()
    return place


def _files(history: History, session: str, entries: Sequence[Entry]) -> list[Path]:
    """Return all files of a session if all its trials go, else those of the trials."""
    folder = history.folder(session)
    stems = {entry.stem for entry in entries if entry.facts.session == session}
    trials = {path.stem for path in folder.glob("*.csv")}
    inside = [p for p in sorted(folder.iterdir()) if p.is_file() and not p.name.startswith(".")]
    if trials <= stems:
        return inside
    return [path for path in inside if any(path.name.startswith(f"{stem}.") for stem in stems)]


def _move(path: Path, to: Path) -> None:
    to.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    with contextlib.suppress(FileNotFoundError):  # a score that another program is just renewing
        path.replace(to)


def deleted(history: History) -> list[Path]:
    """Return what is in the trash, the last one last."""
    return sorted(path for path in history.places.trash.glob("*T*_*") if _thrown_at(path))


def _thrown_at(place: Path) -> datetime | None:
    """Return when something was thrown away, by the name of its place; None if it is no such place."""
    try:
        return datetime.strptime(place.name[:15], "%Y%m%dT%H%M%S").replace(tzinfo=UTC)
    except ValueError:
        return None


def _inside(place: Path) -> list[str]:
    """Return the files of a place in the trash by where they belong."""
    return [str(path.relative_to(place)) for path in sorted(place.rglob("*")) if path.is_file()]


def undo_delete(history: History) -> list[Path]:
    """Put back what was deleted last; return the files.

    Raises
    ------
    HistoryError
        If the trash is empty, or something is in the place of a file.
    """
    with history.lock():
        thrown = [place for place in deleted(history) if _inside(place)]
        if not thrown:
            raise HistoryError("nothing_deleted", "the trash is empty: nothing to put back")
        place = thrown[-1]
        back = _inside(place)
        back_again = [file for file in back if (history.home / file).exists()]
        taken = [file for file in back_again if not file.endswith(".score.json")]  # made anew
        if taken:
            raise HistoryError("taken", f"{taken[0]} is there again; move it away first")
        for file in sorted(
            back, key=lambda file: file.endswith(".csv")
        ):  # none without its sidecar
            _move(place / file, history.home / file)
        shutil.rmtree(place)
    history.refresh()
    return [history.home / file for file in back]


def empty_trash(history: History, *, older_than: timedelta = timedelta(0)) -> int:
    """Delete for good what has been in the trash for so long; return how much that was."""
    gone = 0
    for place in deleted(history):
        since = _thrown_at(place)
        if since is not None and datetime.now(UTC) - since >= older_than:
            shutil.rmtree(place)
            gone += 1
    return gone


def forget_athlete(history: History, name: str) -> list[str]:
    """Delete everything of an athlete for good, trash included; return what went.

    Recordings that once were the athlete's and are somebody else's now lose the name, too.

    Raises
    ------
    HistoryError
        ``no_athlete`` if there is nothing of that name; the message says who there is.
    """
    require_athlete(history, name)
    with history.lock():
        gone = history.places.files_of(name)
        for path in gone:
            path.unlink(missing_ok=True)
        for folder in sorted({path.parent for path in gone}, reverse=True):
            _remove_empty(folder, history.home)
        _take_name_out(history.places, name)
    history.rebuild(compact=True)  # the index keeps no word of it
    return [str(path.relative_to(history.home)) for path in gone]


def require_athlete(history: History, name: str) -> None:
    """Refuse a name of which there is nothing.

    Raises
    ------
    HistoryError
        ``no_athlete``.
    """
    known = sorted(history.places.athletes() | set(history.athletes()))
    if name not in known:
        who = f"known are {', '.join(known)}." if known else "there is nobody yet."
        raise HistoryError(
            "no_athlete", f"there is nothing of an athlete {name!r}; {who}{nearest(name, known)}"
        )


def _remove_empty(folder: Path, home: Path) -> None:
    """Remove a folder that holds nothing any more, and those above it, up to the data home."""
    with contextlib.suppress(OSError):
        while folder != home:
            folder.rmdir()
            folder = folder.parent


def _take_name_out(places: DataHome, name: str) -> None:
    """Leave a name out of what others' sidecars remember of it, and out of the names of files."""
    for folder in places.folders():
        for csv in sorted(folder.glob("*.csv")):
            _take_name_out_of_trial(csv, name)
        if folder.name.endswith(f"_{name}"):
            _rename_session(folder, name)
    for place in places.trash.glob(f"*_{name}"):
        place.replace(place.with_name(f"{place.name.removesuffix(name)}somebody"))


def _take_name_out_of_trial(csv: Path, name: str) -> None:
    with contextlib.suppress(SidecarError):
        said = dump_sidecar(sidecar_of(csv))
        kept = _without(said, name)
        if kept != said:
            text = write_sidecar(parse_sidecar(kept))
            write_whole(csv.with_suffix(".json"), text, private=True)
    if f"_{name}_" in csv.name:
        other = owner_of(csv) or "somebody"
        _move_trial(csv, csv.with_name(csv.name.replace(f"_{name}_", f"_{other}_", 1)))


_ORIGINS = {"original", "import", "edits"}  # keys under which a sidecar tells where it came from


def _without(said: Any, name: str, *, within: bool = False) -> Any:  # noqa: ANN401 - any JSON
    """Return JSON with null where a text is the name, or below its origins where it holds the name."""
    if isinstance(said, dict):
        return {
            key: _without(value, name, within=within or key in _ORIGINS)
            for key, value in said.items()
        }
    if isinstance(said, list):
        return [_without(value, name, within=within) for value in said]
    if not isinstance(said, str):
        return said
    return None if said == name or (within and name in said) else said


def _rename_session(folder: Path, name: str) -> None:
    """Give a session that has others' recordings only the name of one of them."""
    owners = sorted({owner for csv in folder.glob("*.csv") if (owner := owner_of(csv))})
    other = owners[0] if owners else "somebody"
    target = folder.with_name(f"{folder.name.removesuffix(name)}{other}")
    about = folder / "session.json"
    with contextlib.suppress(OSError, FieldError):
        session = replace(read_file(about, SESSION_FILE), athlete=other)
        write_whole(about, json.dumps(asdict(session), indent=1) + "\n", private=True)
    if not target.exists():
        folder.replace(target)
        return
    for csv in sorted(folder.glob("*.csv")):  # that session is there already
        _move_trial(csv, target / csv.name)
    about.unlink(missing_ok=True)
    for path in sorted(folder.iterdir()):
        if not (target / path.name).exists():
            path.replace(target / path.name)
    _remove_empty(folder, target.parent)


def _move_trial(csv: Path, target: Path) -> None:
    """Move all files of a trial; where that name is taken, under the next number.

    Its score names the file, so it is made anew.
    """
    while target.exists():
        target = next_path(target)
    score_path(csv).unlink(missing_ok=True)
    for path in sorted(csv.parent.glob(f"{csv.stem}.*")):
        path.replace(target.with_name(path.name.replace(csv.stem, target.stem, 1)))
