"""Homework pages: brackets in sentences, choices, judgements, questions with working."""

import random

from figures import FIGURES, figure

from shared.contract.questions import QuestionType
from uploads import texts
from uploads.look import Look, head_line
from uploads.replies import Student, ask, choose_student, wrong_number
from uploads.sheet import Manner, Question, Sheet, Writing, named, slot, words

_TITLES = (
    "第二单元检测卷", "课后作业", "节末综合训练", "家庭作业（3）", "周末练习", "期中复习题",
    "第4课时　练习", "课堂作业本", "单元自测",
)  # fmt: skip
_TITLES_OF = {
    "fill": ("填空", "我会填", "填一填", "填空题"),
    "choice": ("选择题", "选一选", "把正确答案的序号填在括号里"),
    "judge": ("判断题", "判断。（对的打“√”，错的打“×”）", "我会判断"),
    "story": ("解决问题", "解答题", "应用题", "我会用"),
}


def compose_homework(look: Look, rng: random.Random) -> Sheet:
    """Two to four sections in one or two columns."""
    title = rng.choice(_TITLES)
    sheet = Sheet("homework", "maths", "zh", title)
    foot = rng.choice(("", "57", "第1页　共4页"))
    page = _Page(sheet, look, choose_student(rng), rng)
    sorts = rng.sample(("fill", "choice", "judge", "story"), rng.randint(2, 4))
    body = "".join(page.section(index, sort) for index, sort in enumerate(sorts))
    if look.width_mm > 180 and rng.random() < 0.4:
        body = f"#columns(2, gutter: 1.6em)[\n{body}]\n"
    sheet.source = look.page(title, head=head_line("zh", rng), foot=foot) + body
    return sheet


