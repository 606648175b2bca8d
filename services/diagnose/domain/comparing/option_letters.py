"""Option letters in a choice answer."""

import re

from services.diagnose.domain.comparing.written_form import folded, written_form
from shared.contract.questions import Option

_SEPARATORS = re.compile(r"[\s,;、.()\[\]/和与及&+]+|\band\b", flags=re.IGNORECASE)
_LEAD = re.compile(r"^(?:选择?|我选|choose|option)\s*[:：]?\s*", flags=re.IGNORECASE)
_LABELLED = re.compile(r"^\(?([A-Za-z])\s*[.)、:：]\s*\S")


def option_letters(text: str, options: tuple[Option, ...] = ()) -> frozenset[str] | None:
    """The set of option letters that ``text`` names, upper case; None when it names none clearly.

    ``B``, ``(b)``, ``选B``, ``A、C``, ``ACD``, ``B. 42`` and the text of one option are read.
    """
    written = _LEAD.sub("", written_form(text))
    bare = _SEPARATORS.sub("", written)
    if re.fullmatch(r"[A-Ja-j]{1,8}", bare) and len(set(bare.upper())) == len(bare):
        return frozenset(bare.upper())
    labelled = _LABELLED.match(written)
    if labelled and labelled[1].upper() in "ABCDEFGHIJ":
        return frozenset(labelled[1].upper())
    same = [o.label.upper() for o in options if folded(o.text) and folded(o.text) == folded(text)]
    return frozenset(same) if len(same) == 1 and re.fullmatch("[A-J]", same[0]) else None
