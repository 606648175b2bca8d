"""Wrong answers whose cause is known, made the way that children make them, and how many are told.

``python -m tests.unit.diagnose.scoring.wrong_answers`` prints the table of docs/evaluation.md.
Every maker draws a sum, or a word in its sentence, and makes one slip by its own rule. The kind
``None`` are wrong answers without a slip: a distractor or a number that leads nowhere.
"""

import random
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from fractions import Fraction

from services.diagnose.domain.scoring.error_causes import error_cause
from shared.contract.documents import Option, QuestionResult
from shared.contract.questions import QuestionType, Verdict

#: Seeds that nobody looked at while the rules were written.
HELD_OUT = range(9_000, 9_040)
_LABELS = "ABCD"


@dataclass(frozen=True, slots=True)
class WrongAnswer:
    """A question with a wrong answer, and the slip that was made."""

    kind: str | None
    stem: str
    student: str
    key: str

    def question(self, pen: random.Random) -> QuestionResult:
        """It as it comes from a paper: a third of them as a choice among four."""
        is_choice = pen.random() < 1 / 3 and "$" not in self.key
        options: tuple[Option, ...] = ()
        student, key = self.student, self.key
        if is_choice:
            texts = [self.student, self.key, f"{self.key}0", f"{self.student}1"]
            pen.shuffle(texts)
            options = tuple(Option(label=a, text=b) for a, b in zip(_LABELS, texts, strict=True))
            student, key = _LABELS[texts.index(student)], _LABELS[texts.index(key)]
        return QuestionResult(
            ordinal=1, section="", number="1",
            type=QuestionType.SINGLE_CHOICE if is_choice else QuestionType.FILL_IN,
            stem=self.stem, options=options, student_answer=student, correct_answer=key,
            verdict=Verdict.INCORRECT, score=0.0, full_score=2.0, confidence=0.9,
            knowledge_points=(), difficulty=0.5, error_cause=None, evidence=(),
        )  # fmt: skip


def _ask(pen: random.Random, text: str) -> str:
    return pen.choice(
        (f"计算：{text}＝____", f"{text} = ", f"Work out {text}.", f"$ {text} $ 的值是")
    )


def _sign(pen: random.Random) -> WrongAnswer:
    a, b = pen.randint(2, 9), pen.randint(11, 40)
    return WrongAnswer("sign", _ask(pen, f"{a}-{b}"), str(b - a), str(a - b))


def _order(pen: random.Random) -> WrongAnswer:
    a, b, c = pen.randint(2, 20), pen.randint(2, 9), pen.randint(3, 9)
    if pen.random() < 0.5:
        return WrongAnswer(
            "order_of_operations", _ask(pen, f"{a}+{b}×{c}"), str((a + b) * c), str(a + b * c)
        )
    return WrongAnswer(
        "order_of_operations", _ask(pen, f"({a}+{b})×{c}"), str(a + b * c), str((a + b) * c)
    )


def _inverse(pen: random.Random) -> WrongAnswer:
    a, b = pen.randint(30, 90), pen.randint(11, 29)
    sign = pen.choice("+-")
    total, difference = str(a + b), str(a - b)
    wrong, right = (difference, total) if sign == "+" else (total, difference)
    return WrongAnswer("inverse_operation", _ask(pen, f"{a}{sign}{b}"), wrong, right)


def _carry(pen: random.Random) -> WrongAnswer:
    a = pen.randint(2, 8) * 10 + pen.randint(5, 9)
    b = pen.randint(1, 8) * 10 + pen.randint(5, 9)
    return WrongAnswer("carry", _ask(pen, f"{a}+{b}"), str(a + b - 10), str(a + b))


def _borrow(pen: random.Random) -> WrongAnswer:
    a = pen.randint(5, 9) * 10 + pen.randint(0, 4)
    b = pen.randint(1, 4) * 10 + pen.randint(5, 9)
    return WrongAnswer("carry", _ask(pen, f"{a}-{b}"), str(a - b + 10), str(a - b))


