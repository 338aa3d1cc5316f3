"""Whatever a foreign file holds, importing it gives a recording or one of our errors."""

import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from imu_ankle.io.csvfile import read_recording, write_recording
from imu_ankle.io.importers import IMPORTERS
from imu_ankle.io.importers.import_file import import_file
from imu_ankle.io.importers.table import ACC_UNITS, GYR_UNITS, TIME_UNITS, Overrides
from tests.fuzz.mutants import json_files, mangled, only_ours, tries
from tests.fuzz.test_files import CELLS
from tests.io.importers import samples
from tests.io.importers.test_generic import DOT, dot_rows, table

HEADERS = {
    "ngimu": "Time (s),Gyroscope X (deg/s),Gyroscope Y (deg/s),Gyroscope Z (deg/s),"
    "Accelerometer X (g),Accelerometer Y (g),Accelerometer Z (g)",
    "plain": "time,acc_x (g),acc_y (g),acc_z (g),gyr_x (deg/s),gyr_y (deg/s),gyr_z (deg/s)",
    "own": "time_s,acc_x_mps2,acc_y_mps2,acc_z_mps2,gyr_x_dps,gyr_y_dps,gyr_z_dps",
    "xsens-dot": DOT,
}


def stack_samples(name):
    rows = dot_rows(2**32 - 500_000) if name == "xsens-dot" else table()
    header = HEADERS[name].split(",")
    return [header, *([f"{x:.9g}" for x in row] for row in rows[:60])]


@st.composite
def foreign(draw):
    """Return a valid file of some format in which cells, rows or the header are others."""
    rows = stack_samples(draw(st.sampled_from(sorted(HEADERS))))
    for _ in range(draw(st.integers(0, 5))):
        at = draw(st.integers(0, len(rows) - 1)) if draw(st.booleans()) else 0
        row = rows[at]
        how = draw(st.integers(0, 5))
        column = draw(st.integers(0, len(row) - 1)) if row else 0
        if how == 0:
            rows[at] = row[:column]
        elif how == 1:
            row.insert(column, draw(CELLS))
        elif how == 2:
            cell = draw(CELLS)
            for each in rows[1:]:
                each[column : column + 1] = [cell]
        elif how == 3:
            rows.insert(at, list(row))
        elif row:
            row[column] = draw(CELLS | st.text(max_size=5))
    mark = draw(st.sampled_from(",;\t"))
    end = draw(st.sampled_from(["\n", "\r\n", "\n\n"]))
    return end.join(mark.join(row) for row in rows).encode("utf-8", "replace")


def short(node):
    """Return a document whose lists have a few entries."""
    if isinstance(node, dict):
        return {key: short(value) for key, value in node.items()}
    return [short(each) for each in node[:6]] if isinstance(node, list) else node


FILES = [(n, text) for each in samples.SAMPLES.values() for n, text in each().files.items()]
TABLES = [
    "\n".join(text.splitlines()[:60]).encode() for n, text in FILES if not n.endswith(".json")
]
DOCUMENTS = [short(json.loads(text)) for name, text in FILES if name.endswith(".json")]
ZIPS = [
    samples.zipped(samples.Sample({n: t[:3000] for n, t in each().files.items()}, ""))
    for each in (samples.phyphox, samples.sensor_logger, samples.x_imu3)
]


def units(known):
    return st.none() | st.sampled_from([*known, "x"])


overrides = st.just(Overrides()) | st.builds(
    Overrides,
    acc_unit=units(ACC_UNITS),
    gyr_unit=units(GYR_UNITS),
    time_unit=units(TIME_UNITS),
    rate_hz=st.none() | st.sampled_from([1e-300, 0.5, 100.0, 1e300]),
    columns=st.dictionaries(st.sampled_from(["time", "acc_x", "x"]), st.sampled_from(["time", "a", ""])),
)  # fmt: skip


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("foreign")


@tries(200)
@given(
    content=st.one_of(
        foreign(),
        foreign().flatmap(mangled),
        st.sampled_from(TABLES).flatmap(mangled),
        st.sampled_from(DOCUMENTS).flatmap(json_files),
        st.sampled_from(ZIPS).flatmap(mangled),
        st.binary(max_size=200),
    ),
    told=overrides,
    name=st.none() | st.sampled_from([importer.name for importer in IMPORTERS]),
)
def test_foreign_files(folder, content, told, name):
    path = folder / "a.csv"
    path.write_bytes(content)
    with only_ours:
        recording, _ = import_file(path, told, format_name=name)
        write_recording(recording, folder / "b.csv")
        again = read_recording(folder / "b.csv")
        assert np.array_equal(again.time_s, recording.time_s)
