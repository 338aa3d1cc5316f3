"""Deleting an athlete leaves nothing of the name, whatever commands made the data home."""

import io
import json
import shutil
import sys

import pytest

from imu_ankle.cli import run

pytest.importorskip("bumble", reason="virtual sensors need the extra `virtual`")
WHO = "quentin"  # a name that stands in no word of the program


@pytest.fixture(scope="module")
def lived_in(tmp_path_factory):
    """Return a data home on which every command that writes has been at work."""
    root = tmp_path_factory.mktemp("lived")
    home = root / "home"
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("IMU_ANKLE_HOME", str(home))
        patch.chdir(root)
        for name, seed in ((WHO, 1), ("bob", 2)):
            made = ["simulate", "toe-points", "--side", "left", "--reps", "3", "--seed", str(seed)]
            for number in range(3):
                at = f"2026-11-0{number + 1}T18:07:00+01:00"
                csv = root / f"{name}{number}.csv"
                assert run([*made, "--started-at", at, "--out", str(csv)]) == 0
                assert run(["import", str(csv), "--athlete", name]) == 0
        sensor = ["--sensor", "virtual:toe-points,side=left,reps=2,still=2.2", "--dose", "2"]
        words = ["--countdown", "0", "--athlete", WHO]
        assert run(["record", "toe-points", "--side", "left", *sensor, *words, "--raw"]) == 0
        patch.setattr(sys, "stdin", io.StringIO("\n\n\nq\n"))
        guided = ["--sensor", "virtual", "--exercises", "toe-points,mini-squats", "--dose", "2"]
        run(["session", *guided, *words])  # ends when nobody answers any more
        for words in (
            ["note", "last", f"seen by the sister of {WHO}"],
            ["edit", "2026-11-01", "--pain", "3"],
            ["edit", "2026-11-02T180700_bob", "--athlete", WHO],
            ["edit", f"2026-11-03T180700_{WHO}", "--athlete", "bob"],
            ["fix-side", "2026-11-01"],
            ["delete", f"2026-11-01T180700_{WHO}", "--yes"],
            ["athlete", WHO, "--injured", "left", "--event", "sprain", "--text", "rolled"],
            ["plan", "set", "--weak-ankles"],
            ["rescore"],
            ["index", "rebuild"],
            ["trends", "--athlete", WHO, "--csv", str(root / "t.csv")],
            ["report", "--out", str(root / "r.html")],
            ["export", "--out", str(root / "e.zip")],
            ["batch", str(home), "--out", str(root / "b.csv"), "--jobs", "1"],
            ["list"],
            ["doctor"],
        ):
            run(words)
    return home


@pytest.fixture
def home(lived_in, tmp_path, monkeypatch):
    shutil.copytree(lived_in, tmp_path / "home")
    monkeypatch.setenv("IMU_ANKLE_HOME", str(tmp_path / "home"))
    return tmp_path / "home"


def traces(home, name):
    """Return every file whose name or content has the name in it."""
    return [
        str(path.relative_to(home))
        for path in sorted(home.rglob("*"))
        if name in path.name.lower()
        or (path.is_file() and name.encode() in path.read_bytes().lower())
    ]


def test_nothing_is_left(home, capsys):
    assert len(traces(home, WHO)) > 10
    assert run(["delete", "--athlete", WHO, "--yes"]) == 0
    assert traces(home, WHO) == []
    capsys.readouterr()
    assert run(["list", "--json"]) == 0
    told = capsys.readouterr().out
    assert "bob" in told
    assert WHO not in told


def test_the_others_keep_what_is_theirs(home):
    def of_bob():
        return sorted(
            path.read_bytes()
            for path in home.rglob("*.csv")
            if json.loads(path.with_suffix(".json").read_text()).get("athlete") == "bob"
        )

    before = of_bob()
    assert run(["delete", "--athlete", WHO, "--yes"]) == 0
    assert of_bob() == before


@pytest.mark.parametrize("yes", [[], ["--yes"]])
def test_a_misspelt_name_is_no_athlete_and_nothing_goes(home, capsys, yes):
    before = {path: path.read_bytes() for path in home.rglob("*.csv")}
    capsys.readouterr()
    assert run(["delete", "--athlete", "quenton", *yes]) == 3
    err = capsys.readouterr().err
    assert "bob" in err
    assert f"Did you mean {WHO!r}?" in err
    assert {path: path.read_bytes() for path in home.rglob("*.csv")} == before


def test_no_alignment_stays_behind(home):
    assert list((home / "alignments").glob("*")) == []
