"""A session on the page without a browser: the runner, its face, and what the hub says meanwhile."""

import json
import time
from pathlib import Path

import pytest

from imu_ankle import analyze
from imu_ankle.core.errors import UsageError
from imu_ankle.io.csvfile import read_recording
from imu_ankle.session.guided import SessionOptions
from imu_ankle.web.hub import Hub
from imu_ankle.web.runner import Runner

pytest.importorskip("bumble", reason="the extra 'virtual' is not installed")


def wait(hub, holds, seconds=60.0):
    until = time.monotonic() + seconds
    while True:
        _, state = hub.state()
        if holds(state):
            return state
        assert time.monotonic() < until, state
        time.sleep(0.05)


def answer(runner, kind, text=""):
    asked = wait(runner.hub, lambda s: s.get("question", {}).get("kind") == kind)["question"]
    runner.ui.answer(asked["number"] - 1, "q")  # to an older question: dropped
    runner.ui.answer(asked["number"], text)
    wait(runner.hub, lambda s: s.get("question", {}).get("number") != asked["number"])


@pytest.fixture
def runner(home):
    home.mkdir(parents=True)
    made = Runner(Hub())
    yield made
    made.close()
    assert not made.running


def begin(runner, word, **more):
    runner.session(SessionOptions(sensors=[word], sides=["left"], exercises="mini-squats", **more))
    with pytest.raises(UsageError):
        runner.replay(Path("x.csv"), 1.0)
    answer(runner, "choice")
    answer(runner, "choice")


def test_with_nobody_looking_a_set_is_kept_and_its_verdict_is_that_of_analyze(runner):
    begin(runner, "virtual:mini-squats,side=left,reps=3", dose=3.0)
    seen = wait(runner.hub, lambda s: s.get("view", {}).get("done"))
    assert seen["step"]["dose"].startswith("3 reps")
    state = wait(runner.hub, lambda s: s.get("verdict"))
    (verdict,) = state["verdict"]
    assert verdict["result"] == analyze(read_recording(verdict["file"])).to_dict()
    assert verdict["result"]["reps"] == 3
    json.dumps(state, allow_nan=False)
    answer(runner, "pain", "11")
    answer(runner, "pain", "2.5")
    answer(runner, "words", "")
    sidecar = json.loads(Path(verdict["file"]).with_suffix(".json").read_text())
    assert sidecar["pain"] == 2.5


def test_stop_in_the_countdown_begins_no_set_and_end_asks_nothing_more(runner, home):
    begin(runner, "virtual:mini-squats,side=left,reps=3", countdown_s=10)
    wait(runner.hub, lambda s: s.get("view", {}).get("countdown"))
    runner.ui.end()
    wait(runner.hub, lambda s: s["phase"] == "done")
    (path,) = home.glob("sessions/*/*_t01.json")
    assert "begin" not in str(json.loads(path.read_text())["cues"])
    assert "question" not in runner.hub.state()[1]


def test_what_goes_wrong_is_told(runner):
    runner.session(
        SessionOptions(sensors=["virtual:nonsense"], sides=["left"], exercises="mini-squats")
    )
    answer(runner, "choice")
    answer(runner, "choice")
    assert "nonsense" in wait(runner.hub, lambda s: s["phase"] == "done")["error"]
