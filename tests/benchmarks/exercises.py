"""Print how right the slow exercises, heel walks and star taps are, and recognition of all eight.

Run with ``python -m tests.benchmarks.exercises``. Seeds and wearers differ from those of the tests and
from all that were used in development; the simulator is the project's own. A set is reproduced by its
seed: odd ones are left feet.
"""

import sys
from collections import Counter
from dataclasses import dataclass, field, replace

import numpy as np
from rich.progress import track

from imu_ankle.analysis.exercises import EXERCISES
from imu_ankle.analysis.preprocessing import preprocess
from imu_ankle.analysis.segmentation import recognise
from imu_ankle.core.errors import NotAnalysableError
from imu_ankle.core.exercise import TrialContext
from imu_ankle.core.options import Placement, Side
from imu_ankle.simulation.catalogue import SIMULATIONS, simulate
from imu_ankle.simulation.plan import SetPlan
from imu_ankle.simulation.sensor import MOUNTS_M, SensorModel, arm_at
from imu_ankle.simulation.wearer import Wearer
from tests.helpers import BALANCE, CHIP, accepted, count, recording_of, true_reps

SETS, OTHERS, RECOGNISED = 6, 10, 20  # per condition, movement that is no exercise, exercise
FIRST_SEED, RECOGNITION_SEED = 960_000, 970_000
RAISES, POINTS, WALKS = "heel-raises", "toe-points", "heel-walks"
STARS, SQUATS = "star-taps", "mini-squats"
REPS = {RAISES: 12, WALKS: 16, STARS: 3, BALANCE: 1}  # else 10
QUIET = not sys.stderr.isatty()
TAP_S = 0.15  # from a true tap to one found
STANCE_S = 0.4  # on the heel, at least


@dataclass(frozen=True)
class Condition:
    name: str
    model: SensorModel = CHIP
    plan: SetPlan = field(default_factory=SetPlan)
    only: tuple[str, ...] = (RAISES, POINTS, WALKS, STARS, SQUATS)


def at(rate_hz, **more):
    return replace(CHIP, rate_hz=rate_hz, **more)


SHOES = (RAISES, POINTS, WALKS, STARS)
MOUNTS = [(name, arm) for name, arm in MOUNTS_M.items() if name != "laces"]  # those are the default
WALKING = SetPlan(strides_before=6, strides_after=6)
HOLES = Condition("holes of 100 ms", at(104.0, loss=0.02, loss_burst=10))
CONDITIONS = (
    *(Condition(f"{rate:g} Hz", at(rate)) for rate in (50.0, 104.0, 208.0, 416.0)),
    *(Condition(f"{rate:g} Hz, unfiltered", at(rate, lowpass_share=0.0)) for rate in (50.0, 104.0)),
    *(Condition(f"clip on the {name}", at(104.0, arm_m=arm), only=SHOES) for name, arm in MOUNTS),
    Condition("walking before and after", at(104.0), WALKING, only=(RAISES, WALKS, STARS)),
    Condition("pauses", at(104.0), SetPlan(pauses=3), only=(RAISES, WALKS, STARS, SQUATS)),
    Condition("attempts that don't count", at(104.0), SetPlan(partials=4), only=(RAISES, POINTS)),
    Condition("toe drops", at(104.0), SetPlan(partials=4), only=(WALKS,)),
    Condition("hovers", at(104.0), SetPlan(doubles=4), only=(STARS,)),
    Condition("1 % of samples lost", at(104.0, loss=0.01)),
    Condition("stamps jitter by 1 ms, clock 2 % fast", at(104.0, jitter_s=0.001, rate_error=0.02)),
    HOLES,
)
# what is compared: label, key, factor
POINT_HOLDS = (("hold pointing, s", "hold_point_s", 1.0), ("hold flexed, s", "hold_flex_s", 1.0))
MEASURES = {
    RAISES: (("angle, deg", "angle_deg", 1.0), ("hold, s", "hold_s", 1.0)),
    POINTS: (("ROM, deg", "rom_deg", 1.0), *POINT_HOLDS),
    WALKS: (("toes up, deg", "toe_up_deg", 1.0),),
    STARS: (("reach, cm", "reach_m", 100.0),),
    SQUATS: (("tilt, deg", "tilt_deg", 1.0),),
    "waist": (("depth, cm", "depth_m", 100.0),),
}
WEARERS = {
    "hop_s": (0.16, 0.36), "jump_s": (0.26, 0.56), "width_m": (0.16, 0.5), "contact_s": (0.25, 0.7),
    "hardness": (0.6, 1.0), "push_deg": (28.0, 48.0), "raise_deg": (14.0, 44.0),
    "sway_dps": (1.5, 7.0), "spread": (0.03, 0.14), "tiring": (0.0, 0.01),
}  # fmt: skip


def wearer_of(rng):
    """Draw a wearer unlike those that the simulator offers."""
    return Wearer(**{key: rng.uniform(*limits) for key, limits in WEARERS.items()})


