"""Causes are told from wrong answers whose slip is known, on seeds held out."""

from services.diagnose.domain.scoring.error_causes import error_cause
from tests.unit.diagnose.scoring.wrong_answers import HELD_OUT, measure, wrong_answers

_LEAST_KINDS = 16


def test_every_kind_is_told_and_hardly_ever_wrongly() -> None:
    figures = measure(HELD_OUT)
    assert len(figures) >= _LEAST_KINDS
    for kind, told in figures.items():
        assert told.precision >= 0.95, kind
        assert told.recall >= 0.9, kind


def test_an_answer_without_a_slip_has_no_cause() -> None:
    guesses = [question for kind, question in wrong_answers(HELD_OUT) if kind is None]
    told = [question for question in guesses if error_cause(question) is not None]
    assert len(told) <= len(guesses) * 0.02
