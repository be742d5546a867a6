"""What HTTP lets clients know, on every kind of address."""

from __future__ import annotations

import re

import pytest
from flask import Flask
from flask.testing import FlaskClient

ROUTES = [
    "/",
    "/fr/",
    "/en/projet",
    "/fr/projet/essai",
    "/en/projet/essai?links=dct:subject&page=2",
    "/id/projet/essai",
    "/concept/role/porteur",
    "/data/projet/essai",
    "/data/projet/essai.trig",
    "/reconcile/fr",
    "/reconcile/en/suggest/entity?prefix=e",
    "/reconcile/fr/suggest/type",
    "/reconcile/fr/suggest/property",
    "/reconcile/fr/properties?type=projet",
    "/reconcile/fr/flyout/entity?id=projet/essai",
    "/reconcile/fr/preview",  # of nothing: that of a thing may be framed
    "/ns",
    "/ns.ttl",
    "/ns/1.0.0",
    "/shapes",
    "/sparql",
    "/sparql?query=ASK%7B%7D",
    "/releases",
    "/releases/one/sparql?query=ASK%7B%7D",
    "/releases/one",
    "/releases/one/diff",
    "/releases/one/manifest.json",
    "/releases/one/dataset.nq.gz",
    "/limits",
    "/openapi.json",
    "/fr/api/operations",
    "/api/questions",
    "/api/questions/q24-desaccords-entre-sources",
    "/api/questions/q24-desaccords-entre-sources?page=x",
    "/api/resources",
    "/api/resources/projet",
    "/api/resources/projet/essai",
    "/questions",
    "/questions/q24-desaccords-entre-sources",
    "/fr/questions",
    "/en/questions/q24-desaccords-entre-sources",
    "/graph-store?default",
    "/graph/nothing",
    "/changes",
    "/changes/nothing",
    "/changes/nothing/added.nq",
    "/health/live",
    "/health/ready",
    "/metrics",
    "/fr/chemin",
    "/releases/one/completion.json",
    "/completion.json",
    "/fr/reseau",
    "/fr/chronologie",
    "/fr/odd",
    "/fr/carte",
    "/fragments",
    "/fragments/quads",
    "/nanopub/fait/T01",
    "/fr/desaccords",
    "/robots.txt",
    "/fr/api",
    "/fr/api/operations",
    "/openapi.json",
    "/api/questions",
    "/api/questions/q24-desaccords-entre-sources",
    "/api/resources",
    "/api/resources/projet",
    "/api/resources/projet/essai",
    "/fr/donnees",
    "/fr/a-propos",
    "/cite/projet/essai.bib",
    "/data/evenement/mission.ics",
    "/sitemap.xml",
    "/sitemap.xml?part=evenement/",
    "/.well-known/security.txt",
    "/.well-known/void",
    "/.well-known/sparql-examples",
    "/prefixes",
    "/linkset",
    "/llms.txt",
    "/catalog",
    "/catalog.ttl",
    "/dataset/terrinclus",
    "/fr/recherche?q=essai",
    "/suggest?q=es",
    "/releases/one/nanopub/fait/T01",
    "/releases/one/data/projet/essai.ttl",
    "/releases/one/fr/projet/essai",
    "/timemap/link/projet/essai",
    "/feed.atom",
    "/ldes",
    "/ldes/page/1",
    "/ldes/index/1",
    "/version/20261123T120000.000000Z/projet/essai",
    "/opensearch.xml",
    "/static/dist/nothing.js",
    "/fr/projet/nothing",
    "/nothing",
    "/data/projet/essai?format=docx",
    "/sparql?query=nonsense",
]
VALIDATED = ["/fr/", "/en/projet", "/fr/projet/essai", "/data/projet/essai", "/data/projet/essai.nq", "/ns", "/shapes"]


@pytest.mark.parametrize("path", ROUTES)
def test_every_answer_is_guarded_and_shared(client: FlaskClient, path: str) -> None:
    headers = client.get(path, headers={"Origin": "https://other.test", "Cookie": "a=b"}).headers
    policy = headers["Content-Security-Policy"]
    assert policy.startswith("default-src 'none'; style-src 'self'")
    assert "unsafe" not in policy
    for directive in ("form-action 'self'", "base-uri 'none'", "frame-ancestors 'none'"):
        assert directive in policy
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Access-Control-Allow-Origin"] == "*"
    assert "Access-Control-Allow-Credentials" not in headers
    assert "Link" in headers["Access-Control-Expose-Headers"]
    assert "Referrer-Policy" in headers
    assert "Set-Cookie" not in headers


