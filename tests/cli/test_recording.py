"""`scan`, `record`, `replay` and `doctor` as a person uses them, over the software radio."""

import json
import os
import signal
import subprocess
import sys
import time
from typing import TYPE_CHECKING

import pytest

from imu_ankle import analyze
from imu_ankle.cli import run
from imu_ankle.io.csvfile import read_recording

if TYPE_CHECKING:
    from pathlib import Path

needs_virtual = pytest.mark.skipif(
    not __import__("importlib.util").util.find_spec("bumble"),
    reason="needs the extra: pip install -e '.[virtual]'",
)
HOPS = "virtual:lateral-hops,side=left,reps=3,still=2.8,seed=5"


@needs_virtual
def test_record_counts_stops_at_the_dose_and_tells_where_the_file_is(capsys, home):
    command = ["record", "lateral-hops", "--side", "left", "--sensor", HOPS, "--dose", "3"]
    assert run([*command, "--countdown", "1", "--athlete", "anna", "--json"]) == 0
    out, err = capsys.readouterr()
    result = json.loads(out)
    (path,) = (home / "sessions").rglob("*_anna_lateral-hops_left_t01.csv")
    assert result["reps"] == 3
    assert result == json.loads(json.dumps(analyze(read_recording(path)).to_dict()))
    assert str(path) in err
    assert "3 of 3 reps" in err
    sidecar = read_recording(path).sidecar
    assert sidecar.simulated is True
    assert sidecar.seed == 5
    assert sidecar.extra["ended"] == "the dose is done"
    assert [cue.text for cue in sidecar.cues] == ["stand still", "begin", "enough"]
    assert sidecar.lost == 0


@needs_virtual
def test_two_sensors_are_recorded_at_once_on_one_time_base(capsys, home):
    right = HOPS.replace("left", "right").replace("seed=5", "seed=6")
    command = ["record", "jump-squats", "--side", "left", "--side", "right"]
    assert run([*command, "--sensor", HOPS, "--sensor", right, "--seconds", "6"]) == 0
    out, err = capsys.readouterr()
    paths = sorted((home / "sessions").rglob("*.csv"))
    assert [path.stem.split("_")[3] for path in paths] == ["left", "right"]
    clocks = [read_recording(path).sidecar.extra["clock"] for path in paths]
    offsets = [clock["host_offset_s"] for clock in clocks]  # type: ignore[index]
    assert abs(offsets[0] - offsets[1]) < 60.0  # of one clock, the host's
    assert "one time base" in err
    assert "left leg" not in out  # jump squats are credited to both


@needs_virtual
def test_a_sensor_that_stays_lost_is_exit_4_and_the_recording_is_kept(capsys, home, monkeypatch):
    from imu_ankle.bluetooth import stream

    quick = stream.StreamParams(backoff_s=(0.1,), give_up_s=0.5, find_s=0.5, dead_s=1.0)
    monkeypatch.setattr(stream, "StreamParams", lambda: quick)
    sensor = f"{HOPS},shadow-at=3,shadow-s=60"
    assert run(["record", "lateral-hops", "--side", "left", "--sensor", sensor]) == 4
    _, err = capsys.readouterr()
    (path,) = (home / "sessions").rglob("*.csv")
    assert "What was recorded is kept" in err
    assert len(read_recording(path)) > 500
    assert read_recording(path).sidecar.extra["ended"] == "the sensor was lost"


