"""Heel raises: physics first, then everything that fools a counter of slow turns."""

import dataclasses
from itertools import pairwise

import numpy as np
import pytest

from imu_ankle.simulation.cyclic import _hold, _turn, heel_raise
from imu_ankle.simulation.gait import walk
from imu_ankle.simulation.sensor import MOUNTS_M
from imu_ankle.simulation.wearer import WEARERS, Wearer
from tests.helpers import CHIP, accepted, column, count, flights, joined, values, without
from tests.sets import RATES_HZ, codes, off, performed, same_in_other_words, units

RAISES = "heel-raises"


def raises(model=CHIP, **plan):
    return flights(RAISES, model, **({"reps": 6} | plan))


def sequence(*attempts, rest_s=0.6, **around):
    """Return recording and truth of raises (angle_deg, rise_s, hold_s)."""

    def perform(line):
        events = []
        for angle, rise_s, hold_s in attempts:
            rise = _turn(line, angle, rise_s, "rise")
            _hold(line, hold_s, 0.8)
            lower = _turn(line, 0.0, 1.0, "lower")
            _hold(line, rest_s, 0.3)
            times = {"start_s": rise[0], "top_s": rise[1], "end_s": lower[1]}
            held = {"angle_deg": angle, "hold_s": lower[0] - rise[1]}
            events.append({"kind": "rep", **times, **held})
        return events

    return performed(perform, **around)


@pytest.mark.parametrize("variation", ["floor", "step"])
@pytest.mark.parametrize("wearer", WEARERS)
@pytest.mark.parametrize("rate_hz", RATES_HZ)
def test_every_raise_is_counted_and_measured(rate_hz, wearer, variation):
    model = dataclasses.replace(CHIP, rate_hz=rate_hz)
    recording, truth = raises(model, seed=11, wearer=WEARERS[wearer], variation=variation)
    result = count(recording, RAISES)
    assert np.median(np.abs(off(result, truth, "angle_deg"))) < 2.0
    for phase in ("hold_s", "rise_s", "lower_s"):
        assert np.median(np.abs(off(result, truth, phase))) < 0.15
    assert np.median(np.abs(off(result, truth, "top_s"))) < 0.15
    assert np.median(np.abs(off(result, truth, "drop_deg"))) < 2.0


@pytest.mark.parametrize("stride_m", [0.55, 0.8, 1.4])
@pytest.mark.parametrize("rate_hz", RATES_HZ)
def test_the_first_raise_after_walking_counts(rate_hz, stride_m):
    angle_deg = 30.0

    def perform(line):
        walk(line, 6, stride_m)
        line.stand(2.0, 0.4)
        start_s = line.now_s
        for _ in range(5):
            heel_raise(line, angle_deg, seconds=0.6, hold_s=0.5)
            line.stand(0.6, 0.3)
        return [{"kind": "first", "start_s": start_s, "end_s": line.now_s}]

    recording, truth = performed(perform, dataclasses.replace(CHIP, rate_hz=rate_hz))
    result = count(recording, RAISES)
    assert result.reps == 5
    assert accepted(result)[0].start_s == pytest.approx(truth["events"][0]["start_s"], abs=0.2)


@pytest.mark.parametrize("seed", range(12))
def test_every_heel_that_goes_up_is_an_event(seed):
    rng = np.random.default_rng(seed)
    up_s, hold_s, angle_deg = rng.uniform([0.3, 0.0, 14.0], [1.5, 3.0, 45.0])
    strides, stride_m = int(rng.integers(0, 12)), rng.uniform(0.5, 1.6)
    ups = []

    def perform(line):
        walk(line, strides, stride_m)
        line.stand(rng.uniform(1.0, 3.0), 0.4)
        for _ in range(int(rng.integers(2, 8))):
            start_s = line.now_s
            heel_raise(line, angle_deg * rng.uniform(0.9, 1.1), seconds=up_s, hold_s=hold_s)
            ups.append({"kind": "up", "start_s": start_s, "end_s": line.now_s})
            line.stand(rng.uniform(0.1, 1.5), 0.3)
        return ups

    mount = list(MOUNTS_M.values())[seed % len(MOUNTS_M)]
    recording, truth = performed(perform, dataclasses.replace(CHIP, arm_m=mount), seed=seed)
    events = count(recording, RAISES).events
    for each in truth["events"]:
        assert any(e.start_s < each["end_s"] and each["start_s"] < e.end_s for e in events)


