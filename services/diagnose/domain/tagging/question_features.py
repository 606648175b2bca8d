"""N-grams of a question's characters and words, hashed to a fixed number of features."""

import re
import unicodedata
import zlib
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Codes = npt.NDArray[np.uint32]

#: Counted up when the same text gets other features: coefficients hold for one layout only.
LAYOUT = 2
_BUCKET_BITS = 19
#: Number of hash buckets.
BUCKETS = 1 << _BUCKET_BITS
_SHIFT = np.uint64(64 - _BUCKET_BITS)
#: Odd, with bits all over (Steele, Lea and Flood 2014): products spread over the high bits.
_MULTIPLIER = np.uint64(0x9E3779B97F4A7C15)
_LONGEST = 2000
_MARKUP = re.compile(r"\\(?:text\w*|mathrm|rm|left|right)|[$~{}]")
_COMMAND = re.compile(r"\\([A-Za-z]+)")
_NUMBER = re.compile(r"\d+(?:\.\d+)?")
_TOKEN = re.compile(r"[a-z]+|\d+|[^\sa-z\d]")


@dataclass(frozen=True, slots=True)
class QuestionText:
    """What may be known of a question; ``title`` is of its paper or source, "" where unknown.

    ``language`` is the paper's, because a question may be nothing but a formula.
    """

    stem: str
    language: str
    options: tuple[str, ...] = ()
    title: str = ""
    worked_answer: str = ""


@dataclass(frozen=True, slots=True)
class Features:
    """Sparse counts of one question: bucket numbers and values of equal length."""

    buckets: npt.NDArray[np.int64]
    values: npt.NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Block:
    """One view of a question; it is normalised by itself once document weights are known."""

    weight: float
    features: Features
    #: Whether an exam paper shows it: not the source and the worked answer.
    is_on_paper: bool = True


def block_features(text: QuestionText) -> tuple[Block, ...]:
    """Character n-grams of stem, options, source and worked answer; in English of words as well.

    For the words every number is one token: 12 apples and 30 apples are the same problem. In
    Chinese, where a character is a word, they were measured to add nothing.
    """
    low, high, wide = (1, 3, 4) if text.language == "zh" else (2, 5, 5)
    stem, title = _clean(text.stem), _NUMBER.sub("0", _clean(text.title))
    worked, options = _clean(text.worked_answer), "; ".join(_clean(one) for one in text.options)
    blocks = [
        Block(1.0, _counted(_characters(f"{stem} | {options}"), low, wide, 1)),
        Block(1.0, _counted(_characters(stem), low, high, 2)),
        Block(0.9, _counted(_characters(title), 1, 4, 3), is_on_paper=False),
        Block(1.0, _counted(_characters(worked), low, high, 4), is_on_paper=False),
    ]
    if text.language != "zh":
        blocks += [
            Block(1.0, _counted(_words(stem), 1, 4, 5)),
            Block(0.7, _counted(_words(options), 1, 3, 6)),
            Block(1.0, _counted(_words(worked), 1, 4, 7), is_on_paper=False),
        ]
    return tuple(block for block in blocks if len(block.features.buckets))


def _clean(text: str) -> str:
    text = _MARKUP.sub(" ", unicodedata.normalize("NFKC", text[:_LONGEST]))
    return re.sub(r"\s+", " ", _COMMAND.sub(r" \1 ", text)).strip().casefold()


def _characters(text: str) -> Codes:
    # A stray half of a surrogate pair in somebody's export is a character like any other.
    return np.frombuffer(text.encode("utf-32-le", "surrogatepass"), dtype=np.uint32)


def _words(text: str) -> Codes:
    words = _TOKEN.findall(_NUMBER.sub("0", text))
    return np.array(
        [zlib.crc32(word.encode("utf-8", "surrogatepass")) for word in words], np.uint32
    )


def _counted(codes: Codes, low: int, high: int, block: int) -> Features:
    """Hashed n-grams of ``codes`` with 1 + log of their counts; a block's n-grams are its own."""
    hashes, found = np.full(len(codes) + 1, block, dtype=np.uint64), []
    for size in range(1, high + 1):
        if size > len(codes):
            break
        # Grown by one code at a time: the n-gram that begins at each place.
        grown = (hashes[: len(codes) - size + 1] + codes[size - 1 :]) * _MULTIPLIER
        hashes = grown ^ (grown >> np.uint64(29))
        if size >= low:
            found.append(hashes >> _SHIFT)
    if not found:
        return Features(np.zeros(0, np.int64), np.zeros(0, np.float32))
    buckets, counts = np.unique(np.concatenate(found), return_counts=True)
    return Features(buckets.astype(np.int64), (1 + np.log(counts)).astype(np.float32))
