"""`imu-ankle record`: find the sensor, check that it's well worn, record, count, stop, tell."""

from __future__ import annotations

import asyncio
import contextlib
import signal
import sys
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import TYPE_CHECKING

from imu_ankle.analysis import Analysis, examine, known_exercise, known_word
from imu_ankle.bluetooth.stream import Change, State
from imu_ankle.cli.analyze import EXIT_NOT_ANALYSABLE, print_analysis
from imu_ankle.cli.screen import Screen, View
from imu_ankle.cli.show import print_json
from imu_ankle.cli.sources import Source, open_sources
from imu_ankle.errors import ImuAnkleError, SensorError, UsageError
from imu_ankle.files.sessions import place_trial
from imu_ankle.live import progress, still_problem
from imu_ankle.model import Condition, Eyes, Mount, Placement, Side, Sidecar, Surface
from imu_ankle.result import Grade
from imu_ankle.sensor import Wish
from imu_ankle.take import Take, TakePlan
from imu_ankle.wording import number

if TYPE_CHECKING:
    from pathlib import Path

    from imu_ankle.exercise import Exercise

_LOOK_S = 0.4  # between two looks at the set
_STILL_PATIENCE_S = 12.0
_MOST_APART_MS = 10.0  # between two sensors' clocks, to say anything of left against right
_HINT = "Ctrl-C ends the recording and keeps it"


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordWishes:
    """What `record` is asked for; words as they were typed."""

    exercise: str
    sides: list[str]
    sensors: list[str | None]
    placement: str | None = None
    mount: str | None = None
    eyes: str | None = None
    surface: str | None = None
    shoe: str | None = None
    athlete: str = "me"
    rate_hz: int = 208
    acc_range_g: int = 16
    countdown_s: int = 3
    most_s: float = 180.0
    out: Path | None = None
    raw: bool = False
    dose: float | None = None


@dataclass(slots=True)
class Recorded:
    """What came of it: a file and its analysis for every sensor, and whether it was broken off."""

    paths: list[Path] = field(default_factory=list)
    analyses: list[Analysis] = field(default_factory=list)
    interrupted: bool = False
    problem: str | None = None  # that the wearer should know of
    failure: ImuAnkleError | None = None


def run_record(wishes: RecordWishes, *, as_json: bool) -> int:
    """Record, print the verdict, return the exit status."""
    with Screen() as screen:
        recorded = asyncio.run(record(wishes, screen))
    if as_json:
        objects = [analysis.result.to_dict() for analysis in recorded.analyses]
        print_json(objects[0] if len(objects) == 1 else objects)
    else:
        for analysis in recorded.analyses:
            print_analysis(analysis)
    for path in recorded.paths:
        print(f"recorded: {path}", file=sys.stderr)
        print(f"next: imu-ankle analyze {path} --plot", file=sys.stderr)
    if recorded.problem:
        print(f"imu-ankle: {recorded.problem}", file=sys.stderr)
    if recorded.failure is not None:
        raise recorded.failure
    if recorded.interrupted:
        return 130
    invalid = any(each.result.quality.grade is Grade.INVALID for each in recorded.analyses)
    return EXIT_NOT_ANALYSABLE if invalid or not recorded.analyses else 0


async def record(wishes: RecordWishes, screen: Screen) -> Recorded:
    """Record one set with one sensor or several; nothing that came is lost, however it ends."""
    exercise = known_exercise(wishes.exercise)
    sides = [known_word(Side, side, "side") for side in wishes.sides] or [
        known_word(Side, None, "side")
    ]
    if len(wishes.sensors) != len(sides):
        raise UsageError("sensors", f"{len(sides)} sides need as many --sensor, in the same order")
    placement = known_word(Placement, wishes.placement or exercise.placement, "")
    screen.say("looking for the sensor ...")
    async with open_sources(wishes.sensors) as sources:
        plans = [
            _plan(wishes, exercise, placement, side, source)
            for side, source in zip(sides, sources, strict=True)
        ]
        takes = [
            Take(source.radio, source.found, plan)
            for source, plan in zip(sources, plans, strict=True)
        ]
        run = _Set(wishes, exercise, takes, screen)
        await run.run()
        return run.recorded


