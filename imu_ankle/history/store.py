"""The history: what was recorded, what was made of it, kept in step with the files."""

from __future__ import annotations

import contextlib
import errno
import os
import warnings
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from filelock import FileLock

from imu_ankle.analysis.exercises import EXERCISES, get_exercise
from imu_ankle.core.callbacks import ProgressCallback, no_progress
from imu_ankle.core.errors import HistoryError, ScoreError, SidecarError, UsageError
from imu_ankle.core.exercise import REPS, SCORE
from imu_ankle.core.options import nearest
from imu_ankle.core.recording import Sidecar
from imu_ankle.history.athletes import read_athlete
from imu_ankle.history.index import Entry, Index, IndexDamagedError, damage_told
from imu_ankle.history.restore import restore_sidecar, set_aside
from imu_ankle.history.scores import (
    CachedResult,
    is_current,
    make_cached_result,
    read_cached_result,
    score_path,
    stamp,
)
from imu_ankle.history.trials import entry_of, find_trials, sweep
from imu_ankle.io.home import DataHome, data_home
from imu_ankle.io.recorder import is_being_recorded
from imu_ankle.io.sidecar import read_sidecar
from imu_ankle.progress.summary import HEADLINES, ProgressSummary, summarize_progress
from imu_ankle.progress.table import FACTS
from imu_ankle.progress.trend import NEEDED, followed

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    import pandas as pd

    from imu_ankle.progress.athlete import Athlete
    from imu_ankle.progress.trend import Trend

T = TypeVar("T")
_BATCH = 200  # trials between two commits: little is done twice after a kill


@dataclass(slots=True)
class Refreshed:
    """What keeping in step has done."""

    trials: int = 0
    scored: int = 0
    removed: int = 0
    reports: list[str] = field(default_factory=list)


