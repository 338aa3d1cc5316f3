"""The plan as a file that people edit: `plan.toml` in the data home; without it the shipped one."""

from __future__ import annotations

import tomllib
from typing import TYPE_CHECKING, Any

from imu_ankle.analysis.exercises import EXERCISES
from imu_ankle.core.errors import UsageError
from imu_ankle.core.options import Eyes, Placement, Surface
from imu_ankle.io.fields import (
    Extra,
    Field,
    FieldError,
    enum,
    number,
    one_of,
    record,
    whole,
)
from imu_ankle.io.home import DataHome
from imu_ankle.io.text import write_whole
from imu_ankle.progress.plan import DEFAULT_PLAN, Plan, PlannedExercise

if TYPE_CHECKING:
    from pathlib import Path

MOST_TIMES = 14  # a week


def _planned(name: str, **told: Any) -> PlannedExercise:  # noqa: ANN401 - by the table below
    """Return one exercise of a plan; what it leaves out is as in the shipped plan."""
    default = next(each for each in DEFAULT_PLAN.exercises if each.exercise == name)
    known = EXERCISES[name].placements
    placement = told.get("placement")
    if placement is not None and placement not in known:
        raise FieldError(
            f"placement: {name} can't be measured from the {placement}; it can from: "
            f"{', '.join(known)}"
        )
    return PlannedExercise(
        exercise=name,
        dose=float(told.get("dose", default.dose)),
        trials=told.get("trials", default.trials),
        rest_s=float(told.get("rest_s", default.rest_s)),
        eyes=told.get("eyes", Eyes.OPEN),
        surface=told.get("surface", Surface.FLOOR),
        placement=placement,
    )


_ENTRY = record(
    _planned,
    {
        "name": one_of(lambda: EXERCISES),
        "dose": number(1.0, 1000.0),
        "trials": whole(1, 20),
        "rest_s": number(0.0, 1800.0),
        "eyes": enum(Eyes),
        "surface": enum(Surface),
        "placement": enum(Placement),
    },
    needed=("name",),
    extra=Extra.REFUSED,
)


def _entries(value: object) -> tuple[PlannedExercise, ...]:
    if not isinstance(value, list) or not value:
        raise FieldError("it has no [[exercise]]; a plan needs at least one")
    found = []
    for entry in value:
        try:
            found.append(_ENTRY.read(entry))
        except FieldError as error:
            key, _, what = str(error).partition(": ")
            name = entry.get("name", "?") if isinstance(entry, dict) else "?"
            raise FieldError(f"{key} of {name!s:.40}: {what}" if what else str(error)) from error
    names = [each.exercise for each in found]
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise FieldError(f"{twice[0]} is there twice")
    return tuple(found)


def _plan(exercise: tuple[PlannedExercise, ...], times_per_week: int = 1, schema: int = 1) -> Plan:  # noqa: ARG001
    return Plan(exercises=exercise, times_per_week=times_per_week)


PLAN = record(
    _plan,
    {
        "schema": whole(1, 1),
        "times_per_week": whole(1, MOST_TIMES),
        "exercise": Field(_entries, {"type": "array", "items": dict(_ENTRY.schema), "minItems": 1}),
    },
    extra=Extra.IGNORED,
)


def plan_path(home: Path) -> Path:
    """Return where the plan is kept."""
    return DataHome(home).plan


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
        return parse_plan(_text_of(path))
    except (OSError, FieldError) as error:
        raise UsageError(
            "bad_plan",
            f"{path} can't be used: {error}. Mend it, or go back to the shipped plan with "
            "`imu-ankle plan set --reset`",
        ) from error


def _text_of(path: Path) -> str:
    try:
        return path.read_text("utf-8")
    except UnicodeDecodeError as error:
        raise FieldError(f"it is no text: {error}") from error


def parse_plan(text: str) -> Plan:
    """Return the plan that a TOML text holds.

    Raises
    ------
    FieldError
        If it isn't TOML, or a value isn't one that a plan can have.
    """
    try:
        content = tomllib.loads(text)
    except RecursionError:  # in parsing, or in telling what was found
        raise FieldError("it nests too deep") from None
    except ValueError as error:
        raise FieldError(str(error)) from error
    if "exercise" not in content:
        content = {**content, "exercise": []}
    try:
        return PLAN.read(content)
    except FieldError as error:
        raise FieldError(str(error).removeprefix("exercise: ")) from error


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
