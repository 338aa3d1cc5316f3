"""The bar: few false verdicts on people who don't change, and changes beyond the noise are seen."""

import numpy as np
import pytest

from imu_ankle.analysis.exercises import EXERCISES
from imu_ankle.core.exercise import Better
from imu_ankle.progress.noise import median_variance
from imu_ankle.progress.trend import followed, working_scale
from imu_ankle.progress.verdict import Verdict, compare
from tests.progress.histories import BALANCE, NOW, history, sways

PEOPLE = 2000
SWAY = EXERCISES[BALANCE].spec("sway_rms_dps")
# standard deviations of ln W between days and between trials; the reference has 0.15 to 0.25 for both
NOISES = {"trials only": (0.0, 0.2), "days only": (0.2, 0.01), "both": (0.12, 0.18)}


def verdicts(people, better=Better.LOWER):
    """Return the verdict on each (sessions, trials) history, by the function of the product."""
    scaled = working_scale(people, SWAY)
    k = np.isfinite(people).sum(axis=2)
    values = np.nanmedian(people, axis=2)
    return [
        compare(
            working_scale(values[i], SWAY),
            k[i],
            np.nanvar(scaled[i], axis=1) * k[i],
            better=better,
            resolution=0.001,
        ).verdict
        for i in range(len(people))
    ]


def share(found, *wanted):
    return np.mean([verdict in wanted for verdict in found])


@pytest.mark.parametrize("noise", NOISES)
@pytest.mark.parametrize("sessions", [5, 6, 7, 8, 10, 12, 25, 60])
def test_people_who_do_not_change_are_told_so(noise, sessions):
    day_sd, trial_sd = NOISES[noise]
    people = sways(
        np.random.default_rng(sessions), PEOPLE, sessions, 3, day_sd=day_sd, trial_sd=trial_sd
    )
    found = verdicts(people)
    assert share(found, Verdict.FEW) == 0.0
    assert share(found, Verdict.BETTER, Verdict.WORSE) < 0.05


@pytest.mark.parametrize("noise", NOISES)
@pytest.mark.parametrize("worse", [True, False])
def test_one_and_a_half_times_the_smallest_real_change_is_seen(noise, worse):
    day_sd, trial_sd = NOISES[noise]
    people = sways(np.random.default_rng(7), PEOPLE, 12, 3, day_sd=day_sd, trial_sd=trial_sd)
    # the harder reading: as if the session value were the mean of its trials
    mdc95 = 1.96 * np.sqrt(2.0) * np.hypot(day_sd, trial_sd / np.sqrt(3.0))
    people[:, -3:] *= np.exp(1.5 * mdc95 * (1 if worse else -1))
    found = verdicts(people)
    assert share(found, Verdict.WORSE if worse else Verdict.BETTER) > 0.80
    assert share(found, Verdict.BETTER if worse else Verdict.WORSE) == 0.0


def test_a_first_session_of_learning_is_no_change():
    people = sways(np.random.default_rng(3), PEOPLE, 12, 3, day_sd=0.1, trial_sd=0.15)
    people[:, 0] *= 1.6
    assert share(verdicts(people), Verdict.BETTER, Verdict.WORSE) < 0.05


def test_one_odd_last_session_is_no_verdict_yet():
    people = sways(np.random.default_rng(4), PEOPLE, 12, 3, day_sd=0.1, trial_sd=0.15)
    people[:, -1] *= 2.0
    assert share(verdicts(people), Verdict.BETTER, Verdict.WORSE) < 0.05


@pytest.mark.parametrize("last", [1, 2])
def test_a_session_cut_short_is_noisier_and_that_is_known(last):
    people = sways(np.random.default_rng(5), PEOPLE, 12, 3, day_sd=0.0, trial_sd=0.25)
    people[:, -3:, last:] = np.nan
    assert share(verdicts(people), Verdict.BETTER, Verdict.WORSE) < 0.05


def test_a_drift_of_years_does_not_count_as_noise():
    people = sways(np.random.default_rng(6), 300, 60, 3, day_sd=0.1, trial_sd=0.1)
    people *= np.exp(-0.02 * np.arange(60))[:, None]
    assert share(verdicts(people), Verdict.BETTER) > 0.99


@pytest.mark.parametrize("odd", [0.05, 0.1])
def test_odd_days_now_and_then_make_no_verdicts(odd):
    rng = np.random.default_rng(8)
    people = sways(rng, PEOPLE, 12, 3, day_sd=0.1, trial_sd=0.15)
    people *= np.exp((rng.random((PEOPLE, 12, 1)) < odd) * rng.normal(0, 0.5, (PEOPLE, 12, 1)))
    assert share(verdicts(people), Verdict.BETTER, Verdict.WORSE) < 0.05


def test_counts_that_never_vary_need_more_than_one_missing_to_be_worse():
    def on(counts):
        values = np.array(counts, dtype=float)
        ones = np.ones(len(values), dtype=int)
        return compare(
            values, ones, np.zeros(len(values)), better=Better.HIGHER, resolution=1.0
        ).verdict

    assert on([20] * 12) is Verdict.SAME
    assert on([20] * 11 + [19]) is Verdict.SAME
    assert on([20] * 9 + [15] * 3) is Verdict.WORSE


def test_what_has_no_better_direction_gets_no_verdict():
    people = sways(np.random.default_rng(1), 5, 12, 3, day_sd=0.1, trial_sd=0.1)
    assert set(verdicts(people, better=Better.NEITHER)) == {None}


def test_the_variance_of_a_median_of_few_is_as_stated():
    rng = np.random.default_rng(1)
    for k in (1, 2, 3, 4, 5, 6, 9):
        found = np.median(rng.standard_normal((200_000, k)), axis=1).var()
        assert float(median_variance(k)) == pytest.approx(found, rel=0.08), k


def test_the_product_shows_this_very_rule():
    people = sways(np.random.default_rng(9), 40, 12, 3, day_sd=0.12, trial_sd=0.18)
    people[::2, -3:] *= 1.8
    shown = [followed(history(one), now=NOW, keys=["sway_rms_dps"])[0] for one in people]
    resolutions = [trend.comparison.verdict for trend in shown]
    assert resolutions == verdicts(people)
    assert {Verdict.WORSE, Verdict.SAME} <= set(resolutions)
