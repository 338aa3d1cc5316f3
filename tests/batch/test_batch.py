"""Batches: the same table whoever does the work, nothing done twice, nothing lost."""

import contextlib
import dataclasses
import json
import os
import signal
import subprocess
import sys
import time
from multiprocessing import active_children
from pathlib import Path

import pandas as pd
import pytest

from imu_ankle import analyze
from imu_ankle.analysis.exercises import EXERCISES
from imu_ankle.batch.engines import Cluster, Pool, SerialEngine
from imu_ankle.batch.run import run_batch
from imu_ankle.batch.table import columns, to_frame
from imu_ankle.batch.work import BatchOptions
from imu_ankle.cli import run
from imu_ankle.core.errors import RecordingError, UsageError
from imu_ankle.core.options import AnalysisOptions, Side
from imu_ankle.core.recording import Calibration, SensorInfo, Sidecar
from imu_ankle.io.csvfile import read_recording, write_recording
from imu_ankle.simulation.catalogue import simulate
from imu_ankle.simulation.plan import SetPlan
from tests.helpers import CHIP, HOPS, balance, flights, recording_of


@pytest.fixture(scope="session")
def _made():
    hops = [flights(HOPS, seed=seed, reps=4)[0] for seed in range(3)]
    return [("single-leg-balance", balance(seed=4)[0]), *((HOPS, each) for each in hops)]


@pytest.fixture
def folder(tmp_path, _made):
    """Recordings in folders, a broken one, and the very same one twice."""
    place = tmp_path / "recordings"
    for i, (exercise, recording) in enumerate(_made):
        (place / f"day{i}").mkdir(parents=True)
        sidecar = Sidecar(
            exercise=exercise, side=Side.RIGHT, started_at=f"2026-11-0{i + 1}T10:00:00Z"
        )
        write_recording(
            dataclasses.replace(recording, sidecar=sidecar), place / f"day{i}" / "a.csv"
        )
    (place / "broken.csv").write_text("this is no recording\n")
    for suffix in (".csv", ".json"):
        (place / f"again{suffix}").write_bytes((place / f"day1/a{suffix}").read_bytes())
    return place


class Counting(SerialEngine):
    """Counts what it is asked to do; stops like a user would after so many groups."""

    def __init__(self, stop_after=None):
        self.asked = []
        self._stop_after = stop_after

    def run(self, groups, ask, *, alone=False):
        for done in super().run(groups, ask, alone=alone):
            self.asked += done[0]
            yield done
            if len(self.asked) == self._stop_after:
                raise KeyboardInterrupt


def test_a_row_says_what_analyze_says_and_a_bad_file_is_a_row(folder, tmp_path):
    out = tmp_path / "out.csv"
    summary = run_batch(folder, out, BatchOptions(), SerialEngine())
    table = pd.read_csv(out, index_col="file")
    assert list(table.index) == sorted(
        p.relative_to(folder).as_posix() for p in folder.rglob("*.csv")
    )
    assert summary.files == 6
    assert summary.failed
    result = analyze(read_recording(folder / "day1" / "a.csv"))
    row = table.loc["day1/a.csv"]
    assert row["reps"] == result.reps
    assert row["flight_s"] == result.metrics["flight_s"].value
    assert table.loc["broken.csv", "error_code"] == "missing_column"
    assert str(folder) not in out.read_text()


@pytest.mark.parametrize("slug", EXERCISES)
def test_every_metric_has_a_column_of_its_kind(slug):
    known = columns()
    exercise = EXERCISES[slug]
    assert {spec.key for spec in exercise.metrics} <= set(known)
    if slug == "single-leg-balance":
        recording, _ = balance()
    else:
        recording = recording_of(simulate(slug, SetPlan(reps=4), CHIP, side="left", seed=1))
    placement = str(exercise.placements[0])
    result = analyze(recording, exercise=slug, side="left", placement=placement)
    for key, metric in result.metrics.items():
        assert (known[key] == "string") == isinstance(metric.value, tuple), key


