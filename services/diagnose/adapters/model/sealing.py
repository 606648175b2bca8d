"""The user message: JSON in which no text of a paper can look like a turn of the talk."""

import json
import re
import unicodedata
from collections.abc import Mapping
from typing import Any

#: Where the special tokens of tokenisers and chat templates begin: ``<|im_end|>``, ``</s>``,
#: ``<start_of_turn>``, ``[INST]``, ``<<SYS>>``. JSON itself never holds these outside a text.
_TOKEN_START = re.compile(r"<(?=[|｜/<!A-Za-z_])|\[(?=/?[A-Z])")
_UNSEEN = frozenset({"Cc", "Cf", "Co", "Cn", "Zl", "Zp"})


def sealed(data: Mapping[str, Any]) -> str:
    """``data`` as one line of JSON that means the same and holds no token of a talk.

    Quotes and line ends cannot leave their text, as JSON escapes them. Servers also read their own
    special tokens out of any message; JSON's escape of the first sign breaks those. The same keeps
    characters visible that nobody would see.
    """
    text = _TOKEN_START.sub(_escape, json.dumps(data, ensure_ascii=False))
    return "".join(
        c if c.isprintable() or unicodedata.category(c) not in _UNSEEN else _escaped(c)
        for c in text
    )


def _escape(match: re.Match[str]) -> str:
    return _escaped(match[0])


def _escaped(character: str) -> str:
    return json.dumps(character)[1:-1] if ord(character) > 0x7E else f"\\u{ord(character):04x}"
