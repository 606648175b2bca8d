"""Short answers in words: equal after folding, or too close to call."""

import re

from rapidfuzz.distance import DamerauLevenshtein

from services.diagnose.domain.comparing.outcomes import RIGHT, UNDECIDED, WRONG, Comparison
from services.diagnose.domain.comparing.truth_words import truth_of
from services.diagnose.domain.comparing.written_form import folded
from shared.contract.notation.chinese_forms import is_unusual, simplified

_OPERATORS = re.compile(r"[\d=<>+*/^√π°%±∞]")
_ELEMENTS = (  # noqa: SIM905 - a list of 66 strings is harder to read
    "He Li Be Ne Na Mg Al Si Cl Ar Ca Sc Ti Cr Mn Fe Co Ni Cu Zn Ga Ge As Se Br Kr Rb Sr Zr Ag Cd "
    "Sn Sb Te Xe Cs Ba La Pt Au Hg Pb Bi Ra H B C N O F P S K V Y I W U"
).split()
_FORMULA = re.compile(rf"^(?:(?:{'|'.join(_ELEMENTS)})\d*|[()\[\]↑↓^+-])+$")
#: Pairs of answers that mean the same in every school subject.
_SYNONYMS = (
    ("大于", ">"), ("小于", "<"), ("等于", "="), ("不等于", "!="), ("不变", "保持不变"),
    ("增大", "变大"), ("减小", "变小"), ("增加", "增多"), ("减少", "变少"),
    ("升高", "上升"), ("降低", "下降"),
    ("ok", "okay"), ("can't", "cannot"), ("cant", "cannot"), ("colour", "color"),
    ("centre", "center"),
    ("favourite", "favorite"), ("neighbour", "neighbor"), ("grey", "gray"), ("mum", "mom"),
    ("metre", "meter"),
    ("practise", "practice"), ("programme", "program"), ("travelling", "traveling"),
    ("theatre", "theater"),
    ("don't", "do not"), ("doesn't", "does not"), ("didn't", "did not"), ("isn't", "is not"),
    ("aren't", "are not"), ("wasn't", "was not"), ("weren't", "were not"), ("won't", "will not"),
    ("i'm", "i am"), ("it's", "it is"), ("无解", "没有解"), ("无数个", "无数"),
    ("任意实数", "全体实数"), ("∅", "空集"), ("无解", "∅"), ("无解", "空集"),
    ("全体实数", "r"), ("任意实数", "r"), ("no solution", "no solutions"), ("no solution", "∅"),
)  # fmt: skip
#: Below this similarity an answer is another word, not a misread or misspelt one.
_OTHER_WORD = 0.5


def compare_words(student: str, key: str, spelling_edits: int = 0) -> Comparison:
    """Compare two short texts in written form.

    Equal words are right. Close ones (a letter apart, a missing space, another case in a formula)
    are undecided, because either the student or the reader may have erred. Others are wrong.
    """
    if is_same_text(student, key) or _are_synonyms(student, key):
        return RIGHT
    meanings = truth_of(student), truth_of(key)
    if not re.fullmatch(r"[A-Za-z*]", key) and meanings[0] and meanings[1]:
        return RIGHT if meanings[0] == meanings[1] else WRONG
    if _OPERATORS.search(student + key) or _FORMULA.match(key):
        return _compare_symbols(student, key)
    ours, theirs = simplified(folded(student)), simplified(folded(key))
    if ours == theirs:
        return RIGHT if _spaces_agree(student, key) else UNDECIDED
    if any(map(is_unusual, ours + theirs)):
        # A traditional form that is not known here may be the very word.
        return UNDECIDED
    return _compare_spelling(ours, theirs, spelling_edits)


def _compare_spelling(ours: str, theirs: str, spelling_edits: int) -> Comparison:
    edits = DamerauLevenshtein.distance(ours, theirs)
    if len(theirs) >= 5 and edits <= spelling_edits:
        return RIGHT
    similarity = 1 - edits / max(len(ours), len(theirs), 1)
    return WRONG if similarity < _OTHER_WORD else UNDECIDED


def is_same_text(student: str, key: str) -> bool:
    """Whether both are the same characters; case counts, spaces beside symbols do not."""
    return bool(key) and _tight(student) == _tight(key)


def _tight(text: str) -> str:
    return re.sub(r"(?<![A-Za-z0-9]) +| +(?![A-Za-z0-9])", "", text)


def _spaces_agree(student: str, key: str) -> bool:
    """``every day`` is not ``everyday``; between Chinese characters spaces mean nothing."""
    words = [re.findall(r"[a-z]+", re.sub(r"['-]", "", text.casefold())) for text in (student, key)]
    return words[0] == words[1]


def _are_synonyms(student: str, key: str) -> bool:
    ours, theirs = student.casefold().strip(), key.casefold().strip()
    if ours == theirs:
        return False  # letter case is not for synonyms to decide
    for pair in _SYNONYMS:
        if {ours, theirs} == set(pair):
            return True
        for one, other in (pair, pair[::-1]):
            if re.search(r"[a-z]", one) and _replaced(ours, one, other) == theirs:
                return True
    return False


def _replaced(text: str, one: str, other: str) -> str:
    return re.sub(rf"(?<![a-z]){re.escape(one)}(?![a-z])", other, text)


def _compare_symbols(student: str, key: str) -> Comparison:
    """Formulas and codes: every symbol and its case counts; three and 3 are left to a person."""
    if bool(_OPERATORS.search(student)) is not bool(_OPERATORS.search(key)):
        return UNDECIDED
    if _FORMULA.match(key) and student.replace(" ", "") == key.replace(" ", ""):
        return RIGHT  # spaces mean nothing within a chemical formula
    ours, theirs = (re.sub(r"[ _()]", "", text.casefold()) for text in (student, key))
    similarity = 1 - DamerauLevenshtein.distance(ours, theirs) / max(len(ours), len(theirs), 1)
    return WRONG if similarity < _OTHER_WORD else UNDECIDED


def differs_in_case_only(student: str, key: str) -> bool:
    """Whether two symbols differ in letter case alone: Co and CO, X and x."""
    ours, theirs = (text.replace(" ", "") for text in (student, key))
    return ours != theirs and ours.casefold() == theirs.casefold()
