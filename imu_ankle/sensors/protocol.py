"""What a sensor is: how it is asked, what it answers, and how its bytes become samples.

Everything here is data or a pure function. A conversation is a generator that yields steps (`Read`,
`Write`, `Listen`, `Await`, `Pause`) and is sent the answers, so that the same script runs over a radio, over
a software radio and in a test; a refusal by the sensor is thrown into it as `RefusedError`.
"""

from __future__ import annotations

from collections.abc import Callable, Generator
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Protocol, TypeAlias, TypedDict, TypeVar

from imu_ankle.core.errors import SensorError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from imu_ankle.core.options import Side
    from imu_ankle.core.recording import FloatArray

_SIG = "0000{:04x}-0000-1000-8000-00805f9b34fb"
BATTERY_SERVICE = _SIG.format(0x180F)
BATTERY = _SIG.format(0x2A19)
MODEL, SERIAL, FIRMWARE = (_SIG.format(short) for short in (0x2A24, 0x2A25, 0x2A26))


@dataclass(frozen=True, slots=True)
class Read:
    """Read a characteristic; the answer is its value, or b"" where the sensor hasn't got it."""

    uuid: str


@dataclass(frozen=True, slots=True)
class Write:
    """Write a characteristic and wait until the sensor has taken it, where it says so."""

    uuid: str
    data: bytes


@dataclass(frozen=True, slots=True)
class Listen:
    """From here on notifications of a characteristic are received."""

    uuid: str


@dataclass(frozen=True, slots=True)
class Await:
    """Wait for the next notification of a characteristic that starts with `prefix`.

    A host may drop a notification: a question (`again`) that can be asked twice is, every second.
    """

    uuid: str
    prefix: bytes
    timeout_s: float = 3.0
    again: Write | None = None


@dataclass(frozen=True, slots=True)
class Pause:
    """Leave the sensor time for a command that it doesn't answer."""

    seconds: float


Step: TypeAlias = Read | Write | Listen | Await | Pause
T = TypeVar("T")
Conversation: TypeAlias = Generator[Step, bytes, T]


class Identity(TypedDict):
    """Who a sensor is: fields of its `Format`."""

    model: str | None
    serial: str | None
    firmware: str | None
    battery_pct: int | None


def identify(model: str) -> Conversation[Identity]:
    """Ask a sensor by the standard services who it is; `model` stands where it doesn't say."""
    battery = yield Read(BATTERY)
    texts = []
    for uuid in (MODEL, SERIAL, FIRMWARE):
        text = yield Read(uuid)
        texts.append(text.decode("utf-8", "replace").strip("\0 ") or None)
    return Identity(
        model=texts[0] or model,
        serial=texts[1],
        firmware=texts[2],
        battery_pct=battery[0] if battery and battery[0] <= 100 else None,
    )


class Timing(StrEnum):
    """What a sensor knows about time and loss; shown to people as a grade."""

    COUNTED = "A"
    STAMPED = "B"
    UNTIMED = "C"

    @property
    def meaning(self) -> str:
        """Say in a sentence what the grade stands for."""
        return {
            Timing.COUNTED: "counts its samples and stamps them: loss is exact",
            Timing.STAMPED: "stamps its packets, counts nothing: loss is worked out from the stamps",
            Timing.UNTIMED: "sends neither time nor count: the rate is estimated from arrival, and "
            "of lost samples only long silences show",
        }[self]


@dataclass(frozen=True, slots=True, kw_only=True)
class StreamConfig:
    """What the host would like to get; the sensor's answer is a `Format`."""

    rate_hz: int = 208
    acc_range_g: int = 16
    gyr_range_dps: int = 2000
    side: Side | None = None
    epoch: int = 1  # names a stream: the same number goes on with it, another starts anew
    resume: bool = False  # after a lost link: go on with the stream if the sensor kept it
    base: int | None = None  # the `Format.base` that is to go on; if it has ended, nothing is begun


