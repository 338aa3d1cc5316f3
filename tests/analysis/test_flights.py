"""The parts of flight detection: contact on a force trace, the arm of the sensor, rests."""

import dataclasses
import itertools

import numpy as np
import pytest

from imu_ankle.analysis.flight.forefoot import left_axis, track_forefoot
from imu_ankle.analysis.flight.measures import height_m
from imu_ankle.analysis.flight.params import FlightParams
from imu_ankle.analysis.flight.zero_velocity import find_zero_velocity
from imu_ankle.analysis.preprocessing import preprocess
from imu_ankle.core.recording import Recording
from imu_ankle.core.signal.peaks import first_rise, peak_offset
from imu_ankle.simulation.sensor import MOUNTS_M
from tests.helpers import CHIP, flights, true_reps


def test_contact_is_a_fifth_of_the_way_up_between_samples():
    force = np.array([10.0, 10.0, 10.0, 10.0, 60.0, 110.0, 80.0, 20.0])
    # the rise is 100, a fifth of it 20: reached 0.4 of the way from sample 3 to 4
    assert first_rise(force, 1, 6, 0.2) == pytest.approx(3.4)


def test_a_larger_second_peak_is_not_the_contact():
    force = np.array([10.0, 10.0, 80.0, 30.0, 20.0, 140.0, 20.0])
    assert 1.0 < first_rise(force, 0, 6, 0.2) < 2.0


def test_without_a_rise_contact_is_where_the_search_began():
    assert first_rise(np.full(10, 9.8), 4, 5, 0.2) == 4.0


def test_a_parabola_peaks_where_it_peaks():
    x = np.array([5.0 - (k - 2.3) ** 2 for k in range(6)])
    assert 2 + peak_offset(x, 2) == pytest.approx(2.3)
    assert peak_offset(x, 0) == 0.0


def test_height_of_a_flight():
    assert height_m(0.4) == pytest.approx(0.196, abs=0.001)


def test_the_heel_tells_where_left_is():
    tilt = np.vstack(
        [np.zeros((50, 2)), np.tile([0.0, 30.0], (20, 1)), np.tile([0.0, -10.0], (9, 1))]
    )
    assert left_axis(tilt, 15.0) == pytest.approx([0.0, 1.0])
    assert left_axis(np.zeros((5, 2)), 15.0) == pytest.approx([0.0, 1.0])


@pytest.mark.parametrize("mount", MOUNTS_M)
def test_the_arm_from_ball_to_sensor_is_found_without_being_told(mount):
    model = dataclasses.replace(CHIP, arm_m=MOUNTS_M[mount])
    recording, _ = flights(model=model, seed=2)
    ball = track_forefoot(preprocess(recording), FlightParams())
    ahead, left, up = ball.arm_m - MOUNTS_M[mount]
    assert abs(ahead) < 0.012
    assert abs(up) < 0.012
    assert abs(left) < 0.06  # a push-off turns about that axis: it says little of it


def test_there_is_a_rest_in_every_contact_and_none_in_the_air():
    recording, truth = flights(seed=6, reps=10)
    motion = preprocess(recording)
    params = FlightParams()
    (chain,) = find_zero_velocity(motion, track_forefoot(motion, params), params)
    rests_s = np.array([motion.at_s(at) for at in chain])
    reps = true_reps(truth)
    for rep in reps:
        assert not ((rests_s > rep["takeoff_s"]) & (rests_s < rep["landing_s"])).any()
    for one, following in itertools.pairwise(reps):
        assert ((rests_s > one["landing_s"]) & (rests_s < following["takeoff_s"])).any()


def test_a_sensor_that_reads_the_same_for_a_minute_gives_few_rests():
    n = 60 * 208
    still = Recording(
        time_s=np.arange(n) / 208.0,
        acc_mps2=np.tile([0.0, 0.0, 9.80665], (n, 1)),
        gyr_dps=np.tile([0.1, 0.1, 0.1], (n, 1)),
    )
    motion = preprocess(still)
    params = FlightParams()
    chains = find_zero_velocity(motion, track_forefoot(motion, params), params)
    assert sum(map(len, chains)) < 60 / 0.04
