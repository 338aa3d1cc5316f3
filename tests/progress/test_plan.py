"""The plan: the spec's table as data, editable, and an order in which the sensor hardly moves."""

import json

import pytest

from imu_ankle.analysis.exercises import EXERCISES
from imu_ankle.cli import run
from imu_ankle.core.options import Eyes, Side, Surface
from imu_ankle.history.athletes import read_athlete, save_athlete
from imu_ankle.history.plans import parse_plan, plan_path, plan_text, read_plan, write_plan
from imu_ankle.progress.athlete import Athlete
from imu_ankle.progress.plan import DEFAULT_PLAN, moves, steps_of

DOSES = {
    "heel-raises": 20, "heel-walks": 40, "star-taps": 40, "single-leg-balance": 20,
    "mini-squats": 10, "jump-squats": 20, "toe-points": 30, "lateral-hops": 20,
}  # fmt: skip


def test_the_shipped_plan_is_the_table_of_the_specification(tmp_path):
    plan = read_plan(tmp_path)
    assert {each.exercise: each.dose for each in plan.exercises} == DOSES
    assert plan.times_per_week == 1
    trials = {each.exercise: each.trials for each in plan.exercises}
    assert trials.pop("single-leg-balance") == 3
    assert set(trials.values()) == {1}


def test_a_plan_that_is_written_is_read_back(tmp_path):
    write_plan(tmp_path, DEFAULT_PLAN)
    assert read_plan(tmp_path) == DEFAULT_PLAN
    assert parse_plan(plan_text(DEFAULT_PLAN)) == DEFAULT_PLAN


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("times_per_week = 1", "no [[exercise]]"),
        ("times_per_week = 99\n[[exercise]]\nname='toe-points'", "times_per_week"),
        ("[[exercise]]\nname='handstand'", "handstand"),
        ("[[exercise]]\nname='toe-points'\ndose=-1", "dose of toe-points"),
        ("[[exercise]]\nname='toe-points'\ndose='many'", "expected a number"),
        ("[[exercise]]\nname='toe-points'\ncolour='red'", "colour"),
        ("[[exercise]]\nname='toe-points'\neyes='shut'", "eyes of toe-points"),
        ("[[exercise]]\nname='mini-squats'\nplacement='shoe'", "shank, waist"),
        ("[[exercise]]\nname='toe-points'\n[[exercise]]\nname='toe-points'", "twice"),
        ("exercise = 3", "no [[exercise]]"),
    ],
)
def test_what_a_plan_cannot_be_is_told(text, told):
    with pytest.raises(ValueError, match=r"\w") as error:
        parse_plan(text)
    assert told in str(error.value)


def test_a_broken_plan_file_is_a_clear_error_and_can_be_reset(tmp_path, capsys):
    plan_path(tmp_path).write_text("= nothing")
    assert run(["plan", "show", "--data", str(tmp_path)]) == 2
    assert "plan set --reset" in capsys.readouterr().err
    assert run(["plan", "set", "--reset", "--data", str(tmp_path)]) == 0
    assert read_plan(tmp_path) == DEFAULT_PLAN


def test_the_sensor_stays_on_the_left_shoe_until_all_that_needs_it_there_is_done():
    steps = steps_of(DEFAULT_PLAN)
    places = [step.place for step in steps]
    assert places == sorted(places, key=places.index)
    assert places[0] == ("shoe", Side.LEFT)
    assert places[-1] == ("shoe", Side.RIGHT)
    shoes = [place for place in dict.fromkeys(places) if place[0] == "shoe"]
    assert shoes == [("shoe", Side.LEFT), ("shoe", Side.RIGHT)]
    without_squats = DEFAULT_PLAN.of([slug for slug in EXERCISES if slug != "mini-squats"])
    assert moves(steps_of(without_squats)) == 1
    both = (Side.LEFT, Side.RIGHT)
    assert moves(steps_of(without_squats, both), both) == 0


def test_the_free_foot_of_a_leg_is_the_other_one():
    taps = [step for step in steps_of(DEFAULT_PLAN) if step.planned.exercise == "star-taps"]
    assert {(step.leg, step.side) for step in taps} == {
        ("left", Side.RIGHT),
        ("right", Side.LEFT),
    }


def test_every_exercise_has_its_guide():
    guides = {slug: exercise.guide for slug, exercise in EXERCISES.items()}
    for guide in guides.values():
        assert guide.how_to.endswith(".")
        assert guide.cues
        assert guide.unseen
    balance = guides["single-leg-balance"]
    assert {"towel", "bosu-round", "bosu-flat", "closed"} <= set(balance.harder)
    assert "wall" in balance.safety[0]
    assert "step" in guides["heel-raises"].harder


def test_plan_set_changes_what_it_is_told_and_nothing_else(tmp_path, capsys):
    words = ["plan", "set", "--data", str(tmp_path), "--json"]
    assert run([*words, "--weak-ankles"]) == 0
    assert json.loads(capsys.readouterr().out)["times_per_week"] == 3
    chosen = ["--exercise", "single-leg-balance", "--surface", "bosu-flat", "--eyes", "closed"]
    assert run([*words, *chosen, "--dose", "30"]) == 0
    changed = {each.exercise: each for each in read_plan(tmp_path).exercises}
    balance = changed["single-leg-balance"]
    assert (balance.surface, balance.eyes, balance.dose) == (Surface.BOSU_FLAT, Eyes.CLOSED, 30)
    assert changed["toe-points"] == next(
        each for each in DEFAULT_PLAN.exercises if each.exercise == "toe-points"
    )
    assert run([*words, "--dose", "3"]) == 2


def test_a_plan_keeps_one_exercise_at_least(tmp_path, capsys):
    words = ["plan", "set", "--data", str(tmp_path), "--exercise"]
    *others, last = EXERCISES
    assert [run([*words, slug, "--remove"]) for slug in others] == [0] * len(others)
    kept = plan_path(tmp_path).read_text()
    assert run([*words, last, "--remove"]) == 2
    assert "at least one" in capsys.readouterr().err
    assert plan_path(tmp_path).read_text() == kept


def test_adherence_goes_by_the_plan_of_the_data_home(tmp_path):
    save_athlete(tmp_path, Athlete(name="anna"))
    assert read_athlete(tmp_path, "anna").plan.times_per_week == 1
    run(["plan", "set", "--weak-ankles", "--data", str(tmp_path)])
    assert read_athlete(tmp_path, "anna").plan.times_per_week == 3
    save_athlete(tmp_path, Athlete(name="bea", times_per_week=2, exercises=("toe-points",)))
    bea = read_athlete(tmp_path, "bea").plan
    assert bea.times_per_week == 2
    assert [dose.exercise for dose in bea.doses] == ["toe-points"]
