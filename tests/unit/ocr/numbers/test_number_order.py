"""Numbers in rings that count up repair those among them that were misread."""

from services.ocr.domain.numbers.number_order import in_order
from shared.contract.reading import TextChar, TextLine

EM = 20.0


def numbered(*texts: str, left: float = 100.0) -> list[TextLine]:
    return [
        TextLine(
            text=text,
            bbox=(left, 40.0 * row, 300.0, 30.0),
            chars=tuple(
                TextChar(text=char, bbox=(left + 20 * at, 40.0 * row, 20.0, 30.0))
                for at, char in enumerate(text)
            ),
        )
        for row, text in enumerate(texts)
    ]


def signs(lines: tuple[TextLine, ...]) -> str:
    return "".join(line.text[0] for line in lines)


def test_figures_of_larger_numbers_are_completed() -> None:
    lines = numbered("④米", "⑤米", "⑯米", "⑰米", "®米", "⑩⑨米", "②米", "②米", "㉒米")
    ordered = in_order(lines, EM)
    assert signs(ordered) == "⑭⑮⑯⑰⑱⑲⑳㉑㉒"
    assert ordered[5].text == "⑲米"
    assert len(ordered[5].chars) == 2


def test_numbers_that_do_not_count_up_stay() -> None:
    lines = numbered("①米", "①米", "③米", "②米", "○米")
    assert signs(in_order(lines, EM)) == "①①③②○"


def test_a_number_may_be_missing_where_a_line_was_lost() -> None:
    read = numbered("④米", "⑤米", "⑯米", "⑰米", "®米", "⑩米", "②米", "@米", "②米", "㉓米", "②米")
    lines = [line for line in read if line.text[0] != "⑰"]
    assert signs(in_order(lines, EM)) == "⑭⑮⑯⑱⑲⑳㉑㉒㉓㉔"


def test_a_number_that_its_neighbours_leave_open_is_unread() -> None:
    lines = numbered("①米", "②米", "®米", "⑤米", "⑥米")
    assert signs(in_order(lines, EM)) == "①②○⑤⑥"


def test_a_lone_number_stays() -> None:
    assert signs(in_order(numbered("③米"), EM)) == "③"


def test_columns_count_by_themselves() -> None:
    lines = [*numbered("①米", "②米", "○米", "④米"), *numbered("⑤米", "⑥米", "⑦米", left=400.0)]
    assert signs(in_order(lines, EM)) == "①②③④⑤⑥⑦"
