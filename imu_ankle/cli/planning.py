"""`imu-ankle plan show` and `plan set`."""

from __future__ import annotations

import sys
from dataclasses import dataclass, replace

from rich.console import Console
from rich.table import Table

from imu_ankle.analysis.exercises import EXERCISES, get_exercise
from imu_ankle.cli.show import print_json, shown
from imu_ankle.core.errors import UsageError
from imu_ankle.core.exercise import SAFETY
from imu_ankle.core.options import Eyes, Placement, Side, Surface, parse_enum
from imu_ankle.core.result import SCHEMA
from imu_ankle.history.plans import parse_plan, plan_path, plan_text, read_plan, write_plan
from imu_ankle.io.home import data_home
from imu_ankle.progress.plan import DEFAULT_PLAN, WEAK_ANKLES_TIMES, Plan, moves, steps_of
from imu_ankle.text.progress import guide_lines, how_text, target_text
from imu_ankle.text.results import often


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanWishes:
    """What is to change; None stays."""

    weak_ankles: bool = False
    times_per_week: int | None = None
    exercise: str | None = None
    dose: float | None = None
    trials: int | None = None
    rest_s: float | None = None
    eyes: str | None = None
    surface: str | None = None
    placement: str | None = None
    remove: bool = False
    reset: bool = False


def run_show(exercise: str | None, *, as_json: bool) -> int:
    """Print the plan, or how one exercise is done."""
    home = data_home()
    plan = read_plan(home)
    if exercise is not None:
        get_exercise(exercise)
        plan = plan.of([exercise])
    if as_json:
        print_json(plan_object(plan))
        return 0
    if exercise is not None:
        for line in guide_lines(exercise):
            print(line)
        return 0
    source = plan_path(home)
    where = shown(source) if source.exists() else "as shipped; `imu-ankle plan set` writes your own"
    console = Console(highlight=False)
    console.print(f"[bold]The plan, {often(plan.times_per_week)}[/bold] ({where})")
    table = Table(box=None, pad_edge=False)
    for column in ("exercise", "dose", "trials", "rest, s", "how", "sensor on"):
        table.add_column(column)
    for each in plan.exercises:
        table.add_row(
            each.exercise,
            target_text(each),
            str(each.trials),
            f"{each.rest_s:g}",
            how_text(each),
            str(each.worn),
        )
    console.print(table)
    steps = steps_of(plan)
    order = " · ".join(dict.fromkeys(f"{step.place[1]} {step.place[0]}" for step in steps))
    console.print(f"{len(steps)} sets with one sensor, clipped on: {order} ({moves(steps)} moves)")
    console.print(f"{SAFETY[0]} `imu-ankle plan show --exercise SLUG` tells how one is done.")
    return 0


def run_set(options: PlanWishes, *, as_json: bool) -> int:
    """Change the plan, write it, print it."""
    home = data_home()
    plan = DEFAULT_PLAN if options.reset else read_plan(home)
    changed = _changed(plan, options)
    try:
        parse_plan(plan_text(changed))
    except ValueError as error:
        raise UsageError("bad_plan", str(error)) from error
    path = write_plan(home, changed)
    print(f"saved: {shown(path)}", file=sys.stderr)
    return run_show(None, as_json=as_json)


def _changed(plan: Plan, options: PlanWishes) -> Plan:
    if options.weak_ankles:
        plan = replace(plan, times_per_week=WEAK_ANKLES_TIMES)
    if options.times_per_week is not None:
        plan = replace(plan, times_per_week=options.times_per_week)
    asked = {
        "dose": options.dose,
        "trials": options.trials,
        "rest_s": options.rest_s,
        "eyes": parse_enum(Eyes, options.eyes, "") if options.eyes else None,
        "surface": parse_enum(Surface, options.surface, "") if options.surface else None,
        "placement": parse_enum(Placement, options.placement, "") if options.placement else None,
    }
    changes = {key: value for key, value in asked.items() if value is not None}
    if options.exercise is None:
        if changes or options.remove:
            what = "--remove" if options.remove else f"--{next(iter(changes)).replace('_s', '')}"
            raise UsageError("missing_exercise", f"{what} is of one exercise: name it, --exercise")
        return plan
    slug = get_exercise(options.exercise).slug
    if options.remove:
        kept = tuple(each for each in plan.exercises if each.exercise != slug)
        return replace(plan, exercises=kept)
    before = next((p for p in plan.exercises if p.exercise == slug), None) or next(
        p for p in DEFAULT_PLAN.exercises if p.exercise == slug
    )
    after = replace(before, **changes)  # type: ignore[arg-type]
    together = {**{each.exercise: each for each in plan.exercises}, slug: after}
    return replace(plan, exercises=tuple(together.values()))


def plan_object(plan: Plan) -> dict[str, object]:
    """Return the plan as a JSON object, with the order of sets for one sensor and for two."""
    return {
        "schema": SCHEMA,
        "times_per_week": plan.times_per_week,
        "exercises": [
            {
                "exercise": each.exercise,
                "dose": each.dose,
                "unit": EXERCISES[each.exercise].dose_unit,
                "legs": list(EXERCISES[each.exercise].legs),
                "trials": each.trials,
                "rest_s": each.rest_s,
                "eyes": str(each.eyes),
                "surface": str(each.surface),
                "placement": str(each.worn),
                "how_to": EXERCISES[each.exercise].guide.how_to,
                "cues": list(EXERCISES[each.exercise].guide.cues),
                "safety": [*EXERCISES[each.exercise].guide.safety, *SAFETY],
                "unseen": list(EXERCISES[each.exercise].guide.unseen),
                "harder": dict(EXERCISES[each.exercise].guide.harder),
            }
            for each in plan.exercises
        ],
        "order": [step.key for step in steps_of(plan)],
        "order_two_sensors": [step.key for step in steps_of(plan, (Side.LEFT, Side.RIGHT))],
    }
