"""Print how right hops and jump squats are on simulated sets, condition by condition.

Run with ``python -m tests.benchmarks.flights``. Seeds and wearers differ from those of the tests and from
all that were used in development; the simulator is the project's own.
"""

import sys
from collections import Counter
from dataclasses import dataclass, field, replace
from itertools import pairwise

import numpy as np
from rich.progress import track

from imu_ankle.simulation.catalogue import SIMULATIONS, simulate
from imu_ankle.simulation.plan import SetPlan
from imu_ankle.simulation.sensor import MOUNTS_M, SensorModel
from imu_ankle.simulation.wearer import Wearer
from tests.helpers import HOPS, JUMPS, accepted, count, recording_of, true_reps

SETS = 20
FIRST_SEED = 820_000
INCHES12_M, TOO_CLOSE_M = 0.3048, 0.03
CHIP = SensorModel(rate_hz=208.0, lowpass_share=0.4, misalignment_deg=0.5)


@dataclass(frozen=True)
class Condition:
    name: str
    model: SensorModel = CHIP
    plan: SetPlan = field(default_factory=SetPlan)
    wearer: dict[str, float] | None = None


def at(rate_hz, **more):
    return replace(CHIP, rate_hz=rate_hz, **more)


CONDITIONS = (
    *(Condition(f"{rate:g} Hz", at(rate)) for rate in (50.0, 104.0, 208.0, 416.0)),
    *(
        Condition(f"{rate:g} Hz, no filter on the chip", at(rate, lowpass_share=0.0))
        for rate in (50.0, 104.0)
    ),
    *(Condition(f"clip on the {name}", at(104.0, arm_m=arm)) for name, arm in MOUNTS_M.items()),
    Condition("soft landings", at(104.0), wearer={"hardness": 0.55}),
    Condition("hard landings, 16 g", CHIP, wearer={"hardness": 1.15}),
    Condition("hard landings, 8 g", at(208.0, acc_range_g=8.0), wearer={"hardness": 1.15}),
    Condition(
        "hard landings, 8 g, clipped before the filter",
        at(208.0, acc_range_g=8.0, clips_inside=True),
        wearer={"hardness": 1.15},
    ),
    Condition("flat landings", at(104.0), SetPlan(variation="flat-landing")),
    Condition("1 % of samples lost", at(104.0, loss=0.01)),
    Condition("stamps jitter by 1 ms, clock 2 % fast", at(104.0, jitter_s=0.001, rate_error=0.02)),
    Condition("walking before and after", at(104.0), SetPlan(strides_before=6, strides_after=6)),
    Condition("pauses", at(104.0), SetPlan(pauses=4)),
    Condition(
        "attempts that don't count, second bounces", at(104.0), SetPlan(partials=4, doubles=4)
    ),
)


def wearer_of(rng, fixed):
    """Draw a wearer unlike those that the simulator offers."""
    drawn = Wearer(
        hop_s=rng.uniform(0.16, 0.36),
        jump_s=rng.uniform(0.26, 0.56),
        width_m=rng.uniform(0.12, 0.5),
        contact_s=rng.uniform(0.25, 0.7),
        hardness=rng.uniform(0.6, 1.0),
        push_deg=rng.uniform(28.0, 48.0),
        sway_dps=rng.uniform(1.5, 7.0),
        spread=rng.uniform(0.03, 0.14),
        tiring=rng.uniform(0.0, 0.01),
    )
    return replace(drawn, **(fixed or {}))


@dataclass
class Tally:
    exact: int = 0
    missed: int = 0
    false: int = 0
    flight_s: tuple[float, ...] = ()
    contact_s: tuple[float, ...] = ()
    lateral_m: tuple[float, ...] = ()
    wrong: int = 0


def judge_set(result, truth, tally):
    """Add a set to the tally: repetitions pair up where their flights overlap."""
    found, reps = accepted(result), true_reps(truth)
    pairs = []
    for rep in reps:
        over = [e for e in found if e.start_s < rep["landing_s"] and e.end_s > rep["takeoff_s"]]
        if len(over) == 1:
            pairs.append((over[0], rep))
    tally.missed += len(reps) - len(pairs)
    tally.false += len(found) - len(pairs)
    tally.exact += len(found) == len(reps) == len(pairs)
    tally.flight_s += tuple(
        (e.end_s - e.start_s) - (r["landing_s"] - r["takeoff_s"]) for e, r in pairs
    )
    for (e, r), (_, following) in pairwise(pairs):
        if e.values["contact_s"] is not None:
            tally.contact_s += (e.values["contact_s"] - (following["takeoff_s"] - r["landing_s"]),)
    for e, r in pairs:
        if "lateral_m" not in r:
            continue
        tally.lateral_m += (e.values["lateral_m"] - r["lateral_m"],)
        far = abs(r["lateral_m"] - INCHES12_M) > TOO_CLOSE_M
        right = "yes" if r["lateral_m"] > INCHES12_M else "no"
        tally.wrong += far and e.values["reached"] not in {right, "borderline"}


