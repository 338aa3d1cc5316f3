"""What was handed over is on disk, whatever dies, fills up or is cut."""

import errno
import os
import subprocess
import sys
import time
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import numpy as np
import pytest

from imu_ankle.core.errors import RecordingError, UsageError
from imu_ankle.core.options import Side
from imu_ankle.core.recording import SampleFlag, Sidecar
from imu_ankle.history.sessions import complete, find_open, place_trial
from imu_ankle.io import packets
from imu_ankle.io.csvfile import read_recording
from imu_ankle.io.recorder import DiskFile, Recorder, is_being_recorded, packets_path

RATE_HZ = 208.0
ABOUT = Sidecar(exercise="lateral-hops", side=Side.LEFT)


def hand_over(recorder, start, end):
    seq = np.arange(start, end)
    values = np.column_stack([seq * 0.001, seq * -0.001, np.full(len(seq), 9.80665)])
    recorder.put(seq / RATE_HZ, values, values * 10.0, seq, np.zeros(len(seq), dtype=np.int64))


def test_what_is_recorded_is_read_back_bit_for_bit(tmp_path):
    recorder = Recorder(tmp_path / "a.csv", ABOUT)
    for start in range(0, 400, 8):
        hand_over(recorder, start, start + 8)
    recording = recorder.close(ABOUT, "the dose is done")
    assert recording is not None
    assert len(recording) == 400
    seq = np.arange(400)
    assert recording.seq is not None
    assert (recording.seq == seq).all()
    assert (recording.time_s == seq / RATE_HZ).all()
    assert (recording.acc_mps2[:, 0] == seq * 0.001).all()
    sidecar = recording.sidecar
    assert sidecar.samples == 400
    assert sidecar.lost == 0
    assert sidecar.rate_hz == pytest.approx(RATE_HZ, abs=0.01)
    assert sidecar.extra["ended"] == "the dose is done"
    assert not recording.repairs
    assert {path.name for path in tmp_path.iterdir()} == {"a.csv", "a.json"}
    if os.name == "posix":
        assert all(path.stat().st_mode & 0o077 == 0 for path in tmp_path.iterdir())


def test_late_rows_are_put_in_their_place_at_the_end_and_losses_counted(tmp_path):
    recorder = Recorder(tmp_path / "a.csv", ABOUT)
    for start in (0, 8, 24, 32, 16, 48):  # 16 came late, 40 never
        hand_over(recorder, start, start + 8)
    recording = recorder.close(ABOUT, "stopped")
    assert recording is not None
    assert recording.seq is not None
    assert (np.diff(recording.seq) > 0).all()
    assert recording.sidecar.lost == 8
    assert not recording.repairs
    assert recording.flags is not None
    assert np.flatnonzero(recording.flags & SampleFlag.LOST).tolist() == [40]


def test_a_file_is_never_overwritten(tmp_path):
    Recorder(tmp_path / "a.csv", ABOUT).close(ABOUT, "stopped")
    with pytest.raises(FileExistsError):
        Recorder(tmp_path / "a.csv", ABOUT)


def test_a_recording_without_a_sample_says_so(tmp_path):
    recorder = Recorder(tmp_path / "a.csv", ABOUT)
    assert recorder.close(ABOUT, "the sensor was lost") is None
    assert '"samples": 0' in (tmp_path / "a.json").read_text()


class PowerCut(DiskFile):
    """A disk that forgets what was never synced."""

    def __init__(self, path):
        super().__init__(path)
        self.path, self.safe, self.syncs = path, 0, 0

    def sync(self):
        super().sync()
        self.safe, self.syncs = self.path.stat().st_size, self.syncs + 1


def test_a_power_cut_costs_at_most_what_came_since_the_last_second(tmp_path):
    files = []

    def open_file(path):
        files.append(PowerCut(path))
        return files[-1]

    recorder = Recorder(tmp_path / "a.csv", ABOUT, open_file=open_file)
    synced_at_start = files[0].syncs
    handed = 0
    end_s = time.monotonic() + 2.6
    while time.monotonic() < end_s:
        hand_over(recorder, handed, handed + 8)
        handed += 8
        time.sleep(0.02)
    syncs, safe = files[0].syncs, files[0].safe
    content = (tmp_path / "a.csv").read_bytes()[:safe]
    assert synced_at_start == 1  # the header is safe before the first sample comes
    assert syncs >= 3
    kept = content.count(b"\n") - 1
    assert 0 < kept <= handed
    assert content.endswith(b"\n")
    recorder.close(ABOUT, "stopped")
    assert files[0].safe == (tmp_path / "a.csv").stat().st_size  # all of it is safe at the end


def keep_handing_over(recorder):
    for start in range(0, 80_000, 8):
        hand_over(recorder, start, start + 8)
        time.sleep(0.0005)


class FullDisk(DiskFile):
    """A disk that takes `room` bytes, the last of them in the middle of a row."""

    room = 3000

    def write(self, data):
        if self.room <= 0:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        taken = super().write(data[: min(len(data), 701, self.room)])
        self.room -= taken
        return taken


