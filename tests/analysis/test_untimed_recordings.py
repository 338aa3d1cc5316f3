"""Recordings of sensors that send neither time nor count: what their sidecar says reaches results."""

import dataclasses
import json

import numpy as np
import pytest

from imu_ankle import analyze
from imu_ankle.analysis.live import NAMES, stack_samples
from imu_ankle.core.assemble import assemble
from imu_ankle.core.recording import TIMING, UNTIMED, SensorInfo
from imu_ankle.io.csvfile import read_recording
from imu_ankle.io.recorder import Recorder
from imu_ankle.session.display import LinkState
from imu_ankle.simulation.sensor import SensorModel
from tests.helpers import HOPS, column, flights, values

WITHOUT_TIME = SensorInfo(model="WT901BLE", extra={TIMING: UNTIMED})


@pytest.fixture(scope="module")
def hops():
    recording, _ = flights(model=SensorModel(rate_hz=200.0), reps=5)
    sidecar = dataclasses.replace(recording.sidecar, exercise=HOPS, side="right")
    seq, flags = np.arange(len(recording)), np.zeros(len(recording), dtype=np.int64)
    rows = stack_samples(recording.time_s, recording.acc_mps2, recording.gyr_dps, seq, flags)
    return rows, sidecar


def untimed(sidecar):
    return dataclasses.replace(sidecar, sensor=WITHOUT_TIME)


def result_of(rows, sidecar):
    return analyze(assemble(rows, NAMES, sidecar=sidecar))


def test_the_reason_is_clock_and_the_grade_degraded(hops):
    rows, sidecar = hops
    timed, without = result_of(rows, sidecar), result_of(rows, untimed(sidecar))
    assert (timed.quality.grade, timed.quality.reasons) == ("ok", ())
    assert (without.quality.grade, without.quality.reasons) == ("degraded", ("clock",))
    assert timed.reps == without.reps == 5
    for key in ("flight_s", "contact_s", "cadence_per_min", "lateral_m"):
        assert values(without)[key] == pytest.approx(values(timed)[key], rel=1e-6)


def test_it_goes_with_the_file(hops, tmp_path):
    rows, sidecar = hops
    path = tmp_path / "hops.csv"
    recorder = Recorder(path, untimed(sidecar))
    recorder.put(rows[:, 0], rows[:, 1:4], rows[:, 4:7], rows[:, 7].astype(int), rows[:, 8])
    recorder.close(untimed(sidecar), "stopped")
    assert json.loads(path.with_suffix(".json").read_text())["sensor"]["timing"] == "untimed"
    recording = read_recording(path)
    assert recording.sidecar.sensor.untimed
    assert analyze(recording).quality.reasons == ("clock",)


@pytest.mark.parametrize("other", [None, "counted", ["untimed"], {"untimed": 1}, 3])
def test_anything_else_there_is_just_kept(hops, other):
    rows, sidecar = hops
    info = SensorInfo(extra={TIMING: other})
    result = result_of(rows, dataclasses.replace(sidecar, sensor=info))
    assert result.quality.reasons == ()


def test_times_of_a_rate_that_was_learnt_on_the_way_bend_no_sample(hops):
    """The first 4 s at a nominal rate 2 % off: the count is what places the samples."""
    rows, sidecar = hops
    bent = rows.copy()
    early = rows[:, 7] < 800
    bent[early, 0] = 800 / 200.0 - (800 - rows[early, 7]) * 0.98 / 200.0
    straight, bowed = result_of(rows, untimed(sidecar)), result_of(bent, untimed(sidecar))
    assert bowed.quality.rate_hz == pytest.approx(200.0, rel=1e-4)
    assert bowed.reps == 5
    for key in ("takeoff_s", "landing_s"):
        apart = column(bowed, key) - column(straight, key)
        np.testing.assert_allclose(apart, apart[0], atol=1e-4)
        assert abs(apart[0]) < 0.08


def test_a_screen_does_not_claim_losses_that_nobody_could_see():
    seen = LinkState(side="left", lost=3, total=900, battery_pct=80)
    blind = dataclasses.replace(seen, sees_loss=False)
    assert seen.summary == "left: 3 of 900 samples missing · battery 80 %"
    assert "single losses can't be seen" in blind.summary
