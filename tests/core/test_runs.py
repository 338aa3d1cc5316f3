import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from imu_ankle.core.signal.runs import hysteresis, join, runs, to_mask

masks = st.lists(st.booleans(), max_size=60).map(lambda bits: np.array(bits, dtype=bool))


@given(masks)
def test_runs_and_mask_are_inverse(mask):
    assert np.array_equal(to_mask(runs(mask), len(mask)), mask)


@given(masks, st.integers(0, 10))
def test_join_fills_exactly_the_short_holes(mask, hole):
    joined = join(runs(mask), hole)
    filled = to_mask(joined, len(mask))
    assert (filled >= mask).all()
    holes = runs(~mask)
    inner = holes[(holes[:, 0] > 0) & (holes[:, 1] < len(mask))]
    for start, end in inner:
        assert filled[start:end].all() == (end - start <= hole)


def test_hysteresis_keeps_a_run_that_reached_the_upper_level():
    x = np.array([0, 6, 11, 6, 4, 6, 7, 4, 12], dtype=float)
    assert hysteresis(x, on=10, off=5).tolist() == [[1, 4], [8, 9]]
