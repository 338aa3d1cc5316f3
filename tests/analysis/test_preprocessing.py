"""The one path to motion: time, units, gaps, clipping, bias, attitude, heading."""

import dataclasses

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.spatial.transform import Rotation

from imu_ankle import analyze
from imu_ankle.analysis.preprocessing import preprocess
from imu_ankle.analysis.preprocessing.static_detection import StaticDetectionParams, detect_static
from imu_ankle.core.errors import NotAnalysableError, RecordingError
from imu_ankle.core.recording import Calibration, Recording, Repair, Sidecar
from imu_ankle.core.signal.rotation import tilt_deg
from imu_ankle.simulation.catalogue import simulate
from imu_ankle.simulation.plan import SetPlan
from imu_ankle.simulation.sensor import SensorModel
from imu_ankle.simulation.trials import BalancePlan, standing_trial, walking_trial
from tests.helpers import balance, changed, recording_of, stance_only, turned, without
from tests.same_results import same

QUIET = BalancePlan(stance_s=6.0)


@pytest.fixture(scope="module")
def ideal():
    return balance(QUIET, SensorModel.ideal(104.0))[0]


def reasons(recording):
    return preprocess(recording).quality.reasons


def test_too_short_is_not_analysable():
    short = stance_only(seconds=0.5)
    with pytest.raises(NotAnalysableError, match="at least 1 s"):
        preprocess(short)


@pytest.mark.parametrize("rate_hz", [50.0, 99.2, 207.31, 416.0])
def test_rate_is_measured_whatever_the_sidecar_says(rate_hz):
    recording = dataclasses.replace(
        stance_only(rate_hz), sidecar=Sidecar(rate_nominal_hz=100, rate_hz=100)
    )
    assert preprocess(recording).rate_hz == pytest.approx(rate_hz, rel=1e-9)


@pytest.mark.parametrize("slug", ["heel-walks", "star-taps", "lateral-hops"])
def test_the_last_bit_of_the_clock_changes_no_window(slug):
    made = recording_of(simulate(slug, SetPlan(reps=4), SensorModel(rate_hz=100.0), seed=3))
    later, sooner = (
        dataclasses.replace(made, time_s=made.time_s * (1.0 + off)) for off in (1e-13, -1e-13)
    )
    one, *others = (
        analyze(each, exercise=slug, side="right").to_dict() for each in (made, later, sooner)
    )
    assert all(same(one, other) for other in others)


class TestUnits:
    @pytest.mark.parametrize(("scale", "unit"), [(1 / 9.80665, "g"), (1000 / 9.80665, "mg")])
    def test_gravity_in_g_is_refused_with_the_advice(self, ideal, scale, unit):
        with pytest.raises(RecordingError, match=f"--acc-unit {unit}") as caught:
            preprocess(changed(ideal, acc_mps2=ideal.acc_mps2 * scale))
        assert caught.value.code == "wrong_units"

    def test_gravity_removed_is_refused(self):
        recording = stance_only()
        free = recording.acc_mps2 - recording.acc_mps2.mean(axis=0)
        with pytest.raises(RecordingError, match="gravity was removed"):
            preprocess(changed(recording, acc_mps2=free))

    @pytest.mark.parametrize("scale", [0.85, 1.12])
    def test_a_scale_error_is_estimated_at_rest_and_recorded(self, ideal, scale):
        motion = preprocess(changed(ideal, acc_mps2=ideal.acc_mps2 * scale))
        assert "units_rescaled" in motion.quality.reasons
        start, end = motion.rests[0]
        still = motion.acc_mps2[start:end].mean(axis=0)
        assert np.linalg.norm(still) == pytest.approx(9.80665, rel=2e-3)

    @pytest.mark.parametrize("scale", [0.97, 1.03])
    def test_what_usual_sensors_read_is_left_alone(self, ideal, scale):
        assert "units_rescaled" not in reasons(changed(ideal, acc_mps2=ideal.acc_mps2 * scale))

    def test_rates_in_rad_s_are_refused_since_gravity_turns_faster(self):
        recording, _ = balance(BalancePlan(sway_dps=4.0, stance_s=10.0), SensorModel.ideal(104.0))
        with pytest.raises(RecordingError, match="--gyr-unit rad/s"):
            preprocess(changed(recording, gyr_dps=np.radians(recording.gyr_dps)))

    def test_zeros_are_no_recording_of_a_foot(self):
        t = np.arange(500) / 100.0
        zeros = np.zeros((500, 3))
        with pytest.raises(RecordingError, match="reads 0"):
            preprocess(Recording(time_s=t, acc_mps2=zeros, gyr_dps=zeros))


