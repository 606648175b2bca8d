"""The names of an archive's members, in whatever encoding its program wrote them."""

import struct
import zipfile
import zlib
from collections.abc import Sequence

#: General purpose bit 11: the name is UTF-8 (APPNOTE.TXT 6.3.10, appendix D).
_UTF8_FLAG = 0x800
#: The extra field in which programs for Windows give the name in UTF-8 (4.6.9).
_UNICODE_PATH = 0x7075
#: The Finder writes UTF-8 without the flag; old programs in China wrote GBK.
_ENCODINGS = ("utf-8", "gb18030")


def member_names(entries: Sequence[zipfile.ZipInfo]) -> list[str]:
    """The name of each entry. One program wrote all: what is not told is of one encoding."""
    told = [_told_name(entry) for entry in entries]
    # The library takes what is not flagged for cp437, which has a character for each byte.
    raw = [entry.orig_filename.encode("cp437", "replace") for entry in entries]
    untold = [data for name, data in zip(told, raw, strict=True) if name is None]
    encoding = next((name for name in _ENCODINGS if _is_decodable(untold, name)), "cp437")
    return [
        data.decode(encoding) if name is None else name
        for name, data in zip(told, raw, strict=True)
    ]


def _told_name(entry: zipfile.ZipInfo) -> str | None:
    """The name where the archive tells its encoding."""
    if entry.flag_bits & _UTF8_FLAG:
        return entry.filename
    extra = entry.extra
    while len(extra) >= 4:
        kind, size = struct.unpack_from("<HH", extra)
        field, extra = extra[4 : 4 + size], extra[4 + size :]
        if kind == _UNICODE_PATH and len(field) > 5 and field[0] == 1:
            # It counts only as long as nobody has changed the name beside it.
            checksum = zlib.crc32(entry.orig_filename.encode("cp437", "replace"))
            if struct.unpack_from("<I", field, 1)[0] == checksum:
                return field[5:].decode("utf-8", "replace")
    return None


def _is_decodable(names: Sequence[bytes], encoding: str) -> bool:
    try:
        for name in names:
            name.decode(encoding)
    except UnicodeDecodeError:
        return False
    return True
