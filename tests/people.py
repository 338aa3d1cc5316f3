"""Recordings of real people, as the analysis gets them, with what they did.

They stand outside the project, in the folder that ``IMU_ANKLE_TEST_DATA`` names. Known faults of a source
(mirrored axes, a gyroscope that reads 13 % low) are set right here, as its README says.
"""

import json
import os
from collections.abc import Iterator
from dataclasses import dataclass
from io import StringIO
from pathlib import Path

import numpy as np
import pandas as pd

from imu_ankle import Recording, analyze, read_recording
from imu_ankle.core.recording import GRAVITY_MPS2
from imu_ankle.io.importers.import_file import import_file
from imu_ankle.io.importers.table import Overrides

LOW_GYRO = 1.147  # the library of the boards' sensor reads so much too low
RAISES = {"1": 30, "2": 29, "3": 30, "4": 30, "5": 30}


@dataclass(frozen=True)
class Clip:
    """A recording, what was done in it, and how often."""

    name: str
    recording: Recording
    exercise: str
    side: str
    reps: int
    flights_s: tuple[tuple[float, float], ...] = ()
    mount: str = "unknown"


def others_folder() -> Path | None:
    """Return the folder with recordings of others, if there is one."""
    named = os.environ.get("IMU_ANKLE_TEST_DATA")
    return Path(named) if named and Path(named).is_dir() else None


def counted(clip, placement="shoe"):
    """Return what the analysis finds in a clip."""
    return analyze(clip.recording, exercise=clip.exercise, side=clip.side, placement=placement)


def off_plates_s(clips):
    """Return how far take-offs and contacts (n, 2) of (clip, result) lie behind force plates'."""
    return np.array(
        [
            (event.values["takeoff_s"] - start, event.values["landing_s"] - end)
            for clip, result in clips
            for event in result.events
            for start, end in clip.flights_s
            if event.rejected is None
        ]
    )


def raises(folder: Path) -> list[Clip]:
    """Return the heel raises at ankle bands: seven files of three people."""
    clips = []
    for name, count in RAISES.items():
        table = pd.read_csv(folder / "heelraise_ankle_starkx12" / f"{name}.csv").to_numpy(float)
        mirrored = np.array([1.0, -1.0, 1.0])
        clips.append(
            _raise(
                f"starkx12 {name}",
                table[:, 0] / 1000.0,
                table[:, 1:4],
                table[:, 4:7] * mirrored,
                count,
            )
        )
    for name, rate_hz, signs, count in (
        ("1", 119.0, (-1.0, -1.0, -1.0), 28),
        ("8", 20.0, (-1.0, 1.0, 1.0), 34),
    ):
        place = folder / "heelraise_ankle_chesusar"
        acc, gyr = (
            pd.read_csv(
                place / f"medida{name}_{what}.csv",
                sep="[;,]",
                engine="python",
                skiprows=1,
                header=None,
            ).to_numpy(float)[:, :3]
            for what in ("ace", "gyro")
        )
        n = min(len(acc), len(gyr))
        both = np.hstack([acc[:n], gyr[:n]])
        if name == "1":  # the loop outran the sensor
            both = both[np.r_[True, (np.diff(both, axis=0) != 0.0).any(axis=1)]]
        time_s = np.arange(len(both)) / rate_hz
        clips.append(_raise(f"chesusar {name}", time_s, both[:, :3], both[:, 3:] * signs, count))
    return clips


def ankle_bands(folder: Path) -> list[Clip]:
    """Return the other movements at an ankle: two jumps between walks, a run, a walk in a circle."""
    table = pd.read_csv(folder / "ankle_band_4imu" / "left_ankle_aligned.csv").to_numpy(float)
    walks_and_jumps = _sound(table[:, 0] - table[0, 0], table[:, 1:4], table[:, 4:7], "4imu")
    clips = [
        Clip("4imu", walks_and_jumps, "jump-squats", "left", 2, ((25.24, 25.61), (39.13, 39.49)))
    ]
    for name in ("Corsa_1", "Camminata_rotazione_dx_1"):
        place = folder / "running_ankle_salvetti" / f"{name}.csv"
        rows = pd.read_csv(place, header=None).apply(pd.to_numeric, errors="coerce").dropna()
        table = rows.to_numpy(float)
        time_s = (table[:, 8] - table[0, 8]) / 1000.0
        recording = _sound(time_s, table[:, 0:3] * GRAVITY_MPS2, table[:, 3:6], name)
        clips.append(Clip(name, recording, "jump-squats", "left", 0))
    return clips


def _sound(time_s, acc_mps2, gyr_dps, name) -> Recording:
    keep = np.r_[True, np.diff(time_s) > 0.0] & np.isfinite(acc_mps2).all(axis=1)
    return Recording.from_samples(time_s[keep], acc_mps2[keep], gyr_dps[keep], file=name)


