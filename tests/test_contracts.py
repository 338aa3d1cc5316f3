"""Rules that hold for the whole house, checked over the registries and the tree."""

import ast
import inspect
import pkgutil
import re
import shutil
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

import imu_ankle
import imu_ankle.analysis.exercises
import imu_ankle.io.importers
import imu_ankle.sensors
from imu_ankle.analysis.exercises import EXERCISES
from imu_ankle.core.result import REASONS
from imu_ankle.io.importers import IMPORTERS
from imu_ankle.sensors import SENSORS
from tests.helpers import stance_only


def test_every_exercise_module_is_registered():
    modules = {
        module.name for module in pkgutil.iter_modules(imu_ankle.analysis.exercises.__path__)
    }
    assert modules == {slug.replace("-", "_") for slug in EXERCISES}


def test_every_importer_module_is_registered():
    modules = {module.name for module in pkgutil.iter_modules(imu_ankle.io.importers.__path__)}
    shared = {
        "import_file",
        "sources",
        "clocks",
        "columns",
        "described",
        "joining",
        "layout",
        "table",
        "units",
    }
    described = {each.name for each in imu_ankle.io.importers.described.FORMATS}
    own = {importer.name for importer in IMPORTERS} - described
    assert modules - shared == {name.replace("-", "_") for name in own}


def test_every_sensor_module_is_registered_and_has_its_page(project):
    modules = {module.name for module in pkgutil.iter_modules(imu_ankle.sensors.__path__)}
    modules -= {"clock", "protocol"}
    assert modules == {key.replace("-", "_") for key in SENSORS}
    pages = {page.stem for page in (project / "firmware_notes").glob("*.md")}
    assert all(any(page.startswith(module) for page in pages) for module in modules)


def test_the_registry_of_exercises_loads_nothing_heavy():
    told = "import sys, imu_ankle.analysis.exercises; print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", told], capture_output=True, text=True, check=True)
    assert not {"numpy", "scipy", "pandas"} & set(done.stdout.split())


def test_no_class_name_stands_for_two_things(project):
    seen = Counter(
        node.name
        for path in sources(project)
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.ClassDef)
    )
    assert {name: count for name, count in seen.items() if count > 1} == {}


@pytest.mark.parametrize("slug", EXERCISES)
def test_every_reported_metric_is_declared_with_its_unit(slug):
    exercise = EXERCISES[slug]
    declared = {spec.key: spec.unit for spec in exercise.metrics}
    assert len(declared) == len(exercise.metrics)
    for placement in exercise.placements:
        result = imu_ankle.analyze(
            stance_only(), exercise=slug, side="left", placement=str(placement)
        )
        for key, metric in result.metrics.items():
            assert declared[key] == metric.unit


@pytest.mark.parametrize("slug", EXERCISES)
def test_an_empty_hour_is_no_exception(slug):
    result = imu_ankle.analyze(stance_only(seconds=3.0), exercise=slug, side="left")
    assert result.to_dict()["exercise"] == slug


def test_public_names_exist_and_dir_shows_exactly_them():
    assert dir(imu_ankle) == sorted(imu_ankle.__all__)
    for name in imu_ankle.__all__:
        assert getattr(imu_ankle, name) is not None
    with pytest.raises(AttributeError):
        getattr(imu_ankle, "nothing_of_that_name")  # noqa: B009


def test_names_of_the_version_before_still_work_and_say_what_they_are_called_now():
    for name, (_, _, now) in vars(imu_ankle)["_DEPRECATED"].items():
        with pytest.warns(DeprecationWarning, match=re.escape(now)):
            assert getattr(imu_ankle, name) is not None
        assert name not in dir(imu_ankle)


@pytest.mark.parametrize("name", sorted(set(imu_ankle.__all__) - {"__version__"}))
def test_public_names_are_typed_and_described(name):
    public = getattr(imu_ankle, name)
    assert len(inspect.getdoc(public) or "") > 20
    if inspect.isfunction(public):
        signature = inspect.signature(public)
        assert signature.return_annotation is not signature.empty
        assert all(p.annotation is not p.empty for p in signature.parameters.values())


def test_the_python_interface_of_the_specification(tmp_path):
    path = tmp_path / "a.csv"
    imu_ankle.write_recording(stance_only(), path)
    recording = imu_ankle.read_recording(path)
    result = imu_ankle.analyze(recording, exercise="single-leg-balance", side="left")
    frame = result.events_frame()
    assert len(frame) == len(result.events)
    assert {"start_s", "end_s", "rejected"} <= set(frame.columns)
    keywords = inspect.signature(imu_ankle.analyze).parameters
    words = ["exercise", "side", "placement", "eyes", "surface"]
    assert list(keywords) == ["recording", *words, "params"]


def test_every_reason_tells_people_something():
    for code, reason in REASONS.items():
        assert code == code.lower()
        assert len(reason.text) > 15


def sources(project):
    return sorted((project / "imu_ankle").rglob("*.py"))


def test_public_functions_have_docstrings_with_a_full_first_line(project):
    for path in sources(project):
        tree = ast.parse(path.read_text())
        classes = [node for node in tree.body if isinstance(node, ast.ClassDef)]
        members = [m for node in classes if not node.name.startswith("_") for m in node.body]
        for node in (*tree.body, *members):
            signature_only = any(
                isinstance(mark, ast.Name) and mark.id == "overload"
                for mark in getattr(node, "decorator_list", ())
            )
            if signature_only:
                continue
            if isinstance(node, ast.FunctionDef | ast.ClassDef) and not node.name.startswith("_"):
                first = (ast.get_docstring(node) or "").split("\n")[0]
                assert first.endswith((".", ":")), f"{path.name}: {node.name}"


def test_import_directions(project):
    program = shutil.which("lint-imports", path=str(Path(sys.executable).parent))
    if program is None:
        pytest.skip("import-linter is not installed (pip install -e '.[dev]')")
    done = subprocess.run([program], cwd=project, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout


def test_the_shipped_recordings_are_marked_as_simulated_and_made_by_a_command(project):
    from imu_ankle.io.csvfile import read_recording

    shipped = sorted((project / "recordings").rglob("*.csv"))
    assert shipped
    script = (project / "recordings" / "make.sh").read_text()
    for path in shipped:
        sidecar = read_recording(path).sidecar
        assert sidecar.simulated is True
        assert sidecar.seed is not None
        assert path.parent.name in script
        assert sidecar.exercise in script
