"""Tell whether two installations give the same results.

``python3 tests/same_results.py A.json B.json`` compares two files of results to nine digits (other
machines and libraries differ in the last bits). ``python3 tests/same_results.py PYTHON PYTHON
[FOLDER]`` runs analyze, trends, batch and export of both installations on the shipped recordings, or
on another folder, and tells for each output whether it is identical to the byte.
"""

import json
import math
import os
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path

RECORDINGS = Path(__file__).parents[1] / "recordings"


def same(a, b):
    """Compare objects; numbers may differ in their last bits, as those of other libraries do."""
    if isinstance(a, dict) and isinstance(b, dict):
        return a.keys() == b.keys() and all(same(a[key], b[key]) for key in a)
    if isinstance(a, list) and isinstance(b, list):
        return len(a) == len(b) and all(map(same, a, b))
    if isinstance(a, float) and isinstance(b, float):
        return math.isclose(a, b, rel_tol=1e-9, abs_tol=1e-12)
    return a == b


def outputs_of(python: str, folder: Path) -> dict[str, bytes]:
    """Return what an installation makes of a folder of recordings, by what made it."""
    out = {}
    with tempfile.TemporaryDirectory() as scratch:
        home = Path(scratch)
        clean = {"PATH": os.environ["PATH"], "HOME": scratch, "TZ": "UTC"}
        environment = {**clean, "IMU_ANKLE_HOME": str(home / "home")}

        def run(*words: str) -> bytes:
            command = [python, "-m", "imu_ankle", *words]
            done = subprocess.run(
                command, check=False, capture_output=True, env=environment, cwd=scratch
            )
            return done.stdout

        out["analyze --json"] = run("analyze", str(folder), "--json")
        out["analyze"] = run("analyze", str(folder))
        out["analyze --exercise auto --json"] = run(
            "analyze", str(folder), "--exercise", "auto", "--side", "left", "--json"
        )
        out["trends --json"] = run("trends", str(folder), "--json")
        out["trends"] = run("trends", str(folder))
        run("batch", str(folder), "--out", "table.csv", "--jobs", "1")
        out["batch"] = (home / "table.csv").read_bytes()
        for trial in sorted(folder.rglob("*.csv")):
            run("import", str(trial), "--athlete", "me")
        run("export", "--out", "history.csv")
        out["export .csv"] = (home / "history.csv").read_bytes()
        run("export", "--out", "history.zip")
        with zipfile.ZipFile(home / "history.zip") as packed:
            for name in sorted(packed.namelist()):
                out[f"export .zip {name}"] = packed.read(name)
        out["list --json"] = run("list", "--json")
    return out


def without_clocks(name: str, content: bytes) -> object:
    """Return what of an output doesn't hang on the moment at which it was made."""
    if not name.startswith("export .zip") or not name.endswith(".json"):
        return content
    told = json.loads(content)
    if isinstance(told, dict):
        told.pop("csv_stamp", None)
        told.pop("id", None)
    return told


def compare(first: dict[str, bytes], other: dict[str, bytes]) -> int:
    """Print a line for each output; return how many differ."""
    differing = 0
    for name in sorted(first.keys() | other.keys()):
        a, b = first.get(name), other.get(name)
        if a is None or b is None:
            verdict = "only in one"
        elif a == b:
            verdict = "identical"
        elif without_clocks(name, a) == without_clocks(name, b):
            verdict = "identical but for when it was made"
        else:
            verdict = "DIFFERENT"
        differing += not verdict.startswith("identical")
        print(f"{verdict:<36} {len(b or b''):>9} bytes  {name}")
    return differing


if __name__ == "__main__":
    first, other = sys.argv[1:3]
    if first.endswith(".json"):
        results = (json.loads(Path(path).read_text("utf-8")) for path in (first, other))
        sys.exit(None if same(*results) else "the results differ")
    folder = Path(sys.argv[3]).resolve() if len(sys.argv) > 3 else RECORDINGS
    differing = compare(outputs_of(first, folder), outputs_of(other, folder))
    sys.exit(f"{differing} outputs differ" if differing else None)
