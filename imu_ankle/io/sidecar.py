"""The JSON beside a recording, to and from `Sidecar`; unknown keys survive the round trip."""

from __future__ import annotations

import dataclasses
import json
import math
from collections.abc import Callable, Mapping
from datetime import datetime
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from imu_ankle.core.errors import SidecarError
from imu_ankle.core.options import Eyes, Mount, Placement, Side, Surface
from imu_ankle.core.recording import Condition, Cue, Mark, SensorInfo, Sidecar
from imu_ankle.io.text import read_json

if TYPE_CHECKING:
    from pathlib import Path

_MOST = 1e15  # beyond any time or count; larger whole numbers fit no database
_MAX_BYTES = 4_000_000  # a sidecar has some kB; more is not one
Convert = Callable[[object], Any]


def read_sidecar(path: Path) -> Sidecar:
    """Read and check the sidecar at `path`.

    Raises
    ------
    SidecarError
        If it isn't JSON, or a known key holds what it can't hold; the message names the key.
    """
    try:
        content = read_json(path, _MAX_BYTES)
    except OSError as error:
        raise SidecarError("bad_sidecar", f"{path} can't be read: {error.strerror}") from error
    except ValueError as error:
        raise SidecarError(
            "bad_sidecar",
            f"{path.name} is not valid JSON ({error}). Mend it, or move it away and name exercise "
            "and side yourself",
        ) from error
    return parse_sidecar(content, path.name)


def parse_sidecar(content: object, name: str = "sidecar") -> Sidecar:
    """Turn a decoded JSON object into a `Sidecar`, checking every known key."""
    if not isinstance(content, dict):
        raise SidecarError("bad_sidecar", f"{name} must hold a JSON object")
    try:
        values = _take(content, _FIELDS)
        schema = values.get("schema", 1)
        if schema != 1:
            raise ValueError(f"schema is {schema}; this version reads schema 1")
        return Sidecar(**values)
    except (ValueError, TypeError, OverflowError) as error:
        raise SidecarError("bad_sidecar", f"{name}: {error}") from error


def dump_sidecar(sidecar: Sidecar) -> dict[str, object]:
    """Return the JSON object for `sidecar`: all known keys, then the unknown ones."""
    return _give(sidecar)


def write_sidecar(sidecar: Sidecar) -> str:
    """Return the text of the sidecar file."""
    return json.dumps(dump_sidecar(sidecar), indent=1, ensure_ascii=False, allow_nan=False) + "\n"


def _give(noun: object) -> dict[str, object]:
    out: dict[str, object] = {}
    extra: Mapping[str, object] = {}
    for item in dataclasses.fields(noun):  # type: ignore[arg-type]
        value = getattr(noun, item.name)
        if item.name == "extra":
            extra = value
        elif dataclasses.is_dataclass(value):
            out[item.name] = _give(value)
        elif isinstance(value, tuple):
            out[item.name] = [_give(entry) for entry in value]
        else:
            out[item.name] = str(value) if isinstance(value, StrEnum) else value
    return {**out, **extra}


def _take(content: Mapping[str, object], fields: Mapping[str, Convert]) -> dict[str, Any]:
    values: dict[str, Any] = {}
    extra: dict[str, object] = {}
    for key, value in content.items():
        if key not in fields:
            extra[key] = value
        elif value is not None:
            try:
                values[key] = fields[key](value)
            except (ValueError, TypeError, OverflowError) as error:
                raise ValueError(f"{key}: {error}") from error
    return {**values, "extra": extra} if extra else values


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise TypeError(f"expected text, found {value!r}")
    value.encode()  # half a character is no text
    return value


def _number(value: object) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise TypeError(f"expected a number, found {value!r}")
    if not math.isfinite(value) or abs(value) > _MOST:
        raise ValueError(f"expected a finite number, found {value!r}")
    return value


def _positive(value: object) -> float:
    number = _number(value)
    if number <= 0:
        raise ValueError(f"expected a number above 0, found {value!r}")
    return number


def _count(value: object) -> int:
    if isinstance(value, bool) or not isinstance(value, int):
        raise TypeError(f"expected a whole number, found {value!r}")
    return value


def _truth(value: object) -> bool:
    if not isinstance(value, bool):
        raise TypeError(f"expected true or false, found {value!r}")
    return value


def _moment(value: object) -> str:
    text = _text(value)
    datetime.fromisoformat(text)
    return text


def _word(words: type[StrEnum]) -> Convert:
    def convert(value: object) -> StrEnum:
        try:
            return words(_text(value))
        except ValueError:
            raise ValueError(f"found {value!r}, expected one of {', '.join(words)}") from None

    return convert


def _noun(make: Callable[..., Any], fields: Mapping[str, Convert]) -> Convert:
    def convert(value: object) -> object:
        if not isinstance(value, dict):
            raise TypeError(f"expected an object, found {value!r}")
        return make(**_take(value, fields))

    return convert


def _list(make: Callable[..., Any], fields: Mapping[str, Convert]) -> Convert:
    def convert(value: object) -> tuple[object, ...]:
        if not isinstance(value, list):
            raise TypeError(f"expected a list, found {value!r}")
        entries = []
        for entry in value:
            if not isinstance(entry, dict) or not set(entry) >= set(fields):
                raise ValueError(f"expected objects with {', '.join(fields)}, found {entry!r}")
            entries.append(make(**{**dict.fromkeys(fields), **_take(entry, fields)}))
        return tuple(entries)

    return convert


_FIELDS: Mapping[str, Convert] = {
    "schema": _count,
    "id": _text,
    "exercise": _text,
    "side": _word(Side),
    "placement": _word(Placement),
    "mount": _word(Mount),
    "condition": _noun(Condition, {"eyes": _word(Eyes), "surface": _word(Surface), "shoe": _text}),
    "started_at": _moment,
    "timezone": _text,
    "rate_nominal_hz": _positive,
    "rate_hz": _positive,
    "acc_range_g": _positive,
    "gyr_range_dps": _positive,
    "samples": _count,
    "lost": _count,
    "longest_gap_s": _number,
    "sensor": _noun(SensorInfo, {"model": _text, "serial": _text, "firmware": _text}),
    "software": _text,
    "simulated": _truth,
    "seed": _count,
    "cues": _list(Cue, {"time_s": _number, "text": _text}),
    "marks": _list(Mark, {"time_s": _number, "label": _text}),
    "pain": _number,
    "notes": _text,
}
