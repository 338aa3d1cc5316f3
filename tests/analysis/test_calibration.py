import dataclasses

import numpy as np
import pytest

from imu_ankle.analysis.calibration import calibrate
from imu_ankle.core.errors import CalibrationError
from imu_ankle.core.recording import Recording, SensorInfo, Sidecar
from imu_ankle.io.calibrations import calibration_path, find_calibration, save_calibration
from imu_ankle.io.csvfile import read_recording, write_recording
from tests.helpers import balance, score_balance

FACES = np.array([[1, 0, 0], [-1, 0, 0], [0, 1, 0], [0, -1, 0], [0, 0, 1], [0, 0, -1]], float)
RATE_HZ = 100.0


def session(faces=FACES, scale=(1, 1, 1), bias=(0, 0, 0), gyr_bias=(0, 0, 0), noise=0.0, skew=None):
    """Rest 4 s on each face, tumble 1 s in between, read with the given errors."""
    rng = np.random.default_rng(0)
    acc, gyr = [], []
    for face in faces:
        acc += [np.tile(9.80665 * face, (400, 1)), 9.80665 * rng.normal(size=(100, 3))]
        gyr += [np.zeros((400, 3)), rng.normal(0, 200, (100, 3))]
    matrix = np.diag(scale) if skew is None else np.asarray(skew)
    true = np.vstack(acc)
    raw = true @ np.linalg.inv(matrix).T + bias + rng.normal(0, noise, true.shape)
    return raw, np.vstack(gyr) + gyr_bias + rng.normal(0, noise, true.shape)


def made_from(acc, gyr):
    return calibrate(acc, gyr, RATE_HZ, serial="S-1", made_at="2026-11-22T18:00:00+00:00")


def test_a_perfect_sensor_gets_the_identity():
    made = made_from(*session())
    assert np.asarray(made.acc_matrix) == pytest.approx(np.eye(3), abs=1e-12)
    assert made.acc_bias_mps2 == pytest.approx((0, 0, 0), abs=1e-12)
    assert made.gyr_bias_dps == pytest.approx((0, 0, 0), abs=1e-12)
    assert made.residual_mps2 == pytest.approx(0.0, abs=1e-12)


def test_scale_and_offset_are_recovered():
    made = made_from(*session(scale=(1.02, 0.97, 1.01), bias=(0.3, -0.2, 0.1), gyr_bias=(1, -2, 3)))
    assert np.diag(made.acc_matrix) == pytest.approx([1.02, 0.97, 1.01], rel=1e-6)
    assert made.acc_bias_mps2 == pytest.approx([0.3, -0.2, 0.1], abs=1e-6)
    assert made.gyr_bias_dps == pytest.approx([1, -2, 3], abs=1e-9)


def test_misalignment_is_recovered_where_there_are_poses_enough():
    tilted = np.array([[1, 1, 0], [0, 1, 1], [1, 0, 1], [-1, 1, 0], [0, -1, 1]]) / np.sqrt(2)
    skew = np.array([[1.01, 0.01, -0.005], [0.01, 0.99, 0.008], [-0.005, 0.008, 1.0]])
    made = made_from(*session(np.vstack([FACES, tilted]), skew=skew, bias=(0.1, 0.1, 0)))
    assert np.asarray(made.acc_matrix) == pytest.approx(skew, abs=1e-6)


def test_noise_power_is_that_below_10_hz():
    made = made_from(*session(noise=0.1))
    assert made.gyr_noise_dps2 == pytest.approx(3 * 0.1**2 * 0.833 * 10 / 50, rel=0.5)
    assert made.residual_mps2 < 0.02


def test_a_face_that_was_left_out_is_named():
    with pytest.raises(CalibrationError, match="y down") as caught:
        made_from(*session(np.delete(FACES, 3, axis=0)))
    assert caught.value.code == "missing_pose"


def test_saved_per_sensor_applied_on_reading_shown_in_the_result(tmp_path):
    made = made_from(*session(scale=(1.02, 0.97, 1.01), bias=(0.3, -0.2, 0.1)))
    save_calibration(made)
    assert find_calibration("S-1") == made
    recording, _ = balance(seed=3)
    sidecar = Sidecar(sensor=SensorInfo(serial="S-1"))
    path = tmp_path / "a.csv"
    write_recording(dataclasses.replace(recording, sidecar=sidecar), path)
    again = read_recording(path)
    assert again.calibration == made
    assert np.array_equal(again.acc_mps2, recording.acc_mps2)  # raw stays raw
    result = score_balance(again)
    assert result.inputs["calibration"] == {"serial": "S-1", "made_at": made.made_at}
    assert score_balance(recording).inputs["calibration"] is None


def test_another_sensor_is_left_alone():
    save_calibration(made_from(*session()))
    assert find_calibration("S-2") is None


def test_a_serial_number_is_no_path():
    path = calibration_path("../../etc/passwd")
    assert path.parent == calibration_path("x").parent


@pytest.mark.parametrize("text", ["{}", "[]", "{", '{"format_version": 9}', "null"])
def test_a_broken_calibration_file_is_an_error_with_its_name(text):
    path = calibration_path("S-1")
    path.parent.mkdir(parents=True)
    path.write_text(text)
    with pytest.raises(CalibrationError, match="S-1"):
        find_calibration("S-1")


def test_a_recording_of_one_face_only_is_refused():
    still = Recording(
        time_s=np.arange(500) / 100.0,
        acc_mps2=np.tile([0.0, 0.0, 9.8], (500, 1)),
        gyr_dps=np.zeros((500, 3)),
    )
    with pytest.raises(CalibrationError, match="x up"):
        made_from(still.acc_mps2, still.gyr_dps)
