"""Sensor Logger (tszheichoi.com): a file per sensor, columns z, y, x without units, or one JSON.

Units and signs are those of its published reference: TotalAcceleration and Accelerometer (which has
gravity removed) in m/s2, Gyroscope in rad/s. iPhones report acceleration with the opposite sign
unless "standardise units & frames" was on; the Metadata that it exports tells.
"""

from __future__ import annotations

import json
import re
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from imu_ankle.core.errors import ImportFormatError
from imu_ankle.io.importers import generic
from imu_ankle.io.importers.joining import join
from imu_ankle.io.importers.table import (
    Imported,
    Importer,
    Overrides,
    Source,
    parse_cells,
    scale_of,
    split_names,
    to_numbers,
)
from imu_ankle.io.importers.units import acc_unit_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from imu_ankle.core.recording import FloatArray

METADATA = "Metadata.csv"
_NUMBERS = ("", "Unnamed: 0", "index")  # what programs call the column of row numbers
_CSV = r"^time,seconds_elapsed,"
_AXES = r"^time,seconds_elapsed,(?:z,y,x|x,y,z)\b"
_METADATA = r"^version,device name,.*\bplatform\b"
_JSON = r'"sensor"\s*:\s*"[A-Z]\w+"'
_ACC = r"accelerometer|acceleration|gravity"
_GYR = r"gyroscope"
_TOTAL = r"totalacceleration"
_NS = 1e-9
_EPOCH_NS = 1e18  # since 1970: of the year 2001


def recognises(head: str) -> bool:
    """Whether it is a table of its two clocks, its metadata, or JSON of its records."""
    start = head.lstrip("\ufeff").lstrip()
    if start[:1] == "[":
        return re.search(_JSON, head) is not None and '"seconds_elapsed"' in head
    header, _ = _header(start.split("\n", 1)[0])
    return re.match(_CSV, header) is not None or re.match(_METADATA, start) is not None


def _header(line: str) -> tuple[str, str]:
    """Return the names in a header, comma between, without one of row numbers; and its delimiter."""
    delimiter = ";" if ";" in line else ","
    names = split_names(line, delimiter)
    return ",".join(names[1:] if names[0] in _NUMBERS else names), delimiter


def read(source: Source, overrides: Overrides) -> Imported | None:
    """Read the sensor that the file is called after; in JSON the records tell it themselves."""
    text = source.text.lstrip("\ufeff").lstrip()
    if text[:1] == "[":
        return _read_json(text, overrides)
    header, delimiter = _header(source.lines[0].lstrip("\ufeff"))
    if not re.match(_AXES, header):
        if re.search(r"gyro.*x", source.lines[0], re.IGNORECASE):  # all sensors in one table
            return generic.read(source, _of_one_table(header, overrides))
        return None  # its orientation, location, metadata and so on
    stem = source.name.rsplit("/", 1)[-1].rsplit(".", 1)[0]
    lines = source.lines
    names = split_names(lines[0].lstrip("\ufeff"), delimiter)
    wanted = [names.index(name) for name in ("time", "x", "y", "z", "seconds_elapsed")]
    cells = parse_cells(lines[1:], delimiter, wanted)
    table = _with_time(to_numbers(cells, decimal_comma=delimiter != ","))
    whole = np.isfinite(table).all(axis=1)
    if not whole.any():
        raise ImportFormatError("no_samples", f"{source.name}: no row holds numbers")
    part = _part(stem, table[whole], overrides)
    return None if part is None else replace(part, dropped=int(np.count_nonzero(~whole)))


def _with_time(table: FloatArray) -> FloatArray:
    """Take time in s where that in ns was rounded, as spreadsheets do with long numbers."""
    ns, elapsed_s = table[:, 0], table[:, 4]
    if len(np.unique(ns)) < len(np.unique(elapsed_s)) / 2:
        table[:, 0] = elapsed_s / _NS
    return table[:, :4]


def _of_one_table(header: str, overrides: Overrides) -> Overrides:
    """Choose the calibrated columns with gravity, where the table has them among others."""
    chosen: dict[str, str] = {}
    for role, sensor in (("acc", _TOTAL), ("gyr", _GYR)):
        for axis in "xyz":
            pattern = rf"{sensor}_{axis}"
            name = next((n for n in split_names(header, ",") if re.fullmatch(pattern, n, re.I)), "")
            if name:
                chosen[f"{role}_{axis}"] = name
    return replace(
        overrides,
        gyr_unit=overrides.gyr_unit or "rad/s",
        columns={**chosen, **overrides.columns},
    )


