"""Score ankle-strengthening exercises from one small motion sensor on a shoe.

A training aid, not a medical device.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from imu_ankle import version

__version__ = version.VERSION

if TYPE_CHECKING:
    from imu_ankle.analysis import analyze
    from imu_ankle.errors import ImuAnkleError
    from imu_ankle.files.csvfile import read_recording, write_recording
    from imu_ankle.model import Recording, Sidecar
    from imu_ankle.result import Result

__all__ = [
    "ImuAnkleError",
    "Recording",
    "Result",
    "Sidecar",
    "__version__",
    "analyze",
    "read_recording",
    "write_recording",
]

_HOMES = {
    "ImuAnkleError": "imu_ankle.errors",
    "Recording": "imu_ankle.model",
    "Result": "imu_ankle.result",
    "Sidecar": "imu_ankle.model",
    "analyze": "imu_ankle.analysis",
    "read_recording": "imu_ankle.files.csvfile",
    "write_recording": "imu_ankle.files.csvfile",
}


def __getattr__(name: str) -> object:
    """Load a public name when it is first used, so that importing the package costs nothing."""
    if name not in _HOMES:
        raise AttributeError(f"module 'imu_ankle' has no attribute {name!r}")
    from importlib import import_module

    return getattr(import_module(_HOMES[name]), name)
