"""Triple and Quad Pattern Fragments: what fits, how much, and the way to the rest."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

import pytest
from flask.testing import FlaskClient
from pyoxigraph import DefaultGraph, Literal, NamedNode, Quad, RdfFormat, Triple, parse

from terrinclus_kg.rdf.formats import RDF_FORMATS, Carries, Format
from terrinclus_kg.rdf.namespaces import BASE, DATASET, DCT, FOAF, RDF, RDFS, SD, SKOS, VOID
from terrinclus_kg.rdf.pattern import spelt
from terrinclus_kg.resource import fragments
from terrinclus_kg.server.hydra import HYDRA
from tests.server.conftest import MANY, quads

HERE = "http://localhost"
TRIAL = NamedNode(BASE + "id/projet/essai")
TRIPLES = {Triple(q.subject, q.predicate, q.object) for q in quads()}
NAMED = {q for q in quads() if isinstance(q.graph_name, NamedNode)}


def at(path: str = "/fragments", **given: object) -> str:
    return path + ("?" + urlencode(given) if given else "")


def got(client: FlaskClient, url: str) -> tuple[set[Quad], list[Quad]]:
    """The data of a fragment, and its metadata."""
    answer = client.get(url, headers={"Accept": "application/trig"})
    assert answer.status_code == 200, answer.text
    found = list(parse(answer.data, format=RdfFormat.TRIG))
    (topic,) = [q for q in found if q.predicate == FOAF["primaryTopic"]]
    assert topic.graph_name == topic.subject
    data = {q for q in found if q.graph_name != topic.subject}
    return data, [q for q in found if q.graph_name == topic.subject]


def told(metadata: list[Quad], predicate: NamedNode, subject: str = "") -> list[str]:
    found = (q for q in metadata if q.predicate == predicate and subject in ("", q.subject.value))
    return sorted({q.object.value for q in found})


def walked(client: FlaskClient, url: str) -> list[set[Quad]]:
    """All pages, by their links to the next."""
    pages = []
    while url:
        data, metadata = got(client, url)
        pages.append(data)
        links = told(metadata, HYDRA["next"])
        url = links[0].removeprefix(HERE) if links else ""
    return pages


def triple(quad: Quad) -> Triple:
    return Triple(quad.subject, quad.predicate, quad.object)


def test_all_pages_together_are_all_triples_each_once(client: FlaskClient) -> None:
    pages = walked(client, "/fragments")
    assert [len(page) for page in pages[:-1]] == [fragments.PAGE] * (len(pages) - 1)
    found = [triple(quad) for page in pages for quad in page]
    assert len(found) == len(set(found))
    assert set(found) == TRIPLES
    assert walked(client, "/fragments") == pages


def test_pages_that_are_read_together_are_the_same(client: FlaskClient, monkeypatch: pytest.MonkeyPatch) -> None:
    pages = walked(client, "/fragments")
    monkeypatch.setattr(fragments, "BLOCK", 2 * fragments.PAGE)
    asked: list[str] = []
    rows = fragments._rows
    monkeypatch.setattr(fragments, "_rows", lambda *given: asked.append(given[1]) or rows(*given))  # type: ignore[func-returns-value]
    assert walked(client, "/fragments") == pages
    late = [text for text in asked if "OFFSET" in text][2:]
    assert len(late) == (len(pages) - 1) // 2
    assert walked(client, "/fragments?page=3") == pages[2:]
    assert len(asked) == 2 + len(late)


@pytest.mark.parametrize(
    "given",
    [
        {"s": TRIAL},
        {"p": RDF["type"]},
        {"o": TRIAL},
        {"s": TRIAL, "p": SKOS["prefLabel"]},
        {"p": SKOS["prefLabel"], "o": Literal("Événement 07", language="fr")},
        {"o": Literal("Événement 07")},
        {"p": DCT["subject"], "o": TRIAL},
        {"s": TRIAL, "p": RDF["type"], "o": TRIAL},
    ],
    ids=str,
)
def test_a_pattern_gives_what_fits_it(client: FlaskClient, given: dict[str, Any]) -> None:
    names = {"s": "subject", "p": "predicate", "o": "object"}
    url = at(**{names[place]: spelt(term) for place, term in given.items()})
    expected = {one for one in TRIPLES if all(getattr(one, names[place]) == term for place, term in given.items())}
    pages = walked(client, url)
    assert {triple(quad) for page in pages for quad in page} == expected
    assert told(got(client, url)[1], HYDRA["totalItems"]) == [str(len(expected))]


def test_quads_are_those_of_named_graphs(client: FlaskClient) -> None:
    assert set().union(*walked(client, "/fragments/quads")) == NAMED
    graph = next(iter(NAMED)).graph_name
    assert isinstance(graph, NamedNode)
    expected = {q for q in NAMED if q.graph_name == graph}
    for path in ("/fragments", "/fragments/quads"):
        assert set().union(*walked(client, at(path, graph=graph.value))) == expected


def test_quads_of_the_default_graph_have_its_name(client: FlaskClient) -> None:
    _, metadata = got(client, "/fragments/quads")
    (name,) = told(metadata, SD["defaultGraph"])
    assert name == DATASET.value + "#merge"
    data, _ = got(client, at("/fragments/quads", graph=name, subject=TRIAL.value))
    assert data == {Quad(TRIAL, one.predicate, one.object) for one in TRIPLES if one.subject == TRIAL}
    assert {q.graph_name for q in data} == {DefaultGraph()}


def test_a_variable_that_comes_twice_is_one(client: FlaskClient) -> None:
    url = at(subject="?x", object="?x")
    assert {triple(q) for q in got(client, url)[0]} == {one for one in TRIPLES if one.subject == one.object}
    alike = {q for q in NAMED if q.subject == q.graph_name}
    assert set().union(*walked(client, at("/fragments/quads", subject="?x", graph="?x"))) == alike
    assert alike != NAMED


@pytest.mark.parametrize(
    "given", [{"subject": '"a"'}, {"object": "_:b0"}, {"predicate": '"a"'}, {"subject": "x:unknown"}]
)
def test_what_fits_nothing_is_an_empty_fragment(client: FlaskClient, given: dict[str, str]) -> None:
    data, metadata = got(client, at(**given))
    assert (data, told(metadata, VOID["triples"]), told(metadata, HYDRA["next"])) == (set(), ["0"], [])


def test_the_controls_lead_to_every_other_fragment(client: FlaskClient) -> None:
    url = at(predicate=DCT["subject"].value, page=1)
    _, metadata = got(client, url)
    here, dataset = HERE + url, HERE + "/fragments#dataset"
    assert told(metadata, FOAF["primaryTopic"]) == [dataset]
    assert here in told(metadata, VOID["subset"], dataset)
    assert told(metadata, HYDRA["search"], dataset) == [HERE + "/fragments#form"]
    assert told(metadata, HYDRA["template"]) == [HERE + "/fragments{?subject,predicate,object}"]
    assert told(metadata, HYDRA["variable"]) == ["object", "predicate", "subject"]
    assert told(metadata, HYDRA["property"]) == sorted(RDF[n].value for n in ("subject", "predicate", "object"))
    assert told(metadata, HYDRA["itemsPerPage"], here) == [str(fragments.PAGE)]
    assert told(metadata, HYDRA["first"], here) == [HERE + at(predicate=DCT["subject"].value, page=1)]
    _, second = got(client, "/fragments?page=2")
    assert told(second, HYDRA["previous"]) == [HERE + "/fragments?page=1"]
    _, of_quads = got(client, "/fragments/quads")
    assert told(of_quads, HYDRA["template"]) == [HERE + "/fragments/quads{?subject,predicate,object,graph}"]


def test_a_number_that_is_not_exact_says_so(client: FlaskClient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fragments, "COUNTED", 150)
    _, metadata = got(client, "/fragments?subject=%3Fanew")
    assert told(metadata, VOID["triples"]) == ["151"]
    assert any("lower bound" in text for text in told(metadata, RDFS["comment"]))
    assert "Au moins" in client.get("/fragments?lang=fr&format=html&subject=%3Fanew").text


@pytest.mark.parametrize("form", RDF_FORMATS, ids=lambda form: form.slug)
def test_every_format_holds_data_and_controls(client: FlaskClient, form: Format) -> None:
    url = at(subject=TRIAL.value, format=form.suffix)
    answer = client.get(url)
    assert answer.content_type == form.content_type
    assert answer.headers["Access-Control-Allow-Origin"] == "*"
    found = list(parse(answer.data, format=form.rdf))
    expected = {one for one in TRIPLES if one.subject == TRIAL}
    assert expected <= {triple(quad) for quad in found}
    assert any(quad.predicate == HYDRA["search"] for quad in found)
    graphs = {quad.graph_name for quad in found}
    assert len(graphs) == (2 if form.carries is Carries.DATASET else 1)
    assert client.get(url, headers={"If-None-Match": answer.headers["ETag"]}).status_code == 304


@pytest.mark.parametrize(
    ("url", "status"),
    [
        ("/fragments?subject=foo", 400),
        ("/fragments?object=%22open", 400),
        ("/fragments?predicate=" + "%3C%3C", 400),
        (at(subject="http://e/> } ; DROP ALL #"), 400),
        ("/fragments?page=0", 400),
        ("/fragments?nope=1", 400),
        ("/fragments?page=99999", 404),
        ("/fragments?page=x", 400),
        ("/fragments?format=pdf", 406),
    ],
)
def test_what_is_wrong_is_told(client: FlaskClient, url: str, status: int) -> None:
    answer = client.get(url, headers={"Accept": "text/turtle"})
    assert answer.status_code == status
    assert answer.text.strip()


def test_the_host_is_never_more_than_a_host(client: FlaskClient) -> None:
    answer = client.get("/fragments", headers={"Host": "e.org", "Accept": "text/turtle"})
    assert "http://e.org/fragments{?subject" in answer.text
    for host in ("e.org/x", 'e"<x>', "e.org@evil"):
        assert client.get("/fragments", headers={"Host": host, "Accept": "text/turtle"}).status_code == 400


def test_the_page_shows_what_fits_and_leads_on(client: FlaskClient) -> None:
    page = client.get(at(predicate=DCT["subject"].value, object=TRIAL.value, lang="en", format="html")).text
    assert f"{MANY} triples fit." in page
    quads = client.get(
        "/fragments/quads?lang=en&format=html&object=%222015%22^^xsd:gYear", headers={"Accept": "text/html"}
    ).text
    assert "triple" not in quads.partition('<ul class="formats">')[0].partition("<main")[2]
    assert '<small class="tag">@fr</small>' in client.get("/fragments?lang=en&format=html").text
    assert f'value="{TRIAL.value}"' in page
    assert "/en/evenement/e07" in page
    second = client.get("/fragments?lang=fr&page=2", headers={"Accept": "text/html"}).text
    assert 'rel="prev"' in second
    assert "/fragments/quads?lang=fr" in second
    hostile = client.get(at(object='"<script>alert(1)</script>"'), headers={"Accept": "text/html"})
    assert "<script>alert" not in hostile.text
