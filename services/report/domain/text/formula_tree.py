"""Formulas in text: the LaTeX of school mathematics as a tree that a template can draw.

The tree holds text only, never markup. So nothing in a question can become code of a template. What
is not understood is shown as it stands. Nothing raises.
"""

import re
from collections.abc import Mapping
from typing import Any

Node = dict[str, Any]

_FORMULA = re.compile(r"\$\$(.+?)\$\$|\$(.+?)\$|\\\((.+?)\\\)|\\\[(.+?)\\\]", re.DOTALL)
_PIECE = re.compile(r"\\[A-Za-z]+|\\.|[{}^_&]|\d+(?:\.\d+)?|\s+|.", re.DOTALL)
#: A formula nested deeper than this is shown as plain text.
_DEEPEST = 24
_SYMBOLS: Mapping[str, str] = {
    "times": "×", "div": "÷", "cdot": "⋅", "pm": "±", "mp": "∓", "ast": "∗", "star": "⋆",
    "le": "≤", "leq": "≤", "leqslant": "≤", "ge": "≥", "geq": "≥", "geqslant": "≥",
    "ne": "≠", "neq": "≠", "approx": "≈", "equiv": "≡", "sim": "∼", "cong": "≅", "propto": "∝",
    "infty": "∞", "circ": "∘", "degree": "°", "angle": "∠", "triangle": "△", "square": "□",
    "odot": "⊙", "parallel": "∥", "perp": "⊥", "bot": "⊥", "because": "∵", "therefore": "∴",
    "in": "∈", "notin": "∉", "subset": "⊂", "subseteq": "⊆", "supset": "⊃", "supseteq": "⊇",
    "cup": "∪", "cap": "∩", "emptyset": "∅", "varnothing": "∅", "forall": "∀", "exists": "∃",
    "neg": "¬", "land": "∧", "lor": "∨", "wedge": "∧", "vee": "∨", "to": "→", "rightarrow": "→",
    "leftarrow": "←", "Rightarrow": "⇒", "Leftrightarrow": "⇔", "leftrightarrow": "↔",
    "uparrow": "↑", "downarrow": "↓", "ldots": "…", "cdots": "⋯", "dots": "…", "vdots": "⋮",
    "prime": "′", "sum": "∑", "prod": "∏", "int": "∫", "partial": "∂", "nabla": "∇",
    "alpha": "α", "beta": "β", "gamma": "γ", "delta": "δ", "epsilon": "ϵ", "varepsilon": "ε",
    "theta": "θ", "lambda": "λ", "mu": "μ", "nu": "ν", "xi": "ξ", "pi": "π", "rho": "ρ",
    "sigma": "σ", "tau": "τ", "phi": "ϕ", "varphi": "φ", "omega": "ω", "Delta": "Δ",
    "Gamma": "Γ", "Omega": "Ω", "Sigma": "Σ", "Phi": "Φ", "Pi": "Π", "mid": "∣", "vert": "|",
    "lbrace": "{", "rbrace": "}", "langle": "⟨", "rangle": "⟩", "bigcirc": "○", "bullet": "•",
    "textasciitilde": " ", "%": "%", "{": "{", "}": "}", "$": "$", "#": "#", "&": "&", "_": "_",
}  # fmt: skip
_OPERATORS = frozenset(
    [
        "sin",
        "cos",
        "tan",
        "cot",
        "sec",
        "csc",
        "arcsin",
        "arccos",
        "arctan",
        "log",
        "ln",
        "lg",
        "lim",
        "max",
        "min",
        "gcd",
        "lcm",
        "deg",
    ]
)
_TEXTS = frozenset(
    [
        "text",
        "textbf",
        "textit",
        "textrm",
        "mathrm",
        "mathbf",
        "mathit",
        "rm",
        "operatorname",
        "mbox",
    ]
)
_OVER = {"overline": "overline", "bar": "overline", "underline": "underline", "vec": "vec",
         "overrightarrow": "vec", "hat": "hat", "widehat": "hat", "dot": "dot"}  # fmt: skip
_SPACES = frozenset((",", ";", ":", " ", "quad", "qquad", "hspace", "enspace"))
_IGNORED = frozenset(
    ("left", "right", "big", "Big", "bigg", "displaystyle", "limits", "!", "bf", "kern", "mathop")
)


def runs(text: str) -> tuple[Node, ...]:
    """``text`` as pieces: ``{"text": …}`` and ``{"formula": tree, "alt": words}`` in turn."""
    found: list[Node] = []
    place = 0
    for match in _FORMULA.finditer(text):
        if match.start() > place:
            found.append({"text": text[place : match.start()]})
        latex = next(group for group in match.groups() if group is not None).strip()
        tree = _Reader(latex).read()
        spoken = _spoken(tree).strip()
        # PDF/UA refuses an equation without words, and a formula that draws nothing has none.
        found.append({"formula": tree, "alt": spoken} if spoken else {"text": latex})
        place = match.end()
    if place < len(text):
        found.append({"text": text[place:]})
    return tuple(found)


