"""`imu-ankle batch`."""

from __future__ import annotations

import os
import sys
import time
from typing import TYPE_CHECKING

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from imu_ankle.analysis.exercises import get_exercise
from imu_ankle.batch.engines import Cluster, Engine, Pool, SerialEngine
from imu_ankle.batch.run import find_recordings, run_batch
from imu_ankle.batch.work import BatchOptions
from imu_ankle.cli.show import EXIT_SOME_FAILED, print_json
from imu_ankle.core.errors import UsageError
from imu_ankle.core.options import AUTO, AnalysisOptions, Eyes, Placement, Side, Surface, parse_enum
from imu_ankle.io.calibrations import all_calibrations
from imu_ankle.io.tables import require_writable

if TYPE_CHECKING:
    from pathlib import Path

    from imu_ankle.batch.run import Summary


_WORTH_A_PROCESS = 200  # recordings are analysed in the time that another process takes to begin


def run_batch_command(
    folder: Path,
    out: Path,
    analysis: AnalysisOptions,
    *,
    jobs: int | None,
    cluster: str | None,
    as_json: bool,
) -> int:
    """Run the batch with a bar, and tell what became of it; return the exit status."""
    require_writable(out)
    if jobs is not None and cluster is not None:
        raise UsageError("bad_jobs", "--jobs and --cluster exclude each other: who does the work?")
    _require_known(analysis)
    engine = _engine(folder, jobs, cluster)
    options = BatchOptions(analysis=analysis, calibrations=all_calibrations())
    began = time.monotonic()
    bar = Progress(
        TextColumn("analysing"),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("{task.fields[rate]}"),
        TimeRemainingColumn(),
        console=Console(stderr=True),
        transient=True,
        disable=not sys.stderr.isatty(),
    )
    with bar:
        task = bar.add_task("", total=None, rate="")

        def tell(done: int, total: int) -> None:
            rate = f"{done / (time.monotonic() - began):.0f}/s"
            bar.update(task, completed=done, total=total, rate=rate)

        try:
            summary = run_batch(folder, out, options, engine, tell)
        except KeyboardInterrupt:
            print(
                "imu-ankle: what is done is kept; the same command goes on there", file=sys.stderr
            )
            raise
        finally:
            engine.close()
    _tell(summary, out, engine, time.monotonic() - began, as_json=as_json)
    return EXIT_SOME_FAILED if summary.failed else 0


def _require_known(analysis: AnalysisOptions) -> None:
    """Refuse a word that no recording could be analysed with."""
    if analysis.exercise not in {None, AUTO}:
        get_exercise(analysis.exercise)
    kinds = {"side": Side, "placement": Placement, "eyes": Eyes, "surface": Surface}
    for name, kind in kinds.items():
        word = analysis.words[name]
        if word is not None:
            parse_enum(kind, word, name)


def _engine(folder: Path, jobs: int | None, cluster: str | None) -> Engine:
    if cluster is not None:
        return Cluster(cluster)
    if jobs is None:
        cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
        jobs = min(cores or 1, 1 + len(find_recordings(folder)) // _WORTH_A_PROCESS)
    return SerialEngine() if jobs == 1 else Pool(jobs)


def _tell(summary: Summary, out: Path, engine: Engine, seconds: float, *, as_json: bool) -> None:
    new = summary.files - summary.skipped
    if as_json:
        print_json(
            {
                "schema": 1,
                "out": str(out),
                "files": summary.files,
                "skipped": summary.skipped,
                "grades": summary.grades,
                "seconds": round(seconds, 3),
                "engine": engine.name,
            }
        )
        return
    told = ", ".join(f"{count} {grade}" for grade, count in summary.grades.items())
    print(f"{summary.files} recordings: {told}")
    skipped = f", {summary.skipped} known already" if summary.skipped else ""
    print(f"{new} analysed by {engine.name} in {seconds:.1f} s{skipped}")
    print(f"table: {out}")
