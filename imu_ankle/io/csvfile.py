"""A trial on disk: one CSV and one sidecar with the same stem, to and from `Recording`."""

from __future__ import annotations

import io
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from imu_ankle.core.assemble import COLUMNS, OPTIONAL_COLUMNS, assemble
from imu_ankle.core.errors import RecordingError
from imu_ankle.core.recording import FloatArray, IntArray, Recording, Repair, Sidecar
from imu_ankle.io.calibrations import find_calibration
from imu_ankle.io.home import DataHome
from imu_ankle.io.sidecar import read_sidecar, write_sidecar
from imu_ankle.io.text import read_text, write_whole

if TYPE_CHECKING:
    import os
    from collections.abc import Callable

    from imu_ankle.core.recording import Calibration


@dataclass(frozen=True, slots=True, eq=False)
class SampleTable:
    """A trial's rows as the file has them.

    Attributes
    ----------
    table : (N, C) in the order of the file; cells without a number are NaN.
    columns : their names, those of a trial in order.
    repairs : what reading had to leave out.
    """

    table: FloatArray
    columns: tuple[str, ...]
    repairs: tuple[Repair, ...]


def read_recording(
    path: str | os.PathLike[str], *, calibration: Calibration | None = None
) -> Recording:
    """Read the trial at `path`; a CSV without a sidecar is a valid recording.

    The samples stay as they were recorded. What had to be set right (a cut last line, rows without
    numbers, stamps out of order) stands in `Recording.repairs`. A calibration saved for the sensor's
    serial number is attached, unless one is given.

    Raises
    ------
    RecordingError
        With a code: ``not_found``, ``not_readable``, ``empty_file``, ``not_text``,
        ``missing_column``, ``bad_value``, ``bad_clock``.
    SidecarError
        If there is a sidecar, but not one that can be read.
    """
    return load_recording(Path(path), calibration=calibration)


def load_recording(
    path: Path,
    *,
    calibration: Calibration | None = None,
    find: Callable[[str], Calibration | None] = find_calibration,
) -> Recording:
    """Do what `read_recording` does; `find` returns the calibration of a serial number."""
    rows = read_samples(path)
    sidecar = sidecar_of(path)
    if calibration is None and sidecar.sensor.serial:
        calibration = find(sidecar.sensor.serial)
    return assemble(
        rows.table,
        rows.columns,
        sidecar=sidecar,
        calibration=calibration,
        repairs=rows.repairs,
        file=str(path),
    )


def sidecar_of(path: Path) -> Sidecar:
    """Return the sidecar beside the trial at `path`; an empty one where there is none."""
    sidecar_path = path.with_suffix(".json")
    return read_sidecar(sidecar_path) if sidecar_path.exists() else Sidecar()


def read_samples(path: Path) -> SampleTable:
    """Read the rows of the trial at `path` as they are.

    Raises
    ------
    RecordingError
        As `read_recording`, but for what the rows say together.
    """
    text = read_text(path, "utf-8-sig")
    header, _, body = text.partition("\n")
    columns = [name.strip() for name in header.split(",")]
    missing = [name for name in COLUMNS if name not in columns]
    if missing:
        raise RecordingError(
            "missing_column",
            f"{path.name}: no column {', '.join(missing)}; found {_shorten(header)}. A file from "
            f"another program is converted with `imu-ankle import {path}`",
        )
    wanted = [name for name in (*COLUMNS, *OPTIONAL_COLUMNS) if name in columns]
    repairs: list[Repair] = []
    if body and not body.endswith("\n"):
        body = body[: body.rfind("\n") + 1]
        repairs.append(Repair(None, "the last line has no line end and was left out as cut off"))
    if not body.strip():
        raise RecordingError("empty_file", f"{path.name} has a header but no samples")
    use = [columns.index(name) for name in wanted]
    table = _numbers(body, use, wanted)
    return SampleTable(table, tuple(wanted), tuple(repairs))


def csvs_in(folder: Path) -> list[Path]:
    """Return every CSV in and below `folder`, in order; of a data home not what was thrown away.

    What is hidden is left out: systems put files like ``._a.csv`` beside the real ones.

    Raises
    ------
    RecordingError
        ``not_found`` if there is none.
    """
    places = DataHome(folder)
    trash = places.trash if places.sessions.is_dir() else None
    found = sorted(
        path
        for path in folder.rglob("*.[cC][sS][vV]")
        if not path.name.startswith(".") and not path.is_dir() and trash not in path.parents
    )
    if not found:
        raise RecordingError("not_found", f"there is no CSV in the folder {folder}")
    return found


