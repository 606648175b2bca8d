"""What homework pages and worksheets ask: templates of mathematics, sentences, words with meaning.

``␣`` stands for a place of the answer. Everything was written for this project.
"""

import random
from collections.abc import Callable
from dataclasses import dataclass

#: Stem with places, the answers in order, and lines of working that lead there ("" without).
Asked = tuple[str, tuple[str, ...], tuple[str, ...]]


@dataclass(frozen=True, slots=True)
class Choice:
    """A stem, the options, and the letter of the right one."""

    stem: str
    options: tuple[str, ...]
    answer: str


def fill_ins(count: int, rng: random.Random) -> list[Asked]:
    """Sentences with one or two brackets, numbers by lot; at most nine are of different sorts."""
    return [make(rng) for make in rng.sample(_FILL_INS, count)]


def stories(count: int, rng: random.Random) -> list[Asked]:
    """Questions told in words, at most four, with working; the places are at their ends."""
    return [make(rng) for make in rng.sample(_STORIES, count)]


def choices(count: int, rng: random.Random) -> list[Choice]:
    """Questions with four options in some order; at most ten."""
    made = [make(rng) for make in _CHOICES]
    asked = []
    for stem, right, wrong in rng.sample([*made, *_THINGS], count):
        options = [right, *wrong]
        rng.shuffle(options)
        asked.append(Choice(stem, tuple(options), "ABCD"[options.index(right)]))
    return asked


def _rectangle(rng: random.Random) -> Asked:
    a, b = rng.randint(6, 30), rng.randint(2, 5)
    around, area = str(2 * (a + b)), str(a * b)
    stem = f"一个长方形的长是{a}厘米，宽是{b}厘米，它的周长是（␣）厘米，面积是（␣）平方厘米。"
    return stem, (around, area), (f"({a}+{b})×2={around}", f"{a}×{b}={area}")


def _triangle(rng: random.Random) -> Asked:
    a, b = rng.randint(30, 70), rng.randint(30, 70)
    stem = f"一个三角形的两个内角分别是{a}°和{b}°，第三个内角是（␣）°。"
    return stem, (str(180 - a - b),), (f"180-{a}-{b}={180 - a - b}",)


def _digits(rng: random.Random) -> Asked:
    a, b, c = rng.randint(1, 9), rng.randint(1, 9), rng.randint(1, 9)
    return f"由{a}个百、{b}个十和{c}个一组成的数是（␣）。", (f"{a}{b}{c}",), ()


def _shares(rng: random.Random) -> Asked:
    each, count = rng.randint(3, 9), rng.randint(3, 9)
    stem = f"把{each * count}个苹果平均分给{count}个小朋友，每人分得（␣）个。"
    return stem, (str(each),), (f"{each * count}÷{count}={each}",)


def _sequence(rng: random.Random) -> Asked:
    first, step = rng.randint(2, 30), rng.randint(2, 9)
    row = [first + step * i for i in range(6)]
    stem = f"找规律填数：{row[0]}，{row[1]}，{row[2]}，{row[3]}，（␣），（␣）。"
    return stem, (str(row[4]), str(row[5])), ()


def _time(rng: random.Random) -> Asked:
    hours, minutes = rng.randint(2, 6), rng.choice((10, 15, 20, 30, 40))
    stem = f"{hours}小时{minutes}分=（␣）分"
    return stem, (str(hours * 60 + minutes),), ()


def _unknown(rng: random.Random) -> Asked:
    a, b = rng.randint(3, 9), rng.randint(2, 9)
    return f"要使 {a}×□={a * b}，□里应填（␣）。", (str(b),), ()


def _largest(rng: random.Random) -> Asked:
    size = rng.randint(2, 4)
    return (
        f"最大的{'零一二三四'[size]}位数是（␣），最小的是（␣）。",
        ("9" * size, "1" + "0" * (size - 1)),
        (),
    )


def _average(rng: random.Random) -> Asked:
    numbers = [rng.randint(10, 40) for _ in range(2)]
    numbers.append(3 * rng.randint(20, 45) - sum(numbers))
    mean = sum(numbers) // 3
    stem = f"{numbers[0]}、{numbers[1]}和{numbers[2]}的平均数是（␣）。"
    return stem, (str(mean),), (f"{sum(numbers)}÷3={mean}",)


