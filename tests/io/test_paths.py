"""No name leads out of the data home: of athletes, sensors, sessions; by links, dots or devices."""

import os
import re
import zipfile
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from imu_ankle.cli import run
from imu_ankle.core.errors import HistoryError, ImuAnkleError, RecordingError, UsageError
from imu_ankle.core.recording import SensorInfo, Sidecar
from imu_ankle.history import edits
from imu_ankle.history.athletes import athlete_path
from imu_ankle.history.export import NUMBERS, write_zip
from imu_ankle.history.sessions import place_trial
from imu_ankle.history.share import share_of
from imu_ankle.history.store import History
from imu_ankle.io.calibrations import calibration_path, find_calibration
from imu_ankle.io.csvfile import read_recording, sidecar_of, write_recording
from imu_ankle.io.home import check_name
from imu_ankle.web.runner import known_file
from tests.fuzz.mutants import TEXTS, tries
from tests.helpers import changed, stance_only
from tests.history.homes import FIRST, fill, record

EVIL = [
    "../x", "..", ".", "/etc/passwd", "a/b", "a\\b", "C:x", "a\0b", "con", "NUL", "com1", "x" * 41, "", " ", "a.b", "é",
    "a\nb", "-" * 300, "~root", "$HOME", "*", "a:b",
]  # fmt: skip


@pytest.mark.parametrize("name", EVIL)
def test_no_athlete_has_a_name_that_leads_anywhere(home, name):
    with pytest.raises(UsageError):
        check_name(name)
    with pytest.raises(UsageError):
        athlete_path(home, name)
    with pytest.raises(UsageError):
        place_trial(name, "toe-points", "left", FIRST, home=home)
    assert not home.exists()


@pytest.mark.parametrize(
    "words",
    [["note", "{}", "x"], ["delete", "{}", "--yes"], ["edit", "{}", "--shoe", "x"], ["fix-side", "{}"],
     ["show", "{}"], ["athlete", "{}"], ["delete", "--athlete", "{}", "--yes"], ["export", "--athlete", "{}", "--out", "x.zip"]],
    ids=lambda words: words[0],
)  # fmt: skip
def test_no_command_takes_such_a_name(home, tmp_path, words, monkeypatch, capsys):
    fill(home, sessions=1)
    monkeypatch.chdir(tmp_path)
    with History(home):
        before = {path: path.read_bytes() for path in home.glob("sessions/*/*")}
    outside = tmp_path / "outside.csv"
    outside.write_text("x")
    for name in (*EVIL, "../../outside.csv", str(outside)):
        if name.startswith("-") or (words[0] == "show" and name == str(outside)):
            continue  # an option; a recording that is named by its path
        assert run([word.replace("{}", name) for word in words]) not in {0, None}, name
    capsys.readouterr()
    assert {path: path.read_bytes() for path in home.glob("sessions/*/*")} == before
    assert {path.name for path in tmp_path.iterdir()} == {"home", "outside.csv"}


@tries(200)
@given(TEXTS | st.text(max_size=300))
def test_a_calibration_lies_where_calibrations_lie(serial):
    path = calibration_path(serial)
    assert path.parent.name == "calibrations"
    assert re.fullmatch(r"[A-Za-z0-9_-][A-Za-z0-9._-]{0,110}\.json", path.name)
    assert path.name.split(".")[0].upper() not in {"CON", "NUL", "AUX", "PRN", "COM1"}


def test_a_sensor_may_say_anything_as_its_serial(tmp_path):
    said = SensorInfo(serial="../" * 200)
    path = tmp_path / "a.csv"
    write_recording(changed(stance_only(seconds=2.0), sidecar=Sidecar(sensor=said)), path)
    assert read_recording(path).calibration is None
    assert find_calibration("x" * 5000) is None


@pytest.mark.parametrize("path", ["a\0b.csv", "x" * 5000, "", "/", "/dev/null", "nothing/.."])
def test_paths_that_are_none_are_told(path, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(RecordingError):
        read_recording(path)


@pytest.mark.skipif(os.name != "posix", reason="needs links")
def test_links_out_of_the_data_home_are_not_followed(home, tmp_path):
    csv = record(home, FIRST)
    outside = tmp_path / "outside"
    outside.mkdir()
    secret = outside / "secret.csv"
    secret.write_bytes(csv.read_bytes())
    secret.with_suffix(".json").write_bytes(csv.with_suffix(".json").read_bytes())
    (home / "sessions" / "2026-09-07_1800_anna").symlink_to(outside)
    (csv.parent / "linked.csv").symlink_to(secret)
    (csv.parent / "session.json.bak").symlink_to(secret)
    csv.with_name(f"{csv.stem}.note.txt").symlink_to(secret)
    before = {path.name: path.read_bytes() for path in outside.iterdir()}
    with History(home) as history:
        assert [history.path(entry) for entry in history.entries()] == [csv]
        write_zip(share_of(history), tmp_path / "all.zip")
        with pytest.raises(HistoryError):
            edits.find(history, "secret")
        edits.delete(history, history.entries())
        edits.undo_delete(history)
        edits.forget_athlete(history, "anna")
    with pytest.raises(ImuAnkleError):
        known_file(home, "sessions/2026-09-07_1800_anna/secret.csv")
    with zipfile.ZipFile(tmp_path / "all.zip") as packed:
        assert not any("link" in name or "note" in name for name in packed.namelist())
    assert {path.name: path.read_bytes() for path in outside.iterdir()} == before


def test_a_zip_has_relative_names_that_stay_inside(home, tmp_path):
    csvs = fill(home, sessions=2)
    odd = csvs[0].with_name("from.somewhere else.csv")
    odd.write_bytes(csvs[0].read_bytes())
    odd.with_suffix(".json").write_bytes(csvs[0].with_suffix(".json").read_bytes())
    with History(home) as history:
        write_zip(share_of(history), tmp_path / "all.zip")
    with zipfile.ZipFile(tmp_path / "all.zip") as packed:
        names = packed.namelist()
        packed.extractall(tmp_path / "again")
    assert len(names) == len(set(names)) == 3 + 3 * 5
    for name in names:
        assert not name.startswith(("/", "\\"))
        assert ".." not in name.split("/")
        assert ":" not in name
        if name != NUMBERS:  # it's made for the zip
            assert (tmp_path / "again" / name).read_bytes() == (home / name).read_bytes()
    assert str(odd.relative_to(home)) in names


@pytest.mark.parametrize("said", ["../evil", "/etc", "CON", 5, None, "x" * 300, ["a"]])
def test_what_a_sidecar_says_of_its_athlete_is_no_path(home, said):
    csv = record(home, FIRST)
    sidecar = sidecar_of(csv)
    changed_one = replace(sidecar, extra={**sidecar.extra, "athlete": said})
    write_recording(changed(read_recording(csv), sidecar=changed_one), csv)
    with History(home) as history:
        (entry,) = history.entries()
        assert entry.facts.athlete in {"anna", "CON"}
        assert history.path(entry) == csv
