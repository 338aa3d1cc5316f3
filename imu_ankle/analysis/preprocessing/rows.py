"""Before anything else: which rows are measurements. Loggers repeat some, fill holes, and smooth."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, TypeAlias

import numpy as np

from imu_ankle.analysis.preprocessing.resampling import ResamplingParams
from imu_ankle.core.errors import RecordingError
from imu_ankle.core.recording import GRAVITY_MPS2, Repair
from imu_ankle.core.signal.runs import runs, to_mask
from imu_ankle.core.signal.timing import repeats

if TYPE_CHECKING:
    from imu_ankle.core.recording import BoolArray, FloatArray, Recording


@dataclass(frozen=True, slots=True, kw_only=True)
class RowParams:
    """What a row must be to count as a measurement."""

    polled_share: float = 0.02  # of rows that repeat the one before; real sensors have 0.0024
    same_rows: int = 3  # repeats in a row are chance in coarse numbers, but no more
    by_chance: float = 0.05  # such runs in a recording, of a sensor quieter than its steps
    longest_packet: int = 32  # rows in a packet that may come twice
    doubled_share: float = 0.3
    digits: float = 4e-6  # a straight line in a file of seven digits
    line_rows: int = 4  # on one in all six numbers: less may be chance
    lines_share: float = 0.25  # of rows on straight lines: the whole was made of lines
    dead_s: float = 1.0  # an axis that reads one value for so long, while the other two live
    # a lone row: further from its neighbours than this, and so many times further than they are apart
    spike_dps: float = 150.0
    spike_mps2: float = 6.0 * GRAVITY_MPS2
    spikes: float = 8.0  # gyroscopes in landings: 2.4, and 6.4 of one that repeats its rows
    # ... but an impact that one sample saw, of 17 g at most, shakes the foot's turning too, by 16 at least
    jolt_dps: float = 8.0
    no_impact_mps2: float = 20.0 * GRAVITY_MPS2
    # no sensor is quieter than a third of this, per root of Hz; the quietest real ones have 0.0046 and 0.0010
    quiet_dps: float = 0.0015
    quiet_mps2: float = 0.0003
    low_rate_hz: float = ResamplingParams().low_rate_hz


def measured_rows(recording: Recording, params: RowParams) -> Recording:
    """Return the recording without rows that no sensor measured; its repairs say which those were.

    What is left out becomes a hole, and is counted as lost. A recording that was smoothed or made of
    straight lines as a whole stays as it is, and says so.

    Raises
    ------
    RecordingError
        ``dead_axis`` if one of the axes reads nothing throughout.
    """
    if len(recording.time_s) < _FEWEST:
        return recording
    recording = _asked_once(recording, params)
    recording = _told_once(recording, params)
    made_up = _lines(recording, params)
    if np.mean(made_up) > params.lines_share:
        rate_hz = np.count_nonzero(~made_up) / recording.duration_s
        return _smoothed(recording, "straight lines between fewer values", rate_hz, params)
    quiet = _quiet(recording, made_up, params)
    if quiet is not None:
        return _smoothed(recording, *quiet, params)
    for find in (_frozen, _dead, _spikes):
        found = find(recording, params)
        if found is not None:
            rows, repair = found
            recording = _without(recording, rows, repair)
    return recording


_FEWEST = 32
_WINDOW = 16  # rows, of noise that is looked at together


def _without(
    recording: Recording, rows: BoolArray, repair: Repair, time_s: FloatArray | None = None
) -> Recording:
    keep = ~rows
    return replace(
        recording,
        time_s=(recording.time_s if time_s is None else time_s)[keep],
        acc_mps2=recording.acc_mps2[keep],
        gyr_dps=recording.gyr_dps[keep],
        seq=None if recording.seq is None else recording.seq[keep],
        flags=None if recording.flags is None else recording.flags[keep],
        repairs=(*recording.repairs, repair),
    )


def _numbers(recording: Recording) -> FloatArray:
    return np.hstack([recording.acc_mps2, recording.gyr_dps])


def _asked_once(recording: Recording, params: RowParams) -> Recording:
    """Leave out rows of a loop that asks more often than the sensor measures."""
    same = repeats(_numbers(recording))
    lengths = np.diff(runs(same), axis=1)
    regular = len(lengths) >= 10 and lengths.max() <= 3.0 * np.median(lengths)
    if not regular or np.mean(same) < params.polled_share:
        return recording
    words = (
        f"{np.count_nonzero(same)} of {len(same)} rows repeat the one before: the sensor was asked "
        "more often than it measures; they are left out"
    )
    return _without(recording, same, Repair("clock", words))


def _told_once(recording: Recording, params: RowParams) -> Recording:
    """Leave out packets that came twice, and give the others the time of both."""
    one = recording.gyr_dps[:, 0]  # cheap to look at, and enough to see whether to look further
    lags = range(2, min(params.longest_packet, len(one) // 4) + 1)
    shares = [float(np.mean(one[lag:] == one[:-lag])) for lag in lags]
    lag = lags[int(np.argmax(shares))]
    if max(shares) < params.doubled_share or np.mean(one[1:] == one[:-1]) > max(shares) / 2.0:
        return recording
    rows = _numbers(recording)
    again = np.concatenate([np.zeros(lag, bool), (rows[lag:] == rows[:-lag]).all(axis=1)])
    if np.mean(again) < params.doubled_share:
        return recording
    number = np.arange(len(rows))
    starts = ~again & np.concatenate([[True], again[:-1]])
    first = np.maximum.accumulate(np.where(starts, number, 0))
    place = first + 2 * (number - first)
    again |= place >= len(rows)  # a last packet that was cut short
    spread_s = recording.time_s[np.minimum(place, len(rows) - 1)]
    words = f"packets of {lag} rows came twice; {np.count_nonzero(again)} rows are left out"
    return _without(recording, again, Repair("clock", words), spread_s)


def _lines(recording: Recording, params: RowParams) -> BoolArray:
    """Return which rows (N,) lie on a straight line between others, in all six numbers."""
    rows = _numbers(recording)
    off = np.abs(np.diff(rows, n=2, axis=0))
    on_line = np.zeros(len(rows), dtype=bool)
    on_line[1:-1] = (off <= params.digits * np.abs(rows).max(axis=0)).all(axis=1)
    return on_line


def _quiet(recording: Recording, made_up: BoolArray, params: RowParams) -> tuple[str, float] | None:
    """Return which half is quieter than any sensor in its quietest moments, and the rate that it supports."""
    rate_hz = 1.0 / float(np.median(np.diff(recording.time_s)))
    for name, x, least in (
        ("accelerometer", recording.acc_mps2, params.quiet_mps2),
        ("gyroscope", recording.gyr_dps, params.quiet_dps),
    ):
        second, third = _roughness(x[~made_up])
        if not len(second):
            return None
        calm = np.argsort(second)[: max(1, len(second) // 10)]
        noise = np.sqrt(second[calm].mean() / _SECOND_OF_WHITE / 3.0)
        if noise / np.sqrt(rate_hz / 2.0) < least:
            cutoff_hz = (
                rate_hz
                * np.sqrt(third[calm].mean() / max(second[calm].mean(), 1e-30))
                / (2.0 * np.pi)
            )
            return f"the {name} is quieter than any sensor", min(2.0 * cutoff_hz, rate_hz)
    return None


_SECOND_OF_WHITE = 6.0  # variance of second differences of white noise of variance 1


def _roughness(x: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Return the mean square of second and third differences, axes summed, window by window."""
    second = np.diff(x, n=2, axis=0)
    third = np.diff(second, axis=0)
    whole = len(third) // _WINDOW * _WINDOW
    powers = [np.einsum("ij,ij->i", each[:whole], each[:whole]) for each in (second, third)]
    mean_2, mean_3 = (power.reshape(-1, _WINDOW).mean(axis=1) for power in powers)
    return mean_2, mean_3


