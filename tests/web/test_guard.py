"""Attacks on the page: no token, foreign Host and Origin, traversal, sizes, frames that make no sense."""

import contextlib
import json

import pytest
from starlette.testclient import TestClient
from starlette.websockets import WebSocketDisconnect

from imu_ankle.history.athletes import read_athlete
from imu_ankle.session.simulated import write_season
from imu_ankle.web.guard import CSP, MOST_BODY
from imu_ankle.web.server import make_page
from imu_ankle.web.socket import MOST_CLIENTS, MOST_MESSAGE

PORT = 8123
OWN = f"http://127.0.0.1:{PORT}"


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    folder = tmp_path_factory.mktemp("home")
    write_season("anna", home=folder, weeks=1, trials=1)
    return folder


@pytest.fixture
def page(home, monkeypatch):
    monkeypatch.setenv("IMU_ANKLE_HOME", str(home))
    return make_page(PORT)


@pytest.fixture
def stranger(page):
    with TestClient(page.app, base_url=OWN, follow_redirects=False) as client:
        yield client


@pytest.fixture
def browser(page, stranger):
    stranger.get("/", params={"token": page.keys.new_token()})
    return stranger


def socket(client, origin=OWN):
    return client.websocket_connect(f"ws://127.0.0.1:{PORT}/ws", headers={"origin": origin})


def refused(client, **kwargs):
    with pytest.raises(WebSocketDisconnect) as caught, socket(client, **kwargs) as ws:
        ws.receive_text()
    return caught.value.code


def test_a_token_opens_the_page_once(page, stranger):
    token = page.keys.new_token()
    opened = stranger.get("/", params={"token": token})
    assert opened.status_code == 303
    assert opened.headers["location"] == "/"
    kept = opened.headers["set-cookie"].lower()
    assert "httponly" in kept
    assert "samesite=strict" in kept
    assert stranger.get("/").status_code == 200
    stranger.cookies.clear()
    assert stranger.get("/", params={"token": token}).status_code == 403


@pytest.mark.parametrize("path", ["/", "/history", "/state.json", "/ws", "/static/live.js"])
@pytest.mark.parametrize("token", [None, "", "x" * 32, "ü"])
def test_without_the_token_there_is_nothing(page, stranger, path, token):
    page.keys.new_token()
    got = stranger.get(path, params={} if token is None else {"token": token})
    assert got.status_code == 403
    assert "set-cookie" not in got.headers


@pytest.mark.parametrize(
    "cookie", ["", "x", "🦶".encode().decode("latin-1"), "a=b; ;;;=", "x" * 4000]
)
def test_a_made_up_cookie_opens_nothing(page, stranger, cookie):
    headers = {"cookie": f"{page.keys.cookie}={cookie}".encode("latin-1")}
    assert stranger.get("/", headers=headers).status_code == 403


@pytest.mark.parametrize(
    "host", ["evil.example", "127.0.0.1", f"127.0.0.1:{PORT + 1}", "", "[::1]"]
)
def test_a_foreign_host_is_refused(browser, host):
    assert browser.get("/", headers={"host": host}).status_code == 421
    assert browser.get("/state.json", headers={"host": host}).status_code == 421


@pytest.mark.parametrize(
    "origin", ["http://evil.example", "null", f"https://127.0.0.1:{PORT}", "http://127.0.0.1"]
)
def test_a_foreign_origin_is_refused(browser, origin):
    assert browser.get("/", headers={"origin": origin}).status_code == 403
    assert browser.post("/events", headers={"origin": origin}).status_code == 403
    assert refused(browser, origin=origin) == 1008


def test_who_posts_or_opens_a_socket_must_name_an_origin(browser):
    assert browser.post("/events").status_code == 403
    with pytest.raises(WebSocketDisconnect), browser.websocket_connect(f"ws://127.0.0.1:{PORT}/ws"):
        pass


def test_a_socket_needs_the_cookie(stranger):
    assert refused(stranger) == 1008


def test_every_answer_closes_the_page(browser, stranger):
    for path in ("/", "/history", "/trends", "/static/page.css", "/nothing"):
        headers = browser.get(path).headers
        assert headers["content-security-policy"] == CSP
        assert "unsafe" not in CSP
        assert headers["x-content-type-options"] == "nosniff"
        assert (
            headers["referrer-policy"] == "same-origin"
        )  # none would make forms send a null origin
        assert headers["cache-control"] == "no-store"


@pytest.mark.parametrize("path", [
    "/static/../guard.py", "/static/..%2fguard.py", "/static/%2e%2e/%2e%2e/version.py", "/static//etc/passwd",
    "/trial/..%2f..%2fathletes", "/session/%2e%2e%2f%2e%2e", "/picture/..%2f..%2f/all.svg",
    "/picture/anna/..%2fall.svg", "/trial/x/rows", "/session/x/report", "/picture/anna/nothing.svg",
])  # fmt: skip
def test_no_path_leads_out(browser, path):
    assert browser.get(path).status_code in {303, 307, 400, 404}
    assert "VERSION" not in browser.get(path).text


