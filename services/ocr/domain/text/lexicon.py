"""Finds the word of a language that strokes most likely spell.

A recogniser of single characters gives ``withoct`` for a hasty ``without``. The output of all its
steps still holds the word: it is searched with a beam over the prefixes of known words (Graves and
Jaitly, ICML 2014) and weighed against what was read letter by letter, as students misspell, too.
"""

import math
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache

import numpy as np

from services.ocr.domain.ink.raster import Floats
from services.ocr.domain.text.ctc import Reading
from services.ocr.domain.text.word_list import WordList

#: What a spelling's columns are after the first, which is CTC's blank.
LETTERS = "abcdefghijklmnopqrstuvwxyz'"
#: Prefixes that are followed, and words of each search that are compared.
BEAM_WIDTH, COMPARED = 40, 8
#: Letters less likely than this at a step do not begin or continue a word there.
MIN_LETTER = 2e-4
#: No letter is impossible at any step.
FLOOR = 1e-5
#: How much a look counts: recognisers are surer than they should be.
LOOK_WEIGHT = 0.3
#: How much a word's frequency counts against the strokes.
FREQUENCY_WEIGHT = 0.2
#: The log probability that a student writes just this instead of the most likely word.
MISSPELLING = math.log(0.01)
#: A reading is one word when it has so many characters, mostly letters.
MIN_WORD, MIN_LETTER_SHARE = 2, 0.5
#: No single letter is so wide, in heights of a Chinese character.
WIDE_EM = 1.1

_COLUMN = {letter: column for column, letter in enumerate(LETTERS, start=1)}


@dataclass(frozen=True, slots=True)
class Word:
    """A word and the probability that it is what was written, 0..1.

    ``is_as_read``: character by character it was read so, too. ``weakest`` is the probability of
    the character that the strokes support least, 0 where that is not known.
    """

    text: str
    confidence: float
    is_as_read: bool = False
    weakest: float = 0.0


class Lexicon:
    """The words of a language in small letters, with how often each is used."""

    def __init__(self, counts: Mapping[str, int]) -> None:
        known = {word: n for word, n in counts.items() if n > 0 and set(word) <= set(LETTERS)}
        total = sum(known.values())
        self._words = WordList({word: math.log(n / total) for word, n in known.items()})

    def choose(self, spellings: Sequence[Floats], read: str) -> Word:
        """The likeliest of known words and ``read``, a word in small letters.

        ``spellings`` are looks at the same strokes: steps × (blank and LETTERS) probabilities.
        """
        found = [self._search(steps)[:COMPARED] for steps in spellings]
        words = {word: frequency for look in found for word, frequency in look}
        # Looks at the same strokes err alike: three count as less than three.
        weight = LOOK_WEIGHT / math.sqrt(len(spellings))
        scores = {
            word: FREQUENCY_WEIGHT * frequency
            + weight * sum(log_probability(steps, word) for steps in spellings)
            for word, frequency in words.items()
        }
        if self._words.frequency(read) is None and set(read) <= set(LETTERS):
            usual = max(words.values(), default=0.0)
            scores[read] = (
                FREQUENCY_WEIGHT * usual
                + MISSPELLING
                + weight * sum(log_probability(steps, read) for steps in spellings)
            )
        if not scores:
            return Word(read, 0.0)
        best = max(scores, key=lambda word: scores[word])
        share = 1 / sum(math.exp(score - scores[best]) for score in scores.values())
        return Word(best, share)

    def _search(self, steps: Floats) -> list[tuple[str, float]]:
        """Known words and their frequencies, likeliest first: a prefix beam search."""
        beams = {"": (1.0, 0.0)}
        # The same prefixes are asked for at every step.
        begins = cache(self._words.begins)
        for row in np.maximum(steps, FLOOR).tolist():
            grown: defaultdict[str, list[float]] = defaultdict(lambda: [0.0, 0.0])
            letters = [(x, row[n]) for x, n in _COLUMN.items() if row[n] >= MIN_LETTER]
            for prefix, (after_blank, after_letter) in beams.items():
                total, last = after_blank + after_letter, prefix[-1:]
                grown[prefix][0] += total * row[0]
                if last:
                    grown[prefix][1] += after_letter * row[_COLUMN[last]]
                for letter, probability in letters:
                    longer = prefix + letter
                    if longer in grown or begins(longer):
                        before = after_blank if letter == last else total
                        grown[longer][1] += before * probability
            best = sorted(grown.items(), key=lambda item: -sum(item[1]))[:BEAM_WIDTH]
            scale = sum(best[0][1]) or 1.0
            beams = {prefix: (a / scale, b / scale) for prefix, (a, b) in best}
        known = ((prefix, self._words.frequency(prefix)) for prefix in beams)
        return [(word, frequency) for word, frequency in known if frequency is not None]


def may_be_word(text: str, width_em: float = 0.0) -> bool:
    """Whether what was read letter by letter may be one English word: no digits, hardly a sign.

    ``width_em`` is the width of the writing in heights of a Chinese character: what was read as one
    letter, and is wider, may be a word, and so may what looks Chinese.
    """
    bare = "".join(text.split())
    letters = sum(char in LETTERS for char in bare.lower())
    if len(bare) >= MIN_WORD and letters >= MIN_LETTER_SHARE * len(bare):
        return True
    is_chinese = any("\u4e00" <= char <= "\u9fff" for char in bare)
    is_wide = len(bare) == 1 and letters == 1 and width_em >= WIDE_EM
    return is_wide or (is_chinese and not any(char.isdigit() for char in bare))


def as_word(read: Reading, word: Word) -> Reading:
    """``read`` with ``word`` in its place; what is several words stays, unless it spells one."""
    plain = "".join(char for char in read.text.lower() if char in LETTERS)
    if plain == word.text and " " in read.text.strip():
        return read
    text = word.text.capitalize() if read.text[:1].isupper() else word.text
    return replace(read, text=text, confidence=word.confidence, chars=())


def log_probability(steps: Floats, word: str) -> float:
    """The log probability of ``word``: CTC's forward algorithm over blanks and letters."""
    labels = [0]
    for letter in word:
        labels += [_COLUMN[letter], 0]
    emitted = np.maximum(steps, FLOOR)[:, labels]
    # A letter may follow the one before it without a blank, unless they are the same.
    skips = np.array(
        [n >= 2 and label != 0 and label != labels[n - 2] for n, label in enumerate(labels)]
    )
    forward = np.zeros(len(labels))
    forward[:2] = emitted[0, :2]
    log_scale = 0.0
    for row in emitted[1:]:
        moved = forward.copy()
        moved[1:] += forward[:-1]
        moved[2:] += np.where(skips[2:], forward[:-2], 0.0)
        forward = moved * row
        scale = forward.sum()
        if scale <= 0:
            return -math.inf
        log_scale += math.log(scale)
        forward /= scale
    end = float(forward[-2:].sum())
    return log_scale + math.log(end) if end > 0 else -math.inf
