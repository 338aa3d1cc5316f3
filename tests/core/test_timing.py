import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from imu_ankle.core.signal.timing import fill, lay_grid, order, spread_shared_stamps

RATES = (49.3, 50.0, 104.0, 207.31, 416.0)


@pytest.mark.parametrize("rate_hz", RATES)
@pytest.mark.parametrize("digits", [9, 6, 3])
def test_the_rate_comes_from_the_time_column(rate_hz, digits):
    t = np.round(np.arange(round(20 * rate_hz)) / rate_hz, digits)
    grid = lay_grid(t)
    assert grid.rate_hz == pytest.approx(rate_hz, rel=1e-5)
    assert grid.size == len(t)


@given(st.integers(0, 1000), st.sampled_from(RATES), st.floats(0.0, 0.2))
def test_lost_samples_are_holes_and_never_a_shift(seed, rate_hz, share):
    rng = np.random.default_rng(seed)
    n = round(20 * rate_hz)
    keep = rng.random(n) >= share
    keep[[0, -1]] = True
    grid = lay_grid(np.flatnonzero(keep) / rate_hz)
    assert grid.rate_hz == pytest.approx(rate_hz, rel=1e-9)
    assert np.array_equal(grid.index, np.flatnonzero(keep))


@pytest.mark.parametrize("rate_hz", RATES)
def test_jitter_of_3_ms_does_not_lose_or_invent_samples(rate_hz):
    rng = np.random.default_rng(1)
    n = round(20 * rate_hz)
    t = np.sort(np.arange(n) / rate_hz + rng.normal(0, 0.003, n))
    grid = lay_grid(t)
    assert grid.size == n
    assert grid.rate_hz == pytest.approx(rate_hz, rel=1e-4)


def test_the_sensors_own_count_decides_where_there_is_one():
    seq = np.array([0, 1, 2, 5, 6, 7, 8], dtype=np.int64)
    grid = lay_grid(seq / 100.0, seq)
    assert grid.holes.tolist() == [[3, 5]]


def test_samples_that_are_there_stay_bit_for_bit():
    rng = np.random.default_rng(0)
    keep = rng.random(500) > 0.05
    keep[[0, -1]] = True
    t = np.flatnonzero(keep) / 104.0
    x = rng.normal(size=(len(t), 6))
    grid = lay_grid(t)
    out = fill(x, grid, t, np.array([[0, grid.size]]))
    assert np.array_equal(out[grid.index], x)


def test_bridges_follow_the_signal():
    t = np.arange(1000) / 100.0
    wave = np.sin(2 * np.pi * 1.5 * t)[:, None]
    keep = np.ones(1000, dtype=bool)
    keep[300:305] = keep[620] = False
    grid = lay_grid(t[keep])
    out = fill(wave[keep], grid, t[keep], np.array([[0, grid.size]]))
    assert np.abs(out - wave).max() < 0.01


def test_samples_that_share_a_stamp_are_spread_over_the_time_before_it():
    stamped = np.array([0.0, 0.02, 0.02, 0.03, 0.06, 0.06, 0.06])
    spread, moved = spread_shared_stamps(stamped)
    assert moved == 3
    assert spread == pytest.approx([0.0, 0.01, 0.02, 0.03, 0.04, 0.05, 0.06])


def test_a_coarse_clock_spreads_the_seconds_that_it_cut_like_the_others():
    t = 3.7 + np.arange(1000) / 100.0
    spread, _ = spread_shared_stamps(np.floor(t))
    assert np.diff(spread) == pytest.approx(0.01, rel=0.02)


def test_a_short_batch_after_a_hole_stays_after_it():
    stamped = np.concatenate([np.repeat(0.1 * np.arange(1.0, 9.0), 8), np.full(3, 5.0)])
    spread, _ = spread_shared_stamps(stamped)
    assert spread[-1] == 5.0


def test_order_tells_how_far_time_stepped_back():
    index, back_s = order(np.array([0.0, 0.3, 0.1, 0.4]))
    assert index.tolist() == [0, 2, 1, 3]
    assert back_s == pytest.approx(0.2)
