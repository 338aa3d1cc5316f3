"""The commands on the history: what they print, write, refuse; and the reports."""

import html.parser
import json
import re
import shutil
from datetime import date
from pathlib import Path

import pytest

from imu_ankle.cli import run
from imu_ankle.core.options import Side
from imu_ankle.core.recording import Condition, Sidecar
from imu_ankle.history.store import History
from imu_ankle.io.csvfile import write_recording
from imu_ankle.io.sidecar import read_sidecar
from imu_ankle.session.simulated import write_season
from tests.helpers import BALANCE, HOPS, changed, flights, stance_only
from tests.history.homes import FIRST, fill

LAST = date(2026, 11, 22)


@pytest.fixture(scope="module")
def season(tmp_path_factory):
    """Return a data home with seven weeks of a simulated runner."""
    home = tmp_path_factory.mktemp("season") / "home"
    write_season("runner", home=home, last_day=LAST, weeks=7, trials=1)
    History(home).close()
    return home


@pytest.fixture
def runner(season, home, tmp_path, monkeypatch):
    """Make the season this test's data home, and an empty folder the current one."""
    shutil.copytree(season, home)
    here = tmp_path / "here"
    here.mkdir()
    monkeypatch.chdir(here)
    return home


def told(capsys, *words):
    """Run a command that must do well; return what it printed."""
    assert run(list(words)) == 0
    return capsys.readouterr()


def test_trends_tell_verdicts_of_the_history(runner, capsys):
    out = told(capsys, "trends").out
    assert "SIMULATED" in out
    assert "within noise" in out
    assert "Left and right" in out
    assert "kept up" in out
    words = re.findall(r"better \(real\)|worse \(real\)|within noise|not enough sessions", out)
    assert words


def test_trends_as_json(runner, capsys):
    content = json.loads(told(capsys, "trends", "--json").out)
    assert content["schema"] == 1
    assert content["athlete"] == "runner"
    assert content["simulated"] is True
    verdicts = {trend["verdict"] for trend in content["trends"]}
    assert verdicts <= {"better (real)", "within noise", "worse (real)", "not enough sessions"}
    one = next(t for t in content["trends"] if t["key"] == "sway_rms_dps" and t["leg"] == "left")
    assert len(one["sessions"]) == 6  # seven weeks, one of rest
    assert content["adherence"]["streak_weeks"] == 6
    assert {event["text"] for event in content["events"]} == {
        "sprain: left ankle rolled (simulated)",
        "rest: rest (simulated)",
    }
    assert content["load"][0]["landings"] == 60.0


def test_trends_write_what_they_are_asked_for(runner, capsys):
    told(capsys, "trends", "--png", "--svg", "a.svg", "--csv", "--exercise", HOPS)
    assert sorted(path.name for path in Path().iterdir()) == [
        "a.svg",
        f"trends_runner_{HOPS}.csv",
        f"trends_runner_{HOPS}.png",
    ]
    lines = Path(f"trends_runner_{HOPS}.csv").read_text().splitlines()
    assert len(lines) == 1 + 2 * 3 * 6
    assert {"exercise", "leg", "day", "value", "unit", "trials", "metric_set"} <= set(
        lines[0].split(",")
    )
    assert "Lateral hops, left leg: width" in Path("a.svg").read_text()


@pytest.mark.parametrize("picture", ["all", "stability", "hops", "calendar"])
def test_every_picture_is_drawn(runner, capsys, picture):
    told(capsys, "trends", "--png", "x.png", "--picture", picture)
    assert Path("x.png").stat().st_size > 20_000


def test_one_number_can_be_followed(runner, capsys):
    out = told(capsys, "trends", "--exercise", HOPS, "--metric", "contact_s", "--json").out
    trends = json.loads(out)["trends"]
    assert {trend["key"] for trend in trends} == {"contact_s"}
    assert {trend["verdict"] for trend in trends} == {None}  # no direction is better


