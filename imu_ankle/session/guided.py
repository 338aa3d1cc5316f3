"""A session: through the plan, set by set, with whatever sensor there is and whoever shows it."""

from __future__ import annotations

import contextlib
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from imu_ankle.analysis.exercises import get_exercises
from imu_ankle.core.errors import BrokenOffError, ImuAnkleError, UsageError
from imu_ankle.core.options import Placement, Side, parse_enum
from imu_ankle.history.athletes import read_athlete
from imu_ankle.history.edits import edit, find
from imu_ankle.history.store import History
from imu_ankle.io.home import DataHome, data_home
from imu_ankle.progress.plan import Step, moves, steps_of
from imu_ankle.session.loop import Interruption, sensor_loop
from imu_ankle.session.sets import RecordOptions, record
from imu_ankle.session.sources import SensorPool, recording_of
from imu_ankle.session.unfinished import (
    UnfinishedSession,
    forget_unfinished,
    read_unfinished,
    save_unfinished,
)
from imu_ankle.simulation.catalogue import SIMULATIONS
from imu_ankle.text.results import counted

if TYPE_CHECKING:
    from collections.abc import Mapping
    from contextlib import AbstractContextManager

    from imu_ankle.session.conductor import Recorded
    from imu_ankle.session.display import LiveDisplay

_RISES = 2  # on the toes after each clipping: they tell where the toes point


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionOptions:
    """What `session` is asked for; words as they were typed."""

    sensors: list[str | None]
    sides: list[str]
    athlete: str = "me"
    exercises: str | None = None
    shoe: str | None = None
    rate_hz: int | None = None
    countdown_s: int = 3
    dose: float | None = None
    seed: int = 1
    ask: bool = True  # else every question is answered by going on
    resume: bool | None = None  # None: ask


class SessionUI(Protocol):
    """Talks with the wearer: a terminal, or a page; what is answered is judged by the session.

    Whatever asks may raise `BrokenOffError`: the wearer has ended the session.
    """

    def say(self, text: str) -> None:
        """Tell something that stays."""

    def announce(self, step: Step, place: str) -> None:
        """Tell which set comes now and how it is done."""

    def ask(self, question: str, go_on: str, answers: Mapping[str, str]) -> str:
        """Return what is answered: a letter that `answers` explains, or "" for `go_on`."""

    def pain(self) -> str:
        """Ask for pain from 0 to 10; return what is typed, "" for nothing."""

    def words(self, question: str) -> str:
        """Ask for words, none are fine."""

    def display(self) -> AbstractContextManager[LiveDisplay]:
        """Return what shows a set while it is done."""

    def verdict(self, recorded: Recorded) -> None:
        """Tell how a set was, and where it is kept."""


_END = "end the session"


