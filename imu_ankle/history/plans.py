"""The plan as a file that people edit: `plan.toml` in the data home; without it the shipped one."""

from __future__ import annotations

import tomllib
from enum import StrEnum
from typing import TYPE_CHECKING, Any, TypeVar

from imu_ankle.analysis.exercises import EXERCISES
from imu_ankle.core.errors import UsageError
from imu_ankle.core.options import Eyes, Placement, Surface
from imu_ankle.io.text import write_whole
from imu_ankle.progress.plan import DEFAULT_PLAN, Plan, PlannedExercise

if TYPE_CHECKING:
    from pathlib import Path

Word = TypeVar("Word", bound=StrEnum)
MOST_TIMES = 14  # a week
_KEYS = {"name", "dose", "trials", "rest_s", "eyes", "surface", "placement"}
_LIMITS = {"dose": (1.0, 1000.0), "trials": (1, 20), "rest_s": (0.0, 1800.0)}


def plan_path(home: Path) -> Path:
    """Return where the plan is kept."""
    return home / "plan.toml"


def read_plan(home: Path) -> Plan:
    """Return the plan of a data home; the shipped one where there is no file.

    Raises
    ------
    UsageError
        ``bad_plan`` if the file can't be used; the message says where and what was expected.
    """
    path = plan_path(home)
    if not path.exists():
        return DEFAULT_PLAN
    try:
        return parse_plan(path.read_text("utf-8"))
    except (OSError, ValueError) as error:
        raise UsageError(
            "bad_plan",
            f"{path} can't be used: {error}. Mend it, or go back to the shipped plan with "
            "`imu-ankle plan set --reset`",
        ) from error


def parse_plan(text: str) -> Plan:
    """Return the plan that a TOML text holds.

    Raises
    ------
    ValueError
        If it isn't TOML, or a value isn't one that a plan can have.
    """
    try:
        return _plan(tomllib.loads(text))
    except RecursionError:  # in parsing, or in telling what was found
        raise ValueError("it nests too deep") from None


def _plan(content: dict[str, Any]) -> Plan:
    times = content.get("times_per_week", 1)
    if not isinstance(times, int) or isinstance(times, bool) or not 1 <= times <= MOST_TIMES:
        raise ValueError(f"times_per_week is {times!r}, expected 1 to {MOST_TIMES}")
    entries = content.get("exercise", [])
    if not isinstance(entries, list) or not entries:
        raise ValueError("it has no [[exercise]]; a plan needs at least one")
    exercises = tuple(_exercise(entry) for entry in entries)
    names = [each.exercise for each in exercises]
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise ValueError(f"{twice[0]} is there twice")
    return Plan(exercises=exercises, times_per_week=times)


def _exercise(entry: object) -> PlannedExercise:
    if not isinstance(entry, dict) or "name" not in entry:
        raise ValueError("an [[exercise]] has no name")
    name = entry["name"]
    if not isinstance(name, str) or name not in EXERCISES:
        raise ValueError(f"exercise {name!r} is not one of {', '.join(EXERCISES)}")
    unknown = sorted(set(entry) - _KEYS)
    if unknown:
        raise ValueError(f"{name} has {unknown[0]!r}; known are {', '.join(sorted(_KEYS))}")
    default = next(each for each in DEFAULT_PLAN.exercises if each.exercise == name)
    return PlannedExercise(
        exercise=name,
        dose=float(_number(entry, name, "dose", default.dose)),
        trials=int(_number(entry, name, "trials", default.trials)),
        rest_s=float(_number(entry, name, "rest_s", default.rest_s)),
        eyes=_word(entry, name, "eyes", Eyes.OPEN),
        surface=_word(entry, name, "surface", Surface.FLOOR),
        placement=_placement(entry, name),
    )


def _number(entry: dict[str, Any], name: str, key: str, default: float) -> float:
    value = entry.get(key, default)
    low, high = _LIMITS[key]
    whole = key != "trials" or isinstance(value, int)
    if isinstance(value, bool) or not isinstance(value, int | float) or not whole:
        raise ValueError(f"{key} of {name} is {value!r}, expected a number")
    if not low <= value <= high:
        raise ValueError(f"{key} of {name} is {value!r}, expected {low:g} to {high:g}")
    return value


def _word(entry: dict[str, Any], name: str, key: str, default: Word) -> Word:
    words = type(default)
    try:
        return words(entry.get(key, default))
    except ValueError:
        known = ", ".join(words)
        raise ValueError(f"{key} of {name} is {entry[key]!r}, expected one of {known}") from None


def _placement(entry: dict[str, Any], name: str) -> Placement | None:
    if "placement" not in entry:
        return None
    placement = _word(entry, name, "placement", Placement.SHOE)
    if placement not in EXERCISES[name].placements:
        known = ", ".join(EXERCISES[name].placements)
        raise ValueError(f"{name} can't be measured from the {placement}; it can from: {known}")
    return placement


def write_plan(home: Path, plan: Plan) -> Path:
    """Write the plan; return where."""
    path = plan_path(home)
    write_whole(path, plan_text(plan), private=True)
    return path


def plan_text(plan: Plan) -> str:
    """Return the plan as TOML, with what may be changed said beside it."""
    lines = [
        "# The training plan of imu_ankle. Edit it freely; `imu-ankle plan show` checks it.",
        "# dose is per leg where an exercise is done on one leg; trials are offered, one meets it.",
        f"# surface: {', '.join(Surface)}; eyes: {', '.join(Eyes)}; rest_s is between trials.",
        "schema = 1",
        f"times_per_week = {plan.times_per_week}",
    ]
    for each in plan.exercises:
        exercise = EXERCISES[each.exercise]
        lines += [
            "",
            "[[exercise]]",
            f'name = "{each.exercise}"',
            f"dose = {each.dose:g}  # {exercise.dose_unit}",
            f"trials = {each.trials}",
            f"rest_s = {each.rest_s:g}",
            f'eyes = "{each.eyes}"',
            f'surface = "{each.surface}"',
        ]
        if each.placement is not None:
            lines.append(f'placement = "{each.placement}"')
    return "\n".join(lines) + "\n"
