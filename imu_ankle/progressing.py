"""Everything that is told of an athlete's progress, gathered once for tables, pictures and reports."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from imu_ankle import telling
from imu_ankle.analysis.exercises import EXERCISES
from imu_ankle.analysis.score import half_sway_dps, score_band
from imu_ankle.core.recording import Eyes, Placement
from imu_ankle.trends.pairs import Pair, pairs
from imu_ankle.trends.table import left_out, told_until
from imu_ankle.trends.trend import Trend, followed
from imu_ankle.trends.weeks import Adherence, adherence, load

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import date

    import pandas as pd

    from imu_ankle.history.athletes import Athlete
    from imu_ankle.history.store import History


HEADLINES = tuple(dict.fromkeys(key for each in EXERCISES.values() for key in each.headlines))
_OWN_ERROR_FROM = 6  # sessions, by the specification of the score's band


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Progress:
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


def progress_of(
    history: History,
    athlete: str,
    *,
    exercise: str | None = None,
    key: str | None = None,
    until_s: float | None = None,
    now: datetime | None = None,
) -> Progress:
    """Gather the progress of an athlete from the history.

    Parameters
    ----------
    exercise, key : only of this exercise, only this number; by default all headlines.
    until_s : only what began until then (seconds since 1970), as if it were the last.
    now : local time, by default this machine's; what is dated later is left out.
    """
    keys = HEADLINES if key is None else (key,)
    table = history.table(keys, athlete=athlete, exercise=exercise)
    trials = history.trials(athlete=athlete)  # weeks are of the whole plan
    if until_s is not None:
        table = table[table["utc_s"] <= until_s]
        trials = trials[~(trials["utc_s"] > until_s)]  # with those that have no date
    return progress_of_table(
        table,
        trials,
        history.athlete(athlete),
        now=now or datetime.now().astimezone(),
        keys=None if key is None else [key],
    )


def progress_of_table(
    table: pd.DataFrame,
    trials: pd.DataFrame,
    athlete: Athlete,
    *,
    now: datetime,
    keys: Sequence[str] | None = None,
) -> Progress:
    """Gather the progress of one athlete from a tidy table, and the table of all trials."""
    trends = followed(table, now=now, keys=keys, new_baseline=athlete.new_baseline)
    own = [(event.day, event.told) for event in athlete.events]
    return Progress(
        athlete=athlete,
        trends=trends,
        pairs=pairs(trends, injured=athlete.injured),
        adherence=adherence(
            trials, athlete.plan, now=told_until(trials, now), resting=athlete.resting
        ),
        load=load(trials, now),
        occasions=tuple(sorted({*own, *telling.kit_changes(trends)})),
        left_out=tuple(left_out(trials, now)),
    )
