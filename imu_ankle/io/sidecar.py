"""The JSON beside a recording, to and from `Sidecar`; unknown keys survive the round trip."""

from __future__ import annotations

import dataclasses
import json
from enum import StrEnum
from typing import TYPE_CHECKING

from imu_ankle.core.errors import SidecarError
from imu_ankle.core.options import Eyes, Mount, Placement, Side, Surface
from imu_ankle.core.recording import Condition, Cue, Mark, SensorInfo, Sidecar
from imu_ankle.io.fields import (
    MOMENT,
    TRUTH,
    FieldError,
    enum,
    listing,
    number,
    optional,
    read_file,
    record,
    text,
    whole,
)

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

_CONDITION = record(Condition, {"eyes": enum(Eyes), "surface": enum(Surface), "shoe": text()})
_SENSOR = record(SensorInfo, {"model": text(), "serial": text(), "firmware": text()})
_CUE = record(
    Cue, {"time_s": optional(number()), "text": optional(text())}, needed=("time_s", "text")
)
_MARK = record(
    Mark, {"time_s": optional(number()), "label": optional(text())}, needed=("time_s", "label")
)
SIDECAR = record(
    Sidecar,
    {
        "schema": whole(1, 1),
        "id": text(),
        "exercise": text(),
        "side": enum(Side),
        "placement": enum(Placement),
        "mount": enum(Mount),
        "condition": _CONDITION,
        "started_at": MOMENT,
        "timezone": text(),
        "rate_nominal_hz": number(above=0.0),
        "rate_hz": number(above=0.0),
        "acc_range_g": number(above=0.0),
        "gyr_range_dps": number(above=0.0),
        "samples": whole(),
        "lost": whole(),
        "longest_gap_s": number(),
        "sensor": _SENSOR,
        "software": text(),
        "simulated": TRUTH,
        "seed": whole(),
        "cues": listing(_CUE),
        "marks": listing(_MARK),
        "pain": number(),
        "notes": text(),
        "sure": TRUTH,
    },
)


def read_sidecar(path: Path) -> Sidecar:
    """Read and check the sidecar at `path`.

    Raises
    ------
    SidecarError
        If it isn't JSON, or a known key holds what it can't hold; the message names the key.
    """
    try:
        return read_file(path, SIDECAR)
    except OSError as error:
        raise SidecarError("bad_sidecar", f"{path} can't be read: {error.strerror}") from error
    except FieldError as error:
        raise SidecarError(
            "bad_sidecar",
            f"{error}. Mend it, or move it away and name exercise and side yourself",
        ) from error


def parse_sidecar(content: object, name: str = "sidecar") -> Sidecar:
    """Turn a decoded JSON object into a `Sidecar`, checking every known key."""
    try:
        return SIDECAR.read(content)
    except FieldError as error:
        raise SidecarError("bad_sidecar", f"{name}: {error}") from error


def dump_sidecar(sidecar: Sidecar) -> dict[str, object]:
    """Return the JSON object for `sidecar`: all known keys, then the unknown ones.

    `sure` is said only by who is.
    """
    said = _dump(sidecar)
    if sidecar.sure is None:
        del said["sure"]
    return said


def write_sidecar(sidecar: Sidecar) -> str:
    """Return the text of the sidecar file."""
    return json.dumps(dump_sidecar(sidecar), indent=1, ensure_ascii=False, allow_nan=False) + "\n"


def _dump(noun: object) -> dict[str, object]:
    out: dict[str, object] = {}
    extra: Mapping[str, object] = {}
    for item in dataclasses.fields(noun):  # type: ignore[arg-type]
        value = getattr(noun, item.name)
        if item.name == "extra":
            extra = value
        elif dataclasses.is_dataclass(value):
            out[item.name] = _dump(value)
        elif isinstance(value, tuple):
            out[item.name] = [_dump(entry) for entry in value]
        else:
            out[item.name] = str(value) if isinstance(value, StrEnum) else value
    return {**out, **extra}
