"""What an import reads: one file or several, a folder, a zip; each text bounded in size."""

from __future__ import annotations

import codecs
import io
import re
import zipfile
from typing import TYPE_CHECKING

from imu_ankle.core.errors import ImportFormatError, RecordingError
from imu_ankle.io.importers.table import Source
from imu_ankle.io.text import read_bytes

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

SUFFIXES = (".csv", ".txt", ".tsv", ".dat", ".json")
_MOST_FILES = 500
_MOST_BYTES = 500_000_000  # of one text in a zip; an hour at 416 Hz has 2e8
_BOMS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_BINARY = (
    (0, b"SQLite format 3", "a database"),
    (0, b"\x1f\x8b", "packed (gunzip unpacks it)"),
    (8, b".FIT", "a FIT file, as watches keep them"),
    (0, b"MD", "a CWA recording of an Axivity sensor"),
    (0, b"PAR1", "a Parquet table"),
    (0, b"\x89HDF", "an HDF5 file"),
    (0, b"MATLAB", "a MATLAB file"),
)


def sources_of(paths: Sequence[Path]) -> list[Source]:
    """Return the texts of files, and of what folders and zips hold directly.

    Raises
    ------
    RecordingError
        ``not_found``, ``not_readable``, ``empty_file``, ``too_large``.
    ImportFormatError
        ``unknown_format`` for what is no text: a workbook, a database.
    """
    found: list[Source] = []
    for path in paths:
        if path.is_dir():
            found += [Source(file.name, _text(file)) for file in files_in(path)]
        else:
            content = read_bytes(path)
            if zipfile.is_zipfile(io.BytesIO(content)) and content[:2] == b"PK":
                found += _unzipped(path.name, content)
            else:
                found.append(Source(path.name, decode(path.name, content)))
    if not found:
        names = ", ".join(path.name for path in paths)
        raise RecordingError(
            "empty_file", f"{names} holds no text to import ({', '.join(SUFFIXES)})"
        )
    return found


def files_in(folder: Path) -> Iterator[Path]:
    """Yield the text files that lie in `folder`, in order."""
    files = sorted(
        file
        for file in folder.iterdir()
        if file.is_file() and file.suffix.lower() in SUFFIXES and file.name[:1] != "."
    )
    if len(files) > _MOST_FILES:
        raise RecordingError(
            "too_large",
            f"{folder} holds {len(files)} files; an export has a few. Name the files of one recording",
        )
    yield from (file for file in files if file.stat().st_size)


def _text(path: Path) -> str:
    return decode(path.name, read_bytes(path))


def decode(name: str, content: bytes) -> str:
    """Return text of bytes: UTF-8, UTF-16 with a mark, or what Windows writes in the west or in China.

    Raises
    ------
    ImportFormatError
        ``unknown_format`` if it holds what no text has.
    """
    for mark, encoding in _BOMS:
        if content.startswith(mark):
            return content.decode(encoding, "replace")
    if b"\0" in content[:100_000]:
        known = (what for at, mark, what in _BINARY if content.startswith(mark, at))
        raise ImportFormatError(
            "unknown_format",
            f"{name} is {next(known, 'not text')}; export it as CSV from the program that it comes from",
        )
    # Chinese letters take two such bytes each, western ones stand alone between others
    pairs = all(len(run) % 2 == 0 for run in re.findall(rb"[\x80-\xff]+", content[:20_000]))
    for encoding in ("utf-8", "gb18030" if pairs else "cp1252"):
        try:
            return content.decode(encoding)
        except UnicodeDecodeError:
            continue
    return content.decode("latin-1")


def _unzipped(name: str, content: bytes) -> list[Source]:
    """Return the texts in a zip, read in memory: no name in it becomes a path."""
    found = []
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as packed:
            members = packed.infolist()
            if any(member.filename == "[Content_Types].xml" for member in members):
                raise ImportFormatError(
                    "unknown_format", f"{name} is a workbook; save or export it as CSV"
                )
            texts = [each for each in members if each.filename.lower().endswith(SUFFIXES)]
            if len(texts) > _MOST_FILES:
                raise RecordingError("too_large", f"{name} holds {len(texts)} files")
            for member in texts:
                with packed.open(member) as file:
                    inside = file.read(_MOST_BYTES + 1)
                if len(inside) > _MOST_BYTES:
                    raise RecordingError(
                        "too_large", f"{name}: {member.filename} has more than 500 MB unpacked"
                    )
                if inside.strip():
                    found.append(Source(member.filename, decode(member.filename, inside)))
    except RecordingError:
        raise
    except Exception as error:  # zipfile raises whatever a broken zip makes it stumble over
        raise RecordingError("not_readable", f"{name}: the zip can't be read ({error})") from error
    return found