class _Reader:
    """Reads one formula. Nodes are ``{"kind": …}``; a sequence is a list of them."""

    def __init__(self, latex: str) -> None:
        self._pieces = _PIECE.findall(latex)
        self._place = 0
        self._depth = 0

    def read(self) -> list[Node]:
        return self._sequence(until=())

    def _peek(self) -> str:
        return self._pieces[self._place] if self._place < len(self._pieces) else ""

    def _next(self) -> str:
        piece = self._peek()
        self._place += 1
        return piece

    def _sequence(self, until: tuple[str, ...]) -> list[Node]:
        self._depth += 1
        found: list[Node] = []
        while self._place < len(self._pieces) and self._peek() not in until:
            piece = self._next()
            if self._is_too_deep():
                found.append(_leaf("…"))
            elif piece in {"^", "_"}:
                found.append(self._attached(found.pop() if found else _leaf(""), piece))
            elif (node := self._node(piece)) is not None:
                found.append(node)
        self._depth -= 1
        return found

    def _is_too_deep(self) -> bool:
        """Whether to stop here. Nothing that a client sends may exhaust the stack."""
        if self._depth > _DEEPEST:
            self._place = len(self._pieces)
            return True
        return False

    def _attached(self, base: Node, piece: str) -> Node:
        node = base
        if base["kind"] != "attach":
            node = {"kind": "attach", "base": [base], "top": [], "bottom": []}
        place = "top" if piece == "^" else "bottom"
        return {**node, place: [*node[place], *self._argument()]}

    def _argument(self) -> list[Node]:
        """A group in braces, or the one piece that follows."""
        while self._peek().isspace():
            self._next()
        if not self._peek():
            return []
        if self._peek() != "{":
            node = self._node(self._next())
            return [] if node is None else [node]
        self._next()
        inner = self._sequence(until=("}",))
        if self._peek() == "}":
            self._next()
        return inner

    def _node(self, piece: str) -> Node | None:
        if piece == "{":
            self._place -= 1
            return {"kind": "group", "body": self._argument()}
        if piece.startswith("\\") and len(piece) > 1:
            return self._command(piece[1:])
        if piece.isspace() or piece in {"}", "&"}:
            return None
        return _leaf(piece)

    def _command(self, name: str) -> Node | None:
        if self._is_too_deep():
            return _leaf("…")
        self._depth += 1
        node = self._read_command(name)
        self._depth -= 1
        return node

    def _read_command(self, name: str) -> Node | None:
        node: Node | None = {"kind": "words", "text": name}
        if name in {"frac", "dfrac", "tfrac", "cfrac"}:
            node = {"kind": "frac", "top": self._argument(), "bottom": self._argument()}
        elif name == "sqrt":
            node = {"kind": "root", "index": self._index(), "body": self._argument()}
        elif name in _OVER:
            node = {"kind": _OVER[name], "body": self._argument()}
        elif name in _TEXTS:
            node = {"kind": "words", "text": self._raw()}
        elif name == "begin":
            node = self._rows()
        elif name in _OPERATORS:
            node = {"kind": "operator", "text": name}
        elif name in _SPACES:
            node = {"kind": "words", "text": " "}
        elif name in _IGNORED or name in {"\\", "end"}:
            node = None
        elif name in _SYMBOLS:
            node = _leaf(_SYMBOLS[name])
        return node

    def _index(self) -> list[Node]:
        if self._peek() != "[":
            return []
        self._next()
        found = self._sequence(until=("]",))
        self._next()
        return found

    def _raw(self) -> str:
        """The argument of a text command, its own commands taken off."""
        if self._peek() != "{":
            return _SYMBOLS.get(self._peek().lstrip("\\"), self._next())
        self._next()
        text = ""
        depth = 1
        while self._place < len(self._pieces):
            piece = self._next()
            depth += (piece == "{") - (piece == "}")
            if depth == 0:
                break
            if piece.startswith("\\"):
                text += _SYMBOLS.get(piece[1:], " " if piece[1:] in _SPACES else piece[1:])
            elif piece not in {"{", "}"}:
                text += piece
        return text

    def _rows(self) -> Node | None:
        """An environment: cases get a brace, arrays and matrices are rows."""
        name = self._raw()
        if name == "array":
            self._argument()
        rows: list[list[list[Node]]] = [[]]
        while self._place < len(self._pieces):
            rows[-1].append(self._sequence(until=("&", "\\\\", "\\end")))
            ending = self._next()
            if ending == "\\\\":
                rows.append([])
            elif ending in {"\\end", ""}:
                break
        if self._peek() == "{":
            self._raw()
        rows = [row for row in rows if any(row)]
        return {"kind": "cases" if name == "cases" else "rows", "rows": rows} if rows else None


def _leaf(text: str) -> Node:
    kind = "number" if text[:1].isdigit() else "symbol"
    # A hyphen in a formula is a minus sign.
    return {"kind": kind, "text": "−" if text == "-" else text}


def _spoken(nodes: list[Node]) -> str:
    """A formula in one line: what a screen reader says."""
    return "".join(_spoken_node(node) for node in nodes)


def _spoken_node(node: Node) -> str:
    kind = node["kind"]
    if kind == "frac":
        return f"({_spoken(node['top'])})/({_spoken(node['bottom'])})"
    if kind == "root":
        return f"{_spoken(node['index'])}√({_spoken(node['body'])})"
    if kind == "attach":
        top, bottom = _spoken(node["top"]), _spoken(node["bottom"])
        return _spoken(node["base"]) + (f"_{bottom}" if bottom else "") + (f"^{top}" if top else "")
    if kind in {"cases", "rows"}:
        return "; ".join(" ".join(_spoken(cell) for cell in row) for row in node["rows"])
    if "body" in node:
        return _spoken(node["body"])
    return (
        f" {node['text']} " if kind == "operator" or node["text"] in "=<>≤≥+−×÷" else node["text"]
    )
