"""Personal data that stands on papers, in the ways people write it."""

import pytest

from services.diagnose.domain.model.redaction import Redactor

REDACTOR = Redactor.of(["王小明", "Jane Doe"], ["20230417", "S-7"])

#: A text, and what must not be left of it.
PERSONAL = [
    # Names in capitals, in another order, in full width.
    ("Yours, JANE DOE", "JANE"),
    ("yours, jane doe", "jane"),
    ("DOE, Jane", "Jane"),
    ("ＪＡＮＥ ＤＯＥ", "ＪＡＮＥ"),
    ("Written by JANE", "JANE"),
    ("NAME: WANG XIAO MING", "XIAO"),
    ("My name is ZHANG WEI and I like it", "ZHANG"),
    ("我叫李明华，今年十岁", "李明华"),
    ("姓名是赵丽颖", "赵丽颖"),
    ("作者：陈一鸣", "陈一鸣"),
    # Relatives.
    ("父亲王建国在工厂上班", "王建国"),
    ("父亲：王建国", "建国"),
    ("妈妈叫李秀英", "秀英"),
    ("妈妈 李红，电话见下", "李红"),
    ("我的班主任张伟老师", "张伟"),
    ("爷爷名叫欧阳修远", "欧阳"),
    ("家长（刘德全）", "德全"),
    ("My father Wang Jianguo is a driver", "Jianguo"),
    ("MY MOTHER, LI XIUYING, WORKS", "XIUYING"),
    ("my mother's name is Mary Smith", "Mary"),
    ("Guardian: Peter Stone", "Stone"),
    # Numbers that are parted or in full width.
    ("学号 2023 0417", "0417"),
    ("我的学号是2-0-2-3-0-4-1-7", "2-0-2-3"),
    ("学号：２０２３０４１７", "２０２３"),
    ("学号：2023 001 77", "001"),
    ("准考证号 1234 5678 90", "5678"),
    ("身份证 1101 0519 4912 3100 2X", "4912"),
    ("110105 19491231 002X", "19491231"),
    # Telephones.
    ("138 1234 5678", "1234"),
    ("138-1234-5678", "1234"),
    ("138 123 45678", "45678"),
    ("1381 2345 678", "2345"),
    ("+86 138 1234 5678", "1234"),
    ("(+86)13812345678", "13812345678"),
    ("１３８１２３４５６７８", "１３８"),
    ("1 3 8 1 2 3 4 5 6 7 8", "3 8 1"),
    ("138.1234.5678", "1234"),
    ("打电话 010-62345678", "62345678"),
    ("(021) 6234 5678", "6234"),
    ("电话：6234 5678", "6234"),
    ("手机号 138 12345678", "12345678"),
    ("call +1 415-555-2671", "555"),
    ("Phone: 415 555 2671", "555"),
    ("(415) 555-2671", "555"),
    # Accounts.
    ("QQ：123456789", "123456789"),
    ("加我qq 12345678", "12345678"),
    ("QQ号是 1234 5678 9", "5678"),
    ("扣扣号12345678", "12345678"),
    ("微信：xiaoming_2010", "xiaoming"),
    ("微信号 wxid_ab12cd", "ab12cd"),
    ("vx: ming20100", "ming20100"),
    ("WeChat ID: star_light99", "star_light"),
    ("a.b @ school.cn", "school"),
    ("ａ.ｂ＠school.cn", "school.cn"),
    ("xm(at)school.cn", "school"),
    # Addresses.
    ("我家住在幸福小区3号楼2单元501室", "幸福"),
    ("地址：浙江省杭州市西湖区文三路90号", "文三路"),
    ("从人民路36号出发", "36号"),
    ("家住北京市海淀区中关村大街27号", "中关村"),
    ("家庭住址：东风新村五栋", "东风"),
    ("I live at 12 Green Street, near the park", "Green"),
    ("No. 88, Renmin Road", "Renmin"),
    ("Room 301, 5 Zhongshan Road", "Zhongshan"),
    ("Address: Flat 4, Building 7, Shanghai", "Building 7"),
]


@pytest.mark.parametrize(("text", "secret"), PERSONAL)
def test_it_is_taken_out(text: str, secret: str) -> None:
    sent = REDACTOR.text(text)
    assert secret not in sent
    assert "[" in sent


@pytest.mark.parametrize(
    "text",
    [
        "1 3 5 7 9 11 13 15 17",
        "12345678 + 87654321 = 99999999",
        "3.14159265358979",
        "138 + 1234 = 1372",
        "x+12 345 = 12 400",
        "妈妈高兴地笑了",
        "爸爸马上回来。妈妈很高兴，爷爷白天睡觉。",
        "老师说许多同学都对。",
        "my mother is kind and my father drives a car",
        "In the story the father said that I was right.",
        "小明从家到学校走了 800 米，用了 10 分钟",
        "1号楼比2号楼高 3 米",
        "The car goes 60 km along the road in 1 hour.",
        "he will mark the page and doe is a deer",
        "班级有45人，Class size 30",
        "学号越大，座位越靠后",
        "QQ 是一种软件",
        "电话的发明者是贝尔",
        "f(x)=x^2+1, g(x)=x-1",
        "2023 - 0418 = 1605",
    ],
)
def test_what_only_looks_like_it_stays(text: str) -> None:
    assert REDACTOR.text(text) == text
