"""Numbers with units as students write them: fractions, percents, Chinese numerals."""

import re
from dataclasses import dataclass
from fractions import Fraction

from shared.contract.notation.numerals import CHINESE_DIGIT_VALUES, chinese_integer

#: Dimension and size of a unit in that dimension's first unit.
UNITS: dict[str, tuple[str, Fraction]] = {
    name: (dimension, Fraction(size))
    for dimension, sizes in {
        "length": {
            "m 米 metre meter metres meters": "1", "cm 厘米 centimetre centimeter": "1/100",
            "mm 毫米": "1/1000", "dm 分米": "1/10", "km 千米 公里": "1000",
            "μm um 微米": "1/1000000",
            "nm 纳米": "1/1000000000",
        },
        "area": {
            "m^2 m2 平方米 ㎡": "1", "cm^2 cm2 平方厘米": "1/10000", "dm^2 dm2 平方分米": "1/100",
            "km^2 km2 平方千米 平方公里": "1000000", "公顷 ha": "10000",
        },
        "volume": {
            "m^3 m3 立方米": "1", "cm^3 cm3 立方厘米 ml mL 毫升": "1/1000000",
            "dm^3 dm3 立方分米 l L 升": "1/1000",
        },
        "mass": {"kg 千克 公斤": "1", "g 克": "1/1000", "mg 毫克": "1/1000000", "t 吨": "1000"},
        "time": {
            "s 秒 sec second seconds": "1", "min 分钟 分 minute minutes": "60",
            "h 小时 时 hour hours hr": "3600", "天 日 day days": "86400", "ms 毫秒": "1/1000",
        },
        "speed": {
            "m/s 米/秒 米每秒": "1", "km/h 千米/时 千米/小时 千米每小时": "5/18",
            "m/min 米/分": "1/60",
            "cm/s": "1/100",
        },
        "force": {"N 牛 牛顿": "1", "kN": "1000"},
        "energy": {"J 焦 焦耳": "1", "kJ 千焦": "1000"},
        "power": {"W 瓦 瓦特": "1", "kW 千瓦": "1000"},
        "voltage": {"V 伏 伏特": "1", "kV 千伏": "1000", "mV 毫伏": "1/1000"},
        "current": {"A 安 安培": "1", "mA 毫安": "1/1000"},
        "resistance": {"Ω 欧 欧姆": "1", "kΩ 千欧": "1000"},
        "pressure": {"Pa 帕 帕斯卡": "1", "kPa 千帕": "1000", "MPa 兆帕": "1000000"},
        "density": {"kg/m^3 kg/m3 千克/立方米": "1", "g/cm^3 g/cm3 克/立方厘米": "1000"},
        "amount": {"mol 摩尔 摩": "1", "mmol 毫摩尔": "1/1000"},
        "concentration": {"mol/l mol/L 摩尔/升": "1"},
        "molar mass": {"g/mol 克/摩尔": "1"},
        "frequency": {"Hz 赫 赫兹": "1", "kHz": "1000", "MHz": "1000000"},
        "acceleration": {"m/s^2 m/s2 米/秒^2": "1", "N/kg": "1"},
        "temperature": {"°C ℃ 摄氏度": "1"},
        "angle": {"° 度 degree degrees": "1"},
        "money": {"元 圆 ¥ yuan": "1", "角": "1/10", "万元": "10000"},
        "dollar": {"$ dollar dollars": "1"},
        "count": {
            "个 只 条 本 人 名 件 次 种 颗 棵 辆 岁 张 块 支 箱 盒 页 层 排 位 瓶 台 套 "
            "组 对 头 朵 枝 道 题 项 段 根 片 间 座 艘 倍 "
            "袋 户 班 场 圈 盏 把 双 篮 粒 枚 匹 听 桶 株 幅 杯 碗 句": "1"
        },
    }.items()
    for names, size in sizes.items()
    for name in names.split()
}  # fmt: skip

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
    """The number and unit that ``text`` (in written form) consists of, or None when it is more."""
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
    """The known unit that ``text`` is, "" for none, None when it is something else."""
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
        value = _chinese_value(body)
        if value is not None:
            return Quantity(sign * value, unit, is_percent=body.startswith("百分之"))
    return None


def _chinese_value(text: str) -> Fraction | None:
    if text.startswith("百分之"):
        share = _chinese_value(text.removeprefix("百分之"))
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
    is_decimal = bool(decimals) and all(c in CHINESE_DIGIT_VALUES for c in decimals)
    if value is None or (point and not is_decimal):
        return None
    digits = "".join(str(CHINESE_DIGIT_VALUES[c]) for c in decimals)
    return Fraction(f"{value}.{digits}" if digits else str(value))
