"""Numbers with units as students write them: fractions, percents, Chinese numerals."""

import re
from dataclasses import dataclass
from fractions import Fraction

from services.diagnose.domain.comparing.chinese_numerals import chinese_value
from services.diagnose.domain.comparing.units import are_comparable, meanings_of

_NUMBER = r"\d+(?:\.\d*)?|\.\d+"
_AMOUNT = re.compile(
    rf"^(?P<sign>[+-]?)\s*+(?:"
    rf"(?P<whole>\d+)(?:\s++|又|and)\s*+\(*+(?P<top>\d+)\)*+\s*+/\s*+\(*+(?P<bottom>\d+)\)*+"
    rf"|\(*+\s*+(?P<inner>[+-]?)\s*+(?P<num>{_NUMBER})\s*+\)*+\s*+/\s*+\(*+\s*+(?P<den>{_NUMBER})\s*+\)*+"
    rf"|(?P<plain>{_NUMBER})(?:\s*+[*xX]\s*+10\s*+(?:\^|\*\*)\s*+\(?\s*+(?P<power>[+-]?\d+)\s*+\)?"
    rf"|[eE](?P<exponent>[+-]?\d+))?"
    rf"|10\s*+\^\s*+\(?\s*+(?P<ten>[+-]?\d+)\s*+\)?"
    rf")\s*+(?P<rest>.*)$"
)
_GROUPED = re.compile(r"^([+-]?\d{1,3}(?:,\d{3})+(?:\.\d+)?)(?![\d,])")
_CURRENCY = re.compile(r"^([€£¥])\s*(\d.*)$")
#: A word for a unit, whose case means nothing.
_LEAST_WORD = 4
#: Larger powers of ten are nonsense in an exam and would make huge integers.
_MAX_POWER = 60


@dataclass(frozen=True, slots=True)
class Quantity:
    """An exact value; ``unit`` is as written, ``is_percent`` when a percent sign follows."""

    value: Fraction
    unit: str = ""
    is_percent: bool = False

    def is_same_as(self, other: "Quantity") -> bool | None:
        """Whether both amounts, which have units, are one; None where their units do not tell."""
        ours, theirs = meanings_of(self.unit), meanings_of(other.unit)
        for dimension in ours.keys() & theirs.keys():
            if self.value * ours[dimension] == other.value * theirs[dimension]:
                return True
        return False if are_comparable(self.unit, other.unit) else None


def parse_quantity(text: str) -> Quantity | None:
    """The number and unit that make up all of ``text`` (in written form), else None."""
    text = text.strip()
    if len(text) > 80:
        return None
    chinese = _chinese_quantity(text)
    if chinese is not None:
        return chinese
    # €5 is 5 €.
    text = _CURRENCY.sub(r"\2\1", text)
    text = _GROUPED.sub(lambda m: m[1].replace(",", ""), text)
    found = _AMOUNT.match(text)
    if found is None or text.count("(") != text.count(")"):
        return None
    value = _value(found)
    if value is None:
        return None
    rest = found["rest"].strip()
    if rest in {"%", "％"}:
        return Quantity(value / 100, is_percent=True)
    unit = _unit(rest)
    return None if unit is None else Quantity(value, unit)


def _value(found: re.Match[str]) -> Fraction | None:
    sign = -1 if found["sign"] == "-" else 1
    if found["whole"]:
        bottom = int(found["bottom"])
        return (
            sign * (int(found["whole"]) + Fraction(int(found["top"]), bottom)) if bottom else None
        )
    if found["num"]:
        bottom_value = Fraction(found["den"])
        inner = -1 if found["inner"] == "-" else 1
        return sign * inner * Fraction(found["num"]) / bottom_value if bottom_value else None
    power = int(found["power"] or found["exponent"] or found["ten"] or 0)
    if abs(power) > _MAX_POWER:
        return None
    return sign * Fraction(found["plain"] or 1) * Fraction(10) ** power


def _unit(text: str) -> str | None:
    """The unit that ``text`` names: "" when it is empty, None when it is no known unit."""
    compact = text.replace(" ", "").replace("^(2)", "^2").replace("^(3)", "^3")
    if not compact or meanings_of(compact):
        return compact
    bare = compact.removeprefix("(").removesuffix(")")
    if meanings_of(bare):
        return bare
    # Case tells units apart (mA, MA), except for letters that mean one thing only.
    lowered = bare.lower()
    is_safe = len(lowered) >= _LEAST_WORD or lowered in {"cm", "km", "mm", "dm", "kg", "min"}
    return lowered if is_safe and meanings_of(lowered) else None


def _chinese_quantity(text: str) -> Quantity | None:
    unit = ""
    if not text or text[0] not in "零〇一二两三四五六七八九十百负":
        return None
    sign = -1 if text.startswith("负") else 1
    text = text.removeprefix("负")
    for end in range(len(text), 0, -1):
        if text[end:] and not meanings_of(text[end:]):
            continue
        unit, body = text[end:], text[:end]
        value = chinese_value(body)
        if value is not None:
            return Quantity(sign * value, unit, is_percent=body.startswith("百分之"))
    return None