def _smoothed(recording: Recording, how: str, rate_hz: float, params: RowParams) -> Recording:
    words = f"{how}: this was smoothed or filled in; it holds what {rate_hz:.0f} Hz would"
    told = [Repair("smoothed", words)]
    if rate_hz < params.low_rate_hz:
        told.append(Repair("low_rate", f"{words}, which is low"))
    return replace(recording, repairs=(*recording.repairs, *told))


_Found: TypeAlias = "tuple[BoolArray, Repair] | None"  # rows, and why they are no measurements


def _frozen(recording: Recording, params: RowParams) -> _Found:
    """Find rows that repeat the one before, and those that somebody put into a hole."""
    same = repeats(_numbers(recording))
    alone = max(float(np.mean(same & ~np.roll(same, 1))), 1.0 / len(same))
    longest = max(params.same_rows, 1 + int(np.log(params.by_chance / len(same)) / np.log(alone)))
    held_runs = runs(same)
    held = to_mask(held_runs[held_runs[:, 1] - held_runs[:, 0] >= longest], len(same))
    lines = runs(_lines(recording, params))
    filled = to_mask(lines[lines[:, 1] - lines[:, 0] >= params.line_rows], len(held)) & ~held
    parts = [
        f"{np.count_nonzero(rows)} rows {what}"
        for rows, what in ((held, "repeat the one before"), (filled, "lie on a straight line"))
        if rows.any()
    ]
    if not parts:
        return None
    words = f"{' and '.join(parts)}: no sensor does that; they are left out"
    return held | filled, Repair("frozen", words)


