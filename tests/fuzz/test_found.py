"""What the fuzzers found, in its smallest form."""

import json
import os
from datetime import date

import numpy as np
import pytest
from starlette.testclient import TestClient

from imu_ankle import analyze
from imu_ankle.core.errors import (
    CalibrationError,
    HistoryError,
    ImportFormatError,
    RecordingError,
    SidecarError,
    UsageError,
)
from imu_ankle.core.recording import Recording
from imu_ankle.history import edits
from imu_ankle.history.athletes import athlete_path, read_athlete
from imu_ankle.history.plans import plan_path, read_plan
from imu_ankle.history.sessions import place_trial
from imu_ankle.history.store import History
from imu_ankle.io.calibrations import load_calibration, save_calibration
from imu_ankle.io.csvfile import read_recording
from imu_ankle.io.importers.import_file import import_file
from imu_ankle.io.sidecar import read_sidecar
from imu_ankle.io.text import parse_json
from imu_ankle.progress.athlete import Athlete, LifeEvent, Occasion
from imu_ankle.virtual.spec import parse_spec
from imu_ankle.web.server import make_page
from tests.fuzz.test_files import CALIBRATION, TRIAL
from tests.fuzz.test_history import check
from tests.history.homes import FIRST, record

DEEP = "[" * 400 + "]" * 400


@pytest.mark.parametrize(
    "text", ["NaN", "1e999", "-1e999", DEEP, "[" * 90_000, '"\\ud800"', "", "{"]
)
def test_what_could_not_be_written_again_is_no_json(text):
    with pytest.raises(ValueError):  # noqa: PT011 - whoever catches it says what file it was
        parse_json(text)


@pytest.mark.parametrize("text", ['"\\u00e9"', "[[1.5, null], {}]", "3", '"\\ud83e\\uddb6"'])
def test_other_json_is_read_as_it_is(text):
    assert parse_json(text) == json.loads(text)


@pytest.mark.parametrize("value", ["1e999", DEEP, '"\\ud800"'])
def test_an_unknown_key_that_cannot_be_written_again_is_a_broken_sidecar(home, value):
    csv = record(home, FIRST)
    path = csv.with_suffix(".json")
    path.write_text(path.read_text().replace('"notes": null', f'"notes": null, "other": {value}'))
    with pytest.raises(SidecarError):
        read_sidecar(path)
    check(home, trials=1)


@pytest.mark.parametrize(
    ("key", "value"), [("metric_set", 10**30), ("reps", 10**30), ("eyes", []), ("eyes", None), ("grade", 1)]
)  # fmt: skip
def test_a_score_with_values_of_another_kind_is_made_anew(home, key, value):
    csv = record(home, FIRST)
    History(home).close()
    path = csv.with_suffix(".score.json")
    score = json.loads(path.read_text())
    place = {"eyes": score["result"]["inputs"], "grade": score["result"]["quality"]}
    place.get(key, score["result"])[key] = value
    path.write_text(json.dumps(score))
    check(home, trials=1)


@pytest.mark.parametrize("text", ['"started_at": "0001-01-01T00:00:00"', f'"started_at": {DEEP}'])
def test_a_session_file_of_no_sense_begins_another_session(home, text):
    csv = record(home, FIRST)
    (csv.parent / "session.json").write_text(f'{{"athlete": "anna", {text}}}')
    csv.with_suffix(".json").unlink()
    assert place_trial("anna", "toe-points", "left", FIRST, home=home).csv != csv
    check(home, trials=1)


@pytest.mark.skipif(os.name != "posix", reason="names of files are text here")
def test_a_folder_whose_name_is_no_text_hides_nothing(home):
    csv = record(home, FIRST)
    odd = os.fsencode(home / "sessions") + b"/2026-01-01_\xff"
    os.mkdir(odd)  # noqa: PTH102 - paths of pathlib are text
    with open(odd + b"/x.csv", "w") as file:  # noqa: PTH123
        file.write("x")
    with History(home) as history:
        assert [history.path(entry) for entry in history.entries()] == [csv]


@pytest.mark.parametrize(
    "line", ["name = []", "dose = [[1]]", f"times_per_week = {DEEP}", f"dose = {{a.{'b.' * 2000}c = 1}}"]
)  # fmt: skip
def test_a_plan_of_no_sense_is_a_bad_plan(tmp_path, line):
    plan_path(tmp_path).write_text(f'[[exercise]]\nname = "toe-points"\n[[exercise]]\n{line}\n')
    with pytest.raises(UsageError, match="can't be used"):
        read_plan(tmp_path)