class GuidedSession:
    """One session: steps of the plan, what is settled of them, and where the sensor is now.

    What comes of each set is added to `told`, as JSON objects.
    """

    def __init__(
        self, options: SessionOptions, ui: SessionUI, told: list[dict[str, Any]] | None = None
    ) -> None:
        self._told = [] if told is None else told
        self._options, self._home, self._ui = options, data_home(), ui
        athlete = read_athlete(self._home, options.athlete)
        named = get_exercises(options.exercises) if options.exercises else athlete.exercises
        plan = athlete.everyones.of(named)
        if options.dose is not None:
            doses = [replace(planned, dose=options.dose) for planned in plan.exercises]
            plan = replace(plan, exercises=tuple(doses))
        self._sides = [parse_enum(Side, side, "side") for side in options.sides] or [Side.LEFT]
        self._steps = steps_of(plan, self._sides)
        self._place: tuple[str, Side] | None = None
        self._session = self._resumed()
        self._loop = sensor_loop()
        self._pool = SensorPool(self._loop.radio)

    def run(self) -> None:
        """Do every step that isn't settled."""
        try:
            self._run()
        finally:
            self._loop.run(self._pool.close())

    def _run(self) -> None:
        left = [step for step in self._steps if step.key not in self._session.settled]
        sets, changes = counted(len(left), "set"), moves(left, self._sides)
        often = counted(changes, "time") if changes else "never"
        self._ui.say(f"{sets}; the sensor is moved {often}. Stop when it hurts.")
        for number, step in enumerate(left, 1):
            self._do(step, f"set {number} of {len(left)}")
        forget_unfinished(self._home, self._options.athlete)
        done, skipped = len(self._session.done), len(self._session.skipped)
        self._ui.say(f"\nsession finished: {counted(done, 'set')} recorded, {skipped} skipped")

    def _do(self, step: Step, place: str) -> None:
        self._ui.announce(step, place)
        self._clip(step)
        while True:
            answer = self._ask("Ready?", "begin the set", {"s": "skip it"})
            if answer == "s":
                self._settle(skipped=(*self._session.skipped, step.key))
                return
            recorded = self._record(step)
            if recorded is not None and self._verdict(step, recorded):
                return

    def _clip(self, step: Step) -> None:
        """Have the sensor put where the step needs it, and check how it sits."""
        both = len(self._sides) > 1
        place = ("shoe", step.side) if both and step.place[0] == "shoe" else step.place
        if place == self._place or (both and self._place and self._place[0] == place[0] == "shoe"):
            return
        body, side = place
        where = "the waist" if body == "waist" else f"the {side} {body}"
        self._loop.run(self._pool.give_back())
        self._ask(f"Clip the sensor on {where}, firmly.", "go on once it sits", {})
        self._place = place
        if body == "shoe":
            while (
                not self._aligned(step)
                and self._ask("That isn't clear.", "try again", {"s": "go on without"}) != "s"
            ):
                pass

    def _aligned(self, step: Step) -> bool:
        """Record a stand and two rises on the toes; say what they tell; whether all is well."""
        self._ui.say("Alignment: stand flat and still for 2 s, then rise on the toes twice.")
        places = DataHome(self._home)
        stamp = datetime.now().astimezone().strftime("%Y%m%dT%H%M%S")
        out = places.alignments / f"{stamp}_{step.side}.csv"
        out.parent.mkdir(parents=True, exist_ok=True)
        options = self._record_options(step, "heel-raises", Placement.SHOE, float(_RISES), out)
        try:
            recorded = self._capture(options, most_s=25.0)
        finally:  # it tells how the clip sits, and is nothing to keep
            for path in places.alignments.glob(f"{out.stem}.*"):
                path.unlink(missing_ok=True)
        if recorded is None or not recorded.analyses:
            return False
        result = recorded.analyses[0].result
        angle = result.metrics["angle_deg"].value
        problems = [
            r for r in result.quality.reasons if r in {"no_rest", "loose_clip", "clip_moved"}
        ]
        rises = f"{result.reps or 0} rises" + (f" of {angle:.0f} deg" if angle is not None else "")
        enough = (result.reps or 0) >= _RISES and not problems
        told = (
            "the clip sits well" if enough else ", ".join(problems) or "two clear rises are needed"
        )
        self._ui.say(f"alignment: {rises}; {told}")
        return enough or not self._options.ask

    def _record(self, step: Step) -> Recorded | None:
        planned = step.planned
        options = self._record_options(step, planned.exercise, planned.worn, planned.dose, None)
        return self._capture(replace(options, eyes=str(planned.eyes), surface=str(planned.surface)))

    def _record_options(
        self, step: Step, exercise: str, placement: Placement, dose: float, out: Path | None
    ) -> RecordOptions:
        sensors = [self._sensor(step, exercise, dose)]
        return RecordOptions(
            exercise=exercise,
            sides=[str(step.side)],
            sensors=sensors,
            placement=str(placement),
            shoe=self._options.shoe,
            athlete=self._options.athlete,
            rate_hz=self._options.rate_hz,
            countdown_s=self._options.countdown_s,
            dose=dose,
            out=out,
        )

    def _sensor(self, step: Step, exercise: str, dose: float) -> str | None:
        """Return the sensor for a step; a virtual one plays the step, or a recording of it."""
        named = self._options.sensors
        at = self._sides.index(step.side) if len(named) > 1 and step.side in self._sides else 0
        word = named[at] if named else None
        if word is None or word.startswith("virtual:"):
            return word
        if word == "virtual":
            movement = SIMULATIONS[exercise]
            if movement.timed:
                length = f"seconds={min(dose + 2.0, 120.0):g}"
            else:
                length = f"reps={max(1, round(dose / movement.per_rep))}"
            return f"virtual:{exercise},side={step.side},seed={self._options.seed},{length}"
        if Path(word).suffix == ".csv" or Path(word).exists():
            return f"virtual:{recording_of(Path(word), exercise, step.side)}"
        return word

    def _capture(self, options: RecordOptions, most_s: float = 600.0) -> Recorded | None:
        """Record; a sensor that isn't found or is lost is told, and may be tried again."""
        try:
            with self._ui.display() as display:
                interruption = Interruption()
                work = record(replace(options, most_s=most_s), display, self._pool, interruption)
                recorded = self._loop.run(work, interruption)
        except ImuAnkleError as error:
            if isinstance(error, UsageError):
                raise
            self._ui.say(f"imu-ankle: {error}")
            if not self._options.ask:
                raise
            return None
        for problem in (recorded.problem, recorded.failure):
            if problem:
                self._ui.say(f"imu-ankle: {problem}")
        if recorded.interrupted:
            for path in recorded.paths:
                self._ui.say(f"recorded: {path}")
            raise BrokenOffError
        return recorded

    def _verdict(self, step: Step, recorded: Recorded) -> bool:
        """Say how it was, take pain and a note; whether the step is settled."""
        self._ui.verdict(recorded)
        if not recorded.paths:
            return not self._options.ask
        pain = self._pain() if self._options.ask else None
        note = self._ui.words("A note") if self._options.ask else ""
        changes: dict[str, object] = {"pain": pain} if pain is not None else {}
        changes |= {"notes": note} if note else {}
        self._change(recorded.paths, changes)
        again = self._ask("The set is kept.", "go on", {"r": "repeat the set"}) == "r"
        self._told.append(
            {
                "step": step.key,
                "file": str(recorded.paths[0]),
                "pain": pain,
                "note": note,
                "result": recorded.analyses[0].result.to_dict() if recorded.analyses else None,
            }
        )
        if not again:
            self._settle(done={**self._session.done, step.key: str(recorded.paths[0])})
        return not again

    def _pain(self) -> float | None:
        """Ask until it is a number from 0 to 10, or nothing."""
        while text := self._ui.pain():
            with contextlib.suppress(ValueError):
                pain = float(text)
                if 0.0 <= pain <= 10.0:
                    return pain
            self._ui.say(f"{text!r} is no number from 0 to 10")
        return None

    def _change(self, paths: list[Path], changes: dict[str, object]) -> None:
        """Put pain and note into the sidecars; a history in trouble costs no recording."""
        if not changes:
            return
        try:
            with History(self._home) as history:
                for report in history.refreshed.reports:
                    self._ui.say(f"imu-ankle: {report}")
                edit(history, [e for path in paths for e in find(history, path.stem)], changes)
        except (ImuAnkleError, OSError) as error:
            self._ui.say(f"imu-ankle: pain and note were not saved: {error}")

    def _settle(self, **changes: Any) -> None:  # noqa: ANN401 - fields of Unfinished
        self._session = replace(self._session, **changes)
        save_unfinished(self._home, self._session)

    def _resumed(self) -> UnfinishedSession:
        options = self._options
        fresh = UnfinishedSession(
            athlete=options.athlete, began=datetime.now().astimezone().isoformat(timespec="seconds")
        )
        before = read_unfinished(self._home, options.athlete)
        keys = {step.key for step in self._steps}
        if before is None or not before.settled & keys or options.resume is False:
            return fresh
        if options.resume is None:
            told = f"A session begun at {before.began} has {counted(len(before.done), 'set')} done."
            if self._ask(told, "go on with it", {"n": "begin anew"}) == "n":
                return fresh
        return before

    def _ask(self, question: str, go_on: str, answers: Mapping[str, str]) -> str:
        """Return the wearer's answer, or "" at once where nothing is to be asked."""
        if not self._options.ask:
            return ""
        keys = {**answers, "q": _END}
        while (answer := self._ui.ask(question, go_on, keys)) not in {"", *keys}:
            self._ui.say(f"{answer!r} means nothing here")
        if answer == "q":
            raise BrokenOffError
        return answer
