"""Who becomes whom: pseudonyms drawn by lot for one export, kept nowhere."""

from __future__ import annotations

import secrets
from collections import Counter
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from imu_ankle.analysis.exercises import EXERCISES
from imu_ankle.history.pseudonyms import (
    LAST_DAY,
    Person,
    Pseudonyms,
    events_that_can_be,
    with_zone,
)
from imu_ankle.progress.table import can_be

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from random import Random

    from imu_ankle.core.recording import Sidecar
    from imu_ankle.progress.athlete import Athlete

_WEEKS = 5200  # dates move to some week of a century


def draw_pseudonyms(
    trials: Mapping[str, tuple[str, Sidecar]],
    profiles: Sequence[Athlete],
    serials: Iterable[str],
    *,
    now: datetime,
    random: Random | None = None,
) -> Pseudonyms:
    """Draw pseudonyms for trials and profiles.

    Parameters
    ----------
    trials : athlete and sidecar by the CSV's path below the data home, in order of time.
    profiles : of every athlete in `trials`, and of others.
    serials : of sensors that no trial names.
    now : by which what can't have been is told.
    random : by default the system's; a seed makes an export that can be undone.
    """
    random = random or secrets.SystemRandom()
    labels = _labels("sub-", 2, len(profiles))
    random.shuffle(labels)  # else their order would tell who is who of a known team
    of_each: dict[str, list[Sidecar]] = {profile.name: [] for profile in profiles}
    for athlete, sidecar in trials.values():
        of_each[athlete].append(sidecar)
    people = {
        profile.name: _person(label, profile, of_each[profile.name], now, random)
        for label, profile in zip(labels, profiles, strict=True)
    }
    used = {sidecar.sensor.serial for _, sidecar in trials.values()}
    known = sorted({serial for serial in (*used, *serials) if serial})
    sensors = _labels("sensor-", 1, len(known))
    random.shuffle(sensors)
    return Pseudonyms(
        people=people,
        sensors=dict(zip(known, sensors, strict=True)),
        trials=_paths(trials, people),
    )


def _labels(word: str, digits: int, count: int) -> list[str]:
    """Return numbered names of one length, so that they sort by number."""
    return [f"{word}{i:0{max(digits, len(str(count)))}d}" for i in range(1, count + 1)]


def _person(
    label: str, profile: Athlete, sidecars: Sequence[Sidecar], now: datetime, random: Random
) -> Person:
    starts = [datetime.fromisoformat(each.started_at) for each in sidecars if each.started_at]
    dated = [each for each in starts if can_be(with_zone(each), now)]
    days = [start.date() for start in dated]
    for event in events_that_can_be(profile, now):
        days += [event.day, event.until or event.day]
    last = max(days, default=LAST_DAY)
    weeks = -((LAST_DAY - last).days // 7) + random.randrange(_WEEKS)
    shoes = sorted({each.condition.shoe for each in sidecars if each.condition.shoe is not None})
    return Person(
        name=label,
        back=timedelta(weeks=weeks),
        zone=(dated[0].utcoffset() if dated else None) or timedelta(),
        shoes=dict(zip(shoes, _labels("shoe-", 1, len(shoes)), strict=True)),
        now=now,
    )


def _paths(
    trials: Mapping[str, tuple[str, Sidecar]], people: Mapping[str, Person]
) -> dict[str, str]:
    """Return where each trial goes: named as `sessions.place_trial` does, one folder per session."""
    folders: dict[tuple[str, str], str] = {}
    taken: Counter[str] = Counter()
    paths = {}
    starts = {
        path: people[who].moment(sidecar.started_at) for path, (who, sidecar) in trials.items()
    }
    # those without a date come last, since the first trial of a session names its folder
    for path in sorted(trials, key=lambda path: starts[path] is None):
        who, sidecar = trials[path]
        name, start = people[who].name, starts[path]
        when = datetime.fromisoformat(start) if start else None
        session = (path.rsplit("/", 1)[0], who)
        if session not in folders:
            base = f"{when:%Y-%m-%d_%H%M}" if when else "undated"
            taken[f"{base}_{name}"] += 1
            again = taken[f"{base}_{name}"]
            folders[session] = f"sessions/{base}{f'-{again}' if again > 1 else ''}_{name}"
        exercise = sidecar.exercise if sidecar.exercise in EXERCISES else "unknown"
        kind = f"{name}_{exercise}_{sidecar.side or 'unknown'}"
        stem = f"{when:%Y-%m-%dT%H%M%S}_{kind}" if when else f"undated_{kind}"
        taken[f"{folders[session]}/{kind}"] += 1
        paths[path] = f"{folders[session]}/{stem}_t{taken[f'{folders[session]}/{kind}']:02d}.csv"
    return paths