@pytest.fixture
def cluster(tmp_path):
    """A scheduler and two workers, processes of their own."""
    pytest.importorskip("distributed", reason="dask.distributed is not installed")
    file = tmp_path / "scheduler.json"
    base = [sys.executable, "-m"]
    scheduler = [*base, "distributed.cli.dask_scheduler", "--port", "0", "--no-dashboard"]
    worker = [
        *base,
        "distributed.cli.dask_worker",
        "--no-dashboard",
        "--no-nanny",
        "--nthreads",
        "1",
    ]

    def begin(command):
        quiet = subprocess.DEVNULL
        return subprocess.Popen(command, cwd=tmp_path, stdout=quiet, stderr=quiet)

    started = [begin([*scheduler, "--scheduler-file", file])]
    try:
        for _ in range(600):
            if file.exists() and file.stat().st_size:
                break
            time.sleep(0.05)
        address = json.loads(file.read_text())["address"]
        started += [begin([*worker, address]) for _ in range(2)]
        from distributed import Client

        with Client(address, set_as_default=False) as client:
            client.wait_for_workers(2, timeout=120)
        yield address, started
    finally:
        for process in reversed(started):
            process.kill()
            process.wait()


def test_whoever_does_the_work_the_table_is_the_same(folder, tmp_path, cluster):
    address, _ = cluster
    tables = {}
    for name, engine in (
        ("here", SerialEngine()),
        ("pool", Pool(2)),
        ("cluster", Cluster(address)),
    ):
        for suffix in (".csv", ".parquet"):
            out = tmp_path / f"{name}{suffix}"
            run_batch(folder, out, BatchOptions(), engine)
            tables[name, suffix] = out.read_bytes()
        engine.close()
    for suffix in (".csv", ".parquet"):
        assert tables["here", suffix] == tables["pool", suffix] == tables["cluster", suffix]


def test_parquet_holds_what_csv_holds(folder, tmp_path):
    pytest.importorskip("pyarrow", reason="pyarrow is not installed")
    for suffix in (".csv", ".parquet"):
        run_batch(folder, tmp_path / f"out{suffix}", BatchOptions(), SerialEngine())
    packed = pd.read_parquet(tmp_path / "out.parquet")
    again = packed.to_csv(index=False, lineterminator="\n")
    assert again == (tmp_path / "out.csv").read_text()


def test_an_address_without_a_scheduler_is_told():
    pytest.importorskip("distributed", reason="dask.distributed is not installed")
    with pytest.raises(UsageError, match="no scheduler answers"):
        Cluster("nonsense://there")


def test_what_is_known_is_not_done_again_whatever_it_is_called(folder, tmp_path):
    out = tmp_path / "out.csv"
    run_batch(folder, out, BatchOptions(), SerialEngine())
    before = out.read_bytes()
    again = Counting()
    assert run_batch(folder, out, BatchOptions(), again).skipped == 6
    assert again.asked == []
    assert out.read_bytes() == before
    for suffix in (".csv", ".json"):
        (folder / f"day2/a{suffix}").rename(folder / f"moved{suffix}")
    moved = Counting()
    run_batch(folder, out, BatchOptions(), moved)
    assert moved.asked == []
    assert "moved.csv" in out.read_text()


def test_the_same_content_is_analysed_once(folder, tmp_path):
    engine = Counting()
    run_batch(folder, tmp_path / "out.csv", BatchOptions(), engine)
    assert len(engine.asked) == 5  # six recordings, two of which are one


