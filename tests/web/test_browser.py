"""The page in a real browser: Debian's chromium, driven by playwright; axe-core looks at every page."""

import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from imu_ankle import analyze
from imu_ankle.io.csvfile import read_recording
from imu_ankle.session.simulated import write_season

sync_api = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
pytest.importorskip("axe_playwright_python", reason="axe-playwright-python is not installed")
from axe_playwright_python.sync_playwright import Axe  # noqa: E402

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
pytestmark = [
    pytest.mark.skipif(CHROMIUM is None, reason="there is no chromium (apt-get install chromium)"),
    # playwright's own loop leaves such traces behind
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
]
SET_S = 120.0


@pytest.fixture(scope="module")
def chromium():
    with sync_api.sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield browser
        browser.close()


class Served:
    """A running `imu-ankle live`, and one browser window on it."""

    def __init__(self, chromium, home: Path) -> None:
        self.home = home
        self.told = (home.parent / "server.txt").open("w")
        self.process = subprocess.Popen(
            [sys.executable, "-m", "imu_ankle", "live", "--no-open"],
            stdout=subprocess.PIPE,
            stderr=self.told,
            text=True,
            env={**os.environ, "IMU_ANKLE_HOME": str(home)},
        )
        assert self.process.stdout is not None
        self.printed = self.process.stdout
        found = re.search(r"http\S+", self.printed.readline())
        assert found, (home.parent / "server.txt").read_text()
        self.link = found.group(0)
        self.base = self.link.split("/?")[0]
        self.context = chromium.new_context()
        self.context.set_default_timeout(1000 * SET_S)
        self.page = self.context.new_page()
        self.errors: list[str] = []
        self.page.on(
            "console",
            lambda m: self.errors.append(m.text) if m.type in {"error", "warning"} else None,
        )
        self.page.on("pageerror", lambda error: self.errors.append(str(error)))
        self.page.goto(self.link)

    def state(self):
        return self.page.evaluate("fetch('/state.json').then((answer) => answer.json())")

    def wait(self, condition: str, timeout_s=SET_S):
        """Wait until a JavaScript expression on the state `s` holds; return that state."""
        until = time.monotonic() + timeout_s
        while True:
            state = self.state()
            if self.page.evaluate(f"(s) => Boolean({condition})", state):
                return state
            assert time.monotonic() < until, (condition, state)
            self.page.wait_for_timeout(150)

    def accessible(self):
        found = Axe().run(self.page).response["violations"]
        assert [(v["id"], [n["target"] for n in v["nodes"]][:3]) for v in found] == []

    def asked(self, condition: str, timeout_s=SET_S):
        """Wait until the page shows a question of which a JavaScript expression holds."""
        number = self.wait(f"s.question && ({condition})", timeout_s)["question"]["number"]
        self.page.wait_for_selector(f"#question:not([hidden])[data-number='{number}']")
        return number

    def press_when(self, kind: str, key: str, typed: str = ""):
        """Answer the question of that kind, by keys alone."""
        number = self.asked(f"s.question.kind === '{kind}'")
        if kind != "choice":
            self.page.wait_for_selector("#answers input:focus")
        if typed:
            self.page.keyboard.type(typed)
        self.page.keyboard.press(key)
        self.wait(f"s.question?.number !== {number}")

    def interrupt(self):
        self.process.send_signal(signal.SIGINT)
        assert self.process.wait(SET_S) == 0, (self.home.parent / "server.txt").read_text()

    def close(self):
        self.context.close()
        try:
            self.interrupt()
        finally:
            self.process.kill()
            self.printed.close()
            self.told.close()


@pytest.fixture
def served(chromium, home):
    home.mkdir(parents=True, exist_ok=True)
    made = Served(chromium, home)
    yield made
    made.close()


def begin(served, **fields):
    for name, value in fields.items():
        field = served.page.locator(f"#start [name={name}]")
        if name in {"exercises", "sides"}:
            field.select_option(value)
        else:
            field.fill(value)
    served.page.locator("#start [name=athlete]").press("Enter")


def shows(locator, text):
    """Wait until the page shows that text: what a press or the hub brings comes in its own time."""
    sync_api.expect(locator).to_contain_text(text, timeout=1000 * SET_S)


def as_analyzed(served, verdict):
    """The result of the saved file by the command line."""
    done = subprocess.run(
        [sys.executable, "-m", "imu_ankle", "analyze", verdict["file"], "--json"],
        capture_output=True,
        text=True,
        check=True,
    )
    return json.loads(done.stdout)


