"""Trends as plain records, for JSON and tables."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import pandas as pd

if TYPE_CHECKING:
    from collections.abc import Sequence

    from imu_ankle.progress.pairs import Pair
    from imu_ankle.progress.trend import Trend
    from imu_ankle.progress.weeks import Adherence


def trend_record(trend: Trend) -> dict[str, Any]:
    """Return a trend as a JSON object; values are in the number's unit, changes too."""
    seen, sessions = trend.comparison, trend.sessions
    known = seen.baseline is not None and seen.recent is not None
    baseline = trend.unscaled(seen.baseline) if seen.baseline is not None else None
    recent = trend.unscaled(seen.recent) if seen.recent is not None else None
    slope, best = trend.slope, trend.best
    return {
        **asdict(trend.series),
        "unit": trend.spec.unit,
        "better": str(trend.spec.better),
        "verdict": str(seen.verdict) if seen.verdict else None,
        "baseline": baseline,
        "recent": recent,
        "change": recent - baseline
        if known and recent is not None and baseline is not None
        else None,
        "noise_band": list(trend.band) if trend.band else None,
        "mdc95": _mdc(trend),
        "mdc95_scale": "natural logarithm" if trend.spec.ratio else trend.spec.unit,
        "slope_per_4_weeks": None if slope is None else asdict(slope),
        "slope_scale": "natural logarithm" if trend.spec.ratio else trend.spec.unit,
        "best": None if best is None else {**asdict(best), "day": str(best.day)},
        "sessions": [
            {"session": name, "day": str(day), "value": value, "trials": trials}
            for name, day, value, trials in zip(
                sessions.session,
                sessions.day,
                sessions.value.tolist(),
                sessions.trials.tolist(),
                strict=True,
            )
        ],
    }


def _mdc(trend: Trend) -> float | None:
    noise = trend.comparison.noise
    return None if noise is None else noise.smallest_real_change(int(trend.sessions.trials[-1]))


def pair_record(pair: Pair) -> dict[str, Any]:
    """Return two sides set against each other as a JSON object."""
    return {
        "kind": str(pair.kind),
        "exercise": pair.first.exercise,
        "key": pair.spec.key,
        "first": {"leg": pair.first.leg, "eyes": pair.first.eyes},
        "second": {"leg": pair.second.leg, "eyes": pair.second.eyes},
        "surface": pair.first.surface,
        "scale": str(pair.kind) if pair.kind != "asymmetry" else _asymmetry_scale(pair),
        "recent": pair.recent,
        "noise_band": None if pair.low is None else [pair.low, pair.high],
        "verdict": None if pair.verdict is None else str(pair.verdict),
        "sessions": [
            {"day": str(day), "value": value}
            for day, value in zip(pair.day, pair.values.tolist(), strict=True)
        ],
    }


def _asymmetry_scale(pair: Pair) -> str:
    return "100 ln(left / right)" if pair.spec.ratio else "left less right"


def adherence_record(done: Adherence) -> dict[str, Any]:
    """Return the adherence as a JSON object, weeks by their Mondays."""
    return {
        "weeks": [str(week) for week in done.weeks],
        "doses": [
            {"exercise": exercise, "leg": leg, "share": row.tolist()}
            for (exercise, leg), row in zip(done.doses, done.share, strict=True)
        ],
        "whole_plan": list(done.full),
        "rest": list(done.resting),
        "streak_weeks": done.streak,
    }


def sessions_table(trends: Sequence[Trend]) -> pd.DataFrame:
    """Return one row per series and session."""
    rows = [
        {
            **asdict(trend.series),
            "session": name,
            "day": str(day),
            "value": value,
            "unit": trend.spec.unit,
            "trials": trials,
            "rolling_median": rolling,
        }
        for trend in trends
        for name, day, value, trials, rolling in zip(
            trend.sessions.session,
            trend.sessions.day,
            trend.sessions.value.tolist(),
            trend.sessions.trials.tolist(),
            trend.sessions.rolling.tolist(),
            strict=True,
        )
    ]
    return pd.DataFrame(rows)
