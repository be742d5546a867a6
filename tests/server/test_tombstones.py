"""Things that are not there any more answer 410, or lead to what they were merged into; nothing lists them."""

from __future__ import annotations

import gzip
import re
from collections.abc import Iterator

import pytest
from pyoxigraph import Literal, NamedNode, RdfFormat, Triple, parse

from terrinclus_kg.config import Settings
from terrinclus_kg.ingest import pipeline, shacl
from terrinclus_kg.rdf.namespaces import DCT, OWL, PROV, RDFS, XSD
from terrinclus_kg.rdf.queries import read_queries
from terrinclus_kg.resources import root
from terrinclus_kg.store.releases import difference, layout
from terrinclus_kg.store.releases.excerpt import Excerpt
from tests import small
from tests.writing import Site, site

ID = "https://w3id.org/terrinclus/id/acteur/"
TYPED = "a org:Organization ; skos:prefLabel"
GONE = f"""
acteur:retire {TYPED} "Ancien"@fr , "Former"@en ; owl:deprecated true ;
  dct:isReplacedBy acteur:journal ; prov:invalidatedAtTime "2026-11-20"^^xsd:date .
acteur:double {TYPED} "Double"@fr , "Duplicate"@en ; owl:deprecated true ; owl:sameAs acteur:journal .
acteur:etrange {TYPED} "Étrange"@fr ; owl:deprecated true ; owl:sameAs <http://e/other> ;
  prov:invalidatedAtTime "<script>" .
acteur:bref {TYPED} "Bref"@fr , "Brief"@en .
"""
THERE = f"""
acteur:retire {TYPED} "Ancien"@fr , "Former"@en . acteur:double {TYPED} "Double"@fr , "Duplicate"@en .
"""
PREFIXES = small.PREFIXES + (
    "@prefix owl: <http://www.w3.org/2002/07/owl#> . @prefix prov: <http://www.w3.org/ns/prov#> .\n"
)


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """A service whose second release says what was withdrawn since the first, and whose third no longer holds one thing
    of the second."""
    folder = tmp_path_factory.mktemp("tombstones")
    material, settings = small.material(folder / "built"), Settings(home=folder / "built/home")
    for said in (THERE, GONE, GONE.split("acteur:bref")[0]):
        small.write(material.data / "editors/retraits", small.EDITORS, PREFIXES + said)
        pipeline.build(settings, material)
    with site(folder / "built", folder) as made:
        yield made


def test_a_withdrawn_thing_is_410_as_it_is_asked_for(served: Site) -> None:
    for language, title, label in (("fr", "Cette ressource a été retirée.", "Ancien"), ("en", "withdrawn", "Former")):
        page = served.client.get(f"/{language}/acteur/retire", headers={"Accept": "text/html"})
        assert (page.status_code, page.mimetype) == (410, "text/html")
        assert title in page.text
        assert f"<bdi>{label}</bdi>" in page.text
        assert f'href="/{language}/acteur/journal"' in page.text
        assert '<time datetime="2026-11-20">' in page.text
    problem = served.client.get("/id/acteur/retire", headers={"Accept": "application/problem+json"})
    assert (problem.status_code, problem.mimetype) == (410, "application/problem+json")
    told = problem.get_json(force=True)
    assert (told["successor"], told["withdrawn"]) == (ID + "journal", "2026-11-20")
    assert told["labels"] == {"fr": "Ancien", "en": "Former"}


@pytest.mark.parametrize("form", [RdfFormat.TURTLE, RdfFormat.JSON_LD, RdfFormat.TRIG, RdfFormat.RDF_XML])
@pytest.mark.parametrize("path", ["/id/acteur/retire", "/data/acteur/retire"])
def test_a_withdrawn_thing_is_410_in_rdf(served: Site, path: str, form: RdfFormat) -> None:
    answer = served.client.get(path, headers={"Accept": form.media_type})
    assert (answer.status_code, answer.mimetype) == (410, form.media_type)
    assert answer.headers["Cache-Control"] == "no-store"
    thing = NamedNode(ID + "retire")
    assert {quad.triple for quad in parse(answer.data, format=form)} == {
        Triple(thing, OWL["deprecated"], Literal(True)),
        Triple(thing, RDFS["label"], Literal("Ancien", language="fr")),
        Triple(thing, RDFS["label"], Literal("Former", language="en")),
        Triple(thing, DCT["isReplacedBy"], NamedNode(ID + "journal")),
        Triple(thing, PROV["invalidatedAtTime"], Literal("2026-11-20", datatype=XSD["date"])),
    }


