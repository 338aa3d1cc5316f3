"""The commands that show and change the plan."""

from __future__ import annotations

from typing import Annotated

import typer

from imu_ankle.cli.app import (
    AsJson,
    ExerciseOption,
    EyesOption,
    PlacementOption,
    SurfaceOption,
    app,
)
from imu_ankle.cli.sensor_app import DataOption, use_data

plan_app = typer.Typer(
    help="The training plan: which exercises, how much, how often. `plan show`, `plan set`.",
    no_args_is_help=True,
    rich_markup_mode=None,
)
app.add_typer(plan_app, name="plan")


@plan_app.command()
def show(exercise: ExerciseOption = None, data: DataOption = None, as_json: AsJson = False) -> int:
    """Print the plan and the order of sets; with --exercise, how that one is done."""
    from imu_ankle.cli.planning import run_show

    use_data(data)
    return run_show(exercise, as_json=as_json)


@plan_app.command("set")
def change(
    weak_ankles: Annotated[
        bool, typer.Option("--weak-ankles", help="Several times a week, for ankles that are weak.")
    ] = False,
    times_per_week: Annotated[
        int | None, typer.Option("--times-per-week", help="How often.", min=1, max=14)
    ] = None,
    exercise: ExerciseOption = None,
    dose: Annotated[
        float | None, typer.Option("--dose", help="Of the exercise, per leg.", min=1, max=1000)
    ] = None,
    trials: Annotated[
        int | None, typer.Option("--trials", help="Offered in a session.", min=1, max=20)
    ] = None,
    rest: Annotated[
        float | None, typer.Option("--rest", help="Seconds between trials.", min=0, max=1800)
    ] = None,
    eyes: EyesOption = None,
    surface: SurfaceOption = None,
    placement: PlacementOption = None,
    remove: Annotated[bool, typer.Option("--remove", help="Take the exercise out.")] = False,
    reset: Annotated[bool, typer.Option("--reset", help="Begin with the shipped plan.")] = False,
    data: DataOption = None,
    as_json: AsJson = False,
) -> int:
    """Change the plan and write plan.toml, which may be edited by hand too."""
    from imu_ankle.cli.planning import PlanWishes, run_set

    use_data(data)
    options = PlanWishes(
        weak_ankles=weak_ankles,
        times_per_week=times_per_week,
        exercise=exercise,
        dose=dose,
        trials=trials,
        rest_s=rest,
        eyes=eyes,
        surface=surface,
        placement=placement,
        remove=remove,
        reset=reset,
    )
    return run_set(options, as_json=as_json)
