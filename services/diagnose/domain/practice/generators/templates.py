"""Items from templates: files of stems with places for numbers, in both languages.

A template of ``services/diagnose/practice_items`` stands under the end of its point's id:

- ``draw``: the numbers, in order: ``a = 2..9`` (from, to), ``a = 2|3|5`` (one of), ``a = ±9``
  (other than 0, of at most this size) or a formula of those before it; ``where`` has to hold
- ``zh``, ``en``, ``working``: text in which ``@{formula}`` is a number, ``@{formula|d}`` a decimal
- ``answer`` and ``wrong`` (results of usual mistakes): formulas
- ``level``: 1 to 3; ``grade``: the school year, where it is later than the point's
- ``write``: ``decimal`` for answers in decimals
"""

import ast
import re
import tomllib
from dataclasses import dataclass
from fractions import Fraction
from functools import cache
from importlib import resources

from services.diagnose.domain.practice.generators.draft import Draft, Level, Setting, numeric
from services.diagnose.domain.practice.generators.formulas import (
    evaluate_formula,
    holds,
    number_of,
    parse_formula,
)
from services.diagnose.domain.practice.generators.notation import decimal, number

_PLACE = re.compile(r"@\{([^{}|]*)(\|d)?\}")
_FOLDER = "services.diagnose"
#: No template needs more draws: its condition holds for a good share of them.
_MOST_DRAWS = 500


@dataclass(frozen=True, slots=True)
class Template:
    """One template; ``point_id`` is of the mathematics taxonomy."""

    name: str
    point_id: str
    level: Level
    from_year: int
    draw: tuple[tuple[str, str], ...]
    where: ast.expr | None
    zh: str
    en: str
    answer: ast.expr
    working: str
    wrong: tuple[ast.expr, ...]
    is_decimal: bool

    def draft(self, setting: Setting) -> Draft:
        """The item of the setting's chance and language."""
        names = self._draw(setting)
        return numeric(
            _filled(setting.say(self.zh, self.en), names),
            number_of(self.answer, names),
            _filled(self.working, names),
            tuple(number_of(one, names) for one in self.wrong),
            decimal if self.is_decimal else number,
        )

    def _draw(self, setting: Setting) -> dict[str, Fraction]:
        for _ in range(_MOST_DRAWS):
            names: dict[str, Fraction] = {}
            for name, source in self.draw:
                names[name] = _drawn(source, names, setting)
            if self.where is None or holds(self.where, names):
                return names
        raise ValueError(f"template {self.name}: the condition hardly ever holds")


@cache
def templates() -> tuple[Template, ...]:
    """All templates, in the order of their files."""
    folder = resources.files(_FOLDER).joinpath("practice_items")
    files = sorted(folder.iterdir(), key=lambda file: file.name)
    found = []
    for file in files:
        field = file.name.removesuffix(".toml")
        for point, entries in tomllib.loads(file.read_text(encoding="utf-8")).items():
            identity = _point_id(field, point)
            found += [_template(identity, entry) for entry in entries]
    return tuple(found)


def _point_id(field: str, point: str) -> str:
    inside = {"mixed-operations", "multiplication-division"}
    place = f"integers.{point}" if point in inside else point
    return f"mathematics.{field}.{place}"


def _template(point_id: str, entry: dict[str, str | int]) -> Template:
    texts = {name: str(value) for name, value in entry.items()}
    parts = (part.partition("=") for part in texts["draw"].split(";"))
    return Template(
        name=texts["name"],
        point_id=point_id,
        level=Level(int(entry["level"])),
        from_year=int(entry.get("grade", 1)),
        draw=tuple((name.strip(), source.strip()) for name, _, source in parts),
        where=parse_formula(texts["where"]) if "where" in texts else None,
        zh=texts["zh"],
        en=texts["en"],
        answer=parse_formula(texts["answer"]),
        working=texts["working"],
        wrong=_listed(texts["wrong"]),
        is_decimal=texts.get("write") == "decimal",
    )


def _listed(source: str) -> tuple[ast.expr, ...]:
    tree = parse_formula(f"({source},)")
    return tuple(tree.elts) if isinstance(tree, ast.Tuple) else ()


def _drawn(source: str, names: dict[str, Fraction], setting: Setting) -> Fraction:
    if ".." in source:
        low, high = (number_of(parse_formula(end), names) for end in source.split(".."))
        return Fraction(setting.between(int(low), max(int(low), int(high))))
    if "|" in source:
        return Fraction(int(setting.rng.choice(source.split("|"))))
    if source.startswith("±"):
        return Fraction(setting.nonzero(int(source[1:])))
    return number_of(parse_formula(source), names)


def _filled(text: str, names: dict[str, Fraction]) -> str:
    def fill(place: re.Match[str]) -> str:
        value = evaluate_formula(parse_formula(place[1]), names)
        if isinstance(value, str):
            return value
        return decimal(value) if place[2] else number(value)

    return _PLACE.sub(fill, text)