class TestGaps:
    def gone(self, recording, missing_s):
        start = len(recording) // 2
        gone = np.zeros(len(recording), dtype=bool)
        gone[start : start + round(missing_s * 104.0)] = True
        return without(recording, gone)

    @pytest.mark.parametrize(
        ("missing_s", "flagged", "pieces"),
        [(0.0, False, 1), (0.045, False, 1), (0.07, True, 1), (0.19, True, 1), (0.25, True, 2)],
    )
    def test_short_holes_are_bridged_longer_ones_flagged_the_longest_split(
        self, ideal, missing_s, flagged, pieces
    ):
        motion = preprocess(self.gone(ideal, missing_s))
        assert ("gap" in motion.quality.reasons) == flagged
        assert len(motion.segments) == pieces
        assert len(motion) == len(ideal)
        assert motion.quality.longest_gap_s == pytest.approx(missing_s, abs=1 / 104)

    def test_bridges_stay_close_to_the_truth(self, ideal):
        whole, bridged = preprocess(ideal), preprocess(self.gone(ideal, 0.045))
        assert np.abs(bridged.gyr_dps - whole.gyr_dps).max() < 1.0

    def test_nothing_is_invented_in_a_long_hole(self, ideal):
        motion = preprocess(self.gone(ideal, 0.5))
        (_, end), (start, _) = motion.segments
        assert not motion.gyr_dps[end:start].any()
        assert not motion.present[end:start].any()

    def test_lost_samples_are_counted(self, ideal):
        rng = np.random.default_rng(0)
        gone = rng.random(len(ideal)) < 0.05
        gone[[0, -1]] = False
        motion = preprocess(without(ideal, gone))
        assert motion.quality.lost_fraction == pytest.approx(gone.mean(), abs=1e-9)
        assert "loss" in motion.quality.reasons


class TestClipping:
    def test_samples_at_a_stated_range_are_marked_before_any_filter(self, ideal):
        gyr = np.clip(ideal.gyr_dps, -5.0, 5.0)
        motion = preprocess(changed(ideal, gyr_dps=gyr, sidecar=Sidecar(gyr_range_dps=5.0)))
        expected = (np.abs(gyr) >= 4.975).any(axis=1)
        assert np.array_equal(motion.clipped, expected)
        assert motion.quality.clipped_fraction == pytest.approx(expected.mean())

    def test_flat_tops_at_a_usual_range_are_found_without_a_stated_one(self):
        recording, _ = balance(BalancePlan(strides_before=6), SensorModel(rate_hz=104.0))
        gyr = np.clip(recording.gyr_dps, -250.0, 250.0)
        motion = preprocess(changed(recording, gyr_dps=gyr))
        assert motion.clipped.sum() > 5

    def test_a_quiet_quantised_sensor_does_not_clip(self):
        trial = standing_trial(SensorModel(rate_hz=104.0), seconds=20.0, rate_dps=0.2, seed=1)
        assert preprocess(recording_of(trial)).quality.clipped_fraction == 0.0

    def test_the_sensors_own_flags_count(self, ideal):
        flags = np.zeros(len(ideal), dtype=np.int64)
        flags[[5, 9]] = 2, 4
        assert np.flatnonzero(preprocess(changed(ideal, flags=flags)).clipped).tolist() == [5, 9]


class TestRest:
    @pytest.mark.parametrize("bias", [(0, 0, 0), (5.0, -5.0, 5.0), (0.3, 2.0, -1.0)])
    def test_bias_is_found_and_removed_whatever_its_size(self, ideal, bias):
        plain, shifted = preprocess(ideal), preprocess(changed(ideal, gyr_dps=ideal.gyr_dps + bias))
        assert np.abs(plain.gyr_dps - shifted.gyr_dps).max() < 1e-9

    def test_bias_error_adds_less_than_a_thousandth_to_the_power_of_common_sway(self):
        for seed in range(5):
            recording, _ = balance(BalancePlan(), SensorModel.ideal(104.0), seed=seed)
            whole = np.array([[0, len(recording)]])
            found = detect_static(
                recording.acc_mps2, recording.gyr_dps, whole, 104.0, StaticDetectionParams()
            )
            assert np.sum(found.bias_dps**2) < 1e-3 * 4.0**2

    def test_a_recording_without_rest_says_so(self):
        assert "no_rest" in reasons(stance_only(amplitude_dps=6.0))

    def test_a_table_is_not_the_flat_foot(self):
        recording, _ = balance(BalancePlan(), SensorModel(rate_hz=104.0), seed=2)
        n = 15 * 104
        rng = np.random.default_rng(0)
        table = np.tile([9.8, 0.0, 0.0], (n, 1)) + rng.normal(0, 0.01, (n, 3))
        still = rng.normal(0, 0.05, (n, 3)) + prepare_bias(recording)
        t = np.concatenate([np.arange(n) / 104.0, n / 104.0 + recording.time_s])
        both = Recording(
            time_s=t,
            acc_mps2=np.vstack([table, recording.acc_mps2]),
            gyr_dps=np.vstack([still, recording.gyr_dps]),
        )
        motion = preprocess(both)
        tilt = tilt_deg(motion.up[-200:-100])
        assert np.hypot(*tilt.T).max() < 5.0
        assert "clip_moved" not in motion.quality.reasons


