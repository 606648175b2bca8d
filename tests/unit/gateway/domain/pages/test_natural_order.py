"""Lists of references in the order in which people count."""

from services.gateway.domain.pages.natural_order import natural_order


def test_two_stands_before_ten_and_capitals_beside_small_letters() -> None:
    found = sorted(["Seat 10", "seat 2", "Seat 1", "", "7-10", "7-9"], key=natural_order)
    assert found == ["", "7-9", "7-10", "Seat 1", "seat 2", "Seat 10"]


def test_a_digit_that_is_no_decimal_is_a_letter() -> None:
    assert sorted(["²", "1"], key=natural_order) == ["1", "²"]
