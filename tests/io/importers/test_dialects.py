"""Tables of other devices and apps: their clocks, their halves, and what they mix."""

import json

import numpy as np
import pytest

from imu_ankle.core.errors import ImportFormatError
from imu_ankle.io.importers.columns import role_of
from imu_ankle.io.importers.import_file import import_file
from imu_ankle.io.importers.table import NEEDED, Overrides
from tests.io.importers.samples import ACC, ACC_G, GYR, RATE_HZ, SAMPLES, N, T, rows
from tests.io.importers.test_formats import slow_turning

UNITS = "a_x (g),a_y (g),a_z (g),g_x (deg/s),g_y (deg/s),g_z (deg/s)"
BODY = (ACC_G, GYR)


def imported(tmp_path, text, name="x.csv"):
    file = tmp_path / name
    file.write_text(text, encoding="utf-8")
    recording, _ = import_file(file)
    return recording


def check(recording, time=1e-6):
    assert recording.time_s == pytest.approx(T[: len(recording)], abs=time)
    assert recording.acc_mps2 == pytest.approx(ACC[: len(recording)], abs=1e-3)
    assert recording.gyr_dps == pytest.approx(GYR[: len(recording)], abs=1e-3)


def refused(tmp_path, text, code, said):
    with pytest.raises(ImportFormatError, match=said) as caught:
        imported(tmp_path, text)
    assert caught.value.code == code


@pytest.mark.parametrize(
    ("name", "role"),
    [
        ("AcX", "acc_x"),
        ("GyZ", "gyr_z"),
        ("ωy", "gyr_y"),
        ("angVelX", "gyr_x"),
        ("gFx", "acc_x"),
        ("Accelerometer (z) [m/s²]", "acc_z"),
        ("/imu/data/linear_acceleration/x", "acc_x"),
        ("linear_acceleration_x", None),
        ("TimeUS", "time"),
        ("ts", "time"),
        ("velocity_x", None),
        ("gy_x", "gyr_x"),
        ("foot_gx", "gyr_x"),
        ("GForceX (g)", "acc_x"),
        ("ACCEX", "acc_x"),
        ("LACCX", None),
        ("gyro_rad[0]", "gyr_x"),
        ("accelerometer_m_s2[2]", "acc_z"),
        ("accelerometer_timestamp_relative", None),
        ("linear_acceleration_covariance[0]", None),
    ],
)
def test_names_of_columns(name, role):
    assert role_of(name) == role


def test_names_may_be_of_any_script(tmp_path):
    names = "时间(s),加速度X(g),加速度Y(g),加速度Z(g),角速度X(°/s),角速度Y(°/s),角速度Z(°/s)\n"
    check(imported(tmp_path, names + rows(T, *BODY)))


@pytest.mark.parametrize("bits", [16, 32])
def test_a_clock_that_wraps_counts_on(tmp_path, bits):
    clock = (np.rint(T * 1e6 / (1000 if bits == 16 else 1)).astype(int) + 2**bits - 3000) % 2**bits
    check(imported(tmp_path, f"time,{UNITS}\n" + rows(clock, *BODY)), time=1e-3)


@pytest.mark.parametrize(
    ("start_s", "form"),
    [
        (86398.0, "{h:02.0f}:{m:02.0f}:{s:09.6f}"),
        (43198.0, "{h12:.0f}:{m:02.0f}:{s:09.6f} {half}"),
        (3598.0, "{m:02.0f}:{s:09.6f}"),  # what spreadsheets leave
    ],
)
def test_times_of_day_go_on_over_midnight_noon_and_the_hour(tmp_path, start_s, form):
    clock = []
    for second in (start_s + T) % 86400.0:
        h, m, s = second // 3600, second // 60 % 60, np.floor(second % 60 * 1e6) / 1e6
        clock.append(
            form.format(h=h, m=m, s=s, h12=(h - 1) % 12 + 1, half="ap"[int(h >= 12)] + ".m.")
        )
    check(imported(tmp_path, f"Time,{UNITS}\n" + rows(np.array(clock), *BODY)), time=1e-5)


def test_stamps_of_a_serial_monitor_are_the_clock(tmp_path):
    texts = rows(*BODY, delimiter="\t").splitlines()
    lines = [f"00:00:{t:06.3f} -> {text}" for t, text in zip(T, texts, strict=True)]
    header = ["00:00:00.000 -> Started", "00:00:00.000 -> " + UNITS.replace(",", "\t")]
    check(imported(tmp_path, "\n".join([*header, *lines])), time=1e-3)