@pytest.mark.parametrize("seconds", [0.3, 0.5, 1.0, 2.0])
@pytest.mark.parametrize("rate_hz", RATES_HZ)
def test_raises_without_a_hold_count_at_every_tempo(rate_hz, seconds):
    def perform(line):
        for _ in range(10):
            heel_raise(line, 28.0, seconds=seconds, hold_s=0.0)
            line.stand(0.25, 0.3)

    recording, _ = performed(perform, dataclasses.replace(CHIP, rate_hz=rate_hz))
    assert count(recording, RAISES).reps == 10


@pytest.mark.parametrize("mount", MOUNTS_M)
@pytest.mark.parametrize("side", ["left", "right"])
def test_mount_and_side_make_no_difference(mount, side):
    model = dataclasses.replace(CHIP, arm_m=MOUNTS_M[mount])
    recording, truth = raises(model, side=side, seed=21, strides_before=4)
    result = count(recording, RAISES, side=side)
    assert np.median(np.abs(off(result, truth, "angle_deg"))) < 2.0
    assert (result.side, result.leg) == (side, "both")


@pytest.mark.parametrize("seed", [1, 2])
@pytest.mark.parametrize("rate_hz", RATES_HZ)
def test_walking_pauses_and_half_raises_add_nothing(rate_hz, seed):
    model = dataclasses.replace(CHIP, rate_hz=rate_hz)
    recording, truth = raises(
        model, seed=seed, partials=2, pauses=1, strides_before=4, strides_after=4
    )
    result = count(recording, RAISES)
    assert result.reps == 6
    halves = [event for event in truth["events"] if event["kind"] == "partial"]
    listed = [event for event in result.events if event.rejected == "partial"]
    assert len(halves) == 2
    for half in halves:
        assert any(e.start_s < half["top_s"] + 0.3 and half["top_s"] < e.end_s for e in listed)
    assert "walking" in codes(result)


def test_metrics_are_those_of_the_specification_and_follow_from_the_events():
    result = count(raises(reps=10, seed=4)[0], RAISES)
    assert units(result) == {
        "angle_deg": "deg",
        "hold_s": "s",
        "holds_on_target": "",
        "rise_s": "s",
        "lower_s": "s",
        "wobble_deg": "deg",
        "fatigue_pct": "%",
    }
    told = values(result)
    for key in ("angle_deg", "hold_s", "rise_s", "lower_s"):
        assert told[key] == pytest.approx(np.median(column(result, key)))
    angles, holds = column(result, "angle_deg"), column(result, "hold_s")
    assert told["holds_on_target"] == np.sum((holds >= 1.85) & (holds <= 3.15))
    tired = 100.0 * (np.median(angles[-5:]) / np.median(angles[:5]) - 1.0)
    assert told["fatigue_pct"] == pytest.approx(tired)
    assert set(accepted(result)[0].values) == {
        "top_s", "angle_deg", "rise_s", "hold_s", "lower_s", "drop_deg", "full",
    }  # fmt: skip
    assert (result.dose.target, result.dose.done, result.dose.unit) == (20.0, 10.0, "reps")


def test_the_phases_of_a_raise_add_up_to_all_of_it():
    for event in accepted(count(raises(seed=3)[0], RAISES)):
        v = event.values
        whole = v["rise_s"] + v["hold_s"] + v["lower_s"]
        assert whole == pytest.approx(event.end_s - event.start_s, abs=1e-4)
        assert v["top_s"] == pytest.approx(event.start_s + v["rise_s"], abs=1e-4)


def test_under_ten_raises_nothing_is_said_of_fatigue():
    assert values(count(raises(reps=9, seed=4)[0], RAISES))["fatigue_pct"] is None


def test_five_high_raises_and_five_lower_ones_are_fatigue():
    pieces = [(40.0, 0.8, 1.2)] * 5 + [(30.0, 0.8, 1.2)] * 5
    result = count(sequence(*pieces)[0], RAISES)
    assert values(result)["fatigue_pct"] == pytest.approx(-25.0, abs=4.0)


