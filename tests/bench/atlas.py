"""An atlas of cooperation projects in the project's own model, made by us: facts in graphs of their own, sources,
involvements, periods, alignments, and a few things that very many others link to.

All follows from the number of projects and the seed: the same two give the same bytes. A project brings about 63 quads.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from random import Random

from terrinclus_kg.config import Settings
from terrinclus_kg.ingest.describe import label_rows
from terrinclus_kg.rdf.namespaces import expand
from terrinclus_kg.store.releases.writer import Writer

_PER_PROJECT = 63  # quads, about
BASE = "https://w3id.org/terrinclus/"
SDG = "http://metadata.un.org/sdg/"
_ROLES = ("porteur", "partenaire", "financeur", "operateur", "expert")
_A = "<http://www.w3.org/1999/02/22-rdf-syntax-ns#type>"


def build(settings: Settings, triples: int, seed: int = 1) -> int:
    """Publishes a release that holds the atlas with about so many triples and nothing else. Returns their number."""
    projects = max(20, triples // _PER_PROJECT)
    with Writer(settings, "bench") as writer:
        draft = writer.draft()
        count = draft.load(line.encode() for line in lines(projects, seed))
        draft.compact()
        draft.write_labels(label_rows(draft))
        counts = dict.fromkeys(("quads", "triples", "facts", "sources"), count)
        manifest = {"built_at": datetime(2026, 1, 1, tzinfo=UTC).isoformat(), "digest": f"{count:064}"}
        draft.publish({**manifest, **counts, "inputs": {}, "loads": []}, "ASK { ?s ?p ?o }")
    return count


def pages(triples: int) -> dict[str, list[str]]:
    """Pages of the atlas with about so many triples: kind → paths without the language; one path: a hub."""
    middle = max(20, triples // _PER_PROJECT) // 2
    several = range(20)
    return {
        "project": [f"projet/p{middle - n}" for n in several],
        "actor": [f"acteur/a{20 + n}" for n in several],
        "territory": [f"territoire/xx-{n}" for n in several],
        "fact": [f"fait/p{middle - n}-2" for n in several],
        "SDG": [f"odd/{1 + n % 17}" for n in several],
        "actor of most projects": ["acteur/a0"],
        "source of most facts": ["source/s0"],
        "role of most actors": ["concept/role/porteur"],
        "status of all facts": ["concept/statut/enonce"],
    }


def lines(projects: int, seed: int = 1) -> Iterator[str]:
    """The atlas as canonical N-Quads lines."""
    random = Random(seed)
    actors = max(40, projects // 5)
    yield from _concepts()
    yield from _places()
    for number in range(actors):
        place = f"territoire/departement-{number % 101}"
        yield from _named(f"acteur/a{number}", "ti:LocalAuthority", f"Collectivité {number}", f"Authority {number}")
        yield _quad(_id(f"acteur/a{number}"), _term("dct:spatial"), _id(place), _fact(f"nom-a{number}"))
        yield from _told(f"nom-a{number}", 1 + number % 5, random)
    for number in range(projects):
        yield from _project(number, actors, random)


def _project(number: int, actors: int, random: Random) -> Iterator[str]:
    thing, key = _id(f"projet/p{number}"), f"p{number}"
    source = 0 if random.random() < 0.3 else random.randint(1, 50)
    yield from _named(f"projet/{key}", "ti:CooperationProject", f"Projet {number}", f"Project {number}", f"{key}-0")
    start = random.randint(1990, 2024)
    period = f"periode/{start}_{start + 3}"
    facts = [_fact(f"{key}-{k}") for k in range(4)]
    yield _quad(thing, _term("dct:temporal"), _id(period), facts[1])
    yield from _period(period, start, facts[1])
    yield _quad(thing, _term("dct:spatial"), _id(f"territoire/xx-{random.randrange(900)}"), facts[1])
    yield _quad(thing, _term("dct:subject"), _iri(f"concept/theme/t{random.randrange(40)}"), facts[1])
    for place, actor in enumerate(sorted({int(actors * random.random() ** 3) for _ in range(3)})):
        yield from _involvement(key, thing, place, actor, number, facts[2])
    yield from _alignment(key, thing, f"{random.randint(1, 17)}", number, facts[3])
    for k in range(4):
        yield from _told(f"{key}-{k}", source, random)


def _involvement(key: str, thing: str, place: int, actor: int, number: int, fact: str) -> Iterator[str]:
    role = _ROLES[place]
    node = _id(f"participation/{key}-{place}")
    yield _quad(thing, _term("cv:hasParticipation"), node, fact)
    yield _quad(node, _A, _term("ti:Involvement"), fact)
    yield _quad(node, _term("cv:hasParticipant"), _id(f"acteur/a{actor}"), fact)
    yield _quad(node, _term("cv:role"), _iri(f"concept/role/{role}"), fact)
    for language in ("fr", "en"):
        label = f"Actor {actor} – {role} – Project {number}"
        yield _quad(node, _term("rdfs:label"), f'"{label}"@{language}', _iri("graph/infere"))


def _alignment(key: str, thing: str, goal: str, number: int, fact: str) -> Iterator[str]:
    node = _id(f"alignement/{key}")
    yield _quad(node, _A, _term("ti:SdgAlignment"), fact)
    yield _quad(node, _term("ti:alignedResource"), thing, fact)
    yield _quad(node, _term("ti:sdgElement"), f"<{SDG}{goal}>", fact)
    yield _quad(node, _term("ti:claimText"), f'"Objectif {goal}, projet {number}."@fr', fact)
    for language in ("fr", "en"):
        yield _quad(node, _term("rdfs:label"), f'"Project {number} – {goal}"@{language}', _iri("graph/infere"))


def _period(period: str, start: int, fact: str) -> Iterator[str]:
    yield _quad(_id(period), _A, _term("dct:PeriodOfTime"), fact)
    for name, year in (("dcat:startDate", start), ("dcat:endDate", start + 3)):
        yield _quad(_id(period), _term(name), f'"{year}"^^{_term("xsd:gYear")}', fact)


def _told(key: str, source: int, random: Random) -> Iterator[str]:
    """The description of a fact, in the graph of its source."""
    fact, graph = _fact(key), _iri(f"graph/source/s{source}")
    yield _quad(fact, _A, _term("ti:Fact"), graph)
    yield _quad(fact, _term("dct:identifier"), f'"{key}"', graph)
    yield _quad(fact, _term("dct:source"), _id(f"source/s{source}"), graph)
    yield _quad(fact, _term("ti:status"), _iri("concept/statut/enonce"), graph)
    yield _quad(fact, _term("ti:locator"), f'"ligne {random.randint(1, 9999)}"@fr', graph)
    yield _quad(fact, _term("dct:description"), f'"Ligne de l’atlas sur {key}"@fr', graph)
    yield _quad(fact, _term("dct:description"), f'"Row of the atlas on {key}"@en', graph)


def _concepts() -> Iterator[str]:
    graph = _iri("graph/concepts")
    names = [f"role/{role}" for role in _ROLES] + [f"theme/t{n}" for n in range(40)] + ["statut/enonce"]
    for name in names:
        yield from _described(_iri(f"concept/{name}"), "skos:Concept", name, name, graph)
    for goal in range(1, 18):
        yield from _described(f"<{SDG}{goal}>", "sdgo:Goal", f"Objectif {goal}", f"Goal {goal}", graph)
    for number in range(51):
        graph = _iri(f"graph/source/s{number}")
        yield from _described(_id(f"source/s{number}"), "ti:Source", f"Atlas {number}", f"Atlas {number}", graph)
        yield _quad(_id(f"source/s{number}"), _term("dct:publisher"), _id(f"acteur/a{number}"), graph)


def _places() -> Iterator[str]:
    graph = _iri("graph/source/s0")
    for number in range(101):
        thing = _id(f"territoire/departement-{number}")
        yield from _described(thing, "igeo:Departement", f"Département {number}", f"Département {number}", graph)
    for number in range(900):
        thing = _id(f"territoire/xx-{number}")
        yield from _described(thing, "cv:AdminUnit", f"Ville {number}", f"City {number}", graph)
        yield _quad(thing, _term("igeo:subdivisionDe"), _id(f"territoire/pays-{number % 90}"), graph)
    for number in range(90):
        yield from _described(_id(f"territoire/pays-{number}"), "igeo:Pays", f"Pays {number}", f"C {number}", graph)


def _named(path: str, kind: str, french: str, english: str, fact: str = "") -> Iterator[str]:
    return _described(_id(path), kind, french, english, _fact(fact or f"nom-{path.rpartition('/')[2]}"))


def _described(thing: str, kind: str, french: str, english: str, graph: str) -> Iterator[str]:
    yield _quad(thing, _A, _term(kind), graph)
    yield _quad(thing, _term("skos:prefLabel"), f'"{french}"@fr', graph)
    yield _quad(thing, _term("skos:prefLabel"), f'"{english}"@en', graph)


def _quad(*terms: str) -> str:
    return " ".join(terms) + " .\n"


def _term(curie: str) -> str:
    return f"<{expand(curie)}>"


def _iri(path: str) -> str:
    return f"<{BASE}{path}>"


def _id(path: str) -> str:
    return _iri(f"id/{path}")


def _fact(key: str) -> str:
    return _id(f"fait/{key}")
