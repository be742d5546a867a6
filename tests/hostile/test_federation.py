"""What SERVICE may reach, and what endpoints that misbehave can do: nothing but fail."""

from __future__ import annotations

import gzip
import json
import resource
import socket
import ssl
import subprocess
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from http.server import BaseHTTPRequestHandler
from ipaddress import ip_address
from pathlib import Path
from threading import Event
from urllib.parse import parse_qs

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pyoxigraph import Literal, NamedNode, Store

from terrinclus_kg.config import MIB, Settings, load_settings
from terrinclus_kg.errors import (
    BudgetSpent,
    ClientLeft,
    ConfigurationError,
    FeatureRefused,
    QueryTimeout,
    QueueFull,
    RemoteFailed,
)
from terrinclus_kg.rdf.formats import JSON
from terrinclus_kg.store.queries import calls, federation
from terrinclus_kg.store.queries.calls import CallFailed
from terrinclus_kg.store.queries.guard import screen_update
from terrinclus_kg.store.reader import Client, Reader
from tests.endpoints import RESULTS, Answering, Odd, endless, odd, saying
from tests.hostile.test_reaching_outside import SPELLINGS
from tests.small_store import reading

CALLING = Settings().service_queries
ONE = json.dumps({"head": {"vars": ["x"]}, "results": {"bindings": [{"x": {"type": "literal", "value": "one"}}]}})
ASK = "SELECT ?x { SERVICE <%s> { ?x ?p ?o } }"
SILENT = "SELECT ?x { SERVICE SILENT <%s> { ?x ?p ?o } }"


@contextmanager
def facing(home: Path, *answering: Answering, **limits: object) -> Iterator[tuple[Reader, list[Odd]]]:
    """A reader that may call these endpoints."""
    with ExitStack() as stack:
        endpoints = [stack.enter_context(odd(each)) for each in answering]
        listed = tuple(each.url for each in endpoints)
        limits = {"public_deadline": 20.0, "service_deadline": 3.0, "service_endpoints": listed} | limits
        yield stack.enter_context(reading(home, **limits)), endpoints


def failing(home: Path, answering: Answering, **limits: object) -> str:
    """What is told of an endpoint that fails; with SILENT the same is one empty solution."""
    with facing(home, answering, **limits) as (reader, (endpoint,)):
        with pytest.raises(RemoteFailed) as caught:
            reader.query(ASK % endpoint.url, JSON)
        silent = json.loads(reader.query(SILENT % endpoint.url, JSON).read())
        assert silent == {"head": {"vars": ["x"]}, "results": {"bindings": [{}]}}
        assert caught.value.extra == {"endpoint": endpoint.url}
        assert endpoint.url in caught.value.message
        return caught.value.message


def test_how_an_endpoint_is_asked(small_home: Path) -> None:
    with facing(small_home, saying(ONE)) as (reader, (endpoint,)):
        prologue = 'VERSION "1.2"\nPREFIX e: <http://e/> # here\n'
        text = f'{prologue}ASK {{ SERVICE <{endpoint.url}> {{ ?x e:p "é}}" }} ?a ?b ?c }}'
        assert b"true" in reader.query(text, JSON).read()
        (asked,) = endpoint.asked
        query = 'BASE <https://w3id.org/terrinclus/sparql>\nPREFIX e: <http://e/>\nSELECT * WHERE { ?x e:p "é}" }'
        assert parse_qs(asked.body.decode()) == {"query": [query]}
        assert asked.path == "/sparql"
        assert asked.headers["accept"].startswith(RESULTS)
        assert asked.headers["host"] == f"127.0.0.1:{endpoint.port}"
        assert asked.headers.keys().isdisjoint({"cookie", "authorization", "x-forwarded-for"})


# ---- who may be called


@pytest.mark.parametrize("spelling", SPELLINGS)
def test_with_an_empty_list_nobody_is_called(small_home: Path, spelling: str) -> None:
    with facing(small_home, saying(ONE), service_endpoints=()) as (reader, (endpoint,)):
        with pytest.raises(FeatureRefused, match="federation is off here"):
            reader.query(spelling.format(url=endpoint.url), JSON)
        assert endpoint.asked == []


