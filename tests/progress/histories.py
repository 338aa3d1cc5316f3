"""Simulated histories as tidy tables: what a person scores in session after session."""

from datetime import UTC, datetime, timedelta

import numpy as np

from imu_ankle.progress.table import FACTS, Facts, tidy

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
BALANCE = "single-leg-balance"


def facts(session=0, trial=0, *, day=None, start=None, **known):
    """Return a trial's facts; sessions are a week apart and end at `NOW`."""
    started = start or (NOW - timedelta(days=7 * 52) + timedelta(days=7 * session, minutes=trial))
    values = {
        "trial": f"s{session:04d}t{trial}",
        "session": f"s{session:04d}",
        "athlete": "anna",
        "started_at": started.isoformat(),
        "day": day or started.date().isoformat(),
        "utc_s": started.timestamp(),
        "exercise": BALANCE,
        "leg": "left",
        "side": "left",
        "placement": "shoe",
        "eyes": "open",
        "surface": "floor",
        "shoe": None,
        "sensor": "AnkleIMU",
        "simulated": True,
        "metric_set": 1,
        "grade": "ok",
        "aside": None,
        "done": 20.0,
        "seconds": 20.0,
    }
    assert set(values) == set(FACTS)
    return Facts(**{**values, "trial": f"{values['trial']}{known.get('leg', '')}", **known})


def history(values, key="sway_rms_dps", **known):
    """Return the tidy table of (sessions, trials) values; NaN is a trial that wasn't done."""
    return tidy(
        (facts(session, trial, **known), [(key, float(value), 1)])
        for session, row in enumerate(np.atleast_2d(values))
        for trial, value in enumerate(row)
        if np.isfinite(value)
    )


def sways(rng, people, sessions, trials, *, day_sd, trial_sd, typical=4.0):
    """Return (people, sessions, trials) sways of people who don't change, lognormal."""
    days = rng.normal(0.0, day_sd, (people, sessions, 1))
    return typical * np.exp(days + rng.normal(0.0, trial_sd, (people, sessions, trials)))
