"""What happens when the disk is full: ``python -m tests.faults.full_disk HOME``, on a small one."""

import contextlib
import json
import os
import sys
import time
from dataclasses import asdict
from datetime import datetime
from pathlib import Path

import numpy as np

from imu_ankle.core.errors import ImuAnkleError
from imu_ankle.history.rescore import rescore
from imu_ankle.history.sessions import place_trial
from imu_ankle.history.store import History
from imu_ankle.io.recorder import Recorder
from tests.faults.harm import complete_ones, look
from tests.faults.victim import PACKET, hand_over, sidecar_of


def record_until_full(home: Path) -> int:
    """Return how many samples were taken but are not in the file: the last packets at most."""
    now = datetime.now().astimezone()
    place = place_trial("anna", "lateral-hops", "left", now, home=home)
    recorder = Recorder(place.csv, sidecar_of(now))
    handed = 0
    with contextlib.suppress(OSError):
        while True:
            hand_over(recorder, np.arange(handed, handed + PACKET))
            handed += PACKET
            time.sleep(0.0005)
    recording = recorder.close(sidecar_of(now), "stopped")
    assert recording is not None
    assert "No space" in str(recording.sidecar.extra["ended"])
    return handed - len(recording)


def rescored(home: Path) -> None:
    with History(home, refresh=False) as history:
        rescore(history, history.entries())


def rebuilt(home: Path) -> None:
    with History(home, refresh=False) as history:
        history.rebuild()


def main(home: Path) -> None:
    before = complete_ones(home)
    missing = record_until_full(home)
    with (home / "filler").open("wb", buffering=0) as file, contextlib.suppress(OSError):
        while True:  # the very last bytes
            file.write(bytes(256))
    said = []
    for work in (rescored, rebuilt):
        try:
            work(home)
        except (ImuAnkleError, OSError) as error:
            said.append(f"{work.__name__}: {error}")
    (home / "filler").unlink()
    os.truncate(next(home.glob("sessions/*/*_anna_lateral-hops_*.csv")), 200_000)  # make room again
    print(json.dumps(asdict(look(home, before, missing, tuple(said)))))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
