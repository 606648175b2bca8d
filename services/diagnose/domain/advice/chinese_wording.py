"""The Chinese sentences of the advice."""

from services.diagnose.domain.advice.findings import (
    Findings,
    PointFinding,
    Questions,
    SectionFinding,
    SlipFinding,
    in_order,
)
from services.diagnose.domain.advice.remedies import habit, remedy
from shared.contract.documents import Contrast
from shared.contract.failures import Language
from shared.contract.question_names import QuestionNames

_REASONS = {
    Contrast.EASY_LOST: "，但失分的比做对的容易",
    Contrast.HARD_LOST: "，而失分的都比做对的难",
}


class ChineseWording:
    """Speaks to a student, teacher and parent, plainly and without routine praise."""

    def __init__(self, names: QuestionNames) -> None:
        self._names = names

    def score(self, findings: Findings) -> str:
        """Points, and what is open; or that the paper was read and not scored."""
        score = findings.score
        if not findings.graded:
            if not findings.has_key:
                return (
                    f"已识读 {findings.questions} 题，未评分：没有参考答案，卷面上也没有批改。"
                    "补交参考答案后即可得到得分和诊断。"
                )
            return f"全卷共 {findings.questions} 题，都还不能自动评分，请老师批阅后再看诊断。"
        unit = "题" if score.in_questions else "分"
        text = f"已评 {findings.graded} / {findings.questions} 题"
        if score.rate is not None:
            # Without a key the rest is not open but unknown.
            left_open = score.open if findings.has_key else 0.0
            earned, full = score.earned, score.full + left_open
            text = (
                f"答对 {earned:g} / {full:g} 题"
                if score.in_questions
                else (f"得 {earned:g} 分，满分 {full:g} 分")
            )
            if left_open:
                text += (
                    f"；其中 {left_open:g} {unit}待定，最后在 "
                    f"{earned:g}–{earned + left_open:g} {unit}之间"
                )
        left = findings.questions - findings.graded
        if left and not findings.has_key:
            text += (
                f"。没有参考答案：只计入能验算或老师批过的 {findings.graded} 题，"
                f"其余 {left} 题只识读、未评分"
            )
        elif findings.review and not score.open:
            text += f"；另有 {len(findings.review)} 题待人工复核"
        return text + "。"

    def lowest_section(self, section: SectionFinding) -> str:
        """The section that lost most."""
        return (
            f"失分最集中的是“{section.name}”：{section.items} 题中 {section.lost_items} 题失分，"
            f"得 {section.earned:g}/{section.full:g} 分。"
        )

    def levels(self, findings: Findings) -> str:
        """How many points are weak, strong, or cannot be judged."""
        parts = []
        if findings.weak:
            names = "、".join(point.name for point in findings.weak[:3])
            tail = "等" if len(findings.weak) > 3 else ""
            parts.append(f"可以判定薄弱的知识点有 {len(findings.weak)} 个（{names}{tail}）")
        if findings.strong:
            names = "、".join(point.name for point in findings.strong[::-1][:3])
            tail = "等" if len(findings.strong) > 3 else ""
            parts.append(f"掌握扎实的有 {len(findings.strong)} 个（{names}{tail}）")
        if findings.adequate:
            parts.append(f"达到基本要求的有 {len(findings.adequate)} 个")
        if findings.undecided:
            parts.append(f"{len(findings.undecided)} 个知识点题目太少或结果不一，本卷不足以下结论")
        return "，".join(parts) + "。" if parts else ""

    def no_points(self) -> str:
        """Say that no question names a knowledge point."""
        return "本卷题目没有标注知识点，因此只统计得分，不判断知识点掌握情况。"

    def strength(self, point: PointFinding) -> str:
        """A strong point with its evidence."""
        return (
            f"{point.name}：{_evidence(point)}{_reason(point)}，估计掌握度 {point.mastery:.0%}"
            f"（九成把握在 {point.low:.0%}–{point.high:.0%} 之间）。"
        )

    def weakness(self, point: PointFinding) -> str:
        """A weak point with its evidence."""
        return (
            f"{point.name}：{_evidence(point)}{_reason(point)}，估计掌握度 {point.mastery:.0%}"
            f"（九成把握在 {point.low:.0%}–{point.high:.0%} 之间），"
            f"低于 60% 的可能性为 {point.certainty:.0%}。"
            f"失分题：{self._names.several(in_order(point.lost))}。"
        )

    def why_weak(self, point: PointFinding) -> str:
        """What a parent reads of a weak point."""
        return f"{_evidence(point)}{_reason(point)}：{self._names.several(in_order(point.lost))}。"

    def why_unsure(self, point: PointFinding) -> str:
        """What a parent reads of a point with losses that is not called weak."""
        return (
            f"{_evidence(point)}：{self._names.several(in_order(point.lost))}。"
            "题目还少，暂不能说是薄弱，再做两三题便可确认。"
        )

    def slip_title(self, slip: SlipFinding) -> str:
        """What several slips have in common."""
        return habit(slip.kind, Language.ZH)

    def why_slip(self, slip: SlipFinding) -> str:
        """In which questions the slip was made."""
        return f"同样的错出现了 {len(slip.lost)} 次：{self._names.several(in_order(slip.lost))}。"

    def other_title(self, lost: Questions) -> str:
        """Wrong answers that have no point in common."""
        return "订正其余错题" if len(lost) > 1 else "订正错题"

    def why_other(self, lost: Questions) -> str:
        """Which they are."""
        return (
            f"{self._names.several(in_order(lost))}，各属不同内容，看不出共同的薄弱处。"
            if (len(lost) > 1)
            else f"{self._names.several(lost)}。"
        )

    def do(self, lost: Questions, *, is_point: bool) -> str:
        """What to do about questions that cost points."""
        first = lost[0]
        if first.error_kind is not None:
            return (
                f"{self._names.one(first)}：{remedy(first.error_kind, Language.ZH)}。"
                "订正后再做 3–5 道同类题。"
            )
        named = self._names.several(in_order(lost))
        if is_point:
            return f"不看答案重做{named}，找出第一处出错的步骤，对照课本弄懂，再做 3–5 道同类题。"
        return f"订正{named}，写下错因（概念、审题、计算或书写），一周后独立再做一遍。"

    def unanswered(self, questions: Questions) -> str:
        """Questions left empty."""
        return (
            f"{self._names.several(questions)}没有作答："
            "先问清是不会、漏看还是时间不够，三种情况的办法不同。"
        )

    def review(self, questions: Questions) -> str:
        """Questions a person has to grade."""
        return (
            f"请老师复核{self._names.several(questions)}：字迹、答案或评分依据不够确定，"
            "系统没有给分，也没有按错题计算。"
        )

    def mismatch(self, section: str, written: str, computed: str) -> str:
        """A written sum that differs from ours."""
        where = f"第{section}部分" if section else "卷面"
        return f"{where}所写的总分是 {written} 分，各题合计为 {computed} 分，请核对。"

    def conflicts(self, questions: Questions) -> str:
        """Questions whose evidence disagrees."""
        return f"{self._names.several(questions)}的批改痕迹与标准答案不一致，请确认以哪一个为准。"

    def nothing_lost(self) -> str:
        """Every graded question earned all its points."""
        return "已评的题目没有失分；可以换一份更难的试卷，看看还有哪里能提高。"


def _evidence(point: PointFinding) -> str:
    points = f"，得 {point.earned:g}/{point.full:g} 分" if point.full else ""
    return f"{point.items} 题做对 {point.right} 题{points}"


def _reason(point: PointFinding) -> str:
    return "" if point.contrast is None else _REASONS[point.contrast]
