"""What real people did, counted and timed: heel raises at ankle bands, jumps over force plates.

The jumps are motion capture made into the readings of a shoe sensor; the raises are real sensors of others.
"""

from dataclasses import replace

import numpy as np
import pytest

from imu_ankle import Recording
from imu_ankle.analysis.preprocessing import preprocess
from imu_ankle.analysis.segmentation import recognise
from imu_ankle.core.options import Placement, Side
from tests.people import (
    LOW_GYRO,
    ankle_bands,
    counted,
    dancing_knee,
    moved_feet,
    off_plates_s,
    ordinary_movement,
    raises,
)


@pytest.fixture(scope="module")
def feet(real_data):
    return [(clip, counted(clip)) for clip in moved_feet(real_data) if clip.mount != "shank"]


def reps_of(feet, word, mount):
    chosen = [each for each in feet if word in each[0].name and each[0].mount == mount]
    return [result.reps for _, result in chosen]


@pytest.mark.parametrize("placement", ["shoe", "ankle"])
def test_every_set_of_raises_is_counted_within_one(real_data, placement):
    sets = raises(real_data)
    assert len(sets) == 7
    for clip in sets:
        assert abs(counted(clip, placement).reps - clip.reps) <= 1, clip.name


@pytest.mark.parametrize("mount", ["laces", "heel"])
def test_drop_jumps_squat_jumps_and_the_hop_on_one_leg_count(feet, mount):
    assert reps_of(feet, "s4_DJ", mount) == [1] * 12
    assert reps_of(feet, "geiger_SJ", mount) == [1] * 2
    assert reps_of(feet, "SLDJ", mount) == [1]


def test_take_off_and_contact_are_those_of_the_force_plates(feet):
    off = off_plates_s(feet)
    takeoff, landing = off.T
    assert len(off) == 24
    assert abs(takeoff.mean()) < 0.005
    assert abs(landing.mean()) < 0.006  # the plates have 100 Hz; the filter of the markers is early
    assert np.abs(landing - takeoff).mean() < 0.012


def test_nothing_counts_in_what_is_no_jump(feet):
    jumps_on_the_spot = {"cmu_02_04_left_laces", "cmu_02_04_right_laces"}
    for clip, result in feet:
        if clip.reps == 0 and clip.name not in jumps_on_the_spot:
            assert result.reps == 0, clip.name


def test_hops_that_go_ahead_say_so(feet):
    hops = [result for clip, result in feet if "hopBothLegs" in clip.name]
    ahead = [any(event.rejected == "ahead" for event in result.events) for result in hops]
    assert np.mean(ahead) > 0.75


def test_squats_at_a_real_shank_are_five(real_data):
    shanks = [clip for clip in moved_feet(real_data) if clip.mount == "shank"]
    assert [counted(clip, "shank").reps for clip in shanks] == [5, 5]


def test_no_stance_on_one_leg_is_invented(real_data):
    for clip in moved_feet(real_data):
        found = recognise(preprocess(clip.recording), Side(clip.side))
        assert "single-leg-balance" not in {each.exercise for each in found}, clip.name


def test_no_stance_is_invented_in_dancing_walking_and_daily_life(real_data):
    for name, recording in [*dancing_knee(real_data), *ordinary_movement(real_data)]:
        found = recognise(preprocess(recording), Side.LEFT)
        assert "single-leg-balance" not in {each.exercise for each in found}, name


def test_jumps_at_an_ankle_band_count_and_steps_there_do_not(real_data):
    jumps, run, walk = ankle_bands(real_data)
    found = counted(jumps, "ankle")
    assert found.reps == 2
    accepted = [event for event in found.events if event.rejected is None]
    for event, (start_s, end_s) in zip(accepted, jumps.flights_s, strict=True):
        assert event.values["takeoff_s"] == pytest.approx(start_s, abs=0.03)
        assert event.values["landing_s"] == pytest.approx(end_s, abs=0.03)
    assert counted(run, "ankle").reps == counted(walk, "ankle").reps == 0
    for clip in (run, walk):
        hops = replace(clip, exercise="lateral-hops")
        assert counted(hops, "ankle").reps == 0


def test_a_gyroscope_that_reads_low_takes_no_name_away(real_data):
    for clip in raises(real_data):
        for scale in (1.0, 1.0 / LOW_GYRO):
            recording = clip.recording
            read = Recording.from_samples(
                recording.time_s, recording.acc_mps2, recording.gyr_dps * scale, file=clip.name
            )
            known = recognise(preprocess(read), Side.LEFT, Placement.ANKLE)
            assert {each.exercise for each in known} == {"heel-raises"}, clip.name
            for each in recognise(preprocess(read), Side.LEFT):
                assert "heel-raises" in {each.exercise, each.rival}, clip.name


def test_no_sound_recording_of_people_looks_like_another_exercise(real_data):
    clips = [(clip, "ankle") for clip in raises(real_data)]
    clips += [(clip, "ankle") for clip in ankle_bands(real_data) if clip.reps]
    for clip in moved_feet(real_data):
        clips += [(clip, "shank" if clip.mount == "shank" else "shoe")] if clip.reps else []
    for clip, placement in clips:
        assert "other_exercise" not in counted(clip, placement).quality.reasons, clip.name
