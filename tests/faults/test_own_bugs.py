"""A bug of ours surfaces as a bug: it is never taken for a broken file, and no file is touched."""

import asyncio
import contextlib
import json
from typing import Any, cast

import pytest

from imu_ankle import History, UsageError
from imu_ankle.batch.journal import Journal
from imu_ankle.cli import run
from imu_ankle.core.recording import Calibration
from imu_ankle.history.athletes import read_athlete, save_athlete
from imu_ankle.history.plans import read_plan, write_plan
from imu_ankle.io.calibrations import load_calibration, save_calibration
from imu_ankle.progress.athlete import Athlete
from imu_ankle.progress.plan import DEFAULT_PLAN
from imu_ankle.session.unfinished import UnfinishedSession, read_unfinished, save_unfinished
from imu_ankle.web.runner import Runner
from imu_ankle.web.socket import Socket
from tests.history.homes import fill

BUGS = [AttributeError, KeyError, TypeError, ValueError]
CALIBRATION = Calibration(
    serial="A1", made_at="2026-11-22T18:07:00+00:00",
    acc_matrix=((1.0, 0.0, 0.0), (0.0, 1.0, 0.0), (0.0, 0.0, 1.0)),
    acc_bias_mps2=(0.0, 0.0, 0.0), gyr_bias_dps=(0.0, 0.0, 0.0), gyr_noise_dps2=0.01, residual_mps2=0.02,
)  # fmt: skip


@pytest.fixture(scope="module")
def filled(tmp_path_factory):
    folder = tmp_path_factory.mktemp("bugs") / "home"
    fill(folder, sessions=1)
    return folder


@pytest.fixture
def home(filled, monkeypatch):
    monkeypatch.setenv("IMU_ANKLE_HOME", str(filled))
    History(filled).close()
    return filled


def contents(home):
    return {
        path.relative_to(home): path.read_bytes()
        for path in home.rglob("*")
        if path.is_file() and path.suffix not in {".sqlite-wal", ".sqlite-shm"}
    }


def buggy(bug):
    def raises(*_, **__):
        raise bug("a bug of ours")

    return raises


@contextlib.contextmanager
def untouched(home, bug):
    before = contents(home)
    with pytest.raises(bug, match="a bug of ours"):
        yield
    assert contents(home) == before


@pytest.mark.parametrize("bug", BUGS)
@pytest.mark.parametrize("caller", ["entry_of", "is_current", "read_sidecar", "read_cached_result"])
def test_taking_a_trial_into_the_index(home, monkeypatch, bug, caller):
    with History(home) as history:
        monkeypatch.setattr(f"imu_ankle.history.store.{caller}", buggy(bug))
        with untouched(home, bug):
            history.rebuild()


@pytest.mark.parametrize("bug", BUGS)
def test_asking_the_index(home, monkeypatch, bug):
    with History(home) as history:
        monkeypatch.setattr("imu_ankle.history.index.column_of", buggy(bug))
        with untouched(home, bug):
            history.metrics()


def test_a_query_that_makes_no_sense_is_no_broken_index(home, monkeypatch):
    with History(home) as history:
        before = contents(home)
        monkeypatch.setattr("imu_ankle.history.index._JOINED", "no_such_table")
        with pytest.raises(Exception, match="no such"):
            history.entries()
        assert contents(home) == before
        assert not list(home.glob("*.broken*"))


@pytest.mark.parametrize(
    ("words", "known"),
    [
        ({"exersise": "lateral-hops"}, "exercise"),
        ({"athlete": "nobody"}, "anna"),
        ({"exercise": "lateral-hop"}, "lateral-hops"),
        ({"keys": ["sway"]}, "sway_rms_dps"),
    ],
)
def test_a_misspelt_word_is_told_and_touches_nothing(home, words, known):
    with History(home) as history:
        before = contents(home)
        with pytest.raises(UsageError, match=known):
            history.metrics(**words)
        assert contents(home) == before


def test_nobody_has_no_trends(home):
    with History(home) as history, pytest.raises(UsageError, match="known are anna"):
        history.trends("nobody")


@pytest.mark.parametrize("bug", [AttributeError, KeyError, TypeError])
@pytest.mark.parametrize(
    ("made_by", "save", "read"),
    [
        ("imu_ankle.history.athletes.Athlete",
         lambda home: save_athlete(home, Athlete(name="anna", times_per_week=3)),
         lambda home: read_athlete(home, "anna")),
        ("imu_ankle.history.plans.PlannedExercise",
         lambda home: write_plan(home, DEFAULT_PLAN), read_plan),
        ("imu_ankle.io.calibrations.Calibration",
         lambda _: save_calibration(CALIBRATION),
         lambda home: load_calibration(home / "calibrations" / "A1.json")),
        ("imu_ankle.session.unfinished.datetime",
         lambda home: save_unfinished(
             home, UnfinishedSession(athlete="anna", began="2026-11-22T18:07:00+01:00")),
         lambda home: read_unfinished(home, "anna")),
    ],
)  # fmt: skip
def test_small_files(tmp_path, monkeypatch, bug, made_by, save, read):
    monkeypatch.setenv("IMU_ANKLE_HOME", str(tmp_path))
    save(tmp_path)
    read(tmp_path)  # is sound

    class Broken:
        def __new__(cls, *_, **__):
            raise bug("a bug of ours")

        def __getattribute__(self, name):
            raise bug("a bug of ours")

        fromisoformat = staticmethod(buggy(bug))

    monkeypatch.setattr(made_by, Broken)
    with untouched(tmp_path, bug):
        read(tmp_path)


def test_the_journal_of_a_batch(tmp_path, monkeypatch):
    path = tmp_path / "journal"
    journal = Journal(path)
    journal.add([("a", [{"exercise": "toe-points"}])])
    journal.close()
    monkeypatch.setattr("imu_ankle.batch.journal.parse_json", buggy(AttributeError))
    with untouched(tmp_path, AttributeError):
        Journal(path)


@pytest.mark.parametrize("bug", BUGS)
def test_a_message_that_is_sound_and_meets_a_bug(monkeypatch, tmp_path, bug):
    """The socket doesn't tell the browser that it wasn't understood."""

    class Browser:
        closed = None

        async def accept(self):
            pass

        async def receive(self):
            return {
                "type": "websocket.receive",
                "text": json.dumps({"do": "press", "key": "pause"}),
            }

        async def close(self, code, why):
            self.closed = code, why

        async def send_text(self, _):
            pass

    class Quiet:
        def state(self):
            return 0, {}

        def since(self, *_):
            return 0, [], 0.0

    runner = Runner(cast("Any", Quiet()))
    monkeypatch.setattr(runner, "press", buggy(bug))
    browser = Browser()
    with pytest.raises(bug, match="a bug of ours"):
        asyncio.run(Socket(runner, tmp_path).serve(cast("Any", browser)))
    assert browser.closed is None


def test_the_command_line_shows_a_bug_as_one(home, monkeypatch, capsys):
    monkeypatch.setattr("imu_ankle.history.store.entry_of", buggy(AttributeError))
    before = contents(home)
    with contextlib.suppress(AttributeError):
        assert run(["index", "rebuild"]) == 1
    assert contents(home) == before
