"""One motion, written as each program writes it: after the publicly documented formats.

A sample is what a user would have: file names and their texts. `TRUTH` is the motion, so every
importer must give the same numbers.
"""

import dataclasses
import io
import json
import zipfile
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

import numpy as np

from imu_ankle.core.recording import GRAVITY_MPS2, Recording
from tests.helpers import CHIP, flights

RATE_HZ = 104.0
UNIX_S = 1_792_000_000.0  # 2026-10-14T17:46:40Z


def motion() -> Recording:
    """Return 6 s before, in and after some jumps: loud enough to tell axes, units and signs."""
    recording, _ = flights(
        "jump-squats", dataclasses.replace(CHIP, rate_hz=RATE_HZ), reps=2, seed=5
    )
    stop = int(6 * RATE_HZ)
    time_s = np.arange(stop) / RATE_HZ
    start = len(recording) // 3
    part = slice(start, start + stop)
    return Recording(
        time_s=time_s,
        acc_mps2=recording.acc_mps2[part],
        gyr_dps=recording.gyr_dps[part],
        sidecar=recording.sidecar,
        file="truth.csv",
    )


TRUTH = motion()
T, ACC, GYR = TRUTH.time_s, TRUTH.acc_mps2, TRUTH.gyr_dps
N = len(T)
ACC_G, GYR_RAD = ACC / GRAVITY_MPS2, np.radians(GYR)
MAG = np.tile([20.0, -8.0, -44.0], (N, 1))


class Sample(NamedTuple):
    """Files by name, the importer that must know them, and the file or None for the folder."""

    files: dict[str, str]
    importer: str
    opened: str | None = None
    gyr_shift_s: float = 0.0


def rows(*columns, delimiter=",", decimal=".", digits=9, end="\n"):
    """Write columns, arrays or texts, as lines."""
    texts = []
    for column in columns:
        parts = np.asarray(column)
        parts = parts.reshape(len(parts), -1).T
        for part in parts:
            if part.dtype.kind == "f":
                texts.append([f"{x:.{digits}f}".replace(".", decimal) for x in part])
            else:
                texts.append([str(x) for x in part])
    return "".join(delimiter.join(line) + end for line in zip(*texts, strict=True))


def stamps(form, offset_s=0.0):
    """Write the time of each sample as date and time of day."""
    start = datetime.fromtimestamp(UNIX_S, UTC)
    whole = [start + timedelta(seconds=float(t) + offset_s) for t in T]
    return np.array([each.strftime(form)[: 23 if "%f" in form else None] for each in whole])


def dot_recorded():
    head = (
        "sep=,\nDeviceTag:,left shoe\nFirmwareVersion:,2.1.0\nAppVersion:,2023.6.0\n"
        "StartTime: ,2026-10-14_19:46:40_000 GMT+2\n© Xsens\n\n"
        "PacketCounter,SampleTimeFine,Euler_X,Euler_Y,Euler_Z,Acc_X,Acc_Y,Acc_Z,Gyr_X,Gyr_Y,Gyr_Z\n"
    )
    count = np.arange(N + 1)
    fine = np.append((4_294_000_000 - 9615), 4_294_000_000 + np.rint(T * 1e6)).astype(np.int64)
    zero = np.zeros((1, 3))
    acc, gyr = np.vstack([zero, ACC]), np.vstack([zero, GYR])
    body = rows(count, fine % 2**32, np.zeros((N + 1, 3)), acc, gyr)
    return Sample(
        {"shoe_20261014_194640.csv": head + body}, "xsens-dot", "shoe_20261014_194640.csv"
    )


def dot_streamed():
    head = (
        "PacketCounter,SampleTimeFine,Quat_W,Quat_X,Quat_Y,Quat_Z,Acc_X,Acc_Y,Acc_Z,"
        "FreeAcc_X,FreeAcc_Y,FreeAcc_Z,Gyr_X,Gyr_Y,Gyr_Z,Mag_X,Mag_Y,Mag_Z,Status\n"
    )
    count, fine = np.arange(N), np.rint(T * 1e6).astype(np.int64) + 77_000
    quat = np.tile([1.0, 0, 0, 0], (N, 1))
    body = rows(count, fine, quat, ACC, np.zeros((N, 3)), GYR, MAG, np.zeros(N, int))
    return Sample({"a.csv": head + body}, "xsens-dot", "a.csv")


