"""One set from the first sample to the verdict: check, count down, count, stop, close."""

from __future__ import annotations

import asyncio
import errno
import functools
import time
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import numpy as np

from imu_ankle.analysis.live import LiveSet, set_status, still_problem
from imu_ankle.analysis.pipeline import AnalysisRun, run_analysis
from imu_ankle.bluetooth.stream import Change, State
from imu_ankle.core.errors import ImuAnkleError, SensorError
from imu_ankle.sensors.protocol import Timing
from imu_ankle.session.display import DisplayState, LinkState
from imu_ankle.text.results import number

if TYPE_CHECKING:
    from pathlib import Path

    from imu_ankle.core.exercise import Exercise
    from imu_ankle.session.capture import Capture
    from imu_ankle.session.display import LiveDisplay
    from imu_ankle.session.loop import Interruption

_LOOK_S = 0.4  # between two looks at the set
_STILL_PATIENCE_S = 12.0
_NO_DATA_S = 20.0  # connected, and yet nothing came
_MOST_APART_MS = 10.0  # between two sensors' clocks, to say anything of left against right
_HINT = "Ctrl-C ends the recording and keeps it"


@dataclass(slots=True)
class Recorded:
    """What came of it: a file and its analysis for every sensor, and whether it was broken off."""

    paths: list[Path] = field(default_factory=list)
    analyses: list[AnalysisRun] = field(default_factory=list)
    interrupted: bool = False
    problem: str | None = None  # that the wearer should know of
    stopped_writing: bool = False
    failure: ImuAnkleError | None = None


