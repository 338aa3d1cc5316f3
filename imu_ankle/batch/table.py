"""The table of a batch: a row per recording (or per set), the same columns whatever was in it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from imu_ankle.analysis.exercises import EXERCISES

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import pandas as pd

    from imu_ankle.batch.work import Row

_FACTS: Mapping[str, str] = {
    "file": "string", "set": "Int64", "id": "string", "started_at": "string",
    "sensor_model": "string", "sensor_serial": "string", "simulated": "boolean",
    "exercise": "string", "side": "string", "leg": "string", "placement": "string",
    "eyes": "string", "surface": "string", "grade": "string", "reasons": "string",
    "reps": "Int64", "done": "float64", "target": "float64",
    "score": "float64", "score_low": "float64", "score_high": "float64",
    "duration_s": "float64", "start_s": "float64", "end_s": "float64", "rate_hz": "float64",
    "lost_fraction": "float64", "longest_gap_s": "float64", "clipped_fraction": "float64",
}  # fmt: skip
_ENDS: Mapping[str, str] = {
    "version": "string", "metric_set": "Int64", "error_code": "string", "error_message": "string",
}  # fmt: skip
_LISTS = ("per_direction",)  # metrics that are lists, kept as JSON


def columns() -> dict[str, str]:
    """Return every column in order, with its type: facts, the numbers of all exercises, errors."""
    keys = dict.fromkeys(spec.key for each in EXERCISES.values() for spec in each.metrics)
    metrics = {key: "string" if key.endswith(_LISTS) else "float64" for key in keys}
    return {**_FACTS, **{key: kind for key, kind in metrics.items() if key not in _FACTS}, **_ENDS}


def to_frame(known: Sequence[tuple[str, Sequence[Row]]]) -> pd.DataFrame:
    """Return the rows of named recordings as a table."""
    import pandas as pd  # noqa: PLC0415 - a table is an edge

    rows = [(name, row) for name, several in known for row in several]
    made: dict[str, Any] = {}
    for column, kind in columns().items():
        if column == "file":
            values: list[Any] = [name for name, _ in rows]
        else:
            values = [row.get(column) for _, row in rows]
        made[column] = pd.array(values, dtype=kind)  # type: ignore[call-overload]
    return pd.DataFrame(made)
