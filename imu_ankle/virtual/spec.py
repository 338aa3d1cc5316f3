"""Virtual sensors by a word on the command line: ``virtual:lateral-hops,side=left,drop=0.05``."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import TYPE_CHECKING, get_type_hints

from imu_ankle.core.errors import UsageError
from imu_ankle.core.options import Side
from imu_ankle.sensors import SENSORS
from imu_ankle.simulation.catalogue import SIMULATIONS
from imu_ankle.virtual.air import Air, open_air
from imu_ankle.virtual.ankle_imu import Quirks, VirtualAnkleIMU
from imu_ankle.virtual.feed import recorded_feed, simulated_feed
from imu_ankle.virtual.metamotion import VirtualMetaMotion
from imu_ankle.virtual.movella_dot import VirtualMovellaDot
from imu_ankle.virtual.movesense import VirtualMovesense
from imu_ankle.virtual.radio import Faults, RadioLink
from imu_ankle.virtual.witmotion import VirtualWitMotion

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Sequence

    from imu_ankle.virtual.device import Device
    from imu_ankle.virtual.plain import PlainDevice

PREFIX = "virtual:"
_OWN = "ankle-imu"
_OTHERS: dict[str, tuple[type[PlainDevice], str]] = {  # and how their names begin
    "movesense": (VirtualMovesense, "Movesense"),
    "movella-dot": (VirtualMovellaDot, "Movella DOT"),
    "metamotion": (VirtualMetaMotion, "MetaWear"),
    "witmotion": (VirtualWitMotion, "WT901BLE"),
}
_KINDS = (_OWN, *_OTHERS)
_BOUNDS = {
    "seed": (0, 2**31), "reps": (0, 200), "seconds": (1.0, 120.0), "still": (0.5, 60.0),
    "rate": (20.0, 1000.0), "drop": (0.0, 1.0), "repeat": (0.0, 1.0), "swap": (0.0, 1.0),
    "garble": (0.0, 1.0), "lose_link_at": (0.0, 1e4), "shadow_at": (0.0, 1e4),
    "shadow_s": (0.0, 1e4),
}  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class VirtualSpec:
    """What a virtual sensor is to play, and what is to go wrong on the way.

    Attributes
    ----------
    plays : a movement of the simulator, or a CSV.
    reps, seconds : repetitions of a set, stance of a balance trial.
    drop, repeat, swap, garble : shares of packets.
    lose_link_at, shadow_at : after so many seconds; 0 is never. A shadow lasts `shadow_s`.
    """

    plays: str
    kind: str = _OWN
    name: str = ""
    side: str = "right"
    seed: int = 1
    reps: int = 0
    seconds: float = 20.0
    still: float = 4.0
    rate: float = 208.0
    drop: float = 0.0
    repeat: float = 0.0
    swap: float = 0.0
    garble: float = 0.0
    lose_link_at: float = 0.0
    shadow_at: float = 0.0
    shadow_s: float = 1.0

    def device(self, number: int) -> Device:
        """Return the sensor that plays this."""
        if self.plays.endswith(".csv"):
            feed = recorded_feed(Path(self.plays))
        else:
            feed = simulated_feed(
                self.plays,
                side=Side(self.side),
                seed=self.seed,
                rate_hz=self.rate,
                reps=self.reps or None,
                stance_s=self.seconds,
                still_s=self.still,
            )
        if self.kind in _OTHERS:
            kind, name = _OTHERS[self.kind]
            return kind(feed, self.name or f"{name} {number:04d}")
        return VirtualAnkleIMU(feed, self.name or f"AnkleIMU-{number:04d}", quirks=Quirks())


def parse_spec(text: str) -> VirtualSpec:
    """Read ``virtual:MOVEMENT[,key=value...]``; what isn't known is named.

    Raises
    ------
    UsageError
        ``bad_virtual``.
    """
    plays, *pairs = text.removeprefix(PREFIX).split(",")
    kinds = {name: kind for name, kind in get_type_hints(VirtualSpec).items() if name != "plays"}
    values: dict[str, object] = {}
    for pair in pairs:
        key, _, value = pair.partition("=")
        key = key.strip().replace("-", "_")
        if key not in kinds:
            known = ", ".join(name.replace("_", "-") for name in kinds)
            raise UsageError("bad_virtual", f"{pair!r}: a virtual sensor knows {known}")
        try:
            values[key] = kinds[key](value.strip())
        except ValueError:
            raise UsageError("bad_virtual", f"{pair!r}: {key} must be a number") from None
    spec = VirtualSpec(plays=plays.strip(), **values)  # type: ignore[arg-type]
    if spec.kind in SENSORS and "rate" not in values:
        spec = replace(spec, rate=float(SENSORS[spec.kind].usual_rate_hz))
    if not spec.plays.endswith(".csv") and spec.plays not in SIMULATIONS:
        raise UsageError(
            "bad_virtual",
            f"a virtual sensor plays a CSV or one of {', '.join(SIMULATIONS)}; "
            f"found {spec.plays!r}",
        )
    for name, (low, high) in _BOUNDS.items():
        if not low <= getattr(spec, name) <= high:
            raise UsageError("bad_virtual", f"{name.replace('_', '-')} is {low:g} to {high:g}")
    if not spec.name.isprintable() or len(spec.name.encode()) > 20:  # what an advertisement holds
        raise UsageError("bad_virtual", "a name has at most 20 letters")
    if spec.side not in set(Side) or spec.kind not in _KINDS:
        raise UsageError(
            "bad_virtual", f"side is left or right, kind one of {', '.join(_KINDS)}; found {text!r}"
        )
    return spec


@asynccontextmanager
async def open_virtual(specs: Sequence[VirtualSpec]) -> AsyncIterator[Air]:
    """Put the sensors on a software radio, with what is to go wrong."""
    link = RadioLink(seed=specs[0].seed)
    shares = {
        item.name: max(getattr(spec, item.name) for spec in specs)
        for item in fields(Faults)
        if item.name != "seed"
    }
    if any(shares.values()):
        link.on_notification = Faults(**shares).hook()
    # simulating takes a second: not while the radio runs
    devices = [spec.device(number) for number, spec in enumerate(specs, 1)]
    async with open_air(devices, link=link) as air:
        scripts = [
            asyncio.create_task(_script(air, number, spec)) for number, spec in enumerate(specs)
        ]
        try:
            yield air
        finally:
            for script in scripts:
                script.cancel()
            await asyncio.gather(*scripts, return_exceptions=True)


async def _script(air: Air, number: int, spec: VirtualSpec) -> None:
    """Let the link be lost or shadowed once, so long after the stream has begun."""
    peripheral = air.peripherals[number]
    for at_s, shadow in sorted(((spec.lose_link_at, False), (spec.shadow_at, True))):
        if at_s <= 0.0:
            continue
        while peripheral.device.measured < at_s * spec.rate:  # noqa: ASYNC110 - it has no events
            await asyncio.sleep(0.05)
        if shadow:
            air.link.block(peripheral.controller, spec.shadow_s)
        else:
            await peripheral.drop()
