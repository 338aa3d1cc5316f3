"""A recording through the live path, in step with the clock."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import numpy as np

from imu_ankle.analysis.exercises import get_exercise
from imu_ankle.analysis.live import LiveSet, set_status
from imu_ankle.core.errors import ImuAnkleError, UsageError
from imu_ankle.core.options import AnalysisOptions, Side, parse_enum
from imu_ankle.io.calibrations import find_calibration
from imu_ankle.io.csvfile import read_samples, sidecar_of
from imu_ankle.session.display import DisplayState
from imu_ankle.text.results import number

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from imu_ankle.analysis.pipeline import AnalysisRun
    from imu_ankle.core.recording import FloatArray
    from imu_ankle.session.display import LiveDisplay

_LONGEST_PAUSE_S = 2.0
_TICK_S = 0.1  # of wall time between two steps
_LOOK_S = 0.25  # ... and at least so much between two looks
_HINT = "space: pause or go on · q: to the end at once · Ctrl-C: leave"


def replay(
    path: Path,
    options: AnalysisOptions,
    display: LiveDisplay,
    *,
    speed: float,
    key: Callable[[], str] = str,
) -> AnalysisRun:
    """Play a recording as if it were live; return the analysis of all of it.

    `key` gives what was pressed since: " " pauses or goes on, "q" jumps to the end.
    """
    if path.is_dir():
        raise UsageError("bad_file", f"{path} is a folder; replay takes one recording")
    samples = read_samples(path)
    sidecar = sidecar_of(path)
    exercise = get_exercise(options.exercise or sidecar.exercise)
    side = parse_enum(Side, options.side or sidecar.side, "side")
    live = LiveSet(
        sidecar,
        columns=samples.columns,
        calibration=find_calibration(sidecar.sensor.serial) if sidecar.sensor.serial else None,
        file=str(path),
        options=options,
        repairs=samples.repairs,
    )
    title = f"{exercise.title}, {side} · replay x{speed:g}"
    if sidecar.simulated:
        title += " · SIMULATED"
    _play(samples.table, live, speed, display, key, title)
    return live.analyze()


def pace_s(time_s: FloatArray) -> FloatArray:
    """Return when each row is due, from 0 and never back; no pause is longer than 2 s."""
    known = np.where(np.isfinite(time_s), time_s, np.nan)
    # a row without a time comes with the one before it
    ahead = np.fmax.accumulate(np.concatenate([[np.nanmin(known)], known]))
    return np.cumsum(np.minimum(np.diff(ahead), _LONGEST_PAUSE_S))


def _play(
    table: FloatArray,
    live: LiveSet,
    speed: float,
    display: LiveDisplay,
    key: Callable[[], str],
    title: str,
) -> None:
    """Hand the rows to `live` in step with the clock, and show each step."""
    due_s = pace_s(table[:, 0])
    paused, shown, now_s = False, 0, float(due_s[0])
    last = looked = time.monotonic()
    while shown < len(table):
        pressed = key()
        if pressed == " ":
            paused = not paused
        elif pressed == "q" or display.stop_asked:
            now_s, paused = float(due_s[-1]), False
        wall, last = time.monotonic() - last, time.monotonic()
        if not paused:
            now_s = min(now_s + wall * speed, float(due_s[-1]))
            until = int(np.searchsorted(due_s, now_s, side="right"))
            live.add(table[shown:until])
            display.samples(0, table[shown:until])
            shown = until
        if time.monotonic() - looked >= _LOOK_S or shown == len(table):
            looked = time.monotonic()
            newest_s = float(np.nanmax(live.samples[:, 0], initial=0.0))
            display.show(_state(live, newest_s, title, paused=paused))
            # a long set is looked at less often, so that it keeps its pace
            looked += 2.0 * (time.monotonic() - looked)
        if shown < len(table):
            time.sleep(max(0.0, _TICK_S - (time.monotonic() - last)))


def _state(live: LiveSet, now_s: float, title: str, *, paused: bool) -> DisplayState:
    analysis: AnalysisRun | None = None
    message, shown, share = "paused" if paused else "", "", None
    try:
        analysis = live.analyze()
    except ImuAnkleError as error:
        message = message or str(error)
    if analysis is not None:
        so_far = set_status(analysis, now_s)
        shown = f"{number(so_far.done, 0)} of {so_far.target:g} {so_far.unit}"
        share = so_far.done / so_far.target
        message = message or analysis.message or ""
    return DisplayState(
        title=title,
        now_s=now_s,
        message=message,
        number=shown,
        share=share,
        samples=live.samples,
        analysis=analysis,
        hint=_HINT,
    )
