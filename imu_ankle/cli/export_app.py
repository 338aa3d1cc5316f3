"""The command that gives the history away."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from imu_ankle.cli.app import AsJson, app
from imu_ankle.cli.history_app import OfAllOption  # noqa: TC001 - typer reads it when it runs
from imu_ankle.cli.sensor_app import DataOption, use_data

__all__ = ["app"]


@app.command()
def export(
    out: Annotated[
        Path | None,
        typer.Option(
            "--out",
            metavar="FILE",
            help="A .zip of everything, or a table of all numbers: .csv, or .parquet (needs the "
            "extra of that name).",
        ),
    ] = None,
    bids: Annotated[
        Path | None,
        typer.Option(
            "--bids",
            metavar="FOLDER",
            help="A new or empty folder for a BIDS dataset (Motion-BIDS).",
        ),
    ] = None,
    athlete: OfAllOption = None,
    session: Annotated[
        str | None,
        typer.Option("--session", help="Only last, or the beginning of a session's name."),
    ] = None,
    deidentify: Annotated[
        bool,
        typer.Option(
            "--deidentify",
            help="Without names, notes and other words of people, serial numbers and time zones; "
            "each person's dates moved to before 1926.",
        ),
    ] = False,
    data: DataOption = None,
    as_json: AsJson = False,
) -> int:
    """Write the history in open formats: a zip that is a data home, a table, or a BIDS dataset."""
    from imu_ankle.cli.exporting import ExportWishes, run_export

    use_data(data)
    options = ExportWishes(
        out=out,
        bids=bids,
        athlete=athlete,
        session=session,
        deidentify=deidentify,
        as_json=as_json,
    )
    return run_export(options)
