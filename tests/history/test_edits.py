"""What people change and throw away; and what stays of it."""

import itertools
import json
import shutil
from datetime import datetime, timedelta

import pytest

from imu_ankle.core.errors import HistoryError, UsageError
from imu_ankle.history import edits
from imu_ankle.history.athletes import athlete_path, read_athlete, save_athlete
from imu_ankle.history.store import History
from imu_ankle.io.sidecar import read_sidecar
from imu_ankle.progress.athlete import Athlete, LifeEvent, Occasion
from tests.history.homes import FIRST, fill, record


@pytest.fixture
def history(home):
    fill(home, sessions=3, trials=2)
    with History(home) as opened:
        yield opened


def stems(entries):
    return [entry.facts.trial.rsplit("/", 1)[-1] for entry in entries]


def test_targets(history):
    last = edits.find(history, "last")
    assert len(last) == 4
    assert {entry.facts.session for entry in last} == {"2026-09-20_1800_anna"}
    assert edits.find(history, "2026-09-20") == last
    assert edits.find(history, "2026-09-20_1800_anna") == last
    assert len(edits.find(history, "2026-09-20T180200")) == 1
    one = last[0]
    assert edits.find(history, one.facts.trial) == [one]
    assert edits.find(history, str(history.path(one))) == [one]
    for which in ("2026-09", "nonsense"):
        with pytest.raises(HistoryError, match="imu-ankle list"):
            edits.find(history, which)


def test_last_is_by_time_not_by_name(home):
    fill(home, sessions=2)
    record(home, FIRST + timedelta(days=3), athlete="zoe")
    with History(home) as history:
        assert edits.find(history, "last")[0].facts.session == "2026-09-13_1800_anna"


def test_words_change_without_scoring_and_sides_with_it(history, analysed):
    del analysed[:]
    last = edits.find(history, "last")
    edits.edit(history, last, {"pain": 4, "shoe": "road", "notes": "windy"})
    assert analysed == []
    assert {entry.pain for entry in edits.find(history, "last")} == {4}
    assert {entry.facts.shoe for entry in edits.find(history, "last")} == {"road"}
    edits.fix_side(history, last[:1], None)
    assert len(analysed) == 1
    (changed,) = edits.find(history, last[0].facts.trial)
    assert (changed.facts.side, changed.facts.leg) == ("right", "right")


def test_what_was_said_before_stays_and_unknown_keys_too(history):
    entry = edits.find(history, "last")[0]
    edits.fix_side(history, [entry], "right")
    edits.edit(history, [entry], {"shoe": "road"})
    sidecar = read_sidecar(history.path(entry).with_suffix(".json"))
    said = json.loads(history.path(entry).with_suffix(".json").read_text())["edits"]
    assert [edit["was"] for edit in said] == [
        {"side": "left"},
        {"shoe": "trail"},
    ]
    assert sidecar.extra["of_another_program"] == [1, 2]
    assert sidecar.condition.shoe == "road"


def test_samples_are_never_touched(history):
    entry = edits.find(history, "last")[0]
    before = history.path(entry).read_bytes()
    edits.edit(history, [entry], {"side": "right", "eyes": "closed", "pain": 2})
    assert history.path(entry).read_bytes() == before


def test_a_wrong_clock_is_mended_for_a_whole_session(history):
    last = edits.find(history, "last")
    edits.edit(history, last, {"started_at": "2026-09-27T08:00:00+02:00"})
    starts = [datetime.fromisoformat(str(e.facts.started_at)) for e in edits.find(history, "last")]
    assert starts[0] == datetime.fromisoformat("2026-09-27T08:00:00+02:00")
    apart = [(b - a).total_seconds() for a, b in itertools.pairwise(starts)]
    assert apart == [120.0, 120.0, 120.0]


@pytest.mark.parametrize(
    "changes", [{"side": "middle"}, {"pain": "much"}, {"started_at": "yesterday"}, {"eyes": "shut"}]
)
def test_what_can_not_be_is_refused_and_nothing_changes(history, changes):
    last = edits.find(history, "last")
    texts = [history.path(entry).with_suffix(".json").read_bytes() for entry in last]
    with pytest.raises(UsageError):
        edits.edit(history, last, changes)
    assert texts == [history.path(entry).with_suffix(".json").read_bytes() for entry in last]


def test_notes_add_up(history):
    for text in ("windy", "tired"):
        edits.note(history, edits.find(history, "last"), text)
    assert [entry.notes for entry in edits.find(history, "last")] == [
        "windy\ntired",
        None,
        None,
        None,
    ]


def files_of(history):
    folder = history.home / "sessions"
    return {str(p.relative_to(folder)): p.read_bytes() for p in folder.rglob("*") if p.is_file()}


@pytest.mark.parametrize("which", ["last", "2026-09-20T180200"])
def test_deleting_and_putting_back(history, which):
    before, entries = files_of(history), history.entries()
    gone = edits.find(history, which)
    edits.delete(history, gone)
    assert len(history.entries()) == len(entries) - len(gone)
    assert (history.home / "sessions" / "2026-09-20_1800_anna").exists() is (which != "last")
    edits.undo_delete(history)
    assert files_of(history) == before
    assert history.entries() == entries
    with pytest.raises(HistoryError, match="nothing"):
        edits.undo_delete(history)


