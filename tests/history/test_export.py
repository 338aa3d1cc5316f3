"""Everything in open formats; and without what tells whose it is."""

import json
import os
import random
import stat
import zipfile
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from imu_ankle.cli import run
from imu_ankle.core.errors import HistoryError, UsageError
from imu_ankle.core.recording import Cue, SensorInfo, Sidecar
from imu_ankle.history.export import NUMBERS, write_table, write_zip
from imu_ankle.history.naming import draw_pseudonyms
from imu_ankle.history.plans import read_plan
from imu_ankle.history.share import share_of
from imu_ankle.history.store import History
from imu_ankle.io import tables
from imu_ankle.io.calibrations import load_calibration
from imu_ankle.io.csvfile import read_recording
from imu_ankle.io.sidecar import read_sidecar
from imu_ankle.progress.athlete import Athlete
from tests.history.homes import fill
from tests.history.personal import SERIALS, tells


@pytest.fixture
def history(personal):
    return personal


@pytest.fixture
def nameless(history, tmp_path):
    """Return a zip without names, unpacked, as a history."""
    write_zip(share_of(history, deidentify=True), tmp_path / "nameless.zip")
    with History(unpacked(tmp_path / "nameless.zip", tmp_path / "nameless")) as opened:
        yield opened


def unpacked(packed, folder):
    with zipfile.ZipFile(packed) as opened:
        assert opened.testzip() is None
        opened.extractall(folder)
    return folder


def followed(history, athlete):
    """Return the trends of an athlete without dates and names."""
    return [
        (
            trend.spec.key, trend.series.exercise, trend.series.leg, trend.series.placement,
            trend.sessions.value.tolist(), trend.sessions.trials.tolist(),
            repr(trend.sessions.rolling), trend.sessions.after_gap.tolist(),
            repr(trend.comparison), repr(trend.slope), trend.best and trend.best.value,
            [day.isoweekday() for day in trend.sessions.day],
            [(day - trend.sessions.day[0]).days for day in trend.sessions.day],
        )
        for trend in history.trends(athlete)
    ]  # fmt: skip


def alias(nameless, trials):
    """Return the pseudonym of who has so many trials."""
    counts = nameless.recordings()["athlete"].astype(object).value_counts()
    (name,) = counts.index[counts == trials]
    return name


def test_a_zip_is_a_data_home(history, tmp_path):
    written = write_zip(share_of(history), tmp_path / "all.zip")
    assert written.left_out == ()
    with zipfile.ZipFile(tmp_path / "all.zip") as opened:
        names = opened.namelist()
        assert len(names) == len(set(names)) == written.files
        for name in names:
            assert not Path(name).is_absolute()
            assert ".." not in Path(name).parts
            assert "\\" not in name
    home = unpacked(tmp_path / "all.zip", tmp_path / "again")
    kinds = ["sessions", "athletes", "calibrations"]
    lying = {p for kind in kinds for p in (history.home / kind).rglob("*") if p.is_file()}
    for path in (*lying, history.home / "plan.toml"):
        assert (home / path.relative_to(history.home)).read_bytes() == path.read_bytes()
    assert {name for name in names if "/" not in name} == {"plan.toml", NUMBERS}
    with History(home) as again:
        assert again.refreshed.scored == 0
        pd.testing.assert_frame_equal(again.metrics(), history.metrics())
        for athlete in ("Anna-Maria", "bob"):
            assert followed(again, athlete) == followed(history, athlete) != []
        assert again.athlete("Anna-Maria") == history.athlete("Anna-Maria")
    assert pd.read_csv(home / NUMBERS)["value"].equals(share_of(history).table()["value"])


def test_a_zip_of_one_athlete_has_nothing_of_another(history, tmp_path):
    write_zip(share_of(history, athlete="bob"), tmp_path / "bob.zip")
    home = unpacked(tmp_path / "bob.zip", tmp_path / "bob")
    inside = [path for path in home.rglob("*") if path.is_file()]
    assert not [path for path in inside if "anna" in str(path).lower()]
    assert [load_calibration(p).serial for p in home.glob("calibrations/*")] == [SERIALS[1]]
    assert len(pd.read_csv(home / NUMBERS)["trial"].unique()) == 5


