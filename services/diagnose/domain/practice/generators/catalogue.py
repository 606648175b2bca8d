"""All generators with the knowledge points they practise, and how a draft becomes an item."""

from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from random import Random

from services.diagnose.domain.practice.generators import (
    arithmetic_items,
    equation_items,
    fraction_items,
    function_items,
    geometry_items,
    statistics_items,
)
from services.diagnose.domain.practice.generators.draft import (
    LEVEL_DIFFICULTY,
    Draft,
    Level,
    Setting,
)
from shared.contract.documents import KnowledgePoint
from shared.contract.practice import PracticeItem
from shared.contract.questions import Option, QuestionType

_OPTIONS = 4
#: The share of items that offer options, of those that can.
_CHOICE_SHARE = 0.4


@dataclass(frozen=True, slots=True)
class Generator:
    """Makes items of one knowledge point; ``point_id`` is of the mathematics taxonomy."""

    name: str
    point_id: str
    draft: Callable[[Setting], Draft]


def _generators() -> tuple[Generator, ...]:
    places: dict[str, Callable[[Setting], Draft]] = {
        "number.integers.mixed-operations": arithmetic_items.mixed_operations,
        "number.integers.multiplication-division": arithmetic_items.multiplication_division,
        "number.decimals": arithmetic_items.decimals,
        "number.rational-numbers": arithmetic_items.signed_numbers,
        "number.percentages": arithmetic_items.percentages,
        "number.factors-multiples": arithmetic_items.factors_multiples,
        "number.fractions": fraction_items.fraction_operations,
        "number.ratio-proportion": fraction_items.ratio_proportion,
        "algebra.linear-equations": equation_items.linear_equation,
        "algebra.simultaneous-equations": equation_items.simultaneous_equations,
        "algebra.quadratic-equations": equation_items.quadratic_equation,
        "algebra.factorisation": equation_items.factorisation,
        "algebra.inequalities": equation_items.linear_inequality,
        "functions.linear-functions": function_items.linear_function,
        "functions.inverse-proportion": function_items.inverse_proportion,
        "functions.quadratic-functions": function_items.quadratic_function,
        "functions.sequences": function_items.sequences,
        "functions.derivatives": function_items.derivatives,
        "geometry.lines-angles": geometry_items.angles,
        "geometry.triangles": geometry_items.right_triangles,
        "geometry.perimeter-area": geometry_items.perimeter_area,
        "geometry.circles": geometry_items.circles,
        "geometry.solids": geometry_items.solids,
        "statistics.data": statistics_items.data,
        "statistics.probability": statistics_items.probability,
        "statistics.counting": statistics_items.counting,
    }
    return tuple(
        Generator(draft.__name__.replace("_", "-"), f"mathematics.{place}", draft)
        for place, draft in places.items()
    )


GENERATORS: tuple[Generator, ...] = _generators()


def make_item(
    generator: Generator, level: Level, language: str, seed: str, point: KnowledgePoint
) -> PracticeItem:
    """The item of ``seed``: always the same for the same arguments."""
    key = f"{generator.name}:{level}:{seed}"
    rng = Random(key)  # noqa: S311 -- chance that repeats is what is wanted
    draft = generator.draft(Setting(rng, level, language))
    options = _options(draft, rng) if rng.random() < _CHOICE_SHARE else ()
    answer = draft.answer
    kind = QuestionType.SHORT_ANSWER if draft.value is None else QuestionType.FILL_IN
    if options:
        kind = QuestionType.SINGLE_CHOICE
        answer = next(option.label for option in options if option.text == draft.answer)
    return PracticeItem(
        type=kind,
        stem=draft.stem,
        options=options,
        answer=answer,
        solution=draft.solution,
        knowledge_points=(point,),
        difficulty=LEVEL_DIFFICULTY[level],
        source=f"generator:{generator.name}",
    )


def _options(draft: Draft, rng: Random) -> tuple[Option, ...]:
    """The answer among results of usual mistakes, in ascending order; none for other answers."""
    if draft.value is None:
        return ()
    wrong: list[Fraction] = []
    # Where two mistakes lead to one result, neighbours of the answer fill the places.
    unit = Fraction(1, draft.value.denominator)
    neighbours = (draft.value + sign * size * unit for size in range(1, 9) for sign in (1, -1))
    is_positive = draft.value > 0 and all(value > 0 for value in draft.wrong)
    for value in (*draft.wrong, *neighbours):
        is_new = value != draft.value and value not in wrong
        if is_new and (value > 0 or not is_positive) and _is_writable(draft, value):
            wrong.append(value)
    chosen = sorted([draft.value, *wrong[: _OPTIONS - 1]])
    if len(chosen) < _OPTIONS:
        return ()
    if rng.random() < 0.5:
        chosen.reverse()
    return tuple(
        Option(label="ABCD"[place], text=f"${draft.write(value)}$")
        for place, value in enumerate(chosen)
    )


def _is_writable(draft: Draft, value: Fraction) -> bool:
    try:
        draft.write(value)
    except ValueError:
        return False
    return True
