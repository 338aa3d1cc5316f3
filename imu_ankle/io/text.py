"""Text in and out of files: read with clear errors, written whole or not at all."""

from __future__ import annotations

import contextlib
import itertools
import json
import math
import os
import shutil
import stat
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

from imu_ankle.core.errors import RecordingError, UsageError

if TYPE_CHECKING:
    from collections.abc import Iterator

_MAX_BYTES = 2_000_000_000  # a day at 416 Hz has 3e9; a session has 1e7
# no file can have these names on Windows, whatever their endings
DEVICES = frozenset(
    {"CON", "PRN", "AUX", "NUL"} | {f"{port}{k}" for port in ("COM", "LPT") for k in range(1, 10)}
)
_MOST_PIECES = 200  # of a MB, of what isn't a file
_MOST_JSON = 16_000_000  # bytes; the scores of an hour have 1e6
_DEEPEST = 50  # files of ours nest 5 deep; some hundreds can be read, but not written again


def read_text(path: Path, *encodings: str) -> str:
    """Return the text of the file at `path` in the first encoding that fits.

    Raises
    ------
    RecordingError
        ``not_found``, ``not_readable``, ``empty_file`` or ``not_text``.
    """
    content = read_bytes(path)
    for encoding in encodings:
        with contextlib.suppress(UnicodeDecodeError):
            return content.decode(encoding)
    raise RecordingError("not_text", f"{path.name} is not {encodings[0]} text; is it a CSV?")


def read_bytes(path: Path) -> bytes:
    """Return what the file at `path` holds.

    Raises
    ------
    RecordingError
        ``not_found``, ``not_readable`` or ``empty_file``.
    """
    try:
        content = _bounded(path, _MAX_BYTES)
    except FileNotFoundError:
        raise RecordingError("not_found", f"there is no file {path}") from None
    except (OSError, ValueError) as error:  # a name with a NUL is a ValueError
        why = getattr(error, "strerror", None) or error
        raise RecordingError("not_readable", f"{str(path)[:300]!r} can't be read: {why}") from error
    if not content.strip():
        raise RecordingError("empty_file", f"{path.name} is empty")
    return content


def read_json(path: Path, most_bytes: int = _MOST_JSON) -> Any:  # noqa: ANN401
    """Return what the JSON file at `path` holds.

    Raises
    ------
    OSError
        If it can't be read.
    ValueError
        If it is too large, or as `parse_json`.
    """
    return parse_json(_bounded(path, most_bytes).decode("utf-8-sig"))


def _bounded(path: Path, most_bytes: int) -> bytes:
    """Return what is in a file, or comes out of a pipe; what may never end is cut short."""
    with path.open("rb") as file:
        status = os.fstat(file.fileno())
        if status.st_size > most_bytes:
            raise ValueError(f"it has more than {most_bytes // 1_000_000} MB")
        if stat.S_ISREG(status.st_mode):
            return file.read()
        pieces = iter(lambda: file.read(1_000_000), b"")
        return b"".join(itertools.islice(pieces, _MOST_PIECES))


def parse_json(text: str) -> Any:  # noqa: ANN401
    """Return what a JSON text holds; whatever it is can be written again.

    Raises
    ------
    ValueError
        If it is no JSON, holds a number beyond all or half a character, or nests too deep.
    """
    try:
        content = json.loads(text, parse_constant=_finite, parse_float=_finite)
    except RecursionError:
        raise ValueError("it nests too deep") from None
    if "\\u" in text:
        json.dumps(content, ensure_ascii=False).encode()  # half a character can't be
    level = [content] if isinstance(content, dict | list) else []
    for _ in range(_DEEPEST):
        inside = (each.values() if isinstance(each, dict) else each for each in level)
        level = [new for each in inside for new in each if isinstance(new, dict | list)]
    if level:
        raise ValueError("it nests too deep")
    return content


def _finite(word: str) -> float:
    number = float(word)
    if not math.isfinite(number):
        raise ValueError(f"{word} is no number that JSON can hold")
    return number


def write_whole(path: Path, content: str | bytes, *, private: bool = False) -> None:
    """Write `content` to `path` so that the file appears complete or not at all.

    A `private` file can be read by its owner alone.
    """
    with whole_file(path, private=private) as file:
        file.write(content.encode("utf-8") if isinstance(content, str) else content)


@contextlib.contextmanager
def whole_file(path: Path, *, private: bool = False) -> Iterator[BinaryIO]:
    """Open a file that takes the place of `path` when it is complete, or leaves nothing."""
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    except OSError as error:
        raise OSError(error.errno, error.strerror, str(path)) from error
    try:
        with os.fdopen(handle, "wb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        Path(name).chmod(0o600 if private else 0o644)
        Path(name).replace(path)
    except BaseException as error:
        with contextlib.suppress(OSError):
            Path(name).unlink()
        if isinstance(error, OSError) and error.filename in {None, name}:
            raise OSError(error.errno, error.strerror, str(path)) from error
        raise


@contextlib.contextmanager
def whole_folder(path: Path) -> Iterator[Path]:
    """Give a folder to write into that becomes `path` when it is complete, or leaves nothing.

    It can be read by its owner alone. `path` may be there if it's empty.

    Raises
    ------
    UsageError
        ``not_empty`` if `path` is there and holds something, or is a file.
    """
    if path.exists() and (not path.is_dir() or any(path.iterdir())):
        raise UsageError("not_empty", f"{path} is there already; name a new or an empty folder")
    path.parent.mkdir(parents=True, exist_ok=True)
    made = Path(tempfile.mkdtemp(dir=path.parent, prefix=f".{path.name}."))
    try:
        yield made
        if path.exists():
            path.rmdir()
        made.replace(path)
    except BaseException:
        shutil.rmtree(made, ignore_errors=True)
        raise
