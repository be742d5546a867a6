"""What a protocol request asks, read without an engine."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from werkzeug.test import EnvironBuilder
from werkzeug.wrappers import Request

from terrinclus_kg.config import Settings
from terrinclus_kg.errors import ParameterError, TerrinclusError
from terrinclus_kg.server import protocol
from terrinclus_kg.server.protocol import Asked

SETTINGS = Settings()


def read(method: str = "GET", query: object = None, **more: object) -> Asked:
    given = {"query": "ASK {}"} if query is None else query
    builder = EnvironBuilder("/sparql", method=method, query_string=given, **more)  # type: ignore[arg-type]
    return protocol.read(Request(builder.get_environ()), SETTINGS)


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("20", 20), ("20s", 20), ("0.5", 0.5), ("500ms", 0.5), ("1500 ms", 1.5), ("1m", 60), ("1h", 3600),
        ("999", 999), ("1000", 1), ("30000", 30), ("1000s", 1000), (" 5 ", 5), ("5S", 5), ("", None), ("  ", None),
        ("0", None), ("0s", None), ("0.0ms", None),
    ],
)  # fmt: skip
def test_times(text: str, seconds: float | None) -> None:
    assert read(query={"query": "ASK {}", "timeout": text}).timeout == seconds


@pytest.mark.parametrize("text", ["-1", "-0", "soon", "1d", "1e3", "nan", "inf", "5 5", "٥", "9" * 10])
def test_what_is_no_time(text: str) -> None:
    with pytest.raises(ParameterError) as caught:
        read(query={"query": "ASK {}", "timeout": text})
    assert caught.value.extra == {"parameter": "timeout"}
    assert "timeout" in caught.value.message


@pytest.mark.parametrize(
    ("text", "expected"), [("true", True), ("1", True), ("YES", True), ("false", False), ("", False)]
)
def test_explain(text: str, expected: bool) -> None:
    assert read(query={"query": "ASK {}", "explain": text}).explain is expected


def test_explain_that_is_neither() -> None:
    with pytest.raises(ParameterError):
        read(query={"query": "ASK {}", "explain": "perhaps"})


@pytest.mark.parametrize("method", ["POST", "QUERY"])
def test_the_dataset_in_the_url_of_a_form_counts_too(method: str) -> None:
    asked = read(method, {"default-graph-uri": "a:u"}, data={"query": "ASK {}", "default-graph-uri": "a:f"})
    assert asked.default_graphs == ("a:f", "a:u")


@pytest.mark.parametrize(
    ("text", "version"),
    [
        ('VERSION "1.2" ASK {}', "1.2"),
        ("PREFIX : <x:> version '1.1' ASK {}", "1.1"),
        ('# VERSION "1.2"\nASK {}', ""),
        ('ASK { ?s ?p "VERSION" . ?x ?y "1.2" }', ""),
        ("ASK { ?version ?p ?o }", ""),
    ],
)
def test_the_version_in_the_text(text: str, version: str) -> None:
    assert read(query={"query": text}).version == version


@pytest.mark.parametrize(
    ("text", "least"),
    [
        ("SELECT * { ?s ?p ?o }", "1.1"),
        ("SELECT * { ?s ?p '<<' } # TRIPLE ~", "1.1"),
        ("CONSTRUCT { ?s ?p 'a'@ar--rtl } {}", "1.2-basic"),
        ("SELECT (strlangdir('a', 'ar', 'rtl') AS ?x) {}", "1.2-basic"),
        ("SELECT (triple(<a:b>, <a:b>, 1) AS ?x) {}", "1.2"),
        ("SELECT * { <<( ?s ?p ?o )>> ?q ?r }", "1.2"),
        ("CONSTRUCT { ?s ?p ?o {| ?q ?r |} } {}", "1.2"),
        ("CONSTRUCT { ?s ?p ?o ~ ?r } {}", "1.2"),
    ],
)
def test_no_version_is_announced_that_is_too_low(text: str, least: str) -> None:
    told = protocol.versions(read(query={"query": text}), "text/turtle;version=1.1")
    order = ("1.1", "1.2-basic", "1.2")
    assert set(told) == {"", *order[order.index(least) :]}


def test_who_speaks_of_no_version_is_told_none() -> None:
    assert protocol.versions(read(), "text/turtle") == ("",)
    assert protocol.versions(read(), None) == ("",)


parameters = st.dictionaries(
    st.sampled_from(["query", "update", "default-graph-uri", "timeout", "version", "explain", "format", "x"]),
    st.lists(st.text(max_size=30), min_size=1, max_size=2),
    max_size=5,
)


@given(
    st.sampled_from(["GET", "HEAD", "POST", "QUERY"]),
    parameters,
    st.binary(max_size=60),
    st.text(st.characters(min_codepoint=32, max_codepoint=126), max_size=60)
    | st.sampled_from([protocol.FORM, protocol.DIRECT, f"{protocol.DIRECT};version=1.2", f"{protocol.FORM};charset=x"]),
)
def test_anything_is_read_or_told(method: str, values: dict[str, list[str]], body: bytes, kind: str) -> None:
    sent = {} if method in ("GET", "HEAD") else {"data": body, "content_type": kind}
    pairs = {key: [value.encode("utf-8", "replace").decode() for value in found] for key, found in values.items()}
    faults: list[TerrinclusError] = []
    try:
        asked = read(method, pairs, **sent)
        assert asked.timeout is None or asked.timeout > 0
    except TerrinclusError as error:
        faults.append(error)
    assert all(400 <= error.status < 500 and error.message for error in faults)
