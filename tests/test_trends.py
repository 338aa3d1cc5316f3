"""Trends: session medians over dates, legs and conditions apart, nothing claimed beyond that."""

import dataclasses
import json
from datetime import date

import pytest

from imu_ankle.analysis import examine
from imu_ankle.cli import run
from imu_ankle.files.csvfile import write_recording
from imu_ankle.model import Condition, Eyes, Side, Sidecar, Surface
from imu_ankle.trends import Series, collect
from tests.helpers import BALANCE, HOPS, JUMPS, changed, flights, stance_only


def dated(recording, exercise, started_at, side=Side.LEFT, **condition):
    sidecar = Sidecar(
        exercise=exercise,
        side=side,
        started_at=started_at,
        simulated=True,
        condition=Condition(**condition),
    )
    return changed(recording, sidecar=sidecar)


@pytest.fixture(scope="module")
def hops():
    return flights(HOPS, seed=2, reps=4, side="left")[0]


def analysed(recording):
    return examine(recording), recording.sidecar.started_at


def points(trends, key, leg="left"):
    return [
        point
        for series, found in trends.series.items()
        if (series.key, series.leg) == (key, leg)
        for point in found
    ]


def test_a_session_is_a_day_and_its_value_the_median_of_its_trials(hops):
    def trial(reps, started_at):
        analysis, _ = analysed(dated(hops, HOPS, started_at))
        return (
            dataclasses.replace(analysis, result=dataclasses.replace(analysis.result, reps=reps)),
            started_at,
        )

    trends = collect(
        [
            trial(18, "2026-10-01T09:00:00+02:00"),
            trial(12, "2026-10-01T09:10:00+02:00"),
            trial(19, "2026-10-01T23:59:00+02:00"),
            trial(20, "2026-10-08T09:00:00+02:00"),
        ]
    )
    first, second = points(trends, "reps")
    assert (first.day, first.value, first.n) == (date(2026, 10, 1), 18.0, 3)
    assert (second.day, second.value, second.n) == (date(2026, 10, 8), 20.0, 1)


def test_legs_and_conditions_are_kept_apart():
    sway = stance_only(seconds=8.0)
    day = "2026-10-01T09:00:00"
    trends = collect(
        analysed(dated(sway, BALANCE, day, side, eyes=eyes, surface=surface))
        for side, eyes, surface in (
            (Side.LEFT, Eyes.OPEN, Surface.FLOOR),
            (Side.RIGHT, Eyes.OPEN, Surface.FLOOR),
            (Side.LEFT, Eyes.CLOSED, Surface.FLOOR),
            (Side.LEFT, Eyes.OPEN, Surface.TOWEL),
        )
    )
    kept = {(s.leg, s.condition) for s in trends.series if s.key == "sway_rms_dps"}
    assert kept == {
        ("left", "eyes open, floor"),
        ("right", "eyes open, floor"),
        ("left", "eyes closed, floor"),
        ("left", "eyes open, towel"),
    }


def test_jumps_belong_to_both_legs():
    recording, _ = flights(JUMPS, seed=2, reps=3)
    trends = collect([analysed(dated(recording, JUMPS, "2026-10-01T09:00:00"))])
    assert [p.value for p in points(trends, "reps", "both")] == [3.0]


def test_what_has_no_date_or_can_not_be_analysed_is_left_out_by_name(hops):
    undated = dataclasses.replace(dated(hops, HOPS, None), file="undated.csv")
    short = dataclasses.replace(
        dated(stance_only(seconds=0.5), BALANCE, "2026-10-01T09:00:00"), file="short.csv"
    )
    trends = collect(map(analysed, (undated, short)))
    assert trends.series == {}
    assert [file for file, _ in trends.left_out] == ["undated.csv", "short.csv"]


def test_the_table_has_one_row_per_series_and_session(hops):
    trends = collect(analysed(dated(hops, HOPS, f"2026-10-0{day}T09:00:00")) for day in (1, 2))
    table = trends.table()
    assert list(table.columns) == ["exercise", "leg", "condition", "day", "key", "median", "n"]
    assert len(table) == 4
    assert Series(exercise=HOPS, key="reps", leg="left", condition="floor") in trends.series


@pytest.fixture
def folder(tmp_path, hops):
    for day in (1, 8):
        place = tmp_path / "all" / f"2026-10-0{day}"
        place.mkdir(parents=True)
        write_recording(dated(hops, HOPS, f"2026-10-0{day}T18:00:00+02:00"), place / "hops.csv")
        still = dated(stance_only(seconds=9.0), BALANCE, f"2026-10-0{day}T18:05:00+02:00")
        write_recording(still, place / "balance.csv")
    return tmp_path / "all"


def test_the_command_prints_and_draws(folder, tmp_path, capsys):
    picture, table = tmp_path / "trend.png", tmp_path / "trend.csv"
    assert run(["trends", str(folder), "--png", str(picture), "--csv", str(table)]) == 0
    shown = capsys.readouterr().out
    assert "2026-10-01" in shown
    assert "SIMULATED" in shown
    assert picture.stat().st_size > 10_000
    assert table.read_text().startswith("exercise,leg,condition,day,key,median,n\n")


def test_the_command_speaks_json_and_can_be_asked_for_one_exercise(folder, capsys):
    assert run(["trends", str(folder), "--exercise", HOPS, "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert {row["exercise"] for row in told["sessions"]} == {HOPS}
    assert told["failed"] == []


def test_a_broken_file_is_named_and_the_rest_still_shown(folder, capsys):
    (folder / "broken.csv").write_text("")
    assert run(["trends", str(folder)]) == 6
    out = capsys.readouterr()
    assert "broken.csv" in out.err
    assert "2026-10-01" in out.out


def test_a_folder_without_a_dated_recording_says_so(tmp_path, hops, capsys):
    write_recording(dated(hops, HOPS, None), tmp_path / "hops.csv")
    assert run(["trends", str(tmp_path)]) == 3
    assert "started_at" in capsys.readouterr().err
    assert run(["trends", str(tmp_path / "none")]) == 3
    assert run(["trends", str(tmp_path), "--exercise", "juggling"]) == 2
    assert run(["trends", str(tmp_path), "--png", "a.doc"]) == 2
    assert run(["trends", str(tmp_path), "--csv", "a.xlsx"]) == 2
