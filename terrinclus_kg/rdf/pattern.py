"""Triple and quad patterns as clients of Triple Pattern Fragments write them.

``?name`` or nothing is a variable, ``http://…`` (also in angle brackets) an IRI, ``"text"``, ``"text"@fr`` and
``"1"^^http://www.w3.org/2001/XMLSchema#integer`` a literal, whose text is not escaped: this is the explicit
representation of Hydra (§ 5.6, hydra:ExplicitRepresentation), with the variables of the specification of fragments.
Outside angle brackets an IRI may be a prefixed name (``dct:source``) whose prefix is one of ours.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import combinations

from pyoxigraph import BlankNode, DefaultGraph, Literal, NamedNode, Variable

from terrinclus_kg.errors import ParameterError
from terrinclus_kg.rdf.namespaces import expand, prefixes

PLACES = {"s": "subject", "p": "predicate", "o": "object", "g": "graph"}
Part = NamedNode | Literal | BlankNode | Variable | DefaultGraph
_LITERAL = re.compile(
    r'"(?P<text>.*)"(?:@(?P<language>[A-Za-z]{1,8}(?:-[A-Za-z0-9]{1,8})*)|\^\^<?(?P<datatype>[^<>"]+)>?)?', re.DOTALL
)
_VARIABLE = re.compile(r"\?\w{1,100}")


@dataclass(frozen=True, slots=True)
class Pattern:
    """What to look for: a term or a variable in each place; ``g`` is DefaultGraph where triples are asked."""

    s: Part
    p: Part
    o: Part
    g: Part

    @property
    def quads(self) -> bool:
        """Whether named graphs are asked."""
        return not isinstance(self.g, DefaultGraph)

    @property
    def terms(self) -> dict[str, NamedNode | Literal]:
        """The terms that are given, by the letter of their place."""
        return {place: part for place, part in self._parts().items() if isinstance(part, NamedNode | Literal)}

    @property
    def alike(self) -> tuple[str, ...]:
        """The pairs of places that hold the same variable: ``("so",)``."""
        variables = {place: part for place, part in self._parts().items() if isinstance(part, Variable)}
        return tuple(a + b for a, b in combinations(variables, 2) if variables[a] == variables[b])

    @property
    def possible(self) -> bool:
        """Whether anything can fit: literals are only objects, and published data hold no blank nodes."""
        parts = self._parts()
        named = all(not isinstance(part, Literal) for place, part in parts.items() if place != "o")
        return named and not any(isinstance(part, BlankNode) for part in parts.values())

    def _parts(self) -> dict[str, Part]:
        return {place: getattr(self, place) for place in PLACES}


def read_pattern(given: Mapping[str, str], *, graph: Part) -> Pattern:
    """The pattern of a request.

    Args:
        given: texts by ``subject``, ``predicate``, ``object`` and ``graph``; one that is missing is a variable.
        graph: what stands in the place of a graph that is not given.

    Raises:
        ParameterError: a text that is no term and no variable.
    """
    parts = {place: _part(given.get(name, ""), place, name) for place, name in PLACES.items()}
    if not given.get("graph"):
        parts["g"] = graph
    return Pattern(**parts)


def spelt(term: NamedNode | Literal) -> str:
    """A term as it is given in a pattern; `read_pattern` reads it again."""
    if isinstance(term, NamedNode):
        return term.value
    if term.language:
        return f'"{term.value}"@{term.language}'
    plain = term.datatype.value == "http://www.w3.org/2001/XMLSchema#string"
    return f'"{term.value}"' if plain else f'"{term.value}"^^{term.datatype.value}'


def _part(text: str, place: str, name: str) -> Part:
    if not text:
        return Variable(place)
    if text.startswith("?") and _VARIABLE.fullmatch(text):
        return Variable("given_" + text[1:])
    try:
        if text.startswith('"') and (literal := _LITERAL.fullmatch(text)):
            return _literal(literal)
        if text.startswith("_:"):
            return BlankNode()
        return NamedNode(text[1:-1]) if text.startswith("<") and text.endswith(">") else _named(text)
    except ValueError:
        reason = 'write an IRI, prefix:name, "a text", "a text"@fr, "1"^^IRI, or ?name for a variable'
        raise ParameterError(f"{name}: {text[:200]!r} is no term; {reason}", extra={"parameter": name}) from None


def _literal(found: re.Match[str]) -> Literal:
    if found["language"]:
        return Literal(found["text"], language=found["language"])
    return Literal(found["text"], datatype=_named(found["datatype"]) if found["datatype"] else None)


def _named(text: str) -> NamedNode:
    """Raises ValueError: it is no IRI."""
    prefix, colon, _ = text.partition(":")
    return NamedNode(expand(text) if colon and prefix in prefixes() else text)
