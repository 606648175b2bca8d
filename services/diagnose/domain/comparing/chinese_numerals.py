"""Numbers in Chinese characters: whole numbers, decimals, fractions and percentages."""

import re
from fractions import Fraction

_DIGITS = dict(zip("零一二三四五六七八九", range(10), strict=True)) | {"〇": 0, "两": 2}
_STEPS = {"十": 10, "百": 100, "千": 1000}
_CHINESE = re.compile(r"^[零〇一二两三四五六七八九十百千万亿点]+$")


def chinese_value(text: str) -> Fraction | None:
    """The number that ``text`` names, a fraction or a percentage too; None when it names none."""
    if text.startswith("百分之"):
        share = chinese_value(text.removeprefix("百分之"))
        return None if share is None else share / 100
    if "分之" in text:
        whole, _, fraction = text.rpartition("又")
        bottom, _, top = fraction.partition("分之")
        parts = [chinese_integer(part) for part in (whole or "零", bottom, top)]
        if parts[0] is None or parts[2] is None or not parts[1]:
            return None
        return parts[0] + Fraction(parts[2], parts[1])
    whole, point, decimals = text.partition("点")
    value = chinese_integer(whole)
    if value is None or (point and (not decimals or any(c not in _DIGITS for c in decimals))):
        return None
    digits = "".join(str(_DIGITS[c]) for c in decimals)
    return Fraction(f"{value}.{digits}" if digits else str(value))


def chinese_integer(text: str) -> int | None:
    """The whole number that a Chinese numeral below 10^12 names, or None."""
    if not _CHINESE.match(text) or "点" in text or len(text) > 20:
        return None
    if len(text) > 1 and all(c in _DIGITS for c in text):
        return int("".join(str(_DIGITS[c]) for c in text))  # read digit by digit: 二〇二四
    total = section = digit = 0
    for c in text:
        if c in _DIGITS:
            digit = _DIGITS[c]
        elif c in _STEPS:
            section += (digit or 1) * _STEPS[c]
            digit = 0
        else:
            total = (total + section + digit) * (10_000 if c == "万" else 100_000_000)
            section = digit = 0
    return total + section + digit
