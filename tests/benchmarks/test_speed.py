"""How long reading, preparing and scoring take; run with ``--benchmark-only -n0``."""

import itertools
import shutil

import pandas as pd
import pytest

from imu_ankle.analysis import analyze
from imu_ankle.files.csvfile import read_recording, write_recording
from imu_ankle.preparation import prepare
from imu_ankle.simulation.sensor import SensorModel
from imu_ankle.simulation.trials import BalancePlan
from imu_ankle.simulation.wearer import Wearer
from tests.helpers import BALANCE, CHIP, HOPS, balance, flights


@pytest.fixture(params=[20, 60, 180], ids=lambda seconds: f"{seconds}s")
def fresh_copies(request, tmp_path):
    """Return a function that gives a path to a fresh copy of one trial at 208 Hz each time."""
    plan = BalancePlan(
        stance_s=request.param - 7.0, before_s=2.0, after_s=1.5, raises_before=0, sway_dps=3.0
    )
    original = tmp_path / "original.csv"
    recording, _ = balance(plan, SensorModel(rate_hz=208.0), seed=1)
    write_recording(recording, original)
    names = (tmp_path / f"copy{i}.csv" for i in itertools.count())

    def fresh():
        path = next(names)
        shutil.copy(original, path)
        return (path,), {}

    return fresh


def times(benchmark, function, setup):
    benchmark.pedantic(function, setup=setup, rounds=30, warmup_rounds=3)


def test_pandas_read_csv(benchmark, fresh_copies):
    times(benchmark, pd.read_csv, fresh_copies)


def test_read(benchmark, fresh_copies):
    times(benchmark, read_recording, fresh_copies)


def test_prepare(benchmark, fresh_copies):
    def setup():
        (path,), _ = fresh_copies()
        return (read_recording(path),), {}

    times(benchmark, prepare, setup)


def test_score_with_preparation(benchmark, fresh_copies):
    def setup():
        (path,), _ = fresh_copies()
        return (read_recording(path),), {}

    times(benchmark, lambda r: analyze(r, exercise=BALANCE, side="left"), setup)


def test_whole(benchmark, fresh_copies):
    times(
        benchmark,
        lambda path: analyze(read_recording(path), exercise=BALANCE, side="left"),
        fresh_copies,
    )


@pytest.fixture(params=[20, 60, 180], ids=lambda seconds: f"{seconds}s")
def hop_set(request):
    """Return a recording of lateral hops at 208 Hz that is about so long."""
    wearer = Wearer(tiring=0.0, spread=0.03)
    reps = round((request.param - 9.0) / 0.665)
    recording, _ = flights(HOPS, CHIP, seed=1, reps=reps, wearer=wearer)
    assert recording.time_s[-1] == pytest.approx(request.param, rel=0.05)
    return recording


def test_hops_from_samples_to_result(benchmark, hop_set):
    benchmark.pedantic(
        lambda: analyze(hop_set, exercise=HOPS, side="right"), rounds=30, warmup_rounds=3
    )
