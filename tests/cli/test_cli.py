"""The command line: results on stdout, words on stderr, exit codes of the specification."""

import errno
import json
import os
import subprocess
import sys
from typing import Any

import numpy as np
import pytest

from imu_ankle.bluetooth.link import Found
from imu_ankle.cli import run, scanning
from imu_ankle.core.options import Eyes
from imu_ankle.core.recording import Sidecar
from imu_ankle.io.csvfile import write_recording
from imu_ankle.simulation.catalogue import SIMULATIONS
from tests.helpers import BALANCE, HOPS, JUMPS, balance, changed, stance_only

HEAVY = ("numpy", "scipy", "pandas", "matplotlib", "bleak")


@pytest.fixture
def trial(tmp_path):
    path = tmp_path / "trial.csv"
    assert run(["simulate", BALANCE, "--out", str(path), "--side", "left", "--seed", "7"]) == 0
    return path


def loaded_by(*arguments):
    code = (
        "import sys\nfrom imu_ankle.cli import run\n"
        f"status = run({list(arguments)!r})\n"
        f"print([name for name in {HEAVY!r} if name in sys.modules], file=sys.stderr)\n"
        "sys.exit(status)"
    )
    return subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)


@pytest.mark.parametrize(
    "words", [["--help"], ["--version"], ["analyze", "--help"], ["import", "--help"]]
)
def test_help_loads_nothing_heavy(words):
    assert loaded_by(*words).stderr.strip().splitlines()[-1] == "[]"


def test_importing_the_package_loads_nothing_heavy():
    code = f"import sys, imu_ankle; print([n for n in {HEAVY!r} if n in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_analyze_prints_the_json_of_the_specification(trial, capsys):
    capsys.readouterr()
    assert run(["analyze", str(trial), "--json"]) == 0
    result = json.loads(capsys.readouterr().out)
    assert list(result) == [
        "schema", "version", "metric_set", "file", "exercise", "side", "leg", "placement", "inputs",
        "spans", "reps", "score", "score_band", "metrics", "events", "quality", "dose",
    ]  # fmt: skip
    assert (result["exercise"], result["side"], result["leg"]) == (BALANCE, "left", "left")
    assert result["reps"] is None
    low, high = result["score_band"]
    assert 0 < low < result["score"] < high < 100
    assert set(result["quality"]) == {
        "grade", "reasons", "rate_hz", "lost_fraction", "longest_gap_s", "clipped_fraction",
    }  # fmt: skip
    assert set(result["dose"]) == {"target", "done", "unit"}
    for metric in result["metrics"].values():
        assert set(metric) == {"value", "unit", "n"}
    for event in result["events"]:
        assert {"start_s", "end_s", "rejected", "kind"} <= set(event)
    assert result["inputs"]["simulated"] is True


def test_analyze_shows_people_score_band_and_wording(trial, capsys):
    assert run(["analyze", str(trial)]) == 0
    shown = capsys.readouterr().out
    assert "score" in shown
    assert "by the length of this one trial alone" in " ".join(shown.split())
    assert "not a medical device" in " ".join(shown.split())
    assert "SIMULATED" in shown


def test_the_same_file_gives_the_same_bytes(trial, capsys):
    capsys.readouterr()
    texts = []
    for _ in range(2):
        run(["analyze", str(trial), "--json"])
        texts.append(capsys.readouterr().out)
    assert texts[0] == texts[1]


@pytest.mark.parametrize("ending", ["png", "svg", "pdf"])
def test_a_picture_is_drawn(trial, tmp_path, ending, capsys):
    picture = tmp_path / f"a.{ending}"
    assert run(["analyze", str(trial), "--plot", str(picture)]) == 0
    assert picture.stat().st_size > 5000
    assert str(picture) in capsys.readouterr().err


