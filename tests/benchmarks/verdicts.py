"""How often the verdict of a trend is wrong: ``python -m tests.benchmarks.verdicts``. All histories are simulated."""

from __future__ import annotations

import numpy as np

from imu_ankle.core.exercise import Better
from imu_ankle.progress.verdict import Verdict, compare
from tests.progress.histories import sways
from tests.progress.test_verdict import share, verdicts

PEOPLE = 2000
SESSIONS = (5, 8, 12, 30)
CHANGED = (Verdict.BETTER, Verdict.WORSE)


def people(rng, sessions, day_sd, trial_sd, *, trials=3, odd=0.0, drift=0.0):
    """Return histories of people who don't change; `odd` days now and then, or days that drift."""
    made = sways(rng, PEOPLE, sessions, trials, day_sd=0.0, trial_sd=trial_sd)
    days = rng.normal(0.0, day_sd, (PEOPLE, sessions, 1))
    for i in range(1, sessions):
        days[:, i] = drift * days[:, i - 1] + np.sqrt(1.0 - drift**2) * days[:, i]
    strange = rng.random((PEOPLE, sessions, 1)) < odd
    return made * np.exp(days + strange * rng.normal(0.0, 0.5, (PEOPLE, sessions, 1)))


def of_counts(rng, sessions):
    """Return verdicts on people who mostly do all twenty, one set a session."""
    counts = rng.choice([20.0, 20.0, 20.0, 19.0, 18.0], (PEOPLE, sessions))
    ones, none = np.ones(sessions, dtype=np.int64), np.zeros(sessions)
    return [
        compare(each, ones, none, better=Better.HIGHER, resolution=1.0).verdict for each in counts
    ]


KINDS = {
    "trials differ by 20 %, days don't": {"day_sd": 0.0, "trial_sd": 0.2},
    "days differ by 20 %, trials don't": {"day_sd": 0.2, "trial_sd": 0.01},
    "days by 12 %, trials by 18 %": {"day_sd": 0.12, "trial_sd": 0.18},
    "the same, one trial a session": {"day_sd": 0.12, "trial_sd": 0.18, "trials": 1},
    "the same, 5 % of days are off by 50 %": {"day_sd": 0.12, "trial_sd": 0.18, "odd": 0.05},
    "days drift (correlation 0.4 from one to the next)": {
        "day_sd": 0.15, "trial_sd": 0.1, "drift": 0.4,
    },
}  # fmt: skip


def main() -> None:
    head = " | ".join(f"false, {n} sessions" for n in SESSIONS)
    print(f"| simulated noise | {head} | 1.5 x MDC95 seen |")
    print("|---|" + "---|" * (len(SESSIONS) + 1))
    for seed, (name, kind) in enumerate(KINDS.items(), 1000):
        rng = np.random.default_rng(seed)
        cells = [
            f"{100 * share(verdicts(people(rng, n, **kind)), *CHANGED):.1f} %" for n in SESSIONS
        ]
        trials = kind.get("trials", 3)
        error = np.hypot(kind["day_sd"], kind["trial_sd"] / np.sqrt(trials))
        changed = people(rng, 12, **kind)
        changed[:, -3:] *= np.exp(-1.5 * 1.96 * np.sqrt(2.0) * error)
        cells.append(f"{100 * share(verdicts(changed), Verdict.BETTER):.0f} %")
        print(f"| {name} | {' | '.join(cells)} |")
    cells = [
        f"{100 * share(of_counts(np.random.default_rng(n), n), *CHANGED):.1f} %" for n in SESSIONS
    ]
    print(f"| counts: 20, in two sessions of five 19 or 18 | {' | '.join(cells)} | |")
    looked = people(np.random.default_rng(2000), 36, 0.12, 0.18)[:300]
    ever = np.zeros(len(looked), dtype=bool)
    for n in range(5, 37):
        ever |= [verdict in CHANGED for verdict in verdicts(looked[:, :n])]
    print(
        f"\nEver told of a change in 36 sessions, looked at after each: {100 * ever.mean():.0f} %"
    )


if __name__ == "__main__":
    main()