@pytest.mark.parametrize("spelling", SPELLINGS)
def test_only_listed_addresses_are_called(small_home: Path, spelling: str) -> None:
    with odd(saying(ONE)) as other, facing(small_home, saying(ONE)) as (reader, (listed,)):
        for url in (
            other.url,
            listed.url + "/",
            listed.url + "?",
            listed.url + "#",
            listed.url.replace("http", "HTTP"),
            listed.url.replace("/sparql", "/./sparql"),
            listed.url.replace("127.0.0.1", "localhost"),
            listed.url.replace("127.0.0.1", "127.1"),
            listed.url.replace("//", "//user@"),
        ):
            with pytest.raises(FeatureRefused):
                reader.query(spelling.format(url=url), JSON)
        assert listed.asked == other.asked == []


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("ASK { VALUES ?e { <URL> } SERVICE ?e { ?s ?p ?o } }", "not by a variable"),
        ("ASK { SERVICE <URL> { ?s ?p ?o SERVICE <URL> { ?a ?b ?c } } }", "within another one"),
        ("ASK { SERVICE <URL> { ?s ?p ?o FILTER EXISTS { SERVICE SILENT <URL> { ?a ?b ?c } } } }", "within another"),
        ("ASK { SERVICE <URL> { ?s ?p ?o } LOAD <URL> }", "LOAD is refused"),
        ("ASK { SERVICE <URL> { ?s ?p ?o } SERVICE <http://e/> { ?a ?b ?c } }", "has not listed"),
        ("ASK { SERVICE ex:a { ?s ?p ?o } }", "has not listed"),
        ("ASK { SERVICE <URL> { ?s ?p ?o } \\u0053ERVICE <URL> { ?a ?b ?c } }", "written in full"),
        ("ASK { SERVICE <URL> }", "written in full"),
        ("ASK { SERVICE }", "written in full"),
        ("ASK {" + "SERVICE <URL> { ?s ?p ?o } " * 9 + "}", "at most 8"),
        ("INSERT { ?s ?p ?o } WHERE { SERVICE <URL> { ?s ?p ?o } }", "this is an update"),
    ],
)
def test_what_is_refused_of_those_that_are_listed(small_home: Path, text: str, reason: str) -> None:
    with facing(small_home, saying(ONE)) as (reader, (endpoint,)):
        with pytest.raises(Exception, match=reason):
            reader.query(text.replace("URL", endpoint.url), JSON)
        assert endpoint.asked == []


def test_updates_call_nobody(small_home: Path) -> None:
    with facing(small_home, saying(ONE)) as (reader, (endpoint,)):
        for text in ("INSERT { ?s ?p ?o } WHERE { SERVICE <URL> { ?s ?p ?o } }", "LOAD <URL>", "LOAD SILENT <URL>"):
            with pytest.raises(FeatureRefused):
                screen_update(text.replace("URL", endpoint.url), reader._settings)


@pytest.mark.parametrize("host", ["localhost", "localhost.", "ip6-localhost"])
def test_a_name_that_leads_inside_is_refused(small_home: Path, host: str) -> None:
    """The operator's list holds the name, not the address: whoever owns the name does not own our network."""
    with odd(saying(ONE)) as endpoint:
        url = endpoint.url.replace("127.0.0.1", host)
        with reading(small_home, service_endpoints=(url,)) as reader:
            with pytest.raises(RemoteFailed, match=r"no public address|could not be resolved") as caught:
                reader.query(ASK % url, JSON)
            assert "127.0.0.1" not in caught.value.message
        assert endpoint.asked == []


def test_a_name_is_looked_up_once(monkeypatch: pytest.MonkeyPatch, small_home: Path) -> None:
    """A name server that says a public address first and a private one afterwards gains nothing."""
    asked: list[str] = []
    with odd(saying(ONE)) as endpoint:

        def getaddrinfo(host: str, port: int, **_: object) -> list[tuple[object, ...]]:
            asked.append(host)
            address = "192.0.2.1" if len(asked) > 1 else "127.0.0.1"
            return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, port))]

        monkeypatch.setattr(calls, "getaddrinfo", getaddrinfo)
        monkeypatch.setattr(calls, "is_public", lambda address: str(address) == "127.0.0.1")
        url = f"http://rebinding.example:{endpoint.port}/sparql"
        assert calls.ask(url, "ASK {}", seconds=5, size=MIB) == ONE.encode()
        assert asked == ["rebinding.example"]
        assert endpoint.asked[0].headers["host"] == f"rebinding.example:{endpoint.port}"


