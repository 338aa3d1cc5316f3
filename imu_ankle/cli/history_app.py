"""The commands on the history: what was done, what changed, and keeping it in order."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from imu_ankle.cli.app import (
    AsJson,
    ExerciseOption,
    EyesOption,
    PlacementOption,
    SideOption,
    StartedAtOption,
    SurfaceOption,
    app,
)
from imu_ankle.cli.sensor_app import DataOption, use_data

__all__ = ["app"]

OfAllOption = Annotated[str | None, typer.Option("--athlete", help="Only of this athlete.")]
AthleteOption = Annotated[
    str | None, typer.Option("--athlete", help="Whose; by default the one who recorded last.")
]
Target = Annotated[
    str,
    typer.Argument(
        help="last, or the beginning of a session's or a trial's name.", metavar="WHICH"
    ),
]


@app.command()
def trends(
    folders: Annotated[
        list[Path] | None,
        typer.Argument(
            help="Folders of recordings, searched all the way down; by default the history.",
            metavar="[FOLDER...]",
            readable=False,
        ),
    ] = None,
    athlete: AthleteOption = None,
    exercise: ExerciseOption = None,
    metric: Annotated[
        str | None,
        typer.Option("--metric", help="One number of --exercise, in place of its headlines."),
    ] = None,
    picture: Annotated[
        str, typer.Option("--picture", help="What is drawn: all, stability, hops or calendar.")
    ] = "all",
    png: Annotated[
        str | None, typer.Option("--png", metavar="[FILE]", help="Draw (png, svg or pdf).")
    ] = None,
    svg: Annotated[str | None, typer.Option("--svg", metavar="[FILE]", help="Draw as SVG.")] = None,
    csv: Annotated[
        str | None,
        typer.Option("--csv", metavar="[FILE]", help="Write one row per session and number."),
    ] = None,
    show: Annotated[bool, typer.Option("--open", help="Draw, and show the picture.")] = False,
    data: DataOption = None,
    as_json: AsJson = False,
) -> int:
    """Show what changed, beyond noise or within it: legs, conditions, weeks of the plan."""
    from imu_ankle.cli.trending import TrendOptions, run_trends

    use_data(data)
    options = TrendOptions(
        athlete=athlete,
        exercise=exercise,
        metric=metric,
        picture=picture,
        png=png,
        svg=svg,
        csv=csv,
        as_json=as_json,
        show=show,
    )
    return run_trends(folders or [], options)


@app.command()
def report(
    session: Annotated[
        str, typer.Option("--session", help="last, or the beginning of a session's name.")
    ] = "last",
    html: Annotated[
        bool, typer.Option("--html", help="Write one HTML file (the default).")
    ] = False,
    pdf: Annotated[bool, typer.Option("--pdf", help="Write a PDF.")] = False,
    audience: Annotated[
        str, typer.Option("--for", help="athlete (in short) or physio (in full).")
    ] = "athlete",
    athlete: AthleteOption = None,
    out: Annotated[
        Path | None, typer.Option("--out", help="Folder for the files; by default this one.")
    ] = None,
    show: Annotated[bool, typer.Option("--open", help="Show it.")] = False,
    data: DataOption = None,
    as_json: AsJson = False,
) -> int:
    """Write a report of a session: what was done, what changed beyond noise, what wasn't measurable."""
    from imu_ankle.cli.reporting import ReportWishes, run_report

    use_data(data)
    options = ReportWishes(
        session=session,
        html=html or not pdf,
        pdf=pdf,
        audience=audience,
        athlete=athlete,
        out=out or Path(),
        show=show,
        as_json=as_json,
    )
    return run_report(options)


@app.command("list")
def list_(
    athlete: OfAllOption = None,
    exercise: ExerciseOption = None,
    most: Annotated[
        int, typer.Option("--most", help="Only the last so many sessions.", min=1)
    ] = 20,
    trials: Annotated[bool, typer.Option("--trials", help="Each trial on a line.")] = False,
    trash: Annotated[
        bool, typer.Option("--trash", help="What was deleted and can come back.")
    ] = False,
    data: DataOption = None,
    as_json: AsJson = False,
) -> int:
    """List sessions, the last one last: what was done, scores, pain, notes."""
    from imu_ankle.cli.listing import run_list

    use_data(data)
    return run_list(athlete, exercise, most, trials=trials, trash=trash, as_json=as_json)


@app.command()
def show(
    which: Target = "last",
    png: Annotated[
        str | None, typer.Option("--png", metavar="[FILE]", help="Draw the session.")
    ] = None,
    picture: Annotated[
        str, typer.Option("--picture", help="session, or fatigue: repetition by repetition.")
    ] = "session",
    data: DataOption = None,
    as_json: AsJson = False,
) -> int:
    """Show a session or a trial: results, and what its sidecar says."""
    from imu_ankle.cli.listing import run_show

    use_data(data)
    return run_show(which, png=png, picture=picture, as_json=as_json)


