"""What a student practises: the urgent points, items once, always the same for a seed."""

import re
from collections import Counter
from typing import Any

import pytest

from services.diagnose.adapters.taxonomy.taxonomy_files import shipped_taxonomy
from services.diagnose.domain.practice.choice import PracticeWish, choose_items
from services.diagnose.domain.practice.grades import year_of
from services.diagnose.domain.practice.lecture_topics import lecture_points, split_passages
from services.diagnose.domain.practice.targets import Target, exam_targets, target_of
from shared.contract.bank import BankItem
from shared.contract.documents import (
    Analysis,
    Diagnosis,
    DiagnosisText,
    KnowledgePoint,
    Mastery,
    MasteryLevel,
    QuestionResult,
    Score,
)
from shared.contract.failures import Language
from shared.contract.practice import Effort
from shared.contract.questions import Option, QuestionType, Verdict

INDEX = shipped_taxonomy()
TEXT = DiagnosisText(summary="", strengths=(), weaknesses=(), recommendations=(), engine="rules")
SCORE = Score(earned=0, full=1, rate=0, ungraded=0)


def point(name: str) -> KnowledgePoint:
    found = INDEX.find("数学", name)
    assert found is not None
    return found


def target(name: str, mastery: float | None = None) -> Target:
    return target_of(point(name), "数学", INDEX, mastery)


def wish(**more: Any) -> PracticeWish:
    given = {"count": 10, "effort": None, "language": Language.ZH, "subject": "数学", "seed": "s"}
    return PracticeWish(**{**given, **more})


def bank_item(number: int, name: str = "分数", **more: Any) -> BankItem:
    given: dict[str, Any] = {
        "id": f"i{number}",
        "subject": "mathematics",
        "language": "zh",
        "type": QuestionType.FILL_IN,
        "stem": f"题库第{number}题",
        "options": (),
        "answer": "1",
        "solution": "",
        "topics": (),
        "points": (point(name),),
        "difficulty": 0.5,
        "source": "test",
    }
    return BankItem(**{**given, **more})


def question(ordinal: int, verdict: Verdict, *points: KnowledgePoint) -> QuestionResult:
    return QuestionResult(
        ordinal=ordinal,
        section="",
        number=str(ordinal),
        type=QuestionType.FILL_IN,
        stem="",
        options=(),
        student_answer=None,
        correct_answer=None,
        verdict=verdict,
        score=None,
        full_score=None,
        confidence=1,
        knowledge_points=points,
        difficulty=0.5,
        error_cause=None,
        evidence=(),
    )


def mastery(of: KnowledgePoint, value: float, level: MasteryLevel) -> Mastery:
    return Mastery(knowledge_point=of, items=2, mastery=value, interval=(0, 1), level=level)


def names(analysis: Analysis, *masteries: Mastery) -> list[str]:
    diagnosis = Diagnosis(mastery=masteries, diagnosis=TEXT)
    return [t.point.name for t in exam_targets(analysis, diagnosis, "数学", INDEX)]


def test_weak_points_come_before_lost_ones_and_known_ones_stay_out() -> None:
    weak, lost, known = point("分数"), point("圆"), point("概率")
    analysis = Analysis(
        score=SCORE,
        sections=(),
        questions=(
            question(1, Verdict.INCORRECT, weak),
            question(2, Verdict.UNANSWERED, lost),
            question(3, Verdict.CORRECT, known),
        ),
    )
    found = names(
        analysis,
        mastery(weak, 0.3, MasteryLevel.WEAK),
        mastery(known, 0.9, MasteryLevel.STRONG),
        mastery(lost, 0.2, MasteryLevel.INSUFFICIENT_EVIDENCE),
    )
    assert found == ["分数", "圆"]


def test_without_a_weakness_the_least_sure_points_are_practised() -> None:
    analysis = Analysis(
        score=SCORE, sections=(), questions=(question(1, Verdict.CORRECT, point("圆")),)
    )
    sure, unsure = point("概率"), point("圆")
    found = names(
        analysis,
        mastery(sure, 0.95, MasteryLevel.STRONG),
        mastery(unsure, 0.7, MasteryLevel.ADEQUATE),
    )
    assert found == ["圆", "概率"]


def test_a_parent_practises_what_lies_below_it_and_an_alias_its_point() -> None:
    below = {generator.point_id for generator in target("数与运算").generators()}
    assert "mathematics.number.fractions" in below
    assert all(one.startswith("mathematics.number.") for one in below)
    alias = KnowledgePoint(id="mathematics.number.fractions#1", name="我班的通分", path=("通分",))
    found = target_of(alias, "数学", INDEX).generators()
    assert {generator.point_id for generator in found} == {"mathematics.number.fractions"}


