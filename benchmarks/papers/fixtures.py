"""Draws the small papers that pin hard cases of reading into ``tests/fixtures/reading``."""

import json
import random
import sys
from dataclasses import dataclass, replace
from io import BytesIO
from pathlib import Path

sys.path.insert(1, str(Path(__file__).resolve().parents[2]))

# Scripts, not packages: the project's root has to be on the path first.
import numpy as np
from fonts import Hand, load_hands
from markup import to_source
from paper import AnswerPlace, Item, Layout, Manner, Paper, Response, Section
from pen import BLACK, BLUE, Colour, Pen
from photo import choose_damage, degrade
from PIL import Image
from student import answer, mark
from typeset import typeset

from shared.contract.questions import QuestionType

_PPI = 150
_OUT = Path(__file__).resolve().parents[2] / "tests" / "fixtures" / "reading"
_CHOICE, _VERDICT, _BLANK = (
    QuestionType.SINGLE_CHOICE,
    QuestionType.TRUE_FALSE,
    QuestionType.FILL_IN,
)
_ZH_CHOICE = ("下列各数中，最大的一个是（␣）", "7|－9|2|0")
_ZH_FRONT = ("下列图形中，是轴对称图形的是", "圆|梯形|三角形|四边形")
_ZH_BLANK = ("计算三十减去九，结果是 ␣．", "")
_ZH_VERDICT = ("两个负数的和一定是负数．（␣）", "")
_EN_BLANK = ("We ␣ to school by bus every day.", "")
_EN_CHOICE = ("She ______ her friend last night. ( ␣ )", "met|meets|meeting|meet")


@dataclass(frozen=True, slots=True)
class Case:
    """One small paper: its heading, the same question several times, and the responses.

    A response ``X>Y`` is X crossed out and Y beside it. ``seed`` is that of the hand's
    unsteadiness and, with ``is_degraded``, of the damage. ``first`` is the first question's number.
    """

    name: str
    heading: str
    kind: QuestionType
    question: tuple[str, str]
    responses: tuple[str, ...]
    place: AnswerPlace = AnswerPlace.INLINE
    number_style: str = "{}．"
    colour: Colour = BLACK
    hand: str = "long-cang"
    manner: Manner = Manner.PLAIN
    is_marked: bool = False
    is_degraded: bool = False
    seed: int = 1
    first: int = 1


CASES = (
    Case("ticks-touch-lines", "一、选择题", _CHOICE, _ZH_CHOICE, ("A", "C"), is_marked=True),
    Case(
        "scores-before-numbers",
        "Part B True or false (T or F)",
        _VERDICT,
        ("She is very happy because her friend is back.", ""),
        ("T", "F", "T"),
        place=AnswerPlace.FRONT,
        number_style="{})",
        hand="caveat",
        is_marked=True,
        seed=3,
    ),
    Case("writing-over-the-rule", "一、填空题", _BLANK, _ZH_BLANK, ("21", "甲乙"), colour=BLUE),
    Case("rewritten-numbers", "一、填空题", _BLANK, _ZH_BLANK, ("64>53", "11>3"), hand="caveat"),
    Case("rewritten-letters", "一、选择题", _CHOICE, _ZH_CHOICE, ("A>C", "D>B"), colour=BLUE),
    Case(
        "words-of-two-halves",
        "一、判断题（正确的写“对”，错误的写“错”）",
        _VERDICT,
        _ZH_VERDICT,
        ("错", "对", "错"),
        is_degraded=True,
        seed=3,
    ),
    Case("signs", "一、判断题（对的打“√”，错的打“×”）", _VERDICT, _ZH_VERDICT, ("√", "×", "√")),
    Case(
        "nothing-written", "一、选择题", _CHOICE, _ZH_CHOICE, ("B", "", "C"), is_marked=True, seed=6
    ),
    Case(
        "letters-before-numbers",
        "一、选择题",
        _CHOICE,
        _ZH_FRONT,
        ("C", "A"),
        place=AnswerPlace.FRONT,
        number_style="（{}）",
        is_degraded=True,
        seed=5,
    ),
    Case(
        "ringed-in-blue",
        "一、选择题",
        _CHOICE,
        _ZH_FRONT,
        ("B", "D"),
        place=AnswerPlace.OPTIONS,
        colour=BLUE,
        manner=Manner.CIRCLED,
    ),
    Case(
        "ticked-in-black",
        "I. Multiple choice",
        _CHOICE,
        ("She ______ her friend last night.", _EN_CHOICE[1]),
        ("A", "C"),
        place=AnswerPlace.OPTIONS,
        hand="caveat",
        manner=Manner.TICKED,
    ),
    Case(
        "table-of-letters",
        "一、选择题",
        _CHOICE,
        _ZH_FRONT,
        ("C", "A>D", "B"),
        place=AnswerPlace.TABLE,
        is_marked=True,
        seed=2,
    ),
    Case(
        "english-words", "I. Fill in the blanks", _BLANK, _EN_BLANK, ("come", "went"), hand="caveat"
    ),
    Case(
        "numbers-in-rings",
        "一、判断题（对的打“√”，错的打“×”）",
        _VERDICT,
        ("两个负数的和一定是负数．", ""),
        ("×", "√", "×", "√"),
        place=AnswerPlace.FRONT,
        number_style="circled",
        colour=BLUE,
        first=13,
    ),
)


