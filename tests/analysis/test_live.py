"""Live is the one analysis path on the rows so far: equal to the file cut at that moment."""

import dataclasses
import json
import shutil

import numpy as np
import pytest

from imu_ankle import analyze, analyze_run
from imu_ankle.analysis.live import LiveSet, set_status, still_problem
from imu_ankle.core.assemble import COLUMNS
from imu_ankle.core.errors import ImuAnkleError
from imu_ankle.io.csvfile import read_recording, read_samples, sidecar_of
from imu_ankle.simulation.sensor import SensorModel
from imu_ankle.simulation.trials import BalancePlan, walking_trial
from tests.helpers import HOPS, balance, changed, flights, recording_of

TRIALS = ("2026-10-04/lateral-hops-left", "2026-10-04/jump-squats-left",
          "2026-10-04/single-leg-balance-right")  # fmt: skip


def outcome(make):
    """Return what an analysis says, as text, an error included."""
    try:
        return json.dumps(make().to_dict())
    except ImuAnkleError as error:
        return f"{error.code}: {error}"


@pytest.mark.parametrize("trial", TRIALS)
@pytest.mark.parametrize("chunk", [7, 331, 997])
def test_every_intermediate_result_equals_the_file_cut_at_that_moment(
    project, tmp_path, trial, chunk
):
    source = project / "recordings" / f"{trial}.csv"
    path = tmp_path / "cut.csv"
    shutil.copy(source.with_suffix(".json"), path.with_suffix(".json"))
    lines = source.read_text().splitlines(keepends=True)
    rows = read_samples(source)
    live = LiveSet(sidecar_of(source), columns=rows.columns, file=str(path))
    looks = np.linspace(0, len(rows.table), 7, dtype=int)[1:]
    shown = 0
    for look in looks:
        while shown < look:
            until = min(shown + chunk, int(look))
            live.add(rows.table[shown:until])
            shown = until
        path.write_text("".join(lines[: 1 + shown]))
        assert outcome(lambda: live.analyze().result) == outcome(
            lambda: analyze(read_recording(path))
        )


def test_rows_that_come_late_make_the_same_of_it_live_and_in_the_file(project, tmp_path):
    source = project / "recordings/2026-10-04/lateral-hops-left.csv"
    path = tmp_path / "late.csv"
    shutil.copy(source.with_suffix(".json"), path.with_suffix(".json"))
    lines = source.read_text().splitlines(keepends=True)
    body = [*lines[1:600], *lines[700:1400], *lines[600:700], *lines[1400:]]
    path.write_text(lines[0] + "".join(body))
    rows = read_samples(path)
    live = LiveSet(sidecar_of(path), columns=rows.columns, file=str(path))
    for start in range(0, len(rows.table), 64):
        live.add(rows.table[start : start + 64])
    assert outcome(lambda: live.analyze().result) == outcome(lambda: analyze(read_recording(path)))
    in_order = analyze(read_recording(source))
    assert live.analyze().result.reps == in_order.reps


def test_a_set_is_over_when_the_dose_is_done_and_the_landing_has_settled():
    recording, truth = flights(reps=20)
    analysis = analyze_run(recording, exercise=HOPS, side="right")
    last_s = truth["events"][-1]["landing_s"]
    assert set_status(analysis, last_s + 1.0).over is None
    assert set_status(analysis, last_s + 3.0).over is not None
    few, _ = flights(reps=8)
    assert set_status(analyze_run(few, exercise=HOPS, side="right"), 1e6).over is None


def test_standing_before_the_stance_is_no_progress():
    recording, truth = balance()
    start = np.searchsorted(recording.time_s, truth["stance"]["start_s"] - 1.0)
    standing = dataclasses.replace(
        recording,
        time_s=recording.time_s[:start], acc_mps2=recording.acc_mps2[:start],
        gyr_dps=recording.gyr_dps[:start], seq=recording.seq[:start],
    )  # fmt: skip
    analysis = analyze_run(standing, exercise="single-leg-balance", side="right")
    assert set_status(analysis, float(standing.time_s[-1])).done == 0.0
    whole = analyze_run(recording, exercise="single-leg-balance", side="right")
    assert set_status(whole, float(recording.time_s[-1])).done > 15.0


def test_a_stance_that_ended_early_is_over():
    recording, truth = balance(BalancePlan(stance_s=9.0, after_s=6.0))
    analysis = analyze_run(recording, exercise="single-leg-balance", side="right")
    end_s = truth["stance"]["end_s"]
    assert set_status(analysis, end_s + 2.0).over is None
    assert set_status(analysis, end_s + 6.0).over == "the stance has ended"


def test_before_the_set_stillness_units_and_clip_are_checked():
    recording, _ = balance()

    def first(recording, n):
        return changed(
            recording,
            time_s=recording.time_s[:n], acc_mps2=recording.acc_mps2[:n],
            gyr_dps=recording.gyr_dps[:n], seq=None,
        )  # fmt: skip

    standing, _ = flights(stand_s=5.0)
    still = first(standing, int(np.searchsorted(standing.time_s, 5.0)))
    assert still_problem(as_live(still)) is None
    assert still_problem(as_live(first(recording, 8))) == "stand flat and still"
    walking = recording_of_walking()
    assert still_problem(as_live(walking)) == "stand flat and still"
    in_g = changed(still, acc_mps2=still.acc_mps2 / 9.80665)
    assert "m/s2" in str(still_problem(as_live(in_g)))


def as_live(recording):
    live = LiveSet(recording.sidecar, columns=COLUMNS)
    live.add(np.column_stack([recording.time_s, recording.acc_mps2, recording.gyr_dps]))
    return live


def recording_of_walking():
    trial = walking_trial(SensorModel(rate_hz=104.0), strides=8, seed=1)
    recording = recording_of(trial)
    walk = next(span for span in trial.truth["spans"] if span["name"] not in {"two-legs"})
    inside = (recording.time_s > walk["start_s"]) & (recording.time_s < walk["start_s"] + 5.0)
    return changed(
        recording,
        time_s=recording.time_s[inside], acc_mps2=recording.acc_mps2[inside],
        gyr_dps=recording.gyr_dps[inside], seq=None,
    )  # fmt: skip
