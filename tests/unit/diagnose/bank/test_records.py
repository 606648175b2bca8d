"""Items as they come in files: three layouts, every fault by line and code."""

import json
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.diagnose.adapters.bank_files import read_records
from services.diagnose.adapters.taxonomy.taxonomy_files import shipped_taxonomy
from services.diagnose.domain.bank.layouts import BankFormat, RecordError
from services.diagnose.domain.bank.near_copies import (
    bank_text,
    fingerprint,
    is_near_copy,
    minhash_bands,
)
from services.diagnose.domain.bank.records import read_record
from shared.contract.bank import WrittenItem
from shared.contract.questions import QuestionType

SUBJECT_OF = shipped_taxonomy().subject_of
TAL = {
    "problem": "小明有$$12$$个苹果，吃了$$5$$个，还剩个．",
    "answer_option_list": [
        [{"aoVal": "A", "content": "$$6$$ "}],
        [{"aoVal": "B", "content": "$$7$$ "}],
    ],
    "answer_value": "B",
    "answer_analysis": None,
    "knowledge_point_routes": ["拓展思维->能力->运算求解", "知识标签->计算模块->整数->减法"],
    "difficulty": "2",
}
GAOKAO = {
    "keywords": "2010-2022_Math_II_MCQs",
    "example": [
        {
            "year": "2010",
            "question": "1. （5 分) 已知 $x=1$, 则 $x+1=$\nA. $1$\nB. $2$\nC. $3$\nD. $4$\n",
            "answer": ["B"],
            "analysis": "解: 代入.",
        },
        {"year": "2011", "question": "2．（4分）求值．A．甲 B．乙  C．丙 D．丁", "answer": ["Z"]},
        {"year": "2012", "question": "14. (5 分) 那么 $C$ 的方程为\n", "answer": "$x=1$\n"},
    ],
}


def read(layout: BankFormat, fields: object, subject: str | None = None) -> WrittenItem:
    return read_record(layout, fields, subject, SUBJECT_OF, "test")


def code_of(fields: object, subject: str | None = "数学") -> str:
    with pytest.raises(RecordError) as error:
        read(BankFormat.JSONL, fields, subject)
    return error.value.code


def test_our_own_layout_fills_in_what_it_can_tell() -> None:
    record = read(
        BankFormat.JSONL,
        {
            "subject": "Mathematics",
            "stem": "Which of these numbers are prime?",
            "options": {"A": "2", "B": "4", "C": "5"},
            "answer": "c, a",
            "knowledge_points": ["Factors and multiples", " "],
            "difficulty": 0.25,
        },
    )
    assert record.subject == "mathematics"
    assert record.language == "en"
    assert (record.type, record.answer) == (QuestionType.MULTIPLE_CHOICE, "AC")
    assert record.topics == ("Factors and multiples",)
    assert record.source == "test"


@pytest.mark.parametrize(
    ("answer", "kind"),
    [
        ("对", QuestionType.TRUE_FALSE),
        ("3", QuestionType.FILL_IN),
        (3, QuestionType.FILL_IN),
        ("先通分，再相加。" * 20, QuestionType.SHORT_ANSWER),
    ],
)
def test_the_type_follows_from_the_answer(answer: object, kind: QuestionType) -> None:
    assert read(BankFormat.JSONL, {"stem": "题", "answer": answer}, "数学").type is kind


def test_faults_have_codes() -> None:
    item = {"stem": "题", "answer": "1"}
    assert code_of([]) == "not_an_object"
    assert code_of({"answer": "1"}) == "missing_stem"
    assert code_of({"stem": "题", "answer": " "}) == "missing_answer"
    assert code_of(item, None) == "unknown_subject"
    assert code_of({**item, "type": "riddle"}) == "bad_type"
    assert code_of({**item, "options": {"B": "1"}}) == "bad_options"
    assert code_of({**item, "options": ["1", "2"], "answer": "C"}) == "answer_not_an_option"
    assert code_of({**item, "difficulty": 3}) == "bad_difficulty"
    assert code_of({**item, "language": "fr"}) == "bad_language"
    assert code_of({**item, "knowledge_points": "分数"}) == "bad_topics"
    assert code_of({**item, "stem": "题\x00"}) == "control_characters"
    assert code_of({**item, "stem": "题\ud800"}) == "control_characters"
    assert code_of({**item, "stem": "题" * 9000}) == "too_long"


