"""Right answers in another unit, script or notation are right or left to a person, never wrong."""

import pytest

from services.diagnose.domain.comparing.answers import compare
from shared.contract.questions import QuestionType


def outcome(student: str, key: str) -> str:
    return compare(QuestionType.FILL_IN, student, key).outcome.value


@pytest.mark.parametrize(
    ("student", "key"),
    [
        ("5角", "50分"), ("1元", "100分"), ("5毛", "5角"), ("5块", "5元"), ("5分", "300秒"),
        ("20度", "20℃"), ("零下5度", "-5℃"), ("零下五度", "-5℃"), ("90度", "90°"),
        ("1度", "3600000焦"), ("2年", "24个月"), ("5月", "五月"), ("1世纪", "100年"),
        ("1刻钟", "15分钟"), ("2周", "14天"), ("1小时30分", "90分钟"), ("1.5小时", "1小时30分"),
        ("1米5厘米", "105cm"), ("1打", "12个"), ("3只", "3个"), ("1里", "500米"), ("3两", "150克"),
        ("下午3时", "15:00"), ("15时", "15:00"), ("3:00 p.m.", "15:00"), ("下午三点半", "15:30"),
        ("上午8点", "8:00"), ("晚上8时", "20:00"), ("8点一刻", "8:15"),
        ("€5", "5 euros"), ("5 Euros", "€5"), ("£5", "5 pounds"), ("¥5", "5元"),
        ("0·5", "0.5"), ("3.5", "3·5"), ("臺灣", "台湾"), ("後", "后"), ("12 inches", "1 foot"),
    ],
)  # fmt: skip
def test_the_same_amount_in_other_words_is_right(student: str, key: str) -> None:
    assert (outcome(student, key), outcome(key, student)) == ("right", "right")


@pytest.mark.parametrize(
    ("student", "key"),
    [
        ("2双", "4只"), ("1箱", "12瓶"), ("1年", "365天"), ("2个月", "60天"), ("5元", "1美元"),
        ("77℉", "25℃"), ("3:00", "15:00"), ("3时", "15:00"), ("下午3时", "三点整的时候"),
        ("鬱金香", "郁金香"), ("1年", "1岁"),
    ],
)  # fmt: skip
def test_what_is_not_understood_is_left_to_a_person(student: str, key: str) -> None:
    assert (outcome(student, key), outcome(key, student)) == ("undecided", "undecided")


@pytest.mark.parametrize(
    ("student", "key"),
    [
        ("5角", "5分"), ("1元", "10分"), ("20度", "21℃"), ("零下5度", "5℃"), ("2年", "23个月"),
        ("下午3时", "14:00"), ("€5", "6 euros"), ("0·6", "0.5"), ("台北", "高雄"), ("3米", "3千克"),
        ("5个", "4个"), ("5个", "4只"), ("1949年", "1950年"), ("14:00", "15:00"), ("3米", "30米"),
    ],
)  # fmt: skip
def test_other_amounts_stay_wrong(student: str, key: str) -> None:
    assert (outcome(student, key), outcome(key, student)) == ("wrong", "wrong")
