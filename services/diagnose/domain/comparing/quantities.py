"""Numbers with units as students write them: fractions, percents, Chinese numerals."""

import re
from dataclasses import dataclass
from fractions import Fraction

from services.diagnose.domain.comparing.chinese_numerals import chinese_value
from services.diagnose.domain.comparing.units import UNITS

_NUMBER = r"\d+(?:\.\d*)?|\.\d+"
_AMOUNT = re.compile(
    rf"^(?P<sign>[+-]?)\s*(?:"
    rf"(?P<whole>\d+)(?:\s+|又|and)\s*\(*(?P<top>\d+)\)*\s*/\s*\(*(?P<bottom>\d+)\)*"
    rf"|\(*\s*(?P<inner>[+-]?)\s*(?P<num>{_NUMBER})\s*\)*\s*/\s*\(*\s*(?P<den>{_NUMBER})\s*\)*"
    rf"|(?P<plain>{_NUMBER})(?:\s*[*xX]\s*10\s*(?:\^|\*\*)\s*\(?\s*(?P<power>[+-]?\d+)\s*\)?"
    rf"|[eE](?P<exponent>[+-]?\d+))?"
    rf"|10\s*\^\s*\(?\s*(?P<ten>[+-]?\d+)\s*\)?"
    rf")\s*(?P<rest>.*)$"
)
_GROUPED = re.compile(r"^([+-]?\d{1,3}(?:,\d{3})+(?:\.\d+)?)(?![\d,])")
#: Larger powers of ten are nonsense in an exam and would make huge integers.
_MAX_POWER = 60


@dataclass(frozen=True, slots=True)
class Quantity:
    """An exact value; ``unit`` is as written, ``is_percent`` when a percent sign follows."""

    value: Fraction
    unit: str = ""
    is_percent: bool = False

    @property
    def dimension(self) -> str | None:
        """The unit's dimension; None without a unit."""
        return UNITS[self.unit][0] if self.unit else None

    @property
    def in_first_unit(self) -> Fraction:
        """The value in its dimension's first unit."""
        return self.value * UNITS[self.unit][1] if self.unit else self.value


def parse_quantity(text: str) -> Quantity | None:
    """The number and unit that make up all of ``text`` (in written form), else None."""
    text = text.strip()
    if len(text) > 80:
        return None
    chinese = _chinese_quantity(text)
    if chinese is not None:
        return chinese
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
    if not compact or compact in UNITS:
        return compact
    bare = compact.removeprefix("(").removesuffix(")")
    if bare in UNITS:
        return bare
    # Case tells units apart (mA, MA), except for letters that mean one thing only.
    lowered = bare.lower()
    return (
        lowered if lowered in UNITS and lowered in {"cm", "km", "mm", "dm", "kg", "min"} else None
    )


def _chinese_quantity(text: str) -> Quantity | None:
    unit = ""
    if not text or text[0] not in "零〇一二两三四五六七八九十百负":
        return None
    sign = -1 if text.startswith("负") else 1
    text = text.removeprefix("负")
    for end in range(len(text), 0, -1):
        if text[end:] and text[end:] not in UNITS:
            continue
        unit, body = text[end:], text[:end]
        value = chinese_value(body)
        if value is not None:
            return Quantity(sign * value, unit, is_percent=body.startswith("百分之"))
    return None
