"""Apple's CoreMotion (iPhone, watch, AirPods): gravity and what the wearer adds in columns of their own."""

from __future__ import annotations

import re
from dataclasses import replace

import numpy as np

from imu_ankle.core.errors import ImportFormatError
from imu_ankle.io.importers import generic
from imu_ankle.io.importers.layout import tabled
from imu_ankle.io.importers.table import ACC_ROLES, Imported, Importer, Overrides, Source

_GRAVITY = r"gravity[._ ]?([xyz])\b"
_USER = r"(?:user_?|wristmotion_)acceleration[._ ]?([xyz])\b"  # the latter as Sensor Logger writes
_TURNING = r"rotation_?rate[._ ]?([xyz])\b"
_HEADER = rf"(?i)(?=.*{_GRAVITY})(?=.*{_USER})(?=.*{_TURNING})"


def recognises(head: str) -> bool:
    """Whether a header names gravity, the wearer's acceleration and rotation as CoreMotion does."""
    return any(re.match(_HEADER, line) for line in head.splitlines())


def read(source: Source, overrides: Overrides) -> Imported:
    """Add gravity to the wearer's acceleration, and turn the sign: iOS reports it opposite.

    Raises
    ------
    ImportFormatError
        ``unknown_format`` without such a header, ``no_samples`` if rows hold one of the two
        without the other.
    """
    if set(ACC_ROLES) & set(overrides.columns):
        return generic.read(source, overrides)
    source = tabled(source)
    named = "gravity, userAcceleration and rotationRate"
    _, _, names = generic.header_like(source.lines, _HEADER, named)
    told = replace(
        overrides, acc_unit=overrides.acc_unit or "g", gyr_unit=overrides.gyr_unit or "rad/s"
    )
    turning = {**_columns(names, "gyr", _TURNING), **overrides.columns}
    gravity, user = (
        generic.read(source, replace(told, columns=_columns(names, "acc", part) | turning))
        for part in (_GRAVITY, _USER)
    )
    assert gravity.acc_mps2 is not None  # noqa: S101 - its columns are told
    assert user.acc_mps2 is not None  # noqa: S101
    counted = overrides.rate_hz is not None and gravity.dropped + user.dropped > 0
    if counted or not np.array_equal(gravity.time_s, user.time_s):
        raise ImportFormatError(
            "no_samples", "some rows hold gravity without userAcceleration; fill or remove them"
        )
    note = "acceleration is gravity and userAcceleration, sign turned: iOS reports both opposite"
    return replace(
        gravity,
        acc_mps2=-(gravity.acc_mps2 + user.acc_mps2),
        assumed=(*generic.by_vendor(gravity.assumed, overrides), note),
        model="CoreMotion (iOS)",
    )


def _columns(names: list[str], half: str, pattern: str) -> dict[str, str]:
    """Return which column holds which axis of a half."""
    found = [(re.search(pattern, name, re.IGNORECASE), name) for name in names]
    return {f"{half}_{axis[1].lower()}": name for axis, name in found if axis}


IMPORTER = Importer(name="core-motion", title="CoreMotion (iOS)", recognises=recognises, read=read)