def test_plot_alone_names_the_picture_after_the_recording(trial, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert run(["analyze", "--plot", str(trial)]) == 0
    assert (tmp_path / "trial.png").exists()


def test_recordings_of_one_name_get_pictures_of_their_own(trial, tmp_path, monkeypatch):
    for day in ("monday", "tuesday"):
        (tmp_path / day).mkdir()
        for ending in (".csv", ".json"):
            (tmp_path / day / f"t{ending}").write_bytes(trial.with_suffix(ending).read_bytes())
    monkeypatch.chdir(tmp_path)
    assert run(["analyze", "monday", "tuesday", "--plot"]) == 0
    assert sorted(p.name for p in tmp_path.glob("*.png")) == ["monday-t.png", "tuesday-t.png"]


def test_a_picture_that_can_not_be_drawn_is_refused_before_the_work(trial, capsys):
    capsys.readouterr()
    assert run(["analyze", str(trial), "--plot", "a.jpg"]) == 2
    assert capsys.readouterr().out == ""


def test_a_flag_beats_the_sidecar_and_is_recorded(trial, capsys):
    capsys.readouterr()
    run(["analyze", str(trial), "--side", "right", "--eyes", "closed", "--json"])
    result = json.loads(capsys.readouterr().out)
    assert result["side"] == "right"
    assert result["inputs"]["eyes"] == "closed"
    assert result["inputs"]["flags"] == ["side", "eyes"]


def test_conditions_of_the_sidecar_are_used(tmp_path, capsys):
    recording, _ = balance(seed=3)
    from imu_ankle.core.options import Side
    from imu_ankle.core.recording import Condition

    sidecar = Sidecar(exercise=BALANCE, side=Side.RIGHT, condition=Condition(eyes=Eyes.CLOSED))
    write_recording(changed(recording, sidecar=sidecar), tmp_path / "a.csv")
    run(["analyze", str(tmp_path / "a.csv"), "--json"])
    assert json.loads(capsys.readouterr().out)["inputs"]["eyes"] == "closed"


@pytest.mark.parametrize(
    ("missing", "given"), [("exercise", ["--side", "left"]), ("side", ["--exercise", BALANCE])]
)
def test_what_nobody_knows_is_asked_for_and_exit_2(tmp_path, missing, given, capsys):
    write_recording(stance_only(), tmp_path / "a.csv")
    (tmp_path / "a.json").unlink()
    assert run(["analyze", str(tmp_path / "a.csv"), *given]) == 2
    assert f"--{missing}" in capsys.readouterr().err


def test_unknown_words_are_exit_2_and_list_the_known_ones(trial, capsys):
    assert run(["analyze", str(trial), "--side", "middle"]) == 2
    assert "left, right" in capsys.readouterr().err
    assert run(["analyze", str(trial), "--bogus"]) == 2
    assert run(["analyze"]) == 2
    assert run(["analyze", str(trial), "--exercise", "juggling"]) == 2


def test_an_unreadable_file_is_exit_3_and_an_error_object(tmp_path, capsys):
    path = tmp_path / "none.csv"
    assert run(["analyze", str(path), "--json"]) == 3
    out = capsys.readouterr()
    assert json.loads(out.out)["error"]["code"] == "not_found"
    assert "there is no file" in out.err


def test_an_error_of_the_system_or_in_the_words_is_an_error_object_too(
    trial, tmp_path, monkeypatch, capsys
):
    capsys.readouterr()
    assert run(["analyze", str(trial), "--bogus", "--json"]) == 2
    usage = json.loads(capsys.readouterr().out)["error"]
    assert usage["code"] == "usage"
    assert "--bogus" in usage["message"]

    def full(*_, **__):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr("imu_ankle.cli.batching.run_batch", full)
    assert run(["batch", str(tmp_path), "--out", str(tmp_path / "a.csv"), "--json"]) == 1
    system = json.loads(capsys.readouterr().out)["error"]
    assert system == {
        "code": "system",
        "message": "can't go on: No space left on device; make room and try again",
    }


def test_not_analysable_is_exit_5_with_the_result_still_printed(trial, capsys):
    capsys.readouterr()
    assert run(["analyze", str(trial), "--placement", "free-foot", "--json"]) == 5
    result = json.loads(capsys.readouterr().out)
    assert result["quality"]["grade"] == "invalid"
    assert result["quality"]["reasons"] == ["wrong_placement"]
    assert result["score"] is None
    assert result["reps"] is None
    assert all(metric["value"] is None for metric in result["metrics"].values())
    assert result["leg"] == "right"


def test_several_files_are_a_list_in_order_and_exit_6_when_some_fail(trial, tmp_path, capsys):
    bad = tmp_path / "bad.csv"
    bad.write_text("")
    capsys.readouterr()
    assert run(["analyze", str(trial), str(bad), str(trial), "--json"]) == 6
    first, second, third = json.loads(capsys.readouterr().out)
    assert first == third
    assert second == {
        "schema": 1,
        "file": str(bad),
        "error": {"code": "empty_file", "message": "bad.csv is empty"},
    }


def test_a_folder_is_a_list_too(trial, capsys):
    capsys.readouterr()
    assert run(["analyze", str(trial.parent), "--json"]) == 0
    assert len(json.loads(capsys.readouterr().out)) == 1


def test_an_empty_folder_is_exit_3(tmp_path):
    assert run(["analyze", str(tmp_path)]) == 3


def test_ctrl_c_is_exit_130(trial, monkeypatch, capsys):
    def interrupted(*_, **__):
        raise KeyboardInterrupt

    monkeypatch.setattr("imu_ankle.cli.analyze.run_all", interrupted)
    assert run(["analyze", str(trial)]) == 130
    assert "interrupted" in capsys.readouterr().err


def test_import_writes_beside_the_original_and_says_what_it_assumed(tmp_path, capsys):
    recording = stance_only(100.0, 3.0)
    rows = np.column_stack([recording.time_s, recording.gyr_dps, recording.acc_mps2 / 9.80665])
    header = (
        "Time (s),Gyroscope X (deg/s),Gyroscope Y (deg/s),Gyroscope Z (deg/s),"
        "Accelerometer X (g),Accelerometer Y (g),Accelerometer Z (g)"
    )
    path = tmp_path / "sensors.csv"
    np.savetxt(path, rows, delimiter=",", header=header, comments="")
    assert run(["import", str(path), "--dry-run"]) == 0
    assert "nothing written" in capsys.readouterr().out
    assert sorted(p.name for p in tmp_path.iterdir()) == ["sensors.csv"]
    assert run(["import", str(path), "--side", "left", "--exercise", BALANCE]) == 0
    assert "acceleration in g, from the header" in capsys.readouterr().err
    converted = tmp_path / "sensors_imu_ankle.csv"
    assert run(["analyze", str(converted), "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["side"] == "left"


def test_import_never_overwrites_the_original(tmp_path, capsys):
    path = tmp_path / "a.csv"
    write_recording(stance_only(), path)
    before = path.read_bytes()
    assert run(["import", str(path), "--out", str(path)]) == 2
    assert path.read_bytes() == before
    assert "--out" in capsys.readouterr().err


def test_import_and_simulate_replace_what_they_made_and_no_other_recording(trial, tmp_path, capsys):
    recorded, export = tmp_path / "recorded.csv", tmp_path / "export.csv"
    write_recording(stance_only(), recorded)
    export.write_text(recorded.read_text().replace("acc_x_mps2", "Acc_X (m/s2)"))
    before = recorded.read_bytes()
    simulate, convert = (
        ["simulate", BALANCE, "--side", "left", "--out"],
        ["import", str(export), "--out"],
    )
    for words in (simulate, convert):
        assert run([*words, str(recorded)]) == 2
        assert "is a recording; name another" in capsys.readouterr().err
    assert recorded.read_bytes() == before
    assert run([*simulate, str(trial)]) == 0
    converted = str(tmp_path / "converted.csv")
    assert run([*convert, converted]) == run([*convert, converted]) == 0


def test_calibrate_from_six_poses(tmp_path, home, capsys):
    from imu_ankle.core.recording import Recording
    from tests.analysis.test_calibration import session

    acc, gyr = session(scale=(1.02, 0.97, 1.01))
    recording = Recording(time_s=np.arange(len(acc)) / 100.0, acc_mps2=acc, gyr_dps=gyr)
    path = tmp_path / "six.csv"
    write_recording(recording, path)
    assert run(["calibrate", str(path)]) == 2
    assert "--serial" in capsys.readouterr().err
    assert run(["calibrate", str(path), "--serial", "S-1", "--json"]) == 0
    made = json.loads(capsys.readouterr().out)
    assert made["acc_matrix"][0][0] == pytest.approx(1.02, rel=1e-5)
    assert (home / "calibrations" / "S-1.json").exists()


@pytest.mark.parametrize("motion", SIMULATIONS)
def test_simulate_writes_recording_sidecar_and_truth(tmp_path, motion, capsys):
    path = tmp_path / "s.csv"
    assert run(["simulate", motion, "--out", str(path), "--seed", "3", "--rate", "52"]) == 0
    assert "simulated" in capsys.readouterr().out
    sidecar = json.loads((tmp_path / "s.json").read_text())
    assert sidecar["simulated"] is True
    assert sidecar["seed"] == 3
    truth = json.loads((tmp_path / "s.truth.json").read_text())
    assert truth["simulated"] is True
    first = path.read_bytes()
    run(["simulate", motion, "--out", str(path), "--seed", "3", "--rate", "52"])
    assert path.read_bytes() == first


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["flying"], "lateral-hops"),
        ([HOPS, "--variation", "backward"], "flat-landing"),
        (["walking", "--variation", "fast"], "no variations"),
        ([HOPS, "--wearer", "nobody"], "expert"),
        ([HOPS, "--mount", "hat"], "laces"),
        ([HOPS, "--side", "middle"], "left, right"),
        ([HOPS, "--started-at", "monday"], "--started-at"),
    ],
)
def test_what_can_not_be_simulated_is_exit_2_and_lists_what_can(tmp_path, words, told, capsys):
    assert run(["simulate", *words, "--out", str(tmp_path / "a.csv")]) == 2
    assert told in capsys.readouterr().err


