"""Every format gives the same motion: units, rate, axes, gravity; or says why it can't."""

import numpy as np
import pytest

from imu_ankle.core.errors import ImportFormatError, RecordingError
from imu_ankle.io.importers import IMPORTERS
from imu_ankle.io.importers.import_file import import_file
from imu_ankle.io.importers.table import Overrides
from tests.io.importers import samples
from tests.io.importers.samples import ACC, GYR, SAMPLES, TRUTH, UNIX_S, T

# samples of the accelerometer itself: MetaBase's has half the rate of the gyroscope
EVERY = {"metabase": 2}


@pytest.mark.parametrize("name", SAMPLES)
def test_a_sample_of_every_format_gives_the_motion_that_it_was_made_of(tmp_path, name):
    sample = SAMPLES[name]()
    recording, importer = import_file(samples.write(sample, tmp_path))
    assert importer.name == sample.importer
    n = len(recording)
    assert n >= len(T) - 2
    assert recording.time_s == pytest.approx(T[:n], abs=1.1e-3)
    assert recording.sidecar.rate_hz == pytest.approx(samples.RATE_HZ, rel=2e-3)
    assert recording.gyr_dps == pytest.approx(GYR[:n], abs=1e-4 * np.abs(GYR).max())
    own = slice(0, n, EVERY.get(name, 1))
    expected = np.clip(ACC, -18.0, 18.0) if name.startswith("shimmer_s") else ACC
    assert recording.acc_mps2[own] == pytest.approx(expected[own], abs=1e-4 * np.abs(ACC).max())
    assert "assumed" in str(recording.sidecar.extra["import"])


def test_every_importer_has_a_sample():
    assert {SAMPLES[name]().importer for name in SAMPLES} == {each.name for each in IMPORTERS}


@pytest.mark.parametrize("name", ["phyphox", "sensor_logger", "ngimu", "x_imu3", "polar"])
def test_a_zip_is_read_like_the_folder_in_it(tmp_path, name):
    sample = SAMPLES[name]()
    path = tmp_path / "export.bin"  # told by its content
    path.write_bytes(samples.zipped(sample))
    recording, importer = import_file(path)
    assert importer.name == sample.importer
    assert recording.gyr_dps == pytest.approx(GYR[: len(recording)], abs=0.2)


def test_two_files_named_are_one_recording_whatever_they_are_called(tmp_path):
    texts = list(SAMPLES["phyphox"]().files.values())
    for name, text in zip("ab", texts, strict=False):
        (tmp_path / name).write_text(text)
    recording, _ = import_file([tmp_path / "b", tmp_path / "a"])
    assert recording.acc_mps2 == pytest.approx(ACC, abs=1e-4)


def test_the_other_half_beside_it_is_found_by_its_time_not_its_name(tmp_path):
    sample = SAMPLES["metabase"]()
    for i, text in enumerate(sample.files.values()):
        (tmp_path / f"{i}.csv").write_text(text)
    recording, _ = import_file(tmp_path / "0.csv")
    assert recording.gyr_dps == pytest.approx(GYR[: len(recording)], abs=0.2)
    assert "1.csv" in str(recording.sidecar.extra["import"])


def test_a_half_without_its_other_is_refused(tmp_path):
    name, text = next(iter(SAMPLES["metabase"]().files.items()))
    (tmp_path / name).write_text(text)
    with pytest.raises(ImportFormatError, match="no gyroscope"):
        import_file(tmp_path / name)


def test_two_that_may_be_the_other_half_are_asked_about(tmp_path):
    sample = SAMPLES["metabase"]()
    names = list(sample.files)
    for name, text in sample.files.items():
        (tmp_path / name).write_text(text)
    again = names[1].replace("104.000", "52.000")
    (tmp_path / again).write_text(sample.files[names[1]])
    with pytest.raises(ImportFormatError, match=again):
        import_file(tmp_path / names[0])


@pytest.mark.parametrize(
    ("mine", "other"),
    [
        ("Sense_AAAA_ACC.txt", "Sense_BBBB_GYRO.txt"),
        ("left_acc.csv", "right_gyro.csv"),
        ("shoe.csv", "Gyroscope.csv"),
    ],
)
def test_the_other_half_is_not_taken_from_another_sensor(tmp_path, mine, other):
    for name, half, unit in ((mine, ACC, "m/s2"), (other, GYR, "deg/s")):
        kind = "acc" if half is ACC else "gyr"
        header = "time_s," + ",".join(f"{kind}_{axis} ({unit})" for axis in "xyz")
        (tmp_path / name).write_text(f"{header}\n{samples.rows(T, half)}")
    with pytest.raises(ImportFormatError, match="there is no gyroscope"):
        import_file(tmp_path / mine)
    recording, _ = import_file([tmp_path / mine, tmp_path / other])
    assert recording.gyr_dps == pytest.approx(GYR, abs=1e-5)


