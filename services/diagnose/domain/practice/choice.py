"""Chooses the items of a practice paper: from the bank, and made by generators."""

import hashlib
import re
from collections import Counter
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from random import Random

from services.diagnose.domain.practice.generators.catalogue import Generator, make_item
from services.diagnose.domain.practice.generators.draft import LEVEL_DIFFICULTY, Level
from services.diagnose.domain.practice.targets import Target
from services.diagnose.domain.tagging.stems import normalised_stem
from shared.contract.bank import BankItem
from shared.contract.documents import KnowledgePoint
from shared.contract.failures import Language
from shared.contract.practice import (
    EFFORT_DIFFICULTY,
    Effort,
    PracticeItem,
    PracticePaper,
)
from shared.contract.questions import QuestionType

#: A stem that speaks of a picture cannot be answered without it.
_PICTURE = re.compile(
    r"如图|下图|图中|图所示|图象如|示意图|下表|表中|\b(?:figure|diagram|picture|graph below|"
    r"shown below|table below|as shown)\b|<img|!\[",
    re.IGNORECASE,
)
_CHOICES = frozenset({QuestionType.SINGLE_CHOICE, QuestionType.MULTIPLE_CHOICE})
_EFFORT_LEVEL = {Effort.EASY: Level.EASY, Effort.MEDIUM: Level.MEDIUM, Effort.HARD: Level.HARD}
#: Below the first mastery a student begins with easy items, above the second with medium ones.
_LOW, _HIGH = 0.6, 0.8
_UNKNOWN_DIFFICULTY = 0.5
#: How often one structure comes in a paper, with other numbers.
_MOST_USES = 2
#: Points that the title names.
_NAMED = 3


@dataclass(frozen=True, slots=True)
class PracticeWish:
    """What is wished of a practice paper. ``seed`` decides all that is left to chance."""

    count: int
    effort: Effort | None
    language: Language
    subject: str | None
    seed: str
    #: Stems that the student knows already.
    seen: Collection[str] = ()
    #: The student's school year; nothing is asked that is taught later.
    year: int | None = None


def choose_items(
    targets: Sequence[Target], bank: Sequence[BankItem], wish: PracticeWish
) -> PracticePaper:
    """A paper of at most ``wish.count`` items, easy ones first within a point.

    Bank items and generated ones alternate, so that a student meets a point in more than one
    wording. No two items have the same structure, as far as the structures last, and the letters
    of right options take turns. The same arguments give the same paper; a target without any item
    is named in ``unserved``.
    """
    taken = {normalised_stem(stem) for stem in wish.seen}
    letters = _Letters(wish.seed)
    supplies = [_Supply(target, bank, wish, taken, letters) for target in targets]
    chosen: list[list[PracticeItem]] = [[] for _ in supplies]
    # In turns, so that the first, most urgent targets get what does not divide evenly.
    left, place = wish.count, 0
    exhausted: set[int] = set()
    while left and len(exhausted) < len(supplies):
        turn = place % len(supplies)
        place += 1
        if turn in exhausted:
            continue
        item = supplies[turn].next_item()
        if item is None:
            exhausted.add(turn)
            continue
        chosen[turn].append(item)
        left -= 1
    practised = [(t, items) for t, items in zip(targets, chosen, strict=True) if items]
    # Points that there was no room for are not unserved.
    empty = [targets[place].point for place in sorted(exhausted) if not chosen[place]]
    return PracticePaper(
        title=_title([target.point for target, _ in practised], wish.language),
        subject=wish.subject,
        language=wish.language,
        points=tuple(target.point for target, _ in practised),
        items=tuple(
            item for _, items in practised for item in sorted(items, key=lambda i: i.difficulty)
        ),
        unserved=tuple(empty),
    )


class _Letters:
    """The places of right options: each of four once, in an order of chance, then anew."""

    def __init__(self, seed: str) -> None:
        self._rng = Random(f"letters:{seed}")  # noqa: S311 -- chance that repeats is wanted
        self._left: list[int] = []

    def next_place(self) -> int:
        """The place that is due."""
        if not self._left:
            self._left = self._rng.sample(range(4), 4)
        return self._left[-1]

    def use(self, label: str) -> None:
        """A right option stands at ``label``: its place is due again after the others."""
        place = "ABCD".find(label)
        if place in self._left:
            self._left.remove(place)


