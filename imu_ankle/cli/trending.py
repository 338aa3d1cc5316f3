"""`imu-ankle trends`."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from rich.console import Console
from rich.progress import track
from rich.table import Table

from imu_ankle.analysis import Analysis, examine, known_exercise
from imu_ankle.cli.recordings import expand
from imu_ankle.cli.show import EXIT_SOME_FAILED, failure, print_json, require_picture
from imu_ankle.errors import ImuAnkleError, RecordingError, UsageError
from imu_ankle.exercises import EXERCISES
from imu_ankle.files.csvfile import read_recording
from imu_ankle.files.text import write_whole
from imu_ankle.result import SCHEMA
from imu_ankle.trends import Trends, collect
from imu_ankle.wording import headline_label, headline_text

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


def run_trends(
    folders: list[Path],
    *,
    exercise: str | None,
    png: Path | None,
    csv: Path | None,
    as_json: bool,
) -> int:
    """Analyse all recordings below the folders, print and draw session medians."""
    if exercise is not None:
        known_exercise(exercise)
    if png is not None:
        require_picture(png)
    if csv is not None and csv.suffix.lower() != ".csv":
        raise UsageError("bad_out", f"--csv must end in .csv; found {csv.name!r}")
    missing = [str(folder) for folder in folders if not folder.exists()]
    if missing:
        raise RecordingError("not_found", f"there is no folder or file {', '.join(missing)}")
    failed: list[tuple[Path, ImuAnkleError]] = []
    trends = collect(_analyses(expand(folders), exercise, failed))
    for path, error in failed:
        print(f"imu-ankle: {path}: {error}", file=sys.stderr)
    for file, reason in trends.left_out:
        print(f"left out: {file}: {reason}", file=sys.stderr)
    if not trends.series:
        raise RecordingError(
            "no_trend",
            f"nothing to show of {', '.join(map(str, folders))}: a trend needs recordings whose "
            "sidecars name exercise, side and started_at",
        )
    if as_json:
        rows = trends.table().to_dict(orient="records")
        left_out = [{"file": file, "reason": reason} for file, reason in trends.left_out]
        errors = [failure(path, error) for path, error in failed]
        print_json({"schema": SCHEMA, "sessions": rows, "left_out": left_out, "failed": errors})
    else:
        _print(trends)
    if csv is not None:
        write_whole(csv, trends.table().to_csv(index=False, lineterminator="\n"))
        print(f"table: {csv}", file=sys.stderr)
    if png is not None:
        from imu_ankle.plots.style import save
        from imu_ankle.plots.trends_plot import plot_trends

        save(plot_trends(trends), png)
        print(f"picture: {png}", file=sys.stderr)
    return EXIT_SOME_FAILED if failed else 0


def _analyses(
    paths: list[Path], exercise: str | None, failed: list[tuple[Path, ImuAnkleError]]
) -> Iterator[tuple[Analysis, str | None]]:
    console = Console(stderr=True)
    for path in track(
        paths, "analysing", console=console, disable=not sys.stderr.isatty(), transient=True
    ):
        try:
            recording = read_recording(path)
            if exercise in {None, recording.sidecar.exercise}:
                yield examine(recording).without_arrays(), recording.sidecar.started_at
        except ImuAnkleError as error:
            failed.append((path, error))


def _print(trends: Trends) -> None:
    """Print one row per exercise, leg, condition and session."""
    console = Console(highlight=False)
    for slug, exercise in EXERCISES.items():
        mine = {s: points for s, points in trends.series.items() if s.exercise == slug}
        if not mine:
            continue
        keys = [key for key in exercise.headlines if any(s.key == key for s in mine)]
        simulated = " · SIMULATED" if trends.simulated else ""
        table = Table(title=f"{exercise.title}{simulated}", title_justify="left", box=None)
        for name in ("session", "leg", "condition"):
            table.add_column(name)
        for key in (*keys, "trials"):
            table.add_column(key if key == "trials" else headline_label(slug, key), justify="right")
        rows: dict[tuple[str, str, str], dict[str, tuple[float, int]]] = {}
        for series, points in mine.items():
            for point in points:
                row = rows.setdefault((str(point.day), series.leg, series.condition), {})
                row[series.key] = (point.value, point.n)
        for (day, leg, condition), row in sorted(rows.items()):
            cells = [headline_text(slug, key, row[key][0]) if key in row else "–" for key in keys]
            table.add_row(day, leg, condition, *cells, str(max(n for _, n in row.values())))
        console.print(table)
    console.print("[dim]Medians of a session's trials. A change may be chance.[/dim]")
