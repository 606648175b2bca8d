"""Mends files whose picture is whole although the file is not: PNG chunks, ends of JPEG."""

import struct
import zlib
from collections.abc import Iterator

PNG_MAGIC, JPEG_MAGIC = b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff"
#: Ancillary PNG chunks that change how a picture looks: transparency, orientation.
NEEDED_CHUNKS = frozenset({b"tRNS", b"eXIf"})
END_OF_JPEG = b"\xff\xd9"
#: Entropy-coded noise, without the byte that starts a marker.
NOISE = bytes(range(255))


def without_ancillary_chunks(png: bytes) -> bytes:
    """``png`` with only what draws its picture: metadata may be large or broken, as readers allow.

    See PNG (third edition), 5.4: decoders skip ancillary chunks that they cannot use.
    """
    return PNG_MAGIC + b"".join(_drawing_chunks(png))


def _drawing_chunks(png: bytes) -> Iterator[bytes]:
    start = len(PNG_MAGIC)
    while start + 8 <= len(png):
        length, name = struct.unpack_from(">I4s", png, start)
        chunk = png[start : start + length + 12]
        start += len(chunk)
        is_critical = not name[0] & 0x20
        # A broken critical chunk stays, so that the decoder refuses it.
        if is_critical or (name in NEEDED_CHUNKS and _is_intact(chunk)):
            yield chunk


def _is_intact(chunk: bytes) -> bool:
    return chunk[-4:] == struct.pack(">I", zlib.crc32(chunk[4:-4]))


def completed_jpeg(cut_off: bytes) -> tuple[bytes, bytes]:
    """``cut_off``, ended in two ways: what differs in their pictures was not in the file."""
    noise = NOISE * (len(cut_off) // len(NOISE) + 1)
    return cut_off + END_OF_JPEG, cut_off + noise + END_OF_JPEG
