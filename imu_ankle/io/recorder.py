"""Samples to disk while they come: whole lines appended by one thread, safe once a second.

What was handed over survives the death of the program, and all but the last second that of the
machine. A full disk ends the recording in order: what is there stays readable.
"""

from __future__ import annotations

import contextlib
import errno
import os
import queue
import sys
import threading
import time
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Protocol

import numpy as np

from imu_ankle.core.assemble import COLUMNS, ENDED, OPTIONAL_COLUMNS, counts_of
from imu_ankle.core.errors import RecordingError
from imu_ankle.core.recording import SampleFlag
from imu_ankle.io import packets
from imu_ankle.io.csvfile import read_recording, write_rows
from imu_ankle.io.sidecar import write_sidecar
from imu_ankle.io.text import write_whole

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from imu_ankle.core.recording import FloatArray, IntArray, Recording, Sidecar

ALL_COLUMNS = (*COLUMNS, *OPTIONAL_COLUMNS)
_SYNC_S = 1.0
_QUEUE = 65536  # entries; minutes of packets, however small
_ABANDONED_S = 120.0  # where files can't be locked: longer than a lost sensor is waited for
_BALLAST = 256 * 1024  # given back when the disk is full, so that the sidecar still fits


if sys.platform != "win32":
    import fcntl


class AppendFile(Protocol):
    """A file as the recorder needs it."""

    def write(self, data: bytes) -> int:
        """Append; return how many bytes were taken."""

    def sync(self) -> None:
        """Return when what was written survives a power cut."""

    def close(self) -> None:
        """Close."""


class DiskFile:
    """A new file, appended to without a buffer of our own."""

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_APPEND
        self._handle = os.open(path, flags | getattr(os, "O_BINARY", 0), 0o600)
        if sys.platform != "win32":
            fcntl.flock(self._handle, fcntl.LOCK_EX)  # so that nobody takes it for abandoned
        if hasattr(os, "O_DIRECTORY"):
            folder = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY)
            try:
                os.fsync(folder)
            finally:
                os.close(folder)

    def write(self, data: bytes) -> int:
        """Append; return how many bytes were taken."""
        return os.write(self._handle, data)

    def sync(self) -> None:
        """Return when what was written survives a power cut."""
        getattr(os, "fdatasync", os.fsync)(self._handle)

    def close(self) -> None:
        """Close."""
        os.close(self._handle)


@dataclass(frozen=True, slots=True, eq=False)
class _QueuedSamples:
    samples: FloatArray  # (n, 7)
    seq: IntArray
    flags: IntArray


