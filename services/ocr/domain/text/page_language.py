"""The language that a page is printed in, whose words are sought in what was written on it."""

from collections.abc import Iterable, Mapping

from shared.contract.reading import PageLanguage

#: Share of the letters of an English page that are none of the alphabet's: signs, misread ones.
MAX_OTHER_SHARE = 0.15
#: Simplified print has so many times more simplified characters than traditional ones.
MIN_SIMPLIFIED = 3


def language_of(lines: Iterable[str], forms: Mapping[int, str]) -> PageLanguage:
    """The language of a page's printed lines; a few misread characters do not count.

    ``forms`` are traditional characters, by code point, and their simplified forms.
    """
    text = "".join(lines)
    latin = sum(char.isascii() and char.isalpha() for char in text)
    other = sum(char.isalpha() and not char.isascii() for char in text)
    if latin > 0 and other <= MAX_OTHER_SHARE * (latin + other):
        return PageLanguage.ENGLISH
    simplified = set(forms.values()) - set(map(chr, forms))
    new = sum(char in simplified for char in text)
    old = sum(ord(char) in forms for char in text)
    return PageLanguage.SIMPLIFIED if new > MIN_SIMPLIFIED * old else PageLanguage.OTHER