@pytest.mark.parametrize("what", ["sidecar", "samples", "ask", "calibration"])
def test_what_changes_a_score_is_done_again(folder, tmp_path, what):
    out, ask = tmp_path / "out.csv", BatchOptions()
    run_batch(folder, out, ask, SerialEngine())
    path = folder / "day0" / "a.csv"
    if what == "sidecar":
        recording = read_recording(path)
        sidecar = dataclasses.replace(recording.sidecar, side=Side.LEFT)
        write_recording(dataclasses.replace(recording, sidecar=sidecar), path)
    elif what == "samples":
        path.write_text("".join(path.read_text().splitlines(keepends=True)[:-50]))
    elif what == "ask":
        ask = BatchOptions(analysis=AnalysisOptions(eyes="closed"))
    else:
        ask = BatchOptions(calibrations={"S1": _calibration()})
    engine = Counting()
    run_batch(folder, out, ask, engine)
    assert str(path) in engine.asked
    assert len(engine.asked) == (5 if what in {"ask", "calibration"} else 1)


def _calibration():
    flat = ((1.0, 0.0, 0.0), (0.0, 1.0, 0.0), (0.0, 0.0, 1.0))
    return Calibration(
        serial="S1", made_at="2026-01-01", acc_matrix=flat, acc_bias_mps2=(0.0, 0.0, 0.0),
        gyr_bias_dps=(1.0, 0.0, 0.0), gyr_noise_dps2=0.01, residual_mps2=0.01,
    )  # fmt: skip


def test_calibrations_travel_along(folder, tmp_path):
    path = folder / "day0" / "a.csv"
    recording = read_recording(path)
    sidecar = dataclasses.replace(recording.sidecar, sensor=SensorInfo(serial="S1"))
    write_recording(dataclasses.replace(recording, sidecar=sidecar), path)
    plain, told = tmp_path / "plain.csv", tmp_path / "told.csv"
    run_batch(folder, plain, BatchOptions(), SerialEngine())
    run_batch(folder, told, BatchOptions(calibrations={"S1": _calibration()}), SerialEngine())
    a, b = (pd.read_csv(out, index_col="file")["sway_rms_dps"] for out in (plain, told))
    assert a["day0/a.csv"] != b["day0/a.csv"]


def test_an_interrupted_batch_goes_on(folder, tmp_path):
    out = tmp_path / "out.csv"
    with pytest.raises(KeyboardInterrupt):
        run_batch(folder, out, BatchOptions(), Counting(stop_after=2))
    assert not out.exists()
    rest = Counting()
    run_batch(folder, out, BatchOptions(), rest)
    assert len(rest.asked) == 3
    whole = tmp_path / "whole.csv"
    run_batch(folder, whole, BatchOptions(), SerialEngine())
    assert out.read_bytes() == whole.read_bytes()


@pytest.mark.parametrize("cut", [1, 7, 200])
def test_a_journal_that_was_cut_off_loses_only_its_last_line(folder, tmp_path, cut):
    out = tmp_path / "out.csv"
    run_batch(folder, out, BatchOptions(), SerialEngine())
    journal = tmp_path / "out.csv.journal"
    before, content = out.read_bytes(), journal.read_bytes()
    journal.write_bytes(content[:-cut])
    engine = Counting()
    run_batch(folder, out, BatchOptions(), engine)
    assert len(engine.asked) <= 1
    assert out.read_bytes() == before


def test_a_worker_that_dies_costs_nothing(folder, tmp_path):
    class Deadly(Pool):
        def run(self, groups, ask, *, alone=False):
            killed = alone
            for done in super().run(groups, ask, alone=alone):
                yield done
                for child in active_children() if not killed else ():
                    child.kill()
                    killed = True
            assert killed

    out, whole = tmp_path / "out.csv", tmp_path / "whole.csv"
    run_batch(folder, out, BatchOptions(), Deadly(2))
    run_batch(folder, whole, BatchOptions(), SerialEngine())
    assert out.read_bytes() == whole.read_bytes()


