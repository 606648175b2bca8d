"""The Chinese words of the wordfreq wheel, with how often each is used, and simplified forms.

Only its data are read: importing it would load what it knows of forty other languages.
"""

import gzip
import importlib.util
import math
from functools import cache
from pathlib import Path

import msgpack

#: Rarer words than three in a hundred million are mostly names.
MAX_CENTIBELS = 750
MIN_WORD, MAX_WORD = 2, 5


@cache
def simplified_forms() -> dict[int, str]:
    """Traditional characters, by code point, and their simplified forms."""
    forms: dict[int, str] = _unpacker("_chinese_mapping.msgpack.gz").unpack()
    return {code: form for code, form in forms.items() if len(form) == 1 and ord(form) != code}


def chinese_words() -> dict[str, float]:
    """Words of simplified characters and the natural logarithm of their frequency.

    The file is a list: what it is, then lists of words, each 1 % of a factor of ten rarer than the
    one before it (wordfreq's "cBpack"). They are taken one by one, because all together they would
    enlarge the heap for good.
    """
    bins = _unpacker("large_zh.msgpack.gz")
    bins.read_array_header()
    bins.skip()
    return {
        word: -centibels / 100 * math.log(10)
        for centibels in range(MAX_CENTIBELS + 1)
        for word in bins.unpack()
        if MIN_WORD <= len(word) <= MAX_WORD and all("\u4e00" <= char <= "\u9fff" for char in word)
    }


def _unpacker(file: str) -> msgpack.Unpacker:
    spec = importlib.util.find_spec("wordfreq")
    if spec is None or spec.origin is None:
        raise FileNotFoundError("the wordfreq wheel, which holds Chinese words, is not installed")
    packed = (Path(spec.origin).parent / "data" / file).read_bytes()
    unpacker = msgpack.Unpacker(strict_map_key=False, max_buffer_size=0)
    unpacker.feed(gzip.decompress(packed))
    return unpacker
