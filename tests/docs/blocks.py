"""Parts of the documentation that a command makes, and the command that makes them anew.

A block begins with a comment that names its command, and ends with another one:

    <!-- made by `python -m tests.benchmarks.flights` -->
    ...
    <!-- until here -->

``python -m tests.docs.blocks`` runs the commands of all pages (or those named, or, with ``--only
WORD``, those of the commands that hold it) and puts what they print in place. What a shell would
show stands in a fence. Quick ones are compared by `test_docs.py`.
"""

import argparse
import os
import re
import shlex
import subprocess
import sys
import tempfile
from pathlib import Path

PROJECT = Path(__file__).parents[2]
PAGES = ("README.md", *sorted(f"docs/{page.name}" for page in (PROJECT / "docs").glob("*.md")))
BLOCK = re.compile(r"(<!-- made by `([^`]+)` -->\n)(.*?)(<!-- until here -->)", re.DOTALL)


def blocks(page):
    """Return the commands of a page, each with what stands in its block."""
    return [(m.group(2), m.group(3)) for m in BLOCK.finditer((PROJECT / page).read_text("utf-8"))]


def made(command):
    """Run a command in the project, and return what belongs into its block."""
    words = shlex.split(command)
    program = {"imu-ankle": ["-m", "imu_ankle"], "python": []}[words[0]]
    with tempfile.TemporaryDirectory() as home:
        done = subprocess.run(
            [sys.executable, *program, *words[1:]],
            cwd=PROJECT,
            env={
                **os.environ,
                "COLUMNS": "100",
                "IMU_ANKLE_HOME": home,
                "NO_COLOR": "1",
                "PYTHONPATH": str(PROJECT),
                "TERM": "dumb",
                "TZ": "UTC",
            },
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT if words[0] == "imu-ankle" else None,
            text=True,
            encoding="utf-8",
            check=True,
        )
    text = "\n".join(line.rstrip() for line in done.stdout.strip("\n").splitlines()) + "\n"
    return f"\n```\n$ {command}\n{text}```\n\n" if words[0] == "imu-ankle" else f"\n{text}\n"


def main():
    parser = argparse.ArgumentParser(description="Make the generated parts of the documentation.")
    parser.add_argument("pages", nargs="*", default=PAGES)
    parser.add_argument("--only", default="", help="run only commands that hold this")
    asked = parser.parse_args()
    for page in asked.pages:
        path = PROJECT / page

        def anew(match):
            begin, command, old, end = match.groups()
            if asked.only not in command:
                return match.group()
            print(f"{page}: {command}", file=sys.stderr, flush=True)  # noqa: B023
            return begin + (made(command) or old) + end

        path.write_text(BLOCK.sub(anew, path.read_text("utf-8")), "utf-8", newline="\n")


if __name__ == "__main__":
    main()
