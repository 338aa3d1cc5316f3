"""What a batch has done so far, a line per recording, so that it can go on and needn't do it again."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from imu_ankle.core.errors import RecordingError
from imu_ankle.io.fields import ANYTHING, Extra, Field, listing, mapping, record, text
from imu_ankle.io.text import parse_json, whole_file

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from imu_ankle.batch.work import Row


class Journal:
    """Rows by content, appended as they come; a line that was cut off by a kill is passed over.

    Attributes
    ----------
    path : a text file; deleting it makes the next run do everything anew.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._lines: dict[str, bytes] = {}
        self._file: Any = None
        for line in self._read():
            key = _key_of(line)
            if key:
                self._lines[key] = line

    def _read(self) -> list[bytes]:
        try:
            return self.path.read_bytes().splitlines()
        except FileNotFoundError:
            return []
        except OSError as error:
            raise RecordingError(
                "not_readable", f"{self.path} can't be read: {error.strerror}"
            ) from error

    def __contains__(self, key: str) -> bool:
        return key in self._lines

    def rows(self, key: str) -> list[Row]:
        """Return the rows of a recording."""
        return list(json.loads(self._lines[key])["rows"])

    def add(self, entries: Iterable[tuple[str, list[Row]]]) -> None:
        """Append the rows of recordings; they survive this process."""
        if self._file is None:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            self._file = self.path.open("ab")
            self._file.write(b"\n")  # ends a line that was cut off
        for key, rows in entries:
            text = json.dumps({"key": key, "rows": rows}, ensure_ascii=False, allow_nan=False)
            self._lines[key] = text.encode()
            self._file.write(self._lines[key] + b"\n")
        self._file.flush()

    def forget(self, key: str) -> None:
        """Leave an entry out; it is asked for again."""
        self._lines.pop(key, None)

    def close(self, keep: Iterable[str] | None = None) -> None:
        """End writing; with `keep`, leave no other entry in the file."""
        if self._file is not None:
            self._file.close()
            self._file = None
        if keep is not None:
            with whole_file(self.path, private=True) as file:
                for key in dict.fromkeys(keep):
                    if key in self._lines:
                        file.write(self._lines[key] + b"\n")


_LINE: Field[dict[str, Any]] = record(
    dict,
    {"key": text(), "rows": listing(mapping(ANYTHING))},
    needed=("key", "rows"),
    extra=Extra.IGNORED,
)


def _key_of(line: bytes) -> str | None:
    """Return the key of a line that is whole; None for one that was cut off or holds no row."""
    try:
        said = _LINE.read(parse_json(line.decode("utf-8")))
    except ValueError:  # of JSON, of its encoding, or of its fields
        return None
    return str(said["key"]) if said["rows"] else None
