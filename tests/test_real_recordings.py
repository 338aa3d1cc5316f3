"""Recordings that nobody here made: standing is found, walking is not called stance."""

import json
from itertools import pairwise

import numpy as np
import pandas as pd
import pytest

from imu_ankle import analyze
from imu_ankle.analysis.cyclic.params import CyclicParams
from imu_ankle.analysis.cyclic.repetitions import align, find_repetitions
from imu_ankle.analysis.exercises import EXERCISES
from imu_ankle.analysis.exercises.heel_walks import HeelWalkParams
from imu_ankle.analysis.flight.flights import find_flights
from imu_ankle.analysis.flight.measures import height_m
from imu_ankle.analysis.flight.params import FlightParams
from imu_ankle.analysis.flight.strides import find_strides
from imu_ankle.analysis.preprocessing import preprocess
from imu_ankle.analysis.standing.stationary import bursts
from imu_ankle.core.errors import NotAnalysableError
from imu_ankle.core.exercise import TrialContext
from imu_ankle.core.options import Side
from imu_ankle.core.recording import Recording
from imu_ankle.core.signal.runs import runs
from imu_ankle.io.csvfile import read_recording
from imu_ankle.io.importers.import_file import import_file
from imu_ankle.io.importers.table import Overrides
from tests.helpers import score_balance, values
from tests.people import gaitmap, ordinary_movement


def test_quiet_stance_of_a_real_foot(real_data):
    recording = read_recording(real_data / "qmt_quiet_stance" / "foot_right.csv")
    result = score_balance(recording)
    (span,) = result.spans
    assert 16.0 <= span.start_s < span.end_s <= 38.0
    assert span.duration_s > 15.0
    # unfiltered, the same rate has an RMS of a quarter of a degree per second; below 10 Hz half of it
    assert 0.1 < values(result)["sway_rms_dps"] < 0.3
    t = recording.time_s
    raw = recording.gyr_dps[(t >= span.start_s) & (t < span.end_s)]
    assert np.sqrt(np.sum(np.var(raw, axis=0))) == pytest.approx(0.25, abs=0.02)
    assert "no_weight_shift" in result.quality.reasons
    assert values(result)["losses"] == 0


GAIT = ["1-1", "1-2", "3-1", "5-1"]


@pytest.mark.parametrize("foot", ["lf", "rf"])
@pytest.mark.parametrize("trial", GAIT)
def test_standing_before_and_after_real_walking(real_data, trial, foot):
    folder = real_data / "ipol_voisard_gait"
    recording, importer = import_file(folder / f"{trial}_{foot}.txt")
    assert importer.name == "xsens-mt"
    assert recording.sidecar.rate_hz == pytest.approx(100.0)
    events = json.loads((folder / f"{trial}.json").read_text())
    strides = np.array(events["LeftFootEvents" if foot == "lf" else "RightFootEvents"]) / 100.0
    result = score_balance(recording)
    (span,) = result.spans
    assert span.duration_s >= 2.0
    assert span.end_s <= strides[0, 0] + 0.3 or span.start_s >= strides[-1, 1] - 0.3
    assert "no_weight_shift" in result.quality.reasons
    assert values(result)["losses"] == 0
    assert preprocess(recording).heading_known


@pytest.mark.parametrize("foot", ["left_sensor", "right_sensor"])
def test_standing_after_two_real_walks(real_data, foot):
    folder = real_data / "gaitmap_example"
    recording = gaitmap(folder, foot)
    borders = pd.read_csv(folder / "stride_borders_sample.csv")
    borders = borders[borders["foot"] == foot.removesuffix("_sensor")]
    first, last = borders["start"].min() / 204.8, borders["end"].max() / 204.8
    result = score_balance(recording)
    (span,) = result.spans
    assert span.duration_s >= 1.0
    assert span.end_s <= first + 0.3 or span.start_s >= last - 0.3
    assert "no_weight_shift" in result.quality.reasons
    assert values(result)["losses"] == 0


