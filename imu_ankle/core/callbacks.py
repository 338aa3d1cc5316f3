"""How long work tells how far it is."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

ProgressCallback: TypeAlias = Callable[[int, int], None]  # done, total


def no_progress(_done: int, _total: int) -> None:
    """Tell nobody."""
