"""What a browser may say over the WebSocket: one table for each kind of message."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from imu_ankle.core.errors import UsageError
from imu_ankle.io.fields import (
    TRUTH,
    Extra,
    Field,
    FieldError,
    listing,
    number,
    optional,
    record,
    text,
    whole,
)
from imu_ankle.session.guided import SessionOptions
from imu_ankle.web.hub import SENSORS

if TYPE_CHECKING:
    from collections.abc import Mapping

_LONGEST = 500  # letters of an answer


@dataclass(frozen=True, slots=True)
class Replay:
    """Play a recording."""

    file: str = ""
    speed: float = 1.0


@dataclass(frozen=True, slots=True)
class Press:
    """A key was pressed during a replay."""

    key: str


@dataclass(frozen=True, slots=True)
class Answer:
    """The answer to a question of that number."""

    number: int
    text: str


@dataclass(frozen=True, slots=True)
class StopSet:
    """End the set that runs."""


@dataclass(frozen=True, slots=True)
class EndSession:
    """End the session."""


def _printable(value: object) -> str:
    said = text(_LONGEST).read(value)
    if said and not said.isprintable():
        raise FieldError(f"expected printable letters, found {said[:60]!r}")
    return said


_WORD: Field[str] = Field(_printable, {"type": "string", "maxLength": _LONGEST})
_KEYS = {"pause": " ", "end": "q"}


def _pressed(value: object) -> str:
    said = _WORD.read(value)
    if said not in _KEYS:
        raise FieldError(f"found {said!r}, expected one of {', '.join(_KEYS)}")
    return _KEYS[said]


def _start(**told: Any) -> SessionOptions:  # noqa: ANN401 - by the table below
    return SessionOptions(
        sensors=[_sensor(each or None) for each in told.get("sensors") or (None,)][:SENSORS],
        sides=list(told.get("sides") or ("left",))[:SENSORS],
        athlete=told.get("athlete") or "me",
        countdown_s=int(told.get("countdown_s", 3)),
        dose=told.get("dose"),
        resume=told.get("resume", True),
        exercises=told.get("exercises") or None,
        shoe=told.get("shoe") or None,
    )


def _sensor(word: str | None) -> str | None:
    """Return a sensor's name, address or virtual word; files are for the command line."""
    if word is None or word == "virtual":
        return word
    paths = {"/", "\\"} & set(word) or word.startswith("~") or ".csv" in word.lower()
    if paths or (not word.startswith("virtual:") and Path(word).exists()):
        raise UsageError("bad_sensor", "a sensor has a name or an address; found a path")
    return word


Message = SessionOptions | Replay | Press | Answer | StopSet | EndSession
MESSAGES: Mapping[str, Field[Any]] = {
    "start": record(
        _start,
        {
            "sensors": listing(optional(_WORD), longest=100),
            "sides": listing(_WORD, longest=100),
            "athlete": _WORD,
            "exercises": _WORD,
            "shoe": _WORD,
            "countdown_s": number(0.0, 10.0),
            "dose": number(1.0, 1000.0),
            "resume": TRUTH,
        },
        extra=Extra.IGNORED,
    ),
    "replay": record(Replay, {"file": _WORD, "speed": number(0.1, 1000.0)}, extra=Extra.IGNORED),
    "press": record(
        Press, {"key": Field(_pressed, {"enum": list(_KEYS)})}, needed=("key",), extra=Extra.IGNORED
    ),
    "answer": record(
        Answer, {"number": whole(), "text": _WORD}, needed=("number", "text"), extra=Extra.IGNORED
    ),
    "stop": record(StopSet, {}, extra=Extra.IGNORED),
    "end": record(EndSession, {}, extra=Extra.IGNORED),
}


def parse_message(said: str) -> Message:
    """Return what a browser said.

    Raises
    ------
    FieldError
        If it is no JSON, or no message that there is.
    UsageError
        ``bad_sensor`` if a path was given for a sensor.
    """
    try:
        content = json.loads(said)
    except (ValueError, RecursionError) as error:
        raise FieldError(f"it is not valid JSON ({error})") from error
    kind = content.get("do") if isinstance(content, dict) else None
    if not isinstance(kind, str) or kind not in MESSAGES:
        raise FieldError(f"expected a message of {', '.join(MESSAGES)}")
    message: Message = MESSAGES[kind].read(content)
    return message
