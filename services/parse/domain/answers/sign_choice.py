"""Chooses between the signs that strokes could be, knowing which of them answer the question."""

import math
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from services.parse.domain.text.glyphs import Glyph
from shared.contract.notation.verdicts import PAIRS, SIGNS
from shared.contract.questions import QuestionType

#: The signs that one piece of writing could be, with their likelihoods.
Told = tuple[tuple[str, float], ...]

_PRODUCT = re.compile(r"\d\s*[×xX]\s*\d")
#: No sign is less likely than this; and how much likelier (log) a pair has to be than any other.
_UNLIKELY, _CLEARLY = 1e-4, 2.3
_QUOTED = re.compile(r"[“”\"'‘’「」（(\s]([√×TF对错])(?=[“”\"'‘’「」）)\s,，/])")
#: Of the likelihood that went to no sign at all, this share counts as a rival to the best sign.
_OTHER_SHARE = 0.1
#: Below this likelihood a sign is noise; above it, and be it unlikely, it is what to look at first.
_MIN_LIKELIHOOD = 2e-4


@dataclass(frozen=True, slots=True)
class ChosenSigns:
    """The likeliest possible signs, one for each glyph, and how sure that is."""

    text: str
    confidence: float


def pair_in(title: str) -> str:
    """The signs that a heading asks for, as in 正确的写“T”，错误的写“F”; all of them without."""
    # 4 × 3 = 12 points asks for no sign.
    quoted = set(_QUOTED.findall(f" {_PRODUCT.sub(' ', title)} "))
    return max(PAIRS, key=lambda pair: len(set(pair) & quoted)) if quoted else SIGNS


def likeliest_pair(answers: Iterable[Told]) -> str:
    """The pair that the answers of one section, one sign each, are written in.

    A student keeps to one pair. All of them where the answers do not clearly say which.
    """
    known = [dict(told) for told in answers if told]
    weights = {
        pair: sum(
            math.log(max(_UNLIKELY, *(answer.get(sign, 0.0) for sign in pair))) for answer in known
        )
        for pair in PAIRS
    }
    best, second = sorted(PAIRS, key=lambda pair: -weights[pair])[:2]
    return best if weights[best] - weights[second] >= _CLEARLY else SIGNS


def possible_signs(kind: QuestionType, labels: str, title: str) -> str:
    """The signs that a question of this type can be answered with; "" for free answers."""
    if kind is QuestionType.TRUE_FALSE:
        return pair_in(title)
    if kind in {QuestionType.SINGLE_CHOICE, QuestionType.MULTIPLE_CHOICE}:
        return labels
    return ""


def choose_signs(glyphs: Sequence[Glyph], possible: str) -> ChosenSigns | None:
    """The best of the possible signs for each glyph (see ``choose_among``)."""
    return choose_among([glyph.likely for glyph in glyphs], possible)


def choose_among(each: Sequence[Told], possible: str) -> ChosenSigns | None:
    """The best of the possible signs for each character, from what each could be.

    None when a character does not say what it could be, or could be none of the possible signs.
    Bayes' rule with equal priors: the likelihood of the best sign among those of all possible ones
    and a share of what went to other characters.
    """
    if not each or not possible:
        return None
    text, confidence = "", 1.0
    for told in each:
        likely = {sign: value for sign, value in told if sign in possible}
        if not likely:
            return None
        best = max(likely, key=lambda sign: likely[sign])
        if likely[best] < _MIN_LIKELIHOOD:
            return None
        known = sum(value for _, value in told)
        rest = _OTHER_SHARE * max(0.0, 1.0 - min(1.0, known))
        text += best
        confidence *= likely[best] / (sum(likely.values()) + rest)
    return ChosenSigns(text, confidence)
