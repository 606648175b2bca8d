"""Folds the many ways to write the same answer into one form."""

import re
import unicodedata

from shared.contract.notation.look_alikes import LATIN_OF_CYRILLIC
from shared.contract.notation.numerals import RINGED

_SUPERSCRIPTS = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻ⁿˣ", "0123456789+-nx")
_SUPERSCRIPT_RUN = re.compile(r"[⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻ⁿˣ]+")
_CIRCLED = {sign: f"({number})" for number, sign in enumerate(RINGED, start=1)}
#: ``=3`` and 约3 mean 3. A lone sign of relation is an answer and stays.
_LEADING_SIGN = re.compile(r"^(?:[=≈]|约)\s*(?=[-√π\d(A-Za-z])")
_REMAINDER = re.compile(r"(?<=\d)\s*(?:余|\.{3,6}|[rR])\s*(?=\d+$)")
#: Characters that look or mean the same; NFKC leaves them apart.
_SAME = str.maketrans(
    {
        "−": "-", "–": "-", "—": "-", "﹣": "-", "‐": "-",
        "×": "*", "·": "*", "⋅": "*", "∙": "*", "•": "*", "✕": "*", "÷": "/",
        "∶": ":", "⁄": "/", "∕": "/",
        "≤": "<=", "≥": ">=", "≦": "<=", "≧": ">=", "⩽": "<=", "⩾": ">=", "≠": "!=",
        "“": '"', "”": '"', "‘": "'", "’": "'", "′": "'",
        "。": ".", "、": "、", "【": "[", "】": "]", "〔": "(", "〕": ")", "〈": "<", "〉": ">",
        **LATIN_OF_CYRILLIC,
        "\u200b": "", "\ufeff": "", "\u00ad": "",
    }
)  # fmt: skip
_LATEX_FRACTION = re.compile(r"\\[dtc]?frac\s*(?:\{([^{}]*)\}|(\d))\s*(?:\{([^{}]*)\}|(\d))")
_LATEX_ROOT = re.compile(r"\\sqrt\s*(?:\{([^{}]*)\}|(\d))")
_LATEX_WORDS = {
    r"\times": "*", r"\cdot": "*", r"\div": "/", r"\leq": "<=", r"\geq": ">=", r"\le": "<=",
    r"\ge": ">=", r"\neq": "!=", r"\pi": "π", r"\infty": "∞", r"\circ": "°", r"\pm": "±",
    r"\%": "%",
    r"\left": "", r"\right": "", r"\text": "", r"\mathrm": "", r"\rm": "", r"\quad": " ", r"\,": "",
    r"\ ": " ", r"\;": " ", r"\!": "",
}  # fmt: skip
_PUNCTUATION = re.compile(r"[\s\.,;:!?\"'`、()\[\]{}<>《》_~|-]+")
_DECORATION = re.compile(
    r"^(?:(?:答案?|解|answer|ans)\s*(?:[:：=]|是|为|is\b)\s*)+", flags=re.IGNORECASE
)


def _unlatex(text: str) -> str:
    """``text`` with the LaTeX that occurs in answers turned into plain notation."""
    if not any(sign in text for sign in ("\\", "$", "^{", "_{")):
        return text
    text = text.replace("$", "")
    for _ in range(4):  # nested fractions, innermost first
        replaced = _LATEX_FRACTION.sub(
            lambda m: f"(({m[1] or m[2] or ''})/({m[3] or m[4] or ''}))", text
        )
        replaced = _LATEX_ROOT.sub(lambda m: f"sqrt({m[1] or m[2]})", replaced)
        if replaced == text:
            break
        text = replaced
    text = re.sub(r"([\^_])\s*\{([^{}]*)\}", r"\1(\2)", text)
    for word in sorted(_LATEX_WORDS, key=len, reverse=True):
        text = text.replace(word, _LATEX_WORDS[word])
    return text.replace(r"\{", "{").replace(r"\}", "}").replace("\\", "")


def written_form(text: str) -> str:
    """One spelling per character: half width, plain operators, ``^`` for raised digits.

    Case, spaces between words and punctuation stay, because they can carry meaning.
    """
    text = _unlatex(text)
    for circled, plain in _CIRCLED.items():
        text = text.replace(circled, plain)
    text = _SUPERSCRIPT_RUN.sub(lambda m: "^(" + m[0].translate(_SUPERSCRIPTS) + ")", text)
    # Vulgar fractions such as ½ would join the digit before them: 1½ is not 11/2.
    text = re.sub(r"(?<=\d)(?=[¼-¾⅐-⅞])", " ", text)
    text = text.translate(_SAME)
    text = unicodedata.normalize("NFKC", text).translate(_SAME)
    text = re.sub(r"\^\((\d+[+-]?|[a-z])\)", r"^\1", text)
    text = re.sub(r"\s+", " ", text).strip()
    text = _LEADING_SIGN.sub("", _DECORATION.sub("", text))
    text = _REMAINDER.sub("...", text)
    text = re.sub(r"零下\s*(?=\d)", "-", text)
    text = re.sub(r"零下\s*(?=[一二三四五六七八九十])", "负", text)
    text = re.sub(r"(?<![A-Za-z])pi(?![A-Za-z])", "π", text)
    # A full stop ends the sentence and is not part of the answer.
    return text.rstrip(" .,;。，；")


def folded(text: str) -> str:
    """The letters and digits of ``text`` in lower case: for comparing words."""
    return _PUNCTUATION.sub("", written_form(text).casefold())


def is_blank(text: str) -> bool:
    """Whether nothing was written: only spaces, rules of a blank, or empty brackets."""
    return not re.sub(r"[\s_()（）\[\]【】{}.。…—-]+", "", text)
