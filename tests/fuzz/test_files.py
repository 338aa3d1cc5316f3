"""Whatever lies in a file, reading it gives a valid object or one of our errors."""

import json
import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from imu_ankle import analyze
from imu_ankle.core.recording import Calibration
from imu_ankle.history.athletes import athlete_path, read_athlete, save_athlete
from imu_ankle.history.plans import parse_plan, plan_path, plan_text, read_plan
from imu_ankle.history.scores import read_cached_result
from imu_ankle.io import packets
from imu_ankle.io.calibrations import load_calibration, save_calibration
from imu_ankle.io.csvfile import read_recording, write_recording
from imu_ankle.io.home import DataHome
from imu_ankle.io.sidecar import parse_sidecar, read_sidecar, write_sidecar
from imu_ankle.progress.plan import DEFAULT_PLAN, steps_of
from imu_ankle.session.unfinished import read_unfinished
from tests.fuzz.mutants import json_files, mangled, only_ours, tries
from tests.helpers import stance_only
from tests.io.test_sidecar import FULL


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("fuzz")


TRIAL = (
    "time_s,acc_x_mps2,acc_y_mps2,acc_z_mps2,gyr_x_dps,gyr_y_dps,gyr_z_dps,seq,flags\n"
    + "".join(f"{k / 50},0.1,0.2,9.8,{k % 7},1,0.5,{k},0\n" for k in range(80))
)
CELLS = st.sampled_from([
    "", "nan", "inf", "-inf", "1e300", "-1e300", "1e-320", "9" * 400, "1e19", "-1", "0", "1.5", "x", "\0", '"', '"1"',
    "1_0", "0x10", "٣", " 2 ", "1e5", "31536000",
])  # fmt: skip


@st.composite
def tables(draw):
    """Return a trial some of whose cells, columns or rows are others."""
    rows = [line.split(",") for line in TRIAL.splitlines()]
    for _ in range(draw(st.integers(1, 6))):
        row = rows[draw(st.integers(0, len(rows) - 1))]
        how = draw(st.integers(0, 5))
        if how == 0 and row:
            row.pop()
        elif how == 1:
            row.append(draw(CELLS))
        elif how == 2:
            column, value = draw(st.integers(0, 8)), draw(CELLS)
            for each in rows[1:]:
                each[column : column + 1] = [value]
        elif how == 3:
            rows.append(rows[draw(st.integers(0, len(rows) - 1))])
        elif row:
            row[draw(st.integers(0, len(row) - 1))] = draw(CELLS)
    return ("\n".join(",".join(row) for row in rows) + "\n").encode()


@tries(150)
@given(st.one_of(tables(), tables(), mangled(TRIAL.encode())))
def test_trials(folder, content):
    path = folder / "a.csv"
    path.write_bytes(content)
    with only_ours:
        recording = read_recording(path)
        assert (np.diff(recording.time_s) > 0).all()
        write_recording(recording, folder / "again.csv")
        again = read_recording(folder / "again.csv")
        assert np.array_equal(again.gyr_dps, recording.gyr_dps)
        analyze(recording, exercise="single-leg-balance", side="left")


@tries(200)
@given(json_files({**FULL, "athlete": "anna", "ended": None, "link": {"rssi": [1, {"a": 2}]}}))
def test_sidecars(folder, content):
    path = folder / "sidecar.json"
    path.write_bytes(content)
    with only_ours:
        sidecar = read_sidecar(path)
        assert parse_sidecar(json.loads(write_sidecar(sidecar).encode())) == sidecar


STILL = stance_only(seconds=1.0)
CALIBRATION = Calibration(
    serial="A1",
    made_at="2026-11-22T18:07:00+00:00",
    acc_matrix=((1.0, 0.01, 0.0), (0.01, 0.99, 0.0), (0.0, 0.0, 1.01)),
    acc_bias_mps2=(0.1, 0.0, -0.1),
    gyr_bias_dps=(0.5, 0.1, 0.0),
    gyr_noise_dps2=0.01,
    residual_mps2=0.02,
)


