"""The English words of the pyspellchecker wheel, with how often each is used."""

import gzip
import importlib.resources
import json

#: Rarer words than this are mostly names and misspellings in the subtitles that were counted.
MIN_COUNT = 60


def english_words() -> dict[str, int]:
    """Words in small letters and their counts."""
    packed = importlib.resources.files("spellchecker") / "resources" / "en.json.gz"
    counts: dict[str, int] = json.loads(gzip.decompress(packed.read_bytes()))
    return {word: count for word, count in counts.items() if count >= MIN_COUNT}
