"""The named exercise is another one: said, and kept out of trends, until the wearer is sure."""

import dataclasses
from datetime import UTC, datetime
from typing import Any

import pytest

import imu_ankle as ia
from imu_ankle.analysis.exercises import EXERCISES
from imu_ankle.core.result import Grade
from imu_ankle.progress.table import facts_of, left_out, numbers_of, tidy, trials_of, usable_rows
from imu_ankle.simulation.catalogue import SIMULATIONS
from imu_ankle.simulation.sensor import MOUNTS_M, arm_at
from imu_ankle.simulation.wearer import Wearer
from tests.helpers import CHIP, flights

SETS = {name: simulation for name, simulation in SIMULATIONS.items() if simulation.exercise}
VARIED = [(name, v) for name, s in SETS.items() for v in (s.variations or (None,))]


def made(name, variation=None, seed=1):
    placement = SETS[name].placement_of(variation)
    model = dataclasses.replace(CHIP, rate_hz=104.0, arm_m=arm_at(placement))
    reps = {"star-taps": 2, "single-leg-balance": 1, "lateral-hops": 20, "jump-squats": 20}
    recording, _ = flights(name, model, seed=seed, variation=variation, reps=reps.get(name, 8))
    return recording, placement


@pytest.mark.parametrize(("name", "variation"), VARIED)
@pytest.mark.parametrize("seed", [11, 12])
def test_what_it_is_said_to_be_is_not_doubted(name, variation, seed):
    recording, placement = made(name, variation, seed)
    result = ia.analyze(recording, exercise=name, side="left", placement=placement)
    assert "other_exercise" not in result.quality.reasons


@pytest.mark.parametrize("mount", MOUNTS_M)
@pytest.mark.parametrize(
    ("name", "variation"), [("heel-raises", "floor"), ("single-leg-balance", "bosu-round")]
)
@pytest.mark.parametrize("seed", [7000, 7003, 7004])
def test_wherever_the_clip_sits_raises_and_wobbly_stances_are_not_doubted(
    seed, name, variation, mount
):
    wearer = Wearer(sway_dps=6.0, raise_deg=30.0, spread=0.1)
    model = dataclasses.replace(CHIP, rate_hz=104.0, arm_m=MOUNTS_M[mount])
    recording, _ = flights(name, model, seed=seed, variation=variation, wearer=wearer)
    result = ia.analyze(recording, exercise=name, side="right")
    assert "other_exercise" not in result.quality.reasons


@pytest.mark.parametrize(
    ("name", "named"), [(name, named) for name in SETS for named in EXERCISES if name != named]
)
def test_no_number_of_another_exercise_is_ok(name, named):
    recording, _ = made(name)
    result = ia.analyze(recording, exercise=named, side="left")
    if result.quality.grade is Grade.OK:
        assert not result.dose.done
    elif result.dose.done:
        assert "other_exercise" in result.quality.reasons
        looks_like: Any = result.inputs["looks_like"]
        assert looks_like["exercise"] == name


def test_who_is_sure_is_believed():
    recording, _ = made("toe-points")
    told: Any = {"exercise": "heel-raises", "side": "left"}
    assert "other_exercise" in ia.analyze(recording, **told).quality.reasons
    assert (
        "other_exercise" not in ia.analyze_run(recording, **told, sure=True).result.quality.reasons
    )
    surely = dataclasses.replace(
        recording, sidecar=dataclasses.replace(recording.sidecar, sure=True)
    )
    assert "other_exercise" not in ia.analyze(surely, **told).quality.reasons


def test_a_few_raises_before_a_trial_are_not_the_trial():
    recording, _ = made("single-leg-balance")
    result = ia.analyze(recording, exercise="single-leg-balance", side="left")
    assert result.quality.grade is Grade.OK


def test_flights_whose_width_cannot_be_seen_may_be_hops():
    recording, _ = made("jump-squats", seed=5)
    result = ia.analyze(recording, exercise="lateral-hops", side="left", placement="ankle")
    assert result.dose.done == 20
    assert result.metrics["lateral_m"].value is None
    assert "other_exercise" not in result.quality.reasons


def test_no_trend_and_no_plan_takes_it():
    recording, _ = made("toe-points")
    now = datetime(2026, 11, 2, tzinfo=UTC)
    sidecar = dataclasses.replace(recording.sidecar, started_at="2026-11-01T10:00:00+00:00")
    rows = []
    for sure in (False, True):
        run = ia.analyze_run(recording, exercise="heel-raises", side="left", sure=sure)
        result = run.result.to_dict()
        facts = facts_of(sidecar, result, trial=str(sure), session="a", athlete="a")
        rows.append((facts, list(numbers_of(result))))
    table = tidy(rows)
    assert set(table["trial"][usable_rows(table, now)]) == {"True"}
    ((trial, why),) = left_out(trials_of(facts for facts, _ in rows), now)
    assert trial == "False"
    assert "another exercise" in why
