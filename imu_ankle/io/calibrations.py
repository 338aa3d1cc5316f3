"""Saved calibrations, one JSON per sensor in the data home."""

from __future__ import annotations

import contextlib
import dataclasses
import json
import math
import re
import zlib
from typing import TYPE_CHECKING, cast

import numpy as np

from imu_ankle.core.errors import CalibrationError
from imu_ankle.core.recording import MOST_NOISE_DPS2, Calibration
from imu_ankle.io.home import data_home
from imu_ankle.io.text import DEVICES, read_json, write_whole

if TYPE_CHECKING:
    from pathlib import Path

_LONGEST = 80  # letters of a file's name; sensors may say anything


def calibration_path(serial: str) -> Path:
    """Return where the calibration of the sensor with this serial number is kept."""
    safe = re.sub(r"[^A-Za-z0-9._-]", "_", serial).lstrip(".") or "unnamed"
    if len(safe) > _LONGEST or safe.split(".")[0].upper() in DEVICES:
        safe = f"_{safe[:_LONGEST]}-{zlib.crc32(serial.encode('utf-8', 'replace')):08x}"
    return data_home() / "calibrations" / f"{safe}.json"


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
    for path in sorted((data_home() / "calibrations").glob("*.json")):
        with contextlib.suppress(CalibrationError):
            made = load_calibration(path)
            found[made.serial] = made
    return found


def load_calibration(path: Path) -> Calibration:
    """Read the calibration file at `path`.

    Raises
    ------
    CalibrationError
        If it isn't one, or its numbers make no sense.
    """
    try:
        content = read_json(path)
        if content["format_version"] != 1:
            raise ValueError(f"format_version is {content['format_version']}, not 1")
        matrix = np.asarray(content["acc_matrix"], dtype=np.float64)
        biases = np.asarray([content["acc_bias_mps2"], content["gyr_bias_dps"]], dtype=np.float64)
        if matrix.shape != (3, 3) or biases.shape != (2, 3):
            raise ValueError("matrix or bias has the wrong shape")
        # written so that NaN fails too
        if not (np.abs(matrix - np.eye(3)) <= 0.5).all() or not np.isfinite(biases).all():
            raise ValueError("the matrix is more than 50 % off, or a bias is not finite")
        noise = float(content["gyr_noise_dps2"])
        if not 0.0 <= noise <= MOST_NOISE_DPS2:
            raise ValueError(f"gyr_noise_dps2 is {noise}, not 0 to {MOST_NOISE_DPS2:g}")
        residual = float(content["residual_mps2"])
        if not math.isfinite(residual):
            raise ValueError(f"residual_mps2 is {residual}")
        rows = tuple(tuple(float(x) for x in row) for row in matrix)
        return Calibration(
            serial=str(content["serial"]),
            made_at=str(content["made_at"]),
            acc_matrix=cast("tuple[tuple[float, float, float], ...]", rows),
            acc_bias_mps2=cast("tuple[float, float, float]", tuple(map(float, biases[0]))),
            gyr_bias_dps=cast("tuple[float, float, float]", tuple(map(float, biases[1]))),
            gyr_noise_dps2=noise,
            residual_mps2=residual,
        )
    except (OSError, ValueError, KeyError, TypeError, OverflowError) as error:
        raise CalibrationError(
            "bad_calibration",
            f"{path} is not a usable calibration ({error}). Delete it, or calibrate again",
        ) from error