_STILL_SHARE = 0.5  # of repeats: the other axes of the sensor don't live either
_AXES = ("acc_x", "acc_y", "acc_z", "gyr_x", "gyr_y", "gyr_z")


def _dead(recording: Recording, params: RowParams) -> _Found:
    """Find rows in which one axis reads one value while the other two of its sensor live."""
    rows = _numbers(recording)
    same = np.vstack([np.zeros((1, 6), bool), rows[1:] == rows[:-1]])
    time_s = recording.time_s
    dead = np.zeros(len(rows), dtype=bool)
    words = []
    for axis, name in enumerate(_AXES):
        others = [k for k in range(6) if k // 3 == axis // 3 and k != axis]
        stays = runs(same[:, axis])
        for start, end in stays[time_s[stays[:, 1] - 1] - time_s[stays[:, 0]] >= params.dead_s]:
            if np.mean(same[start:end, others].all(axis=1)) < _STILL_SHARE:
                dead[max(start - 1, 0) : end] = True
                words.append(
                    f"{name} reads {rows[start, axis]:g} from {time_s[start]:.1f} to {time_s[end - 1]:.1f} s"
                )
    if not words:
        return None
    if np.count_nonzero(~dead) < _FEWEST or np.mean(dead) > 0.9:
        raise RecordingError(
            "dead_axis",
            f"{'; '.join(words)}, while the sensor moves: that axis isn't measured. Check the sensor's "
            "wiring or set-up, and the column that the file was read from",
        )
    told = f"{'; '.join(words)}: {np.count_nonzero(dead)} rows are left out"
    return dead, Repair("dead_axis", told)


def _spikes(recording: Recording, params: RowParams) -> _Found:
    """Find lone rows that jump away from their neighbours and back, of either sensor."""
    off_mps2, off_dps = (
        _off_alone(each, params.spikes) for each in (recording.acc_mps2, recording.gyr_dps)
    )
    kink = np.zeros(len(off_dps))
    kink[1:-1] = np.linalg.norm(np.diff(recording.gyr_dps, n=2, axis=0), axis=1)
    jolt = np.maximum(kink, np.maximum(np.roll(kink, 1), np.roll(kink, -1)))
    spikes = (off_mps2 > params.spike_mps2) & (jolt < params.jolt_dps)
    spikes |= (off_mps2 > params.no_impact_mps2) | (off_dps > params.spike_dps)
    if not spikes.any():
        return None
    count = np.count_nonzero(spikes)
    words = f"{count} lone rows jump away and back: no foot does; they are left out"
    return spikes, Repair("spikes", words)


def _off_alone(x: FloatArray, times: float) -> FloatArray:
    """Return how far each row (N,) lies from its neighbours, beyond so many times what those are apart."""
    off = np.zeros(len(x))
    near = np.stack([x[:-4], x[1:-3], x[3:-1], x[4:]])
    low, high = near.min(axis=0), near.max(axis=0)
    middle = (near.sum(axis=0) - low - high) / 2.0  # the median of four
    away = np.linalg.norm(x[2:-2] - middle, axis=1)
    off[2:-2] = away - times * np.linalg.norm(high - low, axis=1)
    return off
