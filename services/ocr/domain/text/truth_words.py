"""Reads True and False where nothing else is answered: TRVE, Trne and Folse are one of them."""

from collections.abc import Sequence

from services.ocr.domain.text.ctc import Reading
from services.ocr.domain.text.lexicon import LETTERS, Lexicon, Word

TRUTH_WORDS = frozenset({"true", "false"})
#: So many answers that read as one of them, and such a share of all words on the page, show that
#: the others are, too.
MIN_TOLD, MIN_SHARE = 3, 0.5
#: Fewer letters than this are no such word, but an initial or a piece of one.
MIN_LETTERS = 3
_LEXICON = Lexicon(dict.fromkeys(TRUTH_WORDS, 1))


def letters_of(reading: Reading) -> str:
    """The letters of a reading, in small ones."""
    return "".join(letter for letter in reading.text.lower() if letter in LETTERS)


def is_truth_word(reading: Reading) -> bool:
    """Whether True or False was read letter by letter, in whatever case and with nothing else."""
    return "".join(reading.text.split()).rstrip(".").lower() in TRUTH_WORDS


def ask_for_truth(answers: Sequence[Reading]) -> bool:
    """Whether the words among ``answers``, those of one page, are True and False."""
    words = [answer for answer in answers if len(letters_of(answer)) >= MIN_LETTERS]
    told = sum(map(is_truth_word, words))
    return told >= max(MIN_TOLD, MIN_SHARE * len(words))


def truth_word(looks: Sequence[Reading]) -> Word | None:
    """Which of both ``looks`` at the same strokes spell; None where it is likelier neither."""
    spellings = [look.spelling for look in looks if look.spelling is not None]
    read = letters_of(looks[0])
    if not spellings or len(read) < MIN_LETTERS:
        return None
    word = _LEXICON.choose(spellings, read)
    return word if word.text in TRUTH_WORDS else None