def test_a_body_that_is_too_large_is_refused(browser):
    post = {"url": "/events", "headers": {"origin": OWN}}
    assert browser.post(**post, content=b"x" * (MOST_BODY + 1)).status_code == 413

    def endless():
        yield from [b"x" * 4096] * 64

    with contextlib.suppress(Exception):  # the client sees the line cut
        assert browser.post(**post, content=endless()).status_code >= 400


@pytest.mark.parametrize("wish", [
    "", "{", "[]", "1", "null", '"start"', "{}", '{"do": 1}', '{"do": "explode"}', '{"do": "press", "key": "x"}',
    '{"do": "replay", "file": 3}', '{"do": "start", "sides": 3}', '{"do": "start", "sensors": [3]}',
    '{"do": "start", "countdown_s": "soon"}', '{"do": "start", "dose": "much"}',
    '{"do": "replay", "speed": "fast"}', "[" * 5000, '{"do": "start", "countdown_s": 1e999}',
    '{"do": "start", "dose": NaN}', '{"do": "start", "dose": 1%s}' % ("0" * 400), '{"do": "start", "shoe": "\\ud800"}',
    '{"do": "replay", "speed": 1e9, "file": "x"}', '{"do": "start", "countdown_s": 30}',
])  # fmt: skip
def test_frames_that_make_no_sense_end_the_line(browser, page, wish):
    with socket(browser) as ws:
        ws.receive_text()
        ws.send_text(wish)
        with pytest.raises(WebSocketDisconnect) as caught:
            ws.receive_text()
    assert caught.value.code in {1003, 1009}
    assert not page.runner.running


def test_a_frame_that_is_too_long_ends_the_line(browser):
    with socket(browser) as ws:
        ws.receive_text()
        ws.send_text(json.dumps({"do": "x" * MOST_MESSAGE}))
        with pytest.raises(WebSocketDisconnect) as caught:
            ws.receive_text()
    assert caught.value.code == 1009


@pytest.mark.parametrize("wish", [
    {"do": "replay", "file": "../../etc/passwd"}, {"do": "replay", "file": "/etc/passwd"},
    {"do": "replay", "file": "sessions"}, {"do": "replay", "file": "sessions/../index.sqlite"},
    {"do": "replay", "file": "x" * 300 + ".csv"}, {"do": "start", "sensors": ["../x.csv"]},
    {"do": "start", "sensors": ["virtual:/etc/x.csv"]}, {"do": "start", "sensors": ["~root"]}, {"do": "start", "sensors": ["tests"]},
])  # fmt: skip
def test_no_wish_reaches_a_file_outside(browser, page, wish):
    with socket(browser) as ws:
        ws.receive_text()
        ws.send_text(json.dumps(wish))
        assert json.loads(ws.receive_text())["type"] == "refused"
    assert not page.runner.running


def test_a_second_browser_looks_on_and_too_many_do_not(browser):
    with contextlib.ExitStack() as stack:
        sockets = [stack.enter_context(socket(browser)) for _ in range(MOST_CLIENTS)]
        assert {json.loads(ws.receive_text())["phase"] for ws in sockets} == {"idle"}
        assert refused(browser) == 1013
    assert refused_or_open(browser)


def refused_or_open(client):
    with socket(client) as ws:
        return json.loads(ws.receive_text())["type"] == "state"


@pytest.mark.parametrize("fields", [
    {}, {"athlete": "nobody", "kind": "sprain", "day": "2026-01-01"}, {"athlete": "anna", "kind": "party", "day": "2026-01-01"},
    {"athlete": "anna", "kind": "sprain", "day": "soon"}, {"athlete": "anna", "kind": "sprain", "day": "2999-01-01"},
    {"athlete": "../x", "kind": "sprain", "day": "2026-01-01"},
])  # fmt: skip
def test_events_that_make_no_sense_are_told_and_not_kept(browser, fields, home):
    before = read_athlete(home, "anna")
    got = browser.post("/events", data=fields, headers={"origin": OWN})
    assert got.status_code == 303
    assert "refused" in got.headers["location"]
    assert "Not added" in browser.get(got.headers["location"]).text
    assert read_athlete(home, "anna") == before


def test_an_event_is_kept_as_text(browser):
    fields = {
        "athlete": "anna",
        "kind": "shoes",
        "day": "2026-01-02",
        "text": "<script>alert(1)</script>",
    }
    assert (
        browser.post("/events", data=fields, headers={"origin": OWN}).headers["location"]
        == "/history?athlete=anna"
    )
    text = browser.get("/history").text
    assert "&lt;script&gt;" in text
    assert "<script>alert" not in text