def test_a_table_is_the_same_as_csv_and_as_parquet(history, tmp_path):
    pytest.importorskip("pyarrow", reason="pip install pyarrow")
    share = share_of(history)
    assert write_table(share, tmp_path / "a.csv") == write_table(share, tmp_path / "a.parquet")
    csv, parquet = pd.read_csv(tmp_path / "a.csv"), pd.read_parquet(tmp_path / "a.parquet")
    assert list(csv.columns) == list(parquet.columns)
    assert set(csv.loc[csv["key"] == "sway_rms_dps", "unit"]) == {"deg/s"}
    kinds = {name: parquet[name].dtype.kind for name in ("value", "utc_s", "n", "simulated")}
    assert kinds == {"value": "f", "utc_s": "f", "n": "i", "simulated": "b"}
    for name in csv.columns:
        texts = [
            each[name].astype(object).where(each[name].notna(), None) for each in (csv, parquet)
        ]
        if parquet[name].dtype.kind == "f":
            np.testing.assert_array_equal(csv[name], parquet[name])
        else:
            assert [str(x or "") for x in texts[0]] == [str(x or "") for x in texts[1]], name


def test_a_parquet_of_one_has_no_word_of_the_other(history, tmp_path):
    arrow = pytest.importorskip("pyarrow.parquet", reason="pip install pyarrow")
    write_table(share_of(history, athlete="bob"), tmp_path / "bob.parquet")
    table = arrow.read_table(tmp_path / "bob.parquet", read_dictionary=["athlete", "shoe"])
    words = {
        word
        for name in ("athlete", "shoe")
        for chunk in table[name].chunks
        for word in chunk.dictionary.to_pylist()
    }
    assert words == {"bob", "Hoka of Bob"}


def test_without_pyarrow_it_is_said_what_to_install(history, tmp_path, monkeypatch):
    monkeypatch.setattr(tables, "find_spec", lambda _: None)
    with pytest.raises(UsageError, match=r"pip install 'imu-ankle\[parquet\]'") as caught:
        write_table(share_of(history), tmp_path / "a.parquet")
    assert caught.value.code == "missing_extra"
    assert list(tmp_path.iterdir()) == []


def test_nothing_in_a_nameless_zip_tells_who_or_when(history, tmp_path):
    out = tmp_path / "nameless.zip"
    written = write_zip(share_of(history, deidentify=True), out)
    assert written.left_out == ()
    with zipfile.ZipFile(out) as opened:
        assert opened.comment == b""
        for member in opened.infolist():
            assert tells(member.filename) == []
            assert member.date_time == (1980, 1, 1, 0, 0, 0)
            assert member.extra == member.comment == b""
            content = opened.read(member).decode()
            assert tells(content) == [], member.filename
            if member.filename.endswith(".score.json"):
                assert json.loads(content)["csv_stamp"] == ""
    assert tells(out.read_bytes().decode("latin-1")) == []
    with zipfile.ZipFile(out) as opened:
        kinds = {name.split("/")[0] for name in opened.namelist()}
        assert kinds == {"sessions", "athletes", "calibrations", "plan.toml", NUMBERS}
        assert not [name for name in opened.namelist() if "packets" in name]


def test_this_search_finds_what_it_is_for(history, tmp_path):
    write_zip(share_of(history), tmp_path / "all.zip")
    with zipfile.ZipFile(tmp_path / "all.zip") as opened:
        telling = [m.filename for m in opened.infolist() if tells(opened.read(m).decode())]
    assert {Path(name).suffix for name in telling} == {".json", ".csv", ".toml", ".bin"}


def test_a_nameless_home_has_the_same_trends(history, nameless):
    assert nameless.refreshed.scored == 0
    assert nameless.refreshed.reports == []
    for name, trials in (("Anna-Maria", 20), ("bob", 5)):
        assert followed(nameless, alias(nameless, trials)) == followed(history, name) != []
    assert nameless.metrics()["value"].sort_values().tolist() == (
        history.metrics()["value"].sort_values().tolist()
    )


def test_a_nameless_home_scores_the_same_anew(history, nameless, monkeypatch):
    monkeypatch.setenv("IMU_ANKLE_HOME", str(nameless.home))  # where calibrations are
    before = nameless.metrics()
    for path in nameless.home.rglob("*.score.json"):
        path.unlink()
    nameless.rebuild()
    assert nameless.refreshed.scored == 25
    pd.testing.assert_frame_equal(nameless.metrics(), before)
    calibrated = [
        nameless.result(e)["inputs"]["calibration"] for e in nameless.entries() if not e.error
    ]
    assert {each["serial"] for each in calibrated} == {"sensor-1", "sensor-2"}


