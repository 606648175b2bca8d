"""The answer key of a paper: what POST /papers takes."""

import unicodedata
from collections import Counter
from functools import partial
from typing import Annotated, Self

from pydantic import AfterValidator, Field, JsonValue, model_validator

from shared.contract.bubble_template import DescribedAsTemplate, check_bubble_template
from shared.contract.model import Document, Text, Unit
from shared.contract.questions import QuestionType

#: What people address something by, in NFC, so that equal names are equal.
Name = Annotated[Text, AfterValidator(partial(unicodedata.normalize, "NFC"))]


class KeyQuestion(Document):
    """The right answer of one question and what it is worth."""

    number: Name = Field(min_length=1, max_length=20)
    type: QuestionType
    answer: Text = Field(max_length=4000)
    points: float = Field(gt=0, le=1000)
    knowledge_points: tuple[Text, ...] = ()
    difficulty: Unit | None = None
    #: Share of the points that earlier classes earned. It is a better prior than ``difficulty``.
    class_score_rate: Unit | None = None
    stem: Text | None = Field(default=None, max_length=8000)


class KeySection(Document):
    """A titled group of questions; ``label`` is what stands before the title, such as 一 or A."""

    label: Name = Field(default="", max_length=20)
    title: Text = Field(default="", max_length=200)
    questions: tuple[KeyQuestion, ...] = Field(min_length=1, max_length=500)


class AnswerKey(Document):
    """All sections of one paper, with every question's answer and points."""

    title: Text = Field(min_length=1, max_length=300)
    subject: Text | None = Field(default=None, max_length=60)
    grade: Text | None = Field(default=None, max_length=60)
    sections: tuple[KeySection, ...] = Field(min_length=1, max_length=60)
    #: Where the bubbles of a machine answer sheet are, in OMRChecker's JSON. The field ``q1``
    #: answers question 1, and so on.
    bubble_template: (
        Annotated[
            dict[str, JsonValue], AfterValidator(check_bubble_template), DescribedAsTemplate()
        ]
        | None
    ) = None

    @model_validator(mode="after")
    def _is_unambiguous(self) -> Self:
        addresses = Counter(
            (section.label, question.number)
            for section in self.sections
            for question in section.questions
        )
        twice = sorted(
            f"{label}.{number}".lstrip(".") for (label, number), n in addresses.items() if n > 1
        )
        if twice:
            message = f"duplicate question numbers: {', '.join(twice[:10])}"
            raise ValueError(message)
        return self

    @property
    def full_score(self) -> float:
        """The sum of all questions' points."""
        return sum(question.points for section in self.sections for question in section.questions)