PRIVATE = (
    "127.0.0.1 127.9.9.9 10.0.0.1 172.16.0.1 192.168.1.1 169.254.169.254 100.64.0.1 0.0.0.0 255.255.255.255 "
    "224.0.0.1 240.0.0.1 192.0.2.1 198.18.0.1 ::1 :: fe80::1 fc00::1 ff02::1 ::ffff:127.0.0.1 ::ffff:10.0.0.1 "
    "64:ff9b::7f00:1 64:ff9b::a00:1 2002:7f00:1:: 2002:a00:1:: 2001:db8::1"
)


@pytest.mark.parametrize("address", PRIVATE.split())
def test_addresses_that_are_not_public(address: str) -> None:
    assert not calls.is_public(ip_address(address))


@pytest.mark.parametrize("address", ["8.8.8.8", "2606:4700::1111", "64:ff9b::808:808", "::ffff:8.8.8.8"])
def test_addresses_that_are_public(address: str) -> None:
    assert calls.is_public(ip_address(address))


def test_proxies_of_the_environment_are_not_used(monkeypatch: pytest.MonkeyPatch, small_home: Path) -> None:
    with odd(saying(ONE)) as proxy, facing(small_home, saying(ONE)) as (reader, (endpoint,)):
        for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
            monkeypatch.setenv(name, f"http://127.0.0.1:{proxy.port}")
        assert b"one" in reader.query(ASK % endpoint.url, JSON).read()
        assert proxy.asked == []


@pytest.mark.parametrize("address", ["https://example.org/sparql?x=1", "http://[::1]:8000/", "http://10.0.0.1"])
def test_addresses_that_may_be_listed(address: str) -> None:
    assert load_settings(service_endpoints=(address,)).service_endpoints == (address,)


@pytest.mark.parametrize(
    "address",
    ["ftp://e/", "http://", "http://u:p@e/", "http://e/#x", "http://é/", "http://e/ x", "e/sparql", "http://e:99999/"],
)
def test_a_list_that_cannot_be_meant_is_refused(address: str) -> None:
    with pytest.raises(ConfigurationError, match="service_endpoints"):
        load_settings(service_endpoints=(address,))


# ---- endpoints that misbehave


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_redirects_are_not_followed(small_home: Path, status: int) -> None:
    with odd(saying(ONE)) as inside:
        assert "redirect" in failing(small_home, saying("", status, Location=inside.url))
        assert inside.asked == []


@pytest.mark.parametrize("status", [204, 400, 401, 404, 429, 500, 503])
def test_other_statuses(small_home: Path, status: int) -> None:
    assert f"status {status}" in failing(small_home, saying("" if status == 204 else "secret of the endpoint", status))


BODIES = [
    "",
    "no JSON",
    "<html>",
    "[]",
    "null",
    "{}",
    '{"head": {}}',
    '{"head": {"vars": []}, "boolean": true}',
    '{"head": {"vars": 1}, "results": {"bindings": []}}',
    '{"head": {"vars": [{}]}, "results": {"bindings": []}}',
    '{"head": {"vars": ["x"]}, "results": {"bindings": 1}}',
    '{"head": {"vars": ["x"]}, "results": {"bindings": [1]}}',
    '{"head": {"vars": ["x"]}, "results": {"bindings": [{"x": 1}]}}',
    '{"head": {"vars": ["x"]}, "results": {"bindings": [{"x": {}}]}}',
    ONE[:-2],
    ONE + ONE,
    "[" * 100_000,
    '{"a":' * 100_000,
]
TERMS = [
    {"type": "uri", "value": "relative"},
    {"type": "uri", "value": "http://e/> } } SERVICE <http://f/"},
    {"type": "uri", "value": 1},
    {"type": "literal", "value": 1},
    {"type": "literal", "value": None},
    {"type": "literal"},
    {"type": "literal", "value": "\ud800"},
    {"type": "literal", "value": "x", "xml:lang": "e n"},
    {"type": "literal", "value": "x", "xml:lang": 'en" } #'},
    {"type": "literal", "value": "x", "datatype": "no IRI"},
    {"type": "literal", "value": "x", "xml:lang": "en", "its:dir": "up"},
    {"type": "bnode", "value": 1},
    {"type": "bnode"},
    {"type": "other", "value": "x"},
    {"type": "triple", "value": {}},
    {
        "type": "triple",
        "value": {part: {"type": "literal", "value": ""} for part in ("subject", "predicate", "object")},
    },
]


