"""The history in open formats: everything as a zip, or all numbers as one table."""

from __future__ import annotations

import hashlib
import json
import zipfile
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from imu_ankle.core.callbacks import ProgressCallback, no_progress
from imu_ankle.core.errors import RecordingError
from imu_ankle.core.version import VERSION
from imu_ankle.history.athletes import athlete_path, athlete_text
from imu_ankle.history.plans import plan_path, plan_text, read_plan
from imu_ankle.history.pseudonyms import LATEST_S, Pseudonyms
from imu_ankle.history.scores import cached_result_text, score_path
from imu_ankle.history.share import calibrations_in
from imu_ankle.io.calibrations import calibration_text
from imu_ankle.io.csvfile import read_samples, rows_text
from imu_ankle.io.sidecar import write_sidecar
from imu_ankle.io.tables import write_frame
from imu_ankle.io.text import whole_file

if TYPE_CHECKING:
    from pathlib import Path

    import pandas as pd

    from imu_ankle.core.recording import FloatArray, IntArray
    from imu_ankle.history.share import Share, SharedTrial

NUMBERS = "numbers.csv"  # the tidy table in a zip


@dataclass(frozen=True, slots=True)
class Written:
    """How many files were written, and which trials were left out, each with the reason."""

    files: int
    left_out: tuple[str, ...] = ()


def write_table(share: Share, out: Path) -> int:
    """Write the tidy table as CSV or, where `out` ends so, as Parquet; return the number of rows.

    Raises
    ------
    UsageError
        As `require_writable`.
    """
    table = share.table()
    write_frame(table, out)
    return len(table)


def _csv(table: pd.DataFrame) -> bytes:
    return table.to_csv(index=False, lineterminator="\n").encode()


def write_zip(share: Share, out: Path, progress: ProgressCallback = no_progress) -> Written:
    """Write everything into a zip that is a data home once it is unpacked.

    Files go in as they lie. Under pseudonyms they are made anew from what is known in them; a trial
    whose rows can't be read, or tell the date, is left out.
    """
    left_out: list[str] = []
    anew = isinstance(share.names, Pseudonyms)
    trials, rest = (_trial_anew, _rest_anew) if anew else (_trial_as_it_lies, _rest_as_it_lies)
    with (
        whole_file(out, private=True) as raw,
        zipfile.ZipFile(raw, "w", zipfile.ZIP_DEFLATED, strict_timestamps=False) as packed,
    ):
        for done, trial in enumerate(share.trials, 1):
            try:
                trials(packed, share, trial)
            except RecordingError as error:
                left_out.append(str(error))
            progress(done, len(share.trials))
        rest(packed, share)
        _put(packed, NUMBERS, _csv(share.table()))
        return Written(len(packed.namelist()), tuple(left_out))


def _put(packed: zipfile.ZipFile, name: str, content: str | bytes) -> None:
    """Add a file that says nothing of when it was made, for its owner alone."""
    entry = zipfile.ZipInfo(name)  # of 1980, the first year that a zip knows
    entry.compress_type = zipfile.ZIP_DEFLATED
    entry.external_attr = 0o100600 << 16
    packed.writestr(entry, content)


def _trial_as_it_lies(packed: zipfile.ZipFile, share: Share, trial: SharedTrial) -> None:
    """Add all files of a trial, whatever they are: recording, sidecar, score, raw packets."""
    for path in sorted(trial.csv.parent.iterdir()):
        name = path.relative_to(share.history.home).as_posix()
        belongs = path.name.startswith(f"{trial.csv.stem}.") and path.suffix != ".ballast"
        is_here = not path.is_symlink() and name not in packed.NameToInfo
        if belongs and is_here:  # a.b.csv begins as a.csv does
            packed.write(path, name)


def _rest_as_it_lies(packed: zipfile.ZipFile, share: Share) -> None:
    """Add what isn't of one trial."""
    home = share.history.home
    paths = [folder / "session.json" for folder in {trial.csv.parent: 0 for trial in share.trials}]
    paths += [athlete_path(home, name) for name in share.athletes]
    paths += [path for path, found in calibrations_in(home) if found.serial in share.serials]
    for path in (*paths, plan_path(home)):
        if path.exists() and not path.is_symlink():
            packed.write(path, path.relative_to(home))


def _trial_anew(packed: zipfile.ZipFile, share: Share, trial: SharedTrial) -> None:
    """Add a trial made of what is known of it.

    Raises
    ------
    RecordingError
        If its rows can't be read, or its clock tells the date.
    """
    rows = read_samples(trial.csv)
    if np.nanmax(np.abs(rows.table[:, 0]), initial=0.0) > LATEST_S:
        raise RecordingError(
            "dated", f"{trial.was}: its time_s counts from a date, and so tells it"
        )
    whole = {name: _whole(rows.table[:, i]) for i, name in enumerate(rows.columns) if i > 6}
    csv = rows_text(rows.table[:, :7], whole.get("seq"), whole.get("flags")).encode()
    path = share.history.home / trial.facts.trial
    made: dict[Path, str | bytes] = {
        path: csv,
        path.with_suffix(".json"): write_sidecar(trial.sidecar),
    }
    score = share.score(trial)
    if score is not None:
        hashed = replace(score, csv_sha256=hashlib.sha256(csv).hexdigest())
        made[score_path(path)] = cached_result_text(hashed)
    for each, content in made.items():
        _put(packed, each.relative_to(share.history.home).as_posix(), content)


def _whole(column: FloatArray) -> FloatArray | IntArray:
    return column.astype(np.int64) if np.isfinite(column).all() else column


def _rest_anew(packed: zipfile.ZipFile, share: Share) -> None:
    """Add what isn't of one trial, made of what is known of it."""
    first = {trial.facts.session: trial.facts for trial in reversed(share.trials)}
    for session, facts in first.items():
        about = {
            "schema": 1,
            "athlete": facts.athlete,
            "started_at": facts.started_at,
            "software": f"imu_ankle {VERSION}",
        }
        _put(packed, f"sessions/{session}/session.json", json.dumps(about, indent=1) + "\n")
    for profile in share.profiles():
        _put(packed, f"athletes/{profile.name}.json", athlete_text(profile))
    for each in share.calibrations():
        _put(packed, f"calibrations/{each.serial}.json", calibration_text(each))
    if plan_path(share.history.home).exists():
        _put(packed, "plan.toml", plan_text(read_plan(share.history.home)))
