"""The page as a face of a session, and as a screen of its sets."""

from __future__ import annotations

import contextlib
import itertools
import queue
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from imu_ankle.analysis.exercises import EXERCISES
from imu_ankle.analysis.live import set_status
from imu_ankle.core.errors import BrokenOffError, ImuAnkleError
from imu_ankle.core.exercise import SAFETY
from imu_ankle.history.edits import find
from imu_ankle.history.store import History
from imu_ankle.progress.summary import personal_band
from imu_ankle.text import progress as progress_text
from imu_ankle.text.results import aid, fact_rows, headline, metric_text, reason_lines

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from imu_ankle.analysis.pipeline import AnalysisRun
    from imu_ankle.core.recording import FloatArray
    from imu_ankle.progress.plan import Step
    from imu_ankle.session.conductor import Recorded
    from imu_ankle.session.display import DisplayState, LiveDisplay
    from imu_ankle.web.hub import Hub


class PageSessionUI:
    """Shows on the hub, and waits for answers; `answer`, `stop` and `end` come from the server."""

    def __init__(self, hub: Hub) -> None:
        self._hub = hub
        self._answers: queue.SimpleQueue[tuple[int, str] | None] = queue.SimpleQueue()
        self._numbers = itertools.count(1)
        self._ended = False
        self.stop_asked = False

    # from the server's thread

    def answer(self, number: int, text: str) -> None:
        """Give an answer; one to an older question is dropped."""
        self._answers.put((number, text))

    def stop(self) -> None:
        """End the set that is recorded, and keep it."""
        self.stop_asked = True

    def end(self) -> None:
        """End the session: what is recorded now is kept, nothing more is asked."""
        self._ended = self.stop_asked = True
        self._answers.put(None)

    # from the session's thread

    def say(self, text: str) -> None:
        """Add a line."""
        self._hub.say(text)

    def announce(self, step: Step, place: str) -> None:
        """Show which set comes and how it is done."""
        planned = step.planned
        guide = EXERCISES[planned.exercise].guide
        how = progress_text.how_text(planned)
        self._hub.change(
            verdict=None,
            view=None,
            step={
                "place": place,
                "exercise": planned.exercise,
                "title": EXERCISES[planned.exercise].title,
                "leg": step.leg,
                "trial": f"trial {step.trial} of {planned.trials}" if planned.trials > 1 else "",
                "rest_s": planned.rest_s if step.trial > 1 else 0.0,
                "dose": progress_text.target_text(planned),
                "variant": "" if how == "–" else how,
                "how_to": guide.how_to,
                "cues": list(guide.cues),
                "safety": [*guide.safety, *SAFETY],
                "unseen": list(guide.unseen),
            },
        )

    def ask(self, question: str, go_on: str, answers: Mapping[str, str]) -> str:
        """Wait for one of the letters, or "" for going on."""
        return self._wait("choice", question, {"": go_on, **answers})

    def pain(self) -> str:
        """Wait for a number."""
        return self._wait("pain", "Pain from 0 (none) to 10", {}).strip()

    def words(self, question: str) -> str:
        """Wait for words."""
        return self._wait("words", question, {}).strip()

    @contextlib.contextmanager
    def display(self) -> Iterator[LiveDisplay]:
        """Show sets on the hub."""
        self.stop_asked = self._ended
        self._hub.clear()
        self._hub.change(phase="set", verdict=None, view=None)
        try:
            yield self
        finally:
            self._hub.change(phase="between", view=None)

    def samples(self, sensor: int, samples: FloatArray) -> None:
        """Pass rows on to the traces."""
        self._hub.add(sensor, samples)

    def show(self, state: DisplayState) -> None:
        """Show a moment of a set."""
        self._hub.change(view=view_record(state))

    def verdict(self, recorded: Recorded) -> None:
        """Show how it was."""
        pairs = zip(recorded.paths, recorded.analyses, strict=False)
        self._hub.change(verdict=[verdict_record(path, analysis) for path, analysis in pairs])

    def _wait(self, kind: str, text: str, answers: dict[str, str]) -> str:
        if self._ended:
            raise BrokenOffError
        number = next(self._numbers)
        question = {"number": number, "kind": kind, "text": text, "answers": answers}
        self._hub.change(question=question)
        try:
            while True:
                given = self._answers.get()
                if given is None:
                    raise BrokenOffError
                if given[0] == number:
                    return given[1]
        finally:
            self._hub.change(question=None)


def view_record(state: DisplayState) -> dict[str, Any]:
    """Return a moment of a set as a JSON object."""
    analysis = state.analysis
    so_far = None if analysis is None else set_status(analysis, state.now_s)
    metrics = []
    if analysis is not None:
        for spec in analysis.exercise.metrics:
            metric = analysis.result.metrics.get(spec.key)
            if spec.key in analysis.exercise.headlines and metric and metric.value is not None:
                metrics.append([spec.label, metric_text(spec, metric)])
    return {
        "title": state.title,
        "now_s": round(state.now_s, 2),
        "message": state.message,
        "done": None if so_far is None else so_far.done,
        "target": None if so_far is None else so_far.target,
        "unit": None if so_far is None else so_far.unit,
        "share": state.share,
        "countdown": state.countdown,
        "metrics": metrics,
        "links": [{**asdict(link), "summary": link.summary} for link in state.links],
        "counts": None if analysis is None else analysis.exercise.counts,
    }


def verdict_record(path: Path, analysis: AnalysisRun) -> dict[str, Any]:
    """Return a verdict as a JSON object: in words, and the result as `analyze --json` gives it."""
    result = analysis.result.to_dict()
    return {
        "file": str(path),
        "headline": headline(analysis.result),
        "message": analysis.message,
        "facts": fact_rows(analysis.result),
        "reasons": reason_lines(analysis.result),
        "noise": noise_lines(path, result),
        "aid": aid(analysis.result),
        "result": result,
    }


def noise_lines(path: Path, result: Mapping[str, Any]) -> list[str]:
    """Return what changed over the sessions, each with its noise; empty outside of a history."""
    try:
        with History() as history:
            (entry,) = find(history, path.stem)
            trends = history.trends(
                entry.facts.athlete, exercise=result["exercise"], leg=result["leg"]
            )
    except (ImuAnkleError, OSError, ValueError):
        return []
    lines = []
    if result["score"] is not None:
        (low, high), source = personal_band(result, trends)
        lines.append(f"score between {low:.0f} and {high:.0f}, {source}")
    return [
        *lines,
        *(
            f"{progress_text.about(trend)}: {progress_text.verdict_with_change(trend)}"
            for trend in trends
        ),
    ]
