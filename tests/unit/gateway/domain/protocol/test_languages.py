"""The language that a client asks for."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.gateway.domain.protocol.languages import preferred_language
from shared.contract.failures import Language


@pytest.mark.parametrize(
    ("header", "language"),
    [
        (None, "en"),
        ("", "en"),
        ("zh", "zh"),
        ("zh-CN,zh;q=0.9,en;q=0.8", "zh"),
        ("en;q=0.3, zh-Hans;q=0.7", "zh"),
        ("fr, de;q=0.5", "en"),
        ("fr;q=1.0, zh;q=0", "en"),
        ("zh;q=nonsense, en;q=0.1", "en"),
    ],
)
def test_the_best_language_is_chosen(header: str | None, language: str) -> None:
    assert preferred_language(header, Language.EN) == language


@given(st.text(alphabet="zhen-*;q=01., \t\x00é", max_size=80))
def test_no_language_header_breaks_the_parser(header: str) -> None:
    assert preferred_language(header, Language.ZH) in set(Language)
