"""`imu-ankle simulate`."""

from __future__ import annotations

import json
import uuid
from typing import TYPE_CHECKING

import numpy as np

from imu_ankle.analysis import known_word
from imu_ankle.errors import UsageError
from imu_ankle.files.csvfile import write_recording
from imu_ankle.files.text import write_whole
from imu_ankle.model import (
    Condition,
    Eyes,
    Mount,
    Placement,
    Recording,
    SensorInfo,
    Side,
    Sidecar,
    Surface,
)
from imu_ankle.simulation.sensor import SensorModel
from imu_ankle.simulation.trials import (
    BalancePlan,
    balance_trial,
    standing_trial,
    walking_trial,
)
from imu_ankle.version import VERSION

if TYPE_CHECKING:
    from pathlib import Path

    from imu_ankle.simulation.sets import SimulatedTrial

MOTIONS = ("single-leg-balance", "two-legs", "walking", "stepping")


def run_simulate(
    motion: str,
    out: Path,
    *,
    side: str,
    seed: int,
    rate_hz: float,
    sway_dps: float,
    losses: int,
    ideal: bool,
) -> int:
    """Simulate and write recording, sidecar and truth; return the exit status."""
    if motion not in MOTIONS:
        known = ", ".join(MOTIONS)
        raise UsageError("unknown_exercise", f"{motion!r} can't be simulated; known are {known}")
    if out.suffix != ".csv":
        raise UsageError("bad_out", f"--out must end in .csv; found {out.name!r}")
    foot = known_word(Side, side, "side")
    model = SensorModel.ideal(rate_hz) if ideal else SensorModel(rate_hz=rate_hz)
    if motion == "single-leg-balance":
        at_s = tuple(20.0 * (i + 1) / (losses + 1) for i in range(losses))
        plan = BalancePlan(sway_dps=sway_dps, losses_at_s=at_s)
        trial = balance_trial(plan, model, side=foot, seed=seed)
    elif motion == "two-legs":
        trial = standing_trial(model, seconds=20.0, rate_dps=0.3, side=foot, seed=seed)
    else:
        trial = walking_trial(
            model, strides=12, side=foot, seed=seed, in_place=motion == "stepping"
        )
    exercise = motion if motion == "single-leg-balance" else None
    write_recording(to_recording(trial, model, exercise=exercise, side=foot, seed=seed), out)
    truth_path = out.with_name(f"{out.stem}.truth.json")
    write_whole(truth_path, json.dumps(trial.truth, indent=1) + "\n")
    print(f"{out} (simulated, seed {seed}); truth: {truth_path}")  # noqa: T201
    return 0


def to_recording(
    trial: SimulatedTrial, model: SensorModel, *, exercise: str | None, side: Side, seed: int
) -> Recording:
    """Wrap readings as a recording that says that it is simulated."""
    readings = trial.readings
    sidecar = Sidecar(
        id=str(uuid.UUID(int=int(np.random.default_rng(seed).integers(2**63)), version=4)),
        exercise=exercise,
        side=side,
        placement=Placement.SHOE,
        mount=Mount.LACES,
        condition=Condition(eyes=Eyes.OPEN, surface=Surface.FLOOR),
        rate_nominal_hz=model.rate_hz,
        acc_range_g=model.acc_range_g,
        gyr_range_dps=model.gyr_range_dps,
        samples=len(readings.time_s),
        lost=readings.lost,
        sensor=SensorInfo(model="simulated"),
        software=f"imu_ankle {VERSION}",
        simulated=True,
        seed=seed,
    )
    return Recording(
        time_s=np.round(readings.time_s, 6),
        acc_mps2=readings.acc_mps2,
        gyr_dps=readings.gyr_dps,
        seq=readings.seq.astype(np.int64),
        sidecar=sidecar,
    )
