"""What the advice says: few things, in order, and no more than is known."""

from services.diagnose.domain.advice.written_advice import advise
from services.diagnose.domain.estimation.mastery import estimate_mastery
from services.diagnose.domain.scoring.analysis import AnalysisInput, analyse
from services.diagnose.domain.scoring.judgement import ScoringRules
from shared.contract.answer_key import AnswerKey, KeyQuestion, KeySection
from shared.contract.documents import Analysis, DiagnosisText
from shared.contract.failures import Language
from shared.contract.questions import QuestionType
from shared.contract.reading import ReadQuestion
from tests.unit.diagnose.diagnosis_papers import read_paper, read_question
from tests.unit.diagnose.point_indexes import NoTaxonomy

FILL_IN = QuestionType.FILL_IN


def _key(*questions: tuple[str, str | None], points: float = 5) -> AnswerKey:
    """Answers with the names of their points, in one section."""
    return AnswerKey(
        title="A paper",
        subject="mathematics",
        sections=(
            KeySection(
                label="一",
                title="填空题",
                questions=tuple(
                    KeyQuestion(
                        number=str(n), type=FILL_IN, answer=answer, points=points,
                        knowledge_points=(point,) if point else (),
                    )
                    for n, (answer, point) in enumerate(questions, 1)
                ),
            ),
        ),
    )  # fmt: skip


def _analysed(key: AnswerKey | None, *answers: str | None, surely: float = 0.97) -> Analysis:
    reads: tuple[ReadQuestion, ...] = tuple(
        read_question(
            n, str(n), answer, section="一", kind=FILL_IN, points=5,
            confidence=surely if answer == "?" else 0.97,
        )
        for n, answer in enumerate(answers, 1)
    )  # fmt: skip
    source = AnalysisInput(read_paper(*reads), key, None)
    found = analyse(source, ScoringRules(), NoTaxonomy())
    return found.model_copy(update={"key_version": None if key is None else 1})


def _advice(analysis: Analysis, language: Language = Language.ZH) -> DiagnosisText:
    return advise(analysis, estimate_mastery(analysis.questions), language)


def test_at_most_three_things_are_to_be_worked_on_the_weakest_first() -> None:
    names = ["algebra"] * 5 + ["angles"] * 4 + ["ratio"] * 4 + ["primes"] * 4 + ["sets"] * 8
    key = _key(*((str(n), name) for n, name in enumerate(names, 1)))
    answers = ["-1", "0", "0", "0", "0", *"0000", *"0000", *"0000", *map(str, range(18, 26))]
    text = _advice(_analysed(key, *answers))
    assert len(text.focus) == 3
    assert len({focus.title for focus in text.focus}) == 3
    shown = [ordinal for focus in text.focus for ordinal in focus.questions]
    assert len(shown) == len(set(shown))
    assert not [r for r in text.recommendations if r.startswith("先补")]


def test_a_slip_that_repeats_is_one_thing_to_work_on() -> None:
    key = _key(("-3", None), ("-7", None), ("-2", None), ("9", None))
    text = _advice(_analysed(key, "3", "7", "2", "9"))
    (focus,) = text.focus
    assert focus.title == "正负号"
    assert focus.questions == (1, 2, 3)
    assert "每一步都写出符号" in text.recommendations[0]
    english = _advice(_analysed(key, "3", "7", "2", "9"), Language.EN)
    assert "questions 1, 2 and 3" in english.focus[0].reason


def test_points_that_await_review_are_a_range() -> None:
    key = _key(*(("3", None),) * 4)
    analysis = _analysed(key, "3", "3", "4", "?", surely=0.3)
    assert analysis.score.open == 5
    assert "得 10 分，满分 20 分；其中 5 分待定，最后在 10–15 分之间" in _advice(analysis).summary
    assert "10 of 20 points, 5 open (10-15)" in _advice(analysis, Language.EN).summary


def test_a_paper_without_key_and_marks_was_read_and_not_scored() -> None:
    analysis = _analysed(None, "3", "", "4")
    assert analysis.score.rate is None
    for language, said in ((Language.ZH, "未评分"), (Language.EN, "read, not scored")):
        text = _advice(analysis, language)
        assert said in text.summary
        assert "0%" not in text.summary
        assert (text.focus, text.weaknesses, text.recommendations) == ((), (), ())


def test_a_faultless_paper_has_nothing_to_work_on_and_says_so() -> None:
    text = _advice(_analysed(_key(("3", None), ("4", None)), "3", "4"))
    assert text.focus == ()
    assert len(text.recommendations) == 1
