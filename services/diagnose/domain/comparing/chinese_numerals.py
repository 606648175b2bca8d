"""Numbers in Chinese characters: whole numbers, decimals, fractions and percentages."""

from fractions import Fraction

from shared.contract.notation.numerals import CHINESE_DIGIT_VALUES, chinese_integer


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
    if value is None or (
        point and (not decimals or any(c not in CHINESE_DIGIT_VALUES for c in decimals))
    ):
        return None
    digits = "".join(str(CHINESE_DIGIT_VALUES[c]) for c in decimals)
    return Fraction(f"{value}.{digits}" if digits else str(value))
