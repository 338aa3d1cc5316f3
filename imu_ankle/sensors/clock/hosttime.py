"""From a sensor's clock to the host's: arrival is late by a delay that is never negative.

So the lower envelope of arrival over device time carries the clock, and the mean only the traffic.
Running: the smallest delay seen, forgotten at the rate at which clocks drift apart. On close: the
edge of the lower convex hull over the mean time, which also tells the drift.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

_LEAK = 60e-6  # quartz clocks of two devices drift apart by less
_MOST_DRIFT = 200e-6
_ENOUGH_S = 30.0  # below, a slope says more of the traffic than of the clock
_WINDOW_S = 2.0


@dataclass(frozen=True, slots=True, kw_only=True)
class HostLine:
    """Host time of a device time: ``offset_s + (1 + drift_ppm 1e-6) time_s``.

    `residual_s` is how far the quickest arrivals of every 2 s lie above the line (RMS).
    """

    offset_s: float
    drift_ppm: float
    residual_s: float

    @property
    def is_sure(self) -> bool:
        """Whether the drift is one that crystals have."""
        return abs(self.drift_ppm) < 0.999e6 * _MOST_DRIFT

    def host_s(self, time_s: float) -> float:
        """Return the host's time at `time_s` of the sensor's clock."""
        return self.offset_s + (1.0 + self.drift_ppm * 1e-6) * time_s


class HostTime:
    """Pairs of device and arrival time of one time base."""

    def __init__(self) -> None:
        self._device_s: list[float] = []
        self._host_s: list[float] = []
        self._offset_s = np.inf

    def add(self, device_s: float, host_s: float) -> None:
        """Enter the arrival of a sample."""
        if self._device_s:
            self._offset_s += _LEAK * max(0.0, device_s - self._device_s[-1])
        self._offset_s = min(self._offset_s, host_s - device_s)
        self._device_s.append(device_s)
        self._host_s.append(host_s)

    def device_s(self, host_s: float) -> float:
        """Return the device time that arrives at `host_s` without delay, as known so far."""
        return host_s - self._offset_s

    def delays_s(self, line: HostLine) -> np.ndarray:
        """Return how much later than the quickest each arrival was, (n,)."""
        device_s, host_s = np.array(self._device_s), np.array(self._host_s)
        return host_s - line.offset_s - (1.0 + line.drift_ppm * 1e-6) * device_s

    def line(self) -> HostLine | None:
        """Fit the lower envelope of all arrivals; None where nothing arrived."""
        if not self._device_s:
            return None
        # stamps of a re-ordered or repeated packet are late arrivals like others
        device_s, host_s = np.array(self._device_s), np.array(self._host_s)
        order = np.argsort(device_s, kind="stable")
        device_s, host_s = device_s[order], host_s[order]
        drift = 0.0
        if device_s[-1] - device_s[0] >= _ENOUGH_S:
            drift = float(np.clip(_hull_slope(device_s, host_s - device_s), *_BOUNDS))
        above = host_s - (1.0 + drift) * device_s
        offset_s = float(above.min())
        windows = ((device_s - device_s[0]) // _WINDOW_S).astype(int)
        starts = np.flatnonzero(np.diff(windows, prepend=-1))
        lowest = np.minimum.reduceat(above - offset_s, starts)
        residual_s = float(np.sqrt(np.mean(lowest**2)))
        return HostLine(offset_s=offset_s, drift_ppm=drift * 1e6, residual_s=residual_s)


_BOUNDS = (-_MOST_DRIFT, _MOST_DRIFT)


def _hull_slope(x: np.ndarray, y: np.ndarray) -> float:
    """Slope of the edge of the lower convex hull that lies over the mean of x."""
    hull: list[int] = []
    for i in range(len(x)):
        while len(hull) >= 2:
            a, b = hull[-2], hull[-1]
            if (x[b] - x[a]) * (y[i] - y[a]) > (y[b] - y[a]) * (x[i] - x[a]):
                break
            hull.pop()
        hull.append(i)
    edge = int(np.searchsorted(x[hull], x.mean()))
    a, b = hull[max(edge - 1, 0)], hull[max(edge, 1)]
    return float((y[b] - y[a]) / (x[b] - x[a])) if x[b] > x[a] else 0.0
