"""From a recording to motion that can be analysed: the one path, whatever the exercise."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from imu_ankle.analysis.preprocessing.attitude import (
    HeadingParams,
    heading_rad,
    orient,
    turn,
    unbroken,
)
from imu_ankle.analysis.preprocessing.halves import HalvesParams, compare, in_step
from imu_ankle.analysis.preprocessing.resampling import ResamplingParams, UniformSamples, resample
from imu_ankle.analysis.preprocessing.rows import RowParams, measured_rows
from imu_ankle.analysis.preprocessing.static_detection import StaticDetectionParams, detect_static
from imu_ankle.core.motion import Motion
from imu_ankle.core.recording import MOST_NOISE_DPS2, Repair, link_lost_words
from imu_ankle.core.result import Interval, Quality
from imu_ankle.core.signal.filters import lowpass
from imu_ankle.core.signal.rotation import about_z, turned, upright

if TYPE_CHECKING:
    from imu_ankle.core.recording import FloatArray, Recording


@dataclass(frozen=True, slots=True, kw_only=True)
class PreprocessingParams:
    """All parameters of preparation."""

    rows: RowParams = field(default_factory=RowParams)
    samples: ResamplingParams = field(default_factory=ResamplingParams)
    static: StaticDetectionParams = field(default_factory=StaticDetectionParams)
    halves: HalvesParams = field(default_factory=HalvesParams)
    heading: HeadingParams = field(default_factory=HeadingParams)


def preprocess(recording: Recording, params: PreprocessingParams | None = None) -> Motion:
    """Make `recording` fit to analyse.

    In order: rows that aren't measurements left out, clipping marked on raw values, calibration
    applied, uniform grid with short holes bridged, rests found, units checked, gyroscope bias removed,
    both halves compared, data turned upright by gravity of the flat foot, orientation by vqf, toes
    found by movement.

    Raises
    ------
    NotAnalysableError
        If the recording is shorter than a second.
    RecordingError
        ``wrong_units`` if a still sensor does not read about 9.8 m/s2 or rates are not in deg/s,
        ``dead_gyroscope``, ``dead_axis``, or ``bad_clock``.
    """
    params = params or PreprocessingParams()
    recording = measured_rows(recording, params.rows)
    repairs = recording.repairs + _of_link(recording)
    samples = resample(recording, params.samples)
    rate_hz = samples.grid.rate_hz
    still = detect_static(
        samples.acc_mps2, samples.gyr_dps, samples.segments, rate_hz, params.static
    )
    turn_upright = upright(still.gravity_mps2)
    gyr = samples.gyr_dps - still.bias_dps
    agreement = compare(
        still.acc_scale * samples.acc_mps2, gyr, samples.segments, rate_hz, params.halves
    )
    if agreement is not None:
        repairs += agreement.repairs()
        if agreement.lag_s is not None:
            gyr = in_step(gyr, agreement.lag_s, rate_hz)
    acc = turned(samples.acc_mps2, still.acc_scale * turn_upright)
    gyr = turned(gyr, turn_upright)
    for start, end in _between(samples):
        acc[start:end] = 0.0
        gyr[start:end] = 0.0
    pieces = unbroken(gyr, samples.segments, samples.doubtful, rate_hz, params.heading)
    quat, up = orient(acc, gyr, pieces, rate_hz)
    heading = heading_rad(gyr, up, samples.segments, rate_hz, params.heading)
    if heading is not None:
        to_toes = about_z(heading)
        acc, gyr, up = turned(acc, to_toes), turned(gyr, to_toes), turned(up, to_toes)
        quat = turn(heading, quat)
    return Motion(
        rate_hz=rate_hz,
        start_s=samples.grid.start_s,
        first_s=float(recording.time_s[0]),
        acc_mps2=acc,
        gyr_dps=gyr,
        quat=quat,
        up=up,
        segments=samples.segments,
        unbroken=pieces,
        clipped=samples.clipped,
        doubtful=samples.doubtful,
        bridged=samples.bridged,
        rests=still.rests,
        heading_known=heading is not None,
        gyr_noise_dps2=_noise_power(recording, samples),
        cued=_cued_window(recording),
        repairs=repairs,
        quality=Quality(
            reasons=_reasons(samples.reasons, still.reasons, repairs),
            rate_hz=rate_hz,
            lost_fraction=samples.lost_fraction,
            longest_gap_s=samples.longest_gap_s,
            clipped_fraction=samples.clipped_fraction,
        ),
    )


def _of_link(recording: Recording) -> tuple[Repair, ...]:
    lost = recording.sidecar.link_lost
    return () if lost is None else (Repair("link_lost", link_lost_words(*lost)),)


def _reasons(
    of_samples: tuple[str, ...], of_rests: tuple[str, ...], repairs: tuple[Repair, ...]
) -> tuple[str, ...]:
    of_repairs = (repair.reason for repair in repairs if repair.reason is not None)
    return tuple(dict.fromkeys((*of_repairs, *of_samples, *of_rests)))


def _between(samples: UniformSamples) -> list[tuple[int, int]]:
    ends, starts = samples.segments[:-1, 1], samples.segments[1:, 0]
    return [(int(end), int(start)) for end, start in zip(ends, starts, strict=True)]


def _noise_power(recording: Recording, samples: UniformSamples) -> float:
    """Noise power below 10 Hz from a marked off-body rest, else from the calibration, else 0.

    The rest runs from a mark labelled ``rest`` to the next mark, or to the end.
    """
    marks = recording.sidecar.marks
    for i, mark in enumerate(marks):
        if mark.label and mark.label.strip().lower() == "rest" and mark.time_s is not None:
            following = marks[i + 1].time_s if i + 1 < len(marks) else None
            end_s = float(recording.time_s[-1]) if following is None else following
            noise = _rate_power(samples, Interval(mark.time_s, end_s))
            if noise is not None:
                return noise
    return recording.calibration.gyr_noise_dps2 if recording.calibration else 0.0


def _rate_power(samples: UniformSamples, rest: Interval) -> float | None:
    """Power below 10 Hz over `rest`, or None if the sensor wasn't at rest there."""
    rate_hz = samples.grid.rate_hz
    first, last = (
        int(np.clip(np.ceil((t - samples.grid.start_s) * rate_hz), 0, samples.grid.size))
        for t in (rest.start_s, rest.end_s)
    )
    piece: FloatArray = samples.gyr_dps[first:last]
    if len(piece) < rate_hz or rate_hz <= 20.0:
        return None
    power = float(np.sum(np.var(lowpass(piece, 10.0, rate_hz), axis=0)))
    return power if power <= MOST_NOISE_DPS2 else None


def _cued_window(recording: Recording) -> Interval | None:
    """Return the window between the cues "go" and "stop", where both were given."""
    said = {
        cue.text.strip().lower(): cue.time_s
        for cue in recording.sidecar.cues
        if cue.text is not None and cue.time_s is not None
    }
    if "go" in said and "stop" in said and said["go"] < said["stop"]:
        return Interval(said["go"], said["stop"])
    return None
