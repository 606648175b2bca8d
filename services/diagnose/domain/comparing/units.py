"""Units of school subjects with their dimensions and sizes."""

from fractions import Fraction


def _table(dimensions: dict[str, dict[str, str]]) -> dict[str, tuple[str, Fraction]]:
    return {
        name: (dimension, Fraction(size))
        for dimension, sizes in dimensions.items()
        for names, size in sizes.items()
        for name in names.split()
    }


#: Dimension and size of a unit in that dimension's first unit.
UNITS: dict[str, tuple[str, Fraction]] = _table(
{
        "length": {
            "m 米 metre meter metres meters": "1", "cm 厘米 centimetre centimeter": "1/100",
            "mm 毫米": "1/1000", "dm 分米": "1/10", "km 千米 公里": "1000", "里": "500",
            "海里": "1852",
            "μm um 微米": "1/1000000",
            "nm 纳米": "1/1000000000",
        },
        "area": {
            "m^2 m2 平方米 ㎡": "1", "cm^2 cm2 平方厘米": "1/10000", "dm^2 dm2 平方分米": "1/100",
            "mm^2 mm2 平方毫米": "1/1000000", "km^2 km2 平方千米 平方公里": "1000000",
            "公顷 ha": "10000", "亩": "2000/3",
        },
        "volume": {
            "m^3 m3 立方米": "1", "cm^3 cm3 立方厘米 ml mL 毫升": "1/1000000",
            "dm^3 dm3 立方分米 l L 升": "1/1000", "mm^3 mm3 立方毫米": "1/1000000000",
        },
        "mass": {
            "kg 千克 公斤": "1", "g 克": "1/1000", "mg 毫克": "1/1000000", "t 吨": "1000",
            "斤": "1/2",
        },
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
        "money": {"元 圆 ¥ yuan RMB CNY": "1", "角 毛": "1/10", "万元": "10000"},
        "dollar": {"$ dollar dollars 美元 USD": "1"},
        "euro": {"€ euro euros 欧元 EUR": "1"},
        "sterling": {"£ 英镑 GBP": "1"},
        "fahrenheit": {"°F ℉ 华氏度": "1"},
        "count": {
            "个 只 条 本 人 名 件 次 种 颗 棵 辆 岁 张 块 支 箱 盒 页 层 排 位 瓶 台 套 "
            "组 对 头 朵 枝 道 题 项 段 根 片 间 座 艘 倍 "
            "袋 户 班 场 圈 盏 把 双 篮 粒 枚 匹 听 桶 株 幅 杯 碗 句 副 包 串 盘": "1",
            "打 dozen": "12",
        },
    }
)  # fmt: skip
#: Names that are used besides, some of them for what they share with a name above.
_OF_AMOUNTS = _table(
    {
        "length": {
            "in inch inches 英寸": "127/5000", "ft foot feet 英尺": "381/1250",
            "yd yard yards": "1143/1250", "mile miles 英里": "201168/125",
        },
        "volume": {"cl 厘升": "1/100000", "dl 分升": "1/10000"},
        "mass": {"两": "1/20", "lb pound pounds 磅": "45359237/100000000"},
        "time": {"刻 刻钟": "900", "周 星期 week weeks": "604800"},
        "calendar": {
            "月 个月 month months": "1", "季度": "3", "年 year years": "12",
            "世纪 century centuries": "1200",
        },
        "money": {"分钱": "1/100"},
        "dollar": {"cent cents ¢": "1/100"},
    }
)  # fmt: skip
#: Further meanings of a name that stands above. 5分 may be minutes or money, 5度 an angle, a
#: temperature or electricity.
_FURTHER: dict[str, dict[str, Fraction]] = {
    "分": {"money": Fraction(1, 100)},
    "度": {"temperature": Fraction(1), "energy": Fraction(3_600_000)},
    "°": {"temperature": Fraction(1)},
    "块": {"money": Fraction(1)},
    "pound": {"sterling": Fraction(1)},
    "pounds": {"sterling": Fraction(1)},
}
#: Groups of things: how many things a group has is not told by its name.
_GROUPS = frozenset("双 对 副 组 套 箱 盒 包 袋 串 篮 桶 班 户 排 层 把 盘 段 页".split())  # noqa: SIM905 - names
#: Dimensions that are told in one another, but by no fixed factor.
_CONVERTIBLE = (
    frozenset({"time", "calendar", "count"}),
    frozenset({"temperature", "fahrenheit"}),
    frozenset({"money", "dollar", "euro", "sterling"}),
)


def sizes_of(name: str) -> dict[str, Fraction]:
    """Every dimension that the unit called ``name`` can be of, with its size there."""
    found = [table[name] for table in (UNITS, _OF_AMOUNTS) if name in table]
    return {dimension: size for dimension, size in found if dimension != "count"} | _FURTHER.get(
        name, {}
    )


def meanings_of(name: str) -> dict[str, Fraction]:
    """The same, counting included."""
    found = {"count": UNITS[name][1]} if name in UNITS and UNITS[name][0] == "count" else {}
    return found | sizes_of(name)


def are_comparable(one: str, other: str) -> bool:
    """Whether different amounts in these units are certainly different.

    They are not where either name has several meanings that both could share, or counts groups.
    """
    if one == other:
        return True
    if one in _GROUPS or other in _GROUPS:
        return False
    ours, theirs = meanings_of(one).keys(), meanings_of(other).keys()
    if ours & theirs:
        return True
    return not any(ours & group and theirs & group for group in _CONVERTIBLE)
