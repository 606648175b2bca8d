"""Everything the gateway reads from a request, without a socket."""

import string
from datetime import UTC, datetime, timedelta, timezone
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.gateway.domain.access.keys import is_right_secret, new_token, parse_authorization
from services.gateway.domain.intake.forms import parse_submission
from services.gateway.domain.intake.sniffing import JPEG, PDF, PNG, sniff
from services.gateway.domain.protocol.cursors import CURSOR_PATTERN, decode_cursor, encode_cursor
from services.gateway.domain.protocol.languages import preferred_language
from services.gateway.domain.protocol.problem_kinds import KIND_OF_STATUS, KINDS
from services.gateway.domain.protocol.problems import Problem
from services.gateway.domain.protocol.ranges import (
    ByteRange,
    UnsatisfiableRange,
    is_match,
    parse_range,
)
from services.gateway.domain.protocol.tracing import trace_of
from shared.contract.failures import Language
from shared.contract.stages import Priority


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


@given(
    st.datetimes(
        min_value=datetime(1970, 1, 2),  # noqa: DTZ001 -- hypothesis adds the zone
        max_value=datetime(4200, 1, 1),  # noqa: DTZ001 -- same
        timezones=st.just(UTC) | st.just(timezone(timedelta(hours=8))),
    ),
    st.uuids(),
)
def test_a_cursor_comes_back_as_it_went(moment: datetime, item_id: UUID) -> None:
    assert decode_cursor(encode_cursor(moment, str(item_id))) == (moment, str(item_id))


@given(st.from_regex(CURSOR_PATTERN.replace("$", ""), fullmatch=True))
def test_whatever_fits_the_described_pattern_is_a_cursor(cursor: str) -> None:
    moment, item_id = decode_cursor(cursor)
    assert encode_cursor(moment, item_id) == cursor


@given(st.text() | st.text(alphabet=string.hexdigits + "-_="))
def test_any_other_cursor_is_a_problem(cursor: str) -> None:
    with pytest.raises(Problem) as caught:
        decode_cursor(cursor)
    assert caught.value.code == "invalid_cursor"


@pytest.mark.parametrize(
    ("head", "media_type"),
    [
        (b"\x89PNG\r\n\x1a\n....", PNG),
        (b"\xff\xd8\xff\xe0JFIF", JPEG),
        (b"%PDF-1.4", PDF),
        (b"\xef\xbb\xbf\n%PDF-2.0", PDF),
        (b"x" * 1019 + b"%PDF-", PDF),
        (b"x" * 1020 + b"%PDF-", None),
        (b"\x89PN", None),
        (b"hello", None),
        (b"PK\x03\x04", None),
        (b"", None),
    ],
)
def test_a_file_is_what_its_first_bytes_say(head: bytes, media_type: str | None) -> None:
    assert sniff(head) == media_type


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


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        (None, None),
        ("bytes=0-4", ByteRange(0, 4, 10)),
        ("bytes=4-", ByteRange(4, 9, 10)),
        ("bytes=-3", ByteRange(7, 9, 10)),
        ("bytes=-30", ByteRange(0, 9, 10)),
        ("bytes=2-999", ByteRange(2, 9, 10)),
        ("bytes=5-4", None),
        ("bytes=-", None),
        ("bytes=0-1,3-4", None),
        ("lines=0-1", None),
        ("bytes=0-" + "9" * 30, None),
    ],
)
def test_a_range_is_read_as_the_rfc_says(header: str | None, expected: ByteRange | None) -> None:
    assert parse_range(header, 10) == expected


@pytest.mark.parametrize(
    ("header", "total"), [("bytes=10-", 10), ("bytes=-0", 10), ("bytes=-1", 0)]
)
def test_a_range_behind_the_end_cannot_be_satisfied(header: str, total: int) -> None:
    with pytest.raises(UnsatisfiableRange):
        parse_range(header, total)


@given(st.integers(0, 50), st.integers(0, 50), st.integers(1, 40))
def test_a_range_never_leaves_the_content(first: int, last: int, total: int) -> None:
    try:
        found = parse_range(f"bytes={first}-{last}", total)
    except UnsatisfiableRange:
        assert first >= total
        return
    if found is not None:
        assert 0 <= found.first <= found.last < total
        assert found.content_range == f"bytes {found.first}-{found.last}/{total}"


def test_etags_are_compared_weakly() -> None:
    assert is_match('"a", W/"b"', '"b"')
    assert is_match("*", '"x"')
    assert not is_match('"a"', '"b"')
    assert not is_match(None, '"b"')


def test_a_valid_trace_is_kept_and_anything_else_replaced() -> None:
    parent = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"
    assert trace_of(parent).trace_id == "4bf92f3577b34da6a3ce929d0e0e4736"
    for other in (None, "", "x" * 500, "00-" + "0" * 32 + "-00f067aa0ba902b7-01"):
        made = trace_of(other)
        assert trace_of(made.traceparent) == made


def test_a_submission_form_has_sensible_defaults() -> None:
    form = parse_submission({"subject": "  数学 ", "grade": "", "force": "true"})
    assert (form.subject, form.grade, form.force) == ("数学", None, True)
    assert (form.broker_priority, form.language) == (Priority.NORMAL, Language.ZH)


@pytest.mark.parametrize(
    "address",
    [
        *("ftp://host/x", "//host/x", "http://", "https://host:99999/", "http://[::1"),
        *("javascript:1", "https://host*", "https://a,b/", "https://host/a b"),
    ],
)
def test_a_callback_must_be_a_web_address(address: str) -> None:
    with pytest.raises(Problem) as caught:
        parse_submission({"callback_url": address})
    assert caught.value.extensions["errors"] == [
        {"field": "form.callback_url", "rule": "http_address"}
    ]


@pytest.mark.parametrize(
    "address", ["http://a_b.example", "https://[2001:db8::1]:8443/x", "https://host:65535/~a?b=*#c"]
)
def test_any_address_that_can_be_called_is_a_callback(address: str) -> None:
    assert parse_submission({"callback_url": address}).callback_url == address


@given(st.dictionaries(st.text(max_size=12), st.text(max_size=12), min_size=1, max_size=4))
def test_unknown_fields_are_refused_without_naming_them(fields: dict[str, str]) -> None:
    with pytest.raises(Problem) as caught:
        parse_submission({f"x-{name}": value for name, value in fields.items()})
    assert caught.value.extensions == {"errors": [{"field": "form", "rule": "unknown_field"}]}


def test_every_problem_has_texts_in_both_languages_and_every_status_a_kind() -> None:
    for code, kind in KINDS.items():
        assert kind.status >= 400, code
        for advice in (kind.title, kind.detail):
            assert advice.zh
            assert advice.en
            assert advice.zh != advice.en
    for status, code in KIND_OF_STATUS.items():
        assert KINDS[code].status == status
