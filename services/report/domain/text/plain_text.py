"""Text from a page or a client, made safe to lay out."""

import unicodedata
from collections.abc import Callable

#: Stands for a character that must not or cannot be shown.
REPLACEMENT = "□"


def clean(text: str) -> str:
    """``text`` in NFC with one space for any run of white space, fit for XML, JSON and a page.

    Invisible format characters are removed, because direction overrides could reorder what a reader
    sees. Surrogates, private-use and unassigned characters become a visible box.
    """
    shown = (_shown(char) for char in unicodedata.normalize("NFC", text))
    return " ".join("".join(shown).split())


def _shown(char: str) -> str:
    category = unicodedata.category(char)
    if category == "Cf":
        return ""
    if category == "Cc":
        return " "
    return REPLACEMENT if category in {"Cs", "Co", "Cn"} else char


def display_width(text: str) -> int:
    """Columns that ``text`` takes: two per wide or full-width character (UAX 11), else one."""
    return sum(2 if unicodedata.east_asian_width(char) in "WF" else 1 for char in text)


def clip(text: str, columns: int) -> str:
    """``text`` when it fits into ``columns``, else as much of it as fits, with an ellipsis."""
    if display_width(text) <= columns:
        return text
    room = columns - 1
    kept: list[str] = []
    for char in text:
        room -= display_width(char)
        if room < 0:
            break
        kept.append(char)
    return "".join(kept).rstrip() + "…"


def number(value: float) -> str:
    """``value`` with at most two decimals and no trailing zeros."""
    digits = f"{value:.2f}".rstrip("0").rstrip(".")
    return "0" if digits == "-0" else digits


def percent(rate: float) -> str:
    """``rate`` (0..1) as a percentage with at most one decimal."""
    return f"{rate * 100:.1f}".removesuffix(".0") + "%"


def whole_percent(rate: float) -> str:
    """``rate`` (0..1) as a whole percentage, for estimates that deserve no decimals."""
    return f"{rate * 100:.0f}%"


def spread(low: float, high: float, write: Callable[[float], str]) -> str:
    """From ``low`` to ``high`` as ``write`` writes them; one value where both look the same."""
    first, last = write(low), write(high)
    if first == last:
        return first
    return f"{first.removesuffix('%')}–{last}"
