"""Every word of a report that does not come from the exam, in Chinese and English."""

from dataclasses import dataclass

from shared.contract.failures import Language


@dataclass(frozen=True, slots=True)
class Label:
    """One wording in both languages; ``{name}`` marks a value to be filled in."""

    zh: str
    en: str

    def in_language(self, language: Language) -> str:
        """The wording in ``language``."""
        return self.zh if language is Language.ZH else self.en


LABELS: dict[str, Label] = {
    "report": Label("学情诊断报告", "Exam report"),
    "error_book": Label("错题本", "Error book"),
    "mixed_names": Label("姓名不同", "different names"),
    "mixed_numbers": Label("学号不同", "different students' numbers"),
    "mixed_page_numbers": Label("页码重复或总页数不同", "page numbers that do not fit together"),
    "mixed_page_order": Label("页面顺序错乱", "pages out of order"),
    "mixed_reference": Label("与提交时的学生不符", "another student than it was submitted for"),
    "mixed_same_page": Label("同一页出现两次", "one page of the paper twice"),
    "untitled": Label("试卷", "Exam paper"),
    "student": Label("学生", "Student"),
    "subject": Label("科目", "Subject"),
    "grade": Label("年级", "Grade"),
    "date": Label("提交时间", "Submitted"),
    "score": Label("得分", "Score"),
    "rate": Label("得分率", "Score rate"),
    "earned": Label("得分", "Earned"),
    "full": Label("满分", "Full marks"),
    "out_of": Label("/ {full} 分", "/ {full} points"),
    "out_of_questions": Label("/ {full} 题", "/ {full} questions"),
    "one_each": Label(
        "卷面和答案都没有给出分值：每题计 1 分，得分即答对的题数。",
        "Neither the paper nor a key gives points: every question counts one, so the score is the "
        "number of right answers.",
    ),
    "questions_counted": Label("共 {n} 题", "{n} questions"),
    "not_listed": Label(
        "题目过多，这里只列出前 {n} 题；全部题目见结果文档。",
        "There are too many questions to list: these are the first {n}. The result has all.",
    ),
    "review_count": Label("待复核 {n} 题", "{n} awaiting review"),
    "review_note": Label(
        "待复核的题目不计入得分和得分率，请老师确认后再统计。",
        "Questions awaiting review count towards neither score nor rate until a person decides.",
    ),
    "nothing_graded": Label(
        "目前没有可以自动判分的题目，因此没有得分率。",
        "No question could be graded yet, so there is no score rate.",
    ),
    "verdicts": Label("答题情况", "Verdicts"),
    "correct": Label("正确", "Correct"),
    "incorrect": Label("错误", "Incorrect"),
    "partial": Label("部分正确", "Partly correct"),
    "unanswered": Label("未作答", "Unanswered"),
    "needs_review": Label("待复核", "Needs review"),
    "single_choice": Label("单选题", "Single choice"),
    "multiple_choice": Label("多选题", "Multiple choice"),
    "true_false": Label("判断题", "True or false"),
    "fill_in": Label("填空题", "Fill in"),
    "short_answer": Label("解答题", "Short answer"),
    "essay": Label("作文", "Essay"),
    "diagnosis": Label("诊断与建议", "Diagnosis and advice"),
    "strengths": Label("掌握较好", "Strengths"),
    "weaknesses": Label("需要加强", "To work on"),
    "recommendations": Label("学习建议", "Recommendations"),
    "by_rules": Label(
        "以上文字由规则根据本报告的数据生成。", "Written by rules from the figures in this report."
    ),
    "by_model": Label(
        "以上文字由语言模型 {engine} 撰写，所有数字由程序计算。",
        "Written by the language model {engine}; every figure was computed by program.",
    ),
    "mastery": Label("知识点掌握情况", "Mastery by knowledge point"),
    "mastery_note": Label(
        "条形为在中等难度题目上的预期得分率，横线为 90% 可信区间；"
        "证据不足（题目太少或表现不一）的知识点只给出参考范围，不下结论。",
        "Bars show the expected score rate on items of average difficulty, whiskers the 90 % "
        "interval. Where evidence is insufficient (few or mixed answers), there is no verdict.",
    ),
    "no_mastery": Label(
        "本次没有可用于估计掌握程度的题目。", "There were no items to estimate mastery from."
    ),
    "knowledge_point": Label("知识点", "Knowledge point"),
    "item_count": Label("题数", "Items"),
    "expected": Label("预期得分率", "Expected rate"),
    "interval": Label("90% 区间", "90 % interval"),
    "level": Label("水平", "Level"),
    "strong": Label("掌握牢固", "Strong"),
    "adequate": Label("基本掌握", "Adequate"),
    "weak": Label("薄弱", "Weak"),
    "insufficient_evidence": Label("证据不足", "Insufficient evidence"),
    "mastery_alt": Label(
        "{name}：预期得分率 {rate}，90% 区间 {interval}，{level}",
        "{name}: expected rate {rate}, 90 % interval {interval}, {level}",
    ),
    "axis_alt": Label("横轴：0% 到 100%", "Axis from 0 % to 100 %"),
    "trend": Label("与以往试卷相比", "Compared with earlier papers"),
    "trend_note": Label(
        "每个点是一份试卷上的预期得分率（已考虑题目难度），竖线为 90% 可信区间；"
        "变化的把握不足 90% 时不下结论。题目太少的试卷不计入。",
        "Each dot is one paper's expected score rate, item difficulty allowed for; lines are the "
        "90 % intervals. A change is named only when it is at least 90 % probable. Papers with too "
        "few items are left out.",
    ),
    "papers_count": Label("试卷数", "Papers"),
    "since": Label("自", "Since"),
    "change": Label("变化", "Change"),
    "better": Label("有进步", "Better"),
    "worse": Label("有退步", "Worse"),
    "unclear": Label("尚不能判断", "Not clear yet"),
    "trend_alt": Label(
        "{name}：{entries}；{direction}",
        "{name}: {entries}; {direction}",
    ),
    "trend_entry": Label("{date} 为 {rate}（{interval}）", "{date}: {rate} ({interval})"),
    "sections": Label("各部分得分", "Scores by section"),
    "section": Label("部分", "Section"),
    "section_only": Label("第{label}部分", "Section {label}"),
    "section_rest": Label("其他题目", "Other questions"),
    "count": Label("题数", "Questions"),
    "section_note": Label("得分率只计已判题目。", "Rates count graded questions only."),
    "questions": Label("逐题分析", "Question by question"),
    "number": Label("题号", "No."),
    "type": Label("题型", "Type"),
    "student_answer": Label("学生答案", "Student's answer"),
    "correct_answer": Label("参考答案", "Right answer"),
    "verdict": Label("判定", "Verdict"),
    "points": Label("得分", "Points"),
    "confidence": Label("判定把握", "Verdict certainty"),
    "reading": Label("辨读 {percent}", "reading {percent}"),
    "no_place": Label("未找到作答处", "no answer place found"),
    "blank": Label("（空白）", "(blank)"),
    "illegible": Label("（空白或无法辨认）", "(blank or not legible)"),
    "page_short": Label("第 {n} 页", "p. {n}"),
    "basis": Label("依据：{kinds}", "By: {kinds}"),
    "basis_score": Label("卷面得分", "written score"),
    "basis_mark": Label("教师批改", "teacher's mark"),
    "basis_key": Label("参考答案", "answer key"),
    "basis_computed": Label("程序验算", "arithmetic"),
    "basis_model": Label("模型判断", "model"),
    "cause": Label("错因：{cause}", "Cause: {cause}"),
    "clipped": Label("（全文见后）", "(in full below)"),
    "long_answers": Label("较长答案全文", "Longer answers in full"),
    "question_n": Label("第 {n} 题", "Question {n}"),
    "no_questions": Label("没有题目。", "There are no questions."),
    "notes": Label("需要留意", "Please note"),
    "pages": Label("试卷原图与标注", "Pages with marks"),
    "page_n": Label("第 {n} 页", "Page {n}"),
    "page_alt": Label(
        "试卷第 {n} 页的图像，标注了 {boxes} 处作答：{counts}",
        "Image of page {n} with {boxes} answers marked: {counts}",
    ),
    "page_alt_unmarked": Label("试卷第 {n} 页的图像，无标注", "Image of page {n}, no marks"),
    "legend": Label("图例", "Key to the marks"),
    "ring_alt": Label("得分率 {rate}", "Score rate {rate}"),
    "bar_alt": Label("各判定的题数：{counts}", "Questions by verdict: {counts}"),
    "count_of": Label("{label} {n}", "{n} {label}"),
    "separator": Label("、", ", "),
    "exam_id": Label("试卷编号", "Exam"),
    "run": Label("第 {n} 次处理", "run {n}"),
    "made_in": Label("处理用时 {seconds} 秒", "processed in {seconds} s"),
    "made_by": Label(
        "本报告由 ExamLens 自动生成，供学习参考；有疑问的判定以老师意见为准。",
        "Made automatically by ExamLens as a study aid; where in doubt, the teacher decides.",
    ),
    "crop_alt": Label("{name}在第 {page} 页的原图", "{name} as it stands on page {page}"),
    "no_crop": Label("没有这道题的原图。", "There is no image of this question."),
    "error_book_intro": Label(
        "共 {n} 题：答错、部分正确、未作答和待复核的题目。可先遮住参考答案重做一遍。",
        "{n} questions: incorrect, partly correct, unanswered or awaiting review. Cover the "
        "right answers and try them again.",
    ),
    "error_book_empty": Label("没有需要订正的题目。", "There is nothing to correct."),
    "retry_space": Label("订正", "Try again"),
    "practice": Label("针对练习", "Practice paper"),
    "practice_key": Label("参考答案", "Answer key"),
    "practice_intro": Label(
        "共 {n} 题，按知识点由易到难排列。先独立完成，再对照参考答案。",
        "{n} questions, by knowledge point and from easy to hard. Work through them before you "
        "turn to the answers.",
    ),
    "key_intro": Label("共 {n} 题的答案与解析。", "Answers and workings of {n} questions."),
    "practised": Label("知识点", "Knowledge points"),
    "name_line": Label("姓名", "Name"),
    "date_line": Label("日期", "Date"),
    "easy": Label("基础", "easy"),
    "medium": Label("中等", "medium"),
    "hard": Label("提高", "hard"),
    "working": Label("解析", "Working"),
    "answer_of": Label("答案", "Answer"),
    "practice_made_by": Label(
        "由 ExamLens 根据题库和参数化题目自动组卷。",
        "Put together by ExamLens from the question bank and from generated items.",
    ),
}


def words(language: Language) -> dict[str, str]:
    """All labels in ``language`` by their name, as templates read them."""
    return {name: label.in_language(language) for name, label in LABELS.items()}
