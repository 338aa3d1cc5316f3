"""`imu-ankle calibrate`."""

from __future__ import annotations

import dataclasses
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import numpy as np

from imu_ankle.analysis.calibration import calibrate
from imu_ankle.analysis.preprocessing.resampling import ResamplingParams, resample
from imu_ankle.cli.show import print_json
from imu_ankle.core.errors import CalibrationError, UsageError
from imu_ankle.io.calibrations import calibration_path, save_calibration
from imu_ankle.io.csvfile import read_recording

if TYPE_CHECKING:
    from pathlib import Path


def run_calibrate(file: Path, serial: str | None, *, as_json: bool) -> int:
    """Compute and save the calibration; return the exit status."""
    recording = dataclasses.replace(read_recording(file), calibration=None)
    serial = serial or recording.sidecar.sensor.serial
    if not serial:
        raise UsageError("missing_serial", "which sensor is it? Name it with --serial")
    stream = resample(recording, ResamplingParams())
    if len(stream.segments) > 1:
        raise CalibrationError("gap", "the recording has holes over 0.2 s; record it again")
    made = calibrate(
        stream.acc_mps2,
        stream.gyr_dps,
        stream.grid.rate_hz,
        serial=serial,
        made_at=datetime.now(UTC).isoformat(timespec="seconds"),
    )
    replaced = calibration_path(serial).exists()
    path = save_calibration(made)
    if as_json:
        print_json({"schema": 1, "file": str(file), "out": str(path), **dataclasses.asdict(made)})
        return 0
    scale = ", ".join(f"{x:.4f}" for x in np.diag(made.acc_matrix))
    acc = ", ".join(f"{x:+.3f}" for x in made.acc_bias_mps2)
    gyr = ", ".join(f"{x:+.3f}" for x in made.gyr_bias_dps)
    print(
        f"sensor {serial}: scale {scale}; offset {acc} m/s2, {gyr} deg/s; poses read gravity "
        f"within {made.residual_mps2:.4f} m/s2 (RMS; six faces alone always fit exactly)\n"
        f"saved: {path}{' (replaced the one before)' if replaced else ''}"
    )
    return 0
