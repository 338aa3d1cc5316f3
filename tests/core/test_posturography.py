"""Formulas against a reference record, against other programs' printed values, and closed forms."""

import numpy as np
import pytest

from imu_ankle.core.signal import posturography as pg
from imu_ankle.core.signal import sway
from imu_ankle.core.signal.filters import lowpass

RATE_HZ = 100.0


def reference_record():
    """A deterministic sway record, foot frame, m/s2 and deg/s; the values below were printed for it."""
    n = 2000
    t = np.arange(n) / RATE_HZ

    def tones(parts):
        return sum(a * np.sin(2 * np.pi * f * t + p) for a, f, p in parts)

    ml = tones([(0.060, 0.25, 0.3), (0.045, 0.55, 1.1), (0.025, 1.30, 2.0), (0.010, 3.10, 0.7)])
    ap = tones([(0.050, 0.20, 1.7), (0.030, 0.70, 0.2), (0.020, 1.55, 2.9), (0.008, 4.20, 1.3)])
    gx = tones([(1.20, 0.60, 0.4), (0.90, 1.40, 1.9), (0.50, 3.30, 2.2), (0.20, 6.10, 0.1)])
    gy = tones([(0.60, 0.45, 2.5), (0.50, 1.10, 0.9), (0.30, 2.70, 1.4), (0.15, 5.20, 2.8)])
    gz = tones([(0.30, 0.35, 1.2), (0.20, 1.70, 0.6)])
    e = np.random.default_rng(20260101).standard_normal((n, 6))
    z = 9.80665 + 0.02 * np.sin(2 * np.pi * 0.9 * t)
    acc = np.column_stack([ap, ml, z]) + 0.010 * e[:, :3]
    gyr = np.column_stack([gx, gy, gz]) + 0.050 * e[:, 3:]
    return acc, gyr


@pytest.fixture(scope="module")
def record():
    return reference_record()


def plane_of(acc):
    return pg.plane(acc[:, 0], acc[:, 1], RATE_HZ)


def test_the_reference_record_is_the_published_one(record):
    acc, gyr = record
    assert acc[0] == pytest.approx([0.083815466859, 0.0987968830669, 9.80975509865], rel=1e-10)
    assert gyr[0] == pytest.approx([1.7238919663, 1.08242156236, 0.253081349881], rel=1e-10)
    assert acc.sum(0) == pytest.approx([-0.0329785137425, 0.132744557637, 19613.4225424], rel=1e-9)


RAW = {
    pg.mean_distance: 0.06589071654,
    pg.rms_distance: 0.07322973861,
    pg.path: 36.38814697,
    pg.path_rate: 1.820317507,
    pg.sway_area_rate: 0.03757455461,
    pg.jerk: 42.05152019,
    pg.mean_frequency: 4.396864148,
}
SLOW = {
    pg.mean_distance: 0.06429009455,
    pg.rms_distance: 0.07129976862,
    pg.path: 4.977080571,
    pg.path_rate: 0.2489785178,
    pg.sway_area_rate: 0.005031034527,
    pg.jerk: 0.7718900096,
    pg.mean_frequency: 0.6163649643,
}


@pytest.mark.parametrize(("function", "expected"), RAW.items())
def test_raw_measures_of_the_reference_record(record, function, expected):
    assert function(plane_of(record[0])) == pytest.approx(expected, rel=1e-6)


@pytest.mark.parametrize(("function", "expected"), SLOW.items())
def test_measures_below_3_5_hz_of_the_reference_record(record, function, expected):
    slow = lowpass(record[0], 3.5, RATE_HZ)
    assert function(plane_of(slow)) == pytest.approx(expected, rel=1e-6)