def prepare_bias(recording):
    start, end = preprocess(recording).rests[0]
    return recording.gyr_dps[start:end].mean(axis=0)


class TestAttitude:
    @given(st.integers(0, 1000))
    def test_the_clips_attitude_does_not_matter(self, seed):
        recording, _ = balance(QUIET, SensorModel.ideal(104.0))
        rotation = Rotation.from_quat(np.random.default_rng(seed).normal(size=4))
        first, second = preprocess(recording), preprocess(turned(recording, rotation))
        assert first.heading_known
        assert second.heading_known
        assert np.abs(first.gyr_dps - second.gyr_dps).max() < 1e-3
        assert np.abs(tilt_deg(first.up) - tilt_deg(second.up)).max() < 1e-3

    def test_heel_raises_tell_the_toes_within_three_degrees(self):
        for seed in range(6):
            plan = BalancePlan(stance_s=6.0, strides_before=0, raises_before=2)
            trial_side = "left" if seed % 2 else "right"
            recording, _ = balance(plan, SensorModel.ideal(104.0), side=trial_side, seed=seed)
            pitch = tilt_deg(preprocess(recording).up)
            top = pitch[np.argmax(np.hypot(*pitch.T))]
            assert top[1] > 20.0
            assert abs(np.degrees(np.arctan2(top[0], top[1]))) < 3.0

    def test_walking_tells_the_toes(self):
        trial = walking_trial(SensorModel(rate_hz=104.0), strides=8, seed=3)
        motion = preprocess(recording_of(trial))
        assert motion.heading_known
        pitch = tilt_deg(motion.up)[:, 1]
        assert pitch.max() > 45.0 > -pitch.min()

    def test_standing_does_not(self):
        trial = standing_trial(SensorModel(), seconds=15.0, rate_dps=0.3, seed=3)
        assert not preprocess(recording_of(trial)).heading_known

    def test_tilt_of_the_simulated_foot_is_right_within_two_degrees(self):
        from imu_ankle.simulation.trials import balance_trial

        trial = balance_trial(BalancePlan(), SensorModel(rate_hz=104.0), side="right", seed=5)
        motion = preprocess(recording_of(trial))
        t = motion.start_s + np.arange(len(motion)) / motion.rate_hz
        roll, pitch = np.degrees(trial.trajectory.spline(t)[:, 3:5].T)
        found = tilt_deg(motion.up)
        assert np.median(np.abs(found[:, 0] - roll)) < 2.0
        assert np.median(np.abs(found[:, 1] - pitch)) < 2.0


def test_a_clip_that_turned_between_two_stands_is_reported():
    recording, _ = balance(BalancePlan(), SensorModel(rate_hz=104.0), seed=2)
    late = recording.time_s > recording.time_s[-1] - 4.0
    twist = Rotation.from_euler("x", 25.0, degrees=True)
    acc, gyr = recording.acc_mps2.copy(), recording.gyr_dps.copy()
    acc[late], gyr[late] = twist.apply(acc[late]), twist.apply(gyr[late])
    assert "clip_moved" in reasons(changed(recording, acc_mps2=acc, gyr_dps=gyr))
    assert "clip_moved" not in reasons(recording)


def test_a_bad_clock_is_passed_on(ideal):
    assert "clock" in reasons(changed(ideal, repairs=(Repair("clock", "3 rows"),)))


def test_calibration_is_applied_to_motion_and_not_to_the_recording(ideal):
    bias = (0.4, -0.3, 0.2)
    calibration = Calibration(
        serial="A1",
        made_at="2026-11-22T18:00:00+00:00",
        acc_matrix=((1.0, 0.0, 0.0), (0.0, 1.0, 0.0), (0.0, 0.0, 1.0)),
        acc_bias_mps2=bias,
        gyr_bias_dps=(0.0, 0.0, 0.0),
        gyr_noise_dps2=0.01,
        residual_mps2=0.0,
    )
    raw = changed(ideal, acc_mps2=ideal.acc_mps2 + bias)
    with_it = preprocess(dataclasses.replace(raw, calibration=calibration))
    assert np.abs(with_it.acc_mps2 - preprocess(ideal).acc_mps2).max() < 1e-9
    assert with_it.gyr_noise_dps2 == 0.01
