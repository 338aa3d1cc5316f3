"""Series kept apart, session values, rolling medians, slopes, bests, pairs."""

from dataclasses import replace
from datetime import date, timedelta

import numpy as np
import pandas as pd
import pytest

from imu_ankle.analysis.exercises import EXERCISES
from imu_ankle.progress.pairs import Kind, pairs
from imu_ankle.progress.records import sessions_table, trend_record
from imu_ankle.progress.summary import kit_changes
from imu_ankle.progress.table import tidy, unit_of
from imu_ankle.progress.trend import followed
from imu_ankle.progress.verdict import Verdict
from imu_ankle.text import progress as progress_text
from tests.helpers import HOPS
from tests.progress.histories import BALANCE, NOW, facts, history, sways


def steady(sessions=12, trials=3, seed=1, typical=4.0, sd=0.1):
    rng = np.random.default_rng(seed)
    return sways(rng, 1, sessions, trials, day_sd=sd, trial_sd=sd, typical=typical)[0]


def join(*tables):
    return pd.concat([table.astype(object) for table in tables]).pipe(_again)


def _again(frame):
    from imu_ankle.progress.table import COLUMNS, table_of

    clean = frame.astype(object).where(frame.notna(), None)
    return table_of([tuple(row) for row in clean[list(COLUMNS)].itertuples(index=False)])


def one(table, key="sway_rms_dps"):
    (trend,) = followed(table, now=NOW, keys=[key])
    return trend


def test_a_session_value_is_the_median_of_its_trials():
    trend = one(history([[4.0, 9.0, 5.0], [3.0, 4.0, np.nan]]))
    assert trend.sessions.value.tolist() == [5.0, 3.5]
    assert trend.sessions.trials.tolist() == [3, 2]
    assert trend.comparison.verdict is Verdict.FEW
    assert trend.band is None


def test_sessions_come_in_order_of_time_however_the_table_is_sorted():
    table = history(steady())
    shuffled = table.sample(frac=1.0, random_state=3)
    for name in ("value", "trials", "rolling"):
        a, b = (getattr(one(each).sessions, name) for each in (table, shuffled))
        np.testing.assert_array_equal(a, b)


@pytest.mark.parametrize(
    "other",
    [
        {"metric_set": 2},
        {"shoe": "road"},
        {"sensor": "Movesense"},
        {"eyes": "closed"},
        {"surface": "towel"},
        {"placement": "shank"},
        {"simulated": False},
        {"leg": "right"},
    ],
)
def test_what_differs_is_never_one_series(other):
    """Not joined by a line, not in one baseline: here the second half would look worse."""
    first, second = steady(12)[:6], 2.0 * steady(12)[6:]
    both = tidy(
        (facts(i, k, **(other if i >= 6 else {})), [("sway_rms_dps", float(x), 1)])
        for i, row in enumerate([*first, *second])
        for k, x in enumerate(row)
    )
    found = followed(both, now=NOW, keys=["sway_rms_dps"])
    assert [len(trend.sessions) for trend in found] == [6, 6]
    assert {trend.comparison.verdict for trend in found} == {Verdict.SAME}
    names = {"shoe": "shoe road", "sensor": "sensor Movesense", "metric_set": "metric set 2"}
    told = [text for _, text in kit_changes(found)]
    (key,) = other
    assert told == ([f"from here on: {names[key]}"] if key in names else [])


def test_rolling_median_of_five_sessions_and_gaps():
    values = np.array([[5.0], [4.0], [6.0], [4.5], [5.5], [3.0], [4.0]])
    trend = one(history(values))
    assert np.isnan(trend.sessions.rolling[:2]).all()
    assert trend.sessions.rolling[4:].tolist() == [5.0, 4.5, 4.5]
    assert not trend.sessions.after_gap.any()
    later = tidy(
        (facts(i if i < 4 else i + 5), [("sway_rms_dps", float(x[0]), 1)])
        for i, x in enumerate(values)
    )
    assert np.flatnonzero(one(later).sessions.after_gap).tolist() == [4]