def test_a_worker_that_dies_while_nothing_is_awaited_costs_nothing(folder):
    files = [(str(path),) for path in sorted(folder.rglob("*.csv"))]
    done = {}
    for names, result in Pool(1).run(iter(files), BatchOptions(), alone=True):
        done[names] = result
        if len(done) == 1:
            for child in active_children():
                child.kill()
                child.join()
            time.sleep(0.5)
    assert set(done) == set(files)
    assert not any(isinstance(result, Exception) for result in done.values())


class Fussy(Pool):
    """Dies on one recording, whoever else is at work."""

    def run(self, groups, ask, *, alone=False):
        for files, result in super().run(groups, ask, alone=alone):
            if any(file.endswith("day2/a.csv") for file in files):
                yield files, RuntimeError("the worker died")
            else:
                yield files, result


def test_a_recording_that_kills_its_worker_is_a_row_and_is_tried_again(folder, tmp_path):
    out, whole = tmp_path / "out.csv", tmp_path / "whole.csv"
    run_batch(folder, out, BatchOptions(), Fussy(2))
    table = pd.read_csv(out, index_col="file")
    assert table.loc["day2/a.csv", "error_code"] == "worker_died"
    assert table["error_code"].notna().sum() == 2  # and the broken one
    again = Counting()
    run_batch(folder, out, BatchOptions(), again)
    assert [file for file in again.asked if "day2" in file] == again.asked != []
    run_batch(folder, whole, BatchOptions(), SerialEngine())
    assert out.read_bytes() == whole.read_bytes()


def test_two_batches_at_once_do_not_write_one_table(folder, tmp_path):
    out = tmp_path / "out.csv"

    class Nested(SerialEngine):
        def run(self, groups, ask, *, alone=False):
            with pytest.raises(UsageError, match="another batch"):
                run_batch(folder, out, BatchOptions(), SerialEngine())
            return super().run(groups, ask, alone=alone)

    run_batch(folder, out, BatchOptions(), Nested())
    assert out.exists()


def test_a_batch_that_is_killed_goes_on(folder, tmp_path):
    out, whole = tmp_path / "out.csv", tmp_path / "whole.csv"
    run_batch(folder, whole, BatchOptions(), SerialEngine())
    command = [sys.executable, "-m", "imu_ankle", "batch", str(folder), "--out", str(out)]
    environ = {**os.environ, "IMU_ANKLE_HOME": str(tmp_path / "home")}
    for delay_s in (0.5, 1.2, 1.8):
        process = subprocess.Popen(
            [*command, "--jobs", "2"], env=environ, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE,
            start_new_session=True,
        )  # fmt: skip
        time.sleep(delay_s)
        os.killpg(process.pid, signal.SIGKILL)
        process.communicate()
    done = subprocess.run(command, env=environ, capture_output=True, text=True, check=False)
    assert done.returncode == 6, done.stderr  # the broken one
    assert "1 error" in done.stdout
    assert out.read_bytes() == whole.read_bytes()


@pytest.mark.skipif(sys.platform == "win32", reason="SIGKILL")
def test_workers_end_with_a_batch_that_is_killed_alone(folder, tmp_path):
    code = (
        "import pathlib, sys, time\n"
        "from imu_ankle.batch.engines import Pool\n"
        "from imu_ankle.batch.work import Ask\n"
        "if __name__ == '__main__':\n"
        "    files = [(str(path),) for path in pathlib.Path(sys.argv[1]).rglob('*.csv')]\n"
        "    done = Pool(2).run(files, Ask())\n"
        "    next(done)\n"
        "    print(flush=True)\n"
        "    time.sleep(60)\n"
    )
    program = tmp_path / "program.py"
    program.write_text(code)
    command = [sys.executable, str(program), str(folder)]
    # its workers hold the pipe open, too: it ends when they have
    process = subprocess.Popen(command, stdout=subprocess.PIPE, start_new_session=True)
    assert process.stdout is not None
    try:
        process.stdout.readline()
        process.kill()
        assert process.communicate(timeout=120)[0] == b""
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)