@pytest.mark.parametrize(
    "body", BODIES + [ONE.replace('{"type": "literal", "value": "one"}', json.dumps(t)) for t in TERMS]
)
def test_what_is_no_result(small_home: Path, body: str) -> None:
    with pytest.raises(CallFailed, match="SPARQL results"):
        federation.values(body.encode(), ["x"], MIB)


def test_nested_triple_terms_do_not_end_the_process() -> None:
    """Read by the engine's own parser they would (some thousands deep)."""
    leaf = {"type": "uri", "value": "http://e/"}
    for depth in (100, 900, 20_000):
        body = '{"head":{"vars":["x"]},"results":{"bindings":[{"x":'
        start = f'{{"type":"triple","value":{{"subject":{json.dumps(leaf)},"predicate":{json.dumps(leaf)},"object":'
        body += start * depth + json.dumps(leaf) + "}}" * depth + "}]}}"
        with pytest.raises(CallFailed):
            federation.values(body.encode(), ["x"], 16 * MIB)


def test_it_is_told_what_is_wrong(small_home: Path) -> None:
    assert "did not answer with SPARQL results in JSON" in failing(small_home, saying("<html>"))


def test_a_slow_endpoint(small_home: Path) -> None:
    began = time.monotonic()
    silence: Answering = lambda handler: time.sleep(4)  # noqa: E731
    assert "in time" in failing(small_home, silence, service_deadline=0.5)
    assert time.monotonic() - began < 15


@pytest.mark.parametrize("pause", [0.05, 0.2])
def test_an_endpoint_that_drips(small_home: Path, pause: float) -> None:
    """Each byte comes well before any timeout of a single read."""
    began = time.monotonic()
    assert "in time" in failing(small_home, endless(b"", b" ", pause), service_deadline=0.7)
    assert time.monotonic() - began < 15


def test_headers_that_drip(small_home: Path) -> None:
    def drip(handler: BaseHTTPRequestHandler) -> None:
        for byte in b"HTTP/1.1 200 OK\r\n" + b"X: y\r\n" * 1000:
            handler.wfile.write(bytes([byte]))
            time.sleep(0.02)

    assert "in time" in failing(small_home, drip, service_deadline=0.7)


def test_an_endpoint_that_does_not_end(small_home: Path) -> None:
    reason = failing(small_home, endless(b'{"head":', b" " * 100_000), service_size=MIB, service_deadline=20)
    assert "service_size" in reason


def test_a_bomb_that_inflates(small_home: Path) -> None:
    bomb = gzip.compress(b'{"head": ' + b" " * 512 * MIB, 9)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    assert "service_size" in failing(small_home, saying(bomb, Content_Encoding="gzip"), service_deadline=20)
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 200 * 1024  # KiB


def test_a_compressed_answer(small_home: Path) -> None:
    with facing(small_home, saying(gzip.compress(ONE.encode()), Content_Encoding="gzip")) as (reader, (endpoint,)):
        assert b"one" in reader.query(ASK % endpoint.url, JSON).read()
        assert endpoint.asked[0].headers["accept-encoding"] == "gzip"


def test_few_bytes_that_would_become_many() -> None:
    """A row without a binding is two bytes, and UNDEF for each variable in VALUES."""
    names = [f"v{i}" for i in range(200)]
    body = json.dumps({"head": {"vars": names}, "results": {"bindings": [{}] * 100_000}}).encode()
    with pytest.raises(CallFailed, match="service_size"):
        federation.values(body, names, MIB)


