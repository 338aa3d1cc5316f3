"""The BIDS dataset: by the standard's own validator where it is, and by what we know of the standard."""

import json
import os
import re
import shutil
import stat
import subprocess
import sys
from collections import Counter
from datetime import UTC, date, datetime
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from imu_ankle.cli import run
from imu_ankle.core.assemble import assemble
from imu_ankle.core.errors import UsageError
from imu_ankle.core.recording import Sidecar
from imu_ankle.history.bids import write_bids
from imu_ankle.history.share import share_of
from imu_ankle.history.store import History
from imu_ankle.io.csvfile import read_recording
from imu_ankle.session.simulated import write_season
from tests.history.homes import FIRST, fill, record
from tests.history.personal import tells

NAME = re.compile(
    r"(?P<sub>sub-[0-9A-Za-z]+)_(?P<ses>ses-[0-9]+)_task-[a-z][0-9A-Za-z]*_tracksys-imu"
    r"_acq-[a-z][0-9A-Za-z]*_run-[0-9]{2,}"
    r"_(motion\.tsv|motion\.json|channels\.tsv|channels\.json|events\.tsv|events\.json)"
)
TYPES = {"ACCEL", "ANGACCEL", "GYRO", "JNTANG", "LATENCY", "MAGN", "MISC", "ORNT", "POS", "VEL"}


@pytest.fixture
def dataset(personal, tmp_path):
    """Return a dataset of all that a home full of personal things holds."""
    written = write_bids(share_of(personal), tmp_path / "dataset")
    assert written.left_out == ()
    assert written.files == sum(path.is_file() for path in (tmp_path / "dataset").rglob("*"))
    return tmp_path / "dataset"


def table(path):
    """Return a TSV with a header as it is."""
    return pd.read_csv(path, sep="\t", dtype=str, keep_default_na=False)


def said(path):
    return json.loads(path.read_text("utf-8"))


def motions(dataset):
    found = sorted(dataset.rglob("*_motion.tsv"))
    assert found
    return found


def beside(motion, ending):
    return motion.with_name(motion.name.replace("_motion.tsv", ending))


def check(folder):
    """Return what the validator says of every row of a dataset."""
    program = shutil.which("bids-validator-deno", path=str(Path(sys.executable).parent))
    program = program or shutil.which("bids-validator-deno")
    if program is None:
        pytest.skip("no BIDS validator here (pip install bids-validator-deno)")
    call = [program, "--format", "json", "--max-rows", "-1", str(folder)]
    done = subprocess.run(call, capture_output=True, text=True, check=False, timeout=120)
    issues = json.loads(done.stdout)["issues"]["issues"]
    return {
        severity: {
            (each["code"], each.get("subCode")) for each in issues if each["severity"] == severity
        }
        for severity in ("error", "warning")
    }


# what BIDS recommends to say and we don't know, or it isn't ours to say
UNKNOWN = {
    "HEDVersion", "License", "SourceDatasets", "Authors", "Manufacturer", "InstitutionName",
    "InstitutionAddress", "InstitutionalDepartmentName", "Instructions",
    "StimulusPresentation", "SubjectArtefactDescription", "TaskDescription", "DeviceSerialNumber", "SoftwareVersions",
    "ManufacturersModelName", "SamplingFrequencyEffective", "RotationOrder", "SpatialAxes",
}  # fmt: skip


@pytest.mark.parametrize("deidentify", [False, True])
def test_the_validator_finds_no_error(personal, tmp_path, deidentify):
    write_bids(share_of(personal, deidentify=deidentify), tmp_path / "dataset")
    found = check(tmp_path / "dataset")
    assert found["error"] == set()
    assert {subject for _, subject in found["warning"]} - {None} <= UNKNOWN
    assert {code for code, _ in found["warning"]} <= {
        "JSON_KEY_RECOMMENDED", "SIDECAR_KEY_RECOMMENDED", "NO_AUTHORS", "TOO_FEW_AUTHORS",
        "EVENTS_TSV_MISSING",  # of what could not be analysed nobody knows the events
    }  # fmt: skip


