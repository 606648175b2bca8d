"""What people write for true and false, and for not given."""

from services.diagnose.domain.comparing.written_form import folded
from shared.contract.notation.verdicts import FALSE_BY_KEY, NOT_GIVEN_BY_KEY, TRUE_BY_KEY

_MEANING = {
    **dict.fromkeys(TRUE_BY_KEY, "true"),
    **dict.fromkeys(FALSE_BY_KEY, "false"),
    **dict.fromkeys(NOT_GIVEN_BY_KEY, "not given"),
}


def truth_of(text: str) -> str | None:
    """``true``, ``false`` or ``not given`` when ``text`` is a word for it, else None."""
    bare = text.strip().strip("()（）[]【】.。 ")
    return _MEANING.get(bare.casefold()) or _MEANING.get(folded(bare))
