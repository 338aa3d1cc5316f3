"""Everything that is told of an athlete's progress, gathered once for tables, pictures and reports."""

from __future__ import annotations

import itertools
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from imu_ankle.analysis.exercises import EXERCISES
from imu_ankle.analysis.score import half_sway_dps, score_band
from imu_ankle.core.options import Eyes, Placement
from imu_ankle.progress.pairs import Pair, pairs
from imu_ankle.progress.table import left_out, told_until
from imu_ankle.progress.trend import Series, Trend, followed
from imu_ankle.progress.weeks import Adherence, adherence, load

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import date, datetime

    import pandas as pd

    from imu_ankle.progress.athlete import Athlete


HEADLINES = tuple(dict.fromkeys(key for each in EXERCISES.values() for key in each.headlines))
_OWN_ERROR_FROM = 6  # sessions, by the specification of the score's band


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ProgressSummary:
    """What trends, pairs and weeks say of one athlete.

    Attributes
    ----------
    occasions : days with what happened on them: the athlete's own, and changes of shoe or sensor.
    left_out : trials that no trend uses, each with the reason.
    """

    athlete: Athlete
    trends: tuple[Trend, ...]
    pairs: tuple[Pair, ...]
    adherence: Adherence
    load: pd.DataFrame
    occasions: tuple[tuple[date, str], ...]
    left_out: tuple[tuple[str, str], ...]

    @property
    def simulated(self) -> bool:
        """Whether anything in it is simulated."""
        return any(trend.series.simulated for trend in self.trends)


def personal_band(
    result: Mapping[str, Any], trends: Sequence[Trend]
) -> tuple[tuple[float, float], str]:
    """Return the band around a score and what it is from.

    It is the person's own typical error of one trial once there are six sessions of its kind, else
    what the length of one trial leaves open.
    """
    inputs, metrics = result["inputs"], result["metrics"]
    same = [
        trend
        for trend in trends
        if trend.series.key == "sway_rms_dps"
        and (trend.series.leg, trend.series.placement) == (result["leg"], result["placement"])
        and (trend.series.eyes, trend.series.surface) == (inputs["eyes"], inputs["surface"])
        and len(trend.sessions) >= _OWN_ERROR_FROM
        and trend.comparison.noise is not None
    ]
    if not same:
        low, high = result["score_band"]
        return (low, high), "by the length of this one trial alone"
    noise = max(same, key=lambda trend: trend.sessions.day[-1]).comparison.noise
    half = half_sway_dps(Placement(result["placement"]), Eyes(inputs["eyes"]))
    if noise is None or half is None:
        raise ValueError("a score has a norm and its trend a noise")
    band = score_band(
        metrics["sway_rms_dps"]["value"],
        metrics["valid_s"]["value"],
        half_dps=half,
        target_s=result["dose"]["target"],
        typical_error=noise.session_error(1),
    )
    return band, "by your own variation from trial to trial"


def summarize_progress(
    table: pd.DataFrame,
    trials: pd.DataFrame,
    athlete: Athlete,
    *,
    now: datetime,
    keys: Sequence[str] | None = None,
) -> ProgressSummary:
    """Gather the progress of one athlete from a tidy table, and the table of all trials."""
    trends = followed(table, now=now, keys=keys, new_baseline=athlete.new_baseline)
    own = [(event.day, event.description) for event in athlete.events]
    return ProgressSummary(
        athlete=athlete,
        trends=trends,
        pairs=pairs(trends, injured=athlete.injured),
        adherence=adherence(
            trials, athlete.plan, now=told_until(trials, now), resting=athlete.resting
        ),
        load=load(trials, now),
        occasions=tuple(sorted({*own, *kit_changes(trends)})),
        left_out=tuple(left_out(trials, now)),
    )


def kit_changes(trends: Sequence[Trend]) -> list[tuple[date, str]]:
    """Return the days on which shoe, sensor or the version of the numbers changed, with what is new."""
    found: dict[tuple[date, str], None] = {}
    lines: dict[Series, list[Trend]] = {}
    for trend in trends:
        alike = replace(trend.series, shoe=None, sensor=None, metric_set=0)
        lines.setdefault(alike, []).append(trend)
    for line in lines.values():
        ordered = sorted(line, key=lambda trend: trend.sessions.day[0])
        for before, after in itertools.pairwise(ordered):
            new = [
                f"{word} {getattr(after.series, key) or 'unknown'}"
                for key, word in (
                    ("shoe", "shoe"),
                    ("sensor", "sensor"),
                    ("metric_set", "metric set"),
                )
                if getattr(after.series, key) != getattr(before.series, key)
            ]
            found[after.sessions.day[0], f"from here on: {', '.join(new)}"] = None
    return sorted(found)
