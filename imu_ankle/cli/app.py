"""The commands. Each imports what it needs when it runs, so that help costs nothing."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from imu_ankle.core.options import AnalysisOptions
from imu_ankle.core.version import VERSION

app = typer.Typer(
    name="imu-ankle",
    help="Score ankle-strengthening exercises from one small motion sensor on a shoe. "
    "A training aid, not a medical device.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)

AsJson = Annotated[bool, typer.Option("--json", help="Print JSON instead of text.")]
SideOption = Annotated[
    str | None, typer.Option("--side", help="left or right: the foot that wears the sensor.")
]
PlacementOption = Annotated[
    str | None, typer.Option("--placement", help="shoe, free-foot, ankle, shank or waist.")
]
_EIGHT = "One of the eight, such as heel-raises (`plan show` lists them)"
ExerciseOption = Annotated[str | None, typer.Option("--exercise", help=f"{_EIGHT}.")]
ExerciseOrAutoOption = Annotated[
    str | None, typer.Option("--exercise", help=f"{_EIGHT}; auto finds out which.")
]

EyesOption = Annotated[str | None, typer.Option("--eyes", help="open or closed.")]
SurfaceOption = Annotated[
    str | None, typer.Option("--surface", help="floor, towel, bosu-round, bosu-flat or step.")
]
StartedAtOption = Annotated[
    str | None,
    typer.Option(
        "--started-at", help="ISO 8601 time for the sidecar; trends leave out what has none."
    ),
]


def _version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"imu_ankle {VERSION}")
        raise typer.Exit


@app.callback()
def top(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Show the version.")
    ] = False,
) -> None:
    """Score ankle-strengthening exercises from one small motion sensor on a shoe."""


@app.command()
def analyze(
    files: Annotated[
        list[Path],
        typer.Argument(
            help="Recordings (CSV), or folders of them.", metavar="FILE...", readable=False
        ),
    ],
    exercise: ExerciseOrAutoOption = None,
    side: SideOption = None,
    placement: PlacementOption = None,
    eyes: EyesOption = None,
    surface: SurfaceOption = None,
    sure: Annotated[
        bool, typer.Option("--sure", help="It is that exercise, whatever it looks like.")
    ] = False,
    as_json: AsJson = False,
    plot: Annotated[
        str | None,
        typer.Option("--plot", metavar="[FILE]", help="Draw a picture (png, svg or pdf)."),
    ] = None,
) -> int:
    """Analyse recordings: find the set, measure it, score it.

    What the recording's sidecar says of exercise, side and conditions is used; an option beats it.
    """
    from imu_ankle.cli.analyze import run_analyze

    options = AnalysisOptions(
        exercise=exercise, side=side, placement=placement, eyes=eyes, surface=surface, sure=sure
    )
    return run_analyze(files, options, as_json=as_json, plot=plot)


@app.command()
def batch(
    folder: Annotated[
        Path, typer.Argument(help="Recordings, searched all the way down.", readable=False)
    ],
    out: Annotated[
        Path, typer.Option("--out", help="The table to write: a .csv or a .parquet file.")
    ],
    jobs: Annotated[
        int | None,
        typer.Option("--jobs", min=1, help="Processes; by default one per core of this machine."),
    ] = None,
    cluster: Annotated[
        str | None,
        typer.Option("--cluster", help="Address of a dask scheduler, such as tcp://host:8786."),
    ] = None,
    exercise: ExerciseOrAutoOption = None,
    side: SideOption = None,
    placement: PlacementOption = None,
    eyes: EyesOption = None,
    surface: SurfaceOption = None,
    as_json: AsJson = False,
) -> int:
    """Analyse a folder of recordings into one table; what is known already is not done again."""
    from imu_ankle.batch import one_thread

    one_thread()  # before anything loads numpy
    from imu_ankle.cli.batching import run_batch_command

    options = AnalysisOptions(
        exercise=exercise, side=side, placement=placement, eyes=eyes, surface=surface
    )
    return run_batch_command(folder, out, options, jobs=jobs, cluster=cluster, as_json=as_json)


@app.command("import")
def import_(
    files: Annotated[
        list[Path],
        typer.Argument(
            help="What another program exported: a file, a zip, a folder, or the files of one "
            "recording.",
            readable=False,
        ),
    ],
    out: Annotated[
        Path | None,
        typer.Option("--out", help="CSV to write; by default FILE's name with _imu_ankle.csv."),
    ] = None,
    format_name: Annotated[
        str | None,
        typer.Option(
            "--format", help="Name of the format (README lists them); by default recognised."
        ),
    ] = None,
    acc_unit: Annotated[
        str | None, typer.Option("--acc-unit", help="m/s2, g, mg or cm/s2.")
    ] = None,
    gyr_unit: Annotated[
        str | None, typer.Option("--gyr-unit", help="deg/s, rad/s or mdeg/s.")
    ] = None,
    time_unit: Annotated[
        str | None, typer.Option("--time-unit", help="s, ms, us, ns or d (days).")
    ] = None,
    rate: Annotated[
        float | None,
        typer.Option(
            "--rate", help="Count samples at so many Hz and ignore the time column.", min=1
        ),
    ] = None,
    column: Annotated[
        list[str] | None,
        typer.Option(
            "--column",
            help="ROLE=NAME, e.g. acc_x='Accel X'; gyr_y=-gy turns a sign. May be repeated.",
        ),
    ] = None,
    exercise: ExerciseOption = None,
    side: SideOption = None,
    placement: PlacementOption = None,
    athlete: Annotated[
        str | None,
        typer.Option(
            "--athlete", help="Put it into the history of this athlete: letters, digits, dashes."
        ),
    ] = None,
    started_at: StartedAtOption = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Say what would be done; write nothing.")
    ] = False,
    as_json: AsJson = False,
) -> int:
    """Convert a file of another program, or take a recording into the history; originals stay."""
    from imu_ankle.cli.importing import run_import
    from imu_ankle.io.importers.table import Overrides

    pairs = dict(entry.partition("=")[::2] for entry in column or [])
    overrides = Overrides(
        acc_unit=acc_unit, gyr_unit=gyr_unit, time_unit=time_unit, rate_hz=rate, columns=pairs
    )
    answers = {
        "exercise": exercise,
        "side": side,
        "placement": placement,
        "athlete": athlete,
        "started_at": started_at,
    }
    return run_import(
        files, out, overrides, answers, format_name=format_name, dry_run=dry_run, as_json=as_json
    )


@app.command()
def calibrate(
    file: Annotated[
        Path,
        typer.Argument(
            help="A recording that rests about 3 s on each of the sensor's six faces.",
            readable=False,
        ),
    ],
    serial: Annotated[
        str | None,
        typer.Option(
            "--serial", help="The sensor's serial number, if the sidecar doesn't name it."
        ),
    ] = None,
    as_json: AsJson = False,
) -> int:
    """Calibrate a sensor from six poses; used from then on whenever its recordings are read."""
    from imu_ankle.cli.calibrating import run_calibrate

    return run_calibrate(file, serial, as_json=as_json)


@app.command()
def simulate(
    exercise: Annotated[
        str,
        typer.Argument(
            help="One of the eight exercises; or what is none: two-legs, walking, stepping, "
            "stairs-up, stairs-down, shuffling, tapping, handling, dropped."
        ),
    ],
    out: Annotated[
        Path, typer.Option("--out", help="CSV to write; sidecar and truth go beside it.")
    ],
    side: Annotated[str, typer.Option("--side", help="left or right.")] = "right",
    seed: Annotated[int, typer.Option("--seed", help="Same seed, same recording.", min=0)] = 1,
    rate: Annotated[float, typer.Option("--rate", help="Hz.", min=20, max=2000)] = 104.0,
    variation: Annotated[
        str | None, typer.Option("--variation", help="A way to do it; an unknown one lists them.")
    ] = None,
    wearer: Annotated[
        str | None, typer.Option("--wearer", help="novice, recovering or expert.")
    ] = None,
    reps: Annotated[
        int | None, typer.Option("--reps", help="Repetitions; by default the dose.", min=1, max=200)
    ] = None,
    sway: Annotated[
        float | None, typer.Option("--sway", help="deg/s of a stance foot.", min=0, max=30)
    ] = None,
    losses: Annotated[
        int,
        typer.Option(
            "--losses", help="Losses of balance, or attempts that don't count.", min=0, max=20
        ),
    ] = 0,
    pauses: Annotated[
        int, typer.Option("--pauses", help="Pauses of 4 s inside the set.", min=0, max=20)
    ] = 0,
    strides: Annotated[
        int, typer.Option("--strides", help="Walked before and after.", min=0, max=50)
    ] = 0,
    mount: Annotated[
        str,
        typer.Option("--mount", help="Where the clip sits: laces, heel, lateral, medial or toe."),
    ] = "laces",
    acc_range: Annotated[
        float,
        typer.Option("--acc-range", help="g at which the accelerometer clips.", min=2, max=64),
    ] = 16.0,
    lossy: Annotated[
        bool, typer.Option("--lossy", help="A bad radio: lost, late and repeated samples.")
    ] = False,
    ideal: Annotated[bool, typer.Option("--ideal", help="A sensor without errors.")] = False,
    started_at: StartedAtOption = None,
) -> int:
    """Simulate a recording whose truth is known."""
    from imu_ankle.cli.simulating import Wishes, run_simulate

    options = Wishes(
        side=side,
        seed=seed,
        rate_hz=rate,
        variation=variation,
        wearer=wearer,
        reps=reps,
        sway_dps=sway,
        losses=losses,
        pauses=pauses,
        strides=strides,
        mount=mount,
        acc_range_g=acc_range,
        lossy=lossy,
        ideal=ideal,
        started_at=started_at,
    )
    return run_simulate(exercise, out, options)