def test_auto_gives_a_row_per_set(folder, tmp_path):
    out = tmp_path / "out.csv"
    options = BatchOptions(analysis=AnalysisOptions(exercise="auto", side="right"))
    run_batch(folder, out, options, SerialEngine())
    table = pd.read_csv(out, index_col="file")
    assert table.loc["day1/a.csv", "exercise"] == HOPS
    assert table.loc["day1/a.csv", "set"] == 1


def test_nothing_to_do_is_told(tmp_path):
    with pytest.raises(RecordingError, match="no CSV"):
        run_batch(tmp_path, tmp_path / "out.csv", BatchOptions(), SerialEngine())
    with pytest.raises(RecordingError, match="no folder"):
        run_batch(tmp_path / "not there", tmp_path / "out.csv", BatchOptions(), SerialEngine())


@pytest.mark.skipif(sys.platform != "linux", reason="needs a folder that nobody can write to")
def test_a_table_that_can_not_be_written_is_told_before_work_is_done(folder):
    engine = Counting()
    with pytest.raises(UsageError, match="can't be written"):
        run_batch(folder, Path("/proc/out.csv"), BatchOptions(), engine)
    assert engine.asked == []


def test_tables_in_the_folder_and_folders_with_such_names_are_no_recordings(folder, tmp_path):
    (folder / "day9.csv").mkdir()
    run_batch(folder, tmp_path / "outside.csv", BatchOptions(), SerialEngine())
    run_batch(folder, folder / "inside.csv", BatchOptions(), SerialEngine())
    run_batch(folder, folder / "again inside.csv", BatchOptions(), SerialEngine())
    before = (tmp_path / "outside.csv").read_bytes()
    assert (folder / "inside.csv").read_bytes() == before
    assert (folder / "again inside.csv").read_bytes() == before


def test_an_error_of_a_recording_does_not_hang_on_its_name(folder, tmp_path):
    (folder / "day1" / "a.json").write_text("{")
    run_batch(folder, tmp_path / "out.csv", BatchOptions(), SerialEngine())
    for old, new in (("broken.csv", "odd.csv"), ("day1/a.csv", "b.csv"), ("day1/a.json", "b.json")):
        (folder / old).rename(folder / new)
    run_batch(folder, tmp_path / "out.csv", BatchOptions(), SerialEngine())  # known by content
    run_batch(folder, tmp_path / "anew.csv", BatchOptions(), SerialEngine())
    assert (tmp_path / "out.csv").read_bytes() == (tmp_path / "anew.csv").read_bytes()
    said = pd.read_csv(tmp_path / "out.csv", index_col="file")["error_message"]
    assert said["odd.csv"].startswith("FILE: no column")
    assert said["b.csv"].startswith("its sidecar is not valid JSON")


def test_what_is_hidden_or_thrown_away_is_no_recording_and_capitals_are_no_matter(folder, tmp_path):
    names = {
        "sessions/a/A.CSV": True, "sessions/a/._a.csv": False, "sessions/trash/a.csv": True,
        "trash/a/a.csv": False,
    }  # fmt: skip
    for name in names:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes((folder / "again.csv").read_bytes())
    run_batch(folder, tmp_path / "out.csv", BatchOptions(), SerialEngine())
    found = set(pd.read_csv(tmp_path / "out.csv")["file"])
    assert {name: name in found for name in names} == names


@pytest.mark.parametrize("option", ["--exercise", "--side", "--placement", "--eyes", "--surface"])
def test_a_word_that_nothing_can_be_analysed_with_is_told_before_work_is_done(
    folder, tmp_path, option, capsys
):
    out = tmp_path / "out.csv"
    assert run(["batch", str(folder), "--out", str(out), option, "nonsense"]) == 2
    assert "known are" in capsys.readouterr().err
    assert not out.exists()


def test_an_empty_table_still_has_its_columns():
    assert list(to_frame([]).columns) == list(columns())
