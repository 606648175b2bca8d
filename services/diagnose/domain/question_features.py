"""Character n-grams of a question, hashed to a fixed number of weighted features."""

import re
import unicodedata
import zlib
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

#: Number of hash buckets.
BUCKETS = 1 << 17
_LONGEST = 2000
_MARKUP = re.compile(r"\\(?:text\w*|mathrm|rm|left|right)|[$~{}]")
_COMMAND = re.compile(r"\\([A-Za-z]+)")
_CJK = re.compile(r"[\u4e00-\u9fff]")
#: Words, but neither commands of LaTeX nor letters of a formula.
_WORD = re.compile(r"(?<![\\A-Za-z])[A-Za-z]{3,}")


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


def language_of(texts: Iterable[str]) -> str:
    """``zh`` or ``en``, by what a paper has more of: Chinese characters or English words."""
    text = " ".join(texts)
    return "zh" if len(_CJK.findall(text)) >= len(_WORD.findall(text)) else "en"


@dataclass(frozen=True, slots=True)
class Features:
    """Sparse counts of one question: bucket numbers and values of equal length."""

    buckets: npt.NDArray[np.int64]
    values: npt.NDArray[np.float32]


def block_features(text: QuestionText) -> tuple[tuple[float, Features], ...]:
    """Blocks with their weights; each is normalised by itself once document weights are known."""
    low, high, wide = (1, 3, 4) if text.language == "zh" else (2, 5, 5)
    stem, title = _clean(text.stem), re.sub(r"\d+", "0", _clean(text.title))
    everything = f"{stem} | {' ; '.join(_clean(option) for option in text.options)}"
    return (
        (1.0, _hashed(everything, low, wide, "a")),
        (1.0, _hashed(stem, low, high, "s")),
        (0.9, _hashed(title, 1, 4, "t")),
        (1.0, _hashed(_clean(text.worked_answer), low, high, "w")),
    )


def _clean(text: str) -> str:
    text = _MARKUP.sub(" ", unicodedata.normalize("NFKC", text[:_LONGEST]))
    return re.sub(r"\s+", " ", _COMMAND.sub(r" \1 ", text)).strip().casefold()


def _hashed(text: str, low: int, high: int, prefix: str) -> Features:
    grams = Counter(
        zlib.crc32((prefix + text[start : start + size]).encode()) % BUCKETS
        for size in range(low, high + 1)
        for start in range(len(text) - size + 1)
    )
    counts = np.fromiter(grams.values(), np.float32, len(grams))
    return Features(np.fromiter(grams.keys(), np.int64, len(grams)), 1 + np.log(counts))