def test_slope_per_four_weeks_of_the_last_twelve_weeks_only():
    weeks = np.arange(40)
    fall = np.exp(-0.05 * np.maximum(weeks - 20, 0))[:, None] * steady(40, 1, sd=0.01)
    slope = one(history(fall)).slope
    assert slope.sessions == 13
    assert slope.per_month == pytest.approx(-0.2, abs=0.02)
    assert slope.low < slope.per_month < slope.high
    assert one(history(steady(5))).slope is None


def test_a_new_baseline_leaves_out_what_was_before():
    values = steady(16)
    values[:8] *= 2.0
    day = facts(8).day
    before = one(history(values))
    assert before.comparison.verdict is Verdict.BETTER
    (after,) = followed(
        history(values), now=NOW, keys=["sway_rms_dps"], new_baseline=date.fromisoformat(day)
    )
    assert after.comparison.verdict is Verdict.SAME
    assert after.comparison.of_baseline.start == 8
    assert after.comparison.of_recent.stop == 16
    assert len(after.sessions) == 16


def test_a_best_by_luck_is_none():
    """Without a change a session is told as a best one in twenty times at most."""
    people = sways(np.random.default_rng(2), 150, 12, 3, day_sd=0.12, trial_sd=0.18)
    lucky = sum(one(history(each)).best.is_last for each in people)
    assert lucky <= 7
    best = one(history(np.vstack([steady(11, sd=0.05), [[2.0, 2.1, 2.2]]]))).best
    assert best.is_last
    assert best.value == pytest.approx(2.1)


def test_higher_is_better_for_flights():
    values = np.vstack([steady(9, typical=0.25, sd=0.02), 1.5 * steady(3, typical=0.25, sd=0.02)])
    trend = one(history(values, "flight_s", exercise=HOPS), "flight_s")
    assert trend.comparison.verdict is Verdict.BETTER
    assert trend.best.value == pytest.approx(trend.sessions.value.max(), rel=0.03)


def legs(left, right, key="sway_rms_dps", **known):
    rows = [
        (facts(i, k, leg=leg, side=leg, **known), [(key, float(x), 1)])
        for leg, values in (("left", left), ("right", right))
        for i, row in enumerate(values)
        for k, x in enumerate(row)
    ]
    return tidy(rows)


def pair_of(kind, table, key="sway_rms_dps", **settings):
    found = pairs(followed(table, now=NOW, keys=[key]), **settings)
    return next(each for each in found if each.kind is kind)


def test_asymmetry_is_signed_and_antisymmetric():
    a, b = steady(12, seed=1, typical=5.0), steady(12, seed=2, typical=4.0)
    one_way = pair_of(Kind.ASYMMETRY, legs(a, b))
    other = pair_of(Kind.ASYMMETRY, legs(b, a))
    assert one_way.recent == pytest.approx(-other.recent)
    assert one_way.low == pytest.approx(-other.high)
    assert one_way.recent == pytest.approx(100 * np.log(5 / 4), abs=12)


def test_legs_that_do_not_differ_are_rarely_said_to():
    rng = np.random.default_rng(4)
    called = 0
    for _ in range(150):
        a, b = sways(rng, 2, 8, 3, day_sd=0.12, trial_sd=0.18)
        called += pair_of(Kind.ASYMMETRY, legs(a, b)).verdict is not Verdict.SAME
    assert called / 150 < 0.06


def test_a_leg_that_sways_much_more_is_worse():
    table = legs(steady(10, seed=1, typical=8.0), steady(10, seed=2, typical=4.0))
    pair = pair_of(Kind.ASYMMETRY, table)
    assert pair.verdict is Verdict.WORSE
    assert "left worse (real)" in progress_text.pair(pair)