def test_irregular_stamps_of_a_real_ngimu(real_data):
    recording, importer = import_file(real_data / "xio_gait_tracking" / "short_walk.csv")
    assert importer.name == "ngimu"
    motion = preprocess(recording)
    assert motion.rate_hz == pytest.approx(400.0, rel=0.01)
    (span,) = score_balance(recording).spans
    assert span.start_s < 1.0
    assert 11.0 < span.end_s < 15.0


def test_real_dot_export(real_data):
    (file,) = (real_data / "exports_xsens_dot").glob("*.csv")
    recording, importer = import_file(file)
    assert importer.name == "xsens-dot"
    assert recording.sidecar.rate_hz == pytest.approx(120.0, rel=1e-3)
    assert recording.sidecar.sensor.firmware == "1.6.0"
    assert recording.acc_mps2[0].any()  # the all-zero first row is left out


def test_real_ngimu_export(real_data):
    recording, importer = import_file(
        real_data / "exports_scikit_kinematics" / "data_ngimu" / "sensors.csv"
    )
    assert importer.name == "ngimu"
    assert np.median(np.linalg.norm(recording.acc_mps2, axis=1)) == pytest.approx(9.8, abs=0.1)


# path, importer, Hz, the largest rate in deg/s that is believable of it
EXPORTS = [
    ("exports_scikit_kinematics/data_ngimu", "ngimu", 49.91, 600),
    ("exports_scikit_kinematics/data_xio3", "x-imu3", 49.91, 1500),
    ("exports_scikit_kinematics/data_xsens.txt", "xsens-mt", 50.0, 600),
    ("exports_scikit_kinematics/walking_xsens_lowerLeg.txt", "xsens-mt", 120.0, 900),
    ("exports_movesense_json/MovesenseLog_2_625.json", "movesense", 106.9, 3500),
    ("shimmer_sway_addybrown/q1.dat", "shimmer", 128.0, 20),
    ("bluetrident_ankle_kalamity/Subject1_A1_Foot.csv", "vicon-blue-trident", 226.1, 2100),
    ("bluetrident_ankle_kalamity/Subject1_A1_Shank.csv", "vicon-blue-trident", 226.3, 2100),
    ("xio_fusion_sensor_data/sensor_data.csv", "ngimu", 100.0, 2100),
]


@pytest.mark.parametrize(("path", "importer", "rate_hz", "most_dps"), EXPORTS)
def test_exports_of_other_people(real_data, path, importer, rate_hz, most_dps):
    recording, found = import_file(real_data / path)
    assert found.name == importer
    assert recording.sidecar.rate_hz == pytest.approx(rate_hz, rel=2e-3)
    assert 9.4 < np.median(np.linalg.norm(recording.acc_mps2, axis=1)) < 10.6
    rates = np.linalg.norm(recording.gyr_dps, axis=1)
    assert most_dps / 100 < rates.max() < most_dps


def test_both_halves_of_real_metabase_files_by_either(real_data):
    folder = real_data / "exports_metamotion_metabase"
    files = sorted(folder.glob("*Accelerometer*.csv"))
    assert len(files) == 6
    for file in files:
        recording, importer = import_file(file)
        assert importer.name == "metabase"
        assert recording.sidecar.rate_hz == pytest.approx(25.0, rel=1e-3)
        other = next(folder.glob(file.name.replace("Accelerometer_12.500", "Gyroscope_25.000")))
        again, _ = import_file(other)
        assert np.array_equal(again.acc_mps2, recording.acc_mps2)


def test_six_positions_of_a_real_sensor(real_data):
    from imu_ankle.analysis.calibration import calibrate

    told = Overrides(gyr_unit="deg/s", rate_hz=102.4)
    recording, _ = import_file(real_data / "imucal_ferraris" / "example_ferraris_session.csv", told)
    made = calibrate(
        recording.acc_mps2, recording.gyr_dps, 102.4, serial="A1", made_at="2026-01-01"
    )
    sections = json.loads(
        (real_data / "imucal_ferraris" / "example_ferraris_session_list.json").read_text()
    )
    for name in ("x_p", "x_a", "y_p", "y_a", "z_p", "z_a"):
        piece = slice(sections[name]["start"] + 50, sections[name]["end"] - 50)
        acc, gyr = made.apply(recording.acc_mps2[piece], recording.gyr_dps[piece])
        assert np.linalg.norm(acc.mean(axis=0)) == pytest.approx(9.80665, abs=0.03)
        assert np.abs(gyr.mean(axis=0)).max() < 0.3


