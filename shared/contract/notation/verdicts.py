"""Signs and words for true and false."""

#: The pairs of signs that answer true-or-false questions, true first.
PAIRS = ("√×", "TF", "对错")
SIGNS = "".join(PAIRS)
#: Ticks and crosses as they are typed.
TICKS, CROSSES = "√✓✔", "×✗✘"
#: Ticks and crosses as readers give those of a hasty pen.
PEN_MARKS = "√×✓✗XxV"
#: Words that are a verdict whatever the question asks for, in small letters.
UNMISTAKABLE = frozenset({"对", "错", "正确", "错误", "√", "×", "t", "f", "true", "false"})
#: What everybody writes for true and for false, in small letters.
TRUE = frozenset({*TICKS, "v", "t", "true", "对", "正确", "是", "right", "yes"})
FALSE = frozenset({*CROSSES, "x", "f", "false", "错", "错误", "否", "wrong", "no"})
#: What counts as true, false or not given beside an answer key that says so, in small letters.
TRUE_BY_KEY = TRUE | {"y", "correct", "对的", "正确的", "○"}
FALSE_BY_KEY = FALSE | {"✕", "不对", "不正确", "n", "incorrect", "错的", "不是", "*"}
NOT_GIVEN_BY_KEY = frozenset(
    {"ng", "notgiven", "未提及", "未提到", "没提到", "notmentioned", "doesntsay"}
)
