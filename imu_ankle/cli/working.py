"""What commands on the history share: opening it with a bar, whose it is, which exercises."""

from __future__ import annotations

import contextlib
import sys
from typing import TYPE_CHECKING

from rich.console import Console
from rich.progress import Progress as Bar

from imu_ankle.core.errors import HistoryError
from imu_ankle.history.store import History

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rich.progress import TaskID

    from imu_ankle.core.callbacks import ProgressCallback


_MOST_REPORTS = 5


@contextlib.contextmanager
def bar(doing: str) -> Iterator[ProgressCallback]:
    """Show a bar on a terminal once there is something to do."""
    console = Console(stderr=True)
    with Bar(console=console, transient=True, disable=not sys.stderr.isatty()) as shown:
        tasks: list[TaskID] = []

        def tell(done: int, total: int) -> None:
            if not tasks:
                tasks.append(shown.add_task(doing, total=total))
            shown.update(tasks[0], completed=done, total=total)

        yield tell


@contextlib.contextmanager
def opened() -> Iterator[History]:
    """Open the history of the data home, in step with the files, and report what was mended."""
    with bar("scoring what is new") as tell:
        history = History(progress=tell)
    told = _tell(history, 0)
    try:
        yield history
    finally:
        _tell(history, told)
        history.close()


def _tell(history: History, told: int) -> int:
    """Tell what was mended since so many reports; return how many there are now."""
    new = history.refreshed.reports[told:]
    for report in new[:_MOST_REPORTS]:
        print(f"imu-ankle: {report}", file=sys.stderr)
    if len(new) > _MOST_REPORTS:
        print(f"imu-ankle: and {len(new) - _MOST_REPORTS} more of that kind", file=sys.stderr)
    return told + len(new)


def whose(history: History, wanted: str | None) -> str:
    """Return the athlete that is meant: the one named, the only one, or who recorded last."""
    known = history.athletes()
    if not known:
        raise history.nothing()
    if wanted is not None:
        if wanted not in known:
            raise HistoryError(
                "no_athlete", f"no recording of {wanted!r}; known are {', '.join(known)}"
            )
        return wanted
    if len(known) == 1:
        return known[0]
    print(f"athlete: {known[-1]} (of {', '.join(known)}; --athlete names another)", file=sys.stderr)
    return known[-1]
