"""The table of problems."""

from services.gateway.domain.protocol.problem_kinds import KIND_OF_STATUS, KINDS
from shared.contract.api.problem_codes import ProblemCode


def test_every_problem_has_texts_in_both_languages_and_every_status_a_kind() -> None:
    assert set(KINDS) == set(ProblemCode)
    for code, kind in KINDS.items():
        assert kind.status >= 400, code
        for advice in (kind.title, kind.detail):
            assert advice.zh
            assert advice.en
            assert advice.zh != advice.en
    for status, code in KIND_OF_STATUS.items():
        assert KINDS[code].status == status
