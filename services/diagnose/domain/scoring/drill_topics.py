"""The knowledge points of arithmetic, told by its signs and numbers."""

import re

from services.diagnose.domain.points.knowledge_points import knowledge_points
from services.diagnose.domain.points.point_index import PointIndex
from services.diagnose.domain.scoring.alignment import Pair
from shared.contract.documents import KnowledgePoint
from shared.contract.failures import Language
from shared.contract.reading import Asked, AskedKind

#: Drills seldom say their subject.
_SUBJECT = "mathematics"
#: Names of the taxonomy's points in Chinese and English.
_UNITS = ("单位换算", "Units")
_EQUATIONS = ("一元一次方程", "Linear equations")
_FRACTIONS, _DECIMALS = ("分数", "Fractions"), ("小数", "Decimals")
_PERCENTAGES = ("百分数", "Percentages")
_MIXED = ("四则混合运算", "Mixed operations")
_PRODUCTS = ("整数乘除法", "Multiplication and division")
_WHOLE = ("整数的认识与运算", "Whole numbers")
_BY_NUMBERS = (
    (r"[%％]", _PERCENTAGES),
    (r"\d\s*/\s*\d", _FRACTIONS),
    (r"\d\.\d", _DECIMALS),
)
_HAS_UNIT = re.compile(r"[a-wyzA-WYZ]|[\u4e00-\u9fff]")
_OPERATION = re.compile(r"[+＋×xX✕*·÷:：]|(?<=[\d)）_])\s*[-−–—]")


def topics(pair: Pair, index: PointIndex, language: Language) -> tuple[KnowledgePoint, ...]:
    """The points of a question that is arithmetic; none of any other."""
    if pair.read is None or pair.read.asked is None:
        return ()
    names = _names(pair.read.asked)
    name = names[0] if language is Language.ZH else names[1]
    return knowledge_points(_SUBJECT, (name,), index)


def _names(asked: Asked) -> tuple[str, str]:
    text = f"{asked.left} {asked.right}"
    if asked.kind is AskedKind.CONVERSION or _HAS_UNIT.search(text):
        return _UNITS
    named = next((names for pattern, names in _BY_NUMBERS if re.search(pattern, text)), None)
    if named is not None:
        return named
    if asked.kind is AskedKind.EQUATION:
        return _EQUATIONS
    signs = [sign.strip() for sign in _OPERATION.findall(text)]
    if len(signs) > 1:
        return _MIXED
    return _PRODUCTS if signs and signs[0] not in "+＋-−–—" else _WHOLE
