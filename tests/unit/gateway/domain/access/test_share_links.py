"""Tokens of links: of one row, signed with one key."""

from services.gateway.domain.access.share_links import parse_share_token, share_token

LINK = "7a4ba748-1ac3-400d-8f99-c692463d4d90"


def test_a_token_names_its_link_and_holds_with_its_key_only() -> None:
    token = parse_share_token(share_token(LINK, b"key"))
    assert token is not None
    assert token.link_id == LINK
    assert token.is_valid(b"key")
    assert not token.is_valid(b"another")


def test_a_token_of_one_link_does_not_open_another() -> None:
    other = share_token("00000000-0000-4000-8000-000000000000", b"key")
    mixed = share_token(LINK, b"key")[:22] + other[22:]
    token = parse_share_token(mixed)
    assert token is not None
    assert not token.is_valid(b"key")


def test_what_is_no_token_is_none() -> None:
    for text in ("", "x", "a" * 66, share_token(LINK, b"key") + "="):
        assert parse_share_token(text) is None
