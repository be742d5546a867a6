"""A page among files: its links are relative, and what needs the service leads there or is taken out."""

from __future__ import annotations

from html import escape

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from selectolax.lexbor import LexborHTMLParser

from terrinclus_kg.export import rewriting
from terrinclus_kg.export.rewriting import ORIGIN, Site

PAGE = f"""<!doctype html><html lang="fr"><head><title>t</title>
<link rel="canonical" href="{ORIGIN}/fr/odd/10"><link rel="search" href="/opensearch.xml?lang=fr">
<link rel="stylesheet" href="/static/dist/site.css" integrity="sha384-x">
<script type="application/ld+json">{{"url": "{ORIGIN}/fr/odd/10"}}</script></head>
<body><form action="/fr/recherche"><input id="q" name="q"></form><a id="to-form" href="#q">find</a>
<nav><ul><li><a id="in-menu" href="/sparql?lang=fr">SPARQL</a></li><li><a href="/fr/odd">ODD</a></li></ul></nav>
<p><a id="thing" href="/fr/acteur/adf?group=role#x" hreflang="fr">adf</a>
<a id="facet" href="/fr/odd?pays=pays-ma" rel="nofollow">Maroc</a> <a id="self" href="#top">top</a>
<a id="out" href="https://example.org/?a=1&amp;b=2">out</a></p>
<div id="explorer" data-address="/fr/reseau?centre=odd/10&amp;format=json"></div></body></html>""".encode()
HERE, AT = "fr/odd/10/index.html", "/fr/odd/10"
ALONE = Site("", "", "https://id.example")
LIVE = Site("", "https://live.example", "https://id.example")
BASED = Site("https://copy.example/kg", "https://live.example", "https://id.example")


def rewritten(site: Site) -> str:
    return rewriting.page(PAGE, HERE, AT, site).html


def test_links_are_relative_and_followed() -> None:
    page = rewriting.page(PAGE, HERE, AT, ALONE)
    assert 'href="../../acteur/adf/group=role/index.html#x"' in page.html
    assert 'href="../../../static/dist/site.css">' in page.html  # a disk has no origin for integrity to be checked of
    assert 'href="#top"' in page.html
    assert 'href="https://example.org/?a=1&amp;b=2"' in page.html
    assert page.leads_to == ["/static/dist/site.css", "/fr/odd", "/fr/acteur/adf?group=role", "/fr/odd/10"]


def test_without_a_service_nothing_leads_to_one() -> None:
    page = rewritten(ALONE)
    assert [word for word in ("<form", "SPARQL", "data-address", "opensearch", "canonical") if word in page] == []
    assert '<a id="facet">Maroc</a>' in page
    assert '<a id="to-form">find</a>' in page


def test_with_a_service_what_needs_it_leads_there() -> None:
    page = rewritten(LIVE)
    assert '<form action="https://live.example/fr/recherche">' in page
    assert 'href="https://live.example/sparql?lang=fr"' in page
    assert 'href="https://live.example/fr/odd?pays=pays-ma"' in page
    assert '<link rel="canonical" href="https://live.example/fr/odd/10">' in page


def test_a_copy_that_knows_its_place_names_it() -> None:
    page = rewritten(BASED)
    assert '<link rel="canonical" href="https://copy.example/kg/fr/odd/10/index.html">' in page
    assert '{"url": "https://copy.example/kg/fr/odd/10/index.html"}' in page


def test_identifiers_are_no_addresses_of_a_copy_that_stands_where_they_begin() -> None:
    for base, told in (("https://id.example", ""), ("https://id.example/copy", "https://id.example/copy"), ("", "")):
        assert Site(base, "", "https://id.example").told == told
    assert Site("https://id.example", "", "https://id.example/kg").told == ""


def test_an_error_page_is_shown_under_any_address() -> None:
    assert 'href="/fr/odd/index.html"' in rewriting.page(PAGE, "404.html", AT, ALONE, rooted=True).html
    assert 'href="https://copy.example/kg/fr/odd/index.html"' in (
        rewriting.page(PAGE, "404.html", AT, BASED, rooted=True).html
    )


@pytest.mark.parametrize("site", [ALONE, LIVE, BASED])
def test_the_address_that_was_asked_is_never_left(site: Site) -> None:
    assert ORIGIN not in rewritten(site)
    text = f"void:sparqlEndpoint <{ORIGIN}/sparql> ; dcat:downloadURL <{ORIGIN}/ns.ttl> ; foaf:homepage <{ORIGIN}> ."
    assert ORIGIN not in rewriting.text(text, site)[0]


@pytest.mark.parametrize(
    ("told", "expected", "followed"),
    [
        ("<{}/ns.ttl#file> a", "<https://copy.example/kg/ns.ttl#file> a", ["/ns.ttl"]),
        ("at {}/sparql, or", "at https://live.example/sparql, or", ["/sparql"]),
        ("`{}/data/{{kind}}/{{key}}.ttl`", "`https://copy.example/kg/data/{kind}/{key}.ttl`", []),
        ("{}/fr/{{kind}}", "https://live.example/fr/{kind}", []),
        ('{{"a": "{}/ns.ttl"}}', '{"a": "https://copy.example/kg/ns.ttl"}', ["/ns.ttl"]),
        ("({}/fr/odd).", "(https://copy.example/kg/fr/odd/index.html).", ["/fr/odd"]),
    ],
)
def test_a_text_tells_addresses_where_they_end(told: str, expected: str, followed: list[str]) -> None:
    assert rewriting.text(told.format(ORIGIN), BASED) == (expected, followed)


def test_markup_stays_well_formed() -> None:
    told = f'<a href="{ORIGIN}/sparql?a=1&amp;b=2"/>&lt;{ORIGIN}/ns.ttl&gt;'
    expected = '<a href="https://live.example/sparql?a=1&amp;b=2"/>&lt;https://copy.example/kg/ns.ttl&gt;'
    assert rewriting.text(told, BASED, markup=True)[0] == expected


def test_where_nobody_knows_its_place_documents_are_relative() -> None:
    told = f"<{ORIGIN}/ns.ttl#file> <{ORIGIN}/sparql>"
    assert rewriting.text(told, ALONE, here="a/b.ttl")[0] == "<../ns.ttl#file> <https://id.example/sparql>"


@given(st.text(alphabet=st.characters(exclude_categories=["Cs", "Cc"]), min_size=1))
def test_hostile_labels_stay_text(label: str) -> None:
    assume(ORIGIN not in label)  # Hypothesis tries what stands in the code: this is the address that is rewritten
    told = escape(f"{label}</p><script>alert(1)</script>")
    html = f'<!doctype html><html><body><p title="{told}">{told}</p></body></html>'.encode()
    again = LexborHTMLParser(rewriting.page(html, HERE, AT, ALONE).html)
    (paragraph,) = again.css("p")
    assert paragraph.text() == paragraph.attributes["title"] == f"{label}</p><script>alert(1)</script>"
    assert not again.css("script")
