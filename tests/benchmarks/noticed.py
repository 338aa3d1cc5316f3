"""Print which faults of recordings are noticed, and how small they may be: ``python -m tests.benchmarks.noticed``.

Simulated sets of all exercises at a low and at a high rate, spoiled one fault at a time. A fault is silent if other
numbers come out and the grade is ok.
"""

import sys
from collections import Counter

from rich.progress import track

from imu_ankle.analysis.exercises import EXERCISES
from tests.spoiled import FAULTS, numbers, outcome, sound

RATES = (52.0, 208.0)
SEEDS = (31, 32)


def main():
    sets = []
    for exercise in EXERCISES:
        for seed, rate_hz in zip(SEEDS, RATES, strict=True):
            recording, measure = sound(exercise, rate_hz, seed)
            sets.append((exercise, recording, measure, numbers(measure(recording))))
    head = (
        "fault",
        "size",
        "told as",
        "sets",
        "told",
        "refused",
        "same numbers",
        "silent",
        "silent in",
    )
    print(f"| {' | '.join(head)} |\n{'|---' * len(head)}|")
    for fault in track(FAULTS.values(), "faults", transient=True, disable=not sys.stderr.isatty()):
        for size in (fault.size, *fault.smaller):
            became: Counter[str] = Counter()
            silent: Counter[str] = Counter()
            for exercise, recording, measure, expected in sets:
                what, _ = outcome(fault(recording, size), measure, expected)
                became[what] += 1
                silent[exercise] += what == "silent"
            cells = [fault.words, f"{size:g} {fault.unit}", f"`{fault.told}`", len(sets)]
            cells += [became[what] for what in ("told", "refused", "same", "silent")]
            cells.append(", ".join(f"{name} {n}" for name, n in silent.items() if n))
            print("| " + " | ".join(map(str, cells)) + " |", flush=True)


if __name__ == "__main__":
    main()
