"""Which exercises a recording holds: each looks for its own repetitions, few rules settle the rest.

Hops, jumps, heel walks and star taps see nothing in each other's sets, but hops and jumps: hops go
sideways. Between them, turns of a foot or shank that stays in place are told apart by the lever: on
tiptoe the clip rises, at the end of a straight leg or on a shank it goes ahead. What is left may be
balance, if weight is shifted onto one leg. All else stays unknown.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

from imu_ankle.analysis.cyclic.moment_arm import find_moment_arm
from imu_ankle.analysis.cyclic.repetitions import align, find_repetitions
from imu_ankle.analysis.cyclic.tilt import travelling
from imu_ankle.analysis.exercises import EXERCISES
from imu_ankle.analysis.segmentation.excursions import name_turns
from imu_ankle.analysis.segmentation.params import Recognised, RecognitionParams
from imu_ankle.core.errors import NotAnalysableError
from imu_ankle.core.exercise import TrialContext
from imu_ankle.core.recording import Placement
from imu_ankle.core.signal.filters import moving_rms
from imu_ankle.core.signal.runs import join, runs

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from imu_ankle.core.exercise import Measurement
    from imu_ankle.core.motion import Motion
    from imu_ankle.core.recording import Side


def recognise(
    motion: Motion,
    side: Side,
    placement: Placement | None = None,
    params: RecognitionParams | None = None,
) -> list[Recognised]:
    """Return the sets in a recording in order of time; movement that is unknown is in none.

    With a known `placement` only exercises that are seen from there are looked for.
    """
    params = params or RecognitionParams()
    search = _Search(motion, side, placement, params)
    found = [*search.flights(), *_settled([*search.walks()], [*search.stars()])]
    for window in _free(found, motion, params):
        found += search.cyclic(window)
    found = _merged(found, motion, params)
    squats = [each for each in found if each.exercise == "mini-squats"]
    for window in _free(found, motion, params):
        if not any(window[0] - 1 <= at <= window[1] + 1 for s in squats for at in (s.start, s.end)):
            found += search.balance(window)  # who squats on one leg stands on one before
    return sorted(found, key=lambda each: each.start)


def _settled(walks: list[Recognised], stars: list[Recognised]) -> list[Recognised]:
    """Return heel walks and star taps where both claim a stretch: a tap is at most two strides."""
    out: list[Recognised] = []
    for walk in walks:
        rivals = [s for s in stars if s.start < walk.end and walk.start < s.end]
        if 2 * sum(star.reps for star in rivals) < walk.reps:
            out.append(walk)
            stars = [star for star in stars if star not in rivals]
    return [*out, *stars]


def margins(
    sets: Sequence[Recognised], motion: Motion, params: RecognitionParams | None = None
) -> list[tuple[int, int]]:
    """Return the samples that go with each set: its own, and the standing around it."""
    params = params or RecognitionParams()
    lead = round(params.lead_s * motion.rate_hz)
    between = [(a.end + b.start) // 2 for a, b in pairwise(sets)]
    edges = [0, *between, len(motion)] if sets else [0]
    return [
        (max(low, each.start - lead), min(high, each.end + lead))
        for each, low, high in zip(sets, edges[:-1], edges[1:], strict=True)
    ]


def _free(
    found: Sequence[Recognised], motion: Motion, params: RecognitionParams
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
    params: RecognitionParams

    def flights(self) -> Iterator[Recognised]:
        """Look for hops and jumps: the same flights, told apart by how far they go sideways."""
        hops = self.look("lateral-hops", Placement.SHOE)
        if hops is None:
            return
        wide = {e.start_s: e.values.get("lateral_m") for e in hops.events if e.rejected is None}
        jumps = self.look("jump-squats", Placement.SHOE)
        for start, end, _ in self.bouts(_both(hops, jumps), pause_s=self.params.flight_pause_s):
            inside = [m for s, m in wide.items() if start <= self.motion.sample(s) <= end]
            known = [m for m in inside if isinstance(m, float)]
            far_m = float(np.median(known)) if known else 0.0
            sideways = far_m >= self.params.sideways_m
            slug = "lateral-hops" if sideways else "jump-squats"
            source = hops if sideways else jumps
            reps = _count(source, self.motion, start, end)
            if reps >= self.params.fewest:
                clear = min(1.0, abs(far_m - self.params.sideways_m) / 0.06)
                why = f"flights that go {100 * far_m:.0f} cm sideways"
                yield self.set(slug, Placement.SHOE, start, end, reps, clear, why)

    def walks(self) -> Iterator[Recognised]:
        """Look for heel walks."""
        found = self.look("heel-walks", Placement.SHOE)
        for start, end, reps in self.bouts(found):
            if reps >= self.params.fewest:
                why = "strides with the toes up and no push-off"
                yield self.set("heel-walks", Placement.SHOE, start, end, reps, 1.0, why)

    def stars(self) -> Iterator[Recognised]:
        """Look for star taps."""
        found = self.look("star-taps", Placement.FREE_FOOT)
        for start, end, reps in self.bouts(found):
            why = "short touches out there, and a way home"
            yield self.set("star-taps", Placement.FREE_FOOT, start, end, reps, 1.0, why)

    def cyclic(self, window: tuple[int, int]) -> Iterator[Recognised]:
        """Look for raises, points and squats, between steps."""
        least = self.params.hold_s * self.motion.rate_hz
        for start, end in _standing(self.motion, window, self.params):
            if end - start >= least:
                excursions, descents = [*self.excursions(start, end)], [*self.descents(start, end)]
                # a waist that squats tips a little too; what turns further isn't a waist
                far = sum(each.reps for each in excursions) >= sum(each.reps for each in descents)
                yield from excursions if far else descents

    def excursions(self, start: int, end: int) -> Iterator[Recognised]:
        """Look for turns of a foot or shank, and tell by the lever what turned."""
        piece = self.motion.cut(start, end)
        aligned = align(piece, self.params.cyclic)
        if aligned is None:
            return
        found = find_repetitions(
            aligned,
            lambda excursion: excursion.level_deg - min(excursion.base_deg),
            self.params.cyclic,
        )
        if len(found.excursions) < self.params.fewest:
            return
        moment_arm = find_moment_arm(found.tilt, found.excursions)
        low = float(np.median([min(excursion.base_deg) for excursion in found.excursions]))
        high = float(np.median([excursion.level_deg for excursion in found.excursions]))
        level = aligned.level_deg
        rests = None if level is None else (level - low) / (high - low)
        named = name_turns(moment_arm, rests, self.params)
        if named is None:
            return
        slug, placement, clear, why = named
        exercise = EXERCISES[slug]
        if self.placement in {None, placement} and placement in exercise.placements:
            context = TrialContext(side=self.side, placement=placement)
            counted = exercise.analyse(piece, context, exercise.params)
            for first, last, reps in self.bouts(counted, piece):
                if reps >= self.params.fewest:
                    yield self.set(slug, placement, start + first, start + last, reps, clear, why)

    def descents(self, start: int, end: int) -> Iterator[Recognised]:
        """Look for squats at the waist, where nothing turns as far as an ankle does."""
        if self.placement not in {None, Placement.WAIST}:
            return
        piece = self.motion.cut(start, end)
        exercise = EXERCISES["mini-squats"]
        counted = exercise.analyse(
            piece, TrialContext(side=self.side, placement=Placement.WAIST), exercise.params
        )
        for first, last, reps in self.bouts(counted, piece):
            if reps >= self.params.fewest:
                why = "the waist sinks and rises, with little tilt"
                yield self.set(
                    "mini-squats", Placement.WAIST, start + first, start + last, reps, 0.8, why
                )

    def balance(self, window: tuple[int, int]) -> Iterator[Recognised]:
        """Look for a stance on one leg, by the shift of weight onto it and by its sway."""
        if self.placement not in {None, Placement.SHOE}:
            return
        piece = self.motion.cut(*window)
        exercise = EXERCISES["single-leg-balance"]
        try:
            found = exercise.analyse(
                piece, TrialContext(side=self.side, placement=Placement.SHOE), exercise.params
            )
        except NotAnalysableError:
            return
        sway = found.metrics["sway_rms_dps"].value
        low, high = self.params.sways_dps
        if "no_weight_shift" in found.reasons or not isinstance(sway, float):
            return
        (span, *_) = found.spans
        if span.duration_s >= self.params.hold_s and low <= sway <= high:
            start, end = piece.sample(span.start_s), piece.sample(span.end_s)
            clear = min(1.0, span.duration_s / 10.0)
            why = f"a shift onto one leg, {span.duration_s:.0f} s of sway, and back"
            yield self.set(
                "single-leg-balance",
                Placement.SHOE,
                window[0] + start,
                window[0] + end,
                0,
                clear,
                why,
            )

    def look(self, slug: str, placement: Placement) -> Measurement | None:
        """Return what an exercise finds in the whole recording; None where it can't be seen."""
        if self.placement not in {None, placement}:
            return None
        exercise = EXERCISES[slug]
        try:
            return exercise.analyse(
                self.motion, TrialContext(side=self.side, placement=placement), exercise.params
            )
        except NotAnalysableError:
            return None

    def bouts(
        self,
        found: Measurement | None,
        motion: Motion | None = None,
        pause_s: float | None = None,
    ) -> list[tuple[int, int, int]]:
        """Return accepted events as (first sample, last, how many), split at long pauses."""
        motion = motion or self.motion
        most = (pause_s or self.params.pause_s) * motion.rate_hz
        spans = sorted(
            (motion.sample(e.start_s), motion.sample(e.end_s))
            for e in (found.events if found else ())
            if e.rejected is None
        )
        out: list[tuple[int, int, int]] = []
        for start, end in spans:
            if out and start - out[-1][1] < most:
                out[-1] = (out[-1][0], max(end, out[-1][1]), out[-1][2] + 1)
            else:
                out.append((start, end, 1))
        return out

    def set(
        self,
        slug: str,
        placement: Placement,
        start: int,
        end: int,
        reps: int,
        clear: float,
        why: str,
    ) -> Recognised:
        """Return a recognised set; half of the doubt goes with every three repetitions."""
        support = 1.0 - 0.5 ** (1.0 + reps / 3.0) if reps else 0.8
        return Recognised(
            exercise=slug,
            placement=placement,
            start=start,
            end=end,
            reps=reps,
            confidence=round(support * (0.5 + 0.5 * max(0.0, min(1.0, clear))), 2),
            why=why,
        )


def _standing(
    motion: Motion, window: tuple[int, int], params: RecognitionParams
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


def _merged(sets: list[Recognised], motion: Motion, params: RecognitionParams) -> list[Recognised]:
    """Return sets in order of time; those of one exercise with a rest in between are one."""
    out: list[Recognised] = []
    for each in sorted(sets, key=lambda one: one.start):
        last = out[-1] if out else None
        same = last is not None and (last.exercise, last.placement) == (
            each.exercise,
            each.placement,
        )
        if last is not None and same and each.start - last.end < params.pause_s * motion.rate_hz:
            surer = max(last, each, key=lambda one: one.confidence)
            out[-1] = replace(surer, start=last.start, end=each.end, reps=last.reps + each.reps)
        else:
            out.append(each)
    return out


def _both(one: Measurement, other: Measurement | None) -> Measurement:
    """Return the events of both."""
    return replace(one, events=(*one.events, *(other.events if other else ())))


def _count(found: Measurement | None, motion: Motion, start: int, end: int) -> int:
    """Return how many accepted events lie between two samples."""
    events = found.events if found else ()
    return sum(e.rejected is None and start <= motion.sample(e.start_s) <= end for e in events)
