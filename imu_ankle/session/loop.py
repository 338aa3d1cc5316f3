"""The one event loop of a program, with the one radio on it, in a thread of its own.

bleak wants one loop for all that a process does over Bluetooth, and an adapter opens one connection at
a time: whoever scans, records or serves the page does it here.
"""

from __future__ import annotations

import asyncio
import contextlib
import signal
import threading
from concurrent.futures import CancelledError, Future, wait
from functools import cache
from typing import TYPE_CHECKING, Any, TypeVar

from imu_ankle.bluetooth.link import Radio

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine, Iterator

T = TypeVar("T")
_PATIENCE_S = 0.2  # between two looks for a signal: a wait without end isn't interrupted everywhere
_SIGNALS = tuple(
    getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGHUP") if hasattr(signal, name)
)


class Interruption:
    """Tells work on the loop that the user wants it to end; work that hears it ends in order."""

    def __init__(self) -> None:
        self.heard_by: list[Callable[[], None]] = []

    def ask(self) -> bool:
        """Tell everybody who listens; whether there was somebody."""
        for call in self.heard_by:
            call()
        return bool(self.heard_by)


class SensorLoop:
    """Runs coroutines one after another or at once, from any thread.

    Attributes
    ----------
    radio : the system's.
    """

    def __init__(self) -> None:
        self.radio = Radio()
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._serve, name="sensors", daemon=True)
        self._thread.start()

    def run(self, work: Coroutine[Any, Any, T], interruption: Interruption | None = None) -> T:
        """Run `work` to its end, and return what it returns.

        A signal asks for an end by `interruption`; where nobody listens the work is cancelled.

        Raises
        ------
        KeyboardInterrupt
            If a signal came and nobody listened.
        """
        future = asyncio.run_coroutine_threadsafe(work, self._loop)
        ask = interruption or Interruption()
        cancelled = threading.Event()

        def interrupt() -> None:
            if not ask.ask():
                cancelled.set()
                future.cancel()

        with _signals_to(lambda: self._loop.call_soon_threadsafe(interrupt)):
            try:
                return _outcome(future)
            except CancelledError:
                if cancelled.is_set():
                    raise KeyboardInterrupt from None
                raise

    def _serve(self) -> None:
        asyncio.set_event_loop(self._loop)
        self._loop.run_forever()


def _outcome(future: Future[T]) -> T:
    while not wait([future], timeout=_PATIENCE_S).done:
        pass
    return future.result()


@contextlib.contextmanager
def _signals_to(call: Callable[[], object]) -> Iterator[None]:
    """Have the signals that end a program call `call` instead; only the main thread gets any."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = {number: signal.signal(number, lambda *_: call()) for number in _SIGNALS}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


@cache
def sensor_loop() -> SensorLoop:
    """Return this process's loop."""
    return SensorLoop()
