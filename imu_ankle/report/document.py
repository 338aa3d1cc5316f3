"""What a report consists of, whatever it is written as."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from imu_ankle.report.plots.pictures import Picture


@dataclass(frozen=True, slots=True)
class Heading:
    """A heading within the report."""

    text: str


@dataclass(frozen=True, slots=True)
class Text:
    """A paragraph."""

    text: str
    small: bool = False


@dataclass(frozen=True, slots=True)
class Points:
    """A list."""

    items: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class TableBlock:
    """A table with a head; the first column names the row, `right` ones hold numbers."""

    head: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    right: frozenset[int] = frozenset()


@dataclass(frozen=True, slots=True, eq=False)
class Drawing:
    """A picture with a caption."""

    picture: Picture
    caption: str


Block: TypeAlias = Heading | Text | Points | TableBlock | Drawing


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Document:
    """A report."""

    title: str
    subtitle: str
    simulated: bool
    blocks: tuple[Block, ...]
    foot: str
