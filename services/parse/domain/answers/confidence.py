"""How sure the paper's reader is of an answer: the recogniser's word times what is plausible."""

from shared.contract.reading import ReadAnswer

#: Of places that were looked at and found without ink, this share really is empty.
EMPTY_PLACE = 0.95
#: Nothing was read in the place, but nobody looked at its ink: readers of lines often leave out a
#: single letter between printed brackets.
UNCHECKED_PLACE = 0.5
#: Ink stands in the place, but nothing was read there.
UNREAD_INK = 0.2
#: What stands on a rule is part of a longer line: probably print that reaches it.
PRINT_ON_RULE = 0.6
#: A sign stands apart in a stem where the reader found no place for an answer: it may be a
#: teacher's, or part of a figure.
LONE_SIGN = 0.6
#: Marks at options with a shape of their own, or in colour, are at least this sure: the confidence
#: from which evidence decides (EXAMLENS_VERDICT_CONFIDENCE).
CLEAR_MARK = 0.8
#: The place is only where such an answer would most likely stand.
GUESSED_PLACE = 0.45


#: Of the doubt in a reading, this share would be another answer that fits the question;
#: the remainder to characters that no such question is answered with.
_RIVAL_SHARE = 0.3


def among_few(recogniser: float) -> float:
    """The confidence in one letter or sign when only a few are possible answers.

    A recogniser spreads its doubt over thousands of characters; Bayes' rule gives back what went
    to those that cannot be meant.
    """
    rivals = _RIVAL_SHARE * (1.0 - recogniser)
    return recogniser / (recogniser + rivals) if recogniser > 0 else 0.0


#: Readers are surer of free writing than they should be; this power brings .89 below .8.
_FREE_POWER = 2


def among_all(recogniser: float) -> float:
    """The confidence in free writing, where any character may be meant and many look alike."""
    return recogniser**_FREE_POWER


def answer_confidence(recogniser: float, plausibility: float, place: float = 1.0) -> float:
    """The probability that a reading is what was meant, 0..1.

    The three are independent reasons for doubt: the shape of the strokes, what such a question
    can be answered with, and whether this is the place for the answer.
    """
    return round(max(0.0, min(1.0, recogniser * plausibility * place)), 4)


def at_most(answer: ReadAnswer, limit: float) -> ReadAnswer:
    """``answer``, and what supports it, with no more confidence than ``limit``."""
    evidence = tuple(
        item.model_copy(update={"confidence": min(limit, item.confidence)})
        for item in answer.evidence
    )
    return answer.model_copy(
        update={"confidence": min(limit, answer.confidence), "evidence": evidence}
    )
