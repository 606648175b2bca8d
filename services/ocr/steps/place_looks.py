"""Looks at the writing of answer places: whole and in parts, once and, where in doubt, again."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from services.ocr.domain.ink.raster import PixelBox, Rgb
from services.ocr.domain.places.answer_places import AnswerPlace, PlaceKind
from services.ocr.domain.places.page_characters import is_written_expression
from services.ocr.domain.places.place_views import View, digit_ink, show, show_repaired
from services.ocr.domain.places.place_votes import decide
from services.ocr.domain.places.place_writing import Writing
from services.ocr.domain.places.rewriting import MIN_REWRITTEN_GAP_EM, rewriting, widest_gap
from services.ocr.domain.text.chinese_lexicon import as_chinese_word, may_be_chinese_word
from services.ocr.domain.text.ctc import Reading
from services.ocr.domain.text.lexicon import Word, as_word, may_be_word
from services.ocr.domain.text.numerals import NUMBER, as_number, is_number
from services.ocr.domain.text.short_answers import (
    WORDS,
    Likely,
    combined,
    is_word,
    kind_of,
    likeliest,
    with_doubt,
    with_shape,
)
from services.ocr.domain.text.text_reader import TextReader
from services.ocr.domain.text.truth_words import ask_for_truth, is_truth_word, truth_word
from services.ocr.steps.digit_reading import digit_by_digit
from shared.contract.notation.look_alikes import SIGN_SPELLINGS
from shared.contract.reading import PageLanguage

#: How to look the first time; again at what may be signs, and at words and numbers. Each view is
#: the blank border around the strokes as a share of their height, the stretch, and the slant.
FIRST_VIEW = View(0.15)
SIGN_VIEWS = (View(0.35), View(0.6))
WORD_VIEWS = (View(0.15, stretch=1.25), View(0.15, slant=0.2))
#: A first look this sure, that the line's reading does not contradict, is enough.
SURE = 0.97
#: Two looks that say the same so surely need no third.
AGREED = 0.9
#: One sign that is so many times likelier than any other of its kind needs no second look.
SURE_RATIO, SURE_SIGN = 200.0, 0.5
#: A number read so surely has no crossed-out parts.
CLEAR = 0.8
#: Characters of a word are at least so probable where nothing in it is crossed out.
SUPPORTED = 0.1
#: Room between writing and its bracket that is no distance, and what a bracket is read as.
TIGHT_EM, FRAME = 0.15, "()（）[]【】 "
#: How a number that touches its bracket is stretched, seen without it: figures that run into each
#: other come apart. Of 19 on a real page most of these looks say what 17 are; with the bracket in
#: sight it is 12, with its strokes cut out 9. What a number is worth where looks differ.
REPAIRED_STRETCHES, CROSSED = (1.25, 1.5, 1.75), 0.7
#: More or wider blobs than these are words, which are not read blob by blob.
MAX_BLOBS, MAX_BLOB_EM = 6, 1.8
#: A pen's letter takes at most so much room in a word, in heights of a Chinese character, and what
#: a word is worth whose letters do not fill its room. On a real card "re" of "ready" takes 1.4 a
#: letter and other words take .5 to .8.
MAX_LETTER_EM, PARTLY_READ = 1.1, 0.6
#: A Chinese character is at most so many times wider than high.
MAX_WORD_ASPECT = 1.5


@dataclass(slots=True)
class Look:
    """A place with writing and all that was read of it.

    ``line`` is what another reading, of the whole line or of the cell, has there. ``parts`` are
    pieces of the writing that were read alone, the blobs of a short answer among them; ``struck``
    the boxes of crossed-out parts, which are no longer in ``written``; ``certainty`` is how sure it
    is which those are. ``word`` is the word that the readings spell. ``is_number``: the place asks
    for a number. ``number`` is the one that its digits, read one by one, make.
    """

    place: AnswerPlace
    written: Writing
    line: Reading | None
    is_number: bool = False
    readings: list[Reading] = field(default_factory=list)
    parts: list[Writing] = field(default_factory=list)
    part_readings: list[Reading] = field(default_factory=list)
    struck: list[PixelBox] = field(default_factory=list)
    certainty: float = 1.0
    word: Word | None = None
    number: Reading | None = None

    @property
    def is_short(self) -> bool:
        """Whether the writing may be letters or signs, one in each blob."""
        widest = max(stop - start for start, stop in self.written.blobs)
        return (
            self.place.kind not in {PlaceKind.BLANK, PlaceKind.RESULT}
            and len(self.written.blobs) <= MAX_BLOBS
            and widest <= MAX_BLOB_EM * self.place.em_px
        )

    @property
    def is_tight(self) -> bool:
        """Whether a number is so close to its brackets that it may have lost strokes to them."""
        x, _, width, _ = self.written.box
        left, _, inner, _ = self.place.room
        free = min(x - left, left + inner - x - width)
        return (
            self.place.brackets is not None
            and self.place.kind is PlaceKind.BRACKET
            and self.is_number
            and not self.struck
            and free < TIGHT_EM * self.place.em_px
        )

    @property
    def width_em(self) -> float:
        """The width of the writing in heights of a Chinese character."""
        return self.written.box[2] / self.place.em_px

    @property
    def is_one_word(self) -> bool:
        """Whether the blobs are the halves of one character, 对 or 错."""
        _, _, width, height = self.written.box
        is_square = width <= MAX_WORD_ASPECT * height
        return is_square and bool(self.readings) and is_word(self.readings[0])

    def decide(self) -> tuple[Reading, list[Likely]]:
        """What the place says, and the likelihoods of signs (see ``signs``)."""
        decided = self.number or self.voted()
        signs = self.signs()
        if len(signs) == 1 and not self.is_number:
            decided = _as_sign(decided, signs[0])
        if self.word is not None:
            is_chinese = may_be_chinese_word(self.word.text)
            decided = (as_chinese_word if is_chinese else as_word)(decided, self.word)
        certainty = self.certainty * (PARTLY_READ if self._is_partly_read(decided) else 1.0)
        return replace(decided, confidence=decided.confidence * certainty), signs

    def voted(self) -> Reading:
        """What most of the readings say."""
        # Another reading mixes in what is struck.
        return decide(self.readings, None if self.struck else self.line)

    def digits(self) -> list[Writing]:
        """The writing of each digit, where they stand apart and are nothing but digits."""
        text = self.voted().text
        if not (self.is_number and text.isdecimal() and text.isascii()):
            return []
        # The strokes of one digit, as of a 5, may stand apart.
        if len(text) == 1:
            return [self.written]
        count = len(self.written.blobs)
        if len(text) != count:
            return []
        return [self.written.part(at, at + 1, self.place.em_px) for at in range(count)]

    def _is_partly_read(self, decided: Reading) -> bool:
        """Whether a word's letters are so few that others must stand beside them."""
        letters = "".join(decided.text.split())
        is_word = len(letters) > 1 and letters.isascii() and letters.isalpha()
        return is_word and self.width_em > MAX_LETTER_EM * len(letters)

    def outweighs_line(self) -> bool:
        """Whether what was seen is at least as sure as what the line's reading has there.

        It is when it more likely than not spells a word that was not read so: the line's reading
        knows no words. In a place for a number it is not when it is none; nor where it is a part of
        what the line has, whose other strokes were cut off.
        """
        if self.line is None or self.struck:
            return True
        decided, _ = self.decide()
        lost_some = decided.text in self.line.text and may_be_chinese_word(self.line.text)
        if (self.is_number and is_number(self.line.text) and not is_number(decided.text)) or (
            lost_some and decided.text != self.line.text
        ):
            return False
        own = [r.confidence for r in self.readings if "".join(r.text.split()) == decided.text]
        is_same = decided.text == self.line.text
        word = self.word
        is_known = word is not None and not word.is_as_read and word.confidence > 0.5
        return is_same or is_known or max([*own, decided.confidence]) >= self.line.confidence

    def line_share(self) -> float:
        """How sure the line's reading still is where these looks say something else."""
        decided, _ = self.decide()
        if self.line is None or _unspaced(decided) == _unspaced(self.line):
            return 1.0
        both = self.line.confidence + decided.confidence
        return self.line.confidence / both if both else 1.0

    def signs(self) -> list[Likely]:
        """For each blob of a short answer the likelihood of every sign; else nothing."""
        if not self.is_short:
            return []
        if len(self.written.blobs) == 1 or self.is_one_word:
            likely = with_shape(combined(self.readings), self.written.strokes)
            return [with_doubt(likely, self.certainty)]
        readings = self.part_readings
        # A blob that reads as several letters is no one sign: they touch.
        if len(readings) != len(self.written.blobs) or any(len(r.text) > 1 for r in readings):
            return []
        return [with_doubt(combined([reading]), self.certainty) for reading in readings]


