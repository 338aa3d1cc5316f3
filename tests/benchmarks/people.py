"""Print what real people did and what was counted, and how simulated feet compare with theirs.

Run with ``python -m tests.benchmarks.people FOLDER``; FOLDER holds the recordings of others (default:
what ``IMU_ANKLE_TEST_DATA`` names). The jumps are motion capture made into the readings of a shoe sensor.
"""

import contextlib
import sys
from collections import Counter
from dataclasses import replace
from itertools import chain, groupby
from pathlib import Path

import numpy as np

from imu_ankle.analysis.exercises import EXERCISES
from imu_ankle.analysis.flight.classification import verdict
from imu_ankle.analysis.flight.flights import find_flights
from imu_ankle.analysis.preprocessing import preprocess
from imu_ankle.analysis.segmentation import recognise
from imu_ankle.core.errors import NotAnalysableError
from imu_ankle.core.exercise import TrialContext
from imu_ankle.core.options import Placement, Side
from imu_ankle.simulation.sensor import MOUNTS_M
from imu_ankle.simulation.wearer import WEARERS
from tests.helpers import CHIP, HOPS, JUMPS, flights
from tests.people import (
    ankle_bands,
    counted,
    dancing_knee,
    moved_backpack,
    moved_feet,
    off_plates_s,
    ordinary_movement,
    others_folder,
    raises,
)

KINDS = (
    ("drop jumps, two legs", "s4_DJ"),
    ("squat jumps", "geiger_SJ"),
    ("hop on one leg", "SLDJ"),
)
ELSEWHERE = {
    "ipol_voisard_gait": "walking, feet and low back",
    "gaitmap_example": "walking, feet",
    "mobgap_lab": "walking and daily life, low back",
    "qmt_quiet_stance": "standing on two legs, steps, foot",
    "gait_pressure_marpino": "standing, walking, feet",
    "xio_gait_tracking": "walking, shoe",
    "xio_fusion_sensor_data": "turning in the hand",
    "exports_scikit_kinematics": "turning in the hand",
    "bluetrident_ankle_kalamity": "walking, foot and shank",
    "exports_xsens_dot": "a moving limb",
    "ballet_knee_anags": "small squats, jumps, raises on two legs, knee",
    "jumps_mpu6050_worldoez": "jumps and steps cut out and put end to end, backpack",
}
LOOKED_AT = (
    ("peak of the heel-up rate, deg/s", lambda flight: flight.push_dps),
    (
        "from that peak to toe-off, ms",
        lambda flight: 1000.0 * (flight.takeoff - flight.push_at) / flight.rate_hz,
    ),
    ("heel up at that peak, deg", lambda flight: flight.push_deg),
    ("heel up at contact, deg", lambda flight: -flight.toes_up_deg),
    ("landing speed, share of a free fall's", lambda flight: flight.fall),
    ("height of the ball, share of a free fall's", lambda flight: flight.rise),
)


def accepted_flights(recording):
    """Return the flights of a recording that count, and the arm from the point of rest."""
    motion = preprocess(recording)
    params = EXERCISES[JUMPS].params

    def judge(flight):
        return verdict(flight, motion, params.flight, params.jumps.flight_s)

    tracked = find_flights(motion, params.flight, judge)
    sound = [flight for flight in tracked.flights if judge(flight) is None]
    return sound, float(-tracked.forefoot.arm_m[0])


def of_clips(clips):
    """Return flights of clips, and the arms at which their heel clips sit, in m."""
    found, arms = [], []
    for clip in clips:
        flown, arm_m = accepted_flights(clip.recording)
        found += flown
        if clip.mount == "heel":
            arms.append(arm_m)
    return found, arms


def simulated(exercise, variation):
    """Return flights of simulated sets, and the arms of their heel clips."""
    found, arms = [], []
    for seed, wearer in enumerate(WEARERS.values(), start=40):
        for mount in ("laces", "heel"):
            model = replace(CHIP, arm_m=MOUNTS_M[mount])
            recording, _ = flights(exercise, model, seed=seed, wearer=wearer, variation=variation)
            flown, arm_m = accepted_flights(recording)
            found += flown
            if mount == "heel":
                arms.append(arm_m)
    return found, arms


def span(values):
    """Return the median of values, and the range in which nine of ten lie."""
    if not len(values):
        return "-"
    low, middle, high = np.percentile(values, [5.0, 50.0, 95.0])
    digits = 2 if abs(middle) < 5.0 else 0
    return f"{middle:.{digits}f} ({low:.{digits}f} to {high:.{digits}f})"


