"""Characters that look alike: what a reader gives for what a hand wrote.

Each table answers a question of its own. The same shape is a B where a letter is asked for and an 8
where a number is.
"""

import re

#: Cyrillic capitals that are drawn like Latin ones.
LATIN_OF_CYRILLIC = {
    "А": "A", "В": "B", "С": "C", "Е": "E", "Н": "H", "О": "O", "Р": "P", "Т": "T", "Х": "X",
}  # fmt: skip
#: Option letters in full width, Greek or Cyrillic, as Latin ones of half width.
PLAIN_OPTION_LETTERS = str.maketrans(
    "ＡＢＣＤＥＦＧＨａｂｃｄｅｆｇｈΑАΒВСЕ", "ABCDEFGHabcdefghAABBCE"
)
#: Letters that readers confuse when they stand alone: what is read, with (meant, share of such
#: readings that mean it).
LONE_LETTERS: dict[str, tuple[str, float]] = {
    "8": ("B", 0.6),
    "β": ("B", 0.8),
    "ß": ("B", 0.8),
    "Β": ("B", 0.95),
    "13": ("B", 0.5),
    "l3": ("B", 0.5),
    "13.": ("B", 0.5),
    "15": ("B", 0.4),
    "Α": ("A", 0.95),
    "А": ("A", 0.95),
    "4": ("A", 0.4),
    "△": ("A", 0.5),
    "С": ("C", 0.95),
    "<": ("C", 0.5),
    "〈": ("C", 0.5),
    "ℂ": ("C", 0.7),
    "0": ("D", 0.45),
    "O": ("D", 0.5),
    "Ｄ": ("D", 0.95),
    "I)": ("D", 0.5),
    "|)": ("D", 0.5),
    "1)": ("D", 0.4),
}
#: Readings of signs in true-or-false questions: (meant, how plausible that is).
VERDICTS: dict[str, tuple[str, float]] = {
    **dict.fromkeys(("√", "✓", "✔", "☑", "V", "v", "∨"), ("√", 1.0)),
    **dict.fromkeys(("J", "ν", "レ", "し", "ˇ", "y", "Y", "/"), ("√", 0.6)),
    **dict.fromkeys(("×", "✗", "✘", "x", "X", "х", "Х", "χ", "乂", "╳", "☒"), ("×", 1.0)),
    **dict.fromkeys(("+", "ㄨ", "メ", "乄", "义", "又", "K"), ("×", 0.6)),
    **dict.fromkeys(("T", "Т", "t", "True", "TRUE", "true"), ("T", 1.0)),
    **dict.fromkeys(("丁", "┬", "7", "I", "1", "r"), ("T", 0.5)),
    **dict.fromkeys(("F", "f", "False", "FALSE", "false"), ("F", 1.0)),
    **dict.fromkeys(("E", "P", "千", "卞", "于", "午"), ("F", 0.5)),
    # Readers and handwriting fonts mix simplified and traditional forms.
    **dict.fromkeys(("对", "對", "対", "正确", "是"), ("对", 1.0)),
    **dict.fromkeys(("错", "錯", "错误", "否", "非"), ("错", 1.0)),
    **dict.fromkeys(("又寸", "付", "时", "時", "到", "封", "刘"), ("对", 0.5)),
    **dict.fromkeys(("铭", "铝", "措", "借", "猎", "锴", "铅", "鍇", "銘"), ("错", 0.5)),
}
#: Readings that are two verdicts equally often: only a person can tell which.
EITHER_VERDICT: dict[str, tuple[str, str]] = {"下": ("T", "F")}
#: 0 and O, 1 and l look the same in a hand; beside a letter or digit only sense tells them apart.
LETTER_OR_DIGIT = re.compile(r"[A-Z]\d*0|0[A-Z]|\d[OolI]|[OoI]\d")
#: The figure that each letter or sign may be when it is written in haste. For questions that a
#: number answers. Looser than ``FIGURES_OF_SCORES``: a person confirms what was changed.
FIGURES_OF_NUMBERS = str.maketrans(
    {"l": "1", "I": "1", "|": "1", "i": "1", "O": "0", "o": "0", "º": "0", "°": "0", "H": "4",
     "Z": "2", "z": "2", "S": "5", "s": "5", "b": "6", "G": "6", "q": "9", "g": "9", "B": "8",
     "—": "-", "一": "-"}
)  # fmt: skip
#: Figures by the letters that readers give for a teacher's lone digits.
FIGURES_OF_SCORES = str.maketrans("OoQlI|zZSsBqg−–", "000111225589" + "9--")
#: Each sign with the characters that recognisers give for it. The characters of other signs are
#: left out, even where they look alike. Whoever knows the question decides between signs.
SIGN_SPELLINGS = {
    "A": "AaΑА",
    "B": "BbΒВβß",
    "C": "CcСсϹ",
    "D": "DdÐ",
    "E": "EeЕΕ",
    "F": "Ff",
    "G": "Gg",
    "H": "HhНΗ",
    "T": "TtТΤ",
    "√": "√✓✔V",
    "×": "×✗✘Xx╳",
    "对": "对對",
    "错": "错錯",
}
#: Characters that recognisers give for a hasty 对 or 错. Use them where it must be one of these.
HASTY_WORDS = {
    "对": "时讨村树付寸双耐刘过材邓对",
    "错": "昔借措惜猎铸锗诺铭销诸酷籍钳错",
}
