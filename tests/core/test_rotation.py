import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.spatial.transform import Rotation

from imu_ankle.core.signal.rotation import angle_between_deg, tilt_deg, up_from_quaternion, upright

angles = st.floats(-1.0, 1.0)


@given(st.integers(0, 10_000))
def test_upright_turns_gravity_up_and_is_a_rotation(seed):
    gravity = np.random.default_rng(seed).normal(size=3)
    turn = upright(gravity)
    assert turn @ gravity == pytest.approx([0, 0, np.linalg.norm(gravity)], abs=1e-12)
    assert turn @ turn.T == pytest.approx(np.eye(3), abs=1e-12)
    assert np.linalg.det(turn) == pytest.approx(1.0)


def test_upside_down_is_turned_too():
    assert upright(np.array([0.0, 0.0, -9.8])) @ [0, 0, -1.0] == pytest.approx([0, 0, 1.0])


@pytest.mark.parametrize("axis", [0, 1])
@pytest.mark.parametrize("angle", [-40.0, -3.0, 0.0, 5.0, 60.0])
def test_heel_up_is_positive_about_y_and_left_edge_up_about_x(axis, angle):
    vector = np.zeros(3)
    vector[axis] = np.radians(angle)
    foot_to_world = Rotation.from_rotvec(vector)
    up_in_foot = foot_to_world.inv().apply([[0.0, 0.0, 1.0]])
    expected = [0.0, 0.0]
    expected[axis] = angle
    assert tilt_deg(up_in_foot)[0] == pytest.approx(expected, abs=1e-9)


@given(st.integers(0, 10_000))
def test_up_from_quaternion_is_the_third_row_of_the_rotation(seed):
    rotation = Rotation.from_quat(np.random.default_rng(seed).normal(size=4))
    x, y, z, w = rotation.as_quat()
    up = up_from_quaternion(np.array([[w, x, y, z]]))[0]
    assert up == pytest.approx(rotation.inv().apply([0, 0, 1.0]), abs=1e-12)


def test_small_angles_are_measured_exactly():
    a = np.array([0.0, 0.0, 1.0])
    b = np.array([1e-9, 0.0, 1.0])
    assert angle_between_deg(a, b) == pytest.approx(np.degrees(1e-9), rel=1e-6)