def test_dates_move_by_whole_weeks_and_not_against_each_other(history, nameless):
    who = alias(nameless, 20)
    old = [e.facts for e in history.entries(athlete="Anna-Maria")]
    new = [e.facts for e in nameless.entries(athlete=who)]
    told = [facts for facts in old if facts.utc_s is not None and facts.utc_s > 1e9]
    moved = [facts for facts in new if facts.utc_s is not None]
    assert len(old) == len(new)
    assert len(told) == len(moved) == 18  # one had no date, and one a date that can't be
    apart = {round(1e6 * (a.utc_s - b.utc_s)) for a, b in zip(told[1:], moved[1:], strict=True)}
    assert len({round(x / 1e6, 4) for x in apart}) == 1
    for a, b in zip(told, moved, strict=True):
        was, is_ = (datetime.fromisoformat(str(each.started_at)) for each in (a, b))
        assert (was.replace(tzinfo=None) - is_.replace(tzinfo=None)) % timedelta(days=7) == (
            timedelta(0)
        )
        assert is_.year <= 1925
        assert str(is_.tzinfo) in {"UTC", "UTC-01:00", "UTC+07:00"}  # against the first one's
    life, known = nameless.athlete(who), history.athlete("Anna-Maria")
    back = date.fromisoformat(str(told[0].day)) - date.fromisoformat(str(moved[0].day))
    assert [event.day + back for event in life.events] == [event.day for event in known.events]
    assert max(event.until for event in life.events if event.until) < date(1926, 1, 1)
    assert {event.text for event in life.events} == {""}
    assert life.injured == "left"


def test_each_export_draws_other_names_and_dates(history):
    exports = [share_of(history, deidentify=True).trials for _ in range(40)]
    drawn = {tuple((t.facts.athlete, t.facts.started_at) for t in trials) for trials in exports}
    assert len(drawn) == 40
    annas = {t.facts.athlete for trials in exports for t in trials if "_Anna-Maria_" in t.was}
    assert annas == {
        "sub-01",
        "sub-02",
    }  # no order of names or of first recordings tells who is who


def test_what_is_no_name_stays(history, nameless):
    path = nameless.path(nameless.entries(athlete=alias(nameless, 5))[0])
    sidecar, samples = read_sidecar(path.with_suffix(".json")), read_recording(path)
    (old,) = (
        e
        for e in history.entries(athlete="bob")
        if e.facts.exercise == "single-leg-balance" and e.facts.placement == "shoe"
    )
    was = read_recording(history.path(old))
    for name in ("time_s", "acc_mps2", "gyr_dps", "seq", "flags"):
        np.testing.assert_array_equal(getattr(samples, name), getattr(was, name))
    assert (sidecar.side, sidecar.pain, sidecar.rate_nominal_hz) == ("left", 2.0, 52.0)
    assert sidecar.condition.shoe == "shoe-1"
    assert sidecar.sensor.serial in {"sensor-1", "sensor-2"}
    assert sidecar.sensor.model == f"Clip {sidecar.sensor.serial}"
    assert sidecar.sensor.firmware == "1.2.0"
    assert [cue.text for cue in sidecar.cues] == ["stand still", "other"]
    assert [mark.label for mark in sidecar.marks] == ["Start", "other"]
    assert sidecar.id is sidecar.notes is sidecar.timezone is None
    assert sidecar.extra == {"athlete": alias(nameless, 5)}
    assert read_plan(nameless.home) == read_plan(history.home)


@pytest.mark.parametrize("form", ["csv", "parquet"])
def test_a_nameless_table(history, tmp_path, form):
    if form == "parquet":
        pytest.importorskip("pyarrow", reason="pip install pyarrow")
    out = tmp_path / f"numbers.{form}"
    write_table(share_of(history, deidentify=True), out)
    table = pd.read_csv(out) if form == "csv" else pd.read_parquet(out)
    assert tells(table.to_csv()) == []
    assert tells(out.read_bytes().decode("latin-1")) == []
    assert set(table["athlete"]) == {"sub-01", "sub-02"}
    assert sorted(table["value"]) == sorted(history.metrics()["value"])
    assert table["utc_s"].max() < datetime(1926, 1, 1, tzinfo=UTC).timestamp()