def refuse_unless(
    config: StreamConfig,
    rates_hz: Sequence[int],
    acc_ranges_g: Sequence[int],
    gyr_ranges_dps: Sequence[int],
) -> None:
    """Refuse a wish that a sensor can't meet; for those which wouldn't say so themselves.

    Raises
    ------
    SensorError
        ``wrong_setting``.
    """
    for found, offered, unit in (
        (config.rate_hz, rates_hz, "Hz"),
        (config.acc_range_g, acc_ranges_g, "g"),
        (config.gyr_range_dps, gyr_ranges_dps, "deg/s"),
    ):
        if found not in offered:
            raise SensorError(
                "wrong_setting",
                f"the sensor can't do {found} {unit}; it does {', '.join(map(str, offered))} {unit}",
            )


@dataclass(frozen=True, slots=True, kw_only=True)
class Format:
    """What the sensor said that it sends.

    Attributes
    ----------
    acc_mps2_per_count, gyr_dps_per_count : scale of integer samples; 1 where floats are sent.
    ring_samples : how many past samples it can send again.
    base : names the sensor's present count, where it has a name.
    ended : the stream that was to be resumed has ended; its samples may still be resent.
    continues : after a lost link, whether index and clock go on; None where it doesn't tell.
    """

    rate_hz: float
    acc_range_g: float | None
    gyr_range_dps: float | None
    acc_mps2_per_count: float = 1.0
    gyr_dps_per_count: float = 1.0
    ring_samples: int = 0
    continues: bool | None = None
    base: int | None = None
    ended: bool = False
    model: str | None = None
    serial: str | None = None
    firmware: str | None = None
    battery_pct: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Batch:
    """Consecutive samples as one packet held them.

    Attributes
    ----------
    acc_mps2, gyr_dps : (n, 3), sensor frame.
    tick : device time of the first sample, as sent: it wraps; None where the sensor sends none.
    index : counter of the first sample, as sent; None where the sensor doesn't count.
    acc_clipped, gyr_clipped : (n,) samples at the end of the range.
    resent : sent again on request.
    last : the stream ends with this packet.
    marked : somebody pressed the button, or tapped.
    skipped : samples right before these that are known to be lost without a count.
    """

    acc_mps2: FloatArray
    gyr_dps: FloatArray
    tick: int | None = None
    index: int | None = None
    acc_clipped: bool = False
    gyr_clipped: bool = False
    resent: bool = False
    last: bool = False
    marked: bool = False
    skipped: int = 0

    def __len__(self) -> int:
        return len(self.acc_mps2)


class Decoder(Protocol):
    """Bytes in, samples out; it holds what is half received and nothing else."""

    def feed(self, uuid: str, payload: bytes) -> tuple[Batch, ...]:
        """Return the samples of one notification.

        Raises
        ------
        PayloadError
            If the bytes are no packet of this sensor; nothing else, whatever they are.
        """


@dataclass(frozen=True, slots=True, kw_only=True)
class Counters:
    """Width and speed of a sensor's counters."""

    tick_hz: float
    tick_bits: int
    index_bits: int | None = None  # None: it doesn't count


@dataclass(frozen=True, slots=True, kw_only=True)
class Sensor:
    """One entry of the registry.

    Attributes
    ----------
    service : the advertised service by which it is recognised.
    names : beginnings of its advertised name, for those that don't advertise the service.
    start : the conversation that configures and starts a stream; returns what will be sent.
    resend : asks for `count` samples from an index on; None where it can't.
    total : asks how many samples the stream had; None where it doesn't count.
    counters : None where it sends neither time nor count.
    """

    key: str
    title: str
    service: str
    names: tuple[str, ...]
    rates_hz: tuple[int, ...]
    acc_ranges_g: tuple[int, ...]
    gyr_ranges_dps: tuple[int, ...]
    timing: Timing
    counters: Counters | None
    start: Callable[[StreamConfig], Conversation[Format]]
    stop: Callable[[], Conversation[None]]
    decoder: Callable[[Format], Decoder]
    resend: Callable[[int, int], Conversation[None]] | None = None
    total: Callable[[], Conversation[int]] | None = None

    @property
    def usual_rate_hz(self) -> int:
        """The rate that is wished where nobody wishes one: of those it has, the nearest to 208 Hz."""
        return min(self.rates_hz, key=lambda rate: abs(rate - StreamConfig().rate_hz))

    @property
    def knows(self) -> str:
        """What it knows about time and loss, in words."""
        again = "; lost samples are asked for again" if self.resend else ""
        return f"grade {self.timing}: {self.timing.meaning}{again}"
