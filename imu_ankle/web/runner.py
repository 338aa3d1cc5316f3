"""One session or replay at a time, in a thread of its own; the server only starts and stops it."""

from __future__ import annotations

import threading
import traceback
from typing import TYPE_CHECKING

from imu_ankle.core.errors import ImuAnkleError, UsageError
from imu_ankle.session.guided import BrokenOffError, Session
from imu_ankle.session.replay import replay
from imu_ankle.web.face import PageFace, verdict_record

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from imu_ankle.session.guided import SessionWishes
    from imu_ankle.web.hub import Hub


_MOST_KEYS = 32


class Runner:
    """Runs what was started last; a second start while it runs is refused."""

    def __init__(self, hub: Hub) -> None:
        self.hub = hub
        self.face: PageFace | None = None
        self._thread: threading.Thread | None = None
        self._keys: list[str] = []

    @property
    def running(self) -> bool:
        """Whether something runs."""
        return self._thread is not None and self._thread.is_alive()

    def session(self, wishes: SessionWishes) -> None:
        """Start a session.

        Raises
        ------
        UsageError
            ``busy`` while something else runs.
        """

        def run(face: PageFace) -> None:
            Session(wishes, face).run()

        self._start(run)

    def replay(self, path: Path, speed: float) -> None:
        """Start a replay of a recording."""
        answers = dict.fromkeys(("exercise", "side", "placement", "eyes", "surface"))

        def run(face: PageFace) -> None:
            with face.screen() as screen:
                analysis = replay(path, answers, screen, speed=speed, key=self._key)
            self.hub.change(verdict=[verdict_record(path, analysis)])

        self._start(run)

    def press(self, key: str) -> None:
        """Pass a key on to a replay; what nobody reads is not heaped up."""
        if len(self._keys) < _MOST_KEYS:
            self._keys.append(key)

    def close(self, patience_s: float = 20.0) -> None:
        """End what runs, and wait until it is safe on the disk."""
        if self.face is not None:
            self.face.end()
        if self._thread is not None:
            self._thread.join(patience_s)

    def _key(self) -> str:
        return self._keys.pop(0) if self._keys else ""

    def _start(self, run: Callable[[PageFace], None]) -> None:
        if self.running:
            raise UsageError("busy", "a session runs already; end it first")
        face = PageFace(self.hub)
        self.face, self._keys = face, []
        self.hub.change(phase="between", said=[], step=None, verdict=None, view=None, error=None)
        self._thread = threading.Thread(
            target=self._guarded, args=(run, face), name="session", daemon=True
        )
        self._thread.start()

    def _guarded(self, run: Callable[[PageFace], None], face: PageFace) -> None:
        error: str | None = None
        try:
            run(face)
        except BrokenOffError:
            face.say("broken off; everything recorded is kept, a new session goes on from here")
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
