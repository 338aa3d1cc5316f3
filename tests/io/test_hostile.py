"""What claims to be huge costs no more memory than its own size asks for, and never the program."""

import json
import subprocess
import sys

import pytest

from tests.io.hostile import CASES

# MB beyond the program's own: a few times the 50 MB that the largest files have, twice the most of a pipe
MOST_MB = 450.0
TOLD = {
    "a million columns": "done", "a row of a million cells": "done", "500 rests of 10000 years": "done",
    "an hour between all stamps": "done", "a header of 50 MB": "missing_column",
    "a foreign header of 50 MB": "unknown_format", "a file without an end": "missing_column",
    "a sidecar 3.9 million deep": "bad_sidecar", "a sidecar of 18 MB": "bad_sidecar",
    "a billion trials": "bad_plan", "a packet of 4 GB": "bad_packets",
}  # fmt: skip


@pytest.mark.skipif(sys.platform != "linux", reason="needs fork, /proc and RLIMIT_AS")
def test_memory_is_bounded(tmp_path, project):
    done = subprocess.run(
        [sys.executable, "-m", "tests.io.hostile", str(tmp_path)],
        cwd=project, capture_output=True, text=True, check=True,
    )  # fmt: skip
    found = {name: (said, mb) for name, said, mb, _ in map(json.loads, done.stdout.splitlines())}
    assert set(found) == set(CASES)
    for name, (said, took_mb) in found.items():
        assert said == TOLD.get(name, "bad_clock"), name
        assert took_mb < MOST_MB, name
