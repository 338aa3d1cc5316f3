"""The command line: parse, call one function, print. stdout carries the result, stderr the rest."""

from __future__ import annotations

import errno
import io
import os
import sys
from pathlib import Path
from typing import Any

import typer

from imu_ankle.cli import export_app, history_app, plan_app, sensor_app
from imu_ankle.cli.app import app
from imu_ankle.cli.show import print_json
from imu_ankle.core.errors import ImuAnkleError

__all__ = [
    "export_app",
    "history_app",
    "main",
    "plan_app",
    "run",
    "sensor_app",
]  # importing the apps adds their commands

EXIT_INTERRUPTED = 130
# typer brings its own click or uses the installed one; its public exception leads to either's base
_ClickError: Any = typer.BadParameter.__mro__[2]


def main(argv: list[str] | None = None) -> None:
    """Run the command line and exit with the status of the spec."""
    sys.exit(run(sys.argv[1:] if argv is None else argv))


def run(argv: list[str]) -> int:
    """Run the command line and return its exit status."""
    status: object
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")  # a terminal without UTF-8 is no reason to stop
    try:
        status = app(_with_bare_options(argv), standalone_mode=False, prog_name="imu-ankle")
        sys.stdout.flush()
    except ImuAnkleError as error:
        print(f"imu-ankle: {error}", file=sys.stderr)
        _tell_programs(argv, error.code, str(error))
        status = error.exit_code
    except _ClickError as error:
        error.show()
        _tell_programs(argv, "usage", error.format_message())
        status = error.exit_code
    except typer.Exit as stop:
        status = stop.exit_code
    except (KeyboardInterrupt, typer.Abort):
        status = EXIT_INTERRUPTED
    except BrokenPipeError:
        # the reader went away; python would complain about what is left in stdout on exit
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        status = 0
    except OSError as error:
        where = f"{error.filename}: " if error.filename else ""
        what = f"{where}{error.strerror or error}"
        if error.errno == errno.ENOSPC:
            what += "; make room and try again"
        print(f"imu-ankle: can't go on: {what}", file=sys.stderr)
        _tell_programs(argv, "system", f"can't go on: {what}")
        status = 1
    if status == EXIT_INTERRUPTED:
        print("imu-ankle: interrupted; files written so far are whole", file=sys.stderr)
    return status if isinstance(status, int) else 0


def _tell_programs(argv: list[str], code: str, message: str) -> None:
    """Print an error as JSON where that was asked for."""
    if "--json" in argv:
        print_json({"schema": 1, "error": {"code": code, "message": message}})


# endings that people give pictures; which of them can be drawn is for the plot to say
_PICTURES = (".png", ".svg", ".pdf", ".gif", ".jpg", ".jpeg", ".bmp", ".tif", ".tiff", ".webp")


def _with_bare_options(argv: list[str]) -> list[str]:
    """Let options that name a file to write stand alone: the file then gets a name of its own.

    After ``--plot`` only what ends like a picture is its file, since recordings follow it too; after
    the others a folder isn't.
    """
    out: list[str] = []
    for i, word in enumerate(argv):
        following = argv[i + 1] if i + 1 < len(argv) else ""
        no_file = not following or following.startswith("-") or Path(following).is_dir()
        if (word == "--plot" and not following.lower().endswith(_PICTURES)) or (
            word in {"--png", "--svg", "--csv"} and no_file
        ):
            out.append(f"{word}=auto")
        else:
            out.append(word)
    return out
