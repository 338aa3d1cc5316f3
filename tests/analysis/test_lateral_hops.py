"""Lateral hops: physics first, then everything that fools a hop counter."""

import dataclasses
from itertools import pairwise

import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from imu_ankle.analysis.exercises.lateral_hops import HopParams
from imu_ankle.analysis.exercises.lateral_hops.measures import hop_axis, reached
from imu_ankle.core.recording import Recording
from imu_ankle.simulation.flights import SimulatedFlight, fly
from imu_ankle.simulation.sensor import MOUNTS_M, SensorModel
from imu_ankle.simulation.sets import finish
from imu_ankle.simulation.timeline import Timeline
from imu_ankle.simulation.wearer import WEARERS, Wearer
from tests.helpers import (
    CHIP,
    accepted,
    changed,
    column,
    count,
    flights,
    joined,
    recording_of,
    true_reps,
    turned,
    values,
    without,
)


def errors(result, truth):
    """Return errors of take-off, landing (s) and width (m), event by event."""
    found, true = accepted(result), true_reps(truth)
    assert len(found) == len(true)
    return np.array(
        [
            (
                event.start_s - rep["takeoff_s"],
                event.end_s - rep["landing_s"],
                event.values["lateral_m"] - rep["lateral_m"],
            )
            for event, rep in zip(found, true, strict=True)
        ]
    )


def sequence(pieces, model=CHIP, *, side="right", seed=5, stand_s=2.0, stand_dps=0.3):
    """Return a recording of hand-made flights, each followed by so many seconds on the floor."""
    line = Timeline(np.random.default_rng(seed))
    line.stand(stand_s, stand_dps)
    events = []
    for flight, dwell_s in pieces:
        takeoff_s, landing_s = fly(line, flight)
        line.stand(dwell_s, 3.0, "contact")
        events.append({"kind": "rep", "takeoff_s": takeoff_s, "landing_s": landing_s})
    line.stand(stand_s, stand_dps)
    return recording_of(finish(line, model, events, side=side, seed=seed)), events


def across(width_m, k, **more):
    return SimulatedFlight(
        **({"flight_s": 0.26} | more), travel_m=(0.0, width_m if k % 2 else -width_m)
    )


@pytest.mark.parametrize("wearer", WEARERS)
@pytest.mark.parametrize("rate_hz", [50.0, 104.0, 208.0, 416.0])
def test_every_hop_is_counted_timed_and_measured(rate_hz, wearer):
    model = dataclasses.replace(CHIP, rate_hz=rate_hz)
    recording, truth = flights(model=model, seed=11, reps=12, wearer=WEARERS[wearer])
    off = errors(count(recording), truth)
    assert np.abs(off[:, 2]).mean() < (0.02 if rate_hz >= 100 else 0.04)
    if rate_hz >= 100:  # the specification bounds times from there on
        assert np.median(np.abs(off[:, 1] - off[:, 0])) < 0.010


@pytest.mark.parametrize("mount", MOUNTS_M)
@pytest.mark.parametrize("side", ["left", "right"])
def test_mount_and_side_make_no_difference(mount, side):
    model = dataclasses.replace(CHIP, arm_m=MOUNTS_M[mount])
    recording, truth = flights(model=model, side=side, seed=21)
    result = count(recording, side=side)
    off = errors(result, truth)
    assert np.median(np.abs(off[:, 1] - off[:, 0])) < 0.010
    assert np.abs(off[:, 2]).mean() < 0.02
    told = [event.values["toward"] for event in accepted(result)]
    assert told == [rep["toward"] for rep in true_reps(truth)]
    assert result.leg == side


def test_contact_is_from_landing_to_the_next_take_off_and_the_last_has_none():
    recording, truth = flights(seed=3)
    contact = [event.values["contact_s"] for event in accepted(count(recording))]
    reps = true_reps(truth)
    true = [b["takeoff_s"] - a["landing_s"] for a, b in pairwise(reps)]
    assert contact[-1] is None
    assert np.median(np.abs(np.array(contact[:-1]) - true)) < 0.010


