"""Files of other programs, made here from the publicly documented formats."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from imu_ankle.core.errors import ImportFormatError, ImuAnkleError
from imu_ankle.io.importers import IMPORTERS
from imu_ankle.io.importers.import_file import import_file
from imu_ankle.io.importers.table import Overrides
from tests.helpers import stance_only

N = 300


def table(acc_scale=1.0, gyr_scale=1.0, time_scale=1.0):
    recording = stance_only(100.0, 3.0)
    return np.column_stack(
        [
            recording.time_s[:N] * time_scale,
            recording.acc_mps2[:N] * acc_scale,
            recording.gyr_dps[:N] * gyr_scale,
        ]
    )


def write(path, header, rows, delimiter=",", decimal=".", preamble=""):
    lines = [delimiter.join(f"{x:.9g}".replace(".", decimal) for x in row) for row in rows]
    path.write_text(preamble + header + "\n" + "\n".join(lines) + "\n")
    return path


def check(recording):
    expected = table()
    assert recording.time_s == pytest.approx(expected[:, 0], abs=1e-6)
    assert recording.acc_mps2 == pytest.approx(expected[:, 1:4], rel=1e-5, abs=1e-5)
    assert recording.gyr_dps == pytest.approx(expected[:, 4:7], rel=1e-5, abs=1e-5)


def test_ngimu(tmp_path):
    header = (
        "Time (s),Gyroscope X (deg/s),Gyroscope Y (deg/s),Gyroscope Z (deg/s),"
        "Accelerometer X (g),Accelerometer Y (g),Accelerometer Z (g)"
    )
    rows = table(acc_scale=1 / 9.80665)[:, [0, 4, 5, 6, 1, 2, 3]]
    recording, importer = import_file(write(tmp_path / "sensors.csv", header, rows))
    assert importer.name == "ngimu"
    assert recording.sidecar.sensor.model == "NGIMU"
    check(recording)


DOT = "PacketCounter,SampleTimeFine,Euler_X,Euler_Y,Euler_Z,Acc_X,Acc_Y,Acc_Z,Gyr_X,Gyr_Y,Gyr_Z"


def dot_rows(start_us):
    rows = table()
    fine = (start_us + np.rint(rows[:, 0] * 1e6)) % 2**32
    euler = np.zeros((N, 3))
    return np.column_stack([np.arange(N), fine, euler, rows[:, 1:]])


@pytest.mark.parametrize("start_us", [5_000_000, 2**32 - 1_000_000])
def test_dot_recorded_in_the_sensor_even_where_its_clock_wraps(tmp_path, start_us):
    rows = [[f"{x:.12g}" for x in row] for row in dot_rows(start_us)]
    preamble = "sep=,\nDeviceTag:,D1\nFirmwareVersion:,1.6.0\n\n"
    body = "\n".join(",".join(row) for row in rows)
    path = tmp_path / "a.csv"
    path.write_text(preamble + DOT + "\n" + body + "\n")
    recording, importer = import_file(path)
    assert importer.name == "xsens-dot"
    assert recording.sidecar.sensor.serial == "D1"
    check(recording)


def test_dot_without_gravity_is_refused_with_the_reason(tmp_path):
    header = DOT.replace("Acc_", "FreeAcc_")
    path = write(tmp_path / "a.csv", header, dot_rows(0))
    with pytest.raises(ImportFormatError, match="gravity was removed"):
        import_file(path)


GENERIC = {
    "our own": ("time_s,acc_x_mps2,acc_y_mps2,acc_z_mps2,gyr_x_dps,gyr_y_dps,gyr_z_dps", {}, 1),
    "brackets": ("t [s],ax [g],ay [g],az [g],gx [deg/s],gy [deg/s],gz [deg/s]", {"g": 1}, 1),
    "words": (
        "timestamp (ms),AccelX (m/s^2),AccelY (m/s^2),AccelZ (m/s^2),"
        "GyroX (rad/s),GyroY (rad/s),GyroZ (rad/s)",
        {"rad": 1},
        1000,
    ),
    "suffixes": ("time_s,ax_mps2,ay_mps2,az_mps2,gx_dps,gy_dps,gz_dps", {}, 1),
    "long": (
        "Elapsed (s),Acceleration X (m/s²),Acceleration Y (m/s²),Acceleration Z (m/s²),"
        "Angular velocity X (°/s),Angular velocity Y (°/s),Angular velocity Z (°/s)",
        {},
        1,
    ),
}


@pytest.mark.parametrize("name", GENERIC)
def test_generic_tables_with_units_in_the_header(tmp_path, name):
    header, units, time_scale = GENERIC[name]
    rows = table(
        1 / 9.80665 if "g" in units else 1.0, np.radians(1.0) if "rad" in units else 1.0, time_scale
    )
    recording, importer = import_file(write(tmp_path / "a.csv", header, rows))
    assert importer.name == "generic"
    check(recording)


def test_semicolons_and_decimal_commas(tmp_path):
    header = "Zeit time (s);acc x (m/s2);acc y (m/s2);acc z (m/s2);gyr x (deg/s);gyr y (deg/s);gyr z (deg/s)"
    recording, _ = import_file(write(tmp_path / "a.csv", header, table(), ";", ","))
    check(recording)


def test_the_unit_of_acceleration_is_known_by_gravity_and_the_clocks_by_its_steps(tmp_path):
    header = "timestamp,acc_x,acc_y,acc_z,gyr_x,gyr_y,gyr_z"
    path = write(tmp_path / "a.csv", header, table(1 / 9.80665, 1.0, 1e6))
    recording, _ = import_file(path, Overrides(gyr_unit="deg/s"))
    check(recording)
    assumed = str(recording.sidecar.extra["import"])
    assert "acceleration in g" in assumed
    assert "time in us" in assumed


def test_an_unstated_unit_of_rate_is_asked_for_and_not_guessed(tmp_path):
    header = "time_s,acc_x,acc_y,acc_z,gyr_x,gyr_y,gyr_z"
    with pytest.raises(ImportFormatError, match="--gyr-unit"):
        import_file(write(tmp_path / "a.csv", header, table()))


def test_columns_can_be_named(tmp_path):
    header = "when,a1 (m/s2),a2 (m/s2),a3 (m/s2),r1 (deg/s),r2 (deg/s),r3 (deg/s)"
    names = [part.strip() for part in header.split(",")]
    roles = ("time", "acc_x", "acc_y", "acc_z", "gyr_x", "gyr_y", "gyr_z")
    told = Overrides(columns=dict(zip(roles, names, strict=True)), time_unit="s")
    recording, _ = import_file(write(tmp_path / "a.csv", header, table()), told)
    check(recording)


def test_a_counter_and_a_rate_make_a_clock_that_knows_of_losses(tmp_path):
    rows = table()
    rows[:, 0] = np.arange(N)
    rows = np.delete(rows, [50, 51, 120], axis=0)
    header = "PacketCounter,acc_x,acc_y,acc_z,gyr_x,gyr_y,gyr_z"
    told = Overrides(rate_hz=100.0, gyr_unit="deg/s")
    recording, _ = import_file(write(tmp_path / "a.csv", header, rows), told)
    assert recording.time_s[-1] == pytest.approx(2.99)


MISSING = {
    "no gyroscope": "time_s,acc_x_mps2,acc_y_mps2,acc_z_mps2,temp,hum,lux",
    "no header": "1,2,3,4,5,6,7",
}


@pytest.mark.parametrize("header", MISSING.values(), ids=MISSING.keys())
def test_what_is_missing_is_named(tmp_path, header):
    with pytest.raises(ImportFormatError):
        import_file(write(tmp_path / "a.csv", header, table()))


def test_the_original_stays_as_it_is(tmp_path):
    path = write(tmp_path / "a.csv", GENERIC["brackets"][0], table(1 / 9.80665))
    before = path.read_bytes()
    import_file(path)
    assert path.read_bytes() == before


@given(st.sampled_from([importer.name for importer in IMPORTERS]), st.text(max_size=300))
def test_no_text_raises_anything_but_our_errors(tmp_path_factory, name, text):
    path = tmp_path_factory.mktemp("fuzz") / "a.csv"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(ImuAnkleError):
        import_file(path, format_name=name)
