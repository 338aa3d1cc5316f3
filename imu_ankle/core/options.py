"""The words that a caller may say of a recording, and what is made of them."""

from __future__ import annotations

from dataclasses import dataclass
from difflib import get_close_matches
from enum import StrEnum
from typing import TYPE_CHECKING, TypeVar

from imu_ankle.core.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

Word = TypeVar("Word", bound=StrEnum)
AUTO = "auto"  # in place of an exercise: find out which


class Side(StrEnum):
    """The foot or leg that carries the sensor; at the waist the stance leg."""

    LEFT = "left"
    RIGHT = "right"

    @property
    def other(self) -> Side:
        """The opposite side."""
        return Side.RIGHT if self is Side.LEFT else Side.LEFT


class Placement(StrEnum):
    """Where the sensor is worn."""

    SHOE = "shoe"
    FREE_FOOT = "free-foot"
    ANKLE = "ankle"
    SHANK = "shank"
    WAIST = "waist"


class Mount(StrEnum):
    """Where on the shoe the clip sits; no count depends on it."""

    LACES = "laces"
    HEEL = "heel"
    LATERAL = "lateral"
    OTHER = "other"
    UNKNOWN = "unknown"


class Eyes(StrEnum):
    """Visual condition of a balance trial."""

    OPEN = "open"
    CLOSED = "closed"


class Surface(StrEnum):
    """What the wearer stands on."""

    FLOOR = "floor"
    TOWEL = "towel"
    BOSU_ROUND = "bosu-round"
    BOSU_FLAT = "bosu-flat"
    STEP = "step"


@dataclass(frozen=True, slots=True, kw_only=True)
class AnalysisOptions:
    """What the caller says of a recording; it beats the sidecar, and None leaves it to the sidecar.

    Attributes
    ----------
    exercise : a slug, or "auto".
    side, placement, eyes, surface : words of the enumerations of those names.
    params : values of detector parameters by their dotted names; others keep their defaults.
    sure : the exercise is the one that is named, whatever it looks like.
    """

    exercise: str | None = None
    side: str | None = None
    placement: str | None = None
    eyes: str | None = None
    surface: str | None = None
    params: Mapping[str, object] | None = None
    sure: bool = False

    @property
    def words(self) -> dict[str, str | None]:
        """The five words by name, without the parameters."""
        return {
            "exercise": self.exercise,
            "side": self.side,
            "placement": self.placement,
            "eyes": self.eyes,
            "surface": self.surface,
        }

    @property
    def given(self) -> list[str]:
        """The names of the words that the caller said."""
        return [name for name, word in self.words.items() if word is not None]


def parse_enum(words: type[Word], word: str | None, asked: str) -> Word:
    """Return the member of `words` that `word` names.

    Raises
    ------
    UsageError
        ``missing_<asked>`` if there is no word, ``unknown_...`` if it is none of them; the message
        says which are known.
    """
    if word is None:
        raise UsageError(
            f"missing_{asked}",
            f"which {asked} was it? The recording doesn't say; name it with --{asked} "
            f"({'|'.join(words)})",
        )
    try:
        return words(word)
    except ValueError:
        kind = words.__name__.lower()
        raise UsageError(
            f"unknown_{kind}", f"{word!r} is no known {kind}; known are {', '.join(words)}"
        ) from None


def nearest(word: str, known: Iterable[str]) -> str:
    """Return " Did you mean ...?" for the known word closest to `word`, or nothing."""
    close = get_close_matches(word, list(known), n=1)
    return f" Did you mean {close[0]!r}?" if close else ""