class Conductor:
    """One set from the first sample to the verdict; the first sensor's analysis leads."""

    def __init__(
        self,
        exercise: Exercise[object],
        captures: list[Capture],
        display: LiveDisplay,
        *,
        countdown_s: int,
        most_s: float,
        dose: float | None,
    ) -> None:
        self.recorded = Recorded()
        self._exercise, self._captures, self._display = exercise, captures, display
        self._countdown_s, self._most_s, self._dose = countdown_s, most_s, dose
        self._message, self._why = "", "stopped"
        self._trouble: dict[int, str] = {}  # by the number of the take
        self._countdown: int | None = None
        self._pause_s = _LOOK_S
        self._went_s: float | None = None  # when the wearer was told to go
        self._analysis: AnalysisRun | None = None

    async def run(self, interruption: Interruption) -> None:
        """Record until the dose is done, the time is up, or somebody stops it."""
        interruption.heard_by.append(self._interrupt)
        for k, capture in enumerate(self._captures):
            capture.on_samples = functools.partial(self._display.samples, k)
        streaming = [asyncio.create_task(self._stream(capture)) for capture in self._captures]
        watching = asyncio.create_task(self._watch())
        watching.add_done_callback(self._watch_ended)
        try:
            outcomes = await asyncio.gather(*streaming, return_exceptions=True)
        finally:
            watching.cancel()
            for task in streaming:
                task.cancel()
            await asyncio.gather(watching, *streaming, return_exceptions=True)
            interruption.heard_by.remove(self._interrupt)
            self._close()
        self._say_time_base()
        if not watching.cancelled() and watching.exception() is not None:
            raise watching.exception() or RuntimeError
        for outcome in outcomes:
            if isinstance(outcome, ImuAnkleError):
                self.recorded.failure = outcome
            elif isinstance(outcome, OSError):
                self.recorded.stopped_writing = True
                self.recorded.problem = (
                    f"writing stopped: {outcome.strerror}. What was written is kept"
                    + ("; make room and record again" if outcome.errno == errno.ENOSPC else "")
                )
            elif isinstance(outcome, BaseException):
                raise outcome

    def _watch_ended(self, watching: asyncio.Task[None]) -> None:
        """Don't record for ever when nobody looks any more."""
        if not watching.cancelled() and watching.exception() is not None:
            self._stop("the analysis failed")

    def _interrupt(self) -> None:
        self.recorded.interrupted = True
        self._stop("interrupted")

    def _stop(self, why: str) -> None:
        self._why = why
        for capture in self._captures:
            capture.stream.stop()

    async def _stream(self, capture: Capture) -> None:
        try:
            async for change in capture.run():
                self._note(capture, change)
        except SensorError:
            self._why = "the sensor was lost"
            raise
        finally:
            for other in self._captures:
                other.stream.stop()

    def _note(self, capture: Capture, change: Change) -> None:
        if not capture.cues:
            capture.cue("stand still")
            self._display.say(change.text)
        elif change.state in {State.SILENT, State.LOST}:
            self._trouble[self._captures.index(capture)] = change.text
        elif change.state in {State.STREAMING, State.RESUMED}:
            self._trouble.pop(self._captures.index(capture), None)
        elif self._why == "stopped":
            self._why = "the sensor ended the stream"

    async def _watch(self) -> None:
        lead = self._captures[0]
        began_s = time.monotonic()
        while True:
            await asyncio.sleep(self._pause_s)
            passed_s = time.monotonic() - began_s
            if all(
                capture.live is not None and len(capture.live) > 1 for capture in self._captures
            ):
                await (self._check_still(lead) if self._went_s is None else self._look(lead))
            else:
                self._message = "waiting for data"
                if passed_s > _NO_DATA_S:
                    self._stop("no data came")
            self._show(lead)
            if self._display.stop_asked:
                self._stop("stopped by hand")
            if passed_s > self._most_s:
                self._stop("the time was up")

    async def _check_still(self, lead: Capture) -> None:
        """Say what is wrong before the set; then count down."""
        problem = None
        for capture in self._captures:
            assert capture.live is not None  # noqa: S101
            found = await asyncio.to_thread(still_problem, capture.live.snapshot())
            named = f"{capture.plan.sidecar.side}: " if len(self._captures) > 1 else ""
            problem = problem or (f"{named}{found}" if found else None)
        patient = lead.now_s < _STILL_PATIENCE_S
        self._message = problem or ""
        if problem is not None and patient:
            return
        if problem is not None:
            self.recorded.problem = f"recorded without a good start: {problem}"
        for left in range(self._countdown_s, 0, -1):
            self._countdown, self._message = left, f"{left} ..."
            self._show(lead)
            await asyncio.sleep(1.0)
            if self._display.stop_asked:
                return
        self._countdown = None
        for capture in self._captures:
            capture.cue("begin")
        self._went_s = lead.now_s
        self._message = "go: " + _how(self._exercise)

    async def _look(self, lead: Capture) -> None:
        """Analyse what is there so far; end the set when it is over."""
        assert lead.live is not None  # noqa: S101
        now_s, began_s = lead.now_s, time.monotonic()
        try:
            self._analysis = await asyncio.to_thread(self._examine, lead.live.snapshot())
        except ImuAnkleError as error:
            self._message = str(error)
            return
        # a long set is looked at less often, so that the machine has time for the samples
        self._pause_s = max(_LOOK_S, 3.0 * (time.monotonic() - began_s))
        so_far = set_status(self._analysis, now_s)
        if so_far.done >= so_far.target:
            self._message = "enough: stand still"
        else:
            wrong = wrong_now(self._analysis)
            if so_far.done > 0 or wrong:
                self._message = wrong
        if so_far.over is not None:
            for capture in self._captures:
                capture.cue("enough")
            self._stop(so_far.over)

    def _examine(self, live: LiveSet) -> AnalysisRun:
        analysis = live.analyze()
        if self._dose is None:
            return analysis
        dose = replace(analysis.result.dose, target=self._dose)
        return replace(analysis, result=replace(analysis.result, dose=dose))

    def _show(self, lead: Capture) -> None:
        shown = ""
        share = None
        if self._analysis is not None and self._went_s is not None:
            so_far = set_status(self._analysis, lead.now_s)
            shown = f"{number(so_far.done, 0)} of {so_far.target:g} {so_far.unit}"
            share = so_far.done / so_far.target
        simulated = " · SIMULATED" if lead.plan.sidecar.simulated else ""
        self._display.show(
            DisplayState(
                title=f"{self._exercise.title}, {lead.plan.sidecar.side}{simulated}",
                now_s=lead.now_s,
                message="\n".join(self._trouble.values()) or self._message,
                number=shown,
                share=share,
                countdown=self._countdown,
                samples=lead.live.samples if lead.live is not None else np.empty((0, 9)),
                analysis=self._analysis,
                links=tuple(
                    _link(capture, self._trouble.get(k, ""))
                    for k, capture in enumerate(self._captures)
                    if capture.live is not None
                ),
                hint=_HINT,
            )
        )

    def _say_time_base(self) -> None:
        """Say how far the clocks of several sensors can be trusted against each other."""
        lines = [
            capture.stream.clock.host.line()
            for capture in self._captures
            if capture.live is not None
        ]
        known = [line for line in lines if line is not None]
        if len(known) < 2:
            return
        if any(capture.stream.sensor.timing is Timing.UNTIMED for capture in self._captures):
            self._display.say("a sensor sends no time: left and right can't be compared in time")
            return
        worst_ms = 1000.0 * sum(line.residual_s for line in known)
        self._display.say(
            f"both on one time base, this machine's: residual {worst_ms:.1f} ms"
            + ("; too much to compare left and right in time" if worst_ms > _MOST_APART_MS else "")
        )

    def _close(self) -> None:
        """Finish every file; analyse what is there."""
        for capture in self._captures:
            try:
                recording = capture.close(self._why)
            except (ImuAnkleError, OSError) as error:
                self.recorded.problem = f"{capture.plan.path} could not be closed in order: {error}"
                continue
            if recording is None:
                self.recorded.failure = self.recorded.failure or SensorError(
                    "no_data", f"no sample came from the {capture.plan.sidecar.side} sensor"
                )
                continue
            if capture.lost is not None and self.recorded.failure is None:
                self.recorded.failure = SensorError(
                    "link_lost", f"{capture.plan.sidecar.side}: {capture.lost}"
                )
            self.recorded.paths.append(capture.plan.path)
            try:
                self.recorded.analyses.append(run_analysis(recording))
            except ImuAnkleError as error:
                self.recorded.problem = str(error)


def wrong_now(analysis: AnalysisRun) -> str:
    """Return what is wrong with the sensor's data, while something can be done; else nothing."""
    repairs = analysis.motion.repairs if analysis.motion is not None else ()
    return next((repair.message for repair in repairs if repair.reason in _OF_SENSOR), "")


_OF_SENSOR = {"frozen", "dead_axis", "spikes", "axes", "gyr_scale", "out_of_step", "smoothed"}


def _link(capture: Capture, trouble: str) -> LinkState:
    ledger, sent = capture.stream.clock.ledger, capture.stream.format
    return LinkState(
        side=str(capture.plan.sidecar.side),
        lost=ledger.lost,
        total=ledger.end,
        battery_pct=sent.battery_pct if sent else None,
        trouble=trouble,
        sees_loss=capture.stream.sensor.timing is not Timing.UNTIMED,
    )


def _how(exercise: Exercise[object]) -> str:
    """Return what the wearer is told when the set begins."""
    after = " Stand still after the last one." if exercise.lands else ""
    return f"{exercise.guide.warm_up}{exercise.guide.how_to}{after}"