@dataclass
class Tally:
    sets: int = 0
    exact: int = 0
    missed: int = 0
    false: int = 0
    off: dict[str, list[float]] = field(default_factory=dict)
    directions: Counter[str] = field(default_factory=Counter)  # right, wrong, unknown
    drops_wrong: int = 0
    short: int = 0
    told: int = 0
    seeds: list[int] = field(default_factory=list)  # of sets that aren't exact


def shared_s(event, rep):
    """Return how long both last together: a tap and a stride are moments in the truth."""
    if "tap_s" in rep:
        return TAP_S - abs(event.start_s - rep["tap_s"])
    start_s = rep.get("contact_s", rep.get("start_s"))
    end_s = rep.get("end_s", start_s + STANCE_S)
    return min(end_s, event.end_s) - max(start_s, event.start_s)


def paired(found, reps):
    """Return each true repetition with the event that shares most time with it, no event twice."""
    free, pairs = list(found), []
    for rep in reps:
        best = max(free, key=lambda event: shared_s(event, rep), default=None)
        if best is not None and shared_s(best, rep) > 0.0:
            free.remove(best)
            pairs.append((best, rep))
    return pairs


def judge_set(exercise, measures, result, truth, tally, seed):
    found, reps = accepted(result), true_reps(truth)
    pairs = paired(found, reps)
    missed, false = len(reps) - len(pairs), len(found) - len(pairs)
    exact = max(missed, false) <= (1 if exercise == WALKS else 0)
    tally.sets += 1
    tally.exact += exact
    tally.missed += missed
    tally.false += false
    tally.seeds += [] if exact else [seed]
    tally.short += bool(missed)
    tally.told += bool(missed) and "one_probably_missing" in result.quality.reasons
    for event, rep in pairs:
        for _, key, _ in measures:
            value = event.values.get(key)
            if key in rep and value is not None and not rep.get("dropped"):
                tally.off.setdefault(key, []).append(value - rep[key])
        if "direction" in rep:
            said = event.values["direction"]
            right = "right" if said == rep["direction"] else "wrong"
            tally.directions["unknown" if said is None else right] += 1
        tally.drops_wrong += "dropped" in rep and event.values["dropped"] is not rep["dropped"]


def simulated(exercise, variation, condition, seed):
    """Return a simulated set's recording, truth, side and placement."""
    side = "left" if seed % 2 else "right"
    placement = SIMULATIONS[exercise].placement_of(variation)
    model = replace(condition.model, arm_m=arm_at(placement, condition.model.arm_m))
    plan = replace(
        condition.plan,
        reps=REPS.get(exercise, 10),
        variation=variation,
        wearer=wearer_of(np.random.default_rng(seed)),
        raises_before=2 if exercise in {WALKS, STARS} else condition.plan.raises_before,
    )
    trial = simulate(exercise, plan, model, side=side, seed=seed)
    return recording_of(trial), trial.truth, side, placement


def run(exercise, variation, condition, measures):
    tally = Tally()
    for seed in range(FIRST_SEED, FIRST_SEED + SETS):
        recording, truth, side, placement = simulated(exercise, variation, condition, seed)
        result = count(recording, exercise, side=side, placement=placement)
        judge_set(exercise, measures, result, truth, tally, seed)
    return tally


def middle(values, scale):
    return f"{scale * np.median(np.abs(values)):.2g}" if values else "–"


def share(count_, total):
    return f"{100.0 * count_ / total:.1f}" if total else "–"


def sets_table(exercise, variation, holes):
    turns, walks = exercise in {WALKS, STARS}, exercise == WALKS
    measures = MEASURES[variation if variation in MEASURES else exercise]
    head = ["simulated condition", "sets", "within one stride" if walks else "exact sets"]
    head += ["repetitions missed", "false", *(f"{label}, off" for label, _, _ in measures)]
    head += ["directions wrong, %", "unknown, %"] if turns else []
    head += ["drops misjudged"] if walks else []
    yield "| " + " | ".join([*head, "seeds of the others"]) + " |"
    yield "|" + "---|" * (len(head) + 1)
    conditions = [c for c in CONDITIONS if exercise in c.only]
    name = f"{exercise} {variation or ''}"
    for condition in track(conditions, name, transient=True, disable=QUIET):
        t = run(exercise, variation, condition, measures)
        if condition is HOLES:
            holes[name] = t
        cells = [condition.name, t.sets, t.exact, t.missed, t.false]
        cells += [middle(t.off.get(key), scale) for _, key, scale in measures]
        total = t.directions.total()
        if turns:
            cells += [share(t.directions[word], total) for word in ("wrong", "unknown")]
        cells += [t.drops_wrong] if walks else []
        cells.append(" ".join(map(str, t.seeds)))
        yield "| " + " | ".join(map(str, cells)) + " |"


def holes_table(holes):
    """Holes may cost the repetitions that they touch, if the result says so."""
    yield "| holes of 100 ms, 2 % of the time | sets | repetitions missed | sets short | of these told |"
    yield "|" + "---|" * 5
    for name, t in holes.items():
        yield f"| {name} | {t.sets} | {t.missed} | {t.short} | {t.told} |"


