"""Write the JSON Schemas of the files that other programs read, from the tables that read them here.

Run with ``python -m tests.docs.schemas``; a test compares.
"""

import json
from typing import Any

from imu_ankle.history.athletes import PROFILE
from imu_ankle.history.plans import PLAN
from imu_ankle.history.results import RESULT
from imu_ankle.io.calibrations import CALIBRATION
from imu_ankle.io.fields import Field, json_schema
from imu_ankle.io.sidecar import SIDECAR
from tests.docs.blocks import PROJECT

FOLDER = PROJECT / "docs" / "schemas"
SCHEMAS: dict[str, tuple[Field[Any], str]] = {
    "sidecar": (SIDECAR, "The JSON beside a recording"),
    "plan": (PLAN, "The training plan, plan.toml"),
    "profile": (PROFILE, "An athlete's profile"),
    "result": (RESULT, "What analyze --json prints of one set or trial"),
    "calibration": (CALIBRATION, "A sensor's calibration"),
}


def schema_text(name: str) -> str:
    field, title = SCHEMAS[name]
    return json.dumps(json_schema(field, title), indent=1) + "\n"


def main():
    FOLDER.mkdir(exist_ok=True)
    for name in SCHEMAS:
        (FOLDER / f"{name}.json").write_text(schema_text(name), "utf-8")


if __name__ == "__main__":
    main()
