"""What runs the work: this process, a pool of processes, or a cluster. All give the same rows."""

from __future__ import annotations

import os
import signal
import threading
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from itertools import islice
from multiprocessing import get_context, parent_process
from typing import TYPE_CHECKING, Protocol, TypeAlias

from imu_ankle.batch import one_thread
from imu_ankle.batch.work import score_files
from imu_ankle.core.errors import UsageError
from imu_ankle.core.version import VERSION

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from imu_ankle.batch.work import BatchOptions, Row

Files: TypeAlias = tuple[str, ...]
Done: TypeAlias = "tuple[Files, list[list[Row]] | Exception]"
_AHEAD = 2  # tasks per worker that wait, so that no worker does


class Engine(Protocol):
    """Runs the work on groups of files, in any order; a group that fails comes with its error."""

    workers: int
    name: str

    def close(self) -> None:
        """Let go of what it holds."""

    def run(
        self, groups: Iterable[Files], options: BatchOptions, *, alone: bool = False
    ) -> Iterator[Done]:
        """Take groups as workers become free, and yield each with its rows.

        With `alone` there is one at a time, so that a group that kills its worker is found out.
        """


class SerialEngine:
    """The process that asks, alone."""

    workers = 1
    name = "this process"

    def close(self) -> None:
        """Hold nothing."""

    def run(
        self, groups: Iterable[Files], options: BatchOptions, *, alone: bool = False
    ) -> Iterator[Done]:
        """Do one group after the other."""
        del alone  # they are
        for files in groups:
            yield files, score_files(files, options)


class Pool:
    """Processes of this machine."""

    def __init__(self, workers: int) -> None:
        self.workers = workers
        self.name = f"{workers} processes"

    def close(self) -> None:
        """Hold nothing between runs."""

    def run(
        self, groups: Iterable[Files], options: BatchOptions, *, alone: bool = False
    ) -> Iterator[Done]:
        """Keep the pool busy; if a worker dies, begin a new pool and give its groups back."""
        one_thread()
        pool = self._begin()
        waiting: dict[Future[list[list[Row]]], Files] = {}
        try:
            ahead = 1 if alone else _AHEAD * self.workers
            remaining = iter(groups)
            while True:
                for files in islice(remaining, ahead - len(waiting)):
                    try:
                        future = pool.submit(score_files, files, options)
                    except BrokenProcessPool:  # a worker died while nothing was awaited
                        pool = self._begin()
                        future = pool.submit(score_files, files, options)
                    waiting[future] = files
                if not waiting:
                    break
                done, _ = wait(waiting, return_when=FIRST_COMPLETED)
                results = [(waiting.pop(each), each.exception() or each.result()) for each in done]
                if any(isinstance(result, BrokenProcessPool) for _, result in results):
                    results += [(files, BrokenProcessPool()) for files in waiting.values()]
                    waiting.clear()
                    pool.shutdown(wait=False, cancel_futures=True)
                    pool = self._begin()
                for files, result in results:
                    if isinstance(result, BaseException) and not isinstance(result, Exception):
                        raise result
                    yield files, result
        finally:
            pool.shutdown(wait=True, cancel_futures=True)

    def _begin(self) -> ProcessPoolExecutor:
        return ProcessPoolExecutor(
            self.workers, mp_context=get_context("spawn"), initializer=_begin_worker
        )


def _begin_worker() -> None:
    """Let Ctrl-C reach the one process that decides, and end with it, however it ends."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_end_with_parent, daemon=True).start()


def _end_with_parent() -> None:
    parent = parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)  # else a worker waits for work forever, since it holds the queue open itself


def _version_there() -> str:
    from imu_ankle.core.version import VERSION as THERE  # noqa: PLC0415 - of the worker

    return THERE


class Cluster:
    """A dask.distributed cluster; its workers see the files under the same paths."""

    def __init__(self, address: str) -> None:
        try:
            from distributed import Client  # noqa: PLC0415 - an extra
        except ImportError as error:
            raise UsageError(
                "missing_extra",
                "a cluster needs dask.distributed: pip install 'imu-ankle[cluster]'",
            ) from error
        try:
            self._client = Client(address, timeout=10, set_as_default=False)
        except (OSError, ValueError, TypeError) as error:
            raise UsageError("no_cluster", f"no scheduler answers at {address}: {error}") from error
        there = self._client.run(_version_there)
        others = {worker: found for worker, found in there.items() if found != VERSION}
        if not there or others:
            what = ", ".join(f"{worker} has {found}" for worker, found in others.items())
            self._client.close()
            raise UsageError(
                "no_cluster",
                f"the scheduler at {address} has no workers"
                if not there
                else f"every worker needs imu_ankle {VERSION}: {what}",
            )
        self.workers = sum(self._client.nthreads().values())
        self.name = f"{len(there)} workers of {address}"

    def run(
        self, groups: Iterable[Files], options: BatchOptions, *, alone: bool = False
    ) -> Iterator[Done]:
        """Keep the cluster busy; it tries again elsewhere if a worker dies."""
        from distributed import as_completed  # noqa: PLC0415

        waiting: dict[str, Files] = {}
        pending = as_completed(loop=self._client.loop)
        ahead = 1 if alone else _AHEAD * self.workers
        remaining = iter(groups)
        while True:
            for files in islice(remaining, ahead - len(waiting)):
                future = self._client.submit(score_files, files, options, pure=False)
                waiting[future.key] = files
                pending.add(future)
            if not waiting:
                break
            future = next(pending)
            yield waiting.pop(future.key), future.exception() or future.result()

    def close(self) -> None:
        """Leave the cluster; it stays as it is."""
        self._client.close()
