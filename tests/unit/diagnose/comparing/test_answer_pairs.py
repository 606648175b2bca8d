"""Over a thousand generated pairs of answer and key."""

from collections import Counter

from services.diagnose.domain.comparing.answers import compare
from services.diagnose.domain.comparing.outcomes import Outcome
from tests.unit.diagnose.comparing.answer_pairs import AnswerPair, generate


def judged(pairs: list[AnswerPair]) -> list[tuple[AnswerPair, Outcome]]:
    return [(pair, compare(pair.type, pair.student, pair.key).outcome) for pair in pairs]


def test_nothing_wrong_passes_and_nearly_everything_right_does() -> None:
    """Precision 1.0 on "right", recall at least 0.97."""
    found = judged(generate(seed=11, rounds=20))
    counts = Counter((pair.kind, outcome) for pair, outcome in found)
    equal = sum(n for (kind, _), n in counts.items() if kind == "equivalent")
    assert len(found) >= 1000
    assert equal >= 400
    passed = [pair for pair, o in found if o is Outcome.RIGHT and pair.kind != "equivalent"]
    assert passed == []
    assert counts["equivalent", Outcome.RIGHT] / equal >= 0.97


def test_a_key_never_contradicts_itself() -> None:
    for pair in generate(seed=3, rounds=6):
        assert compare(pair.type, pair.key, pair.key).outcome is Outcome.RIGHT, pair.key
