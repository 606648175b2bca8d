"""Every sentence of the pages is there in Chinese and English, and none is left over."""

import re
from importlib import resources
from io import BytesIO
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po

from services.gateway.adapters.pages.catalogues import translations
from services.gateway.adapters.pages.rendering import policy
from services.gateway.adapters.pages.static_files import static_files
from shared.contract.failures import Language

TEMPLATES = Path(str(resources.files("services.gateway.templates")))


def sentences() -> set[str]:
    """The English of all templates; of a plural its singular."""
    found = extract_from_dir(str(TEMPLATES / "pages"), [("**.j2", "jinja2")])
    return {message if isinstance(message, str) else message[0] for _, _, message, _, _ in found}


def chinese() -> Catalog:
    return read_po(BytesIO((TEMPLATES / "catalogues" / "zh.po").read_bytes()))


def test_every_sentence_has_its_chinese_and_no_chinese_is_left_over() -> None:
    catalogue = chinese()
    known = {m.id if isinstance(m.id, str) else m.id[0] for m in catalogue if m.id and m.string}
    assert known == sentences()
    assert not any(message.fuzzy for message in catalogue if message.id)


def test_a_sentence_and_its_chinese_have_the_same_places_to_fill() -> None:
    catalogue = chinese()
    for message in catalogue:
        given = message.id if isinstance(message.id, str) else message.id[-1]
        shown = message.string if isinstance(message.string, str) else message.string[0]
        places = set(re.findall(r"%\((\w+)\)s", str(given)))
        assert set(re.findall(r"%\((\w+)\)s", str(shown))) == places, given


def test_templates_hold_no_chinese_of_their_own() -> None:
    for path in (TEMPLATES / "pages").iterdir():
        text = path.read_text().replace("中文", "").replace('placeholder="一"', "")
        assert not re.findall(r"[\u4e00-\u9fff]", text), path.name


@pytest.mark.parametrize(("language", "shown"), [(Language.ZH, "答卷"), (Language.EN, "Exams")])
def test_a_sentence_is_shown_in_the_readers_language(language: Language, shown: str) -> None:
    assert translations(language).gettext("Exams") == shown


def test_no_template_needs_what_the_policy_forbids() -> None:
    assert "unsafe" not in policy("n")
    for path in (TEMPLATES / "pages").iterdir():
        text = path.read_text()
        assert not re.search(r"\s(on[a-z]+|style)=", text), path.name
        for script in re.findall(r"<script\b[^>]*src=[^>]*>", text):
            assert 'nonce="{{ nonce }}"' in script, path.name


def test_files_are_small_and_their_versions_are_of_their_content() -> None:
    files = static_files()
    assert {"tokens.css", "pages.css", "htmx.min.js", "mark.svg"} <= set(files)
    assert sum(len(file.content) for file in files.values()) < 200_000
    assert len({file.version for file in files.values()}) == len(files)
