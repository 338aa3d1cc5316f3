"""A batch from a folder to a table: what is done already is skipped, what fails is a row."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from filelock import FileLock, Timeout

from imu_ankle.batch.journal import Journal
from imu_ankle.batch.table import to_frame
from imu_ankle.batch.work import PASSING, content_key
from imu_ankle.core.callbacks import ProgressCallback, no_progress
from imu_ankle.core.errors import RecordingError, UsageError
from imu_ankle.io.csvfile import csvs_in
from imu_ankle.io.tables import write_frame

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from imu_ankle.batch.engines import Engine, Files
    from imu_ankle.batch.work import BatchOptions

_MOST_AT_ONCE = 25  # recordings in a task: half a second, so that little is done twice after a kill
_TASKS_PER_WORKER = 8  # and enough tasks that all workers end together


@dataclass(frozen=True, slots=True, kw_only=True)
class Summary:
    """What became of a batch.

    Attributes
    ----------
    files : recordings in the folder.
    skipped : of them, those whose rows were known.
    grades : rows by grade; ``error`` where there is none.
    """

    files: int
    skipped: int
    grades: dict[str, int] = field(default_factory=dict)

    @property
    def failed(self) -> bool:
        """Whether some recording could not be analysed."""
        return any(self.grades.get(name) for name in ("error", "invalid"))


def find_recordings(folder: Path) -> list[Path]:
    """Return every CSV in and below `folder`, in order.

    Raises
    ------
    RecordingError
        If there is no such folder, or no CSV in it.
    """
    if not folder.is_dir():
        raise RecordingError("not_found", f"there is no folder {folder}")
    return csvs_in(folder)


def run_batch(
    folder: Path,
    out: Path,
    options: BatchOptions,
    engine: Engine,
    progress: ProgressCallback = no_progress,
) -> Summary:
    """Analyse every recording in and below `folder`, and write the table `out`.

    Beside `out` a journal is kept. A batch that was interrupted goes on from it, and what didn't
    change since is not analysed again, whatever it's called now and wherever it lies.

    Raises
    ------
    RecordingError
        If there is nothing to analyse.
    UsageError
        If another batch is writing `out`, or it can't be written.
    """
    folder, out = folder.resolve(), out.resolve()  # a cluster's workers run elsewhere
    paths = [path for path in find_recordings(folder) if not _is_table(path, out)]
    if not paths:
        raise RecordingError("not_found", f"there is no CSV in the folder {folder}")
    journal_path = _journal_of(out)
    try:
        journal_path.parent.mkdir(parents=True, exist_ok=True)
        journal_path.touch(0o600)
    except OSError as error:
        raise UsageError("bad_out", f"{out} can't be written: {error.strerror}") from error
    lock = FileLock(out.with_name(f".{out.name}.lock"))
    try:
        with lock.acquire(timeout=0):
            journal = Journal(journal_path)
            try:
                keys, skipped = _fill(paths, journal, options, engine, progress)
            finally:
                journal.close()
            names = [path.relative_to(folder).as_posix() for path in paths]
            known = [
                (name, journal.rows(keys[path])) for name, path in zip(names, paths, strict=True)
            ]
            write_frame(to_frame(known), out)
            journal.close(keep=(keys[path] for path in paths))
    except Timeout:
        raise UsageError("busy", f"another batch is writing {out}; wait for it") from None
    grades = Counter(row.get("grade", "error") for _, rows in known for row in rows)
    return Summary(files=len(paths), skipped=skipped, grades=dict(sorted(grades.items())))


def _journal_of(out: Path) -> Path:
    return out.with_name(f"{out.name}.journal")


def _is_table(path: Path, out: Path) -> bool:
    """Whether it's the table to be written, or that of another batch into the same folder."""
    return path == out or _journal_of(path).exists()


def _fill(
    paths: list[Path],
    journal: Journal,
    options: BatchOptions,
    engine: Engine,
    progress: ProgressCallback,
) -> tuple[dict[Path, str], int]:
    """Analyse what the journal lacks; returns the key of each recording and how many it had.

    Recordings at work when a worker died are done again one at a time: so the one that kills
    workers is a row with its error, and the others are none the worse.
    """
    todo = _Todo(paths, journal, options, engine.workers)
    suspects: list[str] = []
    done = 0
    for files, result in engine.run(todo, options):
        if isinstance(result, Exception):
            suspects.extend(files)
            continue
        journal.add((todo.key_of[file], rows) for file, rows in zip(files, result, strict=True))
        done += len(files)
        progress(done + todo.skipped, len(paths))
    for (file,), result in engine.run([(file,) for file in suspects], options, alone=True):
        died = [{"error_code": "worker_died", "error_message": repr(result)}]
        journal.add([(todo.key_of[file], died if isinstance(result, Exception) else result[0])])
        done += 1
        progress(done + todo.skipped, len(paths))
    return todo.keys, todo.skipped


class _Todo:
    """Groups of recordings that are to be analysed, found while others are at work."""

    def __init__(
        self, paths: list[Path], journal: Journal, options: BatchOptions, workers: int
    ) -> None:
        self.keys: dict[Path, str] = {}
        self.key_of: dict[str, str] = {}
        self.skipped = 0
        self._paths = iter(paths)
        self._journal, self._digest = journal, options.digest()
        self._size = max(1, min(_MOST_AT_ONCE, len(paths) // (_TASKS_PER_WORKER * workers)))
        self._asked: set[str] = set()

    def __iter__(self) -> Iterator[Files]:
        while group := self._next_group():
            yield group

    def _next_group(self) -> Files:
        group: list[str] = []
        for path in self._paths:
            key = self.keys[path] = content_key(path, self._digest)
            if key in self._asked:
                self.skipped += 1
                continue
            if key in self._journal:
                if not any(row.get("error_code") in PASSING for row in self._journal.rows(key)):
                    self.skipped += 1
                    self._asked.add(key)
                    continue
                self._journal.forget(key)
            self._asked.add(key)
            self.key_of[str(path)] = key
            group.append(str(path))
            if len(group) == self._size:
                break
        return tuple(group)
