"""A new exercise is one module and its line in the registry; everything else finds it there."""

import os
import shutil
import subprocess
import sys

import pytest

MODULE = '''
"""Ankle circles: a made-up exercise that counts heel-up turns."""

from imu_ankle.core.exercise import Better, Exercise, Guide, Match, Recogniser, Search, spec
from imu_ankle.core.options import Placement


def _measure(motion, context, params):
    from imu_ankle.core.exercise import Measurement
    from imu_ankle.core.result import Event, Metric

    # a circle a second over the whole recording
    events = [Event(float(k), k + 0.5) for k in range(int(len(motion) / motion.rate_hz))]
    return Measurement(
        reps=len(events), done=float(len(events)), events=tuple(events),
        metrics={"circles": Metric(len(events), "", len(events))},
    )


def _fits(evidence):
    return Match(1.0, "something goes round") if evidence.reps > 5 else None


EXERCISE = Exercise(
    slug="ankle-circles", title="Ankle circles",
    guide=Guide(how_to="Draw circles with your toes.", cues=("Slowly.",), unseen=("the mood",)),
    dose=12.0, dose_unit="reps", trials=2, rest_s=45.0,
    placement=Placement.SHOE, placements=(Placement.SHOE,), both_legs=False,
    metrics=(spec("circles", "circles", "", 0, Better.HIGHER),), headlines=("reps", "circles"),
    params=Guide(how_to="", cues=()), measure=_measure,
    recognisers=(
        Recogniser(search=Search.EVENTS, placement=Placement.SHOE, fits=_fits, weight=99.0),
    ),
)
'''


@pytest.fixture(scope="module")
def program(project, tmp_path_factory):
    """Return a function that runs Python with a package that has one exercise more."""
    folder = tmp_path_factory.mktemp("more")
    shutil.copytree(
        project / "imu_ankle", folder / "imu_ankle", ignore=shutil.ignore_patterns("__pycache__")
    )
    exercises = folder / "imu_ankle" / "analysis" / "exercises"
    (exercises / "ankle_circles.py").write_text(MODULE)
    registry = (exercises / "__init__.py").read_text()
    registry = registry.replace("    heel_raises,\n", "    ankle_circles,\n    heel_raises,\n", 1)
    line = "        lateral_hops.EXERCISE,\n"
    (exercises / "__init__.py").write_text(
        registry.replace(line, f"{line}        ankle_circles.EXERCISE,\n")
    )
    environment = {
        **os.environ, "PYTHONPATH": f"{folder}{os.pathsep}{project}",
        "IMU_ANKLE_HOME": str(folder / "home"),
    }  # fmt: skip

    def run(*words):
        done = subprocess.run(
            [sys.executable, "-P", *words], cwd=folder, env=environment, capture_output=True,
            text=True, check=False,
        )  # fmt: skip
        assert done.returncode == 0, done.stderr
        return done.stdout + done.stderr

    return run


def test_it_is_in_the_plan_and_in_its_order(program):
    shown = program("-m", "imu_ankle", "plan", "show", "--json")
    assert '"ankle-circles"' in shown
    assert "ankle-circles/left/2" in shown  # two trials, each leg


def test_help_and_errors_know_it(program):
    assert "Draw circles" in program(
        "-m", "imu_ankle", "plan", "show", "--exercise", "ankle-circles"
    )
    told = program(
        "-c",
        "from imu_ankle import UsageError, analyze, load_example\n"
        "try: analyze(load_example('heel-raises'), exercise='ankle-circle')\n"
        "except UsageError as error: print(error)",
    )
    assert "Did you mean 'ankle-circles'?" in told


def test_it_is_analysed_and_recognised(program):
    found = program(
        "-c",
        "import imu_ankle as ia\n"
        "rec = ia.load_example('heel-raises')\n"
        "print(ia.analyze(rec, exercise='ankle-circles').reps)\n"
        "print([each.exercise for each in ia.segment(rec).sets])",
    )
    assert "['ankle-circles']" in found
    assert int(found.split()[0]) > 20


def test_the_guided_session_announces_it(program):
    said = program(
        "-c",
        "from imu_ankle.cli.guiding import Terminal\n"
        "from imu_ankle.progress.plan import DEFAULT_PLAN, steps_of\n"
        "step = next(s for s in steps_of(DEFAULT_PLAN) if s.planned.exercise == 'ankle-circles')\n"
        "Terminal().announce(step, '1 of 1')",
    )
    assert "Ankle circles, left leg, trial 1 of 2 (12 reps per leg)" in said
    assert "Slowly." in said


def test_the_table_of_the_documentation_has_it(program):
    assert "| `ankle-circles` | Ankle circles | 12 reps per leg |" in program(
        "-m", "tests.docs.exercises"
    )
