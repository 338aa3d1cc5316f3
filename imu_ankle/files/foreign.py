"""Import: a foreign file in, a `Recording` out; the original is left as it is."""

from __future__ import annotations

import dataclasses
import uuid
from typing import TYPE_CHECKING

import numpy as np

from imu_ankle.errors import ImportFormatError, UsageError
from imu_ankle.files.text import read_text
from imu_ankle.importers import IMPORTERS
from imu_ankle.importers.table import Importer, Overrides
from imu_ankle.model import Recording, SensorInfo, Sidecar
from imu_ankle.signal.timing import lay_grid, order, repeats, spread_shared_stamps
from imu_ankle.version import VERSION

if TYPE_CHECKING:
    from pathlib import Path

_SLOWEST_HZ = 5.0  # a slower stream shows no movement
_HEAD_CHARS = 20_000


def import_file(
    path: Path, overrides: Overrides | None = None, *, format_name: str | None = None
) -> tuple[Recording, Importer]:
    """Convert the foreign file at `path`; returns the recording and the importer that read it.

    What was assumed stands in the sidecar under ``import``.

    Raises
    ------
    ImportFormatError
        If no importer knows the format, or the file lacks what it needs.
    RecordingError
        If the file can't be read at all.
    """
    text = read_text(path, "utf-8-sig", "cp1252", "latin-1")
    importer = _importer(text[:_HEAD_CHARS], format_name)
    found = importer.read(text, overrides or Overrides())
    assumed = list(found.assumed)
    if found.dropped:
        assumed.append(f"{found.dropped} rows without a number in every needed column left out")
    in_order, back_s = order(found.time_s)
    if back_s > 1.0:
        raise ImportFormatError(
            "bad_clock",
            f"{path.name}: time goes back by {back_s:.3g} s; the file holds several recordings. Split "
            "it there, or say --rate HZ to count samples instead",
        )
    time_s = found.time_s[in_order] - found.time_s[in_order[0]]
    samples = np.hstack([found.acc_mps2, found.gyr_dps])[in_order]
    again = repeats(np.column_stack([time_s, samples]))
    if again.any():
        assumed.append(f"{int(again.sum())} repeated rows left out")
        time_s, samples = time_s[~again], samples[~again]
    time_s, moved = spread_shared_stamps(time_s)
    if moved:
        assumed.append(f"{moved} samples shared a time stamp and were spread out evenly")
    time_s = np.round(time_s, 9)
    rate_hz = lay_grid(time_s).rate_hz if len(time_s) > 2 else None
    if rate_hz is not None and rate_hz < _SLOWEST_HZ:
        raise ImportFormatError(
            "bad_clock",
            f"{path.name}: that makes {rate_hz:.2g} samples per second; is the unit of time right? "
            "Name it with --time-unit (s, ms, us or ns)",
        )
    sidecar = Sidecar(
        id=str(uuid.uuid4()),
        rate_hz=None if rate_hz is None else round(rate_hz, 4),
        samples=len(time_s),
        sensor=SensorInfo(model=found.model, serial=found.serial, firmware=found.firmware),
        software=f"imu_ankle {VERSION}",
        extra={
            "import": {"format": importer.name, "original": path.name, "assumed": assumed},
        },
    )
    recording = Recording(
        time_s=time_s,
        acc_mps2=np.ascontiguousarray(samples[:, :3]),
        gyr_dps=np.ascontiguousarray(samples[:, 3:]),
        sidecar=sidecar,
        file=str(path),
    )
    return recording, importer


def with_answers(recording: Recording, **answers: object) -> Recording:
    """Return `recording` with sidecar fields set that the caller knows (None leaves as is)."""
    known = {key: value for key, value in answers.items() if value is not None}
    sidecar = dataclasses.replace(recording.sidecar, **known)  # type: ignore[arg-type]
    return dataclasses.replace(recording, sidecar=sidecar)


def _importer(head: str, format_name: str | None) -> Importer:
    if format_name is None:
        return next(importer for importer in IMPORTERS if importer.recognises(head))
    for importer in IMPORTERS:
        if importer.name == format_name:
            return importer
    known = ", ".join(importer.name for importer in IMPORTERS)
    raise UsageError("unknown_format", f"{format_name!r} is not a format; known are {known}")
