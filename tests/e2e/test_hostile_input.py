"""A part of the hostile corpus of ``make fuzz``: refused or failed with a code, and all live on."""

from itertools import islice

import pytest

from examlens.embedded import Embedded
from tests.fuzz.cases import Case
from tests.fuzz.files import bombs, broken_files
from tests.fuzz.requests import broken_requests
from tests.fuzz.sender import Sender

pytestmark = pytest.mark.xdist_group("embedded")


def every(step: int, cases: list[Case]) -> list[Case]:
    return list(islice(cases, 0, None, step))


def test_the_corpus_has_at_least_300_inputs_with_names_of_their_own() -> None:
    cases = [*broken_requests(), *broken_files()]
    assert len(cases) >= 300
    assert len({case.name for case in cases}) == len(cases)


@pytest.mark.timeout(600)
def test_hostile_input_is_refused_or_fails_with_a_code(embedded: Embedded) -> None:
    assert embedded.first_key is not None
    sender = Sender(embedded.address, embedded.first_key)
    cases = [*every(12, list(broken_requests())), *every(17, list(broken_files()))]
    verdicts = sender.try_all(cases)
    assert len(verdicts) == len(cases)
    assert [verdict for verdict in verdicts if verdict.complaint] == []
    assert sender.get("/version").status == 200


def test_a_bomb_is_small_on_its_way() -> None:
    assert max(len(content) for content in bombs().values()) < 1_000_000
