"""The strings of the interface: what the code and the templates say, and the catalogue that translates it.

``python -m tests.catalogue`` (`make catalogue`) brings the catalogue up to date: new strings come in untranslated,
those that nobody says any more leave. French typography: U+00A0 before a colon and inside guillemets, U+202F before
; ! ? and in numbers, U+2019 for the apostrophe.
"""

from __future__ import annotations

from io import BytesIO
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.extract import DEFAULT_KEYWORDS, extract_from_dir
from babel.messages.pofile import read_po, write_po

ROOT = Path(__file__).parent.parent
FRENCH = ROOT / "web/translations/fr/LC_MESSAGES/messages.po"
_KEYWORDS = {**DEFAULT_KEYWORDS, "message": (1,), "NP_": ((1, "c"), 2)}
_METHODS = [("terrinclus_kg/**.py", "python"), ("web/templates/**.html", "jinja2")]
_OPTIONS = {"web/templates/**.html": {"newstyle_gettext": "true", "silent": "false"}}


def said() -> Catalog:
    """All strings that the code and the templates say."""
    found = Catalog(charset="utf-8")
    for folder in ("terrinclus_kg", "web/templates"):
        for _, _, text, _, context in extract_from_dir(
            ROOT / folder,
            method_map=[(pattern.removeprefix(folder + "/"), method) for pattern, method in _METHODS],
            options_map={pattern.removeprefix(folder + "/"): options for pattern, options in _OPTIONS.items()},
            keywords=_KEYWORDS,
        ):
            found.add(text, context=context)
    return found


def french() -> Catalog:
    """The catalogue as it stands."""
    with FRENCH.open("rb") as file:
        return read_po(file, locale="fr", abort_invalid=True)


def written(catalogue: Catalog) -> bytes:
    """A catalogue in the one way that we write it: sorted, one line a string, nothing that changes by itself."""
    out = BytesIO()
    write_po(out, catalogue, width=0, no_location=True, omit_header=True, sort_output=True, ignore_obsolete=True)
    return out.getvalue().lstrip()


def main() -> None:
    """Brings the catalogue up to date, and tells what is to be translated."""
    catalogue = french()
    catalogue.update(said(), no_fuzzy_matching=True)
    FRENCH.write_bytes(written(catalogue))
    for message in catalogue:
        if message.id and not all(message.string if isinstance(message.string, tuple | list) else [message.string]):
            print("to be translated:", message.id)  # noqa: T201


if __name__ == "__main__":
    main()
