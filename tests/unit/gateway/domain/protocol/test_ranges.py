"""Conditional and partial GET."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.gateway.domain.protocol.ranges import (
    ByteRange,
    UnsatisfiableRange,
    is_match,
    parse_range,
)


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
