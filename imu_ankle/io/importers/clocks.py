"""Time columns: their unit, their epoch, counters that take their place."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import numpy as np

from imu_ankle.core.errors import ImportFormatError
from imu_ankle.io.importers.table import TIME_UNITS, scale_of, stated_unit, to_numbers

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pandas as pd

    from imu_ankle.core.recording import FloatArray
    from imu_ankle.io.importers.table import Overrides

_SLOWEST_STEP_S, _QUICKEST_STEP_S = 1 / 10, 1 / 2000
# seconds since 1970 of the years 2005 to 2100: a clock that runs in that range counts from 1970
_UNIX_S = (1.1e9, 4.1e9)
_SPREADSHEET_S = 25569 * 86400.0  # 1970, in the days that spreadsheets count
_NUMBERS = 0.5  # of the cells that hold something: fewer are dates, or nothing
_MISSED = 10  # samples, where a clock wraps
_HALF_DAY_S, _DAY_S, _HOUR_S = 43200.0, 86400.0, 3600.0
_CLOCK = r"^(.*\b\d{1,2}:\d{1,2}:\d{1,2})([.:])(\d{1,3})$"


def seconds_of(
    stamps: FloatArray | None,
    count: FloatArray | None,
    names: Mapping[str, str],
    overrides: Overrides,
    assumed: list[str],
    n: int,
    stated_hz: float | None = None,
) -> tuple[FloatArray, float | None]:
    """Return the time of `n` rows in s, and what makes it seconds since 1970 (None if unknown).

    Raises
    ------
    ImportFormatError
        ``missing_column`` or ``unknown_unit`` if nothing tells the time.
    """
    rate_hz = overrides.rate_hz if overrides.rate_hz is not None else stated_hz
    if overrides.rate_hz is not None or (stamps is None and rate_hz is not None):
        counted = f"by column {names['count']!r}" if count is not None else "row by row"
        origin = "as told" if overrides.rate_hz is not None else "as the file says above its header"
        assumed.append(f"time counted {counted} at {rate_hz:g} Hz, {origin}")
        rows = unwrapped(count) if count is not None else np.arange(n, dtype=np.float64)
        return (rows - rows[0]) / np.float64(rate_hz or 1.0), None
    if stamps is None:
        raise ImportFormatError(
            "missing_column",
            "no column tells the time: none was found, or it stands still or can't be read. Name it "
            "with --column time=NAME, or say --rate HZ if the rows are evenly spaced",
        )
    unit = overrides.time_unit or stated_unit("time", names["time"])
    if unit is None:
        unit = _unit_of(stamps)
        assumed.append(f"time in {unit}, from the size of its steps")
    else:
        assumed.append(f"time in {unit}, {'as told' if overrides.time_unit else 'from the header'}")
    scale = scale_of("time", unit)
    origin_s = _SPREADSHEET_S if unit == "d" else 0.0
    unix = _UNIX_S[0] < float(np.median(stamps)) * scale - origin_s < _UNIX_S[1]
    first = float(stamps[0])  # taken off first: big numbers would lose what is after the point
    time_s: FloatArray = (stamps - first) * scale
    if not unix:
        return time_s + first * scale, None
    return time_s, first * scale - origin_s


def unwrap(count: FloatArray, bits: int) -> FloatArray:
    """Return a counter of `bits` bits counted on where it wraps to zero."""
    wraps = np.cumsum(np.diff(count, prepend=count[0]) < -(2.0 ** (bits - 1)))
    counted: FloatArray = count + wraps * 2.0**bits
    return counted


def unwrapped(count: FloatArray) -> FloatArray:
    """Return a counter counted on where it falls from the end of 8, 16, 24 or 32 bits to zero."""
    falls = np.diff(count) < 0.0
    for bits in (8, 16, 24, 32):
        if float(count.max()) < 2.0**bits:
            at_end = count[:-1][falls] >= 0.5 * 2.0**bits
            return unwrap(count, bits) if falls.any() and at_end.all() else count
    return count


def _counted_on(stamps: FloatArray) -> FloatArray:
    """Return a clock counted on where it wraps: from the end of its bits to their beginning."""
    steps = np.diff(stamps)
    if not len(steps):
        return stamps
    back, usual = float(steps.min()), float(np.median(np.abs(steps)))
    for bits in (16, 32):
        if abs(back + 2.0**bits) < _MISSED * usual and float(stamps.max()) < 2.0**bits:
            return unwrap(stamps, bits)
    return stamps


def _unit_of(stamps: FloatArray) -> str:
    steps = np.diff(stamps)
    step = float(np.median(steps[steps > 0])) if (steps > 0).any() else 0.0
    for unit, factor in TIME_UNITS.items():
        if _QUICKEST_STEP_S <= step * factor <= _SLOWEST_STEP_S and step != 1.0:
            return unit
    raise ImportFormatError(
        "unknown_unit",
        f"time steps by {step:g}, which is no usual sampling interval; name the unit with "
        "--time-unit (s, ms, us, ns or d), or the rate with --rate HZ if the column counts samples",
    )


def stamps_of(
    cells: pd.DataFrame, at: int, rest: int | None, *, comma: bool
) -> tuple[FloatArray, float | None]:
    """Return the numbers of a clock; if it holds dates, seconds and what they count from.

    Parameters
    ----------
    cells : texts by the position of their column.
    at, rest : the clock's, and that of the nanoseconds beside whole seconds.
    comma : whether decimals may be written with one.
    """
    numbers: FloatArray = to_numbers(cells[[at]], decimal_comma=comma)[:, 0]
    texts = cells[at].str.strip()
    held = (texts.notna() & (texts != "")).to_numpy()
    known = np.isfinite(numbers)
    if not held.any() or known[held].mean() > _NUMBERS:
        if rest is not None:
            numbers = numbers + 1e-9 * to_numbers(cells[[rest]], decimal_comma=comma)[:, 0]
        numbers[known] = _counted_on(numbers[known])
        return numbers, None
    seconds, epoch = moments(texts[held].str.replace(",", ".", regex=False))
    if seconds is not None:
        numbers[held] = seconds
    return numbers, epoch


def moments(texts: pd.Series[str]) -> tuple[FloatArray | None, float | None]:
    """Return seconds of dates, or of times of day, and what they count from (NaN: midnight)."""
    import pandas as pd  # noqa: PLC0415

    texts = _with_fractions(texts)
    if texts.str.match(r"\d{1,2}:\d\d").mean() > 0.5:
        return _time_of_day(texts), float("nan")
    try:
        stamps = pd.to_datetime(texts, errors="coerce", format="ISO8601", utc=True)
        if stamps.isna().mean() > 0.5:
            stamps = pd.to_datetime(
                texts, errors="coerce", format="mixed", utc=True, dayfirst=_day_first(texts)
            )
    except (ValueError, OverflowError, TypeError):
        return None, None
    if stamps.isna().all():
        return None, None
    first = stamps[stamps.notna()].iloc[0]
    seconds = (stamps - first).dt.total_seconds()
    return np.asarray(seconds, dtype=np.float64), float(first.timestamp())


def _day_first(texts: pd.Series[str]) -> bool:
    """Whether the day stands before the month: with dots it does, with slashes a day above 12 tells.

    Raises
    ------
    ImportFormatError
        ``ambiguous_date`` where nothing tells.
    """
    parts = texts.str.extract(r"^\D*?(\d{1,2})([./])(\d{1,2})[./]\d{4}")
    known = parts[1].notna()
    if not known.any():
        return False
    first, second = (parts.loc[known, i].astype(int) for i in (0, 2))
    if (parts.loc[known, 1] == ".").all() or first.max() > 12:
        return True
    if second.max() > 12 or first.equals(second):
        return False
    raise ImportFormatError(
        "ambiguous_date",
        f"{texts[known].iloc[0]!r}: nothing tells whether the day or the month comes first. Write dates as "
        "2026-11-05, or say --rate HZ and --started-at",
    )


def _with_fractions(texts: pd.Series[str]) -> pd.Series[str]:
    """Write out milliseconds that follow a colon, or were written as a number: 31.5 for 31.005."""
    parts = texts.str.extract(_CLOCK)
    known = parts[2].notna()
    if not known.any():
        return texts
    second, mark, digits = (parts.loc[known, i] for i in range(3))
    same = (second == second.shift()).to_numpy()
    back = [
        np.count_nonzero(np.diff(each.astype(float), prepend=0.0)[same] < 0.0)
        for each in (digits, "0." + digits)
    ]
    if (mark == ":").all() or back[0] < back[1]:
        texts = texts.copy()
        texts[known] = second + "." + digits.str.zfill(3)
    return texts


def _time_of_day(texts: pd.Series[str]) -> FloatArray:
    """Return seconds since midnight, counted on over it; or over the hour, where none is told."""
    import pandas as pd  # noqa: PLC0415

    half = texts.str.extract(r"([ap])\.?m\.?$", flags=re.IGNORECASE)[0].str.lower()
    digits = texts.str.replace(r"[\s.apm]*$", "", regex=True, flags=re.IGNORECASE)
    # 25:14.5 is what spreadsheets leave of 14:25:14.500; 14:25 is no clock
    hourless = digits.str.fullmatch(r"\d{1,2}:\d\d\.\d+").mean() > 0.5
    clock = pd.to_timedelta("0:" + digits if hourless else digits, errors="coerce")
    seconds = np.array(clock.dt.total_seconds(), dtype=np.float64)
    afternoon = np.asarray(half == "p", dtype=np.float64)
    if half.notna().any():
        seconds = seconds % _HALF_DAY_S + afternoon * _HALF_DAY_S
    period = _HOUR_S if hourless else _DAY_S
    known = np.isfinite(seconds)
    over = np.diff(seconds[known], prepend=seconds[known][:1]) < -period / 2
    seconds[known] += np.cumsum(over) * period
    return seconds
