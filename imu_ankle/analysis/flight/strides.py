"""Strides: what the foot does between two rests, whatever sort of walking it is."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

from imu_ankle.analysis.flight.forefoot import track_forefoot
from imu_ankle.analysis.flight.params import FlightParams
from imu_ankle.analysis.flight.zero_velocity import find_zero_velocity

if TYPE_CHECKING:
    from imu_ankle.analysis.flight.forefoot import Forefoot
    from imu_ankle.core.motion import Motion
    from imu_ankle.core.recording import FloatArray

_LEAVES = 0.15  # share of the swing's top speed at which the foot leaves and lands


@dataclass(frozen=True, slots=True, kw_only=True)
class Stride:
    """One swing of the foot from rest to rest, in samples.

    Attributes
    ----------
    start, end : of the rests before and after.
    lift, contact : the foot leaves, and lands; `peak` is the sample of its top speed.
    speed_mps : the top speed.
    travel_m : (2,) from rest to rest in the world's horizontal plane, whose heading is arbitrary.
    """

    start: int
    end: int
    lift: int
    peak: int
    contact: int
    speed_mps: float
    travel_m: FloatArray


def find_strides(
    motion: Motion, least_mps: float = 0.4, params: FlightParams | None = None
) -> tuple[Forefoot, list[Stride]]:
    """Return the track of the foot and every swing faster than `least_mps`, in order of time."""
    params = params or FlightParams()
    forefoot = track_forefoot(motion, params)
    strides = []
    for chain in find_zero_velocity(motion, forefoot, params):
        for start, end in pairwise(chain.tolist()):
            velocity = forefoot.velocity_mps[start : end + 1] - forefoot.velocity_mps[start]
            velocity = velocity - np.linspace(0.0, 1.0, len(velocity))[:, None] * velocity[-1]
            speed = np.sqrt(np.einsum("ij,ij->i", velocity, velocity))
            peak = int(np.argmax(speed))
            if speed[peak] < least_mps:
                continue
            slow = speed < _LEAVES * speed[peak]
            lift = int(np.flatnonzero(slow[:peak])[-1]) if slow[:peak].any() else 0
            landed = np.flatnonzero(slow[peak:])
            contact = peak + (int(landed[0]) if len(landed) else len(speed) - 1 - peak)
            strides.append(
                Stride(
                    start=start,
                    end=end,
                    lift=start + lift,
                    peak=start + peak,
                    contact=start + contact,
                    speed_mps=float(speed[peak]),
                    travel_m=velocity[:, :2].sum(axis=0) / motion.rate_hz,
                )
            )
    return forefoot, strides
