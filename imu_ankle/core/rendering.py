"""How nouns are drawn and laid out in a notebook: told from above, since the core knows no plots."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable


class Renderer(Protocol):
    """Draws nouns, and puts them into words."""

    def draw(self, thing: object, ax: Any) -> Any:  # noqa: ANN401 - matplotlib's, which the core doesn't load
        """Draw a noun on the axes, or as a figure of its own."""

    def html(self, thing: object) -> str:
        """Return a noun as a small table in HTML."""


_loaders: list[Callable[[], Renderer]] = []


def render_with(load: Callable[[], Renderer]) -> None:
    """Name who renders; it is loaded when something is first drawn."""
    _loaders[:] = [load]


def draw(thing: object, ax: Any = None) -> Any:  # noqa: ANN401
    """Draw a noun on `ax`, or as a figure of its own; returns the figure."""
    return _loaders[0]().draw(thing, ax)


def html(thing: object) -> str:
    """Return a noun as a small table in HTML."""
    return _loaders[0]().html(thing)
