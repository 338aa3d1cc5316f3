"""What is lost when programs are killed, disks full, clocks set: many tries of each fault.

``python -m tests.benchmarks.reliability [SHARE]`` writes ``docs/reliability.md``; a SHARE below 1 makes
fewer tries. Every try begins with a copy of one data home of six scored trials.
"""

from __future__ import annotations

import platform
import statistics
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from imu_ankle.core.version import VERSION
from tests.faults import harm

if TYPE_CHECKING:
    from collections.abc import Callable

OUT = harm.PROJECT / "docs" / "reliability.md"
SENSOR = "virtual:mini-squats,side=left,reps=3,seed=5"
RECORD = ["record", "mini-squats", "--side", "left", "--sensor", SENSOR, "--countdown", "0"]
SESSION = ["session", "--sensor", "virtual", "--yes", "--anew", "--countdown", "0", "--dose", "2",
           "--exercises", "mini-squats"]  # fmt: skip
AT_ONCE = ("take_sets", "take_sets", "rebuild_for_a_while", "rebuild_for_a_while",
           "rescore_for_a_while", "delete_for_a_while")  # fmt: skip
WORDS = (["list"], ["rescore"], ["index", "rebuild"], ["note", "last", "windy"], ["delete", "last"])


@dataclass(frozen=True, slots=True)
class Fault:
    """One line of the table: what happens, how often it is tried, and one try by its seed."""

    name: str
    tries: int
    once: Callable[[Path, Path, int], harm.Outcome]
    needs_mount: bool = False


def killed(what: str) -> Callable[[Path, Path, int], harm.Outcome]:
    return lambda whole, place, seed: harm.killed(what, harm.prepared(whole, place), seed, 0.5)


def killed_program(words: list[str], longest_s: float) -> Callable[[Path, Path, int], harm.Outcome]:
    return lambda whole, place, seed: harm.killed_program(
        words, harm.prepared(whole, place), seed, longest_s
    )


FAULTS = (
    Fault("kill -9 while a program records, a packet of 8 samples every 2 ms", 50, killed("record")),
    Fault("kill -9 of `imu-ankle record`, virtual sensor", 50, killed_program(RECORD, 6.0)),
    Fault("kill -9 of `imu-ankle session`, virtual sensor", 50, killed_program(SESSION, 12.0)),
    Fault("kill -9 while all is scored anew", 50, killed("rescoring")),
    Fault("kill -9 while the index is made anew", 50, killed("rebuilding")),
    Fault(
        "six programs at once: two record, two make the index anew, one scores, one deletes and undoes", 50,
        lambda whole, place, seed: harm.at_once(AT_ONCE, harm.prepared(whole, place), seed),
    ),
    Fault(
        "wall clock set by up to a day before each of 12 sets", 50,
        lambda whole, place, seed: harm.clock_jumps(harm.prepared(whole, place), seed),
    ),
    Fault(
        "disk full while a program records, then scores, then makes the index anew", 50,
        lambda whole, place, seed: harm.full_disk(whole, place, 2200 + 97 * seed), needs_mount=True,
    ),
    Fault(
        "data home that can't be written to: list, rescore, index rebuild, note, delete", 50,
        lambda whole, place, seed: harm.read_only(harm.prepared(whole, place), WORDS[seed % 5]), needs_mount=True,
    ),
)  # fmt: skip

HEAD = f"""# Reliability

Made by `{{command}}`, imu_ankle {VERSION}, Python {platform.python_version()}, {platform.system()}; no
number is typed by hand. Each try begins with six complete, scored recordings. *Changed* counts complete
recordings and sidecars that are gone or differ in a byte afterwards; *samples lost* were handed over to
the recorder and are not in the file (median, worst; "–" where it can't be known, or nothing was recorded);
*torn* scores are neither whole nor absent; *healed* means that the history opens, lists every recording,
and has nothing to mend the second time; *left* are temporary files that `imu-ankle index rebuild` leaves,
an hour later. Killed are single programs, by SIGKILL; no power was cut.

| fault | tries | seeds | recordings changed | samples lost | scores torn | index healed | files left | ended by an unforeseen error |
|---|---|---|---|---|---|---|---|---|
"""


def row(fault: Fault, outcomes: list[harm.Outcome]) -> str:
    samples = [each.samples for each in outcomes if each.samples is not None]
    told = f"{statistics.median(samples):.0f}, {max(samples)}" if samples else "–"
    n = len(outcomes)
    unforeseen = sum(
        "Traceback" in text or "Error: " in text for each in outcomes for text in each.said
    )
    return (
        f"| {fault.name} | {n} | 0 to {n - 1} | {sum(each.lost for each in outcomes)} | {told} | "
        f"{sum(each.torn for each in outcomes)} | {sum(each.healed for each in outcomes)} of {n} | "
        f"{sum(each.left for each in outcomes)} | {unforeseen} |"
    )


def tried(fault: Fault, share: float) -> str:
    why = harm.can_mount() if fault.needs_mount else ""
    if why:
        return f"| {fault.name} | 0 | {why} | | | | | | |"
    tries, outcomes, began_s = max(1, round(share * fault.tries)), [], time.monotonic()
    with tempfile.TemporaryDirectory() as folder:
        whole = harm.make_whole(Path(folder))
        for seed in range(tries):
            place = Path(folder) / f"try-{seed}"
            place.mkdir()
            outcomes.append(fault.once(whole, place, seed))
            took_s = time.monotonic() - began_s
            print(
                f"\r{fault.name}: {seed + 1} of {tries}, seed {seed}, {took_s:.0f} s",
                end="",
                flush=True,
            )
    print()
    return row(fault, outcomes)


def main(share: float) -> None:
    command = " ".join(["python -m tests.benchmarks.reliability", *sys.argv[1:]])
    rows = [tried(fault, share) for fault in FAULTS]
    OUT.parent.mkdir(exist_ok=True)
    OUT.write_text(HEAD.format(command=command) + "\n".join(rows) + "\n")
    print("\n".join(rows))


if __name__ == "__main__":
    main(float(sys.argv[1]) if len(sys.argv) > 1 else 1.0)