def _part(sensor: str, table: FloatArray, overrides: Overrides) -> Imported | None:
    """Return the samples of a named sensor; `table` is (N, 4): time in ns, x, y, z."""
    ns, values = table[:, 0], table[:, 1:]
    assumed: list[str] = []
    acc = gyr = None
    if re.search(_GYR, sensor, re.IGNORECASE):
        unit = overrides.gyr_unit or "rad/s"
        gyr = values * scale_of("gyr", unit)
        assumed.append(f"angular rate in {unit}, as the app's reference says")
    elif re.search(_ACC, sensor, re.IGNORECASE):
        acc = values * scale_of("acc", _acc_unit(sensor, values, overrides, assumed))
    elif re.search(r"magnet|orient|compass|wrist|headphone", sensor, re.IGNORECASE):
        return None
    else:
        raise ImportFormatError(
            "unknown_format",
            f"{sensor}: files of Sensor Logger look all the same, and only their names tell "
            "accelerometer from gyroscope; keep the names that the app gave, or import its zip",
        )
    start = float(ns[0]) if ns[0] > _EPOCH_NS else 0.0  # else it is seconds_elapsed
    time_s = (ns - start) * _NS
    if overrides.rate_hz is not None:
        time_s = np.arange(len(ns)) / overrides.rate_hz
    return Imported(
        time_s=time_s,
        acc_mps2=acc,
        gyr_dps=gyr,
        assumed=(*assumed, "columns z, y, x taken by their names"),
        unix_s=start * _NS if start else None,
        model="phone (Sensor Logger)",
    )


def _acc_unit(sensor: str, values: FloatArray, overrides: Overrides, assumed: list[str]) -> str:
    if re.search("uncalibrated", sensor, re.IGNORECASE) or overrides.acc_unit:
        return acc_unit_of(values, sensor, overrides, assumed)  # g on some phones
    assumed.append("acceleration in m/s2, as the app's reference says")
    return "m/s2"


def _read_json(text: str, overrides: Overrides) -> Imported | None:
    try:
        records = json.loads(text)
        rows: dict[str, list[list[float]]] = {}
        meta: Mapping[str, object] = {}
        for record in records:
            sensor = str(record.get("sensor"))
            if re.search("metadata", sensor, re.IGNORECASE):
                meta = record
            elif re.search(f"{_ACC}|{_GYR}", sensor, re.IGNORECASE):
                rows.setdefault(sensor, []).append(
                    [float(record[key]) for key in ("time", "x", "y", "z")]
                )
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
        raise ImportFormatError(
            "unknown_format", f"this is no JSON of Sensor Logger ({error!r})"
        ) from error
    parts = [
        (sensor, part)
        for sensor, table in rows.items()
        if (part := _part(sensor, np.array(table), overrides)) is not None
        and np.isfinite(np.array(table)).all()
    ]
    if not parts:
        raise ImportFormatError("no_samples", "the JSON holds no accelerometer and no gyroscope")
    return signed(join(parts), {str(key): str(value) for key, value in meta.items()})


def metadata_of(source: Source) -> dict[str, str] | None:
    """Return what the app's Metadata.csv says, by column; None for another file."""
    lines = source.text.lstrip("\ufeff").splitlines()
    if len(lines) < 2 or not re.match(_METADATA, lines[0]):
        return None
    return dict(zip(split_names(lines[0], ","), split_names(lines[1], ","), strict=False))


def signed(found: Imported, meta: Mapping[str, str]) -> Imported:
    """Turn the sign of acceleration where an iPhone reported it its own way."""
    platform, standard = meta.get("platform", "").lower(), meta.get("standardisation", "").lower()
    if found.acc_mps2 is None:
        return found
    if not platform:
        note = (
            "as of Android: no Metadata says whether it was an iPhone, whose sign is the opposite"
        )
        return replace(found, assumed=(*found.assumed, f"sign of acceleration {note}"))
    if platform == "ios" and standard != "true":
        note = "sign of acceleration turned: an iPhone without standardised frames, by its Metadata"
        return replace(found, acc_mps2=-found.acc_mps2, assumed=(*found.assumed, note))
    return found


IMPORTER = Importer(name="sensor-logger", title="Sensor Logger", recognises=recognises, read=read)
