"""What the tests of raises, points, squats, heel walks and star taps share."""

import dataclasses

import numpy as np
from scipy.spatial.transform import Rotation

from imu_ankle.core.options import Placement
from imu_ankle.core.recording import Recording
from imu_ankle.simulation.sensor import BODY_ARMS_M
from imu_ankle.simulation.sets import finish
from imu_ankle.simulation.timeline import PITCH, Timeline
from tests.helpers import CHIP, accepted, changed, column, joined, recording_of, true_reps, turned

ON_SHANK = dataclasses.replace(CHIP, arm_m=BODY_ARMS_M[Placement.SHANK])
AT_WAIST = dataclasses.replace(CHIP, arm_m=BODY_ARMS_M[Placement.WAIST])
RATES_HZ = [50.0, 104.0, 208.0, 416.0]
ROTATIONS = {
    "upside down": Rotation.from_euler("x", 180, degrees=True),
    "turned about": Rotation.from_euler("z", 180, degrees=True),
    "on its side": Rotation.from_euler("y", 90, degrees=True),
    "anyhow": Rotation.random(random_state=3),
}


def performed(perform, model=CHIP, *, side="right", seed=5, stand_s=2.0, end_s=2.0, pitch_deg=0.0):
    """Return recording and truth of what `perform(line)` does between two stands."""
    line = Timeline(np.random.default_rng(seed))
    line.here[PITCH] = np.radians(pitch_deg)
    line.stand(stand_s, 0.3)
    events = perform(line) or []
    line.stand(end_s, 0.3)
    trial = finish(line, model, events, side=side, seed=seed)
    return recording_of(trial), trial.truth


def off(result, truth, key):
    """Return by how much a value of each repetition differs from the truth."""
    true = true_reps(truth)
    assert len(accepted(result)) == len(true)
    return column(result, key) - np.array([rep[key] for rep in true], dtype=float)


def codes(result):
    return [event.rejected for event in result.events if event.rejected is not None]


def units(result):
    return {key: metric.unit for key, metric in result.metrics.items()}


def after_quiet(recording: Recording, seconds=30.0) -> Recording:
    """Return the recording after so much of the quiet with which it begins."""
    step = float(np.median(np.diff(recording.time_s)))
    n = round(seconds / step)
    rng = np.random.default_rng(1)
    still = Recording(
        time_s=np.arange(n) * step,
        acc_mps2=recording.acc_mps2[:50].mean(axis=0) + rng.normal(0.0, 0.01, (n, 3)),
        gyr_dps=recording.gyr_dps[:50].mean(axis=0) + rng.normal(0.0, 0.05, (n, 3)),
    )
    return joined(still, recording, pause_s=step)


def same_in_other_words(recording: Recording) -> dict[str, Recording]:
    """Return recordings that hold the same movement: turned, biased, after a wait."""
    biased = changed(recording, gyr_dps=recording.gyr_dps + np.array([3.0, -2.0, 1.0]))
    rotated = {name: turned(recording, rotation) for name, rotation in ROTATIONS.items()}
    return {**rotated, "biased": biased, "after quiet": after_quiet(recording)}