def test_more_columns_and_clocks_that_count_from_a_date(home, tmp_path):
    """What a file of somebody holds besides a trial's columns may say anything."""
    more, dated, broken = fill(home, sessions=2)[:3]
    lines = more.read_text().splitlines()
    more.write_text(
        "".join(f"{line},{'who' if not i else 'Anna'}\n" for i, line in enumerate(lines))
    )
    head, *rows = dated.read_text().splitlines()
    rows = [f"{float(row.split(',', 1)[0]) + 1.79e9!r},{row.split(',', 1)[1]}" for row in rows]
    dated.write_text("\n".join([head, *rows]) + "\n")
    broken.write_text("time_s,acc_x_mps2\nAnna,was here\n")
    with History(home) as history:
        written = write_zip(share_of(history, deidentify=True), tmp_path / "a.zip")
    assert len(written.left_out) == 2
    again = unpacked(tmp_path / "a.zip", tmp_path / "again")
    kept = sorted(again.rglob("sessions/*/*.csv"))
    assert len(kept) == 2
    assert all(tells(path.read_text()) == [] for path in again.rglob("*.*"))
    heads = {path.read_text().splitlines()[0].split(",")[-1] for path in kept}
    assert heads == {"gyr_z_dps"}


def test_a_nameless_home_can_be_shared_again(nameless, tmp_path):
    write_zip(share_of(nameless, deidentify=True), tmp_path / "twice.zip")
    with History(unpacked(tmp_path / "twice.zip", tmp_path / "twice")) as twice:
        name, again = alias(nameless, 20), alias(twice, 20)
        assert followed(twice, again) == followed(nameless, name)


def test_lots_can_be_drawn_again_only_with_the_seed():
    trials = {"sessions/a/b.csv": ("anna", Sidecar(started_at="2026-09-06T18:00:00+02:00"))}
    now = datetime(2026, 11, 27, tzinfo=UTC)

    def drawn(random):
        return draw_pseudonyms(trials, [Athlete(name="anna")], [], now=now, random=random)

    assert drawn(random.Random(1)) == drawn(random.Random(1))  # noqa: S311
    backs = {drawn(None).people["anna"].back for _ in range(20)}
    assert len(backs) > 10
    assert all(1825 <= (date(2026, 9, 6) - back).year <= 1925 for back in backs)


def test_many_athletes_have_names_of_one_length():
    names = [f"a{i}" for i in range(120)]
    drawn = draw_pseudonyms(
        {}, [Athlete(name=name) for name in names], [], now=datetime(2026, 11, 27, tzinfo=UTC)
    )
    given = sorted(person.name for person in drawn.people.values())
    assert given == [f"sub-{i:03d}" for i in range(1, 121)]


@pytest.mark.skipif(os.name == "nt", reason="Windows has no such modes")
def test_exports_are_private(history, tmp_path):
    write_zip(share_of(history), tmp_path / "a.zip")
    write_table(share_of(history), tmp_path / "a.csv")
    assert {stat.S_IMODE(path.stat().st_mode) for path in tmp_path.iterdir()} == {0o600}


def test_a_zip_that_fails_leaves_nothing(history, tmp_path, monkeypatch):
    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(zipfile.ZipFile, "write", full)
    with pytest.raises(OSError, match="No space"):
        write_zip(share_of(history), tmp_path / "out" / "all.zip")
    assert list((tmp_path / "out").iterdir()) == []


def test_nobody_and_nothing_have_no_export(history, home, tmp_path):
    with pytest.raises(HistoryError, match="known are bob, Anna-Maria"):
        share_of(history, athlete="carl")
    with History(tmp_path / "empty") as empty, pytest.raises(HistoryError) as caught:
        share_of(empty, deidentify=True)
    assert caught.value.code == "empty"


def test_a_session_alone(history):
    last = share_of(history, athlete="bob", session="last")
    assert {trial.facts.session for trial in last.trials} == {"2026-10-06_1807_bob"}
    assert len(share_of(history, session="2026-09-13").trials) == 2
    with pytest.raises(HistoryError):
        share_of(history, session="1999")


