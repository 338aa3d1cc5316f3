import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from imu_ankle.core.errors import SidecarError
from imu_ankle.core.options import Eyes, Side
from imu_ankle.core.recording import Cue, Mark
from imu_ankle.io.sidecar import dump_sidecar, parse_sidecar, read_sidecar, write_sidecar

FULL = {
    "schema": 1,
    "id": "7b0e3b0e-0000-4000-8000-000000000001",
    "exercise": "lateral-hops",
    "side": "left",
    "placement": "shoe",
    "mount": "laces",
    "condition": {"eyes": "open", "surface": "floor", "shoe": "trail"},
    "started_at": "2026-11-22T18:07:12+01:00",
    "timezone": "Europe/Berlin",
    "rate_nominal_hz": 208,
    "rate_hz": 207.31,
    "acc_range_g": 16,
    "gyr_range_dps": 2000,
    "samples": 4160,
    "lost": 0,
    "longest_gap_s": 0.0,
    "sensor": {"model": "AnkleIMU", "serial": "A1", "firmware": "1.0.0"},
    "software": "imu_ankle 0.1.0",
    "simulated": False,
    "seed": None,
    "cues": [{"time_s": 0.0, "text": "go"}],
    "marks": [{"time_s": 3.2, "label": "start"}],
    "pain": None,
    "notes": "",
}


def test_the_sidecar_of_the_specification_survives_to_the_key():
    sidecar = parse_sidecar(FULL)
    assert sidecar.side is Side.LEFT
    assert sidecar.condition.eyes is Eyes.OPEN
    assert sidecar.cues == (Cue(0.0, "go"),)
    assert sidecar.marks == (Mark(3.2, "start"),)
    assert dump_sidecar(sidecar) == FULL
    assert list(dump_sidecar(sidecar)) == list(FULL)


def test_unknown_keys_are_kept_at_every_depth():
    more = {**FULL, "weather": {"rain": [1, 2]}, "condition": {"eyes": "closed", "socks": True}}
    out = dump_sidecar(parse_sidecar(more))
    assert out["weather"] == {"rain": [1, 2]}
    assert out["condition"] == {"eyes": "closed", "surface": None, "shoe": None, "socks": True}


def test_an_empty_object_knows_nothing_and_is_valid():
    out = dump_sidecar(parse_sidecar({}))
    assert out["schema"] == 1
    assert (out["cues"], out["marks"]) == ([], [])
    rest = [
        v for k, v in out.items() if k not in ("schema", "condition", "sensor", "cues", "marks")
    ]
    assert rest == [None] * len(rest)


WRONG = {
    "side": "both",
    "placement": "hip",
    "rate_hz": 0,
    "samples": 1.5,
    "simulated": "no",
    "started_at": "yesterday",
    "cues": [{"time_s": 1.0}],
    "marks": "start",
    "condition": {"eyes": "shut"},
    "sensor": 7,
    "schema": 2,
}


@pytest.mark.parametrize(("key", "value"), WRONG.items())
def test_a_wrong_value_is_refused_by_name(key, value):
    with pytest.raises(SidecarError) as caught:
        parse_sidecar({**FULL, key: value}, "a.json")
    assert "a.json" in str(caught.value)
    assert key in str(caught.value)


@pytest.mark.parametrize("text", ["", "{", "[1]", '{"rate_hz": NaN}', "[" * 100_000])
def test_what_is_not_a_json_object_is_refused(tmp_path, text):
    path = tmp_path / "a.json"
    path.write_text(text)
    with pytest.raises(SidecarError):
        read_sidecar(path)


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=6), inner, max_size=3)
    ),
    max_leaves=8,
)


@given(
    st.dictionaries(st.sampled_from(sorted(FULL)) | st.text(max_size=5), json_values, max_size=6)
)
def test_any_object_is_a_sidecar_or_a_sidecar_error(content):
    try:
        sidecar = parse_sidecar(content)
    except SidecarError:
        return
    assert parse_sidecar(dump_sidecar(sidecar)) == sidecar or "nan" in repr(content)


def test_written_text_reads_back(tmp_path):
    path = tmp_path / "a.json"
    path.write_text(write_sidecar(parse_sidecar(FULL)))
    assert json.loads(path.read_text()) == FULL
    assert read_sidecar(path) == parse_sidecar(FULL)
