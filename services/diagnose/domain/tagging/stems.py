"""The stem of a question as far as it tells the question from others."""

import re
import unicodedata
import zlib

from services.diagnose.domain.tagging.question_features import (
    QuestionText,
)

_STEM_NOISE = re.compile(
    r"\\(?:text\w*|mathrm|rm|quad|left|right)|[\s$\\{}~.,;:!?，。；：！？（）()]+"
)


def normalised_stem(stem: str) -> str:
    """The stem without spaces, markup and punctuation: equal for copies of one question."""
    return _STEM_NOISE.sub("", unicodedata.normalize("NFKC", stem)).casefold()


def stem_hash(text: QuestionText) -> int:
    """A number that is equal for copies of one question."""
    return zlib.crc32(normalised_stem(text.stem).encode())