def test_a_full_disk_ends_the_recording_and_keeps_what_is_there(tmp_path):
    recorder = Recorder(tmp_path / "a.csv", ABOUT, open_file=FullDisk)
    with pytest.raises(OSError, match="No space"):
        keep_handing_over(recorder)
    recording = recorder.close(ABOUT, "stopped")
    assert recording is not None
    assert recording.seq is not None
    assert np.array_equal(recording.seq, np.arange(len(recording)))
    assert len(recording) > 20
    assert "No space" in str(recording.sidecar.extra["ended"])
    assert not list(tmp_path.glob("*.ballast"))


def test_packets_are_kept_as_they_came_and_damage_is_seen(tmp_path):
    recorder = Recorder(tmp_path / "a.csv", ABOUT, raw=True)
    sent = [(0.5 + k / 8.0, f"uuid-{k % 2}", bytes(range(k))) for k in range(20)]
    for packet in sent:
        recorder.put_packet(*packet)
    hand_over(recorder, 0, 8)
    recorder.close(ABOUT, "stopped")
    path = packets_path(tmp_path / "a.csv")
    assert list(packets.read_packets(path)) == sent
    content = path.read_bytes()
    path.write_bytes(content[:-3])  # cut off in the middle of the last record
    assert list(packets.read_packets(path)) == sent[:-1]
    path.write_bytes(content[:60] + bytes([content[60] ^ 1]) + content[61:])
    with pytest.raises(RecordingError):
        list(packets.read_packets(path))


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork and SIGKILL")
def test_kill_9_costs_less_than_a_tenth_of_a_second_over_fifty_kills(tmp_path, project):
    done = subprocess.run(
        [sys.executable, "-m", "tests.io.killed_recorder", str(tmp_path), "50", "7"],
        cwd=project, capture_output=True, text=True, check=True,
    )  # fmt: skip
    rows = [line.rsplit(" ", 1) for line in done.stdout.splitlines()]
    assert len(rows) == 50
    for name, handed in rows:
        path = Path(name)
        content = path.read_bytes()
        assert content.endswith(b"\n")
        kept = content.count(b"\n") - 1
        # it hands over 4000 samples a second, 20 times as fast as a sensor; at a sensor's rate the
        # 20 samples that a tenth of a second holds are less than three such packets
        assert int(handed) - kept <= 0.1 * 4000
        assert not is_being_recorded(path)
    unfinished, _ = find_open(tmp_path)
    assert len(unfinished) == 50
    recording = read_recording(unfinished[0])
    assert any("not closed" in repair.message for repair in recording.repairs)
    assert recording.sidecar.samples == len(recording)
    for path in unfinished:
        complete(path)
    assert find_open(tmp_path) == ([], [])
    again = read_recording(unfinished[0])
    assert not again.repairs
    assert again.sidecar.samples == len(again) == len(recording)
    assert not list(tmp_path.glob("*.ballast"))


def test_a_running_recording_is_not_taken_for_an_abandoned_one(tmp_path):
    recorder = Recorder(tmp_path / "a.csv", ABOUT)
    hand_over(recorder, 0, 8)
    assert find_open(tmp_path)[0] == [tmp_path / "a.csv"]
    assert is_being_recorded(tmp_path / "a.csv")
    recorder.close(ABOUT, "stopped")


def test_sessions_sort_and_tell_and_go_on_for_two_hours(home):
    now = datetime.fromisoformat("2026-11-22T18:07:12+01:00")
    first = place_trial("anna", "lateral-hops", "left", now)
    assert first.csv == (
        home / "sessions/2026-11-22_1807_anna/2026-11-22T180712_anna_lateral-hops_left_t01.csv"
    )
    first.csv.write_text("x")
    again = place_trial("anna", "lateral-hops", "left", now + timedelta(minutes=40))
    assert again.folder == first.folder
    assert again.stem.endswith("_t02")
    other = place_trial("ben", "lateral-hops", "left", now + timedelta(minutes=40))
    assert other.folder != first.folder
    again.csv.write_text("x")
    later = place_trial("anna", "lateral-hops", "left", now + timedelta(minutes=170))
    assert later.folder != first.folder
    if os.name == "posix":
        assert first.folder.stat().st_mode & 0o077 == 0
    with pytest.raises(UsageError):
        place_trial("../evil", "lateral-hops", "left", now)


def test_the_sidecar_is_there_from_the_start(tmp_path):
    recorder = Recorder(tmp_path / "a.csv", replace(ABOUT, started_at="2026-11-22T18:07:12+01:00"))
    text = (tmp_path / "a.json").read_text()
    assert '"ended": null' in text
    assert "2026-11-22T18:07:12" in text
    recorder.close(ABOUT, "stopped")


def test_what_a_stream_lost_at_its_end_is_told(tmp_path):
    recorder = Recorder(tmp_path / "a.csv", ABOUT)
    hand_over(recorder, 0, 80)
    recording = recorder.close(replace(ABOUT, lost=50), "the sensor was lost")
    assert recording is not None
    assert recording.sidecar.lost == 50
