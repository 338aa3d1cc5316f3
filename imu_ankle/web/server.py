"""The local server: one port on this machine, one token, one runner."""

from __future__ import annotations

import asyncio
import contextlib
import socket
from dataclasses import dataclass
from typing import TYPE_CHECKING

import uvicorn
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.responses import JSONResponse
from starlette.routing import Mount, Route, WebSocketRoute
from starlette.staticfiles import StaticFiles

from imu_ankle.io.home import data_home
from imu_ankle.session.loop import Interruption, sensor_loop
from imu_ankle.web.dashboard import Dashboard
from imu_ankle.web.guard import Guard, Keys
from imu_ankle.web.hub import Hub
from imu_ankle.web.pages import STATIC
from imu_ankle.web.runner import Runner
from imu_ankle.web.socket import MOST_MESSAGE, Socket

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

    from starlette.requests import Request


@dataclass(frozen=True, slots=True)
class Page:
    """The application, who may use it, and what runs in it."""

    app: Starlette
    keys: Keys
    runner: Runner


def make_page(port: int, addresses: tuple[str, ...] = ()) -> Page:
    """Return the page for a port of this machine, and for further addresses of it."""
    names = ("127.0.0.1", "localhost", *addresses)
    keys = Keys(port=port, hosts=frozenset(f"{name}:{port}" for name in names))
    home = data_home()
    runner = Runner(Hub())
    sockets = Socket(runner, home)
    dashboard = Dashboard(home)

    async def state(request: Request) -> JSONResponse:  # noqa: ARG001
        version, now = runner.hub.state()
        return JSONResponse({"version": version, **now})

    @contextlib.asynccontextmanager
    async def lifespan(app: Starlette) -> AsyncIterator[None]:  # noqa: ARG001
        yield
        await asyncio.to_thread(runner.close)  # a set that ends needs this loop

    app = Starlette(
        routes=[
            Route("/state.json", state),
            WebSocketRoute("/ws", sockets.serve),
            *dashboard.routes(),
            Mount("/static", StaticFiles(directory=STATIC)),
        ],
        middleware=[Middleware(Guard, keys=keys)],
        lifespan=lifespan,
    )
    return Page(app, keys, runner)


def serve(*, port: int, lan: bool, ready: Callable[[Page, str, str | None], None]) -> None:
    """Serve until Ctrl-C; `ready` is told the page and its links: for this machine, for others."""
    lan_address = own_address() if lan else None
    with contextlib.ExitStack() as stack:
        sockets = [stack.enter_context(_listening("127.0.0.1", port))]
        port = int(sockets[0].getsockname()[1])
        if lan_address is not None:
            sockets.append(stack.enter_context(_listening(lan_address, port)))
        page = make_page(port, (lan_address,) if lan_address else ())
        config = uvicorn.Config(
            page.app,
            log_level="warning",
            ws="websockets-sansio",
            ws_max_size=4 * MOST_MESSAGE,
            timeout_graceful_shutdown=3,
            server_header=False,
        )
        server = uvicorn.Server(config)
        there = (
            f"http://{lan_address}:{port}/?token={page.keys.new_token()}" if lan_address else None
        )
        ready(page, f"http://127.0.0.1:{port}/?token={page.keys.new_token()}", there)
        interruption = Interruption()

        def end() -> None:
            server.force_exit, server.should_exit = server.should_exit, True

        interruption.heard_by.append(end)
        sensor_loop().run(server.serve(sockets=sockets), interruption)


def _listening(address: str, port: int) -> socket.socket:
    """Return a listening socket; its port is free."""
    made = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    made.bind((address, port))
    made.listen(64)
    return made


def own_address() -> str | None:
    """Return this machine's address in its network; nothing is sent to find it."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(("192.0.2.1", 9))  # reserved for documents: nobody is there
        except OSError:
            return None
        return str(probe.getsockname()[0])