@tries(200)
@given(data=st.data())
def test_calibrations(folder, data):
    path = save_calibration(CALIBRATION)
    path.write_bytes(data.draw(json_files(json.loads(path.read_text()))))
    with only_ours:
        calibration = load_calibration(path)
        calibration.serial.encode()
        assert math.isfinite(calibration.residual_mps2)
        acc, gyr = calibration.apply(STILL.acc_mps2, STILL.gyr_dps)
        assert np.isfinite(acc).all()
        assert np.isfinite(gyr).all()


@tries(200)
@given(text=st.text(max_size=30), data=st.data())
def test_plans(folder, text, data):
    whole = plan_text(DEFAULT_PLAN).encode()
    lines = whole.decode().splitlines()
    at = data.draw(st.integers(0, len(lines) - 1))
    key = lines[at].split(" = ")[0]
    value = data.draw(st.sampled_from([
        "1e9", "1000000000", "-1", "nan", "inf", "9" * 5000, "[]", "{}", "true", '"x"', "[" * 3000, "1979-05-27",
        '"\\u0000"', "[[1]]", '["left"]', "1e999", text, f"{{a.{'b.' * 2000}c = 1}}",
    ]))  # fmt: skip
    lines[at] = f"{key} = {value}"
    content = data.draw(
        st.one_of(st.just("\n".join(lines).encode()), mangled(whole), st.binary(max_size=60))
    )
    plan_path(folder).write_bytes(content)
    with only_ours:
        plan = read_plan(folder)
        assert len(steps_of(plan)) <= 8 * 2 * 20
        assert parse_plan(plan_text(plan)) == plan


PROFILE = {
    "schema": 1,
    "name": "anna",
    "times_per_week": 3,
    "exercises": ["toe-points", "lateral-hops"],
    "injured": "left",
    "events": [
        {"day": "2026-01-05", "kind": "rest", "text": "ill", "until": "2026-01-20"},
        {"day": "2026-02-05", "kind": "sprain", "text": "", "until": None},
    ],
}


@tries(250)
@given(json_files(PROFILE))
def test_profiles(folder, content):
    path = athlete_path(folder, "anna")
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(content)
    plan_path(folder).unlink(missing_ok=True)
    with only_ours:
        athlete = read_athlete(folder, "anna")
        assert athlete.plan.exercises
        assert len(athlete.resting) < 2000
        _ = athlete.new_baseline, [event.description.encode() for event in athlete.events]
        save_athlete(folder, athlete)
        again = read_athlete(folder, "anna")
        assert set(again.events) == set(athlete.events)
        assert again.plan == athlete.plan


@tries(100)
@given(json_files({"schema": 1, "athlete": "anna", "began": "2026-11-22T18:07:00+01:00",
                   "done": {"a/left/1": "x.csv"}, "skipped": ["b"]}))  # fmt: skip
def test_unfinished_sessions(folder, content):
    DataHome(folder).unfinished("anna").write_bytes(content)
    known = read_unfinished(folder, "anna")
    assert known is None or known.settled is not None


@pytest.fixture(scope="module")
def scored(tmp_path_factory):
    """Return the CSV of a trial with its score, and the score as JSON."""
    from imu_ankle.history.store import History
    from tests.history.homes import FIRST, record

    home = tmp_path_factory.mktemp("scored")
    csv = record(home, FIRST)
    History(home).close()
    return csv, json.loads(csv.with_suffix(".score.json").read_text())


@tries(60)
@given(data=st.data())
def test_scores(scored, data):
    csv, content = scored
    csv.with_suffix(".score.json").write_bytes(data.draw(json_files(content)))
    with only_ours:
        score = read_cached_result(csv)
        assert score is not None
        assert (score.result is None) != (score.error is None)


@tries(200)
@given(data=st.data())
def test_packets(folder, data):
    sent = [(0.5 + k / 8.0, f"uuid-{k}", bytes(range(k))) for k in range(12)]
    whole = packets.MAGIC + b"".join(packets.pack(*each) for each in sent)
    path = folder / "a.packets.bin"
    path.write_bytes(
        data.draw(
            st.one_of(mangled(whole), st.binary(max_size=60).map(lambda b: packets.MAGIC + b))
        )
    )
    with only_ours:
        for received_s, _, payload in packets.read_packets(path):
            assert received_s >= 0.0
            assert len(payload) <= 4096
