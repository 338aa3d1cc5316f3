"""Heel walks: strides with the toes up, whichever way they go, and ordinary walking that is none."""

import dataclasses

import numpy as np
import pytest

from imu_ankle.analysis.exercises.heel_walks import HeelWalkParams
from imu_ankle.simulation.gait import heel_walks, walk
from imu_ankle.simulation.plan import SetPlan
from imu_ankle.simulation.sensor import MOUNTS_M
from imu_ankle.simulation.wearer import WEARERS, Wearer
from tests.helpers import CHIP, accepted, column, count, flights, joined, values, without
from tests.sets import RATES_HZ, codes, performed, same_in_other_words, units

WALKS = "heel-walks"
WAYS = ("forward", "sideways", "backward")


def strides(model=CHIP, **plan):
    return flights(WALKS, model, **({"reps": 8} | plan))


def dropped(result):
    return [bool(event.values["dropped"]) for event in accepted(result)]


def toes_up(truth):
    return next(event["toe_up_deg"] for event in truth["events"] if event["toe_up_deg"])


@pytest.mark.parametrize("variation", WAYS)
@pytest.mark.parametrize("wearer", WEARERS)
@pytest.mark.parametrize("rate_hz", RATES_HZ)
def test_strides_are_counted_within_one(rate_hz, wearer, variation):
    model = dataclasses.replace(CHIP, rate_hz=rate_hz)
    recording, truth = strides(model, seed=11, wearer=WEARERS[wearer], variation=variation)
    result = count(recording, WALKS)
    assert abs(result.reps - 16) <= 2
    assert values(result)["toe_up_deg"] == pytest.approx(toes_up(truth), abs=2.0)


@pytest.mark.parametrize("mount", MOUNTS_M)
@pytest.mark.parametrize("side", ["left", "right"])
def test_mount_and_side_make_no_difference(mount, side):
    model = dataclasses.replace(CHIP, arm_m=MOUNTS_M[mount])
    recording, truth = strides(model, side=side, seed=21)
    result = count(recording, WALKS, side=side)
    assert abs(result.reps - 16) <= 2
    assert values(result)["toe_up_deg"] == pytest.approx(toes_up(truth), abs=2.0)
    assert (result.side, result.leg) == (side, "both")


def test_a_shoe_sees_its_own_strides_and_steps_are_twice_as_many():
    result = count(strides(seed=3)[0], WALKS)
    assert result.reps == 2 * len(accepted(result)) == 2 * values(result)["strides"]
    assert sum(values(result)["steps_per_direction"]) == result.reps
    assert (result.dose.target, result.dose.done, result.dose.unit) == (40.0, result.reps, "steps")


@pytest.mark.parametrize("side", ["left", "right"])
@pytest.mark.parametrize("variation", WAYS)
def test_the_way_is_told_where_the_heading_is_known(variation, side):
    recording, _ = strides(seed=4, variation=variation, side=side, strides_before=5)
    result = count(recording, WALKS, side=side)
    ways = [event.values["direction"] for event in accepted(result)]
    assert ways.count(variation) >= len(ways) - 1
    steps = dict(zip(WAYS, values(result)["steps_per_direction"], strict=True))
    assert steps[variation] >= result.reps - 2


@pytest.mark.parametrize("seed", [1, 2])
@pytest.mark.parametrize("rate_hz", RATES_HZ)
def test_walking_up_and_off_and_pauses_add_nothing(rate_hz, seed):
    model = dataclasses.replace(CHIP, rate_hz=rate_hz)
    recording, truth = strides(model, seed=seed, strides_before=5, strides_after=5, pauses=1)
    result = count(recording, WALKS)
    assert abs(result.reps - 16) <= 2
    assert values(result)["toe_up_deg"] == pytest.approx(toes_up(truth), abs=2.0)
    assert codes(result).count("walking") >= 8


@pytest.mark.parametrize("seed", [5, 6])
@pytest.mark.parametrize("variation", WAYS)
def test_toes_that_drop_inside_a_bout_count_and_are_told(variation, seed):
    recording, truth = strides(reps=10, seed=seed, partials=2, variation=variation)
    result = count(recording, WALKS)
    assert abs(result.reps - 20) <= 2
    assert sum(event["dropped"] for event in truth["events"]) == 2
    assert values(result)["toe_drops"] == sum(dropped(result)) == 2


def test_metrics_are_those_of_the_specification_and_follow_from_the_events():
    result = count(strides(seed=7)[0], WALKS)
    assert units(result) == {
        "strides": "",
        "cadence_per_min": "1/min",
        "toe_up_deg": "deg",
        "toe_drops": "",
        "steps_per_direction": "",
    }
    assert set(accepted(result)[0].values) == {"contact_s", "toe_up_deg", "dropped", "direction"}
    assert values(result)["toe_up_deg"] == pytest.approx(np.median(column(result, "toe_up_deg")))