COUNTED = [
    (slug, placement)
    for slug, exercise in EXERCISES.items()
    if slug != "single-leg-balance"
    for placement in exercise.placements
]


@pytest.fixture(scope="module")
def ordinary(real_data):
    """Motions of walking, standing and daily life by name."""
    return {name: preprocess(r) for name, r in ordinary_movement(real_data)}


@pytest.mark.xdist_group("ordinary")
@pytest.mark.parametrize(("slug", "placement"), COUNTED)
def test_real_walking_standing_and_daily_life_hold_no_repetition(ordinary, slug, placement):
    exercise = EXERCISES[slug]
    seen = {}
    for name, motion in ordinary.items():
        try:
            found = exercise.measure(
                motion, TrialContext(side=Side.LEFT, placement=placement), exercise.params
            )
        except NotAnalysableError:
            continue
        seen[name] = found.reps
    assert len(seen) >= 20
    assert {name: reps for name, reps in seen.items() if reps} == {}


def test_strides_of_real_feet_are_listed_as_walking(real_data):
    for foot in ("left_sensor", "right_sensor"):
        recording = gaitmap(real_data / "gaitmap_example", foot)
        result = analyze(recording, exercise="lateral-hops", side="left")
        borders = pd.read_csv(real_data / "gaitmap_example" / "stride_borders_sample.csv")
        strides = int((borders["foot"] == foot.removesuffix("_sensor")).sum())
        walked = sum(event.rejected == "walking" for event in result.events)
        assert abs(walked - strides) <= 4


@pytest.mark.parametrize(("foot", "marker"), [("left_sensor", "L_TOE"), ("right_sensor", "R_TOE")])
def test_the_track_of_the_ball_gives_real_strides_the_length_that_cameras_saw(
    real_data, foot, marker
):
    folder = real_data / "gaitmap_example"
    toe_m = pd.read_csv(folder / "mocap_sample.csv", header=[0, 1], index_col=0)[marker] / 1000.0
    path_m = toe_m.to_numpy()
    speed = np.linalg.norm(np.gradient(path_m, 0.01, axis=0), axis=1)
    stops = np.array([path_m[a:b, :2].mean(axis=0) for a, b in runs(speed < 0.15) if b - a > 10])
    seen_m = np.linalg.norm(np.diff(stops, axis=0), axis=1)
    motion = preprocess(gaitmap(folder, foot))
    flights = find_flights(motion, FlightParams(), lambda _: "walking").flights
    found_m = np.array([np.hypot(*flight.travel_m[:2]) for flight in flights])
    whole_seen, whole_found = seen_m[seen_m > 1.1], found_m[found_m > 1.1]
    assert abs(len(whole_seen) - len(whole_found)) <= 2
    assert np.median(whole_found) == pytest.approx(np.median(whole_seen), rel=0.03)


def test_the_flight_on_a_force_plate_gives_the_printed_height(real_data):
    folder = real_data / "bmc_duarte"
    printed = json.loads((folder / "expected_GRFZjump.json").read_text())
    flight_s = printed["landing_s"] - printed["takeoff_s"]
    assert height_m(flight_s) == pytest.approx(printed["height_flight_time_m"], abs=0.0015)
    force = np.loadtxt(folder / printed["file"])
    (start, end), *_ = sorted(runs(force < 20.0), key=lambda pair: pair[0] - pair[1])
    seen_s = (end - start) / printed["fs_hz"]
    assert height_m(seen_s) == pytest.approx(printed["height_flight_time_m"], abs=0.01)


