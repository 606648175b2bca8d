"""How sums, conversions, comparisons and equations are printed, with what readers make of them."""

import re

#: With what readers make of ÷ and +; ± where the sign of a stacked sum was not read.
_OPERATOR = r"[+＋\-−–—×xX✕*·÷:：/±士十]"
_VALUE = r"\d[\d.,]*(?:/\d+)?"
#: 6米, 5km, 1米5厘米; readers may see a letter where a digit is.
UNIT = r"(?:平方|立方)?[\u4e00-\u9fff]{1,2}|[a-zA-Z]{1,3}[²³]?"
_QUANTITY = rf"(?:{_VALUE}\s*+(?:{UNIT})\s*+){{1,3}}"
_TERM = rf"(?:[（(]\s*[)）]|[（(\[]*+\s*+[\-−]?{_VALUE}\s*+(?:[%°²³]\s*+)?[)）\]]*)"
_EXPRESSION = rf"{_TERM}(?:\s*{_OPERATOR}\s*{_TERM})+"
_SIDE = rf"(?:{_QUANTITY}|{_EXPRESSION}|{_VALUE})"
#: Letters that look like their capitals may be read as these, among small ones; g as 9, or none.
_LETTER = r"(?P<letter>[a-zCOSVWXZ]|9(?=[.．]\s)|(?=[.．]))\s*+[.．、)）]\s*+"
#: 3. 4、 5) before a sum. 2.11×4 may be sum 2, too: then nothing stands between.
_NUMBER = r"(?P<number>\d{1,3})\s*+[.．、)）](?P<room>\s*+)"
_LABEL = rf"(?:{_LETTER}|{_NUMBER})?"
SUM = re.compile(rf"\s*+{_LABEL}(?P<asked>{_EXPRESSION}|{_QUANTITY})\s*(?P<equals>[=＝≈])")
#: A sum behind its number, where what looks like a letter is one.
NUMBERED = re.compile(rf"\s*+{_NUMBER}(?P<asked>{_EXPRESSION}|{_QUANTITY})\s*(?P<equals>[=＝≈])")
#: 8x=208,x=26: an equation and what its unknown is; the second letter may be misread.
_LETTERED_SIDE = r"[\d.()（）+＋\-−–—×✕*·÷:/\s]*"
SOLVED = re.compile(
    rf"\s*+(?:{_NUMBER})?(?P<asked>{_LETTERED_SIDE}[a-z]{_LETTERED_SIDE}[=＝]\s*\d[\d.]*?"
    r"\s*[,，;；.。、]?\s*[a-zA-Z×])\s*(?P<equals>[=＝])"
)
#: A sum whose equals sign was not read, or as something else.
UNSIGNED = re.compile(rf"\s*+{_LABEL}(?P<asked>{_EXPRESSION}).*(?P<equals>)$")
#: Behind = a bare number is the result of what stands before it.
COMPARISON = re.compile(
    rf"\s*+(?P<asked>{_SIDE})\s*+[（(]?\s*+(?P<equals>[<>＜＞○〇◯]|[=＝](?!\s*{_VALUE}\s*$))"
    rf"\s*+[)）]?\s*+(?P<other>{_SIDE})\s*+$"
)
#: A pen's = may read as 二 or as a dash; only behind a sum that is lettered.
HASTY = re.compile(
    rf"\s*+{_LETTER}(?P<asked>{_TERM}\s*[+＋×÷]\s*{_TERM})"
    r"\s*(?P<equals>[二\-−–—])\s*(?=\d)"
)
#: A row of nothing but what follows an equals sign is a step of somebody's working.
STEP = re.compile(r"\s*[=＝二]")
EMPTY = re.compile(r"[（(]\s*[)）]")
#: A bracket around nothing or a number.
HOLE = re.compile(r"[（(]\s*(?P<inner>\d*(?:\.\d+)?)\s*[)）]")
EQUALS = frozenset("=＝")