@pytest.mark.parametrize("path", [route for route in ROUTES if not route.startswith("/static")])
def test_every_negotiated_answer_varies(client: FlaskClient, path: str) -> None:
    """Pages and documents of things by time too (RFC 7089)."""
    answer = client.get(path)
    timed = ", Accept-Datetime" if 'rel="original timegate"' in answer.headers.get("Link", "") else ""
    if path.startswith("/releases/"):  # a former state leads to the resource itself, but has one state only
        timed = ""
    assert answer.headers["Vary"] == f"Accept, Accept-Language{timed}"


def test_every_get_route_is_covered_above(app: Flask) -> None:
    urls = app.url_map.bind("localhost")
    covered = {urls.match(path.partition("?")[0])[0] for path in ROUTES if path not in ("/nothing",)}
    posted = {
        "sparql.by_body",
        "workbench.check",
        "update.update",
        "graph_store.write",
        "graph_store.write_direct",
        "changes.undo",
    }
    assert {rule.endpoint for rule in app.url_map.iter_rules()} - covered <= posted | {"ontology.context"}


@pytest.mark.parametrize("path", ROUTES)
def test_head_is_get_without_a_body(client: FlaskClient, path: str) -> None:
    got, head = client.get(path), client.head(path)
    assert head.status_code == got.status_code
    assert head.data == b""
    drop = {"Date"} | ({"Content-Length"} if "/en/questions/" in path else set())  # it tells how long it took
    assert {k: v for k, v in head.headers if k not in drop} == {k: v for k, v in got.headers if k not in drop}


@pytest.mark.parametrize("path", ROUTES)
def test_preflight(client: FlaskClient, path: str) -> None:
    answer = client.options(path, headers={"Origin": "https://other.test", "Access-Control-Request-Method": "POST"})
    if answer.status_code == 404:
        return
    assert answer.status_code == 200
    allowed = set(answer.headers["Access-Control-Allow-Methods"].split(", "))
    queried = path.partition("?")[0].endswith(("/sparql", "/reconcile/fr"))
    reads = {"GET", "HEAD", "OPTIONS", "QUERY"} | ({"POST"} if queried else set())
    assert allowed == set(answer.headers["Allow"].split(", ")) & reads  # a script of another origin only reads
    assert ("POST" in allowed) == queried
    assert "Content-Type" in answer.headers["Access-Control-Allow-Headers"]
    assert "Content-Type" not in answer.headers  # of a body that is not there
    assert "Access-Control-Allow-Credentials" not in answer.headers


@pytest.mark.parametrize("method", ["PUT", "DELETE", "PATCH", "TRACE"])
@pytest.mark.parametrize("path", ["/", "/fr/projet/essai", "/data/projet/essai.ttl", "/sparql", "/ns"])
def test_other_methods_are_refused(client: FlaskClient, path: str, method: str) -> None:
    answer = client.open(path, method=method, headers={"X-HTTP-Method-Override": "GET"})
    assert answer.status_code == 405
    assert "GET" in answer.headers["Allow"]


@pytest.mark.parametrize("path", VALIDATED)
def test_what_the_client_has_is_not_sent_again(client: FlaskClient, path: str) -> None:
    first = client.get(path)
    tag, changed = first.headers["ETag"], first.headers["Last-Modified"]
    assert changed == "Thu, 01 Jan 2026 00:00:00 GMT"
    for given in (
        {"If-None-Match": tag},
        {"If-None-Match": f'"x", {tag}'},
        {"If-None-Match": "W/" + tag.removeprefix("W/")},
        {"If-None-Match": "*"},
        {"If-Modified-Since": changed},
    ):
        again = client.get(path, headers=given)
        assert again.status_code == 304, given
        assert again.data == b""
        assert again.headers["ETag"] == tag
        assert "Vary" in again.headers
    for given in (
        {"If-None-Match": '"other"'},
        {"If-None-Match": '"other"', "If-Modified-Since": changed},
        {"If-Modified-Since": "Wed, 31 Dec 2025 00:00:00 GMT"},
        {"If-Modified-Since": "Fri, 02 Jan 2026 00:00:00 GMT"},  # of a later release, which has been switched from
        {"If-Modified-Since": "nonsense"},
    ):
        assert client.get(path, headers=given).status_code == 200, given


