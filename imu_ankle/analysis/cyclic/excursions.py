"""Turns to and fro: where a tilt goes up, stays, and comes back; each phase by its own peak rate."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
from scipy.signal import find_peaks

from imu_ankle.analysis.cyclic.tilt import stays

if TYPE_CHECKING:
    from imu_ankle.analysis.cyclic.params import CyclicParams
    from imu_ankle.analysis.cyclic.tilt import Tilt
    from imu_ankle.core.recording import FloatArray


_AT_EDGE_DEG = 1.0  # a base so near the edge of the posture lies beyond it


@dataclass(frozen=True, slots=True, kw_only=True)
class Phase:
    """A turn one way, by the samples (fractional) at which its rate passes a tenth of its peak.

    Attributes
    ----------
    start, end : of the whole way, pauses on it included.
    pauses, goes_on : end of its first and start of its last stretch; `end` and `start` without a pause.
    peak_dps : the largest rate.
    """

    start: float
    end: float
    pauses: float
    goes_on: float
    peak_dps: float

    def shifted(self, by: float) -> Phase:
        """Return the same, `by` samples later."""
        return Phase(
            start=self.start + by,
            end=self.end + by,
            pauses=self.pauses + by,
            goes_on=self.goes_on + by,
            peak_dps=self.peak_dps,
        )

    def backward(self, last: int) -> Phase:
        """Return the same of a series read from its `last` sample to its first."""
        return Phase(
            start=last - self.end,
            end=last - self.start,
            pauses=last - self.goes_on,
            goes_on=last - self.pauses,
            peak_dps=self.peak_dps,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Excursion:
    """A turn to a top and back.

    Attributes
    ----------
    before, top, after : samples of the lowest point before, the top, the lowest point after.
    up, down : the two phases.
    level_deg : the tilt held in between, on the tilt's scale.
    base_deg : the lowest tilt (before, after).
    """

    before: int
    top: int
    after: int
    up: Phase
    down: Phase
    level_deg: float
    base_deg: tuple[float, float]

    @property
    def height_deg(self) -> float:
        """How far it turns on the side on which it turns less."""
        return self.level_deg - max(self.base_deg)

    @property
    def hold(self) -> tuple[float, float]:
        """Samples from the end of the way up to the start of the way down."""
        return self.up.end, max(self.up.end, self.down.start)


def find_excursions(
    tilt: Tilt,
    least_deg: float,
    params: CyclicParams,
    within_deg: tuple[float, float] = (-np.inf, np.inf),
) -> list[Excursion]:
    """Return all turns to a top and back by at least `least_deg`, in stretches without travel.

    Tops are maxima with that prominence: what wobbles in a hold is none. Each has the lowest points
    between it and its neighbours; beyond the first and the last, however small ones end the search.
    Tilts out of `within_deg` are those of another posture.
    """
    excursions = []
    for outer in stays(tilt, params, within_deg).tolist():
        start, end = _without_steps(tilt, outer, params)
        angle = tilt.angle_deg[start:end]
        tops, _ = find_peaks(angle, prominence=least_deg)
        if not len(tops):
            continue
        small, _ = find_peaks(angle, prominence=params.listed_deg)
        earlier, later = small[small < tops[0]], small[small > tops[-1]]
        first = int(earlier[-1]) if len(earlier) else 0
        last = int(later[0]) if len(later) else len(angle) - 1
        edges = np.concatenate([[first], tops, [last]])
        for k, top in enumerate(tops):
            before = int(edges[k] + np.argmin(angle[edges[k] : top + 1]))
            after = int(top + np.argmin(angle[top : edges[k + 2] + 1]))
            excursion = _excursion(tilt, start + before, start + int(top), start + after, params)
            excursions.append(_without_edges(excursion, within_deg))
    return excursions


def _without_steps(tilt: Tilt, outer: tuple[int, int], params: CyclicParams) -> tuple[int, int]:
    """Return a stretch without the rest of a step before or after it: from stand to stand.

    A foot that lands on its heel points up for a moment; the turn after that doesn't start there.
    """
    start, end = outer
    soon = round(params.settles_s * tilt.motion.rate_hz)
    inside = tilt.calm[(tilt.calm[:, 1] > start) & (tilt.calm[:, 0] < end)]
    if len(inside) and start > 0 and inside[0, 0] < start + soon:
        start = max(start, int(inside[0, 0]))
    if len(inside) and end < len(tilt.angle_deg) and inside[-1, 1] > end - soon:
        end = min(end, int(inside[-1, 1]))
    return start, end


def _without_edges(excursion: Excursion, within_deg: tuple[float, float]) -> Excursion:
    """Return the turn without a base where it comes from, or goes to, another posture."""
    low = within_deg[0] + _AT_EDGE_DEG
    before, after = excursion.base_deg
    if (before < low) == (after < low):
        return excursion
    inner = max(before, after)
    return replace(excursion, base_deg=(inner, inner))


def _excursion(tilt: Tilt, before: int, top: int, after: int, params: CyclicParams) -> Excursion:
    angle = tilt.angle_deg
    base = float(angle[before]), float(angle[after])
    middle_up = (base[0] + angle[top]) / 2.0
    middle_down = (base[1] + angle[top]) / 2.0
    first = before + int(np.flatnonzero(angle[before : top + 1] <= middle_up)[-1])
    last = top + int(np.flatnonzero(angle[top : after + 1] <= middle_down)[0])
    upper = angle[first : last + 1]
    near = upper >= angle[top] - params.plateau * (angle[top] - max(base))
    level = float(np.median(upper[near]))
    up = find_phase(
        angle[before : top + 1], tilt.rate_dps[before : top + 1], base[0], level, params
    )
    down = find_phase(
        angle[top : after + 1][::-1], -tilt.rate_dps[top : after + 1][::-1], base[1], level, params
    )
    rise, fall = up.shifted(before), down.backward(after - top).shifted(top)
    held = angle[int(np.ceil(rise.end)) : int(fall.start) + 1]
    if len(held) >= 3:
        level = float(np.median(held))
    return Excursion(
        before=before, top=top, after=after, up=rise, down=fall, level_deg=level, base_deg=base
    )


def find_phase(
    angle: FloatArray, rate: FloatArray, base: float, level: float, params: CyclicParams
) -> Phase:
    """Return the phase in which `angle` (n,) goes from `base` up to `level`.

    Inside the inner part of the way a pause belongs to it; beyond, it ends where the rate falls to a
    tenth of its peak.
    """
    low, high = (base + share * (level - base) for share in params.inner)
    below = np.flatnonzero(angle <= low)
    first = int(below[-1]) if len(below) else 0
    reached = np.flatnonzero(angle[first:] >= high)
    last = first + int(reached[0]) if len(reached) else len(angle) - 1
    peak = max(float(rate[first : last + 1].max()), 1e-9)
    cyclic = rate < params.phase_share * peak
    limit = params.phase_share * peak

    def edge(k: int, step: int) -> float:
        """Walk from `k` until the rate is below the limit."""
        ahead = cyclic[k::step]
        n = int(np.argmax(ahead)) if ahead.any() else len(ahead) - 1
        return _crossing(rate, k + step * n, limit, -step)

    fast = first + np.flatnonzero(~cyclic[first : last + 1])
    fast = fast if len(fast) else np.array([first, last])
    return Phase(
        start=edge(first, -1),
        end=edge(last, 1),
        pauses=edge(int(fast[0]), 1),
        goes_on=edge(int(fast[-1]), -1),
        peak_dps=peak,
    )


def _crossing(rate: FloatArray, k: int, limit: float, step: int) -> float:
    """Return where between `k`, below the limit, and its neighbour the rate passes it."""
    j = k + step
    if not 0 <= j < len(rate) or rate[j] == rate[k] or rate[k] >= limit:
        return float(k)
    return k + step * float(np.clip((limit - rate[k]) / (rate[j] - rate[k]), 0.0, 1.0))
