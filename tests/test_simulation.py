"""The simulator obeys physics: what its sensor feels leads back to where its foot went."""

import numpy as np
import pytest
from scipy.integrate import cumulative_trapezoid
from scipy.spatial.transform import Rotation

from imu_ankle.simulation.catalogue import SIMULATIONS, simulate
from imu_ankle.simulation.cyclic import heel_raise
from imu_ankle.simulation.flights import SimulatedFlight, fly
from imu_ankle.simulation.gait import walk
from imu_ankle.simulation.mishaps import lose_balance
from imu_ankle.simulation.plan import SetPlan
from imu_ankle.simulation.sensor import SensorModel, read
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
    for k in range(3):
        fly(
            line,
            SimulatedFlight(flight_s=0.28, travel_m=(0.02, 0.35 if k % 2 else -0.35), turn_deg=3.0),
        )
        line.stand(0.1, 3.0, "contact")
    line.stand(0.5, 3.0)
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


BALL = np.zeros(3)


@pytest.fixture(scope="module")
def hop():
    line = Timeline(np.random.default_rng(1))
    line.stand(0.6, 0.0)
    flight = SimulatedFlight(flight_s=0.3, travel_m=(0.0, 0.4), landing_mps=1.2, clearance_m=0.09)
    takeoff_s, landing_s = fly(line, flight)
    line.stand(0.6, 0.0)
    return line.trajectory(), flight, takeoff_s, landing_s


def test_the_toe_rests_until_take_off_and_the_heel_rises_fastest_there(hop):
    trajectory, _, takeoff_s, _ = hop
    t = np.arange(0.1, takeoff_s, 0.001)
    assert np.abs(trajectory.feel(t, BALL).position_m).max() < 1e-3
    t = np.arange(0.1, takeoff_s + 0.1, 0.0005)
    heel_up = trajectory.feel(t, BALL).rate_dps[:, 1]
    assert t[np.argmax(heel_up)] == pytest.approx(takeoff_s, abs=0.004)


def test_a_landing_is_a_finite_stop_from_the_speed_that_was_asked_for(hop):
    trajectory, flight, _, landing_s = hop
    t = np.arange(landing_s - 0.05, landing_s + 0.2, 0.0005)
    height = trajectory.feel(t, BALL).position_m[:, 2]
    speed = np.gradient(height, t)
    assert speed[np.searchsorted(t, landing_s) - 4] == pytest.approx(-flight.landing_mps, rel=0.05)
    assert abs(height[-1]) < 1e-3
    assert height.min() > -0.015


def test_in_flight_a_foot_is_not_in_free_fall(hop):
    trajectory, _, takeoff_s, landing_s = hop
    t = np.arange(takeoff_s + 0.01, landing_s - 0.01, 0.001)
    force = np.linalg.norm(trajectory.feel(t, ARM).force_mps2, axis=1)
    assert np.mean(force < 0.3 * GRAVITY_MPS2) < 0.2


def test_a_hop_ends_where_it_was_told_to(hop):
    trajectory, flight, _, _ = hop
    end = trajectory.feel(np.array([trajectory.duration_s - 0.1]), BALL).position_m[0]
    assert end[:2] == pytest.approx(flight.travel_m, abs=1e-6)


def test_the_filter_on_the_chip_delays_and_rounds_an_impact_and_hides_clipping(hop):
    trajectory, *_ = hop
    sharp = SensorModel(**_fields(SensorModel.ideal(208.0)))
    bare = read(trajectory, sharp, np.random.default_rng(0)).acc_mps2
    soft = SensorModel(**{**_fields(sharp), "lowpass_share": 0.3})
    filtered = read(trajectory, soft, np.random.default_rng(0)).acc_mps2
    assert np.abs(filtered).max() < np.abs(bare).max()
    inside = SensorModel(**{**_fields(soft), "acc_range_g": 2.0, "clips_inside": True})
    hidden = read(trajectory, inside, np.random.default_rng(0)).acc_mps2
    assert np.linalg.norm(hidden, axis=1).max() < np.linalg.norm(filtered, axis=1).max()


def test_a_radio_repeats_and_reorders_as_told():
    model = SensorModel(rate_hz=100.0, duplicates=0.02, late=0.05)
    readings = simulate("walking", SetPlan(), model, seed=3).readings
    assert sorted(set(readings.arrival)) == list(range(len(readings.time_s)))
    assert len(readings.arrival) / len(readings.time_s) == pytest.approx(1.02, abs=0.01)
    assert (np.diff(readings.arrival) < 0).mean() == pytest.approx(0.05, abs=0.02)


@pytest.mark.parametrize("name", SIMULATIONS)
def test_everything_in_the_catalogue_obeys_physics_and_keeps_its_count(name):
    simulation = SIMULATIONS[name]
    for variation in simulation.variations or (None,):
        plan = SetPlan(reps=3, variation=variation, partials=1, pauses=1)
        trial = simulate(name, plan, SensorModel.ideal(100.0), side="left", seed=2)
        trajectory = trial.trajectory
        t = np.arange(0.2, 0.7, 1 / 2000)
        still = np.linalg.norm(trajectory.feel(t, ARM).force_mps2, axis=1)
        assert still.mean() == pytest.approx(GRAVITY_MPS2, abs=0.05)
        events = trial.truth.get("events", [])
        reps = [event for event in events if event["kind"] == "rep"]
        if name == "star-taps":
            assert len(reps) == 24
            assert sorted({tap["direction"] for tap in reps}) == list(range(8))
            assert all(0.2 < tap["reach_m"] < 0.8 for tap in reps)
        elif name != "single-leg-balance":
            assert len(reps) == (3 if simulation.exercise else 0)
        times = [value for event in events for key, value in event.items() if key == "start_s"]
        assert times == sorted(times)


def test_a_left_foot_names_sides_as_its_wearer_does():
    model = SensorModel.ideal(100.0)
    for name, key in (("lateral-hops", "toward"), ("star-taps", "direction")):
        right, left = (
            [
                event[key]
                for event in simulate(name, SetPlan(reps=2), model, side=side, seed=4).truth[
                    "events"
                ]
            ]
            for side in ("right", "left")
        )
        if key == "toward":
            assert [{"left": "right", "right": "left"}[word] for word in right] == left
        else:
            assert [(8 - sector) % 8 for sector in right] == left
