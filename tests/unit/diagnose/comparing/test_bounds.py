"""Any answer is compared in little time and memory; what is out of bounds is not decided."""

import random
import time

import pytest

from services.diagnose.domain.comparing.answers import compare
from services.diagnose.domain.comparing.outcomes import Outcome
from shared.contract.questions import QuestionType

NINES = "9" * 5000
KEYS = ("2", "x", "2cm", "3:4", "x=2", "{1,2}", "(1,2)", "x>2", "4...2")


@pytest.mark.parametrize(
    "answer",
    [
        "exp(exp(exp(40)))", "sin(exp(exp(20)))", "arcsin(exp(-exp(600)))", "1-exp(-10^200)",
        "(1+exp(-10^299))^40", "((9^40)^40)^40", "ln(exp(-10^200))", "1/0", "√(1-exp(-10^200))",
    ],
)  # fmt: skip
@pytest.mark.parametrize("key", ["2", "exp(2)", "x=2"])
def test_what_cannot_be_worked_out_is_neither_right_nor_wrong(answer: str, key: str) -> None:
    if "=" in key:
        answer = f"x={answer}"
    assert compare(QuestionType.FILL_IN, answer, key).outcome is Outcome.UNDECIDED


@pytest.mark.parametrize(
    "answer",
    [
        NINES, f"{NINES}/3", f"{NINES}:3", f"3:{NINES}", f"x={NINES}", f"({NINES},2)",
        f"{{{NINES},1}}", f"{NINES}...1", f"{NINES}cm", f"10^{NINES}", f"2e{NINES}", f"√{NINES}",
        f"x>{NINES}", f"1又2/{NINES}", f"0.{NINES}", "九" * 5000, "(" * 5000, "-" * 5000,
    ],
)  # fmt: skip
def test_thousands_of_digits_raise_nothing(answer: str) -> None:
    for key in (*KEYS, answer):
        compare(QuestionType.FILL_IN, answer, key)
        compare(QuestionType.FILL_IN, key, answer)


def test_nested_functions_take_milliseconds() -> None:
    draw = random.Random(1)  # noqa: S311 - not for secrets
    functions = "sin cos tan cot arcsin arccos arctan ln exp abs lg sqrt".split()  # noqa: SIM905 - names
    slowest = 0.0
    for _ in range(200):
        text = draw.choice(["40", "x", "-10^200", "10^290", "1/3"])
        for _ in range(draw.randint(1, 6)):
            name = draw.choice(functions)
            text = draw.choice([f"{name}({text})", f"-{name}({text})", f"1-{text}", f"({text})^40"])
        start = time.process_time()
        compare(QuestionType.FILL_IN, text, "x+1")
        slowest = max(slowest, time.process_time() - start)
    assert slowest < 1  # seconds; measured: 0.01
