"""The guided session: through the plan with a virtual sensor, a recording, and a broken-off start."""

import io
import json
import sys

import pytest

from imu_ankle.cli import run
from imu_ankle.session.unfinished import UnfinishedSession, read_unfinished, save_unfinished

pytest.importorskip("bumble", reason="virtual sensors need the extra `virtual`")

SHORT = ["--countdown", "0", "--dose", "2", "--exercises", "mini-squats"]


@pytest.fixture
def home(tmp_path, monkeypatch):
    monkeypatch.setenv("IMU_ANKLE_HOME", str(tmp_path))
    return tmp_path


def answers(monkeypatch, *lines):
    monkeypatch.setattr(sys, "stdin", io.StringIO("".join(f"{line}\n" for line in lines)))


def test_a_set_is_recorded_with_pain_and_note_and_another_is_skipped(home, monkeypatch, capsys):
    # clip, begin, pain (a wrong one first), note, go on; clip, skip
    answers(monkeypatch, "", "", "much", "3", "left felt weak", "", "", "s")
    assert run(["session", "--sensor", "virtual", "--json", *SHORT]) == 0
    out, err = capsys.readouterr()
    (told,) = json.loads(out)["sets"]
    assert told["step"] == "mini-squats/left/1"
    assert told["pain"] == 3
    assert told["result"]["reps"] == 2
    assert "no number from 0 to 10" in err
    assert "1 set recorded, 1 skipped" in err
    (sidecar,) = [p for p in home.rglob("*mini-squats*.json") if "score" not in p.name]
    kept = json.loads(sidecar.read_text())
    assert (kept["pain"], kept["notes"]) == (3, "left felt weak")
    assert (kept["placement"], kept["exercise"]) == ("shank", "mini-squats")
    assert read_unfinished(home, "me") is None


def test_a_session_broken_off_goes_on_where_it_was(home, monkeypatch, capsys):
    answers(monkeypatch, "", "s", "q")
    assert run(["session", "--sensor", "virtual", *SHORT]) == 130
    left = read_unfinished(home, "me")
    assert left is not None
    assert left.skipped == ("mini-squats/left/1",)
    answers(monkeypatch, "", "", "s")
    assert run(["session", "--sensor", "virtual", *SHORT]) == 0
    err = capsys.readouterr().err
    assert "mini squats, right leg" in err.lower()
    assert "set 1 of 1" in err


def test_the_end_of_input_ends_the_session_and_keeps_it(home, monkeypatch):
    answers(monkeypatch, "", "s")
    assert run(["session", "--sensor", "virtual", *SHORT]) == 130
    assert read_unfinished(home, "me") is not None


def test_only_what_the_athlete_does_is_asked_for_unless_named(home, monkeypatch, capsys):
    assert run(["athlete", "me", "--exercises", "toe-points,mini-squats"]) == 0
    for words, sets in ([], 3), (["--exercises", "lateral-hops"], 2):
        answers(monkeypatch, "q")
        capsys.readouterr()
        assert run(["session", "--sensor", "virtual", *words]) == 130
        assert f"set 1 of {sets}:" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["--exercises", "heel-raise"], "'heel-raise' is not an exercise"),
        (["--sensor", "nowhere.csv", "--exercises", "mini-squats"], "there is no file nowhere.csv"),
    ],
)
def test_a_slip_of_the_pen_is_told(home, capsys, words, told):
    assert run(["session", "--yes", *words]) == 2
    assert told in capsys.readouterr().err


def test_an_old_or_broken_state_is_none(home):
    save_unfinished(home, UnfinishedSession(athlete="me", began="2020-01-01T00:00:00+00:00"))
    assert read_unfinished(home, "me") is None
    (home / "session_me.json").write_text("{")
    assert read_unfinished(home, "me") is None


def test_alignment_is_checked_after_clipping_on_a_shoe_and_told(home, monkeypatch, capsys):
    words = ["--countdown", "0", "--dose", "2", "--exercises", "toe-points", "--yes", "--json"]
    assert run(["session", "--sensor", "virtual", *words]) == 0
    out, err = capsys.readouterr()
    assert "alignment: 2 rises of" in err
    assert json.loads(out)["sets"][0]["result"]["reps"] == 2


def test_a_recording_is_played_in_place_of_a_sensor(home, tmp_path, monkeypatch, capsys):
    folder = tmp_path / "mine"
    folder.mkdir()
    made = ["simulate", "mini-squats", "--side", "left", "--reps", "3", "--out"]
    assert run([*made, str(folder / "a.csv")]) == 0
    answers(monkeypatch, "", "", "", "", "", "", "s")
    words = ["--countdown", "0", "--dose", "3", "--exercises", "mini-squats", "--json"]
    assert run(["session", "--sensor", str(folder), *words]) == 0
    out = capsys.readouterr().out
    assert json.loads(out[out.index("{") :])["sets"][0]["result"]["reps"] == 3
