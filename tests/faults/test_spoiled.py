"""Nothing wrong passes in silence: spoiled recordings give the same numbers, or say what is wrong."""

from functools import cache
from typing import Any

import numpy as np
import pytest

from imu_ankle import Recording, analyze, analyze_run
from imu_ankle.analysis.exercises import EXERCISES
from imu_ankle.analysis.preprocessing import preprocess
from imu_ankle.core.errors import RecordingError
from imu_ankle.session.conductor import wrong_now
from tests.helpers import CHIP, count, flights, joined
from tests.people import ankle_bands, dancing_knee, moved_feet, ordinary_movement
from tests.spoiled import FAULTS, numbers, outcome, sound

RATES = (52.0, 104.0, 208.0, 416.0)
NEW = {"frozen", "dead_axis", "spikes", "smoothed", "axes", "gyr_scale", "out_of_step", "clock"}


@cache
def measured(exercise, rate_hz, seed):
    recording, measure = sound(exercise, rate_hz, seed)
    return recording, measure, numbers(measure(recording))


@pytest.mark.parametrize("exercise", EXERCISES)
@pytest.mark.parametrize("fault", FAULTS)
def test_no_fault_passes_in_silence(exercise, fault):
    number = list(EXERCISES).index(exercise) + list(FAULTS).index(fault)
    rate_hz = RATES[number % len(RATES)]
    recording, measure, expected = measured(exercise, rate_hz, 1)
    what, words = outcome(FAULTS[fault](recording), measure, expected)
    assert what != "silent", words


@pytest.mark.parametrize("exercise", EXERCISES)
@pytest.mark.parametrize("rate_hz", RATES)
@pytest.mark.parametrize("seed", [21, 22])
def test_sound_sets_get_no_reason(exercise, rate_hz, seed):
    recording, measure = sound(exercise, rate_hz, seed)
    reasons = set(measure(recording).quality.reasons)
    assert not reasons & {*NEW, "inconsistent", "other_exercise"}


def test_sound_recordings_of_people_get_no_reason(real_data):
    clips = [
        (clip.name, clip.recording) for clip in (*moved_feet(real_data), *ankle_bands(real_data))
    ]
    others = [*ordinary_movement(real_data), *dancing_knee(real_data)]
    for name, recording in [*clips, *others]:
        repairs = preprocess(recording).repairs[len(recording.repairs) :]
        # two files of one source hold every row twice
        twice = "Young_20180518" in name and "left" in name
        assert [repair.reason for repair in repairs] == (["clock"] if twice else []), name


@pytest.mark.parametrize(
    ("fault", "size", "said"),
    [
        ("late", None, "30 ms late"),
        ("early", 0.032, "32 ms early"),
        ("turned", 1, "gyr_y is -gyr_y"),
        ("swapped", 0, "gyr_x is gyr_y, gyr_y is gyr_x"),
        ("mirrored", 2, "mirrored"),
        ("frozen", None, "rows repeat"),
        ("filled", None, "straight line"),
        ("doubled", 8, "packets of 8 rows came twice"),
        ("polled", None, "asked more often"),
        ("dying-axis", 1, "gyr_y reads 0"),
    ],
)
def test_what_was_found_is_said_with_its_size(fault, size, said):
    recording, _, _ = measured("jump-squats", 208.0, 1)
    spoiled = FAULTS[fault](recording, size)
    messages = [repair.message for repair in preprocess(spoiled).repairs]
    if fault in {"late", "early"}:  # to the nearest 4 ms
        wanted = int(said.split()[0])
        near = {f"{wanted + off} ms {said.split()[2]}" for off in range(-6, 7)}
        assert any(word in message for message in messages for word in near)
    else:
        assert any(said in message for message in messages), messages