def test_a_session_by_keys_alone_ends_in_what_analyze_says(served):
    served.accessible()
    begin(served, source="virtual", exercises="heel-raises", dose="4")
    served.press_when("choice", "Enter")  # it sits: two rises follow
    served.accessible()
    served.press_when("choice", "Enter")  # ready
    served.wait("s.view?.done >= 1")
    shows(served.page.locator("[data-testid=number]"), re.compile("^[1-4]$"))
    served.accessible()
    state = served.wait("s.verdict")
    verdict = state["verdict"][0]
    served.page.wait_for_selector("#verdict table")
    served.accessible()
    shown = served.page.locator("#verdict td").all_inner_texts()
    assert shown == [text for _, text in verdict["facts"]]
    assert verdict["result"] == as_analyzed(served, verdict)
    assert verdict["result"]["reps"] == 4
    served.press_when("pain", "Enter", "3")
    served.press_when("words", "Enter", "felt <b>well</b>")
    served.press_when("choice", "Enter")
    served.wait("s.phase === 'done'")
    sidecar = json.loads(Path(verdict["file"]).with_suffix(".json").read_text())
    assert (sidecar["pain"], sidecar["notes"]) == (3.0, "felt <b>well</b>")
    frames = served.page.evaluate("M")
    assert frames["rows"] > 1000
    assert frames["draws"] > 50
    assert served.errors == []


def test_a_lost_sensor_is_told_in_red_and_the_set_goes_on(served):
    word = "virtual:mini-squats,side=left,reps=5,shadow-at=9,shadow-s=4"
    begin(served, source=word, exercises="mini-squats", dose="5")
    served.press_when("choice", "Enter")
    served.press_when("choice", "Enter")
    served.wait("s.view?.links?.some((link) => link.trouble)")
    served.page.wait_for_selector("#trouble:not([hidden])")
    shows(served.page.locator("#trouble"), "recording goes on by itself")
    served.wait("s.view && !s.view.links.some((link) => link.trouble)")
    verdict = served.wait("s.verdict")["verdict"][0]
    served.page.wait_for_function("document.getElementById('trouble').hidden")
    assert verdict["result"]["reps"] == 5
    assert verdict["result"] == as_analyzed(served, verdict)
    assert served.errors == []


def test_a_set_can_be_ended_by_space_repeated_and_the_session_left_by_q(served):
    begin(served, source="virtual", exercises="mini-squats")
    served.press_when("choice", "Enter")
    served.press_when("choice", "Enter")
    served.wait("s.view?.done >= 1")
    served.page.reload()  # whoever looks away finds the set where it is
    served.page.wait_for_function("!document.getElementById('now').hidden")
    served.page.keyboard.press(" ")
    first = served.wait("s.verdict")["verdict"][0]["file"]
    served.press_when("pain", "Enter")
    served.press_when("words", "Enter")
    served.press_when("choice", "r")
    served.press_when("choice", "q")
    served.wait("s.phase === 'done'")
    assert Path(first).exists()
    assert "broken off" in " ".join(served.state()["said"])
    assert served.errors == []


@pytest.fixture(scope="module")
def season(tmp_path_factory):
    home = tmp_path_factory.mktemp("season") / "home"
    write_season("anna", home=home, weeks=6, trials=1)
    return home


@pytest.fixture(scope="module")
def served_season(chromium, season):
    made = Served(chromium, season)
    yield made
    made.close()


@pytest.fixture
def seasoned(served_season):
    served_season.errors.clear()
    served_season.page.goto(served_season.base)
    return served_season


def test_a_recording_is_replayed_at_speed(seasoned, season):
    served = seasoned
    path = sorted(season.rglob("*lateral-hops_left*.csv"))[-1]
    served.page.select_option("#replay [name=file]", str(path.relative_to(season)))
    served.page.select_option("#replay [name=speed]", "4")
    served.page.locator("#replay button").click()
    served.wait("s.view?.title?.includes('replay')")
    served.page.wait_for_selector("#pause:not([hidden])")
    served.page.keyboard.press("p")
    served.wait("s.view?.message === 'paused'")
    served.page.locator("#pause").focus()
    served.page.keyboard.press(" ")  # the button's own key: it goes on, and doesn't end
    served.wait("s.view?.message !== 'paused'")
    verdict = served.wait("s.phase === 'done'")["verdict"][0]
    assert verdict["result"] == analyze(read_recording(path)).to_dict()
    assert served.errors == []


