"""All generators with the knowledge points they practise, and how a draft becomes an item."""

from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from random import Random

from services.diagnose.domain.generators import (
    arithmetic,
    equations,
    fractions,
    functions,
    geometry,
    statistics,
)
from services.diagnose.domain.generators.draft import LEVEL_DIFFICULTY, Draft, Level, Setting
from shared.contract.documents import KnowledgePoint
from shared.contract.practice import PracticeItem
from shared.contract.questions import Option, QuestionType

_OPTIONS = 4
#: How many of the items that could offer options do.
_CHOICE_SHARE = 0.4


@dataclass(frozen=True, slots=True)
class Generator:
    """Makes items of one knowledge point; ``point_id`` is of the mathematics taxonomy."""

    name: str
    point_id: str
    draft: Callable[[Setting], Draft]


def _generators() -> tuple[Generator, ...]:
    places: dict[str, Callable[[Setting], Draft]] = {
        "number.integers.mixed-operations": arithmetic.mixed_operations,
        "number.integers.multiplication-division": arithmetic.multiplication_division,
        "number.decimals": arithmetic.decimals,
        "number.rational-numbers": arithmetic.signed_numbers,
        "number.percentages": arithmetic.percentages,
        "number.factors-multiples": arithmetic.factors_multiples,
        "number.fractions": fractions.fraction_operations,
        "number.ratio-proportion": fractions.ratio_proportion,
        "algebra.linear-equations": equations.linear_equation,
        "algebra.simultaneous-equations": equations.simultaneous_equations,
        "algebra.quadratic-equations": equations.quadratic_equation,
        "algebra.factorisation": equations.factorisation,
        "algebra.inequalities": equations.linear_inequality,
        "functions.linear-functions": functions.linear_function,
        "functions.inverse-proportion": functions.inverse_proportion,
        "functions.quadratic-functions": functions.quadratic_function,
        "functions.sequences": functions.sequences,
        "functions.derivatives": functions.derivatives,
        "geometry.lines-angles": geometry.angles,
        "geometry.triangles": geometry.right_triangles,
        "geometry.perimeter-area": geometry.perimeter_area,
        "geometry.circles": geometry.circles,
        "geometry.solids": geometry.solids,
        "statistics.data": statistics.data,
        "statistics.probability": statistics.probability,
        "statistics.counting": statistics.counting,
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
