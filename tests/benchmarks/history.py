"""How the history behaves with ten thousand sessions: ``python -m tests.benchmarks.history [SESSIONS]``.

The sessions are made up: the scores of three simulated sets, scattered. Recordings are two lines long, since
none of the timed steps reads them.
"""

from __future__ import annotations

import copy
import json
import resource
import shutil
import statistics
import sys
import tempfile
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np

from imu_ankle import analyze
from imu_ankle.core.options import Eyes, Side, Surface
from imu_ankle.core.recording import Condition, SensorInfo, Sidecar
from imu_ankle.history.scores import _sha256, inputs_of, stamp
from imu_ankle.history.store import History
from imu_ankle.io.csvfile import write_recording
from imu_ankle.io.sidecar import write_sidecar
from imu_ankle.report.content import Audience
from imu_ankle.report.gather import report_of, session_of
from imu_ankle.report.html import to_html
from imu_ankle.report.pdf import to_pdf
from imu_ankle.session.simulated import simulate
from tests.helpers import BALANCE, HOPS, JUMPS

SETS = [(BALANCE, "left"), (BALANCE, "right"), (HOPS, "left"), (HOPS, "right"), (JUMPS, "left")]
CSV = "time_s,acc_x_mps2,acc_y_mps2,acc_z_mps2,gyr_x_dps,gyr_y_dps,gyr_z_dps\n0,0,0,9.81,0,0,0\n"


def make(home: Path, sessions: int) -> None:
    rng = np.random.default_rng(1)
    templates = {}
    for exercise, side in SETS:
        recording, _ = simulate(exercise, side=side)
        templates[exercise, side] = analyze(recording).to_dict()
    last = datetime.now(UTC).replace(hour=18, minute=0, second=0, microsecond=0)
    for number in range(sessions):
        start = last - timedelta(hours=12 * (sessions - number))
        folder = home / "sessions" / f"{start:%Y-%m-%d_%H%M}_anna"
        folder.mkdir(parents=True)
        (folder / "session.json").write_text(
            json.dumps({"schema": 1, "athlete": "anna", "started_at": start.isoformat()})
        )
        for k, (exercise, side) in enumerate(SETS):
            write_trial(folder, exercise, side, start + timedelta(minutes=3 * k), templates, rng)


def write_trial(folder, exercise, side, start, templates, rng):
    csv = folder / f"{start:%Y-%m-%dT%H%M%S}_anna_{exercise}_{side}_t01.csv"
    csv.write_text(CSV)
    sidecar = Sidecar(
        exercise=exercise,
        side=Side(side),
        started_at=start.isoformat(),
        simulated=True,
        condition=Condition(eyes=Eyes.OPEN, surface=Surface.FLOOR),
        sensor=SensorInfo(model="made up"),
        extra={"athlete": "anna"},
    )
    csv.with_suffix(".json").write_text(write_sidecar(sidecar))
    result = copy.deepcopy(templates[exercise, side])
    factor = float(np.exp(rng.normal(0.0, 0.12)))
    for metric in result["metrics"].values():
        if isinstance(metric["value"], float):
            metric["value"] *= factor
    if result["score"] is not None:
        result["score"] = min(100.0, result["score"] / factor)
    score = {
        "schema": 1,
        "csv_stamp": stamp(csv),
        "csv_sha256": _sha256(csv),
        "inputs": inputs_of(sidecar),
        "metric_set": 1,
        "version": "0.1.0",
        "result": result,
        "error": None,
    }
    csv.with_suffix(".score.json").write_text(json.dumps(score))


def timed(what: str, work, times: int = 1):
    took, value = [], None
    for _ in range(times):
        began = time.perf_counter()
        value = work()
        took.append(time.perf_counter() - began)
    told = statistics.median(took)
    text = f"{1000.0 * told:.0f} ms" if told < 1.0 else f"{told:.1f} s"
    print(f"| {what} | {text} |", flush=True)
    return value


def main(sessions: int) -> None:
    home = Path(tempfile.mkdtemp(prefix="imu_ankle_history_"))
    try:
        make(home, sessions)
        print(
            f"| {sessions} sessions, {sessions * len(SETS)} trials of one athlete | time |\n|---|---|"
        )
        history = History(home, refresh=False)
        timed("index made anew from the files", history.rebuild)
        timed("nothing new: files looked at", history.refresh, 3)
        recording, _ = simulate(BALANCE, side="left")
        new = home / "sessions" / "2026-01-01_0700_anna"
        new.mkdir(exist_ok=True)
        write_recording(recording, new / "one.csv")
        before = history.refreshed.scored
        timed("one new trial: looked for, scored, taken in", history.refresh)
        assert history.refreshed.scored == before + 1
        history.trends("anna", exercise=BALANCE, key="score")  # libraries are loaded
        query = lambda: history.trends("anna", exercise=BALANCE, key="sway_rms_dps")  # noqa: E731
        found = timed("trend of one number, both legs", query, 15)
        assert [len(trend.sessions) for trend in found] == [sessions, sessions]
        leg = lambda: history.trends("anna", exercise=BALANCE, key="sway_rms_dps", leg="left")  # noqa: E731
        timed("trend of one number, one leg", leg, 15)
        timed("all trends, legs, weeks", lambda: history.progress("anna"), 3)
        session = session_of(history, "last", "anna")
        report = timed("report, composed", lambda: report_of(history, session, Audience.PHYSIO))
        html = timed("report as HTML", lambda: to_html(report))
        pdf = timed("report as PDF", lambda: to_pdf(report))
        print(f"| size of the index | {history.index_path.stat().st_size / 1e6:.0f} MB |")
        print(
            f"| size of the report | HTML {len(html) / 1e6:.1f} MB, PDF {len(pdf) / 1e6:.1f} MB |"
        )
        most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024.0
        print(f"| memory at most | {most:.0f} MB |")
        history.close()
    finally:
        shutil.rmtree(home)


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 10_000)