def test_tal_routes_lose_their_wrappers_and_ability_tags() -> None:
    record = read(BankFormat.TAL, TAL)
    assert record.topics == ("计算模块->减法",)
    assert record.difficulty == pytest.approx(0.5)
    assert [option.text for option in record.options] == ["$$6$$", "$$7$$"]


def test_gaokao_questions_lose_number_and_points_and_gain_options(tmp_path: Path) -> None:
    file = tmp_path / "gaokao.json"
    file.write_text(json.dumps(GAOKAO, ensure_ascii=False, indent=1), encoding="utf-8")
    raw = list(read_records(file, BankFormat.GAOKAO))
    lines = file.read_text(encoding="utf-8").splitlines()
    assert [lines[one.line - 1].strip() for one in raw] == ["{"] * 3
    first = read(BankFormat.GAOKAO, raw[0].fields)
    assert first.stem == "已知 $x=1$, 则 $x+1=$"
    assert [option.text for option in first.options] == ["$1$", "$2$", "$3$", "$4$"]
    assert (first.subject, first.answer) == ("mathematics", "B")
    with pytest.raises(RecordError, match="answer_not_an_option"):
        read(BankFormat.GAOKAO, raw[1].fields)
    assert read(BankFormat.GAOKAO, raw[2].fields).type is QuestionType.FILL_IN


def test_a_line_that_is_no_json_is_named_and_the_next_one_read(tmp_path: Path) -> None:
    file = tmp_path / "bank.jsonl"
    file.write_text('{"stem": "一"}\n\n{"stem": \n{"stem": "二"}\n', encoding="utf-8")
    first, broken, last = read_records(file, BankFormat.JSONL)
    assert (first.line, broken.line, last.line) == (1, 3, 4)
    assert isinstance(broken.fields, RecordError)
    assert broken.fields.code == "not_json"
    assert last.fields == {"stem": "二"}


def test_a_list_that_breaks_off_is_reported_where_it_breaks(tmp_path: Path) -> None:
    file = tmp_path / "broken.json"
    file.write_text('{"keywords": "Math",\n"example": [\n{"question": "a"},\n{"quest', "utf-8")
    first, broken = read_records(file, BankFormat.GAOKAO)
    assert first.fields == {"question": "a", "keywords": "Math"}
    assert isinstance(broken.fields, RecordError)
    assert broken.line == 4


def test_print_and_the_order_of_options_make_no_other_item() -> None:
    one = fingerprint("mathematics", "求 $x$ 的值。", ("１", "2"))
    assert one == fingerprint("mathematics", "求x的值", ("2", "1"))
    assert one != fingerprint("mathematics", "求y的值", ("2", "1"))


def test_other_numbers_make_another_item_and_other_wording_does_not() -> None:
    stem = "一辆汽车从甲地开往乙地，每小时行60千米，3小时到达，甲乙两地相距多少千米"
    changed, reworded = stem.replace("60", "80"), stem.replace("相距", "之间相距")
    texts = [bank_text(one, ()) for one in (stem, changed, reworded)]
    assert not is_near_copy(texts[0], texts[1])
    assert is_near_copy(texts[0], texts[2])
    assert set(minhash_bands(stem, ())) & set(minhash_bands(reworded, ()))


@given(st.text(max_size=300), st.lists(st.text(max_size=40), max_size=4))
def test_every_text_has_bands_that_fit_the_database(stem: str, options: list[str]) -> None:
    bands = minhash_bands(stem, options)
    assert len(bands) == 12
    assert all(-(2**63) <= band < 2**63 for band in bands)
    assert bands == minhash_bands(stem, options[::-1])


@given(
    st.recursive(
        st.none() | st.text() | st.integers() | st.booleans() | st.floats(),
        lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    )
)
def test_whatever_a_file_holds_is_a_record_or_a_fault(fields: object) -> None:
    for layout in BankFormat:
        with suppress(RecordError):
            assert read(layout, fields, "数学").stem


@given(
    st.dictionaries(
        st.sampled_from(
            [
                "stem",
                "problem",
                "question",
                "answer",
                "answer_value",
                "options",
                "type",
                "answer_option_list",
                "knowledge_point_routes",
                "difficulty",
                "answer_analysis",
            ]
        ),
        st.none()
        | st.text()
        | st.integers()
        | st.lists(st.text() | st.none() | st.lists(st.none()))
        | st.dictionaries(st.text(), st.text()),
    )
)
def test_odd_values_in_known_fields_are_faults_as_well(fields: dict[str, object]) -> None:
    for layout in BankFormat:
        with suppress(RecordError):
            assert read(layout, fields, "数学").stem