def _raise(name, time_s, acc_g, gyr_dps, count) -> Clip:
    recording = _sound(time_s, acc_g * GRAVITY_MPS2, gyr_dps * LOW_GYRO, name)
    return Clip(name, recording, "heel-raises", "left", count)


def moved_feet(folder: Path) -> list[Clip]:
    """Return the clips of motion capture made into a sensor on a shoe, or on a shank."""
    place = folder / "mocap_feet"
    clips = []
    for told in json.loads((place / "truth.json").read_text()):
        kind, name = told["kind"], told["file"]
        flights = tuple(tuple(pair) for pair in told.get("plate_flights_s") or ())
        shank = told["mount"] == "shank"
        exercise, reps = ("mini-squats", 5) if shank else _WHAT.get(kind, ("jump-squats", 0))
        clips.append(
            Clip(
                name.removesuffix(".csv"), read_recording(place / name), exercise, told["side"],
                reps, flights, told["mount"],
            )
        )  # fmt: skip
    return clips


def mobgap(path: Path) -> Recording:
    """Return a day at a low back."""
    frame = pd.read_csv(path)
    x = frame[["acc_x", "acc_y", "acc_z", "gyr_x", "gyr_y", "gyr_z"]].to_numpy()
    return _sound(np.arange(len(x)) / 100.0, x[:, :3] * GRAVITY_MPS2, x[:, 3:], path.stem)


def gaitmap(folder: Path, foot: str) -> Recording:
    """Return a walk of 2 x 20 m, seen from one foot."""
    frame = pd.read_csv(folder / "imu_sample.csv", header=[0, 1], index_col=0)[foot]
    x = frame[["acc_x", "acc_y", "acc_z", "gyr_x", "gyr_y", "gyr_z"]].to_numpy()
    return _sound(np.arange(len(x)) / 204.8, x[:, :3], x[:, 3:], f"gaitmap {foot}")


def ordinary_movement(folder: Path) -> Iterator[tuple[str, Recording]]:
    """Yield name and recording of walking, standing, turning in the hand, daily life."""
    told = Overrides(gyr_unit="rad/s", rate_hz=100.0)
    for path in sorted((folder / "ipol_voisard_gait").glob("*_??.txt")):
        yield f"ipol_voisard_gait/{path.stem}", import_file(path, told)[0]
    for foot in ("left_sensor", "right_sensor"):
        yield f"gaitmap_example/{foot}", gaitmap(folder / "gaitmap_example", foot)
    for path in sorted((folder / "mobgap_lab").glob("*.csv")):
        yield f"mobgap_lab/{path.stem}", mobgap(path)
    own = [folder / "qmt_quiet_stance" / "foot_right.csv"]
    own += sorted((folder / "gait_pressure_marpino").glob("*.csv"))
    for path in own:
        yield f"{path.parent.name}/{path.stem}", read_recording(path)
    others = [
        folder / name
        for name in (
            "xio_gait_tracking/short_walk.csv",
            "xio_fusion_sensor_data/sensor_data.csv",
            "exports_scikit_kinematics/data_ngimu/sensors.csv",
            "bluetrident_ankle_kalamity/Subject1_A1_Foot.csv",
            "bluetrident_ankle_kalamity/Subject1_A1_Shank.csv",
        )
    ]
    for path in others + sorted((folder / "exports_xsens_dot").glob("*.csv")):
        yield path.relative_to(folder).with_suffix("").as_posix(), import_file(path)[0]


def dancing_knee(folder: Path) -> Iterator[tuple[str, Recording]]:
    """Yield small squats, jumps and raises on two legs, four a file, seen from a knee."""
    for path in sorted((folder / "ballet_knee_anags").glob("*.txt")):
        text = path.read_text().replace("ms : ", ";")
        table = pd.read_csv(StringIO(text), sep=";", header=None).dropna().to_numpy(float)
        acc_mps2 = -table[:, 1:4] * GRAVITY_MPS2  # it was stored upside down
        time_s = (table[:, 0] - table[0, 0]) / 1000.0
        yield f"{path.parent.name}/{path.stem}", _sound(time_s, acc_mps2, table[:, 4:7], path.stem)


def moved_backpack(folder: Path) -> Iterator[tuple[str, Recording]]:
    """Yield jumps and straight walks, seen from a backpack; the actions stand end to end."""
    for path in sorted((folder / "jumps_mpu6050_worldoez").glob("*.csv")):
        table = pd.read_csv(path).iloc[:, :8].to_numpy(float)
        step_s = 1.0 / 77.0
        time_s = np.arange(len(table)) * step_s
        yield (
            f"{path.parent.name}/{path.stem.partition('-')[0]}",
            _sound(time_s, table[:, 5:8], np.degrees(table[:, 2:5]), path.stem),
        )


_WHAT = {
    "drop-jump": ("jump-squats", 1),
    "single-leg-drop-jump": ("lateral-hops", 1),
    "squat-jump": ("jump-squats", 1),
}
