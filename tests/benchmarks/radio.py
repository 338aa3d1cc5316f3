"""What the way from a sensor to the disk costs and loses, over the software radio.

``python -m tests.benchmarks.radio`` prints the table of the README: 20 s at 208 Hz per line, then
kills of a recording program. Simulated: no radio is used.
"""

import asyncio
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np

from imu_ankle.virtual.ankle_imu import Quirks
from imu_ankle.virtual.radio import RadioLink
from tests.bluetooth.rig import collect, connect, rig

SAMPLES = 20 * 208


def drop_link(air, _):
    return {1000: air.peripherals[0].drop}


def shadow(air, _):
    return {1000: lambda: air.link.block(air.peripherals[0].controller, 0.8)}


SCENARIOS: dict[str, dict[str, Any]] = {
    "as it should be": {},
    "30 ms between connection events, 30 % of them lost": {
        "link": lambda: RadioLink(interval_s=0.03, event_loss=0.3)
    },
    "packets of one sample (MTU 23)": {"mtu": 23},
    "5 % of packets dropped by the host": {"faults": {"drop": 0.05}},
    "the same, a sensor without a ring": {
        "faults": {"drop": 0.05}, "quirks": lambda: Quirks(ring_samples=0),
    },
    "5 % twice, 5 % out of order": {"faults": {"repeat": 0.05, "swap": 0.05}},
    "5 % garbled": {"faults": {"garble": 0.05}},
    "0.8 s of shadow": {"at": shadow},
    "link lost and found": {"at": drop_link},
}  # fmt: skip


async def scenario(name: str) -> str:
    told = dict(SCENARIOS[name])
    at = told.pop("at", None)
    made = {key: value() if callable(value) else value for key, value in told.items()}
    async with rig(**made) as (air, device):
        got = await connect(air)
        began_s, busy_s = time.perf_counter(), time.process_time()
        await collect(got, samples=SAMPLES, at=at(air, device) if at else None)
        busy = (time.process_time() - busy_s) / (time.perf_counter() - began_s)
        got.check(device.measured)
        clock = got.stream.clock
        line = clock.host.line()
        assert line is not None
        late_ms = 1000.0 * np.percentile(clock.host.delays_s(line), [50, 95])
        return (
            f"| {name} | {device.measured} | {clock.ledger.received} | {clock.ledger.lost} | {clock.duplicates} | "
            f"{got.stream.bad_packets} | {late_ms[0]:.0f} / {late_ms[1]:.0f} | {100 * busy:.0f} |"
        )


def kills(rounds: int) -> str:
    with tempfile.TemporaryDirectory() as folder:
        done = subprocess.run(
            [sys.executable, "-m", "tests.io.killed_recorder", folder, str(rounds), "1"],
            capture_output=True, text=True, check=True,
        )  # fmt: skip
        missing = []
        for line in done.stdout.splitlines():
            path, handed = line.rsplit(" ", 1)
            missing.append(int(handed) - (Path(path).read_bytes().count(b"\n") - 1))
    lossy = sum(n > 0 for n in missing)
    return (
        f"{rounds} kills (SIGKILL) of a program that hands over a packet of 8 samples every 2 ms: "
        f"{lossy} lost something, at most {max(missing)} samples"
    )


def main() -> None:
    print("| 20 s at 208 Hz | sent | received | lost | came twice | garbled | later than the quickest, ms "
          "(50 % / 95 %) | CPU, % of one core |")  # fmt: skip
    print("|---|---|---|---|---|---|---|---|")
    for name in SCENARIOS:
        print(asyncio.run(scenario(name)), flush=True)
    print()
    print(kills(200))


if __name__ == "__main__":
    main()
