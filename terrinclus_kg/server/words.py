"""What pages say in words of their own: dates, periods, foreign identifiers."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, date, datetime
from decimal import Decimal, InvalidOperation

from babel.dates import format_date, format_skeleton
from babel.numbers import format_decimal

from terrinclus_kg.rdf.authorities import authorities
from terrinclus_kg.server import wordings
from terrinclus_kg.server.catalogue import LOCALES, message, pmessage
from terrinclus_kg.server.catalogue import mark as N_  # noqa: N812

_LONGEST = 30  # characters of a number that is put into words
_INSIDE = re.compile("(?<=«) | (?=»)")
_DATE = r"[0-9]{4}(?:-[0-9]{2}(?:-[0-9]{2})?)?"
# The label that our rule gives to a period (queries/rules/12-label-period.rq).
_PERIOD = re.compile(rf"(?:(?:depuis|since) (?P<start>{_DATE})|(?:jusqu’en|until) (?P<end>{_DATE})"
                     rf"|(?P<first>{_DATE})(?: – (?P<last>{_DATE}))?)\Z")  # fmt: skip


def day(value: date, language: str) -> str:
    """A day in words: "1er janvier 2026"."""
    words = format_date(value, "long", locale=LOCALES[language])
    return re.sub(r"^1 ", "1er ", words) if language == "fr" else words


def moment(text: str, language: str) -> str:
    """A time in UTC, in words, from what ISO 8601 writes: "1er janvier 2026 à 12:00:00 UTC"."""
    value = datetime.fromisoformat(text).astimezone(UTC)
    return message("%(day)s at %(time)s UTC", language, day=day(value.date(), language), time=f"{value:%H:%M:%S}")


def unbroken(text: str) -> str:
    """A text whose quotation marks stay with what they enclose: sources often put spaces there that may break."""
    return _INSIDE.sub("\u00a0", text)


def number(text: str, language: str) -> str:
    """A number with the separators of a language and every digit that it has; what would be too long to read, or is
    no number, as it is."""
    try:
        value = Decimal(text)
        plain = value.is_finite() and len(f"{value:f}") <= _LONGEST
        return str(format_decimal(value, locale=LOCALES[language], decimal_quantization=False)) if plain else text
    except InvalidOperation:
        return text


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
        return _end(wordings.SINCE, start, first, language)
    if not start:
        return _end(wordings.UNTIL, end, last, language)
    if start[:7] == end[:7] and len(start) == len(end) == 10:  # two days of a month: it is said once
        first = first.split(" ")[0]
    return f"{_end(wordings.FROM, start, first, language)} {_end(wordings.TO, end, last, language)}"


def when(start: str, end: str, language: str) -> str:
    """A period within a sentence: as `period`, and a single year, month or day with its preposition."""
    if start != end:
        return period(start, end, language)
    said = in_words(start, language)
    return message(N_("on %(date)s") if len(start) == 10 else N_("in %(date)s"), language, date=said)


def period_label(text: str, language: str) -> str:
    """The label of a period with its dates in words; any other label as it is."""
    match = _PERIOD.match(text)
    if not match:
        return text
    start = match["start"] or match["first"] or ""
    return period(start, match["end"] or match["last"] or match["first"] or "", language)


def authority_label(iri: str, language: str) -> str:
    """Whose identifier this is, and which: "Wikidata Q3068"; "" for an IRI of nobody in web/authorities.toml."""
    for authority in authorities():
        key = iri.removeprefix(authority.base).rstrip("/").rpartition("/")[2]
        if iri.startswith(authority.base) and key:
            return f"{authority.name.of(language)} {key}"
    return ""


def _end(ways: Mapping[str, tuple[str, str]], date: str, words: str, language: str) -> str:
    """One end of a period, in one of several ways to say it."""
    way = "day" if len(date) == 10 else "vowel" if "vowel" in ways and words[:1] in tuple("ao") else ""
    return pmessage(*ways[way], language, date=words)
