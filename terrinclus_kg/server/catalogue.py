"""The strings of the interface: English in the code and the templates, French in ``web/translations/``.

Templates and views say ``_("…")`` and ``gettext("…")`` of Flask-Babel, in the language of the request or of
`render.page`. What is said in a language of its own choice says `message`. `make catalogue` gathers them all.
"""

from __future__ import annotations

from functools import cache
from io import BytesIO

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.support import NullTranslations, Translations
from flask import Flask
from flask_babel import Babel, Domain, get_locale

from terrinclus_kg import resources
from terrinclus_kg.server.context import language

LOCALES = {"fr": "fr_FR", "en": "en_GB"}
_SOURCE = "en"  # what the code itself speaks


def install(app: Flask) -> None:
    """Lets templates and views speak the language of the request."""
    _Babel(app, locale_selector=lambda: LOCALES[language()])


def message(text: str, language: str, **values: object) -> str:
    """A string of the interface in a language ("fr" or "en"); ``%(name)s`` in it is filled in from ``values``."""
    return str(translations(language).gettext(text)) % values


def pmessage(context: str, text: str, language: str, **values: object) -> str:
    """As `message`, for a text whose translation depends on a context."""
    return str(translations(language).pgettext(context, text)) % values


def mark(text: str) -> str:
    """The text itself: marks, as ``N_``, what stands in a table and is translated where it is used."""
    return text


def pmark(context: str, text: str) -> tuple[str, str]:
    """A context and a text: as `mark`, for `pmessage`."""
    return context, text


@cache
def translations(language: str) -> NullTranslations:
    """The catalogue of a language; English is in the code."""
    if language == _SOURCE:
        return NullTranslations()
    written = resources.text(f"web/translations/{language}/LC_MESSAGES/messages.po")
    compiled = BytesIO()
    write_mo(compiled, read_po(BytesIO(written.encode()), locale=language))
    compiled.seek(0)
    return Translations(compiled)


class _Domain(Domain):  # type: ignore[misc]  # Flask-Babel is not typed
    """Reads the catalogues as they are written, so that there is nothing to compile, and nothing stale."""

    def get_translations(self) -> NullTranslations:
        locale = get_locale()
        return translations(locale.language) if locale else NullTranslations()


class _Babel(Babel):  # type: ignore[misc]
    """Flask-Babel with our own way to the catalogues."""

    domain_instance = _Domain()