@pytest.mark.parametrize("factor", [0.125, 0.5, 2.0, 4.0])
@pytest.mark.parametrize("exercise", ["heel-raises", "toe-points", "jump-squats"])
def test_a_wrong_scale_is_estimated(exercise, factor):
    recording, _, _ = measured(exercise, 104.0, 1)
    spoiled = FAULTS["scale-up"](recording, factor)
    (repair,) = [r for r in preprocess(spoiled).repairs if r.reason == "gyr_scale"]
    estimate = float(repair.message.split("by ")[1].split()[0])
    assert estimate == pytest.approx(1.0 / factor, rel=0.1)


def test_late_halves_are_put_in_step():
    recording, measure, expected = measured("jump-squats", 208.0, 1)
    result = measure(FAULTS["late"](recording))
    assert result.reps == expected["reps"]
    flight_s = numbers(result)["flight_s"]
    assert flight_s == pytest.approx(expected["flight_s"], abs=0.01)
    assert "out_of_step" in result.quality.reasons


def test_an_axis_that_never_lived_is_refused():
    recording, _, _ = measured("heel-raises", 104.0, 1)
    with pytest.raises(RecordingError, match="gyr_z reads 0") as refusal:
        preprocess(FAULTS["dead-axis"](recording))
    assert refusal.value.code == "dead_axis"


def test_rows_that_no_sensor_measured_are_lost_samples():
    recording, measure, _ = measured("heel-raises", 104.0, 1)
    quality = measure(FAULTS["frozen"](recording, 2.0)).quality
    assert quality.longest_gap_s == pytest.approx(2.0, abs=0.1)
    assert quality.lost_fraction > 0.02


def test_a_set_whose_candidates_fall_to_one_rule_names_it():
    recording, _ = flights("heel-raises", CHIP, seed=3, reps=4, partials=8)
    result = analyze(recording, exercise="heel-raises", side="right")
    assert "inconsistent" in result.quality.reasons
    assert result.quality.grade == "degraded"
    told: Any = result.inputs["inconsistent"]
    assert told["rule"] == "partial"
    assert told["events"] > told["of"] / 2


def test_two_sets_in_one_file_say_so():
    first, _ = flights("lateral-hops", CHIP, seed=1, reps=8)
    both = joined(first, first, pause_s=0.005)
    assert "several_sets" not in count(both, "lateral-hops").quality.reasons
    rest = slice(0, 300)  # standing still before the set, over and over
    for _ in range(20):
        standing = Recording.from_samples(
            first.time_s[rest], first.acc_mps2[rest], first.gyr_dps[rest]
        )
        both = joined(both, standing, pause_s=0.005)
    result = count(joined(both, first, pause_s=0.005), "lateral-hops")
    assert "several_sets" in result.quality.reasons
    told: Any = result.inputs["several_sets"]
    assert told["sets"] == 2
    assert told["longest_pause_s"] > 25.0


@pytest.mark.parametrize(("fault", "said"), [("turned", "gyr_y is -gyr_y"), ("frozen", "repeat")])
def test_what_is_wrong_is_said_while_something_can_be_done(fault, said):
    recording, _, _ = measured("jump-squats", 208.0, 1)
    half = Recording.from_samples(
        recording.time_s[:3000], recording.acc_mps2[:3000], recording.gyr_dps[:3000]
    )
    run = analyze_run(FAULTS[fault](half), exercise="jump-squats", side="left")
    assert said in wrong_now(run)
    assert not wrong_now(analyze_run(half, exercise="jump-squats", side="left"))


def test_a_quiet_sensor_with_coarse_steps_is_not_frozen():
    rng = np.random.default_rng(1)
    time_s = np.arange(3000) / 52.0
    force = rng.normal(0.0, 0.0024, (3000, 3)) + np.array([0.0, 0.0, 9.81])
    acc = np.round(force / 0.0048) * 0.0048
    gyr = np.round(rng.normal(0.0, 0.03, (3000, 3)) / 0.061) * 0.061
    assert not preprocess(Recording.from_samples(time_s, acc, gyr)).repairs