def test_short_and_long_holds_count_and_only_miss_the_target():
    recording, truth = sequence(*[(32.0, 0.8, hold_s) for hold_s in (0.5, 1.2, 2.3, 2.6, 4.5, 8.0)])
    result = count(recording, RAISES)
    assert np.abs(off(result, truth, "hold_s")).max() < 0.3
    assert values(result)["holds_on_target"] == 2


def test_a_raise_counts_from_half_of_the_best_and_is_full_from_seven_tenths():
    angles = (40.0, 40.0, 26.0, 40.0, 23.0, 15.0, 40.0, 40.0)
    result = count(sequence(*[(angle, 0.8, 2.0) for angle in angles])[0], RAISES)
    assert result.reps == 7
    assert codes(result) == ["partial"]
    assert [event.values["full"] for event in accepted(result)] == [
        angle >= 28.0 for angle in angles if angle != 15.0
    ]


def test_under_eight_degrees_nothing_is_a_raise():
    result = count(sequence(*[(6.0, 0.8, 2.0)] * 6)[0], RAISES)
    assert result.reps == 0
    assert values(result)["angle_deg"] is None


def test_on_the_floor_the_heel_drops_nowhere():
    result = count(raises(seed=6)[0], RAISES)
    assert set(column(result, "drop_deg")) == {0.0}


@pytest.mark.parametrize("seed", [3, 4, 5])
def test_on_a_step_level_is_where_the_foot_stood_and_not_the_bottom(seed):
    recording, truth = raises(seed=seed, variation="step", reps=5)
    result = count(recording, RAISES)
    assert np.median(np.abs(off(result, truth, "drop_deg"))) < 2.0
    assert np.median(np.abs(off(result, truth, "angle_deg"))) < 2.0
    assert column(result, "drop_deg").min() > 5.0


def test_without_a_stand_nobody_knows_how_far_the_heel_drops():
    recording, truth = raises(seed=7, variation="step", stand_s=2.0)
    reps = [event for event in truth["events"] if event["kind"] == "rep"]
    inside = (recording.time_s > reps[0]["top_s"] + 0.3) & (
        recording.time_s < reps[-1]["top_s"] + 0.3
    )
    result = count(without(recording, ~inside), RAISES)
    assert result.reps == 4
    assert {event.values["drop_deg"] for event in accepted(result)} == {None}


# metamorphic


@pytest.fixture(scope="module")
def plain():
    return raises(seed=8)[0]


def test_turning_biasing_and_waiting_change_no_raise(plain):
    before = count(plain, RAISES)
    assert before.reps == 6
    for name, other in same_in_other_words(plain).items():
        after = count(other, RAISES)
        assert after.reps == 6, name
        assert column(after, "angle_deg") == pytest.approx(column(before, "angle_deg"), abs=1.0), (
            name
        )
        assert column(after, "hold_s") == pytest.approx(column(before, "hold_s"), abs=0.1), name


def test_two_sets_add_up(plain):
    assert count(joined(plain, plain, 5.0), RAISES).reps == 12


def test_every_second_sample_tells_the_same_raises():
    recording, _ = raises(dataclasses.replace(CHIP, rate_hz=400.0), seed=9)
    whole = count(recording, RAISES)
    for every in (2, 4, 8):
        keep = np.arange(len(recording)) % every == 0
        result = count(dataclasses.replace(without(recording, ~keep), seq=None), RAISES)
        assert column(result, "angle_deg") == pytest.approx(column(whole, "angle_deg"), abs=0.5)


def test_a_set_played_backward_has_as_many_raises(plain):
    backward = dataclasses.replace(
        plain, acc_mps2=plain.acc_mps2[::-1].copy(), gyr_dps=-plain.gyr_dps[::-1], seq=None
    )
    assert count(backward, RAISES).reps == 6


# what fools a counter


def test_a_pause_at_half_height_does_not_make_two():
    def perform(line):
        for _ in range(5):
            _turn(line, 17.0, 0.7, "rise")
            _hold(line, 0.9, 0.4)
            _turn(line, 34.0, 0.7, "rise")
            _hold(line, 2.0, 0.6)
            _turn(line, 17.0, 0.7, "lower")
            _hold(line, 0.9, 0.4)
            _turn(line, 0.0, 0.7, "lower")
            _hold(line, 0.6, 0.3)

    result = count(performed(perform)[0], RAISES)
    assert result.reps == 5
    assert "partial" not in codes(result)
    assert values(result)["angle_deg"] == pytest.approx(34.0, abs=2.0)


