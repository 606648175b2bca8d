"""Every word of the class page that does not come from the class, in Chinese and English."""

from shared.contract.failures import Language

#: By name: Chinese, English.
_WORDS: dict[str, tuple[str, str]] = {
    "report": ("班级学情报告", "Class report"),
    "subject": ("科目", "Subject"),
    "grade": ("年级", "Grade"),
    "students": ("学生人数", "Students"),
    "computed": ("统计时间", "Computed"),
    "refitted": (
        "人数达到 30 人，题目难度由本班作答数据重新估计，并用于下面的知识点掌握程度。",
        (
            "With 30 students or more, item difficulties were fitted to this class's own answers; "
            "the mastery below uses them."
        ),
    ),
    "not_current": (
        "有新的试卷完成，统计正在更新，请稍后刷新。",
        "Further papers have been completed; the figures are being updated. Reload in a moment.",
    ),
    "stale": (
        "答案已更换，{n} 份答卷仍按旧答案评分。请重新评分后再看统计。",
        (
            "The answer key was replaced: {n} papers are still scored by the earlier key. "
            "Have them scored anew before you use these figures."
        ),
    ),
    "left_out": (
        "另有 {n} 名学生超出一份报告的上限，未计入。",
        "{n} more students exceed what one report holds and are not counted.",
    ),
    "empty": (
        "这份试卷还没有处理完成的答卷。",
        "No student's paper has been completed yet.",
    ),
    "scores": ("成绩分布", "Scores"),
    "mean": ("平均得分率", "Mean score rate"),
    "median": ("中位数", "Median"),
    "deviation": ("标准差", "Standard deviation"),
    "bands_alt": ("各得分率区间的人数：{counts}", "Students by score rate: {counts}"),
    "at_risk": ("需要关注的学生", "Students who need attention"),
    "at_risk_note": (
        "得分率低于 60%，或有两个以上薄弱知识点。",
        "A score rate below 60 %, or two or more weak knowledge points.",
    ),
    "nobody": ("没有。", "None."),
    "student": ("学生", "Student"),
    "rate": ("得分率", "Score rate"),
    "weak_points": ("薄弱知识点", "Weak points"),
    "most_missed": ("失分最多的题目", "Most missed questions"),
    "questions": ("逐题统计", "Question by question"),
    "questions_note": (
        (
            "难度 0.5 表示中等学生能得 70% 的分；区分度是该题与其余题目得分的相关系数。"
            "判分人数不足 10 人时不显示难度和区分度，不足 5 人时不显示选项分布。"
        ),
        (
            "Difficulty 0.5 is an item of which the average student earns 70 %; discrimination is "
            "the correlation with the other questions. Both are hidden below ten graded students, "
            "and chosen options below five."
        ),
    ),
    "number": ("题号", "No."),
    "type": ("题型", "Type"),
    "points": ("知识点", "Knowledge points"),
    "graded": ("已判", "Graded"),
    "difficulty": ("难度", "Difficulty"),
    "discrimination": ("区分度", "Discrimination"),
    "answers": ("选项分布", "Chosen"),
    "right": ("正确", "right"),
    "unanswered": ("空", "none"),
    "mastery": ("知识点热力图", "Knowledge points by student"),
    "mastery_note": (
        "数字为在中等难度题目上的预期得分率（%）；带问号的灰色格子证据不足，不下结论。",
        (
            "Numbers are expected score rates in percent on items of average difficulty; grey "
            "cells with a question mark have too little evidence for a verdict."
        ),
    ),
    "class_mean": ("全班平均", "Class mean"),
    "strong": ("掌握牢固", "Strong"),
    "adequate": ("基本掌握", "Adequate"),
    "weak": ("薄弱", "Weak"),
    "insufficient_evidence": ("证据不足", "Too little evidence"),
    "single_choice": ("单选题", "Single choice"),
    "multiple_choice": ("多选题", "Multiple choice"),
    "true_false": ("判断题", "True or false"),
    "fill_in": ("填空题", "Fill in"),
    "short_answer": ("解答题", "Short answer"),
    "essay": ("作文", "Essay"),
    "made_by": (
        "由 ExamLens 自动统计；待复核的题目不计入任何数字。",
        "Computed by ExamLens; questions awaiting review count towards no figure.",
    ),
}


def class_words(language: Language) -> dict[str, str]:
    """All wordings in ``language`` by name, as the template reads them."""
    return {name: both[language is not Language.ZH] for name, both in _WORDS.items()}
