"""Notes of conflicts and warnings, said in plain words."""

from collections.abc import Iterable

from services.report.domain.text.labels import LABELS, Label
from services.report.domain.text.plain_text import clean, clip
from shared.contract.failures import Language
from shared.contract.notes import PLACELESS, Note, NoteKind

#: ``{0}`` lists the places, or else the first details, of all notes whose other details agree.
#: ``{1}`` and ``{2}`` are those other details.
NOTES: dict[NoteKind, Label] = {
    NoteKind.PAGE_MISSING: Label(
        "按印刷的页码，缺少第 {0} 页，其中的题目没有统计。",
        "By the printed page numbers, page {0} is missing; its questions are not counted.",
    ),
    NoteKind.PAGE_REPEATED: Label(
        "页码 {0} 出现了不止一次，请确认没有重复上传。",
        "Page number {0} occurs more than once; please check for a page uploaded twice.",
    ),
    NoteKind.PAGE_INVERTED: Label(
        "上传的第 {0} 页是深色底浅色字（反色），已还原后识别。",
        "Uploaded page {0} was light on dark; it was inverted and then read.",
    ),
    NoteKind.PAGE_MIRRORED: Label(
        "上传的第 {0} 页左右颠倒（镜像），已还原后识别。",
        "Uploaded page {0} was mirrored; it was turned over and then read.",
    ),
    NoteKind.MIXED_PAGES: Label(
        "这些页可能不属于同一名学生（{0}），因此没有判分。请核对扫描件，必要时重新提交。",
        "These pages may not be of one student ({0}), so nothing was graded. Please check the scan "
        "and submit it again if need be.",
    ),
    NoteKind.ANSWERS_TO_REVIEW: Label(
        "有 {0} 处作答的字迹没有把握读准，请人工核对。",
        "Answers that could not be read with certainty: {0}. Please check them.",
    ),
    NoteKind.TOTAL_MISMATCH: Label(
        "卷面总分为 {0} 分，与逐题相加的 {1} 分不一致，请核对。",
        "The total written on the paper is {0}, but the questions add up to {1}; please check.",
    ),
    NoteKind.SECTION_MISMATCH: Label(
        "第 {0} 部分的卷面得分为 {1} 分，与逐题相加的 {2} 分不一致，请核对。",
        "In section {0} the written score is {1}, but its questions add up to {2}; please check.",
    ),
    NoteKind.CONFLICT: Label(
        "{0} 题：{1}互相矛盾，请确认判定。",
        "Question {0}: {1} contradict each other; please confirm the verdict.",
    ),
    NoteKind.QUESTION_NOT_FOUND: Label(
        "参考答案中的 {0} 题没有在试卷上找到。",
        "In the answer key but not found on the paper: {0}.",
    ),
    NoteKind.NOT_IN_KEY: Label(
        "试卷上的 {0} 题不在参考答案中，因此没有据答案判分。",
        "On the paper but not in the answer key, so not graded by it: {0}.",
    ),
    NoteKind.SCORING_FAILED: Label(
        "{0} 题判分时程序出错，未计分，请人工判定。",
        "Scoring failed, so a person has to judge and nothing is counted: {0}.",
    ),
    NoteKind.ANSWER_ABOUT_MARKS: Label(
        "{0} 题的作答中有对阅卷者说的话或关于得分的话，因此没有交给语言模型评分，请老师判定。",
        "The answer speaks to the marker or of its own mark, so no language model graded it; a "
        "teacher has to: {0}.",
    ),
    NoteKind.MODEL_FALLBACK: Label(
        "语言模型未能完成部分工作（{0}），这些部分由本地规则引擎给出。",
        "A language model left part of the work ({0}) to the local rules.",
    ),
    NoteKind.NUMBER_MISREAD: Label(
        "{0} 题的题号读作 {1}，已按位置对应，请核对。",
        "Question {0} was read as number {1} and matched by its position; please check.",
    ),
}

_FALLBACK = Label(
    "系统留下了一条提示（{code}），请老师核对。",
    "The system left a remark ({code}); please have a teacher look at it.",
)
_AND = Label("与", " and ")


def say_notes(notes: Iterable[Note], language: Language) -> tuple[str, ...]:
    """One sentence for each kind of note: a second and a fifth page that are missing share one.

    Notes that are unknown, or have fewer details than their sentence needs, are shown as they are.
    """
    grouped: dict[tuple[NoteKind, tuple[str, ...]], list[str]] = {}
    for note in notes:
        parts = note.details if note.kind in PLACELESS else (note.where, *note.details)
        shown = tuple(clip(clean(part), 60) for part in parts)
        # Unknown notes have nothing in common.
        listed = 0 if note.kind is NoteKind.OTHER else 1
        grouped.setdefault((note.kind, shown[listed:]), []).extend(shown[:listed])
    return tuple(_say(kind, firsts, rest, language) for (kind, rest), firsts in grouped.items())


def _say(kind: NoteKind, firsts: list[str], rest: tuple[str, ...], language: Language) -> str:
    if kind is NoteKind.MIXED_PAGES:
        firsts = [_named(f"mixed_{why}", why, language) for why in firsts]
    listed = LABELS["separator"].in_language(language).join(firsts)
    if kind is NoteKind.CONFLICT:
        said = [
            _AND.in_language(language).join(
                _named(f"basis_{part}", part, language) for part in rest
            )
        ]
    else:
        said = list(rest)
    if kind in NOTES and any(firsts):
        try:
            return NOTES[kind].in_language(language).format(listed, *said)
        except IndexError:
            pass
    name = "" if kind is NoteKind.OTHER else kind.value
    code = ":".join(filter(None, (name, listed, *rest)))
    return _FALLBACK.in_language(language).format(code=clip(code, 80))


def _named(key: str, code: str, language: Language) -> str:
    """What ``key`` is called; ``code`` where only a later version knows it."""
    label = LABELS.get(key)
    return code if label is None else label.in_language(language)
