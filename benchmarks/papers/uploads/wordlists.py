"""Word lists and dictation: pinyin over boxes, translations in columns, numbered rules."""

import random
from dataclasses import replace

from shared.contract.questions import QuestionType
from uploads import texts
from uploads.look import Look, head_line
from uploads.sheet import Manner, Question, Sheet, Writing, rule, slot, words

_TITLES = {
    "pinyin": ("看拼音写词语", "词语听写", "生字词练习"),
    "translate": ("英语单词默写", "Unit 3 单词听写", "汉译英"),
    "dictation": ("听写纸", "Dictation", "听写本"),
}


def compose_words(look: Look, rng: random.Random) -> Sheet:
    """One list of 8 to 24 words."""
    sort = rng.choice(("pinyin", "translate", "translate", "dictation"))
    title = rng.choice(_TITLES[sort])
    subject = "chinese" if sort == "pinyin" else "english"
    sheet = Sheet("words", subject, look.language, title)
    has_heading = rng.random() < 0.5
    each = rng.choice((1, 1, 2)) if has_heading and rng.random() < 0.6 else None
    name = rng.choice(("看拼音，写词语", "我会写")) if sort == "pinyin" else "写出下列单词"
    label = look.section(0, name, None)[0] if has_heading else ""
    write = {"pinyin": _pinyin, "translate": _translate, "dictation": _dictation}[sort]
    body = write(sheet, look, label, rng)
    heading = ""
    if has_heading:
        # Its points are known only when the words are.
        points = float(each * len(sheet.questions)) if each is not None else None
        heading = look.section(0, name, points)[1]
        sheet.section_titles[label] = name
        sheet.questions = [replace(q, points=each or 1) for q in sheet.questions]
        if points is not None:
            sheet.section_points[label] = points
    sheet.source = look.page(title, head=head_line("zh", rng)) + heading + body
    return sheet


def _reply(word: str, rng: random.Random, right: float) -> tuple[str, Manner, str]:
    """A word that is mostly right, at times with a letter forgotten or two exchanged."""
    if rng.random() < 0.03:
        return "", Manner.PLAIN, ""
    if rng.random() > right and word.isascii():
        at = rng.randrange(1, len(word) - 1)
        slip = (
            word[:at] + word[at + 1 :]
            if rng.random() < 0.5
            else word[:at] + word[at + 1] + word[at] + word[at + 2 :]
        )
        return (slip, Manner.PLAIN, "") if rng.random() < 0.7 else (word, Manner.REWRITTEN, slip)
    return word, Manner.PLAIN, ""


def _put(
    sheet: Sheet, label: str, number: str, word: str, reply: tuple[str, Manner, str], place: str
) -> None:
    response, manner, first = reply
    sheet.questions.append(Question(label, number, QuestionType.FILL_IN, word, response, (place,)))
    if response:
        sheet.writings.append(Writing(place, response, manner, first))


def _pinyin(sheet: Sheet, look: Look, label: str, rng: random.Random) -> str:
    """Pinyin above boxes, brackets or a rule; a cell is a word."""
    room = rng.choice(("boxes", "boxes", "bracket", "rule"))
    columns = rng.choice((3, 4)) if look.width_mm > 160 else 3
    is_numbered = rng.random() < 0.5
    size = look.size_pt
    cells = []
    for count, (word, pinyin) in enumerate(
        rng.sample(texts.PINYIN, columns * rng.randint(2, 5)), 1
    ):
        place = f"answer:{label}.{count}"
        reply = _reply(word, rng, 1) if rng.random() < 0.95 else ("", Manner.PLAIN, "")
        _put(sheet, label, str(count), word, reply, place)
        high = 1.9
        if room == "boxes":
            box = slot(place, size * 3.8, height_em=high, line="0.6pt")
        elif room == "bracket":
            box = words("（") + slot(place, size * 3.4, height_em=1.5) + words("）")
        else:
            box = rule(place, size * 4, height_em=1.6)
        lead = words(look.number(count)) if is_numbered else ""
        cells.append(
            f"[{lead}#box(baseline: 60%, align(center, stack(dir: ttb, spacing: 0.45em,"
            f' text(font: "Libertinus Serif", size: 0.95em)[{words(pinyin)}], [{box}])))]'
        )
    return f"#grid(columns: (1fr,) * {columns}, row-gutter: 1.5em, {', '.join(cells)})\n"


def _translate(sheet: Sheet, look: Look, label: str, rng: random.Random) -> str:
    """A meaning and a rule, bracket or cell for the word; some lists ask for the meaning."""
    asks_chinese = rng.random() < 0.25
    columns = 2 if look.width_mm > 150 or rng.random() < 0.5 else 1
    as_table = rng.random() < 0.3
    size, is_numbered = look.size_pt, rng.random() < 0.75
    right = rng.uniform(0.75, 0.98)
    cells = []
    for count, (english, chinese) in enumerate(
        rng.sample(texts.VOCABULARY, columns * rng.randint(5, 10)), 1
    ):
        asked, wanted = (english, chinese) if asks_chinese else (chinese, english)
        place = f"answer:{label}.{count}"
        _put(sheet, label, str(count), wanted, _reply(wanted, rng, right), place)
        lead = words(look.number(count) + " ") if is_numbered else ""
        if as_table:
            cells.append(f"[{lead}{words(asked)}], [{slot(place, size * 8, height_em=1.6)}]")
        else:
            cells.append(f"[{lead}{words(asked)} {rule(place, size * 8, height_em=1.5)}]")
    if as_table:
        form = f"columns: (auto,) * {2 * columns}, inset: 4pt, align: horizon"
        return f"#table({form}, {', '.join(cells)})\n"
    return f"#grid(columns: (1fr,) * {columns}, row-gutter: 1.1em, {', '.join(cells)})\n"


def _dictation(sheet: Sheet, look: Look, label: str, rng: random.Random) -> str:
    """Numbered rules without any word of print."""
    columns, size = rng.choice((2, 3)), look.size_pt
    right = rng.uniform(0.75, 0.98)
    cells = []
    for count, (english, _) in enumerate(
        rng.sample(texts.VOCABULARY, columns * rng.randint(4, 8)), 1
    ):
        place = f"answer:{label}.{count}"
        _put(sheet, label, str(count), english, _reply(english, rng, right), place)
        cells.append(f"[{words(look.number(count) + ' ')}{rule(place, size * 8.5, height_em=1.7)}]")
    return f"#grid(columns: (1fr,) * {columns}, row-gutter: 1.2em, {', '.join(cells)})\n"
