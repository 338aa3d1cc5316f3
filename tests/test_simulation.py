"""The simulator obeys physics: what its sensor feels leads back to where its foot went."""

import numpy as np
import pytest
from scipy.integrate import cumulative_trapezoid
from scipy.spatial.transform import Rotation

from imu_ankle.simulation.gait import walk
from imu_ankle.simulation.mishaps import lose_balance
from imu_ankle.simulation.sensor import SensorModel
from imu_ankle.simulation.slow import heel_raise
from imu_ankle.simulation.timeline import Timeline
from imu_ankle.simulation.trajectory import GRAVITY_MPS2
from imu_ankle.simulation.trials import BalancePlan, balance_trial

ARM = np.array([-0.10, 0.02, 0.06])


@pytest.fixture(scope="module")
def lively():
    line = Timeline(np.random.default_rng(3))
    line.stand(0.6, 0.3)
    walk(line, 2)
    heel_raise(line)
    lose_balance(line)
    line.stand(0.5, 4.0)
    return line.trajectory()


def orientation(trajectory, t):
    roll, pitch, yaw = trajectory.spline(t)[:, 3:].T
    return Rotation.from_euler("ZYX", np.column_stack([yaw, pitch, roll]))


def test_the_rate_is_the_derivative_of_the_orientation(lively):
    t = np.arange(0.1, lively.duration_s - 0.1, 0.01)
    step = 1e-5
    before, after = orientation(lively, t - step), orientation(lively, t + step)
    numeric = np.degrees((before.inv() * after).as_rotvec()) / (2 * step)
    assert np.abs(lively.feel(t, ARM).rate_dps - numeric).max() < 1e-3


def test_force_integrated_twice_returns_to_the_trajectory(lively):
    t = np.arange(0.0, lively.duration_s, 1 / 4000)
    felt = lively.feel(t, ARM)
    acceleration = orientation(lively, t).apply(felt.force_mps2) - [0, 0, GRAVITY_MPS2]
    start = (felt.position_m[1] - felt.position_m[0]) * 4000.0
    velocity = cumulative_trapezoid(acceleration, t, axis=0, initial=0) + start
    position = cumulative_trapezoid(velocity, t, axis=0, initial=0) + felt.position_m[0]
    assert np.abs(position - felt.position_m).max() < 1e-3


def test_a_still_foot_feels_gravity_and_nothing_else():
    line = Timeline(np.random.default_rng(0))
    line.stand(3.0, 0.0)
    felt = line.trajectory().feel(np.arange(0.1, 2.9, 0.01), ARM)
    assert np.abs(felt.force_mps2 - [0, 0, GRAVITY_MPS2]).max() < 1e-9
    assert np.abs(felt.rate_dps).max() < 1e-9


def test_the_ball_stays_put_while_the_heel_rises():
    line = Timeline(np.random.default_rng(0))
    line.stand(0.5, 0.0)
    heel_raise(line, 30.0)
    line.stand(0.5, 0.0)
    trajectory = line.trajectory()
    t = np.arange(0.0, trajectory.duration_s, 0.01)
    assert np.abs(trajectory.feel(t, np.zeros(3)).position_m).max() < 1e-9
    heel = trajectory.feel(t, np.array([-0.18, 0.0, 0.0])).position_m[:, 2]
    assert heel.max() == pytest.approx(0.18 * np.sin(np.radians(30.0)), rel=1e-3)


def test_heel_up_is_a_positive_rate_about_y():
    line = Timeline(np.random.default_rng(0))
    line.stand(0.5, 0.0)
    heel_raise(line, 30.0, seconds=0.8)
    rate = line.trajectory().feel(np.array([0.9]), ARM).rate_dps[0]
    assert rate[1] > 30.0
    assert abs(rate[0]) + abs(rate[2]) < 1e-6


def test_sway_has_the_steadiness_that_was_asked_for():
    trial = balance_trial(BalancePlan(sway_dps=5.0), SensorModel(), side="right", seed=1)
    assert trial.truth["sway_rms_dps"] == pytest.approx(5.0, rel=0.1)


def test_the_same_seed_gives_the_same_readings():
    first, second = (
        balance_trial(BalancePlan(), SensorModel(), side="left", seed=5).readings for _ in range(2)
    )
    assert np.array_equal(first.acc_mps2, second.acc_mps2)
    assert np.array_equal(first.gyr_dps, second.gyr_dps)


def test_the_sensor_loses_clips_and_quantises_as_told():
    model = SensorModel(rate_hz=100.0, gyr_range_dps=125.0, loss=0.05, loss_burst=3, bits=16)
    plan = BalancePlan(strides_before=4)
    readings = balance_trial(plan, model, side="right", seed=2).readings
    assert readings.lost == pytest.approx(0.05 * readings.seq[-1], rel=0.25)
    assert np.abs(readings.gyr_dps).max() <= 125.0
    counts = readings.gyr_dps / (125.0 / 2**15)
    assert np.abs(counts - np.rint(counts)).max() < 1e-3


def test_a_left_foot_is_the_mirror_image():
    model = SensorModel.ideal(100.0)
    still = SensorModel(**{**_fields(model), "attitude": (0.0, 0.0, 0.0, 1.0)})
    right = balance_trial(BalancePlan(), still, side="right", seed=3).readings
    left = balance_trial(BalancePlan(), still, side="left", seed=3).readings
    assert np.abs(left.acc_mps2 - right.acc_mps2 * [1, -1, 1]).max() < 1e-9
    assert np.abs(left.gyr_dps - right.gyr_dps * [-1, 1, -1]).max() < 1e-9


def _fields(model):
    return {name: getattr(model, name) for name in model.__dataclass_fields__}
