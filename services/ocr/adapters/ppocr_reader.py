"""Reads text with the PP-OCRv6 models, run directly on onnxruntime.

Against the stock RapidOCR call this finds lines on a smaller image, looks only where ink is, and
recognises every line at its own width instead of padding it to a batch.
"""

import threading
from collections.abc import Sequence
from dataclasses import replace

import cv2
import numpy as np

from services.ocr.adapters.chinese_words import chinese_words, simplified_forms
from services.ocr.adapters.digit_files import shipped_digits
from services.ocr.adapters.english_words import english_words
from services.ocr.adapters.heap import return_large_blocks
from services.ocr.adapters.onnx_models import DETECTOR, OnnxModel
from services.ocr.adapters.recogniser import Recogniser, label_groups, normalised
from services.ocr.domain.ink.raster import Quad, Rgb, to_grey
from services.ocr.domain.text.chinese_lexicon import ChineseLexicon, may_be_chinese_word
from services.ocr.domain.text.ctc import Reading, alternatives, decode, watch
from services.ocr.domain.text.detection_view import detection_view
from services.ocr.domain.text.lexicon import LETTERS, Lexicon, Word
from services.ocr.domain.text.numerals import MAX_SIGNS, figure_labels
from services.ocr.domain.text.short_answers import WATCHED
from services.ocr.domain.text.text_boxes import BoxRule, find_boxes

#: The detector halves its input five times.
DETECTOR_MULTIPLE = 32


class PpOcrReader:
    """Detector and recogniser of PP-OCRv6 small."""

    name = "pp-ocrv6-small"

    def __init__(self, threads: int = 1) -> None:
        self.simplified_forms = simplified_forms()
        return_large_blocks()
        self._detector = OnnxModel(DETECTOR, threads, has_arena=False)
        # Its activations take up to 400 MB on an A3 page: pages of several threads take turns.
        self._detecting = threading.Lock()
        self._recogniser = Recogniser(threads)
        self._alphabet = self._recogniser.alphabet
        self._digits = shipped_digits(self._recogniser.digest)
        #: The quizzes whose digits prove nothing: the classifier was trained on them.
        self.digits_from = self._digits.sources
        label = {character: number for number, character in enumerate(self._alphabet)}
        self._watched = {
            sign: [label[c] for c in dict.fromkeys(spellings) if c in label]
            for sign, spellings in WATCHED.items()
        }
        self._letters = [[label[c] for c in {x, x.upper()} if c in label] for x in LETTERS]
        self._figures = figure_labels(self._alphabet)
        self._lexicon = Lexicon(english_words())
        self._chinese = ChineseLexicon(chinese_words(), self.simplified_forms)

    def find(self, image: Rgb) -> list[Quad]:
        """Quads of the text lines on ``image``."""
        view = detection_view(to_grey(image))
        x, y, width, height = view.box
        size = (_multiple(width * view.scale), _multiple(height * view.scale))
        way = cv2.INTER_AREA if view.scale < 1 else cv2.INTER_CUBIC
        shown = cv2.resize(image[y : y + height, x : x + width], size, interpolation=way)
        with self._detecting:
            probability = self._detector(normalised(shown)[None])[0][0, 0]
        back = np.array([width / size[0], height / size[1]], np.float32)
        limit = np.array([image.shape[1] - 1, image.shape[0] - 1], np.float32)
        boxes = find_boxes(probability, BoxRule())
        return [np.clip(box * back + (x, y), 0, limit).astype(np.float32) for box in boxes]

    def recognise(self, crops: Sequence[Rgb]) -> list[Reading]:
        """What each crop says."""
        return [self._recognise_one(crop) for crop in crops]

    def _recognise_one(self, crop: Rgb) -> Reading:
        height, width = crop.shape[:2]
        if height == 0 or width == 0:
            return Reading("", 0.0)
        probabilities, steps = self._recogniser(crop)
        reading = watch(decode(probabilities, self._alphabet), probabilities, self._watched)
        is_word, is_number = may_be_chinese_word(reading.text), len(reading.text) <= MAX_SIGNS
        return replace(
            reading,
            spelling=label_groups(probabilities, self._letters),
            lattice=alternatives(probabilities, self._alphabet) if is_word else (),
            figures=label_groups(probabilities, self._figures) if is_number else None,
            digits=self._digits.probabilities(steps) if is_number else None,
        )

    def word(self, looks: Sequence[Reading], *, is_chinese: bool) -> Word | None:
        """The Chinese or English word that readings of the same strokes spell."""
        if is_chinese:
            lattices = [look.lattice for look in looks if look.lattice]
            return self._chinese.choose(lattices, "".join(looks[0].text.split()))
        spellings = [look.spelling for look in looks if look.spelling is not None]
        read = "".join(letter for letter in looks[0].text.lower() if letter in LETTERS)
        return self._lexicon.choose(spellings, read) if spellings else None


def _multiple(length: float) -> int:
    return max(DETECTOR_MULTIPLE, round(length / DETECTOR_MULTIPLE) * DETECTOR_MULTIPLE)