_FILL_INS: tuple[Callable[[random.Random], Asked], ...] = (
    _rectangle, _triangle, _digits, _shares, _sequence, _time, _unknown, _largest, _average,
)  # fmt: skip


def _shop(rng: random.Random) -> Asked:
    price, count, paid = rng.randint(3, 12), rng.randint(3, 8), 100
    total = price * count
    stem = f"每支钢笔{price}元，小明买了{count}支，付了{paid}元，应找回␣元。"
    return (
        stem,
        (str(paid - total),),
        (f"{price}×{count}={total}(元)", f"{paid}-{total}={paid - total}(元)"),
    )


def _trip(rng: random.Random) -> Asked:
    speed, hours = rng.randint(40, 90), rng.randint(2, 6)
    stem = f"一辆汽车每小时行{speed}千米，从甲地到乙地用了{hours}小时，甲乙两地相距␣千米。"
    return stem, (str(speed * hours),), (f"{speed}×{hours}={speed * hours}(千米)",)


def _books(rng: random.Random) -> Asked:
    a, times = rng.randint(12, 40), rng.randint(2, 5)
    stem = f"书架上有故事书{a}本，科技书的本数是故事书的{times}倍，两种书一共有␣本。"
    return (
        stem,
        (str(a * (times + 1)),),
        (f"{a}×{times}={a * times}(本)", f"{a}+{a * times}={a * (times + 1)}(本)"),
    )


def _rooms(rng: random.Random) -> Asked:
    rooms, each, left = rng.randint(12, 30), rng.randint(4, 6), rng.randint(3, 9)
    people = rooms * each + left
    stem = f"{people}名学生住宿，每间住{each}人，安排了{rooms}间，还有␣人没有床位。"
    return (
        stem,
        (str(left),),
        (f"{rooms}×{each}={rooms * each}(人)", f"{people}-{rooms * each}={left}(人)"),
    )


_STORIES: tuple[Callable[[random.Random], Asked], ...] = (_shop, _trip, _books, _rooms)


def _largest_of(rng: random.Random) -> tuple[str, str, list[str]]:
    numbers = rng.sample(range(-20, 40), 4)
    right = str(max(numbers))
    return "下列各数中，最大的是（␣）", right, [str(n) for n in numbers if str(n) != right]


def _angle(rng: random.Random) -> tuple[str, str, list[str]]:
    a = rng.randint(20, 70)
    return f"∠1={a}°，它的余角是（␣）", f"{90 - a}°", [f"{180 - a}°", f"{a}°", f"{90 + a}°"]


_SUPER = "⁰¹²³⁴⁵⁶⁷⁸⁹"


def _raised(number: int) -> str:
    return "".join(_SUPER[int(digit)] for digit in str(number))


def _power(rng: random.Random) -> tuple[str, str, list[str]]:
    a, b = rng.randint(2, 5), rng.randint(6, 9)
    return (
        f"计算 a{_SUPER[a]}·a{_SUPER[b]} 的结果是（␣）",
        f"a{_raised(a + b)}",
        [f"a{_raised(a * b)}", f"2a{_raised(a + b)}", f"a{_raised(b - a)}"],
    )


_THINGS: tuple[tuple[str, str, list[str]], ...] = (
    ("下列图形中，对称轴最多的是（␣）", "圆", ["正方形", "等边三角形", "长方形"]),
    ("下列物质属于纯净物的是（␣）", "蒸馏水", ["空气", "海水", "牛奶"]),
    ("空气中含量最多的气体是（␣）", "氮气", ["氧气", "二氧化碳", "稀有气体"]),
    ("下列单位中，表示面积的是（␣）", "平方米", ["米", "升", "千克"]),
    (
        "下列估测最接近实际的是（␣）",
        "课桌高约0.8米",
        ["中学生重约5千克", "门高约20米", "铅笔长约2米"],
    ),
    ("下列词语书写完全正确的一项是（␣）", "专心致志", ["再接再励", "迫不急待", "穿流不息"]),
    ("一年中有31天的月份有（␣）", "7个", ["5个", "6个", "8个"]),
)