def test_the_validator_takes_a_simulated_season(tmp_path):
    home = write_season("runner", home=tmp_path / "home", last_day=date(2026, 11, 22), weeks=1)
    with History(home) as history:
        write_bids(share_of(history), tmp_path / "dataset")
    assert check(tmp_path / "dataset")["error"] == set()
    (scans,) = (tmp_path / "dataset").rglob("*_scans.tsv")
    assert set(table(scans)["simulated"]) == {"yes"}
    assert set(table(scans).columns) - {"filename", "acq_time"} == set(
        said(scans.with_suffix(".json"))
    )
    assert "simulated" in (tmp_path / "dataset" / "README.md").read_text()


def test_the_validator_finds_what_is_wrong(dataset):
    """So that its silence means something."""
    motion = motions(dataset)[0]
    beside(motion, "_channels.tsv").write_text("name\ttype\nlatency\tLATENCY\n")
    motion.rename(motion.with_name(motion.name.replace("_tracksys-imu", "")))
    assert check(dataset)["error"]


def test_names_say_who_when_what_and_how(dataset):
    for path in dataset.rglob("motion/*"):
        named = NAME.fullmatch(path.name)
        assert named, path.name
        assert path.parent.parent.name == named["ses"]
        assert path.parent.parent.parent.name == named["sub"]
    stems = {path.name.split("_", 2)[2] for path in motions(dataset) if "sub-bob" in path.name}
    assert stems == {
        "task-singleLegBalance_tracksys-imu_acq-left_run-01_motion.tsv",
        "task-singleLegBalance_tracksys-imu_acq-rightShank_run-01_motion.tsv",
        "task-miniSquats_tracksys-imu_acq-right_run-01_motion.tsv",
        "task-miniSquats_tracksys-imu_acq-leftWaist_run-01_motion.tsv",
        "task-starTaps_tracksys-imu_acq-left_run-01_motion.tsv",
    }
    points = {
        path.name.split("_acq-")[1].split("_")[0] + " " + path.name.split("_")[2]:
        set(table(beside(path, "_channels.tsv"))["tracked_point"])
        for path in motions(dataset) if "sub-bob" in path.name
    }  # fmt: skip
    assert points == {
        "left task-singleLegBalance": {"left_foot"},
        "rightShank task-singleLegBalance": {"right_shank"},
        "right task-miniSquats": {"right_shank"},
        "leftWaist task-miniSquats": {"waist"},
        "left task-starTaps": {"left_foot"},
    }
    assert {path.name for path in dataset.iterdir()} == {
        "README.md", "dataset_description.json", "participants.tsv", "participants.json",
        "sub-AnnaMaria", "sub-bob",
    }  # fmt: skip
    top = said(dataset / "dataset_description.json")
    assert {"Name", "BIDSVersion", "DatasetType", "GeneratedBy"} <= set(top)
    people = table(dataset / "participants.tsv")
    assert people.to_numpy().tolist() == [["sub-AnnaMaria", "left"], ["sub-bob", "n/a"]]