class _Page:
    """Writes sections whose questions run on or begin anew."""

    def __init__(self, sheet: Sheet, look: Look, student: Student, rng: random.Random) -> None:
        self._sheet, self._look, self._student, self._rng = sheet, look, student, rng
        self._runs_on = rng.random() < 0.5
        self._count = 0
        self._choice_place = rng.choice(
            (
                "inline",
                "inline",
                "right",
                "right",
                "front",
                "margin",
                "options",
                "options_and_bracket",
            )
        )
        self._has_points = rng.random() < 0.6

    def section(self, index: int, sort: str) -> str:
        """Markup of one section with its heading."""
        rng, sheet = self._rng, self._sheet
        count = rng.randint(2, 4) if sort == "story" else rng.randint(4, 8)
        each = rng.choice((1, 2, 3, 4, 5))
        points = float(each * count) if self._has_points else None
        title = rng.choice(_TITLES_OF[sort])
        label, markup = self._look.section(index, title, points)
        sheet.section_titles[label] = title
        if points is not None:
            sheet.section_points[label] = points
        if not self._runs_on:
            self._count = 0
        if sort == "judge":
            stems = [self._judge(label, each, *one) for one in rng.sample(texts.JUDGEMENTS, count)]
        else:
            make, write = {
                "fill": (texts.fill_ins, self._fill),
                "choice": (texts.choices, self._choice),
                "story": (texts.stories, self._story),
            }[sort]
            stems = [write(label, each, one) for one in make(count, rng)]
        return markup + self._look.framed("".join(stems))

    def _next(self, label: str) -> tuple[str, str]:
        self._count += 1
        number = str(self._count)
        return number, f"{label}.{number}".lstrip(".")

    def _lead(self, number: str) -> str:
        return words(self._look.number(int(number)) + " ")

    def _fill(self, label: str, each: float, asked: texts.Asked) -> str:
        number, address = self._next(label)
        stem, answers, working = asked
        on_rule = self._rng.random() < 0.3
        if on_rule:
            stem = stem.replace("（␣）", "␣")
        markup = self._with_places(label, number, address, stem, answers, each, on_rule=on_rule)
        beside = self._working(address, working) if self._rng.random() < 0.35 else ""
        if self._rng.random() < 0.12:
            beside += figure(self._rng.choice(sorted(FIGURES)), f"figure:{address}")
        return f"#par[{self._lead(number)}{markup}]\n{beside}"

    def _with_places(
        self,
        label: str,
        number: str,
        address: str,
        stem: str,
        answers: tuple[str, ...],
        each: float,
        *,
        on_rule: bool,
    ) -> str:
        rng, size = self._rng, self._look.size_pt
        pieces = stem.split("␣")
        responses, places, markup = [], [], [words(pieces[0])]
        for index, (answer, after) in enumerate(zip(answers, pieces[1:], strict=True)):
            place = f"answer:{address}:{index}"
            response, manner, first = self._student.reply(answer, wrong_number(answer, rng), rng)
            if len(answers) > 1 and not response:
                response = answer  # one empty place of several has no reading of its own
            responses.append(response)
            places.append(place)
            if response:
                self._sheet.writings.append(Writing(place, response, manner, first))
            room = size * (1.6 + 0.62 * len(answer))
            line = "(bottom: 0.6pt)" if on_rule else ""
            markup.append(slot(place, room + (14 if on_rule else 0), line=line) + words(after))
        response = "" if not any(responses) else "；".join(responses)
        self._sheet.questions.append(
            Question(
                label,
                number,
                QuestionType.FILL_IN,
                "；".join(answers),
                response,
                tuple(places),
                each,
            )
        )
        return "".join(markup)

    def _working(self, address: str, lines: tuple[str, ...]) -> str:
        """Room below a question, in which the student works it out."""
        if not lines:
            return ""
        place, size = f"working:{address}", self._look.size_pt
        self._sheet.writings.append(
            Writing(place, "\n".join(lines), Manner.LINES, is_centred=False)
        )
        left = self._rng.uniform(1, 8)
        return f"#par[#h({left:.1f}em){slot(place, size * 16, height_em=1.5 * len(lines))}]\n"

    def _story(self, label: str, each: float, asked: texts.Asked) -> str:
        number, address = self._next(label)
        stem, answers, working = asked
        markup = self._with_places(label, number, address, stem, answers, each, on_rule=True)
        beside = self._working(address, working) if self._rng.random() < 0.85 else "#v(3em)\n"
        return f"#par[{self._lead(number)}{markup}]\n{beside}#v(0.6em)\n"

    def _judge(self, label: str, each: float, statement: str, is_true: bool) -> str:
        number, address = self._next(label)
        place, rng = f"answer:{address}", self._rng
        answer, wrong = ("√", "×") if is_true else ("×", "√")
        reply = self._student.sign(answer, wrong, rng)
        ask(
            self._sheet, (label, number), QuestionType.TRUE_FALSE, reply, answer, place, points=each
        )
        bracket = f"#box[{words('（')}{slot(place, self._look.size_pt * 2.0)}{words('）')}]"
        return f"#par[{self._lead(number)}{words(statement)}#h(1fr){bracket}]\n"

    def _choice(self, label: str, each: float, asked: texts.Choice) -> str:
        number, address = self._next(label)
        rng = self._rng
        wrong = rng.choice([c for c in "ABCD" if c != asked.answer])
        response, manner, first = self._student.sign(asked.answer, wrong, rng)
        self._sheet.questions.append(
            Question(
                label,
                number,
                QuestionType.SINGLE_CHOICE,
                asked.answer,
                response,
                (f"answer:{address}",),
                each,
            )
        )
        if response:
            self._write_choice(address, response, manner, first)
        return self._printed_choice(number, address, asked)

    def _write_choice(self, address: str, response: str, manner: Manner, first: str) -> None:
        writings, rng = self._sheet.writings, self._rng
        marks_options = self._choice_place in {"options", "options_and_bracket"}
        if self._choice_place != "options":
            writings.append(Writing(f"answer:{address}", response, manner, first))
        if marks_options:
            sort = rng.choice((Manner.RINGED, Manner.RINGED, Manner.TICKED))
            writings.append(Writing(f"option:{address}:{response}", manner=sort))
            if self._choice_place == "options_and_bracket" and rng.random() < 0.4:
                writings.extend(
                    Writing(f"option:{address}:{other}", manner=Manner.STRUCK)
                    for other in "ABCD"
                    if other != response
                )

    def _printed_choice(self, number: str, address: str, asked: texts.Choice) -> str:
        stem = asked.stem.replace("（␣）", "")
        bracket = (
            f"#box[{words('（')}{slot(f'answer:{address}', self._look.size_pt * 2.0)}{words('）')}]"
        )
        where = self._choice_place
        lead = self._lead(number)
        if where == "margin":
            out = self._look.size_pt * 2.0
            room = f"#h(-{out + 3:.1f}pt){slot(f'answer:{address}', out)}#h(3pt)"
            body = f"{room}{lead}{words(stem)}"
        elif where == "front":
            body = f"{bracket}{lead}{words(stem)}"
        elif where == "right":
            body = f"{lead}{words(stem)}#h(1fr){bracket}"
        else:
            body = f"{lead}{words(stem)}{bracket}"
        options = ", ".join(
            f"[{named(f'option:{address}:{letter}', words(letter + '.'))} {words(text)}]"
            for letter, text in zip("ABCD", asked.options, strict=True)
        )
        longest = max(len(option) for option in asked.options)
        columns = 4 if longest <= 5 else 2
        grid = f"grid(columns: (1fr,) * {columns}, row-gutter: 0.7em, {options})"
        return f"#par[{body}]\n#pad(left: 1.5em, {grid})\n"
