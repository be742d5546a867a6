"""An event as iCalendar (RFC 5545)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta

from terrinclus_kg.errors import NotFound
from terrinclus_kg.rdf.about import about
from terrinclus_kg.rdf.namespaces import DCT
from terrinclus_kg.resource.exchange.said import Said
from terrinclus_kg.resource.model import Page

FOLD = 75  # octets of a line, at most (§3.1)
_MAKER = f"-//{about().publisher.name}//{about().name}//FR"  # §3.7.3
_CONTROLS = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")
_ESCAPES = {"\\": "\\\\", ";": "\\;", ",": "\\,", "\n": "\\n"}  # §3.3.11


def calendar(page: Page, language: str, address: str, at: datetime) -> str:
    """An event on the days that sources give for it; where they disagree, on each, as tentative.

    Args:
        address: the page of the event.
        at: when the data were last changed.

    Raises:
        NotFound: no source says the day.
    """
    said, days = Said(page, language), _days(page)
    if not days:
        raise NotFound("no source says the day of this event")
    lines = ["BEGIN:VCALENDAR", "VERSION:2.0", f"PRODID:{_MAKER}"]
    for first, last in days:
        uid = page.name.iri if len(days) == 1 else f"{page.name.iri}#{first.isoformat()}"
        lines += ["BEGIN:VEVENT", f"UID:{uid}", f"DTSTAMP:{at.astimezone(UTC):%Y%m%dT%H%M%SZ}"]
        lines += [*_when(first, last), *_told(said), f"URL:{address}"]
        lines += ["STATUS:TENTATIVE"] * (len(days) > 1) + ["END:VEVENT"]
    return "".join(f"{folded(line)}\r\n" for line in [*lines, "END:VCALENDAR"])


def has_day(page: Page) -> bool:
    """Whether a source says the day of an event."""
    return bool(_days(page))


def folded(line: str) -> str:
    """A content line in parts of at most `FOLD` octets, each but the first after a blank; no character is split."""
    parts, part, size = [], "", 0
    for character in line:
        octets = len(character.encode())
        if size + octets > FOLD:
            parts.append(part)
            part, size = " ", 1
        part, size = part + character, size + octets
    return "\r\n".join([*parts, part])


def escaped(text: str) -> str:
    """A value of type TEXT (§3.3.11)."""
    one_kind = re.sub(r"\r\n?|[\u2028\u2029\x85]", "\n", text)
    return "".join(_ESCAPES.get(character, character) for character in _CONTROLS.sub("", one_kind))


def _when(first: date, last: date | None) -> Iterator[str]:
    """Whole days; the end is the day after the last one (§3.6.1)."""
    yield f"DTSTART;VALUE=DATE:{first:%Y%m%d}"
    if last and last > first:
        yield f"DTEND;VALUE=DATE:{last + timedelta(days=1):%Y%m%d}"


def _told(said: Said) -> Iterator[str]:
    label = said.label(said.page.name.iri)
    yield f"SUMMARY;LANGUAGE={label.language or said.language}:{escaped(label.text)}"
    places = [said.label(term.value).text for term in said.values(DCT["spatial"].value)]
    for name, texts in (("DESCRIPTION", said.texts(DCT["description"].value)), ("LOCATION", places)):
        if texts:
            yield f"{name}:{escaped('; '.join(texts))}"


def _days(page: Page) -> list[tuple[date, date | None]]:
    """First and last day of each period that sources give, and each date."""
    said = Said(page, "")
    periods = said.periods(DCT["temporal"].value) + [(term.value, "") for term in said.values(DCT["date"].value)]
    return [(first, _day(end)) for start, end in periods if (first := _day(start))]


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text) if len(text) == 10 else None
    except ValueError:
        return None
