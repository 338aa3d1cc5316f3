"""Movesense JSON, of its logbook or its app: blocks of samples, each stamped with its first one's ms."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import numpy as np

from imu_ankle.core.errors import ImportFormatError
from imu_ankle.io.importers.joining import join_halves
from imu_ankle.io.importers.table import Imported, Importer, Overrides, Source, scale_of

if TYPE_CHECKING:
    from imu_ankle.core.recording import FloatArray

_ARRAYS = ("ArrayAcc", "ArrayGyro")
_MOST_DEPTH = 8
_MOST_STRETCH = 0.25  # of a block's length; beyond, something is missing behind it


def recognises(head: str) -> bool:
    """Whether it is JSON with the arrays of the sensor's API."""
    return head.lstrip()[:1] in {"{", "["} and any(f'"{name}"' in head for name in _ARRAYS)


def read(source: Source, overrides: Overrides) -> Imported:
    """Spread the samples of a block up to the next one's stamp."""
    try:
        content = json.loads(source.text)
    except (ValueError, RecursionError) as error:
        raise ImportFormatError("unknown_format", f"this is no JSON ({error})") from error
    halves: dict[str, tuple[FloatArray, FloatArray]] = {}
    for name in _ARRAYS:
        blocks = [block for block in _blocks(content, _MOST_DEPTH) if name in block]
        if blocks:
            halves[name] = _samples(blocks, name)
    if not halves:
        raise ImportFormatError(
            "no_samples", "no block with ArrayAcc or ArrayGyro and a Timestamp was found"
        )
    acc_unit, gyr_unit = overrides.acc_unit or "m/s2", overrides.gyr_unit or "deg/s"
    told = "as told" if overrides.acc_unit or overrides.gyr_unit else "as the vendor says"
    assumed = [f"acceleration in {acc_unit}, angular rate in {gyr_unit}, {told}"]
    assumed.append("stamps in ms of the first sample of each block, as the vendor says")
    time_s, acc, gyr = _together(halves, assumed)
    if overrides.rate_hz is not None:
        time_s = np.arange(len(time_s)) / overrides.rate_hz
        assumed.append(f"time counted row by row at {overrides.rate_hz:g} Hz, as told")
    return Imported(
        time_s=time_s,
        acc_mps2=None if acc is None else acc * scale_of("acc", acc_unit),
        gyr_dps=None if gyr is None else gyr * scale_of("gyr", gyr_unit),
        assumed=tuple(assumed),
        model="Movesense",
    )


def _blocks(node: object, depth: int) -> list[dict[str, object]]:
    """Return every object that has a stamp and samples, in the order of the file."""
    if depth == 0:
        return []
    if isinstance(node, dict):
        if "Timestamp" in node and any(name in node for name in _ARRAYS):
            return [node]
        return [block for value in node.values() for block in _blocks(value, depth - 1)]
    if isinstance(node, list):
        return [block for value in node for block in _blocks(value, depth - 1)]
    return []


def _samples(blocks: list[dict[str, object]], name: str) -> tuple[FloatArray, FloatArray]:
    """Return the times in s (N,) and values (N, 3) of one quantity."""
    try:
        stamps = np.array([float(block["Timestamp"]) for block in blocks])  # type: ignore[arg-type]
        rows = [
            [[float(v[axis]) for axis in "xyz"] for v in block[name]]  # type: ignore[attr-defined]
            for block in blocks
        ]
    except (TypeError, ValueError, KeyError) as error:
        raise ImportFormatError(
            "no_samples", f"a block of {name} isn't a Timestamp and x, y, z ({error!r})"
        ) from error
    kept = [i for i, block in enumerate(rows) if block]
    count = np.array([len(rows[i]) for i in kept])
    if not len(count) or not np.isfinite(stamps).all():
        raise ImportFormatError("no_samples", f"the blocks of {name} hold no samples")
    stamps = stamps[kept]
    steps = np.diff(stamps)
    period = float(np.median(steps / count[:-1])) if len(steps) else 0.0
    if period <= 0.0:
        raise ImportFormatError("bad_clock", f"the stamps of {name} don't go on")
    each = np.append(steps / count[:-1], period)
    each[np.abs(each / period - 1.0) > _MOST_STRETCH] = period
    first = np.repeat(np.cumsum(count) - count, count)
    within = np.arange(int(count.sum())) - first
    time_ms = np.repeat(stamps, count) + within * np.repeat(each, count)
    return time_ms * 1e-3, np.array([row for i in kept for row in rows[i]])


def _together(
    halves: dict[str, tuple[FloatArray, FloatArray]], assumed: list[str]
) -> tuple[FloatArray, FloatArray | None, FloatArray | None]:
    """Return time, acceleration and rate; halves on different clocks are put on that of one."""
    if len(halves) == 1:
        name, (time_s, values) = next(iter(halves.items()))
        return (time_s, values, None) if name == "ArrayAcc" else (time_s, None, values)
    (acc_s, acc), (gyr_s, gyr) = halves["ArrayAcc"], halves["ArrayGyro"]
    if acc_s.shape == gyr_s.shape and np.array_equal(acc_s, gyr_s):
        return acc_s, acc, gyr
    time_s, acc, gyr, note = join_halves(acc_s, acc, gyr_s, gyr)
    assumed.append(note)
    return time_s, acc, gyr


IMPORTER = Importer(name="movesense", title="Movesense JSON", recognises=recognises, read=read)
