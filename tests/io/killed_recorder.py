"""Record in children that are killed at random moments; print what each had handed over and kept.

Run as ``python -m tests.io.killed_recorder FOLDER ROUNDS SEED``: forking is safe only in a
process without threads, which a test runner is not.
"""

import mmap
import os
import signal
import struct
import sys
import time
from pathlib import Path

import numpy as np

from imu_ankle.core.recording import Sidecar
from imu_ankle.io.recorder import Recorder

PACKET, RATE_HZ = 8, 208.0


def record(path: Path, handed: mmap.mmap) -> None:
    """Hand over a packet every 2 ms, faster than any sensor, until killed."""
    recorder = Recorder(path, Sidecar(exercise="lateral-hops", side=None))
    seq = np.arange(PACKET)
    while True:
        samples = np.tile(seq[:, None].astype(float), (1, 3))
        recorder.put(seq / RATE_HZ, samples, samples, seq, np.zeros(PACKET, dtype=np.int64))
        seq = seq + PACKET
        handed[:8] = struct.pack("<q", int(seq[0]))
        time.sleep(0.002)


def main() -> None:
    folder, rounds, seed = Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3])
    rng = np.random.default_rng(seed)
    handed = mmap.mmap(-1, 8)
    for k in range(rounds):
        path = folder / f"killed-{k:03d}.csv"
        handed[:8] = struct.pack("<q", 0)
        child = os.fork()
        if child == 0:
            record(path, handed)
        while struct.unpack("<q", handed[:8])[0] == 0:
            if os.waitpid(child, os.WNOHANG)[0]:
                sys.exit("a recorder ended by itself")
            time.sleep(0.001)
        time.sleep(rng.uniform(0.005, 0.15))
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
        print(path, struct.unpack("<q", handed[:8])[0], flush=True)


if __name__ == "__main__":
    main()
