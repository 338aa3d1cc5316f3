"""What a wearer is shown of a set, on whatever screen."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

import numpy as np

if TYPE_CHECKING:
    from imu_ankle.analysis.pipeline import AnalysisRun
    from imu_ankle.core.recording import FloatArray


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkState:
    """How the link to one sensor is."""

    side: str
    lost: int
    total: int
    battery_pct: int | None = None
    trouble: str = ""  # what is wrong now, and what to do
    sees_loss: bool = True  # single lost samples are seen; else only silences are

    @property
    def summary(self) -> str:
        """Loss and battery in a line."""
        text = f"{self.side}: {self.lost} of {self.total} samples missing"
        if not self.sees_loss:
            text += " in silences (single losses can't be seen)"
        return text + (f" · battery {self.battery_pct} %" if self.battery_pct is not None else "")


@dataclass(frozen=True, slots=True, kw_only=True)
class DisplayState:
    """One moment of a set."""

    title: str
    now_s: float
    message: str = ""
    number: str = ""
    share: float | None = None  # of the dose
    countdown: int | None = None
    samples: FloatArray = field(default_factory=lambda: np.empty((0, 9)))
    analysis: AnalysisRun | None = None
    links: tuple[LinkState, ...] = ()
    hint: str = ""


class LiveDisplay(Protocol):
    """Shows a set while it is done."""

    @property
    def stop_asked(self) -> bool:
        """Whether whoever looks at it wants the set to end now; what was recorded is kept."""

    def say(self, text: str) -> None:
        """Tell something that stays."""

    def show(self, state: DisplayState) -> None:
        """Show a moment in place of the one before."""

    def samples(self, sensor: int, samples: FloatArray) -> None:
        """Take rows (n, 9) of one of the sensors as they come, for moving traces."""
