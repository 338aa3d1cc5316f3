"""`imu-ankle trends`."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from rich.console import Console
from rich.table import Table

from imu_ankle.analysis.exercises import EXERCISES, get_exercise
from imu_ankle.cli.recordings import expand
from imu_ankle.cli.show import EXIT_SOME_FAILED, failure, open_file, print_json, require_picture
from imu_ankle.cli.working import bar, opened, whose
from imu_ankle.core.errors import ImuAnkleError, RecordingError, UsageError
from imu_ankle.core.result import METRIC_SET, SCHEMA
from imu_ankle.history.loose import gather
from imu_ankle.io.tables import require_free, write_frame
from imu_ankle.progress.athlete import Athlete
from imu_ankle.progress.records import (
    adherence_record,
    pair_record,
    sessions_table,
    trend_record,
)
from imu_ankle.progress.summary import summarize_progress
from imu_ankle.text import progress as progress_text

if TYPE_CHECKING:
    from collections.abc import Sequence

    from imu_ankle.progress.summary import ProgressSummary
    from imu_ankle.progress.trend import Trend


@dataclass(frozen=True, slots=True, kw_only=True)
class TrendOptions:
    """What `trends` is asked for; "auto" names a file after the athlete."""

    athlete: str | None = None
    exercise: str | None = None
    metric: str | None = None
    picture: str = "all"
    png: str | None = None
    svg: str | None = None
    csv: str | None = None
    as_json: bool = False
    show: bool = False


def run_trends(folders: list[Path], options: TrendOptions) -> int:
    """Tell what changed: of the history, or of the recordings below folders."""
    _check(folders, options)
    failed: list[tuple[Path, ImuAnkleError]] = []
    progress = _of_folders(folders, options, failed) if folders else _of_history(options)
    for path, error in failed:
        print(f"imu-ankle: {path}: {error}", file=sys.stderr)
    for trial, why in progress.left_out:
        print(f"left out: {trial}: {why}", file=sys.stderr)
    if not progress.trends:
        where = ", ".join(map(str, folders)) or "the history"
        raise RecordingError(
            "no_trend",
            f"nothing to show of {where}: a trend needs recordings whose sidecars name exercise, side "
            "and started_at",
        )
    if options.as_json:
        print_json(_record(progress, failed))
    else:
        print_progress(progress, weeks=not folders)
    _write(progress, options)
    return EXIT_SOME_FAILED if failed else 0


def _check(folders: Sequence[Path], options: TrendOptions) -> None:
    """Refuse what can't be done, before work is done for it."""
    if options.exercise is not None:
        exercise = get_exercise(options.exercise)
        keys = ["score", "reps", *(spec.key for spec in exercise.metrics)]
        if options.metric is not None and options.metric not in keys:
            raise UsageError(
                "unknown_metric",
                f"{exercise.slug} has no {options.metric!r}; it has {', '.join(keys)}",
            )
    elif options.metric is not None:
        raise UsageError("missing_exercise", "--metric needs --exercise: which one is it of?")
    if options.picture != "all":
        from imu_ankle.report.plots.pictures import known_picture

        known_picture(options.picture)
    for option, word in (("png", options.png), ("svg", options.svg)):
        if word not in {None, "auto"}:
            require_picture(Path(str(word)))
            if option == "svg" and not str(word).lower().endswith(".svg"):
                raise UsageError("bad_picture", f"--svg must end in .svg; found {word!r}")
    if options.csv is not None and options.csv != "auto":
        if not options.csv.lower().endswith(".csv"):
            raise UsageError("bad_out", f"--csv must end in .csv; found {options.csv!r}")
        require_free(Path(options.csv))
    missing = [str(folder) for folder in folders if not folder.exists()]
    if missing:
        raise RecordingError("not_found", f"there is no folder or file {', '.join(missing)}")


def _of_history(options: TrendOptions) -> ProgressSummary:
    with opened() as history:
        name = whose(history, options.athlete)
        progress = history.progress(name, exercise=options.exercise, key=options.metric)
    if any(trend.series.metric_set != METRIC_SET for trend in progress.trends):
        print(
            "some scores are of an older metric set and aren't compared with new ones: imu-ankle "
            "rescore makes them anew",
            file=sys.stderr,
        )
    return progress