@pytest.mark.parametrize("text", [DEEP, '{"events": "\\ud800"}'])
def test_a_profile_of_no_sense_is_a_bad_profile(home, text):
    athlete_path(home, "anna").parent.mkdir(parents=True)
    athlete_path(home, "anna").write_text(text)
    with pytest.raises(HistoryError, match="no profile"):
        read_athlete(home, "anna")


def test_a_rest_at_the_end_of_time_is_one():
    rest = LifeEvent(day=date.max, kind=Occasion.REST, text="")
    assert Athlete(name="anna", events=(rest,)).resting == {date(9999, 12, 27)}


@pytest.mark.parametrize(
    ("key", "value"),
    [("acc_matrix", [[float("nan")] * 3] * 3), ("residual_mps2", 10**400), ("gyr_noise_dps2", 10**400),
     ("acc_matrix", [[None, 0, 0], [0, 1, 0], [0, 0, 1]])],
)  # fmt: skip
def test_a_calibration_without_numbers_is_a_bad_one(home, key, value):
    path = save_calibration(CALIBRATION)
    path.write_text(json.dumps({**json.loads(path.read_text()), key: value}))
    with pytest.raises(CalibrationError):
        load_calibration(path)


@pytest.mark.parametrize(
    ("column", "cell"), [(0, "1e300"), (7, "1e300"), (8, "-1e300"), (7, "1e19")]
)
def test_counts_and_times_beyond_all_are_told(tmp_path, column, cell):
    rows = [line.split(",") for line in TRIAL.splitlines()]
    rows[-1][column] = cell
    (tmp_path / "a.csv").write_text("\n".join(",".join(row) for row in rows) + "\n")
    with pytest.raises(RecordingError):
        analyze(read_recording(tmp_path / "a.csv"), exercise="single-leg-balance", side="left")


@pytest.mark.parametrize("step_s", [1e-12, 1e-300])
def test_steps_too_unlike_for_any_grid_are_told(step_s):
    time_s = np.concatenate([np.arange(20) * step_s, [1e10]])
    recording = Recording(time_s=time_s, acc_mps2=np.ones((21, 3)), gyr_dps=np.ones((21, 3)))
    with pytest.raises(RecordingError, match="jumps"):
        analyze(recording, exercise="single-leg-balance", side="left")


@pytest.mark.parametrize("stamps", ["1e300", "1e-11"])
def test_foreign_stamps_beyond_all_are_told(tmp_path, stamps):
    header = "time,acc_x (g),acc_y (g),acc_z (g),gyr_x (deg/s),gyr_y (deg/s),gyr_z (deg/s)\n"
    rows = "".join(f"{k / 50 if k < 59 else stamps},0,0,1,1,1,{k}\n" for k in range(60))
    if stamps == "1e-11":
        rows = "".join(f"{k}e-11,0,0,1,1,1,{k}\n" for k in range(60))
    (tmp_path / "a.csv").write_text(header.replace("time", "time (s)") + rows)
    with pytest.raises(ImportFormatError, match="unit of time"):
        import_file(tmp_path / "a.csv")


@pytest.mark.parametrize("length", [b"\xb2", b"9" * 5000, b"1_0", b"+1"])
def test_a_length_that_is_no_number_is_refused(home, length):
    home.mkdir()
    page = make_page(8125)
    with TestClient(page.app, base_url="http://127.0.0.1:8125") as browser:
        browser.get("/", params={"token": page.keys.new_token()})
        assert browser.get("/state.json", headers={b"content-length": length}).status_code == 413


def test_keys_that_nobody_reads_are_not_heaped_up(home):
    home.mkdir()
    runner = make_page(8126).runner
    for _ in range(1000):
        runner.press(" ")
    assert len(runner._keys) < 100


@pytest.mark.parametrize("word", ["", "/", "//"])
def test_no_name_names_nothing(home, word):
    record(home, FIRST)
    with History(home) as history, pytest.raises(HistoryError):
        edits.find(history, word)


@pytest.mark.parametrize("name", ["é" * 20, "\x1b[2J", "\udcff"])
def test_a_virtual_sensor_has_a_name_that_can_be_advertised(name):
    pytest.importorskip("bumble", reason="virtual sensors need the extra `virtual`")
    with pytest.raises(UsageError):
        parse_spec(f"virtual:toe-points,name={name}")
