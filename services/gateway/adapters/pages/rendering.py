"""Drawing a page: its template in a language, and the policy that says what it may load."""

from collections.abc import Mapping
from datetime import datetime
from functools import cache
from typing import Any
from zoneinfo import ZoneInfo

from babel.dates import format_datetime
from jinja2 import Environment, PackageLoader, StrictUndefined

from services.gateway.adapters.pages.catalogues import translations
from services.gateway.adapters.pages.static_files import static_address
from shared.contract.failures import Language

_LOCALES = {Language.ZH: "zh_Hans_CN", Language.EN: "en_GB"}


def draw(template: str, language: Language, context: Mapping[str, Any]) -> str:
    """The page or part of one; everything in ``context`` is escaped."""
    return _environment(language).get_template(f"pages/{template}").render(context)


def policy(nonce: str) -> str:
    """The Content-Security-Policy of a page: our own files, and scripts that bear its nonce."""
    return (
        f"default-src 'none'; script-src 'nonce-{nonce}'; style-src 'self'; "
        "img-src 'self' blob: data:; connect-src 'self'; frame-src 'self'; form-action 'self'; "
        "base-uri 'none'; frame-ancestors 'none'"
    )


@cache
def _environment(language: Language) -> Environment:
    environment = Environment(
        loader=PackageLoader("services.gateway", "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        extensions=["jinja2.ext.i18n"],
    )
    found = translations(language)
    environment.install_gettext_callables(  # type: ignore[attr-defined] # added by the extension
        found.gettext, found.ngettext, newstyle=True
    )
    environment.globals |= {"lang": "zh-CN" if language is Language.ZH else "en"}
    environment.globals["asset"] = static_address

    def moment(at: datetime, zone: ZoneInfo, form: str = "medium") -> str:
        return format_datetime(at, _FORMS[form][language], tzinfo=zone, locale=_LOCALES[language])

    environment.filters |= {"moment": moment, "amount": _amount, "percent": _percent}
    return environment


_FORMS: dict[str, dict[Language, str]] = {
    "medium": {Language.ZH: "y年M月d日 HH:mm", Language.EN: "d MMM y, HH:mm"},
    "short": {Language.ZH: "M月d日 HH:mm", Language.EN: "d MMM, HH:mm"},
}


def _amount(value: float) -> str:
    """A number without needless zeros: 7, 7.5."""
    return f"{value:.2f}".rstrip("0").rstrip(".")


def _percent(share: float) -> str:
    return f"{share * 100:.0f}%"