def test_a_simulated_bad_radio_shows_in_the_file_and_is_set_right_on_reading(tmp_path, capsys):
    path = tmp_path / "s.csv"
    # long enough for every fault of that radio
    assert run(["simulate", HOPS, "--reps", "15", "--lossy", "--out", str(path)]) == 0
    seq = [int(line.rsplit(",", 1)[1]) for line in path.read_text().splitlines()[1:]]
    assert seq != sorted(seq)
    assert len(set(seq)) < len(seq)
    capsys.readouterr()
    assert run(["analyze", str(path), "--json"]) == 0
    result = json.loads(capsys.readouterr().out)
    assert result["reps"] == 15
    assert any("out of order" in repair for repair in result["inputs"]["repairs"])


@pytest.mark.parametrize("exercise", [HOPS, JUMPS])
def test_counted_exercises_print_what_the_specification_names(tmp_path, exercise, capsys):
    path = tmp_path / "s.csv"
    run(["simulate", exercise, "--side", "left", "--reps", "11", "--out", str(path)])
    capsys.readouterr()
    assert run(["analyze", str(path), "--json", "--plot", str(tmp_path / "s.png")]) == 0
    result = json.loads(capsys.readouterr().out)
    assert (result["reps"], result["score"], result["dose"]["done"]) == (11, None, 11)
    named = {
        "flight_s", "contact_s", "cadence_per_min", "height_m", "rsi_mps", "impact_g", "settle_s",
        "set_s", "fatigue_pct",
    }  # fmt: skip
    keys = {"takeoff_s", "landing_s", "flight_s", "contact_s", "impact_g", "impact_clipped"}
    if exercise == HOPS:
        named |= {"lateral_m", "lateral_cv_pct", "reached_count"}
        keys |= {"lateral_m", "toward", "reached"}
    else:
        named |= {"longest_pause_s"}
        keys |= {"height_m"}
    assert named <= set(result["metrics"])
    for event in result["events"]:
        assert event["rejected"] is not None or keys <= set(event)
    assert run(["analyze", str(path)]) == 0
    assert "11 of 20 reps" in capsys.readouterr().out


