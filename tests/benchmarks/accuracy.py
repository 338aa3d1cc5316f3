"""Print how right the results are on simulated trials, condition by condition.

Run with ``python -m tests.benchmarks.accuracy``. Seeds and wearers differ from those of the tests; the
simulator is the project's own, so this shows consistency with its physics, not with people.
"""

from dataclasses import dataclass, replace

import numpy as np

from imu_ankle.simulation.sensor import SensorModel
from imu_ankle.simulation.trials import BalancePlan, balance_trial, standing_trial, walking_trial
from tests.helpers import recording_of, score_balance, values

TRIALS = 40
FIRST_SEED = 900_000


@dataclass(frozen=True)
class Condition:
    name: str
    plan: BalancePlan
    model: SensorModel


PLAIN = BalancePlan(raises_before=0)
REAL = SensorModel(rate_hz=104.0)
CONDITIONS = (
    *(
        Condition(f"noise-free sensor, {rate:g} Hz", PLAIN, SensorModel.ideal(rate))
        for rate in (50.0, 104.0, 208.0, 416.0)
    ),
    *(
        Condition(f"real sensor, {rate:g} Hz", PLAIN, replace(REAL, rate_hz=rate))
        for rate in (50.0, 104.0, 208.0, 416.0)
    ),
    Condition("walking before and after", replace(PLAIN, strides_before=6, strides_after=6), REAL),
    Condition(
        "steps in place before and after",
        replace(PLAIN, strides_before=5, strides_after=5, in_place=True),
        REAL,
    ),
    Condition("handled before", replace(PLAIN, handling_s=4.0), REAL),
    Condition("heel raises before", replace(PLAIN, raises_before=2), REAL),
    Condition("one recovered loss", replace(PLAIN, losses_at_s=(9.0,)), REAL),
    Condition("three recovered losses", replace(PLAIN, losses_at_s=(4.0, 9.0, 14.0)), REAL),
    Condition("3 % of samples lost", PLAIN, replace(REAL, loss=0.03)),
    Condition("bursts of 100 ms lost", PLAIN, replace(REAL, loss=0.03, loss_burst=10)),
    Condition("stamps jitter by 3 ms", PLAIN, replace(REAL, jitter_s=0.003)),
    Condition("ends after 6 s", replace(PLAIN, stance_s=6.0), REAL),
)


def run(condition: Condition) -> str:
    errors, edges, lost, false = [], [], 0, 0
    unseen = 0
    for i in range(TRIALS):
        seed = FIRST_SEED + i
        rng = np.random.default_rng(seed)
        plan = replace(
            condition.plan,
            sway_dps=float(np.exp(rng.uniform(np.log(1.5), np.log(12.0)))),
            two_legs_dps=float(rng.uniform(0.1, 0.6)),
            lean_deg=float(rng.uniform(1.0, 5.0)),
            before_s=float(rng.uniform(1.5, 6.0)),
            after_s=float(rng.uniform(1.5, 6.0)),
        )
        side = "left" if i % 2 else "right"
        trial = balance_trial(plan, condition.model, side=side, seed=seed)
        result = score_balance(recording_of(trial), side=side)
        found = values(result)
        truth = trial.truth
        errors.append(abs(found["sway_rms_dps"] / truth["sway_rms_dps"] - 1.0))
        (span,) = result.spans
        edges += [
            abs(span.start_s - truth["stance"]["start_s"]),
            abs(span.end_s - truth["stance"]["end_s"]),
        ]
        lost += max(0, len(truth["losses"]) - found["losses"])
        false += max(0, found["losses"] - len(truth["losses"]))
        unseen += "no_weight_shift" in result.quality.reasons
    cells = [
        condition.name,
        TRIALS,
        unseen,
        f"{np.median(edges):.2f} / {np.max(edges):.2f}",
        f"{100 * np.median(errors):.1f} / {100 * np.max(errors):.1f}",
        f"{lost} / {false}",
    ]
    return "| " + " | ".join(map(str, cells)) + " |"


def negatives() -> list[str]:
    lines = []
    kinds = {
        "two legs only": lambda seed: standing_trial(
            REAL,
            seconds=20.0,
            rate_dps=float(np.random.default_rng(seed).uniform(0.1, 0.9)),
            seed=seed,
        ),
        "walking only": lambda seed: walking_trial(REAL, strides=12, seed=seed),
        "steps in place only": lambda seed: walking_trial(
            REAL, strides=12, seed=seed, in_place=True
        ),
    }
    for name, make in kinds.items():
        claimed = losses = 0
        for i in range(TRIALS):
            result = score_balance(recording_of(make(FIRST_SEED + i)))
            claimed += "no_weight_shift" not in result.quality.reasons
            losses += values(result)["losses"] or 0
        lines.append(f"| {name} | {TRIALS} | {claimed} | {losses} |")
    return lines


def main() -> None:
    print(
        "| simulated condition | trials | stances not seen | ends off, s, median / worst |", end=""
    )
    print(" sway off, %, median / worst | losses missed / false |")
    print("|---|---|---|---|---|---|")
    for condition in CONDITIONS:
        print(run(condition), flush=True)
    print("\n| simulated negative | recordings | claimed as a stance | losses claimed |")
    print("|---|---|---|---|")
    print("\n".join(negatives()))


if __name__ == "__main__":
    main()
