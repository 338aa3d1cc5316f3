"""Print how long everything takes: ``python -m tests.benchmarks.speed``. Simulated recordings at 208 Hz.

Times are medians of many runs in one process (the quickest beside it tells how quiet the machine
was); whole commands and memory are measured on processes of their own.
"""

import dataclasses
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from functools import partial
from pathlib import Path

import numpy as np
import pandas as pd

from imu_ankle import analyze
from imu_ankle.analysis.exercises import EXERCISES
from imu_ankle.analysis.live import LiveSet
from imu_ankle.analysis.preprocessing import preprocess
from imu_ankle.core.options import Side
from imu_ankle.core.recording import GRAVITY_MPS2, Sidecar
from imu_ankle.io.csvfile import read_recording, read_samples, write_recording
from imu_ankle.io.importers.import_file import import_file
from imu_ankle.simulation.catalogue import simulate
from imu_ankle.simulation.plan import SetPlan
from imu_ankle.simulation.sensor import SensorModel
from imu_ankle.simulation.trials import BalancePlan
from imu_ankle.simulation.wearer import Wearer
from tests.helpers import BALANCE, CHIP, HOPS, balance, flights, recording_of
from tests.io.importers.samples import rows

RUNS, COMMAND_RUNS = 40, 7


def ms(work, runs=RUNS):
    """Return the median and the least time of `work` in ms."""
    work()
    took = []
    for _ in range(runs):
        began = time.perf_counter()
        work()
        took.append(1e3 * (time.perf_counter() - began))
    return statistics.median(took), min(took)


def told(times):
    return f"{times[0]:.3g} | {times[1]:.3g}"


def trial(seconds, rate_hz=208.0, seed=1):
    plan = BalancePlan(
        stance_s=seconds - 7.0, before_s=2.0, after_s=1.5, raises_before=0, sway_dps=3.0
    )
    recording, _ = balance(plan, SensorModel(rate_hz=rate_hz), seed=seed)
    return with_sidecar(recording, BALANCE)


def hops(seconds):
    wearer = Wearer(tiring=0.0, spread=0.03)
    recording, _ = flights(HOPS, CHIP, seed=1, reps=round((seconds - 9.0) / 0.665), wearer=wearer)
    return with_sidecar(recording, HOPS)


def with_sidecar(recording, exercise, placement=None):
    sidecar = Sidecar(exercise=exercise, side=Side.RIGHT, placement=placement)
    return dataclasses.replace(recording, sidecar=sidecar)


def one_trial(folder):
    """Yield rows of reading and scoring one balance trial of 20 s."""
    path = folder / "trial.csv"
    write_recording(trial(20), path)
    recording = read_recording(path)
    plain = ms(lambda: pd.read_csv(path))
    whole = ms(lambda: analyze(read_recording(path)))
    yield "`pandas.read_csv` of the same file, for comparison", plain
    yield "read", ms(lambda: read_recording(path))
    yield "prepare", ms(lambda: preprocess(recording))
    yield "prepare and score", ms(lambda: analyze(recording))
    yield f"read, prepare and score ({whole[0] / plain[0]:.1f} times `read_csv`)", whole


def exercises(folder):
    """Yield a row for each exercise: the plan's dose, as one set, as it is read from a file."""
    for slug, exercise in EXERCISES.items():
        placement = exercise.placements[0]
        if slug == BALANCE:
            recording = trial(30)
        else:
            made = simulate(slug, SetPlan(), CHIP, side="right", seed=1)
            recording = with_sidecar(recording_of(made), slug, placement)
        yield counted(exercise.title, recording, folder)
    yield counted("Lateral hops", hops(60), folder)


def counted(title, recording, folder):
    path = folder / "set.csv"
    write_recording(recording, path)
    read = read_recording(path)
    return f"{title}, {read.time_s[-1]:.0f} s", ms(lambda: analyze(read), 15)


def live(folder):
    """Yield a row: the one path, run again on the rows so far."""
    path = folder / "live.csv"
    write_recording(hops(60), path)
    rows = read_samples(path)
    running = LiveSet(with_sidecar(read_recording(path), HOPS).sidecar, columns=rows.columns)
    running.add(rows.table)
    yield "live count after 60 s of hops", ms(running.analyze, 15)


def imports(folder):
    """Yield rows of other programs' files: a plain table, and two halves in files of their own."""
    made = trial(300)
    header = "Time (s),Acc X (g),Acc Y (g),Acc Z (g),Gyr X (dps),Gyr Y (dps),Gyr Z (dps)\n"
    acc_g = made.acc_mps2 / GRAVITY_MPS2
    table = folder / "table.csv"
    table.write_text(header + rows(made.time_s, acc_g, made.gyr_dps))
    yield "import of a table of 300 s", ms(partial(import_file, table), 7)
    halves = folder / "halves"
    halves.mkdir()
    for name, unit, values in (
        ("Accelerometer", "m/s^2", made.acc_mps2),
        ("Gyroscope", "rad/s", np.radians(made.gyr_dps)),
    ):
        header = f'"Time (s)","X ({unit})","Y ({unit})","Z ({unit})"\n'
        (halves / f"{name}.csv").write_text(header + rows(made.time_s, values))
    yield "import of phyphox, two files of 300 s", ms(partial(import_file, halves), 7)


def commands(folder):
    """Yield rows of whole commands."""
    path = folder / "trial.csv"
    base = [sys.executable, "-m", "imu_ankle"]
    for label, command in (
        ("`import imu_ankle`", [sys.executable, "-c", "import imu_ankle"]),
        ("`imu-ankle --help`", [*base, "--help"]),
        ("`imu-ankle analyze FILE`", [*base, "analyze", str(path)]),
        ("`imu-ankle analyze FILE --plot`", [*base, "analyze", str(path), "--plot", str(folder / "a.png")]),
    ):  # fmt: skip
        yield (
            label,
            ms(partial(subprocess.run, command, check=True, capture_output=True), COMMAND_RUNS),
        )


def memory(folder):
    """Yield what a process needs at most, in MB."""
    # VmHWM begins anew with a program; ru_maxrss would be that of the process that started it
    code = (
        "import sys,imu_ankle;r=imu_ankle.read_recording(sys.argv[1]);imu_ankle.analyze(r);"
        "print([x.split()[1] for x in open('/proc/self/status') if x.startswith('VmHWM')][0])"
    )
    for label, seconds in (("20 s", 20), ("an hour", 3600)):
        path = folder / "long.csv"
        write_recording(trial(seconds), path)
        done = subprocess.run(
            [sys.executable, "-c", code, str(path)], check=True, capture_output=True, text=True
        )
        yield f"memory to analyse {label} at 208 Hz, MB", int(done.stdout) / 1024
    yield (
        "memory of this process after all of the above, MB",
        (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024),
    )


def main():
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        print("| one core, ms | median | least |")
        print("|---|---|---|")
        for part in (
            one_trial(folder),
            exercises(folder),
            live(folder),
            imports(folder),
            commands(folder),
        ):
            for label, times in part:
                print(f"| {label} | {told(times)} |", flush=True)
        for label, megabytes in memory(folder):
            print(f"| {label} | {megabytes:.0f} | |", flush=True)


if __name__ == "__main__":
    main()
