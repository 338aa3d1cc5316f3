"""`imu-ankle record`: find the sensor, check that it's well worn, record, count, stop, tell."""

from __future__ import annotations

import contextlib
import sys

from imu_ankle.cli.analyze import EXIT_NOT_ANALYSABLE, print_analysis
from imu_ankle.cli.display import TerminalDisplay
from imu_ankle.cli.show import print_json, shown
from imu_ankle.core.errors import ImuAnkleError
from imu_ankle.core.result import Grade
from imu_ankle.session.sets import RecordOptions, record_set


def run_record(options: RecordOptions, *, as_json: bool) -> int:
    """Record, print the verdict, return the exit status."""
    with TerminalDisplay() as display:
        recorded = record_set(options, display)
    if as_json:
        objects = [analysis.result.to_dict() for analysis in recorded.analyses]
        print_json(objects[0] if len(objects) == 1 else objects)
    else:
        for analysis in recorded.analyses:
            print_analysis(analysis)
        if options.out is None and recorded.analyses:
            _tell_change(options)
    for path in recorded.paths:
        print(f"recorded: {shown(path)}", file=sys.stderr)
        print(f"next: imu-ankle analyze {shown(path)} --plot", file=sys.stderr)
    if recorded.problem:
        print(f"imu-ankle: {recorded.problem}", file=sys.stderr)
    if recorded.failure is not None:
        raise recorded.failure
    if recorded.interrupted:
        return 130
    if recorded.stopped_writing:
        return 1
    invalid = any(each.result.quality.grade is Grade.INVALID for each in recorded.analyses)
    return EXIT_NOT_ANALYSABLE if invalid or not recorded.analyses else 0


def _tell_change(options: RecordOptions) -> None:
    """Say what of this exercise changed over the sessions; a history in trouble costs no recording."""
    from imu_ankle.cli.working import opened
    from imu_ankle.text import progress as progress_text

    with contextlib.suppress(ImuAnkleError, OSError), opened() as history:
        trends = history.trends(options.athlete, exercise=options.exercise)
        last = max((trend.sessions.session[-1] for trend in trends), default="")
        for trend in trends:
            if trend.sessions.session[-1] == last and trend.series.leg in {*options.sides, "both"}:
                print(
                    f"over sessions: {progress_text.about(trend)}: {progress_text.verdict_with_change(trend)}"
                )
