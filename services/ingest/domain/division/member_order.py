"""The order in which people mean their files: by the numbers in names, in whatever way written."""

import re
import unicodedata
from collections.abc import Sequence
from typing import Any

from natsort import natsort_keygen, ns

from shared.contract.notation.numerals import chinese_integer

#: Longer names are cut: a numeral of thousands of digits is none.
_MAX_NAME = 255
_CHINESE = re.compile(r"[零〇一二两三四五六七八九十百千]+")
#: A time to the second, and what one messenger appends to it without a gap to tell files apart.
_TIME = re.compile(r"(?<!\d)((?:19|20)\d\d[01]\d[0-3]\d[0-2]\d[0-5]\d[0-5]\d)(?=\d)")
#: What is not ordered by its letters: the sides of a sheet, the parts of a paper.
_SIDES = (
    (re.compile(r"正面|正(?![\u4e00-\u9fff])|(?<![a-z])front(?![a-z])"), "面1"),
    (re.compile(r"[反背]面|[反背](?![\u4e00-\u9fff])|(?<![a-z])back(?![a-z])"), "面2"),
    (re.compile(r"上(?![\u4e00-\u9fff])"), "部1"),
    (re.compile(r"中(?![\u4e00-\u9fff])"), "部2"),
    (re.compile(r"下(?![\u4e00-\u9fff])"), "部3"),
)
_NATURAL = natsort_keygen(alg=ns.INT)


def order_key(path: Sequence[str]) -> tuple[Any, ...]:
    """A sort key for a member's folders and name.

    2 stands before 10, 第二 before 第三, 正面 before 反面, ``scan.jpg`` before ``scan (3).jpg``,
    capitals beside small letters.
    """
    *folders, name = path
    stem, dot, ending = name.rpartition(".")
    names = [*folders, stem or name]
    # What is written differently is not the same: the last word has the name as it stands.
    return tuple(_NATURAL(plain_name(part)) for part in names), dot + ending, tuple(path)


def plain_name(name: str) -> str:
    """``name`` with its numerals in digits, sides of a sheet as numbers, in small letters."""
    plain = unicodedata.normalize("NFKC", name[:_MAX_NAME]).casefold()
    for side, number in _SIDES:
        plain = side.sub(number, plain)
    plain = _CHINESE.sub(lambda found: str(chinese_integer(found[0]) or 0), plain)
    return _TIME.sub(r"\1_", plain)
