"""`imu-ankle session` in the terminal."""

from __future__ import annotations

import contextlib
import sys
from typing import TYPE_CHECKING, Any

from imu_ankle.analysis.exercises import EXERCISES
from imu_ankle.cli.analyze import print_analysis
from imu_ankle.cli.display import TerminalDisplay
from imu_ankle.cli.show import print_json, shown
from imu_ankle.core.errors import BrokenOffError
from imu_ankle.core.result import SCHEMA
from imu_ankle.session.guided import GuidedSession, SessionOptions
from imu_ankle.text.progress import guide_lines, how_text, target_text

if TYPE_CHECKING:
    from collections.abc import Mapping

    from imu_ankle.progress.plan import Step
    from imu_ankle.session.conductor import Recorded

_EXIT_BROKEN_OFF = 130


def run_session(options: SessionOptions, *, as_json: bool) -> int:
    """Guide the wearer through the plan; return the exit status."""
    terminal = Terminal()
    told: list[dict[str, Any]] = []
    try:
        session = GuidedSession(options, terminal, told)
        session.run()
        terminal.say("next: imu-ankle report, or imu-ankle trends")
    except (BrokenOffError, KeyboardInterrupt, EOFError):
        terminal.say(
            "\nbroken off; everything recorded is kept. `imu-ankle session` goes on from here"
        )
        return _EXIT_BROKEN_OFF
    finally:
        if as_json:
            print_json({"schema": SCHEMA, "athlete": options.athlete, "sets": told})
    return 0


class Terminal:
    """Talks with the wearer line by line, on stderr."""

    def say(self, text: str) -> None:
        """Print a line that stays, where the rest of the conversation is."""
        print(text, file=sys.stderr)

    def announce(self, step: Step, place: str) -> None:
        """Print which set comes now; before its first trial, how it is done."""
        exercise = EXERCISES[step.planned.exercise]
        leg = "" if step.leg == "both" else f", {step.leg} leg"
        trial = f", trial {step.trial} of {step.planned.trials}" if step.planned.trials > 1 else ""
        how = how_text(step.planned)
        self.say(f"\n── {place}: {exercise.title}{leg}{trial} ({target_text(step.planned)}) ──")
        if step.trial == 1:
            for line in guide_lines(exercise.slug):
                self.say(line)
        else:
            self.say(f"rest {step.planned.rest_s:g} s")
        if how != "–":
            self.say(f"this time: {how}")

    def display(self) -> TerminalDisplay:
        """Return the terminal's screen."""
        return TerminalDisplay()

    def verdict(self, recorded: Recorded) -> None:
        """Print the analyses, and where the recordings are."""
        for path, analysis in zip(recorded.paths, recorded.analyses, strict=False):
            with contextlib.redirect_stdout(sys.stderr):
                print_analysis(analysis)
            self.say(f"recorded: {shown(path)}")

    def pain(self) -> str:
        """Return a line."""
        return self.words("Pain from 0 (none) to 10")

    def ask(self, question: str, go_on: str, answers: Mapping[str, str]) -> str:
        """Return a line in small letters."""
        keys = {"Enter": go_on, **answers}
        told = ", ".join(f"{letter} to {meaning}" for letter, meaning in keys.items())
        return self._line(f"{question} {told}: ").lower()

    def words(self, question: str) -> str:
        """Return a line."""
        return self._line(f"{question}, or Enter: ")

    def _line(self, question: str) -> str:
        print(question, end="", file=sys.stderr, flush=True)
        line = sys.stdin.readline()
        if not line:
            raise EOFError
        return line.strip()
