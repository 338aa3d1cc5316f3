"""Which sensors a command line means: real ones, or virtual ones on a software radio."""

from __future__ import annotations

import contextlib
import logging
from dataclasses import dataclass
from typing import TYPE_CHECKING

from imu_ankle.bluetooth.link import Found, KeptLinks, Radio, find
from imu_ankle.core.errors import ImuAnkleError, UsageError
from imu_ankle.io.csvfile import sidecar_of

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from imu_ankle.core.options import Side

_PREFIX = "virtual:"
_FIND_S = 10.0  # for a sensor that was named
_LISTEN_S = 4.0  # for all there are: a sensor advertises at least once a second
INSTALL = "python -m pip install 'imu-ankle[virtual]' (in a checkout: '.[virtual]')"


@dataclass(frozen=True, slots=True)
class SensorSource:
    """A sensor that was found, and the radio on which it is."""

    radio: Radio
    found: Found
    simulated: bool = False
    seed: int | None = None


class SensorPool:
    """The sensors of a program: found once, and their links kept from set to set.

    A sensor that is moved is given back (`give_back`), so that it can rest; `close` ends everything.

    Attributes
    ----------
    kept : the links that stay open between sets.
    """

    def __init__(self, radio: Radio | None = None) -> None:
        self.kept = KeptLinks()
        self._radio = radio or Radio()
        self._wanted: tuple[str | None, ...] = ()
        self._sources: list[SensorSource] = []
        self._air = contextlib.AsyncExitStack()  # of virtual sensors

    async def __aenter__(self) -> SensorPool:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    async def sources(self, wanted: Sequence[str | None]) -> list[SensorSource]:
        """Return the sensors that are meant; None means the first known one in range.

        Raises
        ------
        SensorError
            If one isn't found.
        UsageError
            If real and virtual sensors are mixed, or the extra ``virtual`` isn't installed.
        """
        if self._sources and tuple(wanted) == self._wanted:
            return self._sources
        await self.close()
        virtual = [text for text in wanted if text is not None and text.startswith(_PREFIX)]
        if not virtual:
            self._sources = [
                SensorSource(
                    self._radio, await find(self._radio, text, _FIND_S if text else _LISTEN_S)
                )
                for text in wanted
            ]
        elif len(virtual) < len(wanted):
            raise UsageError("bad_virtual", "real and virtual sensors can't be used together")
        else:
            self._sources = await self._virtual(virtual)
        self._wanted = tuple(wanted)
        return self._sources

    async def give_back(self) -> None:
        """Close the links that were kept; the sensors stay known."""
        await self.kept.give_back()

    async def close(self) -> None:
        """Close all links, and end virtual sensors."""
        await self.kept.give_back()
        self._sources, self._wanted = [], ()
        await self._air.aclose()

    def lose(self) -> None:
        """Look for the sensors anew when they are wanted next: one wasn't there any more."""
        self._wanted = ()

    async def _virtual(self, words: Sequence[str]) -> list[SensorSource]:
        require_virtual()
        from imu_ankle.virtual.spec import open_virtual, parse_spec

        specs = [parse_spec(text) for text in words]
        air = await self._air.enter_async_context(open_virtual(specs))
        return [
            SensorSource(
                air.radio,
                await find(air.radio, peripheral.device.name, _FIND_S),
                simulated=True,
                seed=spec.seed,
            )
            for peripheral, spec in zip(air.peripherals, specs, strict=True)
        ]


def require_virtual() -> None:
    """Refuse, with the way out, where the software radio isn't installed."""
    # it logs on the root logger what our own states tell better
    logging.getLogger("bumble").setLevel(logging.CRITICAL)
    try:
        import bumble  # noqa: F401
    except ImportError as error:
        raise UsageError(
            "no_virtual", f"virtual sensors need one more package: {INSTALL}"
        ) from error


def recording_of(source: Path, exercise: str, side: Side) -> Path:
    """Return the recording in a folder (or the one file) of an exercise on a side.

    Raises
    ------
    UsageError
        ``no_recording`` if there is none.
    """
    if source.is_file():
        return source
    if not source.exists():
        raise UsageError("no_recording", f"there is no file {source}")
    for path in sorted(source.rglob("*.csv")):
        with contextlib.suppress(ImuAnkleError, OSError):
            sidecar = sidecar_of(path)
            if sidecar.exercise == exercise and sidecar.side in {None, side}:
                return path
    raise UsageError(
        "no_recording",
        f"{source} holds no recording of {exercise} on the {side}; skip the set, or leave it "
        "out with --exercises",
    )
