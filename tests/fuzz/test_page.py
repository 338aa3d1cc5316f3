"""Whatever a browser sends, the page answers, refuses or hangs up; nothing it sends breaks it."""

import json
import threading

import pytest
from hypothesis import given
from hypothesis import strategies as st
from starlette.testclient import TestClient
from starlette.websockets import WebSocketDisconnect

from imu_ankle.core.errors import ImuAnkleError
from imu_ankle.io.fields import FieldError
from imu_ankle.session.guided import SessionOptions
from imu_ankle.web.messages import parse_message
from imu_ankle.web.server import make_page
from tests.fuzz.mutants import LEAVES, TEXTS, json_text, mangled, mutated, tries
from tests.history.homes import fill

PORT = 8124
OWN = f"http://127.0.0.1:{PORT}"
WISHES = [
    {"do": "start", "sides": ["left"], "sensors": ["virtual"], "athlete": "me", "exercises": "toe-points",
     "shoe": "trail", "countdown_s": 3, "dose": 10, "resume": True},
    {"do": "replay", "file": "sessions/x.csv", "speed": 2.0},
    {"do": "press", "key": "pause"},
    {"do": "answer", "number": 1, "text": "3"},
    {"do": "stop"},
    {"do": "end"},
]  # fmt: skip


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    folder = tmp_path_factory.mktemp("page") / "home"
    fill(folder, sessions=1)
    return folder


@pytest.fixture
def page(home, monkeypatch):
    monkeypatch.setenv("IMU_ANKLE_HOME", str(home))
    return make_page(PORT)


@pytest.fixture
def browser(page):
    """Return a browser while something runs: wishes are read, but nothing more is begun."""
    done = threading.Event()

    def busy(_):
        done.wait()

    page.runner._start(busy)
    with TestClient(page.app, base_url=OWN, follow_redirects=False) as client:
        client.get("/", params={"token": page.keys.new_token()})
        yield client
        done.set()


@tries(200)
@given(st.sampled_from(WISHES).flatmap(mutated) | LEAVES)
def test_wishes_are_taken_or_refused(config):
    try:
        wishes = parse_message(json_text(config))
    except (ImuAnkleError, FieldError):
        return  # the socket closes on these
    if not isinstance(wishes, SessionOptions):
        return
    assert len(wishes.sensors) <= 2
    assert all(
        len(word) < 5000 for word in (wishes.athlete, wishes.shoe or "", wishes.exercises or "")
    )


frames = st.one_of(
    st.sampled_from(WISHES).flatmap(mutated).map(json_text),
    st.sampled_from(WISHES).flatmap(lambda w: mangled(json.dumps(w).encode())),
    st.text(max_size=40),
    st.binary(max_size=40),
)


@tries(60)
@given(st.lists(frames, min_size=1, max_size=3))
def test_frames(page, browser, sent):
    thread = page.runner._thread
    with browser.websocket_connect(f"ws://127.0.0.1:{PORT}/ws", headers={"origin": OWN}) as ws:
        assert json.loads(ws.receive_text())["type"] == "state"
        try:
            for frame in sent:
                if isinstance(frame, bytes):
                    ws.send_bytes(frame)
                else:
                    ws.send_text(frame)
            ws.send_text('{"do": 0}')  # which ends the line
            while True:
                assert json.loads(ws.receive_text())["type"] in {"state", "refused"}
        except WebSocketDisconnect as end:
            assert end.code in {1003, 1009}  # noqa: PT017
    assert page.runner._thread is thread
    assert browser.get("/state.json").status_code == 200


segments = st.one_of(
    TEXTS,
    st.sampled_from(["%2e%2e", "..%2f", "%00", "anna", "all.svg", "last", "%ff"]),
    st.text(max_size=6),
)
PATHS = ["/session/{}", "/session/{}/report", "/trial/{}", "/trial/{}/rows", "/picture/{}/{}.svg", "/picture/anna/{}.svg",
         "/static/{}", "/{}", "/history?athlete={}", "/trends?athlete={}", "/trends.json?athlete={}", "/history?refused={}",
         "/session/last/report?for={}", "/?token={}"]  # fmt: skip


@tries(60)
@given(st.sampled_from(PATHS), segments, st.sampled_from(["GET", "HEAD", "POST", "PUT", "TRACE"]))
def test_paths(browser, path, word, method):
    word = "".join(c for c in word if c.isprintable())
    got = browser.request(method, path.replace("{}", word[:500]), headers={"origin": OWN})
    assert got.status_code < 500
    assert "VERSION" not in got.text


FIELDS = {
    "athlete": "anna",
    "kind": "rest",
    "day": "2026-01-02",
    "until": "2026-01-09",
    "text": "ill",
}


@tries(10)
@given(
    st.dictionaries(
        st.sampled_from(sorted(FIELDS)), TEXTS | st.text(max_size=6) | st.dates().map(str)
    )
)
def test_events(browser, home, changes):
    fields = {key: value.encode("utf-8", "replace") for key, value in (FIELDS | changes).items()}
    assert browser.post("/events", data=fields, headers={"origin": OWN}).status_code == 303
    for path in ("/history", "/trends"):
        assert browser.get(path).status_code == 200
    (home / "athletes" / "anna.json").unlink(missing_ok=True)


@tries(80)
@given(
    st.sampled_from(["host", "origin", "cookie", "content-length", "content-type", "range", "if-modified-since"]),
    st.one_of(st.binary(max_size=30), st.sampled_from([b"\xb2", b"9" * 5000, b"-1", b"1_0", b"bytes=0-1,2-3", b"a=b;c"])),
)  # fmt: skip
def test_headers(browser, name, value):
    value = bytes(c for c in value if c >= 32 and c != 127)
    got = browser.get("/static/page.css", headers={name: value})
    assert got.status_code < 500
