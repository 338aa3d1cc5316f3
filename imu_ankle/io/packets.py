r"""Notifications as they came, on request beside the CSV: the rawest record there is.

A file is ``IMUPKT1\n`` and records of: u32 length of what follows without the checksum, u64
nanoseconds of arrival on the host's monotonic clock, u8 length of the characteristic's UUID, UUID,
payload; then u32 CRC-32 of all that. Little-endian.
"""

from __future__ import annotations

import struct
import zlib
from typing import TYPE_CHECKING

from imu_ankle.core.errors import RecordingError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

MAGIC = b"IMUPKT1\n"
_LENGTH, _HEAD, _CHECK = struct.Struct("<I"), struct.Struct("<QB"), struct.Struct("<I")
_MOST_BYTES = 4096  # a notification has at most 512


def pack(received_s: float, uuid: str, payload: bytes) -> bytes:
    """Return the record of one notification."""
    name = uuid.encode()
    body = _HEAD.pack(round(received_s * 1e9), len(name)) + name + payload
    record = _LENGTH.pack(len(body)) + body
    return record + _CHECK.pack(zlib.crc32(record))


def read_packets(path: Path) -> Iterator[tuple[float, str, bytes]]:
    """Yield arrival in s, UUID and payload; a last record that was cut off is left out.

    Raises
    ------
    RecordingError
        If it is no such file, or a record is damaged.
    """
    content = path.read_bytes()
    if not content.startswith(MAGIC):
        raise RecordingError("bad_packets", f"{path.name} is no file of packets")
    at = len(MAGIC)
    while at + _LENGTH.size <= len(content):
        (length,) = _LENGTH.unpack_from(content, at)
        end = at + _LENGTH.size + length
        if length < _HEAD.size or length > _MOST_BYTES:
            raise RecordingError("bad_packets", f"{path.name} is damaged at byte {at}")
        if end + _CHECK.size > len(content):
            return
        if _CHECK.unpack_from(content, end)[0] != zlib.crc32(content[at:end]):
            raise RecordingError("bad_packets", f"{path.name} is damaged at byte {at}")
        received_ns, name = _HEAD.unpack_from(content, at + _LENGTH.size)
        body = content[at + _LENGTH.size + _HEAD.size : end]
        yield received_ns / 1e9, body[:name].decode("ascii", "replace"), body[name:]
        at = end + _CHECK.size
