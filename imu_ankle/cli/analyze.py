"""`imu-ankle analyze`."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

from rich.console import Console
from rich.progress import track
from rich.table import Table

from imu_ankle.analysis.exercises import EXERCISES
from imu_ankle.analysis.pipeline import AnalysisRun, as_segments, run_all
from imu_ankle.cli.recordings import expand
from imu_ankle.cli.show import EXIT_SOME_FAILED, failure, print_json, require_picture
from imu_ankle.core.errors import ImuAnkleError
from imu_ankle.core.result import SCHEMA, Grade
from imu_ankle.io.csvfile import read_recording
from imu_ankle.text.results import aid, fact_rows, headline, origin_lines, reason_lines

if TYPE_CHECKING:
    from imu_ankle.core.options import AnalysisOptions
    from imu_ankle.core.recording import Recording

EXIT_NOT_ANALYSABLE = 5
Outcome: TypeAlias = list[AnalysisRun] | ImuAnkleError  # of one file: its sets, or what went wrong
_PROGRESS_FROM = 4  # files; fewer are done before a bar is drawn


def run_analyze(
    files: list[Path], options: AnalysisOptions, *, as_json: bool, plot: str | None
) -> int:
    """Analyse, print, draw; return the exit status."""
    paths = expand(files)
    several = len(files) > 1 or any(file.is_dir() for file in files)
    pictures = _pictures(paths, plot, several=several) if plot else []
    outcomes: list[Outcome] = []
    quiet = len(paths) < _PROGRESS_FROM or not sys.stderr.isatty()
    console = Console(stderr=True)
    for path in track(paths, "analysing", console=console, disable=quiet, transient=True):
        try:
            outcome: Outcome = _outcome(read_recording(path), options, keep=bool(plot))
        except ImuAnkleError as error:
            outcome = error
        outcomes.append(outcome)
    pairs = list(zip(paths, outcomes, strict=True))
    if as_json:
        _tell_refusals(outcomes)
        objects = [_to_object(path, outcome) for path, outcome in pairs]
        print_json(objects if several else objects[0])
    else:
        for path, outcome in pairs:
            if isinstance(outcome, list):
                _print_sets(path, outcome)
    for k, (path, outcome) in enumerate(pairs):
        if isinstance(outcome, ImuAnkleError):
            where = "" if path.name in str(outcome) else f"{path}: "
            print(f"imu-ankle: {where}{outcome}", file=sys.stderr)
        elif plot:
            for number, analysis in enumerate(outcome, 1):
                several_sets = f"-{number}" if len(outcome) > 1 else ""
                picture = pictures[k]
                _draw(analysis, picture.with_stem(picture.stem + several_sets))
    return _status(outcomes, several=several)


def _tell_refusals(outcomes: list[Outcome]) -> None:
    """Say in words why something couldn't be analysed; JSON has only the code."""
    for outcome in outcomes:
        for analysis in outcome if isinstance(outcome, list) else ():
            if analysis.message:
                print(f"imu-ankle: {analysis.message}", file=sys.stderr)


def _outcome(recording: Recording, options: AnalysisOptions, *, keep: bool) -> list[AnalysisRun]:
    """Return the analysis of the named exercise, or those of all sets found."""
    analyses = run_all(recording, options)
    return analyses if keep else [each.without_arrays() for each in analyses]


def _print_sets(path: Path, analyses: list[AnalysisRun]) -> None:
    """Print what was found: with auto, first which sets, where, and why."""
    recognised = [each.result.inputs.get("recognised") for each in analyses]
    if not analyses:
        print(f"{path}: no exercise was recognised; name it with --exercise if there is one")
    for number, (analysis, found) in enumerate(zip(analyses, recognised, strict=True), 1):
        if isinstance(found, dict):
            where = f"{found['start_s']:.1f} to {found['end_s']:.1f} s"
            rival = found["rival"]
            names = [analysis.exercise.title.lower()]
            names += [EXERCISES[rival].title.lower()] if rival else []
            told = f"set {number}: {' or '.join(names)}, {where}: {found['why']}"
            print(f"{told}; this can't tell the two apart" if rival else told)
    for analysis in analyses:
        print_analysis(analysis)


def _status(outcomes: list[Outcome], *, several: bool) -> int:
    codes = []
    for outcome in outcomes:
        if isinstance(outcome, ImuAnkleError):
            codes.append(outcome.exit_code)
        else:
            invalid = [each.result.quality.grade is Grade.INVALID for each in outcome]
            codes.append(EXIT_NOT_ANALYSABLE if any(invalid) else 0)
    if not several:
        return codes[0]
    return EXIT_SOME_FAILED if any(codes) else 0


def _to_object(path: Path, outcome: Outcome) -> dict[str, object]:
    if isinstance(outcome, list):
        return as_segments(str(path), [each.result for each in outcome]).to_dict()
    return {"schema": SCHEMA, **failure(path, outcome)}


def _pictures(paths: list[Path], plot: str, *, several: bool) -> list[Path]:
    """Name one picture per recording; recordings of one name are told apart by their folder."""
    stems = [path.stem for path in paths]
    names = [
        stem if stems.count(stem) == 1 else f"{path.resolve().parent.name}-{stem}"
        for path, stem in zip(paths, stems, strict=True)
    ]
    if plot == "auto":
        return [Path(f"{name}.png") for name in names]
    wanted = Path(plot)
    if several and wanted.is_dir():
        return [wanted / f"{name}.png" for name in names]
    require_picture(wanted)
    return [wanted.with_stem(f"{wanted.stem}-{name}") if several else wanted for name in names]


def _draw(analysis: AnalysisRun, picture: Path) -> None:
    from imu_ankle.report.plots.analysis_plot import plot_analysis
    from imu_ankle.report.plots.style import save

    save(plot_analysis(analysis), picture)
    print(f"picture: {picture}", file=sys.stderr)


def print_analysis(analysis: AnalysisRun) -> None:
    """Print one result for people."""
    console = Console(highlight=False)
    result = analysis.result
    console.print(f"\n[bold]{headline(analysis.result)}[/bold]")
    console.print(result.file, style="dim", markup=False, soft_wrap=True)
    if analysis.message:
        console.print(f"Not analysable: {analysis.message}", markup=False)
    table = Table(box=None, pad_edge=False, show_header=False)
    table.add_column(min_width=36)
    table.add_column(justify="right")
    for name, text in fact_rows(analysis.result):
        table.add_row(name, text)
    console.print(table)
    for line in (*reason_lines(result), *origin_lines(result)):
        console.print(f"  {line}", markup=False, soft_wrap=True)
    console.print(f"[dim]{aid(analysis.result)}[/dim]")
