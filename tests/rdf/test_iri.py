"""Paths and IRIs, and which IRIs may become links."""

from __future__ import annotations

from string import ascii_letters, digits

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pyoxigraph import NamedNode

from terrinclus_kg.rdf.iri import Name, from_iri, from_path, is_safe_link, kinds
from terrinclus_kg.rdf.namespaces import BASE

segments = st.text(ascii_letters + digits + "-_.~", min_size=1).filter(lambda text: text not in {".", ".."})
keys = st.lists(segments, min_size=1, max_size=3).map("/".join)


@pytest.mark.parametrize("kind", sorted(kinds()))
@given(key=keys)
def test_a_name_survives_its_iri_and_its_path(kind: str, key: str) -> None:
    name = Name(kind, key)
    assert from_iri(name.iri) == name
    assert from_path(name.path) == name
    assert NamedNode(name.iri).value == name.iri


@given(st.text())
def test_a_path_gives_a_safe_iri_or_nothing(path: str) -> None:
    name = from_path(path)
    assert name is None or (name.path == path and from_iri(name.iri) == name and is_safe_link(name.iri))


@given(st.text())
def test_an_iri_gives_its_own_name_or_nothing(rest: str) -> None:
    for kind in kinds().values():
        name = from_iri(kind.base + rest)
        assert name is None or name.iri == kind.base + rest


@pytest.mark.parametrize(
    "key",
    [
        "",
        ".",
        "..",
        "../acteur/adf",
        "a/../b",
        "a/./b",
        "a//b",
        "/a",
        "a/",
        "a\\b",
        "a\x00",
        "\x00",
        "a\n",
        "a\r\nX: y",
        "a b",
        "a%2e%2e",
        "%2e%2e",
        "%2E",
        "%00",
        "terr%69nclus",
        "a?b",
        "a#b",
        "a;b",
        "a:b",
        "é",
        "a\u202eb",
        "a\u200bb",
        "\uff0e\uff0e",
        "<script>",
        '"',
        "a'b",
    ],
)
def test_hostile_keys(key: str) -> None:
    assert from_path(f"projet/{key}") is None
    assert from_iri(f"{BASE}id/projet/{key}") is None


@pytest.mark.parametrize(
    "path", ["", "/", "projet", "projets/x", "Projet/x", "/projet/x", "//projet/x", "id/projet/x", "../projet/x"]
)
def test_paths_without_a_kind(path: str) -> None:
    assert from_path(path) is None


@pytest.mark.parametrize(
    "iri",
    [
        "",
        BASE,
        f"{BASE}id/projet",
        f"{BASE}ns#Fact",
        "http://w3id.org/terrinclus/id/projet/x",
        "https://evil.example/id/projet/x",
    ],
)
def test_iris_without_a_page(iri: str) -> None:
    assert from_iri(iri) is None


def test_foreign_base() -> None:
    assert from_iri("http://metadata.un.org/sdg/10.2") == Name("odd", "10.2")
    assert from_iri("http://metadata.un.org/sdg/ontology#Goal") is None


def test_no_kind_lies_within_another() -> None:
    bases = [kind.base for kind in kinds().values()]
    assert len(set(bases)) == len(bases)
    assert not [(a, b) for a in bases for b in bases if a != b and a.startswith(b)]


@pytest.mark.parametrize(
    "iri",
    [
        "https://example.org/",
        "http://example.org/a?b=c#d",
        "HTTPS://EXAMPLE.ORG",
        "mailto:a@example.org",
        "tel:+33123456789",
        "https://example.org/é/東京",
        "http://[::1]/",
    ],
)
def test_safe_links(iri: str) -> None:
    assert is_safe_link(iri)


@pytest.mark.parametrize(
    "iri",
    [
        "",
        "javascript:alert(1)",
        "JavaScript:alert(1)",
        "java\tscript:alert(1)",
        "java\nscript:alert(1)",
        "\x01javascript:alert(1)",
        " javascript:alert(1)",
        "\u00a0javascript:alert(1)",
        "\ufeffjavascript:alert(1)",
        "data:text/html,<script>",
        "data:text/html;base64,PHNjcmlwdD4=",
        "vbscript:msgbox",
        "file:///etc/passwd",
        "blob:https://example.org/x",
        "about:blank",
        "urn:isbn:0",
        "//example.org/",
        "/fr/projet/x",
        "example.org",
        "http\x00://example.org",
        "https://example.org/a b",
        "https://example.org/\x7f",
        "https://example.org/\x85",
        "https://example.org/\u202egro.live",
        "https://example.org/\u2066x\u2069",
        "https://example.org/\u061c",
        "https://example.org/\u200b",
        "https://example.org/\u2060",
        "https://example.org/\u2028",
        "https://example.org/\u00ad",
        "https://example.org/\u3000",
        "https://example.org/<b>",
        'https://example.org/"onmouseover=',
        "https://example.org/\\evil",
        "https://[::1",
    ],
)
def test_unsafe_links(iri: str) -> None:
    assert not is_safe_link(iri)


@given(st.text(), st.sampled_from(["https://example.org/", "mailto:", "javascript:", ""]))
def test_no_blank_or_control_in_any_link(text: str, start: str) -> None:
    if is_safe_link(start + text):
        assert all(not c.isspace() and (c.isprintable() or ord(c) > 0xFFFF or not c.isascii()) for c in start + text)
