"""Catalogues of sentences: English stands in the templates, its Chinese in ``catalogues/zh.po``."""

import gettext
import io
from functools import cache
from importlib import resources

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

from shared.contract.failures import Language


@cache
def translations(language: Language) -> gettext.NullTranslations:
    """What turns the sentences of the templates into ``language``."""
    if language is Language.EN:
        return gettext.NullTranslations()
    folder = resources.files("services.gateway.templates").joinpath("catalogues")
    catalogue = read_po(io.BytesIO(folder.joinpath(f"{language.value}.po").read_bytes()))
    binary = io.BytesIO()
    write_mo(binary, catalogue)
    binary.seek(0)
    return gettext.GNUTranslations(binary)
