"""What the questions of a paper are called: by the numbers that are printed on it."""

from collections import Counter
from collections.abc import Iterable, Sequence

from shared.contract.documents import QuestionResult
from shared.contract.failures import Language

#: Longer lists of questions are cut, with their total count given.
MOST_NAMED = 12
#: A number that is a name already, such as 听力第3题.
_LONGEST_NUMBER = 8


def have_numbers_of_their_own(questions: Iterable[QuestionResult]) -> bool:
    """Whether numbers run through all sections, so that a number alone names a question."""
    counted = Counter(question.number.strip() for question in questions)
    return bool(counted) and max(counted.values()) == 1 and "" not in counted


class QuestionNames:
    """Names questions of one paper, in one language."""

    def __init__(self, paper: Iterable[QuestionResult], language: Language) -> None:
        self._is_plain = have_numbers_of_their_own(paper)
        self._language = language

    def one(self, question: QuestionResult) -> str:
        """One question: 第 7 题, or 一、第 7 题 where each section counts anew."""
        return self._name((question,))

    def title(self, question: QuestionResult) -> str:
        """One question, as a heading begins."""
        name = self.one(question)
        return name[:1].upper() + name[1:]

    def several(self, questions: Sequence[QuestionResult]) -> str:
        """Questions in their order, by section: 一、第 3、7 题；二、第 1 题."""
        shown = questions[:MOST_NAMED]
        if self._is_plain:
            named = self._name(shown)
        else:
            groups: dict[str, list[QuestionResult]] = {}
            for question in shown:
                groups.setdefault(question.section, []).append(question)
            mark = "；" if self._language is Language.ZH else "; "
            named = mark.join(map(self._name, groups.values()))
        if len(questions) == len(shown):
            return named
        if self._language is Language.ZH:
            return f"{named}等共 {len(questions)} 题"
        return f"{named} and {len(questions) - len(shown)} more"

    def _name(self, questions: Sequence[QuestionResult]) -> str:
        numbers = [question.number.strip() for question in questions]
        section = "" if self._is_plain else questions[0].section.strip()
        if self._language is Language.ZH:
            is_name = any("题" in number or len(number) > _LONGEST_NUMBER for number in numbers)
            said = "、".join(numbers)
            said = said if is_name else f"第 {said} 题"
            return f"{section}、{said}" if section else said
        noun = "question" if len(numbers) == 1 else "questions"
        said = f"{noun} {_and(numbers)}"
        return f"{said} of section {section}" if section else said


def _and(numbers: Sequence[str]) -> str:
    if len(numbers) == 1:
        return numbers[0]
    return f"{', '.join(numbers[:-1])} and {numbers[-1]}"
