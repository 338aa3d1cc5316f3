"""Scores made anew from the recordings, and what that moved."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from imu_ankle.core.callbacks import ProgressCallback, no_progress
from imu_ankle.core.errors import ScoreError
from imu_ankle.history.scores import make_cached_result, read_cached_result
from imu_ankle.io.csvfile import sidecar_of
from imu_ankle.progress.table import numbers_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from imu_ankle.history.index import Entry
    from imu_ankle.history.scores import CachedResult
    from imu_ankle.history.store import History


@dataclass(frozen=True, slots=True, kw_only=True)
class Moved:
    """How one number of one exercise moved: over how many trials, and how far."""

    exercise: str
    key: str
    trials: int
    moved: int
    appeared: int  # had no value before
    vanished: int
    median_change: float
    largest_change: float


def rescore(
    history: History,
    entries: Sequence[Entry],
    *,
    keep: bool = True,
    progress: ProgressCallback = no_progress,
) -> list[Moved]:
    """Score trials anew and return the numbers that were compared; `keep` writes the new scores.

    Each score is written as a whole, so this may be interrupted and begun again.
    """
    pairs: dict[tuple[str, str], list[tuple[float, float]]] = {}
    for done, entry in enumerate(entries, 1):
        csv = history.path(entry)
        try:
            old = read_cached_result(csv)
        except ScoreError:
            old = None
        try:
            new = make_cached_result(csv, sidecar_of(csv), keep=keep)
        except FileNotFoundError:
            continue  # thrown away meanwhile
        before, after = _numbers(old), _numbers(new)
        for key in before.keys() | after.keys():
            pair = before.get(key, np.nan), after.get(key, np.nan)
            pairs.setdefault((entry.facts.exercise, key), []).append(pair)
        progress(done, len(entries))
    if keep:
        history.refresh()
    return [
        _moved(exercise, key, np.array(found)) for (exercise, key), found in sorted(pairs.items())
    ]


def _numbers(score: CachedResult | None) -> dict[str, float]:
    if score is None or score.result is None:
        return {}
    return {key: value for key, value, _ in numbers_of(score.result)}


def _moved(
    exercise: str, key: str, pairs: np.ndarray[tuple[int, int], np.dtype[np.float64]]
) -> Moved:
    before, after = pairs.T
    was, is_ = np.isfinite(before), np.isfinite(after)
    change = (after - before)[was & is_]
    moved = change[change != 0.0]
    return Moved(
        exercise=exercise,
        key=key,
        trials=len(pairs),
        moved=len(moved),
        appeared=int((~was & is_).sum()),
        vanished=int((was & ~is_).sum()),
        median_change=float(np.median(moved)) if len(moved) else 0.0,
        largest_change=float(moved[np.argmax(np.abs(moved))]) if len(moved) else 0.0,
    )
