"""Sessions of browsers: signed with their key, for a while."""

from dataclasses import replace

from services.gateway.domain.access.sessions import is_right_token, new_session, parse_session

KEY, HASH, OTHER = "abcdefABCD12", b"h" * 32, b"o" * 32


def test_a_cookie_gives_the_session_back() -> None:
    session = new_session(KEY, HASH, 2000)
    assert parse_session(session.cookie) == session
    assert session.is_valid(HASH, now=1999.9)


def test_it_ends_with_its_time_and_with_its_key() -> None:
    session = new_session(KEY, HASH, 2000)
    assert not session.is_valid(HASH, now=2000.0)
    assert not session.is_valid(OTHER, now=0.0)


def test_nothing_in_it_can_be_changed() -> None:
    session = new_session(KEY, HASH, 2000)
    for changed in ({"expires_at": 3000}, {"nonce": "x" * 22}, {"key_id": "abcdefABCD13"}):
        assert not replace(session, **changed).is_valid(HASH, now=0.0)


def test_the_token_is_of_one_session_and_is_not_in_its_cookie() -> None:
    first, second = new_session(KEY, HASH, 2000), new_session(KEY, HASH, 2000)
    token = first.csrf_token(HASH)
    assert token != second.csrf_token(HASH)
    assert token not in first.cookie
    assert is_right_token(token, first.csrf_token(HASH))
    assert not is_right_token("", token)
    assert not is_right_token("é", token)


def test_what_is_no_cookie_of_ours_is_none() -> None:
    for text in ("", "exb_", "exb_abc_1_x_y", new_session(KEY, HASH, 1).cookie + "x"):
        assert parse_session(text) is None