def _one_step(pen: random.Random) -> WrongAnswer:
    a, b = pen.randint(3, 9), pen.randint(3, 9)
    return WrongAnswer(
        "one_step", _ask(pen, f"{a}×{b}"), str(a * (b + pen.choice((-1, 1)))), str(a * b)
    )


def _copied(pen: random.Random) -> WrongAnswer:
    tens, ones = pen.sample(range(1, 10), 2)
    b = pen.randint(3, 9)
    return WrongAnswer(
        "miscopied",
        _ask(pen, f"{tens}{ones}×{b}"),
        str((10 * ones + tens) * b),
        str((10 * tens + ones) * b),
    )


def _transposed(pen: random.Random) -> WrongAnswer:
    a, b, x = pen.randint(2, 9), pen.randint(2, 9), pen.randint(2, 9)
    wrong = Fraction(a * x + 2 * b, a)
    return WrongAnswer("transposed", f"解方程 {a}x+{b}={a * x + b}，x = ", str(wrong), str(x))


def _power(pen: random.Random) -> WrongAnswer:
    tenths = pen.randint(11, 99)
    right = f"{tenths / 10:g}"
    wrong = str(tenths * 10) if pen.random() < 0.5 else f"{tenths / 100:g}"
    return WrongAnswer("power_of_ten", "在横线上填数。", wrong, right)


def _unit(pen: random.Random) -> WrongAnswer:
    value = pen.randint(3, 40)
    right, wrong = pen.choice((("cm^2", "cm"), ("m", "cm"), ("kg", "g"), ("m/s", "m"), ("L", "mL")))
    return WrongAnswer("unit_wrong", "单位写在数后面。", f"{value} {wrong}", f"{value} {right}")


def _no_unit(pen: random.Random) -> WrongAnswer:
    value = pen.randint(3, 40)
    unit = pen.choice(("cm", "kg", "m", "km"))
    return WrongAnswer("unit_missing", "它有多长或多重？", str(value), f"{value} {unit}")


def _reciprocal(pen: random.Random) -> WrongAnswer:
    right = Fraction(*pen.sample((3, 5, 7, 11, 13), 2))
    return WrongAnswer("reciprocal", "化简。", str(1 / right), str(right))


def _swapped(pen: random.Random) -> WrongAnswer:
    a, b = pen.sample(range(1, 10), 2)
    return WrongAnswer("digits_swapped", "一共有多少？", f"{a}{b}", f"{b}{a}")


_VERBS = (
    ("go", "goes", "went", "going"),
    ("take", "takes", "took", "taking"),
    ("study", "studies", "studied", "studying"),
    ("stop", "stops", "stopped", "stopping"),
    ("watch", "watches", "watched", "watching"),
    ("live", "lives", "lived", "living"),
    ("write", "writes", "wrote", "writing"),
    ("help", "helps", "helped", "helping"),
)
_NOUNS = (
    ("box", "boxes"), ("city", "cities"), ("child", "children"), ("foot", "feet"),
    ("book", "books"), ("potato", "potatoes"), ("brush", "brushes"), ("day", "days"),
)  # fmt: skip


def _tense(pen: random.Random) -> WrongAnswer:
    base, third, past, participle = pen.choice(_VERBS)
    wrong = pen.choice((base, third, participle))
    return WrongAnswer("tense", "Yesterday she ____ with us.", wrong, past)


def _agreement(pen: random.Random) -> WrongAnswer:
    if pen.random() < 0.5:
        one, many = pen.choice(_NOUNS)
        return WrongAnswer("agreement", "There are three ____.", one, many)
    base, third, *_ = pen.choice(_VERBS)
    return WrongAnswer("agreement", "He often ____ here.", base, third)