def mtw():
    head = (
        "// Start Time: 0\r\n// Sample rate: 104.0Hz\r\n// Scenario: 4.9\r\n"
        "// Firmware Version: 4.6.0\r\n"
        "Counter\tAcc_X\tAcc_Y\tAcc_Z\tGyr_X\tGyr_Y\tGyr_Z\tMag_X\tMag_Y\tMag_Z\r\n"
    )
    count = (65_500 + np.arange(N)) % 65_536
    body = rows(count, ACC, GYR_RAD, MAG, delimiter="\t", end="\t\r\n")
    return Sample({"MT_0120089B-000.txt": head + body}, "xsens-mt", "MT_0120089B-000.txt")


def mt_without_rate():
    """Neither rate nor counter that helps: the fine time of an MT counts tenths of milliseconds."""
    names = "PacketCounter\tSampleTimeFine\tAcc_X\tAcc_Y\tAcc_Z\tGyr_X\tGyr_Y\tGyr_Z\n"
    fine = (2**32 - 20_000 + np.rint(T * 1e4).astype(np.int64)) % 2**32
    body = rows(np.arange(N), fine, ACC, GYR_RAD, delimiter="\t")
    return Sample({"a.txt": "// Start Time: Unknown\n" + names + body}, "xsens-mt", "a.txt")


def mt_without_comments():
    """Saved again by a program that numbers the rows: nothing but the ticks tells it from a DOT."""
    text = next(iter(mt_without_rate().files.values()))
    names, *body = text.splitlines()[1:]
    numbered = [f"\t{names}", *(f"{i}\t{line}" for i, line in enumerate(body))]
    return Sample({"a.txt": "\n".join(numbered) + "\n"}, "xsens-mt", "a.txt")


def mt_manager():
    head = (
        "// General information:\n// MT Manager version: 2019.1\n// Update Rate: 104.0Hz\n"
        "// DeviceId: 00B42D4D\n"
        "PacketCounter\tSampleTimeFine\tYear\tMonth\tDay\tSecond\tAcc_X\tAcc_Y\tAcc_Z\tFreeAcc_E\t"
        "FreeAcc_N\tFreeAcc_U\tGyr_X\tGyr_Y\tGyr_Z\n"
    )
    fine = np.rint(T * 1e4).astype(np.int64)
    empty = np.full((N, 4), "")
    body = rows(np.arange(N), fine, empty, ACC, np.zeros((N, 3)), GYR_RAD, delimiter="\t")
    return Sample({"MT_00B42D4D.txt": head + body}, "xsens-mt", "MT_00B42D4D.txt")


XIO = (
    "Gyroscope X (deg/s),Gyroscope Y (deg/s),Gyroscope Z (deg/s),"
    "Accelerometer X (g),Accelerometer Y (g),Accelerometer Z (g)"
)


def ngimu():
    body = rows(T + 0.5, GYR, ACC_G, MAG, np.full(N, 985.0))
    magnet = ",Magnetometer X (uT),Magnetometer Y (uT),Magnetometer Z (uT),Barometer (hPa)"
    files = {
        "sensors.csv": f"Time (s),{XIO}{magnet}\n{body}",
        "battery.csv": "Time (s),Percentage (%),Voltage (V)\n0.18,93.3,4.03\n1.2,93.3,4.03\n",
        "quaternion.csv": "Time (s),W,X,Y,Z\n" + rows(T, np.tile([1.0, 0, 0, 0], (N, 1))),
    }
    return Sample(files, "ngimu")


