"""Nanopublications over HTTP."""

from __future__ import annotations

import pytest
from flask.testing import FlaskClient
from pyoxigraph import NamedNode, parse

from terrinclus_kg.rdf.formats import Format
from terrinclus_kg.rdf.namespaces import BASE, DCAT, RDF
from terrinclus_kg.resource.exchange.nanopub import NP
from terrinclus_kg.server.views.nanopub import FORMATS

FACT = NamedNode(BASE + "id/fait/T01")


@pytest.mark.parametrize("form", FORMATS, ids=lambda form: form.slug)
def test_the_formats_that_keep_graphs(client: FlaskClient, form: Format) -> None:
    by_suffix = client.get(f"/nanopub/fait/T01.{form.suffix}")
    assert (by_suffix.status_code, by_suffix.content_type) == (200, form.content_type)
    graphs = {quad.graph_name for quad in parse(by_suffix.data, format=form.rdf)}
    assert len(graphs) == 4
    assert FACT in graphs
    by_accept = client.get("/nanopub/fait/T01", headers={"Accept": form.media_type})
    assert by_accept.data == by_suffix.data
    tag = {"If-None-Match": by_suffix.headers["ETag"]}
    assert client.get(f"/nanopub/fait/T01.{form.suffix}", headers=tag).status_code == 304


def test_its_iri_is_that_of_one_release(client: FlaskClient) -> None:
    present = client.get("/nanopub/fait/T01.trig")
    here = present.headers["Content-Location"]
    quads = list(parse(present.data, format=FORMATS[0].rdf))
    (itself,) = {
        quad.subject for quad in quads if quad.predicate == RDF["type"] and quad.object == NP["Nanopublication"]
    }
    assert itself == NamedNode(BASE + here.removeprefix("/").removesuffix(".trig"))
    assert DCAT["version"] in {quad.predicate for quad in quads}
    kept = client.get(here)
    assert (kept.status_code, kept.data) == (200, present.data)
    assert "immutable" in kept.headers["Cache-Control"]
    assert client.get("/releases/20260101T000000-00000000/nanopub/fait/T01").status_code == 404


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/nanopub/fait/nothing", 404),
        ("/nanopub/projet/essai", 404),
        ("/nanopub/nothing/x.trig", 404),
        ("/nanopub/fait/T01.ttl", 404),
        ("/nanopub/fait/T01?format=ttl", 406),
    ],
)
def test_what_is_none(client: FlaskClient, path: str, status: int) -> None:
    assert client.get(path).status_code == status


def test_a_fact_leads_to_it_and_other_things_do_not(client: FlaskClient) -> None:
    profile = 'profile="http://www.nanopub.org/nschema#Nanopublication"'
    assert profile in client.get("/data/fait/T01.ttl").headers["Link"]
    assert 'href="/nanopub/fait/T01.trig"' in client.get("/fr/fait/T01").text
    assert profile not in client.get("/data/projet/essai.ttl").headers["Link"]
    assert "/nanopub/" not in client.get("/fr/projet/essai").text
