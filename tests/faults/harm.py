"""Faults, one try each: what was lost, and whether everything goes on by itself."""

import json
import os
import shlex
import shutil
import signal
import subprocess
import sys
import time
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

import numpy as np

from imu_ankle.core.errors import ImuAnkleError, ScoreError
from imu_ankle.history.scores import read_cached_result
from imu_ankle.history.sessions import complete, find_open, place_trial
from imu_ankle.history.store import History
from imu_ankle.io.csvfile import read_recording
from imu_ankle.io.recorder import Recorder
from tests.faults import victim
from tests.history.homes import fill

UNSHARE = shutil.which("unshare") or ""
PROJECT = Path(__file__).parents[2]


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What one try cost.

    Attributes
    ----------
    lost : complete recordings (with their sidecars) that are gone or changed.
    samples : handed over, but not kept; None where no recording was cut off.
    torn : scores that are neither whole nor absent.
    healed : the history opens, holds every recording, and a second opening has nothing to mend.
    left : temporary files that nobody cleans up.
    said : errors that were told.
    """

    lost: int
    torn: int
    healed: bool
    left: int
    samples: int | None = None
    said: tuple[str, ...] = field(default_factory=tuple)


def prepared(whole: Path, place: Path) -> Path:
    """Return a data home with complete recordings, as new as can be."""
    home = place / "home"
    shutil.rmtree(home, ignore_errors=True)
    shutil.copytree(whole, home)
    return home


def make_whole(place: Path) -> Path:
    """Make the data home that every try starts from: six scored trials."""
    fill(place / "whole", sessions=3)
    with History(place / "whole") as history:
        history.rebuild(compact=True)
    return place / "whole"


def complete_ones(home: Path) -> dict[str, bytes]:
    """Return what must not change: recordings and sidecars."""
    files = [*home.glob("sessions/*/*.csv"), *home.glob("sessions/*/*.json")]
    return {
        str(path.relative_to(home)): path.read_bytes()
        for path in files
        if not path.name.endswith(".score.json")
    }


def look(
    home: Path, before: dict[str, bytes], samples: int | None = None, said: tuple[str, ...] = ()
) -> Outcome:
    """Look at what a fault left behind."""
    lost = sum(
        not (home / name).exists() or (home / name).read_bytes() != content
        for name, content in before.items()
    )
    torn = 0
    for csv in home.glob("sessions/*/*.csv"):
        try:
            read_cached_result(csv)
        except ScoreError:
            torn += 1
    try:
        for path in find_open(home)[0]:
            complete(path)
        History(home).close()
        with History(home) as history:
            expected = len(list(home.glob("sessions/*/*.csv")))
            healed = len(history.entries()) == expected and not history.refreshed.reports
            for path in home.rglob(".*.*"):  # as if an hour had passed
                os.utime(path, (0, 0))
            history.rebuild()
            healed &= len(history.entries()) == expected
    except (ImuAnkleError, OSError):
        healed = False
    left = sum(path.name.startswith(".") and path.name != ".lock" for path in home.rglob("*"))
    left += len(list(home.rglob("*.ballast")))
    return Outcome(lost=lost, torn=torn, healed=healed, left=left, samples=samples, said=said)


def start(what: str, home: Path, seed: int) -> subprocess.Popen[bytes]:
    """Start a program that a fault will happen to."""
    program = [sys.executable, "-m", "tests.faults.victim", what, str(home), str(seed)]
    return subprocess.Popen(program, cwd=PROJECT, stdout=subprocess.PIPE, stderr=subprocess.PIPE)


def killed(what: str, home: Path, seed: int, longest_s: float) -> Outcome:
    """Kill a program at a random moment after it has begun."""
    before = complete_ones(home)
    child = start(what, home, seed)
    assert child.stdout is not None
    assert child.stdout.readline() == b"begun\n"
    time.sleep(np.random.default_rng(seed).uniform(0.0, longest_s))
    child.send_signal(signal.SIGKILL)
    child.communicate()
    assert child.returncode == -signal.SIGKILL
    if what != "record":
        return look(home, before)
    handed = int.from_bytes((home.parent / victim.HANDED).read_bytes(), "little")
    (csv,) = [p for p in home.glob("sessions/*/*.csv") if str(p.relative_to(home)) not in before]
    content = csv.read_bytes()
    kept = content.count(b"\n") - 1
    assert content.endswith(b"\n") or kept == 0
    if kept > 1:
        recording = read_recording(csv)
        assert recording.seq is not None
        assert np.array_equal(recording.seq, np.arange(kept))
    return look(home, before, max(0, handed - kept))


def killed_program(words: list[str], home: Path, seed: int, longest_s: float) -> Outcome:
    """Kill `imu-ankle` itself at a random moment; what it was sent but didn't keep isn't known."""
    before = complete_ones(home)
    child = subprocess.Popen(
        [sys.executable, "-m", "imu_ankle", *words], cwd=PROJECT, stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env={**os.environ, "IMU_ANKLE_HOME": str(home)},
    )  # fmt: skip
    time.sleep(np.random.default_rng(seed).uniform(1.5, longest_s))
    child.send_signal(signal.SIGKILL)
    child.communicate()
    for csv in home.glob("sessions/*/*.csv"):
        assert csv.read_bytes().endswith(b"\n")
    return look(home, before)


def at_once(whats: tuple[str, ...], home: Path, seed: int) -> Outcome:
    """Let programs work on one data home at the same time."""
    before = complete_ones(home)
    children = [start(what, home, seed + k) for k, what in enumerate(whats)]
    said = []
    for child in children:
        _, errors = child.communicate(timeout=120)
        if child.returncode:
            said.append(errors.decode().strip().splitlines()[-1])
    return look(home, before, said=tuple(said))


def clock_jumps(home: Path, seed: int) -> Outcome:
    """Record sets while the wall clock is set back and forward before each."""
    before = complete_ones(home)
    rng = np.random.default_rng(seed)
    now = datetime.now().astimezone()
    missing = 0
    for _ in range(12):
        now += timedelta(
            seconds=float(rng.choice([-86400, -7200, -3600, -1, 0, 0, 1, 3600, 86400]))
        )
        recorder = Recorder(
            place_trial("anna", "lateral-hops", "left", now, home=home).csv, victim.sidecar_of(now)
        )
        for first in range(0, 416, victim.PACKET):
            victim.hand_over(recorder, np.arange(first, first + victim.PACKET))
        recording = recorder.close(victim.sidecar_of(now), "done")
        assert recording is not None
        missing += 416 - len(recording)
        assert abs(recording.time_s[-1] - 415 / victim.RATE_HZ) < 1e-9
    assert len(list(home.glob("sessions/*/*.csv"))) == len(before_csvs(before)) + 12
    return look(home, before, missing)


def before_csvs(before: dict[str, bytes]) -> list[str]:
    """Return the recordings among the files that must not change."""
    return [name for name in before if name.endswith(".csv")]


def can_mount() -> str:
    """Return why no file system can be mounted here; "" if it can."""
    if not UNSHARE:
        return "needs unshare (util-linux)"
    mount = [UNSHARE, "-rm", "mount", "-t", "tmpfs", "tmpfs", "/tmp"]  # noqa: S108 - seen by nobody else
    tried = subprocess.run(mount, capture_output=True, check=False)
    return "" if tried.returncode == 0 else "no user namespaces: can't mount a file system"


def full_disk(whole: Path, place: Path, size_kb: int) -> Outcome:
    """Record, score and rebuild on a small disk until it is full."""
    script = (
        f"mount -t tmpfs -o size={size_kb}k tmpfs {place} && cp -a {whole} {place}/home && "
        f"exec {sys.executable} -m tests.faults.full_disk {place}/home"
    )
    done = subprocess.run(
        [UNSHARE, "-rm", "sh", "-c", script], cwd=PROJECT, capture_output=True, check=False
    )
    assert done.returncode == 0, done.stderr.decode()
    told = json.loads(done.stdout)
    return Outcome(**{**told, "said": tuple(told["said"])})


def read_only(home: Path, words: list[str]) -> Outcome:
    """Run `imu-ankle` on a data home that can't be written to."""
    before = complete_ones(home)
    script = (
        f"mount --bind {home} {home} && mount -o remount,ro,bind {home} && "
        f"exec {sys.executable} -m imu_ankle {shlex.join(words)}"
    )
    done = subprocess.run(
        [UNSHARE, "-rm", "sh", "-c", script], cwd=PROJECT, capture_output=True, check=False, text=True,
        env={**os.environ, "IMU_ANKLE_HOME": str(home)},
    )  # fmt: skip
    assert "Traceback" not in done.stderr, done.stderr
    return look(
        home, before, said=(f"exit {done.returncode}: {done.stderr.strip().splitlines()[-1:]}",)
    )