@pytest.mark.parametrize("name", ["sensor_logger", "phyphox"])
def test_acceleration_without_gravity_is_refused_with_the_reason(tmp_path, name):
    files = SAMPLES[name]().files
    for each in ("Accelerometer.csv", "Linear Accelerometer.csv", "Gyroscope.csv"):
        if each in files and (name, each) != ("phyphox", "Accelerometer.csv"):
            (tmp_path / each).write_text(files[each])
    with pytest.raises(ImportFormatError, match="gravity was removed") as refusal:
        import_file(tmp_path)
    assert refusal.value.code == "no_gravity"


def test_gravity_alone_is_no_reading(tmp_path):
    files = SAMPLES["sensor_logger"]().files
    for each in ("Gravity.csv", "Gyroscope.csv"):
        (tmp_path / each).write_text(files[each])
    with pytest.raises(ImportFormatError, match="direction of gravity"):
        import_file(tmp_path)


def test_gravity_and_the_rest_are_added_and_it_is_said(tmp_path):
    samples.write(SAMPLES["sensor_logger_parts"](), tmp_path)
    recording, _ = import_file(tmp_path)
    assert "is the sum of" in str(recording.sidecar.extra["import"])


def test_files_that_only_their_name_tells_apart_are_asked_for_their_names(tmp_path):
    files = SAMPLES["sensor_logger"]().files
    (tmp_path / "1.csv").write_text(files["Gyroscope.csv"])
    with pytest.raises(ImportFormatError, match="keep the names"):
        import_file(tmp_path / "1.csv")


def test_an_epoch_becomes_the_start(tmp_path):
    recording, _ = import_file(samples.write(SAMPLES["sensor_logger"](), tmp_path))
    assert recording.sidecar.started_at == "2026-10-14T17:46:40+00:00"
    dot, _ = import_file(samples.write(SAMPLES["dot_recorded"](), tmp_path / "dot"))
    assert dot.sidecar.started_at == "2026-10-14T17:46:40+00:00"
    assert UNIX_S == 1_792_000_000.0


def generic(path, acc, gyr, units="(m/s2),(deg/s)"):
    acc_unit, gyr_unit = units.split(",")
    names = [f"acc {axis} {acc_unit}" for axis in "xyz"] + [f"gyr {a} {gyr_unit}" for a in "xyz"]
    path.write_text("time (s)," + ",".join(names) + "\n" + samples.rows(T, acc, gyr))
    return path


def test_a_header_that_gravity_contradicts_is_refused(tmp_path):
    with pytest.raises(ImportFormatError, match="--acc-unit"):
        import_file(generic(tmp_path / "a.csv", ACC / 9.80665, GYR))
    told = Overrides(acc_unit="g")
    recording, _ = import_file(generic(tmp_path / "a.csv", ACC / 9.80665, GYR), told)
    assert recording.acc_mps2 == pytest.approx(ACC, abs=1e-4)


def slow_turning():
    """A hand that turns the sensor slowly: gravity shows how fast."""
    from scipy.spatial.transform import Rotation

    t = np.arange(0.0, 20.0, 0.01)
    rate = np.column_stack([40 * np.sin(0.9 * t), 30 * np.cos(1.3 * t), 20 * np.sin(0.5 * t)])
    attitude = Rotation.identity()
    up = np.empty((len(t), 3))
    for i, each in enumerate(rate):
        up[i] = attitude.inv().apply([0, 0, 9.80665])
        attitude = attitude * Rotation.from_rotvec(np.radians(each) * 0.01)
    return t, up, rate


@pytest.mark.parametrize(("unit", "scale"), [("deg/s", 1.0), ("rad/s", np.pi / 180)])
def test_an_unstated_unit_of_rate_is_seen_by_how_gravity_turns(tmp_path, unit, scale):
    t, up, rate = slow_turning()
    path = tmp_path / "a.csv"
    body = samples.rows(t, up, rate * scale)
    path.write_text("time_s,ax,ay,az,gx,gy,gz\n" + body)
    recording, _ = import_file(path)
    assert recording.gyr_dps == pytest.approx(rate, abs=1e-3)
    told = str(recording.sidecar.extra["import"])
    assert f"angular rate in {unit}, since" in told
    assert "checked: median size of acceleration 9.81 m/s2" in told
    assert "unit and axes fit how gravity turns" in told