@pytest.mark.parametrize(
    "wire",
    [
        b"",
        b"SSH-2.0-x\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n{",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 4\r\n\r\nnope",
        b"HTTP/1.1 200 OK\r\n" + b"X: y\r\n" * 200 + b"\r\n",
        b"HTTP/1.1 200 OK\r\nX: " + b"y" * 100_000 + b"\r\n\r\n",
        b"HTTP/1.1 abc\r\n\r\n",
    ],
)
def test_broken_http(small_home: Path, wire: bytes) -> None:
    assert failing(small_home, lambda handler: handler.wfile.write(wire) and None)


def test_nobody_listens(small_home: Path) -> None:
    with odd(saying(ONE)) as gone:
        pass
    with reading(small_home, service_endpoints=(gone.url,)) as reader, pytest.raises(RemoteFailed, match="reached"):
        reader.query(ASK % gone.url, JSON)


def test_a_certificate_that_nobody_signed(small_home: Path, tmp_path: Path) -> None:
    files = ["-keyout", str(tmp_path / "key"), "-out", str(tmp_path / "cert")]
    request = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=127.0.0.1", *files]
    subprocess.run([*request, "-addext", "subjectAltName=IP:127.0.0.1"], check=True, capture_output=True)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(tmp_path / "cert", tmp_path / "key")
    with odd(saying(ONE), context) as endpoint:
        assert endpoint.url.startswith("https:")
        with reading(small_home, service_endpoints=(endpoint.url,)) as reader:
            with pytest.raises(RemoteFailed, match="certificate"):
                reader.query(ASK % endpoint.url, JSON)
            assert endpoint.asked == []
            with pytest.MonkeyPatch.context() as patch:
                patch.setenv("SSL_CERT_FILE", str(tmp_path / "cert"))
                assert b"one" in reader.query(ASK % endpoint.url, JSON).read()


# ---- what is put in the place of a clause

strings = st.text(st.characters(codec="utf-8"))
terms = (
    st.builds(lambda value: {"type": "literal", "value": value}, strings)
    | st.builds(lambda value: {"type": "literal", "value": value, "xml:lang": "fr"}, strings)
    | st.builds(lambda value: {"type": "literal", "value": value, "datatype": "http://e/#d"}, strings)
    | st.builds(lambda value: {"type": "uri", "value": "http://e/" + value}, st.text("abcé:/?#[]@!$&'()*+,;=-._~%41"))
)


@given(st.lists(st.dictionaries(st.sampled_from(["a", "b", "évité", "_1"]), terms), max_size=5))
def test_strange_terms_arrive_unchanged(bindings: list[dict[str, dict[str, str]]]) -> None:
    names = ["a", "b", "évité", "_1"]
    body = json.dumps({"head": {"vars": names}, "results": {"bindings": bindings}}).encode()
    try:
        block = federation.values(body, names, MIB)
    except CallFailed:
        assert any(term["type"] == "uri" for row in bindings for term in row.values())  # one that is no IRI
        return
    rows = list(Store().query(f"SELECT * {{ {block} }}"))
    assert len(rows) == len(bindings)
    for row, binding in zip(rows, bindings, strict=True):
        assert {name for name in names if binding and name in binding} == {n for n in binding if row[n] is not None}
        for name, term in binding.items():
            assert row[name] == _expected(term)


def _expected(term: dict[str, str]) -> NamedNode | Literal:
    if term["type"] == "uri":
        return NamedNode(term["value"])
    datatype = NamedNode(term["datatype"]) if "datatype" in term else None
    return Literal(term["value"], datatype=datatype, language=term.get("xml:lang"))


def test_blank_nodes_are_their_own(small_home: Path) -> None:
    node = {"type": "bnode", "value": "b0"}
    body = json.dumps({"head": {"vars": ["x", "y"]}, "results": {"bindings": [{"x": node, "y": node}]}})
    with facing(small_home, saying(body)) as (reader, (endpoint,)):
        clause = f"SERVICE <{endpoint.url}> {{ ?x ?p ?y }}"
        same = reader.query(f"SELECT * {{ {clause} FILTER(?x = ?y && isIRI(?x)) }}", JSON).read()
        assert b"urn:uuid:" in same
        joined = reader.query(f"ASK {{ {clause} {clause.replace('?y', '?z')} }}", JSON).read()
        assert b"false" in joined, "two answers have no blank node in common"