def x_imu3():
    us = np.rint(T * 1e6).astype(np.int64) + 392_093_562
    files = {
        "Inertial.csv": f"Timestamp (us),{XIO}\n{rows(us, GYR, ACC_G)}",
        "HighGAccelerometer.csv": (
            "Timestamp (us),X Axis (g),Y Axis (g),Z Axis (g)\n" + rows(us, ACC_G + 0.03)
        ),
        "Magnetometer.csv": (
            "Timestamp (us),X Axis (a.u.),Y Axis (a.u.),Z Axis (a.u.)\n" + rows(us, MAG)
        ),
        "Command.json": '[\n    {"ping":{"deviceName":"x-IMU3","serialNumber":"9F78"}}\n]\n',
    }
    return Sample(files, "x-imu3")


def metabase():
    ms = np.rint((UNIX_S + T) * 1e3).astype(np.int64)
    clock = stamps("%Y-%m-%dT%H:%M:%S.%f")
    start = "epoc (ms),timestamp (+0200),elapsed (s),"
    acc = f"{start}x-axis (g),y-axis (g),z-axis (g)\n"
    gyr = f"{start}x-axis (deg/s),y-axis (deg/s),z-axis (deg/s)\n"
    half = slice(None, None, 2)  # the accelerometer at half the rate
    acc += rows(ms[half], clock[half], T[half], ACC_G[half])
    gyr += rows(ms, clock, T, GYR)
    old = f"{start}x-axis (deg/s),y-axis (deg/s),z-axis (deg/s)\n"
    old += rows(ms - 86_400_000, clock, T, GYR)
    name = "run_MetaWear_2026-10-14T19.46.40.000_C42732BE255C_{}Hz_1.4.4.csv"
    files = {
        name.format("Accelerometer_52.000"): acc,
        name.format("Gyroscope_104.000"): gyr,
        name.format("Gyroscope_104.001"): old,  # of the day before
    }
    return Sample(files, "metabase", name.format("Accelerometer_52.000"))


def _xyz(values):
    return [{axis: float(v) for axis, v in zip("xyz", each, strict=True)} for each in values]


def movesense_json():
    blocks = [
        {
            "Timestamp": round(158_319 + 1e3 * T[i]),
            "ArrayAcc": _xyz(ACC[i : i + 8]),
            "ArrayGyro": _xyz(GYR[i : i + 8]),
            "ArrayMagn": _xyz(MAG[i : i + 8]),
        }
        for i in range(0, N, 8)
    ]
    return Sample({"log.json": json.dumps({"Meas": {"IMU9": blocks}})}, "movesense", "log.json")


def movesense_app():
    data = [
        {"imu6": {"Timestamp": round(5e3 + 1e3 * T[i]), "ArrayAcc": _xyz(ACC[i : i + 4]),
                  "ArrayGyro": _xyz(GYR[i : i + 4])}}
        for i in range(0, N, 4)
    ]  # fmt: skip
    return Sample({"a.json": json.dumps({"data": data})}, "movesense", "a.json")


def movesense_csv():
    ms = np.rint(T * 1e3).astype(np.int64) + 4711
    files = {
        "LinearAcc.csv": "Timestamp (ms),X: (m/s^2),Y: (m/s^2),Z: (m/s^2)\n" + rows(ms, ACC),
        "Gyro.csv": "Timestamp (ms),X: (deg/s),Y: (deg/s),Z: (deg/s)\n" + rows(ms, GYR),
    }
    return Sample(files, "movesense-csv")


def shimmer_rows():
    names, forms, units, columns = [], [], [], []
    for name, unit, values in (
        ("Gyroscope", "deg/s", GYR),
        ("Low Noise Accelerometer", "m/s^2", np.clip(ACC, -19.6, 19.6)),
        ("Wide Range Accelerometer", "m/s^2", ACC),
    ):
        for i, axis in enumerate("XYZ"):
            names += [f"{name} {axis}"] * 2
            forms += ["CAL", "RAW"]
            units += [unit, "No Units"]
            columns += [values[:, i], np.rint(values[:, i] * 83)]
    names += ["SystemTimestamp", "Timestamp", "Timestamp"]
    forms += ["CAL", "CAL", "RAW"]
    units += ["mSecs", "mSecs", "No Units"]
    columns += [(UNIX_S + T) * 1e3, 1e3 * T + 1400, np.rint(32.768e3 * T)]
    head = ["\t".join(["shoe"] * len(names))]
    head += ["\t".join(each) for each in (names, forms, units)]
    body = rows(*columns, delimiter="\t", end="\t\r\n")
    return Sample({"a.dat": "\t\r\n".join(head) + "\t\r\n" + body}, "shimmer", "a.dat")


