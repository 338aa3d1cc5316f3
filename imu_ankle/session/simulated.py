"""Simulated recordings as if they had been recorded: one, or months of a history."""

from __future__ import annotations

import uuid
from dataclasses import replace
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

import numpy as np

from imu_ankle.core.callbacks import ProgressCallback, no_progress
from imu_ankle.core.errors import UsageError
from imu_ankle.core.options import Mount, Side, parse_enum
from imu_ankle.core.recording import Condition, Recording, SensorInfo, Sidecar
from imu_ankle.core.version import VERSION
from imu_ankle.history.athletes import read_athlete, save_athlete
from imu_ankle.history.sessions import place_trial
from imu_ankle.io.csvfile import write_recording
from imu_ankle.io.home import data_home
from imu_ankle.progress.athlete import Athlete, LifeEvent, Occasion
from imu_ankle.simulation.catalogue import SIMULATIONS, conditions_of
from imu_ankle.simulation.catalogue import simulate as simulate_trial
from imu_ankle.simulation.plan import SetPlan
from imu_ankle.simulation.season import season
from imu_ankle.simulation.sensor import SensorModel, arm_at
from imu_ankle.simulation.wearer import WEARERS, Wearer

if TYPE_CHECKING:
    from pathlib import Path

    from imu_ankle.simulation.plan import SimulatedTrial


def simulate(
    name: str,
    *,
    side: str = "right",
    seed: int = 1,
    rate_hz: float = 104.0,
    wearer: str | None = None,
    variation: str | None = None,
    reps: int | None = None,
) -> tuple[Recording, dict[str, Any]]:
    """Simulate a recording whose truth is known; return both. Its sidecar says that it is simulated.

    Parameters
    ----------
    name : one of the eight exercises, or a movement that is none ("walking", "handling", ...).
    side : foot that wears the sensor.
    wearer : "novice", "recovering" or "expert".
    variation : a way to do it, such as "eyes-closed" of single-leg-balance.

    Raises
    ------
    UsageError
        If a word isn't known; the message says what is.
    """
    for kind, word, known in (
        ("movement", name, tuple(SIMULATIONS)),
        ("wearer", wearer, tuple(WEARERS)),
        ("variation", variation, SIMULATIONS[name].variations if name in SIMULATIONS else ()),
    ):
        if word is not None and word not in known:
            raise UsageError(
                f"unknown_{kind}",
                f"{word!r} can't be simulated; known are {', '.join(known) or 'none'}",
            )
    plan = SetPlan(
        reps=reps or SIMULATIONS[name].reps,
        wearer=WEARERS[wearer] if wearer else Wearer(),
        variation=variation,
    )
    arm_m = arm_at(SIMULATIONS[name].placement_of(variation))
    model = SensorModel(rate_hz=rate_hz, arm_m=arm_m)
    trial = simulate_trial(name, plan, model, side=parse_enum(Side, side, "side"), seed=seed)
    return _recording(name, plan, model, trial, side, seed), trial.truth


def simulated_sidecar(
    name: str,
    plan: SetPlan,
    model: SensorModel,
    trial: SimulatedTrial,
    *,
    side: str,
    seed: int,
    mount: str = "laces",
    started_at: str | None = None,
) -> Sidecar:
    """Return the sidecar of a simulated trial; it says so, and names the seed."""
    eyes, surface = conditions_of(plan.variation)
    simulation = SIMULATIONS[name]
    return Sidecar(
        id=str(uuid.UUID(int=int(np.random.default_rng(seed).integers(2**63)), version=4)),
        exercise=name if simulation.exercise else None,
        side=Side(side),
        placement=simulation.placement_of(plan.variation),
        mount=Mount(mount) if mount in set(Mount) else Mount.OTHER,
        condition=Condition(eyes=eyes, surface=surface),
        started_at=started_at,
        rate_nominal_hz=model.rate_hz,
        acc_range_g=model.acc_range_g,
        gyr_range_dps=model.gyr_range_dps,
        samples=len(trial.readings.time_s),
        lost=trial.readings.lost,
        sensor=SensorInfo(model="simulated"),
        software=f"imu_ankle {VERSION}",
        simulated=True,
        seed=seed,
    )


def _recording(
    name: str, plan: SetPlan, model: SensorModel, trial: SimulatedTrial, side: str, seed: int
) -> Recording:
    read = trial.readings
    return Recording(
        time_s=np.round(read.time_s, 6),
        acc_mps2=read.acc_mps2,
        gyr_dps=read.gyr_dps,
        seq=read.seq,
        sidecar=simulated_sidecar(name, plan, model, trial, side=side, seed=seed),
        file=f"{name}, simulated, seed {seed}",
    )


def write_season(
    athlete: str,
    *,
    home: Path | None = None,
    last_day: date | None = None,
    weeks: int = 12,
    trials: int = 3,
    seed: int = 1,
    progress: ProgressCallback = no_progress,
) -> Path:
    """Write months of a simulated wearer into a data home; return it.

    Weekly sessions of balance, hops and jumps, with a sprain and a week of rest; every sidecar says
    that it is simulated. `trials` is how often each leg balances in a session.
    """
    home = home or data_home()
    now = datetime.now().astimezone()
    planned = season(last_day or now.date(), now.tzinfo, weeks=weeks, seed=seed, trials=trials)
    model = SensorModel(rate_hz=104.0)
    for done, each in enumerate(planned.trials, 1):
        trial = simulate_trial(each.exercise, each.plan, model, side=each.side, seed=each.seed)
        place = place_trial(athlete, each.exercise, each.side, each.start, home=home)
        recording = _recording(each.exercise, each.plan, model, trial, each.side, each.seed)
        sidecar = replace(
            recording.sidecar,
            started_at=each.start.isoformat(),
            pain=each.pain,
            extra={"athlete": athlete},
        )
        write_recording(replace(recording, sidecar=sidecar), place.csv, private=True)
        progress(done, len(planned.trials))
    _tell_of_the_sprain(home, read_athlete(home, athlete), planned.sprained, planned.rested)
    return home


def _tell_of_the_sprain(home: Path, athlete: Athlete, sprained: date, rested: date) -> None:
    events = (
        LifeEvent(day=sprained, kind=Occasion.SPRAIN, text="left ankle rolled (simulated)"),
        LifeEvent(day=rested, kind=Occasion.REST, text="rest (simulated)"),
    )
    kept = ("single-leg-balance", "lateral-hops", "jump-squats")  # what the season consists of
    save_athlete(home, replace(athlete, injured="left", events=events, exercises=kept))
