"""One look for all pictures: colour-blind safe, and readable in grey by line, hatch and marker."""

from __future__ import annotations

import io
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import numpy as np
from matplotlib import get_data_path, rc_context
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

    from matplotlib.axes import Axes

    from imu_ankle.core.recording import FloatArray

# dark to light, so that the order survives printing in grey
INK, BLUE, ORANGE, SAND = "#1b1b1b", "#0b5d8f", "#c9571a", "#e8d9b5"
GREY, PALE = "#8a8a8a", "#d3d3d3"
LEG_COLOURS = {"left": BLUE, "right": ORANGE, "both": INK}
LEG_MARKERS = {"left": "o", "right": "s", "both": "D"}
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


def day_numbers(days: Sequence[date]) -> FloatArray:
    """Return dates as matplotlib's axes count them: days since 1970."""
    return np.array(days, dtype="datetime64[D]").astype(np.float64)


def calm(axes: Axes) -> None:
    """Take away what doesn't carry data."""
    axes.spines[["top", "right"]].set_visible(False)
    axes.grid(visible=True, color="#d8d8d8", linewidth=0.6)
    axes.set_axisbelow(True)


def save(made: Figure, path: Path, *, alt: str = "") -> None:
    """Write the figure; the ending of `path` chooses png, svg or pdf. `alt` is kept inside it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    keys = {".svg": "Description", ".pdf": "Subject"}
    metadata = {keys.get(path.suffix.lower(), "Description"): alt} if alt else None
    made.savefig(path, dpi=110, metadata=metadata)


def font_file(name: str) -> Path:
    """Return a font that ships with matplotlib, for those who draw text elsewhere."""
    return Path(get_data_path()) / "fonts" / "ttf" / f"{name}.ttf"


def svg_text(made: Figure) -> str:
    """Return the figure as one SVG element, letters as paths, the same for the same figure."""
    out = io.StringIO()
    with rc_context({"svg.hashsalt": "imu_ankle", "svg.fonttype": "path"}):
        made.savefig(out, format="svg", metadata={"Date": None, "Creator": None})
    text = out.getvalue()
    return text[text.index("<svg") :]
