"""What the terminal shows while a set is done or replayed: number, traces, link.

On a terminal one picture that is redrawn; elsewhere a line whenever something changes. All of it
goes to stderr.
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import numpy as np
from rich.console import Console, Group
from rich.live import Live
from rich.panel import Panel
from rich.text import Text

from imu_ankle.core.recording import GRAVITY_MPS2

if TYPE_CHECKING:
    from types import TracebackType

    from imu_ankle.core.recording import FloatArray
    from imu_ankle.session.display import DisplayState

_FULL_G = 8.0  # of the bars; a landing may be beyond
_BARS = " ▁▂▃▄▅▆▇█"
_WINDOW_S = 12.0
_COLUMNS = 60


class TerminalDisplay:
    """Shows views until it is left."""

    stop_asked = False  # Ctrl-C asks, by a signal

    def __init__(self) -> None:
        self._console = Console(stderr=True)
        self._live: Live | None = None
        self._said: tuple[str, str] = ("", "")

    def __enter__(self) -> TerminalDisplay:
        if sys.stderr.isatty():
            self._live = Live(console=self._console, auto_refresh=False, transient=True)
            self._live.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._live is not None:
            self._live.stop()
            self._live = None

    def say(self, text: str) -> None:
        """Print a line that stays."""
        self._console.print(text, markup=False, highlight=False, soft_wrap=True)

    def samples(self, sensor: int, samples: FloatArray) -> None:
        """Take rows as they come; the views have all of them."""

    def show(self, state: DisplayState) -> None:
        """Show a view in place of the last one."""
        if self._live is not None:
            self._live.update(draw(state), refresh=True)
            return
        said = (state.message, state.number)
        if said != self._said and any(said):
            self.say(f"{state.now_s:6.1f} s  {state.number:<24} {state.message}".rstrip())
            self._said = said


def draw(state: DisplayState) -> Panel:
    """Return the picture of a view."""
    lines: list[Text] = []
    if state.number:
        line = Text(f"{state.number:<22}", style="bold")
        if state.share is not None:
            full = round(min(max(state.share, 0.0), 1.0) * 30)
            line.append("█" * full + "░" * (30 - full))
        lines.append(line)
    if state.message:
        lines.append(Text(state.message, style="bold yellow"))
    lines += _traces(state)
    lines += [Text(link.summary, style="dim") for link in state.links]
    if state.hint:
        lines.append(Text(state.hint, style="dim"))
    return Panel(Group(*lines), title=f"{state.title} · {state.now_s:.0f} s", width=_COLUMNS + 22)


def _traces(state: DisplayState) -> list[Text]:
    if len(state.samples) < 2:
        return []
    edges = state.now_s - _WINDOW_S + np.arange(_COLUMNS + 1) * _WINDOW_S / _COLUMNS
    recent = state.samples[state.samples[:, 0] >= edges[0]]
    at = np.clip(np.searchsorted(edges, recent[:, 0], side="right") - 1, 0, _COLUMNS - 1)
    rate = _peaks(np.linalg.norm(recent[:, 4:7], axis=1), at)
    force = _peaks(np.linalg.norm(recent[:, 1:4], axis=1) / GRAVITY_MPS2, at)
    with np.errstate(invalid="ignore", divide="ignore"):
        decades = np.log10(np.maximum(rate, 1.0)) / 3.0  # 1 to 1000 deg/s
    return [
        Text(f"rate  {_bars(decades)} {_last(rate, 0, 'deg/s')}"),
        Text(f"force {_bars(force / _FULL_G)} {_last(force, 1, 'g')}"),
        Text(f"found {_marks(state, edges)}"),
    ]


def _peaks(values: FloatArray, at: FloatArray) -> FloatArray:
    peaks = np.full(_COLUMNS, np.nan)
    np.fmax.at(peaks, at.astype(int), values)
    return peaks


def _bars(shares: FloatArray) -> str:
    known = np.nan_to_num(shares, nan=0.0)
    levels = np.clip(np.ceil(known * (len(_BARS) - 1)), 0, len(_BARS) - 1).astype(int)
    return "".join(_BARS[level] for level in levels)


def _last(values: FloatArray, decimals: int, unit: str) -> str:
    known = values[np.isfinite(values)]
    return f"{known[-1]:.{decimals}f} {unit}" if len(known) else ""


def _marks(state: DisplayState, edges: FloatArray) -> str:
    """Return ▲ for a repetition, × for what doesn't count, ─ for what is scored."""
    row = [" "] * _COLUMNS
    if state.analysis is None or "no_weight_shift" in state.analysis.result.quality.reasons:
        return "".join(row)
    result = state.analysis.result
    for span in result.spans:
        first, last = np.searchsorted(edges, (span.start_s, span.end_s))
        for k in range(max(first - 1, 0), min(last, _COLUMNS)):
            row[k] = "─"
    for event in result.events:
        k = int(np.searchsorted(edges, event.start_s, side="right")) - 1
        if 0 <= k < _COLUMNS:
            counts = state.analysis.exercise.counts
            row[k] = "×" if event.rejected else "▲" if counts else "!"
    return "".join(row)
