"""Parameters of detectors by their dotted names: listed, changed, compared with their defaults.

Parameters are fields of frozen dataclasses, some nested in others: ``flight.push_dps`` is the field
``push_dps`` of the dataclass in the field ``flight``.
"""

from __future__ import annotations

import dataclasses
import math
from typing import TYPE_CHECKING, Any, TypeVar

from imu_ankle.core.errors import UsageError
from imu_ankle.core.options import nearest

if TYPE_CHECKING:
    from collections.abc import Mapping

P = TypeVar("P")


def values_of(params: Any, prefix: str = "") -> dict[str, Any]:  # noqa: ANN401 - any dataclass
    """Return all parameters below `params` by dotted name, in the order of their fields."""
    values: dict[str, Any] = {}
    for field in dataclasses.fields(params):
        value = getattr(params, field.name)
        if dataclasses.is_dataclass(value):
            values |= values_of(value, f"{prefix}{field.name}.")
        else:
            values[f"{prefix}{field.name}"] = value
    return values


def with_values(params: P, changes: Mapping[str, object]) -> P:
    """Return `params` with the values of `changes`, by dotted name.

    Raises
    ------
    UsageError
        ``unknown_parameter`` if there is no parameter of that name, ``bad_parameter`` if a value is
        not of the kind of its default.
    """
    known = values_of(params)
    changed = params
    for name, value in changes.items():
        if name not in known:
            raise UsageError(
                "unknown_parameter",
                f"{name!r} is no parameter here; `imu_ankle.parameters` lists them."
                + nearest(name, known),
            )
        changed = _set(changed, name.split("."), _fitting(name, value, known[name]))
    return changed


def differences(params: object, default: object) -> dict[str, Any]:
    """Return the parameters whose values differ from the default ones."""
    usual = values_of(default)
    return {name: value for name, value in values_of(params).items() if value != usual[name]}


def _set(params: Any, path: list[str], value: object) -> Any:  # noqa: ANN401 - any dataclass
    first, *rest = path
    inner = _set(getattr(params, first), rest, value) if rest else value
    return dataclasses.replace(params, **{first: inner})


def _fitting(name: str, value: object, default: object) -> object:
    """Return a value in the kind of its default: a number, a whole number, or so many numbers."""
    if isinstance(default, tuple):
        if isinstance(value, list | tuple) and len(value) == len(default):
            return tuple(
                _fitting(name, each, usual) for each, usual in zip(value, default, strict=True)
            )
    elif isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value):
        if isinstance(default, float):
            return float(value)
        if isinstance(default, int) and value == int(value):
            return int(value)
    raise UsageError("bad_parameter", f"{name} is {value!r}, expected a value like {default!r}")
