"""Reading and writing trials: exact, and plain about everything that is not as it should be."""

import dataclasses
import io

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from imu_ankle.core.assemble import COLUMNS
from imu_ankle.core.errors import ImuAnkleError, RecordingError
from imu_ankle.core.options import Side
from imu_ankle.core.recording import Recording, Sidecar
from imu_ankle.io.csvfile import read_recording, write_recording
from tests.helpers import balance, score_balance, stance_only

HEADER = ",".join(COLUMNS)
finite = st.floats(-9e3, 9e3, allow_nan=False)


def write_rows(path, rows, header=HEADER, end="\n"):
    path.write_text(header + "\n" + "\n".join(",".join(map(str, row)) for row in rows) + end)
    return path


def still_rows(n=300, rate_hz=100.0):
    return [[round(i / rate_hz, 4), 0.0, 0.0, 9.81, 0.0, 0.0, 0.0] for i in range(n)]


@given(
    arrays(np.float64, st.tuples(st.integers(1, 20), st.just(6)), elements=finite),
    st.floats(1e-4, 1.0),
    st.booleans(),
)
def test_round_trip_is_exact(tmp_path_factory, samples, step, with_seq):
    path = tmp_path_factory.mktemp("trip") / "a.csv"
    n = len(samples)
    recording = Recording(
        time_s=np.arange(n) * step,
        acc_mps2=samples[:, :3],
        gyr_dps=samples[:, 3:],
        seq=np.arange(n) if with_seq else None,
        flags=np.arange(n) % 16 if with_seq else None,
        sidecar=Sidecar(side=Side.LEFT, exercise="single-leg-balance", seed=7),
    )
    write_recording(recording, path)
    again = read_recording(path)
    for name in ("time_s", "acc_mps2", "gyr_dps", "seq", "flags"):
        first, second = getattr(recording, name), getattr(again, name)
        assert (first is None and second is None) or np.array_equal(first, second)
    assert again.sidecar == recording.sidecar
    assert again.repairs == ()
    first_bytes = path.read_bytes()
    write_recording(again, path)
    assert path.read_bytes() == first_bytes
    assert b"\r" not in first_bytes


def test_half_a_last_line_is_left_out_and_said(tmp_path):
    rows = still_rows()
    path = write_rows(tmp_path / "a.csv", rows, end="\n3.0,0.1,0.")
    recording = read_recording(path)
    assert len(recording) == len(rows)
    assert "last line" in recording.repairs[0].message


def test_a_number_cut_in_its_middle_is_not_believed(tmp_path):
    path = write_rows(tmp_path / "a.csv", still_rows(), end="")  # 0.0 may have been 0.05
    assert len(read_recording(path)) == len(still_rows()) - 1


@pytest.mark.parametrize("cell", ["", "nan", "NaN", "inf", " NA "])
def test_a_row_without_numbers_is_a_lost_sample(tmp_path, cell):
    rows = still_rows()
    rows[100][3] = cell
    recording = read_recording(write_rows(tmp_path / "a.csv", rows))
    assert len(recording) == len(rows) - 1
    assert recording.repairs[0].reason == "loss"
    assert "1 rows hold no number" in recording.repairs[0].message


def test_repeated_rows_are_left_out(tmp_path):
    rows = still_rows()
    rows.insert(100, rows[99])
    recording = read_recording(write_rows(tmp_path / "a.csv", rows))
    assert len(recording) == len(rows) - 1
    assert recording.repairs[0].reason == "clock"


def test_late_rows_are_put_in_order(tmp_path):
    rows = still_rows()
    for i, row in enumerate(rows):
        row[1] = i
    rows[100:104] = rows[102:104] + rows[100:102]
    recording = read_recording(write_rows(tmp_path / "a.csv", rows))
    assert recording.acc_mps2[:, 0].tolist() == list(range(len(rows)))
    assert {repair.reason for repair in recording.repairs} == {"clock"}


def test_duplicates_and_disorder_leave_the_result_as_it_is(tmp_path):
    recording, _ = balance()
    path = tmp_path / "a.csv"
    write_recording(recording, path)
    lines = path.read_text().splitlines()
    mixed = [*lines[:500], lines[520], *lines[500:520], *lines[515:]]
    other = tmp_path / "b.csv"
    other.write_text("\n".join(mixed) + "\n")
    first = score_balance(read_recording(path)).to_dict()
    second = score_balance(read_recording(other)).to_dict()
    assert first["metrics"] == second["metrics"]
    assert first["events"] == second["events"]
    assert second["quality"]["reasons"] == ["clock", *first["quality"]["reasons"]]


def test_shared_stamps_are_spread(tmp_path):
    rows = still_rows()
    rows[100][0] = rows[101][0]
    rows[100][1] = 0.5
    recording = read_recording(write_rows(tmp_path / "a.csv", rows))
    assert recording.time_s[100] == pytest.approx(1.0)
    assert recording.repairs[0].reason == "clock"


