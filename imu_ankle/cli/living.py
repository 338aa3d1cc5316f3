"""`imu-ankle live`, and `session --page`: the page in the browser."""

from __future__ import annotations

import sys
import webbrowser
from typing import TYPE_CHECKING

import segno

from imu_ankle.core.errors import UsageError

if TYPE_CHECKING:
    from imu_ankle.session.guided import SessionOptions
    from imu_ankle.web.server import Page


def run_live(*, port: int, lan: bool, show: bool, options: SessionOptions | None = None) -> int:
    """Serve the page until Ctrl-C; with `options`, begin that session at once."""
    print("starting ...", file=sys.stderr)
    from imu_ankle.web.server import serve

    def ready(page: Page, link: str, lan_link: str | None) -> None:
        print(f"the page: {link}")
        print(
            "The link opens one browser, once. Ctrl-C ends the page.", file=sys.stderr, flush=True
        )
        if lan and lan_link is None:
            print("imu-ankle: this machine is in no network; --lan does nothing", file=sys.stderr)
        if lan_link is not None:
            print(
                "imu-ankle: --lan lets everybody in this network who has the next link see and steer "
                "the page; it goes over plain HTTP",
                file=sys.stderr,
            )
            print(f"another screen: {lan_link}")
            segno.make(lan_link).terminal(compact=True)
        sys.stdout.flush()
        if show and not webbrowser.open(link):
            print("nothing here can show it; open the link yourself", file=sys.stderr)
        if options is not None:
            page.runner.session(options)

    try:
        serve(port=port, lan=lan, ready=ready)
    except KeyboardInterrupt:
        pass
    except OSError as error:
        raise UsageError(
            "bad_port", f"port {port} can't be used ({error.strerror}); leave --port out"
        ) from error
    return 0
