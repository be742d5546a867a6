"""What a thing is, in a sentence built from the data by the patterns of ``web/pages.toml``.

A clause that lacks its data is left out, and so is what sources contradict each other on.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from pyoxigraph import Literal

from terrinclus_kg.rdf.iri import from_iri, kinds_of
from terrinclus_kg.rdf.namespaces import DCAT, SKOS, expand
from terrinclus_kg.resource.model import Group, Statement, Term, is_node
from terrinclus_kg.resource.plan import SLOT, NounPlan, plans
from terrinclus_kg.resource.tables import Table

NAMED = 3  # things that a sentence names of a list
_START, _END = DCAT["startDate"].value, DCAT["endDate"].value


@dataclass(frozen=True, slots=True)
class Piece:
    """A part of a sentence. ``form`` is text or that of a slot; ``ends`` are things with their roles, ``more`` how many
    others there are; ``span`` the first and last date ("" if unknown)."""

    form: str
    text: str = ""
    count: int = 0
    ends: tuple[tuple[Term, tuple[Term, ...]], ...] = ()
    more: int = 0
    span: tuple[str, str] = ("", "")


@dataclass(frozen=True, slots=True)
class Known:
    """What a sentence may draw on: relations by their key, tables, and all that is said, by property."""

    groups: Mapping[str, Group]
    tables: Mapping[str, Table]
    said: Mapping[str, tuple[Statement, ...]]
    noun: NounPlan | None
    language: str

    def count(self, key: str) -> int:
        """How many different things there are; 0 if that is not known exactly."""
        if key in self.tables:
            return self.tables[key].total if self.tables[key].whole else 0
        if key in self.groups and not self.groups[key].whole:
            return 0
        return len({end for one in self.statements(key) for end, _ in _ends(one)})

    def statements(self, key: str) -> tuple[Statement, ...]:
        """Those of a group or a property."""
        if key in self.groups:
            return self.groups[key].statements
        return self.said.get(expand(key), ()) if ":" in key else ()


def sentence(clauses: tuple[str, ...], known: Known) -> tuple[Piece, ...]:
    """The clauses whose data are there, as pieces; nothing if the first has not."""
    made = [_clause(clause, known) for clause in clauses]
    return tuple(piece for pieces in made for piece in pieces) if made and made[0] else ()


def _clause(clause: str, known: Known) -> list[Piece]:
    pieces, place = [], 0
    for slot in SLOT.finditer(clause):
        found = _piece(slot["form"], slot["key"] or "", (slot["one"] or "", slot["many"] or ""), known)
        if found is None:
            return []
        pieces += [Piece("text", clause[place : slot.start()]), found]
        place = slot.end()
    return [*pieces, Piece("text", clause[place:])]


def _piece(form: str, key: str, words: tuple[str, str], known: Known) -> Piece | None:
    match form:
        case "name":
            return Piece("name")
        case "noun":
            return Piece("text", known.noun.words(known.language)) if known.noun else None
        case "e":
            return Piece("text", "e" if known.noun and known.noun.feminine else "")
        case "when" | "date":
            return _when(form, known.statements(key))
        case "list":
            return _list(known.statements(key), known.count(key))
    count = known.count(key)
    one = count < 2 if known.language == "fr" else count == 1
    return Piece(form, words[0] if one else words[1], count) if count else None


def _when(form: str, statements: tuple[Statement, ...]) -> Piece | None:
    spans = {span for one in statements if (span := _span(one)) != ("", "")}
    return Piece(form, span=spans.pop()) if len(spans) == 1 else None


def _span(one: Statement) -> tuple[str, str]:
    if isinstance(one.value, Literal):
        return one.value.value, one.value.value
    ends = {cell.key: cell.statements[0].value.value for cell in one.cells}
    return ends.get(_START, ""), ends.get(_END, "")


def _list(statements: tuple[Statement, ...], count: int) -> Piece | None:
    roles: dict[Term, dict[Term, None]] = {}
    for one in statements:
        for end, role in _ends(one):
            roles.setdefault(end, {}).update({role: None} if role else {})
    named = tuple((end, tuple(found)) for end, found in roles.items())[:NAMED]
    return Piece("list", ends=named, more=count - len(named)) if count else None


def _ends(one: Statement) -> Iterator[tuple[Term, Term | None]]:
    """What a statement leads to, with its role."""
    if not is_node(one.value):
        yield one.value, None
        return
    told = {cell.key: cell.statements[0].value for cell in one.cells}
    role = next((told[key] for key in plans().roles if key in told), None)
    for key, value in told.items():
        name = from_iri(value.value)
        if key not in plans().roles and name and not is_node(value) and name.kind not in kinds_of(SKOS["Concept"]):
            yield value, role
            return
