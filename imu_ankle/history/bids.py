"""The history as a BIDS dataset with Motion-BIDS recordings."""

from __future__ import annotations

import json
import re
from collections import Counter
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import numpy as np

from imu_ankle.analysis.exercises import EXERCISES
from imu_ankle.core.assemble import assemble, counts_of
from imu_ankle.core.callbacks import ProgressCallback, no_progress
from imu_ankle.core.errors import RecordingError
from imu_ankle.core.options import Placement
from imu_ankle.core.version import VERSION
from imu_ankle.history import bids_words
from imu_ankle.history.export import Written
from imu_ankle.io.csvfile import read_samples
from imu_ankle.io.text import whole_folder

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from pathlib import Path

    from imu_ankle.core.recording import Recording
    from imu_ankle.history.share import Share, SharedTrial

_SYSTEM = "imu"
_SCANS = ("filename", "acq_time", *bids_words.SCANS)
_EVENTS = tuple(bids_words.EVENTS)
_CHANNELS = ("name", "component", "type", "tracked_point", "units", *bids_words.CHANNELS)
_TYPES = ("ACCEL", "ANGACCEL", "GYRO", "JNTANG", "LATENCY", "MAGN", "MISC", "ORNT", "POS", "VEL")


@dataclass(frozen=True, slots=True)
class _Channel:
    """A column of a motion file."""

    name: str
    component: str
    type: str
    units: str
    frame: str = "sensor"


_SENSED = (
    _Channel("latency", "n/a", "LATENCY", "s", "n/a"),
    *(_Channel(f"acc_{axis}", axis, "ACCEL", "m/s^2") for axis in "xyz"),
    *(_Channel(f"gyr_{axis}", axis, "GYRO", "deg/s") for axis in "xyz"),
)


def write_bids(share: Share, out: Path, progress: ProgressCallback = no_progress) -> Written:
    """Write a BIDS dataset into `out`, a new or an empty folder; it appears complete or not at all.

    A trial whose rows can't be read is left out.

    Raises
    ------
    UsageError
        ``not_empty`` if `out` holds something.
    """
    profiles = share.profiles()
    subjects = _subjects(profile.name for profile in profiles)
    left_out: list[str] = []
    runs: Counter[str] = Counter()
    scans: dict[str, list[Sequence[object]]] = {}
    trials = sorted(share.trials, key=_order)
    sessions = _sessions(trials, subjects)
    with whole_folder(out) as root:
        for done, trial in enumerate(trials, 1):
            progress(done, len(trials))
            session = sessions[trial.facts.athlete, trial.facts.session]
            try:
                recording, score = _recording(trial), share.score(trial)
            except RecordingError as error:
                left_out.append(str(error))
                continue
            kind = f"{session.replace('/', '_')}_{_entities(trial)}"
            runs[kind] += 1
            stem = f"{kind}_run-{runs[kind]:02d}"
            result = score.result if score else None
            _write_trial(root / session / "motion" / stem, trial, recording, result)
            row = _scan(f"motion/{stem}_motion.tsv", trial, recording, result)
            scans.setdefault(session, []).append(row)
        injured = {subjects[profile.name]: profile.injured for profile in profiles}
        _write_about(root, share, injured, scans)
        files = sum(path.is_file() for path in root.rglob("*"))
    return Written(files, tuple(left_out))


def _order(trial: SharedTrial) -> tuple[str, float, str]:
    facts = trial.facts
    return facts.athlete, np.inf if facts.utc_s is None else facts.utc_s, facts.trial


def _subjects(athletes: Iterable[str]) -> dict[str, str]:
    """Return the subject of each athlete: the letters and digits of the name, numbered if need be."""
    made: dict[str, str] = {}
    for name in athletes:
        word = re.sub("[^0-9A-Za-z]", "", name.removeprefix("sub-")) or "x"
        label, again = word, 1
        while label.lower() in {each.lower() for each in made.values()}:
            again += 1
            label = f"{word}{again}"
        made[name] = label
    return {name: f"sub-{label}" for name, label in made.items()}


