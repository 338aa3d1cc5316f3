"""Whatever lies in the data home, the history opens, tells, and loses no recording."""

import json
import shutil
import sqlite3

import pytest
from hypothesis import given
from hypothesis import strategies as st

from imu_ankle.history.export import write_table
from imu_ankle.history.rescore import rescore
from imu_ankle.history.sessions import place_trial
from imu_ankle.history.share import share_of
from imu_ankle.history.store import History
from tests.fuzz.mutants import LEAVES, json_files, mangled, tries
from tests.history.homes import FIRST, fill


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    """Return a data home with four trials, closed, so that the index is one file."""
    home = tmp_path_factory.mktemp("whole") / "home"
    fill(home, sessions=2)
    with History(home) as history:
        history._index.compact()
    return home


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    return tmp_path_factory.mktemp("histories")


@pytest.fixture
def copied(whole, place):
    """Return a function that makes the data home anew for each try."""

    def make():
        home = place / "home"
        shutil.rmtree(home, ignore_errors=True)
        shutil.copytree(whole, home)
        return home

    return make


def recordings(home):
    return {path.name: path.read_bytes() for path in home.glob("sessions/*/*.csv")}


def check(home, trials=4):
    """Open, ask everything, and see that no recording changed."""
    before = recordings(home)
    with History(home) as history:
        entries = history.entries()
        assert len(entries) == trials
        for name in history.athletes():
            history.trends(name)
        history.metrics()
        history.recordings()
        write_table(share_of(history), home / "all.csv")
        rescore(history, entries[:1])
    with History(home) as history:
        assert history.refreshed.reports == []  # healed once and for all
        assert len(history.entries()) == trials
    assert recordings(home) == before


@tries(12)
@given(data=st.data())
def test_an_index_of_any_bytes(copied, whole, data):
    content = (whole / "index.sqlite").read_bytes()
    home = copied()
    pages = [content[k : k + 4096] for k in range(0, len(content), 4096)]
    k = data.draw(st.integers(0, len(pages) - 1))
    pages[k] = data.draw(mangled(pages[k]))
    made = data.draw(st.sampled_from([b"".join(pages), pages[k], content + pages[k]]))
    (home / "index.sqlite").write_bytes(made)
    if data.draw(st.booleans()):
        (home / "index.sqlite-wal").write_bytes(data.draw(st.binary(max_size=64)))
        (home / "index.sqlite-shm").write_bytes(data.draw(st.binary(max_size=64)))
    check(home)


VALUES = st.sampled_from(
    [None, "x", b"\xff", 10**18, -1, 0.5, "../../x.csv", "sessions/../../x.csv", "", "\0"]
)


@tries(12)
@given(data=st.data())
def test_a_sound_database_that_holds_what_it_cannot(copied, data):
    home = copied()
    db = sqlite3.connect(home / "index.sqlite")
    tables = [name for (name,) in db.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
    table = data.draw(st.sampled_from(sorted(tables)))
    columns = [row[1] for row in db.execute(f"PRAGMA table_info({table})")]
    column = data.draw(st.sampled_from(columns))
    value = data.draw(VALUES)
    try:
        some = "" if table == "number" else "WHERE rowid = 1"
        db.execute(f"UPDATE {table} SET {column} = ? {some}", (value,))  # noqa: S608
        db.commit()
    except sqlite3.DatabaseError:
        db.rollback()
    db.close()
    check(home)


@tries(12)
@given(data=st.data())
def test_a_score_of_any_content(copied, data):
    home = copied()
    path = sorted(home.glob("sessions/*/*.score.json"))[0]
    path.write_bytes(data.draw(json_files(json.loads(path.read_text()))))
    check(home)


@tries(12)
@given(data=st.data())
def test_a_sidecar_of_any_content(copied, data):
    home = copied()
    path = next(
        p
        for p in sorted(home.glob("sessions/*/*.json"))
        if p.name.count(".") == 1 and p.name != "session.json"
    )
    content = json.loads(path.read_text())
    if data.draw(st.booleans()):
        content["unknown"] = data.draw(LEAVES)
    path.write_bytes(data.draw(json_files(content)))
    if data.draw(st.booleans()):
        (home / "index.sqlite").unlink()
    check(home)


@tries(12)
@given(data=st.data())
def test_a_session_file_of_any_content(copied, data):
    home = copied()
    path = sorted(home.glob("sessions/*/session.json"))[0]
    path.write_bytes(data.draw(json_files(json.loads(path.read_text()))))
    inside = place_trial("anna", "toe-points", "left", FIRST, home=home).folder
    assert inside.parent == home / "sessions"
    for sidecar in home.glob("sessions/*/*_left_t01.json"):
        sidecar.unlink()
    (home / "index.sqlite").unlink()
    check(home)
