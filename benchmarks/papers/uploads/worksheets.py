"""English worksheets: blanks in sentences, true or false, matching letters, a table of options."""

import random

from shared.contract.questions import QuestionType
from uploads import texts
from uploads.look import Look, head_line
from uploads.replies import ask, choose_student
from uploads.sheet import Manner, Question, Sheet, Writing, bracket, named, rule, words

_TITLES = (
    "English Worksheet",
    "Unit 5 Revision",
    "Reading and Writing",
    "Lesson 8 Exercises",
    "English Homework",
)
_SORTS = ("blank", "true_false", "match", "cloze", "bank")


def compose_worksheet(look: Look, rng: random.Random) -> Sheet:
    """Two or three sections of different sorts."""
    title = rng.choice(_TITLES)
    sheet = Sheet("worksheet", "english", "en", title)
    body = _Worksheet(sheet, look, rng)
    sorts = rng.sample(_SORTS, rng.randint(2, 3))
    source = "".join(body.section(index, sort) for index, sort in enumerate(sorts))
    sheet.source = (
        look.page(title, head=head_line("en", rng), foot=rng.choice(("", "12", "Page 1"))) + source
    )
    return sheet


class _Worksheet:
    """Writes sections; numbers run on through the sheet or begin anew."""

    def __init__(self, sheet: Sheet, look: Look, rng: random.Random) -> None:
        self._sheet, self._look, self._rng = sheet, look, rng
        self._student = choose_student(rng)
        self._runs_on, self._count = rng.random() < 0.4, 0
        self._has_points = rng.random() < 0.5

    def section(self, index: int, sort: str) -> str:
        """Markup of one section with its heading."""
        rng = self._rng
        count = {"cloze": 5, "match": 5}.get(sort, rng.randint(4, 7))
        each = rng.choice((1, 2, 3))
        points = float(each * count) if self._has_points else None
        title = {
            "blank": "Fill in the blanks",
            "bank": "Complete the sentences with the words in the box",
            "true_false": rng.choice(("True (T) or False (F)", "Write T or F", "True or false?")),
            "match": "Match the words with their meanings",
            "cloze": "Choose the best answer",
        }[sort]
        label, heading = self._look.section(index, title, points)
        self._sheet.section_titles[label] = title
        if points is not None:
            self._sheet.section_points[label] = points
        if not self._runs_on:
            self._count = 0
        write = {
            "blank": self._blanks, "bank": self._bank, "true_false": self._true_false,
            "match": self._match, "cloze": self._cloze,
        }[sort]  # fmt: skip
        return heading + self._look.framed(write(label, count, each))

    def _next(self, label: str) -> tuple[str, str, str]:
        self._count += 1
        number = str(self._count)
        return number, f"answer:{label}.{number}", words(self._look.number(self._count) + " ")

    def _sentence(self, label: str, stem: str, word: str, each: float) -> str:
        number, place, lead = self._next(label)
        rng = self._rng
        wrong = word[:-1] if len(word) > 3 else word + "s"
        reply = self._student.reply(word, wrong, rng)
        ask(self._sheet, (label, number), QuestionType.FILL_IN, reply, word, place, points=each)
        width = self._look.size_pt * max(5.5, 0.6 * len(word) + 2.5)
        before, _, after = stem.partition("␣")
        return f"#par[{lead}{words(before)}{rule(place, width, height_em=1.3)}{words(after)}]\n"

    def _blanks(self, label: str, count: int, each: float) -> str:
        chosen = self._rng.sample(texts.SENTENCES, count)
        return "".join(self._sentence(label, stem, word, each) for stem, word in chosen)

    def _bank(self, label: str, count: int, each: float) -> str:
        chosen = self._rng.sample(texts.SENTENCES, count)
        shown = sorted({word for _, word in chosen})
        listed = "#h(1.2em)".join(words(word) for word in shown)
        box = f"#align(center, box(stroke: 0.7pt, inset: 0.6em, radius: 4pt)[{listed}])\n"
        return box + "".join(self._sentence(label, stem, word, each) for stem, word in chosen)

    def _true_false(self, label: str, count: int, each: float) -> str:
        rng = self._rng
        form = rng.choice(("front", "rule", "ring", "end"))
        yes, no = (
            rng.choice((("T", "F"), ("True", "False"))) if form in {"rule", "end"} else ("T", "F")
        )
        lines = []
        for statement, is_true in rng.sample(texts.STATEMENTS, count):
            number, place, lead = self._next(label)
            answer, wrong = (yes, no) if is_true else (no, yes)
            reply = self._student.sign(answer, wrong, rng)
            if form == "ring":
                lines.append(self._ringed(label, number, (statement, answer, reply[0]), each, lead))
                continue
            ask(
                self._sheet,
                (label, number),
                QuestionType.TRUE_FALSE,
                reply,
                answer,
                place,
                points=each,
            )
            size = self._look.size_pt
            if form == "front":
                lines.append(f"#par[{bracket(place, size * 2)} {lead}{words(statement)}]\n")
            elif form == "rule":
                lines.append(f"#par[{rule(place, size * 3.8)} {lead}{words(statement)}]\n")
            else:
                lines.append(
                    f"#par[{lead}{words(statement)} #h(1fr){bracket(place, size * 3.4)}]\n"
                )
        return "".join(lines)

    def _ringed(
        self, label: str, number: str, told: tuple[str, str, str], each: float, lead: str
    ) -> str:
        """T and F are printed; one of them is ringed."""
        statement, answer, response = told
        address = f"{label}.{number}"
        place = f"option:{address}:{response or 'T'}"
        self._sheet.questions.append(
            Question(label, number, QuestionType.TRUE_FALSE, answer, response, (place,), each)
        )
        if response:
            self._sheet.writings.append(Writing(place, manner=Manner.RINGED))
        printed = "#h(1.2em)".join(named(f"option:{address}:{sign}", words(sign)) for sign in "TF")
        return f"#par[{lead}{words(statement)} #h(1fr)#box[{printed}]]\n"

    def _match(self, label: str, count: int, each: float) -> str:
        rng = self._rng
        pairs = rng.sample(texts.PAIRS, count)
        meanings = [meaning for _, meaning in pairs]
        rng.shuffle(meanings)
        rows = []
        for (word, meaning), letter, shown in zip(pairs, "ABCDE", meanings, strict=True):
            number, place, lead = self._next(label)
            answer = "ABCDE"[meanings.index(meaning)]
            wrong = rng.choice([c for c in "ABCDE" if c != answer])
            reply = self._student.sign(answer, wrong, rng)
            ask(
                self._sheet,
                (label, number),
                QuestionType.SINGLE_CHOICE,
                reply,
                answer,
                place,
                points=each,
            )
            room = bracket(place, self._look.size_pt * 2)
            rows.append(f"[{room} {lead}{words(word)}], [{words(f'{letter}. {shown}')}]")
        return f"#grid(columns: (1fr, 1.4fr), row-gutter: 0.9em, {', '.join(rows)})\n"

    def _cloze(self, label: str, count: int, each: float) -> str:
        """Rows of a number and four words, the letter in a bracket before it."""
        rng = self._rng
        pool = sorted({word for _, word in texts.SENTENCES})
        rows = []
        for _ in range(count):
            number, place, lead = self._next(label)
            options = rng.sample(pool, 4)
            answer = rng.choice("ABCD")
            wrong = rng.choice([c for c in "ABCD" if c != answer])
            reply = self._student.sign(answer, wrong, rng)
            ask(
                self._sheet,
                (label, number),
                QuestionType.SINGLE_CHOICE,
                reply,
                answer,
                place,
                points=each,
            )
            cells = ", ".join(
                f"[{words(f'{letter}. {option}')}]"
                for letter, option in zip("ABCD", options, strict=True)
            )
            rows.append(f"[{bracket(place, self._look.size_pt * 2)} {lead}], {cells}")
        form = "columns: (auto, 1fr, 1fr, 1fr, 1fr), column-gutter: 0.6em, row-gutter: 1em"
        return f"#grid({form}, {', '.join(rows)})\n"