def test_deleted_sessions_come_back_last_first(history):
    for which in ("2026-09-06", "2026-09-13"):
        edits.delete(history, edits.find(history, which))
    edits.undo_delete(history)
    assert {e.facts.session[:10] for e in history.entries()} == {"2026-09-13", "2026-09-20"}
    edits.undo_delete(history)
    assert len(history.entries()) == 12


def test_several_sessions_at_once(history):
    before = files_of(history)
    edits.delete(history, history.entries())
    assert history.entries() == []
    edits.undo_delete(history)
    assert files_of(history) == before


def test_putting_back_never_overwrites(history):
    (entry,) = edits.find(history, "2026-09-20T180200")
    edits.delete(history, [entry])
    history.path(entry).write_text("something else")
    with pytest.raises(HistoryError, match="there again"):
        edits.undo_delete(history)
    assert history.path(entry).read_text() == "something else"


def test_the_trash_is_emptied_after_thirty_days(history):
    place = edits.delete(history, edits.find(history, "2026-09-06"))
    old = place.with_name("20260101T000000000000_2026-09-06_1800_anna")
    place.rename(old)
    edits.delete(history, edits.find(history, "2026-09-13"))
    assert not old.exists()
    assert len(edits.deleted(history)) == 1


def test_an_athlete_can_be_forgotten(history):
    record(history.home, FIRST, athlete="ben")
    history.refresh()
    save_athlete(history.home, Athlete(name="anna", times_per_week=2))
    edits.delete(history, edits.find(history, "2026-09-13"))
    gone = edits.forget_athlete(history, "anna")
    assert len(gone) > 10
    assert history.athletes() == ["ben"]
    left = [str(path) for path in history.home.rglob("*anna*")]
    assert left == []


def test_profiles(home):
    assert read_athlete(home, "anna") == Athlete(name="anna")
    day = FIRST.date()
    anna = Athlete(
        name="anna",
        times_per_week=3,
        exercises=("lateral-hops",),
        injured="left",
        events=(
            LifeEvent(day=day, kind=Occasion.SPRAIN, text="rolled"),
            LifeEvent(day=day, kind=Occasion.REST, text="", until=day + timedelta(days=9)),
        ),
    )
    save_athlete(home, anna)
    assert read_athlete(home, "anna") == anna
    assert len(anna.resting) == 3  # a Sunday, the week after, and the Tuesday of the next
    assert anna.plan.times_per_week == 3
    assert {dose.exercise for dose in anna.plan.doses} == {"lateral-hops"}


@pytest.mark.parametrize(
    "content",
    ["{", "[]", '{"times_per_week": 0, "exercises": [], "injured": null, "events": []}',
     '{"times_per_week": 1, "exercises": ["yoga"], "injured": null, "events": []}'],
)  # fmt: skip
def test_a_profile_that_makes_no_sense_is_named(home, content):
    path = athlete_path(home, "anna")
    path.parent.mkdir(parents=True)
    path.write_text(content)
    with pytest.raises(HistoryError, match=r"anna\.json"):
        read_athlete(home, "anna")


def test_names_can_not_leave_the_folder(home):
    for name in ("../x", "a/b", "", "a b"):
        with pytest.raises(UsageError):
            athlete_path(home, name)


def test_a_deletion_that_was_killed_half_way_can_be_put_back(history):
    last = edits.find(history, "last")
    before = files_of(history)
    place = edits.delete(history, last)
    # as if the program had died before the second half was moved
    for path in sorted(place.rglob("*.*"))[5:]:
        back = history.home / path.relative_to(place)
        back.parent.mkdir(exist_ok=True)
        shutil.move(path, back)
    history.refresh()
    edits.undo_delete(history)
    assert files_of(history) == before


def test_what_else_lies_in_the_trash_is_left_alone(history):
    odd = history.home / "trash" / "Tom_something"
    odd.mkdir(parents=True)
    edits.delete(history, edits.find(history, "last"))
    assert len(edits.deleted(history)) == 1
    edits.undo_delete(history)
    assert odd.exists()


def test_forgetting_one_athlete_leaves_what_another_threw_away(history):
    (one,) = edits.find(history, "2026-09-20T180200")
    edits.edit(history, [one], {"athlete": "bob"})
    edits.delete(history, edits.find(history, "2026-09-20T180200"))
    edits.forget_athlete(history, "anna")
    assert history.athletes() == []
    edits.undo_delete(history)
    assert history.athletes() == ["bob"]
    edits.forget_athlete(history, "bob")
    kept = [path.read_bytes() for path in history.home.glob("index.sqlite*")]
    assert not any(b"bob" in content for content in kept)


def test_a_score_made_meanwhile_does_not_block_putting_back(history):
    last = edits.find(history, "last")
    place = edits.delete(history, last)
    score = next(place.rglob("*.score.json"))
    back = history.home / score.relative_to(place)
    back.parent.mkdir()
    back.write_text("{}")
    edits.undo_delete(history)
    assert len(edits.find(history, "last")) == 4


def test_a_time_in_another_zone_is_kept_in_that_zone(history):
    last = edits.find(history, "last")
    edits.edit(history, last, {"started_at": "2026-09-21T00:30:00+09:00"})
    assert edits.find(history, "last")[0].facts.day == "2026-09-21"