class Recorder:
    """Writes one trial.

    Attributes
    ----------
    path : the CSV.
    error : why writing stopped early, None while all is well.
    """

    def __init__(
        self,
        path: Path,
        sidecar: Sidecar,
        *,
        raw: bool = False,
        open_file: Callable[[Path], AppendFile] = DiskFile,
    ) -> None:
        self.path = path
        self.error: OSError | None = None
        self._queue: queue.Queue[_QueuedSamples | bytes | None] = queue.Queue(_QUEUE)
        self._file = open_file(path)
        self._raw = open_file(packets_path(path)) if raw else None
        self._ballast = path.with_suffix(".ballast")
        self._out_of_order = False
        self._last_seq = -1
        try:
            self._begin(sidecar)
        except OSError:
            self._give_up()
            raise
        self._thread = threading.Thread(target=self._run, name="recorder", daemon=True)
        self._thread.start()

    def _begin(self, sidecar: Sidecar) -> None:
        """Write what is there before the first sample."""
        started = replace(sidecar, extra={**sidecar.extra, ENDED: None})
        write_whole(self.path.with_suffix(".json"), write_sidecar(started), private=True)
        self._append(self._file, (",".join(ALL_COLUMNS) + "\n").encode())
        if self._raw is not None:
            self._append(self._raw, packets.MAGIC)
        self._file.sync()
        self._ballast.touch(0o600)
        self._ballast.write_bytes(bytes(_BALLAST))

    def _give_up(self) -> None:
        """Leave nothing of a recording that could not begin."""
        for file in (self._file, self._raw):
            if file is not None:
                file.close()
        for path in (self._ballast, self.path, self.path.with_suffix(".json")):
            path.unlink(missing_ok=True)
        if self._raw is not None:
            packets_path(self.path).unlink(missing_ok=True)

    def put(
        self,
        time_s: FloatArray,
        acc_mps2: FloatArray,
        gyr_dps: FloatArray,
        seq: IntArray,
        flags: IntArray,
    ) -> None:
        """Hand over n samples; returns at once.

        Raises
        ------
        OSError
            If writing has stopped; the message says why.
        """
        if self.error is not None:
            raise self.error
        rows = _QueuedSamples(np.column_stack([time_s, acc_mps2, gyr_dps]), seq, flags)
        try:
            self._queue.put_nowait(rows)
        except queue.Full:
            self.error = OSError(errno.EIO, "the disk doesn't keep up")
            raise self.error from None

    def put_packet(self, received_s: float, uuid: str, payload: bytes) -> None:
        """Hand over a notification as it came, where a raw record was asked for."""
        if self._raw is not None and self.error is None:
            with contextlib.suppress(queue.Full):  # samples go before packets
                self._queue.put_nowait(packets.pack(received_s, uuid, payload))

    def close(self, sidecar: Sidecar, why: str) -> Recording | None:
        """Write what is queued, finish the sidecar, put late rows in place.

        Returns the recording, or None where no sample came.
        """
        self._queue.put(None)
        self._thread.join()
        self._file.close()
        if self._raw is not None:
            self._raw.close()
        self._ballast.unlink(missing_ok=True)
        if self.error is not None:
            why = f"writing stopped: {self.error.strerror}"
        return finish(self.path, sidecar, why, in_order=not self._out_of_order)

    def _run(self) -> None:
        synced_s = time.monotonic()
        dirty = False
        while True:
            wait_s = max(0.01, synced_s + _SYNC_S - time.monotonic()) if dirty else None
            try:
                entry = self._queue.get(timeout=wait_s)
            except queue.Empty:
                entry = b""
            try:
                if self.error is None and entry:
                    self._write(entry)
                    dirty = True
                if self.error is None and (entry is None or time.monotonic() - synced_s > _SYNC_S):
                    self._file.sync()
                    if self._raw is not None:
                        self._raw.sync()
                    synced_s, dirty = time.monotonic(), False
            except OSError as error:
                self.error = error
                self._ballast.unlink(missing_ok=True)
                dirty = False
            if entry is None:
                return

    def _write(self, entry: _QueuedSamples | bytes) -> None:
        if isinstance(entry, bytes):
            if self._raw is not None:
                self._append(self._raw, entry)
            return
        lines = [
            ",".join(map(repr, row)) + f",{seq},{flags}\n"
            for row, seq, flags in zip(
                entry.samples.tolist(), entry.seq.tolist(), entry.flags.tolist(), strict=True
            )
        ]
        self._append(self._file, "".join(lines).encode())
        self._out_of_order |= int(entry.seq[0]) < self._last_seq
        self._last_seq = max(self._last_seq, int(entry.seq[-1]))

    @staticmethod
    def _append(file: AppendFile, data: bytes) -> None:
        while data:
            data = data[file.write(data) :]


def is_being_recorded(path: Path) -> bool:
    """Whether a program that lives is recording the trial at `path`."""
    if sys.platform == "win32":
        return time.time() - path.stat().st_mtime < _ABANDONED_S
    with path.open("rb") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
    return False


def packets_path(path: Path) -> Path:
    """Return where the raw record of the trial at `path` lies."""
    return path.with_suffix(".packets.bin")


def finish(path: Path, sidecar: Sidecar, why: str, *, in_order: bool) -> Recording | None:
    """Complete the sidecar of the trial at `path` from its samples; return the trial.

    Rows that came late are put in their place, by a new file in the old one's stead.
    """
    try:
        recording = read_recording(path)
    except RecordingError as error:
        if error.code != "empty_file":
            raise
        empty = replace(sidecar, samples=0, extra={**sidecar.extra, ENDED: why})
        write_whole(path.with_suffix(".json"), write_sidecar(empty), private=True)
        return None
    extra = {**sidecar.extra, ENDED: why}
    counts = counts_of(replace(recording, sidecar=sidecar))
    counted = replace(sidecar, **counts, extra=extra)
    write_whole(path.with_suffix(".json"), write_sidecar(counted), private=True)
    if not in_order:
        samples = np.column_stack([recording.time_s, recording.acc_mps2, recording.gyr_dps])
        with contextlib.suppress(OSError):  # no room for a second copy: readers sort it as well
            write_rows(path, samples, recording.seq, counted, flags=_flags(recording), private=True)
    return read_recording(path)


def _flags(recording: Recording) -> IntArray | None:
    """Return the flags with "lost before" where samples still are."""
    if recording.flags is None or recording.seq is None:
        return recording.flags
    lost = np.diff(recording.seq, prepend=-1) > 1
    flags: IntArray = (recording.flags & ~SampleFlag.LOST) | lost * SampleFlag.LOST
    return flags
