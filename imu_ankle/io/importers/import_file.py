"""Import: files of another program in, a `Recording` out; the originals are left as they are."""

from __future__ import annotations

import dataclasses
import uuid
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from imu_ankle.core.assemble import RESTART_S
from imu_ankle.core.errors import ImportFormatError, RecordingError, UsageError
from imu_ankle.core.recording import MAX_TIME_S, Recording, SensorInfo, Sidecar
from imu_ankle.core.signal.runs import runs
from imu_ankle.core.signal.timing import lay_grid, order, repeats, spread_shared_stamps
from imu_ankle.core.version import VERSION
from imu_ankle.io.importers import IMPORTERS, generic, sensor_logger
from imu_ankle.io.importers.columns import same_sensor
from imu_ankle.io.importers.joining import join, overlap
from imu_ankle.io.importers.sources import files_in, sources_of
from imu_ankle.io.importers.table import NEEDED, Imported, Importer, Overrides, Source
from imu_ankle.io.importers.units import check, settled

if TYPE_CHECKING:
    from collections.abc import Sequence

    from imu_ankle.core.recording import FloatArray

_SLOWEST_HZ = 5.0  # a slower stream shows no movement
_QUICKEST_HZ = 9000.0  # no inertial sensor on a foot is quicker
_ONWARD = 0.5  # correlation of time with the order of rows; packets that come late leave more
_APART = 3.0  # of the usual step
_OFTEN, _MUCH = 0.02, 1 / 3  # of the steps, and of the time: every second sample lost leaves less
_FEW_ROWS, _LONE = 16, 0.001  # of the rows: more lone stamps are no accident
_IN_TURN, _JAGGED = 0.3, 1.5  # of the rows share their stamp; noise alone differs by 1.0
_UNIT = "is the unit of time right? Name it with --time-unit (s, ms, us, ns or d)"


def import_file(
    path: Path | str | Sequence[Path | str],
    overrides: Overrides | None = None,
    *,
    format_name: str | None = None,
) -> tuple[Recording, Importer]:
    """Convert what another program wrote; returns the recording and the importer that read it.

    What was assumed stands in the sidecar under ``import``. Acceleration without gravity, and units
    that physics contradicts, are refused.

    Parameters
    ----------
    path : a file, a zip, a folder, or the files of one recording. Of a file that holds one half only
        (accelerometer or gyroscope), the other is looked for beside it.
    overrides : what the caller knows better than the file.
    format_name : of the importer; None tells it from the content.

    Raises
    ------
    ImportFormatError
        If no importer knows the format, or the file lacks what it needs.
    RecordingError
        If a file can't be read at all.
    """
    paths = [Path(path)] if isinstance(path, str | Path) else [Path(each) for each in path]
    given = overrides or Overrides()
    known = given.unsigned()
    sources = sources_of(paths)
    parts, refusals = _read_parts(sources, known, format_name)
    if len(paths) == len(parts) == 1 and not paths[0].is_dir() and _is_half(parts[0].found):
        parts += _beside(paths[0], parts[0], known)
    try:
        found = join([(part.name, part.found) for part in parts])
    except ImportFormatError as error:
        raise (refusals[0] if refusals and error.code == "missing_half" else error) from None
    importer = parts[0].importer
    if importer is sensor_logger.IMPORTER:
        around = sources
        if len(paths) == 1 and paths[0].with_name(sensor_logger.METADATA).is_file():
            around = [*sources, *sources_of([paths[0].with_name(sensor_logger.METADATA)])]
        told = [meta for source in around if (meta := sensor_logger.metadata_of(source))]
        found = sensor_logger.signed(found, told[0] if told else {})
    found = _turned(settled(found, known), given)
    found = dataclasses.replace(found, assumed=(*found.assumed, *check(found, known)))
    name = ", ".join(part.name for part in parts) if len(parts) > 1 else paths[0].name
    unused = [source.name for source in sources if source.name not in {part.name for part in parts}]
    if unused:
        note = f"no recording: {', '.join(unused)}"
        found = dataclasses.replace(found, assumed=(*found.assumed, note))
    return _to_recording(found, importer, name, file=str(paths[0])), importer


def _turned(found: Imported, told: Overrides) -> Imported:
    """Return the samples with the signs that the caller told."""
    signs = told.signs
    if (signs > 0.0).all() or found.acc_mps2 is None or found.gyr_dps is None:
        return found
    note = f"turned, as told: {', '.join(r for r, sign in zip(NEEDED, signs, strict=True) if sign < 0)}"
    return dataclasses.replace(
        found,
        acc_mps2=found.acc_mps2 * signs[:3],
        gyr_dps=found.gyr_dps * signs[3:],
        assumed=(*found.assumed, note),
    )


