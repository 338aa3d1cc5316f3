"""Sets in a recording that names no exercise: found, named, and the doubts settled.

Every exercise looks for its own sets by its recognisers (`core.exercise.Recogniser`), in this order:
its own events over the whole recording; flights, told apart by how far they go sideways; turns in
place and dips of a waist in what is left; a stance on one leg in what is left then. All else stays
unknown.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np

from imu_ankle.analysis.cyclic.moment_arm import find_moment_arm
from imu_ankle.analysis.cyclic.repetitions import align, find_repetitions
from imu_ankle.analysis.cyclic.tilt import travelling
from imu_ankle.analysis.evidence import (
    FlightEvidence,
    RepetitionEvidence,
    SegmentationParams,
    StanceEvidence,
    TurnEvidence,
)
from imu_ankle.analysis.exercises import EXERCISES
from imu_ankle.core.errors import NotAnalysableError
from imu_ankle.core.exercise import Match, Search, TrialContext
from imu_ankle.core.options import Placement
from imu_ankle.core.signal.filters import moving_rms
from imu_ankle.core.signal.runs import join, runs

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from imu_ankle.core.exercise import Exercise, Measurement, Recogniser
    from imu_ankle.core.motion import Motion
    from imu_ankle.core.options import Side
    from imu_ankle.core.result import Interval

Bout = tuple[int, int, int]  # first sample, last, how many repetitions


@dataclass(frozen=True, slots=True, kw_only=True)
class RecognisedSet:
    """One set: exercise, where the sensor was, samples, repetitions, and why it has that name.

    `rival` is another exercise that it may be just as well: what was seen can't tell them apart.
    """

    exercise: str
    placement: Placement
    start: int
    end: int
    reps: int
    why: str
    rival: str | None = None
    weight: float = 1.0


def recognise(
    motion: Motion,
    side: Side,
    placement: Placement | None = None,
    params: SegmentationParams | None = None,
) -> list[RecognisedSet]:
    """Return the sets in a recording in order of time; movement that is unknown is in none.

    With a known `placement` only exercises that are seen from there are looked for.
    """
    params = params or SegmentationParams()
    search = _Search(motion, side, placement, params)
    found = [*search.flights(), *_settled(search.events())]
    for window in _free(found, motion, params):
        found += search.in_place(window)
    found = _merged(found, motion, params)
    for window in _free(found, motion, params):
        found += search.stances(window, found)
    return sorted(found, key=lambda each: each.start)


def _settled(claims: list[list[RecognisedSet]]) -> list[RecognisedSet]:
    """Return the claims of several exercises, one where they claim a stretch: the weightier one."""
    out: list[RecognisedSet] = []
    for number in range(len(claims)):
        for claim in claims[number]:
            rivals = [
                other
                for later in claims[number + 1 :]
                for other in later
                if other.start < claim.end and claim.start < other.end
            ]
            if sum(rival.weight * rival.reps for rival in rivals) < claim.weight * claim.reps:
                out.append(claim)
                claims = [[each for each in later if each not in rivals] for later in claims]
    return out


def other_exercise(
    named: str,
    spans: Sequence[Interval],
    sets: Sequence[RecognisedSet],
    rate_hz: float,
    params: SegmentationParams,
) -> RecognisedSet | None:
    """Return the set that contradicts the name of a recording; None if nothing does.

    None of the sets may be the named exercise, and what is recognised for sure takes about as long as
    what was measured under that name: a few raises before a trial aren't the trial.
    """
    if any(named in {each.exercise, each.rival} for each in sets):
        return None
    others = [
        each
        for each in sets
        if each.rival is None and (each.reps >= params.other_fewest or not each.reps)
    ]
    measured_s = sum(span.duration_s for span in spans)
    recognised_s = sum(each.end - each.start for each in others) / rate_hz
    if not others or recognised_s < params.other_share * measured_s:
        return None
    return max(others, key=lambda each: each.end - each.start)


def margins(
    sets: Sequence[RecognisedSet], motion: Motion, params: SegmentationParams | None = None
) -> list[tuple[int, int]]:
    """Return the samples that go with each set: its own, and the standing around it."""
    params = params or SegmentationParams()
    lead = round(params.lead_s * motion.rate_hz)
    between = [(a.end + b.start) // 2 for a, b in pairwise(sets)]
    edges = [0, *between, len(motion)] if sets else [0]
    return [
        (max(low, each.start - lead), min(high, each.end + lead))
        for each, low, high in zip(sets, edges[:-1], edges[1:], strict=True)
    ]


def _free(
    found: Sequence[RecognisedSet], motion: Motion, params: SegmentationParams
) -> list[tuple[int, int]]:
    """Return the stretches between the sets found so far that are long enough for another."""
    taken = sorted((each.start, each.end) for each in found)
    edges = [0, *(at for pair in taken for at in pair), len(motion)]
    pairs = zip(edges[::2], edges[1::2], strict=True)
    return [(a, b) for a, b in pairs if b - a >= params.hold_s * motion.rate_hz]


@dataclass(frozen=True, slots=True)
class _Search:
    motion: Motion
    side: Side
    placement: Placement | None
    params: SegmentationParams

    def events(self) -> list[list[RecognisedSet]]:
        """Return, for each exercise that is found by its own events, the sets that it claims."""
        claims = []
        for exercise, recogniser in self.recognisers(Search.EVENTS):
            found = self.measured(exercise, recogniser, self.motion)
            claims.append([*self.own_bouts(exercise, recogniser, found, self.motion, 0)])
        return claims

    def flights(self) -> Iterator[RecognisedSet]:
        """Look for flights: bouts of all of them together, told apart by how they travel."""
        members = [
            (exercise, recogniser, found)
            for exercise, recogniser in self.recognisers(Search.FLIGHTS)
            if (found := self.measured(exercise, recogniser, self.motion)) is not None
        ]
        if not members:
            return
        (_, _, first), *rest = members
        both = replace(
            first, events=(*first.events, *(e for _, _, found in rest for e in found.events))
        )
        for start, end, _ in self.bouts(both, self.motion, self.params.flight_pause_s):
            inside = [
                event.values.get("lateral_m")
                for event in both.events
                if event.rejected is None and start <= self.motion.sample(event.start_s) <= end
            ]
            known = [far for far in inside if isinstance(far, float)]
            sideways_m = float(np.median(known)) if known else None
            for exercise, recogniser, found in members:
                reps = _count(found, self.motion, start, end)
                match = recogniser.fits(FlightEvidence(reps, sideways_m, self.params))
                if match is not None:
                    yield self.set(exercise, recogniser, (start, end, reps), match)

    def in_place(self, window: tuple[int, int]) -> Iterator[RecognisedSet]:
        """Look for turns in place and dips of a waist, between steps."""
        least = self.params.hold_s * self.motion.rate_hz
        for start, end in _standing(self.motion, window, self.params):
            if end - start >= least:
                evidence = self.turn_evidence(self.motion.cut(start, end))
                turns = [] if evidence is None else [*self.turns(start, end, evidence)]
                # a waist that squats tips a little too; what turns further, or sinks by turning, is none
                waist = evidence is None or not evidence.of_no_waist
                dips = [*self.dips(start, end)] if waist else []
                more = sum(each.reps for each in turns) >= sum(each.reps for each in dips)
                yield from turns if more else dips

    def turns(self, start: int, end: int, evidence: TurnEvidence) -> Iterator[RecognisedSet]:
        """Look for turns of a foot or shank, and tell by the sensor's path what turned."""
        piece = self.motion.cut(start, end)
        for exercise, recogniser in self.recognisers(Search.TURNS):
            match = recogniser.fits(evidence)
            if match is None:
                continue
            found = self.measured(exercise, recogniser, piece)
            for first, last, reps in self.bouts(found, piece, self.params.pause_s):
                if reps >= self.params.fewest:
                    bout = start + first, start + last, reps
                    yield self.set(exercise, recogniser, bout, match)

    def turn_evidence(self, piece: Motion) -> TurnEvidence | None:
        """Return what is known of the turns in a piece; None without a set of them."""
        aligned = align(piece, self.params.cyclic)
        if aligned is None:
            return None
        found = find_repetitions(
            aligned,
            lambda excursion: excursion.level_deg - min(excursion.base_deg),
            self.params.cyclic,
        )
        if len(found.excursions) < self.params.fewest:
            return None
        moment_arm = find_moment_arm(found.tilt, found.excursions)
        if moment_arm is None or moment_arm.size_m > self.params.foot_m:
            return None
        low = float(np.median([min(each.base_deg) for each in found.excursions]))
        high = float(np.median([each.level_deg for each in found.excursions]))
        level = aligned.level_deg
        rests = None if level is None else (level - low) / (high - low)
        return TurnEvidence(
            height_deg=high - low,
            up_m=moment_arm.up_m,
            ahead_m=moment_arm.level_m,
            fits=moment_arm.fits,
            rests=rests,
            at_ankle=self.placement is Placement.ANKLE,
            params=self.params,
        )

    def dips(self, start: int, end: int) -> Iterator[RecognisedSet]:
        """Look for squats at the waist, where nothing turns as far as an ankle does."""
        for exercise, recogniser in self.recognisers(Search.DIPS):
            piece = self.motion.cut(start, end)
            found = self.measured(exercise, recogniser, piece)
            yield from self.own_bouts(exercise, recogniser, found, piece, start)

    def stances(
        self, window: tuple[int, int], sets: Sequence[RecognisedSet]
    ) -> Iterator[RecognisedSet]:
        """Look for a stance on one leg, by the shift of weight onto it and by its sway."""
        first, last = window
        beside = frozenset(
            each.exercise
            for each in sets
            if any(first - 1 <= at <= last + 1 for at in (each.start, each.end))
        )
        for exercise, recogniser in self.recognisers(Search.STANCE):
            piece = self.motion.cut(first, last)
            found = self.measured(exercise, recogniser, piece)
            if found is None:
                continue
            sway = found.metrics["sway_rms_dps"].value
            (span, *_) = found.spans
            start, end = piece.sample(span.start_s), piece.sample(span.end_s)
            if start == end:
                continue
            level_dps = moving_rms(piece.gyr_dps[start:end], 0.5, piece.rate_hz)
            evidence = StanceEvidence(
                hold_s=span.duration_s,
                calm_share=float(np.mean(level_dps < self.params.calm_dps)),
                sway_dps=sway if isinstance(sway, float) else None,
                # what starts with the recording has no shift onto one leg before it
                shift_seen="no_weight_shift" not in found.reasons
                and start >= self.params.two_legs_s * piece.rate_hz,
                beside=beside,
                params=self.params,
            )
            match = recogniser.fits(evidence)
            if match is not None:
                yield self.set(exercise, recogniser, (first + start, first + end, 0), match)

    def recognisers(self, search: Search) -> Iterator[tuple[Exercise[Any], Recogniser]]:
        """Yield every exercise that is found by this search from where the sensor is.

        A band at the ankle sees what a shoe sees, of exercises that can be measured there.
        """
        for exercise in EXERCISES.values():
            for recogniser in exercise.recognisers:
                if recogniser.search is not search:
                    continue
                if self.placement in {None, recogniser.placement}:
                    yield exercise, recogniser
                elif (
                    self.placement is Placement.ANKLE
                    and recogniser.placement is Placement.SHOE
                    and Placement.ANKLE in exercise.placements
                ):
                    yield exercise, replace(recogniser, placement=Placement.ANKLE)

    def measured(
        self, exercise: Exercise[Any], recogniser: Recogniser, piece: Motion
    ) -> Measurement | None:
        """Return what an exercise finds in a piece; None where it can't be seen."""
        context = TrialContext(side=self.side, placement=recogniser.placement)
        try:
            return exercise.measure(piece, context, exercise.params)
        except NotAnalysableError:
            return None

    def own_bouts(
        self,
        exercise: Exercise[Any],
        recogniser: Recogniser,
        found: Measurement | None,
        motion: Motion,
        offset: int,
    ) -> Iterator[RecognisedSet]:
        """Yield the bouts of an exercise's own events that it takes for sets."""
        for start, end, reps in self.bouts(found, motion, self.params.pause_s):
            match = recogniser.fits(RepetitionEvidence(reps, self.params))
            if match is not None:
                yield self.set(exercise, recogniser, (offset + start, offset + end, reps), match)

    def bouts(self, found: Measurement | None, motion: Motion, pause_s: float) -> list[Bout]:
        """Return accepted events as (first sample, last, how many), split at long pauses."""
        most = pause_s * motion.rate_hz
        spans = sorted(
            (motion.sample(e.start_s), motion.sample(e.end_s))
            for e in (found.events if found else ())
            if e.rejected is None
        )
        out: list[Bout] = []
        for start, end in spans:
            if out and start - out[-1][1] < most:
                out[-1] = (out[-1][0], max(end, out[-1][1]), out[-1][2] + 1)
            else:
                out.append((start, end, 1))
        return out

    def set(
        self, exercise: Exercise[Any], recogniser: Recogniser, bout: Bout, match: Match
    ) -> RecognisedSet:
        """Return a recognised set."""
        start, end, reps = bout
        return RecognisedSet(
            exercise=exercise.slug,
            placement=recogniser.placement,
            start=start,
            end=end,
            reps=reps,
            why=match.why,
            rival=match.rival,
            weight=recogniser.weight,
        )


