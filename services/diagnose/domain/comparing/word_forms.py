"""Forms of English words: whether two words are forms of one, and in what they differ."""

from enum import StrEnum

#: Base, past tense and past participle of irregular verbs, as school grammars list them.
_IRREGULAR = """
begin began begun|bite bit bitten|blow blew blown|break broke broken|bring brought brought
build built built|burn burnt burnt|buy bought bought|catch caught caught|choose chose chosen
come came come|cut cut cut|dig dug dug|do did done|draw drew drawn|drink drank drunk
drive drove driven|eat ate eaten|fall fell fallen|feed fed fed|feel felt felt|fight fought fought
find found found|fly flew flown|forget forgot forgotten|freeze froze frozen|get got got
give gave given|go went gone|grow grew grown|hang hung hung|have had had|hear heard heard
hide hid hidden|hold held held|keep kept kept|know knew known|lay laid laid|lead led led
learn learnt learnt|leave left left|lend lent lent|lie lay lain|lose lost lost|make made made
mean meant meant|meet met met|pay paid paid|ride rode ridden|ring rang rung|rise rose risen
run ran run|say said said|see saw seen|sell sold sold|send sent sent|shake shook shaken
shine shone shone|shoot shot shot|show showed shown|sing sang sung|sink sank sunk|sit sat sat
sleep slept slept|smell smelt smelt|speak spoke spoken|spell spelt spelt|spend spent spent
stand stood stood|steal stole stolen|sweep swept swept|swim swam swum|take took taken
teach taught taught|tell told told|think thought thought|throw threw thrown
understand understood understood|wake woke woken|wear wore worn|win won won|write wrote written
"""
_NOUNS = "child children|man men|woman women|foot feet|tooth teeth|mouse mice|person people"
#: Forms that agree with their subject, and forms that differ in tense, of the verb to be.
_BE = (frozenset({"am", "is", "are", "be"}), frozenset({"was", "were"}), frozenset({"been"}))
_HELPERS = frozenset(
    "am is are was were be been being have has had will would shall do does did".split()  # noqa: SIM905 - words
)
_VOWELS = frozenset("aeiou")
_LEAST = 2


class FormDifference(StrEnum):
    """In what two forms of one word differ."""

    #: Singular or plural, or the form that goes with the subject.
    AGREEMENT = "agreement"
    #: Another tense, participle or helping verb.
    TENSE = "tense"


def form_difference(one: str, other: str) -> FormDifference | None:
    """How two answers of one or a few words differ; None where more than one form differs."""
    left, right = one.casefold().split(), other.casefold().split()
    if not left or not right or not all(map(_is_word, left + right)):
        return None
    if len(left) == len(right):
        differing = [pair for pair in zip(left, right, strict=True) if len({*pair}) > 1]
        return _of_words(*differing[0]) if len(differing) == 1 else None
    shorter, longer = sorted((left, right), key=len)
    return _of_helpers(shorter, longer)


def _is_word(text: str) -> bool:
    return text.isascii() and text.isalpha()


def _of_helpers(shorter: list[str], longer: list[str]) -> FormDifference | None:
    """A verb with and without its helping verbs: lived, have lived."""
    ours = [word for word in shorter if word not in _HELPERS]
    theirs = [word for word in longer if word not in _HELPERS]
    if len(ours) != 1 or len(theirs) != 1:
        return None
    return FormDifference.TENSE if _bases(ours[0]) & _bases(theirs[0]) else None


def _of_words(one: str, other: str) -> FormDifference | None:
    for group in _BE:
        if {one, other} <= group:
            return FormDifference.AGREEMENT
    if all(any(word in group for group in _BE) for word in (one, other)):
        return FormDifference.TENSE
    if {one, other} in ({"do", "does"}, {"have", "has"}) or {one, other} in _PLURALS:
        return FormDifference.AGREEMENT
    common = _bases(one) & _bases(other)
    if not common:
        return None
    base = min(common, key=len)
    is_number = {one, other} <= {base, *_s_forms(base)}
    return FormDifference.AGREEMENT if is_number else FormDifference.TENSE


def _bases(word: str) -> set[str]:
    """What ``word`` may be a form of: itself, or with a regular or irregular ending undone."""
    found = {word, *_IRREGULAR_BASES.get(word, ())}
    candidates = {word, *(word[:-cut] for cut in (1, 2, 3, 4) if len(word) - cut >= _LEAST)}
    for stem in candidates:
        found |= {base for base in (stem, f"{stem}e", f"{stem}y") if word in _forms(base)}
    return found


def _forms(base: str) -> set[str]:
    """The regular forms of ``base``."""
    past, present = {f"{base}ed"}, {f"{base}ing"}
    if base.endswith("e"):
        past, present = {f"{base}d"}, {f"{base[:-1]}ing", f"{base}ing"}
    elif base.endswith("y") and base[-2:-1] not in _VOWELS:
        past = {f"{base[:-1]}ied"}
    elif len(base) > _LEAST and base[-1] not in "aeiouwxy" and base[-2] in _VOWELS:
        past |= {f"{base}{base[-1]}ed"}
        present |= {f"{base}{base[-1]}ing"}
    return {base, *_s_forms(base), *past, *present}


def _s_forms(base: str) -> set[str]:
    if base.endswith(("s", "x", "z", "ch", "sh", "o")):
        return {f"{base}es", f"{base}s"} if base.endswith("o") else {f"{base}es"}
    if base.endswith("y") and base[-2:-1] not in _VOWELS:
        return {f"{base[:-1]}ies"}
    return {f"{base}s"}


def _irregular_bases() -> dict[str, set[str]]:
    found: dict[str, set[str]] = {}
    for row in _IRREGULAR.strip().replace("\n", "|").split("|"):
        base, past, participle = row.split()
        found.setdefault(past, set()).add(base)
        found.setdefault(participle, set()).add(base)
    return {**found, "has": {"have"}, "does": {"do"}}


_IRREGULAR_BASES = _irregular_bases()
_PLURALS = [set(pair.split()) for pair in _NOUNS.split("|")]