@dataclasses.dataclass(frozen=True, slots=True)
class _Part:
    name: str
    importer: Importer
    found: Imported


def _read_parts(
    sources: Sequence[Source], overrides: Overrides, format_name: str | None
) -> tuple[list[_Part], list[ImportFormatError]]:
    """Read every source; among several, those that are no recording are passed over.

    Returns also the refusals of those that a format knew.
    """
    parts: list[_Part] = []
    refusals: list[ImportFormatError] = []
    others: list[ImportFormatError] = []
    for source in sources:
        importer = _importer(source.head, format_name)
        try:
            found = importer.read(source, overrides)
        except ImportFormatError as error:
            if len(sources) == 1:
                raise
            (others if importer is generic.IMPORTER else refusals).append(error)
        except UsageError:
            if len(sources) == 1:
                raise  # among several files, a column that is named need not be in each
        else:
            if found is not None:
                parts.append(_Part(source.name, importer, found))
    if parts:
        return parts, refusals
    names = ", ".join(source.name for source in sources)
    nothing = ImportFormatError(
        "missing_half", f"{names}: neither accelerometer nor gyroscope is in it"
    )
    raise [*refusals, *others, nothing][0]


def _is_half(found: Imported) -> bool:
    return found.acc_mps2 is None or found.gyr_dps is None


def _beside(path: Path, half: _Part, overrides: Overrides) -> list[_Part]:
    """Return the other half: the one file beside it of the same format and time that holds it."""
    wanted = "gyr_dps" if half.found.gyr_dps is None else "acc_mps2"
    others: list[_Part] = []
    for file in files_in(path.resolve().parent):
        if file.name == path.name:
            continue
        try:
            source = sources_of([file])[0]
            if not half.importer.recognises(source.head):
                continue
            found = half.importer.read(source, overrides)
        except (RecordingError, UsageError):
            continue
        if (
            found is not None
            and _is_half(found)
            and getattr(found, wanted) is not None
            and overlap(half.found, found)
            and same_sensor(path.name, file.name)
        ):
            others.append(_Part(file.name, half.importer, found))
    if len(others) > 1 and half.importer is not sensor_logger.IMPORTER:
        names = ", ".join(other.name for other in others)
        raise ImportFormatError(
            "several_recordings",
            f"{path.name} is one half of a recording, and several files beside it may be the other: "
            f"{names}. Name both files",
        )
    return others


def _to_recording(found: Imported, importer: Importer, name: str, file: str) -> Recording:
    """Put the samples in order, and say in the sidecar what was assumed."""
    assumed = list(found.assumed)
    found = _without_lone_stamps(found, assumed)
    assert found.acc_mps2 is not None  # noqa: S101 - both halves were joined
    assert found.gyr_dps is not None  # noqa: S101
    if found.dropped:
        assumed.append(f"{found.dropped} rows without a number in every needed column left out")
    if not np.ptp(found.time_s) <= MAX_TIME_S:  # written so that NaN fails too
        raise ImportFormatError("bad_clock", f"{name}: {_UNIT}")
    _require_one_clock(found.time_s, name)
    _require_one_sensor(found, name)
    in_order, back_s = order(found.time_s)
    if back_s > 1.0:
        raise ImportFormatError(
            "bad_clock",
            f"{name}: time goes back by {back_s:.3g} s; the file holds several recordings. Split "
            "it there, or say --rate HZ to count samples instead",
        )
    if len(in_order) > 2 and np.corrcoef(in_order, np.arange(len(in_order)))[0, 1] < _ONWARD:
        raise ImportFormatError(
            "bad_clock",
            f"{name}: time goes back as often as on, so its column holds no time (steps of it, "
            "perhaps). Name another with --column time=NAME, or say --rate HZ",
        )
    first_s = float(found.time_s[in_order[0]])
    time_s = found.time_s[in_order] - first_s
    samples = np.hstack([found.acc_mps2, found.gyr_dps])[in_order]
    again = repeats(np.column_stack([time_s, samples]))
    if again.any():
        assumed.append(f"{int(again.sum())} repeated rows left out")
        time_s, samples = time_s[~again], samples[~again]
    time_s, moved = spread_shared_stamps(time_s)
    if moved:
        assumed.append(f"{moved} samples shared a time stamp and were spread out evenly")
    _require_sampling(time_s, name)
    first_s += float(time_s[0])
    time_s = np.round(time_s - time_s[0], 9)
    if not (np.diff(time_s) > 0.0).all():
        raise ImportFormatError("bad_clock", f"{name}: stamps lie less than 1 ns apart; {_UNIT}")
    rate_hz = lay_grid(time_s).rate_hz if len(time_s) > 2 else None
    if rate_hz is not None and not _SLOWEST_HZ <= rate_hz <= _QUICKEST_HZ:
        raise ImportFormatError(
            "bad_clock",
            f"{name}: that makes {float(f'{rate_hz:.2g}'):g} samples per second; {_UNIT}",
        )
    sidecar = Sidecar(
        id=str(uuid.uuid4()),
        started_at=_started_at(found.unix_s, first_s),
        rate_hz=None if rate_hz is None else round(rate_hz, 4),
        samples=len(time_s),
        sensor=SensorInfo(model=found.model, serial=found.serial, firmware=found.firmware),
        software=f"imu_ankle {VERSION}",
        extra={"import": {"format": importer.name, "original": name, "assumed": assumed}},
    )
    return Recording(
        time_s=time_s,
        acc_mps2=np.ascontiguousarray(samples[:, :3]),
        gyr_dps=np.ascontiguousarray(samples[:, 3:]),
        sidecar=sidecar,
        file=file,
    )


