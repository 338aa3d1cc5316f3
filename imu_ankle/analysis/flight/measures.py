"""What is measured of a set of flights, the same for hops and jumps."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np

from imu_ankle.core.exercise import Measurement
from imu_ankle.core.recording import GRAVITY_MPS2
from imu_ankle.core.result import Event, Metric, median
from imu_ankle.core.signal.filters import moving_rms
from imu_ankle.core.signal.runs import runs

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from imu_ankle.analysis.flight.flights import InAir
    from imu_ankle.analysis.flight.params import SetParams
    from imu_ankle.analysis.flight.repetitions import F, FlightSet
    from imu_ankle.core.exercise import Chart, MetricSpec
    from imu_ankle.core.motion import Motion
    from imu_ankle.core.recording import FloatArray


def events(found: FlightSet[F], values: Sequence[dict[str, object]]) -> tuple[Event, ...]:
    """Return all events in order of time; `values` are the extra values of the accepted ones."""
    motion = found.motion
    rows = []
    for flight, contact_s, extra in zip(found.accepted, found.contact_s, values, strict=True):
        start_s, end_s = motion.at_s(flight.takeoff), motion.at_s(flight.landing)
        impact_g, clipped = impact(motion, flight)
        row: dict[str, object] = {
            "takeoff_s": start_s,
            "landing_s": end_s,
            "flight_s": flight.flight_s,
            "contact_s": contact_s,
            "height_m": height_m(flight.flight_s),
            "impact_g": impact_g,
            "impact_clipped": clipped,
        }
        rows.append(Event(start_s, end_s, None, {**row, **extra}))
    return tuple(sorted([*rows, *found.rejected], key=lambda event: (event.start_s, event.end_s)))


def measurement(
    found: FlightSet[F],
    rows: tuple[Event, ...],
    metrics: Mapping[str, Metric],
    specs: Sequence[MetricSpec],
    charts: tuple[Chart, ...],
) -> Measurement:
    """Return what an exercise found: metrics in the order of `specs`, and all reasons."""
    clipped = any(row.values.get("impact_clipped") for row in rows)
    return Measurement(
        spans=found.spans,
        reps=len(found.accepted),
        done=float(len(found.accepted)),
        metrics={spec.key: metrics[spec.key] for spec in specs},
        events=rows,
        reasons=(*found.reasons, *(("clipped",) if clipped else ())),
        charts=charts,
    )


def height_m(flight_s: float) -> float:
    """Return the height of a free fall that takes half of `flight_s`: g t^2 / 8.

    This is the rise of the centre of mass only if the body lands as it took off; legs bent at
    landing add some centimetres to it.
    """
    return GRAVITY_MPS2 * flight_s**2 / 8.0


def impact(motion: Motion, flight: InAir, within_s: float = 0.060) -> tuple[float, bool]:
    """Return the largest force in g within 60 ms after contact, and whether the range cut it off."""
    first = int(np.ceil(flight.landing))
    piece = slice(first, first + round(within_s * motion.rate_hz) + 1)
    force = np.linalg.norm(motion.acc_mps2[piece], axis=1)
    peak = float(force.max()) / GRAVITY_MPS2 if len(force) else 0.0
    return peak, bool(motion.clipped[piece].any())


def common_metrics(
    found: FlightSet[F], rows: Sequence[Event], params: SetParams
) -> dict[str, Metric]:
    """Return the metrics that hops and jumps share; `rows` are the set's events."""
    flights, contacts = found.accepted, found.contact_s
    periods_s = [
        (following.takeoff - one.takeoff) / one.rate_hz
        for (one, following), contact_s in zip(pairwise(flights), contacts, strict=False)
        if contact_s is not None
    ]
    rsi = [
        height_m(flight.flight_s) / contact_s
        for flight, contact_s in zip(flights, contacts, strict=True)
        if contact_s
    ]
    settle_s = settling_s(found, params)
    span = found.spans[0] if found.spans else None
    tired = fatigue_pct(found.flight_s, params)
    return {
        "flight_s": median(found.flight_s, "s"),
        "contact_s": median([c for c in contacts if c is not None], "s"),
        "cadence_per_min": median([60.0 / period_s for period_s in periods_s], "1/min"),
        "height_m": median([height_m(t) for t in found.flight_s], "m"),
        "rsi_mps": median(rsi, "m/s"),
        "impact_g": _typical_impact([row.values for row in rows if row.rejected is None]),
        "settle_s": Metric(settle_s, "s", int(settle_s is not None)),
        "set_s": Metric(span.duration_s if span else None, "s", len(found.accepted)),
        "fatigue_pct": Metric(tired, "%", len(found.accepted) if tired is not None else 0),
    }


def _typical_impact(accepted: Sequence[Mapping[str, Any]]) -> Metric:
    """Return the median impact, or None where half of them or more are cut off by the range."""
    cut_off = sum(values["impact_clipped"] for values in accepted)
    if 2 * cut_off >= len(accepted):
        return Metric(None, "g", 0)
    return median([values["impact_g"] for values in accepted], "g")


def fatigue_pct(flight_s: FloatArray, params: SetParams) -> float | None:
    """Return by how much the last flights are longer (negative: shorter) than the first, in %."""
    if len(flight_s) < params.fatigue_from:
        return None
    k = params.fatigue_reps
    return 100.0 * (float(np.median(flight_s[-k:])) / float(np.median(flight_s[:k])) - 1.0)


def settling_s(found: FlightSet[F], params: SetParams) -> float | None:
    """Return the time from the final landing until the foot stays quiet, or None.

    Quiet is a moving RMS of the rate below `settle_factor` times that of the quietest second within
    the window, or the sway of a planted foot if that is more; it must last. This is about foot and
    shoe, not about the centre of mass.
    """
    if not found.accepted:
        return None
    motion = found.motion
    first = int(np.ceil(found.accepted[-1].landing))
    last = first + round(params.settle_within_s * motion.rate_hz)
    piece = slice(first, min(last, len(motion)))
    hold = round(params.settle_hold_s * motion.rate_hz)
    if not motion.present[piece].all() or piece.stop - piece.start < 2 * hold:
        return None
    rate = motion.gyr_dps[piece]
    level = moving_rms(rate, params.settle_window_s, motion.rate_hz)
    quietest = float(moving_rms(rate, 1.0, motion.rate_hz).min())
    limit = max(params.settle_floor_dps, params.settle_factor * quietest)
    quiet = runs(level < limit)
    lasting = quiet[quiet[:, 1] - quiet[:, 0] >= hold]
    return float(lasting[0, 0]) / motion.rate_hz if len(lasting) else None
