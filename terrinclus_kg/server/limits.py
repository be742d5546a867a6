"""Every limit that somebody who asks may meet: its value, its unit, and what is answered then.

The page ``/limits``, its JSON and the service description all read this table; the settings say the
values, `wordings` the words.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from babel.numbers import format_decimal

from terrinclus_kg import errors
from terrinclus_kg.config import Settings
from terrinclus_kg.errors import TerrinclusError
from terrinclus_kg.rdf.labels import LANGUAGES
from terrinclus_kg.server import catalogue, wordings

Met = tuple[type[TerrinclusError], ...]
_POWERS = {"fr": ("octets", "Kio", "Mio", "Gio", "Tio"), "en": ("bytes", "KiB", "MiB", "GiB", "TiB")}


@dataclass(frozen=True, slots=True)
class Rule:
    """A setting that is a limit. ``unit`` is a key of the messages ``limits.unit-…``.

    ``met``: what is answered then; nothing where one only waits, or goes on more slowly.
    ``where``: "" everywhere, or what must be so for it: the engine embedded or remote; tokens, writes or federation on.
    """

    name: str
    unit: str
    met: Met = ()
    where: str = ""


RULES = (
    Rule("query_size", "bytes", (errors.QueryTooLarge,)),
    Rule("query_size_get", "bytes", (errors.UriTooLong,)),
    Rule("query_depth", "levels", (errors.QueryTooDeep,)),
    Rule("query_operators", "operators", (errors.QueryTooDeep,)),
    Rule("public_deadline", "seconds", (errors.QueryTimeout,)),
    Rule("token_deadline", "seconds", (errors.QueryTimeout,), "tokens"),
    Rule("trusted_deadline", "seconds", (errors.QueryTimeout,)),
    Rule("worker_memory", "bytes", (errors.QueryMemory,), "embedded"),
    Rule("answer_size", "bytes", (errors.AnswerTooLarge,)),
    Rule("page_rows", "rows"),
    Rule("page_size", "bytes"),
    Rule("public_workers", "queries"),
    Rule("slow_workers", "queries", (errors.QueueFull,)),
    Rule("demote_after", "seconds"),
    Rule("queue_length", "queries", (errors.QueueFull,)),
    Rule("queue_wait", "seconds", (errors.QueryTimeout,)),
    Rule("client_queries", "queries"),
    Rule("client_seconds", "seconds", (errors.BudgetSpent,)),
    Rule("client_seconds_refill", "per-second", (errors.BudgetSpent,)),
    Rule("client_errors", "errors", (errors.BudgetSpent,)),
    Rule("client_errors_refill", "per-second", (errors.BudgetSpent,)),
    Rule("open_releases", "releases", (errors.QueueFull,), "embedded"),
    Rule("keep_releases", "releases", (errors.NotFound,), "embedded"),
    Rule("remote_connections", "connections", (errors.QueueFull,), "remote"),
    Rule("service_clauses", "clauses", (errors.QueryTooDeep,), "federation"),
    Rule("service_queries", "queries", (errors.QueueFull,), "federation"),
    Rule("service_deadline", "seconds", (errors.RemoteFailed,), "federation"),
    Rule("service_size", "bytes", (errors.RemoteFailed,), "federation"),
    Rule("write_size", "bytes", (errors.QueryTooLarge,), "writes"),
    Rule("write_statements", "statements", (errors.QueryTooLarge,), "writes"),
    Rule("write_deadline", "seconds", (errors.QueryTimeout,), "writes"),
    Rule("load_memory", "bytes", (errors.QueryMemory,), "writes"),
    Rule("write_wait", "seconds", (errors.WriterBusy,), "writes"),
)


@dataclass(frozen=True, slots=True)
class Limit:
    """A limit of this service, with its value."""

    rule: Rule
    value: float

    @property
    def name(self) -> str:
        return self.rule.name

    def unit(self, language: str) -> str:
        """What it counts in."""
        return catalogue.message(wordings.UNITS[self.rule.unit], language)

    def text(self, language: str) -> str:
        """What it bounds."""
        return catalogue.message(wordings.LIMITS[self.name], language)

    def amount(self, language: str) -> str:
        """Value and unit as people read them: "64 KiB"."""
        value, unit = self.value, self.unit(language)
        if self.rule.unit == "bytes":
            power = 0
            while value >= 1024 and power < len(_POWERS[language]) - 1:
                value, power = value / 1024, power + 1
            unit = _POWERS[language][power]
        return f"{format_decimal(value, locale=catalogue.LOCALES[language])}\u00a0{unit}"


def of(settings: Settings) -> tuple[Limit, ...]:
    """The limits of a service, by its settings."""
    on = {
        "": True,
        settings.store: True,
        "tokens": _tokens(settings),
        "writes": writes(settings),
        "federation": bool(settings.service_endpoints),
    }
    return tuple(Limit(rule, getattr(settings, rule.name)) for rule in RULES if on.get(rule.where))


def writes(settings: Settings) -> bool:
    """Whether somebody may write here: only those who have a token, and not to an engine elsewhere."""
    return _tokens(settings) and settings.store == "embedded"


def _tokens(settings: Settings) -> bool:
    return bool(settings.token.get_secret_value() or settings.token_file)


def document(settings: Settings, types: str) -> Iterator[dict[str, object]]:
    """The limits as JSON members. ``types`` is how the type of a problem begins."""
    for limit in of(settings):
        yield {
            "name": limit.name,
            "value": limit.value,
            "unit": limit.unit("en"),
            "description": {language: limit.text(language) for language in LANGUAGES},
            "met": [{"status": kind.status, "type": types + kind.slug, "title": kind.title} for kind in limit.rule.met],
        }
