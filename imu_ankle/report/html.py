"""A report as one HTML file: no script, no network, pictures inside."""

from __future__ import annotations

import re
import zlib
from typing import TYPE_CHECKING

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from imu_ankle.report.plots.style import svg_text

if TYPE_CHECKING:
    from imu_ankle.report.document import Document, Drawing


def to_html(document: Document) -> str:
    """Return the report as the text of a self-contained HTML file."""
    jinja = Environment(
        loader=PackageLoader("imu_ankle.report"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    jinja.filters["kind"] = lambda block: type(block).__name__
    jinja.filters["svg"] = _svg
    return jinja.get_template("report.html.j2").render(document=document)


def _svg(drawing: Drawing) -> Markup:
    """Return the picture as an inline SVG that says in words what it shows."""
    text = re.sub(r"<metadata>.*?</metadata>", "", svg_text(drawing.picture.figure), flags=re.S)
    # one page holds several pictures: each gets names of its own
    prefix = f"p{zlib.crc32(text.encode()):08x}-"
    text = re.sub(r'(\bid="|"#|url\(#)', rf"\g<1>{prefix}", text)
    start = text.index(">")
    label = Markup(' role="img" aria-label="{}"').format(drawing.picture.alt)
    return Markup(text[:start]) + label + Markup(text[start:])  # noqa: S704 - our own drawing