def test_cadence_is_in_steps():
    recording, truth = strides(seed=8, reps=10)
    contacts = [event["contact_s"] for event in truth["events"]]
    steps = 120.0 / np.median(np.diff(contacts))
    assert values(count(recording, WALKS))["cadence_per_min"] == pytest.approx(steps, rel=0.05)


@pytest.mark.parametrize("rate_hz", RATES_HZ)
@pytest.mark.parametrize("seed", [1, 2])
def test_ordinary_walking_is_listed_as_walking_and_none_of_it_counts(rate_hz, seed):
    model = dataclasses.replace(CHIP, rate_hz=rate_hz)
    result = count(flights("walking", model, seed=seed)[0], WALKS)
    assert result.reps == 0
    assert codes(result) == ["walking"] * len(result.events)
    assert abs(len(result.events) - 12) <= 1


def test_two_strides_on_the_heels_are_no_bout():
    recording, _ = strides(seed=9, reps=2, strides_before=4, strides_after=4)
    assert count(recording, WALKS).reps == 0


def test_three_are():
    recording, _ = strides(seed=9, reps=4, strides_before=4, strides_after=4)
    assert 6 <= count(recording, WALKS).reps <= 10


def test_two_bouts_with_a_walk_between_them_are_both_counted():
    def perform(line):
        walk(line, 4)
        line.stand(1.0, 0.4)
        heel_walks(line, SetPlan(reps=6, variation="forward"), False)
        walk(line, 6)
        line.stand(1.0, 0.4)
        heel_walks(line, SetPlan(reps=6, variation="backward"), False)

    result = count(performed(perform)[0], WALKS)
    assert abs(result.reps - 24) <= 4
    assert len(result.spans) == 2
    assert codes(result).count("walking") >= 8


@pytest.mark.parametrize("tap_deg", [8.0, 24.0])
def test_toes_that_tap_on_the_spot_are_no_steps(tap_deg):
    from imu_ankle.simulation.gait import _lift_toes

    def perform(line):
        walk(line, 4)
        line.stand(1.0, 0.4)
        for _ in range(8):
            _lift_toes(line, -tap_deg, 0.3)
            line.stand(0.5, 4.0)
            _lift_toes(line, 0.0, 0.3)
            line.stand(0.3, 4.0)

    assert count(performed(perform)[0], WALKS).reps == 0


# metamorphic


@pytest.fixture(scope="module")
def plain():
    return strides(seed=12, strides_before=4)[0]


def test_turning_biasing_and_waiting_change_no_stride(plain):
    before = count(plain, WALKS)
    assert before.reps == 16
    for name, other in same_in_other_words(plain).items():
        after = count(other, WALKS)
        assert after.reps == before.reps, name
        assert values(after)["toe_up_deg"] == pytest.approx(
            values(before)["toe_up_deg"], abs=0.5
        ), name


def test_two_sets_add_up(plain):
    assert count(joined(plain, plain, 5.0), WALKS).reps == 32


@pytest.mark.parametrize(
    "hole_s",
    [
        0.05,
        0.10,
        0.20,
        0.30,
    ],
)
def test_a_hole_costs_at_most_the_stride_that_it_touches(plain, hole_s):
    before = accepted(count(plain, WALKS))
    for at in (before[3].start_s + 0.3, before[3].end_s + 0.2):
        after = count(without(plain, np.abs(plain.time_s - at) < hole_s / 2), WALKS)
        assert after.reps in {14, 16}
        assert after.reps == 16 or "one_probably_missing" in after.quality.reasons


@pytest.mark.parametrize("placement", ["free-foot", "shank", "waist"])
def test_the_sensor_on_another_place_is_refused(plain, placement):
    result = count(plain, WALKS, placement=placement)
    assert (result.quality.grade, result.reps) == ("invalid", None)
    assert "wrong_placement" in result.quality.reasons


NEGATIVES = [
    "two-legs", "walking", "stepping", "stairs-up", "stairs-down", "shuffling", "tapping",
    "handling", "dropped", "heel-raises", "jump-squats", "lateral-hops", "toe-points",
]  # fmt: skip


@pytest.mark.parametrize("name", NEGATIVES)
def test_what_is_no_heel_walk_gives_none(name):
    recording, _ = flights(name, dataclasses.replace(CHIP, rate_hz=104.0), seed=34, reps=5)
    assert count(recording, WALKS).reps == 0


def test_no_movement_at_all_has_no_metrics():
    result = count(flights("two-legs", seed=1)[0], WALKS)
    assert set(values(result).values()) == {None}
    assert HeelWalkParams().bout == 3


def test_strides_scatter_and_are_counted():
    recording, _ = strides(seed=13, reps=10, wearer=Wearer(spread=0.14), strides_after=4)
    assert abs(count(recording, WALKS).reps - 20) <= 2
