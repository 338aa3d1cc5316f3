"""The history: only what is new is read, the index can always be made anew, nothing is lost."""

import json
import os
import shutil
import sqlite3
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from imu_ankle.core.errors import HistoryError
from imu_ankle.core.result import METRIC_SET
from imu_ankle.history.index import Index
from imu_ankle.history.rescore import rescore
from imu_ankle.history.sessions import place_trial
from imu_ankle.history.store import History
from imu_ankle.io.sidecar import read_sidecar
from tests.helpers import BALANCE
from tests.history.homes import FIRST, fill, record


def answers(history):
    """Return everything that the index can be asked."""
    table = history.metrics().sort_values(["trial", "key"]).reset_index(drop=True)
    return table.astype(object).where(table.notna(), None).to_dict("records"), history.entries()


def test_only_new_files_are_scored(home, analysed):
    fill(home)
    with History(home) as history:
        assert len(analysed) == len(history.entries()) == 6
    with History(home) as history:
        assert history.refreshed.trials == 0
    new = record(home, FIRST + timedelta(days=30))
    with History(home) as history:
        assert history.refreshed.trials == 1
        assert len(history.entries()) == 7
    assert analysed[6:] == [str(new)]


def test_the_kept_score_is_what_analyze_says(home):
    from imu_ankle import analyze, read_recording

    (csv,) = [record(home, FIRST)]
    with History(home) as history:
        (entry,) = history.entries()
        kept = history.result(entry)
    assert kept == {**analyze(read_recording(csv)).to_dict(), "file": csv.name}


def test_an_index_made_anew_gives_the_same_answers_without_scoring(home, analysed):
    fill(home, trials=2)
    with History(home) as history:
        before = answers(history)
        del analysed[:]
        done = history.rebuild()
        assert answers(history) == before
    assert analysed == []
    assert done.trials == 12


def test_a_copied_home_needs_no_scoring(home, tmp_path, analysed):
    fill(home)
    with History(home) as history:
        before = answers(history)[0]
    moved = tmp_path / "elsewhere"
    shutil.copytree(home, moved, copy_function=shutil.copy)  # times are those of the copy
    (moved / "index.sqlite").unlink()
    del analysed[:]
    with History(moved) as history:
        assert answers(history)[0] == before
    assert analysed == []


def test_what_vanished_is_forgotten(home):
    csvs = fill(home)
    History(home).close()
    csvs[0].unlink()
    with History(home) as history:
        assert history.refreshed.removed == 1
        assert len(history.entries()) == 5


def test_a_recording_that_is_being_made_is_not_touched(home):
    if sys.platform == "win32":
        pytest.skip("locks of the recorder are those of posix")
    import fcntl

    csv = record(home, FIRST)
    with csv.open("rb") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        with History(home) as history:
            assert history.entries() == []
    with History(home) as history:
        assert len(history.entries()) == 1


def test_files_are_for_their_owner_alone(home):
    if os.name != "posix":
        pytest.skip("no modes here")
    record(home, FIRST)
    History(home).close()
    files = [path for path in home.rglob("*") if path.is_file() and path.name != ".lock"]
    assert len(files) >= 5
    assert {path.stat().st_mode & 0o077 for path in files} == {0}
    assert home.stat().st_mode & 0o077 == 0


