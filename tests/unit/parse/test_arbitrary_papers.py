"""Whatever was read gives a paper with an order, or a failure with a code."""

from hypothesis import given, settings
from hypothesis import strategies as st

from services.parse.domain.paper import read_paper
from shared.contract.failures import PermanentFailure
from shared.contract.reading import TextLine
from tests.unit.parse.drawn import page

_pieces = st.sampled_from(
    [
        "一、选择题（10分）",
        "1.",
        "2、",
        "（1）",
        "A.",
        "B. 乙",
        "（ B ）",
        "____",
        "答案：",
        "①",
        "题号",
        "得分",
        "第1页共2页",
        "阅读材料，完成2～3题",
        "Q1",
        "注意事项",
        "3.5",
        "√",
        "姓名：",
        "(",
        "）",
    ]
)
_texts = st.lists(st.one_of(_pieces, st.text(max_size=6)), max_size=5).map("".join)
_anywhere = st.tuples(st.floats(0, 900), st.floats(0, 1300), st.floats(0, 500), st.floats(0, 60))


@settings(max_examples=150)
@given(
    lines=st.lists(
        st.builds(TextLine, text=_texts, bbox=_anywhere, confidence=st.floats(0, 1)), max_size=25
    ),
    second=st.lists(st.builds(TextLine, text=_texts, bbox=_anywhere), max_size=8),
)
def test_arbitrary_lines_give_a_numbered_paper_or_a_coded_failure(
    lines: list[TextLine], second: list[TextLine]
) -> None:
    try:
        paper = read_paper([page(*lines), page(*second, number=2)])
    except PermanentFailure:
        return
    assert [question.ordinal for question in paper.questions] == list(
        range(1, len(paper.questions) + 1)
    )
    addresses = [(question.section, question.number) for question in paper.questions]
    assert len(set(addresses)) == len(addresses)
