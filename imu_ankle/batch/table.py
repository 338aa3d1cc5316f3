"""The table of a batch: a row per recording (or per set), the same columns whatever was in it."""

from __future__ import annotations

import importlib.util
import io
from typing import TYPE_CHECKING, Any

from imu_ankle.errors import UsageError
from imu_ankle.exercises import EXERCISES
from imu_ankle.files.text import write_whole

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

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
SUFFIXES = (".csv", ".parquet")


def columns() -> dict[str, str]:
    """Return every column in order, with its type: facts, the numbers of all exercises, errors."""
    keys = dict.fromkeys(spec.key for each in EXERCISES.values() for spec in each.metrics)
    metrics = {key: "string" if key.endswith(_LISTS) else "float64" for key in keys}
    return {**_FACTS, **{key: kind for key, kind in metrics.items() if key not in _FACTS}, **_ENDS}


def check_target(out: Path) -> None:
    """Refuse a table that couldn't be written, before hours of work are done for it.

    Raises
    ------
    UsageError
        If its ending is unknown, or what writes it isn't installed.
    """
    if out.suffix not in SUFFIXES:
        raise UsageError("bad_out", f"--out ends in {' or '.join(SUFFIXES)}; found {out.name!r}")
    if out.suffix == ".parquet" and importlib.util.find_spec("pyarrow") is None:
        raise UsageError("missing_extra", "Parquet needs pyarrow: pip install 'imu-ankle[parquet]'")


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


def write_table(known: Sequence[tuple[str, Sequence[Row]]], out: Path) -> None:
    """Write the table as CSV or Parquet, whole or not at all."""
    frame = to_frame(known)
    if out.suffix == ".csv":
        write_whole(out, frame.to_csv(index=False, lineterminator="\n"), private=True)
        return
    packed = io.BytesIO()
    frame.to_parquet(packed, index=False)
    write_whole(out, packed.getvalue(), private=True)
