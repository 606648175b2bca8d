"""The language of a paper, by its texts."""

import re
from collections.abc import Iterable

_CJK = re.compile(r"[\u4e00-\u9fff]")
#: Words, but neither commands of LaTeX nor letters of a formula.
_WORD = re.compile(r"(?<![\\A-Za-z])[A-Za-z]{3,}")


def language_of(texts: Iterable[str]) -> str:
    """``zh`` or ``en``, by what a paper has more of: Chinese characters or English words."""
    text = " ".join(texts)
    return "zh" if len(_CJK.findall(text)) >= len(_WORD.findall(text)) else "en"