def test_an_endpoint_binds_only_what_it_was_asked_for(small_home: Path) -> None:
    body = ONE.replace('"x"', '"secret"')
    with facing(small_home, saying(body)) as (reader, (endpoint,)):
        text = f"SELECT ?secret {{ {{ SERVICE <{endpoint.url}> {{ ?x ?p ?o }} }} }}"
        assert b"one" not in reader.query(text, JSON).read()


# ---- others go on


def test_slow_endpoints_hold_no_worker_and_few_threads(small_home: Path) -> None:
    limits = {"public_workers": 1, "service_deadline": 3.0, "queue_wait": 0.3, "client_queries": 100}
    silence: Answering = lambda handler: time.sleep(4)  # noqa: E731
    with facing(small_home, silence, **limits) as (reader, (endpoint,)), ThreadPoolExecutor(12) as threads:
        assert reader.ask("ASK {}")
        began = time.monotonic()
        held = [threads.submit(reader.query, ASK % endpoint.url, JSON) for _ in range(12)]
        while len(endpoint.asked) < CALLING:
            assert time.monotonic() - began < 20
            time.sleep(0.01)
        for _ in range(20):
            assert b"true" in reader.query("ASK {}", JSON).read()
        errors = [each.exception(20) for each in held]
        assert sum(isinstance(error, QueueFull) for error in errors) == 12 - CALLING
        assert sum(isinstance(error, RemoteFailed) for error in errors) == CALLING


def test_a_client_that_has_spent_its_time_calls_nobody(small_home: Path) -> None:
    def slowly(handler: BaseHTTPRequestHandler) -> None:
        time.sleep(0.5)
        saying(ONE)(handler)

    limits = {"client_seconds": 0.4, "client_seconds_refill": 0.001}
    with facing(small_home, slowly, **limits) as (reader, (endpoint,)):
        assert b"one" in reader.query(ASK % endpoint.url, JSON, client=Client("a")).read()
        with pytest.raises(BudgetSpent):
            reader.query(ASK % endpoint.url, JSON, client=Client("a"))
        assert len(endpoint.asked) == 1
        assert b"one" in reader.query(ASK % endpoint.url, JSON, client=Client("b")).read()


def test_nobody_is_asked_for_a_client_that_has_left(small_home: Path) -> None:
    began = Event()

    def silence(handler: BaseHTTPRequestHandler) -> None:
        began.set()
        time.sleep(3)

    with facing(small_home, silence, service_deadline=20.0) as (reader, (endpoint,)):
        two = f"ASK {{ SERVICE SILENT <{endpoint.url}> {{ ?x ?p ?o }} SERVICE <{endpoint.url}> {{ ?y ?q ?r }} }}"
        with pytest.raises(ClientLeft):
            reader.query(two, JSON, client=Client("a", gone=began.is_set))
        assert len(endpoint.asked) == 1


def test_the_time_counts_as_time_of_the_query(small_home: Path) -> None:
    silence: Answering = lambda handler: time.sleep(3)  # noqa: E731
    with facing(small_home, silence, public_deadline=1.0, service_deadline=20.0) as (reader, (endpoint,)):
        for text in (ASK, SILENT):
            with pytest.raises((QueryTimeout, RemoteFailed)) as caught:
                reader.query(text % endpoint.url, JSON)
            assert text == ASK or isinstance(caught.value, QueryTimeout)


def test_the_time_left_is_the_time_left(small_home: Path) -> None:
    def slowly(handler: BaseHTTPRequestHandler) -> None:
        time.sleep(1.0)
        saying(ONE)(handler)

    with facing(small_home, slowly, public_deadline=2.0) as (reader, (endpoint,)):
        text = f"SELECT (COUNT(*) AS ?n) {{ SERVICE <{endpoint.url}> {{ ?x ?p ?o }} ?a ?b ?c . ?d ?e ?f . ?g ?h ?i }}"
        began = time.monotonic()
        with pytest.raises(QueryTimeout):
            reader.query(text, JSON)
        assert time.monotonic() - began < 10
