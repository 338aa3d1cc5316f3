"""Files whose clock, header or rows are wrong: repaired and said, or refused with the remedy."""

from datetime import datetime, timedelta

import numpy as np
import pytest

from imu_ankle.core.errors import ImportFormatError
from imu_ankle.io.importers.clocks import unwrapped
from imu_ankle.io.importers.import_file import import_file
from imu_ankle.io.importers.table import Overrides
from tests.helpers import flights

NAMES = ["ax_g", "ay_g", "az_g", "gx_dps", "gy_dps", "gz_dps"]
RATE_HZ = 104.0
START = datetime(2026, 11, 5, 18, 7, 3)  # noqa: DTZ001 - as files write it


@pytest.fixture(scope="module")
def rows():
    recording, _ = flights(reps=4, seed=3)
    step = round(208.0 / RATE_HZ)
    samples = np.hstack([recording.acc_mps2 / 9.80665, recording.gyr_dps])[::step]
    return np.arange(len(samples)) / RATE_HZ, samples


def write(path, stamps, samples, *, stamp="timestamp", names=NAMES, below=()):
    lines = [",".join([stamp, *names]), *below]
    for when, sample in zip(stamps, samples, strict=True):
        told = when if isinstance(when, str) else f"{when:.6f}"
        lines.append(",".join([told, *(f"{x:.6f}" for x in sample)]))
    path.write_text("\n".join(lines) + "\n")
    return path


@pytest.mark.parametrize("back_s", [0.3, 0.5, 0.9])
def test_a_clock_that_was_set_back_is_refused_where_it_was(tmp_path, rows, back_s):
    time_s, samples = rows
    half = len(time_s) // 2
    stepped = np.where(np.arange(len(time_s)) >= half, time_s - back_s, time_s)
    with pytest.raises(ImportFormatError, match=f"about row {half + 1} time goes back by"):
        import_file(write(tmp_path / "back.csv", stepped, samples))


def test_a_row_that_comes_late_is_put_back(tmp_path, rows):
    time_s, samples = rows
    late = np.arange(len(time_s))
    late[100:140] = np.roll(late[100:140], 39)  # row 100 comes 39 rows late
    recording, _ = import_file(write(tmp_path / "late.csv", time_s[late], samples[late]))
    assert recording.time_s == pytest.approx(time_s, abs=1e-6)
    assert recording.gyr_dps == pytest.approx(samples[:, 3:], abs=1e-5)


