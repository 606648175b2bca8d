"""Tasks that ask for a form. An equal expression in another form may be a copy of the question."""

import re

from services.diagnose.domain.comparing.written_form import written_form

_FACTOR = re.compile(r"因式分解|分解因式|\bfactori[sz]e\b|\bfactor\b", flags=re.IGNORECASE)
_EXPAND = re.compile(r"展开|去括号|\bexpand\b", flags=re.IGNORECASE)


def has_asked_form(stem: str, student: str, key: str) -> bool:
    """Whether a task to factorise or expand was answered in the form that the key has."""
    if not (_FACTOR.search(stem) or _EXPAND.search(stem)):
        return True
    return ("(" in written_form(student)) == ("(" in written_form(key))
