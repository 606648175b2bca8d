"""Cursors of paged lists."""

import string
from datetime import UTC, datetime, timedelta, timezone
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.gateway.domain.protocol.cursors import CURSOR_PATTERN, decode_cursor, encode_cursor
from services.gateway.domain.protocol.problems import Problem


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
