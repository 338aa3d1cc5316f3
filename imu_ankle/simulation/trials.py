"""Whole simulated trials with their truth."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy.signal import butter, sosfiltfilt

from imu_ankle.simulation.cyclic import heel_raise
from imu_ankle.simulation.gait import walk
from imu_ankle.simulation.mishaps import handle, lose_balance
from imu_ankle.simulation.plan import SimulatedTrial
from imu_ankle.simulation.sensor import SensorModel, read
from imu_ankle.simulation.timeline import Timeline

if TYPE_CHECKING:
    from imu_ankle.core.recording import FloatArray
    from imu_ankle.simulation.trajectory import FootPath


@dataclass(frozen=True, slots=True, kw_only=True)
class BalancePlan:
    """What the simulated wearer does in a single-leg balance trial."""

    sway_dps: float = 4.0  # RMS of the three-axis rate of the stance foot
    stance_s: float = 20.0
    two_legs_dps: float = 0.25
    before_s: float = 3.0
    after_s: float = 2.5
    lean_deg: float = 2.5
    losses_at_s: tuple[float, ...] = ()  # after the start of the stance
    strides_before: int = 0
    strides_after: int = 0
    in_place: bool = False
    raises_before: int = 2
    handling_s: float = 0.0


def balance_trial(plan: BalancePlan, model: SensorModel, *, side: str, seed: int) -> SimulatedTrial:
    """Simulate a single-leg balance trial."""
    rng = np.random.default_rng(seed)
    line = Timeline(rng)
    length_m = 0.0 if plan.in_place else 1.3
    if plan.handling_s:
        handle(line, plan.handling_s)
        line.stand(1.0, plan.two_legs_dps)
    walk(line, plan.strides_before, length_m)
    line.stand(1.2, plan.two_legs_dps)
    for _ in range(plan.raises_before):
        heel_raise(line, rng.uniform(25.0, 35.0))
        line.stand(0.6, plan.two_legs_dps)
    line.stand(plan.before_s, plan.two_legs_dps)
    toward = rng.uniform(0.0, 2.0 * np.pi)
    line.lean(
        rng.uniform(0.4, 0.8),
        plan.lean_deg * np.cos(toward),
        plan.lean_deg * np.sin(toward),
        "shift",
    )
    start_s = line.now_s
    done_s = 0.0
    losses = []
    for at_s in (*plan.losses_at_s, plan.stance_s):
        line.stand(at_s - done_s, plan.sway_dps, "stance")
        if at_s < plan.stance_s:
            began = line.now_s
            lose_balance(line)
            losses.append((began, line.now_s))
        done_s = at_s
    end_s = line.now_s
    line.lean(rng.uniform(0.4, 0.7), 0.0, 0.0, "return")
    line.stand(plan.after_s, plan.two_legs_dps)
    walk(line, plan.strides_after, length_m)
    line.stand(1.0, plan.two_legs_dps)
    trajectory = line.trajectory()
    readings = read(trajectory, model, rng, mirrored=side == "left")
    truth = {
        "simulated": True,
        "seed": seed,
        "side": side,
        "stance": {"start_s": start_s, "end_s": end_s},
        "losses": [{"start_s": a, "end_s": b} for a, b in losses],
        "hold_s": (losses[0][0] if losses else end_s) - start_s,
        "sway_rms_dps": _true_sway(trajectory, (start_s, end_s), losses),
        "spans": [{"name": s.name, "start_s": s.start_s, "end_s": s.end_s} for s in line.spans],
    }
    return SimulatedTrial(readings, truth, trajectory)


def standing_trial(
    model: SensorModel, *, seconds: float, rate_dps: float, side: str = "right", seed: int
) -> SimulatedTrial:
    """Simulate standing on two legs for the whole recording."""
    line = Timeline(np.random.default_rng(seed))
    line.stand(seconds, rate_dps)
    trajectory = line.trajectory()
    readings = read(trajectory, model, line.rng, mirrored=side == "left")
    truth = {"simulated": True, "seed": seed, "side": side, "stance": None, "losses": []}
    return SimulatedTrial(readings, truth, trajectory)


def walking_trial(
    model: SensorModel, *, strides: int, side: str = "right", seed: int, in_place: bool = False
) -> SimulatedTrial:
    """Simulate standing, walking ahead or in place, and standing."""
    line = Timeline(np.random.default_rng(seed))
    line.stand(3.0, 0.3)
    walk(line, strides, 0.0 if in_place else 1.3)
    line.stand(3.0, 0.3)
    trajectory = line.trajectory()
    readings = read(trajectory, model, line.rng, mirrored=side == "left")
    truth = {
        "simulated": True,
        "seed": seed,
        "side": side,
        "stance": None,
        "losses": [],
        "spans": [{"name": s.name, "start_s": s.start_s, "end_s": s.end_s} for s in line.spans],
    }
    return SimulatedTrial(readings, truth, trajectory)


def _true_sway(
    trajectory: FootPath, stance: tuple[float, float], losses: list[tuple[float, float]]
) -> float:
    """RMS of the true rate below 10 Hz over the scored time, from 400 exact values a second."""
    rate_hz = 400.0
    t: FloatArray = np.arange(int(trajectory.duration_s * rate_hz)) / rate_hz
    rate = trajectory.feel(t, np.zeros(3)).rate_dps
    slow = sosfiltfilt(butter(2, 10.0, fs=rate_hz, output="sos"), rate, axis=0)
    scored = (t >= stance[0] + 0.5) & (t < stance[1] - 0.5)
    for start, end in losses:
        scored &= ~((t >= start - 0.5) & (t < end + 1.0))
    return float(np.sqrt(np.mean(np.sum(slow[scored] ** 2, axis=1))))