def test_no_raise_is_lost_untold(plain):
    for event in accepted(count(plain, RAISES))[1:-1]:
        for at in np.linspace(event.start_s, event.end_s, 5):
            after = count(without(plain, np.abs(plain.time_s - at) < 0.1), RAISES)
            assert after.reps == 6 or "one_probably_missing" in after.quality.reasons


@pytest.mark.parametrize("angle_deg", [15.0, 30.0])
def test_raises_of_four_seconds_are_not_filtered_away(angle_deg):
    recording, truth = sequence(*[(angle_deg, 4.0, 2.0)] * 5)
    result = count(recording, RAISES)
    assert np.median(np.abs(off(result, truth, "angle_deg"))) < 2.0
    assert 2.5 < values(result)["rise_s"] < 4.0


def test_a_rest_of_fifteen_seconds_in_the_middle_is_a_rest():
    recording, truth = raises(seed=12, pauses=1, pause_s=15.0)
    result = count(recording, RAISES)
    assert np.abs(off(result, truth, "top_s")).max() < 0.3
    gaps = [b.start_s - a.end_s for a, b in pairwise(accepted(result))]
    assert max(gaps) > 14.0


def test_the_first_raise_may_come_right_after_the_start():
    for seed in (1, 2, 3):
        recording, truth = sequence(*[(32.0, 0.8, 2.0)] * 5, seed=seed, stand_s=0.3)
        result = count(recording, RAISES)
        assert np.median(np.abs(off(result, truth, "angle_deg"))) < 2.0


def test_a_raise_cut_by_the_end_is_listed_as_cut_off(plain):
    last = accepted(count(plain, RAISES))[-1]
    cut = without(plain, plain.time_s > last.values["top_s"] + 0.6)
    result = count(cut, RAISES)
    assert result.reps == 5
    assert codes(result) == ["cut_off"]


@pytest.mark.parametrize("hole_s", [0.10, 0.20, 0.30])
@pytest.mark.parametrize("where", ["rise", "top", "lower"])
def test_a_hole_costs_at_most_the_raise_that_it_touches(plain, hole_s, where):
    before = accepted(count(plain, RAISES))
    hit = before[2].values
    at = {
        "rise": before[2].start_s + hit["rise_s"] / 2,
        "top": hit["top_s"] + hit["hold_s"] / 2,
        "lower": before[2].end_s - hit["lower_s"] / 2,
    }[where]
    after = count(without(plain, np.abs(plain.time_s - at) < hole_s / 2), RAISES)
    assert after.reps in {5, 6}
    assert after.reps == 6 or "one_probably_missing" in after.quality.reasons
    others = [event.start_s for k, event in enumerate(before) if k != 2]
    found = [event.start_s for event in accepted(after)]
    assert all(min(abs(start - each) for each in found) < 0.2 for start in others)


def test_a_long_hole_that_swallows_a_raise_is_told(plain):
    lost = accepted(count(plain, RAISES))[3]
    gone = (plain.time_s > lost.start_s - 0.1) & (plain.time_s < lost.end_s + 0.1)
    result = count(without(plain, gone), RAISES)
    assert result.reps == 5
    assert "one_probably_missing" in result.quality.reasons


@pytest.mark.parametrize("raise_deg", [14.0, 44.0])
def test_low_and_high_raises_are_counted(raise_deg):
    recording, truth = raises(seed=13, wearer=Wearer(raise_deg=raise_deg), strides_before=3)
    assert np.median(np.abs(off(count(recording, RAISES), truth, "angle_deg"))) < 2.0


@pytest.mark.parametrize("placement", ["free-foot", "shank", "waist"])
def test_the_sensor_on_another_place_is_refused(plain, placement):
    result = count(plain, RAISES, placement=placement)
    assert (result.quality.grade, result.reps) == ("invalid", None)
    assert "wrong_placement" in result.quality.reasons


NEGATIVES = [
    "two-legs", "walking", "stepping", "stairs-up", "stairs-down", "shuffling", "tapping",
    "handling", "dropped",
]  # fmt: skip


@pytest.mark.parametrize("name", NEGATIVES)
def test_what_is_no_raise_gives_none(name):
    recording, _ = flights(name, dataclasses.replace(CHIP, rate_hz=104.0), seed=31)
    assert count(recording, RAISES).reps == 0
