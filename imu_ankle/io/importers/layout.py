"""Lines that are no table yet: names in each row or in none, blanks between, sensors in rows of their own."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

from imu_ankle.io.importers.columns import axes_alone, kind_of
from imu_ankle.io.importers.table import Source, split_names

if TYPE_CHECKING:
    from collections.abc import Sequence

WORD = r"^\W*[^\W\d_]|[^\W\d_]{2}"  # of any script; not 1e-3
HEADER_WITHIN = 60  # lines
_MOST_COLUMNS = 2000  # more are no header
_MOST_KEYS = 100  # of JSON objects: more are no table
_ARRIVED = r"^(\d\d:\d\d:\d\d\.\d{3}) -> (.*)"


def are_names(cells: Sequence[str]) -> bool:
    """Whether a line of so many words can be a header."""
    return 3 < len(cells) <= _MOST_COLUMNS and sum(bool(re.search(WORD, c)) for c in cells) > 3


def as_table(lines: Sequence[str]) -> Sequence[str]:
    """Return lines of which one names the columns, and those below it hold a cell for each."""
    rows = _from_objects(lines) or _with_stamps(lines) or _with_tabs(_with_names(lines))
    return _with_numbers(rows)


def tabled(source: Source) -> Source:
    """Return a file of JSON objects as a table; any other as it is."""
    table = _from_objects(source.lines)
    return Source(source.name, "\n".join(table)) if table else source


def _from_objects(lines: Sequence[str]) -> Sequence[str]:
    """Make columns of JSON objects, in a list or one in each line; nothing, if they are none."""
    start = lines[0].lstrip()[:1] if lines else ""
    if start not in {"[", "{"}:
        return ()
    found = _parsed("\n".join(lines)) if start == "[" else [_parsed(line) for line in lines]
    try:
        rows = [_flat("", each) for each in found]
    except RecursionError:
        return ()
    names = list(dict.fromkeys(name for row in rows for name in row))
    if not 0 < len(names) <= _MOST_KEYS:
        return ()
    return ["\t".join(names), *("\t".join(row.get(name, "") for name in names) for row in rows)]


def _parsed(text: str) -> Any:  # noqa: ANN401
    """Return what a JSON text holds; an empty object where it is cut off, or none."""
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return {}


def _flat(name: str, value: object) -> dict[str, str]:
    """Return the plain values in a JSON value, each by the names and axes that lead to it."""
    if isinstance(value, list) and len(value) == 3:
        value = dict(zip("xyz", value, strict=True))
    if isinstance(value, dict):
        parts = [_flat(f"{name}_{key}" if name else key, each) for key, each in value.items()]
        return {key: each for part in parts for key, each in part.items()}
    return {name: re.sub(r"\s", " ", str(value))}


def _with_names(lines: Sequence[str]) -> Sequence[str]:
    """Put above the rows the names that each of them holds, as serial plotters want it: ax:0.1,ay:0.9."""
    pairs = _pairs(lines[-1]) if lines else []
    if len(pairs) <= 3 or not all(
        len(pair) == 2 and re.search(WORD, pair[0]) and re.match(r"[-+]?\.?\d", pair[1])
        for pair in pairs
    ):
        return lines
    names = [name for name, _ in pairs]
    table = ["\t".join(names)]
    for line in lines:
        row = _pairs(line)
        named = [pair[0] for pair in row] == names
        table.append("\t".join(pair[-1] for pair in row) if named else line)
    return table


def _pairs(line: str) -> list[list[str]]:
    joined = re.sub(r" ?[:=] ?", ":", line)
    delimiter = next((mark for mark in "\t;,|" if mark in joined), None)
    return [cell.strip().split(":") for cell in joined.split(delimiter)]


def _with_stamps(lines: Sequence[str]) -> Sequence[str]:
    """Make a column of the time of day that a serial monitor puts before each line; nothing, if none."""
    if not any(re.match(_ARRIVED, line) for line in lines[-3:]):
        return ()
    parts = [re.match(_ARRIVED, line) for line in lines]
    stamps, told = zip(*(part.groups() for part in parts if part), strict=True)
    texts = _with_tabs(_with_names(told))
    stamps = (*stamps[: len(texts) - len(told)], *stamps)  # names in each row make a line more
    delimiter = next((mark for mark in "\t;," if mark in texts[-1]), "\t")
    # "date", so that a clock of the sensor's own comes first
    return [
        delimiter.join(("date" if re.search(WORD, text) else stamp, text))
        for stamp, text in zip(stamps, texts, strict=True)
    ]


def _with_tabs(lines: Sequence[str]) -> Sequence[str]:
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


def _with_numbers(lines: Sequence[str]) -> Sequence[str]:
    """Call the columns by number where no line names them."""
    last = lines[-1] if lines else ""
    delimiter = next((mark for mark in "\t;," if mark in last), "\t")
    cells = split_names(last, delimiter)
    if (
        sum(bool(re.match(r"[-+]?\.?\d", cell)) for cell in cells) <= 3
        or len(cells) > _MOST_COLUMNS
        or any(are_names(split_names(line, delimiter)) for line in lines[:HEADER_WITHIN])
    ):
        return lines
    return [delimiter.join(f"column {i + 1}" for i in range(len(cells))), *lines]


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
