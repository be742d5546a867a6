"""What programs can ask of the service, as each view tells it: of this the OpenAPI document and its page are made.

A view module that answers programs has a function ``operations``. Words are messages of the interface, or texts by
language where they come from a file.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from terrinclus_kg import errors
from terrinclus_kg.errors import TerrinclusError
from terrinclus_kg.rdf.formats import RDF_FORMATS, Format
from terrinclus_kg.rdf.labels import LANGUAGES
from terrinclus_kg.server.catalogue import mark as N_  # noqa: N812
from terrinclus_kg.server.catalogue import message

OPERATIONS = "terrinclus.operations"  # where an application keeps what its views tell
Schema = Mapping[str, Any]  # JSON Schema 2020-12, as OpenAPI 3.1 has it; one with a title is told once, under that name
Text = str | Mapping[str, str]

TEXT: Schema = {"type": "string"}
WHOLE: Schema = {"type": "integer", "minimum": 0}
TRUTH: Schema = {"type": "boolean"}
ADDRESS: Schema = {"type": "string", "format": "uri-reference"}
IRI: Schema = {"type": "string", "format": "iri"}
ANYTHING: Schema = {"type": "object"}
BY_LANGUAGE: Schema = {"type": "object", "additionalProperties": TEXT}

# What any question to the engine may come to.
ENGINE: tuple[type[TerrinclusError], ...] = (
    errors.BudgetSpent,
    errors.QueueFull,
    errors.WorkerDied,
    errors.RemoteFailed,
    errors.QueryTimeout,
    errors.QueryMemory,
    errors.AnswerTooLarge,
)
_PLACED = (errors.BadRequest, errors.NotFound)  # where a path has parameters
# What every write may come to.
_SECURED = (
    errors.BadRequest,
    errors.Unauthorized,
    errors.FeatureRefused,
    errors.QueryTooLarge,
    errors.UnsupportedMediaType,
    errors.GraphProtected,
    errors.ValidationFailed,
    errors.WriterBusy,
)
ALWAYS: tuple[type[TerrinclusError], ...] = (errors.NotAcceptable, TerrinclusError, errors.NoRelease)


@dataclass(frozen=True, slots=True)
class Parameter:
    """What a request may say. ``where``: query or path. Without an ``example`` the document finds one by the name."""

    name: str
    description: Text
    schema: Schema = field(default_factory=lambda: TEXT)
    where: str = "query"
    required: bool = False
    example: object = None


@dataclass(frozen=True, slots=True)
class Operation:
    """A method of an address. ``path`` a template (OpenAPI 3.1 §4.8.8), ``answers`` and ``body`` media type → schema.

    ``fails``: the errors that it tells beside those of every operation; ``leads``:
    which redirects it answers, and when; ``secured``: only for holders of a token.
    """

    name: str
    group: Text
    path: str
    summary: Text
    answers: Mapping[str, Schema]
    parameters: tuple[Parameter, ...] = ()
    fails: tuple[type[TerrinclusError], ...] = ()
    description: Text = ""
    method: str = "get"
    status: int = 200
    body: Mapping[str, Schema] = field(default_factory=dict)
    leads: Mapping[int, Text] = field(default_factory=dict)
    secured: bool = False

    @property
    def errors(self) -> dict[int, list[type[TerrinclusError]]]:
        """All errors that it may tell, by status."""
        found: dict[int, list[type[TerrinclusError]]] = {}
        placed = any(one.where == "path" for one in self.parameters)
        held = _SECURED if self.secured else ()
        for kind in dict.fromkeys((*(_PLACED if placed else ()), *held, *self.fails, *ALWAYS)):
            found.setdefault(kind.status, []).append(kind)
        return dict(sorted(found.items()))


MERGED: Mapping[int, Text] = {301: N_("It was merged with another thing: to that one.")}


def said(text: Text, language: str) -> str:
    """A text in a language."""
    if isinstance(text, str):
        return message(text, language) if text else ""
    return text.get(language, "")


def record(title: str = "", /, **members: Schema) -> Schema:
    """The schema of an object that has all these members, and may have others."""
    told: dict[str, Any] = {"type": "object", "properties": members, "required": list(members)}
    return {"title": title, **told} if title else told


def array(of: Schema) -> Schema:
    """The schema of a list."""
    return {"type": "array", "items": of}


def maybe(schema: Schema) -> Schema:
    """The schema of what may be null."""
    return {"anyOf": [schema, {"type": "null"}]}


def choice(*values: str) -> Schema:
    """The schema of a text that is one of some."""
    return {"type": "string", "enum": list(values)}


def form(*names: str) -> Parameter:
    """The parameter that chooses a format."""
    return Parameter("format", N_("The format of the answer; it wins over Accept."), choice(*names), example=names[0])


def named(*formats: Format) -> Parameter:
    """The parameter that chooses one of some formats, where a name that means nothing is passed over."""
    return Parameter("format", N_("The format of the answer; it wins over Accept."), TEXT, example=formats[0].slug)


def texts(*formats: Format) -> dict[str, Schema]:
    """The answers in formats of others: any JSON, or text."""
    return {one.media_type: {} if one.media_type.endswith("json") else TEXT for one in formats}


AS_RDF = texts(*RDF_FORMATS)
LANG = Parameter("lang", N_("The language of labels; else that of Accept-Language."), choice(*LANGUAGES), example="fr")
OF_RELEASE = Parameter("release", N_("The id of a release."), where="path")