def test_whole_seconds_and_the_rest_of_them_are_one_clock(tmp_path):
    ns = 1_792_000_000_500_000_000 + np.rint(T * 1e9).astype(np.int64)
    header = f"header.stamp.sec,header.stamp.nanosec,{UNITS}\n"
    check(imported(tmp_path, header + rows(ns // 10**9, ns % 10**9, *BODY)))


def test_of_several_clocks_the_fine_one_that_can_be_read_counts(tmp_path):
    empty, coarse = np.full(N, ""), np.floor(T)
    text = f"Timestamp,Elapsed (s),time_us,{UNITS}\n" + rows(
        empty, coarse, np.rint(T * 1e6).astype(int), *BODY
    )
    check(imported(tmp_path, text))


def test_steps_of_time_are_no_time(tmp_path):
    steps = 1e6 / RATE_HZ + np.random.default_rng(1).normal(0.0, 50.0, N)
    text = f"time,{UNITS}\n" + rows(np.rint(steps).astype(int), *BODY)
    refused(tmp_path, text, "bad_clock", "holds no time")


def test_a_clock_before_each_column_and_muscles_at_a_higher_rate(tmp_path):
    names = [f"ACC.{x} 1[g]" for x in "XYZ"] + [f"GYRO.{x} 1[deg/s]" for x in "XYZ"]
    header = "X[s],EMG 1[V]," + ",".join(f"X[s],{name}" for name in names) + "\n"
    data = np.hstack([np.column_stack([T, column]) for column in np.hstack(BODY).T])
    lines = rows(data).splitlines() + ["," * 11] * N
    muscles = rows(np.arange(2 * N) / (2 * RATE_HZ), np.zeros(2 * N)).splitlines()
    text = "".join(f"{left},{right}\n" for left, right in zip(muscles, lines, strict=True))
    check(imported(tmp_path, header + text))


def test_halves_in_rows_of_their_own_are_joined(tmp_path):
    none = np.full((N, 3), "")
    acc = rows(T, ACC_G, none).splitlines()
    gyr = rows(T + 0.001, none, GYR).splitlines()
    text = "".join(f"{a}\n{b}\n" for a, b in zip(acc, gyr, strict=True))
    recording = imported(tmp_path, f"time (s),{UNITS}\n" + text)
    assert recording.acc_mps2 == pytest.approx(ACC[1:], abs=1e-3)
    between = [np.interp(T[1:], T + 0.001, column) for column in GYR.T]
    assert recording.gyr_dps == pytest.approx(np.transpose(between), abs=1e-3)


def test_files_of_bare_axes_are_what_they_are_called_after(tmp_path):
    t, up, rate = slow_turning()
    up = up + np.random.default_rng(1).normal(0.0, 0.1, up.shape)  # no estimate of gravity
    for name, values in (("acc_walking.csv", up), ("Gyroscope_walking.csv", np.radians(rate))):
        (tmp_path / name).write_text("id,time,x,y,z\n" + rows(np.arange(len(t)), t, values))
    recording, _ = import_file(tmp_path)
    assert recording.acc_mps2 == pytest.approx(up, abs=1e-6)
    assert recording.gyr_dps == pytest.approx(rate, abs=1e-4)


def test_sensors_in_rows_that_say_which_are_joined(tmp_path):
    t, up, rate = slow_turning()
    acc = rows(t, np.full(len(t), "ACCELEROMETER"), up + 0.001 * t[:, None]).splitlines()
    free = rows(t, np.full(len(t), "LINEAR_ACCELERATION"), 0 * up).splitlines()
    gyr = rows(t, np.full(len(t), "GYROSCOPE"), np.radians(rate)).splitlines()
    lines = sum(zip(acc, free, gyr, strict=True), ())
    recording = imported(tmp_path, "time,sensor,x,y,z\n" + "\n".join(lines))
    assert recording.acc_mps2 == pytest.approx(up + 0.001 * t[:, None], abs=1e-6)
    assert recording.gyr_dps == pytest.approx(rate, abs=1e-4)


def test_beside_columns_with_a_unit_those_without_are_raw(tmp_path):
    raw = np.rint(ACC_G * 2048).astype(int)
    header = f"time (s),a_x (counts),a_y (counts),a_z (counts),{UNITS}\n"
    check(imported(tmp_path, header + rows(T, raw, *BODY)))


@pytest.mark.parametrize(("column", "in_turn"), [("DeviceName", True), ("id", False)])
def test_rows_of_two_sensors_that_a_column_names_are_not_mixed(tmp_path, column, in_turn):
    one = rows(np.full(N, "left"), T, *BODY).splitlines()
    other = rows(np.full(N, "right"), T + (0.003 if in_turn else 9.0), *BODY).splitlines()
    lines = sum(zip(one, other, strict=True), ()) if in_turn else one + other
    text = f"{column},time (s),{UNITS}\n" + "\n".join(lines)
    refused(tmp_path, text, "several_recordings", "left, right")


@pytest.mark.parametrize(
    ("order", "signs", "said"),
    [
        ((1, 0, 2), (1, 1, 1), "gyroscope's axes were"),
        ((1, 2, 0), (1, 1, 1), "z, x, y"),
        ((0, 1, 2), (-1, -1, -1), "-x, -y, -z"),
        ((0, 1, 2), (1, -1, 1), "x, -y, z"),
    ],
)
def test_axes_that_gravity_contradicts_are_refused(tmp_path, order, signs, said):
    t, up, rate = slow_turning()
    text = f"time (s),{UNITS}\n" + rows(t, up / 9.80665, rate[:, order] * signs)
    refused(tmp_path, text, "wrong_axes", said)


def test_units_of_rate_that_are_not_known_are_refused(tmp_path):
    t, up, rate = slow_turning()
    header = f"time (s),{UNITS.replace('deg/s', 'rps')}\n"
    refused(
        tmp_path,
        header + rows(t, up / 9.80665, rate / 360.0),
        "unknown_unit",
        "states no unit that is known",
    )
    header = f"time (s),{UNITS}\n"
    refused(
        tmp_path, header + rows(t, up / 9.80665, rate / 10.0), "unknown_unit", "10 times as large"
    )


@pytest.mark.parametrize("clock", ["", "2026-11-24 14:03:05"])
def test_a_rate_that_is_told_needs_no_clock(tmp_path, clock):
    file = tmp_path / "x.csv"
    file.write_text(f"Timestamp,{UNITS}\n" + rows(np.full(N, clock), *BODY))
    recording, _ = import_file(file, Overrides(rate_hz=RATE_HZ))
    check(recording)


@pytest.mark.parametrize("axis", [0, 1])
def test_an_empty_column_is_named(tmp_path, axis):
    acc = np.array(np.round(ACC_G, 6), dtype=object)
    acc[:, axis] = ""
    text = f"time (s),slot,{UNITS}\n" + rows(T, np.arange(N) % 8, acc, GYR)
    refused(tmp_path, text, "no_samples", rf"none at all is in a_{'xy'[axis]} \(g\)")


@pytest.mark.parametrize(("noise_mps2", "real"), [(0.01, True), (0.0005, False)])
def test_a_quiet_accelerometer_is_no_estimate_of_gravity(tmp_path, noise_mps2, real):
    t, up, rate = slow_turning()
    up = up + np.random.default_rng(1).normal(0.0, noise_mps2, up.shape)
    for name, values in (("Accelerometer.csv", up), ("Gyroscope.csv", rate)):
        unit = "m/s^2" if name[0] == "A" else "deg/s"
        header = f"Time (s),X ({unit}),Y ({unit}),Z ({unit})\n"
        (tmp_path / name).write_text(header + rows(t, values))
    if real:
        assert import_file(tmp_path)[0].acc_mps2 == pytest.approx(up, abs=1e-6)
    else:
        with pytest.raises(ImportFormatError, match="direction of gravity"):
            import_file(tmp_path)


def swinging(radius_m, frequency_hz, angle_deg):
    """Return time, acceleration and rate of a sensor on a leg that swings about an axis above or below."""
    t = np.arange(4000) / 100.0
    turn = np.radians(angle_deg) * np.sin(2 * np.pi * frequency_hz * t)
    quickness = 2 * np.pi * frequency_hz
    rate = np.radians(angle_deg) * quickness * np.cos(quickness * t)
    push_x = 9.80665 * -np.sin(turn) + radius_m * quickness**2 * turn
    push_z = 9.80665 * np.cos(turn) + radius_m * rate**2
    still = np.zeros_like(t)
    return t, np.column_stack([push_x, still, push_z]), np.degrees([still, rate, still]).T


@pytest.mark.parametrize(
    ("radius_m", "frequency_hz", "angle_deg"),
    [(0.85, 1.0, 8.6), (-0.35, 1.2, 11.0), (-0.9, 0.9, 6.0)],
)
def test_a_leg_that_swings_contradicts_nothing(tmp_path, radius_m, frequency_hz, angle_deg):
    t, push, rate = swinging(radius_m, frequency_hz, angle_deg)
    header = f"time (s),{UNITS.replace('(g)', '(m/s2)')}\n"
    recording = imported(tmp_path, header + rows(t, push, rate))
    assert recording.gyr_dps == pytest.approx(rate, abs=1e-6)
    assert "axes can't be told from" in str(recording.sidecar.extra["import"])


def test_a_clock_that_is_named_doesnt_vouch_for_the_axes(tmp_path):
    t, up, rate = slow_turning()
    file = tmp_path / "x.csv"
    file.write_text(f"time (s),{UNITS}\n" + rows(t, up / 9.80665, -rate))
    with pytest.raises(ImportFormatError, match="gyroscope's axes were -x, -y, -z"):
        import_file(file, Overrides(columns={"time": "time (s)"}))


def test_a_gyroscope_in_every_tenth_row_is_put_between(tmp_path):
    gyr = np.array(np.round(GYR, 6), dtype=object)
    gyr[np.arange(N) % 10 > 0] = ""
    recording = imported(tmp_path, f"time (s),{UNITS}\n" + rows(T, ACC_G, gyr))
    assert len(recording) == 10 * ((N - 1) // 10) + 1
    assert recording.acc_mps2 == pytest.approx(ACC[: len(recording)], abs=1e-3)


@pytest.mark.parametrize("form", ["{:.6f}", "12:00:{:09.6f}"])
def test_each_half_may_have_a_clock_of_its_own(tmp_path, form):
    names = "t_acc,a_x (g),a_y (g),a_z (g),t_gyr,g_x (deg/s),g_y (deg/s),g_z (deg/s)\n"
    here, there = np.arange(N), np.arange(1, N, 2)  # the gyroscope at half the rate
    acc = rows(np.array([form.format(t) for t in T[here]]), ACC_G).splitlines()
    gyr = rows(np.array([form.format(t) for t in T[there]]), GYR[there]).splitlines()
    gyr += [",,,"] * (len(acc) - len(gyr))
    text = names + "".join(f"{a},{g}\n" for a, g in zip(acc, gyr, strict=True))
    recording = imported(tmp_path, text)
    assert recording.time_s[-1] == pytest.approx(T[-1] - T[1], abs=1.1 / RATE_HZ)
    at = np.searchsorted(T, T[1] + recording.time_s - 1e-6)
    assert recording.gyr_dps[0::2] == pytest.approx(GYR[at][0::2], abs=1e-3)


def test_the_place_in_a_packet_names_no_sensor(tmp_path):
    packets = np.arange(N) // 8
    text = f"time (s),slot,{UNITS}\n" + rows(T[8 * packets], np.arange(N) % 8, *BODY)
    assert len(imported(tmp_path, text)) == N


def test_a_sensor_beside_each_half_is_one_recording(tmp_path):
    t, up, rate = slow_turning()
    acc = rows(t, np.full(len(t), "ACC,1"), up).splitlines()
    gyr = rows(t, np.full(len(t), "GYRO,4"), np.radians(rate)).splitlines()
    lines = sum(zip(acc, gyr, strict=True), ())
    recording = imported(tmp_path, "time (s),name,sensor_id,x,y,z\n" + "\n".join(lines))
    assert recording.gyr_dps == pytest.approx(rate, abs=1e-4)


def test_a_count_beside_a_clock_costs_no_rows(tmp_path):
    count = np.array([str(i) if i % 3 else "" for i in range(N)])
    check(imported(tmp_path, f"time (s),count,{UNITS}\n" + rows(T, count, *BODY)))


def test_gravity_and_what_is_added_are_of_the_same_rows(tmp_path):
    up, added = (np.array(np.round(each, 6), dtype=object) for each in (-ACC_G, 0 * ACC_G))
    up[70], added[50] = "", ""
    halves = [
        f"{name}.{a}" for name in ("gravity", "userAcceleration", "rotationRate") for a in "xyz"
    ]
    text = ",".join(["timestamp", *halves]) + "\n" + rows(T, up, added, np.radians(GYR))
    refused(tmp_path, text, "no_samples", "gravity without userAcceleration")


@pytest.mark.parametrize("own", [True, False])
def test_a_serial_monitor_stamps_what_has_no_clock(tmp_path, own):
    rng = np.random.default_rng(1)
    arrived = T + (rng.uniform(0.0, 0.004, N) if own else 0.0)
    texts = rows(*([T * 1000] if own else []), *BODY, delimiter="\t" if own else " ").splitlines()
    names = ("time_ms," * own + UNITS).replace(" (", "(").replace(",", "\t" if own else " ")
    lines = [f"14:03:{t:06.3f} -> {text}" for t, text in zip(arrived, texts, strict=True)]
    text = "\n".join([f"14:03:00.000 -> {names}", *lines, "[stopped]"])
    check(imported(tmp_path, text), time=1e-3)


def test_a_spreadsheets_days_are_a_clock(tmp_path):
    days = 45623.5855 + T / 86400.0
    clock = [f"{day:.9f}" for day in days]
    recording = imported(tmp_path, f"Timestamp,{UNITS}\n" + rows(clock, *BODY))
    check(recording, time=1e-4)
    assert recording.sidecar.started_at == "2024-11-27T14:03:07+00:00"


@pytest.mark.parametrize("form", ["{}:{:.6f}", "{} = {:.6f}", '"{}": {:.6f}'])
@pytest.mark.parametrize("between", [",", " | ", "\t"])
def test_names_may_stand_in_each_row(tmp_path, form, between):
    names = ("t", *UNITS.split(","))
    values = np.column_stack([T, *BODY])
    lines = [
        between.join(form.format(*pair) for pair in zip(names, row, strict=True)) for row in values
    ]
    check(imported(tmp_path, "hello\n" + "\n".join(lines), name="x.txt"))


@pytest.mark.parametrize("listed", [True, False])
def test_json_objects_are_rows(tmp_path, listed):
    objects = [
        json.dumps({"t": t, "acc": {"x": a[0], "y": a[1], "z": a[2]}, "gyro": list(g), "ok": None})
        for t, a, g in zip(T, ACC_G, np.radians(GYR), strict=True)
    ]
    text = "[" + ",\n".join(objects) + "]" if listed else "\n".join([*objects, objects[0][:20]])
    (tmp_path / "x.json").write_text(text)
    recording, _ = import_file(tmp_path / "x.json", Overrides(gyr_unit="rad/s"))
    check(recording, time=1e-9)


@pytest.mark.parametrize(
    "text", ['{"a":' * 400 + "1" + "}" * 400, '{"a": 1}', "[1, 2]", "[[[[", "{}"]
)
def test_json_that_is_no_table_is_refused(tmp_path, text):
    refused(tmp_path, text, "unknown_format", "no header line with named columns")


def test_columns_without_names_are_counted(tmp_path):
    text = rows(T, *BODY)
    refused(tmp_path, text, "missing_column", "found column 1, .*column 7. Name each with")
    told = {role: f"column {i + 1}" for i, role in enumerate(("time", *NEEDED))}
    known = Overrides(columns=told, acc_unit="g", gyr_unit="deg/s")
    recording, _ = import_file(tmp_path / "x.csv", known)
    check(recording)


@pytest.mark.parametrize(("encoding", "names"), [("gb18030", "加速度"), ("cp1252", "Fußgerät ")])
def test_names_as_windows_writes_them_in_china_and_the_west(tmp_path, encoding, names):
    header = ",".join(
        ["时间(s)" if encoding == "gb18030" else "Zeit für µ (s)"]
        + [f"{names}{axis}({unit})" for unit in ("g", "°/s") for axis in "XYZ"]
    )
    (tmp_path / "x.csv").write_bytes(f"{header}\n{rows(T, *BODY)}".encode(encoding))
    recording, _ = import_file(tmp_path / "x.csv")
    check(recording)


@pytest.mark.parametrize("form", ["14:3:{}.{}", "14:3:{}:{}", "2024-11-27 14:3:{}.{}"])
def test_milliseconds_may_be_written_as_a_number(tmp_path, form):
    ms = np.rint(T * 1000).astype(int)
    clock = [form.format(*divmod(each, 1000)) for each in ms]
    check(imported(tmp_path, f"time,{UNITS}\n" + rows(clock, *BODY)), time=1e-3)


def test_stamps_of_arrival_are_no_clock(tmp_path):
    arrival = (np.arange(N) // 8 * 8 + 0.04 * (np.arange(N) % 8)) / RATE_HZ
    text = f"time (s),{UNITS}\n" + rows(arrival, *BODY)
    refused(tmp_path, text, "bad_clock", r"in bursts.*--rate HZ \(there are 10\d")
    recording, _ = import_file(tmp_path / "x.csv", Overrides(rate_hz=RATE_HZ))
    check(recording)


def test_every_second_sample_lost_is_no_burst(tmp_path):
    kept = np.sort(np.random.default_rng(1).permutation(N)[: N // 2])
    text = f"time (s),{UNITS}\n" + rows(T[kept], ACC_G[kept], GYR[kept])
    assert len(imported(tmp_path, text)) == N // 2


@pytest.mark.parametrize("unit", ["", " (m/s2)"])
def test_what_moves_a_foot_is_not_taken_for_gravity(tmp_path, unit):
    # m/s2 without gravity, of the size of 1: it could pass for g
    t = np.arange(0.0, 20.0, 0.01)
    push = np.column_stack([1.1 * np.sin(6 * t), 0.9 * np.cos(7 * t), 0.5 * np.sin(11 * t)])
    names = ",".join(f"acc_{axis}{unit}" for axis in "xyz")
    header = f"time (s),{names},g_x (deg/s),g_y (deg/s),g_z (deg/s)\n"
    text = header + rows(t, push, np.zeros_like(push))
    refused(tmp_path, text, "no_gravity", "gravity was removed")


@pytest.mark.parametrize(
    ("acc", "gyr", "said"),
    [
        ("chest_acc_{}", "ankle_gyr_{}", "worn in two places"),
        ("L_acc_{}", "R_gyr_{}", "worn in two places"),
        ("acc_{}_world", "gyr_{}", "no column for acc_x"),
        ("acc_{}", "gyro_{}_axis", "no column for gyr_x"),
    ],
)
def test_halves_that_dont_belong_together_are_refused(tmp_path, acc, gyr, said):
    axes = ("roll", "pitch", "yaw") if "axis" in gyr else "xyz"
    names = [f"{acc.format(axis)} (g)" for axis in "xyz"]
    names += [f"{gyr.format(axis)} (deg/s)" for axis in axes]
    text = f"time (s),{','.join(names)}\n" + rows(T, *BODY)
    code = "several_columns" if "places" in said else "missing_column"
    refused(tmp_path, text, code, said)


def test_a_subject_beside_the_rows_tells_recordings_apart(tmp_path):
    body = rows(T, *BODY).splitlines()
    later = rows(T + 500.0, *BODY).splitlines()
    text = "\n".join(
        [f"user,time (s),{UNITS}", *(f"0,{x}" for x in body), *(f"1,{x}" for x in later)]
    )
    refused(tmp_path, text, "several_recordings", "'user': 0, 1")


def test_more_cells_than_names_are_refused(tmp_path):
    body = "\n".join(f"IMU, 1, 2, {line}" for line in rows(T, *BODY).splitlines())
    refused(tmp_path, f"time (s),{UNITS}\n{body}", "unknown_format", "10 cells below 7 names")
    body = "\n".join(f"{line},,," for line in rows(T, *BODY).splitlines())
    check(imported(tmp_path, f"time (s),{UNITS}\n{body}"))


def test_ros_names_with_lines_between_hold_gravity(tmp_path):
    names = [f"angular_velocity_{x}" for x in "xyz"] + [f"linear_acceleration_{x}" for x in "xyz"]
    (tmp_path / "x.csv").write_text(f"time,{','.join(names)}\n" + rows(T, np.radians(GYR), ACC))
    recording, _ = import_file(tmp_path / "x.csv", Overrides(gyr_unit="rad/s"))
    check(recording)


@pytest.mark.parametrize("as_json", [True, False])
def test_sensorlog_without_units_in_its_names(tmp_path, as_json):
    sample = SAMPLES["sensorlog"]()
    (text,) = sample.files.values()
    names, *body = (line.split(",") for line in text.splitlines())
    names = [name.split("(")[0] for name in names]
    table = "\n".join(",".join(row) for row in [names, *body])
    if as_json:
        table = json.dumps([dict(zip(names, row, strict=True)) for row in body])
    (tmp_path / "x.txt").write_text(table)
    recording, importer = import_file(tmp_path / "x.txt")
    assert importer.name == "sensorlog"
    assert recording.acc_mps2 == pytest.approx(ACC[: len(recording)], abs=2e-3)
