"""Pictures of progress: nothing overlaps, nothing is cut off, units everywhere, also in grey."""

import functools
from datetime import date, timedelta
from typing import Any

import numpy as np
import pytest

from imu_ankle.progress.athlete import Athlete, LifeEvent, Occasion
from imu_ankle.progress.summary import summarize_progress
from imu_ankle.progress.table import tidy, trials_of
from imu_ankle.report.plots import pictures
from imu_ankle.report.plots.style import LEG_COLOURS, LEG_MARKERS, LINES, save, svg_text
from tests.helpers import HOPS, JUMPS
from tests.progress.histories import BALANCE, NOW, facts
from tests.report.plots_helpers import cut_off, grey, overlaps, texts

NUMBERS = {
    BALANCE: {"score": 55.0, "sway_rms_dps": 4.0},
    HOPS: {"reps": 20.0, "lateral_m": 0.35, "flight_s": 0.25},
    JUMPS: {"reps": 20.0, "flight_s": 0.4},
}


def life(sessions, every_days=7, *, events=(), seed=1, change=None, exercises=tuple(NUMBERS)):
    """Return the progress of somebody with so many sessions up to `NOW`."""
    rng = np.random.default_rng(seed)
    rows = []
    for session in range(sessions):
        start = NOW - timedelta(days=every_days * (sessions - 1 - session))
        for exercise in exercises:
            for leg in ("both",) if exercise == JUMPS else ("left", "right"):
                known = {"shoe": "road" if change is not None and session >= change else "trail"}
                one = facts(
                    session, exercise, start=start, exercise=exercise, leg=leg, side=leg, **known
                )
                numbers = [
                    (key, float(value * np.exp(rng.normal(0.0, 0.1))), 1)
                    for key, value in NUMBERS[exercise].items()
                ]
                rows.append((one, numbers))
    anna = Athlete(name="anna", events=tuple(events), exercises=tuple(exercises))
    return summarize_progress(tidy(rows), trials_of(one for one, _ in rows), anna, now=NOW), [
        one for one, _ in rows
    ]


def event(days_ago, text, kind=Occasion.OTHER, until=None):
    return LifeEvent(day=NOW.date() - timedelta(days=days_ago), kind=kind, text=text, until=until)


MANY = [event(7 * k, f"something that happened, number {k}") for k in range(1, 9)]
CLOSE = [event(30 + k, f"day {k}") for k in range(5)]
LIVES: dict[str, dict[str, Any]] = {
    "one session": {"sessions": 1},
    "two sessions": {"sessions": 2},
    "three months": {"sessions": 12, "events": [event(40, "rolled", Occasion.SPRAIN)]},
    "events close together": {"sessions": 12, "events": [*MANY, *CLOSE]},
    "new shoes": {"sessions": 20, "change": 12},
    "three years": {"sessions": 156, "events": MANY, "change": 100},
    "only hops": {"sessions": 5, "exercises": (HOPS,)},
}
LONG: dict[str, Any] = {"sessions": 470, "every_days": 2.33, "change": 300, "exercises": (BALANCE,)}


@functools.cache
def lived(name):
    return life(**LIVES[name])


@pytest.mark.parametrize("name", pictures.PICTURES)
@pytest.mark.parametrize("who", LIVES)
def test_no_text_lies_on_another_or_is_cut_off(who, name):
    figure = pictures.draw(lived(who)[0], name).figure
    assert overlaps(figure) == []
    assert cut_off(figure) == []


def test_three_years_thrice_a_week():
    figure = pictures.draw(life(**LONG)[0], "stability").figure
    assert overlaps(figure) == []
    assert cut_off(figure) == []


@pytest.mark.parametrize("who", ["one session", "three months", "only hops"])
def test_the_picture_of_a_session(who):
    progress, all_facts = lived(who)
    last = [each for each in all_facts if each.session == all_facts[-1].session]
    picture = pictures.session(last, progress)
    assert overlaps(picture.figure) == []
    assert cut_off(picture.figure) == []
    assert "of 20" in picture.alt


def results(count, reps):
    rng = np.random.default_rng(1)
    return [
        {
            "exercise": HOPS,
            "leg": ("left", "right")[i % 2],
            "inputs": {"simulated": True},
            "metrics": {"fatigue_pct": {"value": -7.0 if reps >= 10 else None}},
            "events": [
                {"rejected": None, "flight_s": float(rng.normal(0.25, 0.02))} for _ in range(reps)
            ],
        }
        for i in range(count)
    ]


@pytest.mark.parametrize(("count", "reps"), [(0, 0), (1, 4), (2, 20), (6, 40)])
def test_the_picture_of_fatigue(count, reps):
    picture = pictures.fatigue(results(count, reps))
    assert overlaps(picture.figure) == []
    assert cut_off(picture.figure) == []
    assert ("-7 %" in picture.alt) is (reps >= 10)


def test_units_are_on_every_axis():
    words = [text for text, _ in texts(pictures.draw(lived("three months")[0]).figure)]
    for unit in ("deg/s", "width, m", "time in the air, s", "score, 0 to 100", "repetitions"):
        assert any(unit in word for word in words), unit


def test_first_sessions_have_no_band_and_no_verdict():
    figure = pictures.draw(lived("one session")[0], "stability").figure
    words = [text for text, _ in texts(figure)]
    assert any("not enough sessions (1 of 5)" in word for word in words)
    assert not any("real" in word for word in words)


def test_no_line_joins_two_shoes_or_crosses_a_long_gap():
    def lines(progress):
        figure = pictures.draw(progress, "hops").figure
        axes = next(a for a in figure.axes if "Jump" in a.get_title(loc="left"))
        return [
            line for line in axes.lines
            if line.get_linewidth() in (1.0, 1.6) and np.isfinite(line.get_ydata()).sum() > 1
        ]  # fmt: skip

    assert len(lines(life(12)[0])) == 1
    assert len(lines(life(20, change=10)[0])) == 2
    assert len(lines(life(12, every_days=22)[0])) == 0  # each point is after a long gap


def test_legs_differ_in_grey_too():
    assert len(set(LEG_MARKERS.values())) == 3
    shades = sorted(grey(colour) for colour in LEG_COLOURS.values())
    assert min(np.diff(shades)) > 0.1
    assert len({dash for _, dash in LINES}) == 3


def test_alt_text_is_made_from_the_numbers(tmp_path):
    progress, _ = lived("three months")
    picture = pictures.draw(progress, "stability")
    assert "Single-leg balance, left leg: sway W (eyes open, floor): 12 sessions" in picture.alt
    assert "of 12 weeks" in pictures.draw(progress, "calendar").alt
    from PIL import Image

    for ending in ("png", "svg", "pdf"):
        save(picture.figure, tmp_path / f"a.{ending}", alt=picture.alt)
        assert (tmp_path / f"a.{ending}").stat().st_size > 5000
    with Image.open(tmp_path / "a.png") as drawn:
        assert drawn.info["Description"] == picture.alt
    assert "12 sessions" in (tmp_path / "a.svg").read_text()


def test_the_same_progress_is_the_same_svg():
    progress, _ = lived("three months")
    one, two = (svg_text(pictures.draw(progress, "calendar").figure) for _ in range(2))
    assert one == two
    assert one.startswith("<svg")


def test_rest_and_streak_are_drawn():
    rest = event(20, "holiday", Occasion.REST, until=date(2026, 11, 8))
    picture = pictures.draw(life(12, events=[rest])[0], "calendar")
    words = [text for text, _ in texts(picture.figure)]
    assert "rest" in words
    assert any("12 weeks kept up" in word for word in words)
