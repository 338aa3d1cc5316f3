"""`imu-ankle simulate`."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TYPE_CHECKING

import numpy as np

from imu_ankle.core.errors import UsageError
from imu_ankle.core.options import Side, parse_enum
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


def run_simulate(name: str, out: Path, options: Wishes) -> int:
    """Simulate and write recording, sidecar and truth; return the exit status."""
    simulation = SIMULATIONS[_known("exercise", name, list(SIMULATIONS))]
    if out.suffix != ".csv":
        raise UsageError("bad_out", f"--out must end in .csv; found {out.name!r}")
    require_free(out, lambda there: bool(there.simulated))
    side = parse_enum(Side, options.side, "side")
    if options.started_at is not None:
        try:
            datetime.fromisoformat(options.started_at)
        except ValueError as error:
            raise UsageError("bad_time", f"--started-at: {error}") from error
    plan, model = _plan(simulation, options), _model(simulation, options)
    trial = simulate(name, plan, model, side=side, seed=options.seed)
    sidecar = simulated_sidecar(
        name,
        plan,
        model,
        trial,
        side=side,
        seed=options.seed,
        mount=options.mount,
        started_at=options.started_at,
    )
    readings = trial.readings
    samples = np.column_stack([np.round(readings.time_s, 6), readings.acc_mps2, readings.gyr_dps])
    write_rows(out, samples[readings.arrival], readings.seq[readings.arrival], sidecar)
    truth_path = out.with_name(f"{out.stem}.truth.json")
    write_whole(truth_path, json.dumps(trial.truth, indent=1) + "\n")
    print(f"{out} (simulated, seed {options.seed}); truth: {truth_path}")
    return 0


def _known(what: str, word: str, known: list[str]) -> str:
    if word not in known:
        raise UsageError(
            f"unknown_{what}", f"{word!r} can't be simulated; known are {', '.join(known)}"
        )
    return word


def _plan(simulation: Simulation, options: Wishes) -> SetPlan:
    wearer = (
        WEARERS[_known("wearer", options.wearer, list(WEARERS))] if options.wearer else Wearer()
    )
    if options.sway_dps is not None:
        wearer = replace(wearer, sway_dps=options.sway_dps)
    variation = options.variation
    if variation is not None:
        if not simulation.variations:
            raise UsageError("unknown_variation", f"{simulation.name} has no variations")
        _known("variation", variation, list(simulation.variations))
    return SetPlan(
        reps=options.reps or simulation.reps,
        wearer=wearer,
        variation=variation,
        partials=options.losses,
        pauses=options.pauses,
        strides_before=options.strides,
        strides_after=options.strides,
    )


def _model(simulation: Simulation, options: Wishes) -> SensorModel:
    model = SensorModel.ideal(options.rate_hz) if options.ideal else SensorModel()
    placement = simulation.placement_of(options.variation)
    arm = MOUNTS_M[_known("mount", options.mount, list(MOUNTS_M))]
    model = replace(
        model,
        rate_hz=options.rate_hz,
        arm_m=arm_at(placement, arm),
        acc_range_g=options.acc_range_g,
    )
    if not options.lossy:
        return model
    return replace(model, loss=0.01, loss_burst=3, duplicates=0.002, late=0.002, jitter_s=0.0003)