def test_metrics_follow_from_the_events():
    recording, _ = flights(seed=4, reps=12)
    result = count(recording)
    found, flight = values(result), column(result, "flight_s")
    assert found["flight_s"] == pytest.approx(np.median(flight))
    assert found["height_m"] == pytest.approx(np.median(9.80665 * flight**2 / 8.0))
    lateral = column(result, "lateral_m")
    assert found["lateral_cv_pct"] == pytest.approx(100 * lateral.std(ddof=1) / lateral.mean())
    assert found["reached_count"] == sum(
        event.values["reached"] == "yes" for event in accepted(result)
    )
    tired = 100.0 * (np.median(flight[-5:]) / np.median(flight[:5]) - 1.0)
    assert found["fatigue_pct"] == pytest.approx(tired)
    events = accepted(result)
    assert found["set_s"] == pytest.approx(events[-1].end_s - events[0].start_s, abs=1e-5)
    assert result.spans[0].start_s == events[0].start_s
    assert (result.dose.target, result.dose.done) == (20.0, 12.0)


def test_under_ten_hops_nothing_is_said_of_fatigue():
    found = values(count(flights(seed=4, reps=9)[0]))
    assert found["fatigue_pct"] is None
    assert found["flight_s"] is not None


def test_one_hop_has_no_variation_and_no_cadence():
    result = count(sequence([(across(0.4, 1), 1.0)])[0])
    assert result.reps == 1
    found = values(result)
    assert found["lateral_cv_pct"] is None
    assert found["cadence_per_min"] is None
    assert found["contact_s"] is None
    assert found["lateral_m"] == pytest.approx(0.4, abs=0.02)


def test_no_hop_is_a_usable_result_of_zero_with_empty_metrics():
    recording, _ = flights("two-legs", reps=1)
    result = count(recording)
    assert result.reps == 0
    assert result.spans == ()
    assert all(value is None for value in values(result).values())


@pytest.mark.parametrize(
    ("lateral_m", "told"),
    [(0.05, "no"), (0.27, "no"), (0.302, "borderline"), (0.308, "borderline"), (0.34, "yes")],
)
def test_the_verdict_on_twelve_inches_is_open_only_within_three_centimetres(lateral_m, told):
    assert reached(lateral_m, HopParams()) == told


@pytest.mark.parametrize(("width_m", "told"), [(0.05, "no"), (0.22, "no"), (0.40, "yes")])
def test_narrow_hops_count_but_do_not_reach(width_m, told):
    result = count(sequence([(across(width_m, k), 0.3) for k in range(6)])[0])
    assert result.reps == 6
    assert {event.values["reached"] for event in accepted(result)} == {told}


def test_the_hop_axis_is_where_the_set_goes_and_points_left():
    assert hop_axis([], 0.6).tolist() == [0.0, 1.0]
    pieces = [
        (dataclasses.replace(across(0.4, k), travel_m=(0.1 * (-1) ** k, 0.4 * (-1) ** k)), 0.3)
        for k in range(6)
    ]
    lateral = column(count(sequence(pieces)[0]), "lateral_m")
    assert np.abs(lateral - np.hypot(0.1, 0.4)).mean() < 0.02


# metamorphic


@pytest.fixture(scope="module")
def plain():
    return flights(seed=7, model=CHIP)[0]


ROTATIONS = {
    "upside down": Rotation.from_euler("x", 180, degrees=True),
    "turned about": Rotation.from_euler("z", 180, degrees=True),
    "on its side": Rotation.from_euler("y", 90, degrees=True),
    "anyhow": Rotation.random(random_state=3),
}


