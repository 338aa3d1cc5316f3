"""What the page shows now: one state that is replaced whole, and the newest rows for moving traces.

Written by the thread that records, read by the server: newest wins, nothing queues, nobody waits.
"""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from imu_ankle.core.recording import FloatArray

SENSORS = 2
_KEEP_S = 12.0  # of traces
_MOST_ROWS = 4096
_SAID = 8  # lines that stay


@dataclass(slots=True)
class _Trace:
    """The newest rows of one sensor, and how many there ever were."""

    samples: FloatArray = field(default_factory=lambda: np.empty((0, 7), dtype=np.float64))
    total: int = 0
    at_ms: float = 0.0  # wall time at which the newest came


class Hub:
    """State and traces; every method may be called from any thread."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._state: dict[str, Any] = {"schema": 1, "phase": "idle", "said": []}
        self._version = 0
        self._traces = [_Trace() for _ in range(SENSORS)]

    def change(self, **changes: object) -> None:
        """Replace parts of the state; None takes a part away."""
        with self._lock:
            state = {**self._state, **changes}
            self._state = {key: value for key, value in state.items() if value is not None}
            self._version += 1

    def say(self, text: str) -> None:
        """Add a line that stays, until others push it out."""
        with self._lock:
            said = [*self._state["said"], text.strip()][-_SAID:]
            self._state = {**self._state, "said": said}
            self._version += 1

    def state(self) -> tuple[int, dict[str, Any]]:
        """Return the version and the state; the dict is never changed."""
        with self._lock:
            return self._version, self._state

    def add(self, sensor: int, samples: FloatArray) -> None:
        """Take rows (n, 9) as they came: time, acceleration, rate; the rest is for the file."""
        if not len(samples) or sensor >= SENSORS:
            return
        with self._lock:
            trace = self._traces[sensor]
            kept = np.vstack([trace.samples, samples[:, :7]])[-_MOST_ROWS:]
            trace.samples = kept[kept[:, 0] >= samples[-1, 0] - _KEEP_S]
            trace.total += len(samples)
            trace.at_ms = 1000.0 * time.time()

    def clear(self) -> None:
        """Forget the traces: another set begins."""
        with self._lock:
            for trace in self._traces:
                trace.samples = trace.samples[:0]

    def since(self, sensor: int, total: int) -> tuple[int, FloatArray, float]:
        """Return how many rows there ever were, those after the first `total`, and when they came."""
        with self._lock:
            trace = self._traces[sensor]
            new = min(trace.total - total, len(trace.samples))
            return trace.total, trace.samples[len(trace.samples) - new :], trace.at_ms