def test_each_representation_has_its_own_tag(client: FlaskClient) -> None:
    answers = [client.get(f"/data/projet/essai.{suffix}") for suffix in ("ttl", "jsonld", "rdf", "nt", "trig", "nq")]
    answers += [client.get(f"/{language}/projet/essai") for language in ("fr", "en")]
    answers += [client.get("/ns", headers={"Accept-Language": language}) for language in ("fr", "en")]
    answers += [client.get("/data/projet/essai", headers={"Accept": t}) for t in ("text/turtle", "application/trig")]
    assert len({answer.headers["ETag"] for answer in answers}) == len(answers)
    assert not answers[0].headers["ETag"].startswith("W/")
    assert client.get("/fr/projet/essai").headers["ETag"].startswith("W/")


def test_links_of_a_thing(client: FlaskClient) -> None:
    for path in ("/id/projet/essai", "/fr/projet/essai", "/data/projet/essai.ttl"):
        found = re.findall(r'<([^>]*)>; rel="([^"]+)"((?:; \w+="[^"]*")*)', client.get(path).headers["Link"])
        by_rel = {rel: target for target, rel, _ in found}
        assert by_rel["cite-as"] == "https://w3id.org/terrinclus/id/projet/essai"
        assert by_rel["license"] == "https://creativecommons.org/licenses/by/4.0/"
        assert "canonical" in by_rel
        assert "describedby" in by_rel
        alternates = {target for target, rel, _ in found if rel == "alternate"}
        for target in alternates:
            assert client.get(target).status_code == 200
        assert len(alternates) == 8


def test_links_follow_the_public_url(app: Flask) -> None:
    service = app.extensions["terrinclus"]
    settings = service.settings.model_copy(update={"public_url": "https://kg.test/base"})
    app.extensions["terrinclus"] = type(service)(settings, service.reader)
    try:
        client = app.test_client()
        assert client.get("/id/projet/essai").headers["Location"] == "https://kg.test/base/fr/projet/essai"
        assert (
            '<https://kg.test/base/fr/projet/essai>; rel="canonical"' in client.get("/fr/projet/essai").headers["Link"]
        )
        permalink = client.get("/sparql?query=ASK%7B%7D").headers["Link"]
        assert permalink == '<https://kg.test/base/releases/one/sparql?query=ASK%7B%7D>; rel="bookmark"'
    finally:
        app.extensions["terrinclus"] = service


@pytest.mark.parametrize(
    ("path", "headers", "status"),
    [
        ("/data/projet/essai.ttl", {"If-Match": "TAG"}, 200),
        ("/data/projet/essai.ttl", {"If-Match": '"x", TAG'}, 200),
        ("/data/projet/essai.ttl", {"If-Match": "*"}, 200),
        ("/data/projet/essai.ttl", {"If-Match": '"x"'}, 412),
        ("/data/projet/essai.ttl", {"If-Match": "W/TAG"}, 412),
        ("/data/projet/essai.ttl", {"If-Match": '"x"', "If-None-Match": "TAG"}, 412),
        ("/data/projet/essai.ttl", {"If-Match": "TAG", "If-None-Match": "TAG"}, 304),
        ("/fr/projet/essai", {"If-Match": "TAG"}, 412),  # pages have weak validators: the comparison is strong
        ("/fr/projet/essai", {"If-Match": "*"}, 200),
        ("/fr/projet/essai", {"If-Unmodified-Since": "Thu, 01 Jan 2026 00:00:00 GMT"}, 200),
        ("/fr/projet/essai", {"If-Unmodified-Since": "Wed, 31 Dec 2025 23:59:59 GMT"}, 412),
        ("/fr/projet/essai", {"If-Unmodified-Since": "yesterday"}, 200),
        ("/fr/projet/essai", {"If-Unmodified-Since": "Wed, 31 Dec 2025 23:59:59 GMT", "If-Match": "*"}, 200),
    ],
)
def test_preconditions_in_the_order_of_rfc_9110(
    client: FlaskClient, path: str, headers: dict[str, str], status: int
) -> None:
    tag = client.get(path).headers["ETag"]
    answer = client.get(path, headers={name: value.replace("TAG", tag) for name, value in headers.items()})
    assert answer.status_code == status
    if status == 412:
        assert answer.headers["Cache-Control"] == "no-store"