_WORDS = (
    "beautiful",
    "necessary",
    "different",
    "interesting",
    "favourite",
    "restaurant",
    "library",
)


def _spelling(pen: random.Random) -> WrongAnswer:
    word = pen.choice(_WORDS)
    place = pen.randrange(1, len(word) - 2)
    letters = list(word)
    how = pen.randrange(3)
    if how == 0:
        del letters[place]
    elif how == 1:
        letters[place] = pen.choice("aeiou".replace(letters[place], ""))
    else:
        letters.insert(place, letters[place])
    return WrongAnswer("spelling", "Write the word.", "".join(letters), word)


_LINES = (("春眠不觉晓", "觉", "知"), ("白日依山尽", "依", "衣"), ("举头望明月", "望", "忘"))


def _character(pen: random.Random) -> WrongAnswer:
    line, right, wrong = pen.choice(_LINES)
    return WrongAnswer("wrong_character", "默写。", line.replace(right, wrong), line)


def _guess(pen: random.Random) -> WrongAnswer:
    """A number that is no slip of the sum: a guess."""
    a, b = pen.randint(20, 60), pen.randint(11, 19)
    right = a + b
    near = {right + d for d in (-1, 1, -10, 10)} | {a - b, a * b, int(str(right)[::-1])}
    wrong = pen.choice([n for n in range(right // 2, right * 2) if n not in near and n != right])
    return WrongAnswer(None, _ask(pen, f"{a}+{b}"), str(wrong), str(right))


def _other_word(pen: random.Random) -> WrongAnswer:
    one, other = pen.sample(("apple", "teacher", "quickly", "orange", "between", "winter"), 2)
    return WrongAnswer(None, "Fill in the word.", one, other)


def _other_term(pen: random.Random) -> WrongAnswer:
    one, other = pen.sample(("光的折射", "热胀冷缩", "光合作用", "凸透镜成像"), 2)
    return WrongAnswer(None, "这种现象叫做", one, other)


_MAKERS: tuple[Callable[[random.Random], WrongAnswer], ...] = (
    _sign, _order, _inverse, _carry, _borrow, _one_step, _copied, _transposed, _power, _unit,
    _no_unit, _reciprocal, _swapped, _tense, _agreement, _spelling, _character,
    _guess, _guess, _other_word, _other_term,
)  # fmt: skip


def wrong_answers(seeds: range) -> Iterator[tuple[str | None, QuestionResult]]:
    """The slip that was made and the question, from every maker for each seed."""
    for seed in seeds:
        pen = random.Random(seed)  # noqa: S311 -- repeatable
        for make in _MAKERS:
            made = make(pen)
            if made.student != made.key:
                yield made.kind, made.question(pen)


@dataclass(frozen=True, slots=True)
class Told:
    """How often a kind was made, told, and told rightly."""

    made: int
    told: int
    right: int

    @property
    def precision(self) -> float:
        """Of those told, the share that was right."""
        return self.right / self.told if self.told else 1.0

    @property
    def recall(self) -> float:
        """Of those made, the share that was told."""
        return self.right / self.made if self.made else 1.0


def measure(seeds: range) -> dict[str, Told]:
    """The figures of every kind; answers without a slip count against the precision of all."""
    made: Counter[str | None] = Counter()
    told: Counter[str | None] = Counter()
    right: Counter[str | None] = Counter()
    for kind, question in wrong_answers(seeds):
        found = error_cause(question)
        name = found.name if found else None
        made[kind] += 1
        told[name] += 1
        right[kind] += name == kind
    kinds = {kind for kind in (*made, *told) if kind is not None}
    return {kind: Told(made[kind], told[kind], right[kind]) for kind in sorted(kinds)}


if __name__ == "__main__":
    for kind, figures in measure(HELD_OUT).items():
        print(  # noqa: T201 - a table on the screen is what this is run for
            f"| {kind} | {figures.made} | {figures.precision:.2f} | {figures.recall:.2f} |"
        )
