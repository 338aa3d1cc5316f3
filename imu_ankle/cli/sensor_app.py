"""The commands that talk to sensors, or play recordings as if they did."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated

import typer

from imu_ankle.cli.app import (
    AsJson,
    ExerciseOption,
    EyesOption,
    PlacementOption,
    SideOption,
    SurfaceOption,
    app,
)
from imu_ankle.core.options import AnalysisOptions

__all__ = ["app"]

SensorOption = Annotated[
    list[str] | None,
    typer.Option(
        "--sensor",
        help="Name or address, or virtual:MOVEMENT[,key=value...]; by default the only known one in range.",
    ),
]
DataOption = Annotated[
    Path | None, typer.Option("--data", help="Folder for recordings, in place of the data home.")
]


@app.command()
def record(
    exercise: Annotated[
        str, typer.Argument(help="One of the eight; `imu-ankle plan show` lists them.")
    ],
    side: Annotated[
        list[str] | None,
        typer.Option("--side", help="The foot that wears the sensor; once for every --sensor."),
    ] = None,
    sensor: SensorOption = None,
    placement: PlacementOption = None,
    mount: Annotated[
        str | None, typer.Option("--mount", help="laces, heel, lateral, other or unknown.")
    ] = None,
    eyes: EyesOption = None,
    surface: SurfaceOption = None,
    shoe: Annotated[str | None, typer.Option("--shoe", help="Which shoe, in your words.")] = None,
    athlete: Annotated[
        str, typer.Option("--athlete", help="Whose recording: letters, digits, dashes.")
    ] = "me",
    rate: Annotated[
        int | None,
        typer.Option(
            "--rate", help="Hz; by default the sensor's nearest to 208.", min=10, max=2000
        ),
    ] = None,
    acc_range: Annotated[int, typer.Option("--acc-range", help="g.", min=2, max=32)] = 16,
    countdown: Annotated[
        int, typer.Option("--countdown", help="Seconds of it.", min=0, max=30)
    ] = 3,
    seconds: Annotated[
        float, typer.Option("--seconds", help="Stop after so long at the latest.", min=1, max=7200)
    ] = 180.0,
    dose: Annotated[
        float | None,
        typer.Option("--dose", help="Stop after so much; by default the plan's.", min=1),
    ] = None,
    out: Annotated[
        Path | None, typer.Option("--out", help="CSV to write, in place of a session folder.")
    ] = None,
    raw: Annotated[bool, typer.Option("--raw", help="Keep the packets too, as they came.")] = False,
    data: DataOption = None,
    as_json: AsJson = False,
) -> int:
    """Record a set from a sensor: check, count live, stop at the dose, say how it was."""
    from imu_ankle.cli.recording import run_record
    from imu_ankle.session.sets import RecordOptions

    use_data(data)
    sides = side or []
    options = RecordOptions(
        exercise=exercise,
        sides=sides,
        sensors=list(sensor) if sensor else [None] * max(1, len(sides)),
        placement=placement,
        mount=mount,
        eyes=eyes,
        surface=surface,
        shoe=shoe,
        athlete=athlete,
        rate_hz=rate,
        acc_range_g=acc_range,
        countdown_s=countdown,
        most_s=seconds,
        out=out,
        raw=raw,
        dose=dose,
    )
    return run_record(options, as_json=as_json)


@app.command()
def session(
    sensor: Annotated[
        list[str] | None,
        typer.Option(
            "--sensor",
            help="Name or address; virtual plays simulated sets; a folder or CSV plays recordings.",
        ),
    ] = None,
    side: Annotated[
        list[str] | None,
        typer.Option("--side", help="Where it sits first; once for every --sensor. Else left."),
    ] = None,
    athlete: Annotated[
        str, typer.Option("--athlete", help="Whose session: letters, digits, dashes.")
    ] = "me",
    exercises: Annotated[
        str | None, typer.Option("--exercises", help="Only these of the plan, with commas between.")
    ] = None,
    shoe: Annotated[str | None, typer.Option("--shoe", help="Which shoe, in your words.")] = None,
    rate: Annotated[
        int | None,
        typer.Option(
            "--rate", help="Hz; by default the sensor's nearest to 208.", min=10, max=2000
        ),
    ] = None,
    countdown: Annotated[
        int, typer.Option("--countdown", help="Seconds of it.", min=0, max=30)
    ] = 3,
    dose: Annotated[
        float | None, typer.Option("--dose", help="In place of every dose of the plan.", min=1)
    ] = None,
    seed: Annotated[int, typer.Option("--seed", help="Of simulated sets.", min=0)] = 1,
    resume: Annotated[
        bool | None,
        typer.Option("--resume/--anew", help="Go on with a session broken off, or begin anew."),
    ] = None,
    yes: Annotated[bool, typer.Option("--yes", help="Ask nothing: go on after every set.")] = False,
    page: Annotated[bool, typer.Option("--page", help="In the browser.")] = False,
    data: DataOption = None,
    as_json: AsJson = False,
) -> int:
    """Go through the plan: what to do, alignment, countdown, live count, verdict, pain, next set.

    Every set can be repeated or skipped. Ctrl-C or q ends the session; the same command goes on
    from there.
    """
    from imu_ankle.cli.guiding import run_session
    from imu_ankle.session.guided import SessionOptions

    use_data(data)
    options = SessionOptions(
        sensors=list(sensor) if sensor else [None] * max(1, len(side or [])),
        sides=side or [],
        athlete=athlete,
        exercises=exercises,
        shoe=shoe,
        rate_hz=rate,
        countdown_s=countdown,
        dose=dose,
        seed=seed,
        ask=not yes,
        resume=resume if resume is not None or not yes else True,
    )
    if page:
        from imu_ankle.cli.living import run_live

        return run_live(port=0, lan=False, show=True, options=options)
    return run_session(options, as_json=as_json)


@app.command()
def live(
    port: Annotated[
        int, typer.Option("--port", help="By default a free one.", min=0, max=65535)
    ] = 0,
    lan: Annotated[
        bool, typer.Option("--lan", help="Let other screens of this network in, by a QR code.")
    ] = False,
    show: Annotated[
        bool, typer.Option("--open/--no-open", help="Open the browser, or only print the link.")
    ] = True,
    data: DataOption = None,
) -> int:
    """Train in the browser, and look at history and trends: a page on this machine only."""
    from imu_ankle.cli.living import run_live

    use_data(data)
    return run_live(port=port, lan=lan, show=show)


@app.command()
def scan(
    seconds: Annotated[
        float, typer.Option("--seconds", help="How long to listen.", min=0.5, max=60)
    ] = 5.0,
    virtual: Annotated[
        bool, typer.Option("--virtual", help="Two virtual sensors on a software radio.")
    ] = False,
    everything: Annotated[
        bool, typer.Option("--all", help="Also devices of no known kind.")
    ] = False,
    connect: Annotated[
        bool,
        typer.Option(
            "--connect/--no-connect", help="Connect briefly where the battery isn't told."
        ),
    ] = True,
    as_json: AsJson = False,
) -> int:
    """List sensors in range: name, kind, signal, battery, what they know about time and loss."""
    from imu_ankle.cli.scanning import run_scan

    return run_scan(
        seconds, virtual=virtual, connect=connect, everything=everything, as_json=as_json
    )


@app.command()
def replay(
    file: Annotated[Path, typer.Argument(help="A recording (CSV).", readable=False)],
    speed: Annotated[
        float, typer.Option("--speed", help="Times as fast as it was.", min=0.1, max=1000)
    ] = 1.0,
    exercise: ExerciseOption = None,
    side: SideOption = None,
    placement: PlacementOption = None,
    eyes: EyesOption = None,
    surface: SurfaceOption = None,
    as_json: AsJson = False,
) -> int:
    """Play a recording through the live path; space pauses, q jumps to the end."""
    from imu_ankle.cli.replaying import run_replay

    options = AnalysisOptions(
        exercise=exercise, side=side, placement=placement, eyes=eyes, surface=surface
    )
    return run_replay(file, options, speed=speed, as_json=as_json)


@app.command()
def doctor(
    sensor: Annotated[
        str | None, typer.Option("--sensor", help="Measure loss and delay of this sensor too.")
    ] = None,
    seconds: Annotated[
        float, typer.Option("--seconds", help="For how long.", min=2, max=3600)
    ] = 10.0,
    data: DataOption = None,
    as_json: AsJson = False,
) -> int:
    """Look at adapter, permissions, data folder, disk, unfinished recordings, and a sensor."""
    from imu_ankle.cli.doctor import run_doctor

    use_data(data)
    return run_doctor(sensor, seconds, as_json=as_json)


@app.command()
def demo(
    out: Annotated[Path, typer.Option("--out", help="Folder for its files.")] = Path(
        "imu_ankle_demo"
    ),
) -> int:
    """Show everything without hardware, in about a minute: all of it simulated."""
    from imu_ankle.cli.demo import run_demo

    return run_demo(out)


def use_data(folder: Path | None) -> None:
    """Let everything below look for recordings in `folder`."""
    if folder is not None:
        os.environ["IMU_ANKLE_HOME"] = str(folder.resolve())
