"""A set while it is done: the one analysis path, run again and again on the rows so far."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from imu_ankle.analysis.pipeline import AnalysisRun, run_analysis
from imu_ankle.analysis.preprocessing import preprocess
from imu_ankle.core.assemble import COLUMNS, OPTIONAL_COLUMNS, assemble
from imu_ankle.core.errors import ImuAnkleError, NotAnalysableError
from imu_ankle.core.result import REASONS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from imu_ankle.core.options import AnalysisOptions
    from imu_ankle.core.recording import (
        Calibration,
        FloatArray,
        IntArray,
        Recording,
        Repair,
        Sidecar,
    )

NAMES = (*COLUMNS, *OPTIONAL_COLUMNS)


@dataclass(frozen=True, slots=True, kw_only=True)
class LiveParams:
    """Parameters of a set while it is done."""

    settle_s: float = 2.5  # after the dose's last repetition: its landing is followed for 2 s
    stood_s: float = 4.0  # back on two legs for so long: the trial is over
    rest_s: float = 1.5  # of standing still gives bias and flat pose


class LiveSet:
    """The rows of a set as they come, late ones included."""

    def __init__(
        self,
        sidecar: Sidecar,
        *,
        columns: tuple[str, ...] = NAMES,
        calibration: Calibration | None = None,
        file: str = "",
        options: AnalysisOptions | None = None,
        repairs: Sequence[Repair] = (),
    ) -> None:
        self._sidecar, self._calibration, self._file = sidecar, calibration, file
        self._columns, self._options = columns, options
        self._repairs = tuple(repairs)
        self._pieces: list[FloatArray] = []

    def add(self, samples: FloatArray) -> None:
        """Take rows (n, C), in the order in which they go to the file."""
        if len(samples):
            self._pieces.append(samples)

    def __len__(self) -> int:
        return sum(len(piece) for piece in self._pieces)

    @property
    def samples(self) -> FloatArray:
        """All rows so far, (N, C)."""
        if len(self._pieces) > 1:
            self._pieces = [np.vstack(self._pieces)]
        return self._pieces[0] if self._pieces else np.empty((0, len(self._columns)))

    def snapshot(self) -> LiveSet:
        """Return the set as it is now, for another thread."""
        copy = LiveSet(
            self._sidecar,
            columns=self._columns,
            calibration=self._calibration,
            file=self._file,
            options=self._options,
            repairs=self._repairs,
        )
        copy.add(self.samples)
        return copy

    def recording(self) -> Recording:
        """Return what reading the file would give at this moment."""
        return assemble(
            self.samples,
            self._columns,
            sidecar=self._sidecar,
            calibration=self._calibration,
            repairs=self._repairs,
            file=self._file,
        )

    def analyze(self) -> AnalysisRun:
        """Analyse the rows so far.

        Raises
        ------
        ImuAnkleError
            As `analyze` does; with fewer than two rows nothing can be said.
        """
        if len(self) < 2:
            raise NotAnalysableError("short_trial", "nothing was received yet")
        return run_analysis(self.recording(), self._options)


def stack_samples(
    time_s: FloatArray, acc_mps2: FloatArray, gyr_dps: FloatArray, seq: IntArray, flags: IntArray
) -> FloatArray:
    """Return samples as rows (n, 9) of the columns `NAMES`."""
    return np.column_stack([time_s, acc_mps2, gyr_dps, seq, flags])


@dataclass(frozen=True, slots=True, kw_only=True)
class SetStatus:
    """How far a set has come: `done` of `target`, and why it is over, if it is."""

    done: float
    target: float
    unit: str
    over: str | None = None


def set_status(analysis: AnalysisRun, now_s: float, params: LiveParams | None = None) -> SetStatus:
    """Return how far the set of `analysis`, made at `now_s` of its clock, has come."""
    params = params or LiveParams()
    result = analysis.result
    done = float(result.dose.done or 0.0)
    over = None
    if analysis.exercise.counts:
        ends = sorted(event.end_s for event in result.events if event.rejected is None)
        if ends and done >= result.dose.target:
            # a stride is two steps; a tap beyond the plan's is none of the dose
            needed = math.ceil(result.dose.target * len(ends) / done)
            if now_s - ends[needed - 1] >= params.settle_s:
                over = "the dose is done"
    elif "no_weight_shift" in result.quality.reasons:
        done = 0.0  # standing so far; a stance may still come
    elif done >= result.dose.target:
        over = "the dose is done"
    elif result.spans and now_s - result.spans[-1].end_s > params.stood_s:
        over = "the stance has ended"
    return SetStatus(done=done, target=result.dose.target, unit=result.dose.unit, over=over)


def still_problem(live: LiveSet, params: LiveParams | None = None) -> str | None:
    """Say what is wrong before a set: units, no rest, a loose clip; None when all is well."""
    params = params or LiveParams()
    try:
        motion = preprocess(live.recording())
    except NotAnalysableError:
        return "stand flat and still"
    except ImuAnkleError as error:
        return str(error)
    if "loose_clip" in motion.quality.reasons:
        return REASONS["loose_clip"].text
    rested_s = float(np.sum(motion.rests[:, 1] - motion.rests[:, 0])) / motion.rate_hz
    return "stand flat and still" if rested_s < params.rest_s else None
