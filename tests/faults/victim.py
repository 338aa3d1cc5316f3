"""Programs that faults happen to: ``python -m tests.faults.victim WHAT HOME SEED``.

Each says "begun" once it is at work, and then works until it is killed, or for a while.
"""

import mmap
import os
import sys
import time
from datetime import datetime
from pathlib import Path

import numpy as np

from imu_ankle.core.options import Side
from imu_ankle.core.recording import Sidecar
from imu_ankle.history import edits
from imu_ankle.history.rescore import rescore
from imu_ankle.history.sessions import place_trial
from imu_ankle.history.store import History
from imu_ankle.io.recorder import Recorder

PACKET, RATE_HZ, EVERY_S = 8, 208.0, 0.002
HANDED = "handed"  # beside the home: how many samples were handed over so far


def begun():
    print("begun", flush=True)


def sidecar_of(start, athlete="anna"):
    return Sidecar(
        exercise="lateral-hops",
        side=Side.LEFT,
        started_at=start.isoformat(),
        extra={"athlete": athlete},
    )


def hand_over(recorder, seq):
    samples = np.column_stack([np.sin(seq / 50.0), np.cos(seq / 50.0), np.full(len(seq), 9.8)])
    recorder.put(seq / RATE_HZ, samples, 5.0 * samples, seq, np.zeros(len(seq), dtype=np.int64))


def record(home, _):
    """Hand over a packet every 2 ms, twenty times as fast as a sensor."""
    (home.parent / HANDED).write_bytes(bytes(8))
    with (home.parent / HANDED).open("r+b") as file:
        handed = mmap.mmap(file.fileno(), 8)
    now = datetime.now().astimezone()
    recorder = Recorder(
        place_trial("anna", "lateral-hops", "left", now, home=home).csv, sidecar_of(now)
    )
    seq = np.arange(PACKET)
    begun()
    while True:
        hand_over(recorder, seq)
        seq = seq + PACKET
        handed[:] = int(seq[0]).to_bytes(8, "little")
        time.sleep(EVERY_S)


def rescoring(home, _):
    with History(home) as history:
        begun()
        while True:
            rescore(history, history.entries())


def rebuilding(home, _):
    with History(home) as history:
        begun()
        while True:
            history.rebuild(compact=True)


def for_a_while(work):
    """Work for two seconds, as one of several programs at once."""
    begun()
    end_s = time.monotonic() + 2.0
    k = 0
    while time.monotonic() < end_s:
        work(k)
        k += 1


def take_sets(home, seed):
    """Record short sets, one after the other."""

    def work(k):
        now = datetime.now().astimezone()
        place = place_trial(f"p{seed}", "lateral-hops", "left", now, home=home)
        recorder = Recorder(place.csv, sidecar_of(now, f"p{seed}"))
        for start in range(0, 800, PACKET):
            hand_over(recorder, np.arange(start, start + PACKET))
        recorder.close(sidecar_of(now, f"p{seed}"), "done")
        time.sleep(0.25)

    for_a_while(work)


def rebuild_for_a_while(home, _):
    with History(home) as history:
        for_a_while(lambda _: history.rebuild())


def rescore_for_a_while(home, _):
    with History(home) as history:
        for_a_while(lambda _: rescore(history, history.entries(athlete="anna")))


def delete_for_a_while(home, seed):
    """Throw one trial after the other away, and put it back."""
    rng = np.random.default_rng(seed)
    with History(home) as history:

        def work(_):
            entries = history.entries(athlete="anna")
            edits.delete(history, [entries[rng.integers(len(entries))]])
            edits.undo_delete(history)

        for_a_while(work)


if __name__ == "__main__":
    os.environ["IMU_ANKLE_HOME"] = sys.argv[2]
    globals()[sys.argv[1]](Path(sys.argv[2]), int(sys.argv[3]))
