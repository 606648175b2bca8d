"""Translates the LaTeX formulas of question banks into typst's notation."""

import re


class UnsupportedFormulaError(ValueError):
    """The formula uses notation outside the translated part of LaTeX."""


_TOKEN = re.compile(r"\\[A-Za-z]+|\\.|[0-9]+(?:\.[0-9]+)?|\s+|.", re.DOTALL)

#: Commands that stand for one symbol: names that typst shares, then pairs of LaTeX=typst.
_SHARED_NAMES = """
alpha beta gamma delta epsilon theta lambda mu pi rho sigma tau phi omega eta zeta xi psi Delta
Omega Gamma Theta Lambda Sigma Phi sin cos tan cot sec csc log ln lg lim max min times div in
subset angle perp parallel forall exists prime because therefore sum ell approx equiv
"""
_RENAMED = """
varphi=phi.alt varepsilon=epsilon.alt leqslant=lt.eq.slant geqslant=gt.eq.slant leq=lt.eq
geq=gt.eq le=lt.eq ge=gt.eq neq=eq.not ne=eq.not pm=plus.minus mp=minus.plus cdot=dot.op
notin=in.not cap=inter cup=union infty=infinity subseteq=subset.eq varnothing=nothing
emptyset=nothing triangle=triangle.t neg=not wedge=and vee=or rightarrow=arrow.r to=arrow.r
Rightarrow=arrow.r.double cdots=dots.c ldots=dots.h dots=dots.h circ=compose odot=dot.o
sim=tilde.op mid=divides int=integral complement=complement backslash=without
longrightarrow=arrow.r.long rightleftharpoons=harpoons.rtlb prod=product
"""
_SYMBOLS = dict(zip(_SHARED_NAMES.split(), _SHARED_NAMES.split(), strict=True)) | dict(
    pair.split("=") for pair in _RENAMED.split()
)
#: Commands with one braced argument.
_WRAPPERS = dict(
    pair.split("=")
    for pair in """
overrightarrow=arrow vec=arrow overline=overline bar=overline hat=hat widehat=hat sqrt=sqrt
boldsymbol=bold mathbf=bold mathbb=bb mathcal=cal mathrm=upright operatorname=upright
underline=underline dot=dot rm=upright
""".split()  # noqa: SIM905 - a table reads better
)
_SPACES = {"quad", "qquad", ",", ";", ":", "!", " ", "left", "right", "displaystyle", "limits"}
_ESCAPED = set(r"()[]{}|,;/#$&~\"")


def to_typst(formula: str) -> str:
    """Typst's notation for ``formula``; raises UnsupportedFormulaError for anything unusual."""
    tokens = [token for token in _TOKEN.findall(formula) if not token.isspace()]
    body, rest = _sequence(tokens, 0, until=None)
    if rest != len(tokens):
        raise UnsupportedFormulaError(formula)
    return body


def _sequence(tokens: list[str], at: int, until: str | None) -> tuple[str, int]:
    """Translate up to the token ``until``; gives the text and the position after it."""
    parts: list[str] = []
    while at < len(tokens):
        if tokens[at] == until:
            return " ".join(parts), at + 1
        if tokens[at] in "^_":
            if not parts:
                parts.append('""')
            argument, after = _argument(tokens, at + 1)
            parts[-1] += f"{tokens[at]}({argument})"
            at = after
            continue
        part, at = _atom(tokens, at)
        if part:
            parts.append(part)
    if until is not None:
        raise UnsupportedFormulaError("unbalanced braces")
    return " ".join(parts), at


def _argument(tokens: list[str], at: int) -> tuple[str, int]:
    if at >= len(tokens):
        raise UnsupportedFormulaError("missing argument")
    if tokens[at] == "{":
        return _sequence(tokens, at + 1, "}")
    return _atom(tokens, at)


def _atom(tokens: list[str], at: int) -> tuple[str, int]:
    match tokens[at]:
        case "{":
            inner, after = _sequence(tokens, at + 1, "}")
            # A function call groups without drawing parentheses.
            return (f"italic({inner})" if inner else ""), after
        case "}":
            raise UnsupportedFormulaError("unbalanced braces")
        case "'" | "~" as sign:
            return {"'": "prime", "~": "space"}[sign], at + 1
        case character if character in _ESCAPED:
            return f"\\{character}", at + 1
        case command if command.startswith("\\"):
            return _command(tokens, at)
        case character if character.isascii():
            return character, at + 1
        case character:
            return f'"{character}"', at + 1


def _command(tokens: list[str], at: int) -> tuple[str, int]:
    name = tokens[at][1:]
    if name in _SYMBOLS or name in _SPACES:
        return _SYMBOLS.get(name, ""), at + 1
    if name in {"{", "}", "%", "|"}:
        return f"\\{name}", at + 1
    if name in {"text", "textrm", "mbox"}:
        return _text(tokens, at + 1)
    return _function(name, tokens, at + 1)


def _function(name: str, tokens: list[str], at: int) -> tuple[str, int]:
    if name in {"frac", "dfrac", "tfrac"}:
        above, at = _argument(tokens, at)
        below, at = _argument(tokens, at)
        return f"frac({above}, {below})", at
    if name == "sqrt" and tokens[at : at + 1] == ["["]:
        index, at = _sequence(tokens, at + 1, "]")
        body, at = _argument(tokens, at)
        return f"root({index}, {body})", at
    if name in _WRAPPERS:
        body, at = _argument(tokens, at)
        return f"{_WRAPPERS[name]}({body})", at
    raise UnsupportedFormulaError(name)


def _text(tokens: list[str], at: int) -> tuple[str, int]:
    if at >= len(tokens) or tokens[at] != "{":
        raise UnsupportedFormulaError("text without braces")
    end = at + 1
    while end < len(tokens) and tokens[end] != "}":
        end += 1
    words = "".join(tokens[at + 1 : end])
    if end == len(tokens) or any(mark in words for mark in '\\"{$'):
        raise UnsupportedFormulaError(words)
    return f'"{words}"', end + 1