def run(exercise, condition):
    tally = Tally()
    for i in range(SETS):
        seed = FIRST_SEED + i
        plan = replace(
            condition.plan, wearer=wearer_of(np.random.default_rng(seed), condition.wearer)
        )
        side = "left" if i % 2 else "right"
        trial = simulate(exercise, plan, condition.model, side=side, seed=seed)
        judge_set(count(recording_of(trial), exercise, side=side), trial.truth, tally)
    return tally


def middle(values, scale):
    return f"{scale * np.median(np.abs(values)):.1f}" if len(values) else "–"


def sets_table(exercise):
    widths = exercise == HOPS
    head = ["simulated condition", "sets", "exact sets", "repetitions missed", "false"]
    head += ["flight off, ms, median", "contact off, ms, median"]
    head += ["width off, cm, mean / worst", "wrong on 12 inches"] if widths else []
    yield "| " + " | ".join(head) + " |"
    yield "|" + "---|" * len(head)
    for condition in track(CONDITIONS, exercise, transient=True, disable=not sys.stderr.isatty()):
        t = run(exercise, condition)
        cells = [condition.name, SETS, t.exact, t.missed, t.false]
        cells += [middle(t.flight_s, 1e3), middle(t.contact_s, 1e3)]
        if widths:
            off = 100.0 * np.abs(t.lateral_m)
            cells += [f"{off.mean():.1f} / {off.max():.1f}", t.wrong]
        yield "| " + " | ".join(map(str, cells)) + " |"


def holes_table():
    """Holes over 50 ms may cost the repetitions that they touch, if the result says so."""
    yield "| holes of 100 ms, about four a set | sets | repetitions missed | touched by a hole | sets short | of these told |"
    yield "|" + "---|" * 6
    model = at(104.0, loss=0.02, loss_burst=10)
    for exercise in (HOPS, JUMPS):
        missed = touched = short = told = 0
        for i in range(SETS):
            seed = FIRST_SEED + i
            rng = np.random.default_rng(seed)
            trial = simulate(exercise, SetPlan(wearer=wearer_of(rng, None)), model, seed=seed)
            result, tally = count(recording_of(trial), exercise), Tally()
            judge_set(result, trial.truth, tally)
            lost_s = np.setdiff1d(np.arange(trial.readings.seq[-1]), trial.readings.seq) / 104.0
            for rep in true_reps(trial.truth):
                near = (lost_s > rep["takeoff_s"] - 0.25) & (lost_s < rep["landing_s"] + 0.15)
                touched += bool(near.any())
            missed += tally.missed
            short += bool(tally.missed)
            told += bool(tally.missed) and "one_probably_missing" in result.quality.reasons
        yield f"| {exercise} | {SETS} | {missed} | {touched} | {short} | {told} |"


def negatives_table():
    yield "| simulated, and neither hop nor jump | recordings | hops | jumps |"
    yield "|---|---|---|---|"
    others = [name for name in SIMULATIONS if name not in {HOPS, JUMPS}]
    for name in others:
        found: Counter[str] = Counter()
        for i in range(SETS):
            seed = FIRST_SEED + i
            rng = np.random.default_rng(seed)
            plan = SetPlan(
                reps=min(10, SIMULATIONS[name].reps), partials=1, wearer=wearer_of(rng, None)
            )
            model = at(float(rng.choice([52.0, 104.0, 208.0])))
            recording = recording_of(simulate(name, plan, model, side="left", seed=seed))
            for exercise in (HOPS, JUMPS):
                found[exercise] += count(recording, exercise, side="left").reps or 0
        yield f"| {name} | {SETS} | {found[HOPS]} | {found[JUMPS]} |"


def main():
    for title, lines in (
        ("Lateral hops, 20 a set", sets_table(HOPS)),
        ("Jump squats, 20 a set", sets_table(JUMPS)),
        ("Holes", holes_table()),
        ("Neither", negatives_table()),
    ):
        print(f"\n### {title}\n")
        for line in lines:
            print(line, flush=True)


if __name__ == "__main__":
    main()
