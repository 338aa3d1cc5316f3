"""From rows as they came to a `Recording`: put in order, repeats left out; each repair is told.

Reading a file and recording live both end here, so that both make the same of the same rows.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from imu_ankle.core.errors import RecordingError
from imu_ankle.core.recording import FloatArray, IntArray, Recording, Repair, Sidecar
from imu_ankle.core.signal.timing import order, repeats, spread_shared_stamps

if TYPE_CHECKING:
    from collections.abc import Sequence

    from imu_ankle.core.recording import Calibration

COLUMNS = (
    "time_s",
    "acc_x_mps2",
    "acc_y_mps2",
    "acc_z_mps2",
    "gyr_x_dps",
    "gyr_y_dps",
    "gyr_z_dps",
)
OPTIONAL_COLUMNS = ("seq", "flags")

ENDED = "ended"  # key of a live recording's sidecar: null while it runs, then why it ended
_MOST_COUNT = 2.0**53  # beyond it a float can't count
RESTART_S = 0.25  # time that jumps back further is a second recording, not a late packet


def assemble(
    table: FloatArray,
    names: Sequence[str],
    *,
    sidecar: Sidecar,
    calibration: Calibration | None = None,
    repairs: Sequence[Repair] = (),
    file: str = "",
) -> Recording:
    """Make a recording of rows (N, C) whose columns are `names`, in the order in which they came.

    Raises
    ------
    RecordingError
        ``bad_value`` or ``bad_clock``.
    """
    repairs = list(repairs)
    table = _set_right(table, list(names), repairs)
    if sidecar.sensor.untimed:
        told = "the sensor sends neither time nor count: times are estimates, loss can't be seen"
        repairs.append(Repair("clock", told))
    whole = {
        name: _whole(table[:, names.index(name)], name)
        for name in OPTIONAL_COLUMNS
        if name in names
    }
    recording = Recording(
        time_s=np.ascontiguousarray(table[:, 0]),
        acc_mps2=np.ascontiguousarray(table[:, 1:4]),
        gyr_dps=np.ascontiguousarray(table[:, 4:7]),
        seq=whole.get("seq"),
        flags=whole.get("flags"),
        sidecar=sidecar,
        calibration=calibration,
        repairs=tuple(repairs),
        file=file,
    )
    if ENDED in sidecar.extra and sidecar.extra[ENDED] is None:
        return _unfinished(recording)
    return recording


def _whole(column: FloatArray, name: str) -> IntArray:
    if np.abs(column).max() > _MOST_COUNT:
        raise RecordingError(
            "bad_value", f"{name} holds {np.abs(column).max():.3g}, which is no count"
        )
    return column.astype(np.int64)


def _unfinished(recording: Recording) -> Recording:
    """Say what the sidecar of a recording that was never closed leaves open."""
    told = Repair(None, "the recording was not closed; `imu-ankle doctor` completes it")
    return replace(
        recording,
        sidecar=replace(recording.sidecar, **counts_of(recording)),
        repairs=(*recording.repairs, told),
    )


def counts_of(recording: Recording) -> dict[str, Any]:
    """Return what the samples themselves say: rate, samples, losses, longest gap."""
    time_s, seq = recording.time_s, recording.seq
    if seq is None or len(recording) < 2:
        return {"samples": len(recording)}
    steps = np.diff(seq)
    period_s = float(time_s[-1] - time_s[0]) / float(seq[-1] - seq[0])
    gaps = np.diff(time_s)[steps > 1]
    known = recording.sidecar.lost or 0  # a stream's last samples may be lost too
    return {
        "samples": len(recording),
        "rate_hz": round(1.0 / period_s, 4),
        "lost": max(known, int(seq[-1]) + 1 - len(recording)),
        "longest_gap_s": round(float(np.max(gaps, initial=0.0)), 4),
    }


def _set_right(table: FloatArray, names: list[str], repairs: list[Repair]) -> FloatArray:
    """Leave out rows without numbers, restore order, resolve shared stamps; record each."""
    finite = np.isfinite(table).all(axis=1)
    if not finite.all():
        if not finite.any():
            raise RecordingError("bad_value", "no row holds numbers in all columns")
        repairs.append(
            Repair("loss", f"{int((~finite).sum())} rows hold no number and count as lost samples")
        )
        table = table[finite]
    key = table[:, names.index("seq")] if "seq" in names else table[:, 0]
    in_order, stepped_back = order(key)
    _, back_s = order(table[in_order, 0] if "seq" in names else table[:, 0])
    if back_s > RESTART_S:
        row = int(np.argmax(np.maximum.accumulate(table[:, 0]) - table[:, 0])) + 2
        raise RecordingError(
            "bad_clock",
            f"about line {row} time goes back by {back_s:.3g} s. The file seems to hold two "
            "recordings; split it there",
        )
    if stepped_back > 0:
        late = int(np.sum(np.diff(key) < 0))
        repairs.append(Repair("clock", f"{late} rows came out of order and were put in order"))
        table, key = table[in_order], key[in_order]
    again = repeats(table)
    if "seq" in names:
        same = np.diff(key, prepend=-np.inf) == 0
        if np.count_nonzero(same & ~again) > 0.1 * len(table):
            raise RecordingError(
                "bad_clock",
                "seq repeats while the samples differ; it must count samples. Leave it out",
            )
        again |= same
    if again.any():
        repairs.append(Repair("clock", f"{int(again.sum())} repeated rows were left out"))
        table = table[~again]
    time_s, moved = spread_shared_stamps(table[:, 0])
    if moved:
        repairs.append(
            Repair("clock", f"{moved} samples shared a time stamp and were spread out evenly")
        )
        table = np.column_stack([time_s, table[:, 1:]])
    return table
