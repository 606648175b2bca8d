"""Codes of conflicts and warnings, said in plain words."""

from services.report.domain.labels import Label
from services.report.domain.plain_text import clean, clip
from shared.contract.failures import Language

#: By the part of the code before its first colon; ``{0}``, ``{1}`` are the parts after it.
NOTES: dict[str, Label] = {}

_FALLBACK = Label(
    "系统留下了一条提示（{code}），请老师核对。",
    "The system left a remark ({code}); please have a teacher look at it.",
)


def say_note(code: str, language: Language) -> str:
    """The sentence for ``code``, such as ``page_missing:2``; unknown codes are shown as they are.

    A code with fewer parts than its sentence needs is treated as unknown rather than half said.
    """
    name, *details = (clip(clean(part), 60) for part in code.split(":"))
    label = NOTES.get(name)
    if label is not None:
        try:
            return label.in_language(language).format(*details)
        except IndexError:
            pass
    return _FALLBACK.in_language(language).format(code=clip(clean(code), 80))
