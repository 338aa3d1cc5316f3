"""The WebSocket: state as JSON and rows as binary frames to the browser, wishes from it.

A frame is ``<BBHId``: kind 1, sensor, columns, rows, wall time in ms at which the newest row came;
then float32 (rows, columns): time in s, acceleration in m/s², rate in deg/s. A browser that is slow
misses frames, never the newest state; the recorder doesn't know of it.
"""

from __future__ import annotations

import asyncio
import json
import struct
from pathlib import Path
from typing import TYPE_CHECKING, Any

from starlette.websockets import WebSocket, WebSocketDisconnect

from imu_ankle.core.errors import ImuAnkleError, UsageError
from imu_ankle.session.guided import SessionOptions
from imu_ankle.web.hub import SENSORS
from imu_ankle.web.runner import known_file

if TYPE_CHECKING:
    from imu_ankle.web.runner import Runner

MOST_CLIENTS = 8
MOST_MESSAGE = 8 * 1024
_HEAD = struct.Struct("<BBHId")
_EVERY_S = 1.0 / 30.0
_TEXT = 500  # letters of an answer


class Socket:
    """All browsers that look on."""

    def __init__(self, runner: Runner, home: Path) -> None:
        self._runner, self._home = runner, home
        self._clients = 0

    async def serve(self, browser: WebSocket) -> None:
        """Serve one browser until it leaves or sends what makes no sense."""
        if self._clients >= MOST_CLIENTS:
            await browser.close(1013, "too many browsers")
            return
        await browser.accept()
        self._clients += 1
        sending = asyncio.create_task(self._send(browser))
        try:
            while True:
                text = await browser.receive_text()
                if len(text) > MOST_MESSAGE:
                    await browser.close(1009, "too long")
                    return
                try:
                    self._do(json.loads(text))
                except ImuAnkleError as error:
                    await browser.send_text(json.dumps({"type": "refused", "why": str(error)}))
        except (ValueError, KeyError, TypeError, OverflowError, RecursionError):
            await browser.close(1003, "not understood")
        except WebSocketDisconnect:
            pass
        finally:
            self._clients -= 1
            sending.cancel()
            await asyncio.gather(sending, return_exceptions=True)

    async def _send(self, browser: WebSocket) -> None:
        hub = self._runner.hub
        version, totals = -1, [hub.since(sensor, 2**62)[0] for sensor in range(SENSORS)]
        while True:
            newest, state = hub.state()
            if newest != version:
                version = newest
                await browser.send_text(json.dumps({"type": "state", **state}))
            for sensor in range(SENSORS):
                totals[sensor], rows, at_ms = hub.since(sensor, totals[sensor])
                if len(rows):
                    head = _HEAD.pack(1, sensor, rows.shape[1], len(rows), at_ms)
                    await browser.send_bytes(head + rows.astype("<f4").tobytes())
            await asyncio.sleep(_EVERY_S)

    def _do(self, wish: dict[str, Any]) -> None:
        """Do what a browser wishes; unknown or wrong wishes raise ValueError, KeyError, TypeError."""
        runner = self._runner
        what = wish["do"]
        if what == "start":
            runner.session(options_of(wish))
        elif what == "replay":
            speed = _within(wish.get("speed", 1.0), 0.1, 1000.0)
            runner.replay(known_file(self._home, _word(wish, "file") or ""), speed)
        elif what == "press":
            runner.press({"pause": " ", "end": "q"}[wish["key"]])
        elif what in {"answer", "stop", "end"}:
            ui = runner.ui
            if ui is None:
                return
            if what == "answer":
                number, text = wish["number"], wish["text"]
                if not isinstance(number, int):
                    raise TypeError(what)
                ui.answer(number, _word({"text": text}, "text") or "")
            elif what == "stop":
                ui.stop()
            else:
                ui.end()
        else:
            raise ValueError(what)


def options_of(wish: dict[str, Any]) -> SessionOptions:
    """Return the session that a browser asks for.

    Raises
    ------
    UsageError, ValueError
        If it makes no sense.
    """
    sides = [str(side) for side in list(wish.get("sides") or ["left"])[:SENSORS]]
    sensors = [_sensor(each) for each in list(wish.get("sensors") or [None])]
    dose = wish.get("dose")
    return SessionOptions(
        sensors=sensors[:SENSORS],
        sides=sides,
        athlete=_word(wish, "athlete") or "me",
        exercises=_word(wish, "exercises"),
        shoe=_word(wish, "shoe"),
        countdown_s=int(_within(wish.get("countdown_s", 3), 0.0, 10.0)),
        dose=None if dose is None else _within(dose, 1.0, 1000.0),
        resume=bool(wish.get("resume", True)),
    )


def _sensor(word: object) -> str | None:
    """Return a sensor's name, address or virtual word; files are for the command line."""
    sensor = _word({"sensor": word}, "sensor")
    if sensor is None or sensor == "virtual":
        return sensor
    paths = {"/", "\\"} & set(sensor) or sensor.startswith("~") or ".csv" in sensor.lower()
    if paths or (not sensor.startswith("virtual:") and Path(sensor).exists()):
        raise UsageError("bad_sensor", "a sensor has a name or an address; found a path")
    return sensor


def _within(value: object, low: float, high: float) -> float:
    """Return a number of a wish; what is no number, or too small or large, raises ValueError."""
    if not isinstance(value, int | float) or not low <= float(value) <= high:
        raise ValueError(value)
    return float(value)


def _word(wish: dict[str, Any], key: str) -> str | None:
    """Return a word of a wish, None for an empty one."""
    word = wish.get(key)
    if word is None or word == "":
        return None
    if not isinstance(word, str) or len(word) > _TEXT or not word.isprintable():
        raise ValueError(key)
    return word
