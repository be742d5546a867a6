from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from terrinclus_kg.errors import NotAcceptable
from terrinclus_kg.rdf.formats import RDF_FORMATS, RESULT_FORMATS
from terrinclus_kg.server import negotiate
from terrinclus_kg.server.negotiate import by_name, choose, choose_language, rdf_minded, variants

PAGE = variants(RDF_FORMATS, page=True)
DATA = variants(RDF_FORMATS)
RESULTS = variants(RESULT_FORMATS)


@pytest.mark.parametrize(
    ("accept", "expected"),
    [
        (None, "text/html"),
        ("", "text/html"),
        ("*/*", "text/html"),
        ("text/turtle", "text/turtle"),
        ("TEXT/Turtle", "text/turtle"),
        ("text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8", "text/html"),
        ("application/rdf+xml, text/turtle;q=0.9", "application/rdf+xml"),
        ("text/turtle;q=0.5, application/ld+json;q=0.6", "application/ld+json"),
        ("text/*;q=0.3, text/html;q=0.1, application/n-triples;q=0.2", "text/turtle"),
        ("*/*;q=0.1, text/html;q=0", "text/turtle"),
        ("*/*, text/html;q=0.2", "text/turtle"),
        ("application/*", "application/ld+json"),
        ("text/turtle;charset=utf-8", "text/turtle"),
        ('text/turtle ; charset="UTF-8" ; q=1', "text/turtle"),
        ('application/ld+json;profile="http://www.w3.org/ns/json-ld#compacted, x"', "application/ld+json"),
        ("text/turtle;q=2, application/trig;q=0.1", "application/trig"),
        ("text/turtle;q=0.1234, application/trig;q=0.1", "application/trig"),
        ("nonsense, application/trig", "application/trig"),
        (",,, ;;; , application/n-quads", "application/n-quads"),
        ("*/turtle, application/trig", "application/trig"),
        ("application/x-turtle", "application/x-turtle"),
        ("nonsense", "text/html"),
    ],
)
def test_the_best_variant_wins(accept: str | None, expected: str) -> None:
    assert choose(accept, PAGE).media_type == expected


@pytest.mark.parametrize("accept", ["image/png", "text/html;q=0, image/*", "*/*;q=0", "text/html;level=1, image/png"])
def test_what_cannot_be_had_is_told(accept: str) -> None:
    with pytest.raises(NotAcceptable) as caught:
        choose(accept, PAGE)
    assert caught.value.extra["variants"] == ["text/html", *(f.media_type for f in RDF_FORMATS)]


def test_a_parameter_that_no_variant_has_rules_it_out() -> None:
    assert choose("text/turtle;version=9, application/trig;q=0.1", DATA).media_type == "application/trig"


def test_old_names_of_a_format_are_answered_by_that_name() -> None:
    assert choose("application/json", RESULTS).media_type == "application/json"
    assert choose("text/plain", DATA).content_type == "text/plain; charset=utf-8"
    assert choose("application/sparql-results+json, application/json;q=0.9", RESULTS).media_type.endswith(
        "results+json"
    )


@pytest.mark.parametrize("name", ["ttl", "turtle", "Turtle", "text/turtle", "text/turtle; charset=utf-8"])
def test_format_takes_names_suffixes_and_media_types(name: str) -> None:
    assert by_name(name, DATA).media_type == "text/turtle"


def test_an_unknown_format_is_refused() -> None:
    with pytest.raises(NotAcceptable):
        by_name("docx", DATA)
    assert by_name("html", PAGE) is negotiate.HTML


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        (None, "fr"),
        ("", "fr"),
        ("en", "en"),
        ("en-GB,en;q=0.9,fr;q=0.8", "en"),
        ("fr-CA, en;q=0.9", "fr"),
        ("de", "fr"),
        ("de, en;q=0.1", "en"),
        ("*", "fr"),
        ("fr;q=0, *", "en"),
        ("fr;q=0.1, en;q=0.2", "en"),
        ("fr;q=0", "fr"),
        ("§§, en;q=x, en;q=0.3", "en"),
    ],
)
def test_language(header: str | None, expected: str) -> None:
    assert choose_language(header) == expected


def test_rdf_minded() -> None:
    assert rdf_minded("text/turtle, */*;q=0.1")
    assert rdf_minded("application/sparql-results+json")
    assert not rdf_minded("text/html, application/xml;q=0.9, */*;q=0.8")
    assert not rdf_minded(None)


_PIECES = st.sampled_from(
    [
        "text/turtle",
        "text/html",
        "*/*",
        "text/*",
        "application/ld+json",
        ";q=0",
        ";q=0.5",
        ";q=1",
        ",",
        " ",
        '"',
        "\\",
        ";",
    ]
)
HEADERS = st.one_of(st.text(max_size=200), st.lists(_PIECES, max_size=20).map("".join))


@given(HEADERS)
def test_no_header_is_a_fault(header: str) -> None:
    assert choose_language(header) in ("fr", "en")
    rdf_minded(header)
    try:
        assert choose(header, PAGE) in PAGE
    except NotAcceptable as refusal:
        assert refusal.extra["variants"]  # noqa: PT017


@pytest.mark.parametrize("rest", ['"' + '\\"' * 100_000, ";q=0.1" * 100_000, ",a/b" * 100_000])
def test_a_header_without_end_is_read_at_once(rest: str) -> None:
    """Nothing is read twice: these would take minutes, and no other request would be answered meanwhile."""
    assert choose(f"application/trig, {rest}", PAGE).media_type == "application/trig"
    assert choose_language(f"en, {rest}") == "en"


@given(st.permutations(["text/turtle;q=0.3", "application/trig;q=0.9", "application/ld+json;q=0.5", "*/*;q=0.1"]))
def test_the_order_of_ranges_does_not_matter(ranges: list[str]) -> None:
    assert choose(",".join(ranges), PAGE).media_type == "application/trig"


@given(st.integers(0, 1000), st.integers(0, 1000))
def test_the_greater_weight_wins(one: int, other: int) -> None:
    header = f"application/trig;q={one / 1000:.3f}, text/turtle;q={other / 1000:.3f}"
    if not one and not other:
        with pytest.raises(NotAcceptable):
            choose(header, DATA)
    else:
        assert choose(header, DATA).media_type == ("application/trig" if one > other else "text/turtle")