def test_ellipses_agree_with_two_other_programs(record):
    points = plane_of(record[0]).points
    assert pg.ellipse95(points) == pytest.approx(0.0490312218, rel=1e-6)
    assert pg.ellipse95_exact(points) == pytest.approx(0.04915395274, rel=1e-6)
    slow = plane_of(lowpass(record[0], 3.5, RATE_HZ)).points
    assert pg.ellipse95(slow) == pytest.approx(0.04632438962, rel=1e-6)
    assert pg.ellipse95_exact(slow) == pytest.approx(0.04644034504, rel=1e-6)


def test_measures_agree_with_a_third_program_in_centimetres(record):
    # it uses n in place of n - 1 in path and area rates, and 1/n variances
    p = plane_of(record[0] * 100.0)
    n = 2000
    assert pg.path_rate(p) * (n - 1) / n == pytest.approx(181.9407348, rel=1e-6)
    assert pg.rms_distance(p) == pytest.approx(7.322973861, rel=1e-6)
    assert pg.sway_area_rate(p) == pytest.approx(375.7455461, rel=1e-6)
    assert pg.mean_frequency(p) == pytest.approx(4.396864148, rel=1e-6)
    assert pg.ellipse95_exact(p.points) * (n - 1) / n == pytest.approx(491.2937576, rel=1e-6)


@pytest.mark.parametrize(
    ("cutoff_hz", "power", "f50", "f95", "centroid", "dispersion"),
    [
        (None, 0.003158287271, 0.3283947269, 1.329455603, 0.6931416175, 0.6838772405),
        (3.5, 0.003111078949, 0.3238465002, 1.310704883, 0.6079268559, 0.6272489827),
    ],
)
def test_spectrum_of_the_reference_record(record, cutoff_hz, power, f50, f95, centroid, dispersion):
    ml = record[0][:, 1]
    ml = ml if cutoff_hz is None else lowpass(ml[:, None], cutoff_hz, RATE_HZ)[:, 0]
    found = pg.spectral_measures(ml - ml.mean(), RATE_HZ)
    expected = (power, f50, f95, centroid, dispersion)
    got = (found.power, found.f50_hz, found.f95_hz, found.centroid_hz, found.dispersion)
    assert got == pytest.approx(expected, rel=1e-6)


def test_sway_of_the_reference_record(record):
    rate = lowpass(record[1], 10.0, RATE_HZ)
    rate = rate - rate.mean(axis=0)
    assert sway.rms(rate) == pytest.approx(1.300696575, rel=1e-9)
    assert sway.tilt_speed(rate) == pytest.approx(1.134438369, rel=1e-9)


def test_unit_circle_has_its_closed_forms():
    t = np.arange(2000) / RATE_HZ
    p = pg.plane(np.sin(2 * np.pi * t), np.cos(2 * np.pi * t), RATE_HZ)
    step = np.pi / RATE_HZ
    assert pg.mean_distance(p) == pytest.approx(1.0, rel=1e-9)
    assert pg.rms_distance(p) == pytest.approx(1.0, rel=1e-9)
    assert pg.path_rate(p) == pytest.approx(2 * RATE_HZ * np.sin(step), rel=1e-9)
    assert pg.sway_area_rate(p) == pytest.approx(RATE_HZ / 2 * np.sin(2 * step), rel=1e-9)
    assert pg.jerk(p) == pytest.approx(RATE_HZ / 2 * 1999 * (2 * np.sin(step)) ** 2, rel=1e-9)
    assert pg.mean_frequency(p) == pytest.approx(0.9998355147, rel=1e-9)
    assert pg.ellipse95(p.points) == pytest.approx(9.416078542, rel=1e-9)
    tone = pg.spectral_measures(p.ml, RATE_HZ)
    assert tone.centroid_hz == pytest.approx(1.001665158, rel=1e-9)
    assert tone.dispersion == pytest.approx(0.0576, abs=5e-5)  # leakage, not zero


def test_mean_velocity_of_a_circle_is_its_speed():
    # acceleration of size 1 turning once a second is the derivative of a velocity 1 / (2 pi)
    t = np.arange(4000) / RATE_HZ
    p = pg.plane(np.sin(2 * np.pi * t), np.cos(2 * np.pi * t), RATE_HZ)
    assert pg.mean_velocity(p) == pytest.approx(1 / (2 * np.pi), rel=0.01)