@pytest.mark.parametrize("name", ROTATIONS)
def test_turning_the_sensor_changes_nothing(plain, name):
    before, after = count(plain), count(turned(plain, ROTATIONS[name]))
    assert after.reps == before.reps
    assert np.abs(column(after, "takeoff_s") - column(before, "takeoff_s")).max() < 1 / 208
    assert np.abs(column(after, "landing_s") - column(before, "landing_s")).max() < 1 / 208
    assert np.abs(column(after, "lateral_m") - column(before, "lateral_m")).max() < 0.003


def test_every_second_sample_tells_the_same_hops():
    recording, _ = flights(seed=8, model=dataclasses.replace(CHIP, rate_hz=400.0))
    whole = count(recording)
    for every, rate_hz in ((2, 200.0), (4, 100.0)):
        thinned = changed(
            recording,
            time_s=recording.time_s[::every],
            acc_mps2=recording.acc_mps2[::every],
            gyr_dps=recording.gyr_dps[::every],
            seq=None,
        )
        result = count(thinned)
        assert result.reps == whole.reps
        off = column(result, "flight_s") - column(whole, "flight_s")
        assert np.median(np.abs(off)) < 1.2 / rate_hz


def test_the_mirror_image_hops_the_other_way():
    right, _ = flights(seed=9, model=SensorModel.ideal(208.0), side="right")
    left, _ = flights(seed=9, model=SensorModel.ideal(208.0), side="left")
    one, other = count(right, side="right"), count(left, side="left")
    assert column(one, "flight_s") == pytest.approx(column(other, "flight_s"), abs=1e-4)
    assert column(one, "lateral_m") == pytest.approx(column(other, "lateral_m"), abs=1e-3)
    for a, b in zip(accepted(one), accepted(other), strict=True):
        assert {a.values["toward"], b.values["toward"]} == {"left", "right"}


def test_a_later_start_shifts_times_and_nothing_else(plain):
    before, after = count(plain), count(changed(plain, time_s=plain.time_s + 100.0))
    assert column(after, "takeoff_s") - 100.0 == pytest.approx(
        column(before, "takeoff_s"), abs=1e-5
    )
    assert column(after, "lateral_m") == pytest.approx(column(before, "lateral_m"), abs=1e-6)


def test_the_order_of_hops_does_not_matter_to_their_widths():
    widths = [0.2, 0.3, 0.45, 0.25, 0.38, 0.5]
    found = [
        column(count(sequence([(across(w, k), 0.3) for k, w in enumerate(order)])[0]), "lateral_m")
        for order in (widths, widths[::-1])
    ]
    assert found[0] == pytest.approx(found[1][::-1], abs=0.015)


def test_a_side_told_wrongly_changes_the_leg_and_nothing_that_is_measured(plain):
    right, wrong = count(plain, side="right"), count(plain, side="left")
    assert wrong.leg == "left"
    assert wrong.metrics == right.metrics
    assert wrong.events == right.events


def test_half_a_minute_of_quiet_before_changes_nothing(plain):
    n = 30 * 208
    rng = np.random.default_rng(1)
    still = Recording(
        time_s=np.arange(n) / 208.0,
        acc_mps2=plain.acc_mps2[:100].mean(axis=0) + rng.normal(0.0, 0.01, (n, 3)),
        gyr_dps=plain.gyr_dps[:100].mean(axis=0) + rng.normal(0.0, 0.05, (n, 3)),
    )
    before, after = count(plain), count(joined(still, plain, pause_s=1 / 208))
    assert after.reps == before.reps
    assert column(after, "flight_s") == pytest.approx(column(before, "flight_s"), abs=0.002)
    assert column(after, "lateral_m") == pytest.approx(column(before, "lateral_m"), abs=0.01)


def test_two_sets_in_one_recording_add_up(plain):
    assert count(joined(plain, plain, pause_s=5.0)).reps == 2 * count(plain).reps


