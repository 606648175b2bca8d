"""The Chinese sentences of the advice."""

from services.diagnose.domain.advice.findings import Findings, PointFinding, SectionFinding
from services.diagnose.domain.advice.wording import MOST_ADDRESSES


class ChineseWording:
    """Speaks to a student, teacher and parent, plainly and without routine praise."""

    def score(self, findings: Findings) -> str:
        """Points, graded and ungraded questions."""
        score = findings.score
        if not findings.graded:
            return f"全卷共 {findings.questions} 题，都还不能自动评分，请老师批阅后再看诊断。"
        text = f"全卷 {findings.questions} 题，已评 {findings.graded} 题"
        if score.rate is not None and score.in_questions:
            text += f"，答对 {score.earned:g} 题（正确率 {score.rate:.0%}）"
        elif score.rate is not None:
            text += (
                f"，得 {score.earned:g} 分（已评满分 {score.full:g} 分，得分率 {score.rate:.0%}）"
            )
        if findings.review:
            text += f"；另有 {len(findings.review)} 题待人工复核，未计入得分率"
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
        return "，".join(parts) + "。"

    def no_points(self) -> str:
        """Say that no question names a knowledge point."""
        return "本卷题目没有标注知识点，因此只统计得分，不判断知识点掌握情况。"

    def strength(self, point: PointFinding) -> str:
        """A strong point with its evidence."""
        return (
            f"{point.name}：{_evidence(point)}，估计掌握度 {point.mastery:.0%}"
            f"（九成把握在 {point.low:.0%}–{point.high:.0%} 之间）。"
        )

    def weakness(self, point: PointFinding) -> str:
        """A weak point with its evidence."""
        return (
            f"{point.name}：{_evidence(point)}，估计掌握度 {point.mastery:.0%}"
            f"（九成把握在 {point.low:.0%}–{point.high:.0%} 之间），"
            f"低于 60% 的可能性为 {point.certainty:.0%}。失分题：{_listed(point.lost)}。"
        )

    def practise(self, point: PointFinding) -> str:
        """What to do about a weak point."""
        return (
            f"先补“{point.name}”：不看答案重做{_listed(point.lost)}，找出第一处出错的步骤，"
            "对照课本弄懂后，再做 3–5 道同类题检验。"
        )

    def redo(self, addresses: tuple[str, ...]) -> str:
        """Wrong answers that belong to no weak point."""
        return f"订正{_listed(addresses)}：写下错因（概念、审题、计算或书写），一周后再独立做一遍。"

    def probe(self, points: tuple[PointFinding, ...]) -> str:
        """Points with losses but too few items to judge."""
        names = "、".join(f"{point.name}（{_listed(point.lost)}）" for point in points)
        return (
            f"{names}有失分，但题目太少或表现不一，还不能说是薄弱；每个知识点再做两三道题便可确认。"
        )

    def unanswered(self, addresses: tuple[str, ...]) -> str:
        """Questions left empty."""
        return f"{_listed(addresses)}没有作答：先问清是不会、漏看还是时间不够，三种情况的办法不同。"

    def review(self, addresses: tuple[str, ...]) -> str:
        """Questions a person has to grade."""
        return (
            f"请老师复核{_listed(addresses)}：字迹、答案或评分依据不够确定，"
            "系统没有给分，也没有按错题计算。"
        )

    def mismatch(self, section: str, written: str, computed: str) -> str:
        """A written sum that differs from ours."""
        where = f"第{section}部分" if section else "卷面"
        return f"{where}所写的总分是 {written} 分，各题合计为 {computed} 分，请核对。"

    def conflicts(self, addresses: tuple[str, ...]) -> str:
        """Questions whose evidence disagrees."""
        return f"{_listed(addresses)}的批改痕迹与标准答案不一致，请确认以哪一个为准。"

    def nothing_lost(self) -> str:
        """Every graded question earned all its points."""
        return "已评的题目没有失分；可以换一份更难的试卷，看看还有哪里能提高。"


def _evidence(point: PointFinding) -> str:
    points = f"得 {point.earned:g}/{point.full:g} 分" if point.full else f"{len(point.lost)} 题失分"
    return f"{point.items} 题{points}"


def _listed(addresses: tuple[str, ...]) -> str:
    shown = "、".join(addresses[:MOST_ADDRESSES])
    if len(addresses) > MOST_ADDRESSES:
        return f"第 {shown} 等 {len(addresses)} 题"
    return f"第 {shown} 题"