@pytest.mark.parametrize(
    ("unit", "scale", "said"), [("deg/s", np.pi / 180, "small"), ("rad/s", 1.0, "large")]
)
def test_a_stated_unit_of_rate_that_gravity_contradicts_is_refused(tmp_path, unit, scale, said):
    t, up, rate = slow_turning()
    path = tmp_path / "a.csv"
    names = f"time_s,ax,ay,az,gx ({unit}),gy ({unit}),gz ({unit})\n"
    path.write_text(names + samples.rows(t, up, rate * scale))
    with pytest.raises(ImportFormatError, match=f"57 times too {said}"):
        import_file(path)


@pytest.mark.parametrize("unit", ["ms", "us"])
def test_a_stated_unit_of_time_that_no_sensor_keeps_up_with_is_refused(tmp_path, unit):
    path = generic(tmp_path / "a.csv", ACC, GYR)
    path.write_text(path.read_text().replace("time (s)", f"time ({unit})"))
    with pytest.raises(ImportFormatError, match="--time-unit"):
        import_file(path)


def test_milliseconds_may_stand_behind_a_colon(tmp_path):
    clock = [f"17:46:{40 + int(t):02d}:{round(t % 1 * 1000) % 1000:03d}" for t in T[:100]]
    names = "time,gFx,gFy,gFz,wx (rad/s),wy (rad/s),wz (rad/s)\n"
    body = samples.rows(np.array(clock), samples.ACC_G[:100], samples.GYR_RAD[:100])
    (tmp_path / "a.csv").write_text(names + body)
    recording, _ = import_file(tmp_path / "a.csv")
    assert recording.time_s == pytest.approx(T[:100], abs=1e-3)
    assert recording.acc_mps2 == pytest.approx(ACC[:100], abs=1e-4)


def test_the_sign_of_an_iphone_is_known_of_a_single_file_too(tmp_path):
    samples.write(SAMPLES["sensor_logger_iphone"](), tmp_path)
    recording, _ = import_file(tmp_path / "TotalAcceleration.csv")
    assert recording.acc_mps2 == pytest.approx(ACC, abs=1e-4)


def test_two_gyroscopes_in_a_folder_are_asked_about(tmp_path):
    for foot in ("left", "right"):
        for name, text in SAMPLES["metabase"]().files.items():
            (tmp_path / f"{foot}_{name}").write_text(text)
    with pytest.raises(ImportFormatError, match="4 gyroscopes: left"):
        import_file(tmp_path)


@pytest.mark.parametrize("label", ["foot", "id", "Knoten"])
def test_rows_of_two_sensors_in_turn_are_not_mixed(tmp_path, label):
    names = f"time (s),acc_x,acc_y,acc_z,gyr_x (dps),gyr_y (dps),gyr_z (dps),{label}\n"
    left, right = (
        samples.rows(T, acc, GYR, np.full(len(T), foot)).splitlines()
        for acc, foot in ((ACC, "L"), (-ACC, "R"))
    )
    lines = [line for pair in zip(left, right, strict=True) for line in pair]
    (tmp_path / "a.csv").write_text(names + "\n".join(lines))
    with pytest.raises(ImportFormatError, match=f"by '{label}': L, R"):
        import_file(tmp_path / "a.csv")


def test_several_sensors_in_a_table_are_asked_about(tmp_path):
    path = tmp_path / "a.csv"
    names = "time_s,L_acc_x,L_acc_y,L_acc_z,R_acc_x,R_acc_y,R_acc_z,gyr_x,gyr_y,gyr_z\n"
    path.write_text(names + samples.rows(T, ACC, ACC, GYR))
    with pytest.raises(ImportFormatError, match="--column"):
        import_file(path)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"SQLite format 3\0" + bytes(100), "database"),
        (b"\x89PNG\r\n\x1a\n\0\0\0", "not text"),
        (b"\x1f\x8b\x08\0\0\0\0\0", "gunzip"),
        (b"\x0e\x20\x54\x08\0\0\0\0.FIT", "a FIT file"),
        (b"PK\x03\x04 no zip at all", "named columns"),
        (samples.zipped(samples.Sample({"[Content_Types].xml": "<x/>"}, "")), "workbook"),
        (samples.zipped(samples.Sample({"picture.png": "x"}, "")), "no text"),
    ],
)
def test_what_is_no_table_is_named(tmp_path, content, said):
    (tmp_path / "a").write_bytes(content)
    with pytest.raises(RecordingError, match=said):
        import_file(tmp_path / "a")