@pytest.mark.parametrize(
    "spoil",
    [
        lambda _: b"this is no database",
        lambda data: data[: len(data) // 2],
        lambda data: data[:200] + os.urandom(len(data) - 200),
        lambda data: data[:4096] + bytes(len(data) - 4096),
    ],
    ids=["text", "half", "noise", "zeros"],
)
def test_a_broken_index_is_set_aside_and_made_anew(home, spoil, analysed):
    fill(home)
    with History(home) as history:
        before = answers(history)
        path = history.index_path
    for end in ("-wal", "-shm"):
        path.with_name(path.name + end).unlink(missing_ok=True)
    path.write_bytes(spoil(path.read_bytes()))
    del analysed[:]
    with History(home) as history:
        assert answers(history) == before
        (report,) = history.refreshed.reports
        assert "set aside as index.sqlite.broken1" in report
    assert (home / "index.sqlite.broken1").exists()
    assert analysed == []


def test_an_index_of_another_version_is_made_anew(home):
    fill(home)
    with History(home) as history:
        before = answers(history)
    db = sqlite3.connect(home / "index.sqlite")
    db.execute("PRAGMA user_version = 99")
    db.execute("ALTER TABLE detail DROP COLUMN notes")
    db.commit()
    db.close()
    with History(home) as history:
        assert answers(history) == before


def test_a_lost_table_is_a_broken_index(home):
    fill(home)
    History(home).close()
    db = sqlite3.connect(home / "index.sqlite")
    db.execute("DROP TABLE number")
    db.close()
    with History(home) as history:
        assert len(history.metrics()) > 0
        assert history.refreshed.reports


def test_a_folder_in_place_of_the_index_is_not_its_fault(home):
    (home / "index.sqlite").mkdir(parents=True)
    with pytest.raises(OSError, match=r"index\.sqlite"):
        History(home)


@pytest.mark.parametrize(
    "content", [b"", b"{", b"[]", b'{"schema": 9}', b"\xff\xfe", b'{"schema": 1, "result": 3}']
)
def test_a_broken_score_is_set_aside_and_made_anew(home, content, analysed):
    csv = record(home, FIRST)
    with History(home) as history:
        before = answers(history)[0]
    csv.with_suffix(".score.json").write_bytes(content)
    with History(home) as history:
        assert answers(history)[0] == before
        (report,) = history.refreshed.reports
        assert "made anew" in report
    assert len(analysed) == 2
    assert csv.with_name(f"{csv.stem}.score.json.broken1").read_bytes() == content


@pytest.mark.parametrize("content", [b"", b"{", b'{"side": "middle"}', None])
def test_a_broken_sidecar_is_restored_from_the_index(home, content, analysed):
    csv = record(home, FIRST, pain=3, notes="windy")
    said = read_sidecar(csv.with_suffix(".json"))
    with History(home) as history:
        before = answers(history)[0]
    if content is None:
        csv.with_suffix(".json").unlink()
    else:
        csv.with_suffix(".json").write_bytes(content)
    with History(home) as history:
        assert answers(history)[0] == before
        (report,) = history.refreshed.reports
        assert "restored from its last sound version" in report
    assert read_sidecar(csv.with_suffix(".json")) == said
    assert len(analysed) == 1


def test_without_an_index_the_name_says_the_most_necessary(home):
    csv = record(home, FIRST, "right", pain=3)
    csv.with_suffix(".json").write_text("{")
    with History(home) as history:
        (entry,) = history.entries()
        assert "its file name" in history.refreshed.reports[0]
    facts = entry.facts
    assert (facts.exercise, facts.side, facts.athlete) == (BALANCE, "right", "anna")
    assert facts.started_at == FIRST.isoformat()
    assert entry.pain is None


def test_a_file_of_which_nothing_is_known_is_listed_with_what_to_do(home):
    csv = record(home, FIRST)
    csv.with_suffix(".json").unlink()
    odd = csv.with_name("from somewhere.csv")
    csv.rename(odd)
    with History(home) as history:
        (entry,) = history.entries()
        assert entry.error is not None
        assert "exercise" in entry.error
        assert "imu-ankle edit" in history.refreshed.reports[0]
        with pytest.raises(HistoryError, match="exercise"):
            history.result(entry)


@pytest.mark.parametrize("damage", [b"", b"time_s,acc_x_mps2\n0,1\n", b"\x00" * 100])
def test_a_broken_recording_is_an_entry_with_its_error(home, damage):
    fill(home)
    csv = record(home, FIRST + timedelta(days=60))
    csv.write_bytes(damage)
    with History(home) as history:
        broken = [entry for entry in history.entries() if entry.error]
        assert [history.path(entry) for entry in broken] == [csv]
        assert len(history.entries()) == 7


def older(csv):
    """Make a kept score one of an older metric set."""
    path = csv.with_suffix(".score.json")
    score = json.loads(path.read_text())
    score["metric_set"] = score["result"]["metric_set"] = 0
    score["result"]["metrics"]["sway_rms_dps"]["value"] *= 2.0
    path.write_text(json.dumps(score))


def test_older_scores_stay_until_they_are_made_anew(home, analysed):
    csvs = fill(home, sessions=6)
    History(home).close()
    for csv in csvs[:6]:
        older(csv)
    del analysed[:]
    with History(home) as history:
        assert analysed == []
        halves = history.trends("anna", key="sway_rms_dps")
        assert sorted((t.series.leg, t.series.metric_set, len(t.sessions)) for t in halves) == [
            ("left", 0, 3),
            ("left", METRIC_SET, 3),
            ("right", 0, 3),
            ("right", METRIC_SET, 3),
        ]
        dry = rescore(history, history.entries(), keep=False)
        assert len(history.trends("anna", key="sway_rms_dps")) == 4
        kept = rescore(history, history.entries())
        assert kept == dry
        moved = {each.key: each.moved for each in kept}
        assert moved["sway_rms_dps"] == 6
        assert moved["tilt_rms_deg"] == 0
        whole = history.trends("anna", key="sway_rms_dps")
        assert [len(trend.sessions) for trend in whole] == [6, 6]
        assert rescore(history, history.entries())[0].moved == 0


def test_two_programs_at_once_lose_nothing(home):
    """Both record, edit the same trial, and keep the index, at the same time."""
    first = record(home, FIRST)
    script = (
        "import sys\n"
        "from pathlib import Path\n"
        "from datetime import timedelta\n"
        "from imu_ankle.history import edits\n"
        "from imu_ankle.history.store import History\n"
        "from tests.history.homes import FIRST, record\n"
        "home, who = Path(sys.argv[1]), sys.argv[2]\n"
        "for k in range(8):\n"
        "    record(home, FIRST + timedelta(days=k + 1), athlete=who, seed=k)\n"
        "    with History(home) as history:\n"
        "        edits.note(history, edits.find(history, '2026-09-06'), f'{who}{k}')\n"
    )
    both = [
        subprocess.Popen([sys.executable, "-c", script, str(home), who], stderr=subprocess.PIPE)
        for who in ("anna", "ben")
    ]
    for each in both:
        _, error = each.communicate(timeout=120)
        assert each.returncode == 0, error.decode()
    notes = (read_sidecar(first.with_suffix(".json")).notes or "").split("\n")
    assert sorted(notes) == sorted(f"{who}{k}" for who in ("anna", "ben") for k in range(8))
    with History(home) as history:
        assert history.refreshed.trials == 0
        assert len(history.entries()) == 17
        before = answers(history)
        history.rebuild()
        assert answers(history) == before


def test_a_killed_program_leaves_a_history_that_goes_on(home):
    fill(home, sessions=12)
    script = (
        "import sys, os\nfrom pathlib import Path\nfrom imu_ankle.history.store import History\n"
        "def tell(done, total):\n"
        "    if done == int(sys.argv[2]): os.kill(os.getpid(), 9)\n"
        "History(Path(sys.argv[1]), progress=tell)\n"
    )
    for at in (5, 11):
        killed = subprocess.run(
            [sys.executable, "-c", script, str(home), str(at)], check=False, timeout=120
        )
        assert killed.returncode != 0
    with History(home) as history:
        assert len(history.entries()) == 24
        assert history.refreshed.reports == []
        assert history.refreshed.scored < 24


def test_the_index_is_busy_no_longer_than_it_must(home):
    fill(home, sessions=1)
    History(home).close()
    with History(home) as reader:
        writer = Index(home / "index.sqlite")
        with writer:
            assert len(reader.entries()) == 2  # readers don't wait for writers
        writer.close()


BERLIN = ZoneInfo("Europe/Berlin")


@pytest.mark.parametrize(
    ("first", "minutes", "same"),
    [
        (datetime(2026, 10, 25, 2, 50, tzinfo=BERLIN), 20, True),  # shown as half an hour earlier
        (datetime(2026, 10, 25, 1, 30, tzinfo=BERLIN), 130, False),  # shown as 70 minutes later
        (datetime(2026, 3, 29, 1, 50, tzinfo=BERLIN), 80, True),  # shown as 140 minutes later
        (datetime(2026, 11, 22, 23, 30, tzinfo=BERLIN), 60, True),  # over midnight, into a new week
    ],
)
def test_sessions_go_on_by_the_instant_not_by_what_clocks_show(home, first, minutes, same):
    one = record(home, first)
    later = first.timestamp() + 60 * minutes
    two = place_trial("anna", BALANCE, "left", datetime.fromtimestamp(later, BERLIN), home=home)
    assert (one.parent == two.folder) is same


def test_a_session_dated_in_the_future_takes_no_new_trials(home):
    record(home, FIRST + timedelta(days=9000))
    now = record(home, FIRST)
    assert now.parent.name.startswith("2026-09-06")


def test_an_index_that_breaks_while_it_is_open_is_made_anew(home):
    fill(home)
    with History(home) as history:
        before = answers(history)
        db = sqlite3.connect(home / "index.sqlite")
        db.executescript("DROP TABLE visit; DROP TABLE number")
        db.close()
        assert history.athletes() == ["anna"]
        assert answers(history) == before
        db = sqlite3.connect(home / "index.sqlite")
        db.executescript("DROP TABLE kind")
        db.close()
        history.rebuild()
        assert answers(history) == before


def _spoil(key, value):
    def change(result):
        result[key] = value

    return change


SPOILT = {
    "no spans": lambda result: result.pop("spans"),
    "no dose": _spoil("dose", None),
    "a number for a metric": _spoil("metrics", {"sway_rms_dps": 5}),
    "a huge number": _spoil("score", 10**400),
    "words for n": _spoil("metrics", {"sway_rms_dps": {"value": 1.0, "unit": "", "n": "x"}}),
    "another leg": _spoil("leg", "middle"),
    "another exercise": _spoil("exercise", "yoga"),
    "reasons that are none": _spoil("quality", {"grade": "ok", "reasons": 5}),
}


@pytest.mark.parametrize("how", SPOILT)
def test_a_score_that_makes_no_sense_is_made_anew(home, how):
    csv = record(home, FIRST)
    with History(home) as history:
        before = answers(history)[0]
    path = csv.with_suffix(".score.json")
    score = json.loads(path.read_text())
    SPOILT[how](score["result"])
    path.write_text(json.dumps(score))
    with History(home) as history:
        assert answers(history)[0] == before
        assert "made anew" in history.refreshed.reports[0]


def test_odd_things_in_a_session_hide_nothing(home):
    csv = record(home, FIRST)
    (csv.parent / "folder.csv").mkdir()
    if os.name == "posix":
        (csv.parent / "nowhere.csv").symlink_to("/nonexistent/x.csv")
        (csv.parent / "loop.csv").symlink_to("loop.csv")
        os.mkfifo(csv.parent / "pipe.csv")
    with History(home) as history:
        assert [history.path(entry) for entry in history.entries()] == [csv]


def test_half_a_character_in_a_sidecar_is_a_broken_sidecar(home):
    csv = record(home, FIRST)
    text = csv.with_suffix(".json").read_text().replace('"notes": null', '"notes": "\\ud800"')
    csv.with_suffix(".json").write_text(text)
    with History(home) as history:
        assert len(history.entries()) == 1
        assert "set aside" in history.refreshed.reports[0]


def test_others_see_everything_while_the_index_is_made_anew(home, monkeypatch):
    fill(home, sessions=3)
    with History(home) as reader:
        seen = []
        with History(home, progress=lambda *_: seen.append(len(reader.entries()))) as writer:
            writer.rebuild()
        assert seen
        assert set(seen) == {6}


def test_an_index_made_anew_holds_nothing_of_what_is_gone(home):
    csvs = fill(home, sessions=1)
    record(home, FIRST, athlete="ben")
    with History(home) as history:
        db = sqlite3.connect(history.index_path)
        db.execute("INSERT INTO number VALUES ('sway_rms_dps', 12345, 1.0, 1)")
        db.commit()
        for csv in csvs:
            csv.unlink()
        history.rebuild(compact=True)
        assert db.execute("SELECT count(*) FROM kind").fetchone() == (1,)
        assert db.execute("SELECT count(*) FROM trial").fetchone() == (1,)
        assert db.execute("SELECT count(*) FROM number WHERE id = 12345").fetchone() == (0,)
        db.close()
    assert b"anna" not in (home / "index.sqlite").read_bytes()


def test_a_deleted_trial_gets_no_score_from_those_who_still_score_it(home, monkeypatch):
    csv = record(home, FIRST)
    said = read_sidecar(csv.with_suffix(".json"))

    def deleted_meanwhile(recording):
        shutil.rmtree(csv.parent)
        return run_analysis(recording)

    from imu_ankle.analysis.pipeline import run_analysis
    from imu_ankle.history import scores

    monkeypatch.setattr(scores, "run_analysis", deleted_meanwhile)
    monkeypatch.setattr(scores, "_sha256", lambda _: "")
    with pytest.raises(FileNotFoundError):
        scores.make_cached_result(csv, said)
    assert not csv.parent.exists()


def test_a_trial_that_is_just_moved_away_gets_no_new_sidecar(home):
    csv = record(home, FIRST)
    sidecar = csv.with_suffix(".json")
    with History(home) as other, ThreadPoolExecutor() as pool:
        with other.lock():
            sidecar.unlink()
            looking = pool.submit(lambda: History(home).close())
            time.sleep(0.3)  # it has seen the recording and is missing the sidecar
            csv.unlink()
        looking.result()
    assert not sidecar.exists()


def test_what_a_kill_left_half_written_is_swept_an_hour_later(home):
    csv = record(home, FIRST)
    half, fresh = (
        csv.with_name(f".{csv.stem}.score.json.{end}") for end in ("abcdefgh", "ijklmnop")
    )
    for path in (half, fresh):
        path.write_text("{")
    os.utime(half, (0, 0))
    with History(home) as history:
        history.rebuild()
    assert not half.exists()
    assert fresh.exists()


def test_a_name_that_is_taken_meanwhile_is_followed_by_the_next_number(home):
    from imu_ankle.history.sessions import next_path

    place = place_trial("anna", BALANCE, "left", FIRST, home=home)
    assert place.stem.endswith("_t01")
    assert next_path(place.csv).stem.endswith("_t02")
    with pytest.raises(FileExistsError):
        next_path(home / "out.csv")