def landings(force):
    """Return the first sample of each landing: what follows within a flight's tenth belongs to it."""
    top = force[len(force) // 3 :].max()
    together = round(0.1 * len(force))
    impacts = bursts(force, on=top / 4, off=top / 10, hole_s=together, rate_hz=1.0)
    return [start for start, _ in impacts if start > 0.3 * min(len(force), 600)]


def test_good_jumps_of_real_feet_land_once_and_stumbles_touch_down_again(real_data):
    text = (real_data / "cmj_foot_shimmer_mrseql" / "jumps_P1_P2.csv").read_text()
    counts: dict[str, list[int]] = {"0": [], "2": []}
    for line in text.splitlines():
        _, kind, *cells = line.split(",")
        if kind in counts:
            counts[kind].append(len(landings(np.array([float(cell) for cell in cells if cell]))))
    assert np.mean(np.array(counts["0"]) == 1) >= 0.9
    assert np.mean(np.array(counts["2"]) >= 2) >= 0.5


def labelled_walks(folder):
    """Yield recordings of walking feet and the strides (start_s, end_s) that others marked."""
    told = Overrides(gyr_unit="rad/s", rate_hz=100.0)
    for trial in GAIT:
        events = json.loads((folder / "ipol_voisard_gait" / f"{trial}.json").read_text())
        for foot, key in (("lf", "LeftFootEvents"), ("rf", "RightFootEvents")):
            path = folder / "ipol_voisard_gait" / f"{trial}_{foot}.txt"
            yield import_file(path, told)[0], np.array(events[key]) / 100.0
    borders = pd.read_csv(folder / "gaitmap_example" / "stride_borders_sample.csv")
    for foot in ("left_sensor", "right_sensor"):
        own = borders[borders["foot"] == foot.removesuffix("_sensor")]
        spans = own[["start", "end"]].to_numpy() / 204.8
        yield gaitmap(folder / "gaitmap_example", foot), spans


def test_strides_are_those_that_others_marked(real_data):
    hits = doubles = misses = 0
    for recording, spans in labelled_walks(real_data):
        motion = preprocess(recording)
        _, strides = find_strides(motion, params=HeelWalkParams().flight)
        at = np.array([motion.at_s(stride.peak) for stride in strides])
        for start, end in spans:
            inside = int(np.sum((at >= start - 0.15) & (at < end + 0.15)))
            hits += inside >= 1
            misses += inside == 0
            doubles += max(0, inside - 1)
    assert hits + misses > 150
    assert 2.0 * hits / (2.0 * hits + doubles + misses) >= 0.97


# the sensor of each exercise that turns most
LIMBS = [("e1", "u2"), ("e2", "u4"), ("e3", "u2"), ("e4", "u3"), ("e5", "u2")]


@pytest.mark.parametrize(("exercise", "unit"), LIMBS)
def test_thirty_real_repetitions_of_a_limb_are_counted(real_data, exercise, unit):
    """Ten correct ones, ten quick ones, ten of less range, one after the other."""
    path = real_data / "uci_physical_therapy" / "s1" / exercise / unit / "test.txt"
    recording, _ = import_file(path, Overrides(gyr_unit="rad/s", rate_hz=25.0))
    # these are limbs, not ankles: far smaller and far larger turns, about less steady axes further off
    params = CyclicParams(
        floor_deg=2.5,
        listed_deg=1.2,
        most_deg=120.0,
        axis_share=0.4,
        steady=0.4,
        turning_dps=2.0,
        moment_arm_m=2.0,
    )
    counts = []
    edges = [0, round(90 * 25.0), round(154 * 25.0), len(recording)]
    for start, end in pairwise(edges):
        piece = Recording(
            time_s=recording.time_s[start:end],
            acc_mps2=recording.acc_mps2[start:end],
            gyr_dps=recording.gyr_dps[start:end],
        )
        aligned = align(preprocess(piece), params)
        assert aligned is not None
        counts.append(
            len(
                find_repetitions(aligned, lambda excursion: excursion.height_deg, params).excursions
            )
        )
    assert all(abs(found - 10) <= 1 for found in counts), counts