def test_an_offset_does_not_make_velocity_drift():
    t = np.arange(2000) / RATE_HZ
    still = pg.plane(np.sin(t) + 0.2, np.cos(3 * t), RATE_HZ)
    moved = pg.plane(np.sin(t) + 5.2, np.cos(3 * t) - 1.0, RATE_HZ)
    assert pg.mean_velocity(still) == pytest.approx(pg.mean_velocity(moved), rel=1e-9)


def test_increments_never_cross_a_hole(record):
    acc, _ = record
    valid = np.ones(2000, dtype=bool)
    valid[700:900] = False
    apart = acc.copy()
    apart[900:, :2] += 50.0  # a jump inside the hole
    apart[:, :2] -= apart[valid, :2].mean(axis=0)
    first, second = plane_of(acc[:700]), plane_of(acc[900:])
    both = pg.plane(apart[:, 0], apart[:, 1], RATE_HZ, valid)
    assert pg.path(both) == pytest.approx(pg.path(first) + pg.path(second), rel=1e-9)
    assert pg.jerk(both) == pytest.approx(pg.jerk(first) + pg.jerk(second), rel=1e-9)


def test_duration_scales_path_and_jerk_but_not_their_rates():
    def circle(seconds):
        t = np.arange(round(seconds * RATE_HZ)) / RATE_HZ
        return pg.plane(np.sin(2 * np.pi * t), np.cos(2 * np.pi * t), RATE_HZ)

    ten, forty = circle(10), circle(40)
    assert pg.path(forty) / pg.path(ten) == pytest.approx(4.0, rel=1e-2)
    assert pg.path_rate(forty) == pytest.approx(pg.path_rate(ten), rel=1e-9)


def test_the_outline_encloses_the_area_of_the_ellipse(record):
    points = plane_of(record[0]).points
    x, y = pg.ellipse95_outline(points, n=4001).T
    area = 0.5 * abs(np.sum(x[:-1] * y[1:] - x[1:] * y[:-1]))
    assert area == pytest.approx(pg.ellipse95(points), rel=1e-5)


def test_one_motion_gives_one_low_passed_power_at_every_rate():
    from tests.helpers import sines

    def power(rate_hz):
        _, rate = sines(rate_hz)
        return sway.rms(lowpass(rate, 10.0, rate_hz))

    powers = [power(rate_hz) for rate_hz in (50, 52, 100, 104, 208, 416)]
    assert max(powers) / min(powers) - 1 < 1e-3


def test_white_noise_passes_with_the_bandwidth_of_the_filter():
    # zero-phase second order: 0.833 of the cut-off
    density = 0.0038
    found = []
    for seed in range(40):
        noise = np.random.default_rng(seed).normal(0, density * np.sqrt(RATE_HZ / 2), (2000, 3))
        found.append(sway.rms(lowpass(noise, 10.0, RATE_HZ)))
    assert np.mean(found) == pytest.approx(density * np.sqrt(3 * 0.833 * 10.0), rel=0.03)


def test_noise_subtraction_leaves_the_sway():
    rng = np.random.default_rng(0)
    from tests.helpers import sines

    _, clean = sines(RATE_HZ)
    rest = lowpass(rng.normal(0, 0.3, (1000, 3)), 10.0, RATE_HZ)
    noise_dps2 = float(np.var(rest, axis=0).sum())
    noisy = lowpass(clean + rng.normal(0, 0.3, clean.shape), 10.0, RATE_HZ)
    truth = sway.rms(lowpass(clean, 10.0, RATE_HZ))
    assert sway.noise_free(sway.rms(noisy), noise_dps2) == pytest.approx(truth, rel=5e-3)
    assert sway.noise_free(0.1, 1.0) == 0.0