def _plan(
    wishes: RecordWishes,
    exercise: Exercise[object],
    placement: Placement,
    side: Side,
    source: Source,
) -> TakePlan:
    now = datetime.now().astimezone()
    if wishes.out is not None:
        path = (
            wishes.out
            if len(wishes.sides) == 1
            else wishes.out.with_stem(f"{wishes.out.stem}-{side}")
        )
        if path.suffix != ".csv":
            raise UsageError("bad_out", f"--out must end in .csv; found {path.name!r}")
        if path.exists():
            raise UsageError("bad_out", f"{path} exists; recordings are never overwritten")
    else:
        path = place_trial(wishes.athlete, exercise.slug, str(side), now).csv
    condition = Condition(
        eyes=known_word(Eyes, wishes.eyes or Eyes.OPEN, ""),
        surface=known_word(Surface, wishes.surface or Surface.FLOOR, ""),
        shoe=wishes.shoe,
    )
    sidecar = Sidecar(
        exercise=exercise.slug,
        side=side,
        placement=placement,
        mount=known_word(Mount, wishes.mount or Mount.UNKNOWN, ""),
        condition=condition,
        simulated=source.simulated,
        seed=source.seed,
    )
    wish = Wish(rate_hz=wishes.rate_hz, acc_range_g=wishes.acc_range_g, side=side)
    return TakePlan(path=path, sidecar=sidecar, wish=wish, raw=wishes.raw, athlete=wishes.athlete)