_CHOICES: tuple[Callable[[random.Random], tuple[str, str, list[str]]], ...] = (
    _largest_of, _angle, _power,
)  # fmt: skip

#: Statements and whether they are true.
JUDGEMENTS = (
    ("所有的等边三角形都是等腰三角形。", True),
    ("两个锐角的和一定大于90°。", False),
    ("平行四边形是轴对称图形。", False),
    ("0除以任何不是0的数都得0。", True),
    ("一个数乘小数，积一定比这个数小。", False),
    ("平年全年有365天。", True),
    ("三位数除以一位数，商一定是三位数。", False),
    ("地球绕着太阳转。", True),
    ("植物的生长不需要阳光。", False),
    ("直径是半径的2倍。", True),
)
#: English sentences with one blank and the word that belongs there.
SENTENCES = (
    ("I ␣ to school by bus every day.", "go"), ("She is my ␣. Her name is Lucy.", "sister"),
    ("There are seven ␣ in a week.", "days"),
    ("My father is a ␣. He works in a hospital.", "doctor"),
    ("We have lunch at ␣ o'clock.", "twelve"), ("Look! The boys are ␣ football.", "playing"),
    ("Winter is very ␣ here.", "cold"), ("He ␣ up at six this morning.", "got"),
    ("Please open the ␣. It is hot.", "window"), ("The cat is ␣ the table.", "under"),
    ("Tom is ␣ than Mike.", "taller"), ("They ␣ to the zoo last Sunday.", "went"),
    ("Thank you for ␣ me.", "helping"), ("It often ␣ in spring.", "rains"),
    ("What ␣ is your bag? It is red.", "colour"), ("I would like a ␣ of milk.", "glass"),
)  # fmt: skip
#: English statements and whether they are true.
STATEMENTS = (
    ("The sun rises in the east.", True), ("There are thirteen months in a year.", False),
    ("Fish can live in water.", True), ("A spider has six legs.", False),
    ("Ice is colder than fire.", True), ("London is the capital of France.", False),
    ("Elephants are bigger than mice.", True), ("We sleep in the kitchen.", False),
    ("A triangle has three sides.", True), ("Monday comes after Tuesday.", False),
)  # fmt: skip
#: Pairs to match.
PAIRS = (
    ("doctor", "works in a hospital"), ("farmer", "grows food"), ("pilot", "flies a plane"),
    ("teacher", "works in a school"), ("cook", "makes meals"), ("driver", "drives a bus"),
    ("writer", "writes books"), ("singer", "sings songs"),
)  # fmt: skip


def _pairs(text: str) -> tuple[tuple[str, str], ...]:
    """Pairs from ``one its other; two its other``."""
    split = (pair.strip().partition(" ") for pair in text.split(";"))
    return tuple((first, second) for first, _, second in split)


#: English words with their Chinese meaning.
VOCABULARY = _pairs(
    "apple 苹果; banana 香蕉; teacher 老师; student 学生; water 水; "
    "summer 夏天; winter 冬天; friend 朋友; school 学校; family 家庭; "
    "library 图书馆; hospital 医院; morning 早上; evening 晚上; music 音乐; "
    "yellow 黄色; kitchen 厨房; window 窗户; breakfast 早餐; dinner 晚餐; "
    "weather 天气; river 河流; mountain 山; flower 花; animal 动物; "
    "tiger 老虎; monkey 猴子; doctor 医生; farmer 农民; ticket 票"
)
#: Chinese words with their pinyin, a syllable a character.
PINYIN = _pairs(
    "春天 chūn tiān; 朋友 péng yǒu; 认真 rèn zhēn; 快乐 kuài lè; "
    "美丽 měi lì; 花园 huā yuán; 学校 xué xiào; 老师 lǎo shī; 同学 tóng xué; "
    "故事 gù shì; 天空 tiān kōng; 大海 dà hǎi; 森林 sēn lín; 太阳 tài yáng; "
    "月亮 yuè liàng; 星星 xīng xing; 动物 dòng wù; 植物 zhí wù; "
    "秋天 qiū tiān; 丰收 fēng shōu; 勇敢 yǒng gǎn; 诚实 chéng shí; "
    "努力 nǔ lì; 祖国 zǔ guó; 明天 míng tiān"
)
