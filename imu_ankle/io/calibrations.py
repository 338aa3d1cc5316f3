"""Saved calibrations, one JSON per sensor in the data home."""

from __future__ import annotations

import contextlib
import dataclasses
import json
import re
import zlib
from typing import TYPE_CHECKING, Any, cast

import numpy as np

from imu_ankle.core.errors import CalibrationError
from imu_ankle.core.recording import MOST_NOISE_DPS2, Calibration
from imu_ankle.io.fields import (
    Extra,
    Field,
    FieldError,
    listing,
    number,
    read_file,
    record,
    text,
    vector,
    whole,
)
from imu_ankle.io.home import DataHome, data_home
from imu_ankle.io.text import DEVICES, write_whole

if TYPE_CHECKING:
    from pathlib import Path

_LONGEST = 80  # letters of a file's name; sensors may say anything


def calibration_path(serial: str) -> Path:
    """Return where the calibration of the sensor with this serial number is kept."""
    safe = re.sub(r"[^A-Za-z0-9._-]", "_", serial).lstrip(".") or "unnamed"
    if len(safe) > _LONGEST or safe.split(".")[0].upper() in DEVICES:
        safe = f"_{safe[:_LONGEST]}-{zlib.crc32(serial.encode('utf-8', 'replace')):08x}"
    return DataHome(data_home()).calibrations / f"{safe}.json"


def save_calibration(calibration: Calibration) -> Path:
    """Save `calibration` under its serial number, replacing an older one; return the path."""
    path = calibration_path(calibration.serial)
    write_whole(path, calibration_text(calibration))
    return path


def calibration_text(calibration: Calibration) -> str:
    """Return the text of a calibration's file."""
    return json.dumps(dataclasses.asdict(calibration), indent=1) + "\n"


def find_calibration(serial: str) -> Calibration | None:
    """Return the calibration saved for `serial`, or None.

    Raises
    ------
    CalibrationError
        If a file is there but can't be used.
    """
    path = calibration_path(serial)
    if not path.is_file():
        return None
    return load_calibration(path)


def all_calibrations() -> dict[str, Calibration]:
    """Return every saved calibration by serial number; files that can't be used are left out."""
    found = {}
    for path in sorted((DataHome(data_home()).calibrations).glob("*.json")):
        with contextlib.suppress(CalibrationError):
            made = load_calibration(path)
            found[made.serial] = made
    return found


def _calibration(
    acc_matrix: tuple[tuple[float, ...], ...],
    acc_bias_mps2: tuple[float, ...],
    gyr_bias_dps: tuple[float, ...],
    format_version: int,  # noqa: ARG001 - checked by its field
    **told: Any,  # noqa: ANN401 - by the table below
) -> Calibration:
    matrix = np.asarray(acc_matrix)
    if matrix.shape != (3, 3) or not (np.abs(matrix - np.eye(3)) <= _MOST_OFF).all():
        raise FieldError(f"acc_matrix: expected 3 by 3 numbers within 50 % of 1, found {matrix}")
    return Calibration(
        acc_matrix=cast("tuple[tuple[float, float, float], ...]", acc_matrix),
        acc_bias_mps2=cast("tuple[float, float, float]", acc_bias_mps2),
        gyr_bias_dps=cast("tuple[float, float, float]", gyr_bias_dps),
        **told,
    )


_MOST_OFF = 0.5  # of an element of the matrix; no working sensor is
_FIELDS: dict[str, Field[Any]] = {
    "serial": text(),
    "made_at": text(),
    "acc_matrix": listing(vector(3), longest=3),
    "acc_bias_mps2": vector(3),
    "gyr_bias_dps": vector(3),
    "gyr_noise_dps2": number(0.0, MOST_NOISE_DPS2),
    "residual_mps2": number(),
    "format_version": whole(1, 1),
}
CALIBRATION = record(_calibration, _FIELDS, needed=tuple(_FIELDS), extra=Extra.IGNORED)


def load_calibration(path: Path) -> Calibration:
    """Read the calibration file at `path`.

    Raises
    ------
    CalibrationError
        If it isn't one, or its numbers make no sense.
    """
    try:
        return read_file(path, CALIBRATION)
    except (OSError, FieldError) as error:
        raise CalibrationError(
            "bad_calibration",
            f"{path} is not a usable calibration ({error}). Delete it, or calibrate again",
        ) from error
