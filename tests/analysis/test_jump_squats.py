"""Jump squats: the same flights with a higher floor, and what a shoe can't tell."""

import dataclasses
import itertools

import numpy as np
import pytest

from imu_ankle.analysis.exercises.jump_squats import SPECS
from imu_ankle.simulation.flights import SimulatedFlight
from imu_ankle.simulation.mishaps import drop
from imu_ankle.simulation.sensor import MOUNTS_M
from imu_ankle.simulation.sets import finish
from imu_ankle.simulation.timeline import Timeline
from imu_ankle.simulation.wearer import WEARERS, Wearer
from tests.analysis.test_lateral_hops import NEGATIVES, ROTATIONS, sequence
from tests.helpers import (
    CHIP,
    HOPS,
    JUMPS,
    accepted,
    changed,
    column,
    count,
    flights,
    joined,
    recording_of,
    true_reps,
    turned,
    values,
    without,
)


def jump(**more):
    return SimulatedFlight(**({"flight_s": 0.42, "clearance_m": 0.18, "landing_mps": 1.7} | more))


def time_errors(result, truth):
    found, true = accepted(result), true_reps(truth)
    assert len(found) == len(true)
    pairs = zip(found, true, strict=True)
    return np.array([(e.start_s - t["takeoff_s"], e.end_s - t["landing_s"]) for e, t in pairs])


@pytest.mark.parametrize("mount", MOUNTS_M)
@pytest.mark.parametrize(("variation", "bias_s"), [("pointed", 0.005), ("stiff-sole", 0.010)])
@pytest.mark.parametrize("rate_hz", [104.0, 208.0])
def test_toe_off_and_contact_are_known_wherever_the_clip_sits(rate_hz, variation, bias_s, mount):
    model = dataclasses.replace(CHIP, rate_hz=rate_hz, arm_m=MOUNTS_M[mount])
    recording, truth = flights(JUMPS, model, seed=5, variation=variation)
    off = time_errors(count(recording, JUMPS), truth)
    assert np.abs(np.mean(off[:, 1] - off[:, 0])) < bias_s
    assert np.median(np.abs(off), axis=0).max() < 0.010  # a sensor's own filter delays both


@pytest.mark.parametrize("seed", range(3))
def test_an_impact_between_two_samples_is_no_push_off(seed):
    model = dataclasses.replace(CHIP, rate_hz=50.0, lowpass_share=0.0)
    wearer = Wearer(jump_s=0.53, hardness=0.7, push_deg=46.0, spread=0.05)
    recording, _ = flights(JUMPS, model, seed=seed, wearer=wearer, reps=20)
    assert len(accepted(count(recording, JUMPS))) in {19, 20}


@pytest.mark.parametrize("variation", ["pointed", "forefoot", "flat-landing", "stiff-sole"])
@pytest.mark.parametrize("wearer", WEARERS)
@pytest.mark.parametrize("rate_hz", [50.0, 104.0, 208.0, 416.0])
def test_every_jump_is_counted_and_timed(rate_hz, wearer, variation):
    model = dataclasses.replace(CHIP, rate_hz=rate_hz)
    recording, truth = flights(
        JUMPS, model, seed=12, wearer=WEARERS[wearer], partials=2, pauses=1, variation=variation
    )
    off = time_errors(count(recording, JUMPS), truth)
    if rate_hz >= 100:
        assert np.median(np.abs(off[:, 1] - off[:, 0])) < 0.010


def test_both_legs_jump_whichever_foot_wears_the_sensor():
    for side in ("left", "right"):
        recording, _ = flights(JUMPS, side=side, seed=2)
        result = count(recording, JUMPS, side=side)
        assert (result.reps, result.side, result.leg) == (8, side, "both")


def test_height_is_that_of_a_free_fall_of_the_same_time():
    recording, _ = flights(JUMPS, seed=3)
    result = count(recording, JUMPS)
    assert column(result, "height_m") == pytest.approx(
        9.80665 * column(result, "flight_s") ** 2 / 8.0
    )
    assert values(result)["height_m"] == pytest.approx(np.median(column(result, "height_m")))


def test_nothing_is_said_of_depth_or_of_the_time_before_take_off():
    keys = {spec.key for spec in SPECS}
    assert not {key for key in keys if "depth" in key or "mod" in key or "lateral" in key}
    recording, _ = flights(JUMPS, seed=3)
    assert set(values(count(recording, JUMPS))) == keys


def test_a_squat_without_a_jump_is_listed_where_the_heel_rises():
    recording, truth = flights(JUMPS, seed=4, partials=3)
    result = count(recording, JUMPS)
    assert result.reps == 8
    raised = [event for event in truth["events"] if event["kind"] == "no_jump"]
    listed = [event for event in result.events if event.rejected == "no_jump"]
    assert 1 <= len(listed) <= len(raised)


def test_the_longest_pause_is_the_longest_time_on_the_floor():
    recording, truth = flights(JUMPS, seed=5, pauses=1, pause_s=7.0)
    reps = true_reps(truth)
    true = max(b["takeoff_s"] - a["landing_s"] for a, b in itertools.pairwise(reps))
    assert values(count(recording, JUMPS))["longest_pause_s"] == pytest.approx(true, abs=0.02)


