"""`imu-ankle replay`: a recording through the live path."""

from __future__ import annotations

import sys
import time
from typing import TYPE_CHECKING

import numpy as np

from imu_ankle.analysis import Analysis, known_exercise, known_word
from imu_ankle.cli.analyze import EXIT_NOT_ANALYSABLE, print_analysis
from imu_ankle.cli.keys import single_keys
from imu_ankle.cli.screen import Screen
from imu_ankle.cli.show import print_json
from imu_ankle.errors import ImuAnkleError, UsageError
from imu_ankle.files.calibrations import find_calibration
from imu_ankle.files.csvfile import read_rows, sidecar_of
from imu_ankle.guided.view import View
from imu_ankle.live import LiveSet, progress
from imu_ankle.model import Side
from imu_ankle.result import Grade
from imu_ankle.wording import number

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from imu_ankle.model import FloatArray

_LONGEST_PAUSE_S = 2.0
_TICK_S = 0.25  # of wall time between two pictures
_HINT = "space: pause or go on · q: to the end at once · Ctrl-C: leave"


def run_replay(
    path: Path, answers: Mapping[str, str | None], *, speed: float, as_json: bool
) -> int:
    """Play a recording as if it were live, then print the result; return the exit status."""
    if path.is_dir():
        raise UsageError("bad_file", f"{path} is a folder; replay takes one recording")
    rows = read_rows(path)
    sidecar = sidecar_of(path)
    exercise = known_exercise(answers["exercise"] or sidecar.exercise)
    side = known_word(Side, answers["side"] or sidecar.side, "side")
    live = LiveSet(
        sidecar,
        columns=rows.columns,
        calibration=find_calibration(sidecar.sensor.serial) if sidecar.sensor.serial else None,
        file=str(path),
        answers=answers,
        repairs=rows.repairs,
    )
    time_s = _pace_s(rows.table[:, 0])
    title = f"{exercise.title}, {side} · replay x{speed:g}"
    if sidecar.simulated:
        title += " · SIMULATED"

    def look(now_s: float, *, paused: bool) -> View:
        return _view(live, now_s, title, paused=paused)

    with Screen() as screen, single_keys() as key:
        _play(rows.table, time_s, live, speed, screen, key, look)
    analysis = live.examine()
    if as_json:
        print_json(analysis.result.to_dict())
    else:
        print_analysis(analysis)
    print(f"next: imu-ankle analyze {path} --plot", file=sys.stderr)
    return EXIT_NOT_ANALYSABLE if analysis.result.quality.grade is Grade.INVALID else 0


def _pace_s(time_s: FloatArray) -> FloatArray:
    """Return when each row is due, from 0 and never back; no pause is longer than 2 s."""
    known = np.where(np.isfinite(time_s), time_s, np.nan)
    # a row without a time comes with the one before it
    ahead = np.fmax.accumulate(np.concatenate([[np.nanmin(known)], known]))
    return np.cumsum(np.minimum(np.diff(ahead), _LONGEST_PAUSE_S))


def _play(
    table: np.ndarray,
    time_s: np.ndarray,
    live: LiveSet,
    speed: float,
    screen: Screen,
    key: Callable[[], str],
    look: Callable[..., View],
) -> None:
    """Hand the rows to `live` in step with the clock, and show each step."""
    paused = False
    now_s, shown = float(time_s[0]), 0
    end_s = float(time_s[-1])
    last = time.monotonic()
    while shown < len(table):
        pressed = key()
        if pressed == " ":
            paused = not paused
        elif pressed == "q":
            now_s, paused = end_s, False
        wall, last = time.monotonic() - last, time.monotonic()
        if not paused:
            now_s = min(now_s + wall * speed, end_s)
            until = int(np.searchsorted(time_s, now_s, side="right"))
            live.add(table[shown:until])
            shown = until
        screen.show(look(float(np.nanmax(live.rows[:, 0], initial=0.0)), paused=paused))
        spent = time.monotonic() - last
        if shown < len(table):
            time.sleep(max(0.0, _TICK_S - spent))


def _view(live: LiveSet, now_s: float, title: str, *, paused: bool) -> View:
    analysis: Analysis | None = None
    message, shown, share = "paused" if paused else "", "", None
    try:
        analysis = live.examine()
    except ImuAnkleError as error:
        message = message or str(error)
    if analysis is not None:
        so_far = progress(analysis, now_s)
        shown = f"{number(so_far.done, 0)} of {so_far.target:g} {so_far.unit}"
        share = so_far.done / so_far.target
        message = message or analysis.message or ""
    return View(
        title=title,
        now_s=now_s,
        message=message,
        number=shown,
        share=share,
        rows=live.rows,
        analysis=analysis,
        hint=_HINT,
    )