def test_one_bad_stamp_of_many_is_one_lost_row(tmp_path, rows):
    time_s, samples = rows
    stamps = time_s + 500.0
    stamps[len(stamps) // 2] = 0.0
    recording, _ = import_file(write(tmp_path / "zero.csv", stamps, samples))
    assert len(recording) == len(time_s) - 1
    told = recording.sidecar.extra["import"]
    assert isinstance(told, dict)
    assert any("stamp far from their neighbours" in line for line in told["assumed"])


def test_stamps_that_come_twice_with_other_values_are_two_sensors(tmp_path, rows):
    time_s, samples = rows
    both = np.stack([samples, np.roll(samples, 300, axis=0)], axis=1).reshape(-1, 6)
    with pytest.raises(ImportFormatError, match="two sensors in turn") as refusal:
        import_file(write(tmp_path / "two.csv", np.repeat(time_s, 2), both))
    assert refusal.value.code == "several_recordings"


def test_pairs_of_rows_that_arrived_together_are_one_sensor(tmp_path, rows):
    time_s, samples = rows
    even = len(time_s) // 2 * 2
    arrived = np.repeat(time_s[1:even:2], 2)
    recording, _ = import_file(write(tmp_path / "pairs.csv", arrived, samples[:even]))
    assert len(recording) == even


def test_a_header_in_another_order_further_down_is_refused(tmp_path, rows):
    time_s, samples = rows
    path = write(tmp_path / "again.csv", time_s, samples)
    lines = path.read_text().splitlines()
    lines.insert(200, ",".join(["timestamp", *NAMES[3:], *NAMES[:3]]))
    path.write_text("\n".join(lines) + "\n")
    with pytest.raises(ImportFormatError, match="line 201 names the columns anew"):
        import_file(path)


@pytest.mark.parametrize("name", ["Packet number", "n", "Zähler"])
@pytest.mark.parametrize("bits", [8, 16, 24])
def test_a_column_that_counts_places_rows_whatever_it_is_called(tmp_path, rows, name, bits):
    time_s, samples = rows
    keep = np.flatnonzero(np.random.default_rng(1).random(len(time_s)) > 0.1)
    count = (keep + 2**bits - 300) % 2**bits
    path = write(tmp_path / "counted.csv", [str(n) for n in count], samples[keep], stamp=name)
    recording, _ = import_file(path, Overrides(rate_hz=RATE_HZ))
    assert recording.time_s == pytest.approx((keep - keep[0]) / RATE_HZ, abs=1e-6)


@pytest.mark.parametrize("bits", [8, 16, 24, 32])
def test_counters_wrap_at_the_end_of_their_bits(bits):
    true = np.arange(2.0**bits - 100.0, 2.0**bits + 100.0)
    assert np.diff(unwrapped(true % 2.0**bits)) == pytest.approx(1.0)


def test_a_counter_that_starts_anew_in_the_middle_is_not_unwrapped():
    count = np.concatenate([np.arange(50.0), np.arange(50.0)])
    assert unwrapped(count) == pytest.approx(count)


def test_a_line_of_units_below_the_names_is_read(tmp_path, rows):
    time_s, samples = rows
    names = ["Accel_X", "Accel_Y", "Accel_Z", "Gyro_X", "Gyro_Y", "Gyro_Z"]
    below = ["ms,g,g,g,rad/s,rad/s,rad/s"]
    radians = np.hstack([samples[:, :3], np.radians(samples[:, 3:])])
    path = write(tmp_path / "units.csv", 1000.0 * time_s, radians, names=names, below=below)
    recording, _ = import_file(path)
    assert recording.time_s == pytest.approx(time_s, abs=1e-6)
    assert recording.gyr_dps == pytest.approx(samples[:, 3:], abs=1e-3)


def dated(time_s, pattern):
    return [(START + timedelta(seconds=float(s))).strftime(pattern) for s in time_s]


@pytest.mark.parametrize("pattern", ["%d.%m.%Y %H:%M:%S.%f", "%Y-%m-%d %H:%M:%S.%f"])
def test_dates_with_dots_have_the_day_first(tmp_path, rows, pattern):
    time_s, samples = rows
    path = write(tmp_path / "day.csv", dated(time_s, pattern), samples, stamp="datetime")
    recording, _ = import_file(path)
    assert (recording.sidecar.started_at or "").startswith("2026-11-05")


def test_dates_with_slashes_ask(tmp_path, rows):
    time_s, samples = rows
    stamps = dated(time_s, "%d/%m/%Y %H:%M:%S.%f")
    with pytest.raises(ImportFormatError, match="day or the month comes first") as refusal:
        import_file(write(tmp_path / "slash.csv", stamps, samples, stamp="datetime"))
    assert refusal.value.code == "ambiguous_date"
    clear = [stamp.replace("05/11", "25/11") for stamp in stamps]
    recording, _ = import_file(write(tmp_path / "clear.csv", clear, samples, stamp="datetime"))
    assert (recording.sidecar.started_at or "").startswith("2026-11-25")


def test_a_minus_before_a_column_turns_its_sign(tmp_path, rows):
    time_s, samples = rows
    path = write(tmp_path / "signs.csv", time_s, samples * [1, 1, 1, 1, -1, 1])
    told = {"gyr_y": "-gy_dps"}
    recording, _ = import_file(path, Overrides(columns=told))
    assert recording.gyr_dps == pytest.approx(samples[:, 3:], abs=1e-5)
    assert recording.acc_mps2 == pytest.approx(9.80665 * samples[:, :3], abs=1e-4)
    said = recording.sidecar.extra["import"]
    assert isinstance(said, dict)
    assert "turned, as told: gyr_y" in said["assumed"]