def _as_sign(decided: Reading, likely: Likely) -> Reading:
    """A tick or cross by its shape where the recogniser, not knowing them well, is less sure."""
    sign, value = likeliest(likely)
    # Halves of a word may have been read as two characters.
    is_better = value > decided.confidence or len(decided.text) > 1
    if sign in ("√", "×", *WORDS) and is_better:
        return replace(decided, text=sign, confidence=value, chars=())
    return decided


def read_all(reader: TextReader, image: Rgb, looks: Sequence[Look], language: PageLanguage) -> None:
    """Fills in the readings of all looks, and the words of the page's language that they spell."""
    _read_again(reader, image, [(look, FIRST_VIEW) for look in looks])
    are_truths = ask_for_truth([look.readings[0] for look in looks])
    for look in looks:
        if are_truths:
            look.word = truth_word(look.readings)
        is_whole = look.word is not None or is_truth_word(look.readings[0])
        look.parts = [] if is_whole or _is_whole_word(reader, look, language) else _parts(look)
    crops = [show(image, part, FIRST_VIEW) for look in looks for part in look.parts]
    readings = iter(reader.recognise(crops))
    for look in looks:
        look.part_readings = [next(readings) for _ in look.parts]
    rewritten = [look for look in looks if look.parts and _drop_struck(look)]
    _read_again(reader, image, [(look, FIRST_VIEW) for look in rewritten])
    unsure = [look for look in looks if not _is_sure(look)]
    doubtful = [look for look in unsure if not look.is_tight]
    for number in range(len(SIGN_VIEWS)):
        views = [(look, (SIGN_VIEWS if look.is_short else WORD_VIEWS)[number]) for look in doubtful]
        _read_again(reader, image, views)
        doubtful = [look for look in doubtful if not _agree(look)]
    _read_repaired(reader, image, [look for look in unsure if look.is_tight])
    for look in looks:
        look.word = (truth_word(look.readings) if are_truths else None) or _word(
            reader, look, language
        )
        inks = [digit_ink(image, digit) for digit in look.digits()]
        look.number = digit_by_digit(reader, inks, look.voted()) if inks else None


