"""The words of the review page, Chinese and English."""

from shared.contract.failures import Language

_WORDS: dict[str, tuple[str, str]] = {
    "title": ("待复核的题目", "Questions to review"),
    "key": ("API 密钥（需要 read 和 correct 权限）", "API key (scopes read and correct)"),
    "key_note": (
        "密钥只保存在这个浏览器标签页中，关闭后即清除。",
        "The key stays in this browser tab and is gone when it is closed.",
    ),
    "open": ("开始复核", "Open"),
    "count": ("共 {n} 题，最没把握的在前", "{n} questions, least certain first"),
    "place": ("第 {i} / {n} 题", "{i} of {n}"),
    "confidence": ("把握 {p}%", "{p}% certain"),
    "read": ("识别的答案", "Answer as read"),
    "expected": ("参考答案", "Expected answer"),
    "points": ("满分", "Points"),
    "grade": ("判分", "Grade"),
    "correct": ("正确", "Correct"),
    "incorrect": ("错误", "Incorrect"),
    "unanswered": ("未作答", "Unanswered"),
    "answer": ("学生写的是（改正后重新判分）", "What the student wrote (graded again)"),
    "save": ("保存答案", "Save answer"),
    "back": ("上一题", "Back"),
    "next": ("下一题", "Next"),
    "edit_hint": ("修改答案", "Edit the answer"),
    "no_crop": ("没有这道题的图片", "There is no picture of this question"),
    "crop_alt": ("试卷上的第 {name} 题", "Question {name} on the paper"),
    "unread": ("未能识别", "not read"),
    "nothing": ("（空）", "(empty)"),
    "unknown": ("未知", "unknown"),
    "saved": ("已保存，正在重新判分。", "Saved; the exam is being scored again."),
    "done": ("没有需要复核的题目。", "Nothing is left to review."),
}


def review_words(language: Language) -> dict[str, str]:
    """The words of the page by name."""
    place = 0 if language is Language.ZH else 1
    return {name: both[place] for name, both in _WORDS.items()}