@pytest.mark.parametrize(
    ("path", "target"),
    [
        ("/id/acteur/double", "/id/acteur/journal"),
        ("/fr/acteur/double", "/fr/acteur/journal"),
        ("/en/acteur/double?group=x", "/en/acteur/journal?group=x"),
        ("/data/acteur/double.ttl", "/data/acteur/journal.ttl"),
        ("/data/acteur/double?format=trig", "/data/acteur/journal?format=trig"),
        ("/cite/acteur/double.bib", "/cite/acteur/journal.bib"),
    ],
)
def test_a_merged_thing_leads_to_the_other(served: Site, path: str, target: str) -> None:
    for accept in ("text/html", "*/*") if path.startswith(("/id", "/fr", "/en")) else ("*/*",):
        answer = served.client.get(path, headers={"Accept": accept})
        assert (answer.status_code, answer.headers["Location"]) == (301, target)


def test_one_that_leads_out_of_here_is_gone_and_hostile_dates_are_none(served: Site) -> None:
    page = served.client.get("/fr/acteur/etrange", headers={"Accept": "text/html"})
    assert page.status_code == 410
    assert "http://e/other" in page.text
    assert "<script>" not in page.text.partition("<main")[2].partition("</main")[0]


def test_what_an_earlier_release_held_is_gone_and_all_else_unknown(served: Site) -> None:
    for path in ("/id/acteur/bref", "/fr/acteur/bref", "/data/acteur/bref"):
        assert served.client.get(path).status_code == 410, path
    told = served.client.get("/id/acteur/bref").get_json(force=True)
    assert told["release"] == served.release.id
    assert told["labels"] == {"fr": "Bref", "en": "Brief"}
    assert told["withdrawn"] == served.release.built_at.isoformat(timespec="seconds")
    assert served.client.get("/id/acteur/jamais").status_code == 404


def test_followers_are_told_of_it_as_of_what_is_gone(served: Site) -> None:
    _, second, third = layout.all_releases(served.settings.releases)
    told = {it.iri.removeprefix(ID): (it.change, it.labels.get("fr")) for it in difference.things(second)}
    assert told["retire"] == ("removed", "Ancien")
    assert told["double"] == ("removed", "Double")
    assert "etrange" not in told  # it never was there
    assert [it.iri.removeprefix(ID) for it in difference.things(third) if it.iri.startswith(ID)] == ["bref"]
    page = served.client.get(f"/releases/{second.id}/diff?change=removed&lang=fr", headers={"Accept": "text/html"}).text
    assert "Double" in page
    assert re.search(r"fusionnée avec\u00a0:\s*<a[^>]*href=\"/fr/acteur/journal\"", page)
    assert (
        served.client.get(f"/releases/{second.id}/diff?change=removed").get_json()["changed"][0]["merged"]
        == ID + "journal"
    )
    feed = served.client.get("/feed.atom?thing=acteur/retire&lang=en").text
    assert "Removed: Former" in feed
    assert "Changed: " not in feed
    stream = parse(served.client.get("/ldes/page/1?format=nt").data, format=RdfFormat.N_TRIPLES)
    gone = {quad.subject for quad in stream if quad.object == NamedNode("https://www.w3.org/ns/activitystreams#Delete")}
    assert sorted(version.value.rpartition("/")[2] for version in gone) == ["bref", "double", "retire"]


