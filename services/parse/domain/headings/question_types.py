"""The type of a question from its section's title, its options and its answer places."""

import re

from shared.contract.questions import QuestionType

#: Tried in this order: the first that is found in a title decides.
_TITLES: tuple[tuple[QuestionType, re.Pattern[str]], ...] = tuple(
    (kind, re.compile(pattern, re.IGNORECASE))
    for kind, pattern in (
        (
            QuestionType.MULTIPLE_CHOICE,
            (
                r"多项?选|不定项|双项选"
                r"|multiple[\s-]*(?:answer|response)|select all|all that apply"
            ),
        ),
        (
            QuestionType.TRUE_FALSE,
            r"判断|是非|对错|辨析正误|true\b.{0,12}\bfalse|\bT\s*/\s*F\b|right or wrong",
        ),
        (
            QuestionType.SINGLE_CHOICE,
            (
                r"单项|单选|选择|择题|完[形型]|阅读理解|听力|cloze"
                r"|(?:multiple|single)[\s-]*choice|choose|best answer"
                r"|reading comprehension|listening"
            ),
        ),
        (
            QuestionType.FILL_IN,
            (
                r"填空|填一填|填写|默写|口算|直接写|fill|blank|complete the|gap|spell|completion"
                r"|words? and expressions|correct form"
            ),
        ),
        (
            QuestionType.ESSAY,
            r"作文|写作|习作|书面表达|论述|essay|composition|writ(?:e|ing)",
        ),
        (
            QuestionType.SHORT_ANSWER,
            (
                r"解答|计算|简答|问答|应用|综合|证明|解决问题"
                r"|实验|作图|材料|探究|翻译"
                r"|short[\s-]*answer|solve|problems?\b|calculat|translat|prove|answer the"
                r"|open[\s-]*ended"
            ),
        ),
    )
)
_NOT_CHOICE = re.compile(r"非选择题")


def type_of_title(title: str) -> QuestionType | None:
    """The type that a section title names; None where it names none."""
    head = _NOT_CHOICE.sub("解答题", title)
    # What stands before the bracket is the name; what is in it explains and may name other types.
    name = re.split(r"[（(【\[：:]", head, maxsplit=1)[0]
    for text in (name, head):
        for kind, pattern in _TITLES:
            if pattern.search(text):
                return kind
    return None


def type_of_question(
    titled: QuestionType | None,
    *,
    option_count: int,
    has_bracket: bool,
    has_blank: bool,
    has_verdict: bool = False,
) -> QuestionType:
    """The type of one question: the title decides unless the question contradicts it.

    Options make a choice whatever the title says of reading or listening; without any title a
    bracket without options is to be filled in, unless a sign for true or false stands in it
    (``has_verdict``).
    """
    choices = {QuestionType.SINGLE_CHOICE, QuestionType.MULTIPLE_CHOICE}
    if titled is not None:
        is_choice_by_form = option_count >= 2 and titled not in {*choices, QuestionType.TRUE_FALSE}
        return QuestionType.SINGLE_CHOICE if is_choice_by_form else titled
    if option_count >= 2:
        return QuestionType.SINGLE_CHOICE
    if has_blank:
        return QuestionType.FILL_IN
    if has_verdict:
        return QuestionType.TRUE_FALSE
    if has_bracket:
        return QuestionType.FILL_IN
    return QuestionType.SHORT_ANSWER
