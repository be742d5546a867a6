"""The record of a thing in the forms of others: schema.org in JSON-LD, BibTeX, RIS, iCalendar;
and a fact as a nanopublication.

What our kinds, classes and properties are called there is data: ``ontology/exchange.toml``. Texts are those of
the data, escaped as each form wants it; nothing is added to what the record says.
"""

from terrinclus_kg.resource.exchange.calendar import calendar, has_day
from terrinclus_kg.resource.exchange.citation import Author, Citation, bibtex, plain, record, ris, work
from terrinclus_kg.resource.exchange.nanopub import is_fact, nanopub
from terrinclus_kg.resource.exchange.schema import CONTEXT, Document, embedded, schema_org

__all__ = [
    "CONTEXT",
    "Author",
    "Citation",
    "Document",
    "bibtex",
    "calendar",
    "embedded",
    "has_day",
    "is_fact",
    "nanopub",
    "plain",
    "record",
    "ris",
    "schema_org",
    "work",
]
