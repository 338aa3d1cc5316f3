"""One session or replay at a time, in a thread of its own; the server only starts and stops it."""

from __future__ import annotations

import threading
import traceback
from typing import TYPE_CHECKING

from imu_ankle.core.errors import BrokenOffError, ImuAnkleError, UsageError
from imu_ankle.core.options import AnalysisOptions
from imu_ankle.session.guided import GuidedSession
from imu_ankle.session.replay import replay
from imu_ankle.web.ui import PageSessionUI, verdict_record

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from imu_ankle.session.guided import SessionOptions
    from imu_ankle.web.hub import Hub


_MOST_KEYS = 32


class Runner:
    """Runs what was started last; a second start while it runs is refused."""

    def __init__(self, hub: Hub) -> None:
        self.hub = hub
        self.ui: PageSessionUI | None = None
        self._thread: threading.Thread | None = None
        self._keys: list[str] = []

    @property
    def running(self) -> bool:
        """Whether something runs."""
        return self._thread is not None and self._thread.is_alive()

    def session(self, options: SessionOptions) -> None:
        """Start a session.

        Raises
        ------
        UsageError
            ``busy`` while something else runs.
        """

        def run(ui: PageSessionUI) -> None:
            GuidedSession(options, ui).run()

        self._start(run)

    def replay(self, path: Path, speed: float) -> None:
        """Start a replay of a recording."""

        def run(ui: PageSessionUI) -> None:
            with ui.display() as display:
                analysis = replay(path, AnalysisOptions(), display, speed=speed, key=self._key)
            self.hub.change(verdict=[verdict_record(path, analysis)])

        self._start(run)

    def press(self, key: str) -> None:
        """Pass a key on to a replay; what nobody reads is not heaped up."""
        if len(self._keys) < _MOST_KEYS:
            self._keys.append(key)

    def close(self, patience_s: float = 20.0) -> None:
        """End what runs, and wait until it is safe on the disk."""
        if self.ui is not None:
            self.ui.end()
        if self._thread is not None:
            self._thread.join(patience_s)

    def _key(self) -> str:
        return self._keys.pop(0) if self._keys else ""

    def _start(self, run: Callable[[PageSessionUI], None]) -> None:
        if self.running:
            raise UsageError("busy", "a session runs already; end it first")
        ui = PageSessionUI(self.hub)
        self.ui, self._keys = ui, []
        self.hub.change(phase="between", said=[], step=None, verdict=None, view=None, error=None)
        self._thread = threading.Thread(
            target=self._guarded, args=(run, ui), name="session", daemon=True
        )
        self._thread.start()

    def _guarded(self, run: Callable[[PageSessionUI], None], ui: PageSessionUI) -> None:
        error: str | None = None
        try:
            run(ui)
        except BrokenOffError:
            ui.say("broken off; everything recorded is kept, a new session goes on from here")
        except (ImuAnkleError, OSError) as problem:
            error = str(problem)
        except Exception as problem:  # noqa: BLE001 - whoever looks at the page must see it
            traceback.print_exc()
            error = f"{type(problem).__name__}: {problem}"
        self.hub.change(phase="done", question=None, view=None, error=error)


def known_file(home: Path, text: str) -> Path:
    """Return a recording below the data home that a browser names; nothing outside is opened.

    Raises
    ------
    UsageError
        If it isn't one.
    """
    path = home / text
    try:
        path = path.resolve()
        known = path.is_relative_to(home.resolve()) and path.suffix == ".csv" and path.is_file()
    except OSError:  # a name that no file can have
        known = False
    if not known:
        raise UsageError("bad_file", f"{text[:80]!r} is no recording below the data folder")
    return path