def test_the_symmetry_index_is_of_the_injured_leg():
    table = legs(0.9 * steady(8, sd=0.02), steady(8, sd=0.02), "lateral_m", exercise=HOPS)
    left = pair_of(Kind.SYMMETRY_INDEX, table, "lateral_m", injured="left")
    right = pair_of(Kind.SYMMETRY_INDEX, table, "lateral_m", injured="right")
    assert left.recent == pytest.approx(90.0, abs=1.5)
    assert right.recent == pytest.approx(100.0 * 100.0 / left.recent)
    assert left.low < left.recent < left.high


def test_counts_that_are_all_alike_have_a_band_of_their_resolution():
    same = np.full((8, 1), 20.0)
    pair = pair_of(Kind.SYMMETRY_INDEX, legs(same, same, "reps", exercise=HOPS), "reps")
    assert pair.recent == 100.0
    assert 94.0 < pair.low < 100.0 < pair.high < 106.0  # one of twenty
    assert pair.verdict is Verdict.SAME


def test_eyes_closed_against_open():
    opened, closed = steady(8, seed=1), 2.0 * steady(8, seed=2)
    rows = [
        (facts(i, k + 10 * (eyes == "closed"), eyes=eyes), [("sway_rms_dps", float(x), 1)])
        for eyes, values in (("open", opened), ("closed", closed))
        for i, row in enumerate(values)
        for k, x in enumerate(row)
    ]
    pair = pair_of(Kind.EYES, tidy(rows))
    assert pair.low < 2.0 < pair.high
    assert pair.verdict is None


def test_only_sessions_with_both_legs_are_set_against_each_other():
    table = legs(steady(8), steady(8)[:3])
    pair = pair_of(Kind.ASYMMETRY, table)
    assert len(pair.values) == 3
    assert pair.verdict is Verdict.FEW
    assert pair.low is None


def test_records_are_json_and_tables_have_a_row_per_session():
    trends = followed(history(steady()), now=NOW, keys=["sway_rms_dps"])
    record = trend_record(trends[0])
    assert record["noise_band"][0] < record["baseline"] < record["noise_band"][1]
    assert record["change"] == pytest.approx(record["recent"] - record["baseline"])
    assert len(record["sessions"]) == len(sessions_table(trends)) == 12
    assert unit_of(BALANCE, "sway_rms_dps") == "deg/s"
    assert unit_of(BALANCE, "of another version") == ""


def test_headlines_are_followed_unless_numbers_are_named():
    rows = [
        (facts(i), [("sway_rms_dps", 4.0, 1), ("score", 50.0, 1), ("losses", 0.0, 1)])
        for i in range(3)
    ]
    assert [t.series.key for t in followed(tidy(rows), now=NOW)] == list(
        EXERCISES[BALANCE].headlines
    )
    assert [t.series.key for t in followed(tidy(rows), now=NOW, keys=["losses"])] == ["losses"]


def test_the_words_of_a_change():
    values = steady(12, sd=0.05)
    values[-3:] *= 0.6
    trend = one(history(values))
    assert progress_text.verdict(trend) == "better (real)"
    assert progress_text.change(trend).startswith("-4")
    assert "%" in progress_text.noise(trend)
    few = one(history(values[:2]))
    assert progress_text.verdict(few) == "not enough sessions (2 of 5)"
    assert progress_text.change(few) == progress_text.noise(few) == progress_text.slope(few) == "–"
    assert "not enough sessions (2 of 5)" in progress_text.alt_trends([few])
    assert "1 session on" in progress_text.alt_trends([one(history(values[:1]))])
    assert progress_text.alt_trends([]) == "No sessions."


def test_a_history_in_which_nothing_is_usable_has_no_trend():
    undated = tidy([(replace(facts(), utc_s=None, day=None, started_at=None), [("score", 1.0, 1)])])
    assert followed(undated, now=NOW) == ()
    assert followed(tidy([]), now=NOW) == ()
    later = tidy([(facts(start=NOW + timedelta(days=400)), [("score", 1.0, 1)])])
    assert followed(later, now=NOW) == ()