def _sessions(
    trials: Iterable[SharedTrial], subjects: Mapping[str, str]
) -> dict[tuple[str, str], str]:
    """Return the folder of each session, numbered by time; what was of two athletes is of each."""
    found = dict.fromkeys((trial.facts.athlete, trial.facts.session) for trial in trials)
    counts = Counter(athlete for athlete, _ in found)
    seen: Counter[str] = Counter()
    made = {}
    for athlete, session in found:
        seen[athlete] += 1
        digits = max(2, len(str(counts[athlete])))
        made[athlete, session] = f"{subjects[athlete]}/ses-{seen[athlete]:0{digits}d}"
    return made


def _camel(slug: str) -> str:
    first, *others = slug.split("-")
    return first + "".join(word.capitalize() for word in others)


def _task(trial: SharedTrial) -> str:
    slug = trial.facts.exercise
    return _camel(slug) if slug in EXERCISES else "unknown"


def _entities(trial: SharedTrial) -> str:
    """Return task, system and how the sensor was worn, as they stand in file names."""
    facts = trial.facts
    exercise = EXERCISES.get(facts.exercise)
    worn = facts.side or "unknown"
    if facts.placement and (exercise is None or facts.placement != exercise.placement):
        worn += _camel(f"-{facts.placement}")
    return f"task-{_task(trial)}_tracksys-{_SYSTEM}_acq-{worn}"


def _tracked_point(trial: SharedTrial) -> str:
    side, placement = trial.facts.side, trial.facts.placement
    if placement == Placement.WAIST:
        return "waist"
    part = {Placement.SHANK: "shank", Placement.ANKLE: "ankle", "": ""}.get(placement, "foot")
    return f"{side}_{part}" if side and part else "n/a"


def _recording(trial: SharedTrial) -> Recording:
    """Return the samples as recorded, whatever calibration there is."""
    rows = read_samples(trial.csv)
    return assemble(rows.table, rows.columns, sidecar=trial.sidecar, file=str(trial.csv))


def _write_trial(
    path: Path, trial: SharedTrial, recording: Recording, result: Mapping[str, Any] | None
) -> None:
    """Write the files of one trial, whose names begin with `path`."""
    counted = {"seq": recording.seq, "flags": recording.flags}
    more = {name: column for name, column in counted.items() if column is not None}
    channels = (*_SENSED, *(_Channel(name, "n/a", "MISC", "n/a", "n/a") for name in more))
    point, placement = _tracked_point(trial), trial.facts.placement
    table = [
        (each.name, each.component, each.type, point, each.units, placement, each.frame)
        for each in channels
    ]
    _put(path, "_motion.tsv", _samples_text(recording, list(more.values())))
    _put(path, "_motion.json", _json(_about(trial, recording, channels)))
    _put(path, "_channels.tsv", _tsv(_CHANNELS, table))
    _put(path, "_channels.json", _json(bids_words.CHANNELS))
    if result is not None:
        found = sorted(result["events"], key=lambda event: event["start_s"])
        events = [_event(event, recording) for event in found]
        _put(path, "_events.tsv", _tsv(_EVENTS, events))
        _put(path, "_events.json", _json(bids_words.EVENTS))


def _samples_text(recording: Recording, more: Sequence[Any]) -> str:
    """Return the rows of a motion file; BIDS wants no header in it, and no exponents in latencies."""
    latency = recording.time_s - recording.time_s[0]
    columns = [
        [np.format_float_positional(t, trim="-") for t in latency],
        *(map(repr, column) for column in recording.acc_mps2.T.tolist()),
        *(map(repr, column) for column in recording.gyr_dps.T.tolist()),
        *(map(str, column.tolist()) for column in more),
    ]
    return "".join("\t".join(row) + "\n" for row in zip(*columns, strict=True))