@app.command()
def edit(
    which: Target,
    exercise: ExerciseOption = None,
    side: SideOption = None,
    placement: PlacementOption = None,
    eyes: EyesOption = None,
    surface: SurfaceOption = None,
    shoe: Annotated[str | None, typer.Option("--shoe", help="Which shoe, in your words.")] = None,
    pain: Annotated[float | None, typer.Option("--pain", help="0 to 10.", min=0, max=10)] = None,
    notes: Annotated[str | None, typer.Option("--notes", help="In place of the notes.")] = None,
    athlete: Annotated[str | None, typer.Option("--athlete", help="Whose it is.")] = None,
    started_at: StartedAtOption = None,
    sure: Annotated[
        bool,
        typer.Option("--sure", help="It is the exercise that is named, whatever it looks like."),
    ] = False,
    data: DataOption = None,
) -> int:
    """Change what is said of a session or trial; what was said before stays in the sidecar."""
    from imu_ankle.cli.keeping import run_edit

    use_data(data)
    changes = {
        "exercise": exercise,
        "side": side,
        "placement": placement,
        "eyes": eyes,
        "surface": surface,
        "shoe": shoe,
        "pain": pain,
        "notes": notes,
        "athlete": athlete,
        "started_at": started_at,
        "sure": sure or None,
    }
    return run_edit(which, {key: value for key, value in changes.items() if value is not None})


@app.command("fix-side")
def fix_side(
    which: Target,
    side: Annotated[
        str | None, typer.Argument(help="left or right; by default the other one.")
    ] = None,
    data: DataOption = None,
) -> int:
    """Say that the sensor was on the other foot."""
    from imu_ankle.cli.keeping import run_fix_side

    use_data(data)
    return run_fix_side(which, side)


@app.command()
def note(
    which: Target,
    text: Annotated[str, typer.Argument(help="A line to add to the notes.")],
    data: DataOption = None,
) -> int:
    """Add a note to a session (its first trial) or a trial."""
    from imu_ankle.cli.keeping import run_note

    use_data(data)
    return run_note(which, text)


@app.command()
def delete(
    which: Annotated[
        str | None, typer.Argument(help="A session's or a trial's name.", metavar="WHICH")
    ] = None,
    undo: Annotated[bool, typer.Option("--undo", help="Put back what was deleted last.")] = False,
    athlete: Annotated[
        str | None,
        typer.Option("--athlete", help="Everything of this athlete, for good; needs --yes."),
    ] = None,
    yes: Annotated[bool, typer.Option("--yes", help="Don't ask, as in a terminal.")] = False,
    data: DataOption = None,
) -> int:
    """Throw a session or trial away; it can be put back for 30 days."""
    from imu_ankle.cli.keeping import run_delete

    use_data(data)
    return run_delete(which, undo=undo, athlete=athlete, yes=yes)


@app.command()
def rescore(
    which: Annotated[
        str | None,
        typer.Argument(help="A session's or trial's name; by default all.", metavar="[WHICH]"),
    ] = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Say what would move; keep the old scores.")
    ] = False,
    data: DataOption = None,
    as_json: AsJson = False,
) -> int:
    """Score recordings anew with this version, and say which numbers moved and how far."""
    from imu_ankle.cli.keeping import run_rescore

    use_data(data)
    return run_rescore(which, dry_run=dry_run, as_json=as_json)


@app.command()
def index(
    action: Annotated[str, typer.Argument(help="rebuild")] = "rebuild",
    data: DataOption = None,
) -> int:
    """Make the index anew from the files; it holds nothing of its own."""
    from imu_ankle.cli.keeping import run_index

    use_data(data)
    return run_index(action)


@app.command()
def athlete(
    name: Annotated[str | None, typer.Argument(help="Whose profile.", metavar="[NAME]")] = None,
    times_per_week: Annotated[
        int | None,
        typer.Option(
            "--times-per-week", help="How often the plan asks for each dose.", min=1, max=14
        ),
    ] = None,
    exercises: Annotated[
        str | None,
        typer.Option("--exercises", help="Those of the plan that are done, with commas; or all."),
    ] = None,
    injured: Annotated[str | None, typer.Option("--injured", help="left, right or none.")] = None,
    event: Annotated[
        str | None,
        typer.Option("--event", help="sprain, shoes, sensor, rest, baseline or other: add one."),
    ] = None,
    text: Annotated[str, typer.Option("--text", help="What the event was.")] = "",
    day: Annotated[str | None, typer.Option("--day", help="Its date; by default today.")] = None,
    until: Annotated[
        str | None,
        typer.Option("--until", help="The last day of a rest; whole weeks count as rest."),
    ] = None,
    remove: Annotated[
        str | None, typer.Option("--remove-event", help="Take the events of this date back.")
    ] = None,
    data: DataOption = None,
    as_json: AsJson = False,
) -> int:
    """Show or change a profile: the plan's frequency, the injured leg, and what happened when."""
    from imu_ankle.cli.profile import ProfileWishes, run_athlete

    use_data(data)
    options = ProfileWishes(
        times_per_week=times_per_week,
        exercises=exercises,
        injured=injured,
        event=event,
        text=text,
        day=day,
        until=until,
        remove=remove,
    )
    return run_athlete(name, options, as_json=as_json)
