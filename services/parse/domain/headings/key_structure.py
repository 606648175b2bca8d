"""What an answer key tells of a paper's structure; its answers stay out of sight."""

import re

from shared.contract.answer_key import AnswerKey, KeyQuestion
from shared.contract.notation.labels import plain_label

_PART = re.compile(r"^(\d{1,3})\s*[-.．（(]\s*[（(]?(\d{1,2})[)）]?$")


class KeyStructure:
    """Looks up questions of a key by section label and number, however they are spelled."""

    def __init__(self, key: AnswerKey | None) -> None:
        self._by_address: dict[tuple[str, str], KeyQuestion] = {}
        self._by_number: dict[str, list[KeyQuestion]] = {}
        self._parts: dict[tuple[str, str], list[tuple[int, str]]] = {}
        self._labels: set[str] = set()
        self._counts: dict[str, int] = {}
        for section in key.sections if key else ():
            label = plain_label(section.label)
            self._labels.add(label)
            self._counts[section.label] = len(section.questions)
            for question in section.questions:
                number = plain_label(question.number)
                self._by_address[(label, number)] = question
                self._by_number.setdefault(number, []).append(question)
                part = _PART.match(question.number)
                if part:
                    parts = self._parts.setdefault((label, part[1]), [])
                    parts.append((int(part[2]), question.number))

    def question(self, label: str, number: str) -> KeyQuestion | None:
        """The key's question at an address, or the only one with this number."""
        found = self._by_address.get((plain_label(label), plain_label(number)))
        if found is not None:
            return found
        same = self._by_number.get(plain_label(number), [])
        return same[0] if len(same) == 1 and plain_label(label) not in self._labels else None

    def counts(self) -> dict[str, int]:
        """How many questions each section has, by its label."""
        return dict(self._counts)

    def spelling(self, label: str, number: str) -> str:
        """The number as the key writes it; unchanged where the key has no such question."""
        found = self.question(label, number)
        return found.number if found else number

    def parts(self, label: str, number: str) -> list[tuple[int, str]]:
        """(part, number in the key) where the key asks for the parts of a question by themselves.

        Empty when the key also has the whole question.
        """
        plain = plain_label(label)
        if (plain, number) in self._by_address:
            return []
        return self._parts.get((plain, number), [])
