"""Words of the command line that are parsed by hand: each gives something sound or one of our errors."""

import math
from dataclasses import astuple

import pytest
from hypothesis import given
from hypothesis import strategies as st

from imu_ankle.core.errors import ImuAnkleError
from imu_ankle.history.edits import find
from imu_ankle.history.store import History
from imu_ankle.io.home import check_name
from imu_ankle.virtual.spec import VirtualSpec, parse_spec
from tests.fuzz.mutants import TEXTS, tries
from tests.history.homes import fill

pytest.importorskip("bumble", reason="virtual sensors need the extra `virtual`")

NUMBERS = st.sampled_from([
    "0", "-1", "nan", "inf", "1e999", "9" * 5000, "", " 3 ", "1_0", "٣", "0x1", "2.5", "\udcff", "1e-320", "x",
])  # fmt: skip
KEYS = st.sampled_from([*VirtualSpec.__slots__, "lose-link-at", "", "x", "plays", "__class__"])
PAIRS = st.tuples(KEYS, NUMBERS | TEXTS).map("=".join)


@tries(300)
@given(
    st.sampled_from(["lateral-hops", "x.csv", "toe-points", "", "\0.csv"]),
    st.lists(PAIRS, max_size=3),
)
def test_virtual_sensors(plays, pairs):
    try:
        spec = parse_spec("virtual:" + ",".join([plays, *pairs]))
    except ImuAnkleError:
        return
    assert all(math.isfinite(x) for x in astuple(spec) if isinstance(x, int | float))
    assert len(spec.name.encode()) <= 20


@tries(200)
@given(TEXTS | st.text(max_size=50))
def test_names_of_athletes(name):
    try:
        check_name(name)
    except ImuAnkleError:
        return
    assert name.isascii()
    assert not {"/", "\\", ".", ":", "\0"} & set(name)


@pytest.fixture(scope="module")
def history(tmp_path_factory):
    home = tmp_path_factory.mktemp("words") / "home"
    fill(home, sessions=1)
    with History(home) as made:
        yield made


@tries(200)
@given(
    TEXTS
    | st.text(max_size=50)
    | st.sampled_from(["/", "", "//", "2026", "last", ".csv", "../../etc"])
)
def test_what_is_meant_by_a_name(history, word):
    try:
        entries = find(history, word)
    except ImuAnkleError:
        return
    assert word.strip("/") == "last" or "2026" in word
    assert all(history.path(entry).is_relative_to(history.home / "sessions") for entry in entries)
