"""Looking at figures as a reader would: is any text on another, cut off, or without a unit?"""

from itertools import combinations

import numpy as np
from matplotlib.text import Text


def texts(figure):
    """Return the visible texts of a figure with their boxes in pixels."""
    figure.canvas.draw()
    renderer = figure.canvas.get_renderer()
    hidden = set()
    for axes in figure.axes:
        for axis in (axes.xaxis, axes.yaxis):
            seen = axes.axison and axis.get_visible()
            drawn = set(axis._update_ticks()) if seen else set()
            for tick in axis.get_major_ticks() + axis.get_minor_ticks():
                if tick not in drawn:
                    hidden |= {tick.label1, tick.label2}
            if not seen:
                hidden |= {axis.label, axis.offsetText}
    found = []
    for artist in figure.findobj(Text):
        if artist.get_visible() and artist.get_text().strip() and artist not in hidden:
            box = artist.get_window_extent(renderer)
            if box.width > 1 and box.height > 1:
                found.append((artist.get_text(), box))
    return found


def overlaps(figure, slack_px=1.5):
    """Return pairs of texts that lie on each other."""
    found = []
    for (a, one), (b, two) in combinations(texts(figure), 2):
        wide = min(one.x1, two.x1) - max(one.x0, two.x0)
        high = min(one.y1, two.y1) - max(one.y0, two.y0)
        if wide > slack_px and high > slack_px:
            found.append((a, b))
    return found


def cut_off(figure, slack_px=2.0):
    """Return texts that reach out of the figure."""
    width, height = figure.get_size_inches() * figure.dpi
    return [
        text
        for text, box in texts(figure)
        if box.x0 < -slack_px
        or box.y0 < -slack_px
        or box.x1 > width + slack_px
        or box.y1 > height + slack_px
    ]


def grey(colour):
    """Return how light a colour prints, 0 to 1."""
    from matplotlib.colors import to_rgb

    return float(np.dot(to_rgb(colour), (0.299, 0.587, 0.114)))
