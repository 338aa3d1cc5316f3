"""Recordings that lie anywhere, as a tidy table: for folders that are no data home."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from imu_ankle.analysis.pipeline import run_analysis
from imu_ankle.core.callbacks import ProgressCallback, no_progress
from imu_ankle.core.errors import ImuAnkleError
from imu_ankle.io.csvfile import read_recording
from imu_ankle.progress.table import facts_of, numbers_of, sessions_by_time, tidy, trials_of

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    import pandas as pd

    from imu_ankle.progress.table import Facts


def gather(
    paths: Sequence[Path], exercise: str | None = None, progress: ProgressCallback = no_progress
) -> tuple[pd.DataFrame, pd.DataFrame, list[tuple[Path, ImuAnkleError]]]:
    """Analyse recordings; return their tidy table, the table of trials, and the files that failed and why.

    Recordings of one athlete that begin within two hours of each other are a session.
    """
    found: list[tuple[Facts, list[tuple[str, float, int]]]] = []
    failed: list[tuple[Path, ImuAnkleError]] = []
    for done, path in enumerate(paths, 1):
        progress(done, len(paths))
        try:
            recording = read_recording(path)
            sidecar = recording.sidecar
            if exercise not in {None, sidecar.exercise}:
                continue
            result = run_analysis(recording).result.to_dict()
        except ImuAnkleError as error:
            failed.append((path, error))
            continue
        athlete = str(sidecar.extra.get("athlete", ""))
        facts = facts_of(sidecar, result, trial=str(path), session="", athlete=athlete)
        found.append((facts, list(numbers_of(result))))
    names = sessions_by_time([(facts.athlete, facts.started_at) for facts, _ in found])
    named = [
        (replace(facts, session=name), numbers)
        for (facts, numbers), name in zip(found, names, strict=True)
    ]
    return tidy(named), trials_of(facts for facts, _ in named), failed
