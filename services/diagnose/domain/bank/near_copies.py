"""Finds copies of an item: the same text in other print, or nearly the same with equal numbers."""

import hashlib
import re
import unicodedata
import zlib
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
from rapidfuzz import fuzz

from services.diagnose.domain.tagging.stems import normalised_stem

#: MinHash (Broder 1997): bands of so many rows each. Texts that share 0.8 of their shingles meet in
#: a band with probability 1 - (1 - 0.8^4)^12 = 0.998, those that share 0.3 with 0.09.
_BANDS, _ROWS = 12, 4
_SHINGLE = 4
_PRIME = (1 << 61) - 1
#: Texts at least this similar (0..100), with the same numbers in the same order, are one item.
_SIMILARITY = 92.0
_NUMBER = re.compile(r"\d+")


def _coefficients() -> tuple[npt.NDArray[np.uint64], npt.NDArray[np.uint64]]:
    # Fixed, because bands are kept in the database.
    chance = np.random.default_rng(20240601)
    size = _BANDS * _ROWS
    low = chance.integers(1, 1 << 31, size, dtype=np.uint64)
    return low, chance.integers(0, 1 << 31, size, dtype=np.uint64)


_FACTORS, _OFFSETS = _coefficients()


def bank_text(stem: str, options: Sequence[str]) -> str:
    """The text by which items are compared: stem and sorted options, without markup."""
    return normalised_stem(stem) + "|" + "|".join(sorted(normalised_stem(one) for one in options))


def fingerprint(subject: str, stem: str, options: Sequence[str]) -> str:
    """Equal for items that differ in spaces, punctuation, case and order of options only."""
    return hashlib.sha256(f"{subject}|{bank_text(stem, options)}".encode()).hexdigest()


def minhash_bands(stem: str, options: Sequence[str]) -> tuple[int, ...]:
    """Signed 64-bit numbers (12,); near copies share at least one."""
    text = bank_text(stem, options)
    shingles = {text[i : i + _SHINGLE] for i in range(max(len(text) - _SHINGLE + 1, 1))}
    hashes = np.fromiter((zlib.crc32(one.encode()) for one in shingles), np.uint64, len(shingles))
    # 31-bit factors times 32-bit hashes stay below 2^63.
    lowest = ((_FACTORS[:, None] * hashes[None, :] + _OFFSETS[:, None]) % np.uint64(_PRIME)).min(1)
    bands = []
    for number, rows in enumerate(lowest.reshape(_BANDS, _ROWS)):
        digest = hashlib.sha256(bytes([number]) + rows.tobytes()).digest()
        bands.append(int.from_bytes(digest[:8], "big", signed=True))
    return tuple(bands)


def is_near_copy(one: str, other: str) -> bool:
    """Whether two texts of ``bank_text`` are one item in two wordings.

    Items that differ in a number only are different items: that is how exercises are varied.
    """
    if _NUMBER.findall(_plain(one)) != _NUMBER.findall(_plain(other)):
        return False
    return fuzz.ratio(one, other) >= _SIMILARITY


def _plain(text: str) -> str:
    return unicodedata.normalize("NFKC", text)