def test_a_recording_without_a_hop_is_exit_0_and_a_wrong_placement_exit_5(tmp_path, capsys):
    path = tmp_path / "s.csv"
    run(["simulate", "walking", "--side", "left", "--out", str(path)])
    capsys.readouterr()
    assert run(["analyze", str(path), "--exercise", HOPS, "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["reps"] == 0
    words = ["analyze", str(path), "--exercise", HOPS, "--placement", "waist"]
    assert run([*words, "--json"]) == 5
    result = json.loads(capsys.readouterr().out)
    assert result["reps"] is None
    assert all(metric["value"] is None for metric in result["metrics"].values())
    assert run(words) == 5
    assert "wear it on the shoe of the working foot" in " ".join(capsys.readouterr().out.split())


def test_a_reader_that_went_away_is_no_error(trial):
    command = f"{sys.executable} -m imu_ankle analyze {trial} --json | head -c 10"
    done = subprocess.run(
        ["/bin/sh", "-c", command],
        capture_output=True,
        text=True,
        check=False,
        env=dict(os.environ),
    )
    assert "Traceback" not in done.stderr


def test_where_no_exercise_is_recognised_it_says_so(tmp_path, capsys):
    path = tmp_path / "walk.csv"
    assert run(["simulate", "walking", "--out", str(path), "--side", "left"]) == 0
    capsys.readouterr()
    assert run(["analyze", str(path), "--exercise", "auto"]) == 0
    assert "no exercise was recognised" in capsys.readouterr().out
    assert run(["analyze", str(path), "--exercise", "auto", "--json"]) == 0
    result = json.loads(capsys.readouterr().out)
    assert (result["exercise"], result["sets"]) == ("unknown", [])


@pytest.mark.parametrize("name", ["[/b]x", "[bold]y", None])
def test_a_name_from_outside_is_shown_as_it_is(name, capsys):
    device: Any = None  # the table doesn't look at it
    found = Found(
        address="AA:BB", name=name, sensor=None, rssi_dbm=-60, battery_pct=None, device=device
    )
    scanning._print([found])
    assert (name or "–") in capsys.readouterr().out
