"""The language that a client asks for (RFC 9110, section 12.5.4)."""

import re

from shared.contract.failures import Language

_LANGUAGE_RANGE = re.compile(
    r"^\s*([A-Za-z]{1,8}|\*)(?:-[A-Za-z0-9]{1,8})*\s*(?:;\s*q\s*=\s*([01](?:\.\d{0,3})?))?\s*$"
)


def preferred_language(accept_language: str | None, fallback: Language) -> Language:
    """The best of our languages for an Accept-Language header (RFC 9110, 12.5.4)."""
    best, best_quality = fallback, 0.0
    for part in (accept_language or "")[:1000].split(","):
        found = _LANGUAGE_RANGE.match(part)
        if found is None:
            continue
        tag, quality = found[1].lower(), float(found[2] or 1.0)
        if tag in {language.value for language in Language} and quality > best_quality:
            best, best_quality = Language(tag), quality
    return best