def _without_lone_stamps(found: Imported, assumed: list[str]) -> Imported:
    """Leave out rows whose stamp alone lies far from its neighbours', which go on over it."""
    time_s = found.time_s
    if len(time_s) < _FEW_ROWS:
        return found
    far_s = max(1.0, 20.0 * float(np.median(np.abs(np.diff(time_s)))))
    away = np.abs(np.diff(time_s)) > far_s
    lone = np.zeros(len(time_s), dtype=bool)
    lone[1:-1] = away[:-1] & away[1:] & (np.abs(time_s[2:] - time_s[:-2]) < far_s)
    if not 0 < np.count_nonzero(lone) <= _LONE * len(time_s):
        return found
    assumed.append(
        f"{np.count_nonzero(lone)} rows with a stamp far from their neighbours' left out"
    )
    acc, gyr = found.acc_mps2, found.gyr_dps
    return dataclasses.replace(
        found,
        time_s=time_s[~lone],
        acc_mps2=None if acc is None else acc[~lone],
        gyr_dps=None if gyr is None else gyr[~lone],
    )


def _require_one_clock(time_s: FloatArray, name: str) -> None:
    """Refuse a clock that was set back and went on from there; single rows that come late are none."""
    latest = np.maximum.accumulate(time_s)
    for start, end in runs(time_s < latest):
        back_s = float((latest - time_s)[start:end].max())
        if back_s > RESTART_S and time_s[end - 1] - time_s[start] > RESTART_S / 2.0:
            raise ImportFormatError(
                "bad_clock",
                f"{name}: about row {start + 1} time goes back by {back_s:.3g} s and goes on from there. "
                "The clock was set, or these are several recordings: split the file there, or say --rate HZ "
                "to count samples instead",
            )


def _require_one_sensor(found: Imported, name: str) -> None:
    """Refuse rows of two sensors in turn: stamps come twice, and each second row goes on smoothly."""
    acc = found.acc_mps2
    if acc is None or len(acc) < _FEW_ROWS:
        return
    shared = np.mean(np.diff(found.time_s) == 0.0)
    near, far = (float(np.abs(acc[lag:] - acc[:-lag]).mean()) for lag in (1, 2))
    if shared > _IN_TURN and near > _JAGGED * far:
        raise ImportFormatError(
            "several_recordings",
            f"{name}: every stamp comes twice with other values, as of two sensors in turn, and no column "
            "tells which is which. Export each sensor into a file of its own",
        )


def _require_sampling(time_s: FloatArray, name: str) -> None:
    """Refuse stamps of arrival: packets of samples close together, and most of the time between them."""
    steps = np.diff(time_s)
    if not len(steps):
        return
    between = steps[steps > _APART * np.median(steps)]
    if len(between) > _OFTEN * len(steps) and np.sum(between) > _MUCH * np.sum(steps):
        raise ImportFormatError(
            "bad_clock",
            f"{name}: samples come in bursts, so their stamps are of arrival and not of sampling. If the "
            f"sensor samples evenly, say --rate HZ (there are {1.0 / np.mean(steps):.4g} in a second)",
        )


def _started_at(unix_s: float | None, first_s: float) -> str | None:
    """Return the start in UTC, in whole seconds; a file seldom tells the zone it was made in."""
    if unix_s is None:
        return None
    try:
        return datetime.fromtimestamp(unix_s + first_s, UTC).isoformat(timespec="seconds")
    except (ValueError, OverflowError, OSError):
        return None


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
