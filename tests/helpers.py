"""Recordings made from physics, for all tests."""

import dataclasses

import numpy as np
from scipy.spatial.transform import Rotation

from imu_ankle import analyze
from imu_ankle.core.recording import Recording, Sidecar
from imu_ankle.simulation.catalogue import simulate
from imu_ankle.simulation.plan import SetPlan, SimulatedTrial
from imu_ankle.simulation.sensor import SensorModel
from imu_ankle.simulation.trials import BalancePlan, balance_trial

BALANCE = "single-leg-balance"
HOPS, JUMPS = "lateral-hops", "jump-squats"
# a sensor as they are: with a filter on the chip
CHIP = SensorModel(rate_hz=208.0, lowpass_share=0.4, misalignment_deg=0.5)


def recording_of(trial: SimulatedTrial, **sidecar) -> Recording:
    r = trial.readings
    return Recording(
        time_s=np.round(r.time_s, 6),
        acc_mps2=r.acc_mps2,
        gyr_dps=r.gyr_dps,
        seq=r.seq.astype(np.int64),
        sidecar=Sidecar(**sidecar),
        file="simulated.csv",
    )


def balance(plan=None, model=None, *, side="right", seed=1):
    """Return recording and truth of a simulated trial."""
    trial = balance_trial(
        plan or BalancePlan(), model or SensorModel(rate_hz=104.0), side=side, seed=seed
    )
    return recording_of(trial), trial.truth


def flights(exercise=HOPS, model=CHIP, *, side="right", seed=1, **plan):
    """Return recording and truth of a simulated set of hops or jumps."""
    trial = simulate(exercise, SetPlan(**({"reps": 8} | plan)), model, side=side, seed=seed)
    return recording_of(trial), trial.truth


def count(recording, exercise=HOPS, **settings):
    return analyze(recording, **({"exercise": exercise, "side": "right"} | settings))


def accepted(result):
    return [event for event in result.events if event.rejected is None]


def true_reps(truth):
    return [event for event in truth["events"] if event["kind"] == "rep"]


def column(result, key):
    """Return one value of all accepted events."""
    return np.array([event.values[key] for event in accepted(result)], dtype=float)


def joined(first: Recording, second: Recording, pause_s=1.0) -> Recording:
    """Return both recordings, one after the other, on one clock."""
    step = float(np.median(np.diff(first.time_s)))
    gap = round(pause_s / step)
    return Recording(
        time_s=np.concatenate(
            [first.time_s, second.time_s - second.time_s[0] + first.time_s[-1] + gap * step]
        ),
        acc_mps2=np.vstack([first.acc_mps2, second.acc_mps2]),
        gyr_dps=np.vstack([first.gyr_dps, second.gyr_dps]),
    )


def score_balance(recording, **settings):
    return analyze(recording, **({"exercise": BALANCE, "side": "right"} | settings))


def values(result):
    return {key: metric.value for key, metric in result.metrics.items()}


def turned(recording: Recording, rotation: Rotation) -> Recording:
    return dataclasses.replace(
        recording,
        acc_mps2=rotation.apply(np.array(recording.acc_mps2)),
        gyr_dps=rotation.apply(np.array(recording.gyr_dps)),
    )


def changed(recording: Recording, **arrays) -> Recording:
    return dataclasses.replace(recording, **arrays)


def without(recording: Recording, gone: np.ndarray) -> Recording:
    """Return the recording as it is when the samples marked in `gone` were lost."""
    keep = ~gone
    return dataclasses.replace(
        recording,
        time_s=recording.time_s[keep],
        acc_mps2=recording.acc_mps2[keep],
        gyr_dps=recording.gyr_dps[keep],
        seq=None if recording.seq is None else recording.seq[keep],
    )


def sines(rate_hz, seconds=20.0, seed=3, amplitude_dps=1.0):
    """Return time and a (N, 3) sway of 60 sines, the same motion at every rate, in deg/s."""
    rng = np.random.default_rng(seed)
    frequency = rng.uniform(0.1, 4.0, (60, 3))
    size = rng.normal(0.0, amplitude_dps, (60, 3)) / (1.0 + frequency**2)
    phase = rng.uniform(0.0, 2.0 * np.pi, (60, 3))
    t = np.arange(round(seconds * rate_hz)) / rate_hz
    angle = 2.0 * np.pi * frequency * t[:, None, None] + phase
    return t, np.sum(size * np.sin(angle), axis=1)


def stance_only(rate_hz=104.0, seconds=20.0, seed=3, amplitude_dps=1.0) -> Recording:
    """Return a recording of nothing but sway, gravity following the tilt."""
    t, rate = sines(rate_hz, seconds, seed, amplitude_dps)
    rng = np.random.default_rng(seed)
    frequency = rng.uniform(0.1, 4.0, (60, 3))
    size = rng.normal(0.0, amplitude_dps, (60, 3)) / (1.0 + frequency**2)
    phase = rng.uniform(0.0, 2.0 * np.pi, (60, 3))
    omega = 2.0 * np.pi * frequency
    tilt = np.radians(np.sum(-size / omega * np.cos(omega * t[:, None, None] + phase), axis=1))
    up = np.column_stack([-tilt[:, 1], tilt[:, 0], np.ones(len(t))])
    up /= np.linalg.norm(up, axis=1, keepdims=True)
    return Recording(time_s=t, acc_mps2=9.80665 * up, gyr_dps=rate, file="sway.csv")