@pytest.mark.parametrize(
    ("words", "status"),
    [
        (["trends", "--metric", "flight_s"], 2),
        (["trends", "--exercise", HOPS, "--metric", "nonsense"], 2),
        (["trends", "--exercise", "yoga"], 2),
        (["trends", "--picture", "nonsense", "--png"], 2),
        (["trends", "--png", "a.doc"], 2),
        (["trends", "--svg", "a.png"], 2),
        (["trends", "--csv", "a.xlsx"], 2),
        (["trends", "--athlete", "nobody"], 3),
        (["report", "--session", "1999"], 3),
        (["report", "--for", "coach"], 2),
        (["list", "--athlete", "nobody"], 3),
        (["show", "nonsense"], 3),
        (["show", "--picture", "nonsense"], 2),
        (["edit", "last"], 2),
        (["edit", "last", "--side", "middle"], 2),
        (["edit", "last", "--exercise", "yoga"], 2),
        (["edit", "last", "--athlete", "a b"], 2),
        (["fix-side", "last", "middle"], 2),
        (["delete"], 2),
        (["delete", "last", "--undo"], 2),
        (["delete", "--undo"], 3),
        (["delete", "--athlete", "runner"], 2),
        (["export", "--out", "a.tar"], 2),
        (["index", "polish"], 2),
        (["athlete", "--exercises", "yoga"], 2),
        (["athlete", "--injured", "both"], 2),
        (["athlete", "--event", "party"], 2),
        (["athlete", "--day", "2026-01-01"], 2),
        (["athlete", "--event", "rest", "--day", "soon"], 2),
        (["athlete", "a b"], 2),
        (["athlete", "--event", "sprain", "--day", "2999-01-01"], 2),
        (["athlete", "--remove-event", "1999-01-01"], 2),
    ],
)
def test_what_can_not_be_is_said_and_changes_nothing(runner, capsys, words, status):
    before = {p: p.stat().st_mtime_ns for p in (runner / "sessions").rglob("*")}
    assert run(words) == status
    error = capsys.readouterr().err
    assert len(error.strip()) > 20
    assert "Traceback" not in error
    assert {p: p.stat().st_mtime_ns for p in (runner / "sessions").rglob("*")} == before


@pytest.mark.parametrize(
    "words",
    [["trends"], ["list"], ["show"], ["report"], ["edit", "last", "--pain", "1"], ["rescore"]],
)
def test_an_empty_history_says_what_to_do(home, capsys, words):
    assert run(words) == (0 if words == ["rescore"] else 3)
    if words != ["rescore"]:
        assert "imu-ankle record" in capsys.readouterr().err


# ---- reports


class Page(html.parser.HTMLParser):
    """Collects what a page is made of; open and close must match."""

    VOID = ("meta", "br", "path", "use", "rect", "line", "img", "circle", "hr", "link", "image")

    def __init__(self):
        super().__init__()
        self.tags, self.open, self.words, self.labels, self.links = [], [], [], [], []

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        values = dict(attrs)
        self.labels += [values["aria-label"]] if "aria-label" in values else []
        self.links += [values[k] or "" for k in ("src", "href", "xlink:href") if k in values]
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attrs):
        self.handle_starttag(tag, attrs)
        if tag not in self.VOID:
            self.open.pop()

    def handle_endtag(self, tag):
        if tag not in self.VOID:
            assert self.open.pop() == tag

    def handle_data(self, data):
        self.words.append(data)


def page_of(path):
    page = Page()
    page.feed(path.read_text())
    assert page.open == []
    return page


@pytest.mark.parametrize("audience", ["athlete", "physio"])
def test_a_report_is_one_page_of_its_own(runner, capsys, audience):
    told(capsys, "note", "last", "windy <script>alert(1)</script> & cold")
    told(capsys, "report", "--html", "--for", audience)
    (path,) = Path().glob("report_*.html")
    page = page_of(path)
    assert "script" not in page.tags
    assert all(link.startswith(("#", "data:image/png")) for link in page.links)
    text = " ".join(page.words)
    assert "alert(1)" in text
    assert "SIMULATED" in text
    assert "What was done" in text
    assert "What changed" in text
    assert "What was not measurable, and why" in text
    assert "not a medical device" in text
    assert len([label for label in page.labels if "sessions" in label or "of 20" in label]) >= 3
    assert "http" not in re.sub(r'(xmlns(:xlink)?|rdf:\w+|resource)="[^"]*"', "", text)


