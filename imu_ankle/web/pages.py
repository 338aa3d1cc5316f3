"""Templates of the pages, and what is shipped beside them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from starlette.responses import HTMLResponse

STATIC = Path(__file__).parent / "static"
_JINJA = Environment(
    loader=PackageLoader("imu_ankle.web"),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)


def page(template: str, status: int = 200, **content: Any) -> HTMLResponse:  # noqa: ANN401
    """Return a page made from a template."""
    text = _JINJA.get_template(f"{template}.html.j2").render(page=template, **content)
    return HTMLResponse(text, status_code=status)