def test_the_command(there, monkeypatch, tmp_path, capsys):
    monkeypatch.setenv("IMU_ANKLE_HOME", str(there))
    monkeypatch.chdir(tmp_path)
    assert run(["export", "--out", "a.zip", "--deidentify", "--json"]) == 0
    said = json.loads(capsys.readouterr().out)
    assert said["written"] == str(tmp_path / "a.zip")
    assert said["deidentified"] is True
    assert said["left_out"] == []
    with zipfile.ZipFile("a.zip") as packed:
        assert said["files"] == len(packed.namelist())
    assert run(["export", "--out", "a.csv", "--athlete", "bob"]) == 0
    assert "rows: a.csv" in capsys.readouterr().out
    for words in (
        ["--out", "a.tar"], [], ["--out", "b.csv", "--bids", "b"], ["--bids", str(tmp_path)],
    ):  # fmt: skip
        assert run(["export", *words]) == 2, words
        assert "imu-ankle: " in capsys.readouterr().err
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.csv", "a.zip"]
    assert run(["export", "--out", "a.csv", "--athlete", "carl"]) == 3
    assert run(["export", "--out", "a.csv", "--data", str(tmp_path / "new")]) == 3


@pytest.mark.parametrize(
    ("model", "serial", "told"),
    [
        ("Movesense 174630000192", "174630000192", "Movesense sensor-1"),
        ("Movesense 174630000192", "M-1", "Movesense sensor-1"),
        ("Movesense 174630000192", None, "Movesense other"),
        ("AnkleIMU v1", "M-1", "AnkleIMU v1"),
        ("M-1", "M-1", "sensor-1"),
        (None, "M-1", None),
    ],
)
def test_a_model_that_holds_a_number_tells_no_number(model, serial, told):
    sidecar = Sidecar(sensor=SensorInfo(model=model, serial=serial))
    now = datetime(2026, 11, 27, tzinfo=UTC)
    trials = {"sessions/a/b.csv": ("anna", sidecar)}
    names = draw_pseudonyms(trials, [Athlete(name="anna")], [], now=now)
    assert names.sidecar(sidecar, "anna").sensor.model == told


def test_no_time_of_a_cue_tells_the_date():
    sidecar = Sidecar(cues=(Cue(1.79e9, "go"), Cue(2.5, "stop")))
    names = draw_pseudonyms({}, [Athlete(name="anna")], [], now=datetime(2026, 11, 27, tzinfo=UTC))
    assert names.sidecar(sidecar, "anna").cues == (Cue(None, "go"), Cue(2.5, "stop"))


def test_a_zip_has_files_whatever_their_names(home, tmp_path):
    first, *_ = fill(home, sessions=1)
    for name in ("a.csv", "a.b.csv"):
        for ending in (".csv", ".json"):
            to = first.with_name(name).with_suffix(ending)
            to.write_bytes(first.with_suffix(ending).read_bytes())
    with History(home) as history:
        write_zip(share_of(history), tmp_path / "a.zip")
    with zipfile.ZipFile(tmp_path / "a.zip") as packed:
        inside = [name.rsplit("/", 1)[-1] for name in packed.namelist()]
    assert len(inside) == len(set(inside)) == 4 * 3 + 2
    assert {"a.csv", "a.json", "a.b.csv", "a.b.json", "a.b.score.json"} <= set(inside)


def test_two_people_in_one_folder_are_two_sessions(home, tmp_path):
    _, second, *_ = fill(home, sessions=1)
    path = second.with_suffix(".json")
    path.write_text(path.read_text().replace('"anna"', '"bea"'))
    with History(home) as history:
        write_zip(share_of(history, deidentify=True), tmp_path / "a.zip")
    with History(unpacked(tmp_path / "a.zip", tmp_path / "again")) as again:
        facts = [entry.facts for entry in again.entries()]
    assert {each.athlete for each in facts} == {"sub-01", "sub-02"}
    assert all(each.session.endswith(each.athlete) for each in facts)


def test_sessions_of_one_minute_stay_two(home, tmp_path):
    """Folders may have been named by hand."""
    first, *_ = fill(home, sessions=1)
    other = home / "sessions" / "by hand"
    other.mkdir()
    for path in first.parent.glob(f"{first.stem}.*"):
        (other / path.name).write_bytes(path.read_bytes())
    (other / "session.json").write_text('{"athlete": "anna"}')
    with History(home) as history:
        write_zip(share_of(history, deidentify=True), tmp_path / "a.zip")
    with History(unpacked(tmp_path / "a.zip", tmp_path / "again")) as again:
        assert len({entry.facts.session for entry in again.entries()}) == 2
        assert len(again.entries()) == 3