FORBIDDEN = (
    "risk", "injury-prone", "diagnos", "cleared", "clearance", "ankle health", "healthy",
    "prevent", "fall", "norm ", "unstable", "instability",
)  # fmt: skip


@pytest.mark.parametrize("audience", ["athlete", "physio"])
def test_a_report_claims_no_more_than_was_measured(runner, capsys, audience):
    told(capsys, "report", "--for", audience)
    (path,) = Path().glob("report_*.html")
    text = " ".join(page_of(path).words).lower()
    assert "steadiness of the stance foot" in text
    found = [word for word in FORBIDDEN if word in text]
    assert found in ([], ["norm "])  # "No norm ... was found"
    verdicts = set(re.findall(r"(\w+) \(real\)", text))
    assert verdicts <= {"better", "worse"}


def test_a_physio_is_told_more(runner, capsys):
    from pypdf import PdfReader

    for audience in ("athlete", "physio"):
        told(capsys, "report", "--pdf", "--html", "--for", audience)
    brief, full = (next(Path().glob(f"*_{who}.html")).read_text() for who in ("athlete", "physio"))
    for word in ("MDC95", "Theil-Sen", "doi:"):
        assert word in full
        assert word not in brief
    short, long = (PdfReader(next(Path().glob(f"*_{who}.pdf"))) for who in ("athlete", "physio"))
    assert len(long.pages) > len(short.pages)
    first = short.pages[0].extract_text()
    assert "SIMULATED" in first
    assert "Session of 22 November 2026" in first
    assert "What was done" in first
    assert short.metadata is not None
    assert short.metadata.title == "Session of 22 November 2026, 07:00"


def test_a_report_of_an_older_session_knows_nothing_of_later_ones(runner, capsys):
    told(capsys, "report", "--session", "2026-10-18")
    (path,) = Path().glob("report_2026-10-18*.html")
    text = " ".join(page_of(path).words)
    assert "18 October 2026" in text
    assert "not enough sessions (2 of 5)" in " ".join(page_of(path).labels)
    assert "2026-11" not in text


def test_the_same_report_twice_is_the_same(runner, capsys):
    bytes_of = []
    for _ in range(2):
        told(capsys, "report", "--pdf", "--html")
        bytes_of.append([path.read_bytes() for path in sorted(Path().glob("report_*"))])
    assert bytes_of[0] == bytes_of[1]