def shimmer_synchronised():
    """Of several units: the clocks are those of the synchronisation, one of them as text."""
    sample = shimmer_sd().files["a.csv"]
    sample = sample.replace("Timestamp_Unix_CAL", "TimestampSync_Unix_CAL")
    lines = sample.splitlines()
    text = [lines[0], *(f"{line}2026/10/14 17:46:40.000\t" for line in lines[1:])]
    text[1] = f"{lines[1]}Shimmer_8665_TimestampSync_FormattedUnix_CAL\t"
    text[2] = f"{lines[2]}yyyy/mm/dd hh:mm:ss.000\t"
    return Sample({"a.csv": "\n".join(text) + "\n"}, "shimmer", "a.csv")


def shimmer_sd():
    def of(sensor, columns):
        return [f"Shimmer_8665_{sensor}_{axis}_CAL" for axis in columns]

    names = ["Shimmer_8665_Timestamp_Unix_CAL", *of("Accel_LN", "XYZ"), *of("Gyro", "XYZ")]
    calm = np.clip(ACC, -18.0, 18.0)
    head = '"sep=\t"\n' + "\t".join(names) + "\t\n"
    head += "\t".join(["ms"] + ["m/(s^2)"] * 3 + ["deg/s"] * 3) + "\t\n"
    body = rows((UNIX_S + T) * 1e3, calm, GYR, delimiter="\t", end="\t\n")
    return Sample({"a.csv": head + body}, "shimmer", "a.csv")


def blue_trident():
    head = "time_s,ax_m/s/s,ay_m/s/s,az_m/s/s,gx_deg/s,gy_deg/s,gz_deg/s,mx_microT,my_microT,mz_microT\n"
    files = {
        "TS-02468_2026-10-14-17-46-40_lowg.csv": head + rows(T + 2.19, ACC, GYR, MAG),
        "TS-02468_2026-10-14-17-46-40_highg.csv": (
            "time_s,ax_m/s/s,ay_m/s/s,az_m/s/s\n" + rows(T + 2.19, ACC + 0.5)
        ),
    }
    return Sample(files, "vicon-blue-trident")


def _sensor_logger(values):
    return "time,seconds_elapsed,z,y,x\n" + rows(_ns(), T, values[:, ::-1])


def _ns():
    return np.array([str(int(UNIX_S * 1e9) + round(t * 1e9)) for t in T])


GRAVITY = np.tile(GRAVITY_MPS2 * ACC[0] / np.linalg.norm(ACC[0]), (N, 1))


def _metadata(platform, standard):
    return (
        "version,device name,recording epoch time,recording time,recording timezone,platform,"
        "appVersion,device id,sensors,sampleRateMs,standardisation\n"
        f"3,phone,1792000000000,2026-10-14_17-46-40,Europe/Berlin,{platform},1.30,ab,"
        f"Accelerometer|Gyroscope,10,{standard}\n"
    )


def sensor_logger(sign=1.0, platform="android", standard="false"):
    files = {
        "TotalAcceleration.csv": _sensor_logger(sign * ACC),
        "Accelerometer.csv": _sensor_logger(sign * (ACC - GRAVITY)),
        "Gravity.csv": _sensor_logger(sign * GRAVITY),
        "Gyroscope.csv": _sensor_logger(GYR_RAD),
        "Magnetometer.csv": _sensor_logger(MAG),
        "Orientation.csv": (
            "time,seconds_elapsed,qz,qy,qx,qw,roll,pitch,yaw\n" + rows(T, T, np.zeros((N, 7)))
        ),
        "Metadata.csv": _metadata(platform, standard),
    }
    return Sample(files, "sensor-logger")


def sensor_logger_iphone():
    return sensor_logger(-1.0, "ios", "false")


def sensor_logger_parts():
    files = dict(sensor_logger().files)
    del files["TotalAcceleration.csv"]
    return Sample(files, "sensor-logger")


