"""One look for all pictures: colour-blind safe, and readable in grey by line, hatch and marker."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

if TYPE_CHECKING:
    from pathlib import Path

    from matplotlib.axes import Axes

# dark to light, so that the order survives printing in grey
INK, BLUE, ORANGE, SAND = "#1b1b1b", "#0b5d8f", "#c9571a", "#e8d9b5"
LINES: tuple[tuple[str, Literal["-", "--", ":"]], ...] = (
    (BLUE, "-"),
    (ORANGE, "--"),
    (INK, ":"),
)


def figure(width_in: float, height_in: float) -> Figure:
    """Return an empty figure that needs no display."""
    made = Figure(figsize=(width_in, height_in), layout="constrained")
    FigureCanvasAgg(made)
    return made


def calm(axes: Axes) -> None:
    """Take away what doesn't carry data."""
    axes.spines[["top", "right"]].set_visible(False)
    axes.grid(visible=True, color="#d8d8d8", linewidth=0.6)
    axes.set_axisbelow(True)


def save(made: Figure, path: Path) -> None:
    """Write the figure; the ending of `path` chooses png, svg or pdf."""
    path.parent.mkdir(parents=True, exist_ok=True)
    made.savefig(path, dpi=110)