def test_gyroscope_bias_and_slow_yaw_drift_change_nothing(plain):
    before = count(plain)
    biased = count(changed(plain, gyr_dps=plain.gyr_dps + np.array([3.0, -2.0, 1.0])))
    assert column(biased, "lateral_m") == pytest.approx(column(before, "lateral_m"), abs=0.005)
    up = plain.acc_mps2[:200].mean(axis=0)
    drifting = changed(plain, gyr_dps=plain.gyr_dps + up / np.linalg.norm(up))
    assert column(count(drifting), "lateral_m") == pytest.approx(
        column(before, "lateral_m"), abs=0.005
    )


def test_a_film_run_backward_shows_no_hop(plain):
    backward = changed(
        plain,
        acc_mps2=plain.acc_mps2[::-1].copy(),
        gyr_dps=-plain.gyr_dps[::-1],
        time_s=plain.time_s[-1] - plain.time_s[::-1],
        seq=None,
    )
    assert count(backward).reps == 0


def test_single_lost_samples_cost_nothing(plain):
    gone = np.random.default_rng(2).random(len(plain)) < 0.01
    before, after = count(plain), count(without(plain, gone))
    assert after.reps == before.reps
    off = column(after, "flight_s") - column(before, "flight_s")
    assert np.median(np.abs(off)) < 2 / 208


def test_a_burst_over_a_landing_costs_that_hop_and_no_other(plain):
    before = count(plain)
    lost = accepted(before)[3]
    gone = np.abs(plain.time_s - lost.end_s) < 0.1
    after = count(without(plain, gone))
    assert after.reps == before.reps - 1
    assert "one_probably_missing" in after.quality.reasons
    kept = np.delete(column(before, "takeoff_s"), 3)
    assert column(after, "takeoff_s") == pytest.approx(kept, abs=0.010)
    assert accepted(after)[2].values["contact_s"] is None


@pytest.mark.parametrize("hole_s", [0.010, 0.020, 0.030, 0.045])
def test_short_holes_over_landings_cost_no_hop(plain, hole_s):
    gone = np.zeros(len(plain), dtype=bool)
    for event in accepted(count(plain))[::2]:
        gone |= np.abs(plain.time_s - event.end_s - 0.005) < hole_s / 2
    assert count(without(plain, gone)).reps == count(plain).reps


# what fools a counter


@pytest.mark.parametrize(
    ("name", "more"),
    [
        ("soft", {"landing_mps": 0.6, "stop_s": 0.032, "ring_g": 1.0}),
        ("stiff and ringing", {"landing_mps": 1.6, "stop_s": 0.013, "ring_g": 14.0}),
        ("flat on the floor", {"touch_deg": 1.0}),
        ("on the toes", {"touch_deg": 26.0, "heel_down_s": 0.10}),
        ("low", {"flight_s": 0.14, "clearance_m": 0.02, "landing_mps": 0.6}),
        ("high", {"flight_s": 0.38, "clearance_m": 0.16, "landing_mps": 1.8}),
        ("rolling", {"roll_deg": 14.0, "turn_deg": 6.0}),
    ],
)
def test_landings_of_all_kinds_are_seen_once(name, more):
    result = count(sequence([(across(0.35, k, **more), 0.25) for k in range(8)])[0])
    assert result.reps == 8, name


def test_a_low_path_and_a_slow_landing_do_not_make_a_wide_hop_a_step():
    low = {"flight_s": 0.34, "clearance_m": 0.06, "landing_mps": 0.85}
    assert count(sequence([(across(0.35, k, **low), 0.4) for k in range(8)])[0]).reps == 8


def test_a_set_without_a_still_moment_is_counted():
    line = Timeline(np.random.default_rng(4))
    line.stand(0.4, 5.0, "one leg")
    for k in range(12):
        fly(line, across(0.3, k, flight_s=0.22, landing_mps=1.0, push_s=0.1))
        line.stand(0.03, 5.0, "contact")
    line.stand(0.3, 5.0, "one leg")
    result = count(recording_of(finish(line, CHIP, [], side="right", seed=4)))
    assert result.reps == 12
    assert "no_rest" in result.quality.reasons