BROKEN = {
    "empty_file": b"",
    "not_text": b"\xff\xfe\x00time_s\x81",
    "missing_column": b"time_s,acc_x_mps2\n0,1\n",
}


@pytest.mark.parametrize(("code", "content"), BROKEN.items())
def test_unreadable_files_say_what_is_wrong(tmp_path, code, content):
    path = tmp_path / "a.csv"
    path.write_bytes(content)
    with pytest.raises(RecordingError) as caught:
        read_recording(path)
    assert caught.value.code == code
    assert "a.csv" in str(caught.value)


def test_a_missing_column_points_to_import(tmp_path):
    path = tmp_path / "a.csv"
    path.write_text("Time (s),Gyroscope X (deg/s)\n0,1\n")
    with pytest.raises(RecordingError, match="imu-ankle import"):
        read_recording(path)


def test_a_header_alone_is_an_empty_file(tmp_path):
    with pytest.raises(RecordingError, match="no samples"):
        read_recording(write_rows(tmp_path / "a.csv", []))


def test_words_among_numbers_are_named_with_their_line(tmp_path):
    rows = still_rows()
    rows[41][4] = "oops"
    with pytest.raises(RecordingError, match=r"line 43: gyr_x_dps holds 'oops'"):
        read_recording(write_rows(tmp_path / "a.csv", rows))


def test_two_recordings_in_one_file_are_refused(tmp_path):
    with pytest.raises(RecordingError, match="two recordings") as caught:
        read_recording(write_rows(tmp_path / "a.csv", still_rows(400) + still_rows(400)))
    assert caught.value.code == "bad_clock"


def test_impossible_values_are_refused(tmp_path):
    rows = still_rows()
    rows[7][5] = 1e6
    with pytest.raises(RecordingError, match="no sensor reads beyond") as caught:
        read_recording(write_rows(tmp_path / "a.csv", rows))
    assert caught.value.code == "bad_value"


def test_a_file_that_is_not_there(tmp_path):
    with pytest.raises(RecordingError) as caught:
        read_recording(tmp_path / "none.csv")
    assert caught.value.code == "not_found"


def test_columns_may_come_in_any_order_with_strangers_among_them(tmp_path):
    path = tmp_path / "a.csv"
    recording = stance_only()
    write_recording(recording, path)
    lines = [line.split(",") for line in path.read_text().splitlines()]
    mixed = [[row[3], "9", *row[:3], *row[4:]] for row in lines]
    mixed[0][1] = "temperature"
    other = tmp_path / "b.csv"
    other.write_text("\n".join(",".join(row) for row in mixed) + "\n")
    assert np.array_equal(read_recording(other).acc_mps2, recording.acc_mps2)


@given(st.binary(max_size=400))
def test_no_bytes_raise_anything_but_our_errors(tmp_path_factory, content):
    path = tmp_path_factory.mktemp("fuzz") / "a.csv"
    path.write_bytes(content)
    with pytest.raises(ImuAnkleError):
        read_recording(path)


cells = st.sampled_from(["0", "1.5", "-3", "", "nan", "x", "1e9", "inf", "7,8", "\x00", "é"])


@given(st.lists(st.lists(cells, max_size=9), max_size=8))
def test_no_table_raises_anything_but_our_errors(tmp_path_factory, rows):
    path = tmp_path_factory.mktemp("fuzz") / "a.csv"
    write_rows(path, rows)
    try:
        recording = read_recording(path)
        score_balance(recording)
    except ImuAnkleError:
        return
    assert len(recording) > 0


def test_a_failed_write_leaves_the_old_file_whole(tmp_path, monkeypatch):
    path = tmp_path / "a.csv"
    recording = stance_only()
    write_recording(recording, path)
    before = path.read_bytes()

    def full_disk(_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("imu_ankle.io.text.os.fsync", full_disk)
    longer = dataclasses.replace(recording, sidecar=Sidecar(notes="longer"))
    with pytest.raises(OSError, match="No space"):
        write_recording(longer, path)
    assert path.read_bytes() == before
    assert sorted(p.name for p in tmp_path.iterdir()) == ["a.csv", "a.json"]


@given(
    st.lists(
        st.lists(
            st.floats(allow_nan=False, allow_infinity=False, width=64), min_size=7, max_size=7
        ),
        min_size=1,
        max_size=20,
    )
)
def test_both_parsers_read_the_same_bits(rows):
    from imu_ankle.io import csvfile

    body = "".join(",".join(repr(x) for x in row) + "\n" for row in rows)
    quick = csvfile._numbers_by_pandas(body, list(range(7)))
    assert np.array_equal(quick, np.array(rows))
    assert np.array_equal(np.loadtxt(io.StringIO(body), delimiter=",", ndmin=2), quick)
