"""Printing that all commands share."""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING

from imu_ankle.core.errors import UsageError

if TYPE_CHECKING:
    from pathlib import Path

    from imu_ankle.core.errors import ImuAnkleError

EXIT_SOME_FAILED = 6
PICTURES = (".png", ".svg", ".pdf")


def print_json(content: object) -> None:
    """Print `content` as JSON on stdout; NaN can't get in."""
    print(json.dumps(content, indent=1, ensure_ascii=False, allow_nan=False))


def shown(path: Path) -> str:
    """Return the path as one would type it: from the current folder where it lies below."""
    here = path.cwd()
    return str(path.relative_to(here) if path.is_relative_to(here) else path)


def failure(path: Path, error: ImuAnkleError) -> dict[str, object]:
    """Return the JSON object of a file that couldn't be analysed."""
    return {"file": str(path), "error": {"code": error.code, "message": str(error)}}


def open_file(path: Path) -> None:
    """Show a file in the program that the system has for it."""
    import webbrowser

    if not webbrowser.open(path.resolve().as_uri()):
        print(f"nothing here can show {path}; open it yourself", file=sys.stderr)


def require_picture(path: Path) -> None:
    """Refuse a picture whose ending can't be drawn, before work is done for it."""
    if path.suffix.lower() not in PICTURES:
        raise UsageError(
            "bad_picture", f"pictures end in {', '.join(PICTURES)}; found {path.name!r}"
        )
