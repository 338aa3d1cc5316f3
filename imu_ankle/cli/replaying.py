"""`imu-ankle replay`: a recording through the live path."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from imu_ankle.cli.analyze import EXIT_NOT_ANALYSABLE, print_analysis
from imu_ankle.cli.display import TerminalDisplay
from imu_ankle.cli.keys import single_keys
from imu_ankle.cli.show import print_json
from imu_ankle.core.result import Grade
from imu_ankle.session.replay import replay

if TYPE_CHECKING:
    from pathlib import Path

    from imu_ankle.core.options import AnalysisOptions


def run_replay(path: Path, options: AnalysisOptions, *, speed: float, as_json: bool) -> int:
    """Play a recording as if it were live, then print the result; return the exit status."""
    with TerminalDisplay() as display, single_keys() as key:
        analysis = replay(path, options, display, speed=speed, key=key)
    if as_json:
        print_json(analysis.result.to_dict())
    else:
        print_analysis(analysis)
    print(f"next: imu-ankle analyze {path} --plot", file=sys.stderr)
    return EXIT_NOT_ANALYSABLE if analysis.result.quality.grade is Grade.INVALID else 0