def counted(motion, exercise, placement):
    """Return how many repetitions (strides) an exercise counts in a motion on a left foot."""
    setting = TrialContext(side=Side.LEFT, placement=placement)
    try:
        found = exercise.measure(motion, setting, exercise.params)
    except NotAnalysableError:
        return 0
    return sum(event.rejected is None for event in found.events)


def prepared(name, variation, plan, rng, seed):
    """Return the motion of a left foot, shank or waist, or None where there is none."""
    placement = SIMULATIONS[name].placement_of(variation)
    mounts = list(MOUNTS_M.values())
    arm = arm_at(placement, mounts[seed % len(mounts)])
    model = at(float(rng.choice([50.0, 104.0, 208.0])), arm_m=arm)
    try:
        return preprocess(recording_of(simulate(name, plan, model, side="left", seed=seed)))
    except NotAnalysableError:
        return None


def right_answer(name):
    return name if SIMULATIONS[name].exercise else "unknown"


def negatives_table():
    looks = [(e, p) for slug, e in EXERCISES.items() if slug != BALANCE for p in e.placements]
    head = [f"{e.slug} {p}" if len(e.placements) > 1 else e.slug for e, p in looks]
    yield "| simulated, and no exercise | recordings | " + " | ".join(head) + " | seeds |"
    yield "|" + "---|" * (len(head) + 3)
    for name in (name for name, each in SIMULATIONS.items() if not each.exercise):
        total, seeds = np.zeros(len(looks), dtype=int), []
        for seed in range(FIRST_SEED, FIRST_SEED + OTHERS):
            motion = prepared(name, None, SetPlan(), np.random.default_rng(seed), seed)
            if motion is not None:
                found = [counted(motion, *look) for look in looks]
                total += found
                seeds += [str(seed)] if any(found) else []
        yield f"| {name} | {OTHERS} | {' | '.join(map(str, total))} | {' '.join(seeds)} |"


def recognition_of(name, k):
    """Return what a simulated recording is taken for: the names of its sets, joined."""
    simulation, seed = SIMULATIONS[name], RECOGNITION_SEED + k
    rng = np.random.default_rng(seed)
    variations = () if name == BALANCE else simulation.variations
    variation = variations[k % len(variations)] if variations else None
    on_foot = simulation.placement_of(variation) in {Placement.SHOE, Placement.FREE_FOOT}
    before, after, partial, raises = rng.integers(0, 2, 4).tolist()
    plan = SetPlan(
        reps=REPS.get(name, 10),
        wearer=wearer_of(rng),
        variation=variation,
        strides_before=4 * before if on_foot else 0,
        strides_after=4 * after if on_foot else 0,
        partials=0 if name == BALANCE else partial,
        raises_before=0 if name in {RAISES, POINTS, SQUATS} else 2 * raises,
    )
    motion = prepared(name, variation, plan, rng, seed)
    sets = [] if motion is None else recognise(motion, Side.LEFT)
    return "+".join(each.exercise for each in sets) or "unknown"


def recognition_table():
    answers, wrong = {}, []
    for name in track(SIMULATIONS, "recognition", transient=True, disable=QUIET):
        right = right_answer(name)
        times = OTHERS if right == "unknown" else RECOGNISED
        given = {RECOGNITION_SEED + k: recognition_of(name, k) for k in range(times)}
        answers[name] = Counter(given.values())
        wrong += [f"- {name} {seed}: {said}" for seed, said in given.items() if said != right]
    extra = {answer for given in answers.values() for answer in given} - {*EXERCISES, "unknown"}
    columns = [*EXERCISES, "unknown", *sorted(extra)]
    yield "| simulated | " + " | ".join(columns) + " | right, % |"
    yield "|" + "---|" * (len(columns) + 2)
    rights: Counter[str] = Counter()
    for name, answered in answers.items():
        right, total = answered[right_answer(name)], answered.total()
        kind = "exercises" if SIMULATIONS[name].exercise else "no exercise"
        rights.update({kind: right, f"all {kind}": total})
        cells = [str(answered[column] or "") for column in columns]
        yield f"| {name} | {' | '.join(cells)} | {share(right, total)} |"
    yield ""
    for kind in ("exercises", "no exercise"):
        right, total = rights[kind], rights[f"all {kind}"]
        yield f"- {kind}: {right} of {total} right, {share(right, total)} %"
    yield from wrong


def main():
    holes: dict[str, Tally] = {}
    tables = [
        (", ".join([EXERCISES[slug].title, *filter(None, [variation])]), (slug, variation))
        for slug in (RAISES, POINTS, WALKS, STARS, SQUATS)
        for variation in SIMULATIONS[slug].variations or (None,)
    ]
    for title, lines in (
        *((title, sets_table(*which, holes)) for title, which in tables),
        ("Holes", holes_table(holes)),
        ("No exercise", negatives_table()),
        ("Recognition", recognition_table()),
    ):
        print(f"\n### {title}\n")
        for line in lines:
            print(line, flush=True)


if __name__ == "__main__":
    main()