@pytest.mark.parametrize("width", [390, 1280, 1920])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_page_of_the_dashboard_is_sound(seasoned, width, scheme):
    served = seasoned
    page = served.page
    page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
    page.set_viewport_size({"width": width, "height": 900})
    seen = []
    for path in ("/", "/history", "/trends"):
        page.goto(served.base + path)
        page.wait_for_load_state("networkidle")
        served.accessible()
        seen.append(page.evaluate("document.documentElement.scrollWidth - innerWidth"))
    charts = page.evaluate(
        "[...document.querySelectorAll('figure')].map((f) => f.scrollWidth - f.clientWidth)"
    )
    assert len(charts) > 3
    assert max(charts) <= 0  # no chart lies over its neighbour
    page.goto(served.base + "/history")
    page.locator("a[href^='/session/']").first.click()
    page.wait_for_url("**/session/**")
    page.wait_for_load_state("networkidle")
    served.accessible()
    page.locator("a[href^='/trial/']").first.click()
    page.wait_for_url("**/trial/**")
    page.wait_for_load_state("networkidle")
    served.accessible()
    page.locator("button.at").first.click()
    shows(page.locator("#cursor"), "at ")
    seen.append(page.evaluate("document.documentElement.scrollWidth - innerWidth"))
    assert max(seen) <= 0  # nothing is cut off on a phone
    assert served.errors == []


def test_an_event_is_added_and_shown(seasoned):
    served = seasoned
    served.page.goto(served.base + "/history")
    served.page.fill("[name=text]", "rolled on a root")
    served.page.locator("form[action='/events'] button").click()
    shows(served.page.locator("main"), "rolled on a root")
    assert served.errors == []


def test_what_is_wished_while_it_connects_is_done_once_it_has(served):
    # holds back the opening of the page's socket, as a busy machine does
    served.context.add_init_script("""
        window.WebSocket = class extends WebSocket {
          constructor(url) {
            super(url);
            this.late = true;
            this.addEventListener("open", (event) => this.late && event.stopImmediatePropagation());
            setTimeout(() => { this.late = false; this.dispatchEvent(new Event("open")); }, 1500);
          }
          get readyState() { return this.late ? 0 : super.readyState; }
          send(data) {
            if (this.late) throw new Error("sent too early");
            super.send(data);
          }
        };
    """)
    served.page.goto(served.base)
    begin(served, source="virtual", exercises="mini-squats")
    served.asked("s.question.kind === 'choice'")
    assert served.errors == []


def test_ctrl_c_in_the_middle_of_a_set_keeps_it(served, home):
    begin(served, source="virtual", exercises="mini-squats")
    served.press_when("choice", "Enter")
    served.press_when("choice", "Enter")
    served.wait("s.view?.done >= 1")
    served.interrupt()
    (path,) = home.glob("sessions/*/*.csv")
    assert json.loads(path.with_suffix(".json").read_text())["ended"] is not None
    assert len(read_recording(path)) > 500


def test_a_focused_button_or_link_keeps_its_own_keys(served):
    page = served.page
    begin(served, source="virtual", exercises="mini-squats")
    served.press_when("choice", "Enter")
    served.asked("s.question.text === 'Ready?'")
    page.locator("#answers button", has_text="Skip it").focus()
    page.keyboard.press("Enter")
    number = served.asked("s.question.text.startsWith('Clip') && s.step.leg === 'right'")
    assert not list(served.home.glob("sessions/*/*.csv"))
    for _ in range(5):
        page.keyboard.down("Enter")  # held: once, no more
    page.keyboard.up("Enter")
    served.wait(f"s.question?.number === {number + 1}")
    page.wait_for_timeout(500)
    assert served.state()["question"]["number"] == number + 1
    page.locator("nav a", has_text="History").focus()
    page.keyboard.press("Enter")
    page.wait_for_url("**/history")
    assert served.errors == []


def test_pain_must_be_a_number_from_0_to_10(served):
    begin(served, source="virtual", exercises="mini-squats", dose="3")
    served.press_when("choice", "Enter")
    served.press_when("choice", "Enter")
    served.asked("s.question.kind === 'pain'")
    served.page.locator("#answers input").fill("42")
    served.page.locator("#answers .main").click()
    served.page.wait_for_timeout(400)
    assert served.state()["question"]["kind"] == "pain"
    served.page.locator("#answers input").fill("7")
    served.page.locator("#answers .main").click()
    served.wait("s.question?.kind === 'words'")


def test_an_event_with_signs_of_formulas_breaks_no_picture(seasoned):
    page = seasoned.page
    page.goto(seasoned.base + "/history")
    page.fill("[name=text]", "laces $\\foo$ for $80")
    page.locator("form[action='/events'] button").click()
    shows(page.locator("main"), "$80")
    for path in ("/picture/anna/all.svg", "/picture/anna/calendar.svg"):
        assert page.request.get(seasoned.base + path).status == 200
    session = page.locator("a[href^='/session/']").first.get_attribute("href")
    assert page.request.get(f"{seasoned.base}{session}/report").status == 200
