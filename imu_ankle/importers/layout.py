"""Lines that are no table yet: stamps of a serial monitor, blanks between, sensors in rows of their own."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from imu_ankle.importers.columns import axes_alone, kind_of
from imu_ankle.importers.table import split_names

if TYPE_CHECKING:
    from collections.abc import Sequence

WORD = r"^\W*[^\W\d_]|[^\W\d_]{2}"  # of any script; not 1e-3
_ARRIVED = r"^(\d\d:\d\d:\d\d\.\d{3}) -> (.*)"


def with_stamps(lines: Sequence[str]) -> Sequence[str]:
    """Make a column of the time of day that a serial monitor puts before each line."""
    if not any(re.match(_ARRIVED, line) for line in lines[-3:]):
        return lines
    parts = [re.match(_ARRIVED, line) for line in lines]
    stamps, told = zip(*(part.groups() for part in parts if part), strict=True)
    texts = with_tabs(told)
    delimiter = next((mark for mark in "\t;," if mark in texts[-1]), "\t")
    # "date", so that a clock of the sensor's own comes first
    return [
        delimiter.join(("date" if re.search(WORD, text) else stamp, text))
        for stamp, text in zip(stamps, texts, strict=True)
    ]


def with_tabs(lines: Sequence[str]) -> Sequence[str]:
    """Put tabs where blanks separate the columns; only in rows as wide as the last one."""
    last = next((line for line in reversed(lines) if line.strip()), "")
    width = len(last.split())
    if width <= 3 or re.search(r"[\t;,]|[^-+.\deE\s]", last):
        return lines
    # numpy's savetxt puts a # before names
    cells = [line.removeprefix("#").split() for line in lines]
    return [
        "\t".join(row) if len(row) == width else line
        for row, line in zip(cells, lines, strict=True)
    ]


def side_by_side(table: Sequence[str], delimiter: str) -> Sequence[str]:
    """Put the axes of two sensors, whose rows one column tells apart, into columns of their own."""
    names = split_names(table[0], delimiter)
    axes = axes_alone(names)
    rows = [line.split(delimiter) for line in table[1:]] if len(axes) == 3 else []
    rows = [row for row in rows if len(row) >= len(names)]
    for at in sorted(set(range(len(names) if rows else 0)) - set(axes)):
        kinds = {word: kind_of(word) for word in {row[at] for row in rows}}
        if not {"acc", "gyr"} <= set(kinds.values()):
            continue
        rest = [i for i in range(len(names)) if i != at and i not in axes]
        header = [names[i] for i in rest] + [
            f"{half}_{x}" for half in ("acc", "gyr") for x in axes.values()
        ]
        wide = [delimiter.join(header)]
        for row in rows:
            if kind := kinds[row[at]]:
                cells = [row[i] for i in axes]
                halves = [*cells, "", "", ""] if kind == "acc" else ["", "", "", *cells]
                wide.append(delimiter.join([*(row[i] for i in rest), *halves]))
        return wide
    return table
