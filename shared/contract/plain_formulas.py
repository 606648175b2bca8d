r"""Formulas as they are written by hand in a line: $\frac{3}{4}$ is 3/4."""

import re

_FRACTION = re.compile(r"\\frac\{([^{}]*)\}\{([^{}]*)\}")
_ROOT = re.compile(r"\\sqrt\{([^{}]*)\}")
_POWER = re.compile(r"\^\{([^{}]*)\}")
_INDEX = re.compile(r"_\{?(\w+)\}?")
_SIMPLE = re.compile(r"\w+(?:\.\w+)?")
_SIGNS = {
    r"\times": "×", r"\div": "÷", r"\cdot": "·", r"\pi": "π", r"\le": "≤", r"\ge": "≥",
    r"\ne": "≠", r"\pm": "±", r"\circ": "°", r"\infty": "∞", r"\%": "%", "$": "",
}  # fmt: skip


def plain_text(text: str) -> str:
    """``text`` with its formulas in one line; what has no such form stays as it is."""
    previous = ""
    while previous != text:
        previous = text
        text = _FRACTION.sub(lambda found: f"{_bound(found[1])}/{_bound(found[2])}", text)
        text = _ROOT.sub(lambda found: f"√{_bound(found[1])}", text)
    text = _POWER.sub(lambda found: f"^{_bound(found[1])}", text)
    text = _INDEX.sub(r"\1", text)
    for sign, shown in _SIGNS.items():
        text = text.replace(sign, shown)
    return " ".join(text.split())


def _bound(part: str) -> str:
    """``part`` in brackets unless it is one number or letter."""
    return part if _SIMPLE.fullmatch(part) else f"({part})"