def is_trial(path: Path) -> bool:
    """Whether the file at `path` has the columns of a trial."""
    header = read_text(path, "utf-8-sig", "latin-1").partition("\n")[0]
    return set(COLUMNS) <= {name.strip() for name in header.split(",")}


def write_recording(
    recording: Recording, path: str | os.PathLike[str], *, private: bool = False
) -> None:
    """Write `recording` as CSV and sidecar; reading it back gives the same numbers bit for bit.

    Each file appears complete or not at all; `private` ones can be read by their owner alone.
    """
    samples = np.column_stack([recording.time_s, recording.acc_mps2, recording.gyr_dps])
    write_rows(
        Path(path),
        samples,
        recording.seq,
        recording.sidecar,
        flags=recording.flags,
        private=private,
    )


def write_rows(
    path: Path,
    samples: FloatArray,
    seq: IntArray | None,
    sidecar: Sidecar,
    *,
    flags: IntArray | None = None,
    private: bool = False,
) -> None:
    """Write `samples` (N, 7) row by row as they came, in whatever order, and the sidecar."""
    write_whole(path.with_suffix(".json"), write_sidecar(sidecar), private=private)
    write_whole(path, rows_text(samples, seq, flags), private=private)


def rows_text(
    samples: FloatArray, seq: IntArray | FloatArray | None, flags: IntArray | FloatArray | None
) -> str:
    """Return the text of a trial's CSV; reading it gives the same numbers bit for bit."""
    import pandas as pd  # noqa: PLC0415 - only writing needs it

    frame = pd.DataFrame(samples, columns=list(COLUMNS))
    for name, whole in (("seq", seq), ("flags", flags)):
        if whole is not None:
            frame[name] = whole
    return frame.to_csv(index=False, lineterminator="\n")


def _shorten(header: str) -> str:
    header = header.strip()
    return repr(header if len(header) <= 120 else header[:117] + "...")


_MANY_CELLS = 100  # in a row; a table of so many columns is large however few rows it has


def _numbers(body: str, use: list[int], names: list[str]) -> FloatArray:
    """Parse the wanted columns, (N, C); cells without a number become NaN.

    pandas reads several times as fast as numpy, to the same bits, but to load it takes longer than
    to read some dozen trials: it's used where it is loaded.
    """
    try:
        if "pandas" in sys.modules and body.count(",", 0, body.find("\n")) < _MANY_CELLS:
            return _numbers_by_pandas(body, use)
        table = np.loadtxt(io.StringIO(body), delimiter=",", comments=None, ndmin=2)
        return table[:, use]
    except (ValueError, IndexError):
        return _numbers_with_holes(body, use, names)


def _numbers_by_pandas(body: str, use: list[int]) -> FloatArray:
    """Parse columns of numbers.

    Raises
    ------
    ValueError, IndexError
        If some cell holds none, or some row has too few or too many.
    """
    import pandas as pd  # noqa: PLC0415 - loaded already

    # before 3.1 its default was off by a last bit
    exact: dict[str, Any] = (
        {}
        if tuple(map(int, pd.__version__.split(".")[:2])) >= (3, 1)
        else {"float_precision": "round_trip"}
    )
    frame = pd.read_csv(io.StringIO(body), header=None, keep_default_na=False, **exact)
    if any(kind.kind not in "fiu" for kind in frame.dtypes):
        raise ValueError("a cell holds no number")
    table: FloatArray = frame.to_numpy(dtype=np.float64)[:, use]
    return table


def _numbers_with_holes(body: str, use: list[int], names: list[str]) -> FloatArray:
    """Parse files in which some cell is empty or wrong, and say where: slow."""
    import pandas as pd  # noqa: PLC0415 - only broken files come here

    try:
        cells = pd.read_csv(
            io.StringIO(body), header=None, dtype=str, skip_blank_lines=False, usecols=use
        )
    except (pd.errors.ParserError, ValueError) as error:
        raise RecordingError("bad_value", str(error).strip()) from error
    if max(use) >= cells.shape[1]:
        raise RecordingError("bad_value", "rows have fewer cells than the header")
    cells = cells[use]
    numbers = cells.apply(pd.to_numeric, errors="coerce")
    wrong = (
        numbers.isna()
        & cells.notna()
        & ~cells.apply(
            lambda column: column.str.strip().str.lower().isin(["", "nan", "na", "null", "none"])
        )
    )
    if wrong.to_numpy().any():
        row, column = np.argwhere(wrong.to_numpy())[0]
        raise RecordingError(
            "bad_value",
            f"line {row + 2}: {names[column]} holds {cells.iloc[row, column]!r}, which is "
            "no number",
        )
    table: FloatArray = numbers.to_numpy(dtype=np.float64)
    return table