def _unspaced(reading: Reading) -> str:
    return "".join(reading.text.split())


def _agree(look: Look) -> bool:
    """Whether two looks at words or a number surely say the same, and the line nothing else."""
    texts = set(map(_unspaced, look.readings))
    if look.line is not None:
        texts.add(_unspaced(look.line))
    weakest = min(reading.confidence for reading in look.readings)
    return not look.is_short and len(texts) == 1 and weakest >= AGREED


def _word(reader: TextReader, look: Look, language: PageLanguage) -> Word | None:
    """The word that a look's readings spell, where they may be one of the page's language."""
    text = look.readings[0].text
    is_chinese = language is PageLanguage.SIMPLIFIED and may_be_chinese_word(text)
    is_english = language is PageLanguage.ENGLISH and may_be_word(text, look.width_em)
    if look.is_short or look.is_number or not (is_chinese or is_english):
        return None
    return reader.word(look.readings, is_chinese=is_chinese)


def _is_whole_word(reader: TextReader, look: Look, language: PageLanguage) -> bool:
    """Whether all strokes together are a word: a hasty 老 before 子 looks crossed out."""
    word = _word(reader, look, language)
    return word is not None and word.weakest >= SUPPORTED


def _read_again(reader: TextReader, image: Rgb, views: Sequence[tuple[Look, View]]) -> None:
    crops = [show(image, look.written, view) for look, view in views]
    for (look, _), reading in zip(views, reader.recognise(crops), strict=True):
        look.readings.append(as_number(_unframed(look, reading), is_expected=look.is_number))