def test_a_second_bounce_is_no_jump():
    recording, _ = flights(JUMPS, seed=6, doubles=4)
    assert count(recording, JUMPS).reps == 8


def test_a_flight_of_an_eighth_of_a_second_is_a_hop_but_a_bounce_among_jumps():
    low = jump(flight_s=0.13, clearance_m=0.02, landing_mps=0.6, push_deg=30.0)
    recording, _ = sequence([(jump(), 1.0), (low, 1.0), (jump(), 1.0)])
    result = count(recording, JUMPS)
    assert [event.rejected for event in result.events] == [None, "bounce", None]
    assert count(recording, HOPS).reps == 3


def test_a_long_way_to_the_side_is_no_jump_squat():
    aside = dataclasses.replace(jump(), travel_m=(0.0, 0.45))
    result = count(sequence([(jump(), 1.0), (aside, 1.0), (jump(), 1.0)])[0], JUMPS)
    assert [event.rejected for event in result.events] == [None, "other", None]


def test_wide_hops_to_and_fro_do_not_add_up_to_a_jump_on_the_spot():
    recording, _ = flights(HOPS, seed=3, reps=10)
    result = count(recording, JUMPS)
    assert result.reps == 0
    assert [event.rejected for event in result.events] == ["other"] * 10


@pytest.mark.parametrize(
    ("name", "more"),
    [
        ("tucked", {"clearance_m": 0.34}),
        ("soft", {"landing_mps": 0.9, "stop_s": 0.03, "ring_g": 1.0}),
        ("hard", {"landing_mps": 2.4, "stop_s": 0.015, "ring_g": 14.0}),
        ("flat", {"touch_deg": 1.0}),
        ("high", {"flight_s": 0.58, "clearance_m": 0.36, "landing_mps": 2.6}),
        ("low", {"flight_s": 0.22, "clearance_m": 0.055, "landing_mps": 0.9}),
    ],
)
def test_jumps_of_all_kinds_are_counted(name, more):
    assert count(sequence([(jump(**more), 0.9) for _ in range(5)])[0], JUMPS).reps == 5, name


def test_jumps_follow_each_other_without_a_break():
    assert count(sequence([(jump(push_s=0.12), 0.05) for _ in range(8)])[0], JUMPS).reps == 8


@pytest.mark.parametrize("name", ROTATIONS)
def test_turning_the_sensor_changes_no_jump(name):
    recording, _ = flights(JUMPS, seed=7)
    before, after = count(recording, JUMPS), count(turned(recording, ROTATIONS[name]), JUMPS)
    assert np.abs(column(after, "flight_s") - column(before, "flight_s")).max() < 1 / 208


def test_a_film_of_jumps_run_backward_shows_none():
    recording, _ = flights(JUMPS, seed=7)
    backward = changed(
        recording,
        acc_mps2=recording.acc_mps2[::-1].copy(),
        gyr_dps=-recording.gyr_dps[::-1],
        time_s=recording.time_s[-1] - recording.time_s[::-1],
        seq=None,
    )
    assert count(backward, JUMPS).reps == 0


def test_two_sets_add_up():
    recording, _ = flights(JUMPS, seed=8, reps=5)
    assert count(joined(recording, recording, 6.0), JUMPS).reps == 10


def test_a_clock_that_runs_four_percent_fast_makes_jumps_eight_percent_higher():
    recording, _ = flights(JUMPS, seed=9)
    fast = changed(recording, time_s=recording.time_s * 1.04)
    ratio = values(count(fast, JUMPS))["height_m"] / values(count(recording, JUMPS))["height_m"]
    assert ratio == pytest.approx(1.08, abs=0.03)


def test_a_burst_over_a_take_off_costs_that_jump_and_no_other():
    recording, _ = flights(JUMPS, seed=10)
    before = count(recording, JUMPS)
    lost = accepted(before)[3]
    after = count(without(recording, np.abs(recording.time_s - lost.start_s) < 0.05), JUMPS)
    assert after.reps == 7
    assert "one_probably_missing" in after.quality.reasons


def test_clipped_landings_are_counted_and_flagged():
    model = dataclasses.replace(CHIP, acc_range_g=8.0, clips_inside=False)
    recording, _ = flights(JUMPS, model, seed=11, wearer=Wearer(hardness=1.1, jump_s=0.5))
    result = count(recording, JUMPS)
    assert result.reps == 8
    assert any(event.values["impact_clipped"] for event in accepted(result))
    assert "clipped" in result.quality.reasons


def test_a_real_fall_of_the_sensor_is_no_jump():
    for height_m in (0.3, 0.6, 1.0):
        line = Timeline(np.random.default_rng(2))
        line.stand(3.0, 0.3)
        drop(line, height_m)
        line.stand(3.0, 0.0)
        recording = recording_of(finish(line, CHIP, [], side="right", seed=2))
        assert count(recording, JUMPS).reps == 0


@pytest.mark.parametrize("name", NEGATIVES)
def test_what_is_no_jump_gives_none(name):
    recording, _ = flights(name, dataclasses.replace(CHIP, rate_hz=104.0), seed=32, reps=6)
    assert count(recording, JUMPS).reps == 0