def test_hops_without_a_pause_on_the_floor_are_told_apart():
    model = dataclasses.replace(CHIP, rate_hz=104.0)
    pieces = [(across(0.3, k, push_s=0.09), 0.02) for k in range(10)]
    assert count(sequence(pieces, model)[0]).reps == 10


def test_a_second_bounce_is_no_hop():
    recording, truth = flights(seed=13, doubles=4)
    result = count(recording)
    assert result.reps == 8
    assert sum(event["kind"] == "bounce" for event in truth["events"]) == 4


def test_a_flight_under_a_tenth_of_a_second_is_listed_as_a_bounce():
    low = {"flight_s": 0.08, "clearance_m": 0.012, "landing_mps": 0.5, "push_deg": 25.0}
    pieces = [(across(0.3, k), 0.4) for k in range(4)] + [(across(0.05, 0, **low), 0.5)]
    result = count(sequence(pieces)[0])
    assert result.reps == 4
    assert [event.rejected for event in result.events if event.rejected] == ["bounce"]


def test_heel_raises_in_between_are_listed_and_not_counted():
    recording, _ = flights(seed=14, partials=3)
    result = count(recording)
    assert result.reps == 8
    assert sum(event.rejected == "partial" for event in result.events) == 3


def test_a_long_rest_in_the_middle_is_a_pause_and_no_contact():
    recording, _ = flights(seed=15, pauses=1, pause_s=15.0)
    result = count(recording)
    assert result.reps == 8
    assert sum(event.values["contact_s"] is None for event in accepted(result)) == 2
    assert values(result)["cadence_per_min"] > 60


def test_the_first_hop_may_come_right_after_the_start(plain):
    first = accepted(count(plain))[0].start_s
    late = plain.time_s >= first - 0.35
    assert count(without(plain, ~late)).reps == count(plain).reps


def test_a_hop_cut_by_the_end_is_listed_as_cut_off(plain):
    last = accepted(count(plain))[-1]
    cut = without(plain, plain.time_s > (last.start_s + last.end_s) / 2)
    result = count(cut)
    assert result.reps == count(plain).reps - 1
    assert result.events[-1].rejected == "cut_off"


def test_walking_up_and_off_adds_nothing():
    recording, _ = flights(seed=16, strides_before=5, strides_after=5, raises_before=2)
    assert count(recording).reps == 8


def test_when_all_landings_clip_the_count_stands_and_every_impact_says_so():
    model = dataclasses.replace(CHIP, acc_range_g=4.0)
    recording, truth = flights(seed=17, model=model, wearer=Wearer(hardness=1.1))
    result = count(
        changed(recording, sidecar=dataclasses.replace(recording.sidecar, acc_range_g=4))
    )
    assert result.reps == 8
    assert all(event.values["impact_clipped"] for event in accepted(result))
    assert "clipped" in result.quality.reasons
    assert values(result)["impact_g"] is None
    assert np.abs(errors(result, truth)[:, 2]).mean() < 0.04


def test_an_impact_without_clipping_does_not_say_so(plain):
    assert not any(event.values["impact_clipped"] for event in accepted(count(plain)))


def test_the_impact_is_the_largest_force_of_sixty_milliseconds(plain):
    for event in accepted(count(plain)):
        inside = (plain.time_s >= event.end_s) & (plain.time_s <= event.end_s + 0.06)
        peak = np.linalg.norm(plain.acc_mps2[inside], axis=1).max() / 9.80665
        assert event.values["impact_g"] == pytest.approx(peak, rel=0.02)


def test_the_sensor_on_another_place_is_refused(plain):
    for placement in ("free-foot", "shank", "waist"):
        result = count(plain, placement=placement)
        assert result.quality.grade == "invalid"
        assert result.quality.reasons[-1] == "wrong_placement"
        assert result.reps is None


