"""Turns bank questions into exam questions with an invented student's responses."""

import random
import re
from dataclasses import dataclass

from bank import BankQuestion
from paper import PLACE, AnswerPlace, Item, Manner, Response

from shared.contract.questions import QuestionType

_SAYS_TRUE = re.compile(r"(正确|属于|合理|符合|说明|反映)[^，。]{0,6}是")
_SHORT_WORD = re.compile(r"[一-鿿]{1,5}|-?\d{1,6}(?:\.\d+)?|[a-zA-Z][a-z]{1,11}")


@dataclass(frozen=True, slots=True)
class Shares:
    """How often responses differ from a plain right answer."""

    right: float = 0.7
    empty: float = 0.04
    rewritten: float = 0.05


def is_usable(question: BankQuestion, kind: QuestionType) -> bool:
    """Whether ``question`` can be asked as a question of ``kind``."""
    if question.material:
        return kind is QuestionType.SINGLE_CHOICE
    if kind is QuestionType.FILL_IN:
        return not question.options or _is_short(question)
    if kind is QuestionType.TRUE_FALSE:
        return bool(question.options) and _has_statements(question)
    return (len(question.answer) > 1) == (kind is QuestionType.MULTIPLE_CHOICE) and bool(
        question.options
    )


def _has_statements(question: BankQuestion) -> bool:
    if question.is_english:
        return PLACE in question.stem
    fits_length = all(6 <= len(option) <= 45 for option in question.options)
    return bool(fits_length and _SAYS_TRUE.search(question.stem))


def _is_short(question: BankQuestion) -> bool:
    right = _text_of(question, question.answer[0])
    return (
        len(question.answer) == 1
        and PLACE in question.stem
        and "\n" not in question.stem
        and all(_SHORT_WORD.fullmatch(option) for option in question.options)
        and right.isprintable()
    )


def _text_of(question: BankQuestion, letter: str) -> str:
    return question.options["ABCD".index(letter)]


@dataclass(frozen=True, slots=True)
class Student:
    """Makes items of one section: how they are asked, and what this student responds."""

    kind: QuestionType
    place: AnswerPlace
    #: What stands for true and false.
    pair: tuple[str, str]
    #: How options are marked where that is the way to answer.
    option_manner: Manner
    shares: Shares
    rng: random.Random

    def respond(self, question: BankQuestion, number: str, points: float) -> Item:
        """``question`` as question ``number``, with a response drawn by lot."""
        if self.kind is QuestionType.FILL_IN:
            stem, right, wrong = self._as_blank(question)
        elif self.kind is QuestionType.TRUE_FALSE:
            stem, right, wrong = self._as_statement(question)
        else:
            stem, right, wrong = self._as_choice(question)
        is_choice = self.kind in {QuestionType.SINGLE_CHOICE, QuestionType.MULTIPLE_CHOICE}
        return Item(
            number=number,
            type=self.kind,
            stem=stem,
            answer=right,
            points=points,
            response=self._response(right, wrong),
            options=question.options if is_choice else (),
        )

    def _response(self, right: str, wrong: str) -> Response:
        chance = self.rng.random()
        if chance < self.shares.empty:
            return Response("", Manner.EMPTY)
        text, other = (right, wrong) if self.rng.random() < self.shares.right else (wrong, right)
        if self.place is AnswerPlace.OPTIONS:
            return Response(text, self.option_manner)
        # A crossed-out long answer leaves no room for the next.
        if chance < self.shares.empty + self.shares.rewritten and len(text + other) <= 6:
            return Response(text, Manner.REWRITTEN, other)
        return Response(text)

    def _as_choice(self, question: BankQuestion) -> tuple[str, str, str]:
        if self.kind is QuestionType.MULTIPLE_CHOICE:
            others = [x for x in ("AB", "AC", "BCD", "AD", "ABC", "BD") if x != question.answer]
        else:
            others = [x for x in "ABCD" if x != question.answer]
        return self._bracketed(question), question.answer, self.rng.choice(others)

    def _bracketed(self, question: BankQuestion) -> str:
        stem = question.stem
        if question.is_english:
            stem = stem.replace(PLACE, "______")
            return f"{stem} ( {PLACE} )" if self.place is AnswerPlace.INLINE else stem
        if PLACE not in stem:
            stem = stem.rstrip("．.。 ") + PLACE
        has_bracket = self.place is not AnswerPlace.FRONT
        return stem.replace(PLACE, f"（{PLACE}）" if has_bracket else "")

    def _as_statement(self, question: BankQuestion) -> tuple[str, str, str]:
        letter = self.rng.choice("ABCD" + question.answer * 2)
        is_true = letter == question.answer
        option = _text_of(question, letter)
        right, wrong = self.pair if is_true else self.pair[::-1]
        if question.is_english:
            statement = question.stem.replace(PLACE, option)
            tail = f" ( {PLACE} )" if self.place is AnswerPlace.INLINE else ""
            return statement + tail, right, wrong
        tail = f"．（{PLACE}）" if self.place is not AnswerPlace.FRONT else "．"
        return option + tail, right, wrong

    def _as_blank(self, question: BankQuestion) -> tuple[str, str, str]:
        if not question.options:
            number = self.rng.randint(2, 60)
            wrong = str(number if str(number) != question.answer else number + 1)
            return question.stem, question.answer, wrong
        others = [letter for letter in "ABCD" if letter != question.answer]
        right = _text_of(question, question.answer)
        return question.stem, right, _text_of(question, self.rng.choice(others))
