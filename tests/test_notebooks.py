"""Notebooks: pairs alike, nothing kept of a run, public names only; and they run."""

import ast
import json
import subprocess
import sys

import pytest

import imu_ankle

jupytext = pytest.importorskip("jupytext", reason="jupytext is not installed")
NAMES = [
    "01_first_look",
    "02_sway_score",
    "03_hops_and_jumps",
    "04_progress",
    "05_your_own_sensor",
]
RUN = """
import sys, nbformat
from nbclient import NotebookClient
book = nbformat.read(sys.argv[1], as_version=4)
NotebookClient(book, timeout=300, kernel_name="python3").execute()
outputs = [out for cell in book.cells for out in cell.get("outputs", [])]
print(sum("image/png" in out.get("data", {}) for out in outputs), "pictures")
"""


def test_all_notebooks_are_here(project):
    assert sorted(path.stem for path in (project / "notebooks").glob("*.ipynb")) == NAMES
    readme = (project / "notebooks" / "README.md").read_text()
    assert all(name in readme for name in NAMES)


@pytest.mark.parametrize("name", NAMES)
def test_pairs_are_alike_and_nothing_is_kept_of_a_run(project, name):
    book = json.loads((project / "notebooks" / f"{name}.ipynb").read_text())
    for cell in book["cells"]:
        assert cell.get("outputs", []) == []
        assert cell.get("execution_count") is None
    script, paired = (
        jupytext.read(project / "notebooks" / f"{name}.{ending}") for ending in ("py", "ipynb")
    )
    assert [(c.cell_type, c.source) for c in script.cells] == [
        (c.cell_type, c.source) for c in paired.cells
    ]


@pytest.mark.parametrize("name", NAMES)
def test_only_public_names_are_used(project, name):
    tree = ast.parse((project / "notebooks" / f"{name}.py").read_text())
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom):
            assert not (node.module or "").startswith("imu_ankle")
        elif isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
            assert node.value.id != "imu_ankle" or node.attr in imu_ankle.__all__, node.attr


@pytest.mark.parametrize("name", NAMES)
def test_it_runs(project, name):
    pytest.importorskip("nbclient", reason="nbclient is not installed")
    pytest.importorskip("ipykernel", reason="ipykernel is not installed")
    done = subprocess.run(
        [sys.executable, "-c", RUN, f"{name}.ipynb"],
        cwd=project / "notebooks",
        capture_output=True,
        text=True,
        check=False,
        timeout=400,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    drawn = int(done.stdout.split()[0])
    assert drawn >= (0 if name == "05_your_own_sensor" else 1), done.stdout
