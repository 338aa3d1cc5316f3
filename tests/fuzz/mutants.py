"""Documents and bytes gone wrong: where every fuzzer starts.

`IMU_ANKLE_FUZZ_TRIES` asks for more tries than the default suite makes.
"""

import contextlib
import copy
import json
import os
from typing import Any

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st

from imu_ankle.core.errors import ImuAnkleError

_WANTED = os.environ.get("IMU_ANKLE_FUZZ_TRIES")


def tries(usual: int):
    """Return the settings of a fuzzer: half the usual tries every day, else as many as asked for."""
    return settings(
        max_examples=int(_WANTED) if _WANTED else max(usual // 2, 6),
        derandomize=_WANTED is None,
        deadline=None,
        suppress_health_check=list(HealthCheck),
    )


# what no JSON writer writes, put in after writing
_RAW = {
    "@huge@": "1e999",
    "@digits@": "9" * 4000,
    "@many digits@": "9" * 5000,
    "@half@": '"\\ud800"',
    "@long@": '"' + "x" * 200_000 + '"',
    "@minus@": "-0.0",
    **{f"@deep {depth}@": "[" * depth + "]" * depth for depth in (60, 200, 330, 480, 900, 50_000)},
}
TEXTS = st.sampled_from([
    "", " ", "x", "left", "shoe", "é", "\0", "\x1b[2J", "a\nb", "\u202e", "../../x", "/etc/x", "..", "CON", "C:\\x",
    "0001-01-01", "9999-12-31", "0001-01-01T00:00:00", "9999-12-31T23:59:59-23:59", "2026-11-22T18:07", "nan", "1e400",
    "x" * 5000, "{}", "lateral-hops", "<b>", "'; DROP TABLE trial; --",
])  # fmt: skip
LEAVES: st.SearchStrategy[Any] = st.one_of(
    st.none(),
    st.booleans(),
    st.sampled_from([
        0, -1, 1, 2, 10**15, 2**31, 2**63 - 1, 2**63, -(2**64), 10**30, 0.5, -0.5, 1e-320, 1e15, 1e16, 1e300, -1e300,
        float("nan"), float("inf"),
    ]),
    st.sampled_from(sorted(_RAW)),
    TEXTS,
    st.text(max_size=8),
    st.sampled_from([[], {}, [[]], [None], [{}], {"": None}, {"time_s": 1}, [1, "x"]]),
)  # fmt: skip


def _places(document: Any) -> list[tuple[Any, Any]]:
    """Return every place of a document as container and key."""
    keys: list[Any] = []
    if isinstance(document, dict):
        keys = list(document)
    elif isinstance(document, list):
        keys = list(range(len(document)))
    here = [(document, key) for key in keys]
    return here + [place for key in keys for place in _places(document[key])]


@st.composite
def mutated(draw, document: Any) -> Any:
    """Return a copy in which a few places hold something else, are missing, or are new."""
    made = copy.deepcopy(document)
    leaves = LEAVES.map(copy.deepcopy)
    for _ in range(draw(st.integers(1, 3))):
        places = _places(made)
        if not places:
            return draw(leaves)
        container, key = draw(st.sampled_from(places))
        how = draw(st.integers(0, 9))
        if how == 0:
            del container[key]
        elif how == 1 and isinstance(container, dict):
            container[draw(TEXTS)] = draw(leaves)
        elif how == 2:
            container[key] = [container[key]]
        elif how == 3 and isinstance(container[key], list):
            container[key] = container[key] * draw(st.integers(2, 50))
        else:
            container[key] = draw(leaves)
    return made


def json_text(document: Any) -> str:
    """Return a document as JSON, with what only hands and other programs write."""
    text = json.dumps(document)
    for word, raw in _RAW.items():
        text = text.replace(json.dumps(word), raw)
    return text


@st.composite
def mangled(draw, content: bytes) -> bytes:
    """Return bytes flipped, cut, doubled, filled in; or others altogether."""
    made = bytearray(content)
    for _ in range(draw(st.integers(1, 4))):
        at = draw(st.integers(0, len(made)))
        end = draw(st.integers(at, min(len(made), at + 64)))
        how = draw(st.integers(0, 6))
        if how == 0:
            del made[at:]
        elif how == 1:
            del made[at:end]
        elif how == 2:
            made[at:at] = draw(st.binary(max_size=16))
        elif how == 3:
            made[at:at] = made[at:end] * draw(st.integers(1, 200))
        elif how == 4 and made:
            made[min(at, len(made) - 1)] ^= 1 << draw(st.integers(0, 7))
        elif how == 5:
            made[at:end] = bytes(end - at)
        else:
            made[at:end] = draw(
                st.sampled_from([b"\xff\xfe", b"\r", b'"', b",,,,", b"1e999", b"\n\n", b"9" * 400])
            )
    return bytes(made)


def json_files(document: Any) -> st.SearchStrategy[bytes]:
    """Return files: a JSON document mutated, its bytes mangled, or any bytes."""
    whole = json.dumps(document).encode()
    return st.one_of(
        mutated(document).map(lambda made: json_text(made).encode()),
        mutated(document).map(lambda made: json_text(made).encode()),
        mangled(whole),
        st.binary(max_size=200),
    )


only_ours = contextlib.suppress(ImuAnkleError)