def done_and_counted(clips, placement="shoe"):
    """Return how often something was done in clips, and how often it was counted."""
    return sum(clip.reps for clip in clips), sum(counted(clip, placement).reps for clip in clips)


def count_rows(folder):
    """Yield a row for each source: what was done, how often, and what was counted."""
    for clip in raises(folder):
        name = f"raises, ankle band, {clip.name}"
        yield name, "real sensor", clip.reps, counted(clip).reps
    for clip in ankle_bands(folder):
        name = f"jumps, ankle band, {clip.name}"
        yield name, "real sensor", clip.reps, counted(clip, "ankle").reps
    clips = moved_feet(folder)
    for kind, word in KINDS:
        for mount in ("laces", "heel"):
            chosen = [clip for clip in clips if word in clip.name and clip.mount == mount]
            yield f"{kind}, {mount}", "motion capture", *done_and_counted(chosen)
    shanks = [clip for clip in clips if clip.mount == "shank"]
    yield "squats, shank", "motion capture", *done_and_counted(shanks, "shank")
    others = [clip for clip in clips if clip.reps == 0 and "cmu_02_04" not in clip.name]
    name = f"{len(others)} clips of walking, running, squats, hops ahead"
    yield name, "motion capture", *done_and_counted(others)


def seen_elsewhere(folder):
    """Yield a row for each source without a counted exercise: what it is, and what was made of it."""
    everything = chain(ordinary_movement(folder), dancing_knee(folder), moved_backpack(folder))
    for source, pairs in groupby(everything, key=lambda pair: pair[0].partition("/")[0]):
        motions = [preprocess(recording) for _, recording in pairs]
        length_s = sum(len(motion) / motion.rate_hz for motion in motions)
        reps = sum(repetitions(motion) for motion in motions)
        names = Counter(
            each.exercise for motion in motions for each in recognise(motion, Side.LEFT)
        )
        said = ", ".join(f"{name} {times}" for name, times in names.items()) or "nothing"
        yield source, ELSEWHERE[source], len(motions), round(length_s), reps, said


def repetitions(motion):
    """Return what all exercises together count in a motion, each under its own name, on a shoe."""
    total = 0
    for exercise in EXERCISES.values():
        setting = TrialContext(side=Side.LEFT, placement=Placement.SHOE)
        with contextlib.suppress(NotAnalysableError):
            total += exercise.measure(motion, setting, exercise.params).reps or 0
    return total


def table(names, rows):
    print(f"\n| {' | '.join(names)} |\n{'|---' * len(names)}|")
    for row in rows:
        print(f"| {' | '.join(map(str, row))} |")


def main(folder):
    table(("source", "evidence", "done", "counted"), count_rows(folder))
    names = (
        "source",
        "what it is",
        "recordings",
        "seconds",
        "repetitions, all exercises",
        "`auto`",
    )
    table(names, seen_elsewhere(folder))
    clips = moved_feet(folder)
    off_ms = 1000.0 * off_plates_s((clip, counted(clip)) for clip in clips if clip.flights_s)
    print(
        f"\n| {len(off_ms)} flights against force plates | mean | standard deviation |\n|---|---|---|"
    )
    for name, column in zip(("take-off, ms late", "contact, ms late"), off_ms.T, strict=True):
        print(f"| {name} | {column.mean():.1f} | {column.std():.1f} |")
    groups = {
        "real: drop and squat jumps": of_clips(
            clip for clip in clips if "s4_DJ" in clip.name or "geiger" in clip.name
        ),
        "simulated: jump squats": simulated(JUMPS, "pointed"),
        "real: hop on one leg": of_clips(clip for clip in clips if "SLDJ" in clip.name),
        "simulated: lateral hops": simulated(HOPS, "forefoot"),
    }
    print("\n| median (5th to 95th percentile) | " + " | ".join(groups) + " |")
    print("|---" * (1 + len(groups)) + "|")
    for name, look in LOOKED_AT:
        cells = [span([look(one) for one in found]) for found, _ in groups.values()]
        print(f"| {name} | " + " | ".join(cells) + " |")
    cells = [span(arms) for _, arms in groups.values()]
    print("| heel clip behind the point of rest, m | " + " | ".join(cells) + " |")


if __name__ == "__main__":
    given = Path(sys.argv[1]) if len(sys.argv) > 1 else others_folder()
    if given is None or not given.is_dir():
        sys.exit("no folder with recordings of others: name one, or set IMU_ANKLE_TEST_DATA")
    main(given)
