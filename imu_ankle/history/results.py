"""A result as JSON, read back: what of it anything here goes by is checked, all else is kept."""

from __future__ import annotations

from typing import Any

from imu_ankle.analysis.exercises import EXERCISES
from imu_ankle.core.options import Eyes, Placement, Side, Surface
from imu_ankle.core.result import Grade
from imu_ankle.io.fields import (
    TRUTH,
    Field,
    FieldError,
    enum,
    listing,
    mapping,
    number,
    one_of,
    optional,
    record,
    text,
    whole,
)


def _object(**known: Any) -> dict[str, Any]:  # noqa: ANN401 - any JSON
    extra = known.pop("extra", {})
    return {**known, **extra}


def _all(fields: dict[str, Field[Any]]) -> Field[dict[str, Any]]:
    """Return the field of an object that has all of these keys, and maybe more."""
    return record(_object, fields, needed=tuple(fields))


def _value(value: object) -> Any:  # noqa: ANN401 - a number, a list of them, or nothing
    if isinstance(value, list):
        return [_number.read(each) for each in value]
    return _number.read(value)


_number = optional(number())
_METRIC = _all(
    {
        "value": Field(
            _value,
            {"anyOf": [dict(_number.schema), {"type": "array", "items": dict(_number.schema)}]},
        ),
        "unit": text(),
        "n": whole(0),
    }
)
_SPAN = _all({"start_s": number(), "end_s": number()})
_EVENT = _all({"start_s": number(), "end_s": number(), "rejected": optional(text())})
_QUALITY = _all(
    {
        "grade": enum(Grade),
        "reasons": listing(text()),
        "rate_hz": optional(number()),
        "lost_fraction": optional(number()),
        "longest_gap_s": optional(number()),
        "clipped_fraction": optional(number()),
    }
)


def _leg(value: object) -> str:
    said = text().read(value)
    if said not in {"left", "right", "both"}:
        raise FieldError(f"found {said!r}, expected one of left, right, both")
    return said


def _result(value: object) -> Any:  # noqa: ANN401 - the JSON object as it is
    result = _RESULT.read(value)
    legs = EXERCISES[result["exercise"]].legs
    if result["leg"] not in legs:
        raise FieldError(f"leg: found {result['leg']!r}, expected one of {', '.join(legs)}")
    return value


_RESULT = _all(
    {
        "schema": whole(1, 1),
        "version": text(),
        "metric_set": whole(0),
        "file": text(),
        "exercise": one_of(lambda: EXERCISES),
        "side": enum(Side),
        "leg": Field(_leg, {"enum": ["left", "right", "both"]}),
        "placement": enum(Placement),
        "inputs": record(
            _object,
            {"eyes": enum(Eyes), "surface": enum(Surface), "simulated": optional(TRUTH)},
            needed=("eyes", "surface"),
        ),
        "spans": listing(_SPAN),
        "reps": optional(whole(0)),
        "score": optional(number(0.0, 100.0)),
        "score_band": optional(listing(number(), longest=2)),
        "metrics": mapping(_METRIC),
        "events": listing(_EVENT),
        "quality": _QUALITY,
        "dose": _all({"target": number(), "done": optional(number()), "unit": text()}),
    }
)
RESULT = Field(_result, _RESULT.schema)