def _read_repaired(reader: TextReader, image: Rgb, looks: Sequence[Look]) -> None:
    """Looks at numbers whose strokes cross their brackets, with the brackets painted over.

    What most of these looks say counts alone: where the bracket is cut out the strokes that it
    crosses are lost, so that 380 is a clear 38. Where they do not say the same it is not sure.
    """
    crops = [
        show_repaired(image, look.written, look.place, stretch)
        for look in looks
        for stretch in REPAIRED_STRETCHES
    ]
    readings = iter(reader.recognise(crops))
    for look in looks:
        repaired = [
            as_number(replace(_unframed(look, next(readings)), likely=()), is_expected=True)
            for _ in REPAIRED_STRETCHES
        ]
        (text, count), *_ = Counter(reading.text for reading in repaired).most_common()
        if any(reading.text != text for reading in (*look.readings, *repaired)):
            look.certainty *= CROSSED
        if count > len(repaired) / 2:
            # The reading of the line lost the same strokes.
            look.readings, look.line = repaired, None
        else:
            look.readings += repaired


def _unframed(look: Look, reading: Reading) -> Reading:
    """``reading`` without the brackets of its place, of which something may be left."""
    plain = reading.text.strip(FRAME)
    if look.place.kind is not PlaceKind.BRACKET or plain == reading.text:
        return reading
    return replace(reading, text=plain, chars=())


def _parts(look: Look) -> list[Writing]:
    """What to read alone: the blobs of a short answer, or what a wide gap parts on a blank."""
    count = len(look.written.blobs)
    seen = [look.readings[0], *([look.line] if look.line is not None else [])]
    is_expression = any(is_written_expression(reading.text) for reading in seen)
    is_whole = look.place.kind is PlaceKind.RESULT or look.is_one_word or is_expression
    if count == 1 or is_whole or _is_clear_number(look.readings[0]):
        return []
    if look.is_short:
        spans = [(index, index + 1) for index in range(count)]
    else:
        stop = widest_gap(look.written)
        if look.written.gap_before(stop) < MIN_REWRITTEN_GAP_EM * look.place.em_px:
            return []
        spans = [(0, stop), (stop, count)]
    return [look.written.part(start, stop, look.place.em_px) for start, stop in spans]


def _is_clear_number(reading: Reading) -> bool:
    return NUMBER.fullmatch(reading.text) is not None and reading.confidence >= CLEAR


def _drop_struck(look: Look) -> bool:
    """Takes a crossed-out first answer out of the look; whether there was one."""
    stop = widest_gap(look.written)
    split = stop if look.is_short else 1
    first, second = look.part_readings[:split], look.part_readings[split:]
    probability = rewriting(look.written, first, second, look.place.em_px, is_short=look.is_short)
    look.certainty = max(probability, 1 - probability)
    if probability <= 0.5:
        return False
    look.struck = [part.box for part in look.parts[:split]]
    look.parts, look.part_readings = look.parts[split:], second
    look.written = look.written.part(stop, len(look.written.blobs), look.place.em_px)
    look.readings = []
    return True


def _is_sure(look: Look) -> bool:
    """Whether the first look is so clear that others would change nothing."""
    first = look.readings[0]
    line = None if look.struck else look.line
    if look.is_tight or (line is not None and line.text != "".join(first.text.split())):
        return False
    if look.is_short and len(look.written.blobs) == 1 and first.likely:
        likely = combined(look.readings)
        sign, value = likeliest(likely)
        rivals = [s for s in SIGN_SPELLINGS if s != sign and kind_of(s) == kind_of(sign)]
        return value >= max(SURE_SIGN, SURE_RATIO * likeliest(likely, rivals)[1])
    weakest = min((char.confidence for char in first.chars), default=0.0)
    return weakest >= SURE
