"""The index: what files say, in SQLite, so that questions are quick. It holds nothing of its own."""

from __future__ import annotations

import contextlib
import errno
import sqlite3
from dataclasses import astuple, dataclass, fields
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from imu_ankle.progress.table import COLUMNS, FACTS, Facts, column_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from pathlib import Path

_VERSION = 3  # another one is dropped and made anew from the files
_BUSY_S = 30.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Stamps:
    """Size and time of the three files of a trial."""

    csv: str
    sidecar: str
    score: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """A trial as the index has it.

    Attributes
    ----------
    facts : `facts.trial` is the CSV's path below the data home.
    reps, score : of the result; None where there is none.
    error : why it couldn't be analysed at all.
    sidecar : the text of the sidecar, so that a broken one can be restored.
    """

    facts: Facts
    reps: int | None
    score: float | None
    reasons: str
    pain: float | None
    notes: str | None
    error: str | None
    sidecar: str
    stamps: Stamps
    numbers: tuple[tuple[str, float, int], ...] = ()

    @property
    def stem(self) -> str:
        """The name of the trial's files without their endings."""
        return self.facts.trial.rsplit("/", 1)[-1].removesuffix(".csv")


# what many trials share is kept once: a trial names its kind, and its visit
SHARED = {
    "kind": (
        "athlete", "exercise", "leg", "side", "placement", "eyes", "surface", "shoe", "sensor",
        "simulated", "metric_set", "grade", "aside",
    ),
    "visit": ("session", "day"),
}  # fmt: skip
_OWN = tuple(
    field.name
    for field in fields(Entry)
    if field.name not in {"facts", "stamps", "sidecar", "numbers"}
)
_STAMPS = tuple(f"{field.name}_stamp" for field in fields(Stamps))
_NARROW = ("utc_s", "done", "seconds")  # what every trend reads is kept small
_DETAIL = ("trial", "started_at", *_OWN, *_STAMPS, "sidecar")
_ALL = (*_NARROW, *_DETAIL, *(name for names in SHARED.values() for name in names))
_JOINED = "trial JOIN detail USING (id) " + " ".join(
    f"JOIN {name} ON {name}.id = trial.{name}" for name in SHARED
)


def _checked(name: str) -> str:
    """Return a shared column with what its values must be; all that is compared hangs on them."""
    kind = "INTEGER" if name in {"simulated", "metric_set"} else "TEXT"
    return f"{name} {kind}{_RULES.get(name, ' NOT NULL')}"


_RULES = {
    "athlete": " NOT NULL CHECK (length(athlete) > 0 AND athlete NOT GLOB '*[^A-Za-z0-9-]*')",
    "leg": " NOT NULL CHECK (leg IN ('left', 'right', 'both', ''))",
    "session": " NOT NULL CHECK (instr(session, '/') = 0 AND session NOT IN ('', '.', '..'))",
    "day": " CHECK (day IS date(day))",
    "shoe": "",
    "aside": "",
    "sensor": "",
}
_SCHEMA = f"""
CREATE TABLE trial (id INTEGER PRIMARY KEY, {", ".join((*SHARED, *_NARROW))});
CREATE TABLE detail (id INTEGER PRIMARY KEY, {", ".join(_DETAIL)});
CREATE UNIQUE INDEX detail_trial ON detail (trial);
CREATE TABLE number (key TEXT, id INTEGER, value REAL, n INTEGER, PRIMARY KEY (key, id)) WITHOUT ROWID;
CREATE INDEX number_trial ON number (id);
""" + "".join(
    f"CREATE TABLE {name} (id INTEGER PRIMARY KEY, {', '.join(map(_checked, names))}) STRICT;\n"
    f"CREATE INDEX {name}_all ON {name} ({', '.join(names)});\n"
    for name, names in SHARED.items()
)
_STATEMENTS = tuple(_SCHEMA.strip().rstrip(";").split(";\n"))
_TABLES = ("trial", "detail", "number", *SHARED)