def _standing(
    motion: Motion, window: tuple[int, int], params: SegmentationParams
) -> list[tuple[int, int]]:
    """Return the stretches of a window between walks and rests; a single jerk doesn't split."""
    start, end = window
    piece = motion.cut(start, end)
    rate_hz = motion.rate_hz
    walks = join(runs(travelling(piece, params.cyclic)), round(1.0 * rate_hz))
    walks = walks[walks[:, 1] - walks[:, 0] > 1.0 * rate_hz]
    rests = runs(moving_rms(piece.gyr_dps, 0.5, rate_hz) < params.cyclic.turning_dps)
    rests = rests[rests[:, 1] - rests[:, 0] > params.rest_s * rate_hz]
    margin = round(1.5 * rate_hz)  # of standing that goes with what follows and what went before
    rests = rests + np.array([margin, -margin])
    edges = [
        start,
        *(start + np.sort(np.concatenate([walks.ravel(), rests.ravel()]))).tolist(),
        end,
    ]
    return [(a, b) for a, b in zip(edges[::2], edges[1::2], strict=True) if b > a]


def _merged(
    sets: list[RecognisedSet], motion: Motion, params: SegmentationParams
) -> list[RecognisedSet]:
    """Return sets in order of time; those of one exercise with a rest in between are one."""
    out: list[RecognisedSet] = []
    for each in sorted(sets, key=lambda one: one.start):
        last = out[-1] if out else None
        same = last is not None and (last.exercise, last.placement) == (
            each.exercise,
            each.placement,
        )
        if last is not None and same and each.start - last.end < params.pause_s * motion.rate_hz:
            larger = max(last, each, key=lambda one: one.reps)
            out[-1] = replace(larger, start=last.start, end=each.end, reps=last.reps + each.reps)
        else:
            out.append(each)
    return out


def _count(found: Measurement, motion: Motion, start: int, end: int) -> int:
    """Return how many accepted events lie between two samples."""
    return sum(
        event.rejected is None and start <= motion.sample(event.start_s) <= end
        for event in found.events
    )
