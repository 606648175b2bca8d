"""What helps against each kind of slip, in Chinese and English."""

from services.diagnose.domain.scoring.error_causes import KINDS
from shared.contract.failures import Language

#: Kind: the habit's name, then what to do, each in Chinese and English.
_REMEDIES: dict[str, tuple[tuple[str, str], tuple[str, str]]] = {
    "missed_options": (
        ("多选题漏选", "options missed in multiple choice"),
        ("逐项判断每个选项对不对，写出理由再选", "judge every option by itself before choosing"),
    ),
    "extra_options": (
        ("多选题多选", "options too many in multiple choice"),
        ("只选能说出理由的选项", "choose only what a reason can be given for"),
    ),
    "sign": (
        ("正负号", "signs"),
        (
            "每一步都写出符号，最后代回检验",
            "write the sign in every step and check by substituting",
        ),
    ),
    "power_of_ten": (
        ("小数点与单位换算", "decimal points and conversions"),
        (
            "先估算结果的大小，再点小数点；换算时写出进率",
            "estimate the size first and write the factor of each conversion",
        ),
    ),
    "unit_missing": (
        ("漏写单位", "missing units"),
        ("答案写完后检查单位", "look for the unit after every answer"),
    ),
    "unit_wrong": (
        ("单位写错", "wrong units"),
        (
            "先统一单位再计算，长度、面积、体积的单位分开记",
            "bring all to one unit first; keep units of length, area and volume apart",
        ),
    ),
    "digits_swapped": (
        ("数字写颠倒", "swapped digits"),
        ("抄写后逐位核对", "compare digit by digit after writing"),
    ),
    "rounded": (
        ("近似与精确", "rounded values"),
        (
            "题目没有要求取近似值时保留分数或根号",
            "keep the fraction or root unless rounding is asked for",
        ),
    ),
    "reciprocal": (
        ("倒数关系", "reciprocals"),
        (
            "除以一个数时写出乘它的倒数这一步",
            "write the step in which dividing becomes multiplying by the reciprocal",
        ),
    ),
    "coordinates_swapped": (
        ("坐标次序", "order of coordinates"),
        ("先横后纵，在图上标出来检验", "x first, then y; mark the point to check"),
    ),
    "order_of_operations": (
        ("运算顺序", "order of operations"),
        (
            "先圈出括号和乘除再动笔，一行只算一步",
            "mark brackets, then × and ÷, before calculating; one step a line",
        ),
    ),
    "inverse_operation": (
        ("看错运算符号", "the wrong operation"),
        (
            "动笔前读出运算符号，算完用逆运算检验",
            "read the sign aloud first, check with the inverse operation",
        ),
    ),
    "transposed": (
        ("移项变号", "signs when moving terms"),
        (
            "在等式两边写出同加同减的一步，再代回检验",
            "write what is added to both sides, then substitute",
        ),
    ),
    "carry": (
        ("进位与退位", "carrying and borrowing"),
        (
            "列竖式，把进位、退位的小数字写出来",
            "write sums in columns with the small carried digits",
        ),
    ),
    "one_step": (
        ("差一步", "one step off"),
        (
            "算完用另一种方法再算一遍，口诀不熟的每天练几分钟",
            "do the sum a second way; practise the tables a few minutes a day",
        ),
    ),
    "miscopied": (
        ("抄错数", "numbers copied wrongly"),
        ("抄题后与原题逐个数字核对", "compare every number with the question after copying"),
    ),
    "agreement": (
        ("单复数与主谓一致", "agreement"),
        (
            "先找主语是单数还是复数，再定词尾",
            "find the subject first: one or many, then choose the ending",
        ),
    ),
    "tense": (
        ("时态与动词形式", "tense and verb forms"),
        (
            "先找时间词，再定时态；不规则动词表每天背几个",
            "find the word of time first; learn a few irregular verbs a day",
        ),
    ),
    "wrong_character": (
        ("错别字", "wrong characters"),
        ("把写错的字组词、造句各写两遍", "write words and sentences with the right character"),
    ),
    "spelling": (
        ("拼写", "spelling"),
        ("把正确的词拼读三遍再默写", "spell the word aloud three times, then write it from memory"),
    ),
}
if _REMEDIES.keys() != KINDS:
    raise LookupError("a kind of slip has no remedy")


def habit(kind: str, language: Language) -> str:
    """What slips of ``kind`` are about."""
    return _REMEDIES[kind][0][language is not Language.ZH]


def remedy(kind: str, language: Language) -> str:
    """What to do about slips of ``kind``."""
    return _REMEDIES[kind][1][language is not Language.ZH]