class IndexDamagedError(Exception):
    """The index holds what it can't; the caller sets it aside and makes it anew from the files."""


# what SQLite itself tells of a file that is no sound database
_DAMAGE = {sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_FORMAT}
# no room, no rights, or somebody else is at it: the file itself may be sound
_NOT_ITS_FAULT = {
    sqlite3.SQLITE_BUSY, sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR,
    sqlite3.SQLITE_LOCKED, sqlite3.SQLITE_PERM, sqlite3.SQLITE_READONLY,
}  # fmt: skip


def code_of(error: sqlite3.Error) -> int:
    """Return SQLite's primary code of an error."""
    return int(getattr(error, "sqlite_errorcode", 0)) & 0xFF


@contextlib.contextmanager
def damage_told(path: Path | None) -> Iterator[None]:
    """Tell a damaged index as that, what the system denies as `OSError`, and leave bugs what they are.

    SQLite uses one code for a query of ours that makes no sense and for tables that are gone; then the
    file itself is looked at.
    """
    try:
        yield
    except sqlite3.DatabaseError as error:
        if code_of(error) in _NOT_ITS_FAULT:
            raise OSError(errno.EIO, str(error), str(path or ":memory:")) from error
        if code_of(error) in _DAMAGE or (path is not None and not _is_sound(path)):
            raise IndexDamagedError(str(error)) from error
        raise


def _is_sound(path: Path) -> bool:
    """Whether the file has our tables, and SQLite finds no fault in it."""
    try:
        with contextlib.closing(sqlite3.connect(path, timeout=_BUSY_S)) as db:
            found = {sql for (sql,) in db.execute("SELECT sql FROM sqlite_master")}
            faults = [fault for (fault,) in db.execute("PRAGMA integrity_check")]
    except sqlite3.DatabaseError:
        return False
    return found >= set(_STATEMENTS) and faults == ["ok"]