@needs_virtual
@pytest.mark.skipif(os.name != "posix", reason="signals")
def test_ctrl_c_ends_the_recording_in_order(home):
    command = [sys.executable, "-m", "imu_ankle", "record", "lateral-hops", "--side", "left"]
    child = subprocess.Popen(
        [*command, "--sensor", "virtual:lateral-hops,side=left", "--json"],
        env={**os.environ, "IMU_ANKLE_HOME": str(home)},
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    until_s = time.monotonic() + 120.0
    paths: list[Path] = []
    while time.monotonic() < until_s and not (paths and paths[0].stat().st_size > 60_000):
        time.sleep(0.1)
        paths = list((home / "sessions").rglob("*.csv")) if home.exists() else []
    child.send_signal(signal.SIGINT)
    _, err = child.communicate(timeout=120)
    assert child.returncode == 130, err
    recording = read_recording(paths[0])
    assert recording.sidecar.extra["ended"] == "interrupted"
    assert recording.sidecar.lost == 0
    assert not recording.repairs
    assert "recorded:" in err


@needs_virtual
def test_scan_lists_virtual_sensors(capsys):
    assert run(["scan", "--virtual", "--seconds", "1", "--json"]) == 0
    found = {each["sensor"]: each for each in json.loads(capsys.readouterr().out)}
    assert set(found) == {"ankle-imu", "movesense"}
    assert found["ankle-imu"]["battery_pct"] == 87
    assert found["movesense"]["battery_pct"] == 64  # told only on connecting
    assert found["ankle-imu"]["grade"] == "A"


@needs_virtual
def test_doctor_measures_a_sensor_and_completes_what_was_left_open(capsys, home, project):
    folder = home / "sessions" / "2026-10-04_1800_me"
    folder.mkdir(parents=True)
    source = project / "recordings/2026-10-04/lateral-hops-left"
    path = folder / "open.csv"
    path.write_text(source.with_suffix(".csv").read_text()[:-20])
    sidecar = json.loads(source.with_suffix(".json").read_text())
    path.with_suffix(".json").write_text(json.dumps(sidecar | {"ended": None, "samples": None}))
    home.chmod(0o700)
    command = ["doctor", "--sensor", "virtual:two-legs,drop=0.02", "--seconds", "3", "--json"]
    assert run(command) == 0
    checks = {check["name"]: check for check in json.loads(capsys.readouterr().out)}
    assert {check["level"] for check in checks.values()} <= {"ok", "warn"}
    assert "completed" in checks["recordings"]["found"]
    assert "samples (" in checks["loss"]["found"]
    assert "ms" in checks["delay"]["found"]
    finished = json.loads(path.with_suffix(".json").read_text())
    assert finished["samples"] == len(read_recording(path))
    assert finished["ended"]


@pytest.mark.parametrize("trial", ["lateral-hops-left", "single-leg-balance-right"])
def test_replay_ends_in_the_numbers_of_analyze(capsys, project, tmp_path, trial):
    source = project / f"recordings/2026-10-11/{trial}.csv"
    alone = tmp_path / "alone.csv"
    alone.write_text(source.read_text())
    exercise, side = trial.rsplit("-", 1)
    named = ["--exercise", exercise, "--side", side]
    assert run(["replay", str(alone), *named, "--speed", "30", "--json"]) == 0
    out, err = capsys.readouterr()
    assert run(["analyze", str(alone), *named, "--json"]) == 0
    assert out == capsys.readouterr().out
    assert " of 20 " in err
    assert run(["replay", str(alone)]) == 2


@needs_virtual
def test_a_sensor_that_connects_and_sends_nothing_is_exit_4(capsys, monkeypatch):
    from imu_ankle.session import conductor

    monkeypatch.setattr(conductor, "_NO_DATA_S", 3.0)
    sensor = "virtual:lateral-hops,reps=2,drop=1"
    assert run(["record", "lateral-hops", "--side", "left", "--sensor", sensor]) == 4
    _, err = capsys.readouterr()
    assert "waiting for data" in err
    assert "no sample came" in err


@needs_virtual
def test_two_shoes_need_two_sides(capsys):
    command = ["record", "jump-squats", "--side", "left", "--side", "left"]
    assert run([*command, "--sensor", HOPS, "--sensor", HOPS]) == 2
    assert "each side once" in capsys.readouterr().err


def test_a_virtual_sensor_is_told_what_it_can_play(capsys):
    pytest.importorskip("bumble")
    for word in ("virtual:cartwheels", "virtual:lateral-hops,colour=red",
                 "virtual:lateral-hops,reps=many", "virtual:lateral-hops,drop=2", "virtual:lateral-hops,side=both"):  # fmt: skip
        assert run(["record", "lateral-hops", "--side", "left", "--sensor", word]) == 2
        assert "imu-ankle: " in capsys.readouterr().err


@pytest.mark.skipif(sys.platform != "linux", reason="asks for D-Bus")
def test_without_bluetooth_people_are_told_what_to_do(capsys, monkeypatch):
    monkeypatch.setenv("DBUS_SYSTEM_BUS_ADDRESS", "unix:path=/nonexistent/bus")
    assert run(["scan", "--seconds", "0.5"]) == 4
    assert "Bluetooth" in capsys.readouterr().err
    assert run(["record", "lateral-hops", "--side", "left"]) == 4
    assert run(["doctor"]) == 4
    out, _ = capsys.readouterr()
    assert "bluez" in out
