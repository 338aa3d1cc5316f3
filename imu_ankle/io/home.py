"""The data home: where calibrations and sessions of this user live."""

from __future__ import annotations

import os
from pathlib import Path

from platformdirs import user_data_path


def data_home() -> Path:
    """Return the folder named by ``IMU_ANKLE_HOME``, else the platform's user data folder."""
    named = os.environ.get("IMU_ANKLE_HOME")
    return Path(named) if named else user_data_path("imu_ankle", appauthor=False)