def _about(
    trial: SharedTrial, recording: Recording, channels: Sequence[_Channel]
) -> dict[str, object]:
    """Return what a motion file's JSON says."""
    sidecar, sensor = trial.sidecar, trial.sidecar.sensor
    exercise = EXERCISES.get(trial.facts.exercise)
    duration_s = float(recording.time_s[-1] - recording.time_s[0])
    measured_hz = (len(recording) - 1) / duration_s if duration_s > 0.0 else None
    rate_hz = counts_of(recording).get("rate_hz") or measured_hz
    types = Counter(channel.type for channel in channels)
    about = {
        "TaskName": _task(trial),
        "TaskDescription": exercise.title if exercise else None,
        "TrackingSystemName": _SYSTEM,
        "ManufacturersModelName": sensor.model,
        "DeviceSerialNumber": sensor.serial,
        "SoftwareVersions": sensor.firmware,
        "SamplingFrequency": sidecar.rate_nominal_hz or sidecar.rate_hz or rate_hz,
        "SamplingFrequencyEffective": rate_hz,
        "RecordingDuration": duration_s,
        "MotionChannelCount": len(channels),
        **{f"{kind}ChannelCount": types[kind] for kind in _TYPES},
        "TrackedPointsCount": 1,
        "MissingValues": "samples that got lost are missing rows; LATENCY tells where",
    }
    return {key: value for key, value in about.items() if value is not None}


def _event(event: Mapping[str, Any], recording: Recording) -> tuple[float, float, str, str | None]:
    onset_s = event["start_s"] - float(recording.time_s[0])
    duration_s = event["end_s"] - event["start_s"]
    return (
        round(onset_s, 6),
        round(duration_s, 6),
        event.get("kind") or "repetition",
        event["rejected"],
    )


def _scan(
    name: str, trial: SharedTrial, recording: Recording, result: Mapping[str, Any] | None
) -> Sequence[object]:
    """Return the row of a recording in its session's scans file."""
    facts, sidecar, result = trial.facts, trial.sidecar, result or {}
    return (
        name, _acquired(facts.started_at, float(recording.time_s[0])), facts.exercise, facts.side,
        facts.placement, sidecar.mount, facts.eyes, facts.surface, facts.shoe, sidecar.pain,
        facts.grade, result.get("reps"), result.get("score"), sidecar.acc_range_g,
        sidecar.gyr_range_dps, sidecar.software, "yes" if facts.simulated else "no",
    )  # fmt: skip


def _acquired(started_at: str | None, first_s: float) -> str | None:
    """Return when the first sample was taken, in UTC; as it is told where no zone was."""
    if started_at is None:
        return None
    start = datetime.fromisoformat(started_at) + timedelta(seconds=first_s)
    if start.tzinfo is None:
        return start.isoformat(timespec="microseconds")
    return start.astimezone(UTC).replace(tzinfo=None).isoformat(timespec="microseconds") + "Z"


def _write_about(
    root: Path,
    share: Share,
    injured: Mapping[str, str | None],
    scans: Mapping[str, Sequence[Sequence[object]]],
) -> None:
    """Write what isn't of one recording."""
    for session, rows in scans.items():
        path = root / session / session.replace("/", "_")
        _put(path, "_scans.tsv", _tsv(_SCANS, rows))
        _put(path, "_scans.json", _json(bids_words.SCANS))
    people = [(who, injured[who]) for who in sorted({each.split("/")[0] for each in scans})]
    simulated = any(trial.facts.simulated for trial in share.trials)
    readme = bids_words.README.format(
        version=VERSION,
        people=len(people),
        sessions=len(scans),
        trials=sum(map(len, scans.values())),
        simulated=bids_words.SIMULATED if simulated else "",
    )
    _put(root / "README", ".md", readme)
    _put(root / "dataset_description", ".json", _json(bids_words.DATASET))
    _put(root / "participants", ".tsv", _tsv(tuple(bids_words.PARTICIPANTS), people))
    _put(root / "participants", ".json", _json(bids_words.PARTICIPANTS))


def _put(path: Path, ending: str, content: str) -> None:
    """Write a file that its owner alone can read."""
    file = path.with_name(f"{path.name}{ending}")
    file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    file.touch(0o600)
    file.write_text(content, "utf-8", newline="\n")


def _json(content: object) -> str:
    return json.dumps(content, indent=2, ensure_ascii=False, allow_nan=False) + "\n"


def _tsv(head: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    lines = [head, *([_cell(value) for value in row] for row in rows)]
    return "".join("\t".join(line) + "\n" for line in lines)


def _cell(value: object) -> str:
    """Return a cell; what isn't known is n/a, and no text breaks a row."""
    return " ".join(str(value).split()) or "n/a" if value is not None else "n/a"
