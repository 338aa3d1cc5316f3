"""Print how far one machine goes: ``python -m tests.benchmarks.batch [TRIALS]``. Simulated trials.

Balance trials of 20 s at 104 Hz: a few hundred different ones, each many times with a sidecar of its own,
so that each has its own content and is analysed.
"""

import dataclasses
import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from imu_ankle.io.csvfile import write_recording
from imu_ankle.io.sidecar import write_sidecar
from tests.benchmarks.speed import trial

DIFFERENT = 250
PEAK = (
    "import sys;from imu_ankle.cli import main;sys.argv=['imu-ankle',*sys.argv[1:]]\n"
    "try: main()\n"
    "except SystemExit: pass\n"
    "print([x.split()[1] for x in open('/proc/self/status') if x.startswith('VmHWM')][0])"
)


def make(folder, trials):
    """Fill `folder`; the CSV of a repeated trial is the same file."""
    told = trial(20, 104.0).sidecar
    for i in range(trials):
        csv = folder / f"{i // 1000:03d}" / f"{i:06d}.csv"
        if i < DIFFERENT:
            write_recording(trial(20, 104.0, seed=i), csv)
        else:
            first = folder / "000" / f"{i % DIFFERENT:06d}.csv"
            csv.parent.mkdir(exist_ok=True)
            os.link(first, csv)
            sidecar = dataclasses.replace(told, id=f"trial-{i}")
            csv.with_suffix(".json").write_text(write_sidecar(sidecar), "utf-8")


def run(folder, out, *more):
    """Return seconds and MB that a batch took."""
    began = time.monotonic()
    command = [sys.executable, "-c", PEAK, "batch", str(folder), "--out", str(out), *more]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    return time.monotonic() - began, int(done.stdout.split()[-1]) / 1024


def cluster(folder):
    """Start a scheduler and two workers; return its address and the processes."""
    file = folder / "scheduler.json"
    base, quiet = [sys.executable, "-m"], subprocess.DEVNULL
    scheduler = ["distributed.cli.dask_scheduler", "--port", "0", "--no-dashboard"]
    worker = ["distributed.cli.dask_worker", "--no-dashboard", "--no-nanny", "--nthreads", "1"]
    place = ["--scheduler-file", str(file)]

    def begin(*command):
        return subprocess.Popen([*base, *command, *place], cwd=folder, stdout=quiet, stderr=quiet)

    started = [begin(*scheduler)]
    while not file.exists() or not file.stat().st_size:
        time.sleep(0.1)
    started += [begin(*worker) for _ in range(2)]
    time.sleep(10)
    return json.loads(file.read_text())["address"], started


def main(trials):
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        place = folder / "trials"
        place.mkdir()
        make(place, trials)
        print(
            f"| {trials:,} trials of 20 s at 104 Hz | s | a second | in 15 minutes | MB at most |"
        )
        print("|---|---|---|---|---|")

        def tell(label, out, *more):
            seconds, megabytes = run(place, out, *more)
            rate = trials / seconds
            print(
                f"| {label} | {seconds:.0f} | {rate:.0f} | {900 * rate:,.0f} | {megabytes:.0f} |",
                flush=True,
            )

        tell("one process", folder / "one.csv", "--jobs", "1")
        tell("the same again: all known", folder / "one.csv", "--jobs", "1")
        tell("two processes (memory: of the one that asks)", folder / "two.csv", "--jobs", "2")
        address, started = cluster(folder)
        try:
            tell("a cluster of two workers", folder / "three.csv", "--cluster", address)
        finally:
            for process in reversed(started):
                process.kill()
                process.wait()
        tables = {(folder / f"{each}.csv").read_bytes() for each in ("one", "two", "three")}
        print(
            f"\nThe tables of all three are {'the same' if len(tables) == 1 else 'NOT the same'}."
        )


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 5000)
