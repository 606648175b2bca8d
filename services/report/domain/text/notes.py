"""Codes of conflicts and warnings, said in plain words."""

from collections.abc import Iterable

from services.report.domain.text.labels import LABELS, Label
from services.report.domain.text.plain_text import clean, clip
from shared.contract.failures import Language

#: By a code's name, which is the part before its first colon. ``{0}`` lists the first details of
#: all codes whose other details agree. ``{1}`` and ``{2}`` are those other details.
NOTES: dict[str, Label] = {
    "page_missing": Label(
        "按印刷的页码，缺少第 {0} 页，其中的题目没有统计。",
        "By the printed page numbers, page {0} is missing; its questions are not counted.",
    ),
    "page_repeated": Label(
        "页码 {0} 出现了不止一次，请确认没有重复上传。",
        "Page number {0} occurs more than once; please check for a page uploaded twice.",
    ),
    "answers_to_review": Label(
        "有 {0} 处作答的字迹没有把握读准，请人工核对。",
        "Answers that could not be read with certainty: {0}. Please check them.",
    ),
    "total_mismatch": Label(
        "卷面总分为 {0} 分，与逐题相加的 {1} 分不一致，请核对。",
        "The total written on the paper is {0}, but the questions add up to {1}; please check.",
    ),
    "section_mismatch": Label(
        "第 {0} 部分的卷面得分为 {1} 分，与逐题相加的 {2} 分不一致，请核对。",
        "In section {0} the written score is {1}, but its questions add up to {2}; please check.",
    ),
    "conflict": Label(
        "{0} 题：{1}互相矛盾，请确认判定。",
        "Question {0}: {1} contradict each other; please confirm the verdict.",
    ),
    "question_not_found": Label(
        "参考答案中的 {0} 题没有在试卷上找到。",
        "In the answer key but not found on the paper: {0}.",
    ),
    "not_in_key": Label(
        "试卷上的 {0} 题不在参考答案中，因此没有据答案判分。",
        "On the paper but not in the answer key, so not graded by it: {0}.",
    ),
    "model_fallback": Label(
        "语言模型未能完成部分工作（{0}），这些部分由本地规则引擎给出。",
        "A language model left part of the work ({0}) to the local rules.",
    ),
    "number_misread": Label(
        "{0} 题的题号读作 {1}，已按位置对应，请核对。",
        "Question {0} was read as number {1} and matched by its position; please check.",
    ),
}

_FALLBACK = Label(
    "系统留下了一条提示（{code}），请老师核对。",
    "The system left a remark ({code}); please have a teacher look at it.",
)
_AND = Label("与", " and ")


def say_notes(codes: Iterable[str], language: Language) -> tuple[str, ...]:
    """One sentence for each kind of remark: ``page_missing:2`` and ``:5`` share one.

    Codes that are unknown, or have fewer details than their sentence needs, are shown as they are.
    """
    grouped: dict[tuple[str, ...], list[str]] = {}
    for code in codes:
        name, *details = (clip(clean(part), 60) for part in code.split(":"))
        grouped.setdefault((name, *details[1:]), []).extend(details[:1])
    return tuple(_say(kind[0], firsts, kind[1:], language) for kind, firsts in grouped.items())


def _say(name: str, firsts: list[str], rest: tuple[str, ...], language: Language) -> str:
    label = NOTES.get(name)
    listed = LABELS["separator"].in_language(language).join(firsts)
    said = [_name_kinds(part, language) if name == "conflict" else part for part in rest]
    if label is not None and firsts:
        try:
            return label.in_language(language).format(listed, *said)
        except IndexError:
            pass
    code = ":".join(filter(None, (name, listed, *rest)))
    return _FALLBACK.in_language(language).format(code=clip(code, 80))


def _name_kinds(pair: str, language: Language) -> str:
    """The kinds of evidence in a code such as ``mark-key`` by their names."""
    names = (
        LABELS[f"basis_{kind}"].in_language(language) if f"basis_{kind}" in LABELS else kind
        for kind in pair.split("-")
    )
    return _AND.in_language(language).join(names)