class Index:
    """One connection to the index at `path`; made where there is none. Without a path, in memory.

    Raises
    ------
    IndexDamagedError
        If the file is no sound database; the caller sets it aside.
    OSError
        If the system doesn't let it be opened.
    """

    def __init__(self, path: Path | None) -> None:
        self.path = path
        with damage_told(path):
            self._db = sqlite3.connect(path or ":memory:", timeout=_BUSY_S, isolation_level=None)
            try:
                if path is not None:
                    path.chmod(0o600)
                self._db.execute("PRAGMA journal_mode = WAL")
                self._db.execute("PRAGMA synchronous = NORMAL")
                self._prepare()
            except BaseException:
                self._db.close()
                raise

    def _prepare(self) -> None:
        if self._version() != _VERSION:
            with self:
                if self._version() != _VERSION:  # nobody else was quicker
                    self._make_tables()
        self._check()

    def _check(self) -> None:
        """Look whether this is our index, and sound where all comparing hangs on few rows."""
        found = self._db.execute("SELECT sql FROM sqlite_master WHERE sql IS NOT NULL")
        if not {sql for (sql,) in found} >= set(_STATEMENTS):
            raise IndexDamagedError("tables are missing")
        for name in SHARED:
            for (found,) in self._db.execute(f"PRAGMA quick_check({name})"):
                if found != "ok":
                    raise IndexDamagedError(found)

    def prune(self) -> None:
        """Forget what belongs to no trial."""
        with self:
            self._db.execute("DELETE FROM trial WHERE id NOT IN (SELECT id FROM detail)")
            for name in SHARED:
                self._db.execute(f"DELETE FROM {name} WHERE id NOT IN (SELECT {name} FROM trial)")
            for name in ("detail", "number"):
                self._db.execute(f"DELETE FROM {name} WHERE id NOT IN (SELECT id FROM trial)")

    def compact(self) -> None:
        """Write the file anew, so that nothing is left of what was deleted."""
        self._db.execute("VACUUM")
        self._db.execute("PRAGMA wal_checkpoint(TRUNCATE)")

    def _make_tables(self) -> None:
        for table in _TABLES:
            self._db.execute(f"DROP TABLE IF EXISTS {table}")
        for statement in _STATEMENTS:
            self._db.execute(statement)
        self._db.execute(f"PRAGMA user_version = {_VERSION}")

    def _version(self) -> int:
        return int(self._db.execute("PRAGMA user_version").fetchone()[0])

    def close(self) -> None:
        """Close the connection."""
        self._db.close()

    def __enter__(self) -> None:
        self._db.execute("BEGIN IMMEDIATE")

    def __exit__(self, kind: object, *rest: object) -> None:
        self._db.execute("COMMIT" if kind is None else "ROLLBACK")

    def stamps(self) -> dict[str, Stamps]:
        """Return the stamps of every trial by its name."""
        rows = self._db.execute(f"SELECT detail.trial, {', '.join(_STAMPS)} FROM {_JOINED}")
        return {
            _trial(name): Stamps(csv=csv, sidecar=sidecar, score=score)
            for name, csv, sidecar, score in rows
        }

    def put(self, entries: Iterable[Entry]) -> None:
        """Add trials, each in place of an older entry of the same name."""
        for entry in entries:
            self.remove([entry.facts.trial])
            shared = [self._shared(name, entry.facts) for name in SHARED]
            narrow = [getattr(entry.facts, name) for name in _NARROW]
            made = self._insert("trial", (*SHARED, *_NARROW), (*shared, *narrow))
            known = (entry.facts.trial, entry.facts.started_at)
            own = [getattr(entry, name) for name in _OWN]
            values = (made, *known, *own, *astuple(entry.stamps), entry.sidecar)
            self._insert("detail", ("id", *_DETAIL), values)
            self._db.executemany(
                "INSERT INTO number VALUES (?, ?, ?, ?)",
                [(key, made, value, n) for key, value, n in entry.numbers],
            )

    def _insert(self, table: str, columns: Sequence[str], values: Sequence[object]) -> int:
        marks = ", ".join("?" * len(columns))
        insert = f"INSERT INTO {table} ({', '.join(columns)}) VALUES ({marks}) RETURNING id"
        return int(self._db.execute(insert, values).fetchone()[0])

    def _shared(self, table: str, facts: Facts) -> int:
        """Return the number under which a trial's kind or visit is kept; a new one is added."""
        names = SHARED[table]
        values = [getattr(facts, name) for name in names]
        same = " AND ".join(f"{name} IS ?" for name in names)
        found = self._db.execute(f"SELECT id FROM {table} WHERE {same}", values).fetchone()
        return int(found[0]) if found else self._insert(table, names, values)

    def remove(self, names: Iterable[str]) -> None:
        """Forget trials."""
        for name in names:
            found = self._db.execute("SELECT id FROM detail WHERE trial = ?", (name,)).fetchone()
            if found:
                for table in ("number", "detail", "trial"):
                    self._db.execute(f"DELETE FROM {table} WHERE id = ?", found)

    def sidecar(self, name: str) -> str | None:
        """Return the last sound sidecar of a trial."""
        select = "SELECT sidecar FROM detail WHERE trial = ?"
        found = self._db.execute(select, (name,)).fetchone()
        return str(found[0]) if found else None

    def entries(self, **known: str | None) -> list[Entry]:
        """Return trials in order of time, without their numbers; `known` columns must be equal."""
        where, values = _where(known)
        rows = self._db.execute(
            f"SELECT {', '.join(_ALL)} FROM {_JOINED} {where} ORDER BY utc_s, detail.trial",
            values,
        )
        return [_entry(row) for row in rows]

    def table(
        self,
        known: Mapping[str, str | None],
        *,
        keys: Sequence[str] | None = None,
        columns: Sequence[str] = COLUMNS,
    ) -> pd.DataFrame:
        """Return the tidy table of the kinds whose `known` columns are equal.

        `keys` asks for some numbers only, `columns` for some columns; those of `FACTS` alone give a row
        per trial, also for trials without a number.
        """
        where, values = _where(known)
        kinds = self._db.execute(f"SELECT id FROM kind {where}", values).fetchall()
        numbers = ", ".join(str(number) for (number,) in kinds)
        wanted = [name for name, names in SHARED.items() if set(names) & set(columns)]
        single = [name for name in columns if not any(name in SHARED[table] for table in wanted)]
        source = "trial" if set(columns) <= set(FACTS) else "number JOIN trial USING (id)"
        if set(columns) & set(_DETAIL):
            source += " JOIN detail USING (id)"
        some = "" if keys is None else f"AND key IN ({', '.join('?' * len(keys))})"
        found = self._arrays(
            (*wanted, *single), f"{source} WHERE kind IN ({numbers}) {some}", keys or ()
        )
        made = {name: column_of(name, _texts(name, found[name])) for name in single}
        for table in wanted:
            few = self._arrays(("id", *SHARED[table]), f"{table} ORDER BY id")
            which = np.searchsorted(few["id"], found[table])
            made |= {
                name: column_of(name, _texts(name, few[name]), which)
                for name in SHARED[table]
                if name in columns
            }
        return pd.DataFrame({name: made[name] for name in columns}, copy=False)

    def _arrays(self, columns: Sequence[str], source: str, values: Sequence[str] = ()) -> Any:  # noqa: ANN401
        """Return a structured array of a query: no row lives as an object, which is what takes time."""
        numbers = {"utc_s", "value", "done", "seconds"}
        whole = {"id", "n", *SHARED}
        kinds = [
            (name, np.float64 if name in numbers else np.int64 if name in whole else np.object_)
            for name in columns
        ]
        rows = self._db.execute(f"SELECT {', '.join(columns)} FROM {source}", values)
        try:
            return np.fromiter(rows, dtype=kinds)
        except (
            ValueError,
            TypeError,
            OverflowError,
        ) as error:  # of numpy, for a cell that is no number
            raise IndexDamagedError(f"a value is none: {error}") from error

    def athletes(self) -> list[str]:
        """Return who has recordings, the one who recorded last at the end."""
        rows = self._db.execute(
            f"SELECT athlete FROM {_JOINED} GROUP BY athlete "
            "ORDER BY max(CASE WHEN utc_s < unixepoch() + 86400 THEN utc_s END)"
        )
        return [name for (name,) in rows]


