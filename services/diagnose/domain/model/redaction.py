"""Takes names, numbers and addresses of persons out of a text before it leaves the machine."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

#: What stands for something that was taken out.
_NAME, _NUMBER, _CONTACT = "[name]", "[number]", "[contact]"
_CJK = re.compile(r"[\u3400-\u9fff]")
_LABELLED_NAME = re.compile(
    r"((?:姓\s*名|考生|学生)\s*[:：]\s*|\b(?:[Nn]ame|NAME|[Ss]tudent)\s*[:：]\s*)"
    r"([\u3400-\u9fff·]{2,8}|[A-Z][\w'-]*(?:[ ]+[A-Z][\w'-]*){0,3})"
)
_LABELLED_NUMBER = re.compile(
    r"((?:学\s*号|考\s*号|准考证号?|座位号|身份证号?)\s*+(?:[:：]\s*+)?|班\s*级\s*[:：]\s*"
    r"|\b(?:[Ss]tudent|[Cc]andidate|[Ss]eat)\s*(?:ID|[Nn]o\.?|[Nn]umber)\s*+(?:[:：]\s*+)?"
    r"|\b(?:ID|[Cc]lass)\s*[:：]\s*)((?:[A-Za-z]{0,4}[-]?|[高初]?[一二三])[(（]?\d[\w()（）-]*)"
)
_CONTACTS = re.compile(
    r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+"  # mail
    r"|(?<!\d)(?:\+?86[- ]?)?1[3-9]\d{9}(?!\d)"  # Chinese mobile
    r"|(?<!\d)\d{17}[\dXx](?!\d)"  # Chinese identity card
    r"|\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b"  # our own ids
)
#: Shorter parts of a name are words of the language too often.
_LEAST_PART = 3


@dataclass(frozen=True, slots=True)
class Redactor:
    """Replaces what identifies the exam's student, and the usual forms of such data.

    ``names`` are replaced wherever they stand. Latin names are replaced as whole words, and so are
    their parts. ``numbers`` (student number, reference, class) are replaced where they stand alone.
    """

    names: tuple[str, ...] = ()
    numbers: tuple[str, ...] = ()

    @classmethod
    def of(cls, names: Iterable[str | None], numbers: Iterable[str | None]) -> "Redactor":
        """A redactor of what is known; None and single characters are left out."""
        return cls(
            tuple(dict.fromkeys(n.strip() for n in names if n and len(n.strip()) > 1)),
            tuple(dict.fromkeys(n.strip() for n in numbers if n and len(n.strip()) > 1)),
        )

    def text(self, text: str) -> str:
        """``text`` without personal data."""
        # Whole names first: their parts would leave the rest behind.
        for name in sorted(self.names, key=len, reverse=True):
            text = _without(text, name, _NAME)
        for name in self.names:
            for part in _parts(name):
                text = _without(text, part, _NAME)
        for number in sorted(self.numbers, key=len, reverse=True):
            text = _without(text, number, _NUMBER)
        text = _CONTACTS.sub(_CONTACT, text)
        text = _LABELLED_NUMBER.sub(rf"\1{_NUMBER}", text)
        return _LABELLED_NAME.sub(rf"\1{_NAME}", text)

    def data(self, value: Any) -> Any:
        """Every text inside JSON data without personal data; keys are ours and stay."""
        if isinstance(value, str):
            return self.text(value)
        if isinstance(value, dict):
            return {key: self.data(part) for key, part in value.items()}
        if isinstance(value, (list, tuple)):
            return [self.data(part) for part in value]
        return value


def _without(text: str, secret: str, placeholder: str) -> str:
    if _CJK.search(secret):
        spaced = r"\s*".join(re.escape(c) for c in secret if not c.isspace())
        return re.sub(spaced, placeholder, text)
    spaced = r"\s+".join(re.escape(word) for word in secret.split())
    return re.sub(rf"(?<!\w){spaced}(?!\w)", placeholder, text)


def _parts(name: str) -> list[str]:
    if _CJK.search(name):
        return []
    return [part for part in re.split(r"[\s,]+", name) if len(part) >= _LEAST_PART]