def test_bank_and_generated_items_take_turns_and_none_comes_twice() -> None:
    bank = [bank_item(n) for n in range(10)]
    paper = choose_items([target("分数", 0.3)], bank, wish())
    kinds = {item.source.partition(":")[0] for item in paper.items}
    assert kinds == {"bank", "generator"}
    assert len({item.stem for item in paper.items}) == len(paper.items) == 10
    assert [item.difficulty for item in paper.items] == sorted(i.difficulty for i in paper.items)


def test_the_most_urgent_point_gets_what_does_not_divide() -> None:
    paper = choose_items([target("分数"), target("圆"), target("概率")], [], wish(count=4))
    counts = [sum(p in item.knowledge_points for item in paper.items) for p in paper.points]
    assert counts == [2, 1, 1]


def test_a_seed_decides_and_another_seed_differs() -> None:
    bank = [bank_item(n) for n in range(30)]
    one, same, other = (
        choose_items([target("分数")], bank, wish(seed=seed)) for seed in ("a", "a", "b")
    )
    assert one == same
    assert one != other


def test_what_the_student_has_seen_or_cannot_answer_is_left_out() -> None:
    bank = [
        bank_item(1, stem="做过的题"),
        bank_item(2, stem="如图，求阴影的面积"),
        bank_item(3, stem="没有选项", type=QuestionType.SINGLE_CHOICE, answer="A"),
        bank_item(4, stem="In English", language="en"),
        bank_item(5, stem="没有答案", answer=" "),
        bank_item(6, stem="可以用的题", options=(Option(label="A", text="1"),)),
    ]
    paper = choose_items([target("统计与概率")], [], wish(count=1))
    assert paper.items
    law = Target(KnowledgePoint(id="kp-1", name="分数", path=("分数",)), "")
    found = choose_items([law], bank, wish(seen=["做过的题。"]))
    assert [item.stem for item in found.items] == ["可以用的题"]


def test_effort_decides_the_difficulty() -> None:
    paper = choose_items([target("分数", 0.2)], [], wish(effort=Effort.HARD))
    assert {item.difficulty for item in paper.items} == {0.75}


def _skeleton(stem: str) -> str:
    return re.sub(r"-?\d+(\.\d+)?", "#", stem)


def test_no_two_items_look_alike_while_other_structures_are_left() -> None:
    paper = choose_items([target("分数", 0.4)], [], wish(count=5))
    assert len(paper.items) == 5
    assert len({item.source + str(item.difficulty) for item in paper.items}) == 5
    chapter = choose_items([target("式与方程", 0.4)], [], wish(count=20))
    assert len({_skeleton(item.stem) for item in chapter.items}) >= 18


def test_letters_of_right_options_are_balanced() -> None:
    letters: Counter[str] = Counter()
    for seed in range(12):
        paper = choose_items([target("数与运算", 0.5)], [], wish(count=20, seed=str(seed)))
        letters += Counter(item.answer for item in paper.items if item.options)
    assert set(letters) == set("ABCD")
    assert max(letters.values()) <= 1.3 * min(letters.values())


def test_nothing_is_asked_that_is_taught_later() -> None:
    early = choose_items([target("三角形", 0.4)], [], wish(count=8, year=7))
    assert early.items
    assert not [item for item in early.items if "直角" in item.stem]
    late = choose_items([target("三角形", 0.4)], [], wish(count=8, year=8))
    assert [item for item in late.items if "直角" in item.stem]


@pytest.mark.parametrize(
    ("grade", "year"),
    [
        ("七年级", 7), ("初一", 7), ("高二", 11), ("Grade 7", 7), ("7", 7), ("小学三年级", 3),
        ("10th grade", 10), ("Year 9", None), ("13", None), ("", None), (None, None),
    ],
)  # fmt: skip
def test_a_grade_names_a_school_year(grade: str | None, year: int | None) -> None:
    assert year_of(grade) == year


def test_a_point_without_items_leaves_an_empty_paper_that_names_it() -> None:
    nothing = Target(KnowledgePoint(id="kp-2", name="修辞", path=("修辞",)), "")
    paper = choose_items([nothing], [bank_item(1)], wish())
    assert (paper.items, paper.points) == ((), ())
    assert paper.unserved == (nothing.point,)


def test_a_lecture_is_about_what_most_of_its_passages_speak_of() -> None:
    text = "浮力的大小等于排开液体的重力，这就是阿基米德原理。" * 6 + "\n\n今天天气很好。"
    subject, points = lecture_points(text, None, ("mathematics", "physics"), INDEX, 5)
    assert subject == "physics"
    assert "浮力" in points[0].name


def test_passages_are_whole_sentences_and_long_lectures_are_thinned() -> None:
    passages = split_passages("一句话。" * 500)
    assert all(passage.endswith("。") for passage in passages)
    assert len(split_passages("这是一句比较长的话。" * 20_000)) <= 300
    assert split_passages(" \n ") == ()
