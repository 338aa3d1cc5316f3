"""Read what claims to be huge, and print how much memory each took: ``python -m tests.io.hostile FOLDER``.

Each case runs in a fork of its own, with 800 MB of address space more than the program has.
"""

import json
import os
import resource
import struct
import sys
import time
import traceback
from pathlib import Path

import numpy as np

from imu_ankle import analyze
from imu_ankle.core.assemble import COLUMNS
from imu_ankle.core.errors import ImuAnkleError
from imu_ankle.core.recording import Recording
from imu_ankle.history.athletes import athlete_path, read_athlete
from imu_ankle.history.plans import plan_path, read_plan
from imu_ankle.io import packets
from imu_ankle.io.csvfile import read_recording
from imu_ankle.io.importers.import_file import import_file
from imu_ankle.io.sidecar import read_sidecar

HEADER = ",".join(COLUMNS)
MORE = 800_000_000


def long_header(folder):
    (folder / "a.csv").write_text("x" * 50_000_000 + "\n1,2,3\n")
    read_recording(folder / "a.csv")


def long_foreign_header(folder):
    (folder / "a.csv").write_text("x" * 50_000_000 + "\n1,2,3\n")
    import_file(folder / "a.csv")


def many_columns(folder):
    names = ",".join(f"c{k}" for k in range(1_000_000))
    row = ",".join(["1"] * 1_000_007)
    (folder / "a.csv").write_text(f"{HEADER},{names}\n" + f"{row}\n" * 3)
    read_recording(folder / "a.csv")


def many_cells(folder):
    row = ",".join(["1"] * 1_000_000)
    (folder / "a.csv").write_text(f"{HEADER}\n{row}\n0,0,0\n")
    read_recording(folder / "a.csv")


def deep_sidecar(folder):
    (folder / "a.json").write_text("[" * 3_900_000)
    read_sidecar(folder / "a.json")


def large_sidecar(folder):
    (folder / "a.json").write_text('{"x": [' + "[]," * 6_000_000 + "[]]}")
    read_sidecar(folder / "a.json")


def wide_profile(folder):
    path = athlete_path(folder, "anna")
    path.parent.mkdir(exist_ok=True)
    rest = {"day": "0001-01-01", "kind": "rest", "text": "", "until": "9999-12-31"}
    path.write_text(json.dumps(
        {"times_per_week": 1, "exercises": [], "injured": None, "events": [rest] * 500}
    ))  # fmt: skip
    assert len(read_athlete(folder, "anna").resting) < 1000


def many_trials(folder):
    plan_path(folder).write_text('[[exercise]]\nname = "toe-points"\ntrials = 1000000000\n')
    read_plan(folder)


def far_stamps(step_s, jump_s):
    def case(_):
        time_s = np.concatenate(
            [np.arange(500) * step_s, 500 * step_s + jump_s + np.arange(500) * step_s]
        )
        still = np.tile([0.0, 0.0, 9.8], (1000, 1))
        analyze(
            Recording(time_s=time_s, acc_mps2=still, gyr_dps=0.1 * still),
            exercise="single-leg-balance", side="left",
        )  # fmt: skip

    return case


def far_counts(_):
    still = np.tile([0.0, 0.0, 9.8], (1000, 1))
    seq = np.arange(1000)
    seq[500:] += 2**52
    recording = Recording(time_s=np.arange(1000) / 50, acc_mps2=still, gyr_dps=0.1 * still, seq=seq)
    analyze(recording, exercise="single-leg-balance", side="left")


def claimed_packets(folder):
    path = folder / "a.packets.bin"
    path.write_bytes(packets.MAGIC + struct.pack("<I", 2**32 - 1) + b"x" * 100)
    list(packets.read_packets(path))


def endless(_):
    read_recording("/dev/zero")


CASES = {
    "a header of 50 MB": long_header,
    "a foreign header of 50 MB": long_foreign_header,
    "a million columns": many_columns,
    "a row of a million cells": many_cells,
    "a sidecar 3.9 million deep": deep_sidecar,
    "a sidecar of 18 MB": large_sidecar,
    "500 rests of 10000 years": wide_profile,
    "a billion trials": many_trials,
    "a year between two stamps": far_stamps(0.01, 3.2e7),
    "3000 years between two stamps": far_stamps(0.01, 9e10),
    "a nanosecond, then an hour": far_stamps(1e-9, 3600.0),
    "an hour between all stamps": far_stamps(3600.0, 0.0),
    "a counter that jumps by 2^52": far_counts,
    "a packet of 4 GB": claimed_packets,
    "a file without an end": endless,
}  # fmt: skip


def one(name, folder):
    """Run one case in a fork; print what came out, the memory it took, and how long."""
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        size = int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
        before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        resource.setrlimit(resource.RLIMIT_AS, (size + MORE, size + MORE))
        began_s = time.process_time()
        try:
            CASES[name](folder)
            said = "done"
        except ImuAnkleError as error:
            said = error.code
        except BaseException as error:  # noqa: BLE001 - it is told
            traceback.print_exc()
            said = type(error).__name__
        took = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
        os.write(
            writing, json.dumps([name, said, took / 1000.0, time.process_time() - began_s]).encode()
        )
        os._exit(0)
    os.close(writing)
    os.waitpid(child, 0)
    print(os.read(reading, 4096).decode() or json.dumps([name, "died", 0, 0]), flush=True)
    os.close(reading)


if __name__ == "__main__":
    for case in CASES:
        one(case, Path(sys.argv[1]))