def test_a_first_session_has_a_report_too(home, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    fill(home, sessions=1)
    told(capsys, "report", "--pdf", "--html", "--for", "physio")
    text = " ".join(page_of(next(tmp_path.glob("*.html"))).words)
    assert "Too early to tell: a verdict needs 5 sessions." in text
    assert "not enough sessions (1 of 5)" in text
    assert "Not enough sessions yet" in text
    assert "No baseline yet" in text or "not done" in text


# ---- keeping in order


def test_list_and_show(runner, capsys):
    out = told(capsys, "list", "--most", "2").out
    assert "2026-11-22_0700_runner" in out
    assert "4 earlier sessions" in out
    content = json.loads(told(capsys, "list", "--json").out)
    assert len(content["sessions"]) == 6
    assert "score" in told(capsys, "list", "--trials").out
    shown = told(capsys, "show").out
    assert "Jump squats" in shown
    one = json.loads(told(capsys, "show", "2026-11-22T0700", "--json").out)["trials"]
    assert len(one) == 1
    assert one[0]["result"]["exercise"] == BALANCE
    assert one[0]["sidecar"]["simulated"] is True
    assert "sway W" in told(capsys, "show", "2026-11-22T0700").out
    told(capsys, "show", "--png")
    told(capsys, "show", "--picture", "fatigue", "--png", "f.png")
    assert Path("session_2026-11-22_0700_runner.png").stat().st_size > 10_000
    assert Path("f.png").stat().st_size > 10_000


def test_edit_fix_side_note(runner, capsys):
    told(capsys, "edit", "last", "--pain", "3", "--shoe", "road")
    told(capsys, "fix-side", "2026-11-22T0700")
    told(capsys, "note", "2026-11-22T0700", "wobbly")
    told(capsys, "note", "last", "[/b] no markup")
    assert "[/b] no markup" in told(capsys, "list", "--trials").out
    told(capsys, "edit", "2026-11-22T0700", "--notes", "wobbly")
    one = json.loads(told(capsys, "show", "2026-11-22T0700", "--json").out)["trials"][0]
    assert one["sidecar"]["side"] == "right"
    assert one["result"]["side"] == "right"
    assert one["sidecar"]["pain"] == 3
    assert one["sidecar"]["notes"] == "wobbly"
    assert "wobbly" in told(capsys, "list", "--most", "1").out


def test_delete_and_undo(runner, capsys):
    told(capsys, "delete", "2026-11-22")
    assert "2026-11-22" not in told(capsys, "list").out
    assert "2026-11-22" in told(capsys, "list", "--trash").out
    told(capsys, "delete", "--undo")
    assert "2026-11-22" in told(capsys, "list").out
    told(capsys, "delete", "--athlete", "runner", "--yes")
    assert run(["list"]) == 3
    assert not list(runner.rglob("*.csv"))


def test_rescore_and_rebuild(runner, capsys):
    assert "No number moved" in told(capsys, "rescore").out
    content = json.loads(told(capsys, "rescore", "last", "--dry-run", "--json").out)
    assert content["kept"] is False
    assert all(number["moved"] == 0 for number in content["numbers"])
    assert "42 trials" in told(capsys, "index", "rebuild").out


def test_export(runner, capsys):
    told(capsys, "export", "--out", "a.csv")
    told(capsys, "export", "--out", "a.zip", "--athlete", "runner")
    told(capsys, "export", "--out", "a.csv")  # an older table is replaced
    assert Path("a.csv").read_text().startswith("trial,session,athlete,")
    assert Path("a.zip").stat().st_size > 100_000


@pytest.mark.parametrize(
    "words", [["export", "--out"], ["trends", "--csv"], ["batch", ".", "--out"]]
)
def test_no_table_takes_the_place_of_a_recording(runner, words, capsys):
    recording = next(runner.rglob("*_lateral-hops_*.csv"))
    before = recording.read_bytes()
    assert run([*words, str(recording)]) == 2
    assert "is a recording; name another" in capsys.readouterr().err
    assert recording.read_bytes() == before


@pytest.mark.parametrize("words", [["export"], ["batch", "."]])
@pytest.mark.parametrize("ending", ["csv", "zip"])
def test_no_file_takes_the_place_of_a_folder(runner, words, ending, capsys):
    Path(f"folder.{ending}").mkdir()
    assert run([*words, "--out", f"folder.{ending}"]) == 2
    assert "is a folder; name a file" in capsys.readouterr().err


def test_a_table_of_trends_is_private(runner, capsys):
    told(capsys, "trends", "--csv", "a.csv")
    assert Path("a.csv").stat().st_mode & 0o077 == 0


def test_profile(runner, capsys):
    told(capsys, "athlete", "--times-per-week", "3", "--exercises", f"{BALANCE},{HOPS}")
    told(capsys, "athlete", "--event", "shoes", "--day", "2026-11-01", "--text", "new shoes")
    told(capsys, "athlete", "--injured", "none")
    content = json.loads(told(capsys, "athlete", "--json").out)
    assert content["times_per_week"] == 3
    assert content["exercises"] == [BALANCE, HOPS]
    assert content["injured"] is None
    assert [event["kind"] for event in content["events"]] == ["shoes", "sprain", "rest"]
    out = json.loads(told(capsys, "trends", "--json").out)
    assert out["adherence"]["doses"][0]["share"][0] == pytest.approx(1 / 3)
    told(capsys, "athlete", "--event", "baseline", "--day", "2026-11-08")
    told(capsys, "athlete", "--remove-event", "2026-11-01")
    after = json.loads(told(capsys, "trends", "--json").out)
    assert "shoes: new shoes" not in {event["text"] for event in after["events"]}
    assert {trend["verdict"] for trend in after["trends"]} == {"not enough sessions"}


def test_recordings_are_taken_into_the_history(home, tmp_path, capsys):
    recording, _ = flights(HOPS, seed=2, reps=4, side="left")
    path = tmp_path / "mine.csv"
    write_recording(changed(recording, sidecar=Sidecar()), path)
    before = path.read_bytes()
    known = ["--athlete", "anna", "--exercise", HOPS, "--side", "left"]
    assert run(["import", str(path), *known]) == 2
    assert "--started-at" in capsys.readouterr().err
    start = ["--started-at", FIRST.isoformat()]
    assert "dry run" in told(capsys, "import", str(path), *known, *start, "--dry-run").out
    dry = json.loads(told(capsys, "import", str(path), *known, *start, "--dry-run", "--json").out)
    assert dry["out"] is None
    said = json.loads(told(capsys, "import", str(path), *known, *start, "--json").out)
    assert path.read_bytes() == before
    (csv,) = (home / "sessions").rglob("*.csv")
    assert said["out"] == str(csv)
    sidecar = read_sidecar(csv.with_suffix(".json"))
    assert (sidecar.exercise, sidecar.side, sidecar.started_at) == (HOPS, "left", FIRST.isoformat())
    assert sidecar.extra["original"] == str(path)
    assert "Lateral hops 1" in told(capsys, "list").out
    assert run(["import", str(path), *known, "--out", "x.csv"]) == 2
    assert run(["import", str(path), *known, *start]) == 2
    assert "is there" in capsys.readouterr().err


def test_another_home_can_be_named(runner, tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("IMU_ANKLE_HOME", str(tmp_path / "nothing"))
    assert "2026-11-22" in told(capsys, "list", "--data", str(runner)).out


# ---- folders that are no history


def dated(recording, exercise, started_at, side=Side.LEFT, **extra):
    sidecar = Sidecar(
        exercise=exercise, side=side, started_at=started_at, simulated=True,
        condition=Condition(), extra=extra,
    )  # fmt: skip
    return changed(recording, sidecar=sidecar)


@pytest.fixture
def folder(tmp_path):
    hops, _ = flights(HOPS, seed=2, reps=4, side="left")
    for day in (1, 8):
        place = tmp_path / "all" / f"2026-10-0{day}"
        place.mkdir(parents=True)
        write_recording(dated(hops, HOPS, f"2026-10-0{day}T18:00:00+02:00"), place / "hops.csv")
        still = dated(stance_only(seconds=9.0), BALANCE, f"2026-10-0{day}T18:05:00+02:00")
        write_recording(still, place / "balance.csv")
    return tmp_path / "all"


def test_a_folder_of_recordings_needs_no_history(folder, home, capsys):
    content = json.loads(told(capsys, "trends", str(folder), "--json").out)
    assert {len(trend["sessions"]) for trend in content["trends"]} == {2}
    assert {trend["verdict"] for trend in content["trends"]} == {"not enough sessions"}
    assert not home.exists()
    only = json.loads(told(capsys, "trends", str(folder), "--exercise", HOPS, "--json").out)
    assert {trend["exercise"] for trend in only["trends"]} == {HOPS}


def test_a_broken_file_is_named_and_the_rest_still_shown(folder, capsys):
    (folder / "broken.csv").write_text("")
    assert run(["trends", str(folder)]) == 6
    out = capsys.readouterr()
    assert "broken.csv" in out.err
    assert "Lateral hops" in out.out


def test_a_folder_without_a_dated_recording_says_so(tmp_path, capsys):
    recording, _ = flights(HOPS, seed=2, reps=4, side="left")
    write_recording(dated(recording, HOPS, None), tmp_path / "hops.csv")
    assert run(["trends", str(tmp_path)]) == 3
    error = capsys.readouterr().err
    assert "started_at" in error
    assert "left out" in error
    assert run(["trends", str(tmp_path / "none")]) == 3


def test_recordings_of_two_people_are_not_mixed(folder, capsys):
    other = dated(stance_only(seconds=9.0), BALANCE, "2026-10-09T18:05:00+02:00", athlete="ben")
    write_recording(other, folder / "ben.csv")
    assert run(["trends", str(folder)]) == 2
    assert "ben" in capsys.readouterr().err
    content = json.loads(told(capsys, "trends", str(folder), "--athlete", "ben", "--json").out)
    assert {trend["exercise"] for trend in content["trends"]} == {BALANCE}
