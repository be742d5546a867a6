"""What the engine writes as XML, on its way out."""

from __future__ import annotations

from io import BytesIO
from itertools import pairwise
from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pyoxigraph import Literal, QueryResultsFormat, Store

from terrinclus_kg.errors import NotAcceptable
from terrinclus_kg.store.workers.xmltext import XmlText

# XML 1.0 §2.2, Char.
CHARACTERS = st.characters(exclude_categories=("Cs",))


def allowed(text: str) -> bool:
    return all(c in "\t\n\r" or (c >= " " and c not in "\ufffe\uffff") for c in text)


def written(text: str, cuts: list[int]) -> bytes:
    """A result with this literal, given to the file in parts."""
    answer = Store().query(f"SELECT ({Literal(text)} AS ?x) {{}}").serialize(format=QueryResultsFormat.XML)
    assert answer is not None
    places = sorted({0, len(answer), *(cut % len(answer) for cut in cuts)})
    out = BytesIO()
    file = XmlText(out)
    for start, end in pairwise(places):
        assert file.write(answer[start:end]) == end - start
    file.flush()
    return out.getvalue()


@given(st.text(CHARACTERS, max_size=20), st.lists(st.integers(0, 10_000), max_size=20))
def test_a_parser_reads_what_the_literal_says(text: str, cuts: list[int]) -> None:
    if not allowed(text):
        with pytest.raises(NotAcceptable):
            written(text, cuts)
        return
    (literal,) = ElementTree.fromstring(written(text, cuts)).iter("{http://www.w3.org/2005/sparql-results#}literal")
    assert (literal.text or "") == text


@pytest.mark.parametrize("text", ["\ufffe", "\uffff", "a\x01", "\x00"])
def test_in_every_place_it_may_be_cut(text: str) -> None:
    for cut in range(250):
        with pytest.raises(NotAcceptable, match=r"U\+00|U\+FF"):
            written(text, [cut])


def test_what_only_looks_like_it_passes() -> None:
    text = "\ufffd\uf8ff\uffbe\uffbf"  # the same first bytes, or the same last ones
    for cut in range(250):
        assert text.encode() in written(text, [cut])
