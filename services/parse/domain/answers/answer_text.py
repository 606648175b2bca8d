"""What a few pen strokes say as an answer, and how plausible that is for the question's type."""

import re
from dataclasses import dataclass, replace

from services.parse.domain.answers.confidence import UNREAD_INK, among_all, among_few
from shared.contract.notation.look_alikes import (
    EITHER_VERDICT,
    LETTER_OR_DIGIT,
    LONE_LETTERS,
    PLAIN_OPTION_LETTERS,
    VERDICTS,
)
from shared.contract.questions import QuestionType

#: A scribble and a sign, or two of which one is crossed out: how sure the last one then is.
_TWO, _AFTER_SCRIBBLE, _LAST_OF_TWO = 2, 0.6, 0.4
#: Where 0 may be O, or 1 may be l.
AMBIGUOUS = 0.75
_NOISE = re.compile(r"[\s\u2003_＿.．。、,，;；:：'’‘`´\"“”·•…]+")
_WRAP = re.compile(r"^[（(\[【〔{]+|[)）\]】〕}]+$")


@dataclass(frozen=True, slots=True)
class Meaning:
    """An answer in its canonical spelling and how plausible it is, 0..1.

    ``is_of_few``: it is one of a few letters or signs that such a question is answered with;
    ``is_free``: it may be any word or number. ``either``: what it means is one of these, and
    ``text`` is only how it was read.
    """

    text: str
    plausibility: float
    is_of_few: bool = False
    is_free: bool = False
    either: tuple[str, ...] = ()

    @property
    def claims(self) -> tuple[str, ...]:
        """Each answer that it may be."""
        return self.either or (self.text,)


def strip_noise(raw: str) -> str:
    """An answer without white space, rules, stops and the brackets around it."""
    return _WRAP.sub("", _NOISE.sub("", raw))


def as_letters(raw: str, labels: str) -> Meaning | None:
    """Letters among ``labels``, sorted; None when the text is no such answer.

    A lower-case letter counts as its capital; a misreading that is common for single letters is
    taken with low plausibility.
    """
    text = strip_noise(raw)
    if not text or len(text) > max(len(labels), 1) + 1:
        return None
    known = LONE_LETTERS.get(text)
    if known is not None:
        return Meaning(known[0], known[1]) if known[0] in labels else None
    plain = text.translate(PLAIN_OPTION_LETTERS)
    letters = plain.upper()
    if any(letter not in labels for letter in letters):
        return _misread_letters(letters, labels)
    unique = "".join(sorted(set(letters)))
    # A capital and a small c differ only in size; other small letters are rarely written.
    lower = 1.0 if plain == letters else 0.93
    twice = 1.0 if len(unique) == len(letters) else 0.5
    # Of several letters one may have been left out; that no recogniser can say.
    whole = 1.0 if len(unique) == 1 else 0.95
    return Meaning(unique, lower * twice * whole, len(unique) == 1)


def _misread_letters(text: str, labels: str) -> Meaning | None:
    meant, plausibility = "", 1.0
    for char in text:
        letter, share = (char, 1.0) if char in labels else LONE_LETTERS.get(char, ("", 0.0))
        if letter == "" or letter not in labels:
            return None
        meant, plausibility = meant + letter, plausibility * share
    return Meaning("".join(sorted(set(meant))), plausibility)


def as_verdict(raw: str) -> Meaning | None:
    """√ × T F 对 错 from any of their spellings; None when the text is none of them."""
    text = strip_noise(raw)
    known = VERDICTS.get(text) or VERDICTS.get(text.upper() if len(text) == 1 else text)
    if known is not None:
        return Meaning(*known, is_of_few=True)
    if text in EITHER_VERDICT:
        return Meaning(text, UNREAD_INK, either=EITHER_VERDICT[text])
    if text and all(char == text[0] for char in text) and text[0] in VERDICTS:
        return Meaning(VERDICTS[text[0]][0], 0.5)
    if len(text) == _TWO and VERDICTS.get(text[1], ("", 0.0))[1] == 1.0:
        # A sign after another or after something unreadable: most likely what replaced it.
        sure = _LAST_OF_TWO if text[0] in {*VERDICTS, *EITHER_VERDICT} else _AFTER_SCRIBBLE
        return Meaning(VERDICTS[text[1]][0], sure)
    return None


def as_words(raw: str) -> Meaning | None:
    """Free text with single spaces; None when nothing is left."""
    text = re.sub(r"[\s\u2003]+", " ", raw).strip(" _＿").rstrip(" .。，,；;、")
    text = re.sub(r"(?<=[\u4e00-\u9fff]) (?=[\u4e00-\u9fff])", "", text)
    # Between figures a pen's × is no letter.
    text = re.sub(r"(?<=\d) ?[xX✕] ?(?=\d)", "×", text)
    if not text:
        return None
    return Meaning(text, AMBIGUOUS if LETTER_OR_DIGIT.search(text) else 1.0, is_free=True)


def calibrated(recogniser: float, meaning: Meaning) -> float:
    """The recogniser's confidence, by how many other answers such a question could have."""
    if meaning.is_of_few:
        return among_few(recogniser)
    return among_all(recogniser) if meaning.is_free else recogniser


def interpret(
    raw: str, kind: QuestionType, labels: str, *, is_written: bool = True
) -> Meaning | None:
    """The meaning of raw text as an answer to a question of this type; None if it is none.

    ``labels`` are the letters that a choice may be answered with. Of two letters for one question
    a pen's last one is meant, if the others are crossed out; two filled bubbles are two answers.
    """
    if kind is QuestionType.SINGLE_CHOICE:
        meaning = as_letters(raw, labels)
        if meaning is None or len(meaning.text) == 1:
            return meaning
        meant = strip_noise(raw)[-1] if is_written else raw
        last = as_letters(meant, labels)
        # A person has to look.
        return last and replace(last, plausibility=min(last.plausibility, _LAST_OF_TWO))
    if kind is QuestionType.MULTIPLE_CHOICE:
        return as_letters(raw, labels)
    if kind is QuestionType.TRUE_FALSE:
        verdict = as_verdict(raw)
        if verdict is None and strip_noise(raw) in {"A", "B"}:
            return Meaning(strip_noise(raw), 0.9)
        return verdict
    return as_words(raw)