def test_columns_are_the_channels(dataset):
    for path in motions(dataset):
        channels = table(beside(path, "_channels.tsv"))
        assert list(channels.columns[:5]) == ["name", "component", "type", "tracked_point", "units"]
        assert set(channels["type"]) <= TYPES
        units = dict(zip(channels["name"], channels["units"], strict=True))
        assert units | {"seq": "n/a", "flags": "n/a"} == {
            "latency": "s", "seq": "n/a", "flags": "n/a",
            **{f"acc_{axis}": "m/s^2" for axis in "xyz"},
            **{f"gyr_{axis}": "deg/s" for axis in "xyz"},
        }  # fmt: skip
        axes = channels[channels["type"].isin(["ACCEL", "GYRO"])]
        assert all(
            name.endswith(f"_{c}") for name, c in zip(axes["name"], axes["component"], strict=True)
        )
        assert set(axes["reference_frame"]) == {"sensor"}
        frames = said(beside(path, "_channels.json"))["reference_frame"]["Levels"]
        assert frames["sensor"]["RotationRule"] == "right-hand"
        assert "RotationOrder" not in frames["sensor"]
        rows = [line.split("\t") for line in path.read_text().splitlines()]
        assert {len(row) for row in rows} == {len(channels)}
        about = said(beside(path, "_motion.json"))
        assert about["TaskName"] in path.name
        assert about["TrackingSystemName"] == "imu"
        assert about["SamplingFrequency"] == 52.0
        assert about["SamplingFrequencyEffective"] == pytest.approx(52.0, rel=1e-3)
        assert about["MotionChannelCount"] == len(channels)
        for kind in TYPES:
            assert about[f"{kind}ChannelCount"] == (channels["type"] == kind).sum()
        latency = [row[0] for row in rows]
        assert all(re.fullmatch(r"\d+(\.\d+)?", each) for each in latency)
        assert latency[0] == "0"
        assert about["RecordingDuration"] == float(latency[-1])


def test_samples_come_back_as_they_were_recorded(personal, dataset):
    """Reading is for this test alone: the dataset has all that a recording has."""
    share = share_of(personal)
    stamps = {}
    for path in dataset.rglob("*_scans.tsv"):
        for row in table(path).itertuples():
            stamps[path.parent / row.filename] = row.acq_time
    assert len(stamps) == len(share.trials)
    found = 0
    for trial in share.trials:
        was = read_recording(trial.csv)
        (path,) = (
            path
            for path in motions(dataset)
            if np.array_equal(np.loadtxt(path)[:, 1:4], was.acc_mps2)
            and table(beside(path, "_channels.tsv"))["placement"][0]
            == (trial.facts.placement or "n/a")
            and said(beside(path, "_motion.json"))["TaskName"].lower()
            == (
                trial.facts.exercise.replace("-", "")
                if "dance" not in trial.facts.exercise
                else "unknown"
            )
        )
        names = table(beside(path, "_channels.tsv"))["name"].tolist()
        ours = {"latency": "time_s", **{f"acc_{a}": f"acc_{a}_mps2" for a in "xyz"},
                **{f"gyr_{a}": f"gyr_{a}_dps" for a in "xyz"}}  # fmt: skip
        columns = [ours.get(name, name) for name in names]
        again = assemble(np.loadtxt(path), columns, sidecar=Sidecar())
        for name in ("acc_mps2", "gyr_dps", "seq", "flags"):
            np.testing.assert_array_equal(getattr(again, name), getattr(was, name))
        np.testing.assert_array_equal(again.time_s, was.time_s - was.time_s[0])
        if trial.facts.started_at is None:
            assert stamps[path] == "n/a"
        else:
            first = datetime.fromisoformat(stamps[path]).timestamp()
            start = datetime.fromisoformat(trial.facts.started_at).timestamp()
            assert first == pytest.approx(start + was.time_s[0], abs=1e-6)
            assert stamps[path].endswith("Z")
        found += 1
    assert found == len(motions(dataset))


def test_lost_samples_are_missing_rows(dataset):
    (path,) = (p for p in motions(dataset) if "sub-bob" in p.name and "acq-left_" in p.name
               and "Balance" in p.name)  # fmt: skip
    samples = np.loadtxt(path)
    assert np.diff(samples[:, 0]).max() == pytest.approx(4 / 52.0)
    assert np.diff(samples[:, 7]).max() == 4