def test_windows_texts_are_read(tmp_path):
    text = SAMPLES["ngimu"]().files["sensors.csv"]
    for encoding in ("utf-16", "utf-8-sig", "cp1252"):
        (tmp_path / "a.csv").write_bytes(text.replace("\n", "\r\n").encode(encoding))
        recording, _ = import_file(tmp_path / "a.csv")
        assert len(recording) == len(TRUTH)


def test_acceleration_without_gravity_says_so_even_alone(tmp_path):
    (tmp_path / "Accelerometer.csv").write_text(
        SAMPLES["sensor_logger"]().files["Accelerometer.csv"]
    )
    with pytest.raises(ImportFormatError, match="gravity was removed"):
        import_file(tmp_path / "Accelerometer.csv")


def test_rows_of_two_sensors_are_not_mixed(tmp_path):
    text = SAMPLES["witmotion"]().files["a.txt"]
    other = "\n".join(text.replace("WT901BLE67", "WT901BLE68").splitlines()[1:])
    (tmp_path / "a.txt").write_text(text + other)
    with pytest.raises(ImportFormatError, match="2 sensors: WT901BLE67"):
        import_file(tmp_path / "a.txt")


def test_gauss_is_no_gravity(tmp_path):
    files = SAMPLES["polar"]().files
    (tmp_path / "a.txt").write_text(files["Polar_Sense_MAGN.txt"])
    (tmp_path / "b.txt").write_text(files["Polar_Sense_GYRO.txt"])
    with pytest.raises(ImportFormatError, match="no accelerometer"):
        import_file(tmp_path)


@pytest.mark.parametrize(
    "names",
    [
        # EuRoC, https://projects.asl.ethz.ch/datasets
        "#timestamp [ns],a_RS_S_x [m s^-2],a_RS_S_y [m s^-2],a_RS_S_z [m s^-2],"
        "w_RS_S_x [rad s^-1],w_RS_S_y [rad s^-1],w_RS_S_z [rad s^-1]",
        # a ROS bag as CSV
        "%time (ns),field.linear_acceleration.x,field.linear_acceleration.y,"
        "field.linear_acceleration.z,field.angular_velocity.x (rad/s),"
        "field.angular_velocity.y (rad/s),field.angular_velocity.z (rad/s)",
    ],
)
def test_words_of_robotics_are_understood(tmp_path, names):
    ns = np.array([str(round(1e9 * (1.7e9 + t))) for t in T])
    (tmp_path / "a.csv").write_text(f"{names}\n{samples.rows(ns, ACC, samples.GYR_RAD)}")
    recording, _ = import_file(tmp_path / "a.csv")
    assert recording.acc_mps2 == pytest.approx(ACC, abs=1e-4)
    assert recording.gyr_dps == pytest.approx(GYR, abs=1e-3)


def test_what_ros_calls_acceleration_is_refused_if_gravity_was_removed(tmp_path):
    names = ",".join(
        f"{what}.{a}" for what in ("linear_acceleration", "gyro (deg/s)") for a in "xyz"
    )
    text = f"time (s),{names}\n{samples.rows(T, ACC - samples.GRAVITY, GYR)}"
    (tmp_path / "a.csv").write_text(text)
    with pytest.raises(ImportFormatError, match="gravity"):
        import_file(tmp_path / "a.csv")


def test_columns_may_be_separated_by_blanks(tmp_path):
    table = np.column_stack([T, ACC, GYR])
    names = "time_s acc_x acc_y acc_z gyr_x_dps gyr_y_dps gyr_z_dps"
    np.savetxt(tmp_path / "a.txt", table, fmt="%12.6f", header=names)
    recording, _ = import_file(tmp_path / "a.txt")
    assert recording.acc_mps2 == pytest.approx(ACC, abs=1e-5)
    split = names.replace("_x", " x")  # more names than columns
    np.savetxt(tmp_path / "b.txt", table, header=split)
    with pytest.raises(ImportFormatError, match="found column 1"):
        import_file(tmp_path / "b.txt")


def test_stamps_that_are_coarser_than_the_samples_are_no_second_sensor(tmp_path):
    coarse = np.floor(T * 20.0) / 20.0
    names = "time (s),ax (m/s2),ay (m/s2),az (m/s2),gx (deg/s),gy (deg/s),gz (deg/s)"
    (tmp_path / "a.csv").write_text(f"{names}\n{samples.rows(coarse, ACC, GYR)}")
    recording, _ = import_file(tmp_path / "a.csv")
    assert len(recording) == len(T)
    assert recording.sidecar.rate_hz == pytest.approx(samples.RATE_HZ, rel=0.02)