def sensor_logger_json():
    records = [{"sensor": "Metadata", "platform": "android", "standardisation": "false"}]
    for sensor, values in (
        ("TotalAcceleration", ACC),
        ("Gyroscope", GYR_RAD),
        ("Gravity", GRAVITY),
    ):
        records += [
            {"sensor": sensor, "time": str(int(UNIX_S * 1e9) + round(t * 1e9)),
             "seconds_elapsed": str(t), "z": str(v[2]), "y": str(v[1]), "x": str(v[0])}
            for t, v in zip(T, values, strict=True)
        ]  # fmt: skip
    return Sample({"a.json": json.dumps(records, indent=2)}, "sensor-logger", "a.json")


def sensor_logger_table():
    """All sensors in one table: that with gravity is chosen."""
    names = [
        f"{sensor}_{a}"
        for sensor in ("accelerometer", "gyroscope", "totalAcceleration")
        for a in "zyx"
    ]
    body = rows(_ns(), T, (ACC - GRAVITY)[:, ::-1], GYR_RAD[:, ::-1], ACC[:, ::-1])
    head = "time,seconds_elapsed," + ",".join(names) + "\n"
    return Sample({"a.csv": head + body}, "sensor-logger", "a.csv")


def sensor_logger_spreadsheet():
    """Saved again by a spreadsheet: semicolons, decimal commas, and long numbers rounded."""
    rounded = np.full(N, "1,79E+18")
    files = {
        name: "time;seconds_elapsed;x;y;z\n" + rows(rounded, T, values, delimiter=";", decimal=",")
        for name, values in (("TotalAcceleration.csv", ACC), ("Gyroscope.csv", GYR_RAD))
    }
    return Sample(files, "sensor-logger")


def sensorlog():
    """An iPhone: a sensor at rest with z up reads -1 G."""
    names = [f"accelerometerAcceleration{a}(G)" for a in "XYZ"]
    names += [f"gyroRotation{a}(rad/s)" for a in "XYZ"]
    names += [f"motionUserAcceleration{a}(G)" for a in "XYZ"]
    clock = stamps("%Y-%m-%d %H:%M:%S.%f")
    head = "loggingTime(txt),loggingSample(N),accelerometerTimestamp_sinceReboot(s),"
    body = rows(clock, np.arange(N), T + 5.0, -ACC_G, GYR_RAD, (GRAVITY - ACC) / GRAVITY_MPS2)
    return Sample({"a.csv": head + ",".join(names) + "\n" + body}, "sensorlog", "a.csv")


def core_motion():
    """MotionSense, for example, holds gravity and what the wearer adds in columns of their own."""
    up = ACC_G + np.array([0.01, -0.02, 0.03])
    names = [
        "attitude.yaw",
        *(f"gravity.{a}" for a in "xyz"),
        *(f"rotationRate.{a}" for a in "xyz"),
    ]
    names += [f"userAcceleration.{a}" for a in "xyz"]
    body = rows(T, T, -up, GYR_RAD, up - ACC_G)
    return Sample({"a.csv": "timestamp," + ",".join(names) + "\n" + body}, "core-motion", "a.csv")


def phyphox(delimiter=",", decimal="."):
    def table(header, values):
        quoted = delimiter.join(f'"{name}"' for name in header)
        return f"{quoted}\n{rows(T, values, delimiter=delimiter, decimal=decimal)}"

    def axes(unit):
        return ["Time (s)", *(f"{axis} ({unit})" for axis in "XYZ")]

    files = {
        "Accelerometer.csv": table(axes("m/s^2"), ACC),
        "Gyroscope.csv": table(axes("rad/s"), GYR_RAD),
        "Linear Accelerometer.csv": table(axes("m/s^2"), ACC - GRAVITY),
        "meta/device.csv": '"property","value"\n"version","1.1.16"\n',
    }
    return Sample(files, "phyphox")


def phyphox_semicolons():
    return phyphox(";", ",")


def phyphox_tabs():
    return phyphox("\t", ",")