def _where(known: Mapping[str, str | None]) -> tuple[str, list[str]]:
    given = {name: value for name, value in known.items() if value is not None}
    text = " AND ".join(f"{name} = ?" for name in given)
    return (f"WHERE {text}" if text else ""), list(given.values())


def _texts(name: str, values: Any) -> Any:  # noqa: ANN401 - an array of numpy
    """Return a column; one of texts that holds something else is damaged."""
    if values.dtype == np.object_ and name not in {"simulated", "metric_set"}:
        odd = [value for value in values if value is not None and not isinstance(value, str)]
        if odd:
            raise IndexDamagedError(f"{name} holds {odd[0]!r}")
    return values


def _trial(name: object) -> str:
    """Return the name of a trial; one that isn't below the sessions is none of ours."""
    parts = name.split("/") if isinstance(name, str) else []
    if len(parts) != 3 or parts[0] != "sessions" or {"", ".", ".."} & set(parts):
        raise IndexDamagedError(f"{name!r} is no trial")
    return "/".join(parts)


def _entry(row: tuple[object, ...]) -> Entry:
    values = dict(zip(_ALL, row, strict=True))
    facts = {name: values[name] for name in FACTS}
    facts["simulated"] = bool(facts["simulated"])
    own = {name: values[name] for name in _OWN}
    if _trial(facts["trial"]).split("/")[1] != facts["session"]:
        raise IndexDamagedError(f"{facts['trial']!r} is no trial of {facts['session']!r}")
    stamps = Stamps(**{name.removesuffix("_stamp"): str(values[name]) for name in _STAMPS})
    return Entry(facts=Facts(**facts), stamps=stamps, sidecar=str(values["sidecar"]), **own)  # type: ignore[arg-type]
