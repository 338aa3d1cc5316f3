"""What of a history is given away: whose, of which session, under which names."""

from __future__ import annotations

import contextlib
import json
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from imu_ankle.core.errors import CalibrationError, HistoryError
from imu_ankle.history.edits import find, last_session
from imu_ankle.history.naming import draw_pseudonyms
from imu_ankle.history.pseudonyms import IdentityPseudonymizer, Pseudonyms
from imu_ankle.history.scores import read_cached_result
from imu_ankle.io.calibrations import load_calibration
from imu_ankle.io.home import ATHLETE, DataHome
from imu_ankle.io.sidecar import parse_sidecar
from imu_ankle.progress.table import FACTS, column_of, unit_of

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    import pandas as pd

    from imu_ankle.core.recording import Calibration, Sidecar
    from imu_ankle.history.index import Entry
    from imu_ankle.history.scores import CachedResult
    from imu_ankle.history.store import History
    from imu_ankle.progress.athlete import Athlete
    from imu_ankle.progress.table import Facts


@dataclass(frozen=True, slots=True, kw_only=True)
class SharedTrial:
    """A recording as it is given away.

    Attributes
    ----------
    csv : where its samples lie.
    was : its path below the data home, and with that its true name.
    facts, sidecar : under the names of the share.
    """

    csv: Path
    was: str
    facts: Facts
    sidecar: Sidecar


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Share:
    """What of a history is given away.

    Attributes
    ----------
    trials : in order of their names.
    athletes, serials : whose profiles, and of which sensors the calibrations; true names.
    names : what things are called.
    """

    history: History
    trials: tuple[SharedTrial, ...]
    athletes: tuple[str, ...]
    serials: frozenset[str]
    names: IdentityPseudonymizer | Pseudonyms

    def score(self, trial: SharedTrial) -> CachedResult | None:
        """Return the kept score of a trial."""
        score = read_cached_result(trial.csv)
        return None if score is None else self.names.score(score, trial.facts, trial.sidecar)

    def profiles(self) -> list[Athlete]:
        """Return the profiles of the athletes."""
        return [self.names.profile(self.history.athlete(name)) for name in self.athletes]

    def calibrations(self) -> list[Calibration]:
        """Return the calibrations of the sensors, as far as they can be read."""
        found = [found for _, found in calibrations_in(self.history.home)]
        return [self.names.calibration(each) for each in found if each.serial in self.serials]

    def table(self) -> pd.DataFrame:
        """Return the tidy table: a row per trial and number, with units, in order of time.

        Texts are plain, so that no word is left of what isn't in a row.
        """
        facts = {trial.was: trial.facts for trial in self.trials}
        table = self.history.metrics()
        table = table[table["trial"].isin(list(facts))]
        told = [facts[trial] for trial in table["trial"]]
        columns = {name: column_of(name, [getattr(each, name) for each in told]) for name in FACTS}
        table = table.assign(**columns).sort_values(["utc_s", "trial", "key"])
        units = [unit_of(*each) for each in zip(table["exercise"], table["key"], strict=True)]
        words = table.select_dtypes("category").columns
        plain = table.astype(dict.fromkeys(words, object)).reset_index(drop=True)
        return plain.assign(unit=units)


def share_of(
    history: History,
    *,
    athlete: str | None = None,
    session: str | None = None,
    deidentify: bool = False,
) -> Share:
    """Gather what is given away: everything, or what is of an athlete or a session.

    Raises
    ------
    HistoryError
        If there is nothing; ``which`` if `session` means none or several.
    """
    entries = history.entries(athlete=athlete)
    if entries and session is not None:
        wanted = last_session(entries) if session == "last" else session
        entries = [e for e in find(history, wanted) if athlete in {None, e.facts.athlete}]
    if not entries:
        raise _nothing_of(history, athlete, session)
    sidecars = {entry.facts.trial: parse_sidecar(json.loads(entry.sidecar)) for entry in entries}
    who = dict.fromkeys(entry.facts.athlete for entry in entries)
    serials = {each.sensor.serial for each in sidecars.values() if each.sensor.serial}
    if athlete is None and session is None:
        profiles = (path.stem for path in _inside(history.places.profiles))
        who |= dict.fromkeys(name for name in profiles if ATHLETE.fullmatch(name))
        serials |= {found.serial for _, found in calibrations_in(history.home)}
    names: IdentityPseudonymizer | Pseudonyms = IdentityPseudonymizer()
    if deidentify:
        of_whom = {e.facts.trial: (e.facts.athlete, sidecars[e.facts.trial]) for e in entries}
        lives = [history.athlete(name) for name in who]
        names = draw_pseudonyms(of_whom, lives, serials, now=datetime.now().astimezone())
    return Share(
        history=history,
        trials=_named(history, entries, sidecars, names),
        athletes=tuple(who),
        serials=frozenset(serials),
        names=names,
    )


def _named(
    history: History,
    entries: Sequence[Entry],
    sidecars: dict[str, Sidecar],
    names: IdentityPseudonymizer | Pseudonyms,
) -> tuple[SharedTrial, ...]:
    trials = []
    for entry in entries:
        sidecar = names.sidecar(sidecars[entry.facts.trial], entry.facts.athlete)
        facts = names.facts(entry.facts, sidecar)
        trials.append(
            SharedTrial(
                csv=history.path(entry), was=entry.facts.trial, facts=facts, sidecar=sidecar
            )
        )
    # not in order of time: how the days of one lie among those of another tells when they were
    return tuple(sorted(trials, key=lambda trial: (trial.facts.athlete, trial.facts.trial)))


def calibrations_in(home: Path) -> list[tuple[Path, Calibration]]:
    """Return the calibrations of a data home that can be read, with their files."""
    found = []
    for path in _inside(DataHome(home).calibrations):
        with contextlib.suppress(CalibrationError):
            found.append((path, load_calibration(path)))
    return found


def _inside(folder: Path) -> list[Path]:
    return sorted(path for path in folder.glob("*.json") if not path.name.startswith("."))


def _nothing_of(history: History, athlete: str | None, session: str | None) -> HistoryError:
    known = history.athletes()
    if athlete is None or not known:
        return history.nothing()
    where = "" if session is None else f" in session {session}"
    known_are = f"known are {', '.join(known)}"
    return HistoryError("no_athlete", f"no recording of {athlete!r}{where}; {known_are}")
