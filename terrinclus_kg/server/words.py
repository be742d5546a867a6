"""The strings of the interface, and what pages say in words of their own: dates, periods, foreign identifiers."""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass
from datetime import UTC, date, datetime
from functools import cache

from babel.dates import format_date, format_skeleton

from terrinclus_kg import resources

LOCALES = {"fr": "fr_FR", "en": "en_GB"}
_DATE = r"[0-9]{4}(?:-[0-9]{2}(?:-[0-9]{2})?)?"
# The label that our rule gives to a period (queries/rules/12-label-period.rq).
_PERIOD = re.compile(rf"(?:(?:depuis|since) (?P<start>{_DATE})|(?:jusqu’en|until) (?P<end>{_DATE})"
                     rf"|(?P<first>{_DATE})(?: – (?P<last>{_DATE}))?)\Z")  # fmt: skip


@cache
def messages() -> dict[str, dict[str, str]]:
    """The strings of the interface: ``section.key`` → language → text."""
    table = tomllib.loads(resources.text("web/messages.toml"))
    return {f"{section}.{key}": texts for section, keys in table.items() for key, texts in keys.items()}


def message(key: str, language: str, **values: object) -> str:
    """A string of the interface. Raises KeyError for an unknown key."""
    text = messages()[key][language]
    for name, value in values.items():
        text = text.replace("{" + name + "}", str(value))
    return text


def day(value: date, language: str) -> str:
    """A day in words: "1er janvier 2026"."""
    words = format_date(value, "long", locale=LOCALES[language])
    return re.sub(r"^1 ", "1er ", words) if language == "fr" else words


def moment(text: str, language: str) -> str:
    """A time in UTC, in words, from what ISO 8601 writes: "1er janvier 2026 à 12:00:00 UTC"."""
    value = datetime.fromisoformat(text).astimezone(UTC)
    return message("changes.moment", language, day=day(value.date(), language), time=f"{value:%H:%M:%S}")


def in_words(text: str, language: str) -> str:
    """A year, month or day with the precision it has; what is none of them as it is."""
    try:
        parts = [int(part) for part in text.split("-")]
        value = date(*[*parts, 1, 1][:3])
    except (ValueError, TypeError):
        return text
    if len(parts) == 1:
        return text
    return day(value, language) if len(parts) == 3 else format_skeleton("yMMMM", value, locale=LOCALES[language])


def period(start: str, end: str, language: str) -> str:
    """A period in words, from its first and last year, month or day; each may be missing ("")."""
    if start == end:
        return in_words(start, language)
    first, last = in_words(start, language), in_words(end, language)
    if not end:
        return message("period.since" + _precision(start, ""), language, start=first)
    if not start:
        return message("period.until" + _precision(end, ""), language, end=last)
    if start[:7] == end[:7] and len(start) == len(end) == 10:  # two days of a month: it is said once
        first = first.split(" ")[0]
    head = message("period.from" + _precision(start, first), language, start=first)
    return head + " " + message("period.to" + _precision(end, ""), language, end=last)


def period_label(text: str, language: str) -> str:
    """The label of a period with its dates in words; any other label as it is."""
    match = _PERIOD.match(text)
    if not match:
        return text
    start = match["start"] or match["first"] or ""
    return period(start, match["end"] or match["last"] or match["first"] or "", language)


def authority_label(iri: str, language: str) -> str:
    """Whose identifier this is, and which: "Wikidata Q3068"; "" for an IRI of nobody in web/authorities.toml."""
    for authority in _authorities():
        key = iri.removeprefix(authority.base).rstrip("/").rpartition("/")[2]
        if iri.startswith(authority.base) and key:
            return f"{authority.name[language]} {key}"
    return ""


@dataclass(frozen=True, slots=True)
class _Authority:
    """One who gives identifiers: how their IRIs begin, and its name by language."""

    base: str
    name: dict[str, str]


@cache
def _authorities() -> tuple[_Authority, ...]:
    table = tomllib.loads(resources.text("web/authorities.toml"))
    return tuple(_Authority(**entry) for entry in table["authority"])


def _precision(text: str, words: str) -> str:
    """The ending of a message: French has another preposition before days, and elides one before vowels."""
    return "-day" if len(text) == 10 else "-vowel" if words[:1] in tuple("ao") else ""