def test_duplicated_and_late_rows_give_the_same_result(tmp_path, plain):
    from imu_ankle.core.assemble import COLUMNS
    from imu_ankle.io.csvfile import read_recording, write_recording, write_rows

    rng = np.random.default_rng(4)
    samples = np.column_stack([plain.time_s, plain.acc_mps2, plain.gyr_dps])
    assert samples.shape[1] == len(COLUMNS)
    order = np.argsort(np.arange(len(plain)) + rng.integers(0, 3, len(plain)), kind="stable")
    arrival = np.insert(order, range(0, len(order), 50), order[::50])
    write_rows(tmp_path / "faulty.csv", samples[arrival], plain.seq[arrival], plain.sidecar)
    write_recording(plain, tmp_path / "clean.csv")
    faulty, clean = (count(read_recording(tmp_path / f"{n}.csv")) for n in ("faulty", "clean"))
    assert faulty.events == clean.events
    assert faulty.metrics == clean.metrics


NEGATIVES = [
    "two-legs", "walking", "stepping", "stairs-up", "stairs-down", "shuffling", "tapping",
    "handling", "dropped", "heel-raises", "heel-walks", "mini-squats", "toe-points",
    "single-leg-balance",
]  # fmt: skip


@pytest.mark.parametrize("name", NEGATIVES)
def test_what_is_no_hop_gives_none(name):
    recording, _ = flights(name, dataclasses.replace(CHIP, rate_hz=104.0), seed=31, reps=6)
    assert count(recording).reps == 0


def test_too_few_samples_a_second_are_refused():
    recording, _ = flights(model=SensorModel(rate_hz=22.0), seed=1, reps=3)
    assert "low_rate" in count(recording).quality.reasons
    assert count(recording).reps is None


@pytest.mark.parametrize("seconds", [0.4, 1.5])
def test_very_short_recordings_are_a_result_and_not_an_exception(plain, seconds):
    result = count(without(plain, plain.time_s > seconds))
    assert result.reps in {0, None}


def test_a_stomp_between_hops_is_an_impact_without_a_flight():
    line = Timeline(np.random.default_rng(6))
    line.stand(2.0, 0.3)
    for k in range(6):
        fly(line, across(0.35, k))
        line.stand(0.5, 3.0, "contact")
        lift = SimulatedFlight(
            flight_s=0.4,
            clearance_m=0.06,
            landing_mps=1.2,
            push_s=0.25,
            push_deg=15.0,
            touch_deg=2.0,
        )
        fly(line, lift, "stomp")
        line.stand(0.5, 3.0, "contact")
    line.stand(2.0, 0.3)
    assert count(recording_of(finish(line, CHIP, [], side="right", seed=6))).reps == 6


def test_a_foot_that_hardly_turns_in_the_air_does_not_rest_there():
    floating = {"push_deg": 26.0, "touch_deg": 25.0, "flight_s": 0.34, "clearance_m": 0.12}
    assert count(sequence([(across(0.3, k, **floating), 0.4) for k in range(6)])[0]).reps == 6


def test_a_clip_that_turns_in_the_middle_of_the_set_is_told():
    pieces = [(across(0.35, k), 0.3) for k in range(5)]
    first, _ = sequence(pieces, stand_s=5.0, stand_dps=0.8)
    tipped = turned(first, Rotation.from_euler("x", 12, degrees=True))
    result = count(joined(first, tipped, pause_s=1.0))
    assert "clip_moved" in result.quality.reasons
    assert "one_probably_missing" not in result.quality.reasons
    assert result.reps == 10


def test_a_file_of_zeros_is_an_error(plain):
    from imu_ankle.core.errors import RecordingError

    with pytest.raises(RecordingError, match="still sensor"):
        count(changed(plain, acc_mps2=np.zeros_like(plain.acc_mps2), gyr_dps=0.0 * plain.gyr_dps))


def test_a_gyroscope_that_says_nothing_is_an_error(plain):
    from imu_ankle.core.errors import RecordingError

    with pytest.raises(RecordingError, match="gyroscope"):
        count(changed(plain, gyr_dps=np.zeros_like(plain.gyr_dps)))
