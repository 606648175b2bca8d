"""The Chinese words of the wordfreq wheel, with how often each is used, and simplified forms.

Only its data are read: importing it would load what it knows of forty other languages.
"""

import gzip
import importlib.util
import math
from functools import cache
from pathlib import Path
from typing import Any

import msgpack

#: Rarer words than three in a hundred million are mostly names.
MAX_CENTIBELS = 750
MIN_WORD, MAX_WORD = 2, 5


@cache
def simplified_forms() -> dict[int, str]:
    """Traditional characters, by code point, and their simplified forms."""
    forms: dict[int, str] = _unpacked("_chinese_mapping.msgpack.gz")
    return {code: form for code, form in forms.items() if len(form) == 1 and ord(form) != code}


def chinese_words() -> dict[str, float]:
    """Words of simplified characters and the natural logarithm of their frequency.

    The file is a list of lists of words, each list 1 % of a factor of ten rarer than the one before
    it (wordfreq's "cBpack").
    """
    bins: list[list[str]] = _unpacked("large_zh.msgpack.gz")[1:]
    return {
        word: -centibels / 100 * math.log(10)
        for centibels, words in enumerate(bins[: MAX_CENTIBELS + 1])
        for word in words
        if MIN_WORD <= len(word) <= MAX_WORD and all("\u4e00" <= char <= "\u9fff" for char in word)
    }


def _unpacked(file: str) -> Any:
    spec = importlib.util.find_spec("wordfreq")
    if spec is None or spec.origin is None:
        raise FileNotFoundError("the wordfreq wheel, which holds Chinese words, is not installed")
    packed = (Path(spec.origin).parent / "data" / file).read_bytes()
    return msgpack.unpackb(gzip.decompress(packed), strict_map_key=False)
