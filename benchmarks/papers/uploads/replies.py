"""What a student answers: mostly right, sometimes wrong, empty, or right at the second attempt."""

import random
from dataclasses import dataclass

from shared.contract.questions import QuestionType
from uploads.sheet import Manner, Question, Sheet, Writing


@dataclass(frozen=True, slots=True)
class Student:
    """How a student fares on one sheet; shares of all answers."""

    right: float
    empty: float
    rewritten: float
    over: float

    def reply(self, answer: str, wrong: str, rng: random.Random) -> tuple[str, Manner, str]:
        """The response, how it is written and the struck first attempt, "" without one."""
        if rng.random() < self.empty:
            return "", Manner.PLAIN, ""
        response = answer if rng.random() < self.right else wrong
        if rng.random() < self.rewritten:
            manner = rng.choice((Manner.REWRITTEN, Manner.CORRECTED_ABOVE, Manner.BLOTTED))
            return response, manner, wrong if response == answer else answer
        return response, Manner.OVER if rng.random() < self.over else Manner.PLAIN, ""

    def sign(self, answer: str, wrong: str, rng: random.Random) -> tuple[str, Manner, str]:
        """A reply of one letter or sign: what was wrong is blotted, there is no room for more."""
        response, manner, first = self.reply(answer, wrong, rng)
        return response, Manner.BLOTTED if first else manner, first


def choose_student(rng: random.Random) -> Student:
    """Some are careful, some are not."""
    return Student(
        right=rng.uniform(0.8, 0.98),
        empty=rng.choice((0, 0, 0.03, 0.06)),
        rewritten=rng.choice((0, 0.02, 0.05)),
        over=rng.choice((0, 0.1, 0.3, 0.6)),
    )


def wrong_number(answer: str, rng: random.Random) -> str:
    """A number a child might give instead: one off, ten off, a digit forgotten."""
    if not answer.replace(".", "").isdigit():
        return answer[::-1] if len(set(answer)) > 1 else answer + "1"
    if "." in answer:
        return answer.replace(".", "")
    value = int(answer)
    choices = {value + 1, value + 10, abs(value - 1), abs(value - 10), value * 10}
    return str(rng.choice(sorted(choices - {value})))


def ask(
    sheet: Sheet,
    address: tuple[str, str],
    kind: QuestionType,
    reply: tuple[str, Manner, str],
    answer: str,
    place: str,
    *,
    points: float = 1,
    is_centred: bool = True,
) -> None:
    """Put one question with one place on ``sheet``, and its response into the place."""
    response, manner, first = reply
    label, number = address
    sheet.questions.append(Question(label, number, kind, answer, response, (place,), points))
    if response:
        sheet.writings.append(Writing(place, response, manner, first, is_centred))
