"""What is measured of slow repetitions, the same for raises, points and squats."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from imu_ankle.core.exercise import Angle, Chart, Curve, Measurement
from imu_ankle.core.result import Event, Interval, Metric

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from imu_ankle.analysis.cyclic.excursions import Excursion
    from imu_ankle.analysis.cyclic.params import CyclicParams
    from imu_ankle.analysis.cyclic.tilt import Tilt
    from imu_ankle.core.exercise import MetricSpec


def measurement(
    rows: Sequence[Event],
    rejected: Sequence[Event],
    reasons: tuple[str, ...],
    metrics: Mapping[str, Metric],
    specs: Sequence[MetricSpec],
    charts: tuple[Chart, ...],
    angle: Angle | None = None,
) -> Measurement:
    """Return what an exercise found: all events by time, metrics in the order of `specs`."""
    events = sorted([*rows, *rejected], key=lambda event: (event.start_s, event.end_s))
    spans = (Interval(rows[0].start_s, rows[-1].end_s),) if rows else ()
    return Measurement(
        spans=spans,
        reps=len(rows),
        done=float(len(rows)),
        metrics={spec.key: metrics[spec.key] for spec in specs},
        events=tuple(events),
        reasons=reasons,
        charts=charts if rows else (),
        angle=angle,
    )


def nothing(specs: Sequence[MetricSpec]) -> Measurement:
    """Return what is found where nothing turns slowly: no repetition."""
    return Measurement(
        reps=0, done=0.0, metrics={spec.key: Metric(None, spec.unit, 0) for spec in specs}
    )


def seconds(tilt: Tilt, start: float, end: float) -> float:
    """Return the time between two samples; never negative."""
    return float(max(0.0, end - start) / tilt.motion.rate_hz)


def on_target(holds_s: Sequence[float], params: CyclicParams) -> Metric:
    """Return how many holds last as long as the plan asks, give or take what is known of them."""
    shortest, longest = params.hold_s
    slack = params.hold_slack_s
    count = sum(shortest - slack <= hold_s <= longest + slack for hold_s in holds_s)
    return Metric(count if len(holds_s) else None, "", len(holds_s))


def wobble_deg(tilt: Tilt, excursion: Excursion) -> float | None:
    """Return the RMS of the tilt aside during the hold, about its mean; None without a hold."""
    first, last = (round(at) for at in excursion.hold)
    held = tilt.aside_deg[first : last + 1]
    return float(held.std()) if len(held) >= 0.3 * tilt.motion.rate_hz else None


def tiring_pct(sizes: Sequence[float], params: CyclicParams) -> Metric:
    """Return by how much the last repetitions are larger (negative: smaller) than the first, in %."""
    if len(sizes) < 2 * params.best:
        return Metric(None, "%", 0)
    first, last = np.median(sizes[: params.best]), np.median(sizes[-params.best :])
    return Metric(float(100.0 * (last / first - 1.0)), "%", len(sizes))


def holds_chart(title: str, holds_s: Sequence[float], params: CyclicParams) -> Chart:
    """Return a picture of the holds against what the plan asks."""
    shortest, longest = params.hold_s
    return bars(
        title,
        "hold, s",
        holds_s,
        Curve(np.zeros(1), np.array([shortest]), f"{shortest:g} s", "level"),
        Curve(np.zeros(1), np.array([longest]), f"{longest:g} s", "level"),
    )


def bars(title: str, y_label: str, values: Sequence[float], *levels: Curve) -> Chart:
    """Return a picture of one value of each repetition."""
    number = np.arange(1.0, len(values) + 1.0)
    return Chart(
        title=title,
        x_label="repetition",
        y_label=y_label,
        curves=(
            Curve(number, np.asarray(values, dtype=np.float64), title.lower(), "bars"),
            *levels,
        ),
    )
