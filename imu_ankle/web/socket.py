"""The WebSocket: state as JSON and rows as binary frames to the browser, wishes from it.

A frame is ``<BBHId``: kind 1, sensor, columns, rows, wall time in ms at which the newest row came;
then float32 (rows, columns): time in s, acceleration in m/s², rate in deg/s. A browser that is slow
misses frames, never the newest state; the recorder doesn't know of it.
"""

from __future__ import annotations

import asyncio
import json
import struct
from typing import TYPE_CHECKING

from starlette.websockets import WebSocket, WebSocketDisconnect

from imu_ankle.core.errors import ImuAnkleError
from imu_ankle.io.fields import FieldError
from imu_ankle.session.guided import SessionOptions
from imu_ankle.web.hub import SENSORS
from imu_ankle.web.messages import (
    Answer,
    EndSession,
    Message,
    Press,
    Replay,
    StopSet,
    parse_message,
)
from imu_ankle.web.runner import known_file

if TYPE_CHECKING:
    from pathlib import Path

    from imu_ankle.web.runner import Runner

MOST_CLIENTS = 8
MOST_MESSAGE = 8 * 1024
_HEAD = struct.Struct("<BBHId")
_EVERY_S = 1.0 / 30.0


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
                text = await _received(browser)
                if len(text) > MOST_MESSAGE:
                    await browser.close(1009, "too long")
                    return
                try:
                    self._do(parse_message(text))
                except ImuAnkleError as error:
                    await browser.send_text(json.dumps({"type": "refused", "why": str(error)}))
        except FieldError:
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

    def _do(self, message: Message) -> None:
        """Do what a browser asks for."""
        runner = self._runner
        match message:
            case SessionOptions():
                runner.session(message)
            case Replay():
                runner.replay(known_file(self._home, message.file), message.speed)
            case Press():
                runner.press(message.key)
            case Answer():
                if runner.ui is not None:
                    runner.ui.answer(message.number, message.text)
            case StopSet():
                if runner.ui is not None:
                    runner.ui.stop()
            case EndSession():
                if runner.ui is not None:
                    runner.ui.end()


async def _received(browser: WebSocket) -> str:
    """Return the next text frame.

    Raises
    ------
    WebSocketDisconnect
        If the browser left.
    FieldError
        If it sent bytes.
    """
    message = await browser.receive()
    if message["type"] == "websocket.disconnect":
        raise WebSocketDisconnect(message.get("code", 1000), message.get("reason"))
    said = message.get("text")
    if not isinstance(said, str):
        raise FieldError("expected a text frame, found bytes")
    return said