class _Set:
    """One set from the first sample to the verdict; the first sensor's analysis leads."""

    def __init__(
        self, wishes: RecordWishes, exercise: Exercise[object], takes: list[Take], screen: Screen
    ) -> None:
        self.recorded = Recorded()
        self._wishes, self._exercise, self._takes, self._screen = wishes, exercise, takes, screen
        self._message, self._link, self._why = "connecting", "", "stopped"
        self._went_s: float | None = None  # when the wearer was told to go
        self._analysis: Analysis | None = None

    async def run(self) -> None:
        """Record until the dose is done, the time is up, or somebody stops it."""
        loop = asyncio.get_running_loop()
        with contextlib.suppress(NotImplementedError, RuntimeError):  # Windows, or another thread
            loop.add_signal_handler(signal.SIGINT, self._interrupt)
        streaming = [asyncio.create_task(self._stream(take)) for take in self._takes]
        watching = asyncio.create_task(self._watch())
        try:
            outcomes = await asyncio.gather(*streaming, return_exceptions=True)
        finally:
            watching.cancel()
            for task in streaming:
                task.cancel()
            await asyncio.gather(watching, *streaming, return_exceptions=True)
            with contextlib.suppress(NotImplementedError, RuntimeError):
                loop.remove_signal_handler(signal.SIGINT)
            self._close()
        self._say_time_base()
        for outcome in outcomes:
            if isinstance(outcome, ImuAnkleError):
                self.recorded.failure = outcome
            elif isinstance(outcome, OSError):
                self.recorded.problem = (
                    f"writing stopped: {outcome.strerror}. What was written is kept; make room "
                    "and record again"
                )
            elif isinstance(outcome, BaseException):
                raise outcome

    def _interrupt(self) -> None:
        self.recorded.interrupted = True
        self._stop("interrupted")

    def _stop(self, why: str) -> None:
        self._why = why
        for take in self._takes:
            take.stream.stop()

    async def _stream(self, take: Take) -> None:
        try:
            async for change in take.run():
                self._note(take, change)
        except SensorError:
            self._why = "the sensor was lost"
            raise
        finally:
            for other in self._takes:
                other.stream.stop()

    def _note(self, take: Take, change: Change) -> None:
        if not take.cues:
            take.cue("stand still")
            self._screen.say(change.text)
        elif change.state in {State.SILENT, State.LOST}:
            self._message = change.text
        elif change.state in {State.STREAMING, State.RESUMED}:
            self._message = ""
        elif self._why == "stopped":
            self._why = "the sensor ended the stream"

    async def _watch(self) -> None:
        lead = self._takes[0]
        while True:
            await asyncio.sleep(_LOOK_S)
            if lead.live is None or len(lead.live) < 2:
                continue
            if self._went_s is None:
                await self._check_still(lead)
            else:
                await self._look(lead)
            self._show(lead)
            if lead.now_s > self._wishes.most_s:
                self._stop("the time was up")

    async def _check_still(self, lead: Take) -> None:
        """Say what is wrong before the set; then count down."""
        assert lead.live is not None  # noqa: S101
        problem = await asyncio.to_thread(still_problem, lead.live.recording())
        patient = lead.now_s < _STILL_PATIENCE_S
        self._message = problem or ""
        if problem is not None and patient:
            return
        if problem is not None:
            self.recorded.problem = f"recorded without a good start: {problem}"
        for left in range(self._wishes.countdown_s, 0, -1):
            self._message = f"{left} ..."
            self._show(lead)
            await asyncio.sleep(1.0)
        for take in self._takes:
            take.cue("begin")
        self._went_s = lead.now_s
        self._message = "go: " + _HOW.get(self._exercise.slug, "begin the set")

    async def _look(self, lead: Take) -> None:
        """Analyse what is there so far; end the set when it is over."""
        assert lead.live is not None  # noqa: S101
        now_s, recording = lead.now_s, lead.live.recording()
        try:
            self._analysis = await asyncio.to_thread(self._examine, recording)
        except ImuAnkleError as error:
            self._message = str(error)
            return
        so_far = progress(self._analysis, now_s)
        if so_far.done > 0:
            self._message = ""
        if so_far.over is not None:
            for take in self._takes:
                take.cue("enough")
            self._stop(so_far.over)

    def _examine(self, recording: object) -> Analysis:
        analysis = examine(recording)  # type: ignore[arg-type]
        if self._wishes.dose is None:
            return analysis
        dose = replace(analysis.result.dose, target=self._wishes.dose)
        return replace(analysis, result=replace(analysis.result, dose=dose))

    def _show(self, lead: Take) -> None:
        assert lead.live is not None  # noqa: S101
        shown = ""
        share = None
        if self._analysis is not None and self._went_s is not None:
            so_far = progress(self._analysis, lead.now_s)
            shown = f"{number(so_far.done, 0)} of {so_far.target:g} {so_far.unit}"
            share = so_far.done / so_far.target
        ledger = lead.stream.clock.ledger
        battery = lead.stream.format.battery_pct if lead.stream.format else None
        link = f"lost {ledger.lost} of {ledger.end} samples"
        link += f" · battery {battery} %" if battery is not None else ""
        simulated = " · SIMULATED" if lead.plan.sidecar.simulated else ""
        self._screen.show(
            View(
                title=f"{self._exercise.title}, {lead.plan.sidecar.side}{simulated}",
                now_s=lead.now_s,
                message=self._message,
                number=shown,
                share=share,
                rows=lead.live.rows,
                analysis=self._analysis,
                link=link,
                hint=_HINT,
            )
        )

    def _say_time_base(self) -> None:
        """Say how far the clocks of several sensors can be trusted against each other."""
        lines = [take.stream.clock.host.line() for take in self._takes if take.live is not None]
        known = [line for line in lines if line is not None]
        if len(known) < 2:
            return
        worst_ms = 1000.0 * sum(line.residual_s for line in known)
        self._screen.say(
            f"both on one time base, this machine's: residual {worst_ms:.1f} ms"
            + ("; too much to compare left and right in time" if worst_ms > _MOST_APART_MS else "")
        )

    def _close(self) -> None:
        """Finish every file; analyse what is there."""
        for take in self._takes:
            recording = take.close(self._why)
            if recording is None:
                continue
            self.recorded.paths.append(take.plan.path)
            try:
                self.recorded.analyses.append(examine(recording))
            except ImuAnkleError as error:
                self.recorded.problem = str(error)


_HOW = {
    "single-leg-balance": "shift onto the leg and hold",
    "lateral-hops": "hop from side to side; stand still after the last one",
    "jump-squats": "squat and jump; stand still after the last one",
}
