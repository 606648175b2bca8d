"""Of several readings of one place one is chosen, and no surer than they are."""

from hypothesis import given
from hypothesis import strategies as st

from services.ocr.domain.places.place_votes import decide
from services.ocr.domain.text.ctc import Reading

readings = st.builds(Reading, st.sampled_from(["12", "1.2", "7", "word"]), st.floats(0, 1))


@given(st.lists(readings, min_size=1, max_size=4), st.none() | readings)
def test_a_decision_is_one_of_its_readings_and_no_surer_than_the_surest(
    looks: list[Reading], line: Reading | None
) -> None:
    decided = decide(looks, line)
    every = [*looks, *([line] if line else [])]
    assert decided.text in {reading.text for reading in every}
    assert decided.confidence <= max(reading.confidence for reading in every) + 1e-9


def test_looks_that_differ_make_the_decision_doubtful() -> None:
    decided = decide([Reading("21", 0.9), Reading("27", 0.8)], Reading("21", 0.9))
    assert decided.text == "21"
    assert decided.confidence < 0.8


def test_a_point_that_one_look_lost_is_kept() -> None:
    decided = decide([Reading("84", 0.99), Reading("84", 0.99)], Reading("8.4", 0.95))
    assert decided.text == "8.4"
    assert decided.confidence < 0.9


def test_a_dash_before_a_number_is_a_minus() -> None:
    assert decide([Reading("—14", 0.9)], None).text == "-14"


def test_spaces_of_words_stay() -> None:
    assert decide([Reading("New York", 0.9)], Reading("NewYork", 0.8)).text == "New York"
