"""Recordings that nobody here made: standing is found, walking is not called stance."""

import json

import numpy as np
import pandas as pd
import pytest

from imu_ankle.files.csvfile import read_recording
from imu_ankle.files.foreign import import_file
from imu_ankle.importers.table import Overrides
from imu_ankle.model import Recording
from imu_ankle.preparation import prepare
from tests.helpers import score_balance, values


def test_quiet_stance_of_a_real_foot(real_data):
    recording = read_recording(real_data / "qmt_quiet_stance" / "foot_right.csv")
    result = score_balance(recording)
    (span,) = result.spans
    assert 16.0 <= span.start_s < span.end_s <= 38.0
    assert span.duration_s > 15.0
    # unfiltered, the same rate has an RMS of a quarter of a degree per second; below 10 Hz half of it
    assert 0.1 < values(result)["sway_rms_dps"] < 0.3
    t = recording.time_s
    raw = recording.gyr_dps[(t >= span.start_s) & (t < span.end_s)]
    assert np.sqrt(np.sum(np.var(raw, axis=0))) == pytest.approx(0.25, abs=0.02)
    assert "no_weight_shift" in result.quality.reasons
    assert values(result)["losses"] == 0


GAIT = ["1-1", "1-2", "3-1", "5-1"]


@pytest.mark.parametrize("foot", ["lf", "rf"])
@pytest.mark.parametrize("trial", GAIT)
def test_standing_before_and_after_real_walking(real_data, trial, foot):
    folder = real_data / "ipol_voisard_gait"
    told = Overrides(gyr_unit="rad/s", rate_hz=100.0)
    recording, importer = import_file(folder / f"{trial}_{foot}.txt", told)
    assert importer.name == "generic"
    events = json.loads((folder / f"{trial}.json").read_text())
    strides = np.array(events["LeftFootEvents" if foot == "lf" else "RightFootEvents"]) / 100.0
    result = score_balance(recording)
    (span,) = result.spans
    assert span.duration_s >= 2.0
    assert span.end_s <= strides[0, 0] + 0.3 or span.start_s >= strides[-1, 1] - 0.3
    assert "no_weight_shift" in result.quality.reasons
    assert values(result)["losses"] == 0
    assert prepare(recording).heading_known


@pytest.mark.parametrize("foot", ["left_sensor", "right_sensor"])
def test_standing_after_two_real_walks(real_data, foot):
    folder = real_data / "gaitmap_example"
    frame = pd.read_csv(folder / "imu_sample.csv", header=[0, 1], index_col=0)[foot]
    x = frame[["acc_x", "acc_y", "acc_z", "gyr_x", "gyr_y", "gyr_z"]].to_numpy()
    recording = Recording(
        time_s=np.arange(len(x)) / 204.8,
        acc_mps2=np.ascontiguousarray(x[:, :3]),
        gyr_dps=np.ascontiguousarray(x[:, 3:]),
    )
    borders = pd.read_csv(folder / "stride_borders_sample.csv")
    borders = borders[borders["sensor"] == foot] if "sensor" in borders else borders
    first, last = borders["start"].min() / 204.8, borders["end"].max() / 204.8
    result = score_balance(recording)
    (span,) = result.spans
    assert span.duration_s >= 1.0
    assert span.end_s <= first + 0.3 or span.start_s >= last - 0.3
    assert "no_weight_shift" in result.quality.reasons
    assert values(result)["losses"] == 0


def test_irregular_stamps_of_a_real_ngimu(real_data):
    recording, importer = import_file(real_data / "xio_gait_tracking" / "short_walk.csv")
    assert importer.name == "ngimu"
    motion = prepare(recording)
    assert motion.rate_hz == pytest.approx(400.0, rel=0.01)
    (span,) = score_balance(recording).spans
    assert span.start_s < 1.0
    assert 11.0 < span.end_s < 15.0


def test_real_dot_export(real_data):
    (file,) = (real_data / "exports_xsens_dot").glob("*.csv")
    recording, importer = import_file(file)
    assert importer.name == "xsens-dot"
    assert recording.sidecar.rate_hz == pytest.approx(120.0, rel=1e-3)
    assert recording.sidecar.sensor.firmware == "1.6.0"
    assert recording.acc_mps2[0].any()  # the all-zero first row is left out


def test_real_ngimu_export(real_data):
    recording, importer = import_file(
        real_data / "exports_scikit_kinematics" / "data_ngimu" / "sensors.csv"
    )
    assert importer.name == "ngimu"
    assert np.median(np.linalg.norm(recording.acc_mps2, axis=1)) == pytest.approx(9.8, abs=0.1)


def test_six_positions_of_a_real_sensor(real_data):
    from imu_ankle.calibration import calibrate

    told = Overrides(gyr_unit="deg/s", rate_hz=102.4)
    recording, _ = import_file(real_data / "imucal_ferraris" / "example_ferraris_session.csv", told)
    made = calibrate(
        recording.acc_mps2, recording.gyr_dps, 102.4, serial="A1", made_at="2026-01-01"
    )
    sections = json.loads(
        (real_data / "imucal_ferraris" / "example_ferraris_session_list.json").read_text()
    )
    for name in ("x_p", "x_a", "y_p", "y_a", "z_p", "z_a"):
        piece = slice(sections[name]["start"] + 50, sections[name]["end"] - 50)
        acc, gyr = made.apply(recording.acc_mps2[piece], recording.gyr_dps[piece])
        assert np.linalg.norm(acc.mean(axis=0)) == pytest.approx(9.80665, abs=0.03)
        assert np.abs(gyr.mean(axis=0)).max() < 0.3