def main() -> None:
    """Write every case as a picture, and the truth about all of them."""
    _OUT.mkdir(parents=True, exist_ok=True)
    hands = {hand.name: hand for hand in load_hands()}
    truth = {}
    for case in CASES:
        paper = _paper(case)
        file = f"{case.name}.{'jpg' if case.is_degraded else 'png'}"
        (_OUT / file).write_bytes(_drawn(case, paper, hands))
        truth[file] = {
            "".join(address): item.response.text for address, _, item in paper.addressed()
        }
    (_OUT / "truth.json").write_text(json.dumps(truth, ensure_ascii=False, indent=1) + "\n")


def _paper(case: Case) -> Paper:
    language = "zh" if case.heading[0] == "一" else "en"
    label = "一" if language == "zh" else case.heading.split()[0 if case.heading[0] == "I" else 1]
    stem, options = case.question
    items = tuple(
        Item(
            number=str(number),
            type=case.kind,
            stem=stem,
            answer=written.rpartition(">")[2] if number % 2 else "?",
            points=number - case.first + 2,
            response=_response(case, written),
            options=tuple(options.split("|")) if options else (),
        )
        for number, written in enumerate(case.responses, start=case.first)
    )
    section = Section(label.rstrip("."), case.heading, items, case.place, title=case.heading)
    layout = Layout(
        width_mm=140,
        height_mm=80,
        margin_mm=(8, 8, 8, 8),
        number_style=case.number_style,
        is_fullwidth=language == "zh",
        table_words=("题号", "答案") if language == "zh" else ("No.", "Ans."),
        footer="",
    )
    title = "数学小测" if language == "zh" else "English Quiz"
    return Paper(title, title, "", (section,), layout, language, is_marked=case.is_marked)


def _response(case: Case, written: str) -> Response:
    first, _, final = written.rpartition(">")
    if not written:
        return Response("", Manner.EMPTY)
    return Response(final, Manner.REWRITTEN, first) if first else Response(final, case.manner)


def _drawn(case: Case, paper: Paper, hands: dict[str, Hand]) -> bytes:
    sheets = typeset(to_source(paper), _PPI)
    source = random.Random(f"{case.name}:{case.seed}")  # noqa: S311 - no secret
    pen = Pen(hands[case.hand], case.colour, source, 2.4, hands["long-cang"])
    pages = answer(paper, sheets, pen)
    if case.is_marked:
        mark(paper, pages, sheets, pen)
    if case.is_degraded:
        noise = np.random.default_rng(case.seed)
        damage = replace(choose_damage(noise), quarter_turns=0, noise=2.0, jpeg_quality=45)
        return degrade(pages[0], damage, noise)
    few = pages[0].quantize(32, Image.Quantize.MAXCOVERAGE, dither=Image.Dither.NONE)
    buffer = BytesIO()
    few.save(buffer, "PNG", dpi=(_PPI, _PPI), optimize=True)
    return buffer.getvalue()


if __name__ == "__main__":
    main()
