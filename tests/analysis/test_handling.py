"""A sensor in a hand, simulated: turned and carried about at will, it does no exercise."""

import dataclasses

import numpy as np
import pytest

from imu_ankle.analysis.exercises import EXERCISES
from imu_ankle.analysis.preprocessing import preprocess
from imu_ankle.analysis.segmentation import recognise
from imu_ankle.core.exercise import TrialContext
from imu_ankle.core.options import Side
from imu_ankle.simulation.sensor import MOUNTS_M
from tests.helpers import BALANCE, CHIP, flights

# each was taken for raises, points, squats or heel walks before what moves beside the turns counted
SEEDS = (106, 114, 127, 131, 135, 50_004, 50_026, 50_028, 50_049, 60_014, 90_010, 91_066, 940_005)
LOOKS = [(e, p) for slug, e in EXERCISES.items() if slug != BALANCE for p in e.placements]


@pytest.fixture(scope="module", params=SEEDS)
def handled(request):
    rng = np.random.default_rng(request.param)
    arm_m = list(MOUNTS_M.values())[request.param % len(MOUNTS_M)]
    rate_hz = float(rng.choice([50.0, 104.0, 208.0]))
    model = dataclasses.replace(CHIP, rate_hz=rate_hz, arm_m=arm_m)
    return preprocess(flights("handling", model, seed=request.param)[0])


@pytest.mark.parametrize(("exercise", "placement"), LOOKS)
def test_no_exercise_counts_anything_in_a_hand(handled, exercise, placement):
    found = exercise.measure(
        handled, TrialContext(side=Side.LEFT, placement=placement), exercise.params
    )
    assert [event for event in found.events if event.rejected is None] == []


def test_nothing_is_recognised_in_a_hand(handled):
    assert recognise(handled, Side.LEFT) == []
