"""Traditional forms that readers give for simplified handwriting, on papers in simplified print."""

from collections.abc import Iterable

from shared.contract.notation.chinese_forms import SIMPLIFIED_FORMS
from shared.contract.reading import PageLanguage, PageText, ReadAnswer

_OLD = frozenset(map(chr, SIMPLIFIED_FORMS))
_NEW = frozenset(SIMPLIFIED_FORMS.values())


def is_simplified(pages: Iterable[PageText], text: str) -> bool:
    """Whether a paper is printed in simplified characters.

    The reading stage says so of each page. Documents of earlier versions do not: there ``text``
    decides, in which a few misread characters do not count.
    """
    languages = {page.language for page in pages} - {None}
    if languages:
        return PageLanguage.SIMPLIFIED in languages
    old, new = sum(char in _OLD for char in text), sum(char in _NEW for char in text)
    return new > 0 and old < new


def in_simplified(answer: ReadAnswer) -> ReadAnswer:
    """``answer`` with simplified characters only."""
    text = answer.text.translate(SIMPLIFIED_FORMS)
    if text == answer.text:
        return answer
    evidence = tuple(
        item.model_copy(update={"text": item.text.translate(SIMPLIFIED_FORMS)})
        for item in answer.evidence
    )
    return answer.model_copy(update={"text": text, "evidence": evidence})
