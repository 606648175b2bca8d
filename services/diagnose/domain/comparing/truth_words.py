"""What people write for true and false, and for not given."""

from services.diagnose.domain.comparing.written_form import folded

_WORDS = {
    "true": "t true √ ✓ ✔ v 对 正确 是 yes y right correct 对的 正确的 ○",
    "false": "f false × ✗ ✘ ✕ x 错 错误 不对 不正确 否 no n wrong incorrect 错的 不是 *",
    "not given": "ng notgiven 未提及 未提到 没提到 notmentioned doesntsay",
}
_MEANING = {word: meaning for meaning, words in _WORDS.items() for word in words.split()}


def truth_of(text: str) -> str | None:
    """``true``, ``false`` or ``not given`` when ``text`` is a word for it, else None."""
    bare = text.strip().strip("()（）[]【】.。 ")
    return _MEANING.get(bare.casefold()) or _MEANING.get(folded(bare))
