"""Keys in the Authorization header."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.gateway.domain.access.keys import is_right_secret, new_token, parse_authorization


def test_a_new_token_is_recognised_by_its_own_hash_only() -> None:
    token, stored = new_token()
    credential = parse_authorization(f"bearer {token}")
    assert credential is not None
    assert credential.key_id == stored.key_id
    assert is_right_secret(credential, stored.secret_hash)
    assert not is_right_secret(credential, new_token()[1].secret_hash)
    assert not is_right_secret(credential, None)
    assert token.rsplit("_", 1)[1] not in repr(credential)


@pytest.mark.parametrize("header", [None, "", "Bearer", "Bearer x", "exl_a_b", "Bearer exl_a_b_c"])
def test_what_is_no_token_of_ours_is_no_credential(header: str | None) -> None:
    assert parse_authorization(header) is None


@given(st.text())
def test_no_authorization_header_breaks_the_parser(header: str) -> None:
    assert parse_authorization(header) is None