class _Supply:
    """The items of one target, one after the other; ``taken`` is shared among all targets."""

    def __init__(
        self,
        target: Target,
        bank: Sequence[BankItem],
        wish: PracticeWish,
        taken: set[str],
        letters: _Letters,
    ) -> None:
        self._target, self._wish, self._taken, self._letters = target, wish, taken, letters
        generators = [
            one for one in target.generators() if wish.year is None or one.from_year <= wish.year
        ]
        # Another paper begins with other structures.
        chance = Random(f"{wish.seed}:{target.point.id}")  # noqa: S311 -- repeatable
        self._generators = chance.sample(generators, len(generators))
        self._uses: Counter[Generator] = Counter()
        self._bank = [item for item in target.items(bank) if _is_usable(item, wish.language)]
        self._given = 0
        self._made = 0

    def next_item(self) -> PracticeItem | None:
        level = self._level()
        first, second = (
            (self._take, self._make) if self._given % 2 == 0 else (self._make, self._take)
        )
        item = first(level) or second(level)
        if item is not None:
            self._given += 1
            self._taken.add(normalised_stem(item.stem))
            if item.options:
                self._letters.use(item.answer)
        return item

    def _level(self) -> Level:
        if self._wish.effort is not None:
            return _EFFORT_LEVEL[self._wish.effort]
        mastery = self._target.mastery
        order: tuple[Level, ...]
        if mastery is not None and mastery >= _HIGH:
            order = (Level.MEDIUM, Level.HARD)
        elif mastery is not None and mastery < _LOW:
            order = (Level.EASY, Level.EASY, Level.MEDIUM, Level.MEDIUM, Level.HARD)
        else:
            order = (Level.EASY, Level.MEDIUM, Level.HARD)
        return order[self._given % len(order)]

    def _make(self, level: Level) -> PracticeItem | None:
        """An item of the level's least used structure; where all are used up, of another level.

        A structure comes a second time only when all of its point have come once.
        """
        levels = [level] if self._wish.effort is not None else sorted(Level, key=_nearness(level))
        for use in range(_MOST_USES):
            for wanted in levels:
                for generator in self._generators:
                    if generator.level is wanted and self._uses[generator] == use:
                        item = self._made_by(generator)
                        if item is not None:
                            return item
        return None

    def _made_by(self, generator: Generator) -> PracticeItem | None:
        # A generator with few numbers may repeat itself: a dozen seeds find another item.
        for _ in range(12):
            seed = f"{self._wish.seed}:{self._target.point.id}:{self._made}"
            self._made += 1
            item = make_item(
                generator,
                self._wish.language,
                seed,
                self._target.point,
                place=self._letters.next_place(),
            )
            if normalised_stem(item.stem) not in self._taken:
                self._uses[generator] += 1
                return item
        return None

    def _take(self, level: Level) -> PracticeItem | None:
        wanted = LEVEL_DIFFICULTY[level]
        if self._wish.effort is not None:
            wanted = EFFORT_DIFFICULTY[self._wish.effort]
        free = [item for item in self._bank if normalised_stem(item.stem) not in self._taken]
        if not free:
            return None
        best = min(free, key=lambda item: (self._distance(item, wanted), self._draw(item)))
        self._bank.remove(best)
        return PracticeItem(
            type=best.type,
            stem=best.stem,
            options=best.options,
            answer=best.answer,
            solution=best.solution,
            knowledge_points=best.points,
            difficulty=best.difficulty if best.difficulty is not None else _UNKNOWN_DIFFICULTY,
            source="bank",
        )

    @staticmethod
    def _distance(item: BankItem, wanted: float) -> float:
        known = item.difficulty if item.difficulty is not None else _UNKNOWN_DIFFICULTY
        # Differences that no student notices are left to chance.
        return round(abs(known - wanted), 1)

    def _draw(self, item: BankItem) -> str:
        return hashlib.sha256(f"{self._wish.seed}:{item.id}".encode()).hexdigest()


def _nearness(level: Level) -> Callable[[Level], int]:
    return lambda other: abs(other - level)


def _is_usable(item: BankItem, language: Language) -> bool:
    """Whether the item can be answered from its text alone, in the reader's language."""
    if item.language != language or not item.answer.strip():
        return False
    if item.type in _CHOICES and len(item.options) < 2:
        return False
    return _PICTURE.search(item.stem) is None


def _title(points: Sequence[KnowledgePoint], language: Language) -> str:
    names = list(dict.fromkeys(point.name for point in points))
    shown = names[:_NAMED]
    if language is Language.ZH:
        rest = "等" if len(names) > _NAMED else ""
        return f"练习：{'、'.join(shown)}{rest}"
    rest = f" and {len(names) - _NAMED} more" if len(names) > _NAMED else ""
    return f"Practice: {', '.join(shown)}{rest}"