class History:
    """All sessions below a data home, through an index that can be rebuilt from the files.

    A home that can't be written to is shown all the same: its index and new scores stay in memory.

    Attributes
    ----------
    home : the folder of the data home.
    places : where everything in it is.
    refreshed : what opening has done to keep the index in step with the files.
    """

    def __init__(
        self,
        home: str | os.PathLike[str] | None = None,
        *,
        progress: ProgressCallback = no_progress,
        refresh: bool = True,
    ) -> None:
        self.places = DataHome(Path(home) if home is not None else data_home())
        self.home = self.places.root
        self.home.mkdir(parents=True, exist_ok=True, mode=0o700)
        self._progress = progress
        self.refreshed = Refreshed()
        self._writable = os.access(self.home, os.W_OK)
        self._lock = FileLock(self.places.lock, timeout=60.0)
        self._index = self._open()
        if refresh or not self._writable:
            self.refresh()

    def __enter__(self) -> History:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the index."""
        self._index.close()

    @property
    def index_path(self) -> Path:
        """Where the index is."""
        return self.places.index

    def lock(self) -> FileLock:
        """Return the lock under which sidecars, profiles and the trash are changed."""
        return self._lock

    def folder(self, session: str) -> Path:
        """Return the folder of a session."""
        return self.places.session(session)

    def path(self, entry: Entry) -> Path:
        """Return the CSV of a trial."""
        return self.home / entry.facts.trial

    def refresh(self) -> Refreshed:
        """Bring the index in step with the files; only what is new or changed is read and scored."""
        return self._safely(lambda _: self._refresh())

    def rebuild(self, *, compact: bool = False) -> Refreshed:
        """Make the index anew from the files alone; `compact` leaves no trace of what was in it.

        Trial by trial, so that other programs never see an empty history meanwhile.
        """
        if not self._writable:
            raise OSError(errno.EROFS, os.strerror(errno.EROFS), str(self.home))
        self.refreshed = Refreshed()
        sweep(self.home)
        done = self._safely(lambda _: self._refresh(anew=True))
        self._safely(Index.prune)
        if compact:
            self._safely(Index.compact)
        return done

    def metrics(
        self,
        athlete: str | None = None,
        *,
        exercise: str | None = None,
        keys: Sequence[str] | None = None,
        **equal: str | None,
    ) -> pd.DataFrame:
        """Return the tidy table: a row per recording and number.

        Parameters
        ----------
        keys : only these numbers, such as ``["sway_rms_dps"]``.
        equal : other columns that must be equal, such as ``leg="left"``.

        Raises
        ------
        UsageError
            If an athlete, an exercise, a number or a column isn't known; the message says which are.
        """
        known = self._known({"athlete": athlete, "exercise": exercise, **equal}, keys)
        return self._safely(lambda index: index.table(known, keys=keys))

    def recordings(
        self, athlete: str | None = None, *, exercise: str | None = None, **equal: str | None
    ) -> pd.DataFrame:
        """Return a row per recording, without its numbers; raises what `metrics` does."""
        known = self._known({"athlete": athlete, "exercise": exercise, **equal})
        return self._safely(lambda index: index.table(known, columns=FACTS))

    def trends(
        self,
        athlete: str,
        *,
        exercise: str | None = None,
        key: str | None = None,
        leg: str | None = None,
    ) -> tuple[Trend, ...]:
        """Return the trends of an athlete: the headline numbers, or one number.

        Raises
        ------
        UsageError
            If there is no such athlete, exercise or number.
        """
        keys = None if key is None else [key]
        known = self._known({"athlete": athlete, "exercise": exercise, "leg": leg}, keys)
        table = self._safely(lambda index: index.table(known, keys=keys, columns=NEEDED))
        now = datetime.now().astimezone()
        return followed(table, now=now, keys=keys, new_baseline=self.athlete(athlete).new_baseline)

    def _known(
        self, equal: dict[str, str | None], keys: Sequence[str] | None = None
    ) -> dict[str, str | None]:
        """Return what must be equal, or say what there is in place of a word that isn't known."""
        for column in equal:
            _require("column", column, FACTS)
        if equal.get("athlete") is not None:
            _require("athlete", str(equal["athlete"]), self.athletes())
        exercise = equal.get("exercise")
        exercises = EXERCISES.values() if exercise is None else [get_exercise(exercise)]
        numbers = {spec.key for each in exercises for spec in (SCORE, REPS, *each.metrics)}
        for key in keys or ():
            _require("number", key, sorted(numbers))
        return equal

    def progress(
        self,
        athlete: str,
        *,
        exercise: str | None = None,
        key: str | None = None,
        until_s: float | None = None,
        now: datetime | None = None,
    ) -> ProgressSummary:
        """Return the progress of an athlete: trends, pairs, weeks of the plan, load.

        Parameters
        ----------
        exercise, key : only of this exercise, only this number; by default all headlines.
        until_s : only what began until then (seconds since 1970), as if it were the last.
        now : local time, by default this machine's; what is dated later is left out.
        """
        followed_keys = HEADLINES if exercise is None else get_exercise(exercise).headlines
        keys = followed_keys if key is None else (key,)
        table = self.metrics(athlete, exercise=exercise, keys=keys)
        trials = self.recordings(athlete)  # weeks are of the whole plan
        if until_s is not None:
            table = table[table["utc_s"] <= until_s]
            trials = trials[~(trials["utc_s"] > until_s)]  # with those that have no date
        return summarize_progress(
            table,
            trials,
            self.athlete(athlete),
            now=now or datetime.now().astimezone(),
            keys=None if key is None else [key],
        )

    def entries(self, **known: str | None) -> list[Entry]:
        """Return trials in order of time, of an `athlete`, a `session`, an `exercise`, ..."""
        return self._safely(lambda index: index.entries(**known))

    def athletes(self) -> list[str]:
        """Return who has recordings, the one who recorded last at the end."""
        return self._safely(Index.athletes)

    def athlete(self, name: str) -> Athlete:
        """Return the profile of an athlete."""
        return read_athlete(self.home, name)

    def nothing(self) -> HistoryError:
        """Return the error that says that there is nothing yet, and what to do."""
        return HistoryError(
            "empty",
            f"there is no recording in {self.home} yet. Record one (imu-ankle record), take one in "
            "(imu-ankle import FILE --athlete NAME), or try imu-ankle demo",
        )

    def result(self, entry: Entry) -> dict[str, Any]:
        """Return the kept result of a trial, the JSON object of the spec.

        Raises
        ------
        HistoryError
            If there is none, with the reason.
        """
        score = read_cached_result(self.path(entry))
        if score is None or score.result is None:
            raise HistoryError("no_score", f"{entry.facts.trial}: {entry.error or 'no score'}")
        return dict(score.result)

    def _open(self) -> Index:
        if not self._writable:
            self.refreshed.reports.append(
                f"{self.home} can't be written to: shown as it is, and nothing is kept"
            )
            return Index(None)
        try:
            return Index(self.index_path)
        except IndexDamagedError as error:
            self._set_index_aside(error)
            return Index(self.index_path)

    def _set_index_aside(self, error: IndexDamagedError) -> None:
        aside = [set_aside(path) for path in self.places.index_files if path.exists()]
        self.refreshed.reports.append(
            f"the index could not be read ({error}); it was set aside as {aside[0].name} and made anew"
        )

    def _safely(self, ask: Callable[[Index], T]) -> T:
        """Ask the index; one that turns out to be damaged is set aside and made anew once."""
        try:
            with damage_told(self._index.path):
                return ask(self._index)
        except IndexDamagedError as error:
            self._index.close()
            self._set_index_aside(error)
            self._index = self._open()
            self._refresh()
            return ask(self._index)

    def _refresh(self, *, anew: bool = False) -> Refreshed:
        done = self.refreshed
        known = self._index.stamps()
        found = find_trials(self.home)
        changed = [name for name, stamps in found.items() if anew or known.get(name) != stamps]
        for begin in range(0, len(changed), _BATCH):
            batch = []
            for i, name in enumerate(changed[begin : begin + _BATCH], begin):
                entry = self._take_in(name)
                if entry is not None:
                    batch.append(entry)
                self._progress(i + 1, len(changed))
            with self._index:  # what another program changed meanwhile, that one takes in
                self._index.put(entry for entry in batch if self._is_still_so(entry))
            done.trials += len(batch)
        gone = [name for name in known if name not in found and not (self.home / name).exists()]
        if gone:
            with self._index:
                self._index.remove(gone)
            done.removed += len(gone)
        return done

    def _is_still_so(self, entry: Entry) -> bool:
        csv = self.path(entry)
        return (stamp(csv), stamp(csv.with_suffix(".json"))) == (
            entry.stamps.csv,
            entry.stamps.sidecar,
        )

    def _take_in(self, name: str) -> Entry | None:
        """Read a trial, score it if it has no current score; None if it is being recorded."""
        csv = self.home / name
        try:
            if is_being_recorded(csv):
                return None
            csv_stamp = stamp(csv)
            sidecar, sidecar_stamp = self._sidecar(csv, name)
            score = self._score(csv, sidecar)
            stamps = csv_stamp, sidecar_stamp
            return entry_of(self.home, name, sidecar, score, stamps)
        except FileNotFoundError:
            return None  # deleted meanwhile

    def _sidecar(self, csv: Path, name: str) -> tuple[Sidecar, str]:
        """Return a trial's sidecar and the stamp of what was read: taken before, not after."""
        path = csv.with_suffix(".json")
        before = stamp(path)
        with contextlib.suppress(SidecarError):
            return read_sidecar(path), before
        if not self._writable:
            return Sidecar(), before
        with self.lock():  # a trial that another program is just moving comes and goes file by file
            csv.stat()
            before = stamp(path)
            try:
                return read_sidecar(path), before
            except SidecarError as error:
                return self._restored(csv, name, error)

    def _restored(self, csv: Path, name: str, error: SidecarError) -> tuple[Sidecar, str]:
        path = csv.with_suffix(".json")
        report = f"{path.relative_to(self.home)}: "
        if path.exists():
            aside = set_aside(path)
            report += f"could not be read ({error}); it was set aside as {aside.name}"
        else:
            report += "was missing"
        restored = restore_sidecar(csv, self._index.sidecar(name))
        if restored is None:
            self.refreshed.reports.append(f"{report}; name exercise and side with `imu-ankle edit`")
            return Sidecar(), stamp(path)
        self.refreshed.reports.append(f"{report}; it was restored from {restored[1]}")
        return restored[0], stamp(path)

    def _score(self, csv: Path, sidecar: Sidecar) -> CachedResult:
        try:
            score = read_cached_result(csv)
        except ScoreError as error:
            return self._anew(csv, sidecar, str(error))
        if score is not None and is_current(score, csv, sidecar):
            return score
        return self._made(csv, sidecar)

    def _anew(self, csv: Path, sidecar: Sidecar, why: str) -> CachedResult:
        """Set a score aside and make it anew."""
        if self._writable:
            aside = set_aside(score_path(csv))
            self.refreshed.reports.append(f"{why}; it was set aside as {aside.name} and made anew")
        return self._made(csv, sidecar)

    def _made(self, csv: Path, sidecar: Sidecar) -> CachedResult:
        self.refreshed.scored += 1
        return make_cached_result(csv, sidecar, keep=self._writable)

    def table(self, keys: Sequence[str] | None = None, **known: str | None) -> pd.DataFrame:
        """Return `metrics`, under the name of the version before."""
        warnings.warn("History.table is now History.metrics", DeprecationWarning, stacklevel=2)
        return self.metrics(keys=keys, **known)

    def trials(self, **known: str | None) -> pd.DataFrame:
        """Return `recordings`, under the name of the version before."""
        warnings.warn("History.trials is now History.recordings", DeprecationWarning, stacklevel=2)
        return self.recordings(**known)


def _require(what: str, word: str, known: Sequence[str]) -> None:
    if word not in known:
        raise UsageError(
            f"unknown_{what}",
            f"{word!r} is no known {what}; known are {', '.join(known) or 'none'}."
            + nearest(word, known),
        )
