"""`imu-ankle simulate`."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TYPE_CHECKING

import numpy as np

from imu_ankle.analysis.pipeline import known_word
from imu_ankle.core.errors import UsageError
from imu_ankle.core.recording import Side
from imu_ankle.io.csvfile import write_rows
from imu_ankle.io.tables import require_free
from imu_ankle.io.text import write_whole
from imu_ankle.session.simulated import simulated_sidecar
from imu_ankle.simulation.catalogue import SIMULATIONS, Simulation, simulate
from imu_ankle.simulation.plan import SetPlan
from imu_ankle.simulation.sensor import MOUNTS_M, SensorModel, arm_at
from imu_ankle.simulation.wearer import WEARERS, Wearer

if TYPE_CHECKING:
    from pathlib import Path


@dataclass(frozen=True, slots=True, kw_only=True)
class Wishes:
    """What the command line asks for; None is the simulation's own choice."""

    side: str
    seed: int
    rate_hz: float
    variation: str | None
    wearer: str | None
    reps: int | None
    sway_dps: float | None
    losses: int
    pauses: int
    strides: int
    mount: str
    acc_range_g: float
    lossy: bool
    ideal: bool
    started_at: str | None


def run_simulate(name: str, out: Path, wishes: Wishes) -> int:
    """Simulate and write recording, sidecar and truth; return the exit status."""
    simulation = SIMULATIONS[_known("exercise", name, list(SIMULATIONS))]
    if out.suffix != ".csv":
        raise UsageError("bad_out", f"--out must end in .csv; found {out.name!r}")
    require_free(out, lambda there: bool(there.simulated))
    side = known_word(Side, wishes.side, "side")
    if wishes.started_at is not None:
        try:
            datetime.fromisoformat(wishes.started_at)
        except ValueError as error:
            raise UsageError("bad_time", f"--started-at: {error}") from error
    plan, model = _plan(simulation, wishes), _model(simulation, wishes)
    trial = simulate(name, plan, model, side=side, seed=wishes.seed)
    sidecar = simulated_sidecar(
        name,
        plan,
        model,
        trial,
        side=side,
        seed=wishes.seed,
        mount=wishes.mount,
        started_at=wishes.started_at,
    )
    readings = trial.readings
    samples = np.column_stack([np.round(readings.time_s, 6), readings.acc_mps2, readings.gyr_dps])
    write_rows(out, samples[readings.arrival], readings.seq[readings.arrival], sidecar)
    truth_path = out.with_name(f"{out.stem}.truth.json")
    write_whole(truth_path, json.dumps(trial.truth, indent=1) + "\n")
    print(f"{out} (simulated, seed {wishes.seed}); truth: {truth_path}")
    return 0


def _known(what: str, word: str, known: list[str]) -> str:
    if word not in known:
        raise UsageError(
            f"unknown_{what}", f"{word!r} can't be simulated; known are {', '.join(known)}"
        )
    return word


def _plan(simulation: Simulation, wishes: Wishes) -> SetPlan:
    wearer = WEARERS[_known("wearer", wishes.wearer, list(WEARERS))] if wishes.wearer else Wearer()
    if wishes.sway_dps is not None:
        wearer = replace(wearer, sway_dps=wishes.sway_dps)
    variation = wishes.variation
    if variation is not None:
        if not simulation.variations:
            raise UsageError("unknown_variation", f"{simulation.name} has no variations")
        _known("variation", variation, list(simulation.variations))
    return SetPlan(
        reps=wishes.reps or simulation.reps,
        wearer=wearer,
        variation=variation,
        partials=wishes.losses,
        pauses=wishes.pauses,
        strides_before=wishes.strides,
        strides_after=wishes.strides,
    )


def _model(simulation: Simulation, wishes: Wishes) -> SensorModel:
    model = SensorModel.ideal(wishes.rate_hz) if wishes.ideal else SensorModel()
    placement = simulation.placement_of(wishes.variation)
    arm = MOUNTS_M[_known("mount", wishes.mount, list(MOUNTS_M))]
    model = replace(
        model,
        rate_hz=wishes.rate_hz,
        arm_m=arm_at(placement, arm),
        acc_range_g=wishes.acc_range_g,
    )
    if not wishes.lossy:
        return model
    return replace(model, loss=0.01, loss_burst=3, duplicates=0.002, late=0.002, jitter_s=0.0003)