def _of_folders(
    folders: list[Path], options: TrendOptions, failed: list[tuple[Path, ImuAnkleError]]
) -> ProgressSummary:
    with bar("analysing") as tell:
        table, trials, broken = gather(expand(folders), options.exercise, tell)
    failed += broken
    names = sorted(set(trials["athlete"]))
    if options.athlete is not None:
        table = table[table["athlete"] == options.athlete]
        trials = trials[trials["athlete"] == options.athlete]
    elif len(names) > 1:
        raise UsageError(
            "which_athlete",
            f"these recordings are of {', '.join(name or 'nobody named' for name in names)}; --athlete "
            "chooses one",
        )
    athlete = Athlete(name=options.athlete or (names[0] if names else ""))
    keys = [options.metric] if options.metric else None
    return summarize_progress(table, trials, athlete, now=datetime.now().astimezone(), keys=keys)


def _record(
    progress: ProgressSummary, failed: list[tuple[Path, ImuAnkleError]]
) -> dict[str, object]:
    weeks = progress.load.assign(week=progress.load["week"].astype(str))
    return {
        "schema": SCHEMA,
        "athlete": progress.athlete.name,
        "simulated": progress.simulated,
        "trends": [trend_record(trend) for trend in progress.trends],
        "pairs": [pair_record(pair) for pair in progress.pairs],
        "adherence": adherence_record(progress.adherence),
        "load": weeks.to_dict(orient="records"),
        "events": [{"day": str(day), "text": text} for day, text in progress.occasions],
        "left_out": [{"file": file, "reason": reason} for file, reason in progress.left_out],
        "failed": [failure(path, error) for path, error in failed],
    }


def _write(progress: ProgressSummary, options: TrendOptions) -> None:
    stem = "_".join(
        word for word in ("trends", progress.athlete.name, options.exercise or "") if word
    )
    if options.csv:
        path = Path(f"{stem}.csv" if options.csv == "auto" else options.csv)
        write_frame(sessions_table(progress.trends), path)
        print(f"table: {path}", file=sys.stderr)
    wanted = {".png": options.png, ".svg": options.svg}
    if options.show and not any(wanted.values()):
        wanted[".png"] = "auto"
    paths = [
        Path(f"{stem}{end}" if word == "auto" else word) for end, word in wanted.items() if word
    ]
    if not paths:
        return
    from imu_ankle.report.plots.pictures import draw
    from imu_ankle.report.plots.style import save

    picture = draw(progress, options.picture)
    for path in paths:
        save(picture.figure, path, alt=picture.alt)
        print(f"picture: {path}", file=sys.stderr)
    if options.show:
        open_file(paths[0])


def print_progress(progress: ProgressSummary, *, weeks: bool = True) -> None:
    """Print values, changes and verdicts, then legs against each other, then the weeks."""
    console = Console(highlight=False)
    simulated = " · SIMULATED" if progress.simulated else ""
    kits = {progress_text.kit(trend.series) for trend in progress.trends}
    conditions: dict[tuple[str, str, str], list[Trend]] = {}
    for trend in progress.trends:
        kit = f", {progress_text.kit(trend.series)}" if len(kits) > 1 else ""
        key = trend.series.exercise, progress_text.condition(trend.series), kit
        conditions.setdefault(key, []).append(trend)
    for (slug, how, kit), trends in conditions.items():
        title = f"\n{EXERCISES[slug].title}, {how}{kit}{simulated}"
        table = Table(title=title, title_justify="left", box=None, pad_edge=False)
        for name in ("number", "leg", "last", "change", "noise", "verdict", "sessions"):
            right = name in {"last", "change", "noise", "sessions"}
            table.add_column(name, justify="right" if right else "left")
        for trend in trends:
            table.add_row(
                progress_text.short(trend.spec),
                trend.series.leg,
                progress_text.amount(trend.spec, float(trend.sessions.value[-1])),
                progress_text.changed(trend),
                progress_text.noise(trend),
                str(trend.comparison.verdict or "–"),
                str(len(trend.sessions)),
            )
        console.print(table)
    if progress.pairs:
        console.print(f"\n[bold]Left and right, eyes closed and open[/bold]{simulated}")
    for pair in progress.pairs:
        title = EXERCISES[pair.first.exercise].title
        print(f"{title}, {progress_text.pair_name(pair)}:\n  {progress_text.pair(pair)}")
    if weeks:
        console.print("\n[bold]Weeks[/bold]")
        for line in progress_text.week_lines(progress.adherence):
            print(line)
    console.print(f"\n[dim]{progress_text.SHORT}[/dim]")