def phyphox_german():
    head = "Zeit (s);Beschleunigung x (m/s^2);Beschleunigung y (m/s^2);Beschleunigung z (m/s^2);"
    head += "Gyroskop x (rad/s);Gyroskop y (rad/s);Gyroskop z (rad/s)\n"
    return Sample(
        {"a.csv": head + rows(T, ACC, GYR_RAD, delimiter=";", decimal=",")}, "generic", "a.csv"
    )


def witmotion():
    names = (
        "time,DeviceName,ChipTime(),AccX(g),AccY(g),AccZ(g),AsX(°/s),AsY(°/s),AsZ(°/s),AngleX(°)"
    )
    head = names.replace(",", "\t") + "\n"
    device, chip = np.full(N, "WT901BLE67(e5:11)"), np.full(N, "null")
    body = rows(stamps("%Y-%m-%d %H:%M:%S.%f"), device, chip, ACC_G, GYR, T, delimiter="\t")
    again = head + body  # the app writes its header again after a pause
    return Sample({"a.txt": again}, "witmotion", "a.txt")


def witmotion_address():
    """The oldest text: the sensor's address, and the time of day alone."""
    names = (
        "Address\tTime(s)\tax(g)\tay(g)\taz(g)\twx(deg/s)\twy(deg/s)\twz(deg/s)\tAngleX(deg)\r\n"
    )
    clock = stamps("%H:%M:%S.%f")
    clock = np.array([each[:12] for each in clock])
    body = rows(np.full(N, "0x50"), clock, ACC_G, GYR, T, delimiter="\t", end="\r\n")
    return Sample(
        {"a.txt": "StartTime: 2026-10-14 17:46:40\r\n" + names + body}, "witmotion", "a.txt"
    )


def witmotion_old():
    names = "Chiptime,ax(g),ay(g),az(g),wx(deg/s),wy(deg/s),wz(deg/s),AngleX(deg),T(°)"
    body = rows(stamps("%Y-%m-%d %H:%M:%S.%f"), ACC_G, GYR, T, T, delimiter="\t", end="\t\r\n")
    text = names.replace(",", "\t") + "\t\r\n" + body
    return Sample({"a.txt": text}, "witmotion", "a.txt")


def polar():
    clock = stamps("%Y-%m-%dT%H:%M:%S.%f", 0.4)
    ns = [str(835_351_534_233_872_000 + round(t * 1e9)) for t in T]
    head = "Phone timestamp;sensor timestamp [ns];X [{0}];Y [{0}];Z [{0}] \n"
    files = {
        "Polar_Sense_ACC.txt": head.format("mg")
        + rows(clock, np.array(ns), 1e3 * ACC_G, delimiter=";"),
        "Polar_Sense_GYRO.txt": head.format("dps") + rows(clock, np.array(ns), GYR, delimiter=";"),
        "Polar_Sense_MAGN.txt": head.format("G") + rows(clock, np.array(ns), MAG, delimiter=";"),
    }
    return Sample(files, "polar-sensor-logger", "Polar_Sense_ACC.txt")


SAMPLES: dict[str, Callable[[], Sample]] = {
    each.__name__: each
    for each in (
        dot_recorded, dot_streamed, mtw, mt_manager, mt_without_rate, mt_without_comments, ngimu, x_imu3, metabase, movesense_json,
        movesense_app, movesense_csv, shimmer_rows, shimmer_sd, shimmer_synchronised, blue_trident, sensor_logger,
        sensor_logger_iphone, sensor_logger_parts, sensor_logger_json,
        sensor_logger_table, sensor_logger_spreadsheet, sensorlog, core_motion, phyphox, phyphox_semicolons,
        phyphox_tabs, phyphox_german, witmotion, witmotion_old, witmotion_address, polar,
    )
}  # fmt: skip


def write(sample: Sample, folder):
    """Write a sample into a folder; returns what a user would name."""
    for name, text in sample.files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8", newline="")
    return folder / sample.opened if sample.opened else folder


def zipped(sample: Sample) -> bytes:
    """Return the files of a sample as one zip."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as file:
        for name, text in sample.files.items():
            file.writestr(name, text)
    return packed.getvalue()
