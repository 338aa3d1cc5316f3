"""Weeks, streaks and load: where the wearer was, whatever clocks did."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta, timezone
from zoneinfo import ZoneInfo

import numpy as np
import pytest

from imu_ankle.progress.plan import DEFAULT_PLAN
from imu_ankle.progress.table import (
    left_out,
    sessions_by_time,
    tidy,
    told_until,
    trials_of,
    usable_rows,
)
from imu_ankle.progress.weeks import adherence, doses_done, doses_of_session, load, streak
from tests.helpers import HOPS, JUMPS
from tests.progress.histories import facts

PLAN = DEFAULT_PLAN.of([HOPS])
BERLIN = ZoneInfo("Europe/Berlin")


def at(start, session="s", trial="t", leg="left", exercise=HOPS, done=20.0, **known):
    """Return the facts of a set that began at an aware local time."""
    return replace(
        facts(start=start),
        trial=f"{session}{trial}{leg}",
        session=session,
        exercise=exercise,
        leg=leg,
        side=known.pop("side", leg if leg != "both" else "left"),
        done=done,
        **known,
    )


def table_of(*trials):
    return tidy((trial, [("reps", trial.done, 1)]) for trial in trials)


def both_legs(start, session, **known):
    return [at(start, session, leg=leg, **known) for leg in ("left", "right")]


def weeks_done(trials, now, plan=PLAN, resting=()):
    return adherence(table_of(*trials), plan, now=now, resting=resting)


def test_sunday_and_monday_are_two_weeks_even_an_hour_apart():
    sunday = datetime(2026, 11, 22, 23, 30, tzinfo=BERLIN)
    trials = both_legs(sunday, "a") + both_legs(sunday + timedelta(hours=1), "b")
    done = weeks_done(trials, datetime(2026, 11, 23, 12, tzinfo=BERLIN))
    assert done.weeks == (date(2026, 11, 16), date(2026, 11, 23))
    assert done.full == (True, True)
    assert done.streak == 2


def test_a_week_is_that_of_the_place_where_it_was_done():
    """Sunday evening in California is Monday in Berlin; it counts for the Sunday."""
    evening = datetime(2026, 11, 22, 20, 0, tzinfo=timezone(timedelta(hours=-8)))
    done = weeks_done(both_legs(evening, "a"), datetime(2026, 11, 23, 8, 0, tzinfo=BERLIN))
    assert done.full == (True, False)
    assert done.streak == 1


def test_flying_around_the_world_every_week_keeps_the_streak():
    zones = [timezone(timedelta(hours=h)) for h in (13, -11, 1, 9, -8, 0)]
    start = datetime(2026, 9, 2, 18, 0, tzinfo=UTC)
    trials = []
    for week, zone in enumerate(zones):
        when = (start + timedelta(days=7 * week)).replace(tzinfo=zone)
        trials += both_legs(when, f"s{week}")
    last = trials[-1].started_at
    done = weeks_done(trials, datetime.fromisoformat(last))
    assert done.streak == len(zones)
    assert done.share.min() == 1.0


@pytest.mark.parametrize("night", [(3, 29, 1, 50), (10, 25, 2, 50)])
def test_a_night_in_which_clocks_are_set_is_one_session_and_one_day(night):
    """Both Sundays; half an hour later the clock shows an hour more, or less."""
    month, day, hour, minute = night
    first = datetime(2026, month, day, hour, minute, tzinfo=BERLIN)
    second = (first.astimezone(UTC) + timedelta(minutes=30)).astimezone(BERLIN)
    shown = second.replace(tzinfo=None) - first.replace(tzinfo=None)
    assert abs(shown - timedelta(minutes=30)) == timedelta(hours=1)
    starts = [("anna", each.isoformat()) for each in (first, second)]
    names = sessions_by_time(starts)
    assert names[0] == names[1] != ""
    trials = [at(first, names[0], "1", done=10.0), at(second, names[1], "2", done=10.0)]
    trials += [at(first, names[0], "3", leg="right")]
    done = weeks_done(trials, second)
    assert len(done.weeks) == 1
    assert done.full == (True,)


def test_loose_recordings_are_grouped_by_athlete_and_two_hours():
    day = datetime(2026, 11, 22, 9, 0, tzinfo=BERLIN)
    minutes = (0, 100, 219, 340, 700)
    names = sessions_by_time(
        [("anna", (day + timedelta(minutes=m)).isoformat()) for m in minutes]
        + [("ben", day.isoformat()), ("ben", None)]
    )
    assert names[0] == names[1] == names[2]
    assert names[3] != names[2]  # begun 121 minutes later
    assert names[4] != names[3]
    assert names[5] not in names[:5]
    assert names[6] == ""


def test_two_sessions_a_day_both_count_for_a_plan_of_several_times_a_week():
    day = datetime(2026, 11, 18, 8, 0, tzinfo=BERLIN)
    trials = both_legs(day, "morning") + both_legs(day + timedelta(hours=10), "evening")
    now = day + timedelta(days=1)
    assert weeks_done(trials, now).share.tolist() == [[1.0], [1.0]]
    thrice = weeks_done(trials, now, DEFAULT_PLAN.of([HOPS], 3))
    assert thrice.share == pytest.approx(np.full((2, 1), 2 / 3))
    assert thrice.full == (True,)


def test_a_dose_twice_in_one_session_is_one_dose():
    day = datetime(2026, 11, 18, 8, 0, tzinfo=BERLIN)
    trials = [at(day, "a", "1"), at(day + timedelta(minutes=9), "a", "2")]
    assert weeks_done(trials, day, DEFAULT_PLAN.of([HOPS], 2)).this_week()[HOPS, "left"] == 0.5


def test_repetitions_of_a_session_add_up_and_seconds_do_not():
    day = datetime(2026, 11, 18, 8, 0, tzinfo=BERLIN)
    hops = [at(day, "a", "1", done=12.0), at(day, "a", "2", done=8.0)]
    assert doses_done(table_of(*hops), PLAN)["share"].tolist() == [1.0]
    stands = [at(day, "a", "1", exercise="single-leg-balance", done=10.0) for _ in range(1)]
    stands += [at(day, "a", "2", exercise="single-leg-balance", done=10.0)]
    plan = DEFAULT_PLAN.of(["single-leg-balance"])
    assert doses_done(table_of(*stands), plan)["share"].tolist() == pytest.approx([10 / 19])
    # the ends of a stance are found to half a second each, so 19.2 s are 20 s
    assert doses_done(table_of(at(day, exercise="single-leg-balance", done=19.2)), plan)[
        "share"
    ].tolist() == [1.0]


def test_two_shoes_that_recorded_the_same_jumps_count_them_once():
    day = datetime(2026, 11, 18, 8, 0, tzinfo=BERLIN)
    shoes = [
        at(day, "a", side, leg="both", side=side, exercise=JUMPS, done=done)
        for side, done in (("left", 11.0), ("right", 10.0))
    ]
    plan = DEFAULT_PLAN.of([JUMPS])
    assert doses_done(table_of(*shoes), plan)["share"].tolist() == [11 / 20]
    assert [done for _, done in doses_of_session(shoes, plan)] == [11.0]
    week = load(table_of(*shoes), day)
    assert week[["sessions", "repetitions", "landings"]].to_numpy().tolist() == [[1, 11.0, 11.0]]


def test_seconds_of_balance_are_no_landings():
    day = datetime(2026, 11, 18, 8, 0, tzinfo=BERLIN)
    week = load(table_of(at(day, exercise="single-leg-balance")), day)
    assert week[["repetitions", "landings", "seconds"]].to_numpy().tolist() == [[0.0, 0.0, 20.0]]


YES, NO = True, False


@pytest.mark.parametrize(
    ("full", "resting", "kept"),
    [
        ([YES, YES, YES], [], 3),
        ([YES, YES, NO], [], 2),  # this week isn't over
        ([YES, NO, YES, NO], [], 2),  # one missed week is forgiven, and doesn't count
        ([YES, NO, NO, YES], [], 1),
        ([YES, NO, NO, NO], [], 0),
        ([YES, YES, NO, NO, NO, YES], [2, 3, 4], 3),  # rest never ends it
        ([YES, NO, NO, YES], [1], 2),
        ([NO], [], 0),
        ([], [], 0),
    ],
)
def test_streaks(full, resting, kept):
    rests = tuple(i in resting for i in range(len(full)))
    assert streak(tuple(full), rests) == kept


def test_what_a_wrong_clock_dated_changes_no_week_and_is_named():
    now = datetime(2026, 11, 22, 12, 0, tzinfo=BERLIN)
    good = both_legs(now - timedelta(days=1), "good")
    wrong = [
        *both_legs(datetime(1970, 1, 1, 3, tzinfo=BERLIN), "reset"),
        *both_legs(datetime(2031, 5, 1, 3, tzinfo=BERLIN), "ahead"),
    ]
    done = weeks_done(good + wrong, now)
    assert done.weeks == (date(2026, 11, 16),)
    assert done.streak == 1
    told = dict(left_out(trials_of([*good, *wrong]), now))
    assert set(told) == {each.trial for each in wrong}
    assert all("clock" in why for why in told.values())
    table = table_of(*good, *wrong)
    assert usable_rows(table, now).sum() == 2


def test_a_session_in_tomorrows_zone_is_no_wrong_clock():
    """Auckland is a day ahead of California."""
    now = datetime(2026, 11, 22, 12, 0, tzinfo=timezone(timedelta(hours=-8)))
    there = datetime(2026, 11, 23, 8, 0, tzinfo=timezone(timedelta(hours=13)))
    assert left_out(trials_of([at(there)]), now) == []
    weeks_done([at(there)], now)  # its week is next week here: no crash


def test_dates_that_were_moved_by_weeks_tell_the_same_weeks():
    now = datetime(2026, 11, 22, 12, 0, tzinfo=BERLIN)
    days = [now - timedelta(days=7 * k) for k in (5, 3, 2, 1)]
    known = [each for k, day in enumerate(days) for each in both_legs(day, str(k))]
    back = timedelta(weeks=6000)
    moved = [each for k, day in enumerate(days) for each in both_legs(day - back, str(k))]
    assert left_out(trials_of(moved), now) == []
    until = told_until(trials_of(moved), now)
    assert until == days[-1] - back
    assert told_until(trials_of(known), now) == now
    assert weeks_done(moved, until).streak == weeks_done(known, days[-1]).streak > 0
    assert weeks_done(moved, until).full == weeks_done(known, days[-1]).full


def test_undated_and_invalid_trials_are_named():
    now = datetime(2026, 11, 22, tzinfo=BERLIN)
    undated = replace(at(now), started_at=None, day=None, utc_s=None)
    invalid = replace(at(now), trial="other", grade="invalid")
    assert [why for _, why in left_out(trials_of([undated, invalid]), now)] == [
        "no date (started_at) in its sidecar",
        "not analysable",
    ]
    assert not usable_rows(table_of(undated, invalid), now).any()


def test_a_history_of_nobody_is_an_empty_calendar():
    now = datetime(2026, 11, 22, tzinfo=BERLIN)
    done = adherence(tidy([]), DEFAULT_PLAN, now=now)
    assert done.weeks == (date(2026, 11, 16),)
    assert done.streak == 0
    assert load(tidy([]), now).empty


def test_a_session_over_midnight_is_of_the_day_on_which_it_began():
    sunday = datetime(2026, 11, 22, 23, 50, tzinfo=BERLIN)
    trials = [
        at(sunday + timedelta(minutes=20 * (leg == "right")), "night", leg=leg)
        for leg in ("left", "right")
    ]
    now = sunday + timedelta(hours=1)
    done = weeks_done(trials, now)
    assert done.full == (True, False)
    assert done.streak == 1
    assert len(load(table_of(*trials), now)) == 1
