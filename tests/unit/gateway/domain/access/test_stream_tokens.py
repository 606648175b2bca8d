"""Tokens that open one exam's events."""

from hypothesis import given
from hypothesis import strategies as st

from services.gateway.domain.access.stream_tokens import new_stream_token, parse_stream_token

KEY, HASH = "abcdefABCDEF", b"h" * 32
TOKEN = new_stream_token("e1", KEY, HASH, 1000)


def test_a_token_is_good_for_its_exam_key_and_time_only() -> None:
    token = parse_stream_token(TOKEN)
    assert token is not None
    assert token.key_id == KEY
    assert token.is_valid("e1", HASH, 999.0)
    assert not token.is_valid("e1", HASH, 1000.0)
    assert not token.is_valid("e2", HASH, 999.0)
    assert not token.is_valid("e1", b"x" * 32, 999.0)


def test_a_later_expiry_cannot_be_written_in() -> None:
    token = parse_stream_token(TOKEN.replace("_1000_", "_9999_"))
    assert token is not None
    assert not token.is_valid("e1", HASH, 999.0)


@given(st.text(max_size=80))
def test_other_text_is_no_token(text: str) -> None:
    assert parse_stream_token(text) is None
