"""The index: what files say, in SQLite, so that questions are quick. It holds nothing of its own."""

from __future__ import annotations

import sqlite3
from dataclasses import astuple, dataclass, fields
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from imu_ankle.trends.table import COLUMNS, FACTS, Facts, column_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from pathlib import Path

_VERSION = 1  # another one is dropped and made anew from the files
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


# what many trials share, kept once: a trial names its kind
KIND = (
    "athlete", "exercise", "leg", "side", "placement", "eyes", "surface", "shoe", "sensor",
    "simulated", "metric_set",
)  # fmt: skip
_OWN = tuple(
    field.name
    for field in fields(Entry)
    if field.name not in {"facts", "stamps", "sidecar", "numbers"}
)
_STAMPS = tuple(f"{field.name}_stamp" for field in fields(Stamps))
_TRIAL = (*(name for name in FACTS if name not in KIND), *_OWN, *_STAMPS)
_ALL = (*_TRIAL, *KIND)
_SCHEMA = f"""
CREATE TABLE kind (id INTEGER PRIMARY KEY, {", ".join(KIND)});
CREATE TABLE trial (id INTEGER PRIMARY KEY, kind INTEGER NOT NULL, {", ".join(_TRIAL)});
CREATE UNIQUE INDEX trial_name ON trial (trial);
CREATE TABLE sidecar (id INTEGER PRIMARY KEY, text TEXT);
CREATE TABLE number (key TEXT, id INTEGER, value REAL, n INTEGER, PRIMARY KEY (key, id)) WITHOUT ROWID;
CREATE INDEX number_trial ON number (id);
PRAGMA user_version = {_VERSION};
"""


class Index:
    """One connection to the index at `path`; made where there is none.

    Raises
    ------
    sqlite3.DatabaseError
        If the file is no sound database; the caller sets it aside.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._db = sqlite3.connect(path, timeout=_BUSY_S, isolation_level=None)
        try:
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
                    for table in ("kind", "trial", "sidecar", "number"):
                        self._db.execute(f"DROP TABLE IF EXISTS {table}")
                    for statement in _SCHEMA.strip().split(";\n"):
                        self._db.execute(statement)

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
        rows = self._db.execute(f"SELECT trial, {', '.join(_STAMPS)} FROM trial")
        return {
            name: Stamps(csv=csv, sidecar=sidecar, score=score)
            for name, csv, sidecar, score in rows
        }

    def put(self, entries: Iterable[Entry]) -> None:
        """Add trials, each in place of an older entry of the same name."""
        names = ("kind", *_TRIAL)
        marks = ", ".join("?" * len(names))
        insert = f"INSERT INTO trial ({', '.join(names)}) VALUES ({marks})"
        for entry in entries:
            self.remove([entry.facts.trial])
            facts = [getattr(entry.facts, name) for name in FACTS if name not in KIND]
            own = [getattr(entry, name) for name in _OWN]
            values = (self._kind(entry.facts), *facts, *own, *astuple(entry.stamps))
            made = self._db.execute(insert, values)
            self._db.execute("INSERT INTO sidecar VALUES (?, ?)", (made.lastrowid, entry.sidecar))
            self._db.executemany(
                "INSERT INTO number VALUES (?, ?, ?, ?)",
                [(key, made.lastrowid, value, n) for key, value, n in entry.numbers],
            )

    def _kind(self, facts: Facts) -> int:
        """Return the number of the kind that a trial is of; a new kind is added."""
        values = [getattr(facts, name) for name in KIND]
        same = " AND ".join(f"{name} IS ?" for name in KIND)
        found = self._db.execute(f"SELECT id FROM kind WHERE {same}", values).fetchone()
        if found is None:
            marks = ", ".join("?" * len(KIND))
            insert = f"INSERT INTO kind ({', '.join(KIND)}) VALUES ({marks}) RETURNING id"
            found = self._db.execute(insert, values).fetchone()
        return int(found[0])

    def remove(self, names: Iterable[str]) -> None:
        """Forget trials."""
        for name in names:
            found = self._db.execute("SELECT id FROM trial WHERE trial = ?", (name,)).fetchone()
            if found:
                for table in ("number", "sidecar", "trial"):
                    self._db.execute(f"DELETE FROM {table} WHERE id = ?", found)

    def sidecar(self, name: str) -> str | None:
        """Return the last sound sidecar of a trial."""
        found = self._db.execute(
            "SELECT text FROM sidecar JOIN trial USING (id) WHERE trial = ?", (name,)
        ).fetchone()
        return str(found[0]) if found else None

    def entries(self, **known: str | None) -> list[Entry]:
        """Return trials in order of time, without their numbers; `known` columns must be equal."""
        where, values = _where(known)
        rows = self._db.execute(
            f"SELECT {', '.join(_ALL)}, text FROM trial JOIN sidecar USING (id) "
            f"JOIN kind ON kind.id = trial.kind {where} ORDER BY utc_s, trial",
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
        select = f"SELECT id, {', '.join(KIND)} FROM kind {where} ORDER BY id"
        kinds = self._db.execute(select, values).fetchall()
        numbers = ", ".join(str(kind[0]) for kind in kinds)
        own = [name for name in columns if name not in KIND]
        source = "trial" if set(columns) <= set(FACTS) else "number JOIN trial USING (id)"
        some = "" if keys is None else f"AND key IN ({', '.join('?' * len(keys))})"
        rows = self._db.execute(
            f"SELECT kind, {', '.join(own)} FROM {source} WHERE kind IN ({numbers}) {some}",
            keys or (),
        ).fetchall()
        found = dict(zip(("kind", *own), zip(*rows, strict=True), strict=True)) if rows else {}
        which = np.searchsorted([kind[0] for kind in kinds], found.get("kind", ()))
        few = dict(zip(KIND, zip(*(kind[1:] for kind in kinds), strict=True), strict=False))
        made = {
            name: column_of(name, few.get(name, ()), which)
            if name in KIND
            else column_of(name, found.get(name, ()))
            for name in columns
        }
        return pd.DataFrame(made, copy=False)

    def athletes(self) -> list[str]:
        """Return who has recordings, the one who recorded last at the end."""
        rows = self._db.execute(
            "SELECT athlete FROM trial JOIN kind ON kind.id = trial.kind "
            "GROUP BY athlete ORDER BY max(utc_s)"
        )
        return [name for (name,) in rows]


def _where(known: Mapping[str, str | None]) -> tuple[str, list[str]]:
    given = {name: value for name, value in known.items() if value is not None}
    text = " AND ".join(f"{name} = ?" for name in given)
    return (f"WHERE {text}" if text else ""), list(given.values())


def _entry(row: tuple[object, ...]) -> Entry:
    values = dict(zip(_ALL, row[:-1], strict=True))
    facts = {name: values[name] for name in FACTS}
    facts["simulated"] = bool(facts["simulated"])
    own = {name: values[name] for name in _OWN}
    stamps = Stamps(**{name.removesuffix("_stamp"): str(values[name]) for name in _STAMPS})
    return Entry(facts=Facts(**facts), stamps=stamps, sidecar=str(row[-1]), **own)  # type: ignore[arg-type]
