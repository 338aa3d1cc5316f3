"""Print which recording holds each detector parameter.

Run with ``python -m tests.benchmarks.parameters [EXERCISE ...]``. Each parameter is multiplied by 0.5, 0.8,
1.25 and 2, one at a time, and every recording is analysed again: simulated sets and movements that are
none, and the recordings of real people where ``IMU_ANKLE_TEST_DATA`` names their folder. A recording
holds a parameter if its outcome moves: the count, why candidates were rejected, a reason, or any metric by
more than 2 %. What nothing holds can be changed without anybody noticing: a candidate to go.
"""

import sys
from collections import Counter
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, replace

import numpy as np

from imu_ankle import Recording, UsageError
from imu_ankle.analysis.exercises import EXERCISES
from imu_ankle.analysis.preprocessing import preprocess
from imu_ankle.core.errors import ImuAnkleError
from imu_ankle.core.exercise import TrialContext
from imu_ankle.core.motion import Motion
from imu_ankle.core.options import Placement, Side
from imu_ankle.core.params import values_of, with_values
from imu_ankle.simulation.catalogue import SIMULATIONS, simulate
from imu_ankle.simulation.plan import SetPlan
from imu_ankle.simulation.sensor import MOUNTS_M, SensorModel, arm_at
from tests.helpers import CHIP, recording_of
from tests.people import moved_feet, others_folder, raises

FACTORS = (0.5, 0.8, 1.25, 2.0)
FIRST_SEED = 940_000  # of no test and no other benchmark
REPS = {"heel-walks": 12, "star-taps": 2, "single-leg-balance": 1}  # else 8
NEGATIVES = ("walking", "handling")
# real people's movements that are none of the exercises of a foot
OF_A_FOOT = {"heel-walks", "star-taps", "single-leg-balance", "heel-raises", "toe-points"}
NONE_OF_THEM = {
    "2022_01_0401_left_laces", "FAILT01_Walk01_right_laces", "run0350_left_laces", "cmu_02_10_left_laces",
    "s4_squats1_left_laces", "s4_STS1_right_laces",
}  # fmt: skip
MOVED = 0.02  # of a metric


@dataclass(frozen=True)
class Case:
    """A recording that is prepared, and what is known of it."""

    name: str
    motion: Motion
    context: TrialContext
    real: bool = False


def simulated(slug: str):
    """Yield sets of an exercise at several rates, mounts and sides, and movements that are none."""
    rates = (52.0, 104.0, 208.0, 416.0)
    mounts = list(MOUNTS_M.values())
    for number, variation in enumerate((SIMULATIONS[slug].variations or (None,)) * 2):
        seed, side = FIRST_SEED + number, ("right", "left")[number % 2]
        placement = SIMULATIONS[slug].placement_of(variation)
        arm = mounts[number % len(mounts)] if placement is Placement.SHOE else arm_at(placement)
        model = replace(CHIP, rate_hz=rates[number % len(rates)], arm_m=arm)
        plan = SetPlan(
            reps=REPS.get(slug, 8), variation=variation, strides_before=4 * (number % 2),
            partials=2 * (number % 3 == 2) if slug != "single-leg-balance" else number % 2,
        )  # fmt: skip
        trial = simulate(slug, plan, model, side=side, seed=seed)
        name = f"simulated {variation or slug} {seed}"
        yield name, recording_of(trial), Side(side), placement
    for number, name in enumerate(NEGATIVES):
        trial = simulate(name, SetPlan(), SensorModel(), side="left", seed=FIRST_SEED + number)
        yield f"simulated {name}", recording_of(trial), Side.LEFT, EXERCISES[slug].placement


def real(slug: str):
    """Yield recordings of real people in which the exercise was done, or something like it."""
    folder = others_folder()
    if folder is None:
        return
    clips = [*raises(folder), *moved_feet(folder)]
    flights = {"jump-squats", "lateral-hops"}
    for clip in clips:
        alike = clip.exercise == slug or (slug in flights and clip.exercise in flights)
        if alike or (slug in OF_A_FOOT and clip.name in NONE_OF_THEM):
            placement = Placement.SHANK if slug == "mini-squats" else EXERCISES[slug].placement
            yield clip.name, clip.recording, Side(clip.side), placement


def cases(slug: str) -> list[Case]:
    found = []
    for source, is_real in ((simulated, False), (real, True)):
        for name, recording, side, placement in source(slug):
            motion = prepared(recording)
            if motion is not None:
                context = TrialContext(side=side, placement=placement)
                found.append(Case(name, motion, context, is_real))
    return found


def prepared(recording: Recording) -> Motion | None:
    try:
        return preprocess(recording)
    except ImuAnkleError:
        return None


def outcome(slug: str, case: Case, params: object):
    """Return what is compared: events by code, reasons, and the numbers."""
    try:
        found = EXERCISES[slug].measure(case.motion, case.context, params)
    except ImuAnkleError as error:
        return (error.code,), {}
    except (ValueError, IndexError, ZeroDivisionError, FloatingPointError):
        return ("breaks",), {}
    codes = Counter(str(event.rejected) for event in found.events)
    numbers = {
        key: metric.value
        for key, metric in found.metrics.items()
        if isinstance(metric.value, float)
    }
    return (*sorted(codes.items()), *found.reasons), numbers


def moved(before, after) -> bool:
    """Whether one outcome differs from another."""
    if before[0] != after[0] or before[1].keys() != after[1].keys():
        return True
    pairs = [(before[1][key], after[1][key]) for key in before[1]]
    return any(abs(a - b) > MOVED * max(abs(a), 1e-9) for a, b in pairs)


def scaled(value, factor: float):
    if isinstance(value, tuple):
        return tuple(scaled(each, factor) for each in value)
    return max(1, round(value * factor)) if isinstance(value, int) else value * factor


def sweep(slug: str) -> list[str]:
    """Return the rows of an exercise's table."""
    known = cases(slug)
    params = EXERCISES[slug].params
    usual = [outcome(slug, case, params) for case in known]
    rows = []
    for name, value in values_of(params).items():
        counts, holders = [], []
        for factor in FACTORS:
            try:
                changed = with_values(params, {name: scaled(value, factor)})
            except UsageError:
                counts.append(0)
                continue
            hit = [
                case
                for case, before in zip(known, usual, strict=True)
                if moved(before, outcome(slug, case, changed))
            ]
            counts.append(len(hit))
            holders += hit
        first = sorted(dict.fromkeys((not case.real, case.name) for case in holders))[:2]
        held_by = "; ".join(case_name for _, case_name in first) or "**nothing**"
        shown = ", ".join(f"{each:g}" for each in np.atleast_1d(value))
        rows.append(f"| `{name}` | {shown} | {' | '.join(map(str, counts))} | {held_by} |")
    free = sum("**nothing**" in row for row in rows)
    head = [
        f"## {EXERCISES[slug].title}",
        "",
        f"{len(rows)} parameters, {len(known)} recordings ({sum(c.real for c in known)} of real people); "
        f"{free} parameters are held by none of them.",
        "",
        "| parameter | value | x0.5 | x0.8 | x1.25 | x2 | held by (first) |",
        "|---|---|---|---|---|---|---|",
    ]
    return [*head, *rows, ""]


def main():
    wanted = sys.argv[1:] or list(EXERCISES)
    with ProcessPoolExecutor(max_workers=2) as pool:
        for rows in pool.map(sweep, wanted):
            print("\n".join(rows), flush=True)


if __name__ == "__main__":
    np.seterr(all="ignore")
    main()
