"""What a video file's bytes tell without a decoder: that it is one, and whether its end is missing.

Both go by the container's own structure. How many frames a film has, and how long it lasts, are
estimates in most containers, and prove nothing.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import BinaryIO

HEAD = 1024
"""Bytes from the start of a file that `is_video` needs: five packets of a transport stream."""

# Offset and bytes. MP4 and MOV begin with any of their boxes; the second group are RIFF (AVI),
# EBML (Matroska, WebM), Ogg, FLV and ASF (WMV), the third MPEG program and elementary streams.
_SIGNATURES = (
    *((4, name) for name in (b"ftyp", b"moov", b"mdat", b"free", b"wide", b"skip", b"pnot")),
    *((4, name) for name in (b"styp", b"moof", b"sidx")),
    *((0, b"RIFF"), (0, b"\x1aE\xdf\xa3"), (0, b"OggS"), (0, b"FLV"), (0, b"0&\xb2u")),
    *((0, b"\x00\x00\x01" + code) for code in (b"\xba", b"\xb3", b"\xb0")),
)
# A packet of a transport stream begins with this byte. It has 188 bytes; in M2TS four bytes of time
# stand before it, in broadcasts 16 bytes of error correction may follow.
_SYNC = 0x47
_PACKETS = (188, 192, 204)
_JPEG = b"\xff\xd8\xff"
# Boxes of ISO/IEC 14496-12 that hold frames or their index.
_VITAL = (b"moov", b"mdat", b"moof")
_UNKNOWN = 0xFFFFFFFF
_SEGMENT = b"\x18\x53\x80\x67"
_ASF = b"\x30\x26\xb2\x75"
_ASF_FILE = bytes.fromhex("a1dcab8c47a9cf118ee400c00c205365")


def is_video(start: bytes, suffix: str) -> bool:
    """Whether a file is a video, by its first HEAD bytes.

    suffix: of its name, in small letters: bare JPEG images one after another are a video only in
    .mjpeg and .mjpg.
    """
    if any(start[at:].startswith(mark) for at, mark in _SIGNATURES):
        return True
    if suffix in (".mjpeg", ".mjpg"):
        return start.startswith(_JPEG)
    return any(_has_packets(start, size) for size in _PACKETS)


def _has_packets(start: bytes, size: int) -> bool:
    """Whether a transport stream of packets of this size begins somewhere in the first of them."""
    begins = (start[at::size] for at in range(min(size, len(start))))
    return any(len(found) > 2 and set(found) == {_SYNC} for found in begins)


def has_index(file: BinaryIO) -> bool:
    """False where an MP4 or MOV file has no index ("moov"), which is often written last."""
    if _read(file, 0, 8)[4:] != b"ftyp":
        return True
    return any(kind == b"moov" for kind, _ in _boxes(file))


def counts_frames(file: BinaryIO) -> bool:
    """Whether the header of such a container counts the frames; others tell at most a duration."""
    start = _read(file, 0, 8)
    return start[:4] == b"RIFF" or (4, start[4:]) in _SIGNATURES


def missing_bytes(file: BinaryIO) -> int:
    """How many bytes the container says that the file has beyond its end; 0 where it does not say.

    file: seekable. Streams (MPEG, Ogg, FLV, MJPEG) and files of a recorder that was cut off say
    nothing.
    """
    start = _read(file, 0, 8)
    if start[:4] == b"RIFF":
        ends = _riff_ends(file)
    elif start[:4] == b"\x1aE\xdf\xa3":
        ends = _segment_ends(file)
    elif start[:4] == _ASF:
        ends = _asf_ends(file)
    elif (4, start[4:]) in _SIGNATURES:
        ends = (end for kind, end in _boxes(file) if kind in _VITAL)
    else:
        return 0
    length = file.seek(0, os.SEEK_END)
    return max(0, max(ends, default=0) - length)


def _read(file: BinaryIO, at: int, count: int) -> bytes:
    file.seek(at)
    return file.read(count)


def _boxes(file: BinaryIO) -> Iterator[tuple[bytes, int]]:
    """Type and end of each top-level box of an MP4 or MOV file (ISO/IEC 14496-12, 4.2)."""
    at = 0
    while len(head := _read(file, at, 16)) >= 8:
        size = int.from_bytes(head[:4], "big")
        if size == 1:  # a size of more than four bytes is in the next eight
            size = int.from_bytes(head[8:], "big")
        whole = size >= 8  # else it goes to the end of the file, wherever that is
        yield head[4:8], at + size if whole else 0
        if not whole:
            return
        at += size


def _riff_ends(file: BinaryIO) -> Iterator[int]:
    """The end of each RIFF chunk; long AVI files have several."""
    at = 0
    while (head := _read(file, at, 8))[:4] == b"RIFF" and len(head) == 8:
        size = int.from_bytes(head[4:], "little")
        if size in (0, _UNKNOWN):
            return
        at += 8 + size
        yield at
        at += size % 2


def _segment_ends(file: BinaryIO) -> Iterator[int]:
    """The end of a Matroska file's segment (RFC 8794, 4 and 6; RFC 9559)."""
    at, size = _sized(_read(file, 4, 8))
    at = 4 + at + (size or 0)
    head = _read(file, at, 12)
    width, size = _sized(head[4:])
    if head[:4] == _SEGMENT and size is not None:
        yield at + 4 + width + size


def _sized(head: bytes) -> tuple[int, int | None]:
    """How many bytes an EBML size takes, and the size; None where it is unknown."""
    if not head or not head[0]:
        return 0, None
    width = 9 - head[0].bit_length()
    value = int.from_bytes(head[:width], "big") & ((1 << 7 * width) - 1)
    return width, None if value == (1 << 7 * width) - 1 else value


def _asf_ends(file: BinaryIO) -> Iterator[int]:
    """The size in the file properties of an ASF (WMV) file, unless it was a broadcast."""
    head = _read(file, 0, 1 << 16)
    at = head.find(_ASF_FILE)
    properties = head[at : at + 104] if at >= 0 else b""
    if len(properties) == 104 and not properties[88] & 1:
        yield int.from_bytes(properties[40:48], "little")
