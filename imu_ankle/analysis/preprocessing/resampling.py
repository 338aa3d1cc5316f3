"""First half of preparation: from stamped samples to a uniform grid, clipping and holes marked."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from imu_ankle.core.errors import NotAnalysableError, RecordingError
from imu_ankle.core.recording import (
    GRAVITY_MPS2,
    BoolArray,
    FloatArray,
    IntArray,
    Recording,
    SampleFlag,
)
from imu_ankle.core.signal.runs import runs, to_mask
from imu_ankle.core.signal.timing import Grid, count_grid, fill, lay_grid, long_holes


@dataclass(frozen=True, slots=True, kw_only=True)
class ResamplingParams:
    """Parameters of time and range."""

    min_recording_s: float = 1.0  # shorter holds no stance, no repetition, no rest
    bridge_s: float = 0.050  # a hole up to here changes sway by less than 0.1 %
    flagged_s: float = 0.200  # up to here bridged and flagged, above it the recording is split
    low_rate_hz: float = 49.0  # 50 Hz sensors run up to 2 % slow
    lost_fraction: float = 0.02  # from here on people should look at their radio
    most_holes: float = 50.0  # a recording that misses 98 % of its samples is none
    clip_level: float = 0.995  # of full scale; sensors saturate a little below nominal


# Full scales that IMUs offer; used only where the sidecar names no range.
_ACC_SCALES_MPS2 = tuple(g * GRAVITY_MPS2 for g in (2.0, 4.0, 8.0, 16.0, 32.0))
_GYR_SCALES_DPS = (125.0, 245.0, 250.0, 500.0, 1000.0, 2000.0, 4000.0)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class UniformSamples:
    """Calibrated samples on a uniform grid, still in the sensor frame."""

    grid: Grid
    acc_mps2: FloatArray
    gyr_dps: FloatArray
    segments: IntArray
    clipped: BoolArray
    doubtful: BoolArray
    bridged: BoolArray
    lost_fraction: float
    longest_gap_s: float
    clipped_fraction: float
    reasons: tuple[str, ...]


def resample(recording: Recording, params: ResamplingParams) -> UniformSamples:
    """Lay the grid, mark clipped samples on raw values, bridge short holes, split at long ones.

    Raises
    ------
    NotAnalysableError
        If the recording is shorter than a second.
    RecordingError
        ``bad_clock`` if a stamp or counter jumps so far that nearly all samples would be missing.
    """
    time_s = recording.time_s
    if len(time_s) < 16 or time_s[-1] - time_s[0] < params.min_recording_s:
        length_s = float(time_s[-1] - time_s[0]) if len(time_s) else 0.0
        raise NotAnalysableError(
            "short_trial",
            f"the recording holds {len(time_s)} samples in {length_s:.2f} s; at least "
            f"{params.min_recording_s:g} s is needed",
        )
    clipped = _clipped(recording, params)
    if recording.sidecar.sensor.untimed and recording.seq is not None:
        grid = count_grid(time_s, recording.seq)
    else:
        grid = lay_grid(time_s, recording.seq)
    if grid.size > params.most_holes * len(time_s) + 100_000:
        raise RecordingError(
            "bad_clock",
            f"{len(time_s)} samples are spread over {time_s[-1] - time_s[0]:.3g} s: a time stamp or "
            "counter jumps. Split the recording there",
        )
    acc, gyr = recording.acc_mps2, recording.gyr_dps
    if recording.calibration is not None:
        acc, gyr = recording.calibration.apply(acc, gyr)

    holes = grid.holes
    split = holes[long_holes(grid, params.flagged_s)]
    segments = np.column_stack(
        [np.concatenate([[0], split[:, 1]]), np.concatenate([split[:, 0], [grid.size]])]
    )
    filled = fill(np.hstack([acc, gyr]), grid, time_s, segments)
    on_grid = np.zeros(grid.size, dtype=bool)
    on_grid[grid.index[clipped]] = True
    doubtful = to_mask(holes[long_holes(grid, params.bridge_s)], grid.size)

    lost_fraction = 1.0 - len(time_s) / grid.size
    longest_s = float(np.max(holes[:, 1] - holes[:, 0], initial=0)) / grid.rate_hz
    found = {
        "low_rate": grid.rate_hz < params.low_rate_hz,
        "loss": lost_fraction > params.lost_fraction,
        "gap": bool(long_holes(grid, params.bridge_s).any()),
    }
    return UniformSamples(
        grid=grid,
        acc_mps2=np.asfortranarray(filled[:, :3]),
        gyr_dps=np.asfortranarray(filled[:, 3:]),
        segments=segments,
        clipped=on_grid,
        doubtful=doubtful,
        bridged=to_mask(holes, grid.size),
        lost_fraction=lost_fraction,
        longest_gap_s=longest_s,
        clipped_fraction=float(np.mean(clipped)),
        reasons=tuple(code for code, holds in found.items() if holds),
    )


def _clipped(recording: Recording, params: ResamplingParams) -> BoolArray:
    """Mark samples that the sensor flagged or that sit at the end of its range, (N,)."""
    sidecar = recording.sidecar
    acc_scale = sidecar.acc_range_g * GRAVITY_MPS2 if sidecar.acc_range_g else None
    mask = _at_limit(recording.acc_mps2, acc_scale, _ACC_SCALES_MPS2, params)
    mask |= _at_limit(recording.gyr_dps, sidecar.gyr_range_dps, _GYR_SCALES_DPS, params)
    if recording.flags is not None:
        mask |= (recording.flags & (SampleFlag.ACC_CLIPPED | SampleFlag.GYR_CLIPPED)) != 0
    return mask


def _at_limit(
    x: FloatArray, full_scale: float | None, scales: tuple[float, ...], params: ResamplingParams
) -> BoolArray:
    """Mark samples at full scale; without a stated range, flat tops near a usual full scale."""
    size = np.abs(x)
    if full_scale is not None:
        at_end: BoolArray = np.any(size >= params.clip_level * full_scale, axis=1)
        return at_end
    mask = np.zeros(len(x), dtype=bool)
    for axis in range(3):
        top = float(size[:, axis].max())
        near = any(abs(top / scale - 1.0) < 0.02 for scale in scales)
        if not near:
            continue
        at_top = size[:, axis] >= top * (1.0 - 1e-6)
        flat = runs(at_top)
        if np.any(flat[:, 1] - flat[:, 0] >= 2):
            mask |= at_top
    return mask
