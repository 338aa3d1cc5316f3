"""`imu-ankle demo`: a session over the software radio, and three months of a simulated wearer."""

from __future__ import annotations

import os
import sys
import time
from concurrent.futures import ProcessPoolExecutor
from dataclasses import replace
from multiprocessing import get_context
from typing import TYPE_CHECKING

from rich.console import Console
from rich.table import Table

from imu_ankle.bluetooth.link import scan
from imu_ankle.cli.display import TerminalDisplay
from imu_ankle.cli.show import shown
from imu_ankle.io.home import DataHome
from imu_ankle.io.text import write_whole
from imu_ankle.session.loop import sensor_loop
from imu_ankle.session.sets import RecordOptions, record_set
from imu_ankle.session.sources import require_virtual
from imu_ankle.text.results import dose_text, headline, metric_text

if TYPE_CHECKING:
    from pathlib import Path

    from imu_ankle.session.conductor import Recorded

# exercise, what the virtual sensor plays, when enough is done
_SETS = (
    (
        "single-leg-balance",
        "virtual:single-leg-balance,side=left,seconds=11,seed=11,still=1.5",
        10.0,
    ),
    ("lateral-hops", "virtual:lateral-hops,side=left,reps=8,seed=12,still=2.2", 8.0),
    ("jump-squats", "virtual:jump-squats,side=left,reps=6,seed=13,still=2.2", 6.0),
)
_ATHLETE = "simulated-runner"  # whose three months they are
_TOLD = ("sway_rms_dps", "flight_s", "lateral_m", "height_m")


def run_demo(folder: Path) -> int:
    """Record three short sets, make three months of history meanwhile, draw and report both."""
    require_virtual()
    began = time.monotonic()
    os.environ["IMU_ANKLE_HOME"] = str(folder.resolve())
    print(
        "A session without hardware: a SIMULATED wearer, a virtual sensor, a software radio.",
        file=sys.stderr,
    )
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as other:
        months = other.submit(make_months, folder.resolve(), _ATHLETE)
        status = _record_sets()
        if status:
            return status
        print("\nThree months of a SIMULATED wearer ...", file=sys.stderr)
        months.result()
    _show_months(folder.resolve())
    print(f"took {time.monotonic() - began:.0f} s", file=sys.stderr)
    return 0


def make_months(home: Path, athlete: str) -> None:
    """Write and score the history; runs in a process of its own while the radio is busy."""
    from imu_ankle.history.store import History
    from imu_ankle.session.simulated import write_season

    if not any(DataHome(home).sessions.glob(f"*_{athlete}")):  # of an earlier demo
        write_season(athlete, home=home, trials=2)
    History(home).close()


def _record_sets() -> int:
    recorded = []
    with TerminalDisplay() as display:
        sensor_loop().run(_scan(display))
        for exercise, sensor, dose in _SETS:
            display.say(f"\n{exercise}, shortened to {dose:g}")
            options = RecordOptions(
                exercise=exercise,
                sides=["left"],
                sensors=[sensor],
                athlete="demo",
                mount="laces",
                countdown_s=1,
                dose=dose,
            )
            done = record_set(options, display)
            recorded.append(done)
            if done.failure is not None:
                raise done.failure
            if done.interrupted:
                return 130
    _draw_and_print(recorded)
    last = recorded[-1].paths[-1]
    print(f"Next: imu-ankle replay {shown(last)}")
    return 0


def _show_months(home: Path) -> None:
    """Print, draw and report the three months."""
    from imu_ankle.cli.trending import print_progress
    from imu_ankle.history.store import History
    from imu_ankle.report.content import Audience
    from imu_ankle.report.gather import report_of, session_of
    from imu_ankle.report.html import to_html
    from imu_ankle.report.plots.pictures import draw
    from imu_ankle.report.plots.style import save

    files = []
    with History(home) as history:
        progress = history.progress(_ATHLETE)
        print_progress(replace(progress, pairs=()))
        for name in ("stability", "hops", "calendar"):
            picture = draw(progress, name)
            files.append(home / f"{name}.png")
            save(picture.figure, files[-1], alt=picture.alt)
        document = report_of(history, session_of(history, "last", _ATHLETE), Audience.ATHLETE)
    files.append(home / "report.html")
    write_whole(files[-1], to_html(document))
    print("\nPictures and the report of the last session:")
    for file in files:
        print(f"  {shown(file)}")
    print(f"Next: imu-ankle trends --data {shown(home)} --athlete {_ATHLETE} --open")
    print("Then: imu-ankle scan      (with a sensor of your own switched on)")


async def _scan(display: TerminalDisplay) -> None:
    from imu_ankle.virtual.spec import open_virtual, parse_spec

    async with open_virtual([parse_spec(_SETS[0][1])]) as air:
        for found in await scan(air.radio, 1.5):
            kind = found.sensor.title if found.sensor else "not known"
            display.say(
                f"found {found.name}: {kind}, {found.rssi_dbm} dBm, battery {found.battery_pct} %"
            )


def _draw_and_print(recorded: list[Recorded]) -> None:
    """Draw every set; print what came out, and where the files are."""
    from imu_ankle.report.plots.analysis_plot import plot_analysis
    from imu_ankle.report.plots.style import save

    table = Table(box=None, pad_edge=False, show_header=False)
    files = []
    for done in recorded:
        for path, analysis in zip(done.paths, done.analyses, strict=True):
            told = [
                f"{spec.label} {metric_text(spec, analysis.result.metrics[spec.key])}"
                for spec in analysis.exercise.metrics
                if spec.key in _TOLD
            ]
            if analysis.result.score is not None:
                most = 100.0 * (analysis.result.dose.done or 0.0) / analysis.result.dose.target
                told.insert(0, f"score {analysis.result.score:.0f} of the {most:.0f} it can reach")
            table.add_row(analysis.exercise.title, dose_text(analysis.result), ", ".join(told))
            save(plot_analysis(analysis), path.with_suffix(".png"))
            files += [path, path.with_suffix(".png")]
            print(headline(analysis.result), file=sys.stderr)
    console = Console(highlight=False)
    console.print("\n[bold]SIMULATED session, left foot[/bold] (doses are shortened)")
    console.print(table)
    print("\nFiles (CSV, sidecar beside it, picture):")
    for file in files:
        print(f"  {shown(file)}")