def test_events_are_those_of_the_score(home, tmp_path):
    write_season("runner", home=home, last_day=date(2026, 11, 22), weeks=1, trials=1)
    with History(home) as history:
        write_bids(share_of(history), tmp_path / "dataset")
        results = [history.result(entry) for entry in history.entries()]
    tables = [table(path) for path in sorted((tmp_path / "dataset").rglob("*_events.tsv"))]
    assert len(tables) == len(results)
    for each in tables:
        assert list(each.columns) == ["onset", "duration", "trial_type", "rejected"]
        assert np.all(np.diff(each["onset"].astype(float)) >= 0.0)
    together = pd.concat(tables)
    events = [event for result in results for event in result["events"]]
    assert Counter(together["rejected"]) == Counter(event["rejected"] or "n/a" for event in events)
    assert Counter(together["trial_type"]) == Counter(
        event.get("kind", "repetition") for event in events
    )
    assert sorted(together["duration"].astype(float)) == pytest.approx(
        sorted(event["end_s"] - event["start_s"] for event in events), abs=1e-6
    )


def test_nothing_in_a_nameless_dataset_tells_who_or_when(personal, tmp_path):
    out = tmp_path / "dataset"
    write_bids(share_of(personal, deidentify=True), out)
    for path in out.rglob("*"):
        assert tells(str(path.relative_to(out))) == []
        if path.is_file():
            assert tells(path.read_text()) == [], path
    stamps = [s for path in out.rglob("*_scans.tsv") for s in table(path)["acq_time"] if s != "n/a"]
    assert stamps
    assert max(map(datetime.fromisoformat, stamps)) < datetime(1926, 1, 1, tzinfo=UTC)
    assert {path.name for path in out.glob("sub-*")} == {"sub-01", "sub-02"}


def test_names_with_the_same_letters_are_two_people(home, tmp_path):
    for athlete in ("an-na", "anna", "AnNa", "---"):
        record(home, FIRST, athlete=athlete)
    with History(home) as history:
        write_bids(share_of(history), tmp_path / "dataset")
    people = table(tmp_path / "dataset" / "participants.tsv")["participant_id"]
    assert len({name.lower() for name in people}) == 4
    assert all(re.fullmatch("sub-[0-9A-Za-z]+", name) for name in people)


def test_what_cannot_be_read_is_left_out_and_said(home, tmp_path, capsys):
    broken, *_ = fill(home, sessions=1)
    broken.write_text("time_s,acc_x_mps2\n1,2\n")
    assert run(["export", "--bids", str(tmp_path / "dataset")]) == 6
    assert broken.name in capsys.readouterr().err
    assert len(motions(tmp_path / "dataset")) == 1


def test_a_folder_that_holds_something_is_refused(home, tmp_path):
    fill(home, sessions=1)
    full, empty = tmp_path / "full", tmp_path / "empty"
    full.mkdir()
    empty.mkdir()
    (full / "mine.txt").write_text("mine")
    with History(home) as history:
        for target in (full, full / "mine.txt"):
            with pytest.raises(UsageError, match="is there already"):
                write_bids(share_of(history), target)
        write_bids(share_of(history), empty)
    assert [path.name for path in full.iterdir()] == ["mine.txt"]
    assert (empty / "dataset_description.json").exists()


@pytest.mark.parametrize("error", [KeyboardInterrupt, OSError])
def test_a_dataset_that_is_not_finished_leaves_nothing(home, tmp_path, error):
    fill(home, sessions=2)

    def stop(done, total):
        if done == total:
            raise error

    with History(home) as history, pytest.raises(error):
        write_bids(share_of(history), tmp_path / "out" / "dataset", stop)
    assert list((tmp_path / "out").iterdir()) == []


@pytest.mark.skipif(os.name == "nt", reason="Windows has no such modes")
def test_a_dataset_is_private(dataset):
    modes = {stat.S_IMODE(path.stat().st_mode) for path in dataset.rglob("*") if path.is_file()}
    assert modes == {0o600}
    assert stat.S_IMODE(dataset.stat().st_mode) == 0o700