def test_a_withdrawn_thing_leads_to_what_it_was(served: Site) -> None:
    first, second, _ = (one.id for one in layout.all_releases(served.settings.releases))
    page = served.client.get("/en/acteur/retire", headers={"Accept": "text/html"})
    state = f"/releases/{first}/en/acteur/retire"
    assert f'href="{state}"' in page.text
    assert f'href="/releases/{second}/diff?thing=' in page.text
    links = page.headers["Link"]
    assert f'<{state}>; rel="predecessor-version"' in links
    assert f'<{ID}journal>; rel="successor-version"' in links
    assert '</timemap/link/en/acteur/retire>; rel="timemap"' in links
    assert served.client.get(state, headers={"Accept": "text/html"}).status_code == 200
    times = served.client.get("/timemap/json/en/acteur/retire").get_json()["mementos"]["list"]
    assert [one["uri"].removeprefix("http://localhost") for one in times] == [state]  # those since are no states of it
    document = served.client.get("/data/acteur/retire.ttl")
    assert document.status_code == 410
    assert f'</releases/{first}/data/acteur/retire.ttl>; rel="predecessor-version"' in document.headers["Link"]


def test_tables_leave_them_out(served: Site) -> None:
    table = gzip.decompress((served.release.path / "acteur.csv.gz").read_bytes()).decode()
    keys = {row.partition(",")[0] for row in table.splitlines()}
    assert "journal" in keys
    assert not {"retire", "double", "etrange", "bref"} & keys


def test_nothing_lists_them(served: Site) -> None:
    known = served.client.get("/sitemap.xml?part=acteur/").text
    assert "/acteur/journal" in known
    listed = served.client.get("/fr/acteur?format=json").text
    for key in ("retire", "double", "bref", "etrange"):
        assert f"/acteur/{key}" not in known
        assert f"/acteur/{key}" not in listed
        assert not served.client.get(f"/suggest?q={key}&lang=fr").get_json()["suggestions"]


@pytest.mark.parametrize(
    ("said", "wrong"),
    [
        ("owl:deprecated true ; owl:sameAs acteur:journal", False),
        ("owl:deprecated true ; dct:isReplacedBy acteur:journal", False),
        ("owl:deprecated true ; dct:isReplacedBy <http://e/other>", False),
        ("owl:deprecated true", False),
        ("owl:deprecated true ; owl:sameAs acteur:nobody", True),
        ("owl:deprecated true ; owl:sameAs acteur:retire", True),
        ("owl:deprecated true ; dct:isReplacedBy acteur:it", True),
        ("owl:deprecated true ; dct:isReplacedBy acteur:journal ; owl:sameAs acteur:journal", True),
        ("owl:deprecated true ; dct:isReplacedBy acteur:journal , acteur:other", True),
    ],
)
def test_tombstones_are_checked(said: str, wrong: bool) -> None:
    text = f"{PREFIXES} acteur:it {said} . acteur:journal a org:Organization . acteur:other a org:Organization ."
    text += "acteur:retire owl:deprecated true ."
    quads = parse(text.encode(), format=RdfFormat.TURTLE)
    found = Excerpt(f"{quad.triple} <http://e/g> .\n".encode() for quad in quads)
    query = read_queries([root("queries") / "checks/tombstone.rq"])["tombstone"]
    assert bool(list(found.select(query.text))) is wrong


@pytest.mark.parametrize(
    ("said", "wrong"),
    [
        ("owl:deprecated true ; prov:invalidatedAtTime '2026-11-20'^^xsd:date", False),
        ("owl:deprecated false", True),
        ("prov:invalidatedAtTime '2026-11-20'^^xsd:date", True),
        ("owl:deprecated true ; prov:invalidatedAtTime 'soon'", True),
        ("owl:deprecated true ; owl:sameAs 'x'", True),
    ],
)
def test_shapes_see_what_is_no_tombstone(said: str, wrong: bool) -> None:
    text = f"{PREFIXES} <http://e/it> {said} ."
    data = shacl.graph_of([f"{quad.triple} .\n".encode() for quad in parse(text.encode(), format=RdfFormat.TURTLE)])
    assert bool([*shacl.run(data, root("ontology") / "shapes/required.ttl")]) is wrong
