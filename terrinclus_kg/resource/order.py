"""The order in which a reader of one language expects things."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping

from pyoxigraph import Literal

from terrinclus_kg.rdf import labels as rdf_labels
from terrinclus_kg.rdf.iri import Name
from terrinclus_kg.rdf.labels import folded
from terrinclus_kg.rdf.namespaces import CV, DCT, FOAF, ORG, RDF, RDFS, SCHEMA, SKOS, TI
from terrinclus_kg.resource.model import Group, Incoming, Labels, Statement, Term
from terrinclus_kg.store.reader import Row

FIRST = 10  # links by one property that a page shows

# What a reader looks for first; the other properties follow in the order of their labels.
FIRST_PROPERTIES = [
    term.value
    for term in (
        DCT["description"], SKOS["definition"], TI["claimText"], DCT["title"], DCT["alternative"], SKOS["altLabel"],
        FOAF["name"], TI["hasName"], DCT["creator"], DCT["publisher"], DCT["issued"], DCT["date"], DCT["temporal"],
        DCT["isPartOf"], TI["hasObjective"], CV["hasParticipation"], ORG["hasMember"], DCT["spatial"],
        DCT["subject"], DCT["audience"],
    )
]  # fmt: skip
# The cells of an unfolded node: role, who, of what, how much, when. They need no words to be understood.
FIRST_CELLS = [
    term.value
    for term in (
        CV["role"], ORG["role"], TI["indicator"], TI["sdgElement"], RDF["value"], CV["hasParticipant"],
        ORG["member"], ORG["organization"], CV["hasParticipation"], TI["observedResource"], TI["alignedResource"],
        TI["amountKind"], TI["amount"], SCHEMA["value"], SCHEMA["currency"], DCT["temporal"], ORG["memberDuring"],
        DCT["date"],
    )
]  # fmt: skip
_SHOWN_IN_TITLE = frozenset({RDF["type"].value, SKOS["prefLabel"].value, RDFS["label"].value})
# Names in another language are worth reading; other texts are shown in one language.
_NAMES = frozenset({SKOS["altLabel"].value, DCT["alternative"].value, FOAF["name"].value, DCT["title"].value})


class Sorter:
    """Orders things as a reader of one language expects."""

    def __init__(self, labels: Labels, language: str) -> None:
        self.labels, self.language = labels, language

    def key(self, iri: str) -> tuple[str, str]:
        """Sort key of a thing: its label without accents and case, then its IRI."""
        return folded(rdf_labels.choose(self.labels.get(iri, {}), self.language, iri).text), iri

    def groups(self, found: Mapping[str, list[Statement]], first: list[str]) -> tuple[Group, ...]:
        """Groups with the ``first`` properties before the others."""
        rank = {key: place for place, key in enumerate(first)}
        keys = sorted(found, key=lambda key: (rank.get(key, len(rank)), self.key(key)))
        return tuple(Group(key, self._statements(key, found[key])) for key in keys if key not in _SHOWN_IN_TITLE)

    def incoming(self, rows: Iterable[Row], name: Name) -> tuple[Incoming, ...]:
        """Links to a thing by property. A source's own facts are told elsewhere on its page."""
        found: dict[str, set[str]] = defaultdict(set)
        for row in rows:
            found[row["p"].value].add(row["s"].value)
        if name.kind == "source":
            found.pop(DCT["source"].value, None)
        properties = sorted(found, key=self.key)
        return tuple(Incoming(p, len(found[p]), tuple(sorted(found[p], key=self.key)[:FIRST])) for p in properties)

    def _statements(self, key: str, found: list[Statement]) -> tuple[Statement, ...]:
        kept = found if key in _NAMES else self._one_language(found)
        ordered = [Statement(s.value, s.graphs, self._ordered(s.cells)) for s in kept]
        return tuple(sorted(ordered, key=self._place))

    def _ordered(self, cells: tuple[Group, ...]) -> tuple[Group, ...]:
        return self.groups({cell.key: list(cell.statements) for cell in cells}, FIRST_CELLS)

    def _place(self, statement: Statement) -> tuple[str, str]:
        if isinstance(statement.value, Literal):
            return statement.value.value, ""
        first = statement.cells[0].statements[0].value if statement.cells else statement.value
        return self.key(first.value)

    def _one_language(self, found: list[Statement]) -> list[Statement]:
        """Drops a text whose fact states it in the language of the page too."""
        here = {g for s in found if _language(s.value) == self.language for g in s.graphs or ("",)}
        return [s for s in found if _language(s.value) in ("", self.language) or not here & set(s.graphs or ("",))]


def _language(term: Term) -> str:
    return (term.language or "") if isinstance(term, Literal) else ""
